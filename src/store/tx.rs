//! One change: everything in it happens, or nothing.

use super::{
    FileStore, Store, StoreError, Worker,
    link::{Arg, Found, Link, Sql, patient, rows_of, sql},
    log::Pending,
};
use sqlx::{Executor, Postgres, SqliteConnection, Transaction};
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{runtime::Handle, sync::OwnedMutexGuard};

/// What a change must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// A killed process. After a power cut the work is simply done again; costs no fsync.
    Process,
    /// A power cut. Whatever leaves the machine; intents, receipts and answers of people can be written in nothing less
    /// ([`Strong`]). Changes that end at the same time share one fsync.
    Power,
}

/// Commits between two times that `SQLite`'s write-ahead file is emptied into the database file.
const EMPTY_EVERY: u32 = 500;

/// The one connection that writes to an `SQLite` file.
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    /// A change was begun and neither committed nor undone: its future was dropped in the middle.
    open: bool,
    /// Commits since the write-ahead file was emptied.
    commits: u32,
}

impl Writer {
    pub(super) const fn new(connection: SqliteConnection) -> Self {
        Self { connection, open: false, commits: 0 }
    }

    /// Undoes a change that was begun and not committed.
    async fn undo(&mut self) {
        if self.open {
            self.connection.execute("ROLLBACK").await.ok();
            self.open = false;
        }
    }
}

/// The writer for the time of one change. Let go without a commit, the change is undone at once: as long as it is open,
/// no other process can write.
struct Held(Option<OwnedMutexGuard<Writer>>);

impl Held {
    fn writer(&mut self) -> &mut Writer {
        self.0.as_mut().expect("it is there until the end")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut writer) = self.0.take().filter(|w| w.open) else { return };
        // Without a runtime the process is about to end, and the database file is let go with it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { writer.undo().await });
        }
    }
}

/// Where the change is made.
enum Place {
    Sqlite(Held),
    Postgres(Transaction<'static, Postgres>),
}

/// One change. Dropped without [`Tx::commit`], nothing of it happened.
pub struct Tx<'a> {
    store: &'a Store,
    place: Place,
    strength: Strength,
    /// The worker in whose name it is made, and its lease.
    worker: Option<(i64, Duration)>,
    /// Entries of the audit log, which get their places at the end.
    pub(super) entries: Vec<Pending>,
}

/// A change that survives a power cut, by its type: only in such a change can an act be announced, its receipt be taken, or
/// a person's answer be put on record.
pub struct Strong<'a>(Tx<'a>);

impl<'a> Deref for Strong<'a> {
    type Target = Tx<'a>;

    fn deref(&self) -> &Tx<'a> {
        &self.0
    }
}

impl<'a> DerefMut for Strong<'a> {
    fn deref_mut(&mut self) -> &mut Tx<'a> {
        &mut self.0
    }
}

impl Strong<'_> {
    /// Makes the change.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit(self) -> Result<(), StoreError> {
        self.0.commit().await
    }
}

impl Store {
    /// Begins a change of a person or a schedule in which something may be announced, receipted or answered.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub async fn begin_strong(&self) -> Result<Strong<'_>, StoreError> {
        self.begin(Strength::Power).await.map(Strong)
    }

    /// The same in the name of `worker`.
    ///
    /// # Errors
    /// As [`Self::begin_as`].
    pub async fn begin_strong_as(&self, worker: &Worker) -> Result<Strong<'_>, StoreError> {
        self.begin_as(worker, Strength::Power).await.map(Strong)
    }

    /// Begins a change of a person or a schedule that survives what `strength` says.
    ///
    /// # Errors
    /// When another process holds the database for longer than 30 s, or the database or the disk refuses.
    pub async fn begin(&self, strength: Strength) -> Result<Tx<'_>, StoreError> {
        let place = match self {
            Self::File(file) => {
                let mut writer = file.writer().await?;
                writer.connection.execute("BEGIN IMMEDIATE").await?;
                writer.open = true;
                Place::Sqlite(Held(Some(writer)))
            }
            Self::Server(server) => Place::Postgres(patient(server.writers.begin()).await?),
        };
        Ok(Tx { store: self, place, strength, worker: None, entries: Vec::new() })
    }

    /// Begins a change in the name of `worker`, which is refused once its work was given to others.
    ///
    /// # Errors
    /// [`StoreError::Lost`], or as [`Self::begin`].
    pub async fn begin_as(&self, worker: &Worker, strength: Strength) -> Result<Tx<'_>, StoreError> {
        let mut tx = self.begin(strength).await?;
        tx.worker = Some((worker.epoch, worker.lease));
        // The row stays as long as this change lasts: whoever gives the work to others has to wait for it.
        let here = sql("SELECT epoch FROM workers WHERE epoch = $1 {keep}").bind(worker.epoch);
        match here.maybe(tx.link()).await? {
            Some(_) => Ok(tx),
            None => Err(StoreError::Lost),
        }
    }

    /// A change of one statement, which survives a killed process. It begins and ends with the statement: one call of the
    /// database instead of four. The statement itself sees to it that its worker is still there ([`ME`]).
    pub(super) async fn at_once(&self, change: Sql) -> Result<Vec<Found>, StoreError> {
        match self {
            Self::File(file) => {
                let mut writer = file.writer().await?;
                let rows = change.all(file.link(&mut writer.connection)).await?;
                file.count_commit(&mut writer).await?;
                Ok(rows)
            }
            Self::Server(server) => {
                change.all(server.link(&mut *patient(server.writers.acquire()).await?)).await
            }
        }
    }

    /// What nobody found because the worker may be gone.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when it is; when the database refuses.
    pub(super) async fn still_here(&self, worker: &Worker) -> Result<(), StoreError> {
        let here = sql("SELECT epoch FROM workers WHERE epoch = $1").bind(worker.epoch);
        self.maybe(here).await?.map(drop).ok_or(StoreError::Lost)
    }
}

/// Begins a statement of one worker, `$1`: `me` holds its row, which stays until the statement has ended; nothing when
/// its work was given to others.
pub(super) const ME: &str = "WITH me AS (SELECT epoch FROM workers WHERE epoch = $1 {keep})";

impl FileStore {
    /// The writer, with no change open.
    async fn writer(&self) -> Result<OwnedMutexGuard<Writer>, StoreError> {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        if self.wal.broken.load(Ordering::SeqCst) {
            return Err(StoreError::Disk);
        }
        writer.undo().await;
        Ok(writer)
    }

    /// Empties the write-ahead file now and then.
    async fn count_commit(&self, writer: &mut Writer) -> Result<(), StoreError> {
        writer.commits += 1;
        if writer.commits < EMPTY_EVERY {
            return Ok(());
        }
        writer.commits = 0;
        self.empty_wal(&mut writer.connection).await
    }
}

impl Tx<'_> {
    /// Makes the change.
    ///
    /// # Errors
    /// When an entry of the log or the disk refuses; then nothing of it happened. When only the fsync at the end fails,
    /// it is not known what a power cut would leave of it, and nothing more is recorded by this process.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.write_entries().await?;
        let power = self.strength == Strength::Power;
        match (self.place, self.store) {
            (Place::Sqlite(mut held), Store::File(file)) => {
                let writer = held.writer();
                writer.connection.execute("COMMIT").await?;
                writer.open = false;
                file.count_commit(writer).await?;
                drop(held);
                if power { file.shared.wait(|| file.flush()).await } else { Ok(()) }
            }
            (Place::Postgres(mut tx), Store::Server(server)) => {
                if power && self.worker.is_none() {
                    tx.execute("SET LOCAL synchronous_commit = on").await?;
                }
                patient(tx.commit()).await?;
                match self.worker {
                    // The renewal is committed with a flush, and with it all that was committed before it.
                    Some((epoch, lease)) if power => {
                        server.shared.wait(|| server.renew_for(epoch, lease)).await
                    }
                    _ => Ok(()),
                }
            }
            _ => unreachable!("a change is made in the database it was begun in"),
        }
    }

    /// Where statements of this change go.
    pub(super) fn link(&mut self) -> Link<'_> {
        let link = match &mut self.place {
            Place::Sqlite(held) => Link::sqlite(&mut held.writer().connection),
            Place::Postgres(tx) => Link::postgres(tx),
        };
        link.sealing(self.store.seal())
    }

    /// The worker in whose name the change is made.
    pub(super) fn worker(&self) -> Option<i64> {
        self.worker.map(|(epoch, _)| epoch)
    }

    /// Until the change ends, nobody else gets past this point with the same `what`. `SQLite` has one writer anyway.
    pub(super) async fn alone(&mut self, what: impl Into<Arg>) -> Result<(), StoreError> {
        if self.link().is_server() {
            let lock = sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(what);
            lock.all(self.link()).await?;
        }
        Ok(())
    }

    /// As [`Self::alone`], for each of `whats`. Given in one order everywhere, or two changes wait for each other.
    pub(super) async fn alone_with_all(&mut self, whats: &[String]) -> Result<(), StoreError> {
        if !self.link().is_server() || whats.is_empty() {
            return Ok(());
        }
        let head = "SELECT pg_advisory_xact_lock(hashtextextended(w.what, 0)) FROM (VALUES";
        let locks = rows_of(head, (whats.len(), 1), ") AS w (what)");
        whats.iter().fold(locks, Sql::bind).all(self.link()).await.map(drop)
    }
}
