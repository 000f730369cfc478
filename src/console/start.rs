//! 朝のまとめ: what the night did, what waits for whom, what stopped and why, what comes next, in one look.

use super::{Console, Page, Refusal, Signed, page::show as shown, words};
use crate::{
    calendar::{Moment, Standing, due::in_words},
    clock::tokyo,
    control::outside,
    run::ItemState,
    store::{DueState, Run},
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use jiff::{SignedDuration, ToSpan, Zoned};
use serde::Deserialize;
use std::sync::Arc;

/// How many runs the page shows; the others are in the list of runs.
const RUNS: u32 = 30;
/// How many coming moments the page shows.
const NEXT: usize = 6;

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    page: Page,
    since: String,
    runs: Vec<NightRun>,
    waiting: Vec<Waiting>,
    troubles: Vec<Trouble>,
    held: Vec<HeldDue>,
    next: Vec<Coming>,
    done: u32,
    not_done: u32,
    open: u32,
    anchor: Anchor,
}

struct NightRun {
    id: String,
    title: String,
    state: &'static str,
    label: &'static str,
    began: String,
    lasted: String,
    done: u32,
    total: u32,
    people: u32,
    bad: u32,
}

struct Waiting {
    title: String,
    what: &'static str,
    who: &'static str,
    count: u32,
    href: String,
}

struct Trouble {
    run: String,
    title: String,
    state: &'static str,
    label: &'static str,
    reason: String,
    count: u32,
    first: u32,
}

struct HeldDue {
    title: String,
    at: String,
    reason: String,
}

struct Coming {
    title: String,
    at: String,
    why: String,
}

struct Anchor {
    text: String,
    late: bool,
}

/// What was just done.
#[derive(Deserialize)]
pub(super) struct Done {
    pub(super) said: Option<String>,
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(done): Query<Done>,
) -> Result<Response, Refusal> {
    let page = Page::of(&console, &signed, "朝のまとめ", "/").await?.said(done.said.as_deref());
    let now = console.log.moment().to_zoned(tokyo());
    let since = evening(&now);
    let ms = u64::try_from(since.timestamp().as_millisecond()).unwrap_or_default();
    let found = console.store.recent_runs(ms, RUNS).await?;
    let (mut runs, mut troubles) = (Vec::new(), Vec::new());
    for run in found {
        let (line, bad) = night_run(&console, &run).await?;
        if bad {
            troubles.extend(reasons(&console, &run, &line.title).await?);
        }
        runs.push(line);
    }
    let waiting = waiting(&console).await?;
    shown(&Start {
        done: runs.iter().map(|r| r.done).sum(),
        not_done: runs.iter().map(|r| r.bad).sum(),
        open: waiting.iter().map(|w| w.count).sum(),
        since: format!("{}{}", in_words(since.date()), since.strftime(" %H:%M")),
        held: held(&console).await?,
        next: next(&console, &now),
        anchor: anchor(&console, &now).await?,
        page,
        runs,
        waiting,
        troubles,
    })
}

/// The end of the last working day but today: 17:15 of yesterday, on a Monday of Friday.
fn evening(now: &Zoned) -> Zoned {
    let back = match now.weekday() {
        jiff::civil::Weekday::Monday => 3,
        jiff::civil::Weekday::Sunday => 2,
        _ => 1,
    };
    let day = now.date().checked_sub(back.days()).unwrap_or(now.date());
    day.at(17, 15, 0, 0).to_zoned(tokyo()).unwrap_or_else(|_| now.clone())
}

/// A line for a run, and whether something of it needs explaining.
async fn night_run(console: &Console, run: &Run) -> Result<(NightRun, bool), Refusal> {
    let counts = console.store.item_counts(&run.id).await?;
    let sum =
        |states: &[ItemState]| counts.iter().filter(|(s, _)| states.contains(s)).map(|(_, n)| n).sum::<u32>();
    let bad = sum(&[ItemState::Stopped, ItemState::Failed, ItemState::Held]);
    let people = sum(&[ItemState::Check, ItemState::Approval, ItemState::InDoubt]);
    let until = run.ended_at.clone().unwrap_or_else(|| console.log.now());
    let line = NightRun {
        id: run.id.clone(),
        title: console.title(&run.scenario),
        state: run.state.word(),
        label: run.state.label(),
        began: words::moment(&run.created_at),
        lasted: words::lasting(&run.created_at, &until),
        done: sum(&[ItemState::Done]),
        total: counts.iter().map(|(_, n)| n).sum(),
        people,
        bad,
    };
    Ok((line, bad > 0 || run.reason.is_some()))
}

async fn reasons(console: &Console, run: &Run, title: &str) -> Result<Vec<Trouble>, Refusal> {
    let trouble = |state, label, reason, count, first| Trouble {
        run: run.id.clone(),
        title: title.to_owned(),
        state,
        label,
        reason,
        count,
        first,
    };
    let mut all = Vec::new();
    if let Some(reason) = &run.reason {
        all.push(trouble(run.state.word(), run.state.label(), reason.clone(), 0, 0));
    }
    let items = console.store.item_reasons(&run.id).await?;
    let bad = items
        .into_iter()
        .filter(|r| matches!(r.state, ItemState::Stopped | ItemState::Failed | ItemState::Held));
    all.extend(bad.take(5).map(|r| trouble(r.state.word(), r.state.label(), r.reason, r.count, r.first)));
    Ok(all)
}

async fn waiting(console: &Console) -> Result<Vec<Waiting>, Refusal> {
    let open = console.store.open_counts().await?;
    let of = |kind: &str| match kind {
        "approval" => ("承認", "承認者・担当者"),
        "in_doubt" => ("結果の判断（登録済みか未登録か）", "担当者"),
        _ => ("読取値の確認", "担当者"),
    };
    let line = |o: crate::store::OpenCount| {
        let (what, who) = of(&o.kind);
        Waiting {
            title: console.title(&o.scenario),
            what,
            who,
            count: o.count,
            href: format!("/runs?scenario={}&state=waiting_for_people", o.scenario),
        }
    };
    Ok(open.into_iter().map(line).collect())
}

async fn held(console: &Console) -> Result<Vec<HeldDue>, Refusal> {
    let mut dues = console.store.dues(Some(DueState::Held), 20).await?;
    dues.extend(console.store.dues(Some(DueState::Refused), 20).await?);
    let line = |due: crate::store::Due| HeldDue {
        title: console.title(&due.scenario),
        at: due.at.replace('T', " ").chars().take(16).collect(),
        reason: due.reason.unwrap_or_default(),
    };
    Ok(dues.into_iter().map(line).collect())
}

fn next(console: &Console, now: &Zoned) -> Vec<Coming> {
    let until = now.checked_add(7.days()).unwrap_or_else(|_| now.clone());
    let library = (console.library)();
    let moments = |loaded: &super::Loaded| -> Vec<(String, Moment)> {
        let schedules = loaded.scenario.iter().flat_map(|s| &s.schedule);
        let all = schedules.flat_map(|s| s.moments(&console.calendar, now, &until).into_iter().take(NEXT));
        all.filter(|m| m.standing == Standing::Fires).map(|m| (loaded.title.clone(), m)).collect()
    };
    let mut all: Vec<(String, Moment)> = library.iter().flat_map(moments).collect();
    all.sort_by(|a, b| a.1.at.cmp(&b.1.at));
    let line = |(title, m): (String, Moment)| Coming {
        title,
        at: format!("{}{}", in_words(m.at.date()), m.at.strftime(" %H:%M")),
        why: m.why,
    };
    all.into_iter().take(NEXT).map(line).collect()
}

/// When a checkpoint of the log last left the machine. A day old is late.
async fn anchor(console: &Console, now: &Zoned) -> Result<Anchor, Refusal> {
    let known = console.store.known(&outside::last(&console.origin)).await?;
    let known = known.as_deref().and_then(|text| text.split_once(' '));
    Ok(match known {
        Some((at, size)) => {
            let age = at
                .parse()
                .map_or(SignedDuration::MAX, |at: jiff::Timestamp| now.timestamp().duration_since(at));
            Anchor {
                text: format!("{}（{size} 件まで）", words::full(at)),
                late: age > SignedDuration::from_hours(26),
            }
        }
        None => Anchor { text: "まだ一度も固定していません".into(), late: true },
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_morning_begins_with_the_evening_of_the_last_working_day() {
        let at = |text: &str| {
            evening(&format!("{text}[+09:00]").parse().unwrap()).strftime("%m-%d %H:%M").to_string()
        };
        assert_eq!(at("2026-11-20T08:25:00+09:00"), "11-19 17:15", "a Friday looks at Thursday's night");
        assert_eq!(at("2026-11-23T08:25:00+09:00"), "11-20 17:15", "a Monday looks at Friday's");
    }
}
