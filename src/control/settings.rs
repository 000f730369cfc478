//! Settings of the office that people change in the console: its own days, by an administrator; how long things are kept, by
//! one who asks and an approver who decides. On record first, then done.

use super::{
    AuditLog, LogError,
    people::{PeopleError, manage::reason},
};
use crate::{
    audit::{Actor, Draft, Event},
    store::{Proposal, Store, Strength},
};
use serde_json::{Value, json};

/// What a proposal about this is called.
const KIND: &str = "keep";

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Days evidence is kept after its run has ended.
    pub evidence_days: u32,
    /// Fiscal years a log is kept after its own.
    pub retention_years: u16,
}

impl Keep {
    /// From what was typed: 1 to 3650 days, 1 to 100 years.
    #[must_use]
    pub fn typed(days: &str, years: &str) -> Option<Self> {
        let evidence_days = days.trim().parse().ok().filter(|n| (1..=3650).contains(n))?;
        let retention_years = years.trim().parse().ok().filter(|n| (1..=100).contains(n))?;
        Some(Self { evidence_days, retention_years })
    }

    /// For people.
    #[must_use]
    pub fn label(&self) -> String {
        format!("証跡を {} 日、監査記録を {} 年", self.evidence_days, self.retention_years)
    }

    /// What a proposal asks.
    #[must_use]
    pub fn asked(proposal: &Proposal) -> Option<Self> {
        let number = |key| proposal.content.get(key).and_then(Value::as_u64);
        let numbers = (number("evidence_days")?, number("retention_years")?);
        (proposal.kind == KIND).then(|| Self::typed(&numbers.0.to_string(), &numbers.1.to_string())).flatten()
    }
}

fn draft(key: &'static str, by: &str, what: &str, sha256: &str) -> Result<Draft, PeopleError> {
    let draft = Draft::new(Event::ConfigSet, &Actor::User(by.to_owned())).data("key", key);
    Ok(draft.data("reason", reason(what)?).data("sha256", sha256))
}

async fn write(store: &Store, log: &AuditLog, draft: &Draft) -> Result<(), LogError> {
    let mut tx = store.begin(Strength::Power).await?;
    log.write(&mut tx, draft).await?;
    Ok(tx.commit().await?)
}

/// Puts on record that `by` changes the office's own days. `sha256`: of `shoki.toml` with the change.
///
/// # Errors
/// When the words cannot stand in the log, or nothing can be recorded; then nothing may be done.
pub async fn note_days(
    store: &Store,
    log: &AuditLog,
    (what, sha256): (&str, &str),
    by: &str,
) -> Result<(), PeopleError> {
    Ok(write(store, log, &draft("calendar", by, what, sha256)?).await?)
}

/// Asks for a change of how long things are kept. `sha256`: of `shoki.toml` as it is now.
///
/// # Errors
/// When the reason cannot stand in the log, or nothing can be recorded.
pub async fn propose_keep(
    store: &Store,
    log: &AuditLog,
    (keep, why, sha256): (Keep, &str, &str),
    by: &str,
) -> Result<i64, PeopleError> {
    let why = reason(why)?;
    let draft = draft("retention", by, &format!("申請: {}（{why}）", keep.label()), sha256)?;
    let content = json!({ "evidence_days": keep.evidence_days, "retention_years": keep.retention_years });
    let mut tx = store.begin(Strength::Power).await?;
    let id = tx.propose(KIND, &content, &why, (by, &log.now())).await?;
    log.write(&mut tx, &draft).await?;
    tx.commit().await?;
    Ok(id)
}

/// Decides what another asked for. `sha256`: of `shoki.toml` as it will be. Says whether it is to be done.
///
/// # Errors
/// When it is one's own, was decided, or nothing can be recorded.
pub async fn decide_keep(
    store: &Store,
    log: &AuditLog,
    (id, accepted, sha256): (i64, bool, &str),
    by: &str,
) -> Result<Keep, PeopleError> {
    let mut tx = store.begin(Strength::Power).await?;
    let proposal = tx.proposal(id).await?.ok_or(PeopleError::NoProposal)?;
    let keep = Keep::asked(&proposal).ok_or(PeopleError::NoProposal)?;
    if proposal.proposed_by == by {
        drop(tx);
        let deny = Draft::new(Event::AuthzDeny, &Actor::User(by.to_owned())).data("op", "settings.decide");
        write(store, log, &deny.data("code", "SHK1001")).await?;
        return Err(PeopleError::SamePerson);
    }
    if !tx.decide_proposal(id, accepted, (by, &log.now())).await? {
        return Err(PeopleError::Decided);
    }
    let what = if accepted { "承認" } else { "却下" };
    let what = format!("{what}: {}（{} の申請）", keep.label(), proposal.proposed_by);
    log.write(&mut tx, &draft("retention", by, &what, sha256)?).await?;
    tx.commit().await?;
    Ok(keep)
}

#[cfg(test)]
mod tests {
    use super::Keep;

    #[test]
    fn what_is_typed_is_within_reason() {
        assert_eq!(Keep::typed(" 7 ", "7"), Some(Keep { evidence_days: 7, retention_years: 7 }));
        for (days, years) in
            [("0", "7"), ("7", "0"), ("3651", "7"), ("7", "101"), ("-1", "7"), ("", ""), ("七", "7")]
        {
            assert_eq!(Keep::typed(days, years), None, "{days} {years}");
        }
    }
}
