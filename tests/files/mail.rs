//! Letters and what comes with them through `mail.fetch`.

use crate::{context, run};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shoki::{
    actions::ACTIONS,
    drivers::{
        ocr::NativeParts,
        readers::{PoolConfig, ReaderPool},
    },
    step::Catalog,
};
use std::{fs, path::Path};

const SAMPLE: &str = "scenarios/furusato-tax-intake/見本/受付/メール";

fn office() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("受付/メール/new")).unwrap();
    for file in fs::read_dir(Path::new(SAMPLE).join("new")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), dir.path().join("受付/メール/new").join(file.file_name())).unwrap();
    }
    dir
}

fn notices() -> Value {
    json!([
        {"name": "A", "from": "@furusato-a.example.jp", "subject": "寄附データ",
         "password": {"subject": "パスワード", "after": "パスワード"}},
        {"name": "B", "from": "data@furusato-b.example.com"},
    ])
}

async fn fetch(root: &Path) -> Value {
    let with = json!({"folder": "受付/メール", "save": "受付/寄附データ", "notices": notices()});
    run(root, "mail.fetch", with).await.unwrap()
}

/// What a file is known by: its name has the digest of its bytes in it.
fn is_named_after_its_bytes(root: &Path, row: &Value) -> bool {
    let file = row["file"].as_str().unwrap();
    let digest = Sha256::digest(fs::read(root.join(file)).unwrap());
    let hex = digest.iter().fold(String::new(), |hex, b| hex + format!("{b:02x}").as_str());
    row["sha256"] == hex.as_str() && file.contains(&hex)
}

#[tokio::test]
async fn a_locked_zip_and_a_file_that_came_twice() {
    let dir = office();
    let out = fetch(dir.path()).await;
    let rows = out["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &out["looked_at"], &out["again"]), (2, &json!(5), &json!(1)), "{out}");
    assert_eq!((&rows[0]["notice"], &rows[0]["name"]), (&json!("A"), &json!("寄附データ_20261109.csv")));
    assert_eq!(rows[1]["message_id"], "b-77@furusato-b.example.com");
    for row in rows {
        assert!(is_named_after_its_bytes(dir.path(), row), "{row}");
    }
    assert_eq!(fetch(dir.path()).await, out, "fetched again it is the same");
}

#[tokio::test]
async fn files_carried_from_a_screen_are_like_those_of_mail() {
    let dir = office();
    let with = json!({"folder": "受付/メール", "save": "受付/寄附データ", "carried": "受付/画面", "notices": [
        {"name": "B", "from": "data@furusato-b.example.com"}]});
    let fetch = async || run(dir.path(), "mail.fetch", with.clone()).await.unwrap();
    let before = fetch().await;
    assert_eq!(before["rows"].as_array().unwrap().len(), 1, "without the folder only the mail counts");
    fs::create_dir_all(dir.path().join("受付/画面")).unwrap();
    let mailed = fs::read(dir.path().join(before["rows"][0]["file"].as_str().unwrap())).unwrap();
    fs::write(dir.path().join("受付/画面/C_同じ.csv"), mailed).unwrap();
    fs::write(dir.path().join("受付/画面/C_寄附データ.csv"), "別").unwrap();
    fs::write(dir.path().join("受付/画面/~$C.csv"), "").unwrap();
    let out = fetch().await;
    assert_eq!((out["rows"].as_array().unwrap().len(), &out["again"]), (2, &json!(2)), "{out}");
    let row = &out["rows"][1];
    assert_eq!((&row["notice"], &row["file"]), (&json!("C"), &json!("受付/画面/C_寄附データ.csv")));
}

#[tokio::test]
async fn without_its_password_a_zip_waits_and_later_it_is_another_file() {
    let dir = office();
    let second = dir.path().join("受付/メール/new/1763600402.a2.portal");
    let kept = fs::read(&second).unwrap();
    fs::remove_file(&second).unwrap();
    let early = fetch(dir.path()).await;
    assert!(early["rows"][0]["problem"].as_str().unwrap().contains("パスワード"), "{early}");
    fs::write(&second, kept).unwrap();
    let late = fetch(dir.path()).await;
    assert!(late["rows"][0]["file"].is_string());
    assert_ne!(early["rows"][0]["sha256"], late["rows"][0]["sha256"]);
}

#[tokio::test]
async fn a_letter_at_which_its_reader_falls_is_one_for_a_person_and_holds_up_nothing() {
    let dir = office();
    let usual = PoolConfig::usual(NativeParts::default()).unwrap();
    let falls = ReaderPool::new(PoolConfig { program: "/bin/false".into(), ..usual });
    fs::write(dir.path().join("a.csv"), "氏名\n山田\n").unwrap();
    let cx = context(dir.path(), falls);
    let with = json!({"folder": "受付/メール", "save": "受付/寄附データ", "notices": notices()});
    let out = Catalog(ACTIONS).get("mail.fetch").unwrap().parse(with).unwrap().run(&cx).await.unwrap();
    let rows = out["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &out["looked_at"]), (5, &json!(0)), "{out}");
    assert!(rows.iter().all(|row| row["file"].is_null() && row["notice"] == "読めないメール"), "{out}");
    let with = json!({"file": "a.csv", "encoding": "utf-8", "columns": ["氏名"]});
    let fault = Catalog(ACTIONS).get("csv.read").unwrap().parse(with).unwrap().run(&cx).await.unwrap_err();
    assert_eq!((fault.code, fault.message.contains("CSV として扱えません")), ("SHK0608", true));
}
