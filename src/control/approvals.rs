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
    /// What: `submit`, `approve`, `deploy`.
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
    /// Put to work.
    Deploy,
}

impl ChangeAct {
    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Submit => "提出",
            Self::Approve => "承認",
            Self::Deploy => "配備",
        }
    }

    const fn event(self) -> Event {
        match self {
            Self::Submit => Event::ScenarioSubmit,
            Self::Approve => Event::ScenarioApprove,
            Self::Deploy => Event::ScenarioDeploy,
        }
    }
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
    let all = history(store, &scenario.id).await?;
    let submitted = all.iter().rev().find(|c| c.act == ChangeAct::Submit && c.seal == scenario.seal);
    let Some(submitted) = submitted else { return Err(ActError::NotSubmitted(scenario.id.clone())) };
    if all.iter().any(|c| c.act == ChangeAct::Submit && c.seal == submitted.seal && c.by == by.person) {
        deny(store, log, &by.person, "scn.approve").await?;
        return Err(ActError::OwnSubmission(by.person.clone()));
    }
    note(store, log, scenario, ChangeAct::Approve, by).await
}

/// Puts an approved scenario to work.
///
/// # Errors
/// When it was not approved as it is now.
pub async fn deploy(store: &Store, log: &AuditLog, scenario: &Scenario, by: &By) -> Result<(), ActError> {
    let all = history(store, &scenario.id).await?;
    if !all.iter().any(|c| c.act == ChangeAct::Approve && c.seal == scenario.seal) {
        return Err(ActError::NotApproved(scenario.id.clone()));
    }
    note(store, log, scenario, ChangeAct::Deploy, by).await
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
    let draft = Draft::new(act.event(), &actor).scenario(&scenario.id, 1, &scenario.seal, None);
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

/// That a scenario may run: the office does not ask, or it was deployed as it is now. The newest deployment counts.
///
/// # Errors
/// When it may not, after that is on record.
pub async fn may_run(store: &Store, log: &AuditLog, scenario: &Scenario, who: &str) -> Result<(), ActError> {
    let mut tx = store.begin(Strength::Process).await?;
    let refusal = refusal(&mut tx, &scenario.id, &scenario.seal).await?;
    drop(tx);
    let Some(changed) = refusal else { return Ok(()) };
    deny(store, log, who, "run.start").await?;
    Err(ActError::NotDeployed { scenario: scenario.id.clone(), changed })
}

/// Why a scenario may not run as it is now, in words; none if it may. For who begins what was put on record before.
///
/// # Errors
/// When the database refuses.
pub async fn refused(store: &Store, scenario: &Scenario) -> Result<Option<String>, ActError> {
    let mut tx = store.begin(Strength::Process).await?;
    let refusal = refusal(&mut tx, &scenario.id, &scenario.seal).await?;
    let words = |changed| ActError::NotDeployed { scenario: scenario.id.clone(), changed }.to_string();
    Ok(refusal.map(words))
}

/// Why a scenario may not run, none if it may: whether it was deployed before, and changed since.
pub(super) async fn refusal(tx: &mut Tx<'_>, scenario: &str, seal: &str) -> Result<Option<bool>, ActError> {
    if tx.meta(REQUIRED).await?.as_deref() != Some("1") {
        return Ok(None);
    }
    let all = changes(tx, scenario).await?;
    let deployed = all.iter().rev().find(|c| c.act == ChangeAct::Deploy);
    Ok(if deployed.is_some_and(|d| d.seal == seal) { None } else { Some(deployed.is_some()) })
}
