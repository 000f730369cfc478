//! The actions on screens, called as the engine calls them: by name, with the arguments of a `with:`.

use super::{pages::Pages, settings};
use serde_json::{Value, json};
use shoki::{
    actions::ACTIONS,
    clock::ManualClock,
    drivers::browser::{Session, SystemRules},
    form::Forms,
    step::{
        Catalog, Failure, FailureKind, Folder, HardCopy, Place, Resources, SessionHandle, StepContext,
        SystemFacts,
    },
};
use std::{path::Path, sync::Arc};

fn facts(url: &str) -> SystemFacts {
    SystemFacts {
        id: "pages".into(),
        url: url.into(),
        account: None,
        hard_copy: HardCopy::Allowed,
        sessions: 1,
        notices: vec![],
        expired_when: vec![],
        locked_when: vec![],
        mask: vec![],
    }
}

pub(super) fn context(office: &Path, url: &str, session: Arc<Session>) -> StepContext {
    StepContext {
        folder: Arc::new(Folder::new(office.to_owned())),
        forms: Arc::new(Forms::new()),
        clock: Arc::new(ManualClock::new("2026-04-01T12:00:00+09:00".parse().unwrap())),
        place: Place { run: "r".into(), scenario: "s".into(), item: Some(1), step: "p".into(), attempt: 1 },
        resources: Resources::default(),
        system: Some(Arc::new(facts(url))),
        session: Some(SessionHandle::new(session)),
        answer: None,
        kept: Vec::new().into(),
    }
}

pub(super) async fn act(cx: &StepContext, name: &str, with: Value) -> Result<Value, Failure> {
    let action = Catalog(ACTIONS).get(name).expect("the action is listed");
    assert!(action.needs_session, "{name}");
    action.parse_filled(with).expect("the arguments fit").run(cx).await
}

#[tokio::test]
async fn a_case_is_looked_up_registered_and_filed() {
    let (pages, office) = (Pages::start(), tempfile::tempdir().unwrap());
    let session = Arc::new(
        Session::start(&settings(), SystemRules::at(&pages.url("/"))).await.expect("a browser starts"),
    );
    let cx = context(office.path(), &pages.url("/start"), Arc::clone(&session));
    let cx = &cx;
    act(cx, "browser.open", json!({ "url": "/form.html" })).await.unwrap();
    act(cx, "browser.press", json!({ "button": "住民検索", "opens": "住民検索" })).await.unwrap();
    let search = json!({ "fields": { "氏名": "髙﨑" }, "press": "検索実行", "columns": ["宛名番号", "状態"], "none": "該当者がありません" });
    let found = act(cx, "browser.search", search).await.unwrap();
    assert_eq!(found["count"], 2);
    assert_eq!(found["rows"][0], json!({ "宛名番号": "0001", "状態": "本登録" }));
    act(cx, "browser.press", json!({ "button": "選択", "row": { "宛名番号": "0002" } })).await.unwrap();
    assert_eq!(
        act(cx, "browser.read", json!({ "labels": ["氏名"] })).await.unwrap(),
        json!({ "氏名": "乙" })
    );
    act(cx, "browser.fill", json!({ "field": "フリガナ", "value": "オツ" })).await.unwrap();
    act(cx, "browser.fill", json!({ "field": "生年月日/年", "value": 7 })).await.unwrap();
    act(cx, "browser.select", json!({ "field": "性別", "option": "男" })).await.unwrap();
    act(cx, "browser.select", json!({ "field": "同意する", "checked": true })).await.unwrap();
    let submit = json!({ "press": "登録", "confirm": "よろしいですか", "expect": "登録しました", "receipt": "受付番号" });
    assert_eq!(act(cx, "browser.submit", submit).await.unwrap(), json!({ "receipt": "R-0001" }));
    assert_eq!(pages.ledger().len(), 1);
    act(cx, "browser.open", json!({ "url": "/ready.html" })).await.unwrap();
    let file =
        act(cx, "browser.download", json!({ "press": "一覧取得", "file": "受付/明細/" })).await.unwrap();
    assert_eq!(
        file,
        json!({ "file": "受付/明細/明細.csv", "bytes": 4, "sha256": "5be08c9684a1d25efcee09318204824278b08bbfb4aef973ffefd0b9d7478313" })
    );
    act(cx, "browser.upload", json!({ "field": "添付", "file": "受付/明細/明細.csv" })).await.unwrap();
    act(cx, "browser.open", json!({ "url": "/list.html?page=1" })).await.unwrap();
    let rows = act(cx, "browser.read_table", json!({ "columns": ["氏名"], "next": "次頁" })).await.unwrap();
    assert_eq!(rows["count"], 7);
    act(cx, "browser.expect", json!({ "text": "検索結果" })).await.unwrap();
    act(cx, "browser.open", json!({ "url": "/finding.html" })).await.unwrap();
    let right = json!({ "field": ["無い名前", "right_of=受付日"], "value": "R7.4.1", "compare": "exact" });
    act(cx, "browser.fill", right).await.unwrap();
    let amount = json!({ "field": "数量", "row": { "品名": "用紙" }, "value": 12 });
    act(cx, "browser.fill", amount).await.unwrap();
    let shots = session.screen().await.take_film();
    let places: Vec<_> =
        shots.iter().rev().take(2).map(|shot| (shot.name.as_str(), shot.rect[2] > 0.0)).collect();
    assert_eq!(places, [("数量", true), ("受付日", true)], "what was meant is on record");
    act(cx, "browser.press", json!({ "text": "選ぶ", "nth": 2 })).await.unwrap();
    act(cx, "browser.expect", json!({ "text": "押した:行2" })).await.unwrap();
    act(cx, "browser.open", json!({ "url": "/dialogs.html" })).await.unwrap();
    let asked = json!({ "button": "枚数", "prompt": { "枚数": 3 } });
    act(cx, "browser.press", asked).await.unwrap();
    act(cx, "browser.expect", json!({ "text": "枚数 3" })).await.unwrap();
    act(cx, "browser.open", json!({ "url": "/hover.html" })).await.unwrap();
    act(cx, "browser.hover", json!({ "over": "異動" })).await.unwrap();
    act(cx, "browser.press", json!({ "link": "転入" })).await.unwrap();
    act(cx, "browser.press_key", json!({ "keys": ["S"], "hold": ["Ctrl"] })).await.unwrap();
    act(cx, "browser.expect", json!({ "text": "Ctrl+S 保存" })).await.unwrap();
    act(cx, "browser.wait", json!({ "gone": "処理中" })).await.unwrap();
    let failure = act(cx, "browser.open", json!({ "url": "http://192.0.2.1/" })).await.unwrap_err();
    assert_eq!((failure.kind, failure.code, failure.session_broken), (FailureKind::Stop, "SHK0517", true));
    session.close().await;
}

#[tokio::test]
async fn work_goes_on_in_the_main_window_when_a_popup_was_left_open() {
    let (pages, office) = (Pages::start(), tempfile::tempdir().unwrap());
    let session = Arc::new(
        Session::start(&settings(), SystemRules::at(&pages.url("/"))).await.expect("a browser starts"),
    );
    let cx = context(office.path(), &pages.url("/"), Arc::clone(&session));
    act(&cx, "browser.open", json!({ "url": "/form.html" })).await.unwrap();
    for name in ["甲", "乙"] {
        act(&cx, "browser.press", json!({ "button": "住民検索", "opens": "住民検索" })).await.unwrap();
        act(&cx, "browser.fill", json!({ "field": "氏名", "value": name })).await.unwrap();
        act(&cx, "browser.fill", json!({ "field": "フリガナ", "value": name })).await.unwrap();
    }
    session.close().await;
}
