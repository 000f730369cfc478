//! The writer of the audit log. No log, no action: every error here ends the run before its next effect.
//!
//! Entries are made in the store's transactions, by whichever process acts. Files are written from the store, under a
//! lock on the folder, whenever a checkpoint is due; what a crash leaves half-written is completed from the store.

use super::audit_files::{self, FileState};
use crate::{
    audit::{Actor, Draft, Event, Hash, Note, SigningKey, Stamp, layout, tree},
    clock::Clock,
    store::{Store, StoreError, Strength, Tx},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI16, Ordering},
    },
};

/// Entries between two checkpoints while a run goes on.
const CHECKPOINT_EVERY: u64 = 256;
/// Lines read from the store at a time.
const BATCH: u32 = 4096;

/// Why the log cannot be written. Nothing may be done then.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder refuses.
    #[error(
        "監査記録（{place}）に書き込めません: {error}。ディスクの空きと権限を確認してください。記録できない間は何も実行しません。"
    )]
    File {
        /// The file or folder.
        place: String,
        /// What the operating system said.
        error: io::Error,
    },
    /// What a signed checkpoint covers is missing or different.
    #[error(
        "監査記録が書き換えられているか欠けています（{0}）。実行を止めました。`shoki audit verify` で確かめ、情報システム担当と監査担当に連絡してください。"
    )]
    Tampered(String),
    /// The key cannot be used.
    #[error(
        "監査記録の署名鍵（{0}）を使えません。持ち主だけが読める設定（chmod 600）か、内容を確認してください。"
    )]
    Key(String),
}

/// Where the log of an office lies.
#[derive(Debug, Clone)]
pub struct LogPlace {
    /// The folder `audit/`.
    pub dir: PathBuf,
    /// The folder of signing keys, readable by its owner only; not in backups.
    pub keys: PathBuf,
    /// A stable name: `shoki.invalid/<city>/<host>`.
    pub origin: String,
    /// SHA-256 of the program, hex.
    pub program: String,
    /// SHA-256 of `shoki.toml`, hex.
    pub config: String,
}

/// The writer of one process.
pub struct AuditLog {
    store: Arc<Store>,
    place: LogPlace,
    clock: Arc<dyn Clock>,
    boot: String,
    epoch: u64,
    /// Entries at the last checkpoint, to know when the next is due. Held while one is issued: the lock on the folder
    /// keeps other processes out, but would stop the whole thread if two tasks of one process wanted it.
    last: tokio::sync::Mutex<u64>,
    /// The fiscal year whose log is known to have its first entry; 0 at first.
    opened: AtomicI16,
}

impl AuditLog {
    /// Opens the log for writing: checks what is there against what was signed, and announces this process.
    ///
    /// # Errors
    /// When a checkpoint covers what is missing or different, or nothing can be written.
    pub async fn open(store: Arc<Store>, place: LogPlace, clock: Arc<dyn Clock>) -> Result<Self, LogError> {
        let boot =
            fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_else(|_| "00000000".into());
        let epoch = begin_epoch(&store, &place).await?;
        let boot = boot.chars().take(8).collect();
        let (last, opened) = (tokio::sync::Mutex::new(0), AtomicI16::new(0));
        let log = Self { store, place, clock, boot, epoch, last, opened };
        let torn = log.recover().await?;
        let unsigned = log.has_unsigned().await?;
        let mut tx = log.store.begin(Strength::Power).await?;
        if let Some(state) = torn {
            let sha = tree::hex(&tree::sha256(&state.torn).0);
            log.write(
                &mut tx,
                &log.system(Event::LogRecover).data("bytes", state.torn.len() as u64).data("sha256", sha),
            )
            .await?;
        }
        let draft = log.system(Event::LogEpoch).data("binary", log.place.program.as_str());
        let draft =
            draft.data("config", log.place.config.as_str()).data("version", env!("CARGO_PKG_VERSION"));
        log.write(&mut tx, &draft).await?;
        tx.commit().await?;
        if unsigned {
            log.checkpoint().await?;
        }
        Ok(log)
    }

    /// Whether a process before this one ended without a checkpoint over its last entries.
    async fn has_unsigned(&self) -> Result<bool, LogError> {
        let (name, fy) = (self.place.origin.as_str(), layout::fiscal_year(self.clock.now()));
        let last = self.store.last_checkpoint(name, fy).await?;
        let signed = last.filter(|c| c.note.is_some()).map_or(0, |c| c.size);
        Ok(!self.store.log_lines(name, fy, signed, 1).await?.is_empty())
    }

    /// An entry by shoki itself.
    #[must_use]
    pub fn system(&self, event: Event) -> Draft {
        Draft::new(event, &Actor::System("shoki".into()))
    }

    /// The present moment as the log and the database write it.
    #[must_use]
    pub fn now(&self) -> String {
        format!("{:.3}", self.clock.now())
    }

    fn stamp(&self) -> Stamp {
        let mono = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let seconds = u64::try_from(mono.tv_sec).unwrap_or(0);
        let mono = seconds * 1_000_000_000 + u64::try_from(mono.tv_nsec).unwrap_or(0);
        Stamp { ts: self.clock.now(), mono, boot: self.boot.clone(), ep: self.epoch }
    }

    /// Adds an entry to the change `tx`. A new fiscal year opens a new log.
    ///
    /// # Errors
    /// When the entry is refused or the database refuses; then the change must not be made.
    pub async fn write(&self, tx: &mut Tx<'_>, draft: &Draft) -> Result<(), LogError> {
        let stamp = self.stamp();
        let fy = layout::fiscal_year(stamp.ts);
        if self.opened.load(Ordering::Relaxed) != fy && !tx.reports(fy) {
            self.open_year(tx, fy, &stamp).await?;
        }
        tx.append(&self.place.origin, fy, draft.clone(), stamp);
        Ok(())
    }

    /// Puts the first entry into the log of a year that has none.
    async fn open_year(&self, tx: &mut Tx<'_>, fy: i16, stamp: &Stamp) -> Result<(), LogError> {
        let name = self.place.origin.as_str();
        tx.alone_with_log(name).await?;
        if tx.tree(name, fy).await?.is_some() {
            self.opened.store(fy, Ordering::Relaxed);
            return Ok(());
        }
        let open = self.system(Event::LogOpen).data("fy", u64::from(fy.unsigned_abs()));
        let open = open.data("origin", name).data("spec", "shoki-audit/1");
        let open = open.data("prev", self.closing_note(tx, fy).await?);
        tx.append(name, fy, open, stamp.clone());
        Ok(())
    }

    /// The newest signed checkpoint of the year before, carried into the new log.
    async fn closing_note(&self, tx: &mut Tx<'_>, fy: i16) -> Result<crate::audit::Value, LogError> {
        let note = tx.meta(&self.note_key(fy - 1)).await?;
        Ok(note.map_or(crate::audit::Value::Null, |n| n.as_str().into()))
    }

    fn note_key(&self, fy: i16) -> String {
        format!("note-{fy} {}", self.place.origin)
    }

    /// Issues a checkpoint if enough entries have come since the last.
    ///
    /// # Errors
    /// As [`Self::checkpoint`].
    pub async fn checkpoint_if_due(&self) -> Result<(), LogError> {
        let fy = layout::fiscal_year(self.clock.now());
        let mut tx = self.store.begin(Strength::Process).await?;
        let size = tx.tree(&self.place.origin, fy).await?.map_or(0, |t| t.size());
        drop(tx);
        let mut last = self.last.lock().await;
        if size >= *last + CHECKPOINT_EVERY { self.issue_next(&mut last).await } else { Ok(()) }
    }

    /// Writes all entries to their files and issues a signed checkpoint over them.
    ///
    /// # Errors
    /// When the database or the folder refuses.
    pub async fn checkpoint(&self) -> Result<(), LogError> {
        let mut last = self.last.lock().await;
        self.issue_next(&mut last).await
    }

    async fn issue_next(&self, last: &mut u64) -> Result<(), LogError> {
        let fy = layout::fiscal_year(self.clock.now());
        let mut tx = self.store.begin(Strength::Power).await?;
        let Some(tree) = tx.tree(&self.place.origin, fy).await? else { return Ok(()) };
        tx.add_checkpoint(&self.place.origin, fy, tree.size(), tree.root()).await?;
        tx.commit().await?;
        self.issue(fy, tree.size(), tree.root()).await?;
        *last = tree.size();
        Ok(())
    }

    /// Signs what was decided on disk before.
    async fn issue(&self, fy: i16, size: u64, root: Hash) -> Result<(), LogError> {
        let dir = self.folder(fy)?;
        let lock = self.lock()?;
        let key = self.key(fy, &dir)?;
        self.export(fy, &dir).await?;
        let note = key.checkpoint(size, root).to_string();
        let write = |name: &str| {
            let path = dir.join(name);
            audit_files::replace(&path, note.as_bytes()).map_err(|error| refused(&path, error))
        };
        self.tiles(fy, &dir, size).await?;
        write(&layout::checkpoint_file(size))?;
        let newer = fs::read(dir.join(layout::CHECKPOINT_FILE)).ok();
        let newer =
            newer.and_then(|b| crate::audit::Note::parse(&b).ok()).is_some_and(|n| n.checkpoint.size > size);
        if !newer {
            write(layout::CHECKPOINT_FILE)?;
        }
        drop(lock);
        let mut tx = self.store.begin(Strength::Process).await?;
        tx.sign_checkpoint(&self.place.origin, fy, size, &note).await?;
        tx.set_meta(&self.note_key(fy), &note).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Brings the segment files up to the store.
    async fn export(&self, fy: i16, dir: &Path) -> Result<(), LogError> {
        let state = audit_files::look(dir).map_err(|error| refused(dir, error))?;
        if !state.torn.is_empty() {
            audit_files::cut_torn(dir, &state).map_err(|error| refused(dir, error))?;
        }
        let mut from = state.entries;
        loop {
            let room = layout::SEGMENT - from % layout::SEGMENT;
            let limit = BATCH.min(u32::try_from(room).unwrap_or(BATCH));
            let lines = self.store.log_lines(&self.place.origin, fy, from, limit).await?;
            if lines.is_empty() {
                return Ok(());
            }
            audit_files::append(dir, from, &lines).map_err(|error| refused(dir, error))?;
            from += lines.len() as u64;
        }
    }

    /// Writes the leaves since the newest checkpoint that has its file, so that a changed entry can be named.
    async fn tiles(&self, fy: i16, dir: &Path, size: u64) -> Result<(), LogError> {
        let old = fs::read(dir.join(layout::CHECKPOINT_FILE)).ok().and_then(|b| Note::parse(&b).ok());
        let old = old.map_or(0, |n| n.checkpoint.size);
        for (number, width) in layout::tiles(old, size) {
            let limit = u32::try_from(width).expect("a tile has at most 256 leaves");
            let lines = self.store.log_lines(&self.place.origin, fy, number * layout::TILE, limit).await?;
            let leaves: Vec<Hash> = lines.iter().map(|l| tree::leaf(l.as_bytes())).collect();
            let path = dir.join(layout::tile_file(number, width));
            audit_files::put_tile(&path, &layout::tile_bytes(&leaves))
                .map_err(|error| refused(&path, error))?;
        }
        Ok(())
    }

    /// Compares the files with the store and the newest checkpoint. Gives back what a crash tore, if anything.
    async fn recover(&self) -> Result<Option<FileState>, LogError> {
        let fy = layout::fiscal_year(self.clock.now());
        let dir = self.folder(fy)?;
        let _lock = self.lock()?;
        let state = audit_files::look(&dir).map_err(|error| refused(&dir, error))?;
        let checkpoint =
            self.store.last_checkpoint(&self.place.origin, fy).await?.filter(|c| c.note.is_some());
        let covered = checkpoint.map_or(0, |c| c.size);
        if state.entries < covered {
            return Err(LogError::Tampered(format!(
                "確定点は {covered} 件、ファイルには {} 件",
                state.entries
            )));
        }
        let (first, lines) = audit_files::newest_lines(&dir).map_err(|error| refused(&dir, error))?;
        let limit = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let known = self.store.log_lines(&self.place.origin, fy, first, limit).await?;
        if let Some(at) = (0..lines.len()).find(|at| known.get(*at) != Some(&lines[*at])) {
            return Err(LogError::Tampered(format!("{} 番目の記録", first + at as u64)));
        }
        if state.torn.is_empty() {
            return Ok(None);
        }
        audit_files::cut_torn(&dir, &state).map_err(|error| refused(&dir, error))?;
        Ok(Some(state))
    }

    fn folder(&self, fy: i16) -> Result<PathBuf, LogError> {
        let dir = self.place.dir.join(fy.to_string());
        for sub in [layout::SEGMENT_DIR, layout::CHECKPOINT_DIR] {
            fs::create_dir_all(dir.join(sub)).map_err(|error| refused(&dir, error))?;
        }
        Ok(dir)
    }

    /// One process at a time writes files.
    fn lock(&self) -> Result<File, LogError> {
        let path = self.place.dir.join(".lock");
        let open = || {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
            Ok(file)
        };
        open().map_err(|error: io::Error| refused(&path, error))
    }

    /// The year's key; made, with its public half, when the year has none.
    fn key(&self, fy: i16, dir: &Path) -> Result<SigningKey, LogError> {
        let path = self.place.keys.join(format!("log-{fy}.key"));
        let bad = |_| LogError::Key(path.display().to_string());
        let seed = match fs::read(&path) {
            Ok(bytes) => {
                <[u8; 32]>::try_from(bytes).map_err(|_| LogError::Key(path.display().to_string()))?
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                new_seed(&path).map_err(|error| refused(&path, error))?
            }
            Err(error) => return Err(refused(&path, error)),
        };
        let key = SigningKey::log(&self.place.origin, &seed).map_err(bad)?;
        let public = dir.join(layout::KEY_FILE);
        if !public.exists() {
            let text = format!("{}\n", key.verifier());
            audit_files::replace(&public, text.as_bytes()).map_err(|error| refused(&public, error))?;
        }
        Ok(key)
    }
}

/// The number of this start of the program in its log.
async fn begin_epoch(store: &Store, place: &LogPlace) -> Result<u64, StoreError> {
    let key = format!("epoch {}", place.origin);
    let mut tx = store.begin(Strength::Power).await?;
    tx.alone_with_log(&place.origin).await?;
    tx.adopt_log(&place.origin).await?;
    let epoch = tx.meta(&key).await?.and_then(|e| e.parse().ok()).unwrap_or(0u64) + 1;
    tx.set_meta(&key, &epoch.to_string()).await?;
    tx.commit().await?;
    Ok(epoch)
}

fn new_seed(path: &Path) -> io::Result<[u8; 32]> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(&seed)?;
    file.sync_all()?;
    Ok(seed)
}

fn refused(place: &Path, error: io::Error) -> LogError {
    LogError::File { place: place.display().to_string(), error }
}
