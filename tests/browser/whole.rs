//! Lists are read whole and what is to be hidden is hidden wholly, whatever a page calls its things and however it is laid out.

use super::{Here, button, cause};
use shoki::drivers::browser::{Cause, ReadBack, RowPick, Search, Spot, SystemRules, Table};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(3);

fn list(columns: &[&str]) -> Table {
    Table { columns: columns.iter().map(ToString::to_string).collect(), ..Table::default() }
}

/// Title and text of a page on which these labels' values are hidden, and how much of its picture is black.
async fn hidden(page: &str, labels: &[&str]) -> (String, String, usize) {
    let mask = labels.iter().map(ToString::to_string).collect();
    let here = Here::with(|r| SystemRules { mask, ..r }).await;
    here.open(page).await.unwrap();
    let mut evidence = here.screen().await.evidence().await.unwrap();
    let picture = image::load_from_memory(&evidence.picture.unwrap()).unwrap().to_rgb8();
    let black = picture.pixels().filter(|p| p.0 == [0, 0, 0]).count();
    here.end().await;
    let page = evidence.pages.remove(0);
    (page.title, page.text, black)
}

#[tokio::test]
async fn a_list_that_is_emptied_before_its_next_page_comes_is_not_cut() {
    let here = Here::at("/whole_pager.html").await;
    let mut s = here.screen().await;
    let table = Table { next: Some("次頁".into()), max_pages: 5, ..list(&["番号", "状態"]) };
    let rows = s.read_table(&table).await.unwrap();
    let numbers: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5", "6"]);
    s.open(&here.pages.url("/whole_pager.html?beyond")).await.unwrap();
    let told = Table { none: Some("これより後はありません".into()), ..table.clone() };
    assert_eq!(s.read_table(&told).await.unwrap(), rows, "the screen says that the last page is empty");
    s.open(&here.pages.url("/whole_pager.html?beyond")).await.unwrap();
    s.set_wait(Duration::from_millis(1_500));
    let untold = cause(s.read_table(&table).await);
    assert!(matches!(untold, Cause::Timeout { .. }), "nothing says that it is empty: {untold}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn records_of_two_lines_are_not_taken_for_two_records() {
    let here = Here::at("/whole_lists.html").await;
    let mut s = here.screen().await;
    for columns in [
        &["整理番号", "氏名"][..],
        &["整理番号", "フリガナ"],
        &["氏名", "フリガナ"],
        &["整理番号"],
        &["受付番号", "届出人"],
        &["届出人カナ"],
    ] {
        let two = cause(s.read_table(&list(columns)).await);
        assert!(matches!(two, Cause::Ambiguous { what: "列", .. }), "{columns:?}: {two}");
    }
    for (columns, wanted) in [
        (["費目", "金額"], [["税", "10"], ["料", "20"]]),
        (["年番", "異動前/住所"], [["1", "並木"], ["2", "梅園"]]),
        (["世帯員", "続柄"], [["甲", "主"], ["乙", "妻"]]),
    ] {
        assert_eq!(s.read_table(&list(&columns)).await.unwrap(), wanted, "one line is one record");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_cell_ends_with_its_part_of_the_table() {
    let here = Here::at("/whole_lists.html").await;
    let mut s = here.screen().await;
    let rows = s.read_table(&list(&["宛名番号", "世帯主"])).await.unwrap();
    assert_eq!(rows, [["1", "甲"], ["2", "乙"]]);
    let rows = s.read_table(&list(&["順番", "件名"])).await.unwrap();
    assert_eq!(rows, [["1", "転入"], ["2", "転居"], ["2", "転出"]]);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_a_page_calls_its_own_functions_does_not_matter() {
    let here = Here::at("/whole_old.html").await;
    let mut s = here.screen().await;
    assert_eq!(s.read_table(&list(&["番号", "氏名"])).await.unwrap(), [["1", "山田太郎"], ["2", "鈴木花子"]]);
    let row = vec![RowPick { column: Some("氏名".into()), value: "鈴木花子".into() }];
    s.fill(Spot { row, ..Spot::named("name=q2") }, "30", &ReadBack::default()).await.unwrap();
    s.fill("xpath=//input[@name='q1']", "20", &ReadBack::default()).await.unwrap();
    let near = Spot { near: Some("備考".into()), ..Spot::named("備考") };
    s.fill(near, "なし", &ReadBack::default()).await.unwrap();
    for (field, wanted) in [("q1", "20"), ("q2", "30"), ("biko", "なし")] {
        assert_eq!(s.read(&[field]).await.unwrap()[0].1, wanted, "{field}");
    }
    drop(s);
    here.end().await;
    let (title, text, _) = hidden("/whole_old.html", &["氏名"]).await;
    assert!(!text.contains("山田太郎") && !text.contains("鈴木花子"), "{text}");
    assert_eq!(title, "古い部品", "none of the page's functions was called");
}

#[tokio::test]
async fn what_a_page_calls_its_frames_and_fields_does_not_matter() {
    let here = Here::at("/whole_names.html").await;
    let mut s = here.screen().await;
    s.expect("届出日", SOON).await.unwrap();
    s.fill("below=届出日", "R8.4.1", &ReadBack::default()).await.unwrap();
    assert_eq!(s.read(&["氏名"]).await.unwrap()[0].1, "山田太郎");
    // The driver itself does not press anything beside a frame that is called `body`.
    s.open(&here.pages.url("/whole_names.html?search")).await.unwrap();
    let table = Table { none: Some("該当なし".into()), ..list(&["宛名番号"]) };
    let search = Search { fields: vec![], press: button("検索"), table };
    for _ in 0..2 {
        assert!(s.search(&search).await.unwrap().is_empty());
    }
    drop(s);
    here.end().await;
    let (title, text, _) = hidden("/whole_names.html", &["氏名"]).await;
    assert!(text.contains("氏名：■■■") && text.contains("届出日"), "{text}");
    assert_eq!(title, "世帯照会");
}

#[tokio::test]
async fn what_is_hidden_does_not_break_up_what_is_to_be_hidden() {
    let (title, text, _) = hidden("/whole_hidden.html", &["方書", "担当", "世帯主"]).await;
    for part in ["234", "5678", "90", "田一郎"] {
        assert!(!text.contains(part), "{part} in {text}");
    }
    assert!(title.contains("世帯照会") && !title.contains("5678"), "{title}");
}

#[tokio::test]
async fn a_value_is_hidden_where_its_label_stands_in_the_same_text() {
    let (title, text, _) = hidden("/whole_hidden.html", &["氏名"]).await;
    for name in ["山田太郎", "佐藤次郎"] {
        assert!(!text.contains(name), "{name} in {text}");
    }
    for other in ["受付 12", "林田一郎", "氏名を入れてください"] {
        assert!(text.contains(other), "{other} in {text}");
    }
    assert!(!title.contains("山田太郎") && title.contains("世帯照会"), "{title}");
}

#[tokio::test]
async fn a_number_of_a_person_is_known_however_it_is_written() {
    let (_, text, black) = hidden("/whole_numbers.html", &[]).await;
    let rest = text.replace("■■■", "").replace(char::is_whitespace, "");
    assert_eq!(rest, "120261234-5678-90191112345678901", "what is no such number stays: {text}");
    assert!(black > 10_000, "{black} black pixels: the large one is painted over");
}

#[tokio::test]
async fn a_text_without_end_is_looked_through_in_time() {
    let began = Instant::now();
    let labels = ["氏名", "住所", "電話", "生年月日"];
    let (_, text, _) = hidden("/whole_long.html", &labels).await;
    assert!(text.starts_with("氏名：■■■"), "{}", text.chars().take(20).collect::<String>());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
