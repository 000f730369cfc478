//! The stream of what happens to runs: one event for each run and item that moves. In the journal as lines under the target
//! `shoki::run.event`, and for who listens to the daemon. Numbers, states and codes; never a value, a label or a reason.

use crate::run::{ItemState, RunState};
use serde::Serialize;
use tokio::sync::broadcast::{Receiver, Sender, channel};

/// Where the lines stand.
const TARGET: &str = "shoki::run.event";
/// Events kept for who listens slowly; who is slower misses some, and is told so.
const KEPT: usize = 1024;

/// Something has moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunEvent {
    /// The run.
    pub run: String,
    /// Its scenario.
    pub scenario: String,
    /// The item, where one has come to rest; else it is the run that has moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// The state it has now.
    pub state: &'static str,
    /// The code of the failure, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// RFC 3339.
    pub at: String,
}

/// Who is told.
#[derive(Debug, Clone)]
pub struct Events(Sender<RunEvent>);

impl Default for Events {
    fn default() -> Self {
        Self(channel(KEPT).0)
    }
}

impl Events {
    /// All events from now on.
    #[must_use]
    pub fn listen(&self) -> Receiver<RunEvent> {
        self.0.subscribe()
    }

    /// A run has come into this state.
    pub(super) fn run(&self, run: &str, scenario: &str, state: RunState, at: String) {
        tracing::info!(target: TARGET, run, scenario, state = state.word(), "run.event");
        self.tell(RunEvent {
            run: run.into(),
            scenario: scenario.into(),
            item: None,
            state: state.word(),
            code: None,
            at,
        });
    }

    /// An item has come to rest.
    pub(super) fn item(
        &self,
        (run, scenario, item): (&str, &str, u32),
        state: ItemState,
        code: Option<&str>,
        at: String,
    ) {
        tracing::info!(target: TARGET, run, item, state = state.word(), code, "run.event");
        if self.0.receiver_count() > 0 {
            let (run, scenario, code) = (run.into(), scenario.into(), code.map(Into::into));
            self.tell(RunEvent { run, scenario, item: Some(item), state: state.word(), code, at });
        }
    }

    fn tell(&self, event: RunEvent) {
        // Nobody has to listen.
        self.0.send(event).ok();
    }
}
