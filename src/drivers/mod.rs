//! The outside world in our words.

pub mod accounts;
pub mod browser;
pub mod csv;
pub mod excel;
pub mod files;
pub mod mail;
pub mod ocr;
pub mod outbox;
pub mod readers;
pub mod sandbox;
