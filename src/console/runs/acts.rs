//! What a person does to runs: stop, resume, say what came of an act in doubt.

use super::find;
use crate::{
    console::{Console, Page, Refusal, Signed, asked::Why, page::show as shown},
    control::{
        acts::{self, Answer},
        approvals,
        people::{Role, manage::reason},
        stops,
    },
    store::CheckKind,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Map, json};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "stop.html")]
struct Stop {
    page: Page,
}

pub(in crate::console) async fn stop_form(
    State(console): State<Arc<Console>>,
    signed: Signed,
) -> Result<Response, Refusal> {
    shown(&Stop { page: Page::of(&console, &signed, "緊急停止", "/stop").await? })
}

pub(in crate::console) async fn stop_all(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(why): Form<Why>,
) -> Result<Response, Refusal> {
    let reason = reason(&why.reason)?;
    stops::stop(&console.store, &console.log, None, &reason, &signed.id).await?;
    Ok(Redirect::to("/?said=stopped").into_response())
}

pub(in crate::console) async fn release(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(why): Form<Why>,
) -> Result<Response, Refusal> {
    let reason = reason(&why.reason)?;
    stops::release(&console.store, &console.log, &reason, &signed.id).await?;
    Ok(Redirect::to("/?said=released").into_response())
}

pub(in crate::console) async fn stop(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response, Refusal> {
    let (run, reason) = (find(&console, &id).await?, reason(&why.reason)?);
    stops::stop(&console.store, &console.log, Some(&run), &reason, &signed.id).await?;
    Ok(Redirect::to(&format!("/runs/{id}?said=stopped")).into_response())
}

/// Whether a person wants the run to go on with a scenario that has changed since.
#[derive(Deserialize)]
pub(in crate::console) struct Again {
    changed: Option<String>,
}

/// Takes a run up again: what is on record is not done again, what failed or was held is tried once more.
pub(in crate::console) async fn again(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<String>,
    Form(again): Form<Again>,
) -> Result<Response, Refusal> {
    let run = find(&console, &id).await?;
    let now = console.loaded(&run.scenario).and_then(|l| l.scenario);
    let Some(now) = now else {
        return Err(Refusal::Not("シナリオに誤りがあるか、なくなっているため、再開できません。".into()));
    };
    let accepted = again.changed.is_some();
    if now.sha256 != run.sha256 && !accepted {
        return Err(Refusal::Not("実行を始めたあとでシナリオが変わっています。内容を確かめ、「今のシナリオで続ける」に印を付けてください。".into()));
    }
    approvals::may_run(&console.store, &console.log, &now, &signed.id).await?;
    acts::wake(&console.store, &console.log, &run, accepted.then_some(&*now.sha256)).await?;
    Ok(Redirect::to(&format!("/runs/{id}?said=resumed")).into_response())
}

/// What a person saw on the target's screen.
#[derive(Deserialize)]
pub(in crate::console) struct Seen {
    outcome: String,
    #[serde(default)]
    receipt: String,
}

/// Settles an act whose outcome is unknown.
pub(in crate::console) async fn settle(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path((id, n)): Path<(String, u32)>,
    Form(seen): Form<Seen>,
) -> Result<Response, Refusal> {
    let run = find(&console, &id).await?;
    if !signed.is(Role::Operator) || !console.store.handles(&signed.id, &run.scenario).await? {
        return Err(Refusal::NotAllowed);
    }
    let check =
        console.store.open_check_of(&run.id, n, CheckKind::InDoubt).await?.ok_or(Refusal::NotFound)?;
    let asked = console.store.check(check).await?.ok_or(Refusal::NotFound)?;
    let mut values = Map::new();
    for question in &asked.questions {
        let value = if question.field == "結果" { json!(seen.outcome) } else { json!(seen.receipt.trim()) };
        values.insert(question.field.clone(), value);
    }
    let answer = Answer { id: check, values, again: Map::new(), as_read: false, by: signed.id.clone() };
    acts::answer(&console.store, &console.log, answer).await?;
    Ok(Redirect::to(&format!("/runs/{id}/items/{n}?said=answered")).into_response())
}
