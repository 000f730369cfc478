//! What people mended between two nights is seen: a file that was not there, a list that was empty. And what they wrote into a
//! ledger stays.

use super::{ItemState, RunState, bench::Bench, states};
use std::{fs, path::Path, slice};
use test_database::{Disk, Server};

const COPIES: &str = r#"
items: { do: value.set, with: { rows: [{ n: 1 }] }, key: "${{ item.n }}" }
steps:
  - { do: file.copy, with: { file: "受付/${{ item.n }}.csv", to: 控え/ } }
"#;

async fn a_missing_file_comes_again(bench: &Bench) {
    let inbox = bench.dir.path().join("受付");
    fs::create_dir_all(&inbox).unwrap();
    let (_, items) = bench.run(COPIES).await;
    assert_eq!((states(&items), items[0].code.as_deref()), (vec![ItemState::Stopped], Some("SHK0604")));
    fs::write(inbox.join("1.csv"), "番号\n1\n").unwrap();
    let (state, items) = bench.run(COPIES).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    let (_, items) = bench.run(COPIES).await;
    assert_eq!(states(&items), [ItemState::Skipped], "once it is done, it is done");
    bench.verify();
}

#[tokio::test]
async fn an_item_whose_file_was_put_there_comes_again() {
    let server = Server::start(Disk::Fast);
    a_missing_file_comes_again(&Bench::new()).await;
    assert_eq!(server.ask("CREATE DATABASE mended"), "");
    a_missing_file_comes_again(&Bench { url: Some(server.url_of("mended")), ..Bench::new() }).await;
}

#[tokio::test]
async fn a_held_item_looks_at_its_files_again() {
    const WAITS: &str = r#"
items: { do: value.set, with: { rows: [{ n: 1 }] }, key: "${{ item.n }}" }
steps:
  - { id: 名簿, do: file.list, with: { folder: 受付 } }
  - do: value.require
    with: { that: "${{ 名簿 | length > 0 }}", else: 名簿を待っています, state: held }
"#;
    let bench = Bench::new();
    let inbox = bench.dir.path().join("受付");
    fs::create_dir_all(&inbox).unwrap();
    let (_, items) = bench.run(WAITS).await;
    assert_eq!(states(&items), [ItemState::Held], "{items:?}");
    let (_, items) = bench.resume(WAITS).await;
    assert_eq!(states(&items), [ItemState::Held], "it is still not there");
    fs::write(inbox.join("名簿.csv"), "番号\n1\n").unwrap();
    let (state, items) = bench.resume(WAITS).await;
    assert_eq!((state, states(&items)), (RunState::Done, vec![ItemState::Done]), "{items:?}");
    bench.verify();
}

fn formers(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> = fs::read_dir(folder.join("前の版"))
        .unwrap()
        .map(|e| fs::read_to_string(e.unwrap().path()).unwrap())
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn the_ledger_of_this_morning_is_not_lost_at_noon() {
    const LEDGER: &str = r#"
items: { do: value.set, with: { rows: [{ n: ROWS, 番号: ROWS }] }, key: "${{ item.n }}" }
steps:
  - { do: value.require, with: { that: "${{ item.n > 0 }}", else: 空です } }
after:
  - do: csv.write
    with: { file: 出力/一覧.csv, encoding: utf-8, columns: [番号], rows: "${{ items.done | map(attribute='item') }}" }
"#;
    let bench = Bench::new();
    let folder = bench.dir.path().join("出力");
    bench.run(&LEDGER.replace("ROWS", "1")).await;
    let morning = fs::read_to_string(folder.join("一覧.csv")).unwrap();
    assert!(!folder.join("前の版").exists());
    bench.run(&LEDGER.replace("ROWS", "2")).await;
    assert_eq!(formers(&folder), slice::from_ref(&morning));
    assert_ne!(fs::read_to_string(folder.join("一覧.csv")).unwrap(), morning);
}
