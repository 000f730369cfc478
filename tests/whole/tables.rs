//! The tables of errors of the flagship scenarios, row by row: where each row has its fixture and its outcome.
//!
//! Resident moves, pages of `fixtures/paper` in `main_job`: no former address 0015 · protected person 0012 · several persons
//! 0005 · notifier with another name 0017, 0028 · another drawing of a name 0006, 0007, 0010 · room number 0016 · duplicate
//! 0013-4 · a name outside CP932 0010 · provisional 0013-3 · cancelled 0014.
//!
//! Furusato tax, pages of `fixtures/furusato` below: papers of identity 12 · name 03, address 10, amount 05 · My Number 13 ·
//! mark 04 · duplicate 11 · online 06 · not paid 07 · moved 10 · another city 14 · without its number 08. Mail seen twice and
//! attachments renamed: `furusato` and `actions::mail_fetch`. Portal files: `rules::furusato::donation`.
//!
//! Overtime: seal, order's end, absence, log, next day, 30 February, manager in `tests/overtime.rs`; wrong kind of day, another
//! sheet, work into the next day in `rules::overtime::sheet_vectors`; other groups, late sheet, the same sheet twice in
//! `actions::overtime_calculate`.

use crate::bench::root;
use serde_json::{Value, json};
use shoki::{
    actions::ACTIONS,
    clock::SystemClock,
    drivers::{
        ocr::NativeParts,
        readers::{PoolConfig, ReaderPool},
    },
    form::Forms,
    step::{Catalog, Folder, Place, Resources, StepContext},
};
use std::{fs, path::Path, sync::Arc};

/// Walled-in readers that see this office.
fn readers(office: &Path) -> ReaderPool {
    let usual = PoolConfig::usual(NativeParts::default()).unwrap();
    let program = env!("CARGO_BIN_EXE_shoki").into();
    ReaderPool::new(PoolConfig { program, readers: 1, office: Some(office.to_owned()), ..usual })
}

async fn step(office: &Path, action: &str, with: Value) -> Value {
    let place = Place { run: "R1".into(), scenario: "s".into(), item: None, step: "p".into(), attempt: 1 };
    let cx = StepContext {
        folder: Arc::new(Folder::new(office.to_owned())),
        forms: Arc::new(Forms::new()),
        clock: Arc::new(SystemClock),
        place,
        resources: Resources::default().with(Arc::new(readers(office))),
        system: None,
        session: None,
        answer: None,
        kept: Vec::new().into(),
    };
    Catalog(ACTIONS).get(action).unwrap().parse(with).unwrap().run(&cx).await.unwrap()
}

/// The donations of the sample's mail.
async fn donations(office: &Path) -> Vec<Value> {
    let from = root().join("scenarios/furusato-tax-intake/見本/受付/メール/new");
    fs::create_dir_all(office.join("メール/new")).unwrap();
    for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), office.join("メール/new").join(file.file_name())).unwrap();
    }
    let notice = |name: &str, from: &str| json!({"name": name, "from": from, "subject": "寄附データ", "password": {"subject": "パスワード", "after": "パスワード"}});
    let notices = [notice("A", "@furusato-a.example.jp"), notice("B", "@furusato-b.example.com")];
    let mail = json!({"folder": "メール", "save": "受付", "notices": notices});
    let files = step(office, "mail.fetch", mail).await["rows"].take();
    let mut all = Vec::new();
    for file in files.as_array().unwrap() {
        let portal = step(office, "donation.read", json!({"file": file["file"]})).await;
        all.extend(portal["rows"].as_array().unwrap().iter().cloned());
    }
    all
}

/// A page as it is typed by a person who reads it well.
fn form(page: &Value) -> Value {
    let of = |key: &str| page["fields"][key].clone();
    let mark = |key: &str| json!(if page["fields"][key] == true { "○" } else { "" });
    json!({"整理番号": of("整理番号"), "提出日": of("提出日"), "寄附年分": of("寄附年分"), "宛先": of("宛先"), "氏名": of("氏名"),
        "住所": of("住所"), "個人番号": of("個人番号"), "寄附年月日": of("寄附年月日"), "寄附金額": of("寄附金額"),
        "確認1": mark("特例対象"), "確認2": mark("五団体以下"), "受付日": "2026-11-20",
        "本人確認": if page["fields"]["本人確認"] == true { "有" } else { "無" }})
}

#[tokio::test]
async fn every_page_of_one_stop_applications_has_its_outcome() {
    let office = tempfile::tempdir().unwrap();
    let donations = donations(office.path()).await;
    let text = fs::read_to_string(root().join("fixtures/furusato/truth.json")).unwrap();
    let truth: Value = serde_json::from_str(&text).unwrap();
    let pages = truth["pages"].as_array().unwrap();
    let forms: Vec<_> = pages.iter().map(form).collect();
    let with = json!({"donations": donations, "forms": forms, "rules": {"municipality": "若葉市"}});
    let out = step(office.path(), "onestop.check", with).await;
    let wanted = [
        ("受付", ""),
        ("受付", ""),
        ("要判断", "字体が違います"),
        ("不備", "②"),
        ("不備", "寄附金額が寄附の記録と違います"),
        ("重複", "オンラインで申請済み"),
        ("要判断", "入金が確認できていません"),
        ("受付", "整理番号がないため"),
        ("受付", ""),
        ("不備", "変更届出書"),
        ("重複", "先に受け付けています"),
        ("不備", "本人確認書類"),
        ("不備", "検査数字"),
        ("要判断", "宛先がほかの市区町村"),
    ];
    assert_eq!(pages.len(), wanted.len());
    for ((page, row), (verdict, why)) in pages.iter().zip(out["rows"].as_array().unwrap()).zip(wanted) {
        let said = (row["結果"].as_str().unwrap(), row["理由"].as_str().unwrap());
        assert!(said.0 == verdict && said.1.contains(why), "{} ({}): {said:?}", page["file"], page["case"]);
    }
    let numbers = pages.iter().map(|p| p["fields"]["個人番号"].as_str().unwrap());
    assert!(numbers.into_iter().all(|n| !out.to_string().contains(n)), "no My Number in what is kept");
}
