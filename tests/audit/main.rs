//! The audit log keeps its promise: whoever changes a byte, drops, swaps or doubles an entry or cuts the tail is found,
//! with the place; and a sound log never raises an alarm. The format is that of the published test vector.

#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use shoki::audit;

mod attacks;
mod content;
mod flips;
mod forged;
mod log;
mod policy;
mod second;
mod sound;
mod vector;
