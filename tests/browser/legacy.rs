//! The kinds of pages that break other robots, each done right and each seen to be stopped where it must be.

use super::{Here, button, cause, opens};
use shoki::drivers::browser::{
    Cause, Dialogs, Follow, Lack, Pictures, Press, PressKind, ReadBack, Reply, RowPick, Screen, Spot, Stroke,
    Submit, SystemRules, Table,
};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(3);

async fn fill(s: &mut Screen, field: impl Into<Spot>, value: &str) {
    s.fill(field, value, &ReadBack::default()).await.unwrap();
}

async fn press(s: &mut Screen, name: &str) {
    s.press(&Press::named(name), &Follow::default()).await.unwrap();
}

/// The value of the field of that `name`.
async fn value(s: &mut Screen, name: &str) -> String {
    s.read(&[name]).await.unwrap().remove(0).1
}

fn near(name: &str, label: &str) -> Spot {
    Spot { near: Some(label.into()), ..Spot::named(name) }
}

fn must(part: &str, reply: Reply) -> Follow {
    Follow { dialogs: Dialogs { must: vec![(part.into(), reply)], may: vec![] }, ..Follow::default() }
}

#[tokio::test]
async fn things_are_found_by_whatever_tells_them_apart() {
    let here = Here::at("/finding.html").await;
    let mut s = here.screen().await;
    fill(&mut s, near("氏名", "異動者"), "乙").await;
    fill(&mut s, Spot { nth: Some(1), ..Spot::named("氏名") }, "甲").await;
    assert_eq!((value(&mut s, "n1").await, value(&mut s, "n2").await), ("甲".into(), "乙".into()));
    let row = vec![RowPick { column: Some("品名".into()), value: "封筒".into() }];
    fill(&mut s, Spot { row, ..Spot::named("数量") }, "30").await;
    assert_eq!((value(&mut s, "q1").await, value(&mut s, "q2").await), (String::new(), "30".into()));
    for (name, field) in [
        ("right_of=受付日", "uketsuke"),
        ("right_of=担当", "tanto"),
        ("below=世帯主", "nushi"),
        ("below=続柄", "zoku"),
        ("placeholder=宛名番号を入力", "ph"),
        ("name=ph", "ph"),
        ("css=input[name=ph]", "ph"),
        ("xpath=//input[@name='zoku']", "zoku"),
        ("備考", "biko"),
    ] {
        fill(&mut s, name, name).await;
        assert_eq!(value(&mut s, field).await, name, "{name}");
    }
    let both = Spot { names: vec!["無い名前".into(), "備考".into()], ..Spot::default() };
    fill(&mut s, both, "二番目").await;
    assert_eq!(value(&mut s, "biko").await, "二番目");
    let film = s.take_film();
    assert_eq!(
        film.last().map(|shot| shot.frame.as_str()),
        Some("meisai"),
        "the frame is on record by its name"
    );
    for (name, said) in [("詳細を見る", "詳細"), ("btn_touroku.gif", "絵")] {
        press(&mut s, name).await;
        s.expect(&format!("押した:{said}"), SOON).await.unwrap();
    }
    let second = Press { spot: Spot { nth: Some(2), ..Spot::named("選ぶ") }, ..Press::default() };
    s.press(&second, &Follow::default()).await.unwrap();
    s.expect("押した:行2", SOON).await.unwrap();
    s.set_wait(Duration::from_millis(200));
    let Cause::Ambiguous { found, .. } = cause(s.press(&button("内訳"), &Follow::default()).await) else {
        panic!("there are two of them")
    };
    assert!(found.len() == 2 && found.iter().all(|f| f.contains("枠 meisai")), "{found:?}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn declared_dialogs_of_a_press_are_answered_and_only_those() {
    let here = Here::at("/dialogs.html").await;
    let mut s = here.screen().await;
    s.press(&button("削除"), &must("よろしいですか", Reply::Ok)).await.unwrap();
    s.expect("削除した", SOON).await.unwrap();
    s.press(&button("削除"), &must("よろしいですか", Reply::Cancel)).await.unwrap();
    s.expect("やめた", SOON).await.unwrap();
    s.press(&button("枚数"), &must("枚数", Reply::Text("３通".into()))).await.unwrap();
    s.expect("枚数 ３通", SOON).await.unwrap();
    let mut two = must("印刷しますか", Reply::Ok);
    two.dialogs.may = vec!["印刷を始めました".into()];
    s.press(&button("印刷"), &two).await.unwrap();
    s.expect("印刷した", SOON).await.unwrap();
    let may = Follow {
        dialogs: Dialogs { must: vec![], may: vec!["保存しました".into()] },
        ..Follow::default()
    };
    s.press(&button("お知らせ"), &may).await.unwrap();
    s.press(&button("静か"), &may).await.unwrap();
    s.set_wait(Duration::from_millis(300));
    assert!(matches!(
        cause(s.press(&button("静か"), &must("よろしいですか", Reply::Ok)).await),
        Cause::NoDialog(_)
    ));
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_page_that_asks_before_it_is_left_is_left() {
    let here = Here::at("/dialogs.html").await;
    let mut s = here.screen().await;
    for by_press in [true, false] {
        s.open(&here.pages.url("/dialogs.html")).await.unwrap();
        fill(&mut s, "備考", "書きかけ").await;
        if by_press {
            press(&mut s, "戻る").await;
        } else {
            s.open(&here.pages.url("/detail.html")).await.unwrap();
        }
        assert_eq!(value(&mut s, "宛名番号").await, "0000012345");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn pages_made_for_old_browsers_are_worked() {
    let here = Here::at("/documentall.html").await;
    let mut s = here.screen().await;
    fill(&mut s, "住所コード", "08220").await;
    assert_eq!(value(&mut s, "jnm").await, "つくば市");
    fill(&mut s, "住所コード", "99999").await;
    s.press_keys(None, &[Stroke { key: "F9".into(), ..Stroke::default() }], &Dialogs::default())
        .await
        .unwrap();
    assert_eq!(value(&mut s, "jnm").await, "つくば市");
    let submit = Submit {
        press: button("登録"),
        confirm: Some("よろしいですか".into()),
        expect: "登録しました".into(),
        ..Submit::default()
    };
    s.submit(&submit).await.unwrap();
    assert!(here.pages.ledger()[0].starts_with("jcd=08220&jnm=つくば市"), "{:?}", here.pages.ledger());
    s.open(&here.pages.url("/modal.html")).await.unwrap();
    press(&mut s, "参照").await;
    s.select("県名", "茨城県").await.unwrap();
    press(&mut s, "決定").await;
    assert_eq!(value(&mut s, "都道府県").await, "茨城県");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn mouse_and_keyboard_reach_what_no_click_reaches() {
    let here = Here::at("/hover.html").await;
    let mut s = here.screen().await;
    s.hover(&Spot::named("異動")).await.unwrap();
    press(&mut s, "転入").await;
    s.expect("転入を開いた", SOON).await.unwrap();
    fill(&mut s, "甲", "a").await;
    fill(&mut s, "乙", "b").await;
    let stroke = |key: &str, held: &[&str]| Stroke {
        key: key.into(),
        held: held.iter().map(ToString::to_string).collect(),
    };
    let none = Dialogs::default();
    s.press_keys(Some(&"乙".into()), &[stroke("Enter", &[])], &none).await.unwrap();
    s.expect("送った a/b", SOON).await.unwrap();
    s.press_keys(None, &[stroke("F9", &[])], &none).await.unwrap();
    s.expect("F9 登録", SOON).await.unwrap();
    s.press_keys(None, &[stroke("S", &["Ctrl"])], &none).await.unwrap();
    s.expect("Ctrl+S 保存", SOON).await.unwrap();
    s.press_keys(Some(&"甲".into()), &[stroke("Tab", &[]), stroke("Delete", &[])], &none).await.unwrap();
    s.press_keys(None, &[stroke("X", &[])], &none).await.unwrap();
    assert!(value(&mut s, "乙").await.contains('x'), "the tabulator went on to the second field");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn postbacks_change_the_page_under_the_robot_and_it_waits_for_each() {
    let here = Here::at("/aspx").await;
    let mut s = here.screen().await;
    s.select("区分", "町名").await.unwrap();
    s.select("町", "学園の森").await.unwrap();
    press(&mut s, "更新").await;
    s.expect("リンクで更新（区分 2）", SOON).await.unwrap();
    let table =
        Table {
            columns: vec!["番号".into()], next: Some("次へ".into()), max_pages: 5, ..Table::default()
        };
    s.open(&here.pages.url("/aspx")).await.unwrap();
    let rows = s.read_table(&table).await.unwrap();
    assert_eq!(rows.len(), 5, "{rows:?}");
    s.open(&here.pages.url("/auto.html")).await.unwrap();
    fill(&mut s, "世帯番号", "123").await;
    fill(&mut s, "続柄", "子").await;
    s.press(&button("登録"), &Follow::default()).await.unwrap();
    assert_eq!(here.pages.ledger(), ["s=777&z=子"], "what was typed went into the page that came");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn every_encoding_and_every_character_that_fits_is_typed_as_it_is() {
    let here = Here::at("/eucjp.html").await;
    let mut s = here.screen().await;
    assert!(matches!(
        cause(s.fill("氏名", "𠮷田", &ReadBack::default()).await),
        Cause::Unrepresentable { character: '𠮷', .. }
    ));
    fill(&mut s, "氏名", "齋藤　花子").await;
    s.select("ku", "第二区").await.unwrap();
    press(&mut s, "登録").await;
    assert_eq!(here.pages.ledger(), ["shimei=齋藤　花子&ku=2"]);
    s.open(&here.pages.url("/finding.html")).await.unwrap();
    let hard = "𠮷野家で𩸽を𠮟る 葛󠄀城 か\u{3099}👨‍👩‍👧 ①㈱ﾊﾝｶｸ";
    s.fill("備考", hard, &ReadBack::Exact).await.unwrap();
    assert_eq!(value(&mut s, "biko").await, hard);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_value_that_the_page_changes_passes_only_as_declared() {
    let here = Here::at("/reformat.html").await;
    let mut s = here.screen().await;
    s.fill("届出日", "20250401", &ReadBack::Shows("令和7年4月1日".into())).await.unwrap();
    s.fill("金額", "1234567", &ReadBack::Digits).await.unwrap();
    assert_eq!(value(&mut s, "金額").await, "1,234,567円");
    let long = s.fill("氏名", "長い名前の人", &ReadBack::default()).await;
    assert_eq!(cause(long), Cause::Changed("氏名".into()), "a script cut it");
    assert!(s.is_broken(), "what stands there now is no longer known");
    drop(s);
    here.end().await;
    let here = Here::at("/reformat.html").await;
    let undeclared = here.screen().await.fill("届出日", "20250401", &ReadBack::Separators).await;
    assert_eq!(cause(undeclared), Cause::Changed("届出日".into()));
    here.end().await;
}

#[tokio::test]
async fn what_moves_hides_or_is_replaced_is_waited_for() {
    let here = Here::at("/moving.html").await;
    let mut s = here.screen().await;
    for (name, said) in [
        ("入れ替わる", "入れ替えた"),
        ("遅い", "遅れて押せた"),
        ("覆われる", "覆いの下"),
        ("待つ", "有効になった"),
        ("滑る", "押せた"),
    ] {
        s.open(&here.pages.url("/moving.html")).await.unwrap();
        press(&mut s, name).await;
        s.expect(said, SOON).await.unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    s.open(&here.pages.url("/moving.html?endless")).await.unwrap();
    s.set_wait(Duration::ZERO);
    let Cause::NotReady { lack, .. } = cause(s.press(&button("滑る"), &Follow::default()).await) else {
        panic!("it moves")
    };
    assert_eq!(lack, Lack::Stable);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_print_preview_is_a_window_like_any_other() {
    let here = Here::at("/print.html").await;
    let mut s = here.screen().await;
    s.press(&button("印刷プレビュー"), &opens("印刷プレビュー")).await.unwrap();
    s.use_window(Some("印刷プレビュー")).await.unwrap();
    assert_eq!(value(&mut s, "発行番号").await, "A-17");
    press(&mut s, "閉じる").await;
    s.use_window(None).await.unwrap();
    press(&mut s, "この画面を印刷").await;
    fill(&mut s, "発行", "1").await;
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn http_authentication_is_passed_once_and_its_absence_is_said() {
    let here = Here::with(|r| r).await;
    let e = here.open("/basic").await.unwrap_err();
    assert_eq!(e.cause, Cause::Unauthorized, "{e}");
    assert!(e.to_string().contains("basic_auth"), "{e}");
    here.end().await;
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    s.open_as(&here.pages.url("/basic"), "juki", "thepass").await.unwrap();
    assert_eq!(value(&mut s, "利用者").await, "juki");
    let pages = s.evidence().await.unwrap().pages;
    assert!(!pages[0].url.contains("thepass"), "{}", pages[0].url);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn numbers_of_persons_are_painted_over_without_being_declared() {
    let here = Here::at("/masked.html").await;
    let mut s = here.screen().await;
    let evidence = s.evidence().await.unwrap();
    let text = &evidence.pages[0].text;
    assert!(!text.contains("5678 9018") && text.contains("■■■") && text.contains("123456789012"), "{text}");
    let picture = image::load_from_memory(&evidence.picture.unwrap()).unwrap().to_rgb8();
    let black = picture.pixels().filter(|p| p.0 == [0, 0, 0]).count();
    assert!(black > 3_000, "{black} black pixels: cell, field and password are painted over");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn the_film_has_a_picture_before_and_after_each_press() {
    let here = Here::with(|r| SystemRules { mask: vec!["氏名".into()], ..r }).await;
    here.open("/detail.html").await.unwrap();
    let mut s = here.screen().await;
    s.open(&here.pages.url("/form.html")).await.unwrap();
    fill(&mut s, "氏名", "髙﨑").await;
    s.press(&button("印刷").only(PressKind::Button), &Follow::default()).await.unwrap();
    let film = s.take_film();
    let acts: Vec<_> =
        film.iter().map(|f| (f.what, f.name.as_str(), f.tag.as_str(), f.before.is_some())).collect();
    assert_eq!(acts, [("入力欄", "氏 名 ※", "input", false), ("ボタン", "印刷", "input", true)], "{acts:?}");
    let after = image::load_from_memory(film[1].after.as_ref().unwrap()).unwrap().to_rgb8();
    assert!(
        after.pixels().filter(|p| p.0.iter().all(|c| *c < 8)).count() > 1_000,
        "the name is painted over"
    );
    assert!(s.take_film().is_empty());
    s.set_pictures(Pictures::Never);
    s.press(&button("印刷"), &Follow::default()).await.unwrap();
    assert!(s.take_film().iter().all(|f| f.before.is_none() && f.after.is_none()));
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_has_not_changed_since_the_last_picture_is_not_pictured_again() {
    let here = Here::at("/form.html").await;
    let mut s = here.screen().await;
    let print = button("印刷").only(PressKind::Button);
    s.press(&print, &Follow::default()).await.unwrap();
    s.press(&print, &Follow::default()).await.unwrap();
    fill(&mut s, "フリガナ", "タカハシ").await;
    s.press(&print, &Follow::default()).await.unwrap();
    let film = s.take_film();
    let presses: Vec<_> = film.iter().filter(|f| f.what == "ボタン").collect();
    assert_eq!(presses.len(), 3);
    assert_eq!(presses[1].before, presses[0].after, "the very same picture");
    assert!(presses[2].before.is_some() && presses[2].before != presses[1].after, "a value was typed");
    drop(s);
    here.end().await;
}
