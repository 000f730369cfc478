//! Disks that fail, fill up or lose their power under a worker, at any moment: it stops with a sentence, acts no more, and
//! what is taken up again is entered once. The judge is the ledger outside the store.
//!
//! `strace` stands between the program and the kernel: it lets chosen calls fail, or ends the process in them, and writes
//! down what reached the disk. `SHOKI_KILLS` says how many rounds (a short form otherwise), `SHOKI_SEED` repeats a series.

use crate::{
    ACT,
    bench::Bench,
    nights::{Dice, Night, wanted},
};
use serde_json::json;
use shoki::{control::acts, run::RunState};
use std::{
    collections::HashMap,
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

const LEASE: Duration = Duration::from_secs(30);

/// A worker under `strace`, which writes what it sees into a file.
struct Traced {
    output: Output,
    calls: Vec<Call>,
}

/// A call as `strace` wrote it.
struct Call {
    name: String,
    /// The file it was made on.
    file: String,
    /// What stands behind the file.
    rest: String,
    /// It failed because this test wanted it.
    injected: bool,
    /// It had begun when so many calls had ended, this one not among them.
    begun: usize,
}

impl Call {
    fn is_sync(&self) -> bool {
        matches!(self.name.as_str(), "fsync" | "fdatasync")
    }

    /// The last byte a `pwrite64` wrote, and one.
    fn end(&self) -> Option<u64> {
        let numbers = self.rest.rsplit_once(") ")?.0.rsplitn(3, ", ").map(str::trim);
        let numbers: Vec<u64> = numbers.take(2).filter_map(|n| n.parse().ok()).collect();
        Some(numbers.first()? + numbers.get(1)?)
    }
}

/// `fdatasync(9</a/b>) = 0` as name, file and rest.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('(')?;
    let (_, rest) = rest.split_once('<')?;
    let (file, rest) = rest.split_once('>')?;
    Some((name, file, rest))
}

/// The calls in the order in which they ended. One that another thread's interrupted stands on two lines.
fn calls(trace: &str) -> Vec<Call> {
    let (mut open, mut calls) = (HashMap::new(), Vec::new());
    for line in trace.lines() {
        let Some((thread, text)) = line.split_once(' ') else { continue };
        let text = text.trim_start();
        if let Some(first) = text.strip_suffix(" <unfinished ...>") {
            open.insert(thread, (first.to_owned(), calls.len()));
            continue;
        }
        let (whole, begun) = match text.strip_prefix("<... ") {
            Some(rest) => {
                let Some((first, begun)) = open.remove(thread) else { continue };
                (first + rest.split_once(" resumed>").map_or("", |(_, end)| end), begun)
            }
            None => (text.to_owned(), calls.len()),
        };
        if let Some((name, file, rest)) = parts(&whole) {
            let (name, file) = (name.to_owned(), file.to_owned());
            calls.push(Call {
                name,
                file,
                rest: rest.to_owned(),
                injected: rest.contains("(INJECTED)"),
                begun,
            });
        }
    }
    calls
}

/// Runs a worker to its end, with this change of the kernel's answers.
fn traced(night: &Night, inject: Option<&str>, acts: (i64, bool), workers: u32) -> Traced {
    let trace = night.dir.join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "--seccomp-bpf", "-qq", "-y", "-s", "40", "-e", "signal=none", "-o"]).arg(&trace);
    strace.args(["-e", "trace=fsync,fdatasync,pwrite64,write"]);
    strace.args(inject.map(|what| format!("--inject={what}")));
    strace.arg("--").arg(std::env::current_exe().unwrap());
    let mut worker = night.under(strace, "a", acts.0, acts.1);
    worker.env("SHOKI_WORKERS", workers.to_string()).stdin(Stdio::null());
    let output = worker
        .output()
        .expect("strace がありません。apt-get install strace（installer/packages.sh が入れます）。");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("ptrace"), "strace may not watch here: {said}");
    let trace = fs::read(trace).unwrap();
    Traced { output, calls: calls(&String::from_utf8_lossy(&trace)) }
}

/// Lets a worker without faults take up what is left, and looks at the ledger and the log.
async fn goes_on(night: &Night) {
    night.at_most_once();
    let program = Command::new(std::env::current_exe().unwrap());
    let last = night.under(program, "a", i64::MAX, true).output().unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
    night.exactly_once(&*night.place("a").store().await, &["a"]).await;
}

/// How many calls of these kinds a worker makes when nothing goes wrong.
async fn usual(of: fn(&Call) -> bool) -> u64 {
    let night = Night::begin(None, LEASE).await;
    let quiet = traced(&night, None, (i64::MAX, true), 1);
    assert!(quiet.output.status.success(), "{}", String::from_utf8_lossy(&quiet.output.stderr));
    let count = quiet.calls.iter().filter(|call| of(call)).count();
    assert!(count > 20, "{count}");
    u64::try_from(count).unwrap()
}

fn is_ledger(call: &Call) -> bool {
    call.file.ends_with("/ledger")
}

/// After the first failure nothing is entered; a file whose fsync failed is not asked again, for Linux would say yes to
/// what is gone. Says whether anything failed at all.
fn stops_at_the_first_failure(worker: &Traced, what: &str) -> bool {
    let Some(first) = worker.calls.iter().position(|call| call.injected) else {
        assert!(worker.output.status.success(), "{what}");
        return false;
    };
    let (failed, later) = (&worker.calls[first].file, &worker.calls[first + 1..]);
    let done = worker.calls[..first].iter().filter(|call| is_ledger(call)).count();
    let said = String::from_utf8_lossy(&worker.output.stderr);
    if worker.output.status.success() {
        assert_eq!(done, 8, "{what}: it may only go on when nothing was left to do; {said}");
    } else {
        assert!(said.contains("ディスク") || said.contains("記録"), "{what}: {said}");
    }
    assert!(!later.iter().any(is_ledger), "{what}: something was entered afterwards");
    if failed.ends_with("-wal") && worker.calls[first].is_sync() {
        let again = later.iter().find(|call| call.is_sync() && call.file.contains("shoki.db"));
        assert!(again.is_none(), "{what}: {failed} was asked again");
    }
    true
}

/// A disk whose fsync fails, once or for ever, from a random moment on.
#[tokio::test]
async fn after_a_failed_fsync_nothing_is_entered() {
    let (mut dice, syncs) = (Dice::new(), usual(Call::is_sync).await);
    let mut failed = 0;
    for round in 0..wanted(6).min(1000) {
        // strace counts the calls of each thread by itself.
        let (at, ever) = (1 + dice.below(syncs / 2), if round % 2 == 0 { "" } else { "+" });
        let night = Night::begin(None, LEASE).await;
        let inject = format!("fsync,fdatasync:error=EIO:when={at}{ever}");
        let worker = traced(&night, Some(&inject), (i64::MAX, true), 1);
        failed += u32::from(stops_at_the_first_failure(&worker, &inject));
        goes_on(&night).await;
    }
    println!("{failed} workers whose fsync failed");
    assert!(failed > 0, "no fsync failed");
}

/// A disk that can be read but not written any more, from a random moment on.
#[tokio::test]
async fn on_a_disk_that_became_read_only_nothing_is_entered() {
    let (mut dice, writes) = (Dice::new(), usual(|call| call.name == "pwrite64").await);
    let mut failed = 0;
    for _ in 0..wanted(3).min(200) {
        let night = Night::begin(None, LEASE).await;
        let inject = format!("pwrite64:error=EROFS:when={}+", 1 + dice.below(writes));
        let worker = traced(&night, Some(&inject), (i64::MAX, true), 1);
        failed += u32::from(stops_at_the_first_failure(&worker, &inject));
        goes_on(&night).await;
    }
    println!("{failed} workers whose disk became read-only");
    assert!(failed > 0, "no write was refused");
}

/// The write-ahead file of a night.
fn wal(night: &Night) -> PathBuf {
    night.dir.join("a/shoki.db-wal")
}

/// Waits until this process has let go of the night's database: what it maps of it would outlive the power cut.
async fn let_go(night: &Night) {
    let database = night.dir.join("a/shoki.db");
    let is_open = || {
        let mut files = fs::read_dir("/proc/self/fd").unwrap().flatten();
        files.any(|file| fs::read_link(file.path()).is_ok_and(|to| to == database))
    };
    let began = Instant::now();
    while is_open() {
        assert!(began.elapsed() < Duration::from_secs(20), "the database is not closed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How much of the write-ahead file is sure to be on the disk: what was written before a fsync began that ended well.
/// `known` bytes were there before.
fn durable(calls: &[Call], known: u64) -> u64 {
    let of_wal = |call: &&Call| call.file.ends_with("-wal");
    let first = calls.iter().filter(of_wal).find_map(|c| (c.name == "pwrite64").then(|| c.rest.clone()));
    // Where a new process begins to write, it has found nothing worth keeping.
    let from = first.and_then(|rest| rest.rsplit_once(") ")?.0.rsplit_once(", ")?.1.parse().ok());
    let mut sure = from.map_or(known, |from: u64| known.min(from));
    for sync in calls.iter().filter(of_wal).filter(|c| c.is_sync() && c.rest.ends_with("= 0")) {
        let before = calls[..sync.begun].iter().filter(of_wal).filter(|c| c.name == "pwrite64");
        sure = sure.max(before.filter_map(Call::end).max().unwrap_or(0));
    }
    sure
}

/// What a power cut leaves of the write-ahead file: what is sure, and any part of the rest.
fn cut_power(night: &Night, sure: u64, dice: &mut Dice) {
    let wal = wal(night);
    fs::remove_file(night.dir.join("a/shoki.db-shm")).ok();
    let Ok(facts) = wal.metadata() else { return };
    assert!(sure <= facts.len(), "{sure} bytes are sure of {}", facts.len());
    let left = sure + if dice.below(2) == 0 { 0 } else { dice.below(facts.len() - sure + 1) };
    OpenOptions::new().write(true).open(wal).unwrap().set_len(left).unwrap();
}

/// The power goes off at a random write, or around an act. What a step of little weight has left may be gone; an act that was
/// announced is on record.
#[tokio::test]
async fn a_power_cut_at_any_moment_enters_nothing_twice() {
    let (mut dice, writes) = (Dice::new(), usual(|call| call.name == "pwrite64").await);
    let (mut cuts, mut lost) = (0, 0);
    // Some cuts have nothing to lose. A few more are made where that was so of all.
    while cuts < wanted(8).min(2000) || lost == 0 && cuts < 100 {
        let night = Night::begin(None, LEASE).await;
        let_go(&night).await;
        for _ in 0..6 {
            let known = wal(&night).metadata().map_or(0, |facts| facts.len());
            let inject = format!("pwrite64:signal=KILL:when={}", 1 + dice.below(writes));
            let around = dice.below(2) == 0;
            let acts = if around {
                (i64::try_from(dice.below(4)).unwrap(), dice.below(2) == 0)
            } else {
                (i64::MAX, true)
            };
            let worker = traced(&night, (!around).then_some(&*inject), acts, 3);
            if worker.output.status.success() {
                break;
            }
            cuts += 1;
            let sure = durable(&worker.calls, known);
            lost += u32::from(wal(&night).metadata().is_ok_and(|facts| facts.len() > sure));
            cut_power(&night, sure, &mut dice);
            night.at_most_once();
        }
        goes_on(&night).await;
    }
    println!("{cuts} power cuts, {lost} of them with something to lose");
    assert!(lost > 0, "no power cut had anything to lose");
}

/// A small file system of its own, taken away when the test ends.
struct Mount(PathBuf);

impl Mount {
    fn new(at: &Path, options: &str) -> Self {
        let mut mount = Command::new("mount");
        let done = mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).status().unwrap();
        assert!(done.success(), "this test mounts a small file system and must be run as root");
        Self(at.to_owned())
    }
}

impl Mount {
    fn grow(&self, size: &str) {
        let mut mount = Command::new("mount");
        let done = mount.args(["-o", &format!("remount,size={size}")]).arg(&self.0).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

/// The disk of database and log fills up while a worker works, and has room again later.
#[tokio::test]
async fn on_a_full_disk_the_work_stops_and_goes_on_when_there_is_room() {
    let mut dice = Dice::new();
    let mut stopped = 0;
    for _ in 0..wanted(4).min(200) {
        let small = tempfile::tempdir().unwrap();
        let mount = Mount::new(small.path(), "size=3m");
        let night = Night::within(small.path(), None, LEASE).await;
        let program = Command::new(std::env::current_exe().unwrap());
        let mut worker = night.under(program, "a", i64::MAX, true);
        let mut worker = worker.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        // How quick the machine is does not count: so many cases are entered, the others are still to come.
        let entered = usize::try_from(dice.below(4)).unwrap();
        while night.lines().len() < entered && worker.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        let ballast = small.path().join("ballast");
        fs::write(&ballast, vec![0; 4 << 20]).unwrap_err();
        let output = worker.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || said.contains("空き"), "{said}");
        stopped += u32::from(!output.status.success());
        night.at_most_once();
        fs::remove_file(&ballast).unwrap();
        goes_on(&night).await;
        drop((night, mount));
    }
    assert!(stopped > 0, "no worker was stopped by the full disk");
}

/// What cannot be shown to have been seen is not done: the disk of the evidence fills up in the middle of a run.
#[tokio::test]
async fn where_evidence_does_not_fit_the_run_stops_and_goes_on_when_there_is_room() {
    const ITEMS: usize = 30;
    let bench = Bench::new();
    let evidence = bench.dir.path().join("evidence");
    fs::create_dir(&evidence).unwrap();
    let mount = Mount::new(&evidence, "size=1m");
    let steps = ACT.replace("n: 1 }", &format!("n: {ITEMS} }}"));
    let steps = steps.replacen("steps:\n", "steps:\n  - { do: test.picture, with: {} }\n", 1);
    let engine = bench.engine().await;
    let scenario = Bench::scenario(&steps);
    let actor = json!({ "kind": "user", "id": "tester" });
    let start = acts::start(&engine.store, &engine.log, &scenario, actor, "2026-11-20".into(), json!({}));
    let run = start.await.unwrap();
    let stopped = Arc::clone(&engine).execute(run, scenario).await.unwrap_err().to_string();
    assert!(stopped.contains("空き") && stopped.contains("evidence"), "{stopped}");
    let entered = bench.ledger().len();
    assert!(entered > 0 && entered < ITEMS, "{entered}");
    drop(engine);
    mount.grow("16m");
    let (state, items) = bench.resume(&steps).await;
    assert_eq!((state, items.len(), bench.ledger().len()), (RunState::Done, ITEMS, ITEMS));
    bench.verify();
}
