//! A thread of its own that ends the process when its work hangs beyond every limit. Nothing is lost: steps on record
//! stay, what was announced is looked up, and whoever started us starts us again. Other machines get the runs within the
//! lease, which is renewed no more.

use std::time::Duration;

/// The exit code of a technical failure.
const TECHNICAL: i32 = 3;

/// What hangs, for the log, and for how long.
pub type Hanging = (&'static str, Duration);

/// Looks `every` so often, and ends the process when `hangs` says what does.
pub fn begin(every: Duration, hangs: impl Fn() -> Option<Hanging> + Send + 'static) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(every);
            if let Some((what, time)) = hangs() {
                tracing::error!(seconds = time.as_secs(), "{what} hangs; the process ends and starts again");
                std::process::exit(TECHNICAL);
            }
        }
    });
}
