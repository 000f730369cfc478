//! What is typed, chosen and pressed is what was meant, or nothing is.

use super::{Here, actions, button, cause, pages::Pages, settings};
use serde_json::json;
use shoki::drivers::browser::{
    BrowserSettings, Cause, Dialogs, Follow, Kind, Lack, Pictures, Press, ReadBack, Screen, Session, Stroke,
    Submit, SystemRules,
};
use std::{sync::Arc, time::Duration};

const SOON: Duration = Duration::from_secs(3);

/// The value of the field of that `name`.
async fn value(s: &mut Screen, name: &str) -> String {
    s.read(&[name]).await.unwrap().remove(0).1
}

#[tokio::test]
async fn a_line_end_or_a_character_of_the_city_is_not_pressed_as_a_key() {
    let here = Here::at("/typing.html").await;
    let mut s = here.screen().await;
    for (text, key) in [
        ("茨城県つくば市\n研究学園", '\n'),
        ("茨城県つくば市\r\n研究学園", '\n'),
        ("茨城県\tつくば市", '\t'),
        ("髙\u{e007}橋", '\u{e007}'),
        ("髙\u{e003}橋", '\u{e003}'),
    ] {
        let e = s.fill("住所", text, &ReadBack::default()).await.unwrap_err();
        assert!(matches!(&e.cause, Cause::Untypable { character, .. } if *character == key), "{e}");
        assert_eq!((e.kind(), e.breaks_session(), e.code()), (Kind::Stop, false, "SHK0512"));
    }
    assert!(matches!(
        cause(s.fill("備考", "甲\t乙", &ReadBack::default()).await),
        Cause::Untypable { character: '\t', .. }
    ));
    s.fill("備考", "一行目\r\n二行目", &ReadBack::Exact).await.unwrap();
    assert_eq!(value(&mut s, "biko").await, "一行目\n二行目", "a field of several lines takes them");
    s.fill("住所", "茨城県つくば市研究学園", &ReadBack::Exact).await.unwrap();
    assert_eq!(value(&mut s, "kata").await, "", "nothing went on into the next field");
    drop(s);
    assert!(here.pages.ledger().is_empty(), "nothing was sent");
    here.end().await;
}

#[tokio::test]
async fn a_page_may_set_separators_and_takes_neither_point_nor_sign_nor_long_vowel() {
    let here = Here::at("/typing.html").await;
    let mut s = here.screen().await;
    for (field, typed, shown) in [
        ("届出日", "2026/10/30", "2026-10-30"),
        ("電話", "0298831111", "029-883-1111"),
        ("金額", "1234567", "1,234,567"),
        ("率", "-7.5", "－７．５"),
    ] {
        s.fill(field, typed, &ReadBack::default()).await.unwrap_or_else(|e| panic!("{field}: {e}"));
        assert_eq!(value(&mut s, field).await, shown);
    }
    s.fill("増減", "-500", &ReadBack::Digits).await.unwrap();
    drop(s);
    here.end().await;
    for (field, typed) in [("時間", "7.5"), ("増減", "-500"), ("氏名", "サトー")] {
        let here = Here::at("/typing.html").await;
        let changed = here.screen().await.fill(field, typed, &ReadBack::default()).await;
        assert_eq!(cause(changed), Cause::Changed(field.into()));
        here.end().await;
    }
}

#[tokio::test]
async fn a_choice_in_a_list_is_one_choice_and_stays() {
    let here = Here::at("/choices.html").await;
    let mut s = here.screen().await;
    let Cause::Ambiguous { found, .. } = cause(s.select("町名", "本町").await) else {
        panic!("there are two of them")
    };
    assert_eq!(found, ["東部/本町", "西部/本町"]);
    for (field, option, said) in [
        ("町名", "西部/本町", "選んだ:w1;"),
        ("町名", "緑町", "選んだ:e2;"),
        ("町名", "e1", "選んだ:e1;"),
        ("状態", "済", "選んだ:9;"),
        ("証明書", "戸籍", "選んだ:1+2;"),
        ("証明書", "税", "選んだ:1+2+3;"),
        ("証明書", "住民票", "選んだ:1+2+3;"),
    ] {
        s.select(field, option).await.unwrap_or_else(|e| panic!("{option}: {e}"));
        s.expect(said, SOON).await.unwrap_or_else(|e| panic!("{option}: {e}"));
    }
    assert_eq!(value(&mut s, "shomei").await, "住民票、戸籍、税");
    assert!(!s.is_broken());
    assert_eq!(cause(s.select("地区", "西部").await), Cause::Changed("地区".into()), "a script took it back");
    assert!(s.is_broken(), "what is chosen now is no longer known");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn radio_buttons_that_come_or_are_enabled_late_are_waited_for() {
    let here = Here::at("/late_choices.html").await;
    let mut s = here.screen().await;
    s.select("性別", "女").await.unwrap();
    s.select("区分", "継続").await.unwrap();
    assert_eq!((value(&mut s, "性別").await, value(&mut s, "区分").await), ("女".into(), "継続".into()));
    s.set_wait(Duration::from_millis(300));
    let never = cause(s.select("状態", "済").await);
    assert!(matches!(never, Cause::NotReady { lack: Lack::Enabled, .. }), "{never}");
    let nothing = cause(s.select("続柄", "子").await);
    assert!(matches!(nothing, Cause::NotFound { .. }), "{nothing}");
    assert!(!s.is_broken(), "nothing was done");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn keys_are_pressed_in_their_place_or_not_at_all() {
    let here = Here::at("/keys.html").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_millis(300));
    let enter = [Stroke { key: "Enter".into(), ..Stroke::default() }];
    let nowhere = cause(s.press_keys(Some(&"宛名番号".into()), &enter, &Dialogs::default()).await);
    assert!(matches!(nowhere, Cause::NotReady { lack: Lack::Focusable, .. }), "{nowhere}");
    assert!(matches!(cause(s.expect("登録した", Duration::ZERO).await), Cause::NoText(_)));
    s.press_keys(Some(&"登録".into()), &enter, &Dialogs::default()).await.unwrap();
    s.expect("登録した", SOON).await.unwrap();
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn warnings_that_never_end_are_given_up() {
    let pages = Pages::start();
    let quick = BrowserSettings { page_timeout: Duration::from_secs(2), ..settings() };
    let session = Session::start(&quick, SystemRules::at(&pages.url("/"))).await.unwrap();
    let mut s = session.screen().await;
    s.set_pictures(Pictures::Never);
    s.open(&pages.url("/endless_alerts.html")).await.unwrap();
    let dialogs = Dialogs { must: vec![], may: vec!["保存しました".into()] };
    let follow = Follow { dialogs, ..Follow::default() };
    let save = button("保存");
    let pressed = tokio::time::timeout(Duration::from_secs(30), s.press(&save, &follow)).await;
    let e = pressed.expect("it ends").unwrap_err();
    assert!(matches!(e.cause, Cause::Timeout { .. }), "{e}");
    drop(s);
    session.close().await;
}

#[tokio::test]
async fn a_second_download_has_the_same_name() {
    let here = Here::at("/ready.html").await;
    let mut s = here.screen().await;
    for _ in 0..2 {
        let file = s.download(&Press::named("一覧取得"), Duration::from_secs(10)).await.unwrap();
        assert_eq!(file.file_name().unwrap().to_str(), Some("明細.csv"));
        assert_eq!(std::fs::read(&file).unwrap(), b"a,b\n");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_looks_like_an_expression_in_a_value_is_typed_as_it_is() {
    let (pages, office) = (Pages::start(), tempfile::tempdir().unwrap());
    let rules = SystemRules::at(&pages.url("/"));
    let session = Arc::new(Session::start(&settings(), rules).await.expect("a browser starts"));
    let cx = actions::context(office.path(), &pages.url("/"), Arc::clone(&session));
    actions::act(&cx, "browser.open", json!({ "url": "/typing.html" })).await.unwrap();
    let text = "様式の ${{ 照会.氏名 }} のまま";
    actions::act(&cx, "browser.fill", json!({ "field": "備考", "value": text })).await.unwrap();
    let read = actions::act(&cx, "browser.read", json!({ "labels": ["biko"] })).await.unwrap();
    assert_eq!(read, json!({ "biko": text }));
    session.close().await;
}

#[tokio::test]
async fn a_press_is_a_whole_click_and_one_that_cannot_be_undone_is_made_once() {
    let here = Here::at("/half_click.html").await;
    let mut s = here.screen().await;
    s.press(&button("登録"), &Follow::default()).await.unwrap();
    s.expect("押した:登録;", Duration::ZERO).await.unwrap();
    s.press(&button("候補"), &Follow::default()).await.unwrap();
    s.check("同意", true).await.unwrap();
    s.expect("押した:登録;候補;同意;", Duration::ZERO).await.unwrap();
    s.open(&here.pages.url("/half_click.html")).await.unwrap();
    let limit = Some(Duration::from_millis(500));
    let submit =
        Submit { press: button("登録"), expect: "押した:登録;".into(), limit, ..Submit::default() };
    let e = s.submit(&submit).await.unwrap_err();
    assert!(e.pressed && matches!(e.cause, Cause::NoText(_)), "whether it was pressed is for a person: {e}");
    drop(s);
    here.end().await;
}
