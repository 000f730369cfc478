//! 設定: accounts of systems (written, never read), whether systems answer, the calendar, what is kept how long.

use super::{
    Console, Page, Refusal, Signed,
    asked::Done,
    keeping::{self, Asking},
    means::{AccountChange, OwnDay},
    page::show as shown,
};
use crate::{
    calendar::Hours,
    control::{
        people::Role,
        secrets::{self, SecretAct},
        settings::Keep,
    },
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc};

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings {
    page: Page,
    admin: bool,
    accounts: Vec<Account>,
    fault: Option<String>,
    systems: Vec<SystemLine>,
    days: Vec<OwnDay>,
    keep: Option<Keep>,
    asking: Vec<Asking>,
    approver: bool,
    facts: Vec<(&'static str, String)>,
    retentions: Vec<(String, u8)>,
    tested: Option<Tested>,
}

struct Account {
    name: String,
    kept: bool,
    used_by: String,
}

struct SystemLine {
    scenario: String,
    id: String,
    title: String,
    url: Result<String, String>,
    account: String,
    hours: String,
    sessions: usize,
}

/// What a test of a connection said.
struct Tested {
    system: String,
    good: bool,
    words: String,
}

/// An address with the office's own values in it.
fn address(console: &Console, url: &str) -> Result<String, String> {
    let mut text = url.to_owned();
    while let Some((before, rest)) = text.split_once("${{") {
        let (name, after) = rest.split_once("}}").ok_or("住所の ${{ … }} が閉じていません。")?;
        let name = name.trim();
        let known = name.strip_prefix("settings.").and_then(|key| console.means.settings.get(key));
        let value = known.ok_or_else(|| format!("shoki.toml の [settings] に {name} の値がありません。"))?;
        text = format!("{before}{value}{after}");
    }
    Ok(text)
}

/// `8:30〜21:30`.
fn hours(hours: Hours) -> String {
    let clock = |minute: u16| format!("{}:{:02}", minute / 60, minute % 60);
    format!("{}〜{}", clock(hours.from), clock(hours.to))
}

fn systems(console: &Console) -> Vec<SystemLine> {
    let mut all = Vec::new();
    for loaded in (console.library)().iter() {
        for system in loaded.scenario.iter().flat_map(|s| s.systems.values()) {
            all.push(SystemLine {
                scenario: loaded.id.clone(),
                id: system.id.clone(),
                title: loaded.title.clone(),
                url: address(console, &system.url),
                account: system.account.clone().unwrap_or_default(),
                hours: system.hours.map_or_else(|| "いつでも".into(), hours),
                sessions: system.sessions,
            });
        }
    }
    all
}

fn accounts(console: &Console, systems: &[SystemLine]) -> Result<Vec<Account>, String> {
    let kept: BTreeSet<String> = (console.means.accounts)()?.into_iter().collect();
    let wanted = systems.iter().map(|s| s.account.clone()).filter(|name| !name.is_empty());
    let names: BTreeSet<String> = kept.iter().cloned().chain(wanted).collect();
    let line = |name: String| {
        let users: BTreeSet<&str> =
            systems.iter().filter(|s| s.account == name).map(|s| s.title.as_str()).collect();
        let used_by = users.into_iter().collect::<Vec<_>>().join("、");
        Account { kept: kept.contains(&name), used_by, name }
    };
    Ok(names.into_iter().map(line).collect())
}

/// A fault that belongs on the page.
pub(super) async fn wrong(console: &Console, signed: &Signed, fault: String) -> Result<Response, Refusal> {
    settings_page(console, signed, None, (None, Some(fault))).await
}

async fn settings_page(
    console: &Console,
    signed: &Signed,
    said: Option<&str>,
    (tested, fault): (Option<Tested>, Option<String>),
) -> Result<Response, Refusal> {
    let page = Page::of(console, signed, "設定", "/settings").await?.said(said);
    let systems = systems(console);
    let (accounts, unread) = match accounts(console, &systems) {
        Ok(accounts) => (accounts, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    let retentions = (console.library)()
        .iter()
        .filter_map(|l| l.scenario.as_ref().map(|s| (l.title.clone(), s.retention.0)))
        .collect();
    shown(&Settings {
        page,
        admin: signed.is(Role::Admin),
        accounts,
        fault: fault.or(unread),
        systems,
        days: (console.means.days)(),
        keep: (console.means.keep)(),
        asking: keeping::asking(console, signed).await?,
        approver: signed.is(Role::Approver),
        facts: (console.means.facts)(),
        retentions,
        tested,
    })
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(done): Query<Done>,
) -> Result<Response, Refusal> {
    settings_page(&console, &signed, done.said.as_deref(), (None, None)).await
}

/// An account as it is typed.
#[derive(Deserialize)]
pub(super) struct Typed {
    name: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: String,
}

pub(super) async fn keep(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(typed): Form<Typed>,
) -> Result<Response, Refusal> {
    let (name, user) = (typed.name.trim().to_owned(), typed.user.trim().to_owned());
    let fault = if !secrets::is_name(&name) {
        Some(
            "アカウントの名前は、シナリオの account: に書いた名前（40字まで、空白や記号なし）にしてください。",
        )
    } else if user.is_empty() || typed.password.is_empty() {
        Some("利用者IDとパスワードを入力してください。")
    } else {
        None
    };
    if let Some(fault) = fault {
        return wrong(&console, &signed, fault.to_owned()).await;
    }
    secrets::note(&console.store, &console.log, &name, SecretAct::Set, &signed.id).await?;
    done(&console, AccountChange::Set { name, user, password: typed.password })
}

pub(super) async fn forget(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(typed): Form<Typed>,
) -> Result<Response, Refusal> {
    if !secrets::is_name(&typed.name) {
        return Err(Refusal::NotFound);
    }
    secrets::note(&console.store, &console.log, &typed.name, SecretAct::Remove, &signed.id).await?;
    done(&console, AccountChange::Remove(typed.name))
}

fn done(console: &Console, change: AccountChange) -> Result<Response, Refusal> {
    (console.means.change)(change).map_err(Refusal::Not)?;
    Ok(Redirect::to("/settings?said=saved").into_response())
}

/// Which system.
#[derive(Deserialize)]
pub(super) struct Which {
    scenario: String,
    system: String,
}

/// Asks a system whether it answers. Its address comes from the scenario, never from the person.
pub(super) async fn reach(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(which): Form<Which>,
) -> Result<Response, Refusal> {
    let all = systems(&console);
    let wanted = all.into_iter().find(|s| s.scenario == which.scenario && s.id == which.system);
    let system = wanted.ok_or(Refusal::NotFound)?;
    let said = match system.url {
        Ok(url) => (console.means.reach)(url).await,
        Err(why) => Err(why),
    };
    let (good, words) = match said {
        Ok(words) => (true, words),
        Err(words) => (false, words),
    };
    let tested = Tested { system: format!("{}（{}）", system.id, system.title), good, words };
    settings_page(&console, &signed, None, (Some(tested), None)).await
}
