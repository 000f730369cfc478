//! What a night brings: systems that are shut or closed, the same failure again and again, a stop, a panic.

use crate::{
    ACT,
    bench::{Bench, Fault},
    states,
};
use jiff::{ToSpan, Zoned};
use serde_json::json;
use shoki::{
    calendar::{Cron, Days, MissedPolicy, OfficeCalendar, Schedule, Shift},
    clock::tokyo,
    control::{acts, dues::moment, stops},
    run::{ItemState, RunState},
    schedule::{Watched, Watcher},
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

/// `ACT` on `n` items.
fn acts_on(n: u32) -> String {
    ACT.replace("n: 1 }", &format!("n: {n} }}"))
}

#[tokio::test]
async fn items_of_a_shut_system_wait_and_the_run_goes_on_when_it_opens() {
    let bench = Bench::new();
    bench.world.shut.store(true, Ordering::Relaxed);
    let steps = acts_on(20).replace("retry: { times: 3, wait: 1s }", "retry: { times: 1 }");
    let (state, items) = bench.run(&steps).await;
    assert_eq!(state, RunState::Running, "it waits");
    assert!(
        items.iter().all(|i| i.state == ItemState::Held && i.code.as_deref() == Some("SHK0761")),
        "{items:?}"
    );
    let tries = bench.world.sessions.load(Ordering::Relaxed);
    assert!(tries <= 8, "once it is known, nobody knocks for every item: {tries} tries");
    let engine = bench.engine().await;
    let run = engine.store.runs(1).await.unwrap().pop().unwrap();
    let wait = run.wake_at.unwrap() - jiff::Timestamp::now().as_millisecond();
    assert!((200_000..=300_000).contains(&wait), "{wait} ms");
    drop(engine);
    bench.world.shut.store(false, Ordering::Relaxed);
    let (state, items) = bench.resume(&steps).await;
    assert_eq!((state, items.iter().filter(|i| i.state == ItemState::Done).count()), (RunState::Done, 20));
    assert_eq!(bench.ledger().len(), 20);
    bench.verify();
}

/// `HH:MM` some minutes from now, Tokyo; None when that is another day.
fn clock_in(minutes: i64) -> Option<String> {
    let now = Zoned::now().with_time_zone(tokyo());
    let at = now.checked_add(minutes.minutes()).unwrap();
    (at.date() == now.date()).then(|| at.strftime("%H:%M").to_string())
}

#[tokio::test]
async fn outside_the_hours_of_a_system_the_run_waits_until_it_opens() {
    // Closed now, opens later today or, late in the evening, was open before.
    let hours = match (clock_in(120), clock_in(180)) {
        (Some(from), Some(to)) => format!("{from}-{to}"),
        _ => "00:00-06:00".to_owned(),
    };
    let bench = Bench::new();
    let steps = format!("    hours: \"{hours}\"\n{ACT}");
    let (state, items) = bench.run(&steps).await;
    assert_eq!((state, states(&items)), (RunState::Running, vec![ItemState::Held]));
    assert_eq!(items[0].code.as_deref(), Some("SHK0732"));
    assert!(bench.ledger().is_empty() && bench.world.sessions.load(Ordering::Relaxed) == 0);
    let engine = bench.engine().await;
    let run = engine.store.runs(1).await.unwrap().pop().unwrap();
    let opens = jiff::Timestamp::from_millisecond(run.wake_at.unwrap()).unwrap().to_zoned(tokyo());
    assert!(hours.starts_with(&opens.strftime("%H:%M").to_string()), "{opens} {hours}");
    let claimed = engine.store.claim_run(&engine.tenure.worker).await.unwrap();
    assert!(claimed.is_none(), "nobody takes it up before");
}

#[tokio::test]
async fn in_the_margin_before_the_close_nothing_begins() {
    let (Some(from), Some(to)) = (clock_in(-60), clock_in(20)) else { return };
    let bench = Bench::new();
    let open = format!("    hours: \"{from}-{to}\"\n    margin: 5m\n{ACT}");
    assert_eq!(bench.run(&open).await.0, RunState::Done);
    let bench = Bench::new();
    let closing = format!("    hours: \"{from}-{to}\"\n    margin: 30m\n{ACT}");
    assert_eq!(bench.run(&closing).await.0, RunState::Running);
    assert!(bench.ledger().is_empty());
}

#[tokio::test]
async fn the_same_failure_five_times_in_a_row_stops_the_run() {
    let mut bench = Bench::new().failing(&[Fault::Refused; 12]);
    bench.workers = 1;
    let (state, items) = bench.run(&acts_on(12)).await;
    assert_eq!(state, RunState::Stopped);
    let count = |s| items.iter().filter(|i| i.state == s).count();
    assert_eq!((count(ItemState::Stopped), count(ItemState::Waiting)), (5, 7));
    let engine = bench.engine().await;
    let reason = engine.store.runs(1).await.unwrap().pop().unwrap().reason.unwrap();
    assert!(
        reason.contains("5 件続いた") && reason.contains("登録") && reason.contains("SHK0498"),
        "{reason}"
    );
    bench.verify();
}

#[tokio::test]
async fn cases_that_are_not_right_in_themselves_do_not_spend_the_budget() {
    let steps = r#"
items: { do: test.list, with: { n: 12 }, key: "${{ item.n }}" }
steps: [{ do: value.require, with: { that: "${{ item.n > 12 }}", else: 対象外です。 } }]
"#;
    let (state, items) = Bench::new().run(steps).await;
    assert_eq!(state, RunState::DoneWithExceptions);
    assert!(items.iter().all(|i| i.state == ItemState::Stopped));
}

/// Each item looks whether a checkpoint is due; that many look at once makes no more of them.
#[tokio::test]
async fn items_side_by_side_sign_no_more_often_than_one_after_the_other() {
    const ITEMS: u32 = 150;
    let notes = async |workers| {
        let bench = Bench { workers, ..Bench::new() };
        assert_eq!(bench.run(&acts_on(ITEMS)).await.0, RunState::Done);
        let years = std::fs::read_dir(bench.dir.path().join("audit")).unwrap().flatten();
        let notes = years.filter_map(|year| std::fs::read_dir(year.path().join("cp")).ok());
        notes.map(Iterator::count).sum::<usize>()
    };
    let (one, many) = (notes(1).await, notes(12).await);
    assert!(one > 2 && many <= one + 1, "{one} and {many}");
}

#[tokio::test]
async fn a_panic_costs_one_item_and_its_act_is_looked_up() {
    let mut bench = Bench::new().failing(&[Fault::Panic]);
    bench.workers = 1;
    let (state, items) = bench.run(&acts_on(3)).await;
    assert_eq!(state, RunState::DoneWithExceptions);
    assert_eq!((items[0].state, items[0].code.as_deref()), (ItemState::Stopped, Some("SHK0760")));
    assert_eq!(bench.ledger(), ["k2", "k3"]);
    bench.verify();
}

#[tokio::test]
async fn after_an_emergency_stop_nothing_begins_until_it_is_released() {
    let bench = Bench::new();
    let engine = bench.engine().await;
    let steps = acts_on(300);
    let scenario = Bench::scenario(&steps);
    let actor = json!({ "kind": "user", "id": "tester" });
    let start =
        acts::start(&engine.store, &engine.log, &scenario, actor.clone(), "2026-11-20".into(), json!({}));
    let run = start.await.unwrap();
    let pass = tokio::spawn(Arc::clone(&engine).execute(run.clone(), Arc::clone(&scenario)));
    while bench.ledger().len() < 20 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stops::stop(&engine.store, &engine.log, None, "試験", "tester").await.unwrap();
    // At most the acts that were announced before the stop still come.
    let (pressed, entered) = (Instant::now(), bench.ledger().len());
    assert_eq!(pass.await.unwrap().unwrap(), RunState::Stopped);
    assert!(pressed.elapsed() < Duration::from_secs(2), "{:?}", pressed.elapsed());
    assert!(bench.ledger().len() <= entered + bench.workers, "{entered} and then {}", bench.ledger().len());
    let again = Arc::clone(&engine).execute(run.clone(), Arc::clone(&scenario)).await;
    assert!(again.unwrap_err().to_string().contains("解除"));
    let refused =
        acts::start(&engine.store, &engine.log, &scenario, actor, "2026-11-20".into(), json!({})).await;
    assert!(matches!(refused, Err(acts::ActError::Stopped(_))));
    assert_eq!(stops::release(&engine.store, &engine.log, "試験", "tester").await.unwrap(), 1);
    let run = engine.store.run(&run.id).await.unwrap().unwrap();
    assert!(run.reason.as_ref().unwrap().contains("試験"));
    assert_eq!(Arc::clone(&engine).execute(run, scenario).await.unwrap(), RunState::Done);
    let mut ledger = bench.ledger();
    ledger.sort();
    ledger.dedup();
    assert_eq!((ledger.len(), bench.ledger().len()), (300, 300));
    bench.verify();
}

/// A repeatable source of chances (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let roll = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % u64::try_from(limit).unwrap();
        i64::try_from(roll).unwrap()
    }
}

/// Nights with long sleeps, restarts and a clock that is set back: every due moment is on record, once.
#[tokio::test]
async fn a_year_of_schedules_with_a_wild_clock_loses_none_and_doubles_none() {
    let seed = std::env::var("SHOKI_SEED").ok().and_then(|s| s.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap() | 1);
    println!("SHOKI_SEED={seed}");
    let mut dice = Dice(seed);
    let bench = Bench::new();
    let engine = bench.engine().await;
    let (store, log) = (&engine.store, &engine.log);
    let schedule = Schedule {
        at: Cron::parse("30 20 * * *").unwrap(),
        days: Days::Open,
        shift: Shift::Next,
        of_month: None,
        from: None,
        until: None,
        missed: MissedPolicy::Skip,
    };
    let plan = Watched {
        id: "t".into(),
        fixed: Some(("0".repeat(64), "0".repeat(64))),
        digest: "d".into(),
        schedule: vec![schedule.clone()],
    };
    let at = |text: &str| -> Zoned { format!("{text}[+09:00]").parse().unwrap() };
    let (start, end) = (at("2026-12-20T00:00"), at("2028-01-10T00:00"));
    let mut watcher = Watcher::new(OfficeCalendar::new());
    watcher.begin(vec![plan.clone()], store, &start).await.unwrap();
    let mut now = start.clone();
    while now < end {
        now = now.checked_add(dice.below(60 * 60).minutes()).unwrap().min(end.clone());
        if dice.below(5) == 0 {
            watcher = Watcher::new(OfficeCalendar::new());
            watcher.begin(vec![plan.clone()], store, &now).await.unwrap();
        }
        let back = if dice.below(7) == 0 { dice.below(20 * 60) } else { 0 };
        watcher.look(store, log, &now.checked_sub(back.minutes()).unwrap()).await.unwrap();
    }
    watcher.look(store, log, &end).await.unwrap();
    let mut recorded: Vec<String> =
        store.dues(None, 10_000).await.unwrap().into_iter().map(|d| d.at).collect();
    recorded.sort();
    let wanted: Vec<String> =
        schedule.moments(&OfficeCalendar::new(), &start, &end).iter().map(|m| moment(&m.at)).collect();
    assert_eq!(recorded, wanted);
    assert!(wanted.len() > 250);
}
