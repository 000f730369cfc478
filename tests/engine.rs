//! The engine by itself: its promises with actions that fail on purpose. The judge is a ledger outside the store.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shoki::{
    actions::ACTIONS,
    clock::{Clock, SystemClock},
    control::{
        AuditLog, LogPlace,
        acts::{self, Answer},
    },
    engine::Engine,
    form::Forms,
    run::{ItemState, RunState},
    scenario::{self, OfficeFacts, Scenario},
    step::{
        Action, ActionDef, Arg, Catalog, Effect, Failure, Folder, Resources, SessionHandle, SessionOpener,
        StepContext,
    },
    store::{Item, Store},
};
use std::{
    path::Path,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tempfile::TempDir;

#[path = "engine/composed.rs"]
mod composed;

/// The outside world of one test: what was entered, and what goes wrong next.
#[derive(Default)]
struct World {
    /// Every act that reached the target, in order: the judge.
    ledger: Mutex<Vec<String>>,
    /// What the next acts do; empty: they succeed.
    faults: Mutex<Vec<Fault>>,
    /// Screen steps done, with the session in which they were done.
    screens: Mutex<Vec<String>>,
    sessions: AtomicU32,
    /// Whether the probe can tell.
    blind: AtomicBool,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// Nothing reaches the target.
    Before,
    /// The act reaches the target, its answer does not come back.
    After,
    /// The target refuses the case.
    Refused,
    /// The button is not there: certain that nothing was sent.
    Untouched,
}

/// Gives `n` items, numbered from 1.
#[derive(Debug, Deserialize, JsonSchema)]
struct TestList {
    n: u32,
}

impl Action for TestList {
    const NAME: &'static str = "test.list";
    const SUMMARY: &'static str = "試験用の一覧";
    const EXAMPLE: &'static str = "n: 3";
    const EFFECT: Effect = Effect::Read;
    type Output = Vec<Value>;

    async fn run(&self, _cx: &StepContext) -> Result<Self::Output, Failure> {
        Ok((1..=self.n).map(|n| json!({ "n": n, "file": format!("{n}.png"), "same": "x" })).collect())
    }
}

/// Shows a screen: notes in which session.
#[derive(Debug, Deserialize, JsonSchema)]
struct TestScreen {
    name: Arg<String>,
}

impl Action for TestScreen {
    const NAME: &'static str = "test.screen";
    const SUMMARY: &'static str = "試験用の画面";
    const EXAMPLE: &'static str = "name: 照会";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let session = cx.session::<u32>()?;
        let world = cx.driver::<World>()?;
        world.screens.lock().unwrap().push(format!("{}@{session}", self.name.get()));
        Ok(json!({ "session": *session }))
    }
}

/// Enters something in the ledger, as the faults say.
#[derive(Debug, Deserialize, JsonSchema)]
struct TestSubmit {
    key: Arg<String>,
}

#[derive(Serialize)]
struct Submitted {
    receipt: Option<String>,
}

impl Action for TestSubmit {
    const NAME: &'static str = "test.submit";
    const SUMMARY: &'static str = "試験用の登録";
    const EXAMPLE: &'static str = "key: a";
    const EFFECT: Effect = Effect::Irreversible;
    const NEEDS_SESSION: bool = true;
    type Output = Submitted;

    async fn run(&self, cx: &StepContext) -> Result<Submitted, Failure> {
        let world = cx.driver::<World>()?;
        let fault = world.faults.lock().unwrap().pop();
        if fault == Some(Fault::Before) {
            return Err(Failure::again("SHK0499", "画面が出ません。"));
        }
        if fault == Some(Fault::Untouched) {
            return Err(Failure {
                untouched: true, ..Failure::again("SHK0495", "ボタンがありません。")
            });
        }
        if fault == Some(Fault::Refused) {
            return Err(Failure::stop("SHK0498", "登録を断られました。"));
        }
        let mut ledger = world.ledger.lock().unwrap();
        ledger.push(self.key.get().clone());
        if fault == Some(Fault::After) {
            return Err(Failure::again("SHK0497", "応答がありません。").with_broken_session());
        }
        Ok(Submitted { receipt: Some(format!("R-{}", ledger.len())) })
    }
}

/// Looks a key up in the ledger.
#[derive(Debug, Deserialize, JsonSchema)]
struct TestProbe {
    key: Arg<String>,
}

impl Action for TestProbe {
    const NAME: &'static str = "test.probe";
    const SUMMARY: &'static str = "試験用の確かめ";
    const EXAMPLE: &'static str = "key: a";
    const EFFECT: Effect = Effect::Read;
    const NEEDS_SESSION: bool = true;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let world = cx.driver::<World>()?;
        if world.blind.load(Ordering::Relaxed) {
            return Err(Failure::again("SHK0496", "一覧が出ません。"));
        }
        let at = world.ledger.lock().unwrap().iter().position(|k| k == self.key.get());
        Ok(json!({ "found": at.is_some(), "receipt": at.map(|at| format!("R-{}", at + 1)) }))
    }
}

/// Our test actions beside the real ones, sorted.
fn catalog() -> Catalog {
    static ALL: OnceLock<Vec<ActionDef>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let test = [
            ActionDef::of::<TestList>(),
            ActionDef::of::<TestProbe>(),
            ActionDef::of::<TestScreen>(),
            ActionDef::of::<TestSubmit>(),
        ];
        let mut all: Vec<ActionDef> = ACTIONS.iter().copied().chain(test).collect();
        all.sort_by_key(|a| a.name);
        all
    });
    Catalog(all)
}

/// An office in a folder, with its world.
struct Bench {
    dir: TempDir,
    world: Arc<World>,
    workers: usize,
}

const HEAD: &str = "
shoki: 1
id: t
title: 試験
owner: 試験課
retention: 1y
systems:
  juki:
    url: http://127.0.0.1:1/
    sign_in: [{ do: test.screen, with: { name: 入口 } }]
";

impl Bench {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), world: Arc::default(), workers: 2 }
    }

    fn failing(self, faults: &[Fault]) -> Self {
        self.world.faults.lock().unwrap().extend(faults);
        self
    }

    async fn engine(&self) -> Arc<Engine> {
        let root = self.dir.path().to_owned();
        let store = Arc::new(Store::open(&root.join("shoki.db")).await.unwrap());
        let place = LogPlace {
            dir: root.join("audit"),
            keys: root.join("keys"),
            origin: "shoki.invalid/test/host".into(),
            program: "0".repeat(64),
            config: "0".repeat(64),
        };
        std::fs::create_dir_all(&place.dir).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let log = Arc::new(AuditLog::open(Arc::clone(&store), place, Arc::clone(&clock)).await.unwrap());
        let world = Arc::clone(&self.world);
        let open = move |_| -> shoki::step::BoxFuture<'static, Result<SessionHandle, Failure>> {
            let number = world.sessions.fetch_add(1, Ordering::Relaxed) + 1;
            Box::pin(async move { Ok(SessionHandle::new(Arc::new(number))) })
        };
        let opener = SessionOpener {
            open: Box::new(open),
            close: Box::new(|_| Box::pin(async {})),
            picture: Box::new(|_| Box::pin(async { None })),
        };
        Arc::new(Engine {
            store,
            log,
            catalog: catalog(),
            folder: Arc::new(Folder::new(root)),
            forms: Arc::new(Forms::new()),
            clock,
            resources: Resources::default().with(Arc::clone(&self.world)),
            opener: Arc::new(opener),
            accounts: Arc::new(|_| Err(Failure::stop("SHK0000", "no accounts"))),
            settings: std::collections::BTreeMap::new(),
            workers: self.workers,
            watch: Arc::new(|_| {}),
            stop: Arc::new(AtomicBool::new(false)),
        })
    }

    fn scenario(steps: &str) -> Arc<Scenario> {
        let text = format!("{HEAD}{steps}");
        let loaded = scenario::load_text(
            Path::new("t.yaml"),
            &text,
            &catalog(),
            &Forms::new(),
            &OfficeFacts::default(),
        );
        Arc::new(loaded.unwrap_or_else(|p| panic!("{}", shoki::problem::render(&p, false))))
    }

    /// A new run from start to rest.
    async fn run(&self, steps: &str) -> (RunState, Vec<Item>) {
        let engine = self.engine().await;
        let scenario = Self::scenario(steps);
        let actor = json!({ "kind": "user", "id": "tester" });
        let run = acts::start(&engine.store, &engine.log, &scenario, actor, "2026-11-20".into(), json!({}))
            .await
            .unwrap();
        let id = run.id.clone();
        let state = Arc::clone(&engine).execute(run, scenario).await.unwrap();
        (state, engine.store.items(&id).await.unwrap())
    }

    /// The newest run once more.
    async fn resume(&self, steps: &str) -> (RunState, Vec<Item>) {
        let engine = self.engine().await;
        let run = engine.store.runs(1).await.unwrap().pop().unwrap();
        let id = run.id.clone();
        let state = Arc::clone(&engine).execute(run, Self::scenario(steps)).await.unwrap();
        (state, engine.store.items(&id).await.unwrap())
    }

    fn ledger(&self) -> Vec<String> {
        self.world.ledger.lock().unwrap().clone()
    }

    /// What the verifier says of the log so far.
    fn verify(&self) {
        let fy = shoki::audit::layout::fiscal_year(jiff::Timestamp::now());
        let dir = self.dir.path().join("audit").join(fy.to_string());
        let report = shoki::audit::verify_dir(&dir, &shoki::audit::Options::default()).unwrap();
        assert!(report.verdict.is_good() && report.faults.is_empty(), "{}", report.render_ja());
        assert_eq!(report.covered, report.entries, "a run at rest leaves no entry unsigned");
    }
}

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
        let answer = Answer { id: check.id, values, as_read: false, by: "staff".into() };
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
