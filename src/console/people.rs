//! 職員と役割: who may use the console, what one person asks for and another decides.

use super::{
    Console, Page, Refusal, Signed,
    asked::{Decision, Done, Why},
    page::show as shown,
    words,
};
use crate::{
    control::people::{PeopleError, Role, manage::Change, roles_of},
    store::{Person, Proposal},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use std::sync::Arc;

/// Proposals on the page.
const PROPOSALS: u32 = 50;

#[derive(Template)]
#[template(path = "people.html")]
struct Everybody {
    page: Page,
    people: Vec<Line>,
    roles: Vec<(&'static str, &'static str, &'static str)>,
    open: Vec<Asking>,
    decided: Vec<Asking>,
    admin: bool,
    may_decide: bool,
    /// Somebody's password for the first sign-in: shown once, kept nowhere.
    initial: Option<(String, String)>,
    fault: Option<String>,
}

struct Line {
    id: String,
    name: String,
    roles: String,
    enabled: bool,
    note: &'static str,
    last: String,
}

struct Asking {
    id: i64,
    what: String,
    user: String,
    reason: String,
    by: String,
    at: String,
    own: bool,
    outcome: String,
}

async fn people_page(
    console: &Console,
    signed: &Signed,
    said: Option<&str>,
    initial: Option<(String, String)>,
    fault: Option<String>,
) -> Result<Response, Refusal> {
    let page = Page::of(console, signed, "職員と役割", "/people").await?.said(said);
    let people = console.store.people().await?;
    let proposals = console.store.proposals(PROPOSALS).await?;
    let asking = proposals.iter().filter_map(|p| asking(p, &signed.id));
    let (decided, open) = asking.partition(|a: &Asking| !a.outcome.is_empty());
    shown(&Everybody {
        page,
        people: people.iter().map(line).collect(),
        roles: Role::ALL.iter().map(|r| (r.word(), r.label(), r.about())).collect(),
        open,
        decided,
        admin: signed.is(Role::Admin),
        may_decide: signed.is(Role::Admin) || signed.is(Role::Approver),
        initial,
        fault,
    })
}

fn line(person: &Person) -> Line {
    let roles: Vec<&str> = roles_of(person).iter().map(|r| r.label()).collect();
    Line {
        id: person.id.clone(),
        name: person.name.clone(),
        roles: roles.join("・"),
        enabled: person.enabled,
        note: if !person.enabled {
            "停止中"
        } else if person.initial {
            "初回サインイン前"
        } else {
            ""
        },
        last: person.signed_in_at.as_deref().map(words::moment).unwrap_or_default(),
    }
}

fn asking(proposal: &Proposal, me: &str) -> Option<Asking> {
    let (change, user) = Change::asked(proposal)?;
    let outcome = match (proposal.accepted, &proposal.decided_by) {
        (Some(true), Some(by)) => format!("承認（{by}）"),
        (_, Some(by)) => format!("却下（{by}）"),
        _ => String::new(),
    };
    Some(Asking {
        id: proposal.id,
        what: change.label(),
        own: proposal.proposed_by == me || user == me,
        user,
        reason: proposal.reason.clone(),
        by: proposal.proposed_by.clone(),
        at: words::moment(&proposal.proposed_at),
        outcome,
    })
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(done): Query<Done>,
) -> Result<Response, Refusal> {
    people_page(&console, &signed, done.said.as_deref(), None, None).await
}

/// A refusal that belongs on the page, beside what was typed; the others are pages of their own.
async fn told(console: &Console, signed: &Signed, error: PeopleError) -> Result<Response, Refusal> {
    match error {
        PeopleError::Record(error) => Err(error.into()),
        error => people_page(console, signed, None, None, Some(error.to_string())).await,
    }
}

/// Somebody new.
#[derive(Deserialize)]
pub(super) struct New {
    id: String,
    name: String,
}

pub(super) async fn add(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(new): Form<New>,
) -> Result<Response, Refusal> {
    let id = new.id.trim();
    match console.people.add(id, &new.name, &signed.id).await {
        Ok(initial) => {
            people_page(&console, &signed, Some("added"), Some((id.to_owned(), initial)), None).await
        }
        Err(error) => told(&console, &signed, error).await,
    }
}

pub(super) async fn off(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response, Refusal> {
    match console.people.disable(&id, &signed.id, &why.reason).await {
        Ok(()) => Ok(Redirect::to("/people?said=disabled").into_response()),
        Err(error) => told(&console, &signed, error).await,
    }
}

/// What is asked for.
#[derive(Deserialize)]
pub(super) struct Wanted {
    change: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn propose(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Refusal> {
    let (word, role) = wanted.change.split_once(' ').unwrap_or((&wanted.change, ""));
    let change = Change::of(word, Some(role)).ok_or(Refusal::NotFound)?;
    match console.people.propose(change, &id, &wanted.reason, &signed.id).await {
        Ok(_) => Ok(Redirect::to("/people?said=proposed").into_response()),
        Err(error) => told(&console, &signed, error).await,
    }
}

pub(super) async fn decide(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(n): Path<i64>,
    Form(decision): Form<Decision>,
) -> Result<Response, Refusal> {
    match console.people.decide(n, decision.is_yes(), &signed.id).await {
        Ok(None) => Ok(Redirect::to("/people?said=decided").into_response()),
        Ok(Some(initial)) => {
            let proposals = console.store.proposals(PROPOSALS).await?;
            let asked = proposals.iter().find(|p| p.id == n).and_then(Change::asked);
            let user = asked.map(|(_, user)| user).unwrap_or_default();
            people_page(&console, &signed, Some("decided"), Some((user, initial)), None).await
        }
        Err(error) => told(&console, &signed, error).await,
    }
}
