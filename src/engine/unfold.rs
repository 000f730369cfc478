//! Repetitions written out: when its list is on record, a repetition is followed by the steps of all its turns. Everything else
//! (record, resume, doing screens again) then works on a plain list of steps.

use crate::scenario::{Role, Step};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The steps of a list with the turns of all repetitions whose list is among the outputs.
pub(super) fn unfold(steps: &[Step], outputs: &Map<String, Value>) -> Vec<Arc<Step>> {
    let mut all = Vec::with_capacity(steps.len());
    for step in steps {
        all.push(Arc::new(step.clone()));
        all.extend(turns(step, outputs));
    }
    all
}

/// The steps of the turns of a repetition whose list is among the outputs; none for other steps.
pub(super) fn turns(step: &Step, outputs: &Map<String, Value>) -> Vec<Arc<Step>> {
    let Role::Each(each) = &step.role else { return Vec::new() };
    let count = outputs.get(&step.id).and_then(Value::as_array).map_or(0, Vec::len);
    (1..=count).flat_map(|n| unfold(&each.turn(n), outputs)).collect()
}
