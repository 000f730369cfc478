//! The watcher and a database: a clock that was wrong, weeks without a daemon, open days that change, files that were away.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::{Watched, Watcher};
use crate::{
    calendar::{Cron, Days, MissedPolicy, OfficeCalendar, Schedule, Shift},
    clock::SystemClock,
    control::{AuditLog, LogPlace, clock_fault},
    store::{Due, DueState, Store},
};
use jiff::{Zoned, civil::date};
use std::sync::Arc;
use tempfile::TempDir;

fn tokyo(text: &str) -> Zoned {
    format!("{text}[+09:00]").parse().unwrap()
}

fn watched(id: &str, at: &str, (days, shift): (Days, Shift)) -> Watched {
    let at = Cron::parse(at).unwrap();
    let missed = MissedPolicy::Hold;
    let schedule = Schedule { at, days, shift, of_month: None, from: None, until: None, missed };
    let fixed = Some(("0".repeat(64), "0".repeat(64)));
    Watched { id: id.into(), fixed, digest: id.into(), schedule: vec![schedule] }
}

/// A watcher and what it writes on.
struct Desk {
    watcher: Watcher,
    store: Arc<Store>,
    log: AuditLog,
    _dir: TempDir,
}

impl Desk {
    /// Watches `all` since `since`.
    async fn watching(all: Vec<Watched>, since: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&dir.path().join("shoki.db")).await.unwrap());
        let place = LogPlace {
            dir: dir.path().join("audit"),
            keys: dir.path().join("keys"),
            origin: "shoki.invalid/test/host".into(),
            program: "0".repeat(64),
            config: "0".repeat(64),
            outside: None,
        };
        std::fs::create_dir_all(&place.dir).unwrap();
        let log = AuditLog::open(Arc::clone(&store), place, Arc::new(SystemClock)).await.unwrap();
        let mut watcher = Watcher::new(OfficeCalendar::new());
        watcher.begin(all, &store, &tokyo(since)).await.unwrap();
        Self { watcher, store, log, _dir: dir }
    }

    async fn look(&mut self, now: &str) -> Vec<Due> {
        self.watcher.look(&self.store, &self.log, &tokyo(now)).await.unwrap()
    }

    async fn set_calendar(&mut self, calendar: OfficeCalendar, now: &str) -> Vec<Due> {
        self.watcher.set_calendar(calendar, &self.store, &self.log, &tokyo(now)).await.unwrap()
    }

    async fn change(&mut self, watched: Watched, now: &str) {
        self.watcher.change(watched, &self.store, &tokyo(now)).await.unwrap();
    }
}

/// Moments and what became of them.
fn told(dues: &[Due]) -> Vec<(&str, DueState)> {
    dues.iter().map(|due| (&due.at[..16], due.state)).collect()
}

#[tokio::test]
async fn after_a_false_future_the_schedules_come_due_as_the_clock_says() {
    let nightly = watched("t", "30 20 * * *", (Days::All, Shift::None));
    let mut desk = Desk::watching(vec![nightly], "2026-11-20T12:00").await;
    // A year ahead for one look; then the clock is set right, and a person says so.
    assert_eq!(desk.look("2027-11-20T12:00").await.len(), 100);
    let right = tokyo("2026-11-20T12:05").timestamp();
    clock_fault::accept(&desk.store, &desk.log, right, "tester").await.unwrap();
    assert!(desk.look("2026-11-20T12:06").await.is_empty());
    desk.watcher.rewind(&desk.store, &tokyo("2026-11-20T12:06")).await.unwrap();
    assert_eq!(desk.watcher.next(), Some(&tokyo("2026-11-20T20:30")));
    assert_eq!(told(&desk.look("2026-11-20T20:30:20").await), [("2026-11-20T20:30", DueState::Started)]);
}

#[tokio::test]
async fn what_came_due_between_the_word_of_a_person_and_the_next_look_is_not_lost() {
    let nightly = watched("t", "30 20 * * *", (Days::All, Shift::None));
    let mut desk = Desk::watching(vec![nightly], "2026-11-20T12:00").await;
    desk.look("2026-12-20T12:00").await;
    let right = tokyo("2026-11-20T20:29:59").timestamp();
    clock_fault::accept(&desk.store, &desk.log, right, "tester").await.unwrap();
    desk.watcher.rewind(&desk.store, &tokyo("2026-11-20T20:30:01")).await.unwrap();
    assert_eq!(told(&desk.look("2026-11-20T20:30:01").await), [("2026-11-20T20:30", DueState::Started)]);
}

#[tokio::test]
async fn after_weeks_without_a_daemon_the_newest_moments_are_told_and_the_present_one_starts() {
    let minutely = watched("often", "* * * * *", (Days::All, Shift::None));
    let weekly = watched("seldom", "0 9 * * 1", (Days::All, Shift::None));
    let mut desk = Desk::watching(vec![minutely, weekly], "2026-11-01T00:00:30").await;
    let found = desk.look("2026-11-20T12:00:50").await;
    let (often, seldom): (Vec<Due>, Vec<Due>) = found.into_iter().partition(|due| due.scenario == "often");
    let often = told(&often);
    assert_eq!((often.len(), often[0]), (100, ("2026-11-20T10:21", DueState::Held)));
    assert_eq!(often[99], ("2026-11-20T12:00", DueState::Started));
    let mondays = ["2026-11-02T09:00", "2026-11-09T09:00", "2026-11-16T09:00"];
    assert_eq!(told(&seldom), mondays.map(|at| (at, DueState::Held)));
}

#[tokio::test]
async fn what_a_new_closing_day_moves_before_the_present_is_held_once() {
    let monthly = watched("t", "0 9 16 * *", (Days::Open, Shift::Previous));
    let mut desk = Desk::watching(vec![monthly], "2026-12-01T00:00").await;
    let calendar = OfficeCalendar::new().with_closed(date(2026, 12, 16), "臨時休庁");
    let held = desk.set_calendar(calendar.clone(), "2026-12-15T12:00").await;
    assert_eq!(told(&held), [("2026-12-15T09:00", DueState::Held)]);
    assert!(held[0].reason.as_ref().unwrap().contains("開庁日が変わり"), "{held:?}");
    assert!(held[0].why.contains("臨時休庁"), "{held:?}");
    // 16 January 2027 is a Saturday.
    assert_eq!(desk.watcher.next(), Some(&tokyo("2027-01-15T09:00")));
    assert!(desk.set_calendar(calendar.clone(), "2026-12-15T12:01").await.is_empty());
    let again = calendar.with_closed(date(2026, 12, 17), "臨時休庁");
    assert!(desk.set_calendar(again, "2026-12-15T12:02").await.is_empty());
}

#[tokio::test]
async fn what_has_come_and_moves_behind_the_present_does_not_start_again() {
    let monthly = watched("t", "0 9 16 * *", (Days::Open, Shift::Next));
    let mut desk = Desk::watching(vec![monthly], "2026-12-01T00:00").await;
    assert_eq!(told(&desk.look("2026-12-16T09:00:10").await), [("2026-12-16T09:00", DueState::Started)]);
    let first = OfficeCalendar::new().with_closed(date(2026, 12, 16), "臨時休庁");
    let held = desk.set_calendar(first.clone(), "2026-12-16T12:00").await;
    assert_eq!(told(&held), [("2026-12-17T09:00", DueState::Held)]);
    assert!(held[0].reason.as_ref().unwrap().contains("もう一度"), "{held:?}");
    // The storm stays for a second day.
    let second = first.with_closed(date(2026, 12, 17), "臨時休庁");
    let held = desk.set_calendar(second, "2026-12-17T08:00").await;
    assert_eq!(told(&held), [("2026-12-18T09:00", DueState::Held)]);
    assert!(desk.look("2026-12-18T09:00:10").await.is_empty());
    assert_eq!(desk.watcher.next(), Some(&tokyo("2027-01-18T09:00")));
}

#[tokio::test]
async fn what_never_came_starts_on_the_day_to_which_it_moves() {
    let monthly = watched("t", "0 9 16 * *", (Days::Open, Shift::Next));
    let mut desk = Desk::watching(vec![monthly], "2026-12-16T10:00").await;
    let calendar = OfficeCalendar::new().with_closed(date(2026, 12, 16), "臨時休庁");
    assert!(desk.set_calendar(calendar, "2026-12-16T12:00").await.is_empty());
    assert_eq!(told(&desk.look("2026-12-17T09:00:10").await), [("2026-12-17T09:00", DueState::Started)]);
}

#[tokio::test]
async fn a_day_long_past_that_is_corrected_holds_nothing() {
    let monthly = watched("t", "0 9 16 * *", (Days::Open, Shift::Next));
    let mut desk = Desk::watching(vec![monthly], "2026-11-01T00:00").await;
    assert_eq!(told(&desk.look("2026-11-16T09:00:10").await), [("2026-11-16T09:00", DueState::Started)]);
    let past = OfficeCalendar::new().with_closed(date(2026, 11, 16), "臨時休庁");
    let calendar = past.with_closed(date(2026, 12, 16), "臨時休庁");
    assert!(desk.set_calendar(calendar, "2026-12-15T12:00").await.is_empty());
    let found = desk.look("2026-12-17T09:00:10").await;
    // The run of November is still under way here.
    assert_eq!(told(&found), [("2026-12-17T09:00", DueState::Refused)]);
}

#[tokio::test]
async fn what_is_due_is_looked_at_under_the_open_days_that_were() {
    let monthly = watched("t", "0 9 16 * *", (Days::Open, Shift::Next));
    let mut desk = Desk::watching(vec![monthly], "2026-12-01T00:00").await;
    let calendar = OfficeCalendar::new().with_closed(date(2026, 12, 16), "臨時休庁");
    assert!(desk.set_calendar(calendar.clone(), "2026-12-16T09:00:05").await.is_empty());
    assert_eq!(told(&desk.look("2026-12-16T09:00:05").await), [("2026-12-16T09:00", DueState::Started)]);
    let held = desk.set_calendar(calendar, "2026-12-16T09:00:15").await;
    assert_eq!(told(&held), [("2026-12-17T09:00", DueState::Held)]);
}

#[tokio::test]
async fn what_comes_while_a_file_is_away_starts_or_is_held() {
    let nightly = || watched("t", "30 20 * * *", (Days::All, Shift::None));
    let mut desk = Desk::watching(vec![nightly()], "2026-11-20T12:00").await;
    desk.watcher.forget("t");
    assert!(desk.look("2026-11-20T20:30:05").await.is_empty());
    desk.change(nightly(), "2026-11-20T20:30:10").await;
    assert_eq!(told(&desk.look("2026-11-20T20:30:11").await), [("2026-11-20T20:30", DueState::Started)]);
    // Too late to start by itself, whatever the rule for missed moments is.
    let mut rash = nightly();
    rash.schedule[0].missed = MissedPolicy::RunOnce;
    desk.watcher.forget("t");
    desk.change(rash.clone(), "2026-11-21T22:00").await;
    let found = desk.look("2026-11-21T22:00:01").await;
    assert_eq!(told(&found), [("2026-11-21T20:30", DueState::Held)]);
    assert!(found[0].reason.as_ref().unwrap().contains("ファイルを読めません"), "{found:?}");
    // Taken out for months: only the last day is told of.
    desk.watcher.forget("t");
    desk.change(rash, "2027-02-20T12:00").await;
    assert_eq!(told(&desk.look("2027-02-20T12:00:01").await), [("2027-02-19T20:30", DueState::Held)]);
}

#[tokio::test]
async fn a_file_that_comes_back_with_other_schedules_has_missed_nothing() {
    let nightly = watched("t", "30 20 * * *", (Days::All, Shift::None));
    let mut desk = Desk::watching(vec![nightly], "2026-11-20T12:00").await;
    desk.watcher.forget("t");
    let other = Watched { digest: "other".into(), ..watched("t", "0 20 * * *", (Days::All, Shift::None)) };
    desk.change(other, "2026-11-20T22:00").await;
    assert!(desk.look("2026-11-20T22:00:01").await.is_empty());
    assert_eq!(desk.watcher.next(), Some(&tokyo("2026-11-21T20:00")));
}
