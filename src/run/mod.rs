//! Runs, items and what happens to them: values, and the only place where a state may change into another.

mod accept;
mod question;
mod reading;
mod state;

pub use accept::{UNREADABLE_REASONS, accept, unreadable, why_unreadable};
pub use question::{Manner, Paper, Question};
pub use reading::{Candidate, Reading};
pub use state::{ItemState, RunState};
