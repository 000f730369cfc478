//! Labels, values and lists where they stand, on pages laid out as city halls' are: what is meant is taken, or nothing.

use super::{Here, button, cause};
use shoki::drivers::browser::{
    Cause, Follow, Press, ReadBack, RowPick, Screen, Spot, Submit, SystemRules, Table,
};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(3);
/// How long what is not there is looked for.
const SHORT: Duration = Duration::from_millis(300);

async fn fill(s: &mut Screen, field: impl Into<Spot>, value: &str) {
    s.fill(field, value, &ReadBack::default()).await.unwrap();
}

/// What the field of each label ends up as: each is filled with its own name.
async fn filled(s: &mut Screen, pairs: &[(&str, &str)]) {
    for (label, field) in pairs {
        fill(s, *label, field).await;
        assert_eq!(value(s, field).await, *field, "{label}");
    }
}

/// The value beside that label, or of the field of that `name`.
async fn value(s: &mut Screen, name: &str) -> String {
    s.read(&[name]).await.unwrap_or_else(|e| panic!("{name}: {e}")).remove(0).1
}

/// What has that name in the row where each of these columns has that text.
fn in_row(name: &str, picks: &[(&str, &str)]) -> Spot {
    let pick = |(column, text): &(&str, &str)| RowPick {
        column: Some((*column).to_owned()),
        value: (*text).to_owned(),
    };
    Spot { row: picks.iter().map(pick).collect(), ..Spot::named(name) }
}

fn list(columns: &[&str]) -> Table {
    Table { columns: columns.iter().map(ToString::to_string).collect(), ..Table::default() }
}

/// The text of a page on which these labels' values are hidden, and how much of its picture is black.
async fn hidden(page: &str, labels: &[&str]) -> (String, usize) {
    let mask = labels.iter().map(ToString::to_string).collect();
    let here = Here::with(|r| SystemRules { mask, ..r }).await;
    here.open(page).await.unwrap();
    let evidence = here.screen().await.evidence().await.unwrap();
    let picture = image::load_from_memory(&evidence.picture.unwrap()).unwrap().to_rgb8();
    let black = picture.pixels().filter(|p| p.0 == [0, 0, 0]).count();
    here.end().await;
    (evidence.pages[0].text.clone(), black)
}

#[tokio::test]
async fn cells_over_several_lines_are_counted() {
    let here = Here::at("/labels_spans.html").await;
    let mut s = here.screen().await;
    fill(&mut s, in_row("数量", &[("品名", "封筒")]), "30").await;
    fill(&mut s, in_row("単価", &[("区分", "A"), ("品名", "封筒")]), "5").await;
    fill(&mut s, in_row("数量", &[("品名", "用紙")]), "7").await;
    for (field, wanted) in [("q1", "7"), ("p1", ""), ("q2", "30"), ("p2", "5")] {
        assert_eq!(value(&mut s, field).await, wanted, "{field}");
    }
    s.set_wait(SHORT);
    let two = cause(s.fill("住所", "つくば市", &ReadBack::default()).await);
    assert!(matches!(&two, Cause::Ambiguous { found, .. } if found.len() == 2), "{two}");
    assert_eq!((value(&mut s, "zip").await, value(&mut s, "adr").await), (String::new(), String::new()));
    let two = cause(s.read(&["届出地"]).await);
    assert!(matches!(&two, Cause::Ambiguous { found, .. } if found.len() == 2), "{two}");
    drop(s);
    here.end().await;
    let (text, _) = hidden("/labels_spans.html", &["届出地"]).await;
    assert!(!text.contains("305-0001") && !text.contains("つくば市"), "{text}");
}

#[tokio::test]
async fn a_box_has_the_words_of_its_own_side() {
    let here = Here::at("/labels_boxes.html").await;
    let mut s = here.screen().await;
    for (label, field) in [
        ("同意する", "a"),
        ("送付する", "b"),
        ("住民票", "c"),
        ("戸籍", "d"),
        ("印鑑", "e"),
        ("所得", "f"),
        ("市県民税", "g"),
        ("固定資産税", "h"),
        ("希望する", "i"),
    ] {
        s.check(label, true).await.unwrap_or_else(|e| panic!("{label}: {e}"));
        s.expect(&format!("選んだ:{field};"), SOON).await.unwrap_or_else(|e| panic!("{label}: {e}"));
    }
    for (group, option, chosen) in [
        ("sei", "女", "sei2"),
        ("sei", "男", "sei1"),
        ("区分", "継続", "kubun2"),
        ("区分", "新規", "kubun1"),
        ("送料", "別", "soryo2"),
        ("時間帯", "午後", "jikan2"),
    ] {
        s.select(group, option).await.unwrap_or_else(|e| panic!("{option}: {e}"));
        s.expect(&format!("選んだ:{chosen};"), SOON).await.unwrap_or_else(|e| panic!("{option}: {e}"));
    }
    assert_eq!(value(&mut s, "送料").await, "別");
    s.set_wait(SHORT);
    let nobody = cause(s.check("中", true).await);
    assert!(matches!(nobody, Cause::NotFound { .. }), "nobody can tell whose word it is: {nobody}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn the_unit_of_a_field_is_not_the_name_of_the_next() {
    let here = Here::at("/labels_lines.html").await;
    let mut s = here.screen().await;
    for (label, field) in [("年", "y"), ("月", "m"), ("日", "d"), ("届出日/年", "y"), ("届出日/日", "d")]
    {
        let length = label.chars().count().to_string();
        fill(&mut s, label, &length).await;
        assert_eq!(value(&mut s, field).await, length, "{label}");
        assert_eq!(value(&mut s, label).await, length, "{label}");
    }
    filled(
        &mut s,
        &[
            ("開始/時", "ji"),
            ("分", "fun"),
            ("自宅", "ie"),
            ("電話/携帯", "keitai"),
            ("年齢", "toshi"),
            ("路線/系統", "kei"),
        ],
    )
    .await;
    s.set_wait(SHORT);
    let after = cause(s.fill("系統", "1", &ReadBack::default()).await);
    assert!(matches!(after, Cause::NotFound { .. }), "the words stand after the fields: {after}");
    assert_eq!(value(&mut s, "ban").await, "");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_heading_is_no_part_of_the_label_below_it() {
    let here = Here::at("/labels_lines.html").await;
    let mut s = here.screen().await;
    filled(&mut s, &[("ID", "id"), ("氏名", "shimei"), ("電子メール", "mail")]).await;
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_mark_in_a_cell_of_its_own_is_neither_label_nor_value() {
    let here = Here::at("/labels_marks.html").await;
    let mut s = here.screen().await;
    filled(&mut s, &[("氏名", "shimei"), ("住所", "jusho"), ("電話", "tel")]).await;
    for (label, wanted) in [
        ("受付番号", "R-0001"),
        ("氏名", "shimei"),
        ("住所", "jusho"),
        ("方書", ""),
        ("備考", "なし"),
        ("支援措置", "●"),
        ("世帯番号", "777"),
    ] {
        assert_eq!(value(&mut s, label).await, wanted, "{label}");
    }
    drop(s);
    here.end().await;
    let (text, _) = hidden("/labels_marks.html", &["受付番号"]).await;
    assert!(!text.contains("R-0001"), "{text}");
}

#[tokio::test]
async fn of_two_columns_with_one_heading_none_is_taken_in_silence() {
    let here = Here::at("/labels_columns.html").await;
    let mut s = here.screen().await;
    for (columns, others) in
        [(["氏名", "住所"], ["異動前/住所", "異動後/住所"]), (["地番", "所在"], ["所在/1", "所在/2"])]
    {
        let Cause::Ambiguous { what, found, .. } = cause(s.read_table(&list(&columns)).await) else {
            panic!("there are two of them")
        };
        assert_eq!((what, found), ("列", others.map(str::to_owned).to_vec()));
    }
    let rows = s.read_table(&list(&["氏名", "異動後/住所", "異動前/方書"])).await.unwrap();
    assert_eq!(rows, [["甲", "二の宮二丁目", "A-1"]]);
    assert_eq!(s.read_table(&list(&["地番", "所在/2"])).await.unwrap(), [["12", "研究学園"]]);
    let rows = s.read_table(&list(&["番号", "件名"])).await.unwrap();
    assert_eq!(rows, [["1", "転居"]], "a word above the headings is none");
    drop(s);
    here.end().await;
    let (text, _) = hidden("/labels_columns.html", &["住所", "所在"]).await;
    for value in ["並木", "二の宮", "305-0817", "研究学園"] {
        assert!(!text.contains(value), "{value} in {text}");
    }
}

#[tokio::test]
async fn what_is_no_row_of_a_list_is_not_counted_and_every_row_is() {
    let here = Here::at("/labels_lists.html").await;
    let mut s = here.screen().await;
    assert!(s.read_table(&list(&["区分"])).await.unwrap().is_empty(), "the line says that there is none");
    let rows = s.read_table(&list(&["氏名", "異動"])).await.unwrap();
    assert_eq!(rows, [["甲", "転入"], ["甲", "転居"]]);
    for columns in [&["科目", "相手", "金額"][..], &["科目"]] {
        let rows = s.read_table(&list(columns)).await.unwrap();
        assert_eq!(rows.len(), 1, "the total is no row: {rows:?}");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn headings_that_stay_while_the_rows_are_scrolled_belong_to_the_list() {
    let here = Here::at("/labels_lists.html").await;
    let mut s = here.screen().await;
    let rows = s.read_table(&list(&["受付番号", "宛名番号"])).await.unwrap();
    assert_eq!(rows, [["R1", "0001"], ["R2", "0002"]]);
    let press = Press { spot: in_row("詳細", &[("宛名番号", "0002")]), ..Press::default() };
    s.press(&press, &Follow::default()).await.unwrap();
    s.expect("押した:R2;", SOON).await.unwrap();
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn headings_without_a_row_are_an_empty_list_only_where_the_screen_says_so() {
    let here = Here::at("/labels_lists.html").await;
    let mut s = here.screen().await;
    let none = Some("一件もありません".to_owned());
    let late = Table { none: none.clone(), ..list(&["連番", "届出"]) };
    assert_eq!(s.read_table(&late).await.unwrap(), [["1", "転入"]], "the row that comes late is waited for");
    let empty = Table { none, ..list(&["空番", "空名"]) };
    s.open(&here.pages.url("/labels_lists.html?none")).await.unwrap();
    assert!(s.read_table(&empty).await.unwrap().is_empty());
    s.open(&here.pages.url("/labels_lists.html")).await.unwrap();
    s.set_wait(SHORT);
    let e = s.read_table(&empty).await.unwrap_err();
    assert!(matches!(e.cause, Cause::NotFound { .. }), "{e}");
    assert!(e.to_string().contains("見出しだけ"), "{e}");
    let undeclared = s.read_table(&Table { none: None, ..empty }).await.unwrap();
    assert!(undeclared.is_empty(), "where nothing is declared, it is as it stands there");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_number_of_a_person_in_pieces_is_painted_over() {
    let (text, black) = hidden("/labels_hidden.html", &[]).await;
    assert!(!text.contains("12345678") && !text.contains("5\t6\t7"), "{text}");
    assert!(text.contains("件数 12 件 2026 年"), "other digits stay: {text}");
    assert!(black > 6_000, "{black} black pixels: three fields and twelve cells are painted over");
}

#[tokio::test]
async fn a_masked_label_is_found_wherever_and_however_it_stands() {
    let (text, _) = hidden("/labels_hidden.html", &["氏名"]).await;
    for name in [
        "山田太郎",
        "鈴木花子",
        "佐藤一郎",
        "髙橋二郎",
        "田中三郎",
        "伊藤四郎",
        "渡辺五郎",
        "中村六郎",
        "小林七郎",
        "加藤八郎",
    ] {
        assert!(!text.contains(name), "{name} in {text}");
    }
    assert!(text.contains("件数 12 件 2026 年"), "{text}");
}

#[tokio::test]
async fn what_is_hidden_is_hidden_before_a_modal_dialog_too() {
    let here = Here::with(|r| SystemRules { mask: vec!["氏名".into()], ..r }).await;
    here.open("/labels_dialog.html").await.unwrap();
    let mut s = here.screen().await;
    let picture = s.evidence().await.unwrap().picture.unwrap();
    let picture = image::load_from_memory(&picture).unwrap().to_rgb8();
    let black = picture.pixels().filter(|p| p.0 == [0, 0, 0]).count();
    assert!(black > 20_000, "{black} black pixels: the bar lies above the dialog");
    s.press(&button("閉じる"), &Follow::default()).await.unwrap();
    s.expect("閉じた", SOON).await.unwrap();
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_is_right_of_a_label_or_below_it_is_not_behind_another() {
    let here = Here::at("/labels_beside.html").await;
    let mut s = here.screen().await;
    filled(
        &mut s,
        &[
            ("right_of=担当", "tanto"),
            ("right_of=届出日", "todoke"),
            ("below=続柄", "zoku"),
            ("below=備考", "biko"),
        ],
    )
    .await;
    s.set_wait(SHORT);
    for name in ["right_of=受付日", "below=世帯主"] {
        let behind = cause(s.fill(name, "x", &ReadBack::default()).await);
        assert!(matches!(behind, Cause::NotFound { .. }), "{name}: {behind}");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_lies_under_a_bar_that_stays_is_scrolled_to() {
    let here = Here::at("/labels_covers.html").await;
    let mut s = here.screen().await;
    s.press(&button("登録"), &Follow::default()).await.unwrap();
    s.expect("押した:登録;", SOON).await.unwrap();
    filled(&mut s, &[("備考", "b")]).await;
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn the_way_to_the_next_page_may_stand_above_and_below_a_list() {
    let here = Here::at("/labels_pager.html").await;
    let mut s = here.screen().await;
    let table = Table { next: Some("次頁".into()), max_pages: 5, ..list(&["番号", "状態"]) };
    let rows = s.read_table(&table).await.unwrap();
    let numbers: Vec<&str> = rows.iter().map(|r| r[0].as_str()).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5", "6"]);
    s.open(&here.pages.url("/labels_pager.html?other")).await.unwrap();
    s.set_wait(SHORT);
    let two = cause(s.read_table(&table).await);
    assert!(matches!(two, Cause::Ambiguous { .. }), "they lead to different pages: {two}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_line_that_only_says_something_may_be_a_field() {
    let here = Here::at("/labels_status.html").await;
    let mut s = here.screen().await;
    s.expect("入力してください", SOON).await.unwrap();
    let submit = Submit { press: button("登録"), expect: "登録しました".into(), ..Submit::default() };
    s.submit(&submit).await.unwrap();
    drop(s);
    here.end().await;
}
