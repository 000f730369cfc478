//! Ends the daemon when a step or its main loop hangs beyond every limit.

use super::Shared;
use crate::engine::watchdog;
use std::{sync::Arc, time::Duration};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(2);
/// The main loop must come round in this time. A database may let it wait for 30 s.
const LOOP_LIMIT: Duration = Duration::from_mins(2);

/// Begins to watch.
pub(super) fn begin(shared: Arc<Shared>) {
    watchdog::begin(LOOK, move || {
        let step = shared.engine.limits.pulse.overdue().map(|late| ("a step", late));
        let stopping = shared.status.lock().is_ok_and(|s| s.stopping);
        let beat = shared.beat.lock().map_or(Duration::ZERO, |beat| beat.elapsed());
        step.or_else(|| (beat > LOOP_LIMIT && !stopping).then_some(("the main loop", beat)))
    });
}
