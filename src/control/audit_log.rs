//! The writer of the audit log. No log, no action: every error here ends the run before its next effect.
//!
//! Entries are made in the store's transactions, by whichever process acts. Files are written from the store, under a
//! lock on the folder, whenever a checkpoint is due; what a crash leaves half-written is completed from the store.

use super::{
    audit_files::{self, FileState},
    clock_fault, log_owner,
    log_place::{LogError, LogPlace, new_seed, refused},
    outside::{self, Outside},
    put_back,
};
use crate::{
    audit::{Actor, Draft, Event, Hash, Note, SigningKey, Stamp, Value, layout, tree},
    clock::{Clock, tokyo},
    store::{RolledBack, Store, StoreError, Strength, Tx},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI16, AtomicU64, Ordering},
    },
};

/// Entries between two checkpoints while a run goes on.
const CHECKPOINT_EVERY: u64 = 256;
/// Lines read from the store at a time.
const BATCH: u32 = 4096;
/// The longest time without a checkpoint while the log is open.
const SIGN_OF_LIFE: SignedDuration = SignedDuration::from_mins(15);
/// The shortest time between two copies to the outside folder.
const SHARE_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// How long the outside folder may take.
const SHARE_LIMIT: std::time::Duration = std::time::Duration::from_secs(10);
/// The years whose logs were closed and whose files are not written yet.
const CLOSING: &str = "closing";

/// The writer of one process.
pub struct AuditLog {
    store: Arc<Store>,
    place: LogPlace,
    clock: Arc<dyn Clock>,
    boot: String,
    epoch: u64,
    /// The last checkpoint. Held while one is issued: the lock on the folder keeps other processes out, but would stop the
    /// whole thread if two tasks of one process wanted it.
    issued: tokio::sync::Mutex<Issued>,
    /// The fiscal year whose log is known to have its first entry and one about this process; 0 at first.
    opened: AtomicI16,
    /// Entries this process has made since it last looked whether a checkpoint is due.
    made: AtomicU64,
}

/// What this process has signed last.
struct Issued {
    size: u64,
    at: Timestamp,
    /// When a copy last went to the outside folder.
    shared: Option<Timestamp>,
}

impl AuditLog {
    /// Opens the log for writing: checks what is there against what was signed, and announces this process.
    ///
    /// # Errors
    /// When a checkpoint covers what is missing or different, one kept outside does not fit, or nothing can be written.
    pub async fn open(store: Arc<Store>, place: LogPlace, clock: Arc<dyn Clock>) -> Result<Self, LogError> {
        let log = Self::prepare(store, place, clock).await?;
        if let Some(note) = log.misfit().await? {
            return Err(LogError::RolledBack { size: note.checkpoint.size });
        }
        log.announce(None).await?;
        Ok(log)
    }

    /// Opens a log that a checkpoint kept outside says is behind or another, because a person answers for it: the log says
    /// so, and goes on. Verifiers that know the outside checkpoint keep saying that the log has forked, rightly.
    ///
    /// # Errors
    /// As [`Self::open`]; and when nothing outside contradicts the log.
    pub async fn open_rolled_back(
        store: Arc<Store>,
        place: LogPlace,
        clock: Arc<dyn Clock>,
        by: &str,
        reason: &str,
    ) -> Result<Option<Self>, LogError> {
        let log = Self::prepare(store, place, clock).await?;
        let Some(note) = log.misfit().await? else { return Ok(None) };
        let sha = tree::hex(&tree::sha256(note.to_string().as_bytes()).0);
        let draft = Draft::new(Event::LogRecover, &Actor::User(by.to_owned()));
        let draft = draft.data("bytes", 0_u64).data("reason", reason).data("sha256", sha);
        log.announce(Some(draft.data("size", note.checkpoint.size))).await?;
        log.checkpoint().await?;
        Ok(Some(log))
    }

    async fn prepare(store: Arc<Store>, place: LogPlace, clock: Arc<dyn Clock>) -> Result<Self, LogError> {
        let boot =
            fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_else(|_| "00000000".into());
        log_owner::claim(&store, &place).await?;
        put_back::take_back(&store, &place).await?;
        let epoch = begin_epoch(&store, &place).await?;
        let boot = boot.chars().take(8).collect();
        let issued = tokio::sync::Mutex::new(Issued { size: 0, at: clock.now(), shared: None });
        // What was made before is not known: the first look is due.
        let (opened, made) = (AtomicI16::new(0), AtomicU64::new(CHECKPOINT_EVERY));
        let log = Self { store, place, clock, boot, epoch, issued, opened, made };
        clock_fault::note_last_entry(&log.store, &log.place.origin, log.clock.now()).await?;
        Ok(log)
    }

    /// Writes that this process writes, after what a crash or a restore left was looked at.
    async fn announce(&self, accepted: Option<Draft>) -> Result<(), LogError> {
        let torn = self.recover().await?;
        let unsigned = self.has_unsigned().await?;
        let restored = put_back::untold(&self.store, &self.place).await?;
        let mut tx = self.store.begin(Strength::Power).await?;
        let fy = self.year(&mut tx, &self.stamp()).await?;
        if let Some(state) = torn {
            let sha = tree::hex(&tree::sha256(&state.torn).0);
            let draft = self.system(Event::LogRecover).data("bytes", state.torn.len() as u64);
            self.write(&mut tx, &draft.data("sha256", sha)).await?;
        }
        if let Some(draft) = accepted {
            let size = draft.number("size").unwrap_or_default();
            self.write(&mut tx, &draft).await?;
            tx.set_meta(&self.meta_key("accepted"), &format!("{fy} {size}")).await?;
        }
        self.tell_of_restore(&mut tx, restored).await?;
        tx.commit().await?;
        if unsigned { self.checkpoint().await } else { Ok(()) }
    }

    /// The newest checkpoint kept outside, when the log does not hold what it vouches for.
    async fn misfit(&self) -> Result<Option<Note>, LogError> {
        let Some(folder) = &self.place.outside else { return Ok(None) };
        let mut tx = self.store.begin(Strength::Process).await?;
        let fy = self.newest_year(&mut tx).await?;
        let accepted = tx.meta(&self.meta_key("accepted")).await?.unwrap_or_default();
        let accepted = accepted.split_once(' ').filter(|(year, _)| *year == fy.to_string());
        let accepted: u64 = accepted.and_then(|(_, size)| size.parse().ok()).unwrap_or(0);
        let dir = self.folder(fy)?;
        let Some(key) = self.known_key(fy, &dir)? else { return Ok(None) };
        let outside = Outside::of(folder, &self.place.origin, fy);
        for note in outside.notes(&key.verifier()).into_iter().rev() {
            let (size, root) = (note.checkpoint.size, note.checkpoint.root);
            let ours = tx.tree(&self.place.origin, fy).await?.map_or(0, |tree| tree.size());
            let fits = ours >= size && tx.checkpoint_root(&self.place.origin, fy, size).await? == Some(root);
            if fits {
                return Ok(None);
            }
            if size > accepted {
                return Ok(Some(note));
            }
        }
        Ok(None)
    }

    async fn newest_year(&self, tx: &mut Tx<'_>) -> Result<i16, LogError> {
        Ok(tx.newest_year(&self.place.origin).await?.unwrap_or_else(|| layout::fiscal_year(self.clock.now())))
    }

    /// The record is older than the log: says so in the log, once for each restore.
    async fn tell_of_restore(&self, tx: &mut Tx<'_>, mark: Option<RolledBack>) -> Result<(), LogError> {
        let Some(mark) = mark else { return Ok(()) };
        let told = serde_json::to_vec(&mark).expect("a mark is plain data");
        let draft = self.system(Event::LogRecover).data("bytes", 0_u64);
        let draft = draft.data("sha256", tree::hex(&tree::sha256(&told).0));
        let reason = format!("記録を控え（{}）に戻しました。", mark.made);
        self.write(tx, &draft.data("reason", reason)).await?;
        tx.set_meta(&put_back::told_key(&self.place), &mark.at).await?;
        Ok(())
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

    /// The present moment.
    #[must_use]
    pub fn moment(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where the log lies.
    pub(super) const fn place(&self) -> &LogPlace {
        &self.place
    }

    fn stamp(&self) -> Stamp {
        let mono = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let seconds = u64::try_from(mono.tv_sec).unwrap_or(0);
        let mono = seconds * 1_000_000_000 + u64::try_from(mono.tv_nsec).unwrap_or(0);
        Stamp { ts: self.clock.now(), mono, boot: self.boot.clone(), ep: self.epoch }
    }

    /// Adds an entry to the change `tx`. A new fiscal year closes the old log and opens a new one.
    ///
    /// # Errors
    /// When the entry is refused or the database refuses; then the change must not be made.
    pub async fn write(&self, tx: &mut Tx<'_>, draft: &Draft) -> Result<(), LogError> {
        let stamp = self.stamp();
        draft.seal(0, &stamp).map_err(|e| StoreError::Entry(e.to_string()))?;
        let fy = self.year(tx, &stamp).await?;
        tx.append(&self.place.origin, fy, draft.clone(), stamp);
        self.made.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The log to write to: that of the fiscal year, but never an older one than there is, whatever the clock says. This
    /// process is announced in each.
    async fn year(&self, tx: &mut Tx<'_>, stamp: &Stamp) -> Result<i16, LogError> {
        let (now, opened) = (layout::fiscal_year(stamp.ts), self.opened.load(Ordering::Relaxed));
        let fy = now.max(opened);
        if opened == fy || tx.reports(fy) {
            return Ok(fy);
        }
        self.open_year(tx, now, stamp).await
    }

    /// Opens the log of a year that has none, closing the one before; puts this process into it.
    async fn open_year(&self, tx: &mut Tx<'_>, now: i16, stamp: &Stamp) -> Result<i16, LogError> {
        let name = self.place.origin.as_str();
        tx.alone_with_log(name).await?;
        let newest = tx.newest_year(name).await?;
        let fy = newest.unwrap_or(now).max(now);
        if newest != Some(fy) {
            let prev = match newest {
                Some(old) => self.close(tx, old, stamp).await?,
                None => Closing { note: Value::Null, reason: None },
            };
            let open = self.system(Event::LogOpen).data("fy", u64::from(fy.unsigned_abs()));
            let open = open.data("origin", name).data("spec", "shoki-audit/1").data("prev", prev.note);
            let open = match prev.reason {
                Some(reason) => open.data("reason", reason),
                None => open,
            };
            tx.append(name, fy, open, stamp.clone());
        }
        let announced = self.meta_key(&format!("announced-{fy}-{}", self.epoch));
        if tx.meta(&announced).await?.is_some() {
            // It was on record before this change: from now on nobody has to look.
            self.opened.store(fy, Ordering::Relaxed);
            return Ok(fy);
        }
        let draft = self.system(Event::LogEpoch).data("binary", self.place.program.as_str());
        let draft = draft.data("config", self.place.config.as_str());
        tx.append(name, fy, draft.data("version", env!("CARGO_PKG_VERSION")), stamp.clone());
        tx.set_meta(&announced, "1").await?;
        Ok(fy)
    }

    /// A key of the store's own book-keeping, for this log.
    fn meta_key(&self, what: &str) -> String {
        format!("{what} {}", self.place.origin)
    }

    fn note_key(&self, fy: i16) -> String {
        self.meta_key(&format!("note-{fy}"))
    }

    /// Closes the log of `fy`. The signature is made here, in the change that decides on it, and leaves the process only
    /// after that change is on disk: the next log opens with it.
    async fn close(&self, tx: &mut Tx<'_>, fy: i16, stamp: &Stamp) -> Result<Closing, LogError> {
        let dir = self.folder(fy)?;
        let Some(key) = self.known_key(fy, &dir)? else {
            let note = tx.meta(&self.note_key(fy)).await?;
            let note = note.map_or(Value::Null, |note| note.as_str().into());
            return Ok(Closing {
                note, reason: Some("前の年度の署名鍵がないため締めの確定点がありません")
            });
        };
        tx.append(&self.place.origin, fy, self.system(Event::LogClose), stamp.clone());
        tx.place_entries().await?;
        let tree = tx.tree(&self.place.origin, fy).await?.unwrap_or_default();
        tx.add_checkpoint(&self.place.origin, fy, tree.size(), tree.root()).await?;
        let note = key.checkpoint(tree.size(), tree.root()).to_string();
        let before = tx.meta(&self.meta_key(CLOSING)).await?.unwrap_or_default();
        tx.set_meta(&self.meta_key(CLOSING), format!("{before} {fy}").trim_start()).await?;
        Ok(Closing { note: note.as_str().into(), reason: None })
    }

    /// Issues a checkpoint if enough entries have come since the last. When another task is just issuing one, that will do.
    ///
    /// # Errors
    /// As [`Self::checkpoint`].
    pub async fn checkpoint_if_due(&self) -> Result<(), LogError> {
        if self.made.load(Ordering::Relaxed) < CHECKPOINT_EVERY {
            return Ok(());
        }
        let Ok(mut issued) = self.issued.try_lock() else { return Ok(()) };
        let mut tx = self.store.begin(Strength::Process).await?;
        let fy = self.newest_year(&mut tx).await?;
        let size = tx.tree(&self.place.origin, fy).await?.map_or(0, |t| t.size());
        drop(tx);
        let new_year = size < issued.size;
        if new_year || size >= issued.size + CHECKPOINT_EVERY {
            self.made.store(0, Ordering::Relaxed);
            self.issue_next(&mut issued).await
        } else {
            self.made.store(size - issued.size, Ordering::Relaxed);
            Ok(())
        }
    }

    /// Writes all entries to their files and issues a signed checkpoint over them.
    ///
    /// # Errors
    /// When the database or the folder refuses.
    pub async fn checkpoint(&self) -> Result<(), LogError> {
        let mut issued = self.issued.lock().await;
        self.issue_next(&mut issued).await
    }

    /// What a living log owes: a sign of life and a checkpoint every 15 minutes, also when nothing happens, and one each
    /// midnight. Called every few seconds by whoever keeps the log open.
    ///
    /// # Errors
    /// As [`Self::checkpoint`].
    pub async fn tend(&self) -> Result<(), LogError> {
        let mut issued = self.issued.lock().await;
        if !is_due(issued.at, self.clock.now()) {
            return Ok(());
        }
        let mut tx = self.store.begin(Strength::Power).await?;
        self.write(&mut tx, &self.system(Event::Heartbeat)).await?;
        tx.commit().await?;
        self.issue_next(&mut issued).await
    }

    async fn issue_next(&self, issued: &mut Issued) -> Result<(), LogError> {
        self.share(issued).await?;
        let mut tx = self.store.begin(Strength::Power).await?;
        let closed = tx.meta(&self.meta_key(CLOSING)).await?.unwrap_or_default();
        let fy = self.newest_year(&mut tx).await?;
        let Some(tree) = tx.tree(&self.place.origin, fy).await? else { return Ok(()) };
        tx.add_checkpoint(&self.place.origin, fy, tree.size(), tree.root()).await?;
        let mut old = Vec::new();
        for year in closed.split_whitespace().filter_map(|fy| fy.parse::<i16>().ok()) {
            old.extend(tx.tree(&self.place.origin, year).await?.map(|tree| (year, tree)));
        }
        tx.commit().await?;
        for (year, tree) in old {
            self.issue(year, tree.size(), tree.root()).await?;
            let mut tx = self.store.begin(Strength::Process).await?;
            let left = tx.meta(&self.meta_key(CLOSING)).await?.unwrap_or_default();
            let left: Vec<&str> = left.split_whitespace().filter(|fy| *fy != year.to_string()).collect();
            tx.set_meta(&self.meta_key(CLOSING), &left.join(" ")).await?;
            tx.commit().await?;
        }
        self.issue(fy, tree.size(), tree.root()).await?;
        (issued.size, issued.at) = (tree.size(), self.clock.now());
        Ok(())
    }

    /// Copies the newest signed checkpoint to the outside folder, at most once an hour, and says so in the log. A folder
    /// that cannot be reached stops nothing: `shoki doctor` and the verifier say since when nothing left the machine.
    async fn share(&self, issued: &mut Issued) -> Result<(), LogError> {
        let Some(folder) = &self.place.outside else { return Ok(()) };
        let now = self.clock.now();
        if issued.shared.is_some_and(|at| now.duration_since(at).abs() < SHARE_EVERY) {
            return Ok(());
        }
        let Some((fy, note)) = self.newest_note().await? else { return Ok(()) };
        issued.shared = Some(now);
        let (outside, copy) = (Outside::of(folder, &self.place.origin, fy), note.clone());
        // Another machine's folder may hang; the database must not wait for it.
        let put = tokio::task::spawn_blocking(move || outside.put(&copy));
        match tokio::time::timeout(SHARE_LIMIT, put).await {
            Ok(Ok(Ok(_))) => {}
            Ok(Ok(Err(error))) => {
                tracing::warn!(%error, "the newest checkpoint could not be copied to the outside folder");
                return Ok(());
            }
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("the outside folder does not answer; the newest checkpoint was not copied");
                return Ok(());
            }
        }
        let mut tx = self.store.begin(Strength::Power).await?;
        self.write(&mut tx, &self.anchored("share", &note)).await?;
        tx.set_meta(&outside::last(&self.place.origin), &format!("{now} {}", note.checkpoint.size)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// `cp.anchor`: this checkpoint has left the machine.
    #[must_use]
    pub fn anchored(&self, by: &str, note: &Note) -> Draft {
        let draft = self.system(Event::CheckpointAnchor).data("by", by);
        draft.data("root", note.checkpoint.root.to_base64()).data("size", note.checkpoint.size)
    }

    /// The newest signed checkpoint, and the fiscal year of its log.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_note(&self) -> Result<Option<(i16, Note)>, LogError> {
        let mut tx = self.store.begin(Strength::Process).await?;
        let fy = self.newest_year(&mut tx).await?;
        let note = tx.meta(&self.note_key(fy)).await?;
        Ok(note.and_then(|text| Note::parse(text.as_bytes()).ok()).map(|note| (fy, note)))
    }

    /// Signs what was decided on disk before.
    async fn issue(&self, fy: i16, size: u64, root: Hash) -> Result<(), LogError> {
        let dir = self.folder(fy)?;
        let lock = self.lock()?;
        let key = self.key(fy, &dir)?;
        self.export(fy, &dir, size).await?;
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

    /// Writes the first `size` entries to the segment files, as far as they are not there. Later ones may be lost in a power
    /// cut: files that hold what the record does not would look changed.
    async fn export(&self, fy: i16, dir: &Path, size: u64) -> Result<(), LogError> {
        let state = audit_files::look(dir).map_err(|error| refused(dir, error))?;
        if !state.torn.is_empty() {
            audit_files::cut_torn(dir, &state).map_err(|error| refused(dir, error))?;
        }
        let mut from = state.entries;
        while from < size {
            let room = (layout::SEGMENT - from % layout::SEGMENT).min(size - from);
            let limit = BATCH.min(u32::try_from(room).unwrap_or(BATCH));
            let lines = self.store.log_lines(&self.place.origin, fy, from, limit).await?;
            if lines.is_empty() {
                break;
            }
            audit_files::append(dir, from, &lines).map_err(|error| refused(dir, error))?;
            from += lines.len() as u64;
        }
        Ok(())
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
        let mut tx = self.store.begin(Strength::Process).await?;
        let fy = self.newest_year(&mut tx).await?;
        drop(tx);
        let dir = self.folder(fy)?;
        let _lock = self.lock()?;
        audit_files::restore_newest(&dir).map_err(|error| refused(&dir, error))?;
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

    /// The key of a year that was begun; none when it is gone.
    fn known_key(&self, fy: i16, dir: &Path) -> Result<Option<SigningKey>, LogError> {
        match self.key(fy, dir) {
            Ok(key) => Ok(Some(key)),
            Err(LogError::KeyLost(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// The year's key; made, with its public half, when the year has none.
    fn key(&self, fy: i16, dir: &Path) -> Result<SigningKey, LogError> {
        let path = self.place.keys.join(format!("log-{fy}.key"));
        let bad = |_| LogError::Key(path.display().to_string());
        let seed = match fs::read(&path) {
            Ok(bytes) => {
                <[u8; 32]>::try_from(bytes).map_err(|_| LogError::Key(path.display().to_string()))?
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && dir.join(layout::KEY_FILE).exists() => {
                return Err(LogError::KeyLost(path.display().to_string()));
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

/// How a log ends: its last checkpoint, or why there is none.
struct Closing {
    note: Value,
    reason: Option<&'static str>,
}

/// Whether a sign of life is due: 15 minutes since the last, or another day in the office.
fn is_due(last: Timestamp, now: Timestamp) -> bool {
    let day = |at: Timestamp| at.to_zoned(tokyo()).date();
    now.duration_since(last) >= SIGN_OF_LIFE || day(now) != day(last)
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
