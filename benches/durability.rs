//! What it costs that nothing is lost: light steps, irreversible steps, many items, many machines.
//!
//!     cargo bench --bench durability [-- light | append | fsyncs | items | claims | morning | restart]
//!
//! Prints numbers with the machine's own fsync time beside them; asserts nothing.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints rounded numbers"
)]

use serde_json::{Value, json};
use shoki::{
    actions::ACTIONS,
    audit::Event,
    calendar::{Cron, Days, MissedPolicy, OfficeCalendar, Schedule, Shift},
    clock::{Clock, SystemClock},
    control::{AuditLog, LogPlace, acts},
    engine::{Engine, Tenure},
    form::Forms,
    run::RunState,
    scenario::{self, OfficeFacts, Scenario},
    schedule::{Watched, Watcher},
    step::{Action, ActionDef, Arg, Catalog, Effect, Failure, Folder, Resources, SessionOpener, StepContext},
    store::{ContentKey, NewRun, Store, Strength},
};
use std::{
    fmt::Write as _,
    io::Write as _,
    path::Path,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use test_database::{Disk, Server};

/// Gives `n` items, numbered from 1.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct BenchList {
    n: u32,
}

impl Action for BenchList {
    const NAME: &'static str = "bench.list";
    const SUMMARY: &'static str = "計測用の一覧";
    const EXAMPLE: &'static str = "n: 3";
    const EFFECT: Effect = Effect::Read;
    type Output = Vec<Value>;

    async fn run(&self, _cx: &StepContext) -> Result<Self::Output, Failure> {
        Ok((1..=self.n).map(|n| json!({ "n": n })).collect())
    }
}

/// An act that costs nothing itself.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct BenchSubmit {
    key: Arg<String>,
}

impl Action for BenchSubmit {
    const NAME: &'static str = "bench.submit";
    const SUMMARY: &'static str = "計測用の登録";
    const EXAMPLE: &'static str = "key: a";
    const EFFECT: Effect = Effect::Irreversible;
    type Output = Value;

    async fn run(&self, _cx: &StepContext) -> Result<Value, Failure> {
        Ok(json!({ "receipt": self.key.get() }))
    }
}

fn catalog() -> Catalog {
    static ALL: OnceLock<Vec<ActionDef>> = OnceLock::new();
    let ours = [ActionDef::of::<BenchList>(), ActionDef::of::<BenchSubmit>()];
    Catalog(ALL.get_or_init(|| {
        let mut all: Vec<ActionDef> = ACTIONS.iter().copied().chain(ours).collect();
        all.sort_by_key(|a| a.name);
        all
    }))
}

fn scenario(steps: &str) -> Arc<Scenario> {
    let text = format!("shoki: 1\nid: bench\ntitle: 計測\nowner: 計測課\nretention: 1y\n{steps}");
    let loaded =
        scenario::load_text(Path::new("b.yaml"), &text, &catalog(), &Forms::new(), &OfficeFacts::default());
    Arc::new(loaded.unwrap_or_else(|p| panic!("{}", shoki::problem::render(&p, false))))
}

async fn engine(root: &Path, url: Option<&str>, workers: usize) -> Arc<Engine> {
    let store = match url {
        Some(url) => Store::connect(url, &ContentKey::beside(&root.join("shoki.db"))).await,
        None => Store::open(&root.join("shoki.db")).await,
    };
    machine(root, "bench", Arc::new(store.unwrap()), workers).await
}

/// A machine of that name at work on a store.
async fn machine(root: &Path, name: &str, store: Arc<Store>, workers: usize) -> Arc<Engine> {
    let root = &root.join(name);
    std::fs::create_dir_all(root).unwrap();
    let place = LogPlace {
        dir: root.join("audit"),
        keys: root.join("keys"),
        origin: format!("shoki.invalid/bench/{name}"),
        program: "0".repeat(64),
        config: "0".repeat(64),
        outside: None,
    };
    std::fs::create_dir_all(&place.dir).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let log = Arc::new(AuditLog::open(Arc::clone(&store), place, Arc::clone(&clock)).await.unwrap());
    let lease = Duration::from_secs(30);
    let tenure = Tenure::begin(Arc::clone(&store), name, name, root, lease).await.unwrap();
    let opener = SessionOpener {
        open: Box::new(|_, _| Box::pin(async { Err(Failure::stop("SHK0000", "no screens")) })),
        close: Box::new(|_| Box::pin(async {})),
        is_good: Box::new(|_| Box::pin(async { true })),
        look: Box::new(|_, _| Box::pin(async { None })),
    };
    Arc::new(Engine {
        store,
        log,
        tenure,
        catalog: catalog(),
        folder: Arc::new(Folder::new(root.to_owned())),
        vault: shoki::control::evidence::Vault::of(root),
        forms: Arc::new(Forms::new()),
        clock,
        resources: Resources::default(),
        opener: Arc::new(opener),
        accounts: Arc::new(|_| Err(Failure::stop("SHK0000", "no accounts"))),
        settings: std::collections::BTreeMap::new(),
        workers,
        watch: Arc::new(|_| {}),
        events: shoki::engine::Events::default(),
        stop: Arc::default(),
        calendar: std::sync::Arc::new(shoki::calendar::OfficeCalendar::new),
        limits: shoki::engine::Limits::default(),
    })
}

/// Seconds a new run of the scenario takes from start to rest.
async fn run(engine: &Arc<Engine>, scenario: &Arc<Scenario>) -> f64 {
    let actor = json!({ "kind": "user", "id": "bench" });
    let date = "2026-11-20".to_owned();
    let began = Instant::now();
    let run = acts::start(&engine.store, &engine.log, scenario, actor, date, json!({})).await.unwrap();
    let state = Arc::clone(engine).execute(run, Arc::clone(scenario)).await.unwrap();
    assert_eq!(state, RunState::Done);
    began.elapsed().as_secs_f64()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// The time the disk of `dir` takes to make 4 KiB durable: the median of 50, in milliseconds.
fn fsync_ms(dir: &Path) -> f64 {
    let mut file = std::fs::File::create(dir.join("probe")).unwrap();
    let times = (0..50).map(|_| {
        file.write_all(&[7; 4096]).unwrap();
        let began = Instant::now();
        file.sync_data().unwrap();
        began.elapsed().as_secs_f64() * 1e3
    });
    median(times.collect())
}

/// The most memory this process ever had, MiB.
fn memory_peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

fn light_steps(count: usize) -> String {
    let mut steps = "steps:\n".to_owned();
    for n in 0..count {
        writeln!(steps, "  - {{ do: value.require, with: {{ that: \"${{{{ run.id != '{n}' }}}}\", else: ありえません }} }}")
            .unwrap();
    }
    steps
}

async fn light() {
    for name in ["SQLite", "PostgreSQL"] {
        let dir = tempfile::tempdir_in("target").unwrap();
        let server = (name == "PostgreSQL").then(|| Server::start(Disk::Safe));
        let url = server.as_ref().map(Server::url);
        let engine = engine(dir.path(), url.as_deref(), 3).await;
        let (none, forty) = (scenario(&light_steps(1)), scenario(&light_steps(41)));
        let mut bare = Vec::new();
        let mut full = Vec::new();
        for _ in 0..15 {
            bare.push(run(&engine, &none).await);
            full.push(run(&engine, &forty).await);
        }
        let (bare, full) = (median(bare), median(full));
        println!(
            "{name}: a run of 41 light steps {:.1} ms, of 1 step {:.1} ms; 40 steps {:.1} ms = {:.3} ms a step; fsync here {:.2} ms",
            full * 1e3,
            bare * 1e3,
            (full - bare) * 1e3,
            (full - bare) * 1e3 / 40.0,
            fsync_ms(dir.path())
        );
        let seconds = run(&engine, &acts(200)).await;
        println!("{name}: 200 irreversible steps, 3 items at once: {:.2} ms each", seconds * 5.0);
    }
}

/// A scenario of `n` irreversible acts, one item each.
fn acts(n: u32) -> Arc<Scenario> {
    scenario(&format!(
        "items: {{ do: bench.list, with: {{ n: {n} }}, key: \"${{{{ item.n }}}}-${{{{ run.id }}}}\" }}\nsteps:\n  - {{ do: bench.submit, with: {{ key: k }}, once: \"${{{{ item.n }}}}/${{{{ run.id }}}}\" }}\n"
    ))
}

/// Where a process of its own is told what to do, so that somebody can count its calls.
const COUNTED: &str = "SHOKI_BENCH_COUNTED";

/// `light 41 1`: so many light steps in one item; `acts 101 3`: so many items with an irreversible step, three at once.
async fn counted(what: &str) {
    let parts: Vec<&str> = what.split(' ').collect();
    let (n, workers): (u32, usize) = (parts[1].parse().unwrap(), parts[2].parse().unwrap());
    let dir = tempfile::tempdir_in("target").unwrap();
    let scenario = if parts[0] == "light" { scenario(&light_steps(n as usize)) } else { acts(n) };
    run(&engine(dir.path(), None, workers).await, &scenario).await;
}

/// How often such a process asks the disk to keep what it was given.
fn syncs(what: &str) -> f64 {
    let counts = tempfile::NamedTempFile::new().unwrap();
    let mut strace = std::process::Command::new("strace");
    strace.args(["-f", "--seccomp-bpf", "-qq", "-c", "-e", "trace=fsync,fdatasync", "-o"]).arg(counts.path());
    let ended = strace.arg(std::env::current_exe().unwrap()).env(COUNTED, what).status();
    assert!(ended.expect("apt-get install strace").success());
    let table = std::fs::read_to_string(counts.path()).unwrap();
    let of_line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let sync = words.last().is_some_and(|name| matches!(*name, "fsync" | "fdatasync"));
        if sync { words[3].parse::<f64>().unwrap() } else { 0.0 }
    };
    table.lines().map(of_line).sum()
}

/// Fsyncs of one step: of a long run less those of a short one, by the kernel's own count. Checkpoints of the log, one for
/// every 256 entries, are among them.
fn fsyncs() {
    for (name, few, many, more) in [
        ("light step", "light 1 1", "light 201 1", 200.0),
        ("irreversible step, one item at a time", "acts 10 1", "acts 210 1", 200.0),
        ("irreversible step, three items at once", "acts 10 3", "acts 210 3", 200.0),
        ("irreversible step, twelve items at once", "acts 10 12", "acts 210 12", 200.0),
    ] {
        println!("SQLite: {:.2} fsyncs for each {name}", (syncs(many) - syncs(few)) / more);
    }
    let dir = tempfile::tempdir_in("target").unwrap();
    println!("one fsync of 4 KiB on this disk: {:.2} ms", fsync_ms(dir.path()));
}

/// From the start of a process to the moment at which it may work, with a million entries in the log.
async fn restart() {
    let dir = tempfile::tempdir_in("target").unwrap();
    let wanted = std::env::var("ENTRIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000u32);
    let before = engine(dir.path(), None, 3).await;
    let began = Instant::now();
    for _ in 0..wanted.div_ceil(5000) {
        let mut tx = before.store.begin(Strength::Process).await.unwrap();
        for n in 0..5000u64 {
            let draft = before.log.system(Event::Heartbeat).data("runs", n);
            before.log.write(&mut tx, &draft).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    before.log.checkpoint().await.unwrap();
    println!("SQLite: {wanted} entries written and signed in {:.1} s", began.elapsed().as_secs_f64());
    drop(before);
    let mut times = Vec::new();
    for _ in 0..15 {
        let began = Instant::now();
        let again = engine(dir.path(), None, 3).await;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        drop(again);
    }
    let worst = times.iter().copied().fold(0.0, f64::max);
    println!("SQLite: ready again after {:.0} ms (median of 15), {worst:.0} ms at worst", median(times));
}

/// Milliseconds of one change with `entries` entries of the log, the median of many one after another.
async fn change(engine: &Engine, entries: u32, strength: Strength) -> f64 {
    let mut times = Vec::new();
    for n in 0..400u64 {
        let began = Instant::now();
        let mut tx = engine.store.begin(strength).await.unwrap();
        tx.set_meta("bench", &n.to_string()).await.unwrap();
        for _ in 0..entries {
            let draft = engine.log.system(Event::Heartbeat).data("runs", n);
            engine.log.write(&mut tx, &draft).await.unwrap();
        }
        tx.commit().await.unwrap();
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    median(times)
}

/// What an entry of the log costs a change besides the fsync, and what many changes at once share.
async fn append() {
    let dir = tempfile::tempdir_in("target").unwrap();
    let engine = engine(dir.path(), None, 3).await;
    let (bare, one) =
        (change(&engine, 0, Strength::Process).await, change(&engine, 1, Strength::Process).await);
    let eleven = change(&engine, 11, Strength::Process).await;
    println!(
        "SQLite: a change without an entry {bare:.3} ms, with one {one:.3} ms (+{:.3}), with eleven +{:.3} ms an entry",
        one - bare,
        (eleven - one) / 10.0
    );
    let durable = change(&engine, 1, Strength::Power).await;
    println!(
        "SQLite: a durable change with one entry {durable:.2} ms; one fsync of 4 KiB here {:.2} ms",
        fsync_ms(dir.path())
    );
    let began = Instant::now();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let engine = Arc::clone(&engine);
        all.spawn(async move { change(&engine, 1, Strength::Power).await });
    }
    let count = all.join_all().await.len() * 400;
    println!(
        "SQLite: 16 at a time, {:.3} ms for each durable change with one entry",
        began.elapsed().as_secs_f64() * 1e3 / count as f64
    );
}

async fn items() {
    let dir = tempfile::tempdir_in("target").unwrap();
    let engine = engine(dir.path(), None, 3).await;
    let count = std::env::var("ITEMS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000u32);
    let steps = light_steps(5);
    let many = scenario(&format!(
        "items: {{ do: bench.list, with: {{ n: {count} }}, key: \"${{{{ item.n }}}}\" }}\n{steps}"
    ));
    let seconds = run(&engine, &many).await;
    println!(
        "SQLite: {count} items of 5 light steps: {seconds:.1} s; memory at most {:.0} MiB",
        memory_peak()
    );
}

/// Runs that wait to be claimed.
async fn queue(store: &Store, runs: u32) {
    let run = |n: u32| NewRun {
        id: format!("01KAH{n:021}"),
        scenario: format!("city{}-{}", n / 10, n % 10),
        sha256: format!("sha{}", n % 10),
        date: "2026-11-20".into(),
        settings: json!({}),
        actor: json!({}),
        at: "2026-11-20T11:30:00.000Z".into(),
    };
    let all: Vec<NewRun> = (0..runs).map(run).collect();
    for some in all.chunks(500) {
        let mut tx = store.begin(Strength::Process).await.unwrap();
        tx.add_runs(some).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// What four machines can run.
fn offered() -> Vec<String> {
    (0..10).map(|n| format!("sha{n}")).collect()
}

/// Four workers claim every run, each as many at once as it has `places`. Says how many, and the seconds it took.
async fn claim_all((url, key): (&str, &ContentKey), places: u32) -> (usize, f64) {
    let mut machines = tokio::task::JoinSet::new();
    let mut ready = Vec::new();
    for machine in 0..4 {
        let store = Store::connect(url, key).await.unwrap();
        let name = format!("m{machine}-{places}");
        let worker = store.enlist(&name, &name, "here", Duration::from_mins(1)).await.unwrap();
        store.offer(&worker, &offered()).await.unwrap();
        ready.push((store, worker));
    }
    let began = Instant::now();
    for (store, worker) in ready {
        machines.spawn(async move {
            let mut mine = 0;
            loop {
                let claimed = store.claim_runs(&worker, places).await.unwrap().len();
                mine += claimed;
                if claimed == 0 {
                    return mine;
                }
            }
        });
    }
    let all: usize = machines.join_all().await.into_iter().sum();
    (all, began.elapsed().as_secs_f64())
}

async fn claims() {
    for places in [1, 4, 16] {
        let server = Server::start(Disk::Safe);
        let key = ContentKey::File(server.key());
        queue(&Store::connect(&server.url(), &key).await.unwrap(), 10_000).await;
        let (claimed, seconds) = claim_all((&server.url(), &key), places).await;
        println!(
            "PostgreSQL: {claimed} runs claimed by 4 workers, {places} at a time: {:.0} a second",
            claimed as f64 / seconds
        );
    }
}

/// 1,788 municipalities with 10 scenarios each, all due at the same minute: as the schedule of one machine puts them on
/// record, and as four machines begin them, each 16 at a time, with the entries of the log.
async fn morning() {
    let (server, dir) = (Server::start(Disk::Safe), tempfile::tempdir_in("target").unwrap());
    let url = server.url();
    let key = ContentKey::File(server.key());
    let open = async || Arc::new(Store::connect(&url, &key).await.unwrap());
    let first = machine(dir.path(), "m0", open().await, 3).await;
    let before: jiff::Zoned = "2026-11-20T05:59:30+09:00[Asia/Tokyo]".parse().unwrap();
    let due: jiff::Zoned = "2026-11-20T06:00:01+09:00[Asia/Tokyo]".parse().unwrap();
    let mut watcher = Watcher::new(OfficeCalendar::new());
    watcher.begin((0..17_880).map(daily).collect(), &first.store, &before).await.unwrap();
    let began = Instant::now();
    let mut dues = 0;
    while watcher.next().is_some_and(|next| *next <= due) {
        dues += watcher.look(&first.store, &first.log, &due).await.unwrap().len();
    }
    println!(
        "PostgreSQL: {dues} due moments and runs put on record in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    let mut machines = tokio::task::JoinSet::new();
    machines.spawn(begin_all(first, began));
    for name in ["m1", "m2", "m3"] {
        machines.spawn(begin_all(machine(dir.path(), name, open().await, 3).await, began));
    }
    let mut all = machines.join_all().await.concat();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut in_order: Vec<&String> = all.iter().map(|(_, id)| id).collect();
    in_order.sort();
    let place: std::collections::HashMap<&String, usize> = in_order.into_iter().zip(0..).collect();
    let off = all.iter().enumerate().map(|(at, (_, id))| place[id].abs_diff(at)).max().unwrap();
    println!(
        "PostgreSQL: {} runs begun by 4 machines {:.1} s after they came due; at most {off} places out of order",
        all.len(),
        all.last().unwrap().0
    );
}

fn daily(n: u32) -> Watched {
    let at = Cron::parse("0 6 * * *").unwrap();
    let (days, shift, missed) = (Days::All, Shift::None, MissedPolicy::Hold);
    let schedule = Schedule { at, days, shift, of_month: None, from: None, until: None, missed };
    let fixed = Some((format!("sha{}", n % 10), String::new()));
    Watched {
        id: format!("city{:04}-{}", n / 10, n % 10),
        fixed,
        digest: "d".into(),
        schedule: vec![schedule],
    }
}

/// One machine claims and begins runs until none is left, with the changes that the engine makes. Says when each was begun.
async fn begin_all(engine: Arc<Engine>, due: Instant) -> Vec<(f64, String)> {
    let worker = &engine.tenure.worker;
    engine.store.offer(worker, &offered()).await.unwrap();
    let mut mine = Vec::new();
    loop {
        let claimed = engine.store.claim_runs(worker, 16).await.unwrap();
        if claimed.is_empty() {
            return mine;
        }
        let take_up = |run: shoki::store::Run| {
            let engine = Arc::clone(&engine);
            async move {
                let mut tx = engine.store.begin_as(&engine.tenure.worker, Strength::Power).await.unwrap();
                assert!(tx.take_run(&run.id).await.unwrap() && tx.stopped(None).await.unwrap().is_none());
                tx.move_run(&run.id, RunState::Running, None, &engine.log.now()).await.unwrap();
                let draft = engine.log.system(Event::RunStart).run(&run.id);
                let draft = draft.scenario(&run.scenario, 1, &"0".repeat(64), None);
                engine.log.write(&mut tx, &draft).await.unwrap();
                tx.commit().await.unwrap();
                (due.elapsed().as_secs_f64(), run.id)
            }
        };
        let some: tokio::task::JoinSet<_> = claimed.into_iter().map(take_up).collect();
        mine.extend(some.join_all().await);
    }
}

#[tokio::main]
async fn main() {
    std::fs::create_dir_all("target").unwrap();
    if let Ok(what) = std::env::var(COUNTED) {
        return counted(&what).await;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let asked = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    let cores = std::thread::available_parallelism().unwrap();
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find(|l| l.starts_with("model name")).unwrap_or_default().to_owned();
    println!(
        "{cores} cores; {cpu}; load {}",
        std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim()
    );
    if asked("light") {
        light().await;
    }
    if asked("append") {
        append().await;
    }
    if asked("fsyncs") {
        fsyncs();
    }
    if asked("claims") {
        claims().await;
    }
    if asked("morning") {
        morning().await;
    }
    if asked("items") {
        items().await;
    }
    if asked("restart") {
        restart().await;
    }
}
