//! Memory: the only module that speaks SQL.
//!
//! One `SQLite` file, or a `PostgreSQL` server that several machines share: the same statements, the same behaviour
//! (`tests/store` tells one story to both). A change is made in a [`Tx`]; state, queue and audit entries of one change
//! are one transaction. Its [`Strength`] says what it must survive.
//!
//! - `link`: one way to speak to two databases; `schema`: the tables; `flush`: the shared fsync.
//! - `seal`: contents are encrypted before they reach the database; `contents`: which columns hold them.
//! - `copy`: backups, from either database to either database; `dues`: what came due; `stops`: what a person has stopped.
//! - `checks`: what people are asked; `worklist`: who works on what; `typed`: what they typed so far.
//! - `people`, `visits`, `proposals`: who signs in, their sessions, what two of them decide.
//! - `views`: parts of long lists, for pages; `tallies`: counts that still hold; `worked`: what runs cost the machine.
//! - `workers`: who may change runs, and who has which run; `seats`: signed-in sessions over all machines.

mod checks;
mod contents;
mod copy;
mod dues;
mod error;
mod evidence;
mod flush;
mod forgetting;
mod intents;
mod items;
mod key_file;
mod link;
mod log;
mod people;
mod prints;
mod proposals;
mod results;
mod runs;
mod schema;
mod seal;
mod seats;
mod stops;
mod tallies;
mod turned_away;
mod tx;
mod typed;
mod views;
mod visits;
mod worked;
mod workers;
mod worklist;

pub use checks::{Check, CheckKind, NewCheck};
pub use copy::RolledBack;
pub use dues::{Due, DueState, Mark};
pub use error::StoreError;
pub use evidence::{EvidenceRow, NewEvidence};
pub use intents::{Intent, IntentState};
pub use items::{Added, Holder, Item, Moved, NewItem};
pub use key_file::make_once;
pub use log::PendingCheckpoint;
pub use people::Person;
pub use proposals::Proposal;
pub use results::StepResult;
pub use runs::{NewRun, Run};
pub use seal::ContentKey;
pub use stops::Stop;
pub use tallies::Tally;
pub use turned_away::Refused;
pub use tx::{Strength, Strong, Tx};
pub use typed::{Spent, Told, Typed};
pub use views::{Machine, OpenCount, ReasonCount, RunFilter, RunSums, StepMoment};
pub use visits::Visit;
pub use worked::Worked;
pub use workers::Worker;
pub use worklist::{Listed, Waiting, Whose, Worklist};

use link::{Found, Sql, patient, sql};
use seal::Seal;
use sqlx::{
    Connection, PgConnection, PgPool, Row as _, SqliteConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::Mutex;

/// What an office remembers.
pub enum Store {
    /// In a file, for one machine.
    File(Box<FileStore>),
    /// On a server, for several machines.
    Server(Box<ServerStore>),
}

/// An `SQLite` file.
pub struct FileStore {
    writer: Arc<Mutex<tx::Writer>>,
    readers: SqlitePool,
    wal: flush::WalFile,
    shared: flush::Shared,
    seal: Arc<Seal>,
    tallies: tallies::Tallies,
    names: worklist::Names,
}

/// A `PostgreSQL` server.
pub struct ServerStore {
    /// They commit without waiting for the server's disk; who must wait asks `flusher` or says so in the change.
    writers: PgPool,
    readers: PgPool,
    flusher: PgPool,
    shared: flush::Shared,
    seal: Arc<Seal>,
    tallies: tallies::Tallies,
    names: worklist::Names,
}

/// A worker that leaves a change open for so long is thought dead; the server ends its change.
const IDLE_IN_CHANGE: &str = "20s";
/// How long a connection may rest before it is asked whether it still lives.
const RESTED: Duration = Duration::from_secs(1);

impl Store {
    /// Opens (and creates or upgrades) the database file at `path`, whose contents are sealed under the key beside it.
    ///
    /// # Errors
    /// As [`Self::open_with`].
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, &ContentKey::beside(path)).await
    }

    /// Opens (and creates or upgrades) the database file at `path`, whose contents are sealed under `key`.
    ///
    /// # Errors
    /// When the file cannot be made, is no database of ours, its key is missing or another one, or the disk is full or
    /// read-only.
    pub async fn open_with(path: &Path, key: &ContentKey) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Commits do not wait for the disk; `flush` does, once for all that must.
            .synchronous(SqliteSynchronous::Normal)
            .pragma("wal_autocheckpoint", "0")
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30));
        let mut connection = SqliteConnection::connect_with(&options).await?;
        schema::upgrade_sqlite(&mut connection).await?;
        let seal = contents::of_file(&mut connection, key).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(false).create_if_missing(false));
        let wal = flush::WalFile::open(path).map_err(StoreError::of_disk)?;
        let writer = Arc::new(Mutex::new(tx::Writer::new(connection)));
        let (shared, readers) = (flush::Shared::default(), readers.await?);
        let (tallies, names) = Default::default();
        Ok(Self::File(Box::new(FileStore { writer, readers, wal, shared, seal, tallies, names })))
    }

    /// Connects to (and creates or upgrades the tables of) the `PostgreSQL` database at `url`, whose contents are sealed under
    /// `key`: the same on every machine.
    ///
    /// # Errors
    /// When the address is not right, nobody answers, the key is missing or another one, or the database is newer than this
    /// program.
    pub async fn connect(url: &str, key: &ContentKey) -> Result<Self, StoreError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(StoreError::Address("postgres:// で始まっていません".into()));
        }
        let options: PgConnectOptions =
            url.parse().map_err(|_| StoreError::Address("アドレスとして読めません".into()))?;
        let options = options.application_name("shoki");
        // The address may say otherwise.
        let patient_enough = url.contains("idle_in_transaction_session_timeout");
        let idle = (!patient_enough).then_some(("idle_in_transaction_session_timeout", IDLE_IN_CHANGE));
        let options = options.options(idle).options([
            ("default_transaction_isolation", "read committed"),
            ("client_min_messages", "warning"),
        ]);
        let mut first = patient(PgConnection::connect_with(&options)).await?;
        schema::upgrade_postgres(&mut first).await?;
        let seal = contents::of_server(&mut first, key).await?;
        first.close().await.ok();
        let pool = |most, waits: &str| {
            PgPoolOptions::new()
                .max_connections(most)
                .acquire_timeout(Duration::from_secs(10))
                .test_before_acquire(false)
                .before_acquire(|connection, meta| {
                    Box::pin(async move { Ok(meta.idle_for < RESTED || connection.ping().await.is_ok()) })
                })
                .connect_lazy_with(options.clone().options([("synchronous_commit", waits)]))
        };
        let store = ServerStore {
            writers: pool(16, "off"),
            readers: pool(4, "off"),
            flusher: pool(1, "on"),
            shared: flush::Shared::default(),
            seal,
            tallies: tallies::Tallies::default(),
            names: worklist::Names::default(),
        };
        Ok(Self::Server(Box::new(store)))
    }

    /// Whether other machines may work on it too.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        matches!(self, Self::Server(_))
    }

    /// Whether it can be read but not written now: a disk or a server in read-only mode, a disk that has failed.
    ///
    /// # Errors
    /// When the database refuses to say.
    pub async fn is_frozen(&self) -> Result<bool, StoreError> {
        match self {
            Self::File(file) => Ok(file.wal.is_frozen()),
            Self::Server(_) => {
                let mode = self.maybe(sql("SELECT current_setting('transaction_read_only') AS word")).await?;
                Ok(mode.map(|row| row.text("word")).transpose()?.as_deref() == Some("on"))
            }
        }
    }

    /// Rows that do not have to be those of a change.
    async fn all(&self, sql: Sql) -> Result<Vec<Found>, StoreError> {
        match self {
            Self::File(file) => sql.all(file.link(&mut *file.readers.acquire().await?)).await,
            Self::Server(server) => {
                sql.all(server.link(&mut *patient(server.readers.acquire()).await?)).await
            }
        }
    }

    /// The first row, if there is one.
    async fn maybe(&self, sql: Sql) -> Result<Option<Found>, StoreError> {
        Ok(self.all(sql).await?.into_iter().next())
    }
}

impl FileStore {
    /// Brings the write-ahead file into the database file. `SQLite` would do it by itself, but would also try again
    /// after a failed fsync, which must not be. Without room it waits: everything stays in the write-ahead file.
    async fn empty_wal(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let emptied = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(connection).await;
        match emptied.and_then(|row| row.try_get::<i64, _>(0)).map_err(StoreError::from) {
            Ok(_) => Ok(()),
            Err(StoreError::Full) => {
                tracing::warn!("no room to empty the write-ahead file");
                Ok(())
            }
            Err(other) => {
                self.give_up();
                Err(other)
            }
        }
    }

    /// Makes all that was committed survive a power cut.
    async fn flush(&self) -> Result<(), StoreError> {
        if self.wal.flush().await {
            return Ok(());
        }
        self.give_up();
        Err(StoreError::Disk)
    }

    /// Nothing is recorded by this process any more. The connections stay open until it ends: the last one to close would
    /// bring the write-ahead file into the database file, and say yes to what is gone.
    fn give_up(&self) {
        if !self.wal.broken.swap(true, Ordering::SeqCst) {
            std::mem::forget((Arc::clone(&self.writer), self.readers.clone()));
        }
    }
}
