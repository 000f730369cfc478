//! Fields, labels and things to press of every kind that city halls' screens have: a value goes in as its field wants it, or not at all.

use super::{Here, cause};
use shoki::drivers::browser::{Cause, Follow, Kind, Lack, Press, PressKind, ReadBack, Screen, Table};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(3);
/// How long what is not there is looked for.
const SHORT: Duration = Duration::from_millis(300);

async fn fill(s: &mut Screen, field: &str, value: &str) {
    s.fill(field, value, &ReadBack::default()).await.unwrap_or_else(|e| panic!("{field}: {e}"));
}

/// The value beside that label, or of the field of that `name`.
async fn value(s: &mut Screen, name: &str) -> String {
    s.read(&[name]).await.unwrap_or_else(|e| panic!("{name}: {e}")).remove(0).1
}

/// What the field of each label ends up as: each is filled with its own name.
async fn filled(s: &mut Screen, pairs: &[(&str, &str)]) {
    for (label, field) in pairs {
        fill(s, label, field).await;
        assert_eq!(value(s, field).await, *field, "{label}");
    }
}

#[tokio::test]
async fn a_field_of_its_own_kind_takes_a_value_however_it_is_written() {
    let here = Here::at("/kinds_entry.html").await;
    let mut s = here.screen().await;
    for (field, typed, name, holds) in [
        ("届出日", "2026-11-23", "hi", "2026-11-23"),
        ("届出日", "2026/1/5", "hi", "2026-01-05"),
        ("届出日", "令和8年4月1日", "hi", "2026-04-01"),
        ("届出日", "", "hi", ""),
        ("受付時刻", "9:30", "ji", "09:30"),
        ("予約日時", "2026-11-23 13:05", "yoyaku", "2026-11-23T13:05"),
        ("対象月", "令和8年11月", "tsuki", "2026-11"),
        ("対象週", "2026-W48", "shu", "2026-W48"),
        ("人数", "1,234", "nin", "1234"),
        ("人数", "", "nin", ""),
        ("面積", "1.50", "men", "1.50"),
        ("割合", "30", "wari", "30"),
        ("色", "#FF00AA", "iro", "#ff00aa"),
    ] {
        fill(&mut s, field, typed).await;
        assert_eq!(value(&mut s, name).await, holds, "{field}: {typed}");
    }
    s.expect("知った:2026-01-05;", SOON).await.expect("the page's scripts are told");
    s.expect("ji=09:30;", SOON).await.expect("once, as of a choice in the calendar");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_value_that_a_field_cannot_hold_is_refused_before_anything_is_typed() {
    let here = Here::at("/kinds_entry.html").await;
    let mut s = here.screen().await;
    for (field, typed, name, why) in [
        ("届出日", "未定", "hi", "日付"),
        ("届出日", "1999-12-31", "hi", "2000-01-01"),
        ("届出日", "2026-02-30", "hi", "日付"),
        ("受付時刻", "25:00", "ji", "時刻"),
        ("受付時刻", "9:30:15", "ji", "秒のない"),
        ("予約日時", "2026-11-23", "yoyaku", "時刻"),
        ("対象月", "2026-11-23", "tsuki", "年月"),
        ("人数", "12人", "nin", "数"),
        ("人数", "2001", "nin", "2000"),
        ("人数", "0", "nin", "1 から"),
        ("人数", "1.5", "nin", "1 刻み"),
        ("人数", "1-23", "nin", "数"),
    ] {
        let e = s.fill(field, typed, &ReadBack::default()).await.unwrap_err();
        assert!(matches!(&e.cause, Cause::Misfit { field: of, .. } if of == field), "{field} {typed}: {e}");
        assert!(e.to_string().contains(why), "{field} {typed}: {e}");
        assert_eq!((e.kind(), e.breaks_session(), e.code()), (Kind::Stop, false, "SHK0513"));
        assert_eq!(value(&mut s, name).await, "", "nothing was put in: {field} {typed}");
    }
    let e = s.fill("割合", "35", &ReadBack::default()).await.unwrap_err();
    assert!(matches!(&e.cause, Cause::Misfit { .. }) && e.to_string().contains("10 刻み"), "{e}");
    let changed = cause(s.fill("転入日", "2026-11-23", &ReadBack::default()).await);
    assert_eq!(changed, Cause::Changed("転入日".into()), "the page has put in another day");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_label_is_found_without_what_decorates_it() {
    let here = Here::at("/kinds_labels.html").await;
    let mut s = here.screen().await;
    filled(
        &mut s,
        &[
            ("氏名", "shimei"),
            ("氏名カナ", "kana"),
            ("住所", "jusho"),
            ("電話番号", "tel"),
            ("世帯主", "nushi"),
            ("方書", "kata"),
            ("続柄", "zoku"),
            ("本籍", "honseki"),
            ("筆頭者", "hitto"),
            ("勤務先", "kinmu"),
            ("連絡先/自宅", "ie"),
            ("連絡先/携帯", "keitai"),
            ("配偶者/生年", "hai"),
        ],
    )
    .await;
    assert_eq!(value(&mut s, "受付番号").await, "R-0001");
    s.set_wait(SHORT);
    for name in ["氏", "電話", "名"] {
        let none = cause(s.fill(name, "x", &ReadBack::default()).await);
        assert!(matches!(none, Cause::NotFound { .. }), "a part of a label is none: {name}: {none}");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn of_two_labels_the_one_that_is_written_so_is_meant() {
    let here = Here::at("/kinds_labels.html").await;
    let mut s = here.screen().await;
    filled(&mut s, &[("備考", "biko2"), ("備考※", "biko1"), ("【理由】", "riyu1"), ("★理由", "riyu2")]).await;
    s.set_wait(SHORT);
    let two = cause(s.fill("理由", "x", &ReadBack::default()).await);
    assert!(matches!(&two, Cause::Ambiguous { found, .. } if found.len() == 2), "{two}");
    for name in ["2.希望園", "(2)希望園", "right_of=2.希望園"] {
        let other = cause(s.fill(name, "x", &ReadBack::default()).await);
        assert!(matches!(other, Cause::NotFound { .. }), "the first is not the second: {name}: {other}");
    }
    let other = cause(s.read(&["2.世帯主"]).await);
    assert!(matches!(other, Cause::NotFound { .. }), "{other}");
    for name in ["希望園", "(1)希望園", "1.希望園"] {
        filled(&mut s, &[(name, "en1")]).await;
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_field_is_called_by_its_row_and_its_column() {
    let here = Here::at("/kinds_labels.html").await;
    let mut s = here.screen().await;
    filled(&mut s, &[("封筒/数量", "q1"), ("封筒/単価", "p1"), ("用紙/数量", "q2"), ("用紙/単価", "p2")])
        .await;
    let columns = ["番号", "品名"].map(str::to_owned).to_vec();
    let rows = s.read_table(&Table { columns, ..Table::default() }).await.unwrap();
    assert_eq!(rows, [["1", "茶"]], "a heading of a list may be decorated too");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_is_read_above_a_word_and_what_was_struck_out_is_no_part_of_it() {
    let here = Here::at("/kinds_labels.html").await;
    let mut s = here.screen().await;
    filled(&mut s, &[("国籍", "kokuseki"), ("旧氏", "kyuuji"), ("通称名", "tsusho")]).await;
    assert_eq!(value(&mut s, "前住所").await, "並木一丁目");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_part_of_an_image_is_a_link() {
    let here = Here::at("/kinds_map.html").await;
    let mut s = here.screen().await;
    let link = |name: &str| Press::named(name).only(PressKind::Link);
    let mut said = "押した:".to_owned();
    for name in ["検索", "登録", "戻る"] {
        s.press(&link(name), &Follow::default()).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        said =
            if said.ends_with(';') { format!("{said}押した:{name};") } else { format!("{said}{name};") };
        s.expect(&said, SOON).await.unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    s.set_wait(SHORT);
    let hidden = cause(s.press(&link("削除"), &Follow::default()).await);
    assert!(
        matches!(hidden, Cause::NotReady { lack: Lack::Visible, .. }),
        "its image is not shown: {hidden}"
    );
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn an_answer_without_words_of_its_own_is_called_by_its_column() {
    let here = Here::at("/kinds_grid.html").await;
    let mut s = here.screen().await;
    for (question, answer, chosen) in
        [("説明", "良", "q11"), ("説明", "不可", "q13"), ("待ち時間", "可", "q22"), ("選択", "上", "own1")]
    {
        s.select(question, answer).await.unwrap_or_else(|e| panic!("{question}: {e}"));
        s.expect(&format!("選んだ:{chosen};"), SOON).await.unwrap_or_else(|e| panic!("{question}: {e}"));
    }
    fill(&mut s, "待ち時間", "良").await;
    s.expect("選んだ:q21;", SOON).await.unwrap();
    assert_eq!((value(&mut s, "説明").await, value(&mut s, "待ち時間").await), ("不可".into(), "良".into()));
    s.check("税務/閲覧", true).await.unwrap();
    s.check("税務/更新", true).await.unwrap();
    assert_eq!(
        (value(&mut s, "税務").await, value(&mut s, "住民記録").await),
        ("閲覧 更新".into(), String::new())
    );
    s.set_wait(SHORT);
    let two = cause(s.check("税務", true).await);
    assert!(matches!(&two, Cause::Ambiguous { found, .. } if found.len() == 2), "{two}");
    let own = cause(s.select("選択", "左").await);
    assert!(matches!(own, Cause::NotFound { .. }), "they have words of their own: {own}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_one_may_write_into_is_a_field() {
    let here = Here::at("/kinds_written.html").await;
    let mut s = here.screen().await;
    for text in ["一行目\n二行目　値", "甲 乙", ""] {
        s.fill("備考", text, &ReadBack::Exact).await.unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(value(&mut s, "備考").await, text);
    }
    let cut = cause(s.fill("所見", "四文字目", &ReadBack::default()).await);
    assert_eq!(cut, Cause::Changed("所見".into()));
    drop(s);
    here.end().await;
    let here = Here::at("/kinds_written.html").await;
    let mut s = here.screen().await;
    s.set_wait(SHORT);
    let fixed = cause(s.fill("印刷", "x", &ReadBack::default()).await);
    assert!(matches!(fixed, Cause::NotFound { .. }), "{fixed}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_separator_between_figures_does_not_get_lost() {
    let here = Here::at("/kinds_written.html").await;
    let mut s = here.screen().await;
    fill(&mut s, "郵便番号", "1000001").await;
    assert_eq!(value(&mut s, "zip").await, "100-0001");
    let lost = cause(s.fill("番地", "1-23", &ReadBack::default()).await);
    assert_eq!(lost, Cause::Changed("番地".into()), "lot 1-23 is not lot 123");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn of_several_fields_the_one_that_takes_something_is_meant() {
    let here = Here::at("/kinds_twins.html").await;
    let mut s = here.screen().await;
    filled(&mut s, &[("氏名", "n3"), ("住所", "j2")]).await;
    s.check("同意", true).await.unwrap();
    s.set_wait(SHORT);
    let several = cause(s.fill("電話", "029", &ReadBack::default()).await);
    assert!(matches!(&several, Cause::Ambiguous { found, .. } if found.len() == 3), "{several}");
    drop(s);
    here.end().await;
}
