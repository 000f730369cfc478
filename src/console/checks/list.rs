//! The work list: search, filter, and taking a case.

use super::handled::handled;
use crate::{
    console::{Console, Page, Refusal, Signed, page::show as shown, words},
    control::{acts::ActError, checks},
    store::{CheckKind, Listed, Waiting, Whose, Worklist},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use std::sync::Arc;

/// Cases on one page of the list.
const EACH: u32 = 50;

#[derive(Template)]
#[template(path = "checks.html")]
struct List {
    page: Page,
    wanted: Wanted,
    told: Vec<String>,
    last: Option<(i64, String)>,
    waiting: Waiting,
    scenarios: Vec<Choice>,
    whose: Vec<Choice>,
    cases: Vec<CaseLine>,
    count: u32,
    from: u32,
    until: u32,
    before: Option<String>,
    after: Option<String>,
}

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

struct CaseLine {
    id: i64,
    kind: &'static str,
    is_reading: bool,
    title: String,
    form: String,
    label: String,
    run: String,
    n: u32,
    asked: u32,
    typed: u32,
    since: String,
    /// Who has it, or why it cannot be begun; empty: free.
    standing: String,
    free: bool,
    mine: bool,
}

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Wanted {
    scenario: String,
    run: String,
    words: String,
    whose: String,
    from: u32,
    said: Option<String>,
}

impl Wanted {
    pub(super) fn worklist(&self, person: &str, now: i64) -> Worklist {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        Worklist {
            scenario: some(&self.scenario),
            form: None,
            run: some(&self.run),
            kind: None,
            words: some(&self.words),
            whose: WHOSE.iter().find(|(w, _)| w.word() == self.whose).map_or(Whose::All, |(w, _)| *w),
            person: person.to_owned(),
            now,
        }
    }

    /// The same list from another place on.
    fn address(&self, from: u32) -> String {
        format!(
            "/checks?scenario={}&run={}&words={}&whose={}&from={from}",
            words::coded(&self.scenario),
            words::coded(&self.run),
            words::coded(&self.words),
            words::coded(&self.whose)
        )
    }
}

const WHOSE: [(Whose, &str); 5] = [
    (Whose::All, "すべて"),
    (Whose::Free, "始められるもの"),
    (Whose::Mine, "自分が作業中"),
    (Whose::Others, "ほかの職員が作業中"),
    (Whose::Second, "2人目の確認待ち"),
];

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    let now = console.log.moment().as_millisecond();
    let list = wanted.worklist(&signed.id, now);
    let (cases, count) = console.store.worklist(&list, wanted.from, EACH).await?;
    let waiting = console.store.waiting(&signed.id, now).await?;
    // While nothing can be recorded, nobody is told anything and the list is shown all the same.
    let told = checks::told(&console.store, &signed.id).await.unwrap_or_default();
    let told = told.iter().map(|t| super::view::told(t.check, &t.who, &t.at)).collect();
    let mut scenarios: Vec<Choice> = Vec::new();
    for (scenario, _, _) in console.store.waiting_by_scenario().await? {
        if scenarios.iter().all(|s| s.value != scenario) {
            let (label, chosen) = (console.title(&scenario), scenario == wanted.scenario);
            scenarios.push(Choice { value: scenario, label, chosen });
        }
    }
    let until = wanted.from.saturating_add(u32::try_from(cases.len()).unwrap_or(EACH));
    let page = Page::of(&console, &signed, "確認", "/checks").await?.said(wanted.said.as_deref());
    shown(&List {
        page,
        told,
        last: console.store.last_answered(&signed.id).await?,
        waiting,
        scenarios,
        whose: WHOSE
            .iter()
            .map(|(w, label)| Choice {
                value: w.word().to_owned(),
                label: (*label).to_owned(),
                chosen: *w == list.whose,
            })
            .collect(),
        cases: cases.into_iter().map(|case| line(&console, case, &signed.id, now)).collect(),
        count,
        from: wanted.from.saturating_add(1),
        until,
        before: (wanted.from > 0).then(|| wanted.address(wanted.from.saturating_sub(EACH))),
        after: (until < count).then(|| wanted.address(until)),
        wanted,
    })
}

fn line(console: &Console, case: Listed, person: &str, now: i64) -> CaseLine {
    let mine = case.holder(now) == Some(person);
    let standing = match case.holder(now) {
        Some(_) if mine => "自分が作業中".to_owned(),
        Some(who) => format!("{who} さんが作業中"),
        None if case.passed_by.as_deref() == Some(person) => "ほかの職員の確認待ち".to_owned(),
        None if case.passed_by.is_some() => "2人目の確認待ち".to_owned(),
        None => String::new(),
    };
    CaseLine {
        id: case.id,
        kind: case.kind.label(),
        is_reading: case.kind == CheckKind::Check,
        title: console.title(&case.scenario),
        free: case.is_free_for(person, now),
        label: if case.label.is_empty() { format!("{} 件目", case.n) } else { case.label },
        form: case.form,
        run: case.run_id,
        n: case.n,
        asked: case.asked,
        typed: case.typed.min(case.asked),
        since: words::moment(&case.created_at),
        standing,
        mine,
    }
}

/// Takes a case.
pub(in crate::console) async fn open(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<i64>,
) -> Result<Response, Refusal> {
    handled(&console, &signed, id).await?;
    checks::open(&console.store, &console.log, id, &signed.id).await?;
    Ok(Redirect::to(&format!("/checks/{id}")).into_response())
}

/// After which case the next one is wanted, and of which list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct After {
    after: i64,
    scenario: String,
}

/// Takes the next case that is free.
pub(in crate::console) async fn next(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(after): Form<After>,
) -> Result<Response, Refusal> {
    following(&console, &signed, after.after, &after.scenario).await
}

/// The next free case after `after`, or the list when there is none.
pub(super) async fn following(
    console: &Console,
    signed: &Signed,
    after: i64,
    scenario: &str,
) -> Result<Response, Refusal> {
    let wanted = Wanted { scenario: scenario.to_owned(), ..Wanted::default() };
    let list = wanted.worklist(&signed.id, console.log.moment().as_millisecond());
    let mut after = after;
    // Others take cases at the same moment, or change who looks after them; then the list shows what there is.
    for _ in 0..50 {
        let Some(case) = console.store.next_free(&list, after).await? else { break };
        if !console.store.handles(&signed.id, &case.scenario).await? {
            after = case.id;
            continue;
        }
        match checks::open(&console.store, &console.log, case.id, &signed.id).await {
            Ok(_) => return Ok(Redirect::to(&format!("/checks/{}", case.id)).into_response()),
            Err(ActError::Record(error)) => return Err(error.into()),
            Err(_) => after = case.id,
        }
    }
    Ok(Redirect::to("/checks?said=none_left").into_response())
}
