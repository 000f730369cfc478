//! What a ledger says of formulas that nobody has calculated, and of sums that would lack a value.

use super::{
    Cell, CellType, Column, Ledger, LedgerFault, LedgerSheet, SheetTable, TableFault, Wanted, table_in,
    workbook,
};
use jiff::{civil::date, tz::TimeZone};
use serde_json::{Value, json};

/// A column with the sum below it.
fn summed(title: &str, kind: CellType, formula: Option<&str>) -> Column {
    Column {
        title: title.to_owned(),
        kind,
        formula: formula.map(ToOwned::to_owned),
        total: true,
        ..Column::default()
    }
}

/// A ledger with a column of amounts and one of a formula; each line has its amount and what it says of the formula.
fn ledger(lines: &[(Value, Value)]) -> Ledger {
    let columns =
        vec![summed("金額", CellType::Money, None), summed("倍", CellType::Money, Some("[金額]*2"))];
    let row = |(amount, known): &(Value, Value)| {
        vec![Cell::of(amount, CellType::Money, 1), Cell::of(known, CellType::Money, 1)]
    };
    let sheet = LedgerSheet {
        name: String::new(),
        part: None,
        title: "集計".to_owned(),
        note: String::new(),
        columns,
        rows: lines.iter().map(row).collect(),
        mail_merge: false,
    };
    Ledger {
        sheets: vec![sheet],
        made: date(2026, 4, 1).at(8, 30, 0, 0).to_zoned(TimeZone::UTC).expect("a time"),
    }
}

/// Reads the columns, and the cell in the first column below so many lines, back.
fn read_back(ledger: Ledger, columns: &[&str], cell: &str) -> Result<SheetTable, TableFault> {
    let lines = ledger.sheets[0].rows.len();
    let opened = workbook(ledger.bytes().expect("a ledger"), "簿.xlsx").expect("a workbook");
    let column =
        |title: &&str| Column { title: (*title).to_owned(), kind: CellType::Money, ..Column::default() };
    let place = format!("{cell}{}", lines + 4);
    let wanted = Wanted {
        header: 3,
        columns: columns.iter().map(column).collect(),
        cells: vec![("合計".to_owned(), place)],
        ..Wanted::default()
    };
    table_in(opened, "簿.xlsx", &wanted)
}

#[test]
fn a_formula_of_which_nothing_is_known_is_no_zero() {
    let unknown = || ledger(&[(json!(100), json!(200)), (json!(300), Value::Null)]);
    let place = |fault: TableFault| match fault {
        TableFault::Uncalculated(place) => place,
        other => panic!("{other}"),
    };
    assert_eq!(place(read_back(unknown(), &["倍"], "A").expect_err("B5 waits")), "B5");
    assert_eq!(place(read_back(unknown(), &[], "B").expect_err("its sum waits")), "B6");
    let amounts = read_back(unknown(), &["金額"], "A").expect("numbers");
    assert_eq!(amounts.cells["合計"], json!("400"));
}

#[test]
fn a_formula_whose_value_the_line_says_is_read() {
    let known = || ledger(&[(json!(100), json!(200)), (json!(300), json!(600))]);
    let read = read_back(known(), &["金額", "倍"], "B").expect("a table");
    assert_eq!(read.cells["合計"], json!("800"));
    // The row of sums is a line for who does not say where the table ends.
    let line = |amount: u32, twice: u32| json!({"金額": amount, "倍": twice});
    assert_eq!(json!(read.rows), json!([line(100, 200), line(300, 600), line(400, 800)]));
}

#[test]
fn a_sum_that_would_lack_a_value_is_refused() {
    let amounts = ["△300", "９００円", "1,200", ""].map(|amount| (json!(amount), json!(0)));
    let read = read_back(ledger(&amounts), &[], "A").expect("a table");
    assert_eq!(read.cells["合計"], json!("1800"));
    for word in ["未定", "3,4", "12.5"] {
        let fault = ledger(&[(json!(1), json!(2)), (Value::Null, json!(2)), (json!(word), json!(2))]).bytes();
        let fault = fault.expect_err("a sum without a value");
        assert!(matches!(&fault, LedgerFault::NotSummed { line: 3, value, .. } if value == word), "{fault}");
        let told = fault.to_string();
        assert!(told.starts_with("「集計」の列「金額」は合計する列ですが、3件目の値"), "{told}");
    }
    let mut without = ledger(&[(json!("未定"), json!(2))]);
    without.sheets[0].columns[0].total = false;
    assert!(without.bytes().is_ok(), "what is not summed stays what it is");
}
