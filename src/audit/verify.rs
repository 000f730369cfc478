//! Verification of one log: everything is recomputed, nothing is sampled, and what is wrong is named.

use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::checkpoint::Note;
use super::key::VerifierKey;
use super::layout::{CHECKPOINT_DIR, CHECKPOINT_FILE, KEY_FILE, SEGMENT_DIR, segment_number};
use super::notes::{self, Vouched};
use super::policy::Policy;
use super::report::{Anchor, Findings, Report, Verdict};
use super::source::{Folder, Place, Source};
use super::tiles::{Suspect, Tiles};
use super::walk::Walk;

/// What the verifier is given besides the folder.
#[derive(Debug, Clone)]
pub struct Options {
    /// Keys of logs, one of which this log must have, and of witnesses. Without any log's key the one in the folder is
    /// believed.
    pub policy: Policy,
    /// Checkpoints kept elsewhere.
    pub known: Vec<Note>,
    /// How old the cosignature may be when the newest entry is written (hours).
    pub anchor_hours: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self { policy: Policy::default(), known: Vec::new(), anchor_hours: 24 }
    }
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// None of the files of a log is there.
    #[error(
        "ここは監査記録のフォルダーではありません(log.vkey、checkpoint、seg、cp のどれもありません)。\
         audit/2026 のような年度のフォルダーを指定してください"
    )]
    NotALog,
    /// A file is there and cannot be read.
    #[error("監査記録のファイルが読めません: {0}。読み取りの権限と、媒体が壊れていないかを確かめてください")]
    Read(#[from] io::Error),
}

/// Verifies the log in a folder `audit/<FY>`. Reads only.
///
/// # Errors
/// When the folder is not a log, or a file of it cannot be read.
pub fn verify_dir(path: &Path, options: &Options) -> Result<Report, VerifyError> {
    verify(&Folder::new(path), options)
}

/// Verifies the log in `source`.
///
/// # Errors
/// When the source is not a log, or a file of it cannot be read.
pub fn verify(source: &dyn Source, options: &Options) -> Result<Report, VerifyError> {
    if !is_log(source)? {
        return Err(VerifyError::NotALog);
    }
    let mut findings = Findings::default();
    let key = notes::log_key(source, options, &mut findings)?;
    // A key that is not this log's says nothing about the name of the log.
    let named = findings.worst().is_none();
    let vouched = notes::load(source, key.as_ref(), options, &mut findings)?;
    let known = notes::known(options, key.as_ref(), &mut findings);
    warn_of_strange_segments(source, &mut findings)?;
    let origin = key.as_ref().map(VerifierKey::name);
    let walk = Walk::through(source, vouched.iter().chain(&known), origin.filter(|_| named), &mut findings)?;
    let judge = Judge { source, walk: &walk, vouched: &vouched, known: &known, findings: &mut findings };
    let covered = judge.run()?;
    let good =
        if witnessed(&vouched, options, walk.newest) { Verdict::Witnessed } else { Verdict::Consistent };
    let verdict = findings.worst().unwrap_or(good);
    let (faults, warnings) = findings.finish();
    Ok(Report {
        verdict,
        exit: verdict.exit(),
        origin: origin.map(str::to_owned),
        entries: walk.entries,
        covered,
        checkpoints: vouched.len() as u64,
        faults,
        warnings,
        last_anchor: anchor(&vouched, &known, options, covered),
        purges: walk.purges,
    })
}

fn is_log(source: &dyn Source) -> io::Result<bool> {
    let file = |name| Ok::<_, io::Error>(source.open(name)?.is_some());
    let folder = |name| Ok::<_, io::Error>(!source.names(name)?.is_empty());
    Ok(file(KEY_FILE)? || file(CHECKPOINT_FILE)? || folder(SEGMENT_DIR)? || folder(CHECKPOINT_DIR)?)
}

fn warn_of_strange_segments(source: &dyn Source, findings: &mut Findings) -> io::Result<()> {
    for name in source.names(SEGMENT_DIR)?.iter().filter(|name| segment_number(name).is_none()) {
        findings.warn(None, format!("{SEGMENT_DIR}/ に記録のものでないファイルがあります: {name}"));
    }
    Ok(())
}

/// Draws conclusions from the walk.
struct Judge<'w, 'a> {
    source: &'a dyn Source,
    walk: &'w Walk<'a>,
    /// Checkpoints of the folder, smallest first; the first of `walk.fits` are theirs.
    vouched: &'w [Vouched],
    /// Checkpoints kept elsewhere; the last of `walk.fits` are theirs.
    known: &'w [Vouched],
    findings: &'w mut Findings,
}

impl Judge<'_, '_> {
    /// Returns how many entries are covered by a signature that fits them.
    fn run(mut self) -> io::Result<u64> {
        let Some(newest) = self.vouched.last() else {
            let what = "署名の正しい確定点が1つもないため、記録が書き換えられていないことを確かめられません";
            self.findings.fault(Verdict::BadSignature, None, what.to_owned());
            return Ok(0);
        };
        let good = self.last_good();
        self.judge_forks(good);
        self.judge_entries(good, newest)?;
        self.judge_tail(good, newest);
        self.judge_known(good, newest);
        self.warn_uncovered(newest);
        Ok(good)
    }

    /// Checkpoints of the folder, each with whether it fits.
    fn outcomes(&self) -> impl DoubleEndedIterator<Item = (&Vouched, Option<bool>)> {
        self.vouched.iter().zip(self.walk.fits.iter().copied())
    }

    /// The largest size at which a checkpoint of the log fits; everything before is as it was signed.
    fn last_good(&self) -> u64 {
        self.outcomes().rev().find(|(_, fits)| *fits == Some(true)).map_or(0, |(note, _)| note.size)
    }

    /// Checkpoints that do not fit although a later one does.
    fn judge_forks(&mut self, good: u64) {
        let forked = |&(note, fits): &(&Vouched, Option<bool>)| fits == Some(false) && note.size <= good;
        let files: Vec<String> = self.outcomes().filter(forked).map(|(note, _)| note.file.clone()).collect();
        for file in files {
            let what = format!("{file} だけが記録と合いません。2つの異なる記録に署名されています");
            self.findings.fault(Verdict::Invalid, None, what);
        }
    }

    fn judge_entries(&mut self, good: u64, newest: &Vouched) -> io::Result<()> {
        let wrong = self.outcomes().find(|(note, fits)| *fits == Some(false) && note.size > good);
        let wrong = wrong.map(|(note, _)| note.clone());
        let reached = self.walk.entries >= newest.size;
        if wrong.is_none() && reached {
            self.warn_of_tiles(newest);
            return Ok(());
        }
        let named = self.name_changed(good, newest)?;
        match wrong {
            Some(wrong) if !named => self.blame_range(good, &wrong),
            _ => {}
        }
        Ok(())
    }

    /// Names the changed entries, when the tiles are what was signed. Returns whether any could be named.
    fn name_changed(&mut self, good: u64, newest: &Vouched) -> io::Result<bool> {
        let changed = |range: &&Suspect| good <= range.last && range.first < newest.size;
        let ranges: Vec<Suspect> = self.walk.suspects.ranges().iter().filter(changed).copied().collect();
        if ranges.is_empty() || Tiles::of(self.source).root(newest.size)? != Some(newest.root) {
            return Ok(false);
        }
        for Suspect { first, last, place } in ranges {
            let until = if last > first { format!("から seq {last} まで") } else { String::new() };
            let what =
                format!("{place}{until}: 署名された後に内容が変わっています({} が証拠です)", newest.file);
            self.findings.fault(Verdict::Invalid, Some(first), what);
        }
        Ok(true)
    }

    /// Says between which entries the change lies.
    fn blame_range(&mut self, good: u64, wrong: &Vouched) {
        let last = wrong.size - 1;
        let range = format!("seq {good}({})から seq {last}({})", Place::of(good), Place::of(last));
        let named = self.findings.names_one_in(good, wrong.size);
        let what = if named {
            format!("{} が記録と合いません。変わっているのは {range} の間です", wrong.file)
        } else {
            format!("{range} のどれかが、署名された後に変わっています({} が証拠です)", wrong.file)
        };
        self.findings.fault(Verdict::Invalid, (!named).then_some(good), what);
    }

    /// The entries are as signed; a tile that differs is a spoilt copy, or an entry no signature covers was changed.
    fn warn_of_tiles(&mut self, newest: &Vouched) {
        for range in self.walk.suspects.ranges() {
            let what = if range.first < newest.size {
                format!(
                    "tile/ の写しが {} と合いません。記録は署名のとおりです。写しは作り直せます",
                    range.place
                )
            } else {
                format!("{} が tile/ の写しと合いません。まだ署名されていない記録です", range.place)
            };
            self.findings.warn(Some(range.first), what);
        }
    }

    fn judge_tail(&mut self, good: u64, newest: &Vouched) {
        let end = self.walk.expected().max(self.walk.entries);
        let torn = self.walk.entries < newest.size && self.findings.names_one_in(good, end);
        if torn && self.findings.worst() != Some(Verdict::Invalid) {
            let what = format!("{} が記録と合いません。行がつながったか、消えています", newest.file);
            self.findings.fault(Verdict::Invalid, None, what);
        }
        if end < newest.size {
            let (last, missing) = (newest.size - 1, newest.size - end);
            let what = format!(
                "{}: ここから seq {last} までの {missing} 件がありません。{} は {} 件の記録に署名しています",
                Place::of(end),
                newest.file,
                newest.size
            );
            self.findings.fault(Verdict::Truncated, Some(end), what);
        }
    }

    fn judge_known(&mut self, good: u64, newest: &Vouched) {
        let fits = &self.walk.fits[self.vouched.len()..];
        for (known, fits) in self.known.iter().zip(fits) {
            let what = if known.size > newest.size {
                format!(
                    "手元の確定点は {} 件ですが、この記録は {} 件までしか署名されていません。古い状態に戻された疑いがあります",
                    known.size, newest.size
                )
            } else if *fits == Some(false) && known.size <= good {
                format!("手元の確定点({} 件)とルートが違います。別の記録に作り替えられています", known.size)
            } else {
                continue;
            };
            self.findings.fault(Verdict::Diverged, None, what);
        }
    }

    fn warn_uncovered(&mut self, newest: &Vouched) {
        if let Some(beyond) = self.walk.entries.checked_sub(newest.size).filter(|beyond| *beyond > 0) {
            let what = format!(
                "{} から後の {beyond} 件は最新の確定点より新しく、まだ署名されていません。書き換えがあっても見つけられません",
                Place::of(newest.size)
            );
            self.findings.warn(Some(newest.size), what);
        }
    }
}

/// The newest checkpoint enough witnesses have signed.
fn quorate<'v>(vouched: &'v [Vouched], options: &Options) -> Option<&'v Vouched> {
    vouched.iter().rev().find(|note| options.policy.is_met_by(&note.witnesses))
}

fn witnessed(vouched: &[Vouched], options: &Options, newest: Option<Timestamp>) -> bool {
    let at = quorate(vouched, options).and_then(|note| note.witnessed).and_then(moment);
    let (Some(at), Some(newest)) = (at, newest) else { return false };
    newest.duration_since(at) <= SignedDuration::from_hours(options.anchor_hours)
}

fn moment(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

fn anchor(vouched: &[Vouched], known: &[Vouched], options: &Options, covered: u64) -> Option<Anchor> {
    let by_witness = quorate(vouched, options).map(|note| Anchor {
        size: note.size,
        by: note.witnesses.iter().map(|at| options.policy.witnesses[*at].name().to_owned()).collect(),
        at: note.witnessed.and_then(moment).map(|at| at.to_string()),
    });
    let newest_known = known.iter().map(|note| note.size).filter(|size| *size <= covered).max();
    let by_known = newest_known.map(|size| Anchor { size, by: vec!["known".to_owned()], at: None });
    by_witness.into_iter().chain(by_known).max_by_key(|anchor| anchor.size)
}
