//! The signed side of a log: its key, its checkpoints, what others have signed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::checkpoint::{Checkpoint, MAX_NOTE, Note, NoteSignature, Signed};
use super::key::{KeyKind, VerifierKey};
use super::layout::{CHECKPOINT_DIR, CHECKPOINT_FILE, KEY_FILE, checkpoint_file, checkpoint_size};
use super::report::{Findings, Verdict};
use super::source::{Source, read};
use super::tree::Hash;
use super::verify::Options;

/// A checkpoint whose signature by the log is right.
#[derive(Clone)]
pub(super) struct Vouched {
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) file: String,
    /// Witnesses that have cosigned, by their places in the policy, and the oldest of their times.
    pub(super) witnesses: Vec<usize>,
    pub(super) witnessed: Option<u64>,
}

/// The key signatures are checked with: a trusted one, else the one in the folder.
pub(super) fn log_key(
    source: &dyn Source,
    options: &Options,
    findings: &mut Findings,
) -> io::Result<Option<VerifierKey>> {
    let found = match read(source, KEY_FILE, MAX_NOTE)? {
        None => Err("検証鍵のファイル log.vkey がありません".to_owned()),
        Some(bytes) => parse_key(&bytes),
    };
    let trusted = &options.policy.logs;
    match found {
        Ok(found) if trusted.is_empty() || trusted.contains(&found) => Ok(Some(found)),
        Ok(found) => {
            let ours = trusted.iter().any(|key| key.name() == found.name());
            let what = if ours {
                "log.vkey が、指定された検証鍵と違います。差し替えられた疑いがあります".to_owned()
            } else {
                format!(
                    "log.vkey は別の記録「{}」の鍵です。指定された検証鍵の庁の記録ではありません",
                    found.name()
                )
            };
            findings.fault(Verdict::BadSignature, None, what);
            Ok(trusted.first().cloned())
        }
        Err(what) => {
            findings.fault(Verdict::BadSignature, None, what);
            Ok(trusted.first().cloned())
        }
    }
}

fn parse_key(bytes: &[u8]) -> Result<VerifierKey, String> {
    let line = std::str::from_utf8(bytes).ok().and_then(|text| text.strip_suffix('\n'));
    let line = line.ok_or("log.vkey が1行の文字として読めません。書き換えられています")?;
    let key = VerifierKey::parse(line).map_err(|error| format!("log.vkey: {error}"))?;
    match key.kind() {
        KeyKind::Log => Ok(key),
        KeyKind::Witness => Err("log.vkey の鍵は記録の署名用(種類 0x01)ではありません".to_owned()),
    }
}

/// Reads and checks every checkpoint of the folder; those with a right signature are returned, smallest first.
pub(super) fn load(
    source: &dyn Source,
    key: Option<&VerifierKey>,
    options: &Options,
    findings: &mut Findings,
) -> io::Result<Vec<Vouched>> {
    // A living writer puts a checkpoint into `cp/` first and into `checkpoint` second, so we read the other way round.
    let newest = read(source, CHECKPOINT_FILE, MAX_NOTE + 1)?;
    let mut reader = NoteReader { key, options, findings, strangers: BTreeSet::new(), vouched: Vec::new() };
    let mut files = BTreeMap::new();
    for name in source.names(CHECKPOINT_DIR)? {
        match checkpoint_size(&name) {
            Some(size) => {
                let bytes = read(source, &format!("{CHECKPOINT_DIR}/{name}"), MAX_NOTE + 1)?;
                files.insert(size, bytes.unwrap_or_default());
            }
            None => reader
                .findings
                .warn(None, format!("{CHECKPOINT_DIR}/ に記録のものでないファイルがあります: {name}")),
        }
    }
    reader.read_all(&files);
    reader.read_newest(newest.as_deref(), &files);
    let NoteReader { strangers, mut vouched, findings, .. } = reader;
    for name in strangers {
        findings.warn(None, format!("知らない鍵「{name}」の署名があります。確かめていません"));
    }
    vouched.sort_by_key(|note| note.size);
    Ok(vouched)
}

struct NoteReader<'a> {
    key: Option<&'a VerifierKey>,
    options: &'a Options,
    findings: &'a mut Findings,
    /// Names of keys that were not given.
    strangers: BTreeSet<String>,
    vouched: Vec<Vouched>,
}

impl NoteReader<'_> {
    fn read_all(&mut self, files: &BTreeMap<u64, Vec<u8>>) {
        let Some(key) = self.key else { return };
        let mut refused = Vec::new();
        for (&size, bytes) in files {
            let file = checkpoint_file(size);
            match self.check(key, &file, bytes) {
                Ok(note) => self.keep(note, size),
                Err(what) => refused.push(what),
            }
        }
        if self.vouched.is_empty() && refused.len() > 1 {
            let what = "の確定点はどれも log.vkey の鍵で確かめられません。鍵が差し替えられたか、確定点が書き換えられています";
            refused = vec![format!("{CHECKPOINT_DIR}/ の {} 個{what}", refused.len())];
        }
        for what in refused {
            self.findings.fault(Verdict::BadSignature, None, what);
        }
    }

    /// Keeps a good checkpoint that stands in the file for `size`.
    fn keep(&mut self, note: Vouched, size: u64) {
        if note.size != size {
            let what = format!("{} の中身は {} 件の確定点です。名前と合いません", note.file, note.size);
            self.findings.fault(Verdict::Format, None, what);
        }
        self.vouched.push(note);
    }

    /// The file `checkpoint` must be a copy of the newest in `cp/`.
    fn read_newest(&mut self, bytes: Option<&[u8]>, files: &BTreeMap<u64, Vec<u8>>) {
        let Some(bytes) = bytes else {
            let what = format!("最新の確定点のファイル {CHECKPOINT_FILE} がありません");
            // The first checkpoint goes to `cp/` first: a writer that fell in between is no forger.
            return if files.len() == 1 && !self.vouched.is_empty() {
                self.findings.warn(None, format!("{what}。{CHECKPOINT_DIR}/ の確定点で確かめました"));
            } else {
                self.findings.fault(Verdict::Format, None, what);
            };
        };
        let newest = files.last_key_value();
        if newest.is_some_and(|(_, kept)| kept == bytes) {
            return;
        }
        let Some(key) = self.key else { return };
        let note = match self.check(key, CHECKPOINT_FILE, bytes) {
            Ok(note) => note,
            Err(what) => return self.findings.fault(Verdict::BadSignature, None, what),
        };
        match self.vouched.iter().find(|kept| kept.size == note.size) {
            Some(kept) if kept.root != note.root => {
                let what = format!(
                    "{CHECKPOINT_FILE} と {} は同じ件数なのにルートが違います。2つの記録に署名されています",
                    kept.file
                );
                self.findings.fault(Verdict::Invalid, None, what);
            }
            Some(_) if newest.is_some_and(|(&size, _)| size > note.size) => {
                let what = format!(
                    "{CHECKPOINT_FILE} が最新ではありません({} 件)。{CHECKPOINT_DIR}/ の新しい確定点で確かめました",
                    note.size
                );
                self.findings.warn(None, what);
            }
            Some(_) => {}
            None => {
                let what =
                    format!("{CHECKPOINT_FILE}({} 件)の控えが {CHECKPOINT_DIR}/ にありません", note.size);
                self.findings.fault(Verdict::Format, None, what);
                self.vouched.push(note);
            }
        }
    }

    /// A checkpoint the log has signed, or what is wrong with it.
    fn check(&mut self, key: &VerifierKey, file: &str, bytes: &[u8]) -> Result<Vouched, String> {
        let note = Note::parse(bytes).map_err(|error| format!("{file}: {error}"))?;
        let what = match note.signed_by(key) {
            Signed::Yes(_) if note.checkpoint.origin == key.name() => return Ok(self.vouch(file, &note)),
            Signed::Yes(_) => "別の名前の記録の確定点です",
            Signed::Absent => "log.vkey の鍵による署名がありません",
            Signed::Wrong => "署名が本文と合いません。書き換えられています",
        };
        Err(format!("{file}: {what}"))
    }

    fn vouch(&mut self, file: &str, note: &Note) -> Vouched {
        let (mut witnesses, mut times) = (Vec::new(), Vec::new());
        for (at, witness) in self.options.policy.witnesses.iter().enumerate() {
            match note.signed_by(witness) {
                Signed::Absent => {}
                Signed::Yes(time) => {
                    witnesses.push(at);
                    times.extend(time);
                }
                Signed::Wrong => {
                    let what = format!("{file}: 立会者「{}」の署名が本文と合いません", witness.name());
                    self.findings.fault(Verdict::BadSignature, None, what);
                }
            }
        }
        let known = |signature: &&NoteSignature| {
            self.key.into_iter().chain(&self.options.policy.witnesses).any(|key| signature.is_by(key))
        };
        let strangers = note.signatures.iter().filter(|signature| !known(signature));
        self.strangers.extend(strangers.map(|signature| signature.name.clone()));
        Vouched {
            size: note.checkpoint.size,
            root: note.checkpoint.root,
            file: file.to_owned(),
            witnesses,
            witnessed: times.into_iter().min(),
        }
    }
}

/// Checks the checkpoints the auditor has kept; those signed by the log are returned.
pub(super) fn known(options: &Options, key: Option<&VerifierKey>, findings: &mut Findings) -> Vec<Vouched> {
    let Some(key) = key else { return Vec::new() };
    let mut kept = Vec::new();
    for note in &options.known {
        let Checkpoint { origin, size, root } = &note.checkpoint;
        if origin == key.name() && matches!(note.signed_by(key), Signed::Yes(_)) {
            let file = "手元の確定点".to_owned();
            kept.push(Vouched { size: *size, root: *root, file, witnesses: Vec::new(), witnessed: None });
            continue;
        }
        let what = if origin == key.name() {
            "手元の確定点の署名は log.vkey の鍵によるものではありません。鍵が差し替えられた疑いがあります"
                .to_owned()
        } else {
            format!("手元の確定点は別の記録「{origin}」のものです")
        };
        findings.fault(Verdict::BadSignature, None, what);
    }
    kept
}
