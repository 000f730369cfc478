//! Memory: the only module that speaks SQL.
//!
//! One `SQLite` file in WAL mode. A change is made in a [`Tx`]; state, queue and audit entries of one change are one
//! transaction. Its [`Strength`] says what it must survive.

mod checks;
mod error;
mod evidence;
mod intents;
mod items;
mod log;
mod results;
mod runs;
mod tx;

pub use checks::{Check, CheckKind};
pub use error::StoreError;
pub use evidence::{EvidenceRow, NewEvidence};
pub use intents::{Intent, IntentState};
pub use items::{Item, Moved, NewItem};
pub use log::PendingCheckpoint;
pub use results::StepResult;
pub use runs::{NewRun, Run};
pub use tx::{Strength, Tx};

use sqlx::{
    Connection, Executor, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use tokio::sync::Mutex;

/// The database of one office.
pub struct Store {
    writer: Mutex<tx::Writer>,
    readers: SqlitePool,
}

impl Store {
    /// Opens (and creates or upgrades) the database file at `path`.
    ///
    /// # Errors
    /// When the file cannot be made, is no database of ours, or the disk is full or read-only.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30));
        let mut connection = SqliteConnection::connect_with(&options).await?;
        upgrade(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(2)
            .connect_with(options.read_only(false).create_if_missing(false));
        Ok(Self { writer: Mutex::new(tx::Writer::new(connection)), readers: readers.await? })
    }

    /// Begins a change that survives what `strength` says.
    ///
    /// # Errors
    /// When another process holds the database for longer than 30 s, or the disk refuses.
    pub async fn begin(&self, strength: Strength) -> Result<Tx<'_>, StoreError> {
        Tx::begin(self.writer.lock().await, strength).await
    }
}

/// The steps from an empty database to the present one. A step that was released is never changed; a new one is added.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_start.sql")];

/// Brings the database up to the newest step. `user_version` counts the steps it has had.
async fn upgrade(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    connection.execute("BEGIN IMMEDIATE").await?;
    let had: u32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    let had = had as usize;
    if had > MIGRATIONS.len() {
        return Err(StoreError::Content(format!("この shoki より新しい版の記録です: {had}")));
    }
    for step in &MIGRATIONS[had..] {
        connection.execute(sqlx::raw_sql(*step)).await?;
    }
    let now = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {}", MIGRATIONS.len()));
    connection.execute(sqlx::raw_sql(now)).await?;
    connection.execute("COMMIT").await?;
    Ok(())
}
