//! What was cancelled or became protected after it was listed is taken out before the letters are posted.

use crate::bench::{City, Office, root, text};
use calamine::{Reader, Xlsx, open_workbook};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::{fs, path::Path};

/// A ledger as the night wrote it. Since then 清水's move was cancelled and 三輪's household is protected.
fn ledger(at: &Path) {
    let lines = [
        ("000001", "00000101257", "2026-10-15", "国外転入等"),
        ("000002", "00000124028", "2026-11-11", "転居"),
        ("000003", "00000126934", "2026-10-26", "国内転入"),
        ("000004", "00000999999", "2026-11-11", "転居"),
    ];
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("発送簿").unwrap();
    sheet.write(0, 0, "住民異動届受理通知 発送簿").unwrap();
    for (n, title) in (0..).zip(["受付番号", "宛名番号", "届出日", "異動事由"]) {
        sheet.write(2, n, title).unwrap();
    }
    let day = Format::new().set_num_format("yyyy/mm/dd");
    for (row, (receipt, number, notice, reason)) in (3..).zip(lines) {
        sheet.write(row, 0, receipt).unwrap().write(row, 1, number).unwrap().write(row, 3, reason).unwrap();
        let notice = ExcelDateTime::parse_from_str(notice).unwrap();
        sheet.write_with_format(row, 2, &notice, &day).unwrap();
    }
    book.save(at).unwrap();
}

fn sheet(office: &Office, file: &str, name: &str) -> String {
    let mut book: Xlsx<_> = open_workbook(office.path(file)).unwrap();
    let words = book.worksheet_range(name).unwrap();
    words.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_was_cancelled_after_it_was_listed_is_not_posted() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &[]);
    let office = Office::bare();
    let shipped = root().join("scenarios/resident-move-recheck/scenario.yaml");
    fs::copy(shipped, office.path("scenarios/resident-move-recheck.yaml")).unwrap();
    fs::write(office.path("shoki.toml"), format!("[settings]\njuki_url = \"{}\"\n", city.url)).unwrap();
    office.account("juki_robot", "juki_robot", "robot-2026");

    let output = office.shoki(&["run", "resident-move-recheck"]);
    let said = [output.stdout, output.stderr].map(|out| text(&out)).concat();
    assert!(said.contains("発送簿がありません"), "{said}");

    ledger(&office.path("出力/発送簿_2026-11-19.xlsx"));
    fs::write(office.path("出力/発送簿_2026-11-01.xlsx"), "an older one is not even opened").unwrap();
    for _ in 0..2 {
        let run = office.json(&["run", "resident-move-recheck"])["run"].take();
        let file = run["outputs"][0].as_str().unwrap_or_else(|| panic!("{run:#}"));
        let good = sheet(&office, file, "発送してよいもの");
        let receipts: Vec<&str> = good.lines().filter(|word| word.starts_with("00000")).collect();
        assert_eq!(receipts, ["000001"], "{good}");
        let out = sheet(&office, file, "抜き取り");
        for word in
            ["000002", "この異動は取り消されています", "000003", "支援措置", "000004", "見つかりません"]
        {
            assert!(out.contains(word), "{word}: {out}");
        }
        let everywhere = format!("{good}\n{out}");
        assert!(!everywhere.contains("00000126934") && !everywhere.contains("三輪"), "{everywhere}");
    }
    assert_eq!(city.ledger().len(), 0, "nothing is registered by looking");
    assert!(office.verdict()["faults"].as_array().unwrap().is_empty());
}
