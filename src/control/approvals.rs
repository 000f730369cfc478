//! Change control of scenarios: who wrote one does not decide alone that it runs. A scenario with its forms and parts is fixed by
//! its seal; what is not deployed under that seal does not start where the office asks for approval.

use super::{AuditLog, acts::ActError};
use crate::{
    audit::{Actor, Draft, Event},
    scenario::Scenario,
    store::{Store, StoreError, Strength, Tx},
};
use serde::{Deserialize, Serialize};

/// The key under which the office keeps whether it asks for approval.
const REQUIRED: &str = "approval.required";

/// The page about all this.
const CODE: &str = "SHK1001";

/// One thing that happened to a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What: `submit`, `approve`, `reject`, `deploy`, `retire`.
    pub act: ChangeAct,
    /// The seal of the scenario at that time.
    pub seal: String,
    /// Who, a personal id.
    pub by: String,
    /// RFC 3339.
    pub at: String,
    /// Why, in the person's words.
    pub reason: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAct {
    /// Laid before a second person.
    Submit,
    /// Allowed by a second person.
    Approve,
    /// Sent back by a second person, with the reason.
    Reject,
    /// Put to work.
    Deploy,
    /// Taken from work, in whatever version, with the reason.
    Retire,
}

impl ChangeAct {
    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Submit => "提出",
            Self::Approve => "承認",
            Self::Reject => "差し戻し",
            Self::Deploy => "配備",
            Self::Retire => "廃止",
        }
    }

    const fn event(self) -> Event {
        match self {
            Self::Submit => Event::ScenarioSubmit,
            Self::Approve => Event::ScenarioApprove,
            Self::Reject => Event::ScenarioReject,
            Self::Deploy => Event::ScenarioDeploy,
            Self::Retire => Event::ScenarioRetire,
        }
    }
}

/// Where a scenario stands on its way: the last that happened to it with this seal, or that it was taken from work.
#[must_use]
pub fn standing(all: &[Change], seal: &str) -> Option<ChangeAct> {
    all.iter().rev().find(|c| c.seal == seal || c.act == ChangeAct::Retire).map(|c| c.act)
}

/// Whether that was done with this seal and still counts: sent back or taken from work, a scenario begins anew.
fn holds(all: &[Change], act: ChangeAct, seal: &str) -> bool {
    let ends = |c: &Change| c.act == ChangeAct::Retire || c.act == ChangeAct::Reject && c.seal == seal;
    let begin = all.iter().rposition(ends).map_or(0, |at| at + 1);
    all[begin..].iter().any(|c| c.act == act && c.seal == seal)
}

/// Who does something to a scenario, and why.
#[derive(Debug, Clone)]
pub struct By {
    /// A personal id.
    pub person: String,
    /// In the person's words; never personal data of others.
    pub reason: Option<String>,
}

fn key(scenario: &str) -> String {
    format!("approval/{scenario}")
}

/// Why somebody sends back or takes from work; it is needed there.
fn why(by: &By) -> Result<&str, ActError> {
    by.reason.as_deref().ok_or(ActError::NoReason)
}

async fn changes(tx: &mut Tx<'_>, scenario: &str) -> Result<Vec<Change>, ActError> {
    Ok(read(tx.meta(&key(scenario)).await?))
}

fn read(text: Option<String>) -> Vec<Change> {
    text.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default()
}

/// What happened to a scenario, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn history(store: &Store, scenario: &str) -> Result<Vec<Change>, ActError> {
    Ok(read(store.known(&key(scenario)).await?))
}

/// Says whether the office asks for approval. Taken from its settings whenever it opens its memory.
///
/// # Errors
/// When the database refuses.
pub async fn set_required(store: &Store, required: bool) -> Result<(), StoreError> {
    let mut tx = store.begin(Strength::Power).await?;
    let wanted = if required { "1" } else { "0" };
    if tx.meta(REQUIRED).await?.as_deref().unwrap_or("0") != wanted {
        tx.set_meta(REQUIRED, wanted).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Lays a scenario before a second person.
///
/// # Errors
/// When nothing can be recorded.
pub async fn submit(store: &Store, log: &AuditLog, scenario: &Scenario, by: &By) -> Result<(), ActError> {
    note(store, log, scenario, ChangeAct::Submit, by).await
}

/// Allows a submitted scenario. Nobody approves what they submitted.
///
/// # Errors
/// When it was not submitted as it is now, or by the same person.
pub async fn approve(store: &Store, log: &AuditLog, scenario: &Scenario, by: &By) -> Result<(), ActError> {
    second(store, log, scenario, by, "scn.approve").await?;
    note(store, log, scenario, ChangeAct::Approve, by).await
}

/// Sends a submitted scenario back, with the reason: as it is now it is not approved.
///
/// # Errors
/// As [`approve`]; without a reason; when it was put to work.
pub async fn reject(store: &Store, log: &AuditLog, scenario: &Scenario, by: &By) -> Result<(), ActError> {
    why(by)?;
    second(store, log, scenario, by, "scn.reject").await?;
    if holds(&history(store, &scenario.id).await?, ChangeAct::Deploy, &scenario.seal) {
        return Err(ActError::AtWork(scenario.id.clone()));
    }
    note(store, log, scenario, ChangeAct::Reject, by).await
}

/// That a scenario was submitted as it is now, and not by that person.
async fn second(
    store: &Store,
    log: &AuditLog,
    scenario: &Scenario,
    by: &By,
    op: &'static str,
) -> Result<(), ActError> {
    let all = history(store, &scenario.id).await?;
    if !holds(&all, ChangeAct::Submit, &scenario.seal) {
        return Err(ActError::NotSubmitted(scenario.id.clone()));
    }
    if all.iter().any(|c| c.act == ChangeAct::Submit && c.seal == scenario.seal && c.by == by.person) {
        deny(store, log, &by.person, op).await?;
        return Err(ActError::OwnSubmission(by.person.clone()));
    }
    Ok(())
}

/// Puts an approved scenario to work; where the office asks for no approval, one that was taken from work.
///
/// # Errors
/// When it was not approved as it is now.
pub async fn deploy(store: &Store, log: &AuditLog, scenario: &Scenario, by: &By) -> Result<(), ActError> {
    let all = history(store, &scenario.id).await?;
    if is_required(store).await? && !holds(&all, ChangeAct::Approve, &scenario.seal) {
        return Err(ActError::NotApproved(scenario.id.clone()));
    }
    note(store, log, scenario, ChangeAct::Deploy, by).await
}

/// Takes a scenario from work, with the reason: it does not start any more, whatever the office asks for.
///
/// # Errors
/// Without a reason; when nothing can be recorded.
pub async fn retire(store: &Store, log: &AuditLog, scenario: &Scenario, by: &By) -> Result<(), ActError> {
    why(by)?;
    note(store, log, scenario, ChangeAct::Retire, by).await
}

async fn is_required(store: &Store) -> Result<bool, ActError> {
    Ok(store.known(REQUIRED).await?.as_deref() == Some("1"))
}

async fn note(
    store: &Store,
    log: &AuditLog,
    scenario: &Scenario,
    act: ChangeAct,
    by: &By,
) -> Result<(), ActError> {
    let mut tx = store.begin(Strength::Power).await?;
    let mut all = changes(&mut tx, &scenario.id).await?;
    let (seal, at) = (scenario.seal.clone(), log.now());
    all.push(Change { act, seal, by: by.person.clone(), at, reason: by.reason.clone() });
    let text = serde_json::to_string(&all).expect("plain values");
    tx.set_meta(&key(&scenario.id), &text).await?;
    let actor = Actor::User(by.person.clone());
    let mut draft = Draft::new(act.event(), &actor).scenario(&scenario.id, 1, &scenario.seal, None);
    if act != ChangeAct::Deploy
        && let Some(reason) = &by.reason
    {
        draft = draft.data("reason", reason.as_str());
    }
    log.write(&mut tx, &draft).await?;
    tx.commit().await?;
    log.checkpoint().await?;
    Ok(())
}

async fn deny(store: &Store, log: &AuditLog, person: &str, op: &'static str) -> Result<(), ActError> {
    let mut tx = store.begin(Strength::Power).await?;
    let draft = Draft::new(Event::AuthzDeny, &Actor::User(person.to_owned()));
    log.write(&mut tx, &draft.data("op", op).data("code", CODE)).await?;
    tx.commit().await?;
    Ok(())
}

/// That a scenario may run: the office does not ask, or it was deployed as it is now, and it was not taken from work since.
///
/// # Errors
/// When it may not, after that is on record.
pub async fn may_run(store: &Store, log: &AuditLog, scenario: &Scenario, who: &str) -> Result<(), ActError> {
    let mut tx = store.begin(Strength::Process).await?;
    let refusal = refusal(&mut tx, &scenario.id, &scenario.seal).await?;
    drop(tx);
    let Some(refusal) = refusal else { return Ok(()) };
    deny(store, log, who, "run.start").await?;
    Err(refusal)
}

/// Why a scenario may not run as it is now, in words; none if it may. For who begins what was put on record before.
///
/// # Errors
/// When the database refuses.
pub async fn refused(store: &Store, scenario: &Scenario) -> Result<Option<String>, ActError> {
    let mut tx = store.begin(Strength::Process).await?;
    let refusal = refusal(&mut tx, &scenario.id, &scenario.seal).await?;
    Ok(refusal.map(|why| why.to_string()))
}

/// Why a scenario may not run, none if it may. The newest deployment counts.
pub(super) async fn refusal(
    tx: &mut Tx<'_>,
    scenario: &str,
    seal: &str,
) -> Result<Option<ActError>, ActError> {
    let all = changes(tx, scenario).await?;
    let last = all.iter().rev().find(|c| matches!(c.act, ChangeAct::Deploy | ChangeAct::Retire));
    if last.is_some_and(|c| c.act == ChangeAct::Retire) {
        return Ok(Some(ActError::Retired(scenario.to_owned())));
    }
    let asked = tx.meta(REQUIRED).await?.as_deref() == Some("1");
    if !asked || last.is_some_and(|c| c.seal == seal) {
        return Ok(None);
    }
    Ok(Some(ActError::NotDeployed { scenario: scenario.to_owned(), changed: last.is_some() }))
}
