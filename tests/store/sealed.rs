//! What citizens wrote lies in neither database in clear, and opens only with its key.

use crate::Memory;
use serde_json::{Value, json};
use shoki::{
    run::{Paper, Question},
    store::{
        CheckKind, ContentKey, Intent, IntentState, NewCheck, NewItem, NewRun, StepResult, Store, StoreError,
        Strength, Typed, Worklist,
    },
};
use std::{fs, path::Path, process::Command, sync::Arc};
use test_database::{Disk, Server};

const AT: &str = "2026-11-20T21:00:00.000Z";
const RUN: &str = "01KAH0000000000000000000S1";
/// What must not be found, in the spellings in which a database could hold it.
const CANARIES: [&str; 3] = ["金糸雀", "123456789018", "kanaria"];

/// Everything of one case, canaries in every text that can come from outside.
async fn fill(store: &Store) -> i64 {
    let said = json!({ "氏名": "金糸雀 花子", "個人番号": "123456789018" });
    let mut tx = store.begin_strong().await.unwrap();
    let run = NewRun {
        id: RUN.into(),
        scenario: "試験".into(),
        sha256: "0".repeat(64),
        date: "2026-11-20".into(),
        settings: json!({ "相手": "kanaria" }),
        actor: json!({ "kind": "user", "id": "tester" }),
        at: AT.into(),
    };
    tx.add_run(&run).await.unwrap();
    tx.add_item("試験", RUN, &NewItem { n: 1, key: "金糸雀-1".into(), input: said.clone() }, AT)
        .await
        .unwrap();
    let result = StepResult { step: "読取".into(), output: said.clone(), receipted: false };
    tx.add_result(RUN, 1, &result, AT).await.unwrap();
    tx.add_output(RUN, "出力/金糸雀.xlsx").await.unwrap();
    let intent = Intent {
        run_id: RUN.into(),
        n: 1,
        step: "登録".into(),
        once: "kanaria/1".into(),
        idem: "01KAH0000000000000000000S2".into(),
        state: IntentState::Open,
        receipt: None,
        worker: 1,
        unanswered: false,
        print: None,
    };
    assert!(tx.add_intent("試験", &intent, AT).await.unwrap());
    tx.settle_intent(&intent.idem, Some("受付 金糸雀"), AT).await.unwrap();
    let check = NewCheck {
        run_id: RUN.into(),
        scenario: "試験".into(),
        n: 1,
        label: "受付/金糸雀.pdf 1ページ".into(),
        step: "確認".into(),
        kind: CheckKind::Check,
        questions: vec![Question::plain("氏名", json!("金糸雀 花子"), "確信がありません")],
        paper: Some(Paper {
            form: "転入届".into(),
            page: 1,
            size: (210.0, 297.0),
            others: vec![Question::plain("個人番号", json!("123456789018"), "")],
        }),
    };
    let id = tx.add_check(&check, AT).await.unwrap();
    let typed = Typed {
        field: "氏名".into(),
        person: "staff".into(),
        text: json!("金糸雀 花"),
        done: false,
        changed: true,
        seq: 1,
        ms: 900,
        version: 1,
        at: AT.into(),
    };
    tx.put_typed(id, &typed).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Everything that comes back.
async fn seen(store: &Store, id: i64) -> Value {
    let mut tx = store.begin(Strength::Process).await.unwrap();
    let intent = tx.intent("試験", "登録", "kanaria/1").await.unwrap().unwrap();
    drop(tx);
    let run = store.run(RUN).await.unwrap().unwrap();
    let (items, check) = (store.items(RUN).await.unwrap(), store.check(id).await.unwrap().unwrap());
    json!([
        run.settings,
        run.outputs,
        items[0].key,
        items[0].input,
        store.results(RUN, 1).await.unwrap()[0].output,
        intent.once,
        intent.receipt,
        check.label,
        check.questions[0].value,
        check.answer,
        check.paper.map(|p| p.form),
        store.typed(id).await.unwrap()[0].text,
        store.listed(id).await.unwrap().unwrap().label,
    ])
}

fn bytes_below(dir: &Path, all: &mut Vec<u8>) {
    for file in fs::read_dir(dir).unwrap().flatten() {
        let path = file.path();
        if path.is_dir() { bytes_below(&path, all) } else { all.extend(fs::read(path).unwrap_or_default()) }
    }
}

/// Every byte the database has written.
fn written(memory: &Memory) -> Vec<u8> {
    let mut all = Vec::new();
    match memory {
        Memory::File(dir) => bytes_below(dir.path(), &mut all),
        Memory::Server(server, _) => {
            assert_eq!(server.ask("CHECKPOINT"), "");
            bytes_below(server.key().parent().unwrap(), &mut all);
        }
    }
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Statements by another hand than ours.
pub fn do_it(memory: &Memory, statements: &str) {
    match memory {
        Memory::Server(server, name) => assert_eq!(server.ask_in(name, statements), ""),
        Memory::File(dir) => {
            let act = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()";
            let path = dir.path().join("shoki.db");
            assert!(
                Command::new("python3")
                    .args(["-c", act])
                    .arg(path)
                    .arg(statements)
                    .status()
                    .unwrap()
                    .success()
            );
        }
    }
}

#[tokio::test]
async fn nothing_that_citizens_wrote_lies_in_clear() {
    let server = Arc::new(Server::start(Disk::Fast));
    for (name, memory) in Memory::both(&server, "sealed") {
        let store = memory.open().await;
        let id = fill(&store).await;
        let before = seen(&store, id).await;
        assert_eq!(before.to_string().matches("金糸雀").count(), 9, "{name}: {before}");
        let by_name = Worklist { words: Some("花子".into()), ..Worklist::default() };
        assert_eq!(store.worklist(&by_name, 0, 10).await.unwrap().1, 0);
        let by_name = Worklist { words: Some("金糸雀".into()), ..Worklist::default() };
        assert_eq!(
            store.worklist(&by_name, 0, 10).await.unwrap().1,
            1,
            "{name}: a case is found by its name"
        );
        let mut tx = store.begin(Strength::Process).await.unwrap();
        let again = NewItem { n: 2, key: "金糸雀-1".into(), input: json!({}) };
        tx.add_item("試験", RUN, &again, AT).await.unwrap();
        tx.commit().await.unwrap();
        let items = store.items(RUN).await.unwrap();
        assert_eq!(items[1].state.word(), "skipped", "{name}: the key is known again");
        drop(store);
        let bytes = written(&memory);
        assert!(holds(&bytes, "確認") && holds(&bytes, RUN), "{name}: this is the database");
        for canary in CANARIES {
            assert!(!holds(&bytes, canary), "{name} holds {canary} in clear");
        }
        assert_eq!(seen(&*memory.open().await, id).await, before, "{name}");
    }
}

/// As a program before this one has left it: every text in clear, no mark of a key.
const OLD: &str = "
    DELETE FROM meta WHERE key = 'content_key';
    UPDATE runs SET settings = '{\"相手\":\"kanaria\"}', outputs = '[\"出力/金糸雀.xlsx\"]';
    UPDATE items SET key = '金糸雀-1', input = '{\"個人番号\":\"123456789018\",\"氏名\":\"金糸雀 花子\"}';
    UPDATE item_keys SET key = '金糸雀-1';
    UPDATE results SET output = '{\"個人番号\":\"123456789018\",\"氏名\":\"金糸雀 花子\"}';
    UPDATE intents SET once = 'kanaria/1', receipt = '受付 金糸雀';
    UPDATE typed SET text = '\"金糸雀 花\"';
    UPDATE worklist SET label = '受付/金糸雀.pdf 1ページ';";

#[tokio::test]
async fn what_an_older_program_left_in_clear_is_sealed() {
    let server = Arc::new(Server::start(Disk::Fast));
    for (name, memory) in Memory::both(&server, "sealed_old") {
        let store = memory.open().await;
        let id = fill(&store).await;
        let before = seen(&store, id).await;
        let check = store.check(id).await.unwrap().unwrap();
        drop(store);
        let (questions, paper) = (json!(check.questions), json!(check.paper));
        do_it(
            &memory,
            &format!(
                "{OLD} UPDATE checks SET label = '受付/金糸雀.pdf 1ページ', questions = '{questions}', paper = '{paper}';"
            ),
        );
        assert!(holds(&written(&memory), "金糸雀"), "{name}");
        let store = memory.open().await;
        assert_eq!(seen(&store, id).await, before, "{name}");
        drop(store);
        if let Memory::Server(server, database) = &memory {
            // What PostgreSQL keeps of old rows goes with the next VACUUM; its write-ahead files are its own.
            let found = server.ask_in(database, "SELECT count(*) FROM results WHERE output LIKE 'z1.%'");
            assert_eq!(found, "1");
        } else {
            let bytes = written(&memory);
            assert!(
                CANARIES.iter().all(|canary| !holds(&bytes, canary)),
                "{name}: nothing is left in free pages"
            );
        }
    }
}

#[tokio::test]
async fn a_business_key_that_an_older_program_kept_as_written_is_found() {
    let server = Arc::new(Server::start(Disk::Fast));
    for (name, memory) in Memory::both(&server, "sealed_raw") {
        let store = memory.open().await;
        let id = fill(&store).await;
        let check = store.check(id).await.unwrap().unwrap();
        drop(store);
        let (questions, paper) = (json!(check.questions), json!(check.paper));
        let old = OLD.replace("once = 'kanaria/1'", "once = 'ＡＢ-１ '");
        let checks = format!("UPDATE checks SET label = 'x', questions = '{questions}', paper = '{paper}';");
        do_it(&memory, &format!("{old} {checks}"));
        let store = memory.open().await;
        let mut tx = store.begin(Strength::Process).await.unwrap();
        let known = tx.intent("試験", "登録", "ＡＢ-１ ").await.unwrap();
        assert_eq!(known.map(|known| known.once).as_deref(), Some("ＡＢ-１ "), "{name}");
    }
}

#[tokio::test]
async fn without_its_key_or_with_another_a_database_stays_shut() {
    let server = Arc::new(Server::start(Disk::Fast));
    let memory = Memory::database(&server, "shut");
    let id = fill(&*memory.open().await).await;
    let (key, kept) = (server.key(), server.key().with_extension("kept"));
    fs::rename(&key, &kept).unwrap();
    let refused = memory.try_open().await.err().unwrap();
    assert!(matches!(refused, StoreError::NoContentKey(_)), "{refused}");
    assert!(refused.to_string().contains("鍵の控え") && !key.exists(), "{refused}");
    let url = server.url_of("shut");
    let other = Store::connect(&url, &ContentKey::Passing).await.err().unwrap();
    assert!(matches!(other, StoreError::OtherContentKey(_)), "{other}");
    fs::rename(&kept, &key).unwrap();
    assert!(seen(&*memory.open().await, id).await.to_string().contains("金糸雀"));

    let file = Memory::file();
    let id = fill(&*file.open().await).await;
    let Memory::File(dir) = &file else { unreachable!("it is a file") };
    let backup = dir.path().join("backup");
    file.open().await.backup(&backup, AT).await.unwrap();
    assert!(
        CANARIES.iter().all(|canary| !holds(&fs::read(&backup).unwrap(), canary)),
        "a backup is sealed too"
    );
    fs::remove_file(dir.path().join("keys/contents")).unwrap();
    let refused = file.try_open().await.err().unwrap();
    assert!(matches!(refused, StoreError::NoContentKey(_)), "{refused} {id}");
}
