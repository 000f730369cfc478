//! A number that screens hide: shown to the person who has the case, on record before it is seen.

use super::{free, passed};
use crate::{
    audit::{Actor, Draft, Event, tree},
    control::{AuditLog, acts::ActError},
    store::{Store, Strength},
};
use serde_json::Value;

/// What stands in the hidden field: as the person typed it, else as it was read. The second of two people sees only what
/// they typed themselves.
///
/// # Errors
/// When the case is not theirs, the field is none of it, or it cannot be put on record.
pub async fn number(
    store: &Store,
    log: &AuditLog,
    id: i64,
    by: &str,
    (turn, field): (u32, &str),
) -> Result<Value, ActError> {
    let check = store.check(id).await?.ok_or(ActError::NoCheck(id))?;
    let question = super::asked(&check, field)?;
    let kept = store.evidence_of(&check.run_id, check.n).await?;
    // The picture of the page has the number painted over; the entry names it all the same, so that both are found together.
    let picture =
        kept.iter().rev().find(|row| row.kind.starts_with("page.")).map(|row| row.commitment.clone());
    let about = picture.unwrap_or_else(|| tree::hex(&tree::sha256(check.run_id.as_bytes()).0));
    let mut tx = store.begin(Strength::Power).await?;
    let listed = free(&mut tx, log, id, by).await?;
    if listed.turn != turn {
        return Err(passed(&listed, by));
    }
    let typed = tx.typed(id).await?;
    let own = typed.iter().find(|t| t.person == by && t.field == field).map(|t| t.text.clone());
    let blind = question.manner.two && listed.passed_by.is_some();
    let seen = own.or_else(|| (!blind).then(|| question.value.clone())).unwrap_or_default();
    let draft = Draft::new(Event::EvidenceView, &Actor::User(by.to_owned())).run(&check.run_id);
    let draft = draft.item(&format!("{:04}", check.n)).data("c", about).data("f", field);
    log.write(&mut tx, &draft).await?;
    tx.commit().await?;
    Ok(seen)
}
