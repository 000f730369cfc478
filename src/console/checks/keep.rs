//! What a screen sends: one field at a time from the script, or everything at once as a plain form.

use super::{
    handled::handled,
    list::following,
    screen::{cross, render},
    view::{FieldView, as_typed, for_people, meant, told},
};
use crate::{
    console::{Console, Refusal, Signed},
    control::{
        acts::{self, ActError, Answer},
        checks::{self, CaseField, Finished, Save},
    },
    run::unreadable,
    store::{Check, CheckKind, Told},
};
use axum::{
    Form, Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// One field.
#[derive(Deserialize)]
pub(in crate::console) struct Sent {
    turn: u32,
    field: String,
    text: String,
    #[serde(default)]
    again: Option<String>,
    #[serde(default)]
    unreadable: String,
    done: bool,
    ms: u64,
    version: i64,
}

/// The turn under which the person has the case.
#[derive(Deserialize)]
pub(in crate::console) struct Turn {
    turn: u32,
}

/// What happened, for the script: in words, and whether the case is gone.
fn refused(error: ActError) -> Response {
    let status = match &error {
        ActError::Record(_) => return Refusal::from(error).into_response(),
        ActError::Elsewhere { .. } => StatusCode::PRECONDITION_FAILED,
        _ => StatusCode::CONFLICT,
    };
    (status, Json(json!({ "error": error.to_string() }))).into_response()
}

fn sentences(all: &[Told]) -> Vec<String> {
    all.iter().map(|t| told(t.check, &t.who, &t.at)).collect()
}

fn kind_of(check: &Check, field: &str) -> String {
    let others = check.paper.iter().flat_map(|p| &p.others);
    let found = check.questions.iter().chain(others).find(|q| q.field == field);
    found.map(|q| q.manner.kind.clone()).unwrap_or_default()
}

/// Keeps one field.
pub(in crate::console) async fn field(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<i64>,
    Json(sent): Json<Sent>,
) -> Result<Response, Refusal> {
    let kind = kind_of(&handled(&console, &signed, id).await?, &sent.field);
    let save = Save {
        id,
        by: signed.id.clone(),
        turn: sent.turn,
        text: unreadable(&sent.unreadable).unwrap_or_else(|| meant(&kind, &sent.text)),
        again: sent.again.as_deref().map(|again| meant(&kind, again)),
        field: sent.field,
        done: sent.done,
        ms: sent.ms,
        seen: Some(sent.version),
    };
    let saved = match checks::save(&console.store, &console.log, &save).await {
        Ok(saved) => saved,
        Err(error) => return Ok(refused(error)),
    };
    let case = match checks::look(&console.store, id, &signed.id).await {
        Ok(case) => case,
        Err(error) => return Ok(refused(error)),
    };
    let disagrees = saved.disagrees.map(|e| json!({ "who": e.person, "value": for_people(&e.text) }));
    Ok(Json(json!({
        "version": saved.version,
        "complaint": saved.complaint,
        "disagrees": disagrees.filter(|_| kind != "my_number"),
        "told": sentences(&saved.told),
        "cross": cross(&console, &case),
        "left": case.left(),
    }))
    .into_response())
}

/// The person still looks at it.
pub(in crate::console) async fn stay(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<i64>,
    Json(sent): Json<Turn>,
) -> Result<Response, Refusal> {
    handled(&console, &signed, id).await?;
    Ok(match checks::stay(&console.store, &console.log, id, &signed.id, sent.turn).await {
        Ok(told) => Json(json!({ "told": sentences(&told) })).into_response(),
        Err(error) => refused(error),
    })
}

/// Takes the last confirmation back.
pub(in crate::console) async fn undo(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<i64>,
    Json(sent): Json<Turn>,
) -> Result<Response, Refusal> {
    handled(&console, &signed, id).await?;
    Ok(match checks::undo(&console.store, &console.log, id, &signed.id, sent.turn).await {
        Ok(Some(last)) => {
            Json(json!({ "field": last.field, "text": as_typed(&last.text), "version": last.version }))
                .into_response()
        }
        Ok(None) => Json(json!({})).into_response(),
        Err(error) => refused(error),
    })
}

/// Lets others have the case. Whoever has it may, also when they do not look after such cases any more.
pub(in crate::console) async fn leave(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<i64>,
) -> Result<Response, Refusal> {
    checks::release(&console.store, &signed.id, Some(id)).await?;
    Ok(Redirect::to("/checks?said=kept").into_response())
}

/// Takes one's own answer back, as long as nothing was done with it; the case is theirs again.
pub(in crate::console) async fn reopen(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<i64>,
) -> Result<Response, Refusal> {
    handled(&console, &signed, id).await?;
    checks::reopen(&console.store, &console.log, id, &signed.id).await?;
    Ok(Redirect::to(&format!("/checks/{id}")).into_response())
}

type Fields = HashMap<String, String>;

/// Said beside a field that was typed in another window after this one was opened.
const ELSEWHERE: &str = "この画面を開いたあとで、別の画面から入力されています。今はその値を表示しています。紙と見比べて、もう一度確かめてください。";

/// Keeps everything that a plain form holds, and finishes the case if that is what the button says.
pub(in crate::console) async fn send(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<i64>,
    Form(sent): Form<Fields>,
) -> Result<Response, Refusal> {
    let check = handled(&console, &signed, id).await?;
    if check.kind != CheckKind::Check {
        return decide(&console, &signed, id, &sent).await;
    }
    let text = |key: &str| sent.get(key).map_or("", String::as_str);
    let turn = text("turn").parse().unwrap_or(0);
    if text("act") == "undo" {
        checks::undo(&console.store, &console.log, id, &signed.id, turn).await?;
        return Ok(Redirect::to(&format!("/checks/{id}")).into_response());
    }
    let case = checks::look(&console.store, id, &signed.id).await;
    let second = case.as_ref().is_ok_and(|case| case.second);
    let mut faults = BTreeMap::new();
    for (at, field) in case.iter().flat_map(|case| case.fields.iter().enumerate()) {
        let shown = FieldView::of(at, field, second);
        let Some(save) = written((id, turn, &signed.id), &shown, field, &sent) else { continue };
        match checks::save(&console.store, &console.log, &save).await {
            Ok(saved) => {
                if let Some(why) = saved.complaint.filter(|_| save.done) {
                    faults.insert(save.field, why);
                }
            }
            // The newer value is shown in its place, and the rest of the form is kept all the same.
            Err(ActError::Elsewhere { field }) => {
                faults.insert(field, ELSEWHERE);
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !faults.is_empty() {
        return render(&console, &signed, id, &faults).await;
    }
    if text("act") == "keep" {
        return Ok(Redirect::to(&format!("/checks/{id}")).into_response());
    }
    match checks::finish(&console.store, &console.log, id, &signed.id, turn).await {
        Ok(Finished::Answered) => following(&console, &signed, id, text("scenario")).await,
        Ok(Finished::Second(_)) => Ok(Redirect::to("/checks?said=second").into_response()),
        Ok(Finished::Disagreed(_)) => Ok(Redirect::to("/checks?said=disagreed").into_response()),
        Err(ActError::Missing(field)) => {
            let why = "まだ確認していません。紙と見比べて「確認した」に印を付けてください。";
            render(&console, &signed, id, &BTreeMap::from([(field, why)])).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What the form says about a field, unless that is on record already, or as it is `shown` to whoever has not touched it.
fn written(
    (id, turn, by): (i64, u32, &str),
    shown: &FieldView,
    field: &CaseField,
    sent: &Fields,
) -> Option<Save> {
    let (at, name) = (shown.at, &field.question.field);
    if sent.get(&format!("n{at}")) != Some(name) {
        return None;
    }
    let part = |key: char| sent.get(&format!("{key}{at}")).map_or("", String::as_str);
    let kind = &field.question.manner.kind;
    let text = unreadable(part('u')).unwrap_or_else(|| meant(kind, part('v')));
    let done = part('d') == "1";
    let secret = kind == "my_number" && part('v').is_empty() && part('u').is_empty();
    let known = field.typed.as_ref().is_some_and(|t| t.text == text && (t.done || !done));
    let untouched = field.typed.is_none() && !done && shown.is_as_shown(part('v'), part('u'));
    if secret || known || untouched {
        return None;
    }
    let again = sent.get(&format!("a{at}")).map(|again| meant(kind, again));
    let (by, field, seen) = (by.to_owned(), name.clone(), part('s').parse().ok());
    Some(Save { id, by, turn, field, text, again, done, ms: 0, seen })
}

async fn decide(console: &Console, signed: &Signed, id: i64, sent: &Fields) -> Result<Response, Refusal> {
    let values: Map<String, Value> = sent
        .iter()
        .filter_map(|(key, text)| Some((key.strip_prefix("f:")?.to_owned(), json!(text))))
        .collect();
    let by = signed.id.clone();
    let answer = Answer { id, values, again: Map::new(), as_read: false, by };
    acts::answer(&console.store, &console.log, answer).await?;
    Ok(Redirect::to("/checks?said=answered").into_response())
}
