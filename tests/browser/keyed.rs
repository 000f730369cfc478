//! Screens that are worked with keys, with two clicks in a row, and with answers in windows of their own.

use super::{Here, actions, cause, pages::Pages, settings};
use serde_json::json;
use shoki::{
    drivers::browser::{
        Cause, Dialogs, Follow, Keys, Press, ReadBack, Screen, Session, Stroke, Submit, SystemRules,
    },
    step::FailureKind,
};
use std::{sync::Arc, time::Duration};

const SOON: Duration = Duration::from_secs(3);

fn stroke(key: &str, held: &[&str]) -> Stroke {
    Stroke { key: key.into(), held: held.iter().map(ToString::to_string).collect() }
}

fn registration(key: &str, held: &[&str], field: Option<&str>) -> Submit {
    Submit {
        keys: Some(Keys { strokes: vec![stroke(key, held)], field: field.map(Into::into) }),
        expect: "登録しました".into(),
        receipt: Some("受付番号".into()),
        limit: Some(SOON),
        ..Submit::default()
    }
}

async fn fill(here: &Here, s: &mut Screen, way: &str) {
    s.open(&here.pages.url(&format!("/keyed.html?{way}"))).await.unwrap();
    s.fill("宛名番号", "0001", &ReadBack::default()).await.unwrap();
}

#[tokio::test]
async fn a_key_registers_once_as_a_button_does() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    for (n, (key, held, field)) in
        [("F12", vec![], None), ("S", vec!["Alt"], None), ("Enter", vec![], Some("備考"))]
            .into_iter()
            .enumerate()
    {
        fill(&here, &mut s, "").await;
        let receipt = s.submit(&registration(key, &held, field)).await.unwrap();
        assert_eq!(receipt, Some(format!("R-{:04}", n + 1)), "{key}");
        assert_eq!(here.pages.ledger().len(), n + 1, "{key}");
    }
    assert!(here.pages.ledger().iter().all(|sent| sent == "n=0001&b="), "{:?}", here.pages.ledger());
    let film = s.take_film();
    assert!(film.iter().any(|shot| shot.what == "キー" && shot.name == "Alt+S"), "it is on record");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_follows_a_key_is_held_against_what_was_declared() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    fill(&here, &mut s, "ask").await;
    let asked = Submit { confirm: Some("よろしいですか".into()), ..registration("F12", &[], None) };
    assert_eq!(s.submit(&asked).await.unwrap().as_deref(), Some("R-0001"));
    fill(&here, &mut s, "refuse").await;
    let said = "【エラー】".to_owned();
    let refusal = Submit { error_when: vec![said.clone()], ..registration("F12", &[], None) };
    let e = s.submit(&refusal).await.unwrap_err();
    assert_eq!((e.pressed, e.cause), (true, Cause::Refused(said)));
    fill(&here, &mut s, "ask").await;
    let e = s.submit(&registration("F12", &[], None)).await.unwrap_err();
    assert!(e.pressed && matches!(&e.cause, Cause::Dialog(text) if text.contains("よろしいですか")), "{e}");
    drop(s);
    let pages = here.pages.clone();
    here.end().await;
    assert_eq!(pages.ledger().len(), 1);
}

#[tokio::test]
async fn no_key_is_pressed_where_a_typed_value_has_changed_or_the_field_is_missing() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    fill(&here, &mut s, "change").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let e = s.submit(&registration("F12", &[], None)).await.unwrap_err();
    assert!(!e.pressed && matches!(&e.cause, Cause::Changed(name) if name == "宛名番号"), "{e}");
    drop(s);
    assert!(here.pages.ledger().is_empty());
    here.end().await;
    let here = Here::at("/keyed.html").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_millis(300));
    let e = s.submit(&registration("Enter", &[], Some("続柄"))).await.unwrap_err();
    assert!(!e.pressed && matches!(e.cause, Cause::NotFound { .. }) && !s.is_broken(), "{e}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn keys_that_are_held_are_let_go_whatever_follows() {
    let here = Here::at("/keyed.html").await;
    let mut s = here.screen().await;
    let saved = Dialogs { must: vec![], may: vec!["保存しました".into()] };
    s.press_keys(None, &[stroke("S", &["Ctrl"])], &saved).await.unwrap();
    s.press_keys(None, &[stroke("F9", &[])], &Dialogs::default()).await.unwrap();
    s.expect("単独", SOON).await.unwrap();
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn the_answer_may_come_in_a_window_that_was_declared() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    fill(&here, &mut s, "window").await;
    let answered = Submit { opens: Some("処理結果".into()), ..registration("F12", &[], None) };
    assert_eq!(s.submit(&answered).await.unwrap().as_deref(), Some("R-0077"));
    assert_eq!(s.read(&["受付番号"]).await.unwrap()[0].1, "R-0077", "work goes on there");
    drop(s);
    here.end().await;
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    fill(&here, &mut s, "").await;
    let e = s.submit(&answered).await.unwrap_err();
    let missing = Cause::NotFound { what: "画面", name: "処理結果".into(), seen: vec![] };
    assert_eq!((e.pressed, e.cause), (true, missing), "the text alone is not enough");
    drop(s);
    here.end().await;
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    fill(&here, &mut s, "window").await;
    let e = s.submit(&registration("F12", &[], None)).await.unwrap_err();
    assert!(e.pressed && matches!(e.cause, Cause::Window(_)), "{e}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_line_is_opened_with_two_clicks() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    let line = Press { double: true, ..Press::named("転居") };
    // Some lists draw their lines anew at the first click.
    for way in ["", "anew"] {
        s.open(&here.pages.url(&format!("/keyed.html?{way}"))).await.unwrap();
        s.press(&line, &Follow::default()).await.unwrap();
        s.expect("開いた:2", SOON).await.unwrap();
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_warning_at_the_opening_of_a_page_is_answered_where_it_is_declared() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    let url = here.pages.url("/keyed.html?notice");
    let may = |part: &str| Dialogs { must: vec![], may: vec![part.into()] };
    s.open_past(&url, &may("システムメンテナンス")).await.unwrap();
    s.expect("宛名番号", SOON).await.unwrap();
    let film = s.take_film();
    assert!(
        film.iter().any(|shot| shot.name == "システムメンテナンス"),
        "what was declared is on record: {film:?}"
    );
    assert!(matches!(cause(s.open_past(&url, &may("印刷")).await), Cause::Dialog(_)));
    assert!(s.is_broken());
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn the_actions_take_keys_two_clicks_and_warnings() {
    let (pages, office) = (Pages::start(), tempfile::tempdir().unwrap());
    let rules = SystemRules::at(&pages.url("/"));
    let session = Arc::new(Session::start(&settings(), rules).await.expect("a browser starts"));
    let cx = actions::context(office.path(), &pages.url("/"), Arc::clone(&session));
    let opened = json!({ "url": "/keyed.html?notice", "alerts": ["メンテナンス"] });
    actions::act(&cx, "browser.open", opened).await.unwrap();
    actions::act(&cx, "browser.press", json!({ "text": "転入", "double": true })).await.unwrap();
    actions::act(&cx, "browser.expect", json!({ "text": "開いた:1" })).await.unwrap();
    let both = json!({ "press": "登録", "keys": "F12", "expect": "登録しました" });
    let refused = actions::act(&cx, "browser.submit", both).await.unwrap_err();
    assert_eq!((refused.kind, refused.code, refused.untouched), (FailureKind::Stop, "SHK0725", true));
    let keyed = json!({ "keys": "Alt+S", "field": "備考", "expect": "登録しました", "receipt": "受付番号" });
    let receipt = actions::act(&cx, "browser.submit", keyed).await.unwrap();
    assert_eq!(receipt, json!({ "receipt": "R-0001" }));
    session.close().await;
}
