//! A clock that stands before the last entry: nothing begins until it has caught up, or a person says that it is right now.

use super::{AuditLog, acts::ActError, dues::moment};
use crate::{
    audit::{Actor, Draft, Entry, Event},
    clock::tokyo,
    store::{Store, StoreError, Strength, Tx},
};
use jiff::{SignedDuration, Timestamp};

/// The book-keeping value that holds the latest time ever seen, while the clock stands before it.
const AHEAD: &str = "clock ahead";
/// A clock that is set right by so little is no reason to hold anything.
const SLACK: SignedDuration = SignedDuration::from_secs(60);

/// The clock stands before something that is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "この機械の時計（{}）が、最後の記録（{}）より前を指しています。時計を合わせてください。時計が正しいときは `shoki schedule clock --accept` で確認済みにします。それまで何も開始しません。",
    words(*now),
    words(*last)
)]
pub struct ClockFault {
    /// What the clock says.
    pub now: Timestamp,
    /// The time of the last record.
    pub last: Timestamp,
}

fn words(at: Timestamp) -> String {
    at.to_zoned(tokyo()).strftime("%Y年%-m月%-d日 %-H:%M:%S").to_string()
}

/// Notes that time was seen at `last`, if the clock says less now.
///
/// # Errors
/// When the database refuses.
pub async fn note(store: &Store, now: Timestamp, last: Timestamp) -> Result<(), StoreError> {
    if last.duration_since(now) <= SLACK {
        return Ok(());
    }
    let mut tx = store.begin(Strength::Process).await?;
    let known = tx.meta(AHEAD).await?.and_then(|t| t.parse::<Timestamp>().ok());
    if known.is_none_or(|known| known < last) {
        tracing::error!("the clock stands before the last entry");
        tx.set_meta(AHEAD, &last.to_string()).await?;
    }
    tx.commit().await
}

/// Notes the time of the newest line of the log named `log`.
///
/// # Errors
/// When the database refuses.
pub(super) async fn note_last_entry(store: &Store, log: &str, now: Timestamp) -> Result<(), StoreError> {
    let line = store.last_line(log).await?;
    match line.and_then(|line| Entry::parse(line.as_bytes()).ok()) {
        Some(entry) => note(store, now, entry.ts()).await,
        None => Ok(()),
    }
}

/// Whether the clock stands before something on record.
///
/// # Errors
/// When the database refuses.
pub async fn fault(store: &Store, now: Timestamp) -> Result<Option<ClockFault>, StoreError> {
    let last = store.known(AHEAD).await?;
    Ok(compared(last, now))
}

/// The same, as part of a change.
pub(super) async fn in_change(tx: &mut Tx<'_>, now: Timestamp) -> Result<Option<ClockFault>, StoreError> {
    Ok(compared(tx.meta(AHEAD).await?, now))
}

fn compared(last: Option<String>, now: Timestamp) -> Option<ClockFault> {
    let last = last.and_then(|t| t.parse::<Timestamp>().ok());
    last.filter(|last| last.duration_since(now) > SLACK).map(|last| ClockFault { now, last })
}

/// A person says that the clock is right now.
///
/// # Errors
/// When nothing can be recorded.
pub async fn accept(store: &Store, log: &AuditLog, now: Timestamp, by: &str) -> Result<(), ActError> {
    let mut tx = store.begin(Strength::Power).await?;
    tx.set_meta(AHEAD, "").await?;
    tx.turn_marks_back(&moment(&now.to_zoned(tokyo()))).await?;
    let sha = crate::audit::tree::hex(&crate::audit::tree::sha256(now.to_string().as_bytes()).0);
    let draft = Draft::new(Event::ConfigSet, &Actor::User(by.to_owned())).data("key", "clock.accept");
    log.write(&mut tx, &draft.data("sha256", sha)).await?;
    tx.commit().await?;
    Ok(())
}
