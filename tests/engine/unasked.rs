//! What must not happen twice, unasked or unseen, when a scenario is written as people write them.

use super::{
    ItemState, RunState, acts,
    bench::{Bench, Fault},
    states,
};
use serde_json::json;
use shoki::{control::acts::Answer, store::Check};

/// An act whose failure lets the item go on, and a later step that fails once.
const GOES_ON: &str = r#"
items: { do: test.list, with: { n: 1 }, key: "${{ item.n }}" }
steps:
  - { id: 画面, do: test.screen, on: juki, with: { name: 照会 } }
  - { id: 登録, do: test.submit, on: juki, on_failure: continue, with: { key: "a" }, once: "a${{ item.n }}", retry: { times: 1 } }
  - { id: 控え, do: test.submit, on: juki, with: { key: "b" }, once: "b${{ item.n }}", retry: { times: 3, wait: 1s }, probe: [{ do: test.probe, with: { key: b } }] }
"#;

#[tokio::test]
async fn an_act_that_was_given_up_is_not_done_when_the_screen_is_built_again() {
    // Popped from the end: the first act surely sends nothing, the second fails once and begins on a fresh screen.
    let bench = Bench::new().failing(&[Fault::Before, Fault::Untouched]);
    let (state, items) = bench.run(GOES_ON).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    assert!(bench.world.screens.lock().unwrap().len() > 3, "the screen was built again");
    assert_eq!(bench.ledger(), ["b"]);
    bench.verify();
}

#[tokio::test]
async fn an_act_whose_key_moved_with_the_day_is_looked_up_and_not_repeated() {
    let bench = Bench::new();
    bench.world.blind.store(true, std::sync::atomic::Ordering::Relaxed);
    let lost = bench.failing(&[Fault::After]);
    let steps = |once: &str| {
        format!(
            r#"
items: {{ do: test.list, with: {{ n: 1 }}, key: "${{{{ item.n }}}}" }}
steps:
  - {{ id: 登録, do: test.submit, on: juki, with: {{ key: a }}, once: "{once}/${{{{ item.n }}}}", probe: [{{ do: test.probe, with: {{ key: a }} }}] }}
"#
        )
    };
    let (_, items) = lost.run(&steps("昨日")).await;
    assert_eq!(states(&items), [ItemState::InDoubt]);
    // A process that died between act and receipt leaves the item like this: announced, and waiting.
    let engine = lost.engine().await;
    let run = engine.store.runs(1).await.unwrap().pop().unwrap();
    let mut tx = engine.store.begin_strong().await.unwrap();
    let at = engine.log.now();
    let moved = shoki::store::Moved {
        run: &run.id,
        n: 1,
        next: ItemState::Waiting,
        step: None,
        code: None,
        reason: None,
        at: &at,
    };
    tx.move_item(&moved).await.unwrap();
    tx.commit().await.unwrap();
    drop(engine);
    lost.world.blind.store(false, std::sync::atomic::Ordering::Relaxed);
    let (state, items) = lost.resume(&steps("今日")).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    assert_eq!(lost.ledger(), ["a"], "entered once");
}

/// Two forms that name one person both, at another place.
const PEOPLE: &str = r#"
items: { do: test.list, with: { n: 2 }, key: "${{ item.n }}" }
steps:
  - { id: 一覧, do: test.list, with: { n: 2 } }
  - id: 届
    each:
      in: ${{ 一覧 }}
      as: 人
      steps:
        - { id: 登録, do: test.submit, on: juki, with: { key: "k${{ 人.n + item.n }}" }, once: "k${{ 人.n + item.n }}" }
        - { id: 控え, do: value.set, with: { 番号: "${{ 登録.receipt }}" } }
"#;

#[tokio::test]
async fn who_is_second_on_one_form_and_first_on_the_next_is_entered_once() {
    let mut bench = Bench::new();
    bench.workers = 1;
    let (state, items) = bench.run(PEOPLE).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done; 2]), "{items:?}");
    assert_eq!(bench.ledger(), ["k2", "k3", "k4"]);
    let engine = bench.engine().await;
    let run = engine.store.runs(1).await.unwrap().pop().unwrap();
    let kept = engine.store.results(&run.id, 2).await.unwrap();
    let first = kept.iter().find(|r| r.step == "届[1].控え").unwrap();
    assert_eq!(first.output, json!({ "番号": "R-2" }), "with the number the person has");
    bench.verify();
}

/// Answers every open check of the newest run.
async fn decided(bench: &Bench, word: &str) -> Vec<Check> {
    let engine = bench.engine().await;
    let open = engine.store.open_checks(None).await.unwrap();
    for check in &open {
        let values = check.questions.iter().map(|q| (q.field.clone(), json!(word))).collect();
        let answer = Answer {
            id: check.id,
            values,
            again: serde_json::Map::new(),
            as_read: false,
            by: "clerk".into(),
        };
        acts::answer(&engine.store, &engine.log, answer).await.unwrap();
    }
    open
}

const ASKS: &str = r#"
items: { do: test.list, with: { n: 1 }, key: "${{ item.n }}" }
steps:
  - { id: 登録, do: test.submit, on: juki, on_failure: ask, with: { key: a }, once: "a${{ item.n }}", retry: { times: 1 } }
"#;

#[tokio::test]
async fn what_a_person_refused_to_try_again_is_not_done() {
    for (word, wanted, ledger) in [("却下", ItemState::Stopped, 0), ("承認", ItemState::Done, 1)] {
        let bench = Bench::new().failing(&[Fault::Untouched]);
        let (_, items) = bench.run(ASKS).await;
        assert_eq!(states(&items), [ItemState::Approval]);
        assert_eq!(decided(&bench, word).await.len(), 1);
        let (_, items) = bench.resume(ASKS).await;
        assert_eq!((states(&items), bench.ledger().len()), (vec![wanted], ledger), "{word}: {items:?}");
        bench.verify();
    }
}

#[tokio::test]
async fn what_a_stopped_run_left_lying_is_done_the_next_night() {
    let mut bench = Bench::new().failing(&[Fault::Refused; 5]);
    bench.workers = 1;
    let steps = r#"
items: { do: test.list, with: { n: 8 }, key: "${{ item.n }}" }
steps:
  - { id: 登録, do: test.submit, on: juki, with: { key: "k${{ item.n }}" }, once: "k${{ item.n }}", probe: [{ do: test.probe, with: { key: "k${{ item.n }}" } }] }
"#;
    let (state, _) = bench.run(steps).await;
    assert_eq!(state, RunState::Stopped);
    let (state, items) = bench.run(steps).await;
    let done = items.iter().filter(|i| i.state == ItemState::Done).count();
    let skipped = items.iter().filter(|i| i.state == ItemState::Skipped).count();
    assert_eq!((state, done, skipped), (RunState::Done, 3, 5), "{items:?}");
    assert_eq!(bench.ledger(), ["k6", "k7", "k8"]);
    // The run before shows where they went, and does not do them a second time.
    let engine = bench.engine().await;
    let first = engine.store.runs(2).await.unwrap().pop().unwrap();
    let left = engine.store.items(&first.id).await.unwrap();
    let handed = left.iter().filter(|i| i.reason.as_deref().is_some_and(|r| r.contains("引き継ぎ"))).count();
    assert_eq!(handed, 3, "{left:?}");
    bench.verify();
}

#[tokio::test]
async fn items_without_a_key_are_not_taken_for_one_another() {
    let bench = Bench::new();
    let steps = r#"
items: { do: test.list, with: { n: 4 }, key: "${{ item.n if item.n < 3 else '' }}" }
steps:
  - { id: 登録, do: test.submit, on: juki, with: { key: "k${{ item.n }}" }, once: "k${{ item.n }}" }
"#;
    let (state, items) = bench.run(steps).await;
    let (done, stopped) = (ItemState::Done, ItemState::Stopped);
    assert_eq!((state, states(&items)), (RunState::DoneWithExceptions, vec![done, done, stopped, stopped]));
    assert_eq!(items[3].code.as_deref(), Some("SHK0737"));
    assert_eq!(bench.ledger().len(), 2);
    bench.verify();
}

#[tokio::test]
async fn a_value_that_cannot_be_worked_out_leaves_no_doubt_about_the_act() {
    let bench = Bench::new();
    let steps = r#"
items: { do: test.list, with: { n: 1 }, key: "${{ item.n }}" }
steps:
  - { id: 登録, do: test.submit, on: juki, with: { key: "k${{ item.file | int }}" }, once: "k${{ item.n }}" }
"#;
    let (_, items) = bench.run(steps).await;
    assert_eq!((states(&items), items[0].code.as_deref()), (vec![ItemState::Stopped], Some("SHK0724")));
    bench.verify();
}

#[tokio::test]
async fn a_half_filled_screen_is_not_handed_to_the_next_item() {
    let mut bench = Bench::new();
    bench.workers = 1;
    let steps = r#"
items: { do: test.list, with: { n: 3 }, key: "${{ item.n }}" }
steps:
  - { do: test.screen, on: juki, with: { name: "入力${{ item.n }}" } }
  - { do: value.require, with: { that: "${{ item.n != 2 }}", else: この件だけは処理できません。 } }
"#;
    let (_, items) = bench.run(steps).await;
    assert_eq!(states(&items), [ItemState::Done, ItemState::Stopped, ItemState::Done]);
    let screens = bench.world.screens.lock().unwrap().clone();
    assert_eq!(screens, ["入口@1", "入力1@1", "入力2@1", "入口@2", "入力3@2"]);
}
