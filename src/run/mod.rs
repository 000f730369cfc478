//! Runs, items and what happens to them: values, and the only place where a state may change into another.

mod question;
mod reading;
mod state;

pub use question::{Answer, Question};
pub use reading::{Candidate, Reading};
pub use state::{ItemState, RunState};
