//! An office in a folder, with actions that fail on purpose and a ledger outside the store.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shoki::{
    actions::ACTIONS,
    clock::{Clock, SystemClock},
    control::{AuditLog, LogError, LogPlace, acts},
    engine::{Engine, Tenure},
    form::Forms,
    run::RunState,
    scenario::{self, OfficeFacts, Scenario},
    step::{
        Action, ActionDef, Arg, Blob, Catalog, Effect, Failure, Folder, Permit, Resources, SessionHandle,
        SessionOpener, StepContext,
    },
    store::{ContentKey, Item, Store},
};
use std::{
    path::Path,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tempfile::TempDir;

/// The outside world of one test: what was entered, and what goes wrong next.
#[derive(Default)]
pub struct World {
    /// Every act that reached the target, in order: the judge.
    pub ledger: Mutex<Vec<String>>,
    /// What the next acts do; empty: they succeed.
    pub faults: Mutex<Vec<Fault>>,
    /// Screen steps done, with the session in which they were done.
    pub screens: Mutex<Vec<String>>,
    pub sessions: AtomicU32,
    /// Whether the probe can tell.
    pub blind: AtomicBool,
    /// Whether the system lets nobody in.
    pub shut: AtomicBool,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Fault {
    /// Nothing reaches the target.
    Before,
    /// The act reaches the target, its answer does not come back.
    After,
    /// The target refuses the case.
    Refused,
    /// The button is not there: certain that nothing was sent.
    Untouched,
    /// The program itself is at fault.
    Panic,
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
        assert!(fault != Some(Fault::Panic), "on purpose");
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

/// Keeps a picture of 100 kB as evidence.
#[derive(Debug, Deserialize, JsonSchema)]
struct TestPicture {}

impl Action for TestPicture {
    const NAME: &'static str = "test.picture";
    const SUMMARY: &'static str = "試験用の証跡";
    const EXAMPLE: &'static str = "{}";
    const EFFECT: Effect = Effect::Read;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        cx.keep(Blob { kind: "screen.png", field: None, bytes: vec![7; 100_000] });
        Ok(json!({}))
    }
}

/// Our test actions beside the real ones, sorted.
pub fn catalog() -> Catalog {
    static ALL: OnceLock<Vec<ActionDef>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let test = [
            ActionDef::of::<TestList>(),
            ActionDef::of::<TestPicture>(),
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
pub struct Bench {
    pub dir: TempDir,
    pub world: Arc<World>,
    pub workers: usize,
    /// The server, where it is not a file.
    pub url: Option<String>,
    /// Whether checkpoints are copied to a folder of another department.
    pub outside: bool,
    pub clock: Arc<dyn Clock>,
}

/// How a scenario with one system begins.
pub const HEAD: &str = "
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

/// Where an office is, and how it is called.
pub struct Place {
    pub root: std::path::PathBuf,
    /// The server, where it is not a file in `root`.
    pub url: Option<String>,
    pub name: String,
    pub lease: std::time::Duration,
    /// Where copies of checkpoints go.
    pub outside: Option<std::path::PathBuf>,
    pub clock: Arc<dyn Clock>,
}

impl Default for Place {
    fn default() -> Self {
        let lease = std::time::Duration::from_secs(30);
        let (root, clock) = (std::path::PathBuf::new(), Arc::new(SystemClock));
        Self { root, url: None, name: "host".into(), lease, outside: None, clock }
    }
}

impl Place {
    /// Where the key of the contents lies.
    fn key(&self) -> ContentKey {
        ContentKey::beside(&self.root.join("shoki.db"))
    }

    /// The office's store.
    pub async fn store(&self) -> Arc<Store> {
        let store = match &self.url {
            Some(url) => Store::connect(url, &self.key()).await,
            None => Store::open(&self.root.join("shoki.db")).await,
        };
        Arc::new(store.unwrap_or_else(|e| panic!("{e}")))
    }

    /// The log of this machine.
    pub async fn log(&self, store: &Arc<Store>, clock: Arc<dyn Clock>) -> Result<AuditLog, LogError> {
        let place = LogPlace {
            dir: self.root.join("audit"),
            keys: self.root.join("keys"),
            origin: format!("shoki.invalid/test/{}", self.name),
            program: "0".repeat(64),
            config: "0".repeat(64),
            outside: self.outside.clone(),
        };
        std::fs::create_dir_all(&place.dir).unwrap();
        AuditLog::open(Arc::clone(store), place, clock).await
    }

    pub async fn engine(
        &self,
        catalog: Catalog,
        resources: Resources,
        opener: SessionOpener,
        workers: usize,
    ) -> Engine {
        let store = self.store().await;
        let clock = Arc::clone(&self.clock);
        let log = self.log(&store, Arc::clone(&clock)).await;
        let log = Arc::new(log.unwrap_or_else(|e| panic!("{e}")));
        let (name, store_too) = (&self.name, Arc::clone(&store));
        let tenure = Tenure::begin(store_too, name, name, &self.root, self.lease).await;
        let tenure = tenure.unwrap_or_else(|e| panic!("{e}"));
        let sure = Arc::clone(&tenure);
        let permit = Arc::new(Permit(Box::new(move || sure.is_sure())));
        Engine {
            store,
            log,
            tenure,
            catalog,
            folder: Arc::new(Folder::new(self.root.clone())),
            vault: shoki::control::evidence::Vault::of(&self.root),
            forms: Arc::new(Forms::new()),
            clock,
            resources: resources.with(permit),
            opener: Arc::new(opener),
            accounts: Arc::new(|_| Err(Failure::stop("SHK0000", "no accounts"))),
            settings: std::collections::BTreeMap::new(),
            calendar: std::sync::Arc::new(shoki::calendar::OfficeCalendar::new),
            workers,
            watch: Arc::new(|_| {}),
            events: shoki::engine::Events::default(),
            stop: Arc::default(),
            // Who is killed here does not come late.
            limits: shoki::engine::Limits { late: std::time::Duration::ZERO, ..Default::default() },
        }
    }
}

/// What the verifier says of the log in `root` so far.
pub fn verified(root: &Path) -> shoki::audit::Report {
    let fy = shoki::audit::layout::fiscal_year(jiff::Timestamp::now());
    let dir = root.join("audit").join(fy.to_string());
    let report = shoki::audit::verify_dir(&dir, &shoki::audit::Options::default()).unwrap();
    assert!(report.verdict.is_good() && report.faults.is_empty(), "{}", report.render_ja());
    report
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock);
        Self { dir, world: Arc::default(), workers: 2, url: None, outside: false, clock }
    }

    pub fn failing(self, faults: &[Fault]) -> Self {
        self.world.faults.lock().unwrap().extend(faults);
        self
    }

    pub async fn engine(&self) -> Arc<Engine> {
        let root = self.dir.path().to_owned();
        let outside = self.outside.then(|| root.join("outside"));
        let clock = Arc::clone(&self.clock);
        let place = Place { root, url: self.url.clone(), outside, clock, ..Place::default() };
        let world = Arc::clone(&self.world);
        let open = move |_, _| -> shoki::step::BoxFuture<'static, Result<SessionHandle, Failure>> {
            let number = world.sessions.fetch_add(1, Ordering::Relaxed) + 1;
            let shut = world.shut.load(Ordering::Relaxed);
            Box::pin(async move {
                if shut {
                    return Err(Failure::again("SHK0503", "画面が開きません。"));
                }
                Ok(SessionHandle::new(Arc::new(number)))
            })
        };
        let opener = SessionOpener {
            open: Box::new(open),
            close: Box::new(|_| Box::pin(async {})),
            is_good: Box::new(|_| Box::pin(async { true })),
            look: Box::new(|_, _| Box::pin(async { None })),
        };
        let resources = Resources::default().with(Arc::clone(&self.world));
        Arc::new(place.engine(catalog(), resources, opener, self.workers).await)
    }

    /// `steps` may bring a line for the system: `    hours: …` at its beginning.
    pub fn scenario(steps: &str) -> Arc<Scenario> {
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
    pub async fn run(&self, steps: &str) -> (RunState, Vec<Item>) {
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
    pub async fn resume(&self, steps: &str) -> (RunState, Vec<Item>) {
        let engine = self.engine().await;
        let run = engine.store.runs(1).await.unwrap().pop().unwrap();
        let id = run.id.clone();
        let state = Arc::clone(&engine).execute(run, Self::scenario(steps)).await.unwrap();
        (state, engine.store.items(&id).await.unwrap())
    }

    pub fn ledger(&self) -> Vec<String> {
        self.world.ledger.lock().unwrap().clone()
    }

    /// What the verifier says of the log so far.
    pub fn verify(&self) {
        let report = verified(self.dir.path());
        assert_eq!(report.covered, report.entries, "a run at rest leaves no entry unsigned");
    }
}
