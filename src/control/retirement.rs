//! Disposal of a fiscal year's log at the end of its retention: on record first, by two people, and only of a log that
//! verifies. What stays is its public key and its closing checkpoint; the record of the disposal stands in the log of today.
//! The runs that ended until then leave the database with it.

use super::{AuditLog, LogError};
use crate::{
    audit::{Actor, Draft, Event, Note, Options, VerifyError, layout, office::Year, verify_office},
    clock::tokyo,
    store::{Store, StoreError, Strength},
};
use jiff::civil::Date;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// Why a log is not disposed of.
#[derive(Debug, thiserror::Error)]
pub enum RetireError {
    /// One person alone may not.
    #[error("監査記録を廃棄するには、本人とは別の承認者が必要です（--approver）。")]
    SamePerson,
    /// Its retention has not ended.
    #[error("{fy}年度の監査記録は {from} から廃棄できます。それまでは残してください。")]
    TooEarly {
        /// The fiscal year.
        fy: i16,
        /// The first day.
        from: Date,
    },
    /// There is no such log, or it is the one being written.
    #[error("{0}年度の締めた監査記録はありません。")]
    NoLog(i16),
    /// What does not verify may be evidence of an attack.
    #[error("{fy}年度の監査記録の判定が「{verdict}」のため廃棄しません。監査担当に連絡してください。")]
    NotSound {
        /// The fiscal year.
        fy: i16,
        /// What the verifier says.
        verdict: &'static str,
    },
    /// A file cannot be read or destroyed.
    #[error("{place} を廃棄できません: {error}")]
    File {
        /// The file or folder.
        place: String,
        /// What the operating system said.
        error: io::Error,
    },
    /// The logs cannot be read.
    #[error("監査記録を確かめられません: {0}")]
    Unread(#[from] VerifyError),
    /// Nothing can be recorded.
    #[error(transparent)]
    Record(#[from] LogError),
}

impl From<StoreError> for RetireError {
    fn from(error: StoreError) -> Self {
        Self::Record(error.into())
    }
}

/// Who disposes of which log, by which rule.
#[derive(Debug, Clone)]
pub struct Retirement {
    /// The fiscal year of the log.
    pub fy: i16,
    /// Fiscal years it is kept after its own.
    pub years: u16,
    /// Who does it.
    pub by: String,
    /// Who, another person, allowed it.
    pub approver: String,
}

/// The first day on which the log of `fy` may be destroyed: retention is counted from 1 April after the year.
///
/// # Panics
/// Never for years that people live in.
#[must_use]
pub fn free_from(fy: i16, years: u16) -> Date {
    let year = fy.saturating_add(1).saturating_add(i16::try_from(years).unwrap_or(i16::MAX)).clamp(1, 9999);
    Date::new(year, 4, 1).expect("every year has a first of April")
}

/// The moment at which the fiscal year `fy` ended, RFC 3339.
fn end_of(fy: i16) -> String {
    let end = free_from(fy, 0).to_zoned(tokyo()).expect("Japan has a midnight every day");
    format!("{:.3}", end.timestamp())
}

impl Retirement {
    /// Says the first day on which the log might be destroyed, if that has come.
    ///
    /// # Errors
    /// When it has not come, or when one person alone wants it.
    pub fn check(&self, today: Date) -> Result<Date, RetireError> {
        if self.by == self.approver {
            return Err(RetireError::SamePerson);
        }
        let from = free_from(self.fy, self.years);
        if today < from { Err(RetireError::TooEarly { fy: self.fy, from }) } else { Ok(from) }
    }
}

/// What was disposed of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposed {
    /// How many entries the log had.
    pub size: u64,
    /// Their root, base64.
    pub root: String,
    /// The first day on which it was free.
    pub from: Date,
}

/// Disposes of a log. Broken off, it can be done again.
///
/// # Errors
/// When it may not be destroyed, cannot be put on record, or something stays.
pub async fn retire(store: &Store, log: &AuditLog, what: &Retirement) -> Result<Disposed, RetireError> {
    let from = what.check(log.moment().to_zoned(tokyo()).date())?;
    let place = log.place();
    let years = verify_office(&place.dir, &Options::default())?;
    let dir = place.dir.join(what.fy.to_string());
    let year = years.iter().rev().skip(1).find(|year| year.dir == dir);
    let year = year.ok_or(RetireError::NoLog(what.fy))?;
    let note = closing(year)?;
    let fy = u64::from(what.fy.unsigned_abs());
    if !years.iter().flat_map(|year| &year.report.purges).any(|purge| purge.fy == fy) {
        let draft = Draft::new(Event::RetentionPurge, &Actor::User(what.by.clone()));
        let draft = draft.data("appr", what.approver.as_str()).data("fy", fy);
        let draft = draft
            .data("root", note.checkpoint.root.to_base64())
            .data("rule", format!("years-{}", what.years));
        let mut tx = store.begin(Strength::Power).await?;
        // With the record of a year go the cases of which it tells, and of those before.
        let runs = tx.forget_runs(&end_of(what.fy)).await?;
        log.write(&mut tx, &draft.data("runs", runs).data("size", note.checkpoint.size)).await?;
        tx.commit().await?;
    }
    log.checkpoint().await?;
    let mut tx = store.begin(Strength::Power).await?;
    tx.forget_log(&place.origin, what.fy).await?;
    tx.commit().await?;
    destroy(&dir, &note)?;
    wipe(&place.keys.join(format!("log-{}.key", what.fy)))?;
    Ok(Disposed { size: note.checkpoint.size, root: note.checkpoint.root.to_base64(), from })
}

/// The checkpoint that covers all of a year that verifies.
fn closing(year: &Year) -> Result<Note, RetireError> {
    let fy = year.dir.file_name().and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0);
    if !year.report.verdict.is_good() {
        return Err(RetireError::NotSound { fy, verdict: year.report.verdict.label() });
    }
    let file = year.dir.join(layout::CHECKPOINT_FILE);
    let bytes = fs::read(&file).map_err(|error| failed(&file, error))?;
    Note::parse(&bytes).map_err(|_| RetireError::NoLog(fy))
}

/// All but the public key and the closing checkpoint.
fn destroy(dir: &Path, note: &Note) -> Result<(), RetireError> {
    for folder in [layout::SEGMENT_DIR, "tile"] {
        let folder = dir.join(folder);
        match fs::remove_dir_all(&folder) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(&folder, e)),
            _ => {}
        }
    }
    let last = dir.join(layout::checkpoint_file(note.checkpoint.size));
    let folder = dir.join(layout::CHECKPOINT_DIR);
    let files = match fs::read_dir(&folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        files => {
            files.and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(|error| failed(&folder, error))?
        }
    };
    for file in files {
        if file.path() != last {
            fs::remove_file(file.path()).map_err(|error| failed(&file.path(), error))?;
        }
    }
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| failed(dir, error))
}

/// A signing key of a closed year serves nobody but forgers.
fn wipe(key: &Path) -> Result<(), RetireError> {
    let wipe = || {
        let mut file = OpenOptions::new().write(true).open(key)?;
        file.write_all(&[0; 32])?;
        file.sync_all()?;
        fs::remove_file(key)
    };
    match wipe() {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(key, error)),
        _ => Ok(()),
    }
}

fn failed(place: &Path, error: io::Error) -> RetireError {
    RetireError::File { place: place.display().to_string(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_is_counted_from_the_april_after_the_year() {
        for (fy, years, from) in [(2026, 7, "2034-04-01"), (2026, 1, "2028-04-01"), (2026, 0, "2027-04-01")] {
            assert_eq!(free_from(fy, years).to_string(), from);
        }
    }
}
