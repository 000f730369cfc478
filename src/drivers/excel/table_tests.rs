//! Tables of workbooks as offices make them: cells merged over several lines, sheets that nobody sees.

use super::{
    CellType, Column, SheetTable, Wanted,
    table::{pick_sheet, table_in},
    workbook,
};
use calamine::{Sheet, SheetType, SheetVisible};
use jiff::civil::date;
use rust_xlsxwriter::{Format, Workbook};
use serde_json::json;

/// What is read out of a workbook; the titles stand in its first row.
fn read(bytes: Vec<u8>, columns: &[(&str, CellType)]) -> SheetTable {
    let column = |(title, kind): &(&str, CellType)| Column {
        title: (*title).to_owned(),
        kind: *kind,
        ..Column::default()
    };
    let wanted = Wanted { header: 1, columns: columns.iter().map(column).collect(), ..Wanted::default() };
    let opened = workbook(bytes, "簿.xlsx").expect("a workbook");
    table_in(opened, "簿.xlsx", &wanted).expect("a table")
}

#[test]
fn lines_share_the_words_and_days_of_a_merged_cell_but_never_its_amount() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let plain = Format::new().set_align(rust_xlsxwriter::FormatAlign::Top);
    let (day, time) = (Format::new().set_num_format("yyyy/mm/dd"), Format::new().set_num_format("[h]:mm"));
    for (column, title) in [(0, "所属"), (1, "氏名"), (2, "基準日"), (3, "手当"), (4, "休憩"), (5, "時間")]
    {
        sheet.write(0, column, title).expect("a title");
    }
    for (column, format) in [(0, &plain), (2, &day), (3, &plain), (4, &plain), (5, &time)] {
        sheet.merge_range(1, column, 4, column, "", format).expect("a merged cell");
    }
    sheet.write_with_format(1, 0, "総務課", &plain).expect("words");
    sheet.write_with_format(1, 2, &date(2026, 4, 1), &day).expect("a day");
    sheet.write_with_format(1, 3, 300, &plain).expect("an amount");
    sheet.write_with_format(1, 4, 60, &plain).expect("minutes");
    sheet.write_with_format(1, 5, 1.25, &time).expect("a length of time");
    // The line between 森 and 東 is empty.
    for (row, name) in [(1, "山田"), (2, "森"), (4, "東"), (5, "林")] {
        sheet.write(row, 1, name).expect("a name");
    }
    let columns = [
        ("所属", CellType::Text),
        ("氏名", CellType::Text),
        ("基準日", CellType::Date),
        ("手当", CellType::Money),
        ("休憩", CellType::Text),
        ("時間", CellType::Text),
    ];
    let rows = read(book.save_to_buffer().expect("a workbook"), &columns).rows;
    let line = |name: &str, section: Option<&str>, day: Option<&str>| json!({"所属": section, "氏名": name, "基準日": day, "手当": null, "休憩": null, "時間": null});
    let (section, day) = (Some("総務課"), Some("2026-04-01"));
    let mut first = line("山田", section, day);
    first["手当"] = json!(300);
    first["休憩"] = json!("60");
    first["時間"] = json!("30:00");
    let others = [line("森", section, day), line("東", section, day), line("林", None, None)];
    assert_eq!(json!(rows), json!([first, others[0], others[1], others[2]]));
}

#[test]
fn a_merged_title_and_a_cell_merged_across_columns_are_no_values_of_other_places() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let plain = Format::new().set_align(rust_xlsxwriter::FormatAlign::Top);
    sheet.write(0, 0, "氏名").expect("a title");
    sheet.merge_range(0, 1, 1, 1, "備考", &plain).expect("a title");
    sheet.write(0, 2, "第1希望").expect("a title").write(0, 3, "第2希望").expect("a title");
    sheet.write(1, 0, "山田").expect("a name").write(2, 0, "森").expect("a name");
    sheet.merge_range(1, 2, 2, 3, "中央", &plain).expect("a value");
    let columns = ["氏名", "備考", "第1希望", "第2希望"].map(|title| (title, CellType::Text));
    let rows = read(book.save_to_buffer().expect("a workbook"), &columns).rows;
    let line = |name: &str| json!({"氏名": name, "備考": null, "第1希望": "中央", "第2希望": null});
    assert_eq!(json!(rows), json!([line("山田"), line("森")]));
}

#[test]
fn without_a_name_the_first_sheet_that_excel_shows_is_read() {
    let mut book = Workbook::new();
    for (name, value) in [("先月", "山田"), ("今月", "森")] {
        let sheet = book.add_worksheet().set_name(name).expect("a name");
        sheet.write(0, 0, "氏名").expect("a title").write(1, 0, value).expect("a value");
        if name == "先月" {
            sheet.set_hidden(true);
        } else {
            sheet.set_active(true);
        }
    }
    let rows = read(book.save_to_buffer().expect("a workbook"), &[("氏名", CellType::Text)]).rows;
    assert_eq!(json!(rows), json!([{"氏名": "森"}]));
}

#[test]
fn a_sheet_that_only_shows_a_chart_is_passed_over() {
    let sheet = |name: &str, typ, visible| Sheet { name: name.to_owned(), typ, visible };
    let chart = sheet("グラフ", SheetType::ChartSheet, SheetVisible::Visible);
    let hidden = sheet("マスタ", SheetType::WorkSheet, SheetVisible::VeryHidden);
    let ledger = sheet("台帳", SheetType::WorkSheet, SheetVisible::Visible);
    let all = [chart, hidden, ledger];
    let picked = |there: &[Sheet], wanted: Option<&str>| {
        pick_sheet(there, wanted).map(|found| found.map_err(|why| why.to_string()))
    };
    assert_eq!(picked(&all, None), Some(Ok("台帳".to_owned())));
    assert_eq!(picked(&all[..2], None), Some(Ok("マスタ".to_owned())), "nothing else can be meant");
    assert_eq!(picked(&all[..1], None), None);
    assert_eq!(picked(&all, Some("マスタ")), Some(Ok("マスタ".to_owned())));
    let none = "シート「名簿」がありません。あるのは「グラフ」「マスタ」「台帳」です。";
    assert_eq!(picked(&all, Some("名簿")), Some(Err(none.to_owned())));
}

#[test]
fn zeros_that_only_the_format_shows_are_read_as_text() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let post = "[<=999]000;[<=9999]000\\-00;000\\-0000";
    let cells = [
        ("職員番号", "0000", 101.0),
        ("郵便番号", post, 600_001.0),
        ("号", "\"第\"000\"号\"", 7.0),
        ("金額", "0000", 300.0),
        ("単価", "#,##0.00", 1234.5),
        ("端数", "0000", 1.5),
    ];
    for (column, (title, code, number)) in (0..).zip(cells) {
        let format = Format::new().set_num_format(code);
        sheet.write(0, column, title).expect("a title");
        sheet.write_with_format(1, column, number, &format).expect("a number");
    }
    let columns =
        cells.map(|(title, ..)| (title, if title == "金額" { CellType::Money } else { CellType::Text }));
    let rows = read(book.save_to_buffer().expect("a workbook"), &columns).rows;
    let line = json!({"職員番号": "0101", "郵便番号": "060-0001", "号": "第007号", "金額": 300, "単価": "1234.5", "端数": "1.5"});
    assert_eq!(json!(rows), json!([line]));
}

#[test]
fn a_single_cell_shows_its_zeros_too() {
    let mut book = Workbook::new();
    let format = Format::new().set_num_format("0000");
    book.add_worksheet().write_with_format(2, 2, 101, &format).expect("a number");
    let opened = workbook(book.save_to_buffer().expect("a workbook"), "簿.xlsx").expect("a workbook");
    let wanted = Wanted { header: 1, cells: vec![("番号".into(), "C3".into())], ..Wanted::default() };
    assert_eq!(table_in(opened, "簿.xlsx", &wanted).expect("a table").cells["番号"], json!("0101"));
}
