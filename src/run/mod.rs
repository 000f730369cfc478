//! Runs, items and what happens to them.
