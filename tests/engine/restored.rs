//! A record that was put back from a backup: it knows, says so in the log, and enters nothing twice.

use crate::{
    ACT,
    bench::{Bench, Fault, verified},
};
use serde_json::{Map, json};
use shoki::{
    control::acts::{self, Answer},
    run::{ItemState, RunState},
    store::{ContentKey, Store, StoreError},
};
use std::{path::Path, sync::atomic::Ordering};
use test_database::{Disk, Server};

const AT: &str = "2026-11-20T21:00:00.000Z";

/// A scenario whose item is entered after the backup was made.
fn steps() -> String {
    // The key differs from run to run, so that only the guard stands between the case and a second entry.
    ACT.replace("key: \"${{ item.n }}\" }", "key: \"${{ item.n }}-${{ run.id }}\" }")
}

async fn put_back(bench: &Bench, backup: &Path) {
    match &bench.url {
        Some(url) => {
            let key = ContentKey::beside(&bench.dir.path().join("shoki.db"));
            Store::connect(url, &key).await.unwrap().restore(backup, AT).await.unwrap()
        }
        None => Store::restore_file(&bench.dir.path().join("shoki.db"), backup, AT).await.unwrap(),
    };
}

/// Backs up, enters a case, puts the backup back, and runs again; the probe can see or not.
async fn told(bench: &Bench, blind: bool) {
    let backup = bench.dir.path().join("backup");
    let engine = bench.engine().await;
    engine.store.backup(&backup, AT).await.unwrap();
    drop(engine);
    let (state, _) = bench.run(&steps()).await;
    assert_eq!((state, bench.ledger()), (RunState::Done, vec!["k1".to_owned()]));
    put_back(bench, &backup).await;
    bench.world.blind.store(blind, Ordering::Relaxed);
    let (state, items) = bench.run(&steps()).await;
    assert_eq!(bench.ledger(), ["k1"], "nothing is entered twice");
    if blind {
        assert_eq!((state, items[0].state), (RunState::WaitingForPeople, ItemState::InDoubt));
        let engine = bench.engine().await;
        let check = engine.store.open_checks(None).await.unwrap().remove(0);
        let values = Map::from_iter([("結果".to_owned(), json!("登録済み"))]);
        let answer = Answer {
            id: check.id,
            values,
            again: serde_json::Map::new(),
            as_read: false,
            by: "staff".into(),
        };
        acts::answer(&engine.store, &engine.log, answer).await.unwrap();
        drop(engine);
        let (state, _) = bench.resume(&steps()).await;
        assert_eq!((state, bench.ledger().len()), (RunState::Done, 1));
    } else {
        assert_eq!((state, items[0].state), (RunState::Done, ItemState::Done), "found on the screen");
    }
    let report = verified(bench.dir.path());
    assert_eq!(report.covered, report.entries, "the log goes on where it ended");
    let fy = shoki::audit::layout::fiscal_year(jiff::Timestamp::now());
    let log = std::fs::read_to_string(bench.dir.path().join(format!("audit/{fy}/seg/000000.jsonl"))).unwrap();
    assert_eq!(log.matches("に戻しました").count(), 1, "the log tells of it once");
}

#[tokio::test]
async fn a_restored_record_enters_nothing_twice() {
    let server = Server::start(Disk::Fast);
    for blind in [false, true] {
        told(&Bench { outside: true, ..Bench::new() }, blind).await;
        let name = if blind { "blind" } else { "sees" };
        assert_eq!(server.ask(&format!("CREATE DATABASE {name}")), "");
        told(&Bench { url: Some(server.url_of(name)), outside: true, ..Bench::new() }, blind).await;
    }
}

/// An office moves from a file to a server with its whole record; what was entered stays entered.
#[tokio::test]
async fn a_record_moves_from_a_file_to_a_server() {
    let server = Server::start(Disk::Fast);
    let file = Bench::new().failing(&[Fault::After]);
    file.run(&steps()).await;
    let backup = file.dir.path().join("backup");
    let engine = file.engine().await;
    engine.store.backup(&backup, AT).await.unwrap();
    let run = engine.store.runs(1).await.unwrap().remove(0);
    let (items, results) =
        (engine.store.items(&run.id).await.unwrap(), engine.store.results(&run.id, 1).await.unwrap());
    drop(engine);
    let moved = Bench { url: Some(server.url()), ..file };
    put_back(&moved, &backup).await;
    let key = ContentKey::beside(&moved.dir.path().join("shoki.db"));
    let store = Store::connect(&server.url(), &key).await.unwrap();
    assert_eq!(format!("{items:?}"), format!("{:?}", store.items(&run.id).await.unwrap()));
    assert_eq!(results, store.results(&run.id, 1).await.unwrap());
    drop(store);
    let (state, items) = moved.run(&steps()).await;
    assert_eq!((state, items[0].state), (RunState::Done, ItemState::Skipped), "the key is known");
    assert_eq!(moved.ledger(), ["k1"]);
    verified(moved.dir.path());
}

#[tokio::test]
async fn what_is_no_backup_is_refused_and_changes_nothing() {
    let bench = Bench::new();
    bench.run(&steps()).await;
    let database = bench.dir.path().join("shoki.db");
    let bad = bench.dir.path().join("bad");
    for bytes in [b"not a database".to_vec(), vec![0; 4096]] {
        std::fs::write(&bad, bytes).unwrap();
        let refused = Store::restore_file(&database, &bad, AT).await.err().unwrap();
        assert!(matches!(refused, StoreError::NoBackup), "{refused}");
    }
    let (_, items) = bench.run(&steps()).await;
    assert_eq!(items[0].state, ItemState::Skipped);
}

/// A backup is most wanted when the database is damaged; what is left of it stays, and none of it is read into the new one.
#[tokio::test]
async fn a_damaged_database_is_put_back_too() {
    for damage in [b"garbage".repeat(2000), Vec::new(), vec![0xFF; 20]] {
        let bench = Bench::new();
        bench.run(&steps()).await;
        let backup = bench.dir.path().join("backup");
        bench.engine().await.store.backup(&backup, AT).await.unwrap();
        let database = bench.dir.path().join("shoki.db");
        std::fs::write(&database, &damage).unwrap();
        for rest in ["shoki.db-wal", "shoki.db-shm"] {
            std::fs::write(bench.dir.path().join(rest), b"from another time").unwrap();
        }
        put_back(&bench, &backup).await;
        let left: Vec<_> = std::fs::read_dir(bench.dir.path()).unwrap().flatten().map(|f| f.path()).collect();
        let kept = left.iter().filter(|f| f.to_string_lossy().contains(".before-"));
        assert!(kept.clone().any(|f| std::fs::read(f).unwrap() == damage), "{left:?}");
        let (_, items) = bench.run(&steps()).await;
        assert_eq!((items[0].state, bench.ledger().len()), (ItemState::Skipped, 1));
        bench.verify();
    }
}

/// A stick gives everything 0755, an old file system nothing: what is put back belongs to its owner alone.
#[tokio::test]
async fn what_is_put_back_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    let backup = bench.dir.path().join("backup");
    bench.engine().await.store.backup(&backup, AT).await.unwrap();
    std::fs::set_permissions(&backup, std::fs::Permissions::from_mode(0o755)).unwrap();
    put_back(&bench, &backup).await;
    let mode = std::fs::metadata(bench.dir.path().join("shoki.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
