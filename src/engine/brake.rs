//! What ends a pass before its time, and what lets a run wait.

use super::{Engine, dispatcher::Pass};
use crate::control::stops;
use jiff::Timestamp;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};
use tokio::task::AbortHandle;

/// How often a pass asks whether a person has stopped it. Nothing may begin later than 2 s after a stop.
const ASK: Duration = Duration::from_millis(400);

/// Ends what is under way after the step in hand.
#[derive(Debug, Default)]
pub struct Brake {
    /// 0: free; 1: this process leaves, its runs go on elsewhere or later; 2: a person has stopped the run.
    level: AtomicU8,
    /// Why, for the person who looks at the run.
    reason: Mutex<Option<String>>,
}

impl Brake {
    /// This process ends: its runs stay under way and are taken up by the next.
    pub fn leave(&self) {
        self.level.fetch_max(1, Ordering::SeqCst);
    }

    /// The run is stopped.
    ///
    /// # Panics
    /// When another thread panicked while stopping.
    pub fn stop(&self, reason: Option<String>) {
        let mut known = self.reason.lock().expect("no panic while the reason is held");
        *known = known.take().or(reason);
        self.level.store(2, Ordering::SeqCst);
    }

    /// Whether anything was asked to end.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.level.load(Ordering::SeqCst) > 0
    }

    /// Whether a person, or the run itself, has said stop.
    #[must_use]
    pub fn is_stop(&self) -> bool {
        self.level.load(Ordering::SeqCst) == 2
    }

    /// Why.
    ///
    /// # Panics
    /// When another thread panicked while stopping.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.reason.lock().expect("no panic while the reason is held").clone()
    }
}

/// Until when a run waits, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) until: Timestamp,
    pub(super) reason: String,
}

impl Pass {
    /// Whether nothing new may begin.
    pub(super) fn stopping(&self) -> bool {
        self.engine.stop.is_on() || self.brake.is_on()
    }

    /// The run rests until then, once its other items have come to rest. The earliest moment counts.
    pub(super) fn wait_until(&self, until: Timestamp, reason: &str) {
        let mut wait = self.wait.lock().expect("no panic while the wait is held");
        if wait.as_ref().is_none_or(|known| until < known.until) {
            *wait = Some(Wait { until, reason: reason.to_owned() });
        }
    }

    /// Waits between two tries, but no longer than until somebody says stop.
    pub(super) async fn sleep(&self, time: Duration) {
        let end = tokio::time::Instant::now() + time;
        while !self.stopping() && tokio::time::Instant::now() < end {
            let left = end - tokio::time::Instant::now();
            tokio::time::sleep(left.min(Duration::from_millis(200))).await;
        }
    }
}

/// Asks the store again and again whether the run was stopped; ends when dropped.
pub(super) struct Asking(AbortHandle);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Puts the brake on when a person stops the run, or everything.
pub(super) fn ask(engine: &Arc<Engine>, run: &str, brake: &Arc<Brake>) -> Asking {
    let (engine, run, brake) = (Arc::clone(engine), run.to_owned(), Arc::clone(brake));
    let task = tokio::spawn(async move {
        loop {
            tokio::time::sleep(ASK).await;
            // A database that does not answer stops the pass by itself.
            let open = engine.store.open_stops().await.unwrap_or_default();
            if let Some(stop) = open.iter().find(|s| s.run.as_ref().is_none_or(|of| *of == run)) {
                brake.stop(Some(stops::sentence(stop)));
                return;
            }
        }
    });
    Asking(task.abort_handle())
}
