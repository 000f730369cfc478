//! Looks at the clock: which scenario has come due, which moments were missed.
//!
//! - [`Watcher`]: the schedules of all scenarios; puts what came due on record, once, and says what came of it.
//! - [`missed`]: what becomes of a moment that is in time, too late, or not to be told. Pure.
//! - `moved`: what becomes of moments when the open days change. Pure.

pub mod missed;
mod moved;
mod watcher;
#[cfg(test)]
mod watcher_tests;

pub use watcher::{Watched, Watcher};
