//! The outside world in our words.

pub mod browser;
pub mod accounts;
pub mod excel;
pub mod files;
pub mod ocr;
