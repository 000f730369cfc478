//! The same fault at random moments: an emergency stop, a backup that is put back elsewhere, a clock that jumps, a machine
//! that sleeps. `SHOKI_KILLS` says how many rounds (a short form otherwise), `SHOKI_SEED` repeats a series.

use crate::{
    ACT,
    bench::Bench,
    nights::{Dice, wanted},
};
use jiff::{SignedDuration, Zoned};
use serde_json::json;
use shoki::{
    audit::{Options, verify_dir},
    calendar::{Cron, Days, MissedPolicy, OfficeCalendar, Schedule, Shift},
    clock::ManualClock,
    control::{acts, stops},
    engine::Engine,
    run::{ItemState, RunState},
    scenario::Scenario,
    schedule::{Watched, Watcher},
    store::{DueState, Run, Store},
};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

const AT: &str = "2026-11-20T21:00:00.000Z";

/// `ACT` on `n` items.
fn acts_on(n: usize) -> Arc<Scenario> {
    Bench::scenario(&ACT.replace("n: 1 }", &format!("n: {n} }}")))
}

async fn started(engine: &Engine, scenario: &Scenario) -> Run {
    let actor = json!({ "kind": "user", "id": "tester" });
    acts::start(&engine.store, &engine.log, scenario, actor, "2026-11-20".into(), json!({})).await.unwrap()
}

/// Each case is in the ledger once, and done on record.
async fn all_entered_once(bench: &Bench, store: &Store, n: usize) {
    let mut ledger = bench.ledger();
    ledger.sort();
    ledger.dedup();
    assert_eq!((ledger.len(), bench.ledger().len()), (n, n));
    let run = store.runs(1).await.unwrap().pop().unwrap();
    let items = store.items(&run.id).await.unwrap();
    assert!(items.iter().all(|i| i.state == ItemState::Done), "{items:?}");
}

/// Somebody stops everything, or this run, or the process is asked to end: nothing begins any more, and what was stopped
/// goes on later.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn after_a_stop_at_any_moment_nothing_begins() {
    const ITEMS: usize = 100;
    let mut dice = Dice::new();
    let mut stopped = 0;
    for round in 0..wanted(6).min(1000) {
        let (bench, scenario) = (Bench::new(), acts_on(ITEMS));
        let engine = bench.engine().await;
        let run = started(&engine, &scenario).await;
        let pass = tokio::spawn(Arc::clone(&engine).execute(run.clone(), Arc::clone(&scenario)));
        tokio::time::sleep(Duration::from_micros(dice.below(200_000))).await;
        match round % 3 {
            0 => stops::stop(&engine.store, &engine.log, None, "試験", "tester").await.unwrap(),
            // It may have come to its end in this moment.
            1 => drop(stops::stop(&engine.store, &engine.log, Some(&run), "試験", "tester").await),
            _ => engine.stop.leave(),
        }
        let (pressed, entered) = (Instant::now(), bench.ledger().len());
        let state = pass.await.unwrap().unwrap();
        // Two seconds where the machine has nothing else to do: `night` looks at that.
        assert!(pressed.elapsed() < Duration::from_secs(20), "{:?}", pressed.elapsed());
        assert!(bench.ledger().len() <= entered + bench.workers, "{entered}, then {}", bench.ledger().len());
        stopped += u32::from(state != RunState::Done);
        stops::release(&engine.store, &engine.log, "試験", "tester").await.ok();
        drop(engine);
        let engine = bench.engine().await;
        let run = engine.store.run(&run.id).await.unwrap().unwrap();
        if run.state != RunState::Done {
            assert_eq!(Arc::clone(&engine).execute(run, scenario).await.unwrap(), RunState::Done);
        }
        all_entered_once(&bench, &engine.store, ITEMS).await;
        bench.verify();
    }
    assert!(stopped > 0, "every run had ended before it was stopped");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, to) = (entry.unwrap().path(), to.to_owned());
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { std::fs::copy(&path, to).map(drop).unwrap() }
    }
}

/// A backup made while a run goes on, put back in another folder beside the log as it is now.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_backup_of_any_moment_put_back_elsewhere_enters_nothing_twice() {
    const ITEMS: usize = 60;
    let mut dice = Dice::new();
    for _ in 0..wanted(4).min(200) {
        let (bench, scenario) = (Bench::new(), acts_on(ITEMS));
        let engine = bench.engine().await;
        let run = started(&engine, &scenario).await;
        let pass = tokio::spawn(Arc::clone(&engine).execute(run, Arc::clone(&scenario)));
        tokio::time::sleep(Duration::from_micros(dice.below(150_000))).await;
        let other = Bench { world: Arc::clone(&bench.world), ..Bench::new() };
        let backup = other.dir.path().join("backup");
        engine.store.backup(&backup, AT).await.unwrap();
        assert_eq!(pass.await.unwrap().unwrap(), RunState::Done);
        drop(engine);
        for folder in ["audit", "keys"] {
            copy(&bench.dir.path().join(folder), &other.dir.path().join(folder));
        }
        Store::restore_file(&other.dir.path().join("shoki.db"), &backup, AT).await.unwrap();
        let engine = other.engine().await;
        assert!(engine.store.rolled_back().await.unwrap().is_some(), "it knows that it is older");
        let run = engine.store.runs(1).await.unwrap().pop().unwrap();
        if run.state != RunState::Done {
            assert_eq!(Arc::clone(&engine).execute(run, scenario).await.unwrap(), RunState::Done);
        }
        all_entered_once(&other, &engine.store, ITEMS).await;
        engine.log.checkpoint().await.unwrap();
        other.verify();
    }
}

/// The end of a fiscal year, of a year, of 32-bit seconds, a leap second; and hours and days forth and back in each.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_clock_that_jumps_under_a_run_loses_and_doubles_nothing() {
    const ITEMS: usize = 30;
    const STARTS: [&str; 4] =
        ["2027-03-31T14:59:58Z", "2026-12-31T14:59:58Z", "2038-01-19T03:14:05Z", "2016-12-31T23:59:58Z"];
    const JUMPS: [i64; 6] = [3600, -3600, 86_400, -86_400, 1, -30];
    let mut dice = Dice::new();
    for round in 0..wanted(4).min(500) as usize {
        let clock = Arc::new(ManualClock::new(STARTS[round % STARTS.len()].parse().unwrap()));
        let bench = Bench { clock: Arc::clone(&clock) as _, ..Bench::new() };
        let scenario = acts_on(ITEMS);
        let engine = bench.engine().await;
        let run = started(&engine, &scenario).await;
        let pass = tokio::spawn(Arc::clone(&engine).execute(run, scenario));
        while !pass.is_finished() {
            let jump = JUMPS[usize::try_from(dice.below(6)).unwrap()];
            clock.advance(SignedDuration::from_secs(jump));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(pass.await.unwrap().unwrap(), RunState::Done);
        all_entered_once(&bench, &engine.store, ITEMS).await;
        engine.log.checkpoint().await.unwrap();
        for year in std::fs::read_dir(bench.dir.path().join("audit")).unwrap() {
            let dir = year.unwrap().path();
            if dir.is_dir() {
                let report = verify_dir(&dir, &Options::default()).unwrap();
                assert!(report.verdict.is_good() && report.faults.is_empty(), "{}", report.render_ja());
            }
        }
    }
}

/// Every day at 20:30; what was missed a person decides.
fn nightly() -> Watched {
    let schedule = Schedule {
        at: Cron::parse("30 20 * * *").unwrap(),
        days: Days::All,
        shift: Shift::None,
        of_month: None,
        from: None,
        until: None,
        missed: MissedPolicy::Hold,
    };
    let fixed = Some(("0".repeat(64), "0".repeat(64)));
    Watched { id: "t".into(), fixed, digest: "d".into(), schedule: vec![schedule] }
}

#[tokio::test]
async fn what_came_due_while_the_daemon_was_down_or_the_machine_slept_is_held() {
    let bench = Bench::new();
    let engine = bench.engine().await;
    let (store, log) = (&engine.store, &engine.log);
    let at = |text: &str| -> Zoned { format!("{text}[+09:00]").parse().unwrap() };
    let mut watcher = Watcher::new(OfficeCalendar::new());
    watcher.begin(vec![nightly()], store, &at("2026-11-20T12:00")).await.unwrap();
    // Down for three days.
    let mut watcher = Watcher::new(OfficeCalendar::new());
    watcher.begin(vec![nightly()], store, &at("2026-11-23T21:45")).await.unwrap();
    let found = watcher.look(store, log, &at("2026-11-23T21:45")).await.unwrap();
    let days: Vec<_> = found.iter().map(|due| (&due.at[8..10], due.state)).collect();
    assert_eq!(days, ["20", "21", "22", "23"].map(|day| (day, DueState::Held)));
    // Asleep for eight hours.
    assert!(watcher.look(store, log, &at("2026-11-24T20:29")).await.unwrap().is_empty());
    let found = watcher.look(store, log, &at("2026-11-25T04:29")).await.unwrap();
    assert_eq!(found.iter().map(|due| due.state).collect::<Vec<_>>(), [DueState::Held]);
    assert!(store.runs(10).await.unwrap().is_empty(), "nothing was started by itself");
    let found = watcher.look(store, log, &at("2026-11-25T20:30:20")).await.unwrap();
    assert_eq!(found.iter().map(|due| due.state).collect::<Vec<_>>(), [DueState::Started]);
    assert_eq!(store.runs(10).await.unwrap().len(), 1);
}
