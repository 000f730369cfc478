//! What was begun and not brought to its end: acts in doubt under another key, half-filled screens, and what a person refused
//! or has not set right yet.

use crate::{
    bench::{self, Bench, Fault, World},
    states,
};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shoki::{
    clock::ManualClock,
    control::acts::{self, Answer},
    engine::{Credentials, Engine},
    form::Forms,
    run::{ItemState, RunState},
    scenario::{self, OfficeFacts, Scenario},
    step::{Action, ActionDef, Arg, Catalog, Effect, Failure, StepContext},
    store::{Moved, Run, Strength},
};
use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock, atomic::Ordering},
};

/// Types on a screen; what begins with 誤 fails after it was typed, and 閉 is a page that asks for name and password first.
#[derive(Debug, Deserialize, JsonSchema)]
struct TestFill {
    text: Arg<String>,
}

impl Action for TestFill {
    const NAME: &'static str = "test.fill";
    const SUMMARY: &'static str = "試験用の入力";
    const EXAMPLE: &'static str = "text: 氏名";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let (session, text) = (cx.session::<u32>()?, self.text.get());
        cx.driver::<World>()?.screens.lock().unwrap().push(format!("{text}@{session}"));
        if text.starts_with('誤') {
            return Err(Failure::stop("SHK0494", "入力できません。"));
        }
        if text.starts_with('閉') {
            return Err(Failure::again("SHK0523", "HTTP 認証が必要です。").with_broken_session());
        }
        Ok(json!({}))
    }
}

/// What follows a password; there only after the right one.
#[derive(Debug, Deserialize, JsonSchema)]
struct TestMenu {}

impl Action for TestMenu {
    const NAME: &'static str = "test.menu";
    const SUMMARY: &'static str = "試験用のメニュー";
    const EXAMPLE: &'static str = "{}";
    const EFFECT: Effect = Effect::Read;
    const NEEDS_SESSION: bool = true;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let world = cx.driver::<World>()?;
        let right = world.screens.lock().unwrap().last().is_some_and(|last| last.starts_with("tadashii"));
        if right {
            return Ok(json!({}));
        }
        Err(Failure::again("SHK0511", "「業務メニュー」が画面に表示されませんでした。").with_broken_session())
    }
}

fn catalog() -> Catalog {
    static ALL: OnceLock<Vec<ActionDef>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let own = [ActionDef::of::<TestFill>(), ActionDef::of::<TestMenu>()];
        let mut all: Vec<ActionDef> = bench::catalog().0.iter().copied().chain(own).collect();
        all.sort_by_key(|a| a.name);
        all
    });
    Catalog(all)
}

const HEAD: &str = r#"
shoki: 1
id: t
title: 試験
owner: 試験課
retention: 1y
systems:
  juki:
    url: http://127.0.0.1:1/
    account: robot
    sign_in: [{ do: test.fill, with: { text: "${{ account.password }}" } }, { do: test.menu, with: {} }]
"#;

fn scenario(steps: &str) -> Arc<Scenario> {
    under(HEAD, steps)
}

fn under(head: &str, steps: &str) -> Arc<Scenario> {
    let (text, facts) = (format!("{head}{steps}"), OfficeFacts::default());
    let loaded = scenario::load_text(Path::new("t.yaml"), &text, &catalog(), &Forms::new(), &facts);
    Arc::new(loaded.unwrap_or_else(|p| panic!("{}", shoki::problem::render(&p, false))))
}

/// The bench's engine, with the actions of this file and a robot whose password this is.
async fn engine(bench: &Bench, password: &Arc<Mutex<&'static str>>) -> Arc<Engine> {
    let mut engine = Arc::into_inner(bench.engine().await).unwrap();
    let password = Arc::clone(password);
    engine.catalog = catalog();
    engine.accounts = Arc::new(move |_: &str| {
        let password = *password.lock().unwrap();
        Ok(Credentials { user: "robot".into(), password: password.to_owned().into() })
    });
    Arc::new(engine)
}

async fn started(engine: &Engine, scenario: &Scenario, kind: &str) -> Run {
    let actor = json!({ "kind": kind, "id": "tester" });
    acts::start(&engine.store, &engine.log, scenario, actor, "2026-11-20".into(), json!({})).await.unwrap()
}

fn screens(bench: &Bench) -> Vec<String> {
    bench.world.screens.lock().unwrap().clone()
}

/// As a process that died between act and receipt leaves the first item: announced, and waiting.
async fn died_behind_the_act(bench: &Bench) {
    let engine = bench.engine().await;
    let run = engine.store.runs(1).await.unwrap().pop().unwrap();
    let at = engine.log.now();
    let mut tx = engine.store.begin_strong().await.unwrap();
    let next = ItemState::Waiting;
    let moved = Moved { run: &run.id, n: 1, next, step: None, code: None, reason: None, at: &at };
    tx.move_item(&moved).await.unwrap();
    tx.commit().await.unwrap();
}

/// An act that is announced, looked up and done under the day.
fn of_the_day(day: &str) -> String {
    format!(
        r#"
items: {{ do: test.list, with: {{ n: 1 }}, key: "${{{{ item.n }}}}" }}
steps:
  - {{ id: 登録, do: test.submit, on: juki, with: {{ key: {day} }}, once: "{day}/${{{{ item.n }}}}", probe: [{{ do: test.probe, with: {{ key: {day} }} }}] }}
"#
    )
}

#[tokio::test]
async fn what_is_looked_up_under_another_key_and_not_found_is_left_to_a_person() {
    let bench = Bench::new().failing(&[Fault::After]);
    bench.world.blind.store(true, Ordering::Relaxed);
    let (_, items) = bench.run(&of_the_day("昨日")).await;
    assert_eq!(states(&items), [ItemState::InDoubt]);
    died_behind_the_act(&bench).await;
    bench.world.blind.store(false, Ordering::Relaxed);
    let (_, items) = bench.resume(&of_the_day("今日")).await;
    assert_eq!(states(&items), [ItemState::InDoubt], "{items:?}");
    assert!(items[0].reason.as_ref().unwrap().contains("once"), "{items:?}");
    assert_eq!(bench.ledger(), ["昨日"], "entered once");
    bench.verify();
}

/// Two people on one form; `condition` says who is entered.
fn people(condition: &str) -> String {
    format!(
        r#"
items: {{ do: test.list, with: {{ n: 1 }}, key: "${{{{ item.n }}}}" }}
steps:
  - {{ id: 一覧, do: test.list, with: {{ n: 2 }} }}
  - id: 届
    each:
      in: ${{{{ 一覧 }}}}
      as: 人
      steps:
        - id: 登録
          do: test.submit
          on: juki
          if: ${{{{ {condition} }}}}
          with: {{ key: "k${{{{ 人.n }}}}" }}
          once: "k${{{{ 人.n }}}}"
          retry: {{ times: 2, wait: 1s }}
          probe: [{{ do: test.probe, with: {{ key: "k${{{{ 人.n }}}}" }} }}]
"#
    )
}

#[tokio::test]
async fn what_another_turn_announced_is_looked_up_for_that_turn() {
    let bench = Bench::new().failing(&[Fault::After]);
    bench.world.blind.store(true, Ordering::Relaxed);
    let (_, items) = bench.run(&people("人.n > 0")).await;
    assert_eq!(states(&items), [ItemState::InDoubt]);
    died_behind_the_act(&bench).await;
    bench.world.blind.store(false, Ordering::Relaxed);
    let (state, items) = bench.resume(&people("人.n > 1")).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    assert_eq!(bench.ledger(), ["k1", "k2"]);
    let engine = bench.engine().await;
    let run = engine.store.runs(1).await.unwrap().pop().unwrap();
    let kept = engine.store.results(&run.id, 1).await.unwrap();
    let receipt =
        |step: &str| kept.iter().find(|r| r.step == step && r.receipted).map(|r| &r.output["receipt"]);
    assert_eq!(receipt("届[1].登録"), Some(&json!("R-1")), "{kept:?}");
    assert_eq!(receipt("届[2].登録"), Some(&json!("R-2")), "{kept:?}");
    bench.verify();
}

/// The act is asked about when the screen before it cannot be built again: it can in the first session and the third.
const ASKS: &str = r#"
items: { do: test.list, with: { n: 1 }, key: "${{ item.n }}" }
steps:
  - { id: 画面, do: test.screen, on: juki, with: { name: 照会 } }
  - { id: 確認, do: value.require, with: { that: "${{ 画面.session != 2 }}", else: 画面が違います。 } }
  - { id: 登録, do: test.submit, on: juki, on_failure: ask, with: { key: a }, once: "a${{ item.n }}", retry: { times: 3, wait: 1s } }
"#;

#[tokio::test]
async fn what_was_refused_is_not_done_where_a_step_before_it_had_failed() {
    for (said, wanted, ledger) in [("却下", ItemState::Stopped, 0), ("承認", ItemState::Done, 1)] {
        let bench = Bench::new().failing(&[Fault::Untouched]);
        let (_, items) = bench.run(ASKS).await;
        assert_eq!(states(&items), [ItemState::Approval]);
        let engine = bench.engine().await;
        let check = engine.store.open_checks(None).await.unwrap().remove(0);
        assert_eq!(check.step, "登録");
        let values = check.questions.iter().map(|q| (q.field.clone(), json!(said))).collect();
        let (id, again, by) = (check.id, Map::new(), "clerk".to_owned());
        acts::answer(&engine.store, &engine.log, Answer { id, values, again, as_read: false, by })
            .await
            .unwrap();
        drop(engine);
        let (_, items) = bench.resume(ASKS).await;
        assert_eq!((states(&items), bench.ledger().len()), (vec![wanted], ledger), "{said}: {items:?}");
        bench.verify();
    }
}

#[tokio::test]
async fn a_screen_on_which_an_item_waits_for_a_person_is_not_handed_on() {
    let bench = Bench { workers: 1, ..Bench::new() };
    let steps = r#"
items: { do: test.list, with: { n: 2 }, key: "${{ item.n }}" }
steps:
  - { do: test.screen, on: juki, with: { name: "入力${{ item.n }}" } }
  - { do: value.require, on_failure: ask, with: { that: "${{ item.n != 1 }}", else: 確かめてください。 } }
"#;
    let (_, items) = bench.run(steps).await;
    assert_eq!(states(&items), [ItemState::Approval, ItemState::Done]);
    assert_eq!(screens(&bench), ["入口@1", "入力1@1", "入口@2", "入力2@2"]);
}

/// One person on three forms: whoever comes second is filled in and not sent.
const SAME: &str = r#"
items: { do: test.list, with: { n: 3 }, key: "${{ item.n }}" }
steps:
  - { id: 一覧, do: test.list, with: { n: 1 } }
  - id: 届
    each:
      in: ${{ 一覧 }}
      as: 人
      steps:
        - { do: test.screen, on: juki, with: { name: "入力${{ item.n }}" } }
        - { id: 登録, do: test.submit, on: juki, with: { key: "k${{ 人.n }}" }, once: "k${{ 人.n }}" }
"#;

#[tokio::test]
async fn what_was_entered_before_leaves_a_line_in_the_log_and_no_filled_screen() {
    let bench = Bench { workers: 1, ..Bench::new() };
    let (state, items) = bench.run(SAME).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done; 3]), "{items:?}");
    assert_eq!(bench.ledger(), ["k1"]);
    assert_eq!(screens(&bench), ["入口@1", "入力1@1", "入力2@1", "入口@2", "入力3@2"]);
    bench.verify();
    let fy = shoki::audit::layout::fiscal_year(jiff::Timestamp::now());
    let log = std::fs::read_to_string(bench.dir.path().join(format!("audit/{fy}/seg/000000.jsonl"))).unwrap();
    let left_out = log.lines().filter(|l| l.contains("\"ev\":\"step.result\"") && l.contains("\"skipped\""));
    assert_eq!(left_out.count(), 2, "{log}");
}

#[tokio::test]
async fn a_screen_whose_first_field_failed_after_it_was_typed_is_not_handed_on() {
    let bench = Bench { workers: 1, ..Bench::new() };
    let steps = r#"
items: { do: test.list, with: { n: 2 }, key: "${{ item.n }}" }
steps:
  - { do: test.fill, on: juki, with: { text: "${{ '誤記' if item.n == 1 else '氏名' }}" } }
"#;
    let (engine, scenario) = (engine(&bench, &Arc::new(Mutex::new("tadashii"))).await, scenario(steps));
    let run = started(&engine, &scenario, "user").await;
    let id = run.id.clone();
    Arc::clone(&engine).execute(run, scenario).await.unwrap();
    let items = engine.store.items(&id).await.unwrap();
    assert_eq!(states(&items), [ItemState::Stopped, ItemState::Done]);
    assert_eq!(screens(&bench), ["tadashii@1", "誤記@1", "tadashii@2", "氏名@2"]);
}

#[tokio::test]
async fn a_password_that_was_not_taken_is_not_given_again_while_nobody_looks() {
    let (bench, password) = (Bench::new(), Arc::new(Mutex::new("machigai")));
    let steps = r#"
items: { do: test.list, with: { n: 2 }, key: "${{ item.n }}" }
steps:
  - { do: test.fill, on: juki, with: { text: "入力${{ item.n }}" }, retry: { times: 2, wait: 1s } }
"#;
    let (engine, scenario) = (engine(&bench, &password).await, scenario(steps));
    let wrong = || screens(&bench).iter().filter(|s| s.starts_with("machigai")).count();
    let go = async |run: Run| {
        let id = run.id.clone();
        let state = Arc::clone(&engine).execute(run, Arc::clone(&scenario)).await.unwrap();
        (state, engine.store.items(&id).await.unwrap())
    };
    let first = started(&engine, &scenario, "schedule").await;
    let id = first.id.clone();
    let (_, items) = go(first).await;
    assert_eq!((states(&items), wrong()), (vec![ItemState::Held; 2], 2), "once more for chance");
    // The run is taken up because its hour has come.
    let run = engine.store.run(&id).await.unwrap().unwrap();
    acts::wake(&engine.store, &engine.log, &run, None).await.unwrap();
    let mut tx = engine.store.begin(Strength::Power).await.unwrap();
    tx.park_run(&id, 1, "待ちます。").await.unwrap();
    tx.commit().await.unwrap();
    let worker = &engine.tenure.worker;
    engine.store.offer(worker, std::slice::from_ref(&scenario.sha256)).await.unwrap();
    let run = engine.store.claim_run(worker).await.unwrap().unwrap();
    let (_, items) = go(run).await;
    assert_eq!((states(&items), wrong()), (vec![ItemState::Held; 2], 2));
    assert!(items[0].reason.as_ref().unwrap().contains("自動では試さず"), "{items:?}");
    // A person says to go on, and has set nothing right.
    let run = engine.store.run(&id).await.unwrap().unwrap();
    acts::wake(&engine.store, &engine.log, &run, None).await.unwrap();
    let run = engine.store.run(&id).await.unwrap().unwrap();
    let (_, items) = go(run).await;
    assert_eq!((states(&items), wrong()), (vec![ItemState::Held; 2], 3));
    // The next night, and the night after a person has set the password.
    let (_, items) = go(started(&engine, &scenario, "schedule").await).await;
    assert_eq!((states(&items), wrong()), (vec![ItemState::Held; 2], 3));
    *password.lock().unwrap() = "tadashii";
    let (state, items) = go(started(&engine, &scenario, "schedule").await).await;
    assert_eq!((state, states(&items), wrong()), (RunState::Done, vec![ItemState::Done; 2], 3), "{items:?}");
    bench.verify();
}

#[tokio::test]
async fn a_door_that_did_not_take_a_password_is_not_tried_again_while_nobody_looks() {
    let (bench, password) = (Bench::new(), Arc::new(Mutex::new("machigai")));
    let steps = |day: &str| {
        format!(
            r#"
items: {{ do: test.list, with: {{ n: 2 }}, key: "{day}/${{{{ item.n }}}}" }}
steps:
  - {{ do: test.fill, on: juki, with: {{ text: 入力 }}, retry: {{ times: 2, wait: 1s }} }}
"#
        )
    };
    let head = |first: &str| {
        let head = HEAD.split("    account:").next().unwrap();
        format!(
            "{head}    basic_auth: robot\n    sign_in: [{{ do: test.fill, with: {{ text: {first} }} }}]\n"
        )
    };
    let engine = engine(&bench, &password).await;
    let tried = || screens(&bench).iter().filter(|s| s.starts_with('閉')).count();
    let go = async |day: &str, first: &str, kind: &str| {
        let scenario = under(&head(first), &steps(day));
        let run = started(&engine, &scenario, kind).await;
        let id = run.id.clone();
        Arc::clone(&engine).execute(run, scenario).await.unwrap();
        engine.store.items(&id).await.unwrap()
    };
    let items = go("月", "閉", "schedule").await;
    let said = |items: &[shoki::store::Item]| items[0].reason.clone().unwrap();
    assert!(states(&items) == [ItemState::Held; 2] && said(&items).contains("HTTP 認証"), "{items:?}");
    assert_eq!(tried(), 2, "once more for chance");
    let items = go("火", "閉", "schedule").await;
    assert_eq!((states(&items), tried()), (vec![ItemState::Held; 2], 2));
    assert!(
        said(&items).contains("自動では試さず") && !said(&items).contains("ログインできませんでした"),
        "{items:?}"
    );
    // The system was set right, not the password: a person says to go on, and the nights after it go by themselves.
    let items = go("水", "開", "user").await;
    assert_eq!(states(&items), [ItemState::Done; 2], "{items:?}");
    let items = go("木", "開", "schedule").await;
    assert_eq!(states(&items), [ItemState::Done; 2], "{items:?}");
    bench.verify();
}

#[tokio::test]
async fn a_password_that_was_not_taken_is_known_after_a_restart() {
    let clock = Arc::new(ManualClock::new("2026-11-20T12:00:00Z".parse().unwrap()));
    let bench = Bench { clock: Arc::clone(&clock) as _, ..Bench::new() };
    let password = Arc::new(Mutex::new("machigai"));
    let steps = r#"
items: { do: test.list, with: { n: 2 }, key: "${{ item.n }}" }
steps:
  - { do: test.fill, on: juki, with: { text: "入力${{ item.n }}" }, retry: { times: 2, wait: 1s } }
"#;
    let wrong = || screens(&bench).iter().filter(|s| s.starts_with("machigai")).count();
    // Each time a new process: an engine that remembers nothing.
    let go = async |kind: &str| {
        let (engine, scenario) = (engine(&bench, &password).await, scenario(steps));
        let run = started(&engine, &scenario, kind).await;
        let id = run.id.clone();
        Arc::clone(&engine).execute(run, scenario).await.unwrap();
        engine.store.items(&id).await.unwrap()
    };
    for (hours, kind, wanted) in
        [(0, "schedule", 2), (1, "schedule", 2), (12, "schedule", 3), (1, "schedule", 3), (0, "user", 4)]
    {
        clock.advance(SignedDuration::from_hours(hours));
        let items = go(kind).await;
        assert_eq!(
            (states(&items), wrong()),
            (vec![ItemState::Held; 2], wanted),
            "{hours} {kind}: {items:?}"
        );
    }
    *password.lock().unwrap() = "tadashii";
    let items = go("schedule").await;
    assert_eq!((states(&items), wrong()), (vec![ItemState::Done; 2], 4), "{items:?}");
    // Nothing made of it lies in clear, and what was taken is known no more.
    let engine = engine(&bench, &password).await;
    assert_eq!(engine.store.refused("robot", "robot", "machigai").await.unwrap(), None);
}
