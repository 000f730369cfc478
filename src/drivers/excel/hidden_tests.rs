//! Tables with rows that nobody sees, and with cells that are not what their column says.

use super::{CellType, Column, HiddenChoice, SheetTable, TableFault, Wanted, table_in, workbook};
use rust_xlsxwriter::{Formula, Workbook};
use serde_json::json;
use std::io::{Cursor, Write};

type Read = Result<SheetTable, TableFault>;

fn read(bytes: &[u8], columns: &[(&str, CellType)], hidden: Option<HiddenChoice>) -> Read {
    let column = |(title, kind): &(&str, CellType)| Column {
        title: (*title).to_owned(),
        kind: *kind,
        ..Column::default()
    };
    let columns = columns.iter().map(column).collect();
    let wanted = Wanted { header: 1, columns, until: Some("合計".to_owned()), hidden, ..Wanted::default() };
    table_in(workbook(bytes.to_vec(), "簿").expect("a workbook"), "簿", &wanted)
}

/// Two sheets; in the second one, 森 is hidden, as are the titles and what stands behind the table.
fn filtered() -> Vec<u8> {
    let mut book = Workbook::new();
    let other = book.add_worksheet().set_name("ほか & 別").expect("a name");
    other.write(0, 0, "氏名").expect("a title").write(1, 0, "東").expect("a name");
    other.set_hidden(true);
    let sheet = book.add_worksheet().set_name("名簿").expect("a name");
    sheet.set_active(true);
    for (row, word) in (0..).zip(["氏名", "山田", "森", "林", "合計", "注"]) {
        sheet.write(row, 0, word).expect("a word");
    }
    for row in [0, 2, 5] {
        sheet.set_row_hidden(row).expect("a row");
    }
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn hidden_rows_are_read_or_passed_over_only_as_somebody_says() {
    let columns = [("氏名", CellType::Text)];
    let names = |table: Read| table.map(|table| json!(table.rows));
    let book = filtered();
    let refused = read(&book, &columns, None).expect_err("a hidden row");
    assert_eq!(refused, TableFault::Hidden { sheet: "名簿".to_owned(), rows: 1 });
    let said = refused.to_string();
    assert!(said.contains("1行") && said.contains("hidden_rows: read") && said.contains("hidden_rows: skip"));
    let line = |name: &str| json!({"氏名": name});
    let all = json!([line("山田"), line("森"), line("林")]);
    assert_eq!(names(read(&book, &columns, Some(HiddenChoice::Read))), Ok(all));
    let seen = json!([line("山田"), line("林")]);
    assert_eq!(names(read(&book, &columns, Some(HiddenChoice::Skip))), Ok(seen));
}

#[test]
fn a_filter_of_libre_office_hides_rows_too() {
    let line = |hides: &str, word: &str| {
        format!(
            "<table:table-row{hides}><table:table-cell office:value-type=\"string\"><text:p>{word}</text:p></table:table-cell></table:table-row>"
        )
    };
    let rows = [
        line("", "氏名"),
        line(" table:number-rows-repeated=\"2\"", "山田"),
        line(" table:visibility=\"filter\" table:number-rows-repeated=\"2\"", "森"),
        line(" table:visibility=\"collapse\"", "林"),
        line("", "#N/A"),
    ];
    let other = format!("<table:table table:name=\"ほか\">{}</table:table>", line("", "氏名"));
    let content = format!("<a><table:table table:name=\"名簿\">{}</table:table>{other}</a>", rows.concat());
    let mut file = zip::ZipWriter::new(Cursor::new(Vec::<u8>::new()));
    let kind = "application/vnd.oasis.opendocument.spreadsheet";
    for (name, text) in
        [("mimetype", kind), ("META-INF/manifest.xml", "<a/>"), ("content.xml", content.as_str())]
    {
        file.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        file.write_all(text.as_bytes()).expect("its text");
    }
    let book = file.finish().expect("a workbook").into_inner();
    let columns = [("氏名", CellType::Text)];
    let hidden = TableFault::Hidden { sheet: "名簿".to_owned(), rows: 3 };
    assert_eq!(read(&book, &columns, None), Err(hidden));
    let error = TableFault::ErrorCells { sheet: "名簿".to_owned(), cells: "A7（#N/A）".to_owned() };
    assert_eq!(read(&book, &columns, Some(HiddenChoice::Skip)), Err(error), "an error is one as a word too");
}

#[test]
fn a_cell_that_is_not_what_its_column_says_is_named() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("台帳").expect("a name");
    for (column, title) in (0..).zip(["氏名", "締切", "人数", "備考"]) {
        sheet.write(0, column, title).expect("a title");
    }
    sheet.write(1, 0, Formula::new("=NA()").set_result("#N/A")).expect("an error");
    sheet.write(2, 0, Formula::new("=1/0").set_result("#DIV/0!")).expect("an error");
    sheet.write(1, 1, "未定").expect("no day").write(2, 1, "令和8年13月1日").expect("no day");
    sheet.write(1, 2, 1234.5).expect("a fraction").write(2, 2, 3).expect("a number");
    sheet.write(1, 3, "見込み").expect("a word");
    let book = book.save_to_buffer().expect("a workbook");
    let (sheet, cells) = (|| "台帳".to_owned(), |text: &str| text.to_owned());
    for (title, kind, wanted) in [
        (
            "氏名",
            CellType::Text,
            TableFault::ErrorCells { sheet: sheet(), cells: cells("A2（#N/A）、A3（#DIV/0!）") },
        ),
        ("締切", CellType::Date, TableFault::NoDay { sheet: sheet(), cells: cells("B2、B3") }),
        ("人数", CellType::Integer, TableFault::Fractions { sheet: sheet(), cells: cells("C2") }),
    ] {
        let refused = read(&book, &[(title, kind)], None).expect_err(title);
        assert_eq!(refused, wanted);
        assert!(!refused.to_string().contains("未定"), "what stands in a cell may be personal");
    }
    let table = read(&book, &[("締切", CellType::Text), ("人数", CellType::Decimal)], None).expect("a table");
    assert_eq!(json!(table.rows[0]), json!({"締切": "未定", "人数": 1234.5}));
}
