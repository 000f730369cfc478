//! Files, lists and letters through their actions: encodings, places outside the office, doing it twice.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use shoki::{
    actions::ACTIONS,
    clock::SystemClock,
    drivers::{
        ocr::NativeParts,
        readers::{PoolConfig, ReaderPool},
    },
    form::Forms,
    step::{Catalog, Failure, FailureKind, Folder, Place, Resources, StepContext},
};
use std::{fs, path::Path, sync::Arc};

mod donations;
mod mail;

/// Walled-in readers that see this office.
fn readers(root: &Path) -> ReaderPool {
    let usual = PoolConfig::usual(NativeParts::default()).unwrap();
    let program = env!("CARGO_BIN_EXE_shoki").into();
    ReaderPool::new(PoolConfig { program, readers: 1, office: Some(root.to_owned()), ..usual })
}

fn context(root: &Path, readers: ReaderPool) -> StepContext {
    let place = Place { run: "R1".into(), scenario: "s".into(), item: None, step: "p".into(), attempt: 1 };
    StepContext {
        folder: Arc::new(Folder::new(root.to_owned())),
        forms: Arc::new(Forms::new()),
        clock: Arc::new(SystemClock),
        place,
        resources: Resources::default().with(Arc::new(readers)),
        system: None,
        session: None,
        answer: None,
        kept: Vec::new().into(),
    }
}

async fn run(root: &Path, action: &str, with: Value) -> Result<Value, Failure> {
    let action = Catalog(ACTIONS).get(action).unwrap().parse(with).unwrap();
    action.run(&context(root, readers(root))).await
}

async fn fault(root: &Path, action: &str, with: Value) -> (FailureKind, &'static str, String) {
    let failure = run(root, action, with).await.unwrap_err();
    (failure.kind, failure.code, failure.message)
}

#[tokio::test]
async fn a_list_goes_through_a_legacy_csv_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let rows =
        json!([{"宛名番号": "00012", "氏名": "髙橋 﨑子"}, {"宛名番号": "00013", "氏名": "=1+1,\"邉\""}]);
    let with =
        json!({"file": "出力/取込.csv", "encoding": "cp932", "columns": ["宛名番号", "氏名"], "rows": rows});
    let out = run(dir.path(), "csv.write", with).await.unwrap();
    assert_eq!(out, json!({"file": "出力/取込.csv", "rows": 2}));
    let bytes = fs::read(dir.path().join("出力/取込.csv")).unwrap();
    assert!(bytes.starts_with(b"\x88\xB6\x96\xBC\x94\xD4\x8D\x86,\x8E\x81\x96\xBC\r\n"), "{bytes:x?}");
    let read = json!({"file": "出力/取込.csv", "encoding": "cp932", "columns": ["氏名", "宛名番号"]});
    assert_eq!(run(dir.path(), "csv.read", read).await.unwrap(), json!({"rows": rows}));
}

#[tokio::test]
async fn a_character_the_other_side_cannot_hold_is_never_replaced_in_silence() {
    let dir = tempfile::tempdir().unwrap();
    let mut with =
        json!({"file": "取込.csv", "encoding": "cp932", "columns": ["氏名"], "rows": [{"氏名": "𠮷野"}]});
    let (kind, code, message) = fault(dir.path(), "csv.write", with.clone()).await;
    assert_eq!((kind, code), (FailureKind::Stop, "SHK0608"));
    assert!(message.contains("2行目の1列目") && message.contains("「𠮷」"), "{message}");
    assert!(!message.contains('野'), "no more of the name than the character: {message}");
    assert!(!dir.path().join("取込.csv").exists());
    with["substitutes"] = json!({"𠮷": "吉"});
    run(dir.path(), "csv.write", with).await.unwrap();
    assert_eq!(fs::read(dir.path().join("取込.csv")).unwrap(), b"\x8E\x81\x96\xBC\r\n\x8Bg\x96\xEC\r\n");
}

#[tokio::test]
async fn files_are_listed_copied_and_put_away() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("受付")).unwrap();
    fs::write(dir.path().join("受付/名簿.CSV"), "x").unwrap();
    fs::write(dir.path().join("受付/~$名簿.csv"), "").unwrap();
    let list = run(dir.path(), "file.list", json!({"folder": "受付/", "pattern": "*.csv"})).await.unwrap();
    assert_eq!(
        (list.as_array().unwrap().len(), &list[0]["file"], &list[0]["size"]),
        (1, &json!("受付/名簿.CSV"), &json!(1))
    );
    let copy = json!({"file": "受付/名簿.CSV", "to": "控え/"});
    assert_eq!(
        run(dir.path(), "file.copy", copy.clone()).await.unwrap(),
        json!({"file": "控え/名簿.CSV", "before": false})
    );
    assert_eq!(run(dir.path(), "file.copy", copy).await.unwrap()["before"], true);
    let put_away = json!({"file": "受付/名簿.CSV", "to": "処理済/4月.csv"});
    assert_eq!(
        run(dir.path(), "file.move", put_away.clone()).await.unwrap(),
        json!({"file": "処理済/4月.csv", "before": false})
    );
    assert_eq!(run(dir.path(), "file.move", put_away).await.unwrap()["before"], true);
    assert!(!dir.path().join("受付/名簿.CSV").exists());
}

#[tokio::test]
async fn each_bad_input_has_its_sentence() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.csv"), b"a,b\n1\n").unwrap();
    fs::write(dir.path().join("b.csv"), "番号\n1\n").unwrap();
    fs::write(dir.path().join("空.csv"), "").unwrap();
    fs::write(dir.path().join("二列.csv"), "氏名,氏名\n山田,森\n").unwrap();
    fs::write(dir.path().join("切れ.csv"), "氏名,番号\n\"山田,1\n森,2\n").unwrap();
    fs::write(dir.path().join("utf8.csv"), "氏名\n山田\n").unwrap();
    let read = |file: &str, encoding: &str| json!({"file": file, "encoding": encoding, "columns": ["氏名"]});
    for (action, with, code, words) in [
        ("csv.read", read("ない.csv", "utf-8"), "SHK0604", "「ない.csv」が見つかりません"),
        ("csv.read", read("a.csv", "utf-8"), "SHK0608", "2行目の列の数が違います（2列のはずが1列）"),
        ("csv.read", read("b.csv", "utf-8"), "SHK0607", "見出し「氏名」がありません"),
        ("csv.read", read("空.csv", "utf-8"), "SHK0607", "「空.csv」は空です"),
        ("csv.read", read("二列.csv", "utf-8"), "SHK0607", "見出し「氏名」が二列以上にあります"),
        ("csv.read", read("切れ.csv", "utf-8"), "SHK0608", "2行目の引用符が閉じないまま"),
        ("csv.read", read("utf8.csv", "cp932"), "SHK0608", "UTF-8 のファイルのようです"),
        ("csv.read", read("../a.csv", "utf-8"), "SHK0605", "庁のフォルダーの外"),
        ("file.copy", json!({"file": "a.csv", "to": "b.csv"}), "SHK0611", "「b.csv」は既にあります"),
        ("file.move", json!({"file": "a.csv", "to": "/tmp/a.csv"}), "SHK0605", "庁のフォルダーの外"),
        ("file.list", json!({"folder": "ない"}), "SHK0604", "「ない」が見つかりません"),
        ("file.list", json!({"folder": ".", "pattern": "*.{csv"}), "SHK0607", "読み取れません"),
    ] {
        let (kind, got, message) = fault(dir.path(), action, with).await;
        assert_eq!((kind, got), (FailureKind::Stop, code), "{message}");
        assert!(message.contains(words), "{message}");
    }
}
