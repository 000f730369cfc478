//! 予定: a month with its open and closed days, what comes due, and what did not start and waits for a person.

use super::{Console, Page, Refusal, Signed, page::show as shown, words};
use crate::{
    calendar::{OfficeCalendar, Standing},
    clock::tokyo,
    control::{
        dues::{self, Decision},
        people::Role,
    },
    store::{Due, DueState},
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{ToSpan, civil::Date};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// Moments that are named on a day; more are counted.
const NAMED: usize = 3;
/// Moments of one state that wait for a person, shown at most: a week of one every ten minutes.
const OPEN: u32 = 1_000;
/// Moments that need nobody any more, shown at most.
const PAST: u32 = 50;

#[derive(Template)]
#[template(path = "schedule.html")]
struct Month {
    page: Page,
    label: String,
    before: String,
    after: String,
    weeks: Vec<Vec<Day>>,
    held: Vec<Line>,
    past: Vec<Line>,
    may: bool,
}

struct Day {
    number: i8,
    class: &'static str,
    note: String,
    due: Vec<(String, String, bool)>,
    more: usize,
}

/// A moment that came due.
struct Line {
    scenario: String,
    title: String,
    at: String,
    shown: String,
    state: &'static str,
    label: &'static str,
    reason: String,
    run: Option<String>,
    by: String,
}

/// What the address asks for.
#[derive(Deserialize)]
pub(super) struct Asked {
    month: Option<String>,
    said: Option<String>,
}

/// By day: time, title, and whether somebody must decide first.
type Moments = BTreeMap<Date, Vec<(String, String, bool)>>;

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let page = Page::of(&console, &signed, "予定", "/schedule").await?.said(asked.said.as_deref());
    let today = console.log.moment().to_zoned(tokyo()).date();
    let wanted = asked.month.and_then(|m| format!("{m}-01").parse::<Date>().ok());
    let first =
        wanted.filter(|d| (1970..=2100).contains(&d.year())).unwrap_or_else(|| today.first_of_month());
    let next = first.checked_add(1.month()).unwrap_or(first);
    let before = first.checked_sub(1.month()).unwrap_or(first);
    // Each state by itself: what starts every ten minutes hides nothing that waits.
    let open = newest(&console, [DueState::Held, DueState::Refused], OPEN).await?;
    let mut past = newest(&console, [DueState::Started, DueState::Skipped], PAST).await?;
    past.truncate(PAST as usize);
    shown(&Month {
        page,
        label: format!("{}年{}月", first.year(), first.month()),
        before: before.strftime("%Y-%m").to_string(),
        after: next.strftime("%Y-%m").to_string(),
        weeks: weeks(&console, first, next, today),
        held: open.into_iter().map(|due| line(&console, due)).collect(),
        past: past.into_iter().map(|due| line(&console, due)).collect(),
        may: signed.is(Role::Operator),
    })
}

/// The newest moments of these states, at most `most` of each; newest first.
async fn newest(console: &Console, states: [DueState; 2], most: u32) -> Result<Vec<Due>, Refusal> {
    let mut all = Vec::new();
    for state in states {
        all.extend(console.store.dues(Some(state), most).await?);
    }
    all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.scenario.cmp(&b.scenario)));
    Ok(all)
}

fn weeks(console: &Console, first: Date, next: Date, today: Date) -> Vec<Vec<Day>> {
    let lead = i64::from(first.weekday().to_sunday_zero_offset());
    let start = first.checked_sub(lead.days()).unwrap_or(first);
    let calendar = (console.calendar)();
    let moments = moments(console, &calendar, first, next);
    let mut days = Vec::new();
    let mut day = start;
    while day < next || days.len() % 7 != 0 {
        days.push(one_day(&calendar, day, (first, next), today, &moments));
        let Ok(tomorrow) = day.tomorrow() else { break };
        day = tomorrow;
    }
    let mut weeks = Vec::new();
    while !days.is_empty() {
        let rest = days.split_off(days.len().min(7));
        weeks.push(std::mem::replace(&mut days, rest));
    }
    weeks
}

fn one_day(
    calendar: &OfficeCalendar,
    day: Date,
    (first, next): (Date, Date),
    today: Date,
    moments: &Moments,
) -> Day {
    let closed = calendar.closed_because(day);
    let opening = calendar.opening(day).unwrap_or_default().to_owned();
    let (is_closed, note) = match &closed {
        Ok(Some(closed)) => (true, closed.label().to_owned()),
        Ok(None) => (false, opening),
        Err(_) => (true, "祝日が分からない日".into()),
    };
    let class = match (day < first || day >= next, day == today, is_closed) {
        (true, ..) => "other",
        (_, true, true) => "today closed",
        (_, true, false) => "today",
        (.., true) => "closed",
        _ => "",
    };
    let all = moments.get(&day).cloned().unwrap_or_default();
    let more = all.len().saturating_sub(NAMED);
    let note = if note == "土日" { String::new() } else { note };
    Day { number: day.day(), class, note, due: all.into_iter().take(NAMED).collect(), more }
}

fn moments(console: &Console, calendar: &OfficeCalendar, first: Date, next: Date) -> Moments {
    let mut all = Moments::new();
    let at = |day: Date| day.at(0, 0, 0, 0).to_zoned(tokyo()).ok();
    let (Some(from), Some(until)) = (at(first), at(next)) else { return all };
    let from = from.checked_sub(1.nanosecond()).unwrap_or(from);
    for loaded in (console.library)().iter() {
        let schedules = loaded.scenario.iter().flat_map(|s| &s.schedule);
        for m in schedules.flat_map(|s| s.moments(calendar, &from, &until)).filter(|m| m.at < until) {
            if m.standing != Standing::LeftOut {
                let moment =
                    (m.at.strftime("%H:%M").to_string(), loaded.title.clone(), m.standing != Standing::Fires);
                all.entry(m.at.date()).or_default().push(moment);
            }
        }
    }
    for day in all.values_mut() {
        day.sort();
    }
    all
}

fn line(console: &Console, due: Due) -> Line {
    Line {
        title: console.title(&due.scenario),
        shown: words::stamp(&due.at),
        state: due.state.word(),
        label: due.state.label(),
        reason: due.reason.unwrap_or_default(),
        run: due.run,
        by: due.decided_by.unwrap_or_default(),
        scenario: due.scenario,
        at: due.at,
    }
}

/// Which moment.
#[derive(Deserialize)]
pub(super) struct Which {
    scenario: String,
    at: String,
}

async fn find(console: &Console, which: &Which) -> Result<Due, Refusal> {
    let mut tx = console.store.begin(crate::store::Strength::Process).await?;
    tx.due(&which.scenario, &which.at).await?.ok_or(Refusal::NotFound)
}

pub(super) async fn run(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(which): Form<Which>,
) -> Result<Response, Refusal> {
    let due = find(&console, &which).await?;
    let scenario = console.loaded(&due.scenario).and_then(|l| l.scenario);
    let Some(scenario) = scenario else {
        return Err(Refusal::Not("シナリオに誤りがあるか、なくなっているため、始められません。".into()));
    };
    let begun =
        dues::decide(&console.store, &console.log, &due, Decision::Run(&scenario), &signed.id).await?;
    let place = begun.map_or_else(|| "/schedule".into(), |run| format!("/runs/{}?said=started", run.id));
    Ok(Redirect::to(&place).into_response())
}

pub(super) async fn skip(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(which): Form<Which>,
) -> Result<Response, Refusal> {
    let due = find(&console, &which).await?;
    dues::decide(&console.store, &console.log, &due, Decision::Skip, &signed.id).await?;
    Ok(Redirect::to("/schedule?said=skipped").into_response())
}
