//! Summaries for people, made from what is on record.

mod summary;

pub use summary::{Group, Summary};
