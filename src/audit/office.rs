//! All logs of an office: one per fiscal year, each naming how the one before was closed.

use std::io;
use std::path::{Path, PathBuf};

use super::checkpoint::{MAX_NOTE, Note, Signed};
use super::entry::Entry;
use super::key::VerifierKey;
use super::layout::{CHECKPOINT_FILE, KEY_FILE, SEGMENT_DIR};
use super::report::{Fault, Purge, Report, Verdict};
use super::source::{Folder, Lines, Source, read};
use super::value::Value;
use super::verify::{Options, VerifyError, verify};

/// One fiscal year's log and what was found.
#[derive(Debug)]
pub struct Year {
    /// Its folder.
    pub dir: PathBuf,
    /// What was found.
    pub report: Report,
}

/// Whether a folder holds a log.
#[must_use]
pub fn is_log_folder(dir: &Path) -> bool {
    dir.join(SEGMENT_DIR).is_dir() || dir.join(CHECKPOINT_FILE).is_file() || dir.join(KEY_FILE).is_file()
}

/// Verifies what is named: one year's folder, `audit/`, or the office's folder. Years are given back in their order.
///
/// # Errors
/// When no log is there, or a file of one cannot be read.
pub fn verify_office(dir: &Path, options: &Options) -> Result<Vec<Year>, VerifyError> {
    let dirs = years(dir)?;
    let logs: Vec<Log> = dirs.iter().map(|dir| Log::look(dir)).collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for (at, log) in logs.iter().enumerate() {
        let known = known_of(&logs, at, options);
        let report = verify(&Folder::new(&log.dir), &Options { known, ..options.clone() })?;
        found.push(Year { dir: log.dir.clone(), report });
    }
    let purges: Vec<Purge> = found.iter().flat_map(|year| year.report.purges.clone()).collect();
    for (year, log) in found.iter_mut().zip(&logs) {
        excuse_disposed(year, log, &purges);
    }
    Ok(found)
}

/// The folders of single years in what was named.
fn years(dir: &Path) -> Result<Vec<PathBuf>, VerifyError> {
    if is_log_folder(dir) {
        return Ok(vec![dir.to_owned()]);
    }
    let parent = if dir.join("audit").is_dir() { dir.join("audit") } else { dir.to_owned() };
    let entries = match parent.read_dir() {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Err(VerifyError::NotALog);
        }
        Err(error) => return Err(error.into()),
    };
    let mut years = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_year = name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_digit());
        if is_year && is_log_folder(&path) {
            years.push(path);
        }
    }
    years.sort();
    if years.is_empty() { Err(VerifyError::NotALog) } else { Ok(years) }
}

/// What must be known of a log before its neighbours are verified.
struct Log {
    dir: PathBuf,
    key: Option<VerifierKey>,
    /// The closing checkpoint of the year before, from `log.open`.
    prev: Option<Note>,
    /// Its own newest checkpoint.
    newest: Option<Note>,
    has_segments: bool,
}

impl Log {
    fn look(dir: &Path) -> io::Result<Self> {
        let folder = Folder::new(dir);
        let text = |file| read(&folder, file, MAX_NOTE).map(Option::unwrap_or_default);
        let key =
            String::from_utf8(text(KEY_FILE)?).ok().and_then(|text| VerifierKey::parse(text.trim_end()).ok());
        let newest = Note::parse(&text(CHECKPOINT_FILE)?).ok();
        let first = Lines::of(&folder)?.next()?.and_then(|line| Entry::parse(&line.bytes).ok());
        let prev = first.as_ref().and_then(|entry| entry.data("prev")).and_then(Value::as_text);
        let prev = prev.and_then(|text| Note::parse(text.as_bytes()).ok());
        let has_segments = !folder.names(SEGMENT_DIR)?.is_empty();
        Ok(Self { dir: dir.to_owned(), key, prev, newest, has_segments })
    }

    fn signed(&self, note: &Note) -> bool {
        self.key.as_ref().is_some_and(|key| note.signed_by(key) != Signed::Absent)
    }
}

/// Checkpoints kept elsewhere that concern log `at`: those its key has signed, those nobody's key has signed, and the one
/// the next year's log opens with.
fn known_of(logs: &[Log], at: usize, options: &Options) -> Vec<Note> {
    let ours = |note: &&Note| logs[at].signed(note) || !logs.iter().any(|log| log.signed(note));
    let mut known: Vec<Note> = options.known.iter().filter(ours).cloned().collect();
    known.extend(logs.get(at + 1).and_then(|next| next.prev.clone()));
    known
}

/// A year that a later log records as disposed of need not have its entries any more.
fn excuse_disposed(year: &mut Year, log: &Log, purges: &[Purge]) {
    let Some(note) = &log.newest else { return };
    let fits =
        |purge: &&Purge| purge.size == note.checkpoint.size && purge.root == note.checkpoint.root.to_base64();
    let Some(purge) = purges.iter().find(fits) else { return };
    if log.has_segments || year.report.verdict != Verdict::Truncated {
        return;
    }
    let what = format!(
        "{}年度の記録 {} 件は、保存期間の満了により廃棄済みです(廃棄の記録と締めの確定点が合っています)",
        purge.fy, purge.size
    );
    year.report.verdict = Verdict::Consistent;
    year.report.exit = Verdict::Consistent.exit();
    year.report.faults.clear();
    year.report.warnings.push(Fault { seq: None, what });
}

/// The worst of all years.
#[must_use]
pub fn worst(years: &[Year]) -> Verdict {
    years.iter().map(|year| year.report.verdict).min().unwrap_or(Verdict::Invalid)
}

/// One JSON object over all years: as of one log, with sums, and each year under `years` when there are several.
#[must_use]
pub fn json(years: &[Year]) -> serde_json::Value {
    let single = |year: &Year| {
        let mut value = serde_json::to_value(&year.report).unwrap_or_default();
        value["dir"] = year.dir.display().to_string().into();
        value
    };
    if let [only] = years {
        return single(only);
    }
    let sum = |of: fn(&Report) -> u64| years.iter().map(|year| of(&year.report)).sum::<u64>();
    let all = |of: fn(&Report) -> &[Fault]| {
        let named = |year: &Year| {
            let name = year.dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
            of(&year.report)
                .iter()
                .map(|fault| serde_json::json!({ "year": name, "seq": fault.seq, "what": fault.what }))
                .collect::<Vec<_>>()
        };
        years.iter().flat_map(named).collect::<Vec<_>>()
    };
    let worst = worst(years);
    serde_json::json!({
        "verdict": worst,
        "exit": worst.exit(),
        "entries": sum(|report| report.entries),
        "covered": sum(|report| report.covered),
        "checkpoints": sum(|report| report.checkpoints),
        "faults": all(|report| &report.faults),
        "warnings": all(|report| &report.warnings),
        "last_anchor": years.last().and_then(|year| year.report.last_anchor.clone()),
        "years": years.iter().map(single).collect::<Vec<_>>(),
    })
}
