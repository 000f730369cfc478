//! Who may change runs: leases, fences, claims and seats, on both databases.

use crate::Memory;
use serde_json::json;
use shoki::{
    run::{ItemState, RunState},
    store::{NewItem, NewRun, StepResult, Store, StoreError, Strength, Worker},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use test_database::{Disk, Server};

const AT: &str = "2026-11-20T21:00:00.000Z";
const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(50);

fn id(n: u32) -> String {
    format!("01KAH{n:021}")
}

async fn queue(store: &Store, n: u32, sha256: &str) {
    let run = NewRun {
        id: id(n),
        scenario: format!("s{n}"),
        sha256: sha256.into(),
        date: "2026-11-20".into(),
        settings: json!({}),
        actor: json!({}),
        at: AT.into(),
    };
    let mut tx = store.begin(Strength::Process).await.unwrap();
    tx.add_run(&run).await.unwrap();
    tx.commit().await.unwrap();
}

async fn worker(store: &Store, home: &str, lease: Duration) -> Worker {
    let worker = store.enlist(home, home, "here", lease).await.unwrap();
    store.offer(&worker, &["x".into()]).await.unwrap();
    worker
}

async fn a_worker_that_does_not_answer_is_refused_and_its_runs_go_to_others(name: &str, memory: &Memory) {
    let store = memory.open().await;
    queue(&store, 1, "x").await;
    let (slow, quick) = (worker(&store, "a", SHORT).await, worker(&store, "b", LONG).await);
    assert_eq!(store.claim_run(&slow).await.unwrap().unwrap().id, id(1));
    assert!(store.claim_run(&quick).await.unwrap().is_none(), "{name}: it is taken");
    assert_eq!(store.take_seat(&slow, "juki", 1).await.unwrap().map(|_| ()), Some(()));
    assert_eq!(store.take_seat(&quick, "juki", 1).await.unwrap(), None);
    let begun = store.begin_as(&slow, Strength::Power).await.unwrap();
    drop(begun);
    tokio::time::sleep(SHORT * 3).await;
    let gone = store.dismiss_late().await.unwrap();
    assert_eq!(gone.iter().map(|w| w.epoch).collect::<Vec<_>>(), [slow.epoch], "{name}");
    let refused = [
        store.begin_as(&slow, Strength::Process).await.err(),
        store.renew(&slow).await.err(),
        store.claim_run(&slow).await.err(),
    ];
    assert!(refused.iter().all(|r| matches!(r, Some(StoreError::Lost))), "{name}: {refused:?}");
    assert!(!store.has_ended(slow.epoch).await.unwrap(), "{name}: it may still be there");
    let taken = store.claim_run(&quick).await.unwrap().unwrap();
    assert_eq!((taken.id, taken.worker), (id(1), Some(quick.epoch)), "{name}");
    assert!(store.take_seat(&quick, "juki", 1).await.unwrap().is_some(), "{name}");
    let next = worker(&store, "a", LONG).await;
    assert!(next.epoch > quick.epoch && store.has_ended(slow.epoch).await.unwrap(), "{name}");
}

async fn runs_are_claimed_oldest_first_by_those_who_can_and_by_nobody_twice(name: &str, memory: &Memory) {
    let store = memory.open().await;
    for n in [3, 1, 2] {
        queue(&store, n, if n == 2 { "y" } else { "x" }).await;
    }
    let only = worker(&store, "a", LONG).await;
    let claimed = [store.claim_run(&only).await, store.claim_run(&only).await, store.claim_run(&only).await];
    let ids = claimed.map(|run| run.unwrap().map(|r| r.id));
    assert_eq!(ids, [Some(id(1)), Some(id(3)), None], "{name}: nobody here knows the scenario of run 2");
    let mut tx = store.begin_as(&only, Strength::Process).await.unwrap();
    tx.move_run(&id(1), RunState::Running, None, AT).await.unwrap();
    tx.move_run(&id(1), RunState::Done, None, AT).await.unwrap();
    tx.commit().await.unwrap();
    store.leave(&only).await.unwrap();
    let other = worker(&store, "b", LONG).await;
    assert_eq!(store.claim_run(&other).await.unwrap().unwrap().id, id(3), "{name}: left runs are free");
    assert!(store.claim_run(&other).await.unwrap().is_none(), "{name}: a run at rest is not");
    let mut tx = store.begin_as(&other, Strength::Process).await.unwrap();
    assert!(tx.take_run(&id(2)).await.unwrap(), "{name}");
}

/// Who has three places free gets the three oldest at once, and nobody else gets one of them.
async fn several_runs_are_claimed_at_once_in_order(name: &str, memory: &Memory) {
    let store = memory.open().await;
    for n in [5, 1, 4, 2, 3] {
        queue(&store, n, "x").await;
    }
    let (one, two) = (worker(&store, "a", LONG).await, worker(&store, "b", LONG).await);
    let ids = |runs: Vec<shoki::store::Run>| runs.into_iter().map(|r| r.id).collect::<Vec<_>>();
    assert_eq!(ids(store.claim_runs(&one, 3).await.unwrap()), [id(1), id(2), id(3)], "{name}");
    assert_eq!(ids(store.claim_runs(&two, 3).await.unwrap()), [id(4), id(5)], "{name}");
    assert!(store.claim_runs(&one, 3).await.unwrap().is_empty(), "{name}");
    assert!(!store.has_stranded_run().await.unwrap(), "{name}");
    queue(&store, 6, "changed").await;
    assert!(store.has_stranded_run().await.unwrap(), "{name}: nobody offers it");
}

/// The quick ways of a worker whose runs were given to others are shut too, and a receipt stands whoever comes later.
async fn a_stale_worker_puts_no_step_on_record_and_claims_no_item(name: &str, memory: &Memory) {
    let store = memory.open().await;
    queue(&store, 1, "x").await;
    let worker = worker(&store, "a", LONG).await;
    let mut tx = store.begin(Strength::Process).await.unwrap();
    let item = |n| NewItem { n, key: format!("k{n}"), input: json!({}) };
    let again = NewItem { key: "k1".into(), ..item(3) };
    let added = tx.add_items("s1", &id(1), &[item(1), item(2), again], AT).await.unwrap();
    assert_eq!(added.states, [ItemState::Waiting, ItemState::Waiting, ItemState::Skipped], "{name}");
    let sent = StepResult { step: "送信".into(), output: json!(1), receipted: true };
    tx.add_result(&id(1), 1, &sent, AT).await.unwrap();
    tx.commit().await.unwrap();
    let light = |step: &str, n: i64| StepResult { step: step.into(), output: json!(n), receipted: false };
    for n in [2, 3] {
        store.put_result(&worker, &id(1), 1, &light("計算", n), AT).await.unwrap();
        store.put_result(&worker, &id(1), 1, &light("送信", n), AT).await.unwrap();
    }
    let known = store.results(&id(1), 1).await.unwrap();
    assert_eq!(known, [sent, light("計算", 3)], "{name}: a receipted output stays, a light one is replaced");
    let (first, begun) = store.claim_item(&worker, &id(1), AT).await.unwrap().unwrap();
    assert_eq!((first.n, begun), (1, true), "{name}");
    store.leave(&worker).await.unwrap();
    let refused = [
        store.put_result(&worker, &id(1), 1, &light("計算", 4), AT).await.err(),
        store.claim_item(&worker, &id(1), AT).await.err(),
        store.claim_runs(&worker, 2).await.err(),
    ];
    assert!(refused.iter().all(|r| matches!(r, Some(StoreError::Lost))), "{name}: {refused:?}");
    assert_eq!(store.results(&id(1), 1).await.unwrap().len(), 2, "{name}");
    let other = self::worker(&store, "b", LONG).await;
    let (second, begun) = store.claim_item(&other, &id(1), AT).await.unwrap().unwrap();
    assert_eq!((second.n, begun), (2, false), "{name}");
    assert!(store.claim_item(&other, &id(1), AT).await.unwrap().is_none(), "{name}");
}

/// Four machines empty one queue; each run goes to exactly one of them.
async fn machines_that_claim_at_once_share_the_runs(name: &str, memory: &Memory) {
    const RUNS: u32 = 200;
    let store = memory.open().await;
    for n in 0..RUNS {
        queue(&store, n, "x").await;
    }
    let mut machines = tokio::task::JoinSet::new();
    for machine in 0..4 {
        let store: Arc<Store> = memory.open().await;
        machines.spawn(async move {
            let worker = worker(&store, &format!("m{machine}"), LONG).await;
            let mut mine = Vec::new();
            while let Some(run) = store.claim_run(&worker).await.unwrap() {
                mine.push(run.id);
            }
            mine
        });
    }
    let all: Vec<String> = machines.join_all().await.concat();
    assert_eq!(all.len(), RUNS as usize, "{name}");
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), RUNS as usize, "{name}");
}

async fn nobody_gets_more_seats_than_there_are(name: &str, memory: &Memory) {
    let mut machines = tokio::task::JoinSet::new();
    for machine in 0..6 {
        let store = memory.open().await;
        machines.spawn(async move {
            let worker = worker(&store, &format!("m{machine}"), LONG).await;
            store.take_seat(&worker, "juki", 2).await.unwrap()
        });
    }
    let seats: Vec<String> = machines.join_all().await.into_iter().flatten().collect();
    assert_eq!(seats.len(), 2, "{name}");
    let store = memory.open().await;
    store.leave_seat(&seats[0]).await.unwrap();
    let late = worker(&store, "late", LONG).await;
    assert!(store.take_seat(&late, "juki", 2).await.unwrap().is_some(), "{name}");
    assert!(store.take_seat(&late, "juki", 2).await.unwrap().is_none(), "{name}");
}

/// Two machines start the same scenario at the same moment: one is told of the other.
async fn a_scenario_is_not_begun_twice_at_once(name: &str, memory: &Memory) {
    let mut machines = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = memory.open().await;
        machines.spawn(async move {
            let mut tx = store.begin(Strength::Power).await.unwrap();
            if tx.running("転入").await.unwrap().is_some() {
                return 0;
            }
            let (scenario, sha256) = ("転入".to_owned(), "x".to_owned());
            let (settings, actor) = (json!({}), json!({}));
            let (date, at) = ("2026-11-20".to_owned(), AT.to_owned());
            tx.add_run(&NewRun { id: id(n), scenario, sha256, date, settings, actor, at }).await.unwrap();
            tx.commit().await.unwrap();
            1
        });
    }
    assert_eq!(machines.join_all().await.iter().sum::<i32>(), 1, "{name}");
}

/// Somebody copied an office folder, lock and all, to another machine: two would work under one name.
async fn a_copy_of_an_office_at_work_is_refused(memory: &Memory) {
    let (first, store) = (memory.open().await, memory.open().await);
    let lease = Duration::from_millis(400);
    let at_work = first.enlist("a", "home", "boot1 /srv/a", lease).await.unwrap();
    let (until, keeper) = (Arc::new(AtomicBool::new(true)), Arc::clone(&first));
    let (goes_on, worker) = (Arc::clone(&until), at_work.clone());
    let keeping = tokio::spawn(async move {
        while goes_on.load(Ordering::Relaxed) {
            keeper.renew(&worker).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let refused = store.enlist("a", "home", "boot2 /srv/a", lease).await;
    assert!(matches!(refused, Err(StoreError::Copied)), "{refused:?}");
    assert_eq!(first.renew(&at_work).await.err().map(|e| e.to_string()), None, "the first keeps its work");
    let refused = store.enlist("a", "other", "boot2 /srv/b", lease).await;
    assert!(matches!(refused, Err(StoreError::Namesake(_))), "{refused:?}");
    // It dies; its machine is started anew, and its folder lies elsewhere.
    until.store(false, Ordering::Relaxed);
    keeping.await.unwrap();
    let moved = store.enlist("a", "home", "boot3 /srv/b", lease).await.unwrap();
    assert!(moved.epoch > at_work.epoch);
    // Started again in the same place: nobody waits.
    let began = std::time::Instant::now();
    store.enlist("a", "home", "boot3 /srv/b", LONG).await.unwrap();
    store.enlist("a", "home", "boot3 /srv/b", LONG).await.unwrap();
    assert!(began.elapsed() < LONG / 3);
}

/// Each story on an `SQLite` file and on a database of one `PostgreSQL` server.
macro_rules! told {
    ($server:ident, $($story:ident),+) => { $(
        $story("SQLite", &Memory::file()).await;
        $story("PostgreSQL", &Memory::database(&$server, stringify!($story))).await;
    )+ };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn machines_share_one_database() {
    let server = Arc::new(Server::start(Disk::Fast));
    told!(
        server,
        a_worker_that_does_not_answer_is_refused_and_its_runs_go_to_others,
        runs_are_claimed_oldest_first_by_those_who_can_and_by_nobody_twice,
        several_runs_are_claimed_at_once_in_order,
        a_stale_worker_puts_no_step_on_record_and_claims_no_item,
        machines_that_claim_at_once_share_the_runs,
        nobody_gets_more_seats_than_there_are,
        a_scenario_is_not_begun_twice_at_once
    );
    a_copy_of_an_office_at_work_is_refused(&Memory::database(&server, "copied")).await;
}
