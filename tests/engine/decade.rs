//! Ten years of dates: what comes due is what a calendar made up here by the law's own words says, each fiscal year gets its
//! log, and a log can be disposed of on the day its retention ends and not a second before. `SHOKI_NIGHTS=all` adds every night.

use crate::bench::Place;
use jiff::{
    SignedDuration, Timestamp, ToSpan, Zoned,
    civil::{Date, Weekday, date},
};
use shoki::{
    audit::{Options, office::verify_office},
    calendar::{Cron, Days, MissedPolicy, OfMonth, OfficeCalendar, Schedule, Shift},
    clock::{Clock, ManualClock, tokyo},
    control::{
        AuditLog,
        retirement::{RetireError, Retirement, retire},
    },
    run::RunState,
    schedule::{Watched, Watcher},
    store::{DueState, Store, Strength},
};
use std::{collections::BTreeSet, sync::Arc};

const FIRST: i16 = 2026;
const LAST: i16 = 2035;
/// Fiscal years a log is kept after its own.
const KEPT: u16 = 5;

fn nth(year: i16, month: i8, n: i8, weekday: Weekday) -> Date {
    date(year, month, 1).nth_weekday_of_month(n, weekday).unwrap()
}

/// The day of an equinox between 1980 and 2099, by the formula of the almanacs.
fn equinox(year: i16, base: f64) -> i8 {
    let since = f64::from(year - 1980);
    #[expect(clippy::cast_possible_truncation, reason = "a day of a month")]
    let day = (base + 0.242_194 * since - (since / 4.0).floor()).floor() as i8;
    day
}

/// 国民の祝日に関する法律, articles 2 and 3, as they stand for these years.
fn holidays(year: i16) -> BTreeSet<Date> {
    use Weekday::Monday;
    let fixed = [(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)];
    let mut all: BTreeSet<Date> = fixed.iter().map(|(m, d)| date(year, *m, *d)).collect();
    all.extend([
        nth(year, 1, 2, Monday),
        nth(year, 7, 3, Monday),
        nth(year, 9, 3, Monday),
        nth(year, 10, 2, Monday),
    ]);
    all.insert(date(year, 3, equinox(year, 20.8431)));
    all.insert(date(year, 9, equinox(year, 23.2488)));
    for sunday in all.clone().into_iter().filter(|day| day.weekday() == Weekday::Sunday) {
        let mut day = sunday;
        while all.contains(&day) {
            day = day.tomorrow().unwrap();
        }
        all.insert(day);
    }
    let between = |day: &Date| {
        !all.contains(day)
            && all.contains(&day.yesterday().unwrap())
            && all.contains(&day.tomorrow().unwrap())
    };
    let wedged: Vec<Date> = date(year, 1, 2).series(1.day()).take(360).filter(between).collect();
    all.extend(wedged.into_iter().filter(|day| day.weekday() != Weekday::Sunday));
    all
}

fn is_open(day: Date) -> bool {
    let new_year = matches!((day.month(), day.day()), (12, 29..=31) | (1, 1..=3));
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    !new_year && !weekend && !holidays(day.year()).contains(&day)
}

fn next_open(mut day: Date) -> Date {
    while !is_open(day) {
        day = day.tomorrow().unwrap();
    }
    day
}

fn previous_open(mut day: Date) -> Date {
    while !is_open(day) {
        day = day.yesterday().unwrap();
    }
    day
}

fn schedule(at: &str, shift: Shift, of_month: Option<OfMonth>) -> Schedule {
    let at = Cron::parse(at).unwrap();
    Schedule { at, days: Days::Open, shift, of_month, from: None, until: None, missed: MissedPolicy::Hold }
}

/// A scenario's schedule, and when it comes due by the calendar above.
type Plan = (&'static str, Schedule, fn(Date) -> bool, &'static str);

fn plans() -> Vec<Plan> {
    let mut plans: Vec<Plan> = vec![
        (
            "月初",
            schedule("0 9 * * *", Shift::None, Some(OfMonth::NthOpen(1))),
            |day| next_open(day.first_of_month()) == day,
            "09:00:00",
        ),
        (
            "月末",
            schedule("0 18 * * *", Shift::Previous, Some(OfMonth::End)),
            |day| previous_open(day.last_of_month()) == day,
            "18:00:00",
        ),
        (
            "年度初め",
            schedule("0 6 1 4 *", Shift::Next, None),
            |day| next_open(date(day.year(), 4, 1)) == day,
            "06:00:00",
        ),
    ];
    if std::env::var("SHOKI_NIGHTS").is_ok_and(|nights| nights == "all") {
        plans.push(("毎晩", schedule("30 20 * * *", Shift::None, None), is_open, "20:30:00"));
    }
    plans
}

fn watched((id, schedule, ..): &Plan) -> Watched {
    let fixed = Some(("0".repeat(64), "0".repeat(64)));
    Watched { id: (*id).into(), fixed, digest: (*id).into(), schedule: vec![schedule.clone()] }
}

fn midnight(day: Date) -> Zoned {
    day.to_zoned(tokyo()).unwrap()
}

struct Decade {
    place: Place,
    clock: Arc<ManualClock>,
    store: Arc<Store>,
    log: AuditLog,
}

impl Decade {
    async fn begin(root: &std::path::Path) -> Self {
        let clock = Arc::new(ManualClock::new(midnight(date(FIRST, 4, 1)).timestamp()));
        let place =
            Place { root: root.to_owned(), clock: Arc::<ManualClock>::clone(&clock), ..Place::default() };
        let store = place.store().await;
        let log = place.log(&store, Arc::<ManualClock>::clone(&clock)).await.unwrap();
        Self { place, clock, store, log }
    }

    fn set(&self, at: Timestamp) {
        self.clock.advance(at.duration_since(self.clock.now()));
    }

    /// The night's runs are done before the next moment comes.
    async fn works(&self, runs: Vec<String>) {
        let mut tx = self.store.begin(Strength::Process).await.unwrap();
        for run in runs {
            tx.move_run(&run, RunState::Running, None, &self.log.now()).await.unwrap();
            tx.move_run(&run, RunState::Done, None, &self.log.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// The log whose retention ends with this 31 March, a second before and at the end.
    async fn retention_ends(&self, year: i16) {
        let fy = year - 1 - i16::try_from(KEPT).unwrap();
        if fy < FIRST {
            return;
        }
        let what = Retirement { fy, years: KEPT, by: "u-1".into(), approver: "u-2".into() };
        let free = midnight(date(year, 4, 1)).timestamp();
        self.set(free - SignedDuration::from_secs(1));
        let early = retire(&self.store, &self.log, &what).await;
        assert!(
            matches!(early, Err(RetireError::TooEarly { from, .. }) if from == date(year, 4, 1)),
            "{fy}: {early:?}"
        );
        self.set(free);
        self.log.tend().await.unwrap();
        assert!(retire(&self.store, &self.log, &what).await.unwrap().size > 0, "{fy}");
    }
}

#[tokio::test]
async fn ten_years_come_due_to_the_day_and_each_gets_its_log() {
    let dir = tempfile::tempdir().unwrap();
    let decade = Decade::begin(dir.path()).await;
    let plans = plans();
    let mut watcher = Watcher::new(OfficeCalendar::new());
    watcher.begin(plans.iter().map(watched).collect(), &decade.store, &decade.clock.local()).await.unwrap();
    let mut started = Vec::new();
    for year in FIRST..=LAST {
        let end = midnight(date(year + 1, 4, 1));
        while let Some(next) = watcher.next().filter(|next| **next < end).cloned() {
            decade.set(next.timestamp() + SignedDuration::from_secs(1));
            let found = watcher.look(&decade.store, &decade.log, &decade.clock.local()).await.unwrap();
            assert!(found.iter().all(|due| due.state == DueState::Started), "{found:?}");
            decade.works(found.iter().filter_map(|due| due.run.clone()).collect()).await;
            started.extend(found.into_iter().map(|due| format!("{} {}", due.scenario, due.at)));
        }
        decade.retention_ends(year + 1).await;
    }
    started.sort();
    let days = || date(FIRST, 4, 1).series(1.day()).take_while(|day| *day < date(LAST + 1, 4, 1));
    let of_plan = |(id, _, falls_on, time, ..): &Plan| -> Vec<String> {
        days().filter(|day| falls_on(*day)).map(|day| format!("{id} {day}T{time}+09:00")).collect()
    };
    let mut wanted: Vec<String> = plans.iter().flat_map(of_plan).collect();
    wanted.sort();
    assert_eq!(started, wanted);
    decade.log.checkpoint().await.unwrap();
    let years = verify_office(&decade.place.root.join("audit"), &Options::default()).unwrap();
    let names: Vec<String> =
        years.iter().map(|y| y.dir.file_name().unwrap().to_string_lossy().into()).collect();
    // The eleventh was opened when the retention of the fifth ended.
    assert_eq!(names, (FIRST..=LAST + 1).map(|fy| fy.to_string()).collect::<Vec<_>>());
    for year in &years {
        assert!(year.report.verdict.is_good(), "{:?}: {}", year.dir, year.report.render_ja());
    }
    println!("{} due moments in ten years, {} logs", started.len(), years.len());
}
