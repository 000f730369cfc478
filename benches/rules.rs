//! What the rules cost: places for a city and a metropolis, a portal's file of 100,000 lines, a year of overtime sheets from
//! Excel to a workbook. `cargo bench --bench rules`.
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first surprise")]

#[path = "../fixtures/nursery/generator.rs"]
#[expect(dead_code, reason = "the small shapes are for the tests")]
mod generator;

use generator::{Shape, applications};
use jiff::{Zoned, civil::date};
use rust_xlsxwriter::Workbook;
use serde_json::{Map, json};
use shoki::{
    drivers::excel::{Column, Ledger, LedgerSheet, Wanted, read_table},
    rules::{
        furusato::read_portal,
        nursery::{Market, blocking, place},
        overtime::{Days, Line, Ordinance, Pay, Person, Sheet, WorkingHours},
    },
    text::cp932,
};
use std::{collections::BTreeSet, path::Path, time::Instant};

fn nursery(name: &str, shape: &Shape) {
    let (seats, children, together) = applications(shape, 1);
    let start = Instant::now();
    let market = Market::new(seats, children, &together, None).unwrap();
    let placement = place(&market);
    let took = start.elapsed();
    let blocked = blocking(&market, &placement.seats).len();
    println!(
        "{name}: {} children, {} groups: {took:?}, {blocked} blocking",
        market.children.len(),
        market.groups.len()
    );
}

fn portal() {
    let head = "受付番号,申込日時,入金日,寄附者氏名,フリガナ,郵便番号,住所,電話番号,寄附金額,使い道,応援メッセージ,ワンストップ希望\r\n";
    let line = |n: u32| {
        format!(
            "\"{n:08}\",2025/12/01 10:00,2025/12/02,髙橋 一郎{n},ﾀｶﾊｼ ｲﾁﾛｳ,6400941,和歌山県和歌山市緑町1-2-{n},09012345678,\"10,000\",子育て,\"がんばって\r\nください\",希望する\r\n"
        )
    };
    let text: String = std::iter::once(head.to_owned()).chain((1..=100_000).map(line)).collect();
    let bytes = cp932::encode(&text).unwrap();
    let start = Instant::now();
    let portal = read_portal(&bytes, &BTreeSet::new()).unwrap();
    println!(
        "portal CSV: {} donations, {} MB: {:?}",
        portal.donations.len(),
        bytes.len() >> 20,
        start.elapsed()
    );
}

/// One workbook a month with the lines of all people; the year is read, settled and written.
fn overtime(people: u32, months: i8) {
    let dir = tempfile::tempdir().unwrap();
    for month in 1..=months {
        sheets(&dir.path().join(format!("{month}.xlsx")), people, month);
    }
    let start = Instant::now();
    let columns = ["職員番号", "月日", "自", "至"].map(|t| Column { title: t.into(), ..Column::default() });
    let rule = Ordinance::default();
    let days = Days::of(&rule).unwrap();
    let (mut lines, mut yen) = (Vec::new(), 0);
    for month in 1..=months {
        let at = dir.path().join(format!("{month}.xlsx"));
        let wanted = Wanted { sheet: None, header: 1, columns: &columns, cells: &[], until: None };
        let rows = read_table(&at, wanted).unwrap().rows;
        for of_person in rows.chunk_by(|a, b| a["職員番号"] == b["職員番号"]) {
            let text = |row: &Map<String, serde_json::Value>, key: &str| {
                row[key].as_str().unwrap_or_default().to_owned()
            };
            let line = |row| Line {
                day: text(row, "月日"),
                from: text(row, "自"),
                to: text(row, "至"),
                ..Line::default()
            };
            let person = Person {
                pays: vec![Pay { from: date(2020, 1, 1), base: 257_500, allowances: Vec::new() }],
                hours: WorkingHours::default(),
                sheet: Sheet { lines: of_person.iter().map(line).collect(), ..Sheet::default() },
                ..Person::default()
            };
            let settled = person.settle(date(2026, month, 1), &rule, &days).unwrap();
            yen += settled.pay.yen;
            let row =
                json!({"職員番号": text(&of_person[0], "職員番号"), "月": month, "金額": settled.pay.yen});
            lines.push(row.as_object().cloned().unwrap());
        }
    }
    let columns =
        ["職員番号", "月", "金額"].map(|t| Column { title: t.into(), ..Column::default() }).to_vec();
    let count = lines.len();
    let sheet =
        LedgerSheet {
            name: "集計".into(), title: "集計".into(), note: String::new(), columns, rows: lines
        };
    let bytes = Ledger { sheets: vec![sheet], made: Zoned::now() }.bytes().unwrap();
    println!(
        "overtime: {count} person-months, {yen} yen, {} MB out: {:?}",
        bytes.len() >> 20,
        start.elapsed()
    );
}

fn sheets(at: &Path, people: u32, month: i8) {
    let mut book = Workbook::new();
    let out = book.add_worksheet();
    for (column, title) in (0..).zip(["職員番号", "月日", "自", "至"]) {
        out.write(0, column, title).unwrap();
    }
    for row in 0..people * 10 {
        let day = format!("2026-{month:02}-{:02}", 1 + row % 10 * 2);
        for (column, value) in
            (0..).zip([format!("{:05}", row / 10), day, "17:15".into(), format!("{}:30", 19 + row % 4)])
        {
            out.write(row + 1, column, value).unwrap();
        }
    }
    book.save(at).unwrap();
}

fn main() {
    nursery("city", &Shape::city());
    nursery("metropolis", &Shape::metropolis());
    portal();
    overtime(3_000, 12);
}
