//! The states of a run and of an item, and the legal moves between them.

use serde::{Deserialize, Serialize};

/// The state of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// Not begun, or ready to go on.
    Waiting,
    /// A worker has it.
    Running,
    /// All steps are on record.
    Done,
    /// A person compares readings.
    Check,
    /// A person allows something.
    Approval,
    /// The case itself is not right.
    Stopped,
    /// Technical; retries are spent.
    Failed,
    /// An irreversible act whose outcome is unknown.
    InDoubt,
    /// Its key, or its `once`, was seen before.
    Skipped,
    /// Not yet possible; a later run or `resume` takes it up.
    Held,
}

impl ItemState {
    /// Every state, in the order in which screens show them.
    pub const ALL: [Self; 10] = [
        Self::Waiting,
        Self::Running,
        Self::Done,
        Self::Check,
        Self::Approval,
        Self::Stopped,
        Self::Failed,
        Self::InDoubt,
        Self::Skipped,
        Self::Held,
    ];

    /// The word in the database, in JSON and in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Check => "check",
            Self::Approval => "approval",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::InDoubt => "in_doubt",
            Self::Skipped => "skipped",
            Self::Held => "held",
        }
    }

    /// The label on screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "待機中",
            Self::Running => "実行中",
            Self::Done => "完了",
            Self::Check => "確認待ち",
            Self::Approval => "承認待ち",
            Self::Stopped => "中止",
            Self::Failed => "失敗",
            Self::InDoubt => "結果不明",
            Self::Skipped => "処理済みのため省略",
            Self::Held => "保留",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// Whether the item may move from here to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match self {
            // Back to `check`: a person takes their answer back before anything was done with it.
            Self::Waiting => matches!(next, Self::Running | Self::Skipped | Self::Check),
            // A crash leaves `running`; the next start puts the item back to `waiting` or `in_doubt`.
            Self::Running => next != Self::Running,
            Self::Check | Self::Approval | Self::Failed | Self::Held | Self::Stopped => next == Self::Waiting,
            Self::InDoubt => matches!(next, Self::Waiting | Self::Done | Self::InDoubt),
            Self::Done | Self::Skipped => false,
        }
    }

    /// Whether a person or a later run must do something before the item can move.
    #[must_use]
    pub const fn needs_people(self) -> bool {
        matches!(self, Self::Check | Self::Approval | Self::InDoubt)
    }
}

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Not begun.
    Queued,
    /// A worker has it.
    Running,
    /// Nothing can move without a person.
    WaitingForPeople,
    /// Every item is done or skipped.
    Done,
    /// Every item is settled, some not done.
    DoneWithExceptions,
    /// Ended by a person.
    Stopped,
    /// Could not begin or go on.
    Failed,
}

impl RunState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::WaitingForPeople,
        Self::Done,
        Self::DoneWithExceptions,
        Self::Stopped,
        Self::Failed,
    ];

    /// The word in the database, in JSON and in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::WaitingForPeople => "waiting_for_people",
            Self::Done => "done",
            Self::DoneWithExceptions => "done_with_exceptions",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// The label on screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Queued => "開始待ち",
            Self::Running => "実行中",
            Self::WaitingForPeople => "職員の確認待ち",
            Self::Done => "完了",
            Self::DoneWithExceptions => "完了（例外あり）",
            Self::Stopped => "停止",
            Self::Failed => "失敗",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// Whether the run may move from here to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued => matches!(next, Self::Running | Self::Stopped | Self::Failed),
            Self::Running => next != Self::Queued,
            // `resume` takes any ended run up again; what is on record is not done again.
            _ => next == Self::Running,
        }
    }
}
