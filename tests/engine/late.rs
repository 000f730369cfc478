//! Acts that got no answer and come late: they are looked for again, and never done a second time by themselves.

use crate::{
    bench::{self, Bench, HEAD, World},
    states,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shoki::{
    control::acts::{self, Answer},
    engine::Engine,
    form::Forms,
    run::{ItemState, RunState},
    scenario::{self, OfficeFacts, Scenario},
    step::{Action, ActionDef, Arg, Catalog, Effect, Failure, StepContext},
    store::{Item, Run},
};
use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

/// Enters a case some time after the press, whose answer is lost; without a time it enters it never.
#[derive(Debug, Deserialize, JsonSchema)]
struct LateSubmit {
    key: Arg<String>,
    ms: Option<u64>,
    #[serde(default)]
    gone: bool,
}

impl Action for LateSubmit {
    const NAME: &'static str = "late.submit";
    const SUMMARY: &'static str = "試験用の遅い登録";
    const EXAMPLE: &'static str = "key: a";
    const EFFECT: Effect = Effect::Irreversible;
    const NEEDS_SESSION: bool = true;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let (world, key) = (cx.driver::<World>()?, self.key.get().clone());
        world.screens.lock().unwrap().push(format!("押す {key}"));
        if let Some(ms) = self.ms {
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                world.ledger.lock().unwrap().push(key);
            });
        }
        let code = if self.gone { "SHK0502" } else { "SHK0504" };
        Err(Failure::again(code, "応答がありません。").with_broken_session())
    }
}

fn catalog() -> Catalog {
    static ALL: OnceLock<Vec<ActionDef>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let mut all: Vec<ActionDef> = bench::catalog().0.to_vec();
        all.push(ActionDef::of::<LateSubmit>());
        all.sort_by_key(|a| a.name);
        all
    });
    Catalog(all)
}

/// One act with `with` that may be tried twice.
fn scenario(with: &str) -> Arc<Scenario> {
    let text = format!(
        r#"{HEAD}items: {{ do: test.list, with: {{ n: 1 }}, key: "${{{{ item.n }}}}" }}
steps:
  - id: 登録
    do: late.submit
    on: juki
    with: {{ key: a{with} }}
    once: a${{{{ item.n }}}}
    retry: {{ times: 2, wait: 1s }}
    probe: [{{ do: test.probe, with: {{ key: a }} }}]
"#
    );
    let facts = OfficeFacts::default();
    let loaded = scenario::load_text(Path::new("t.yaml"), &text, &catalog(), &Forms::new(), &facts);
    Arc::new(loaded.unwrap_or_else(|p| panic!("{}", shoki::problem::render(&p, false))))
}

/// The bench's engine, which looks for what comes late so long.
async fn engine(bench: &Bench, late: Duration) -> Arc<Engine> {
    let mut engine = Arc::into_inner(bench.engine().await).unwrap();
    engine.catalog = catalog();
    engine.limits.late = late;
    Arc::new(engine)
}

async fn started(engine: &Engine, scenario: &Scenario) -> Run {
    let actor = json!({ "kind": "user", "id": "tester" });
    acts::start(&engine.store, &engine.log, scenario, actor, "2026-11-20".into(), json!({})).await.unwrap()
}

async fn run(bench: &Bench, late: Duration, with: &str) -> (RunState, Vec<Item>) {
    let (engine, scenario) = (engine(bench, late).await, scenario(with));
    let run = started(&engine, &scenario).await;
    let id = run.id.clone();
    let state = Arc::clone(&engine).execute(run, scenario).await.unwrap();
    (state, engine.store.items(&id).await.unwrap())
}

async fn resumed(engine: &Arc<Engine>, with: &str) -> (RunState, Vec<Item>) {
    let run = engine.store.runs(1).await.unwrap().pop().unwrap();
    let id = run.id.clone();
    let state = Arc::clone(engine).execute(run, scenario(with)).await.unwrap();
    (state, engine.store.items(&id).await.unwrap())
}

fn presses(bench: &Bench) -> usize {
    bench.world.screens.lock().unwrap().iter().filter(|s| s.starts_with("押す")).count()
}

const SOON: Duration = Duration::from_secs(3);

#[tokio::test]
async fn what_is_entered_after_the_first_look_is_found_and_not_pressed_again() {
    let bench = Bench::new();
    let (state, items) = run(&bench, SOON, ", ms: 500").await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    assert_eq!((presses(&bench), bench.ledger()), (1, vec!["a".to_owned()]));
    bench.verify();
}

#[tokio::test]
async fn what_got_no_answer_and_is_not_found_is_left_to_a_person() {
    for (said, wanted) in [("登録済み", 1), ("未登録", 2)] {
        let (bench, late) = (Bench::new(), Duration::from_millis(600));
        let began = Instant::now();
        let (state, items) = run(&bench, late, "").await;
        assert!(began.elapsed() >= late, "it was looked for to the end");
        assert_eq!((state, states(&items)), (RunState::WaitingForPeople, vec![ItemState::InDoubt]));
        assert_eq!((presses(&bench), items[0].code.as_deref()), (1, Some("SHK0729")));
        let engine = engine(&bench, late).await;
        let check = engine.store.open_checks(None).await.unwrap().remove(0);
        let values = Map::from_iter([("結果".to_owned(), json!(said))]);
        let (id, again, by) = (check.id, Map::new(), "staff".to_owned());
        let answer = Answer { id, values, again, as_read: false, by };
        acts::answer(&engine.store, &engine.log, answer).await.unwrap();
        let (_, items) = resumed(&engine, ", ms: 1").await;
        assert_eq!((states(&items), presses(&bench)), (vec![ItemState::Done], wanted), "{said}: {items:?}");
        bench.verify();
    }
}

#[tokio::test]
async fn with_the_waiting_off_one_look_is_enough() {
    let bench = Bench::new();
    let (_, items) = run(&bench, Duration::ZERO, "").await;
    assert_eq!((states(&items), presses(&bench)), (vec![ItemState::Failed], 2), "{items:?}");
    assert!(bench.ledger().is_empty());
    bench.verify();
}

#[tokio::test]
async fn where_the_browser_was_gone_one_further_look_is_taken() {
    let bench = Bench::new();
    let (state, items) = run(&bench, SOON, ", ms: 200, gone: true").await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    assert_eq!((presses(&bench), bench.ledger().len()), (1, 1));
    // What is not there then did not happen, and is done again.
    let bench = Bench::new();
    let (_, items) = run(&bench, Duration::from_millis(300), ", gone: true").await;
    assert_eq!((states(&items), presses(&bench)), (vec![ItemState::Failed], 2), "{items:?}");
    bench.verify();
}

#[tokio::test]
async fn a_stop_ends_the_waiting_and_the_looking_goes_on_later() {
    let (bench, late) = (Bench::new(), Duration::from_mins(10));
    let (engine_then, scenario) = (engine(&bench, late).await, scenario(""));
    let run = started(&engine_then, &scenario).await;
    let pass = tokio::spawn(Arc::clone(&engine_then).execute(run, scenario));
    while presses(&bench) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let asked = Instant::now();
    engine_then.stop.leave();
    assert_eq!(pass.await.unwrap().unwrap(), RunState::Running);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    drop(engine_then);
    // Whoever takes it up knows that it got no answer: what is not found is not pressed again either.
    let later = engine(&bench, Duration::from_millis(300)).await;
    let (state, items) = resumed(&later, "").await;
    assert_eq!((state, states(&items)), (RunState::WaitingForPeople, vec![ItemState::InDoubt]), "{items:?}");
    assert_eq!(presses(&bench), 1);
    bench.verify();
}
