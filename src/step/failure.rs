//! Why a step did not come to its end, and what follows from that.

use crate::{
    privacy::scrub,
    run::{Paper, Question},
};
use serde::{Deserialize, Serialize};

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Technical: tried again by policy, with a fresh session. Retries spent: the item is `failed`.
    Again,
    /// The case itself is not right, or something undeclared appeared: never retried, the item is `stopped`.
    Stop,
    /// A person must look: the item waits in `check` or `approval`.
    Ask,
    /// Not yet: the item is `held` and taken up by a later run or `shoki resume`.
    Hold,
}

/// What kind of look a person takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskKind {
    /// Compares and corrects readings.
    Check,
    /// Allows or refuses something.
    Approval,
}

/// What a person is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The kind of look.
    pub kind: AskKind,
    /// The questions, at least one.
    pub questions: Vec<Question>,
    /// The paper behind them, where there is one.
    pub paper: Option<Paper>,
}

/// Why a step did not come to its end.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What follows.
    pub kind: FailureKind,
    /// The number under which `shoki explain` knows it: `SHK0501`.
    pub code: &'static str,
    /// What happened and what to do, in Japanese; no personal data.
    pub message: String,
    /// The session is no longer to be trusted and must be replaced by a fresh one.
    pub session_broken: bool,
    /// Of an irreversible action: it is certain that nothing reached the target.
    pub untouched: bool,
    /// With kind `Ask`: what is asked. Boxed because most failures have none.
    pub ask: Option<Box<Ask>>,
}

impl Failure {
    fn new(kind: FailureKind, code: &'static str, message: impl Into<String>) -> Self {
        // Messages of drivers may quote a page or a file; what looks like a My Number goes no further than here.
        let message = scrub(&message.into());
        Self { kind, code, message, session_broken: false, untouched: false, ask: None }
    }

    /// Technical; a later try may succeed.
    pub fn again(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Again, code, message)
    }

    /// The case itself is not right.
    pub fn stop(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Stop, code, message)
    }

    /// Not yet; a later run takes the item up.
    pub fn hold(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Hold, code, message)
    }

    /// A person must look.
    pub fn ask(code: &'static str, message: impl Into<String>, ask: Ask) -> Self {
        Self { ask: Some(Box::new(ask)), ..Self::new(FailureKind::Ask, code, message) }
    }

    /// Marks the session as no longer to be trusted.
    #[must_use]
    pub fn with_broken_session(mut self) -> Self {
        self.session_broken = true;
        self
    }
}
