//! What the engine is put together from, and what it tells while it works.

use super::{Brake, Events, Limits, Tenure};
use crate::{
    calendar::OpenDays,
    clock::Clock,
    control::{AuditLog, LogError, evidence::Vault},
    form::Forms,
    run::ItemState,
    step::{Catalog, Failure, Folder, Resources, SessionOpener},
    store::{Store, StoreError, Strength, Strong, Tx},
};
use std::{collections::BTreeMap, sync::Arc};

/// What an account signs in with. Never recorded, never printed.
pub struct Credentials {
    /// The user id.
    pub user: String,
    /// The password.
    pub password: secrecy::SecretString,
}

/// Where accounts come from.
pub type AccountSource = Arc<dyn Fn(&str) -> Result<Credentials, Failure> + Send + Sync>;

/// Who wants to know how a run goes on.
pub type Watch = Arc<dyn Fn(Progress) + Send + Sync>;

/// Something that happened in a pass, for a person who watches.
#[derive(Debug, Clone)]
pub enum Progress {
    /// The list of items is known.
    Listed {
        /// All items.
        items: usize,
        /// Of them, seen before.
        skipped: usize,
    },
    /// An item begins or goes on.
    Began {
        /// Its number.
        n: u32,
        /// What the list called it: a file and page, without personal data.
        label: String,
    },
    /// An item came to rest.
    Rested {
        /// Its number.
        n: u32,
        /// What the list called it.
        label: String,
        /// Its state.
        state: ItemState,
        /// Why, if not done.
        reason: Option<String>,
    },
    /// The steps after the items begin.
    After,
}

/// Runs items through steps.
pub struct Engine {
    /// Memory.
    pub store: Arc<Store>,
    /// The audit log.
    pub log: Arc<AuditLog>,
    /// In whose name runs are changed.
    pub tenure: Arc<Tenure>,
    /// The actions that exist.
    pub catalog: Catalog,
    /// The office folder.
    pub folder: Arc<Folder>,
    /// Where evidence is kept.
    pub vault: Vault,
    /// The office's forms.
    pub forms: Arc<Forms>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The drivers.
    pub resources: Resources,
    /// How sessions are opened and ended.
    pub opener: Arc<SessionOpener>,
    /// Who signs in.
    pub accounts: AccountSource,
    /// Values of the office.
    pub settings: BTreeMap<String, String>,
    /// Its open days, as they are now.
    pub calendar: OpenDays,
    /// Items worked on at once.
    pub workers: usize,
    /// Who watches.
    pub watch: Watch,
    /// Who listens to what happens.
    pub events: Events,
    /// Ends every pass after the step in hand.
    pub stop: Arc<Brake>,
    /// What bounds its work.
    pub limits: Limits,
}

impl Engine {
    /// Begins a change in this process's name.
    pub(super) async fn begin(&self, strength: Strength) -> Result<Tx<'_>, StoreError> {
        self.store.begin_as(&self.tenure.worker, strength).await
    }

    /// Begins a change in this process's name in which an act is announced or receipted.
    pub(super) async fn begin_strong(&self) -> Result<Strong<'_>, StoreError> {
        self.store.begin_strong_as(&self.tenure.worker).await
    }
}

/// Why a pass ended before its time: nothing could be recorded any more.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The log or the database refuses.
    #[error(transparent)]
    Record(#[from] LogError),
    /// Another worker has the run.
    #[error("実行 {0} は別の shoki が進めています。終わるのを待ってください（`shoki runs` で見られます）。")]
    Taken(String),
    /// A person has stopped everything.
    #[error("{0}。`shoki stop --release` で解除するまで、何も開始しません。")]
    Stopped(String),
    /// The disk is nearly full.
    #[error(
        "ディスクの空きが足りません（{0}。あと {1} MiB 必要です）。空きを作ってから `shoki resume` で続けてください。"
    )]
    NoRoom(String, u64),
    /// A part of the program broke.
    #[error("プログラムの誤りで実行を止めました（{0}）。`shoki resume` で続けられます。")]
    Broken(String),
}

impl EngineError {
    /// Whether the disk has no room left.
    pub(super) const fn is_full(&self) -> bool {
        matches!(self, Self::Record(LogError::Store(StoreError::Full)))
    }

    /// Whether the disk refused and did not say why: a full one does so where the shared index of the database has to grow.
    pub(super) const fn is_disk(&self) -> bool {
        matches!(self, Self::Record(LogError::Store(StoreError::Disk)))
    }

    /// Whether the database does not answer; it may come back.
    pub(super) const fn is_away(&self) -> bool {
        matches!(self, Self::Record(LogError::Store(StoreError::Away(_))))
    }
}

impl From<StoreError> for EngineError {
    fn from(e: StoreError) -> Self {
        Self::Record(e.into())
    }
}
