//! Keys of items: which item was seen before, which was not, and what the log says of it.

use super::{ACT, ItemState, RunState, acts, bench::Bench, states};
use serde_json::{Value, json};
use shoki::store::{Moved, NewItem, StepResult};
use test_database::{Disk, Server};

/// The entries of the bench's own log.
fn log(bench: &Bench) -> String {
    let fy = shoki::audit::layout::fiscal_year(jiff::Timestamp::now());
    std::fs::read_to_string(bench.dir.path().join(format!("audit/{fy}/seg/000000.jsonl"))).unwrap()
}

/// A run of four items that was stopped: the first was on its way, the second in the hand of a process that died, an act of the
/// third is done, the fourth was not begun. Says its id.
async fn stopped_in_the_middle(bench: &Bench, steps: &str) -> String {
    let engine = bench.engine().await;
    let (store, log, actor) = (&engine.store, &engine.log, json!({ "kind": "user", "id": "tester" }));
    let scenario = Bench::scenario(steps);
    let run = acts::start(store, log, &scenario, actor, "2026-11-20".into(), json!({})).await.unwrap();
    let (run, at) = (run.id.as_str(), log.now());
    let mut tx = store.begin_strong().await.unwrap();
    tx.move_run(run, RunState::Running, None, &at).await.unwrap();
    for n in 1..=4_u32 {
        let input = json!({ "n": n, "file": format!("{n}.png"), "same": "x" });
        tx.add_item("t", run, &NewItem { n, key: n.to_string(), input }, &at).await.unwrap();
    }
    tx.set_listed(run).await.unwrap();
    for (n, receipted) in [(1, false), (2, false), (3, true)] {
        let result = StepResult { step: "画面".into(), output: json!({ "session": 1 }), receipted };
        tx.add_result(run, n, &result, &at).await.unwrap();
    }
    let next = ItemState::Running;
    tx.move_item(&Moved { run, n: 2, next, step: None, code: None, reason: None, at: &at }).await.unwrap();
    tx.move_run(run, RunState::Stopped, Some("止めました。"), &at).await.unwrap();
    tx.commit().await.unwrap();
    run.to_owned()
}

async fn what_was_in_hand_is_done(bench: &Bench) {
    let steps = ACT.replace("n: 1 }", "n: 4 }");
    let stopped = stopped_in_the_middle(bench, &steps).await;
    let (state, items) = bench.run(&steps).await;
    let (done, skipped) = (ItemState::Done, ItemState::Skipped);
    assert_eq!((state, states(&items)), (RunState::Done, vec![done, done, skipped, done]), "{items:?}");
    let mut ledger = bench.ledger();
    ledger.sort();
    assert_eq!(ledger, ["k1", "k2", "k4"]);
    let reason = items[2].reason.as_deref().unwrap();
    assert!(reason.contains("途中です") && reason.contains("shoki resume"), "{reason}");
    let old = bench.engine().await.store.items(&stopped).await.unwrap();
    assert_eq!(states(&old), [skipped, skipped, ItemState::Waiting, skipped], "{old:?}");
    let log = log(bench);
    let words = ["item.end", "SHK0720", stopped.as_str()];
    let ends = |line: &&str| words.into_iter().all(|word| line.contains(word));
    assert_eq!(log.lines().filter(ends).count(), 3, "who took their places is on the log");
    bench.verify();
}

#[tokio::test]
async fn what_was_in_hand_when_a_run_was_stopped_is_done_the_next_night() {
    let server = Server::start(Disk::Fast);
    what_was_in_hand_is_done(&Bench::new()).await;
    assert_eq!(server.ask("CREATE DATABASE in_hand"), "");
    what_was_in_hand_is_done(&Bench { url: Some(server.url_of("in_hand")), ..Bench::new() }).await;
}

/// Rows whose key is made of two columns.
fn numbered(rows: &[&str]) -> String {
    let head =
        "\nitems: { do: value.set, with: { rows: [ROWS] }, key: \"${{ item.年度 }}-${{ item.番号 }}\" }";
    let steps = r#"
steps:
  - { id: 登録, do: test.submit, on: juki, with: { key: "${{ item.名 }}" }, once: "${{ item.名 }}" }
"#;
    format!("{}{steps}", head.replace("ROWS", &rows.join(", ")))
}

async fn rows_without_a_number_are_told_apart(bench: &Bench) {
    const YAMADA: &str = "{ 年度: R8, 番号: \"\", 名: 山田 }";
    const SUZUKI: &str = "{ 年度: R8, 番号: \"\", 名: 鈴木 }";
    const SATO: &str = "{ 年度: R8, 番号: 一, 名: 佐藤 }";
    let (done, skipped, stopped) = (ItemState::Done, ItemState::Skipped, ItemState::Stopped);
    let nights: [(&[&str], &[ItemState]); 5] = [
        (&[YAMADA, SUZUKI, SATO], &[stopped, stopped, done]),
        (&[YAMADA, SATO], &[done, skipped]),
        (&[YAMADA, SATO], &[skipped, skipped]),
        (&[SUZUKI, SATO], &[stopped, skipped]),
        (&[YAMADA, YAMADA], &[stopped, stopped]),
    ];
    for (rows, wanted) in nights {
        let (_, items) = bench.run(&numbered(rows)).await;
        assert_eq!(states(&items), wanted, "{items:?}");
        for item in items.iter().filter(|item| item.state == stopped) {
            let reason = item.reason.as_deref().unwrap();
            assert!(item.code.as_deref() == Some("SHK0737") && reason.contains("一部が空"), "{reason}");
        }
    }
    assert_eq!(bench.ledger(), ["佐藤", "山田"]);
    bench.verify();
}

#[tokio::test]
async fn rows_that_lack_a_part_of_their_key_are_not_taken_for_one_another() {
    let server = Server::start(Disk::Fast);
    rows_without_a_number_are_told_apart(&Bench::new()).await;
    assert_eq!(server.ask("CREATE DATABASE lacking"), "");
    let far = Bench { url: Some(server.url_of("lacking")), ..Bench::new() };
    rows_without_a_number_are_told_apart(&far).await;
}

#[tokio::test]
async fn a_row_that_is_its_own_key_is_known_again() {
    let bench = Bench::new();
    let steps = ACT.replace("key: \"${{ item.n }}\" }", "key: \"${{ item }}\" }");
    let (state, items) = bench.run(&steps).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    assert_eq!(serde_json::from_str::<Value>(&items[0].key).unwrap(), items[0].input);
    let (_, items) = bench.run(&steps).await;
    assert_eq!(states(&items), [ItemState::Skipped]);
}

#[tokio::test]
async fn the_log_takes_no_mark_of_an_unread_file_for_its_digest() {
    let bench = Bench::new();
    let digest = "a".repeat(64);
    let items =
        "items: { do: value.set, with: { rows: [{ n: 1, sha256: unread-DIGEST }, { n: 2, sha256: DIGEST }] }";
    let steps = format!(
        r#"
{}, key: "${{{{ item.n }}}}" }}
steps:
  - {{ do: value.require, with: {{ that: "${{{{ item.n > 0 }}}}", else: 空です }} }}
"#,
        items.replace("DIGEST", &digest)
    );
    let (state, items) = bench.run(&steps).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done; 2]), "{items:?}");
    let log = log(&bench);
    let files: Vec<&str> = log.lines().filter(|line| line.contains("file.in")).collect();
    assert!(files.len() == 1 && files[0].contains(&format!("\"{digest}\"")), "{files:?}");
    bench.verify();
}
