//! A thread of its own that ends the process when its work hangs beyond every limit. Nothing is lost: steps on record
//! stay, what was announced is looked up, and whoever started us starts us again.

use super::Shared;
use std::{sync::Arc, time::Duration};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(2);
/// The main loop must come round in this time. A database may let it wait for 30 s.
const LOOP_LIMIT: Duration = Duration::from_mins(2);
/// The exit code of a technical failure.
const TECHNICAL: i32 = 3;

/// Begins to watch.
pub(super) fn begin(shared: Arc<Shared>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(LOOK);
            let late = shared.engine.limits.pulse.overdue();
            let beat = shared.beat.lock().map_or(Duration::ZERO, |beat| beat.elapsed());
            let stopping = shared.status.lock().is_ok_and(|s| s.stopping);
            if let Some(late) = late {
                tracing::error!(
                    seconds = late.as_secs(),
                    "a step does not end; the process ends and starts again"
                );
            } else if beat > LOOP_LIMIT && !stopping {
                tracing::error!(
                    seconds = beat.as_secs(),
                    "the main loop hangs; the process ends and starts again"
                );
            } else {
                continue;
            }
            std::process::exit(TECHNICAL);
        }
    });
}
