//! The moment before a press and the one after it: what a page does when the mouse comes, and what it puts off.

use super::{Here, cause, pages::Pages, settings};
use shoki::drivers::browser::{BrowserSettings, Cause, Dialogs, Follow, Lack, Press, Session, SystemRules};
use std::time::{Duration, Instant};

/// A warning that may come.
fn warned() -> Follow {
    let dialogs = Dialogs { must: vec![], may: vec!["あとから".into()] };
    Follow { opens: None, dialogs }
}

#[tokio::test]
async fn what_a_press_puts_off_for_a_moment_belongs_to_it() {
    let here = Here::at("/put_off.html").await;
    let mut s = here.screen().await;
    for name in ["少し後", "二段", "文字列", "絵の後", "リンク"] {
        s.press(&Press::named(name), &warned()).await.unwrap();
        s.take_film();
        let said = s.expect("見張り", Duration::from_secs(1)).await;
        assert!(said.is_ok(), "{name}: the warning came after the press was over: {said:?}");
    }
    s.open(&here.pages.url("/put_off.html?clock")).await.unwrap();
    s.press(&Press::named("見張り"), &warned()).await.unwrap();
    s.expect("見張り", Duration::from_secs(1))
        .await
        .expect("what a clock of the page begins belongs to it too");
    let undeclared = cause(s.press(&Press::named("少し後"), &Follow::default()).await);
    assert!(matches!(undeclared, Cause::Dialog(_)), "{undeclared:?}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_way_back_that_the_browser_is_asked_for_is_waited_for() {
    let here = Here::at("/put_off.html").await;
    let mut s = here.screen().await;
    for _ in 0..3 {
        s.press(&Press::named("次へ"), &Follow::default()).await.unwrap();
        assert!(s.evidence().await.unwrap().pages[0].text.contains("二枚目"));
        s.press(&Press::named("戻る"), &Follow::default()).await.unwrap();
        assert!(!s.evidence().await.unwrap().pages[0].text.contains("二枚目"));
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_changes_when_the_mouse_comes_is_pressed_as_it_is_then() {
    let here = Here::at("/under_mouse.html").await;
    let mut s = here.screen().await;
    for (name, said) in
        [("沈む", "沈んだ"), ("脈打つ", "脈の間に"), ("膨らむ", "膨らんだ"), ("薄れる", "薄れた")]
    {
        s.press(&Press::named(name), &Follow::default()).await.unwrap();
        s.expect(said, Duration::from_secs(1)).await.unwrap();
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_is_covered_when_the_mouse_comes_is_not_pressed() {
    let here = Here::at("/under_mouse.html").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_secs(1));
    let refused = cause(s.press(&Press::named("隠れる"), &Follow::default()).await);
    assert!(matches!(&refused, Cause::NotReady { lack: Lack::Uncovered(_), .. }), "{refused:?}");
    let pages = s.evidence().await.unwrap().pages;
    assert!(!pages[0].text.contains("覆いの下"), "{}", pages[0].text);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_page_that_is_busy_is_waited_for_and_one_that_hangs_is_given_up() {
    let pages = Pages::start();
    let limit = Duration::from_secs(4);
    let settings = BrowserSettings { page_timeout: limit, ..settings() };
    let session = Session::start(&settings, SystemRules::at(&pages.url("/"))).await.unwrap();
    let mut s = session.screen().await;
    s.open(&pages.url("/hangs.html")).await.unwrap();
    s.press(&Press::named("重い処理"), &Follow::default()).await.unwrap();
    s.expect("終わった", Duration::from_secs(1)).await.unwrap();
    let began = Instant::now();
    let given_up = cause(s.press(&Press::named("固まる処理"), &Follow::default()).await);
    let took = began.elapsed();
    assert!(matches!(given_up, Cause::Timeout { .. } | Cause::Gone(_)), "{given_up:?}");
    assert!(took < limit + Duration::from_secs(2), "given up after {took:?}");
    let began = Instant::now();
    assert!(s.evidence().await.is_err(), "nothing is to be had of it");
    drop(s);
    session.close().await;
    assert!(began.elapsed() < limit, "left after {:?}", began.elapsed());
}
