//! Whose words and whose number a screen shows after a press that cannot be undone: those of this act, or others.

use super::{Here, button};
use shoki::drivers::browser::{BrowserError, Cause, Kind, Screen, Submit, SystemRules};
use std::time::Duration;

const HINT: &str =
    "<p>登録しましたら、受理通知を印刷してください。</p><p>登録しました後は、控えを渡します。</p>";
/// The message comes first, the number later or never.
const LATE: &str = "<div id=msg></div><div>受付番号：<span id=no>R-0001</span></div>\
    <input type=button value=登録 onclick=\"setTimeout(function(){msg.innerHTML='登録しました';\
    if(!location.search)setTimeout(function(){no.innerHTML='R-0002'},600)},100)\">";
/// Either a box that only says something, or one that asks.
const ALERTS: &str = "<p id=said></p>\
    <input type=button value=登録 onclick=\"alert('【エラー】フリガナを入力してください')\">\
    <input type=button value=更新 onclick=\"if(confirm('【エラー】重複しています。登録しますか'))said.innerHTML='登録しました'\">\
    <input type=button value=削除 onclick=\"alert('お待ちください')\">";

/// The page says at once that it is done, and a moment later what its server has answered.
const TURNED: &str = "<p id=said></p><input type=button value=登録 onclick=\"setTimeout(function(){\
    said.innerHTML='登録しました';setTimeout(function(){said.innerHTML='【エラー】更新に失敗'},250)},100)\">";

/// The message fades before its number comes.
const FADING: &str = "<div id=msg></div><div>受付番号：<span id=no></span></div><input type=button value=登録 onclick=\"\
    setTimeout(function(){msg.innerHTML='登録しました';setTimeout(function(){msg.innerHTML=''},1500);\
    setTimeout(function(){if(location.search)msg.innerHTML='【エラー】更新に失敗';no.innerHTML='R-0001'},2500)},100)\">";

/// The pages under `/wording/`.
pub fn page(path: &str) -> (String, Vec<u8>) {
    let form = |to: &str| format!("<form action={to}><input type=submit value=登録></form>");
    let numbered = |number: &str, to: &str| {
        format!("<p>転居の届を登録しました。</p><div>受付番号：{number}</div>{}", form(to))
    };
    let body = match path.trim_start_matches("/wording/") {
        "entry" => format!("{HINT}{}", form("refused")),
        "refused" => {
            let before = "<p>登録しましたら、受理通知を印刷してください。<br>（前回 10:20 に登録しました）</p>";
            format!("<p>入力エラー：氏名が重複しています。</p>{before}{HINT}{}", form("accepted"))
        }
        "accepted" => format!("<p>転居の届を登録しました。</p>{HINT}{}", form("again")),
        "again" => format!("<p>転居の届を登録しました。</p>{HINT}"),
        "alone" => format!("<p>登録しました。</p>{}", form("alone")),
        "first" => numbered("R-0001", "second"),
        "second" | "third" => numbered("R-0002", "third"),
        "late" => LATE.to_owned(),
        "alerts" => ALERTS.to_owned(),
        "tell1" => form("told1"),
        "tell2" => form("told2"),
        "tell3" => form("told3"),
        "tell4" => form("told4"),
        "told1" => "登録しました。<br>受付番号は R08-0001 です。".to_owned(),
        "told2" => "登録しました。（受付番号 R08-0001）".to_owned(),
        "told3" => "<table><tr><td>登録しました。</td></tr><tr><td>受付番号</td></tr><tr><td>R08-0001</td></tr></table>"
            .to_owned(),
        "told4" => "登録しました。<br>受付番号は 7 桁の数字です。仮受付番号は K-1 です。".to_owned(),
        "doubt1" => form("doubted1"),
        "doubt2" => form("doubted2"),
        "doubt3" => form("doubted3"),
        "doubt4" => form("doubted4"),
        "doubt5" => form("doubted5"),
        "doubt6" => form("doubted6"),
        "doubt7" => form("doubted7"),
        "doubt8" => form("doubted8"),
        "doubted1" => "<b>仮</b>登録しました。".to_owned(),
        "doubted2" => "登録しましたが、通知を送れませんでした。".to_owned(),
        "doubted3" => "この内容で登録しましたか？".to_owned(),
        "doubted4" => "<p><del>登録しました</del></p><p><s>登録しました</s></p>取り消されました。".to_owned(),
        "doubted5" => "<ruby>登録<rt>とうろく</rt></ruby>しました".to_owned(),
        "doubted6" => "<span>担当 愛未</span> <span>登録しました</span>".to_owned(),
        "doubted7" => "<p>仮に登録しました。</p>".to_owned(),
        "doubted8" => "<p>入力した内容を一時的に登録しました</p>".to_owned(),
        "turned" => TURNED.to_owned(),
        "fading" => FADING.to_owned(),
        "beside" => "<form action=result target=_blank><input type=submit value=登録></form>".to_owned(),
        "result" => "<title>処理結果</title>登録しました".to_owned(),
        _ => return ("404 Not Found".into(), vec![]),
    };
    let whole = format!("<html><head><meta charset=\"UTF-8\"></head><body>{body}</body></html>");
    ("200 OK\r\nContent-Type: text/html".into(), whole.into_bytes())
}

fn registration(receipt: bool) -> Submit {
    Submit {
        press: button("登録"),
        expect: "登録しました".into(),
        receipt: receipt.then(|| "受付番号".into()),
        limit: Some(Duration::from_secs(3)),
        ..Submit::default()
    }
}

async fn submit_at(
    here: &Here,
    s: &mut Screen,
    page: &str,
    submit: &Submit,
) -> Result<Option<String>, BrowserError> {
    s.open(&here.pages.url(&format!("/wording/{page}"))).await?;
    s.submit(submit).await
}

#[tokio::test]
async fn a_hint_that_stood_there_before_is_no_success() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    submit_at(&here, &mut s, "refused", &registration(false)).await.expect("a sentence that is new");
    let e = submit_at(&here, &mut s, "entry", &registration(false)).await.unwrap_err();
    assert!(e.pressed && matches!(e.cause, Cause::NoText(_)), "it was refused: {e}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn the_sentence_of_the_act_before_is_a_success_only_with_a_new_number() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    let receipt = submit_at(&here, &mut s, "first", &registration(true)).await.unwrap();
    assert_eq!(receipt.as_deref(), Some("R-0002"));
    let e = s.submit(&registration(true)).await.unwrap_err();
    assert!(e.pressed && matches!(e.cause, Cause::NoText(_)), "the same sentence, the same number: {e}");
    drop(s);
    here.end().await;
    for page in ["/wording/accepted", "/wording/alone"] {
        let here = Here::at(page).await;
        let e = here.screen().await.submit(&registration(false)).await.unwrap_err();
        assert!(e.pressed && matches!(e.cause, Cause::NoText(_)), "{page}: nobody can tell: {e}");
        here.end().await;
    }
}

#[tokio::test]
async fn the_number_of_the_act_before_is_no_receipt() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    let receipt = submit_at(&here, &mut s, "late", &registration(true)).await.unwrap();
    assert_eq!(receipt.as_deref(), Some("R-0002"), "it came after the words");
    s.set_wait(Duration::from_secs(1));
    let e = submit_at(&here, &mut s, "late?never", &registration(true)).await.unwrap_err();
    assert!(e.pressed && matches!(e.cause, Cause::NotFound { what: "控えの番号", .. }), "{e}");
    assert!(e.to_string().contains("押す前から"), "{e}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_refusal_in_a_dialog_is_a_refusal() {
    let said = "【エラー】".to_owned();
    let here = Here::with(|r| SystemRules { error_when: vec!["【エラー】".into()], ..r }).await;
    let mut s = here.screen().await;
    let e = submit_at(&here, &mut s, "alerts", &registration(false)).await.unwrap_err();
    assert_eq!((e.pressed, e.kind(), e.cause), (true, Kind::Stop, Cause::Refused(said.clone())));
    let asking = Submit { press: button("更新"), ..registration(false) };
    let e = s.submit(&asking).await.unwrap_err();
    assert_eq!(e.cause, Cause::Refused(said.clone()));
    let nothing = s.expect("登録しました", Duration::ZERO).await.unwrap_err();
    assert!(matches!(nothing.cause, Cause::NoText(_)), "the question was not agreed to: {nothing}");
    drop(s);
    here.end().await;
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    let own = Submit { error_when: vec![said.clone()], ..registration(false) };
    let e = submit_at(&here, &mut s, "alerts", &own).await.unwrap_err();
    assert_eq!((e.cause, s.is_broken()), (Cause::Refused(said), false));
    let e = s.submit(&Submit { press: button("削除"), ..own }).await.unwrap_err();
    assert_eq!((e.cause, s.is_broken()), (Cause::Dialog("お待ちください".into()), true));
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_number_that_is_told_in_a_sentence_is_the_receipt() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    for page in ["tell1", "tell2", "tell3"] {
        let receipt = submit_at(&here, &mut s, page, &registration(true)).await;
        assert_eq!(receipt.unwrap().as_deref(), Some("R08-0001"), "{page}");
    }
    s.set_wait(Duration::from_secs(1));
    let e = submit_at(&here, &mut s, "tell4", &registration(true)).await.unwrap_err();
    assert!(e.pressed && matches!(e.cause, Cause::NotFound { what: "控えの番号", .. }), "{e}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_window_that_nobody_declared_is_named_with_what_it_says() {
    let here = Here::at("/wording/beside").await;
    let e = here.screen().await.submit(&registration(false)).await.unwrap_err();
    assert!(matches!(&e.cause, Cause::Window(said) if said.starts_with("処理結果")), "{e}");
    assert!(e.pressed && e.to_string().contains("「登録しました」の文は、この画面に出ています"), "{e}");
    here.end().await;
}

#[tokio::test]
async fn words_that_make_something_else_of_a_success_are_none_and_are_named() {
    for (page, said) in [
        ("doubt1", "仮登録しました"),
        ("doubt2", "登録しましたが"),
        ("doubt3", "登録しましたか"),
        ("doubt7", "仮に登録しました"),
        ("doubt8", "一時的に登録しました"),
    ] {
        let here = Here::with(|r| r).await;
        let mut s = here.screen().await;
        let quick = Submit { limit: Some(Duration::from_secs(1)), ..registration(false) };
        let e = submit_at(&here, &mut s, page, &quick).await.unwrap_err();
        assert!(
            e.pressed && matches!(&e.cause, Cause::OtherText { found, .. } if found == said),
            "{page}: {e}"
        );
        assert_eq!((e.code(), e.kind()), ("SHK0511", Kind::Again), "{page}");
        drop(s);
        here.end().await;
    }
}

#[tokio::test]
async fn what_is_struck_out_is_not_said_and_readings_do_not_break_up_what_is() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    submit_at(&here, &mut s, "doubt5", &registration(false)).await.expect("a reading over two characters");
    submit_at(&here, &mut s, "doubt6", &registration(false)).await.expect("a name that ends before it");
    let quick = Submit { limit: Some(Duration::from_secs(1)), ..registration(false) };
    let e = submit_at(&here, &mut s, "doubt4", &quick).await.unwrap_err();
    assert!(e.pressed && matches!(e.cause, Cause::NoText(_)), "{e}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_message_may_fade_while_its_number_is_waited_for_and_no_refusal_may_come() {
    let said = "【エラー】".to_owned();
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    let own = Submit { error_when: vec![said.clone()], ..registration(true) };
    assert_eq!(submit_at(&here, &mut s, "fading", &own).await.unwrap().as_deref(), Some("R-0001"));
    let e = submit_at(&here, &mut s, "fading?refused", &own).await.unwrap_err();
    assert_eq!((e.pressed, e.cause), (true, Cause::Refused(said)));
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_success_that_is_taken_back_at_once_is_none() {
    let said = "【エラー】".to_owned();
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    let own = Submit { error_when: vec![said.clone()], ..registration(false) };
    let e = submit_at(&here, &mut s, "turned", &own).await.unwrap_err();
    assert_eq!((e.pressed, e.cause), (true, Cause::Refused(said)));
    let e = submit_at(&here, &mut s, "turned", &registration(false)).await.unwrap_err();
    // On a machine under load nobody may have seen the first words.
    assert!(e.pressed && matches!(e.cause, Cause::TakenBack(_) | Cause::NoText(_)), "{e}");
    drop(s);
    here.end().await;
}
