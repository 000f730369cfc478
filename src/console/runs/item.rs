//! One case: its steps in order, what was read, its pictures, and the lines of the scenario.

use super::{find, run::name};
use crate::{
    console::{Console, Page, Refusal, Signed, asked::Done, page::show as shown, words},
    control::{evidence, people::Role},
    run::{ItemState, Reading},
    store::{CheckKind, EvidenceRow, Item, Run},
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "item.html")]
struct OneItem {
    page: Page,
    run: String,
    title: String,
    n: u32,
    state: &'static str,
    label: &'static str,
    reason: String,
    code: String,
    steps: Vec<Step>,
    readings: Vec<Read>,
    pictures: Vec<Picture>,
    film: Vec<Picture>,
    last_screen: Option<String>,
    lines: Vec<(usize, String, bool)>,
    check: Option<i64>,
    doubt: Option<i64>,
    may_open: bool,
}

struct Step {
    at: String,
    name: String,
    mark: &'static str,
    note: &'static str,
}

struct Read {
    name: String,
    value: String,
    percent: String,
    pass: bool,
    reasons: String,
}

struct Picture {
    file: String,
    label: String,
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path((id, n)): Path<(String, u32)>,
    Query(done): Query<Done>,
) -> Result<Response, Refusal> {
    let run = find(&console, &id).await?;
    let item = console.store.item(&run.id, n).await?.ok_or(Refusal::NotFound)?;
    // Who does not look after these cases sees how far they are, never what stands on them.
    let may_open = signed.is(Role::Operator) && console.store.handles(&signed.id, &run.scenario).await?;
    let title = console.title(&run.scenario);
    let page = Page::of(&console, &signed, &format!("{} 番 {}", n, name(&item)), "/runs").await?;
    let open = async |kind| console.store.open_check_of(&run.id, n, kind).await;
    let kept = if may_open { console.store.evidence_of(&run.id, n).await? } else { Vec::new() };
    let film: Vec<Picture> = kept.iter().filter(|row| row.kind == "screen.png").map(picture_of).collect();
    shown(&OneItem {
        page: page.said(done.said.as_deref()),
        state: item.state.word(),
        label: item.state.label(),
        reason: item.reason.clone().unwrap_or_default(),
        code: item.code.clone().unwrap_or_default(),
        steps: steps(&console, &run, &item).await?,
        readings: if may_open { readings(&console, &run, n).await? } else { Vec::new() },
        pictures: kept.iter().filter(|row| is_shown(row)).map(picture_of).collect(),
        last_screen: film.last().map(|p| p.file.clone()),
        film,
        lines: lines(&console, &run, item.step.as_deref()),
        check: if item.state == ItemState::Check { open(CheckKind::Check).await? } else { None },
        doubt: if may_open { open(CheckKind::InDoubt).await? } else { None },
        run: run.id.clone(),
        title,
        n,
        may_open,
    })
}

/// What is done, then what is not: the steps of the scenario as it is now.
async fn steps(console: &Console, run: &Run, item: &Item) -> Result<Vec<Step>, Refusal> {
    let done = console.store.step_moments(&run.id, item.n).await?;
    let bad = matches!(item.state, ItemState::Stopped | ItemState::Failed | ItemState::InDoubt);
    let here = item.step.clone().unwrap_or_default();
    let mut all: Vec<Step> = done
        .iter()
        .map(|s| Step {
            at: words::time(&s.finished_at),
            name: s.step.clone(),
            mark: "",
            note: if s.receipted { "控えあり（取り消せない処理）" } else { "" },
        })
        .collect();
    if !here.is_empty() && !done.iter().any(|s| s.step == here) {
        let (mark, note) = if bad { ("bad", item.state.label()) } else { ("next", item.state.label()) };
        all.push(Step { at: String::new(), name: here, mark, note });
    }
    Ok(all)
}

/// The readings of the newest step that has some; numbers of persons stay masked.
async fn readings(console: &Console, run: &Run, n: u32) -> Result<Vec<Read>, Refusal> {
    let results = console.store.results(&run.id, n).await?;
    let found = results.iter().rev().find_map(|r| r.output.get("readings"));
    let all: Vec<Reading> = found.and_then(|r| serde_json::from_value(r.clone()).ok()).unwrap_or_default();
    Ok(all.iter().map(reading).collect())
}

fn reading(reading: &Reading) -> Read {
    let value = match &reading.value {
        Value::Null => "（空欄）".into(),
        Value::Bool(yes) => (if *yes { "はい" } else { "いいえ" }).into(),
        Value::String(_) if reading.kind == "my_number" => "＊＊＊＊＊＊＊＊＊＊＊＊".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Read {
        name: reading.name.clone(),
        value,
        percent: format!("{:.0} %", reading.probability * 100.0),
        pass: reading.pass,
        reasons: reading.reasons.join("、"),
    }
}

/// Screens are the film's; their texts stay where they are.
fn is_shown(row: &EvidenceRow) -> bool {
    !row.kind.starts_with("screen")
}

fn picture_of(row: &EvidenceRow) -> Picture {
    let what = if row.kind.starts_with("screen") { "画面" } else { "紙" };
    let field = row.field.clone().unwrap_or_default().replace('#', " ");
    Picture { label: format!("{} {what} {field}", row.step), file: row.file.clone() }
}

/// The lines of the scenario around the step where the item stands.
fn lines(console: &Console, run: &Run, step: Option<&str>) -> Vec<(usize, String, bool)> {
    let Some(step) = step else { return Vec::new() };
    let scenario = console.loaded(&run.scenario).and_then(|l| l.scenario).filter(|s| s.sha256 == run.sha256);
    let Some(scenario) = scenario else { return Vec::new() };
    let text: Vec<&str> = scenario.text.lines().collect();
    let step = step.split('[').next().unwrap_or(step);
    let says = |line: &str| line.contains("id:") && line.contains(step);
    let Some(at) = text.iter().position(|line| says(line)) else { return Vec::new() };
    let (from, until) = (at.saturating_sub(1), (at + 8).min(text.len()));
    (from..until).map(|i| (i + 1, text[i].to_owned(), i == at)).collect()
}

/// A picture that was kept. Who looks is on record before it is shown.
pub(in crate::console) async fn picture(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let run = find(&console, &id).await?;
    if !console.store.handles(&signed.id, &run.scenario).await? {
        return Err(Refusal::NotAllowed);
    }
    let place = format!("{}/{file}", run.id);
    let bytes =
        evidence::view(&console.store, &console.log, &console.vault, (&run.id, &place), &signed.id).await?;
    let kind = if bytes.starts_with(b"\x89PNG") {
        "image/png"
    } else if bytes.starts_with(b"\xff\xd8") {
        "image/jpeg"
    } else {
        "application/octet-stream"
    };
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}
