//! Evidence at rest: every blob encrypted under its run's key, its salt inside, nothing of it in the log but a commitment.
//!
//! A file is `shoki-evd/1` and LF, a nonce of 24 bytes, and XChaCha20-Poly1305 over salt and blob, bound to the file's place.
//! The keys lie in `state/keys/evidence`, one file per run, not in backups: whoever destroys a run's key has destroyed its
//! evidence, in every copy.

use super::{AuditLog, LogError};
use crate::{
    audit::{Actor, Draft, Event, tree},
    store::{Store, StoreError, Strength, make_once},
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::zeroize::Zeroizing;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The first bytes of a file, and the context of a commitment.
const MAGIC: &[u8] = b"shoki-evd/1\n";
const NONCE: usize = 24;
const SALT: usize = 32;

/// Why evidence cannot be kept, shown or destroyed.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// A file cannot be read or written.
    #[error("証跡（{place}）を扱えません: {error}。ディスクの空きと権限を確かめてください。")]
    File {
        /// The file.
        place: String,
        /// What the operating system said.
        error: io::Error,
    },
    /// It was destroyed, or never there.
    #[error("証跡 {0} はありません。保存期間が過ぎて消去されたか、番号が違います。")]
    Gone(String),
    /// It was changed, or its key is another one.
    #[error("証跡 {0} は書き換えられているか、鍵が違うため開けません。監査担当に連絡してください。")]
    Changed(String),
    /// One person alone may not destroy evidence early.
    #[error("保存期間の前に証跡を消去するには、本人とは別の承認者が必要です（--approver）。")]
    SamePerson,
    /// Nothing can be recorded.
    #[error(transparent)]
    Record(#[from] LogError),
}

impl From<StoreError> for EvidenceError {
    fn from(error: StoreError) -> Self {
        Self::Record(error.into())
    }
}

/// A blob that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Below `evidence/`.
    pub file: String,
    /// `SHA-256("shoki-evd/1\n" ‖ salt ‖ blob)`, hex.
    pub commitment: String,
    /// Bytes of the blob.
    pub len: u64,
}

/// The evidence of an office.
#[derive(Debug, Clone)]
pub struct Vault {
    dir: PathBuf,
    keys: PathBuf,
}

fn failed(place: &Path, error: io::Error) -> EvidenceError {
    EvidenceError::File { place: place.display().to_string(), error }
}

fn commitment(salted: &[u8]) -> String {
    tree::hex(&tree::sha256(&[MAGIC, salted].concat()).0)
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

fn private(dir: &Path) -> Result<(), EvidenceError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| failed(dir, e))
}

/// Whether a part of a path is a plain name, so that a changed row cannot lead elsewhere.
fn is_plain(part: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
    !part.is_empty() && !part.starts_with('.') && part.chars().all(fits)
}

impl Vault {
    /// The evidence of the office in `root`.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self { dir: root.join("evidence"), keys: root.join("state/keys/evidence") }
    }

    /// Keeps a blob as `name` among the evidence of `run`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, run: &str, name: &str, blob: &[u8]) -> Result<Kept, EvidenceError> {
        let file = format!("{run}/{name}");
        let path = self.path(&file)?;
        private(path.parent().unwrap_or(&self.dir))?;
        let salt: [u8; SALT] = random().map_err(|e| failed(&path, e))?;
        let nonce: [u8; NONCE] = random().map_err(|e| failed(&path, e))?;
        let salted = Zeroizing::new([&salt[..], blob].concat());
        let payload = Payload { msg: &salted, aad: file.as_bytes() };
        let sealed = self.cipher(run, true)?.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| EvidenceError::Changed(file.clone()))?;
        let write = || {
            let mut out = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path)?;
            out.write_all(&[MAGIC, &nonce, &sealed].concat())
        };
        write().map_err(|e| failed(&path, e))?;
        Ok(Kept { file, commitment: commitment(&salted), len: blob.len() as u64 })
    }

    /// A blob, checked against what the log holds of it.
    ///
    /// # Errors
    /// When it is gone or was changed.
    pub fn get(&self, file: &str, commitment_hex: &str) -> Result<Vec<u8>, EvidenceError> {
        let path = self.path(file)?;
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(EvidenceError::Gone(file.to_owned()));
            }
            Err(e) => return Err(failed(&path, e)),
        };
        let changed = || EvidenceError::Changed(file.to_owned());
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(changed)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or_else(changed)?;
        let run = file.split('/').next().unwrap_or_default();
        let payload = Payload { msg: sealed, aad: file.as_bytes() };
        let salted =
            self.cipher(run, false)?.decrypt(&XNonce::from(*nonce), payload).map_err(|_| changed())?;
        let salted = Zeroizing::new(salted);
        if commitment(&salted) != commitment_hex {
            return Err(changed());
        }
        Ok(salted.get(SALT..).ok_or_else(changed)?.to_vec())
    }

    /// Destroys the key of `run`, then its files. Says how many files there were.
    ///
    /// # Errors
    /// When something stays.
    pub fn destroy(&self, run: &str) -> Result<usize, EvidenceError> {
        let key = self.key_file(run)?;
        let wipe = |path: &Path| -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).open(path)?;
            file.write_all(&random::<32>()?)?;
            file.sync_all()?;
            fs::remove_file(path)
        };
        match wipe(&key) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(&key, e)),
            _ => {}
        }
        if let Ok(keys) = File::open(&self.keys) {
            keys.sync_all().map_err(|e| failed(&self.keys, e))?;
        }
        let dir = self.dir.join(run);
        let count = fs::read_dir(&dir).map_or(0, Iterator::count);
        match fs::remove_dir_all(&dir) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed(&dir, e)),
            _ => Ok(count),
        }
    }

    fn path(&self, file: &str) -> Result<PathBuf, EvidenceError> {
        let plain = file.split('/').count() == 2 && file.split('/').all(is_plain);
        if plain { Ok(self.dir.join(file)) } else { Err(EvidenceError::Gone(file.to_owned())) }
    }

    fn key_file(&self, run: &str) -> Result<PathBuf, EvidenceError> {
        if is_plain(run) {
            Ok(self.keys.join(format!("{run}.key")))
        } else {
            Err(EvidenceError::Gone(run.to_owned()))
        }
    }

    /// The cipher of a run; with `make`, a first one makes the key.
    fn cipher(&self, run: &str, make: bool) -> Result<XChaCha20Poly1305, EvidenceError> {
        let path = self.key_file(run)?;
        if make {
            private(&self.keys)?;
            let fresh = || -> io::Result<()> {
                let key = Zeroizing::new(random::<32>()?);
                make_once(&path, &*key)
            };
            match fresh() {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(failed(&path, e)),
                _ => {}
            }
        }
        let bytes = match fs::read(&path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(EvidenceError::Gone(run.to_owned())),
            Err(e) => return Err(failed(&path, e)),
        };
        XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| EvidenceError::Changed(run.to_owned()))
    }
}

/// Shows a blob to a person: who looked is on record before the bytes are given.
///
/// # Errors
/// When it cannot be recorded, is gone, or was changed.
pub async fn view(
    store: &Store,
    log: &AuditLog,
    vault: &Vault,
    (run, file): (&str, &str),
    by: &str,
) -> Result<Vec<u8>, EvidenceError> {
    let kept = store.evidence_at(run, file).await?;
    let kept = kept.ok_or_else(|| EvidenceError::Gone(file.to_owned()))?;
    let draft = Draft::new(Event::EvidenceView, &Actor::User(by.to_owned())).run(run);
    let draft = draft.item(&format!("{:04}", kept.n)).data("c", kept.commitment.as_str());
    let mut tx = store.begin(Strength::Power).await?;
    log.write(&mut tx, &draft).await?;
    tx.commit().await?;
    vault.get(file, &kept.commitment)
}

/// Puts on record that a person takes a file out: its digest and length, never its name. Before it is given.
///
/// # Errors
/// When it cannot be recorded.
pub async fn taken(
    store: &Store,
    log: &AuditLog,
    run: Option<&str>,
    bytes: &[u8],
    by: &str,
) -> Result<(), LogError> {
    let draft = Draft::new(Event::FileOut, &Actor::User(by.to_owned())).data("class", "download");
    let draft = draft.data("sha256", tree::hex(&tree::sha256(bytes).0)).data("len", bytes.len() as u64);
    let draft = if let Some(run) = run { draft.run(run) } else { draft };
    let mut tx = store.begin(Strength::Power).await?;
    log.write(&mut tx, &draft).await?;
    Ok(tx.commit().await?)
}

/// Why evidence is destroyed.
#[derive(Debug, Clone)]
pub enum Rule {
    /// So many days have passed since the run ended: the office's rule.
    Days(u32),
    /// Two people have decided it.
    People {
        /// Who does it.
        by: String,
        /// Who, another person, allowed it.
        approver: String,
    },
}

/// Destroys the evidence of a run: on record first, then key, salts and blobs. Commitments in the log stay, and say nothing
/// without the salt.
///
/// # Errors
/// When one person acts alone, nothing can be recorded, or something stays.
pub async fn purge(
    store: &Store,
    log: &AuditLog,
    vault: &Vault,
    run: &str,
    rule: &Rule,
) -> Result<usize, EvidenceError> {
    let draft = match rule {
        Rule::Days(days) => log.system(Event::EvidencePurge).data("rule", format!("days-{days}")),
        Rule::People { by, approver } if by == approver => return Err(EvidenceError::SamePerson),
        Rule::People { by, approver } => Draft::new(Event::EvidencePurge, &Actor::User(by.clone()))
            .data("rule", "people")
            .data("appr", approver.as_str()),
    };
    let count = store.evidence(run).await?.len();
    if count > 0 {
        let mut tx = store.begin(Strength::Power).await?;
        tx.forget_evidence(run).await?;
        log.write(&mut tx, &draft.run(run).data("count", count as u64)).await?;
        tx.commit().await?;
    }
    vault.destroy(run)?;
    Ok(count)
}

/// Erases the contents of runs that ended more than `days` ago from the database: inputs, readings, outputs of steps, questions
/// and answers. On record for each. Says of how many runs.
///
/// # Errors
/// When nothing can be recorded.
pub async fn expire_contents(store: &Store, log: &AuditLog, days: u32) -> Result<usize, EvidenceError> {
    let runs = store.runs_to_forget(&before(log, days)).await?;
    for run in &runs {
        let mut tx = store.begin(Strength::Power).await?;
        let count = tx.forget_contents(run, &log.now()).await?;
        let draft = log.system(Event::EvidencePurge).run(run).data("count", count);
        let draft = draft.data("rule", format!("days-{days}")).data("what", "contents");
        log.write(&mut tx, &draft).await?;
        tx.commit().await?;
    }
    Ok(runs.len())
}

/// The moment `days` ago.
fn before(log: &AuditLog, days: u32) -> String {
    format!("{:.3}", log.moment() - jiff::SignedDuration::from_hours(i64::from(days) * 24))
}

/// Destroys the evidence of runs that ended more than `days` ago. Says of how many.
///
/// # Errors
/// As [`purge`].
pub async fn expire(store: &Store, log: &AuditLog, vault: &Vault, days: u32) -> Result<usize, EvidenceError> {
    let runs = store.runs_with_evidence_ended_before(&before(log, days)).await?;
    for run in &runs {
        purge(store, log, vault, run, &Rule::Days(days)).await?;
    }
    Ok(runs.len())
}
