//! Looks at the clock: which scenario has come due, which moments were missed.
//!
//! - [`Watcher`]: the schedules of all scenarios; puts what came due on record, once, and says what came of it.
//! - [`missed`]: what becomes of a moment that is in time, too late, or not to be told. Pure.
//! - `slipped`: which moments other open days move before the present. Pure.

pub mod missed;
mod slipped;
mod watcher;
#[cfg(test)]
mod watcher_tests;

pub use watcher::{Watched, Watcher};
