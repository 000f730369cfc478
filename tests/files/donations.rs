//! Donations of portals through their actions.

use crate::run;
use serde_json::{Value, json};
use shoki::{
    actions::ACTIONS,
    step::{Catalog, Failure},
    text::cp932,
};
use std::{fs, path::Path};

async fn read(bytes: &[u8]) -> Result<Value, Failure> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("p.csv"), bytes).unwrap();
    run(dir.path(), "donation.read", json!({"file": "p.csv", "purposes": ["防災"]})).await
}

#[tokio::test]
async fn an_older_file_does_not_make_a_donation_unpaid_again() {
    let dir = tempfile::tempdir().unwrap();
    let save = |name: &str, lines: &str| {
        let text = format!("受付番号,入金日,寄附者氏名,寄附金額\r\n{lines}");
        fs::write(dir.path().join(name), cp932::encode(&text).unwrap()).unwrap();
    };
    fs::create_dir(dir.path().join("済")).unwrap();
    save("済/新しい.csv", "1,2026-11-18,山田,1000\r\n2,,森,1000\r\n");
    save("古い.csv", "1,,山田,1000\r\n2,,森,1000\r\n3,,林,1000\r\n");
    let read = async |taken: &str| {
        run(dir.path(), "donation.read", json!({"file": "古い.csv", "taken": taken})).await.unwrap()
    };
    let out = read("済").await;
    let numbers: Vec<_> =
        out["rows"].as_array().unwrap().iter().map(|r| r["受付番号"].as_str().unwrap()).collect();
    assert_eq!((numbers, &out["older"], &out["lines"]), (vec!["2", "3"], &json!(1), &json!(3)));
    let out = read("なし").await;
    assert_eq!(out["older"], 0);
}

#[tokio::test]
async fn what_one_portal_says_is_paid_says_nothing_of_another_portals_number() {
    let dir = tempfile::tempdir().unwrap();
    let save = |name: &str, lines: &str| {
        let text = format!("受付番号,入金日,寄附者氏名,寄附金額\r\n{lines}");
        fs::write(dir.path().join(name), cp932::encode(&text).unwrap()).unwrap();
    };
    fs::create_dir(dir.path().join("済")).unwrap();
    save("済/乙_1.csv", "1,2026-11-18,森,5000\r\n");
    save("甲_1.csv", "1,,山田,10000\r\n");
    let out = run(dir.path(), "donation.read", json!({"file": "甲_1.csv", "taken": "済"})).await.unwrap();
    assert_eq!((&out["rows"][0]["寄附金額"], &out["older"]), (&json!(10_000), &json!(0)), "{out}");
}

#[tokio::test]
async fn a_donation_that_is_withdrawn_later_is_neither_summed_nor_certified() {
    let dir = tempfile::tempdir().unwrap();
    let save = |name: &str, lines: &str, written: u64| {
        let text = format!("受付番号,入金日,寄附者氏名,寄附金額,ステータス\r\n{lines}");
        fs::write(dir.path().join(name), cp932::encode(&text).unwrap()).unwrap();
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(written);
        fs::File::options().write(true).open(dir.path().join(name)).unwrap().set_modified(at).unwrap();
    };
    let total = async || run(dir.path(), "donation.total", json!({"folder": "."})).await.unwrap();
    save("甲_1.csv", "1,2026-11-01,山田,10000,受付\r\n2,2026-11-01,林,3000,受付\r\n", 1_000);
    save("乙_1.csv", "1,2026-11-01,森,5000,受付\r\n", 1_000);
    save("甲_2.csv", "1,2026-11-01,山田,-10000,返金\r\n", 2_000);
    let out = total().await;
    let numbers = |out: &Value| -> Vec<_> {
        let rows = out["certificates"].as_array().unwrap().iter();
        rows.map(|r| format!("{}{}", r["ポータル"].as_str().unwrap(), r["受付番号"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(numbers(&out), ["乙1", "甲2"], "{out}");
    assert_eq!((&out["months"][0]["金額"], &out["faults"][0]["受付番号"]), (&json!(8_000), &json!("1")));
    save("甲_3.csv", "1,2026-11-05,山田,10000,受付\r\n", 3_000);
    assert_eq!(numbers(&total().await).len(), 3, "a later good line brings it back");
}

#[tokio::test]
async fn one_number_of_two_portals_is_two_donations_and_said() {
    let dir = tempfile::tempdir().unwrap();
    for (name, line) in [("甲_1.csv", "1,2026-11-01,山田,10000"), ("乙_1.csv", "1,2026-11-02,森,5000")] {
        let text = format!("受付番号,入金日,寄附者氏名,寄附金額\r\n{line}\r\n");
        fs::write(dir.path().join(name), cp932::encode(&text).unwrap()).unwrap();
    }
    let out = run(dir.path(), "donation.total", json!({"folder": "."})).await.unwrap();
    assert_eq!((&out["months"][0]["件数"], &out["months"][0]["金額"]), (&json!(2), &json!(15_000)), "{out}");
    let fault = &out["faults"][0];
    assert!(fault["内容"].as_str().unwrap().contains("同じ受付番号の寄附"), "{out}");
    assert_eq!(fault["受付番号"], "1");
}

#[tokio::test]
async fn a_file_becomes_donations_or_says_why_not() {
    let text = "受付番号,入金日,寄附者氏名,寄附金額,使い道\r\n1,2025-12-01,山田 太郎,10000,防災\r\n2,,森 昌子,5000,未知\r\n";
    let out = read(&cp932::encode(text).unwrap()).await.unwrap();
    assert_eq!((&out["rows"][0]["寄附金額"], &out["rows"][0]["受領証明書"]), (&json!(10_000), &json!(true)));
    assert_eq!(out["unknown_purposes"], json!(["未知"]));
    assert_eq!(out["faults"][0]["行"], 3);
    let fault = read(text.as_bytes()).await.unwrap_err();
    assert_eq!((fault.code, fault.message.contains("UTF-8 のファイルです")), ("SHK0615", true));
}

async fn convert(dir: &Path, purposes: Value) -> Value {
    let with = json!({"file": "p.csv", "purposes": purposes, "to": "取込.csv", "encoding": "cp932",
        "columns": ["受付番号", "入金日", "寄附者氏名", "寄附金額", "ワンストップ", "受領証明書", "応援メッセージ"]});
    run(dir, "donation.convert", with).await.unwrap()
}

fn portal(dir: &Path) {
    let text = "受付番号,入金日,寄附者氏名,寄附金額,使い道,ワンストップ,応援メッセージ\r\n\
        =\"0012\",2025/12/01 9:00,髙橋 一郎,\"10,000円\",防災,希望する,\"一,二\"\r\n0013,,森 昌子,5000,子育て,不要,\r\n";
    fs::write(dir.join("p.csv"), cp932::encode(text).unwrap()).unwrap();
}

#[tokio::test]
async fn donations_stand_in_the_columns_that_the_system_wants() {
    let dir = tempfile::tempdir().unwrap();
    portal(dir.path());
    let out = convert(dir.path(), json!(["防災", "子育て"])).await;
    assert_eq!((&out["file"], &out["lines"], &out["rows"]), (&json!("取込.csv"), &json!(2), &json!(2)));
    assert_eq!(out["notes"].as_array().unwrap().len(), 1);
    let written = cp932::decode(&fs::read(dir.path().join("取込.csv")).unwrap()).unwrap();
    let expected = "受付番号,入金日,寄附者氏名,寄附金額,ワンストップ,受領証明書,応援メッセージ\r\n\
        0012,2025-12-01,髙橋 一郎,10000,希望する,○,\"一,二\"\r\n0013,,森 昌子,5000,希望しない,,\r\n";
    assert_eq!(written, expected);
    assert!(!out.to_string().contains("森"), "no donor in the record");
}

#[tokio::test]
async fn with_an_unknown_purpose_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    portal(dir.path());
    let out = convert(dir.path(), json!(["防災"])).await;
    assert_eq!((&out["file"], &out["unknown_purposes"]), (&Value::Null, &json!(["子育て"])));
    assert!(!dir.path().join("取込.csv").exists());
}

#[test]
fn a_column_that_no_donation_has_is_found_at_load() {
    let with = json!({"file": "p.csv", "to": "t.csv", "encoding": "cp932", "columns": ["氏 名"]});
    assert!(Catalog(ACTIONS).get("donation.convert").unwrap().parse(with).is_err());
}

#[tokio::test]
async fn files_of_two_portals_are_one_ledger() {
    let dir = tempfile::tempdir().unwrap();
    let save = |name: &str, lines: &str| {
        let text = format!("受付番号,入金日,寄附者氏名,寄附金額,使い道\r\n{lines}");
        fs::write(dir.path().join(name), cp932::encode(&text).unwrap()).unwrap();
    };
    save("甲_1.csv", "1,2026-11-01,山田 太郎,10000,防災\r\n2,,森 昌子,5000,防災\r\n");
    save("乙_1.csv", "9,2026-12-01,?田,10000,福祉\r\n8,2026-12-01,井上 良,3000,福祉\r\n");
    let total = async |with: Value| run(dir.path(), "donation.total", with).await;
    let out = total(json!({"folder": "."})).await.unwrap();
    let count = |key: &str| out[key].as_array().unwrap().len();
    assert_eq!(
        (count("rows"), count("certificates"), count("unpaid"), count("faults")),
        (3, 2, 1, 1),
        "{out}"
    );
    assert_eq!(
        out["months"][2],
        json!({"区分": "不明", "件数": 1, "金額": 5000, "入金済件数": 0, "入金済金額": 0, "ワンストップ希望": 0, "オンライン": 0, "申請書": 0})
    );
    let with = json!({"folder": ".", "forms": [{"受付日": "令和8年11月20日"}, {"受付日": "2026-11-30"}, {"受付日": "2027-01-05"}]});
    let out = total(with).await.unwrap();
    let months: Vec<_> = out["months"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["区分"].as_str().unwrap(), &m["申請書"]))
        .collect();
    assert_eq!(
        months,
        [("2026-11", &json!(2)), ("2026-12", &json!(0)), ("2027-01", &json!(1)), ("不明", &json!(0))]
    );
    let fault = total(json!({"folder": ".", "forms": [{"受付日": "2月30日"}]})).await.unwrap_err();
    assert!(fault.message.contains("申請書の一覧の1行目"), "{}", fault.message);
    let out = total(json!({"folder": "."})).await.unwrap();
    assert_eq!(
        (&out["portals"][0]["区分"], &out["faults"][0]["ファイル"]),
        (&json!("乙"), &json!("乙_1.csv"))
    );
    assert_eq!(total(json!({"folder": "なし"})).await.unwrap()["rows"], json!([]));
}
