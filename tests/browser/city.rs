//! The make-believe city, driven as a scenario drives it; its own ledger is the judge.

use super::{button, cause, opens, settings};
use serde_json::Value;
use shoki::drivers::browser::{
    BrowserError, Cause, Follow, Kind, Press, PressKind, ReadBack, RowPick, Screen, Search, Session, Submit,
    SystemRules, Table,
};
use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A running city; it ends when this is dropped, because its standard input closes.
pub struct City {
    process: Child,
    url: String,
}

impl City {
    pub fn start(faults: &[&str]) -> Self {
        let mut process = Command::new(program())
            .arg("--residents")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/legacy_city/data/residents.json"))
            .arg("--exit-with-stdin")
            .args(faults.iter().flat_map(|f| ["--fault", f]))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let url = said.trim().rsplit_once(' ').expect("the city says where it listens").1.to_owned();
        Self { process, url }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub async fn ledger(&self) -> Vec<Value> {
        let answer = reqwest::get(format!("{}/__ledger", self.url)).await.unwrap();
        answer.json::<Value>().await.unwrap()["entries"].as_array().unwrap().clone()
    }

    /// A browser that has signed in.
    pub async fn session(&self) -> Session {
        let rules = SystemRules {
            notices: vec!["お知らせ".into()],
            expired_when: vec!["セッションの有効期限が切れました".into()],
            locked_when: vec!["他の職員".into()],
            mask: vec!["氏名".into()],
            ..SystemRules::at(&self.url)
        };
        let session = Session::start(&settings(), rules)
            .await
            .expect("chromium and chromedriver are installed and start");
        sign_in(&mut *session.screen().await, &self.url).await.unwrap();
        session
    }
}

impl Drop for City {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().ok();
    }
}

/// The city's program lies beside the tests' folder; `cargo test --workspace` builds it, otherwise it is built now.
fn program() -> PathBuf {
    let deps = std::env::current_exe().unwrap();
    let program = deps.parent().unwrap().parent().unwrap().join("legacy_city");
    if !program.exists() {
        let built = Command::new(env!("CARGO")).args(["build", "--package", "legacy_city"]).status().unwrap();
        assert!(built.success(), "legacy_city builds");
    }
    program
}

async fn sign_in(s: &mut Screen, url: &str) -> Result<(), BrowserError> {
    s.open(url).await?;
    s.fill("利用者ID", "juki_robot", &ReadBack::default()).await?;
    s.fill("パスワード", "robot-2026", &ReadBack::default()).await?;
    s.press(&button("ログイン"), &Follow::default()).await?;
    s.expect("業務メニュー", Duration::from_secs(5)).await
}

async fn menu(s: &mut Screen, branch: &str, leaf: &str) -> Result<(), BrowserError> {
    for name in [branch, leaf] {
        s.press(&Press::named(name).only(PressKind::Link), &Follow::default()).await?;
    }
    Ok(())
}

fn people() -> Table {
    let columns = ["宛名番号", "氏名", "住所", "抑止"].map(str::to_owned).to_vec();
    Table {
        columns,
        next: Some("次頁".into()),
        none: Some("該当者がありません".into()),
        max_pages: 10,
        ..Table::default()
    }
}

/// Looks a person up by フリガナ and shows the person with that number.
async fn look_up(s: &mut Screen, kana: &str, number: &str) -> Result<Vec<Vec<String>>, BrowserError> {
    menu(s, "照会", "住民照会").await?;
    s.press(&button("検索"), &opens("住民検索")).await?;
    s.use_window(Some("住民検索")).await?;
    let fields = vec![("フリガナ".to_owned(), kana.to_owned())];
    let rows = s.search(&Search { fields, press: button("検索実行"), table: people() }).await?;
    let row = vec![RowPick { column: Some("宛名番号".into()), value: number.into() }];
    s.press(&button("選択").in_row(row), &Follow::default()).await?;
    s.use_window(None).await?;
    s.press(&button("照会"), &Follow::default()).await?;
    s.expect("異動履歴", Duration::from_secs(5)).await?;
    Ok(rows)
}

const NUMBER: &str = "00000118125";

async fn fill_registration(s: &mut Screen) -> Result<(), BrowserError> {
    menu(s, "発行", "受理通知発送登録").await?;
    s.fill("宛名番号", NUMBER, &ReadBack::default()).await?;
    s.fill("届出日", "2026/10/30", &ReadBack::default()).await?;
    s.select("異動事由", "転居").await?;
    s.select("宛先区分", "異動前").await?;
    s.select("郵便種別", "普通").await?;
    s.fill("人数", "1", &ReadBack::default()).await
}

fn registration() -> Submit {
    Submit {
        press: button("登録"),
        confirm: Some("よろしいですか".into()),
        expect: "登録しました".into(),
        error_when: vec!["【エラー】".into()],
        receipt: Some("受付番号".into()),
        limit: Some(Duration::from_secs(8)),
        ..Submit::default()
    }
}

async fn register(s: &mut Screen) -> Result<Option<String>, BrowserError> {
    fill_registration(s).await?;
    s.submit(&registration()).await
}

/// What the other tools do too: a person looked up through the popup, a dispatch registered, its number read back.
pub async fn one_by_popup(s: &mut Screen) -> Result<(), BrowserError> {
    look_up(s, "タカハシ", NUMBER).await?;
    let values = s.read(&["氏名", "住所"]).await?;
    assert_eq!(values[0].1, "髙橋 一郎");
    assert!(register(s).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn a_person_is_found_and_a_dispatch_registered_once() {
    let city = City::start(&["slow=20:700"]);
    let session = city.session().await;
    let mut s = session.screen().await;
    let rows = look_up(&mut s, "タカハシ", NUMBER).await.unwrap();
    assert!(rows.len() > 1 && rows.iter().any(|r| r[0] == NUMBER && r[1] == "髙橋 一郎"), "{}", rows.len());
    let values = s.read(&["氏名", "住所", "方書"]).await.unwrap();
    assert_eq!(values[1].1, "茨城県つくば市並木三丁目2番地11");
    let columns = ["状態", "異動前住所", "異動事由"].map(str::to_owned).to_vec();
    let moves = s.read_table(&Table { columns, ..Table::default() }).await.unwrap();
    assert_eq!(moves, [["本登録", "茨城県つくば市二の宮一丁目9番地6", "転居"]]);
    let receipt = register(&mut s).await.unwrap().unwrap();
    let ledger = city.ledger().await;
    assert_eq!(ledger.len(), 1);
    assert_eq!(
        (ledger[0]["receipt"].as_str(), ledger[0]["atena"].as_str()),
        (Some(receipt.as_str()), Some(NUMBER))
    );
    let second = register(&mut s).await.unwrap().unwrap();
    assert_ne!(receipt, second, "the old message and number are not taken for the new ones");
    drop(s);
    session.close().await;
}

#[tokio::test]
async fn nobody_found_is_an_empty_list() {
    let city = City::start(&[]);
    let session = city.session().await;
    let mut s = session.screen().await;
    menu(&mut s, "照会", "住民照会").await.unwrap();
    s.press(&button("検索"), &opens("住民検索")).await.unwrap();
    s.use_window(Some("住民検索")).await.unwrap();
    let fields = vec![("氏名".to_owned(), "架空 無名".to_owned())];
    assert!(
        s.search(&Search { fields, press: button("検索実行"), table: people() }).await.unwrap().is_empty()
    );
    let fields = vec![("氏名".to_owned(), "𠮷田".to_owned())];
    let search = Search { fields, press: button("検索実行"), table: people() };
    assert!(matches!(cause(s.search(&search).await), Cause::Unrepresentable { character: '𠮷', .. }));
    drop(s);
    session.close().await;
}

/// Registers under a fault; gives the error and what the ledger then holds.
async fn register_under(faults: &[&str]) -> (BrowserError, usize) {
    let city = City::start(faults);
    let session = city.session().await;
    let e = register(&mut *session.screen().await).await.expect_err("the fault is seen");
    session.close().await;
    (e, city.ledger().await.len())
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_registration_registers_once() {
    let (e, entries) = register_under(&["keep_alive", "drop_after_register=1"]).await;
    assert!(e.pressed && e.kind() == Kind::Again, "{e:?}");
    assert_eq!(entries, 1, "the browser sent it once");
}

#[tokio::test]
async fn other_words_than_declared_are_no_success() {
    let (e, entries) = register_under(&["changed_wording"]).await;
    assert_eq!((e.cause, e.pressed, entries), (Cause::NoText("登録しました".into()), true, 1));
}

#[tokio::test]
async fn an_answer_that_leads_elsewhere_is_not_followed() {
    let (e, entries) = register_under(&["redirect_foreign"]).await;
    assert_eq!((e.cause, e.pressed, entries), (Cause::Foreign("127.0.0.2".into()), true, 1));
}

#[tokio::test]
async fn dialogs_and_windows_nobody_declared_stop_before_anything_is_pressed() {
    let (e, entries) = register_under(&["alert_on_register"]).await;
    assert!(matches!(&e.cause, Cause::Dialog(text) if text.contains("メンテナンス")), "{e}");
    assert_eq!((e.pressed, entries), (false, 0));
    let city = City::start(&["extra_window"]);
    let rules = SystemRules { notices: vec!["お知らせ".into()], ..SystemRules::at(&city.url) };
    let session = Session::start(&settings(), rules).await.unwrap();
    let e = sign_in(&mut *session.screen().await, &city.url).await.unwrap_err();
    assert!(matches!(&e.cause, Cause::Window(title) if title.contains("アンケート")), "{e}");
    session.close().await;
}

#[tokio::test]
async fn an_expired_session_and_a_locked_person_are_tried_again_later() {
    let (e, entries) = register_under(&["lock=00000118125:60"]).await;
    assert_eq!((e.kind(), entries), (Kind::Again, 0));
    assert!(matches!(e.cause, Cause::Locked(_)), "{e}");
    let (e, entries) = register_under(&["expire=6"]).await;
    assert_eq!((e.kind(), entries), (Kind::Again, 0));
    assert!(matches!(e.cause, Cause::Expired(_)), "{e}");
}

#[tokio::test]
async fn a_refusal_of_the_system_is_the_end_of_the_case_not_of_the_session() {
    let city = City::start(&[]);
    let session = city.session().await;
    let mut s = session.screen().await;
    menu(&mut s, "発行", "受理通知発送登録").await.unwrap();
    let e = s.submit(&registration()).await.unwrap_err();
    assert_eq!((e.kind(), &e.cause), (Kind::Stop, &Cause::Refused("【エラー】".into())));
    assert!(register(&mut s).await.is_ok());
    drop(s);
    session.close().await;
    assert_eq!(city.ledger().await.len(), 1);
}
