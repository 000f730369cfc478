//! Steps made of steps: parts, repetitions, secrets. They are recorded, resumed and guarded like any others.

use super::{
    ItemState, RunState, acts,
    bench::{Bench, Fault, catalog},
};
use serde_json::{Value, json};
use shoki::{
    engine::Engine,
    form::Forms,
    scenario::{self, OfficeFacts, Scenario},
};
use std::sync::Arc;

const HEAD_WITH_PARTS: &str = "
shoki: 1
id: t
title: 試験
owner: 試験課
retention: 1y
systems:
  juki:
    url: http://127.0.0.1:1/
    account: robot
    sign_in: [{ use: parts/入口.yaml, with: { 利用者: \"${{ account.user }}\" } }]
";

const DOOR: &str = "
shoki_part: 1
title: サインイン
takes: { 利用者: { type: text }, 二回: { type: flag, default: false } }
steps:
  - { do: test.screen, with: { name: \"入口 ${{ with.利用者 }}\" } }
  - { if: \"${{ with.二回 }}\", do: test.screen, with: { name: 二回目 } }
";

const ENTER: &str = "
shoki_part: 1
title: 登録
takes:
  番号: { type: text }
  備考: { type: text, default: なし }
steps:
  - { id: 画面, do: test.screen, with: { name: \"登録 ${{ with.番号 }}\" } }
  - id: 登録
    do: test.submit
    with: { key: \"${{ with.番号 }}/${{ with.備考 }}\" }
    once: ${{ with.番号 }}
    retry: { times: 3, wait: 1s }
    probe: [{ do: test.probe, with: { key: \"${{ with.番号 }}/${{ with.備考 }}\" } }]
gives:
  受付番号: ${{ 登録.receipt }}
";

/// The scenario with these steps and the parts above, in the bench's folder.
fn scenario(bench: &Bench, steps: &str) -> Arc<Scenario> {
    let parts = bench.dir.path().join("parts");
    std::fs::create_dir_all(&parts).unwrap();
    std::fs::write(parts.join("入口.yaml"), DOOR).unwrap();
    std::fs::write(parts.join("登録.yaml"), ENTER).unwrap();
    let office = OfficeFacts { root: Some(bench.dir.path().to_owned()), ..OfficeFacts::default() };
    let file = bench.dir.path().join("t.yaml");
    let text = format!("{HEAD_WITH_PARTS}{steps}");
    let loaded = scenario::load_text(&file, &text, &catalog(), &Forms::new(), &office);
    Arc::new(loaded.unwrap_or_else(|p| panic!("{}", shoki::problem::render(&p, false))))
}

/// An engine that knows the account `robot`.
async fn engine(bench: &Bench) -> Arc<Engine> {
    let mut engine = Arc::try_unwrap(bench.engine().await).ok().unwrap();
    engine.accounts = Arc::new(|name| {
        let password = secrecy::SecretString::from(format!("秘密{name}"));
        Ok(shoki::engine::Credentials { user: name.to_owned(), password })
    });
    Arc::new(engine)
}

async fn run(bench: &Bench, scenario: Arc<Scenario>) -> (RunState, Arc<Engine>, String) {
    let engine = engine(bench).await;
    let actor = json!({ "kind": "user", "id": "tester" });
    let run = acts::start(&engine.store, &engine.log, &scenario, actor, "2026-11-20".into(), json!({}))
        .await
        .unwrap();
    let id = run.id.clone();
    let state = Arc::clone(&engine).execute(run, scenario).await.unwrap();
    (state, engine, id)
}

/// The output of a step of the first item.
async fn output(engine: &Engine, run: &str, step: &str) -> Value {
    let results = engine.store.results(run, 1).await.unwrap();
    results.into_iter().find(|r| r.step == step).unwrap_or_else(|| panic!("{step} is not on record")).output
}

const THREE: &str = r#"
steps:
  - { id: 一覧, do: test.list, with: { n: 3 } }
  - id: 登録
    each:
      in: ${{ 一覧 }}
      as: 件
      steps:
        - id: 受付
          use: parts/登録.yaml
          on: juki
          with: { 番号: "k${{ 件.n }}" }
        - { id: 控え, do: value.set, with: { 番号: "${{ 受付.受付番号 }}/${{ 件.n }}/${{ 一覧 | length }}" } }
  - { id: まとめ, do: value.set, with: { 番号: "${{ 登録 | map(attribute='控え') | map(attribute='番号') | join('、') }}" } }
  - { do: value.require, with: { that: "${{ まとめ.番号 != '' }}", else: 空です } }
"#;

#[tokio::test]
async fn a_part_in_a_repetition_is_done_for_each_element() {
    let bench = Bench::new();
    let scenario = scenario(&bench, THREE);
    assert_eq!(scenario.parts.len(), 2);
    let (state, engine, id) = run(&bench, scenario).await;
    assert_eq!(state, RunState::Done, "{:?}", engine.store.items(&id).await.unwrap());
    assert_eq!(bench.ledger(), ["k1/なし", "k2/なし", "k3/なし"]);
    assert_eq!(output(&engine, &id, "まとめ").await, json!({ "番号": "R-1/1/3、R-2/2/3、R-3/3/3" }));
    let screens = bench.world.screens.lock().unwrap().clone();
    assert_eq!(screens[0], "入口 robot@1");
    bench.verify();
}

#[tokio::test]
async fn a_lost_answer_inside_a_part_is_looked_up_and_not_repeated() {
    // The second act reaches the target and its answer is lost.
    let bench = Bench::new().failing(&[Fault::After]);
    let scenario = scenario(&bench, THREE);
    let (state, engine, id) = run(&bench, scenario).await;
    assert_eq!(state, RunState::Done, "{:?}", engine.store.items(&id).await.unwrap());
    assert_eq!(bench.ledger(), ["k1/なし", "k2/なし", "k3/なし"]);
}

#[tokio::test]
async fn a_run_that_failed_in_a_turn_goes_on_in_the_same_turn() {
    let bench = Bench::new().failing(&[Fault::Before; 3]);
    let scenario = scenario(&bench, THREE);
    let (_, engine, id) = run(&bench, Arc::clone(&scenario)).await;
    let item = engine.store.items(&id).await.unwrap().remove(0);
    assert_eq!((item.state, item.step.as_deref()), (ItemState::Failed, Some("登録[1].受付.登録")));
    let run = engine.store.run(&id).await.unwrap().unwrap();
    let state = Arc::clone(&engine).execute(run, scenario).await.unwrap();
    assert_eq!(state, RunState::Done);
    assert_eq!(bench.ledger(), ["k1/なし", "k2/なし", "k3/なし"]);
    assert_eq!(output(&engine, &id, "まとめ").await, json!({ "番号": "R-1/1/3、R-2/2/3、R-3/3/3" }));
}

#[tokio::test]
async fn a_part_that_is_left_out_does_nothing_and_gives_nothing() {
    let bench = Bench::new();
    let steps = r#"
steps:
  - { id: 受付, if: "${{ 1 == 2 or today == '' }}", use: parts/登録.yaml, on: juki, with: { 番号: k1 } }
  - { id: 後, do: value.set, with: { 無い: "${{ 受付 is none }}" } }
  - { do: value.require, with: { that: "${{ 後.無い }}", else: あります } }
"#;
    let (state, _, _) = run(&bench, scenario(&bench, steps)).await;
    assert_eq!(state, RunState::Done);
    assert!(bench.ledger().is_empty() && bench.world.screens.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_secret_is_seen_by_its_step_and_by_no_record() {
    let bench = Bench::new();
    let steps = r#"
steps:
  - { id: 画面, do: test.screen, on: juki, secret: [別人], with: { name: "${{ secret.別人.password }}" } }
"#;
    let (state, engine, id) = run(&bench, scenario(&bench, steps)).await;
    assert_eq!(state, RunState::Done);
    assert_eq!(bench.world.screens.lock().unwrap()[1], "秘密別人@1");
    assert!(!output(&engine, &id, "画面").await.to_string().contains("秘密"));
    drop(engine);
    for file in ["shoki.db", "shoki.db-wal"] {
        let bytes = std::fs::read(bench.dir.path().join(file)).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains("秘密別人"), "{file}");
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_kind_stops_before_the_part_begins() {
    let bench = Bench::new();
    let steps = r#"
steps:
  - { id: 一覧, do: test.list, with: { n: 1 } }
  - { id: 受付, use: parts/登録.yaml, on: juki, with: { 番号: "${{ 一覧[0].n }}" } }
"#;
    let (state, engine, id) = run(&bench, scenario(&bench, steps)).await;
    let item = engine.store.items(&id).await.unwrap().remove(0);
    assert_eq!((state, item.code.as_deref()), (RunState::DoneWithExceptions, Some("SHK0735")));
    assert!(bench.ledger().is_empty());
}
