//! Summaries for people.
