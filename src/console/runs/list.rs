//! The list of runs, newest first, page by page.

use super::begun_by;
use crate::{
    console::{Console, Page, Refusal, Signed, page::show as shown, words},
    run::RunState,
    store::{Run, RunFilter, Tally},
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;
use std::sync::Arc;

/// Runs on a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "runs.html")]
struct List {
    page: Page,
    scenarios: Vec<(String, String, bool)>,
    states: Vec<(&'static str, &'static str, bool)>,
    date: String,
    id: String,
    runs: Vec<Line>,
    older: Option<String>,
    filtered: bool,
}

struct Line {
    id: String,
    tail: String,
    title: String,
    date: String,
    state: &'static str,
    label: &'static str,
    began: String,
    lasted: String,
    by: String,
    done: u32,
    total: u32,
    people: u32,
    bad: u32,
}

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::console) struct Asked {
    scenario: String,
    state: String,
    date: String,
    id: String,
    before: String,
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl Asked {
    fn filter(&self) -> RunFilter {
        RunFilter {
            scenario: given(&self.scenario),
            state: RunState::of(&self.state),
            date: given(&self.date),
            id: given(&self.id),
            before: given(&self.before),
        }
    }

    /// The address of the page after the run `last`.
    fn older(&self, last: &str) -> String {
        let [scenario, state, date, id] =
            [&self.scenario, &self.state, &self.date, &self.id].map(|t| words::coded(t));
        format!("/runs?scenario={scenario}&state={state}&date={date}&id={id}&before={last}")
    }
}

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let page = Page::of(&console, &signed, "実行", "/runs").await?;
    let mut found = console.store.some_runs(&asked.filter(), PAGE + 1).await?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let older = found.last().filter(|_| more).map(|run| asked.older(&run.id));
    let tallies = console.store.tallies(&found).await?;
    let runs = found.iter().zip(&tallies).map(|(run, tally)| line(&console, run, tally)).collect();
    let library = (console.library)();
    let scenarios = library.iter().map(|l| (l.id.clone(), l.title.clone(), l.id == asked.scenario)).collect();
    let states = RunState::ALL.iter().map(|s| (s.word(), s.label(), s.word() == asked.state)).collect();
    let filtered = !(asked.scenario.is_empty()
        && asked.state.is_empty()
        && asked.date.is_empty()
        && asked.id.is_empty());
    let (date, id) = (asked.date, asked.id);
    shown(&List { page, scenarios, states, date, id, runs, older, filtered })
}

fn line(console: &Console, run: &Run, tally: &Tally) -> Line {
    let until = run.ended_at.clone().unwrap_or_else(|| console.log.now());
    Line {
        id: run.id.clone(),
        tail: run.id[run.id.len().saturating_sub(6)..].to_owned(),
        title: console.title(&run.scenario),
        date: run.date.clone(),
        state: run.state.word(),
        label: run.state.label(),
        began: words::moment(&run.created_at),
        lasted: words::lasting(&run.created_at, &until),
        by: begun_by(run),
        done: tally.done(),
        total: tally.total(),
        people: tally.people(),
        bad: tally.bad(),
    }
}
