//! The writer of the audit log, over days and years of a clock set by hand: what it owes, what it refuses, and that the
//! verifier finds all of it sound.

#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use jiff::SignedDuration;
use shoki::{
    audit::{Actor, Draft, Event, Note, Options, Verdict, office, verify_dir, verify_office},
    clock::{Clock, ManualClock},
    control::{
        AuditLog, LogError, LogPlace,
        retirement::{RetireError, Retirement, retire},
    },
    run::RunState,
    store::{NewRun, Store, Strength},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

const ORIGIN: &str = "shoki.invalid/test/host";

struct Place {
    dir: TempDir,
    store: Arc<Store>,
    clock: Arc<ManualClock>,
    outside: bool,
}

impl Place {
    async fn at(now: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&dir.path().join("shoki.db")).await.unwrap());
        fs::create_dir(dir.path().join("audit")).unwrap();
        Self { dir, store, clock: Arc::new(ManualClock::new(now.parse().unwrap())), outside: false }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn log_place(&self) -> LogPlace {
        LogPlace {
            dir: self.path("audit"),
            keys: self.path("keys"),
            origin: ORIGIN.into(),
            program: "0".repeat(64),
            config: "0".repeat(64),
            outside: self.outside.then(|| self.path("outside")),
        }
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::<ManualClock>::clone(&self.clock)
    }

    async fn open(&self) -> Result<AuditLog, LogError> {
        AuditLog::open(Arc::clone(&self.store), self.log_place(), self.clock()).await
    }

    async fn write(&self, log: &AuditLog, event: Event) {
        let mut tx = self.store.begin(Strength::Power).await.unwrap();
        log.write(&mut tx, &log.system(event)).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A run that begins and ends now.
    async fn run(&self, id: &str) {
        let at = format!("{:.3}", self.clock.now());
        let run = NewRun {
            id: id.into(),
            scenario: "s".into(),
            sha256: "0".repeat(64),
            date: "2027-03-31".into(),
            settings: serde_json::json!({}),
            actor: serde_json::json!({ "kind": "user", "id": "u-1" }),
            at: at.clone(),
        };
        let mut tx = self.store.begin(Strength::Power).await.unwrap();
        tx.add_run(&run).await.unwrap();
        tx.move_run(id, RunState::Running, None, &at).await.unwrap();
        tx.move_run(id, RunState::Done, None, &at).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn years(&self) -> Vec<office::Year> {
        verify_office(self.dir.path(), &Options::default()).unwrap()
    }

    fn events(&self, fy: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(&format!("audit/{fy}/seg/000000.jsonl"))).unwrap();
        let event = |line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            value["ev"].as_str().unwrap().to_owned()
        };
        text.lines().map(event).collect()
    }

    fn advance(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }
}

fn newest(dir: &Path) -> Note {
    Note::parse(&fs::read(dir.join("checkpoint")).unwrap()).unwrap()
}

#[tokio::test]
async fn an_idle_log_gives_a_sign_of_life_every_fifteen_minutes_and_at_midnight() {
    let place = Place::at("2026-11-21T05:00:00Z").await;
    let log = place.open().await.unwrap();
    log.checkpoint().await.unwrap();
    for minutes in [14, 1, 14, 1] {
        place.advance(minutes);
        log.tend().await.unwrap();
    }
    assert_eq!(place.events("2026"), ["log.open", "log.epoch", "hb", "hb"]);
    place.clock.advance(SignedDuration::from_mins(9 * 60 + 29));
    log.tend().await.unwrap();
    place.advance(1);
    log.tend().await.unwrap();
    let beats = place.events("2026").len();
    place.advance(5);
    log.tend().await.unwrap();
    assert_eq!(place.events("2026").len(), beats, "five minutes after midnight nothing is owed yet");
    let years = place.years();
    assert_eq!((years[0].report.verdict, years[0].report.covered), (Verdict::Consistent, beats as u64));
}

#[tokio::test]
async fn the_fiscal_year_closes_one_log_and_opens_the_next_with_its_last_checkpoint() {
    let place = Place::at("2027-03-31T14:50:00Z").await;
    let log = place.open().await.unwrap();
    place.write(&log, Event::Heartbeat).await;
    place.advance(11);
    log.tend().await.unwrap();
    assert_eq!(place.events("2026"), ["log.open", "log.epoch", "hb", "log.close"]);
    assert_eq!(place.events("2027"), ["log.open", "log.epoch", "hb"]);
    let text = fs::read_to_string(place.path("audit/2027/seg/000000.jsonl")).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let closing = newest(&place.path("audit/2026"));
    assert_eq!(first["data"]["prev"], closing.to_string());
    assert_eq!(closing.checkpoint.size, 4);
    // The clock is set back over the boundary: what is closed stays closed.
    place.advance(-20);
    place.write(&log, Event::Heartbeat).await;
    log.checkpoint().await.unwrap();
    let again = place.open().await.unwrap();
    again.checkpoint().await.unwrap();
    let years = place.years();
    assert_eq!(years.len(), 2);
    for year in &years {
        assert!(year.report.faults.is_empty(), "{:?}", year.report);
    }
    assert!(years[0].report.warnings.is_empty(), "{:?}", years[0].report.warnings);
    assert!(years[1].report.warnings.iter().all(|w| w.what.contains("時計")), "{:?}", years[1].report);
}

#[tokio::test]
async fn a_clock_two_years_back_writes_no_second_log() {
    let place = Place::at("2026-11-21T05:00:00Z").await;
    place.open().await.unwrap().checkpoint().await.unwrap();
    place.clock.advance(SignedDuration::from_hours(-2 * 365 * 24));
    let log = place.open().await.unwrap();
    log.checkpoint().await.unwrap();
    let years = place.years();
    assert_eq!((years.len(), years[0].report.verdict), (1, Verdict::Consistent));
    assert!(years[0].report.warnings.iter().any(|w| w.what.contains("時計が")), "{:?}", years[0].report);
}

#[tokio::test]
async fn several_processes_may_write_at_once() {
    let place = Place::at("2026-11-21T05:00:00Z").await;
    let (daemon, person) = (place.open().await.unwrap(), place.open().await.unwrap());
    for _ in 0..3 {
        place.write(&daemon, Event::Heartbeat).await;
        place.write(&person, Event::Heartbeat).await;
    }
    daemon.checkpoint().await.unwrap();
    person.checkpoint().await.unwrap();
    let report = verify_dir(&place.path("audit/2026"), &Options::default()).unwrap();
    assert!(report.faults.is_empty() && report.warnings.is_empty(), "{report:?}");
    assert_eq!(report.entries, 9);
}

#[tokio::test]
async fn a_checkpoint_that_a_crash_did_not_finish_is_finished_at_the_next_start() {
    let place = Place::at("2026-11-21T05:00:00Z").await;
    let log = place.open().await.unwrap();
    log.checkpoint().await.unwrap();
    place.write(&log, Event::Heartbeat).await;
    log.checkpoint().await.unwrap();
    let shown = place.path("audit/2026/checkpoint");
    let sound = fs::read(&shown).unwrap();
    fs::remove_file(&shown).unwrap();
    place.open().await.unwrap();
    assert_eq!(fs::read(&shown).unwrap(), sound);
}

#[tokio::test]
async fn a_lost_key_is_said_and_never_replaced() {
    let place = Place::at("2027-03-30T05:00:00Z").await;
    let log = place.open().await.unwrap();
    log.checkpoint().await.unwrap();
    let last = newest(&place.path("audit/2026"));
    fs::remove_file(place.path("keys/log-2026.key")).unwrap();
    let refused = log.checkpoint().await.unwrap_err();
    assert!(matches!(refused, LogError::KeyLost(_)), "{refused}");
    // The next year begins with the last checkpoint there is, and says why there is no closing one.
    place.advance(3 * 24 * 60);
    let log = place.open().await.unwrap();
    log.checkpoint().await.unwrap();
    let text = fs::read_to_string(place.path("audit/2027/seg/000000.jsonl")).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["data"]["prev"], last.to_string());
    assert!(first["data"]["reason"].as_str().unwrap().contains("署名鍵がない"));
}

/// Everything of the office but what lies outside the machine, as a backup would have it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let (source, target) = (file.path(), to.join(file.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(&source, &target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_machine_that_was_set_back_refuses_until_a_person_answers_for_it() {
    let mut place = Place::at("2026-11-21T05:00:00Z").await;
    place.outside = true;
    let log = place.open().await.unwrap();
    log.checkpoint().await.unwrap();
    drop(log);
    let backup = tempfile::tempdir().unwrap();
    for part in ["audit", "keys"] {
        copy(&place.path(part), &backup.path().join(part));
    }
    let saved = backup.path().join("shoki.db");
    for file in ["shoki.db", "shoki.db-wal"] {
        fs::copy(place.path(file), backup.path().join(file)).unwrap();
    }
    let log = place.open().await.unwrap();
    for _ in 0..5 {
        place.write(&log, Event::Heartbeat).await;
    }
    log.checkpoint().await.unwrap();
    place.advance(61);
    log.checkpoint().await.unwrap();
    assert!(place.events("2026").contains(&"cp.anchor".to_owned()));
    place.open().await.unwrap();
    drop(log);
    // The whole machine is set back; only the outside folder remembers.
    for part in ["audit", "keys"] {
        fs::remove_dir_all(place.path(part)).unwrap();
        copy(&backup.path().join(part), &place.path(part));
    }
    place.store = Arc::new(Store::open(&saved).await.unwrap());
    let refused = place.open().await.err().unwrap();
    assert!(matches!(refused, LogError::RolledBack { .. }), "{refused}");
    assert!(refused.to_string().contains("accept-rollback"));
    let (store, clock) = (Arc::clone(&place.store), place.clock());
    let accepted =
        AuditLog::open_rolled_back(store, place.log_place(), clock, "u-1", "機器の故障で復元").await.unwrap();
    assert!(accepted.is_some());
    assert!(place.events("2026").contains(&"log.recover".to_owned()));
    let log = place.open().await.unwrap();
    log.checkpoint().await.unwrap();
    let known: Vec<Note> = fs::read_dir(place.path("outside/shoki.invalid_test_host"))
        .unwrap()
        .map(|file| Note::parse(&fs::read(file.unwrap().path()).unwrap()).unwrap())
        .collect();
    let report = verify_dir(&place.path("audit/2026"), &Options::default()).unwrap();
    assert_eq!(report.verdict, Verdict::Consistent, "{report:?}");
    let report = verify_dir(&place.path("audit/2026"), &Options { known, ..Options::default() }).unwrap();
    assert_eq!(report.verdict, Verdict::Diverged, "whoever kept the newer checkpoint sees it for ever");
}

#[tokio::test]
async fn an_entry_that_may_not_stand_in_the_log_stops_the_act() {
    let place = Place::at("2026-11-21T05:00:00Z").await;
    let log = place.open().await.unwrap();
    for number in ["123456789018", "１２３４-５６７８-９０１８", "一二三四五六七八九〇一八", "1234 5678 9018"]
    {
        let mut tx = place.store.begin(Strength::Power).await.unwrap();
        let draft =
            Draft::new(Event::RunStop, &Actor::User("u-1".into())).data("reason", format!("番号 {number}"));
        assert!(log.write(&mut tx, &draft).await.is_err(), "{number}");
    }
}

/// Who disposes of 2026, kept for two years after its own.
fn disposal(by: &str, approver: &str) -> Retirement {
    Retirement { fy: 2026, years: 2, by: by.into(), approver: approver.into() }
}

#[tokio::test]
async fn a_year_beyond_its_retention_is_disposed_of_by_two_and_on_record() {
    let place = Place::at("2027-03-31T14:50:00Z").await;
    let log = place.open().await.unwrap();
    place.write(&log, Event::Heartbeat).await;
    place.run("01JQZ8E0000000000000000001").await;
    place.advance(11);
    log.tend().await.unwrap();
    place.run("01JQZ8E0000000000000000002").await;
    let again = |by: &'static str, approver: &'static str| {
        let what = disposal(by, approver);
        let (store, log) = (&place.store, &log);
        async move { retire(store, log, &what).await }
    };
    assert!(matches!(again("u-1", "u-1").await, Err(RetireError::SamePerson)));
    let early = again("u-1", "u-2").await.unwrap_err();
    assert!(
        matches!(&early, RetireError::TooEarly { from, .. } if from.to_string() == "2029-04-01"),
        "{early}"
    );
    place.clock.advance(SignedDuration::from_hours(24 * 366 * 2));
    log.tend().await.unwrap();
    let segment = place.path("audit/2026/seg/000000.jsonl");
    let whole = fs::read_to_string(&segment).unwrap();
    fs::write(&segment, whole.replacen("hb", "hc", 1)).unwrap();
    let unsound = again("u-1", "u-2").await.unwrap_err();
    assert!(matches!(unsound, RetireError::NotSound { .. }), "what was changed is kept: {unsound}");
    fs::write(&segment, whole).unwrap();
    assert_eq!(again("u-1", "u-2").await.unwrap().size, 4);
    assert!(!segment.exists() && !place.path("keys/log-2026.key").exists());
    assert!(
        place.path("audit/2026/log.vkey").exists() && newest(&place.path("audit/2026")).checkpoint.size == 4
    );
    assert!(place.store.log_lines(ORIGIN, 2026, 0, 9).await.unwrap().is_empty());
    let runs: Vec<String> = place.store.runs(9).await.unwrap().into_iter().map(|run| run.id).collect();
    assert_eq!(runs, ["01JQZ8E0000000000000000002"], "the run of that year went with its log");
    // Broken off and done again: recorded once.
    assert_eq!(again("u-1", "u-2").await.unwrap().size, 4);
    let years = place.years();
    assert_eq!(office::worst(&years), Verdict::Consistent, "{:?}", years[0].report);
    let told: Vec<_> = years.iter().flat_map(|y| &y.report.purges).map(|p| (p.fy, p.size)).collect();
    assert_eq!(told, [(2026, 4)]);
    drop(log);
    place.open().await.unwrap().checkpoint().await.unwrap();
}
