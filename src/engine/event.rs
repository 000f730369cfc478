//! The stream of what happens to runs, for who follows it in the journal: one line for each run and item that moves, under
//! the target `shoki::run.event`. Numbers, states and codes; never a value, a label or a reason.

use crate::run::{ItemState, RunState};

/// Where the lines stand.
const TARGET: &str = "shoki::run.event";

/// A run has come into this state.
pub(super) fn run(run: &str, scenario: &str, state: RunState) {
    tracing::info!(target: TARGET, run, scenario, state = state.word(), "run.event");
}

/// An item has come to rest.
pub(super) fn item(run: &str, item: u32, state: ItemState, code: Option<&str>) {
    tracing::info!(target: TARGET, run, item, state = state.word(), code, "run.event");
}
