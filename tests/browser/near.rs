//! Several things of one name: the one that the heading of `near:` is over is taken, and the option that reads as wanted, or nothing.

use super::{Here, cause};
use shoki::drivers::browser::{BrowserError, Cause, Follow, Press, ReadBack, Screen, Spot};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(3);
/// How long what is not there is looked for.
const SHORT: Duration = Duration::from_millis(300);

fn near(name: &str, heading: &str) -> Spot {
    Spot { near: Some(heading.into()), ..Spot::named(name) }
}

/// Fills the field of each name near each heading with the `name` of the one that is meant, and reads that one.
async fn filled(s: &mut Screen, all: &[(&str, &str, &str)]) {
    for (name, heading, field) in all {
        s.fill(near(name, heading), field, &ReadBack::default()).await.unwrap();
        let read = s.read(&[*field]).await.unwrap().remove(0).1;
        assert_eq!(read, *field, "{name} near {heading}");
    }
}

async fn press(s: &mut Screen, name: &str, heading: &str) -> Result<(), BrowserError> {
    let press = Press { spot: near(name, heading), ..Press::default() };
    s.press(&press, &Follow::default()).await.map(drop)
}

#[tokio::test]
async fn a_button_at_the_end_of_a_block_is_that_of_the_heading_before_it() {
    let here = Here::at("/near_blocks.html").await;
    let mut s = here.screen().await;
    for (name, heading, said) in [
        ("登録", "転出届", "転出"),
        ("登録", "転入届", "転入"),
        ("決定", "児童扶養手当", "扶養"),
        ("決定", "児童手当", "児童"),
        ("送信", "右の届", "右"),
    ] {
        press(&mut s, name, heading).await.unwrap();
        s.expect(&format!("押した:{said};"), SOON).await.unwrap();
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_field_far_down_in_a_block_is_that_of_the_heading_before_it() {
    let here = Here::at("/near_blocks.html").await;
    let mut s = here.screen().await;
    filled(
        &mut s,
        &[
            ("電話", "転出届", "out3"),
            ("住所", "転出届", "out2"),
            ("氏名", "転出届", "out1"),
            ("電話", "転入届", "in3"),
            ("続柄", "世帯主", "h1"),
            ("備考", "世帯主", "h3"),
            ("備考", "窓口に来た人", "w4"),
        ],
    )
    .await;
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn where_the_place_and_the_order_of_the_page_differ_nothing_is_pressed() {
    let here = Here::at("/near_blocks.html").await;
    let mut s = here.screen().await;
    s.set_wait(SHORT);
    let two = cause(press(&mut s, "送信", "左の届").await);
    assert!(matches!(&two, Cause::Ambiguous { found, .. } if found.len() == 2), "{two}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_only_the_block_of_another_heading_has_is_not_found() {
    let here = Here::at("/near_blocks.html").await;
    let mut s = here.screen().await;
    s.set_wait(SHORT);
    for (page, name, heading) in [
        ("/near_blocks.html", "カード", "世帯主"),
        ("/near_cells.html", "通園先", "保護者"),
        ("/near_cells.html", "勤務先", "児童"),
        ("/near_cells.html", "人数", "五月"),
    ] {
        s.open(&here.pages.url(page)).await.unwrap();
        let Cause::NotFound { seen, .. } =
            cause(s.fill(near(name, heading), "x", &ReadBack::default()).await)
        else {
            panic!("{heading} has no {name}")
        };
        assert!(seen[0].contains(&format!("{name}（near: 「{heading}」")), "{seen:?}");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_cell_over_several_rows_or_alone_in_its_row_is_over_those_rows() {
    let here = Here::at("/near_cells.html").await;
    let mut s = here.screen().await;
    filled(
        &mut s,
        &[
            ("氏名", "【異動者】", "b1"),
            ("電話", "【異動者】", "b2"),
            ("電話", "【届出人】", "a2"),
            ("氏名", "保護者", "p1"),
            ("氏名", "児童", "k1"),
            ("住所", "保護者", "p2"),
            ("住所", "児童", "k2"),
            ("本籍", "妻", "n1"),
            ("職業", "妻", "n2"),
            ("職業", "夫", "m2"),
            ("人数", "四月", "apr"),
        ],
    )
    .await;
    s.select(near("続柄", "【異動者】"), "子").await.unwrap();
    s.select(near("区分", "【異動者】"), "変更").await.unwrap();
    for (field, wanted) in [("a3", "本人"), ("b3", "子")] {
        assert_eq!(s.read(&[field]).await.unwrap()[0].1, wanted, "{field}");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_heading_that_is_not_there_is_what_the_message_names() {
    let here = Here::at("/near_blocks.html").await;
    let mut s = here.screen().await;
    s.set_wait(SHORT);
    let e = s.fill(near("氏名", "世帯主欄"), "x", &ReadBack::default()).await.unwrap_err();
    let Cause::NotFound { what, name, seen } = &e.cause else { panic!("{e}") };
    assert_eq!((*what, name.as_str()), ("near: に書いた見出し", "世帯主欄"));
    assert!(seen.contains(&"転出届".to_owned()), "the headings that are there: {seen:?}");
    let e = s.fill(near("氏", "転出届"), "x", &ReadBack::default()).await.unwrap_err();
    assert!(matches!(&e.cause, Cause::NotFound { name, .. } if name == "氏"), "{e}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn fields_under_a_heading_over_all_columns_are_listed_by_their_labels() {
    let here = Here::at("/near_cells.html").await;
    let mut s = here.screen().await;
    s.set_wait(SHORT);
    let Cause::NotFound { seen, .. } = cause(s.fill("無い欄", "x", &ReadBack::default()).await) else {
        panic!("there is no such field")
    };
    for label in ["氏名", "電話", "続柄", "住所"] {
        assert!(seen.contains(&label.to_owned()), "{label} in {seen:?}");
    }
    assert!(!seen.iter().any(|s| s.contains("届出人")), "{seen:?}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn an_option_is_what_reads_as_wanted_before_what_is_sent() {
    let here = Here::at("/near_options.html").await;
    let mut s = here.screen().await;
    for (field, option, said) in
        [("要介護度", "1", "度1"), ("要介護度", "2", "度2"), ("希望順位", "第2", "第2"), ("性別", "F", "女")]
    {
        s.select(field, option).await.unwrap_or_else(|e| panic!("{field}/{option}: {e}"));
        s.expect(&format!("選んだ:{said};"), SOON).await.unwrap();
    }
    s.set_wait(SHORT);
    for option in ["1", "2"] {
        let other = cause(s.select("希望順位", option).await);
        let is_none = matches!(other, Cause::NotFound { .. } | Cause::NoOption { .. });
        assert!(is_none, "{option} is sent for another than 第{option}: {other}");
    }
    s.expect("選んだ:女;", SOON).await.unwrap();
    drop(s);
    here.end().await;
}
