//! シナリオ: the list, one with its picture and its Problems in place, what happened to it, and the way to work: submitted by
//! who wrote it, approved by another, put to work, started.

use super::{
    Console, Loaded, Page, Refusal, Signed, asked::Done, page::show as shown, routes::Access, words,
};
use crate::{
    clock::tokyo,
    control::{
        acts,
        approvals::{self, By, ChangeAct},
        people::{Role, manage::reason},
    },
    problem::render,
    scenario::{self, HandoverFacts, Scenario, flow},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::header,
    response::{Html, IntoResponse, Redirect, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "scenarios.html")]
struct List {
    page: Page,
    scenarios: Vec<Line>,
}

struct Line {
    id: String,
    title: String,
    owner: String,
    state: &'static str,
    label: String,
    schedule: usize,
    problems: usize,
}

#[derive(Template)]
#[template(path = "scenario.html")]
struct One {
    page: Page,
    id: String,
    facts: Vec<(&'static str, String)>,
    problems: String,
    count: usize,
    text: String,
    /// Which content the person reads; what they press is about that one.
    seal: String,
    history: Vec<[String; 4]>,
    /// What this person may do next with the scenario as it is now: the last part of the address, and what the button says.
    next: Option<(&'static str, &'static str)>,
    /// The way back from there, which needs a reason.
    back: Option<(&'static str, &'static str)>,
    may_start: bool,
    whole: bool,
}

/// Where a scenario stands on its way.
async fn standing(console: &Console, scenario: &Scenario) -> Result<Option<ChangeAct>, Refusal> {
    let all = approvals::history(&console.store, &scenario.id).await?;
    Ok(approvals::standing(&all, &scenario.seal))
}

fn label(act: Option<ChangeAct>) -> (&'static str, String) {
    match act {
        None => ("waiting", "未提出".into()),
        Some(ChangeAct::Submit) => ("check", "承認待ち".into()),
        Some(ChangeAct::Approve) => ("held", "配備待ち".into()),
        Some(ChangeAct::Reject) => ("failed", "差し戻し".into()),
        Some(ChangeAct::Retire) => ("waiting", "廃止".into()),
        Some(ChangeAct::Deploy) => ("done", "配備済み".into()),
    }
}

pub(super) async fn list(State(console): State<Arc<Console>>, signed: Signed) -> Result<Response, Refusal> {
    let page = Page::of(&console, &signed, "シナリオ", "/scenarios").await?;
    let mut scenarios = Vec::new();
    for loaded in (console.library)().iter() {
        scenarios.push(line(&console, loaded).await?);
    }
    shown(&List { page, scenarios })
}

async fn line(console: &Console, loaded: &Loaded) -> Result<Line, Refusal> {
    let (state, text) = match &loaded.scenario {
        Some(scenario) => label(standing(console, scenario).await?),
        None => ("failed", format!("誤り {} 件", loaded.problems.len())),
    };
    Ok(Line {
        id: loaded.id.clone(),
        title: loaded.title.clone(),
        owner: loaded.scenario.as_ref().map(|s| s.owner.clone()).unwrap_or_default(),
        state,
        label: text,
        schedule: loaded.scenario.as_ref().map_or(0, |s| s.schedule.len()),
        problems: loaded.problems.len(),
    })
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Refusal> {
    let loaded = console.loaded(&id).ok_or(Refusal::NotFound)?;
    let page = Page::of(&console, &signed, &loaded.title, "/scenarios").await?.said(done.said.as_deref());
    let act = match &loaded.scenario {
        Some(scenario) => standing(&console, scenario).await?,
        None => None,
    };
    let whole = loaded.scenario.is_some();
    let may = |roles| whole && signed.may(Access::Only(roles));
    shown(&One {
        page,
        facts: facts(&console, &loaded),
        problems: render(&loaded.problems, false).replace(&format!("{}/", console.root.display()), ""),
        count: loaded.problems.len(),
        text: match &loaded.scenario {
            Some(scenario) => scenario.text.to_string(),
            None => std::fs::read_to_string(&loaded.file).unwrap_or_default(),
        },
        seal: loaded.scenario.as_ref().map(|s| s.seal.clone()).unwrap_or_default(),
        history: history(&console, &loaded).await?,
        next: match act {
            None | Some(ChangeAct::Reject | ChangeAct::Retire) if may(&[Role::Author]) => {
                Some(("submit", "承認に出す"))
            }
            Some(ChangeAct::Submit) if may(&[Role::Approver]) => Some(("approve", "承認する")),
            Some(ChangeAct::Approve | ChangeAct::Retire) if may(&[Role::Operator]) => {
                Some(("deploy", "配備する"))
            }
            _ => None,
        },
        back: match act {
            Some(ChangeAct::Submit | ChangeAct::Approve) if may(&[Role::Approver]) => {
                Some(("reject", "差し戻す"))
            }
            Some(ChangeAct::Retire) => None,
            _ if may(&[Role::Operator]) => Some(("retire", "廃止する")),
            _ => None,
        },
        may_start: may(&[Role::Operator]) && act != Some(ChangeAct::Retire),
        whole,
        id,
    })
}

fn facts(console: &Console, loaded: &Loaded) -> Vec<(&'static str, String)> {
    let place = loaded.file.strip_prefix(&console.root).unwrap_or(&loaded.file).display().to_string();
    let mut facts = vec![("id", loaded.id.clone()), ("ファイル", place)];
    if let Some(s) = &loaded.scenario {
        facts.push(("担当課", s.owner.clone()));
        facts.push(("対象システム", s.systems.keys().cloned().collect::<Vec<_>>().join("、")));
        facts.push(("内容の指紋", s.seal.chars().take(16).collect()));
        if let Some(saves) = &s.saves {
            facts.push(("手作業の時間", format!("1件 {} 分", saves.minutes_by_hand)));
        }
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

async fn history(console: &Console, loaded: &Loaded) -> Result<Vec<[String; 4]>, Refusal> {
    let all = approvals::history(&console.store, &loaded.id).await?;
    let seal = loaded.scenario.as_ref().map(|s| s.seal.as_str()).unwrap_or_default();
    let line = |c: &approvals::Change| {
        let which = if c.seal == seal { "今の内容" } else { "以前の内容" };
        let version = format!("{which}（{}…）", c.seal.chars().take(8).collect::<String>());
        [
            words::full(&c.at),
            format!("{} {}", c.act.label(), c.reason.clone().unwrap_or_default()),
            c.by.clone(),
            version,
        ]
    };
    Ok(all.iter().rev().map(line).collect())
}

pub(super) async fn picture(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let scenario = console.loaded(&id).and_then(|l| l.scenario).ok_or(Refusal::NotFound)?;
    // A picture, not a page: its own style stays inside, and nothing else of it runs.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    let kind = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_SECURITY_POLICY, policy)];
    Ok((kind, flow(&scenario)).into_response())
}

fn now(console: &Console, id: &str) -> Result<Arc<Scenario>, Refusal> {
    let loaded = console.loaded(id).ok_or(Refusal::NotFound)?;
    loaded.scenario.ok_or_else(|| {
        Refusal::Not("誤りがあるため、できません。誤りを直してからもう一度行ってください。".into())
    })
}

/// What a person sends with a step: why, and the seal of the content that they had before them.
#[derive(Deserialize)]
pub(super) struct Pressed {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    seal: String,
}

fn by(signed: &Signed, pressed: &Pressed) -> Result<By, Refusal> {
    let text = Some(pressed.reason.as_str()).filter(|text| !text.trim().is_empty());
    Ok(By { person: signed.id.clone(), reason: text.map(reason).transpose()? })
}

/// One step of the way to work or back: submitted, approved, sent back, deployed, retired. But for the last, it is about the
/// content that the person had before them, and no other.
pub(super) async fn go(
    act: ChangeAct,
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, Refusal> {
    let (scenario, by) = (now(&console, &id)?, by(&signed, &pressed)?);
    if act != ChangeAct::Retire && pressed.seal != scenario.seal {
        return Err(Refusal::Not(
            "画面を開いたあとで内容が変わっています。シナリオの画面を開き直し、今の内容を確かめてから、もう一度行ってください。"
                .into(),
        ));
    }
    let (store, log) = (&console.store, &console.log);
    let said = match act {
        ChangeAct::Submit => approvals::submit(store, log, &scenario, &by).await.map(|()| "submitted"),
        ChangeAct::Approve => approvals::approve(store, log, &scenario, &by).await.map(|()| "approved"),
        ChangeAct::Reject => approvals::reject(store, log, &scenario, &by).await.map(|()| "rejected"),
        ChangeAct::Deploy => approvals::deploy(store, log, &scenario, &by).await.map(|()| "deployed"),
        ChangeAct::Retire => approvals::retire(store, log, &scenario, &by).await.map(|()| "retired"),
    }?;
    Ok(Redirect::to(&format!("/scenarios/{}?said={said}", words::coded(&id))).into_response())
}

/// The page of 引継ぎ書: styles of its own and pictures within it, and nothing of it runs.
const HANDOVER: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

/// 引継ぎ書, as `shoki handover` writes it. Forms that cannot be drawn now are left out.
pub(super) async fn handover(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let scenario = now(&console, &id)?;
    let mut pictures = Vec::new();
    for (id, form) in console.forms.iter().filter(|(id, _)| scenario.text.contains(id.as_str())) {
        if let Ok(drawn) = (console.means.draw)(Arc::clone(form), None).await {
            pictures.push((
                id.clone(),
                format!("data:image/svg+xml;base64,{}", BASE64_STANDARD.encode(drawn.svg)),
            ));
        }
    }
    let all = approvals::history(&console.store, &scenario.id).await?;
    let row = |c: &approvals::Change| {
        let reason = c.reason.as_ref().map(|r| format!("（{r}）")).unwrap_or_default();
        let changed = if c.seal == scenario.seal { "" } else { "（今とは違う内容）" };
        [c.at.clone(), format!("{}{reason}{changed}", c.act.label()), c.by.clone()]
    };
    let facts = HandoverFacts {
        office: console.name.clone(),
        date: console.log.moment().to_zoned(tokyo()).date().to_string(),
        pictures,
        history: all.iter().map(row).collect(),
    };
    let page = scenario::handover(&scenario, &console.forms, &facts);
    Ok(([(header::CONTENT_SECURITY_POLICY, HANDOVER)], Html(page)).into_response())
}

/// Puts a new run on record; the engine takes it up.
pub(super) async fn start(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let scenario = now(&console, &id)?;
    let date = console.log.moment().to_zoned(tokyo()).date().to_string();
    let actor = json!({ "kind": "user", "id": signed.id });
    let run = acts::start(&console.store, &console.log, &scenario, actor, date, json!({})).await?;
    Ok(Redirect::to(&format!("/runs/{}?said=started", run.id)).into_response())
}
