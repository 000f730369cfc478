//! One run: how far it is, what came of its items, its time line, its outputs.

use super::{begun_by, find};
use crate::{
    console::{Console, Page, Refusal, Signed, page::show as shown, words},
    control::{evidence, people::Role},
    run::{ItemState, RunState},
    store::{Item, ReasonCount, Run},
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::sync::Arc;

/// Items on a page.
const PAGE: u32 = 100;
/// No output that is downloaded is larger.
const LARGEST: u64 = 200 << 20;

#[derive(Template)]
#[template(path = "run.html")]
struct OneRun {
    page: Page,
    id: String,
    under_way: bool,
    /// How far it is, as HTML of ours: the same that is asked for again while it goes on.
    live: String,
    facts: Vec<(&'static str, String)>,
    moments: Vec<(String, String, &'static str)>,
    reasons: Vec<ReasonCount>,
    states: Vec<(&'static str, &'static str, bool)>,
    items: Vec<Line>,
    older: Option<String>,
    outputs: Vec<(usize, String)>,
    may_open: bool,
    /// It may be taken up again; whether the scenario has changed since.
    resume: Option<bool>,
}

#[derive(Template)]
#[template(path = "run_live.html")]
struct Progress {
    id: String,
    state: &'static str,
    label: &'static str,
    reason: Option<String>,
    under_way: bool,
    settled: u32,
    total: u32,
    counts: Vec<(&'static str, &'static str, u32)>,
}

struct Line {
    n: u32,
    name: String,
    state: &'static str,
    label: &'static str,
    step: String,
    reason: String,
}

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::console) struct Asked {
    state: String,
    after: u32,
    said: Option<String>,
}

/// What stands there in place of what was erased.
const FORGOTTEN: &str = "読取値・回答などの中身は、保存する日数が過ぎたため消去しました。";

async fn progress(console: &Console, run: &Run) -> Result<Progress, Refusal> {
    let counts = console.store.item_counts(&run.id).await?;
    let of = |state: ItemState| counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    let total = counts.iter().map(|(_, n)| n).sum();
    let moving = of(ItemState::Waiting) + of(ItemState::Running);
    Ok(Progress {
        id: run.id.clone(),
        state: run.state.word(),
        label: run.state.label(),
        reason: run.forgotten_at.as_ref().map_or_else(|| run.reason.clone(), |_| Some(FORGOTTEN.to_owned())),
        under_way: matches!(run.state, RunState::Queued | RunState::Running),
        settled: total - moving,
        total,
        counts: ItemState::ALL
            .into_iter()
            .map(|s| (s.word(), s.label(), of(s)))
            .filter(|(.., n)| *n > 0)
            .collect(),
    })
}

pub(in crate::console) async fn live(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let progress = progress(&console, &find(&console, &id).await?).await?;
    let at_rest = if progress.under_way { "0" } else { "1" };
    Ok(([("x-at-rest", at_rest)], shown(&progress)?).into_response())
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let run = find(&console, &id).await?;
    let title = console.title(&run.scenario);
    let page = Page::of(&console, &signed, &title, "/runs").await?.said(asked.said.as_deref());
    let state = ItemState::of(&asked.state);
    let mut items = console.store.some_items(&run.id, state, asked.after, PAGE + 1).await?;
    let more = items.len() > PAGE as usize;
    items.truncate(PAGE as usize);
    let word = state.map_or("", ItemState::word);
    let older = items.last().filter(|_| more).map(|i| format!("/runs/{}?state={word}&after={}", run.id, i.n));
    let operator = signed.is(Role::Operator);
    let under_way = matches!(run.state, RunState::Queued | RunState::Running);
    let free = run.state != RunState::Running || run.worker.is_none();
    let may_resume = operator && run.state != RunState::Queued && free;
    let now = console.loaded(&run.scenario).and_then(|l| l.scenario);
    shown(&OneRun {
        page,
        id: run.id.clone(),
        under_way,
        live: progress(&console, &run).await?.render()?,
        facts: facts(&console, &run),
        moments: moments(&console, &run).await?,
        reasons: console.store.item_reasons(&run.id).await?,
        states: ItemState::ALL.into_iter().map(|s| (s.word(), s.label(), Some(s) == state)).collect(),
        items: items.iter().map(line).collect(),
        older,
        outputs: run.outputs.iter().cloned().enumerate().collect(),
        may_open: operator && console.store.handles(&signed.id, &run.scenario).await?,
        resume: may_resume.then(|| now.is_some_and(|s| s.sha256 != run.sha256)),
    })
}

fn facts(console: &Console, run: &Run) -> Vec<(&'static str, String)> {
    let until = run.ended_at.clone().unwrap_or_else(|| console.log.now());
    vec![
        ("実行の番号", run.id.clone()),
        ("シナリオ", run.scenario.clone()),
        ("業務日", run.date.clone()),
        ("始めた人", begun_by(run)),
        ("開始", words::full(&run.created_at)),
        ("終了", run.ended_at.as_deref().map_or_else(|| "—".into(), words::full)),
        ("かかった時間", words::lasting(&run.created_at, &until)),
        ("内容の指紋", run.sha256.chars().take(16).collect()),
    ]
}

/// The time line: what of `before` and `after` is done, and how it ended.
async fn moments(console: &Console, run: &Run) -> Result<Vec<(String, String, &'static str)>, Refusal> {
    let mut all = vec![(words::full(&run.created_at), format!("{}が開始", begun_by(run)), "")];
    for step in console.store.step_moments(&run.id, 0).await? {
        let act = if step.receipted { "（控えあり）" } else { "" };
        all.push((words::full(&step.finished_at), format!("手順「{}」{act}", step.step), ""));
    }
    match &run.ended_at {
        Some(at) => {
            let bad = matches!(run.state, RunState::Stopped | RunState::Failed);
            all.push((words::full(at), run.state.label().to_owned(), if bad { "bad" } else { "" }));
        }
        None => all.push((String::new(), run.state.label().to_owned(), "next")),
    }
    Ok(all)
}

/// What an item is called: the file it came from, by its last name, and its page; never what stands on it.
pub(super) fn name(item: &Item) -> String {
    let file = item.input.get("file").and_then(serde_json::Value::as_str);
    let page = item.input.get("page").and_then(serde_json::Value::as_u64);
    let file = file.map(|f| f.rsplit('/').next().unwrap_or(f).to_owned());
    match (file, page) {
        (Some(file), Some(page)) => format!("{file} {page} 頁"),
        (Some(file), None) => file,
        _ => format!("{} 番", item.n),
    }
}

fn line(item: &Item) -> Line {
    Line {
        n: item.n,
        name: name(item),
        state: item.state.word(),
        label: item.state.label(),
        step: item.step.clone().unwrap_or_default(),
        reason: item.reason.clone().unwrap_or_default(),
    }
}

/// A file that the run has written, for whoever looks after its cases. Its names come from the record, never from the
/// address.
pub(in crate::console) async fn output(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path((id, at)): Path<(String, usize)>,
) -> Result<Response, Refusal> {
    let run = find(&console, &id).await?;
    if !console.store.handles(&signed.id, &run.scenario).await? {
        return Err(Refusal::NotAllowed);
    }
    let name = run.outputs.get(at).ok_or(Refusal::NotFound)?;
    let place = console.root.join(name);
    let gone = |_| Refusal::Not(format!("{name} を開けません。移したか、消した可能性があります。"));
    let real = tokio::fs::canonicalize(&place).await.map_err(gone)?;
    let facts = tokio::fs::metadata(&real).await.map_err(gone)?;
    if !real.starts_with(&console.root) || !facts.is_file() {
        return Err(Refusal::NotFound);
    }
    if facts.len() > LARGEST {
        return Err(Refusal::Not("このファイルは大きすぎるため、画面からは取り出せません。".into()));
    }
    let bytes = tokio::fs::read(&real).await.map_err(gone)?;
    evidence::taken(&console.store, &console.log, Some(&run.id), &bytes, &signed.id).await?;
    Ok((attached(real.file_name().and_then(|n| n.to_str()).unwrap_or("output")), bytes).into_response())
}

/// That a file is to be saved under a name, also a Japanese one.
pub(in crate::console) fn attached(name: &str) -> [(header::HeaderName, String); 2] {
    [
        (header::CONTENT_TYPE, "application/octet-stream".into()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{}", words::coded(name))),
    ]
}
