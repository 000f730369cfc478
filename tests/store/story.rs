//! A run from its start to its rest, with a key seen twice, an act in doubt, a person's answer and the log's entries.

use crate::Memory;
use serde_json::{Value, json};
use shoki::{
    audit::{Actor, Draft, Event, Stamp},
    run::{ItemState, Question, RunState},
    store::{
        CheckKind, ContentKey, Intent, IntentState, Moved, NewCheck, NewEvidence, NewItem, NewRun,
        StepResult, Store, StoreError, Strength,
    },
};
use std::{fmt::Write as _, sync::Arc};
use test_database::{Disk, Server};

const AT: &str = "2026-11-20T21:00:00.000Z";
const RUN: &str = "01KAH0000000000000000000A1";
const LOG: &str = "shoki.invalid/test/host";

fn new_run(id: &str) -> NewRun {
    NewRun {
        id: id.into(),
        scenario: "転入".into(),
        sha256: "0".repeat(64),
        date: "2026-11-20".into(),
        settings: json!({ "a": "値" }),
        actor: json!({ "kind": "user", "id": "tester" }),
        at: AT.into(),
    }
}

fn moved(n: u32, next: ItemState) -> Moved<'static> {
    Moved { run: RUN, n, next, step: Some("登録"), code: None, reason: Some("理由"), at: AT }
}

fn stamp() -> Stamp {
    Stamp { ts: AT.parse().unwrap(), mono: 1, boot: "0123abcd".into(), ep: 1 }
}

/// Everything a person could see of the run afterwards, as text.
async fn seen(store: &Store) -> String {
    let mut text = format!("{:?}\n", store.run("A1").await.unwrap().unwrap());
    for item in store.items(RUN).await.unwrap() {
        writeln!(text, "{item:?} {:?}", store.results(RUN, item.n).await.unwrap()).unwrap();
    }
    let checks = (store.open_checks(None).await.unwrap(), store.answers(RUN, 3).await.unwrap());
    writeln!(text, "{checks:?} {:?}", store.open_intents(RUN).await.unwrap()).unwrap();
    writeln!(text, "{:?}", store.all_results(RUN).await.unwrap()).unwrap();
    writeln!(text, "{:?}", store.evidence(RUN).await.unwrap()).unwrap();
    writeln!(text, "{:?}", store.log_lines(LOG, 2026, 0, 10).await.unwrap()).unwrap();
    writeln!(text, "{:?}", store.last_checkpoint(LOG, 2026).await.unwrap()).unwrap();
    text
}

async fn start(store: &Store) {
    let mut tx = store.begin(Strength::Power).await.unwrap();
    assert_eq!(tx.running("転入").await.unwrap(), None);
    tx.add_run(&new_run(RUN)).await.unwrap();
    tx.move_run(RUN, RunState::Running, None, AT).await.unwrap();
    for (n, key) in [(1, "a"), (2, "a"), (3, "b"), (4, "c")] {
        let new = NewItem { n, key: key.into(), input: json!({ "n": n, "名": "髙" }) };
        let state = tx.add_item("転入", RUN, &new, AT).await.unwrap();
        assert_eq!(state, if n == 2 { ItemState::Skipped } else { ItemState::Waiting });
    }
    tx.set_listed(RUN).await.unwrap();
    tx.append(
        LOG,
        2026,
        Draft::new(Event::Heartbeat, &Actor::User("staff".into())).data("runs", 1u64),
        stamp(),
    );
    tx.append(
        LOG,
        2026,
        Draft::new(Event::Heartbeat, &Actor::System("shoki".into())).data("runs", 2u64),
        stamp(),
    );
    tx.commit().await.unwrap();
}

async fn first_item_is_done(store: &Store) {
    let mut tx = store.begin(Strength::Process).await.unwrap();
    assert_eq!(tx.claim_item(RUN, AT).await.unwrap().unwrap().n, 1);
    for output in [json!({ "x": 1 }), json!({ "x": 2 })] {
        let result = StepResult { step: "読取".into(), output, receipted: false };
        tx.add_result(RUN, 1, &result, AT).await.unwrap();
    }
    for output in [json!("R-1"), json!("R-2")] {
        let result = StepResult { step: "登録".into(), output, receipted: true };
        tx.add_result(RUN, 1, &result, AT).await.unwrap();
    }
    tx.forget_results(RUN, 1, &["登録"]).await.unwrap();
    tx.move_item(&moved(1, ItemState::Done)).await.unwrap();
    tx.add_output(RUN, "出力/台帳.xlsx").await.unwrap();
    tx.add_output(RUN, "出力/台帳.xlsx").await.unwrap();
    let refused = tx.move_item(&moved(1, ItemState::Waiting)).await;
    assert!(matches!(refused, Err(StoreError::Move { .. })));
    tx.commit().await.unwrap();
}

fn intent(n: u32, idem: &str) -> Intent {
    Intent {
        run_id: RUN.into(),
        n,
        step: "登録".into(),
        once: "9/9".into(),
        idem: idem.into(),
        state: IntentState::Open,
        receipt: None,
        worker: 0,
        unanswered: false,
        print: None,
    }
}

async fn an_act_is_in_doubt(store: &Store) -> i64 {
    let mut tx = store.begin_strong().await.unwrap();
    assert_eq!(tx.claim_item(RUN, AT).await.unwrap().unwrap().n, 3);
    assert!(tx.add_intent("転入", &intent(3, "I3"), AT).await.unwrap());
    assert!(!tx.add_intent("転入", &intent(4, "I4"), AT).await.unwrap(), "the key is taken");
    assert_eq!(tx.intent("転入", "登録", "9/9").await.unwrap().unwrap().idem, "I3");
    let question = Question::plain("結果", Value::Null, "");
    let check = NewCheck {
        run_id: RUN.into(),
        scenario: "転入".into(),
        n: 3,
        label: "3 件目".into(),
        step: "登録".into(),
        kind: CheckKind::InDoubt,
        questions: vec![question],
        paper: None,
    };
    let id = tx.add_check(&check, AT).await.unwrap();
    tx.move_item(&moved(3, ItemState::InDoubt)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn a_person_answers(store: &Store, id: i64) {
    let mut tx = store.begin_strong().await.unwrap();
    assert!(tx.answer_check(id, &json!({ "結果": "登録済み" }), "staff", AT).await.unwrap());
    assert!(!tx.answer_check(id, &json!({ "結果": "未登録" }), "other", AT).await.unwrap());
    tx.settle_intent("I3", Some("R-9"), AT).await.unwrap();
    tx.withdraw_intent("I3").await.unwrap();
    tx.move_item(&moved(3, ItemState::Waiting)).await.unwrap();
    let commitment = "0".repeat(64);
    let evidence = NewEvidence {
        run: RUN,
        n: 3,
        step: "登録",
        kind: "screen.png",
        field: None,
        file: "a/b.png",
        commitment: &commitment,
        length: 12,
        at: AT,
    };
    tx.add_evidence(&evidence).await.unwrap();
    tx.commit().await.unwrap();
}

async fn the_run_rests(store: &Store) {
    let mut tx = store.begin(Strength::Process).await.unwrap();
    assert_eq!(tx.wake_items(RUN, &[ItemState::Running, ItemState::Held], AT).await.unwrap(), [0; 0]);
    let tree = tx.tree(LOG, 2026).await.unwrap().unwrap();
    assert_eq!(tree.size(), 2);
    tx.add_checkpoint(LOG, 2026, 2, tree.root()).await.unwrap();
    tx.add_checkpoint(LOG, 2026, 2, tree.root()).await.unwrap();
    tx.sign_checkpoint(LOG, 2026, 2, "note").await.unwrap();
    tx.set_meta("k", "1").await.unwrap();
    tx.set_meta("k", "2").await.unwrap();
    assert_eq!(tx.meta("k").await.unwrap().as_deref(), Some("2"));
    tx.move_run(RUN, RunState::DoneWithExceptions, Some("例外"), AT).await.unwrap();
    assert!(matches!(tx.move_run(RUN, RunState::Queued, None, AT).await, Err(StoreError::Move { .. })));
    tx.commit().await.unwrap();
    let mut dropped = store.begin(Strength::Power).await.unwrap();
    dropped.set_meta("k", "3").await.unwrap();
    drop(dropped);
    let mut tx = store.begin(Strength::Process).await.unwrap();
    assert_eq!(tx.meta("k").await.unwrap().as_deref(), Some("2"), "what is not committed did not happen");
}

const LATER: &str = "2027-03-01T00:00:00.000Z";

async fn what_was_written_is_forgotten(store: &Store) {
    assert!(store.runs_to_forget(AT).await.unwrap().is_empty(), "not before its time");
    assert_eq!(store.runs_to_forget(LATER).await.unwrap(), [RUN]);
    let mut tx = store.begin(Strength::Power).await.unwrap();
    assert!(
        matches!(tx.forget_contents(RUN, AT).await, Err(StoreError::Forgotten)),
        "it has not ended before that"
    );
    drop(tx);
    let mut tx = store.begin(Strength::Power).await.unwrap();
    assert_eq!(tx.forget_contents(RUN, LATER).await.unwrap(), 4);
    tx.commit().await.unwrap();
    let left = seen(store).await;
    for word in ["髙", "値", "R-1", "登録済み", "3 件目"] {
        assert!(!left.contains(word), "{word}: {left}");
    }
    assert!(
        left.contains("DoneWithExceptions") && left.contains(LATER) && left.contains("台帳.xlsx"),
        "{left}"
    );
    assert!(store.runs_to_forget(LATER).await.unwrap().is_empty());
    let mut tx = store.begin(Strength::Power).await.unwrap();
    let again = tx.move_run(RUN, RunState::Running, None, LATER).await;
    assert!(matches!(again, Err(StoreError::Forgotten)), "what was forgotten is not taken up: {again:?}");
    drop(tx);
    // What was entered stays known: it is not entered again.
    assert_eq!(store.known_keys("転入").await.unwrap(), ["a", "b", "c"]);
    let mut tx = store.begin_strong().await.unwrap();
    assert_eq!(tx.intent("転入", "登録", "9/9").await.unwrap().unwrap().receipt.as_deref(), Some("R-9"));
    let again = NewItem { n: 5, key: "b".into(), input: json!(null) };
    assert_eq!(tx.add_item("転入", RUN, &again, LATER).await.unwrap(), ItemState::Skipped);
    drop(tx);
    let mut tx = store.begin(Strength::Power).await.unwrap();
    assert_eq!(tx.forget_runs(LATER).await.unwrap(), 0, "a picture of it is still kept");
    tx.forget_evidence(RUN).await.unwrap();
    assert_eq!(tx.forget_runs(LATER).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert!(store.run(RUN).await.unwrap().is_none() && store.items(RUN).await.unwrap().is_empty());
}

#[tokio::test]
async fn both_databases_tell_the_same_story() {
    let server = Arc::new(Server::start(Disk::Fast));
    let mut told = Vec::new();
    for (name, memory) in Memory::both(&server, "story") {
        let store = memory.open().await;
        start(&store).await;
        first_item_is_done(&store).await;
        let id = an_act_is_in_doubt(&store).await;
        a_person_answers(&store, id).await;
        the_run_rests(&store).await;
        let before = seen(&store).await;
        drop(store);
        let store = memory.open().await;
        let after = seen(&store).await;
        assert_eq!(before, after, "{name} forgets nothing");
        what_was_written_is_forgotten(&store).await;
        told.push(after);
    }
    assert_eq!(told[0], told[1]);
    a_database_of_a_newer_program_is_refused(&server).await;
    for word in ["髙", "R-1", "登録済み", "staff", "screen.png", "DoneWithExceptions"] {
        assert!(told[0].contains(word), "{word}: {}", told[0]);
    }
}

/// Says to the database that a program of the future has been there.
fn make_newer(memory: &Memory) {
    match memory {
        Memory::Server(server, name) => {
            assert_eq!(server.ask_in(name, "UPDATE shoki SET steps = 99"), "");
        }
        Memory::File(dir) => {
            let set = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('PRAGMA user_version=99'); c.commit()";
            let path = dir.path().join("shoki.db");
            let set = std::process::Command::new("python3").args(["-c", set]).arg(&path).status();
            assert!(set.unwrap().success());
        }
    }
}

async fn a_database_of_a_newer_program_is_refused(server: &Arc<Server>) {
    for (name, memory) in Memory::both(server, "newer") {
        drop(memory.open().await);
        make_newer(&memory);
        let refused = memory.try_open().await.err().unwrap();
        assert!(matches!(refused, StoreError::Newer { database: 99, .. }), "{name}: {refused}");
        assert!(refused.to_string().contains("新しい版の shoki で"), "{refused}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_in_words() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = Store::connect(&format!("postgres://a:secret@127.0.0.1:{free}/x"), &ContentKey::Passing)
        .await
        .err()
        .unwrap();
    let words = refused.to_string();
    assert!(matches!(refused, StoreError::Away(_)), "{words}");
    assert!(words.contains("PostgreSQL に接続できません") && !words.contains("secret"), "{words}");
    let refused =
        Store::connect("mysql://a:secret@h/x", &ContentKey::Passing).await.err().unwrap().to_string();
    assert!(refused.contains("store") && !refused.contains("secret"), "{refused}");
}
