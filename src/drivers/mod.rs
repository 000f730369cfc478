//! The outside world in our words.

pub mod excel;
pub mod files;
