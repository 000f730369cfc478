//! Runs, items and what happens to them: values, and the only place where a state may change into another.

mod accept;
mod likeness;
mod question;
mod reading;
mod state;

pub use accept::{REQUIRED, UNREADABLE_REASONS, accept, is_blank, is_missing, unreadable, why_unreadable};
pub use likeness::{folded, folded_key, is_other};
pub use question::{Manner, Paper, Question};
pub use reading::{Candidate, Reading};
pub use state::{ItemState, RunState};
