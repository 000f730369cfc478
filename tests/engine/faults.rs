//! Disks and servers that fail in the middle of a run: the run waits or stops with a sentence, and nothing is entered twice.

use crate::{
    ACT,
    bench::{Bench, Place, verified},
};
use serde_json::json;
use shoki::{
    control::{LogError, acts},
    run::RunState,
};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use test_database::{Disk, Server};

const MANY: usize = 60;

fn many() -> String {
    ACT.replace("n: 1 }", &format!("n: {MANY} }}"))
}

/// Begins a run of many items and does `fault` when some of them are entered; says how the run came to rest.
async fn in_the_middle<F: Future<Output = ()>>(bench: &Bench, fault: impl FnOnce() -> F) -> RunState {
    let engine = bench.engine().await;
    let scenario = Bench::scenario(&many());
    let actor = json!({ "kind": "user", "id": "tester" });
    let run = acts::start(&engine.store, &engine.log, &scenario, actor, "2026-11-20".into(), json!({}));
    let run = run.await.unwrap();
    let working = tokio::spawn(Arc::clone(&engine).execute(run, scenario));
    while bench.ledger().len() < MANY / 4 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    fault().await;
    working.await.unwrap().unwrap()
}

fn all_entered_once(bench: &Bench) {
    let mut ledger = bench.ledger();
    ledger.sort();
    ledger.dedup();
    assert_eq!((ledger.len(), bench.ledger().len()), (MANY, MANY));
    verified(bench.dir.path());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_run_goes_on_when_the_server_was_started_again() {
    let mut server = Server::start(Disk::Safe);
    let bench = Bench { url: Some(server.url()), ..Bench::new() };
    let state = in_the_middle(&bench, || async {
        server.down();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        server.up();
    });
    assert_eq!(state.await, RunState::Done);
    all_entered_once(&bench);
}

/// A wire between worker and server that can be cut: what is in it is lost, and nobody is told.
struct Wire {
    port: u16,
    cut: Arc<AtomicBool>,
}

impl Wire {
    fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, cut) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let flag = Arc::clone(&cut);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let (near_too, far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let (one, two) = (Arc::clone(&flag), Arc::clone(&flag));
                std::thread::spawn(move || carry(near, far, &one));
                std::thread::spawn(move || carry(far_too, near_too, &two));
            }
        });
        Self { port, cut }
    }
}

/// Carries bytes until the wire is cut; then both ends hear nothing for a while, and then that it is over.
fn carry(mut from: TcpStream, mut to: TcpStream, cut: &AtomicBool) {
    let mut bytes = [0; 4096];
    while let Ok(count) = from.read(&mut bytes) {
        if cut.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(300));
            break;
        }
        if count == 0 || to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    from.shutdown(std::net::Shutdown::Both).ok();
    to.shutdown(std::net::Shutdown::Both).ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_run_goes_on_when_the_network_is_there_again() {
    let server = Server::start(Disk::Fast);
    let wire = Wire::to(server.port());
    let bench = Bench { url: Some(server.url_at(wire.port)), ..Bench::new() };
    let state = in_the_middle(&bench, || async {
        wire.cut.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(1500)).await;
        wire.cut.store(false, Ordering::SeqCst);
    });
    assert_eq!(state.await, RunState::Done);
    all_entered_once(&bench);
}

/// Says that this process is alone in a network of its own.
const ALONE: &str = "SHOKI_OWN_NETWORK";

/// The network card of a namespace of its own: everything that is sent through it while it is down is gone.
fn card(state: &str) {
    let set = Command::new("ip").args(["link", "set", "lo", state]).status().unwrap();
    assert!(set.success());
}

/// Not a test by itself: what [`a_run_goes_on_when_the_network_card_was_down`] does in its own network.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_a_network_of_its_own() {
    if std::env::var_os(ALONE).is_none() {
        return;
    }
    card("up");
    let server = Server::start(Disk::Fast);
    let bench = Bench { url: Some(server.url()), ..Bench::new() };
    let state = in_the_middle(&bench, || async {
        card("down");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let entered = bench.ledger().len();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(bench.ledger().len(), entered, "what cannot be announced is not done");
        card("up");
    });
    assert_eq!(state.await, RunState::Done);
    all_entered_once(&bench);
}

#[test]
fn a_run_goes_on_when_the_network_card_was_down() {
    let allowed = Command::new("unshare").args(["--net", "ip", "link", "set", "lo", "up"]).output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        println!("skipped: network namespaces need root and iproute2 on this machine");
        return;
    }
    let mut alone = Command::new("unshare");
    alone.args(["--net", "--kill-child"]).arg(std::env::current_exe().unwrap());
    alone.args(["--exact", "faults::in_a_network_of_its_own", "--nocapture"]).env(ALONE, "1");
    let output = alone.output().unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let said = format!("{out}{err}");
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Two machines whose `shoki.toml` say the same name would write into one log.
#[tokio::test]
async fn a_second_machine_with_the_name_of_the_first_is_refused() {
    let server = Server::start(Disk::Fast);
    let [one, two] = [(), ()].map(|()| {
        let home = tempfile::tempdir().unwrap();
        (Place { root: home.path().to_owned(), url: Some(server.url()), ..Place::default() }, home)
    });
    let (store, clock) = (one.0.store().await, Arc::clone(&one.0.clock));
    one.0.log(&store, Arc::clone(&clock)).await.unwrap();
    for _ in 0..2 {
        let refused = two.0.log(&store, Arc::clone(&clock)).await.err().unwrap();
        let words = refused.to_string();
        assert!(matches!(refused, LogError::TwoMachines(_)) && words.contains("origin"), "{words}");
    }
    one.0.log(&store, Arc::clone(&clock)).await.unwrap();
    let renamed = Place { name: "host02".into(), ..two.0 };
    renamed.log(&store, clock).await.unwrap();
}
