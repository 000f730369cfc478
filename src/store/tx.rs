//! One change: everything in it happens, or nothing.

use super::StoreError;
use sqlx::{Executor, SqliteConnection};
use tokio::sync::MutexGuard;

/// What a change must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// A killed process. After a power cut the work is simply done again; costs no fsync.
    Process,
    /// A power cut. Intents, receipts, answers of people, and whatever lets something leave the machine.
    Power,
}

impl Strength {
    /// In WAL mode `NORMAL` leaves the commit to the operating system's cache, `FULL` fsyncs it
    /// (and with it every earlier commit) before it returns.
    const fn pragma(self) -> &'static str {
        match self {
            Self::Process => "PRAGMA synchronous = NORMAL",
            Self::Power => "PRAGMA synchronous = FULL",
        }
    }
}

/// The one connection that writes.
pub(super) struct Writer {
    connection: SqliteConnection,
    /// A change was begun and neither committed nor undone: its future was dropped in the middle.
    open: bool,
}

impl Writer {
    pub(super) const fn new(connection: SqliteConnection) -> Self {
        Self { connection, open: false }
    }
}

/// One change. Dropped without [`Tx::commit`], nothing of it happened.
pub struct Tx<'a>(MutexGuard<'a, Writer>);

impl<'a> Tx<'a> {
    pub(super) async fn begin(
        mut writer: MutexGuard<'a, Writer>,
        strength: Strength,
    ) -> Result<Self, StoreError> {
        if writer.open {
            writer.connection.execute("ROLLBACK").await.ok();
            writer.open = false;
        }
        writer.connection.execute(strength.pragma()).await?;
        writer.connection.execute("BEGIN IMMEDIATE").await?;
        writer.open = true;
        Ok(Self(writer))
    }

    /// Makes the change.
    ///
    /// # Errors
    /// When the disk refuses; then nothing of it happened.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.0.connection.execute("COMMIT").await?;
        self.0.open = false;
        Ok(())
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0.connection
    }
}
