//! What the rules cost: places for a city and a metropolis, a portal's file of 100,000 lines, a year of overtime sheets from
//! Excel to a workbook, a workbook written and read (beside openpyxl: `sh installer/workbooks.sh`).
//!
//!     cargo bench --bench rules [-- nursery | portal | overtime | workbook]
//!
//! Prints numbers; asserts only that what was asked for came out.
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first surprise")]

#[path = "../fixtures/nursery/generator.rs"]
#[expect(dead_code, reason = "the small shapes are for the tests")]
mod generator;

use generator::{Shape, applications};
use rust_xlsxwriter::Workbook;
use serde_json::{Map, Value, json};
use shoki::{
    actions::ACTIONS,
    clock::ManualClock,
    drivers::{
        ocr::NativeParts,
        readers::{PoolConfig, ReaderPool},
    },
    form::Forms,
    rules::nursery::{Market, blocking, place},
    step::{Catalog, Folder, Place, Resources, StepContext},
    text::cp932,
};
use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Workbooks are read behind walls.
fn readers() -> ReaderPool {
    let usual = PoolConfig::usual(NativeParts::default()).unwrap();
    ReaderPool::new(PoolConfig { program: env!("CARGO_BIN_EXE_shoki").into(), readers: 1, ..usual })
}

/// Does one step of a scenario, as the engine does it.
fn step(root: &Path, action: &str, with: Value) -> Value {
    let place = Place { run: "R1".into(), scenario: "s".into(), item: None, step: "p".into(), attempt: 1 };
    let cx = StepContext {
        folder: Arc::new(Folder::new(root.to_owned())),
        forms: Arc::new(Forms::new()),
        clock: Arc::new(ManualClock::new("2026-04-01T08:30:00+09:00".parse().unwrap())),
        place,
        resources: Resources::default().with(Arc::new(readers())),
        system: None,
        session: None,
        answer: None,
        kept: Vec::new().into(),
    };
    let action = Catalog(ACTIONS).get(action).unwrap().parse(with).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(action.run(&cx)).unwrap()
}

/// The most memory this process had so far, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() >> 10
}

fn nursery(name: &str, shape: &Shape) {
    let (seats, children, together) = applications(shape, 1);
    let start = Instant::now();
    let market = Market::new(seats, children, &together, None).unwrap();
    let placement = place(&market);
    let took = start.elapsed();
    let blocked = blocking(&market, &placement.seats).len();
    println!(
        "{name}: {} children, {} groups: {took:?}, {} placed, {blocked} blocking{}",
        market.children.len(),
        market.groups.len(),
        placement.seats.iter().flatten().count(),
        if placement.unavoidable { " (proved unavoidable)" } else { "" }
    );
}

/// 100,000 lines of a portal in, and canonical lines out as a file to import.
fn portal() {
    let head = "受付番号,申込日時,入金日,寄附者氏名,フリガナ,郵便番号,住所,電話番号,寄附金額,使い道,応援メッセージ,ワンストップ希望\r\n";
    let line = |n: u32| {
        format!(
            "\"{n:08}\",2025/12/01 10:00,2025/12/02,髙橋 一郎{n},ﾀｶﾊｼ ｲﾁﾛｳ,6400941,和歌山県和歌山市緑町1-2-{n},09012345678,\"10,000\",子育て,\"がんばって\r\nください\",希望する\r\n"
        )
    };
    let dir = tempfile::tempdir().unwrap();
    {
        let text: String = std::iter::once(head.to_owned()).chain((1..=100_000).map(line)).collect();
        fs::write(dir.path().join("p.csv"), cp932::encode(&text).unwrap()).unwrap();
    }
    let (bytes, before) = (fs::metadata(dir.path().join("p.csv")).unwrap().len(), peak());
    let columns = [
        "受付番号",
        "申込日",
        "入金日",
        "寄附者氏名",
        "フリガナ",
        "郵便番号",
        "住所",
        "電話番号",
        "寄附金額",
        "使い道",
        "ワンストップ",
        "応援メッセージ",
    ];
    let convert = json!({"file": "p.csv", "to": "取込.csv", "encoding": "cp932", "columns": columns});
    let start = Instant::now();
    let out = step(dir.path(), "donation.convert", convert);
    let (converted, most) = (start.elapsed(), peak());
    assert_eq!(out["rows"], 100_000);
    println!(
        "portal CSV: {} donations, {} MB in, {} MB out: {converted:?}; memory {before} MiB before, at most {most} MiB",
        out["rows"],
        bytes >> 20,
        fs::metadata(dir.path().join("取込.csv")).unwrap().len() >> 20
    );
    let start = Instant::now();
    let portal = step(dir.path(), "donation.read", json!({"file": "p.csv"}));
    assert_eq!(portal["rows"].as_array().unwrap().len(), 100_000);
    println!("portal CSV: as a list for later steps: {:?}; memory at most {} MiB", start.elapsed(), peak());
}

fn all(first: &[Value], more: Vec<Value>) -> Vec<Value> {
    first.iter().cloned().chain(more).collect()
}

/// A year of a city: one workbook a month with the lines of all people, read, calculated, written as the scenario writes it.
fn overtime(people: u32, months: i8) {
    let dir = tempfile::tempdir().unwrap();
    for month in 1..=months {
        sheets(&dir.path().join(format!("{month}.xlsx")), people, month);
    }
    let staff: Vec<_> = (0..people)
        .map(|n| json!({"職員番号": format!("{n:05}"), "氏名": format!("職員 {n}"), "所属": format!("第{}課", n % 60), "給料月額": 230_000 + n % 50 * 2_500}))
        .collect();
    let column = |title: &str, kind: &str| json!({"title": title, "type": kind});
    let text = |titles: &[&str]| titles.iter().map(|t| column(t, "text")).collect::<Vec<_>>();
    let start = Instant::now();
    let (mut reading, mut writing) = (Duration::ZERO, Duration::ZERO);
    let (mut lines, mut yen, mut size) = (0, 0, 0);
    for month in 1..=months {
        let read = json!({"file": format!("{month}.xlsx"), "columns": text(&["職員番号", "月日", "自", "至", "休憩"])});
        let begun = Instant::now();
        let rows = step(dir.path(), "excel.read", read)["rows"].take();
        reading += begun.elapsed();
        lines += rows.as_array().unwrap().len();
        let with = json!({"month": format!("2026-{month:02}"), "employees": staff, "lines": rows});
        let out = step(dir.path(), "overtime.calculate", with);
        yen += out["total"].as_i64().unwrap();
        let who = text(&["所属", "職員番号", "氏名"]);
        // The engine copies a list once, from the outcome of a step to the arguments of the next; so does this.
        let sheet = |name: &str, rows: &Value, more: Vec<Value>| json!({"name": name, "title": name, "columns": all(&who, more), "rows": rows});
        let numbers = |titles: &[&str]| titles.iter().map(|t| column(t, "integer")).collect::<Vec<_>>();
        let sheets = vec![
            sheet(
                "内訳",
                &out["details"],
                numbers(&["支給割合", "分", "時間", "時間単価", "1時間当たり", "金額"]),
            ),
            sheet(
                "明細",
                &out["pieces"],
                all(&text(&["月日", "曜日", "自", "至", "区分"]), numbers(&["支給割合", "分"])),
            ),
            sheet("上限警告", &out["limits"], text(&["状態", "上限"])),
            sheet("中止", &out["stopped"], text(&["行", "理由"])),
        ];
        let mut write = json!({"file": format!("集計_{month}.xlsx"), "title": "集計",
            "columns": all(&who, numbers(&["125", "135", "150", "160", "175", "時間外分", "手当額"])),
            "rows": out["summary"]});
        write["sheets"] = sheets.into();
        let begun = Instant::now();
        step(dir.path(), "excel.write", write);
        writing += begun.elapsed();
        size += fs::metadata(dir.path().join(format!("集計_{month}.xlsx"))).unwrap().len();
    }
    println!(
        "overtime: {people} people × {months} months, {lines} lines, {yen} yen, {} KB out: {:?}, of which {reading:?} reading, {writing:?} writing",
        size >> 10,
        start.elapsed()
    );
}

fn sheets(at: &Path, people: u32, month: i8) {
    let mut book = Workbook::new();
    let out = book.add_worksheet();
    for (column, title) in (0..).zip(["職員番号", "月日", "自", "至", "休憩"]) {
        out.write(0, column, title).unwrap();
    }
    for row in 0..people * 10 {
        let day = format!("2026-{month:02}-{:02}", 1 + row % 10 * 2);
        let times = ["17:15".to_owned(), format!("{}:30", 19 + row % 4)];
        for (column, value) in (0..).zip([format!("{:05}", row / 10), day].into_iter().chain(times)) {
            out.write(row + 1, column, value).unwrap();
        }
    }
    book.save(at).unwrap();
}

/// A table of 14 columns: text, dates, yen. The same is written and read by `benches/workbooks.py`.
fn workbook(lines: u32) {
    let dir = tempfile::tempdir().unwrap();
    let kinds = |n: usize| {
        if n == 1 || n == 2 {
            "date"
        } else if n == 9 {
            "money"
        } else {
            "text"
        }
    };
    let columns: Vec<_> = (0..14).map(|n| json!({"title": format!("列{n}"), "type": kinds(n)})).collect();
    let value = |row: u32, n: usize| match n {
        1 => json!("2026-11-18"),
        2 => json!("2026-11-19"),
        9 => json!(10_000 + row),
        _ => json!(format!("値{n}-{row}")),
    };
    let row = |row: u32| (0..14).map(|n| (format!("列{n}"), value(row, n))).collect::<Map<_, _>>();
    let with = json!({"file": "表.xlsx", "title": "表", "columns": columns, "rows": (0..lines).map(row).collect::<Vec<_>>()});
    let start = Instant::now();
    step(dir.path(), "excel.write", with);
    let written = start.elapsed();
    let start = Instant::now();
    let read = json!({"file": "表.xlsx", "header_row": 3, "columns": columns});
    let out = step(dir.path(), "excel.read", read);
    assert_eq!(out["rows"].as_array().unwrap().len(), lines as usize);
    println!(
        "workbook {lines} x 14: write {:.3} read {:.3}",
        written.as_secs_f64(),
        start.elapsed().as_secs_f64()
    );
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let asked = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    if asked("portal") {
        portal();
    }
    if asked("nursery") {
        nursery("city", &Shape::city());
        nursery("metropolis", &Shape::metropolis());
    }
    if asked("overtime") {
        overtime(3_000, 12);
    }
    if asked("workbook") {
        workbook(50_000);
    }
}
