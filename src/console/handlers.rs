//! 取扱者名簿: who looks after the cases of which scenario. Only they confirm its readings, open its evidence and take
//! its outputs; one person asks for a change and another decides.

use super::{Console, Page, Refusal, Signed, asked::Done, page::show as shown};
use crate::control::people::{Role, manage::Change};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "handlers.html")]
struct Book {
    page: Page,
    scenarios: Vec<Line>,
    operators: Vec<(String, String)>,
    admin: bool,
}

struct Line {
    id: String,
    title: String,
    people: Vec<(String, String)>,
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(done): Query<Done>,
) -> Result<Response, Refusal> {
    let page = Page::of(&console, &signed, "取扱者名簿", "/people").await?.said(done.said.as_deref());
    let everybody = console.store.people().await?;
    let named = console.store.handlers().await?;
    let name =
        |id: &str| everybody.iter().find(|p| p.id == id).map_or_else(|| id.to_owned(), |p| p.name.clone());
    let people = |scenario: &str| -> Vec<(String, String)> {
        named.iter().filter(|(s, _)| s == scenario).map(|(_, id)| (id.clone(), name(id))).collect()
    };
    let mut scenarios: Vec<Line> = (console.library)()
        .iter()
        .map(|l| Line { id: l.id.clone(), title: l.title.clone(), people: people(&l.id) })
        .collect();
    // Who was named for a scenario that is gone stays visible.
    for (gone, _) in &named {
        if scenarios.iter().all(|s| s.id != *gone) {
            scenarios.push(Line { id: gone.clone(), title: gone.clone(), people: people(gone) });
        }
    }
    let operators =
        everybody.iter().filter(|p| p.enabled && p.roles.iter().any(|r| r == Role::Operator.word()));
    shown(&Book {
        page,
        scenarios,
        operators: operators.map(|p| (p.id.clone(), p.name.clone())).collect(),
        admin: signed.is(Role::Admin),
    })
}

/// Who is to look after what, or no longer.
#[derive(Deserialize)]
pub(super) struct Wanted {
    scenario: String,
    user: String,
    change: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn propose(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Refusal> {
    let word = if wanted.change == "remove" { "unhandle" } else { "handle" };
    let change = Change::of(word, Some(&wanted.scenario)).ok_or(Refusal::NotFound)?;
    console.people.propose(change, &wanted.user, &wanted.reason, &signed.id).await?;
    Ok(Redirect::to("/people/handlers?said=proposed").into_response())
}
