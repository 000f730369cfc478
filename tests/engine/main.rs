//! The engine by itself: its promises with actions that fail on purpose. The judge is a ledger outside the store.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod composed;
mod decade;
mod disks;
mod faults;
mod keys;
mod late;
mod mended;
mod mended_again;
mod moments;
mod night;
mod nights;
mod open_ends;
mod restored;
mod unasked;

use bench::{Bench, Fault};
use serde_json::{Map, json};
use shoki::{
    control::acts::{self, Answer},
    run::{ItemState, RunState},
    store::Item,
};
use std::sync::atomic::Ordering;

fn states(items: &[Item]) -> Vec<ItemState> {
    items.iter().map(|i| i.state).collect()
}

/// One irreversible act per item, with a screen before it.
const ACT: &str = r#"
items: { do: test.list, with: { n: 1 }, key: "${{ item.n }}" }
steps:
  - { id: 画面, do: test.screen, on: juki, with: { name: 照会 } }
  - id: 登録
    do: test.submit
    on: juki
    with: { key: "k${{ item.n }}" }
    once: k${{ item.n }}
    retry: { times: 3, wait: 1s }
    probe: [{ do: test.probe, with: { key: "k${{ item.n }}" } }]
"#;

#[tokio::test]
async fn an_act_whose_answer_is_lost_is_found_and_not_repeated() {
    let bench = Bench::new().failing(&[Fault::After]);
    let (state, items) = bench.run(ACT).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]));
    assert_eq!(bench.ledger(), ["k1"]);
    bench.verify();
}

#[tokio::test]
async fn an_act_that_did_not_happen_is_done_again_from_a_fresh_screen() {
    let bench = Bench::new().failing(&[Fault::Before]);
    let (state, _) = bench.run(ACT).await;
    assert_eq!(state, RunState::Done);
    assert_eq!(bench.ledger(), ["k1"]);
    let screens = bench.world.screens.lock().unwrap().clone();
    let last = screens.last().unwrap();
    let session = bench.world.sessions.load(Ordering::Relaxed);
    assert_eq!(
        *last,
        format!("照会@{session}"),
        "the screen was shown again in the session of the second try: {screens:?}"
    );
    bench.verify();
}

#[tokio::test]
async fn a_refused_act_stops_the_item_and_leaves_its_key_free() {
    let bench = Bench::new().failing(&[Fault::Refused]);
    let (state, items) = bench.run(ACT).await;
    assert_eq!((state, states(&items)), (RunState::DoneWithExceptions, vec![ItemState::Stopped]));
    assert!(bench.ledger().is_empty());
    bench.verify();
}

#[tokio::test]
async fn what_no_probe_can_tell_waits_for_a_person() {
    for (said, wanted) in [("登録済み", 1), ("未登録", 2)] {
        let bench = Bench::new().failing(&[Fault::After]);
        bench.world.blind.store(true, Ordering::Relaxed);
        let (state, items) = bench.run(ACT).await;
        assert_eq!((state, states(&items)), (RunState::WaitingForPeople, vec![ItemState::InDoubt]));
        let (state, _) = bench.resume(ACT).await;
        assert_eq!(
            (state, bench.ledger().len()),
            (RunState::WaitingForPeople, 1),
            "nothing happens without an answer"
        );
        let engine = bench.engine().await;
        let check = engine.store.open_checks(None).await.unwrap().remove(0);
        let values = Map::from_iter([("結果".to_owned(), json!(said))]);
        let answer = Answer {
            id: check.id,
            values,
            again: serde_json::Map::new(),
            as_read: false,
            by: "staff".into(),
        };
        acts::answer(&engine.store, &engine.log, answer).await.unwrap();
        bench.world.blind.store(false, Ordering::Relaxed);
        let (state, _) = bench.resume(ACT).await;
        assert_eq!((state, bench.ledger().len()), (RunState::Done, wanted), "{said}");
        bench.verify();
    }
}

#[tokio::test]
async fn an_act_that_surely_sent_nothing_needs_no_probe() {
    let bench = Bench::new().failing(&[Fault::Untouched]);
    bench.world.blind.store(true, Ordering::Relaxed);
    let (state, _) = bench.run(ACT).await;
    assert_eq!((state, bench.ledger().len()), (RunState::Done, 1));
    bench.verify();
}

#[tokio::test]
async fn the_same_business_key_is_entered_once_over_items_and_runs() {
    let bench = Bench::new();
    let steps = ACT
        .replace("n: 1 }", "n: 4 }")
        .replace("k${{ item.n }}", "k${{ item.same }}")
        .replace("${{ item.n }}", "${{ item.n }}-${{ run.id }}");
    let (state, items) = bench.run(&steps).await;
    assert_eq!(state, RunState::Done);
    assert_eq!(items.iter().filter(|i| i.state == ItemState::Done).count(), 1);
    assert_eq!(items.iter().filter(|i| i.state == ItemState::Skipped).count(), 3);
    let (_, items) = bench.run(&steps).await;
    assert!(
        items
            .iter()
            .all(|i| i.state == ItemState::Skipped && i.reason.as_ref().unwrap().contains("登録済み"))
    );
    assert_eq!(bench.ledger(), ["kx"]);
    bench.verify();
}

#[tokio::test]
async fn an_item_seen_before_is_skipped_and_says_so() {
    let bench = Bench::new();
    bench.run(ACT).await;
    let (state, items) = bench.run(ACT).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Skipped]));
    assert!(items[0].reason.as_ref().unwrap().contains("処理済み"));
    assert_eq!(bench.ledger(), ["k1"]);
}

#[tokio::test]
async fn an_empty_part_of_the_business_key_is_refused_before_the_act() {
    let bench = Bench::new();
    let (_, items) = bench
        .run(&ACT.replace("once: k${{ item.n }}", "once: k/${{ item.file | replace('1.png', '') }}"))
        .await;
    assert_eq!((items[0].state, items[0].code.as_deref()), (ItemState::Stopped, Some("SHK0728")));
    assert!(bench.ledger().is_empty());
}

#[tokio::test]
async fn one_bad_item_in_a_thousand_and_the_other_999_finish() {
    let bench = Bench::new();
    let steps = r#"
items: { do: test.list, with: { n: 1000 }, key: "${{ item.n }}" }
steps:
  - { do: value.require, with: { that: "${{ item.n != 500 }}", else: この件だけは処理できません。 } }
after:
  - { id: 結果, do: value.set, with: { 件数: "${{ items.done | length }}", ほか: "${{ items.others | map(attribute='reason') }}" } }
"#;
    let (state, items) = bench.run(steps).await;
    assert_eq!(state, RunState::DoneWithExceptions);
    assert_eq!(items.iter().filter(|i| i.state == ItemState::Done).count(), 999);
    assert_eq!(
        (items[499].state, items[499].reason.as_deref()),
        (ItemState::Stopped, Some("この件だけは処理できません。"))
    );
    bench.verify();
}

#[tokio::test]
async fn a_held_item_is_taken_up_by_resume_and_looks_again() {
    let bench = Bench::new();
    let steps = r#"
items: { do: test.list, with: { n: 1 }, key: "${{ item.n }}" }
steps:
  - { id: 画面, do: test.screen, on: juki, with: { name: 照会 } }
  - { do: value.require, with: { that: "${{ 画面.session > 1 }}", else: まだです。, state: held } }
"#;
    let (state, items) = bench.run(steps).await;
    assert_eq!((state, states(&items)), (RunState::DoneWithExceptions, vec![ItemState::Held]));
    let (state, items) = bench.resume(steps).await;
    assert_eq!(
        (state, states(&items)),
        (RunState::Done, vec![ItemState::Done]),
        "the screen is looked at again: {items:?}"
    );
}
