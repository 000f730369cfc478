//! Nights in which processes are killed or stopped at any moment. The judge is a ledger outside the store: each case is in
//! it at most once at any time, and exactly once when every doubt is settled.
//!
//! A process of its own works the queue off and is killed from outside at a random moment, or kills itself just before or
//! just after its act. `SHOKI_KILLS` says how many kills (a short form otherwise), `SHOKI_SEED` repeats a series.

use crate::bench::{self, Bench, Place, verified};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shoki::{
    control::acts::{self, Answer},
    engine::Engine,
    form::Forms,
    run::{ItemState, RunState},
    scenario::{self, OfficeFacts, Scenario},
    step::{Action, ActionDef, Arg, Catalog, Effect, Failure, Resources, SessionOpener, StepContext},
    store::Store,
};
use std::{
    collections::BTreeSet,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use test_database::{Disk, Server};

/// Kills in the short form, on a file and on a server.
const SHORT: (u32, u32) = (260, 50);
/// Items of a night.
const ITEMS: usize = 8;

/// The target: a file with a line for each act, and the moment at which the process kills itself.
struct Ledger {
    file: PathBuf,
    /// Counts down with every act; at 0 the act holds its thread for ever.
    hangs: AtomicI64,
    /// Counts down with every act; at 0 the process dies before it (`true`) or after it.
    dies: (bool, AtomicI64),
}

impl Ledger {
    fn lines(file: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().map(ToOwned::to_owned).collect()
    }

    fn maybe_die(&self, before: bool) {
        if self.dies.0 == before && self.dies.1.fetch_sub(1, Ordering::SeqCst) == 0 {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
        }
    }
}

/// Enters a case in the ledger.
#[derive(Debug, Deserialize, JsonSchema)]
struct LedgerSubmit {
    key: Arg<String>,
}

impl Action for LedgerSubmit {
    const NAME: &'static str = "ledger.submit";
    const SUMMARY: &'static str = "試験用の台帳への登録";
    const EXAMPLE: &'static str = "key: a";
    const EFFECT: Effect = Effect::Irreversible;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let ledger = cx.driver::<Ledger>()?;
        tokio::time::sleep(Duration::from_millis(2)).await;
        ledger.maybe_die(true);
        if ledger.hangs.fetch_sub(1, Ordering::SeqCst) == 0 {
            std::thread::sleep(Duration::from_hours(1));
        }
        cx.may_act()?;
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&ledger.file);
        file.unwrap().write_all(format!("{}\n", self.key.get()).as_bytes()).unwrap();
        ledger.maybe_die(false);
        tokio::time::sleep(Duration::from_millis(2)).await;
        Ok(json!({ "receipt": format!("R-{}", self.key.get()) }))
    }
}

/// Looks a case up in the ledger.
#[derive(Debug, Deserialize, JsonSchema)]
struct LedgerProbe {
    key: Arg<String>,
}

impl Action for LedgerProbe {
    const NAME: &'static str = "ledger.probe";
    const SUMMARY: &'static str = "試験用の台帳の照会";
    const EXAMPLE: &'static str = "key: a";
    const EFFECT: Effect = Effect::Read;
    type Output = Value;

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let ledger = cx.driver::<Ledger>()?;
        let found = Ledger::lines(&ledger.file).contains(self.key.get());
        Ok(json!({ "found": found, "receipt": found.then(|| format!("R-{}", self.key.get())) }))
    }
}

fn catalog() -> Catalog {
    static ALL: OnceLock<Vec<ActionDef>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let ours = [ActionDef::of::<LedgerProbe>(), ActionDef::of::<LedgerSubmit>()];
        let mut all: Vec<ActionDef> = bench::catalog().0.iter().copied().chain(ours).collect();
        all.sort_by_key(|a| a.name);
        all
    });
    Catalog(all)
}

pub const NIGHT: &str = r#"
shoki: 1
id: night
title: 夜
owner: 試験課
retention: 1y
items: { do: test.list, with: { n: 8 }, key: "${{ item.n }}" }
steps:
  - { id: 準備, do: value.set, with: { 番号: "k${{ item.n }}" } }
  - id: 登録
    do: ledger.submit
    with: { key: "${{ 準備.番号 }}" }
    once: ${{ 準備.番号 }}
    probe: [{ do: ledger.probe, with: { key: "${{ 準備.番号 }}" } }]
  - { do: value.require, with: { that: "${{ 登録.receipt != '' }}", else: 控えがありません } }
"#;

/// A repeatable source of chance (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new() -> Self {
        let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let seed = std::env::var("SHOKI_SEED").ok().and_then(|s| s.parse().ok());
        let seed = seed.unwrap_or_else(|| u64::try_from(time % 1_000_000_007).unwrap() + 1);
        println!("SHOKI_SEED={seed}");
        Self(seed)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % limit
    }
}

/// One night: the ledger, and the machines that work in it, each with a folder of its own below `dir`.
pub struct Night {
    pub dir: PathBuf,
    /// Takes the folder away at the end; the processes it starts have none.
    _home: Option<tempfile::TempDir>,
    url: Option<String>,
    lease: Duration,
}

impl Night {
    pub async fn begin(url: Option<String>, lease: Duration) -> Self {
        Self::of(NIGHT, url, lease).await
    }

    /// A night with this scenario, queued.
    pub async fn of(text: &str, url: Option<String>, lease: Duration) -> Self {
        let home = tempfile::tempdir().unwrap();
        let night = Self::queued(text, home.path(), url, lease).await;
        Self { _home: Some(home), ..night }
    }

    /// The same in a folder that is there.
    pub async fn within(dir: &Path, url: Option<String>, lease: Duration) -> Self {
        Self::queued(NIGHT, dir, url, lease).await
    }

    async fn queued(text: &str, dir: &Path, url: Option<String>, lease: Duration) -> Self {
        std::fs::write(dir.join("night.yaml"), text).unwrap();
        let night = Self { dir: dir.to_owned(), _home: None, url, lease };
        let engine = night.engine("a", i64::MAX, true).await;
        let actor = json!({ "kind": "user", "id": "tester" });
        let (date, scenario) = ("2026-11-20".to_owned(), night.scenario());
        acts::start(&engine.store, &engine.log, &scenario, actor, date, json!({})).await.unwrap();
        engine.tenure.end().await.unwrap();
        night
    }

    fn scenario(&self) -> Arc<Scenario> {
        let text = std::fs::read_to_string(self.dir.join("night.yaml")).unwrap();
        let loaded = scenario::load_text(
            Path::new("n.yaml"),
            &text,
            &catalog(),
            &Forms::new(),
            &OfficeFacts::default(),
        );
        Arc::new(loaded.unwrap_or_else(|p| panic!("{}", shoki::problem::render(&p, false))))
    }

    fn ledger(&self) -> PathBuf {
        self.dir.join("ledger")
    }

    pub fn place(&self, machine: &str) -> Place {
        // One file is one machine's.
        let name = if self.url.is_some() { machine } else { "a" };
        let root = self.dir.join(name);
        std::fs::create_dir_all(root.join("keys")).unwrap();
        // Another machine has the key of the first, as staff would bring it there.
        let (first, here) = (self.dir.join("a/keys/contents"), root.join("keys/contents"));
        if !here.exists() && first.exists() {
            std::fs::copy(first, here).unwrap();
        }
        Place { root, url: self.url.clone(), name: name.into(), lease: self.lease, ..Place::default() }
    }

    async fn engine(&self, machine: &str, acts: i64, before: bool) -> Arc<Engine> {
        let hangs = AtomicI64::new(number("SHOKI_HANGS").unwrap_or(i64::MAX));
        let ledger = Ledger { file: self.ledger(), hangs, dies: (before, AtomicI64::new(acts)) };
        let opener = SessionOpener {
            open: Box::new(|_, _| Box::pin(async { Err(Failure::stop("SHK0000", "no screens")) })),
            close: Box::new(|_| Box::pin(async {})),
            is_good: Box::new(|_| Box::pin(async { true })),
            look: Box::new(|_, _| Box::pin(async { None })),
        };
        let resources = Resources::default().with(Arc::new(ledger));
        let workers = number("SHOKI_WORKERS").and_then(|n| n.try_into().ok()).unwrap_or(3);
        let mut engine = self.place(machine).engine(catalog(), resources, opener, workers).await;
        engine.limits.stuck = Duration::from_millis(500);
        Arc::new(engine)
    }

    /// A process that works the queue off. It dies at its `acts`-th act.
    fn worker(&self, machine: &str, acts: i64, before: bool) -> Child {
        let program = std::env::current_exe().unwrap();
        let mut child = self.under(Command::new(program), machine, acts, before);
        child.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The same process, begun by `child`: the program itself, or another that starts it.
    pub fn under(&self, mut child: Command, machine: &str, acts: i64, before: bool) -> Command {
        child.args(["--exact", "nights::works_the_queue_off", "--nocapture"]);
        child.env("SHOKI_NIGHT", &self.dir).env("SHOKI_MACHINE", machine);
        child.env("SHOKI_DIES", format!("{acts} {before} {}", self.lease.as_millis()));
        child.env_remove("SHOKI_URL");
        if let Some(url) = &self.url {
            child.env("SHOKI_URL", url);
        }
        child
    }

    pub fn lines(&self) -> Vec<String> {
        Ledger::lines(&self.ledger())
    }

    /// Nothing is there twice.
    pub fn at_most_once(&self) {
        let lines = self.lines();
        assert_eq!(lines.iter().collect::<BTreeSet<_>>().len(), lines.len(), "entered twice: {lines:?}");
    }

    /// Everything is there once, the record says so, and the logs verify.
    pub async fn exactly_once(&self, store: &Store, machines: &[&str]) {
        self.at_most_once();
        assert_eq!(self.lines().len(), ITEMS, "{:?}", self.lines());
        let run = store.runs(1).await.unwrap().pop().unwrap();
        let items = store.items(&run.id).await.unwrap();
        assert!(items.iter().all(|i| i.state == ItemState::Done), "{items:?}");
        assert_eq!(run.state, RunState::Done);
        // A machine that was stopped before it signed anything has no key of a log.
        let signs = |root: &Path| {
            let mut keys = std::fs::read_dir(root.join("keys")).unwrap().flatten();
            keys.any(|key| key.file_name().to_string_lossy().starts_with("log-"))
        };
        for machine in machines.iter().filter(|m| signs(&self.place(m).root)) {
            verified(&self.place(machine).root);
        }
    }
}

/// Not a test: the process that [`Night::worker`] starts.
#[test]
fn works_the_queue_off() {
    let Some(dir) = std::env::var_os("SHOKI_NIGHT") else { return };
    let dies = std::env::var("SHOKI_DIES").unwrap();
    let dies: Vec<&str> = dies.split(' ').collect();
    let lease = Duration::from_millis(dies[2].parse().unwrap());
    let night = Night { dir: dir.into(), _home: None, url: std::env::var("SHOKI_URL").ok(), lease };
    let machine = std::env::var("SHOKI_MACHINE").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ended = runtime.block_on(work(&night, &machine, dies[0].parse().unwrap(), dies[1] == "true"));
    if let Err(e) = ended {
        eprintln!("{e}");
        std::process::exit(3);
    }
}

async fn work(
    night: &Night,
    machine: &str,
    acts: i64,
    before: bool,
) -> Result<(), shoki::engine::EngineError> {
    let engine = night.engine(machine, acts, before).await;
    let (scenario, watched) = (night.scenario(), Arc::clone(&engine));
    let late = move || watched.limits.pulse.overdue().map(|late| ("an act", late));
    shoki::engine::watchdog::begin(Duration::from_millis(50), late);
    engine.store.offer(&engine.tenure.worker, std::slice::from_ref(&scenario.sha256)).await?;
    loop {
        engine.store.dismiss_late().await?;
        if let Some(run) = engine.store.claim_run(&engine.tenure.worker).await? {
            Arc::clone(&engine).execute(run, Arc::clone(&scenario)).await?;
        }
        let runs = engine.store.runs(5).await?;
        if runs.iter().all(|r| !matches!(r.state, RunState::Queued | RunState::Running)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    engine.tenure.end().await?;
    Ok(())
}

/// How far the acts in hand had come at the kills.
#[derive(Debug, Default)]
struct Seen {
    /// Nothing was announced: P0 or P4.
    between: u32,
    /// Announced and not entered: P1.
    announced: u32,
    /// Entered and not receipted: P2 or P3.
    entered: u32,
}

impl Seen {
    async fn look(&mut self, store: &Store, night: &Night) {
        let run = store.runs(1).await.unwrap().pop().unwrap();
        let (open, lines) = (store.open_intents(&run.id).await.unwrap(), night.lines());
        let entered = open.iter().filter(|i| lines.contains(&i.once)).count();
        self.between += u32::from(open.is_empty());
        self.entered += u32::from(entered > 0);
        self.announced += u32::from(open.len() > entered);
    }
}

/// One night with kills. Says how many there were.
async fn killed(dice: &mut Dice, url: Option<String>, most: u32, seen: &mut Seen) -> u32 {
    let night = Night::begin(url, Duration::from_secs(30)).await;
    let store = night.place("a").store().await;
    let mut kills = 0;
    while kills < most {
        // A third dies of itself around its act, the others from outside at any moment.
        let (acts, before) = (i64::try_from(dice.below(4)).unwrap(), dice.below(2) == 0);
        let outside = dice.below(3) > 0;
        let mut child = night.worker("a", if outside { i64::MAX } else { acts }, before);
        if outside {
            std::thread::sleep(Duration::from_micros(20_000 + dice.below(130_000)));
            child.kill().unwrap();
        }
        if child.wait().unwrap().success() {
            break;
        }
        kills += 1;
        night.at_most_once();
        seen.look(&store, &night).await;
    }
    let last = night.worker("a", i64::MAX, true).wait_with_output().unwrap();
    assert!(last.status.success(), "after {kills} kills: {}", String::from_utf8_lossy(&last.stderr));
    night.exactly_once(&store, &["a"]).await;
    kills
}

async fn kill(wanted: u32, mut database: impl FnMut(u32) -> Option<String>) {
    let mut dice = Dice::new();
    let (mut kills, mut nights, mut seen) = (0, 0, Seen::default());
    let began = Instant::now();
    while kills < wanted {
        kills += killed(&mut dice, database(nights), (wanted - kills).min(20), &mut seen).await.max(1);
        nights += 1;
    }
    println!("{kills} kills in {nights} nights, {:?}: {seen:?}", began.elapsed());
    assert!(seen.between > 0 && seen.announced > 0 && seen.entered > 0, "every crash point is met: {seen:?}");
}

/// What the process that starts this one wants of it.
fn number(name: &str) -> Option<i64> {
    std::env::var(name).ok()?.parse().ok()
}

/// How many, unless a longer form was asked for.
pub fn wanted(short: u32) -> u32 {
    std::env::var("SHOKI_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(short)
}

#[tokio::test]
async fn nothing_is_entered_twice_on_a_file_whenever_the_process_is_killed() {
    kill(wanted(SHORT.0), |_| None).await;
}

#[tokio::test]
async fn nothing_is_entered_twice_on_a_server_whenever_the_process_is_killed() {
    let server = Server::start(Disk::Fast);
    let database = |night| {
        assert_eq!(server.ask(&format!("CREATE DATABASE night{night}")), "");
        Some(server.url_of(&format!("night{night}")))
    };
    kill(wanted(SHORT.1), database).await;
}

/// An act holds its thread for ever while the lease is renewed in the background: the watchdog ends the process, its work is
/// free within the lease, and the next looks up what became of the act.
#[tokio::test]
async fn an_act_that_hangs_ends_the_process_and_another_goes_on() {
    let text = NIGHT.replace("    once:", "    timeout: 1s\n    once:");
    let night = Night::of(&text, None, Duration::from_secs(2)).await;
    let mut child = night.under(Command::new(std::env::current_exe().unwrap()), "a", i64::MAX, true);
    let began = Instant::now();
    let ended = child.env("SHOKI_HANGS", "3").env("SHOKI_WORKERS", "2").output().unwrap();
    assert_eq!(ended.status.code(), Some(3), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(began.elapsed() > Duration::from_millis(1500) && began.elapsed() < Duration::from_secs(20));
    assert!(night.lines().len() < ITEMS);
    night.at_most_once();
    let next = night.worker("a", i64::MAX, true).wait_with_output().unwrap();
    assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stderr));
    night.exactly_once(&*night.place("a").store().await, &["a"]).await;
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, signal).unwrap();
}

/// Answers every open question by what the ledger says.
async fn settle(night: &Night, engine: &Engine) {
    for check in engine.store.open_checks(None).await.unwrap() {
        let said =
            if night.lines().contains(&format!("k{}", check.n)) { "登録済み" } else { "未登録" };
        let values = Map::from_iter([("結果".to_owned(), json!(said))]);
        let answer = Answer {
            id: check.id,
            values,
            again: serde_json::Map::new(),
            as_read: false,
            by: "staff".into(),
        };
        acts::answer(&engine.store, &engine.log, answer).await.unwrap();
    }
}

/// A machine stands still in the middle of its work for longer than its lease; another takes over; then the first goes on.
#[tokio::test]
async fn a_machine_that_stood_still_enters_nothing_after_another_took_over() {
    let server = Server::start(Disk::Fast);
    let mut dice = Dice::new();
    let (mut refused, mut asked) = (0, 0);
    for round in 0..wanted(5).min(1000) {
        assert_eq!(server.ask(&format!("CREATE DATABASE still{round}")), "");
        // Shorter than the lease, as in an office.
        let url = server.url_of(&format!("still{round}?options[idle_in_transaction_session_timeout]=400ms"));
        let url = Some(url);
        let night = Night::begin(url, Duration::from_millis(600)).await;
        let still = night.worker("b", i64::MAX, true);
        let store = night.place("c").store().await;
        while store.runs(1).await.unwrap()[0].worker.is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        std::thread::sleep(Duration::from_micros(dice.below(60_000)));
        signal(&still, rustix::process::Signal::STOP);
        let mut other = night.worker("c", i64::MAX, true);
        assert!(other.wait().unwrap().success(), "the other machine comes to rest");
        night.at_most_once();
        signal(&still, rustix::process::Signal::CONT);
        let output = still.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        refused += u32::from(said.contains("別の機械に引き継がれました"));
        assert!(output.status.success() || said.contains("別の機械に引き継がれました"), "{said}");
        night.at_most_once();
        let engine = night.engine("c", i64::MAX, true).await;
        asked += engine.store.open_checks(None).await.unwrap().len();
        settle(&night, &engine).await;
        let run = engine.store.runs(1).await.unwrap().pop().unwrap();
        if run.state != RunState::Done {
            Arc::clone(&engine).execute(run, night.scenario()).await.unwrap();
        }
        night.exactly_once(&engine.store, &["b", "c"]).await;
    }
    println!("refused {refused}, asked {asked} times");
    assert!(refused > 0, "no machine was stopped in its work");
}

/// The story of one file, told to a server: a case in doubt, a person's answer, the same business key twice.
#[tokio::test]
async fn the_engine_keeps_its_promises_on_a_server() {
    let server = Server::start(Disk::Fast);
    let bench = Bench { url: Some(server.url()), ..Bench::new().failing(&[bench::Fault::After]) };
    let (state, _) = bench.run(crate::ACT).await;
    assert_eq!(state, RunState::Done);
    assert_eq!(bench.ledger(), ["k1"]);
    let (_, items) = bench.run(crate::ACT).await;
    assert_eq!(items[0].state, ItemState::Skipped);
    assert_eq!(bench.ledger(), ["k1"]);
    bench.verify();
}
