//! A value is read where it stands, typed where it stays, and what a page draws anew or loads anew is seen before anything is sent.

use super::{Here, button, cause};
use shoki::drivers::browser::{Cause, Follow, Kind, ReadBack, Screen, Submit, Table};
use std::time::Duration;
use tokio::time::sleep;

async fn fill(s: &mut Screen, field: &str, value: &str) {
    s.fill(field, value, &ReadBack::default()).await.unwrap();
}

/// The value beside that label, or of the field of that `name`.
async fn value(s: &mut Screen, name: &str) -> String {
    s.read(&[name]).await.unwrap_or_else(|e| panic!("{name}: {e}")).remove(0).1
}

#[tokio::test]
async fn an_empty_value_is_not_what_stands_in_the_next_cell() {
    let here = Here::at("/values.html").await;
    let mut s = here.screen().await;
    for (label, wanted) in [
        ("旧氏", ""),
        ("通称", ""),
        ("支援措置", ""),
        ("抑止", ""),
        ("受付", ""),
        ("世帯番号", "777"),
        ("転出予定日", "R8.4.1"),
    ] {
        assert_eq!(value(&mut s, label).await, wanted, "{label}");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_several_fields_of_a_cell_hold_is_read_in_its_place() {
    let here = Here::at("/values.html").await;
    let mut s = here.screen().await;
    for (label, wanted) in [
        ("郵便番号", "305-0817"),
        ("生年月日", "平成12年4月1日"),
        ("電話", ""),
        ("届出日", ""),
        ("続き", "済 甲\n次 乙"),
    ] {
        assert_eq!(value(&mut s, label).await, wanted, "{label}");
    }
    let columns = ["No", "便番号", "区分"].map(str::to_owned).to_vec();
    let rows = s.read_table(&Table { columns, ..Table::default() }).await.unwrap();
    assert_eq!(rows, [["1", "300-0001", "変更"]]);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_tick_or_an_amount_that_a_page_changes_afterwards_is_not_sent() {
    for (way, field) in
        [("all", Some("性別/女")), ("tick", Some("同意する")), ("amount", Some("支給額")), ("same", None)]
    {
        let here = Here::at(&format!("/values_redraw.html?{way}")).await;
        let mut s = here.screen().await;
        s.select("性別", "男").await.unwrap();
        s.select("性別", "女").await.unwrap();
        s.check("同意する", true).await.unwrap();
        fill(&mut s, "支給額", "100").await;
        fill(&mut s, "生年月日", "H12.4.1").await;
        let submit = Submit { press: button("登録"), expect: "送信:".into(), ..Submit::default() };
        match (s.submit(&submit).await, field) {
            (Ok(_), None) => {}
            (Err(e), Some(field)) => {
                assert!(!e.pressed && e.cause == Cause::Changed(field.into()), "{way}: {e}");
            }
            (other, _) => panic!("{way}: {other:?}"),
        }
        drop(s);
        here.end().await;
    }
}

#[tokio::test]
async fn choices_that_come_late_are_waited_for() {
    let here = Here::at("/values_lists.html").await;
    let mut s = here.screen().await;
    s.select("地区", "東部").await.unwrap();
    s.select("町名", "青町").await.unwrap();
    assert_eq!(value(&mut s, "b").await, "青町");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_value_that_nobody_sees_does_not_choose_against_what_is_seen() {
    let here = Here::at("/values_lists.html").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_millis(300));
    assert!(matches!(cause(s.select("届出月", "4").await), Cause::NoOption { .. }));
    assert_eq!(value(&mut s, "m").await, "選択", "nothing was chosen");
    s.select("届出月", "4月").await.unwrap();
    s.select("続柄", "10").await.unwrap();
    assert_eq!((value(&mut s, "m").await, value(&mut s, "z").await), ("4月".into(), "10:子".into()));
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_was_typed_into_a_page_that_was_about_to_go_is_missed_before_the_next_press() {
    let here = Here::at("/values_next.html").await;
    let mut s = here.screen().await;
    fill(&mut s, "氏名", "甲").await;
    s.press(&button("次の人へ"), &Follow::default()).await.unwrap();
    fill(&mut s, "氏名", "乙").await;
    sleep(Duration::from_secs(4)).await;
    fill(&mut s, "住所", "青町").await;
    let e = s.press(&button("送信"), &Follow::default()).await.unwrap_err();
    assert!(e.kind() == Kind::Again && e.to_string().contains("氏名"), "{e}");
    assert!(here.pages.ledger().is_empty(), "nothing was sent");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn an_answer_to_a_field_may_show_it_empty() {
    let here = Here::at("/values_answer.html").await;
    let mut s = here.screen().await;
    fill(&mut s, "番号", "123").await;
    s.press(&button("登録"), &Follow::default()).await.unwrap();
    assert_eq!(here.pages.ledger().len(), 1);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_number_of_a_person_is_painted_over_on_buttons_and_over_lines_too() {
    let here = Here::at("/values_numbers.html").await;
    let evidence = here.screen().await.evidence().await.unwrap();
    let text = &evidence.pages[0].text;
    assert!(!text.contains("123456") && !text.contains("789018") && text.contains("9011"), "{text}");
    let picture = image::load_from_memory(&evidence.picture.unwrap()).unwrap().to_rgb8();
    let black = picture.pixels().filter(|p| p.0 == [0, 0, 0]).count();
    assert!(black > 18_000, "{black} black pixels: a paragraph, a button and a field");
    here.end().await;
}
