//! What comes again the next night: cases that were entered and then came to rest, cases whose contents were changed since, and
//! numbers that are written otherwise.

use crate::{bench::Bench, states};
use serde_json::{Map, json};
use shoki::{
    control::acts::{self, Answer},
    run::{ItemState, RunState},
    store::Item,
};
use std::{fs, sync::atomic::Ordering};
use test_database::{Disk, Server};

/// An act, then a look that may fail, then a list that may not be there yet.
const BEHIND: &str = r#"
items: { do: test.list, with: { n: 1 }, key: "${{ item.n }}" }
steps:
  - { do: test.screen, on: juki, with: { name: "入力${{ item.n }}" } }
  - { id: 登録, do: test.submit, on: juki, with: { key: "k${{ item.n }}" }, once: "k${{ item.n }}" }
  - { id: 照会, do: test.probe, on: juki, with: { key: "k${{ item.n }}" }, retry: { times: 1 } }
  - { id: 名簿, do: file.list, with: { folder: 受付 } }
  - { do: value.require, with: { that: "${{ 名簿 | length > 0 }}", else: 名簿を待っています, state: held } }
  - { id: 控え, do: value.set, with: { 番号: "${{ 登録.receipt }}" } }
  - { do: value.require, with: { that: "${{ 控え.番号 == 'R-1' }}", else: 受付番号がありません } }
"#;

async fn what_was_entered_goes_on(bench: &Bench) {
    let inbox = bench.dir.path().join("受付");
    fs::create_dir_all(&inbox).unwrap();
    bench.world.blind.store(true, Ordering::Relaxed);
    let (_, items) = bench.run(BEHIND).await;
    assert_eq!((states(&items), bench.ledger().len()), (vec![ItemState::Failed], 1), "{items:?}");
    bench.world.blind.store(false, Ordering::Relaxed);
    let (_, items) = bench.run(BEHIND).await;
    assert_eq!(states(&items), [ItemState::Held], "{items:?}");
    fs::write(inbox.join("名簿.csv"), "番号\n1\n").unwrap();
    let (state, items) = bench.run(BEHIND).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    assert_eq!(bench.ledger(), ["k1"], "entered once in three nights");
    let engine = bench.engine().await;
    let runs = engine.store.runs(3).await.unwrap();
    let mut ended = Vec::new();
    for run in &runs {
        ended.extend(states(&engine.store.items(&run.id).await.unwrap()));
        let kept = engine.store.results(&run.id, 1).await.unwrap();
        let slip = kept.iter().find(|r| r.step == "控え").map(|r| &r.output);
        assert!(slip.is_none_or(|slip| *slip == json!({ "番号": "R-1" })), "{slip:?}");
    }
    let handed = ended.iter().filter(|state| **state == ItemState::Skipped).count();
    assert_eq!((ended.len(), handed), (3, 2), "who took their places is on the old runs: {ended:?}");
    drop(engine);
    let (_, items) = bench.run(BEHIND).await;
    assert_eq!(states(&items), [ItemState::Skipped], "once it is done, it is done");
    bench.verify();
}

#[tokio::test]
async fn what_came_to_rest_behind_its_act_goes_on_the_next_night() {
    let server = Server::start(Disk::Fast);
    what_was_entered_goes_on(&Bench::new()).await;
    assert_eq!(server.ask("CREATE DATABASE behind"), "");
    what_was_entered_goes_on(&Bench { url: Some(server.url_of("behind")), ..Bench::new() }).await;
}

/// An act whose key is made of what a folder held; then a look that may fail.
const LED: &str = r#"
items: { do: test.list, with: { n: 1 }, key: "${{ item.n }}" }
steps:
  - { id: 名簿, do: file.list, with: { folder: 受付 } }
  - { id: 数, do: value.set, with: { 件: "k${{ item.n }}-${{ 名簿 | length }}" } }
  - { id: 登録, do: test.submit, on: juki, with: { key: "${{ 数.件 }}" }, once: "${{ 数.件 }}" }
  - { id: 照会, do: test.probe, on: juki, with: { key: "${{ 数.件 }}" }, retry: { times: 1 } }
"#;

async fn what_led_to_an_act_stays(bench: &Bench) {
    let inbox = bench.dir.path().join("受付");
    fs::create_dir_all(&inbox).unwrap();
    bench.world.blind.store(true, Ordering::Relaxed);
    let (_, items) = bench.run(LED).await;
    assert_eq!((states(&items), bench.ledger()), (vec![ItemState::Failed], vec!["k1-0".to_owned()]));
    fs::write(inbox.join("名簿.csv"), "番号\n1\n").unwrap();
    let (_, items) = bench.run(LED).await;
    assert_eq!(states(&items), [ItemState::Failed], "{items:?}");
    bench.world.blind.store(false, Ordering::Relaxed);
    let (state, items) = bench.run(LED).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    assert_eq!(bench.ledger(), ["k1-0"], "what is seen the next night makes no second act");
    bench.verify();
}

#[tokio::test]
async fn what_led_to_an_act_is_not_found_out_anew_the_next_night() {
    let server = Server::start(Disk::Fast);
    what_led_to_an_act_stays(&Bench::new()).await;
    assert_eq!(server.ask("CREATE DATABASE led"), "");
    what_led_to_an_act_stays(&Bench { url: Some(server.url_of("led")), ..Bench::new() }).await;
}

/// A case by its number, with a name that is typed on the screen before.
fn case(key: &str, number: &str, name: &str) -> String {
    r#"
items: { do: value.set, with: { rows: [{ 番号: "NUMBER", 名: "NAME" }] }, key: "KEY" }
steps:
  - { do: test.screen, on: juki, with: { name: "${{ item.名 }}" } }
  - { do: test.screen, on: juki, with: { name: "${{ today }}" } }
  - { id: 登録, do: test.submit, on: juki, with: { key: "${{ item.番号 }}" }, once: "${{ item.番号 }}" }
"#
    .replace("KEY", key)
    .replace("NUMBER", number)
    .replace("NAME", name)
}

const BY_NUMBER: &str = "${{ item.番号 }}";
/// Another one each night, so that only the key of the act says that the case is known.
const BY_RUN: &str = "${{ item.番号 }}-${{ run.id }}";

/// Answers what is open, and takes the newest run on.
async fn answered(bench: &Bench, steps: &str, said: &str) -> Vec<Item> {
    let engine = bench.engine().await;
    for check in engine.store.open_checks(None).await.unwrap() {
        let values = check.questions.iter().map(|q| (q.field.clone(), json!(said))).collect();
        let (id, again, by) = (check.id, Map::new(), "clerk".to_owned());
        let answer = Answer { id, values, again, as_read: false, by };
        acts::answer(&engine.store, &engine.log, answer).await.unwrap();
    }
    drop(engine);
    bench.resume(steps).await.1
}

async fn other_contents_are_told(bench: &Bench, key: &str) {
    let night = |name: &str| case(key, "A1", name);
    let (state, items) = bench.run(&night("山田")).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    for same in ["山田", "山田\u{3000}"] {
        let (_, items) = bench.run(&night(same)).await;
        assert_eq!(states(&items), [ItemState::Skipped], "{items:?}");
    }
    let changed = night("鈴木");
    let (state, items) = bench.run(&changed).await;
    assert_eq!((state, states(&items)), (RunState::WaitingForPeople, vec![ItemState::Approval]));
    let reason = items[0].reason.as_deref().unwrap();
    assert_eq!(items[0].code.as_deref(), Some("SHK0738"));
    assert!(reason.contains("内容の違う") && reason.contains("R-1") && !reason.contains("鈴木"), "{reason}");
    let items = answered(bench, &changed, "承認").await;
    assert_eq!(states(&items), [ItemState::Skipped], "{items:?}");
    let (_, items) = bench.run(&changed).await;
    assert_eq!(states(&items), [ItemState::Skipped], "people were told of it: {items:?}");
    let (_, items) = bench.run(&night("佐藤")).await;
    assert_eq!(states(&items), [ItemState::Approval], "{items:?}");
    let items = answered(bench, &night("佐藤"), "却下").await;
    assert_eq!((states(&items), items[0].code.as_deref()), (vec![ItemState::Stopped], Some("SHK0738")));
    assert_eq!(bench.ledger(), ["A1"], "entered once");
    bench.verify();
}

#[tokio::test]
async fn a_case_that_comes_again_with_other_contents_is_shown_to_a_person() {
    let server = Server::start(Disk::Fast);
    for (n, key) in [BY_NUMBER, BY_RUN].into_iter().enumerate() {
        other_contents_are_told(&Bench::new(), key).await;
        assert_eq!(server.ask(&format!("CREATE DATABASE told{n}")), "");
        let far = Bench { url: Some(server.url_of(&format!("told{n}"))), ..Bench::new() };
        other_contents_are_told(&far, key).await;
    }
}

#[tokio::test]
async fn after_a_change_of_the_scenario_nothing_is_known_of_the_contents() {
    let bench = Bench::new();
    bench.run(&case(BY_NUMBER, "A1", "山田")).await;
    let other = case(BY_NUMBER, "A1", "鈴木").replace("${{ item.名 }}", "${{ item.名 }}様");
    let (_, items) = bench.run(&other).await;
    assert_eq!(states(&items), [ItemState::Skipped], "{items:?}");
}

#[tokio::test]
async fn a_number_that_is_written_otherwise_is_the_same_number() {
    let bench = Bench::new();
    for (number, wanted) in [
        ("AB-1", ItemState::Done),
        ("ＡＢ-１", ItemState::Skipped),
        (" AB-1\u{3000}", ItemState::Skipped),
        ("AB-10", ItemState::Done),
    ] {
        let (_, items) = bench.run(&case(BY_NUMBER, number, "山田")).await;
        assert_eq!(states(&items), [wanted], "{number}: {items:?}");
    }
    assert_eq!(bench.ledger(), ["AB-1", "AB-10"]);
    bench.verify();
}
