//! 朝のまとめ: what the night did, what waits for whom, what stopped and why, what comes next, in one look.

use super::{Console, Page, Refusal, Signed, asked::Done, page::show as shown, words};
use crate::{
    calendar::{Moment, OfficeCalendar, Standing, due::in_words},
    clock::tokyo,
    control::outside,
    report::{self, Morning},
    store::{Due, OpenCount},
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use jiff::{SignedDuration, ToSpan, Zoned};
use std::sync::Arc;

/// How many coming moments the page shows.
const NEXT: usize = 6;

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    page: Page,
    since: String,
    runs: Vec<NightRun>,
    more: u32,
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

/// Something that starts soon.
pub(crate) struct Coming {
    /// The scenario's title.
    pub(crate) title: String,
    /// When, for people.
    pub(crate) at: String,
    /// Why on that day.
    pub(crate) why: String,
}

struct Anchor {
    text: String,
    late: bool,
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(done): Query<Done>,
) -> Result<Response, Refusal> {
    let page = Page::of(&console, &signed, "朝のまとめ", "/").await?.said(done.said.as_deref());
    let now = console.log.moment().to_zoned(tokyo());
    let (since, head) = console.evening(&now);
    let morning = Morning::since(&console.store, since).await?;
    let (done, not_done, open) = morning.sums();
    shown(&Start {
        done,
        not_done,
        open,
        since: head,
        runs: morning.runs.iter().map(|run| night_run(&console, run)).collect(),
        more: morning.more(),
        waiting: morning.waiting.iter().map(|open| waiting(&console, open)).collect(),
        troubles: morning.troubles.into_iter().map(|t| trouble(&console, t)).collect(),
        held: morning.held.into_iter().map(|due| held(&console, due)).collect(),
        next: next(&console, &now),
        anchor: anchor(&console, &now).await?,
        page,
    })
}

/// The end of the last open day but today: 17:15 of yesterday, on a Monday of Friday, after the New Year of 28 December.
/// Where the calendar gives no answer, a week ago: rather one night twice than one never.
fn evening(calendar: &OfficeCalendar, now: &Zoned) -> Zoned {
    let today = now.date();
    let week_ago = || today.checked_sub(7.days()).unwrap_or(today);
    let day = calendar.previous_open(today).unwrap_or_else(|_| week_ago());
    day.at(17, 15, 0, 0).to_zoned(tokyo()).unwrap_or_else(|_| now.clone())
}

/// A line for a run.
fn night_run(console: &Console, night: &report::NightRun) -> NightRun {
    let run = &night.run;
    let until = run.ended_at.clone().unwrap_or_else(|| console.log.now());
    NightRun {
        id: run.id.clone(),
        title: console.title(&run.scenario),
        state: run.state.word(),
        label: run.state.label(),
        began: words::moment(&run.created_at),
        lasted: words::lasting(&run.created_at, &until),
        done: night.tally.done(),
        total: night.tally.total(),
        people: night.tally.people(),
        bad: night.tally.bad(),
    }
}

fn trouble(console: &Console, trouble: report::Trouble) -> Trouble {
    Trouble {
        title: console.title(&trouble.scenario),
        run: trouble.run,
        state: trouble.state,
        label: trouble.label,
        reason: trouble.reason,
        count: trouble.count,
        first: trouble.first,
    }
}

fn waiting(console: &Console, open: &OpenCount) -> Waiting {
    let ((what, who), scenario) = (report::asked(&open.kind), words::coded(&open.scenario));
    let href = match open.kind.as_str() {
        "in_doubt" => format!("/runs?scenario={scenario}&state=waiting_for_people"),
        _ => format!("/checks?scenario={scenario}"),
    };
    Waiting { title: console.title(&open.scenario), what, who, count: open.count, href }
}

fn held(console: &Console, due: Due) -> HeldDue {
    HeldDue {
        title: console.title(&due.scenario),
        at: words::stamp(&due.at),
        reason: due.reason.unwrap_or_default(),
    }
}

impl Console {
    /// Since when this morning looks back, in ms since 1970, and in words.
    pub(crate) fn evening(&self, now: &Zoned) -> (u64, String) {
        let since = evening(&(self.calendar)(), now);
        let ms = u64::try_from(since.timestamp().as_millisecond()).unwrap_or_default();
        (ms, format!("{}{} から今までの実行です。", in_words(since.date()), since.strftime(" %H:%M")))
    }

    /// What starts in the next seven days.
    pub(crate) fn upcoming(&self, now: &Zoned) -> Vec<Coming> {
        next(self, now)
    }
}

fn next(console: &Console, now: &Zoned) -> Vec<Coming> {
    let until = now.checked_add(7.days()).unwrap_or_else(|_| now.clone());
    let (library, calendar) = ((console.library)(), (console.calendar)());
    let moments = |loaded: &super::Loaded| -> Vec<(String, Moment)> {
        let schedules = loaded.scenario.iter().flat_map(|s| &s.schedule);
        let all = schedules.flat_map(|s| s.moments(&calendar, now, &until).into_iter().take(NEXT));
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
    use jiff::civil::date;

    fn since(calendar: &OfficeCalendar, day: &str) -> String {
        let now: Zoned = format!("{day}T08:25:00+09:00[+09:00]").parse().unwrap();
        evening(calendar, &now).strftime("%m-%d %H:%M").to_string()
    }

    #[test]
    fn a_morning_begins_with_the_evening_of_the_last_working_day() {
        let at = |day: &str| since(&OfficeCalendar::new(), day);
        assert_eq!(at("2026-11-20"), "11-19 17:15", "a Friday looks at Thursday's night");
        assert_eq!(at("2026-11-30"), "11-27 17:15", "a Monday looks at Friday's");
        assert_eq!(at("2026-11-24"), "11-20 17:15", "after a holiday on a Monday at Friday's too");
        assert_eq!(at("2027-01-04"), "12-28 17:15", "the first morning of a year at the whole New Year");
        assert_eq!(at("2051-01-05"), "12-29 17:15", "where no holidays are known, at a week");
    }

    #[test]
    fn the_days_of_the_office_itself_count() {
        let calendar = OfficeCalendar::new().with_closed_yearly(11, 30, "開市記念日");
        let calendar = calendar.with_open(date(2026, 11, 22), "日曜開庁");
        assert_eq!(since(&calendar, "2026-12-01"), "11-27 17:15", "nobody was there on the Monday");
        assert_eq!(since(&calendar, "2026-11-24"), "11-22 17:15", "somebody was there on the Sunday");
    }
}
