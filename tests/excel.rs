//! Workbooks are what Excel understands: written through the action, read back with another library and with our own action.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::{Value, json};
use shoki::{
    actions::ACTIONS,
    clock::ManualClock,
    drivers::{
        ocr::NativeParts,
        readers::{PoolConfig, ReaderPool},
    },
    form::Forms,
    step::{Catalog, Failure, FailureKind, Folder, Place, Resources, StepContext},
};
use std::{fs, io::Read, path::Path, sync::Arc};

/// Walled-in readers that see this office.
fn readers(root: &Path) -> ReaderPool {
    let usual = PoolConfig::usual(NativeParts::default()).unwrap();
    let program = env!("CARGO_BIN_EXE_shoki").into();
    ReaderPool::new(PoolConfig { program, readers: 1, office: Some(root.to_owned()), ..usual })
}

fn context(root: &Path) -> StepContext {
    let place = Place { run: "R1".into(), scenario: "s".into(), item: None, step: "p".into(), attempt: 1 };
    StepContext {
        folder: Arc::new(Folder::new(root.to_owned())),
        forms: Arc::new(Forms::new()),
        clock: Arc::new(ManualClock::new("2026-04-01T08:30:00+09:00".parse().unwrap())),
        place,
        resources: Resources::default().with(Arc::new(readers(root))),
        system: None,
        session: None,
        answer: None,
        kept: Vec::new().into(),
    }
}

async fn run(root: &Path, action: &str, with: Value) -> Result<Value, Failure> {
    let action = Catalog(ACTIONS).get(action).unwrap().parse(with).unwrap();
    action.run(&context(root)).await
}

/// The columns of domain's 発送簿 and lines with everything that is hard about them.
fn dispatch_ledger(file: &str) -> Value {
    let plain = [
        "異動事由",
        "宛名番号",
        "届出人氏名",
        "異動者氏名（代表）",
        "郵便番号",
        "宛先住所",
        "方書",
        "宛先区分",
        "郵便種別",
        "抑止確認",
        "備考",
    ];
    let mut columns = vec![
        json!({"title": "No", "type": "counter"}),
        json!({"title": "発送日", "type": "date"}),
        json!({"title": "届出日", "type": "wareki"}),
    ];
    columns.extend(plain.map(|title| json!({"title": title})));
    columns.push(json!({"title": "人数", "type": "integer"}));
    columns.push(json!({"title": "料金", "type": "money"}));
    let row = |number: &str, name: &str, address: &str, note: &str| {
        json!({"発送日": "2026-04-01", "届出日": "2026-03-30", "異動事由": "転入", "宛名番号": number, "届出人氏名": name,
            "異動者氏名（代表）": name, "郵便番号": "0640941", "宛先住所": address, "方書": "", "宛先区分": "異動前", "郵便種別": "普通",
            "抑止確認": true, "備考": note, "人数": 2, "料金": 1110})
    };
    let rows = json!([
        row(
            "00000012345",
            "髙橋 一郎",
            "北海道札幌市中央区旭ケ丘五丁目一番二十三号",
            "=HYPERLINK(\"http://example.invalid\",\"押\")"
        ),
        row(
            "00000000001",
            "𠮷野 﨑子",
            "東京都千代田区丸の内一丁目九番一号 丸の内第二マンション一二三号室（管理人室気付）",
            "+81"
        ),
        row("00000000019", "渡邉 齋", "和歌山県東牟婁郡北山村大沼四十二", "@SUM(A1)\n二行目"),
    ]);
    let waiting = json!({"name": "未処理一覧", "title": "未処理の件", "columns": [{"title": "件"}, {"title": "理由"}],
        "rows": [{"件": "7", "理由": "職員の確認を待っています"}]});
    json!({"file": file, "title": "住民異動届受理通知 発送簿", "sheet": "発送簿", "note": "みどり市 市民窓口課　実行 01J9ZQ", "columns": columns, "rows": rows, "sheets": [waiting]})
}

/// One part of the workbook's zip, as text.
fn part(path: &Path, name: &str) -> String {
    let out = std::process::Command::new("python3")
        .args([
            "-c",
            "import sys,zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))",
        ])
        .arg(path)
        .arg(name)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

#[tokio::test]
async fn a_ledger_keeps_every_value_as_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let out = run(dir.path(), "excel.write", dispatch_ledger("出力/発送簿.xlsx")).await.unwrap();
    assert_eq!(out, json!({"file": "出力/発送簿.xlsx", "rows": 3}));
    let mut book: Xlsx<_> = open_workbook(dir.path().join("出力/発送簿.xlsx")).unwrap();
    assert_eq!(book.sheet_names(), ["発送簿", "未処理一覧"]);
    let sheet = book.worksheet_range("発送簿").unwrap();
    let at = |row: u32, column: u32| sheet.get_value((row, column)).unwrap().clone();
    let text = |t: &str| Data::String(t.to_owned());
    assert_eq!(at(0, 0), text("住民異動届受理通知 発送簿"));
    assert_eq!(at(1, 0), text("2026年4月1日 08:30 作成　みどり市 市民窓口課　実行 01J9ZQ　3件"));
    assert_eq!((at(2, 0), at(3, 0), at(5, 0)), (text("No"), Data::Float(1.0), Data::Float(3.0)));
    assert!(
        matches!(at(3, 1), Data::DateTime(d) if d.to_ymd_hms_milli() == (2026, 4, 1, 0, 0, 0, 0)),
        "{:?}",
        at(3, 1)
    );
    assert_eq!((at(3, 4), at(4, 4)), (text("00000012345"), text("00000000001")));
    assert_eq!((at(4, 5), at(3, 7)), (text("𠮷野 﨑子"), text("0640941")));
    assert_eq!((at(3, 12), at(3, 14), at(3, 15)), (text("○"), Data::Float(2.0), Data::Float(1110.0)));
}

#[tokio::test]
async fn no_text_is_ever_a_formula() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "excel.write", dispatch_ledger("簿.xlsx")).await.unwrap();
    let xml = part(&dir.path().join("簿.xlsx"), "xl/worksheets/sheet1.xml");
    assert!(!xml.contains("<f>") && !xml.contains("<hyperlink"), "a formula or a link in the sheet");
    let mut book: Xlsx<_> = open_workbook(dir.path().join("簿.xlsx")).unwrap();
    let sheet = book.worksheet_range("発送簿").unwrap();
    let notes = [3, 4, 5].map(|row| sheet.get_value((row, 13)).unwrap().to_string());
    assert_eq!(notes, ["=HYPERLINK(\"http://example.invalid\",\"押\")", "+81", "@SUM(A1)\n二行目"]);
}

#[tokio::test]
async fn it_is_set_up_for_a4_paper() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "excel.write", dispatch_ledger("簿.xlsx")).await.unwrap();
    let xml = part(&dir.path().join("簿.xlsx"), "xl/worksheets/sheet1.xml");
    for wanted in [
        "fitToPage=\"1\"",
        "paperSize=\"9\"",
        "orientation=\"landscape\"",
        "fitToHeight=\"0\"",
        "&amp;P / &amp;N",
        "state=\"frozen\"",
        "<autoFilter ref=\"A3:P6\"",
    ] {
        assert!(xml.contains(wanted), "{wanted} is missing in {xml}");
    }
    let book = part(&dir.path().join("簿.xlsx"), "xl/workbook.xml");
    assert!(book.contains("_xlnm.Print_Titles") && book.contains("_xlnm.Print_Area"), "{book}");
}

#[tokio::test]
async fn what_was_written_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "excel.write", dispatch_ledger("簿.xlsx")).await.unwrap();
    let columns = json!([{"title": "宛名番号"}, {"title": "届出日", "type": "date"}, {"title": "人数", "type": "integer"}, {"title": "方書"}]);
    let read = run(dir.path(), "excel.read", json!({"file": "簿.xlsx", "header_row": 3, "columns": columns}))
        .await
        .unwrap();
    let first = json!({"宛名番号": "00000012345", "届出日": "2026-03-30", "人数": 2, "方書": null});
    assert_eq!((read["rows"].as_array().unwrap().len(), &read["rows"][0]), (3, &first));
}

/// A workbook as offices make them: two rows of merged titles, error cells, wareki as text, numbers typed as text.
fn office_workbook(path: &Path) {
    use rust_xlsxwriter::{Format, Formula, Workbook};
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("名簿").unwrap();
    let plain = Format::new();
    sheet.write(0, 0, "令和8年度 名簿").unwrap();
    sheet.merge_range(1, 0, 2, 0, "宛名\n番号", &plain).unwrap();
    sheet.merge_range(1, 1, 1, 2, "異動前", &plain).unwrap();
    sheet.merge_range(1, 3, 1, 4, "異動後", &plain).unwrap();
    for (column, title) in [(1, "住所"), (2, "異動日"), (3, "住所"), (4, "異動日")] {
        sheet.write(2, column, title).unwrap();
    }
    sheet.write(2, 5, "金額").unwrap();
    sheet
        .write(3, 0, "00123")
        .unwrap()
        .write(3, 1, "旧一丁目")
        .unwrap()
        .write(3, 2, "令和8年4月1日")
        .unwrap();
    sheet.write(3, 3, Formula::new("=B4").set_result("新二丁目")).unwrap();
    let day = Format::new().set_num_format("yyyy/mm/dd");
    sheet
        .write_with_format(3, 4, &jiff::civil::date(2026, 4, 2), &day)
        .unwrap()
        .write(3, 5, "1,234")
        .unwrap();
    sheet.write(5, 0, 45).unwrap().write(5, 5, 7).unwrap();
    book.save(path).unwrap();
}

#[tokio::test]
async fn an_offices_own_workbook_is_read_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    office_workbook(&dir.path().join("名簿.xlsx"));
    let columns = json!([{"title": "宛名番号"}, {"title": "異動前/住所"}, {"title": "異動前/異動日", "type": "date"},
        {"title": "異動後/住所"}, {"title": "異動後/異動日", "type": "date"}, {"title": "金額", "type": "money"}]);
    let read =
        run(dir.path(), "excel.read", json!({"file": "名簿.xlsx", "header_row": 3, "columns": columns}))
            .await
            .unwrap();
    let first = json!({"宛名番号": "00123", "異動前/住所": "旧一丁目", "異動前/異動日": "令和8年4月1日", "異動後/住所": "新二丁目",
        "異動後/異動日": "2026-04-02", "金額": 1234});
    assert_eq!(read["rows"][0], first);
    assert_eq!(
        (&read["rows"][1]["宛名番号"], &read["rows"][1]["金額"], &read["rows"][2]),
        (&json!("45"), &json!(7), &Value::Null)
    );
}

async fn fault(root: &Path, action: &str, with: Value) -> (FailureKind, &'static str, String) {
    let failure = run(root, action, with).await.unwrap_err();
    (failure.kind, failure.code, failure.message)
}

#[tokio::test]
async fn each_bad_input_has_its_sentence() {
    let dir = tempfile::tempdir().unwrap();
    office_workbook(&dir.path().join("名簿.xlsx"));
    fs::write(dir.path().join("壊.xlsx"), b"PK\x03\x04 no more").unwrap();
    fs::write(dir.path().join("空.xlsx"), b"").unwrap();
    let read = |file: &str, row: u32, title: &str| json!({"file": file, "header_row": row, "columns": [{"title": title}]});
    for (with, code, words) in [
        (read("ない.xlsx", 1, "氏名"), "SHK0604", "「ない.xlsx」が見つかりません"),
        (read("壊.xlsx", 1, "氏名"), "SHK0606", "「壊.xlsx」を Excel ファイルとして読めません"),
        (read("空.xlsx", 1, "氏名"), "SHK0606", "「空.xlsx」を Excel ファイルとして読めません"),
        (read("../名簿.xlsx", 1, "氏名"), "SHK0605", "庁のフォルダーの外"),
        (read("名簿.xlsx", 3, "宛名番"), "SHK0607", "もしかして「宛名番号」ですか"),
        (read("名簿.xlsx", 3, "住所"), "SHK0607", "二列以上にあります"),
        (
            json!({"file": "名簿.xlsx", "sheet": "台帳", "columns": [{"title": "氏名"}]}),
            "SHK0607",
            "シート「台帳」がありません。あるのは「名簿」です",
        ),
    ] {
        let (kind, got, message) = fault(dir.path(), "excel.read", with).await;
        assert_eq!((kind, got), (FailureKind::Stop, code), "{message}");
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn an_open_workbook_is_tried_again_later() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("~$簿.xlsx"), b"").unwrap();
    let (kind, code, message) = fault(dir.path(), "excel.write", dispatch_ledger("簿.xlsx")).await;
    assert_eq!((kind, code), (FailureKind::Again, "SHK0601"));
    assert!(message.contains("「簿.xlsx」を開いている人がいます。閉じてください"), "{message}");
    assert!(!dir.path().join("簿.xlsx").exists());
}

#[tokio::test]
async fn a_ledger_that_excel_could_not_open_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let with = |sheet: &str, columns: Value| json!({"file": "簿.xlsx", "title": "簿", "sheet": sheet, "columns": columns, "rows": []});
    let twice = json!([{"title": "氏名"}, {"title": "氏名"}]);
    assert!(fault(dir.path(), "excel.write", with("", twice)).await.2.contains("列「氏名」が二度"));
    let one = json!([{"title": "氏名"}]);
    assert!(
        fault(dir.path(), "excel.write", with("4/1", one.clone()))
            .await
            .2
            .contains("シートの名前「4/1」は使えません")
    );
    assert!(
        fault(dir.path(), "excel.write", with("", json!([]))).await.2.contains("列（columns）がありません")
    );
    let long =
        json!({"file": "簿.xlsx", "title": "簿", "columns": one, "rows": [{"氏名": "あ".repeat(32_768)}]});
    assert!(fault(dir.path(), "excel.write", long).await.2.contains("32,767文字"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn an_empty_ledger_is_still_a_ledger() {
    let dir = tempfile::tempdir().unwrap();
    let with = json!({"file": "簿.xlsx", "title": "発送簿", "columns": [{"title": "氏名"}], "rows": []});
    run(dir.path(), "excel.write", with).await.unwrap();
    let mut bytes = Vec::new();
    fs::File::open(dir.path().join("簿.xlsx")).unwrap().read_to_end(&mut bytes).unwrap();
    assert!(bytes.starts_with(b"PK"));
    let read = run(
        dir.path(),
        "excel.read",
        json!({"file": "簿.xlsx", "header_row": 3, "columns": [{"title": "氏名"}]}),
    )
    .await
    .unwrap();
    assert_eq!(read, json!({"rows": [], "cells": {}}));
}

/// A sheet of one person and month as sections keep it: cells above the table, two rows of titles, a line of sums below.
fn time_sheet() -> Value {
    json!({"file": "命令簿.xlsx", "title": "時間外勤務命令簿", "columns": [
        {"title": "月日"}, {"title": "自"}, {"title": "至"}, {"title": "分", "type": "integer", "total": true},
        {"title": "時間", "type": "decimal", "formula": "ROUND([分]/60,2)", "total": true}],
        "rows": [{"月日": "4月6日", "自": "17:15", "至": "20:00", "分": 165, "時間": 2.75},
            {"月日": "4月8日", "自": "17:15", "至": "23:30", "分": 375, "時間": 6.25}]})
}

#[tokio::test]
async fn formulas_and_sums_stand_beside_their_values() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "excel.write", time_sheet()).await.unwrap();
    let xml = part(&dir.path().join("命令簿.xlsx"), "xl/worksheets/sheet1.xml");
    for wanted in [
        "<f>ROUND(D4/60,2)</f><v>2.75</v>",
        "<f>ROUND(D5/60,2)</f><v>6.25</v>",
        "<f>SUBTOTAL(109,D4:D5)</f><v>540</v>",
        "<f>SUBTOTAL(109,E4:E5)</f><v>9</v>",
        "<autoFilter ref=\"A3:E5\"",
    ] {
        assert!(xml.contains(wanted), "{wanted} is missing in {xml}");
    }
    let mut wrong = time_sheet();
    wrong["columns"][4]["formula"] = json!("[秒]/3600");
    let fault = run(dir.path(), "excel.write", wrong).await.unwrap_err();
    assert!(fault.message.contains("列「時間」の formula に、ない列「秒」"), "{}", fault.message);
}

#[tokio::test]
async fn single_cells_and_the_end_of_a_table_are_read() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "excel.write", time_sheet()).await.unwrap();
    let read = |cells: Value| {
        json!({"file": "命令簿.xlsx", "header_row": 3, "until": "合 計", "cells": cells,
            "columns": [{"title": "月日"}, {"title": "分", "type": "integer"}]})
    };
    let out = run(dir.path(), "excel.read", read(json!({"題名": "A1", "空": "Z99"}))).await.unwrap();
    assert_eq!(out["cells"], json!({"題名": "時間外勤務命令簿", "空": null}));
    assert_eq!(out["rows"], json!([{"月日": "4月6日", "分": 165}, {"月日": "4月8日", "分": 375}]));
    for bad in ["", "3C", "c3", "A0", "AAAA1", "A1048577", "XFE1"] {
        let fault = run(dir.path(), "excel.read", read(json!({"悪": bad}))).await.unwrap_err();
        assert_eq!(fault.code, "SHK0607", "{bad}");
    }
}

#[tokio::test]
async fn the_sum_of_a_column_without_numbers_is_zero() {
    let dir = tempfile::tempdir().unwrap();
    let mut sheet = time_sheet();
    for row in sheet["rows"].as_array_mut().unwrap() {
        row["分"] = Value::Null;
    }
    run(dir.path(), "excel.write", sheet).await.unwrap();
    let xml = part(&dir.path().join("命令簿.xlsx"), "xl/worksheets/sheet1.xml");
    assert!(xml.contains("<f>SUBTOTAL(109,D4:D5)</f><v>0</v>"), "{xml}");
}

#[tokio::test]
async fn a_list_becomes_one_sheet_for_each_person() {
    let dir = tempfile::tempdir().unwrap();
    let line = |number: &str, n: u32| json!({"職員番号": number, "分": n});
    let with = json!({"file": "簿.xlsx", "title": "集計", "columns": [{"title": "分"}], "rows": [],
        "sheets": [{"name": "個人", "title": "個人別", "per": "職員番号", "columns": [{"title": "分", "type": "integer"}],
            "rows": [line("0101", 1), line("0102", 2), line("0101", 3)]}]});
    run(dir.path(), "excel.write", with).await.unwrap();
    let mut book: Xlsx<_> = open_workbook(dir.path().join("簿.xlsx")).unwrap();
    assert_eq!(book.sheet_names(), ["集計", "個人_0101", "個人_0102"]);
    let sheet = book.worksheet_range("個人_0101").unwrap();
    assert_eq!(sheet.get_value((4, 0)), Some(&Data::Float(3.0)));
}

#[tokio::test]
async fn values_that_no_tab_can_show_make_names_that_excel_accepts() {
    let dir = tempfile::tempdir().unwrap();
    let line = |section: &str| json!({"所属": section, "分": 1});
    let rows = ["総務課/庶務係", "総務課庶務係", "IT室", "it室", "長".repeat(40).as_str()].map(line);
    let with = json!({"file": "簿.xlsx", "title": "課_IT室", "columns": [{"title": "分"}], "rows": [],
        "sheets": [{"name": "課", "title": "課別", "per": "所属", "columns": [{"title": "分"}], "rows": rows}]});
    run(dir.path(), "excel.write", with).await.unwrap();
    let book: Xlsx<_> = open_workbook(dir.path().join("簿.xlsx")).unwrap();
    let long = format!("課_{}", "長".repeat(29));
    let wanted = ["課_IT室", "課_総務課庶務係", "課_総務課庶務係_2", "課_IT室_2", "課_it室_3", long.as_str()];
    assert_eq!(book.sheet_names(), wanted);
}

#[tokio::test]
async fn a_mail_merge_sheet_has_its_titles_in_the_first_row_and_an_optional_column_may_be_missing() {
    let dir = tempfile::tempdir().unwrap();
    let with = json!({"file": "通知.xlsx", "title": "通知", "mail_merge": true, "columns": [{"title": "氏名"}, {"title": "額", "type": "money", "total": true}],
        "rows": [{"氏名": "山田", "額": 1200}, {"氏名": "森", "額": 300}]});
    run(dir.path(), "excel.write", with).await.unwrap();
    let mut book: Xlsx<_> = open_workbook(dir.path().join("通知.xlsx")).unwrap();
    let sheet = book.worksheet_range("通知").unwrap();
    assert_eq!((sheet.get_value((0, 0)), sheet.height()), (Some(&Data::String("氏名".into())), 3));
    let read = |optional: bool| json!({"file": "通知.xlsx", "columns": [{"title": "氏名"}, {"title": "住所", "optional": optional}]});
    let out = run(dir.path(), "excel.read", read(true)).await.unwrap();
    assert_eq!(out["rows"][1], json!({"氏名": "森", "住所": null}));
    assert_eq!(run(dir.path(), "excel.read", read(false)).await.unwrap_err().code, "SHK0607");
}

/// A workbook made of parts as they are.
fn packed(path: &Path, parts: &[(&str, &[u8])]) {
    let mut file = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, bytes) in parts {
        file.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut file, bytes).unwrap();
    }
    file.finish().unwrap();
}

/// A good workbook with some of its parts replaced and others added.
fn altered(root: &Path, name: &str, parts: &[(&str, &[u8])]) {
    let good = root.join("良い.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write(0, 0, "氏名").unwrap().write(1, 0, "山田").unwrap();
    book.save(&good).unwrap();
    let mut archive = zip::ZipArchive::new(fs::File::open(&good).unwrap()).unwrap();
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for n in 0..archive.len() {
        let mut part = archive.by_index(n).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        let name = part.name().unwrap().into_owned();
        // As Excel saves it, which has calculated everything.
        let saved = String::from_utf8_lossy(&bytes).replace("fullCalcOnLoad=\"1\"", "").into_bytes();
        all.push((name.clone(), if name == "xl/workbook.xml" { saved } else { bytes }));
    }
    for (name, bytes) in parts {
        all.retain(|(there, _)| there != name);
        all.push(((*name).to_owned(), bytes.to_vec()));
    }
    let all: Vec<(&str, &[u8])> = all.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    packed(&root.join(name), &all);
}

#[tokio::test]
async fn a_workbook_that_is_none_or_would_burst_is_named_for_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let sheet = |cells: &str| format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
    let far = sheet("<row><c r=\"A1\"><v>1</v></c></row><row><c r=\"XFD1048576\"><v>1</v></c></row>");
    let beyond = sheet("<row r=\"1048577\"><c r=\"A1048577\"><v>1</v></c></row>");
    let tag = format!(
        "<worksheet{}/>",
        (0..800_000).flat_map(|n| [" a".to_owned(), n.to_string(), "=\"\"".to_owned()]).collect::<String>()
    );
    let entity = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><worksheet>&e;</worksheet>";
    let one = "xl/worksheets/sheet1.xml";
    altered(root, "遠い.xlsx", &[(one, far.as_bytes())]);
    altered(root, "行が多い.xlsx", &[(one, beyond.as_bytes())]);
    altered(root, "属性.xlsx", &[(one, tag.as_bytes())]);
    altered(root, "実体.xlsx", &[(one, entity.as_bytes())]);
    altered(root, "爆弾.xlsx", &[("xl/media/a.png", &vec![0; 60 << 20])]);
    altered(root, "マクロ.xlsx", &[("xl/vbaProject.bin", b"x")]);
    altered(root, "外へ.xlsx", &[("../../外.xml", b"<x/>")]);
    fs::write(root.join("画面.xls"), "<html><table><tr><td>氏名</td></tr></table></html>").unwrap();
    fs::write(root.join("文字.xls"), "氏名,金額\r\n山田,1\r\n").unwrap();
    fs::write(root.join("空.xlsx"), "").unwrap();
    let wide: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(root.join("鍵.xlsx"), [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &wide].concat())
        .unwrap();
    let cases = [
        ("遠い.xlsx", "離れた場所"),
        ("行が多い.xlsx", "上限を超える"),
        ("属性.xlsx", "壊れていないか"),
        ("実体.xlsx", "壊れていないか"),
        ("爆弾.xlsx", "異常に大きく"),
        ("マクロ.xlsx", "マクロ"),
        ("外へ.xlsx", "壊れていないか"),
        ("画面.xls", "HTML"),
        ("文字.xls", "csv.read"),
        ("空.xlsx", "壊れていないか"),
        ("鍵.xlsx", "パスワード"),
    ];
    for (file, said) in cases {
        let began = std::time::Instant::now();
        let columns = json!([{ "title": "氏名" }]);
        let failure = run(root, "excel.read", json!({ "file": file, "columns": columns })).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::Stop, "SHK0606"),
            "{file}: {}",
            failure.message
        );
        assert!(failure.message.contains(said), "{file}: {}", failure.message);
        println!("{file}: {:?}", began.elapsed());
    }
    altered(root, "名前.xls", &[]);
    let columns = json!([{ "title": "氏名" }]);
    let table = run(root, "excel.read", json!({ "file": "名前.xls", "columns": columns })).await.unwrap();
    assert_eq!(table["rows"], json!([{ "氏名": "山田" }]), "the content counts, not the name");
}

/// A sheet with a title and lines of cells as they are.
fn sheet_of(cells: &str) -> String {
    let title = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\">{}{}</row>{cells}</sheetData></worksheet>",
        title("A1", "時間"),
        title("B1", "備考")
    )
}

#[tokio::test]
async fn a_formula_shows_its_value_and_one_that_nobody_calculated_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let one = "xl/worksheets/sheet1.xml";
    let read = |file: &str| json!({"file": file, "columns": [{"title": "時間", "type": "integer"}]});
    let calculated = sheet_of(
        "<row r=\"2\"><c r=\"A2\"><f>1+1</f><v>2</v></c></row><row r=\"3\"><c r=\"A3\"><v>5</v></c><c r=\"B3\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c></row><row r=\"4\"><c r=\"A4\" t=\"str\"><f>IF(1,\"\")</f><v></v></c><c r=\"B4\"><v>1</v></c></row>",
    );
    altered(dir.path(), "式.xlsx", &[(one, calculated.as_bytes())]);
    let out = run(dir.path(), "excel.read", read("式.xlsx")).await.unwrap();
    assert_eq!(out["rows"], json!([{"時間": 2}, {"時間": 5}]), "an error beside them is not read");
    let not = sheet_of("<row r=\"2\"><c r=\"A2\"><f>1+1</f><v></v></c><c r=\"B2\"><v>1</v></c></row>");
    altered(dir.path(), "未計算.xlsx", &[(one, not.as_bytes())]);
    let (kind, code, message) = fault(dir.path(), "excel.read", read("未計算.xlsx")).await;
    assert_eq!((kind, code), (FailureKind::Stop, "SHK0607"));
    assert!(message.contains("セル A2 に、計算されていない式"), "{message}");
    let elsewhere = sheet_of("<row r=\"2\"><c r=\"A2\"><v>3</v></c><c r=\"B2\"><f>1+1</f><v/></c></row>");
    altered(dir.path(), "ほかの列.xlsx", &[(one, elsewhere.as_bytes())]);
    assert_eq!(
        run(dir.path(), "excel.read", read("ほかの列.xlsx")).await.unwrap()["rows"],
        json!([{"時間": 3}])
    );
}

#[tokio::test]
async fn dates_that_a_workbook_holds_as_iso_8601_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let kind = "application/vnd.oasis.opendocument.spreadsheet";
    let line = "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>生年月日</text:p></table:table-cell>\
        <table:table-cell office:value-type=\"string\"><text:p>時間</text:p></table:table-cell></table:table-row>\
        <table:table-row><table:table-cell office:value-type=\"date\" office:date-value=\"1985-01-02\"><text:p>60/1/2</text:p></table:table-cell>\
        <table:table-cell office:value-type=\"time\" office:time-value=\"PT09H30M00S\"><text:p>9:30</text:p></table:table-cell></table:table-row>";
    let content = format!("<a><table:table table:name=\"名簿\">{line}</table:table></a>");
    let parts = [("mimetype", kind), ("META-INF/manifest.xml", "<a/>"), ("content.xml", content.as_str())];
    packed(&dir.path().join("名簿.ods"), &parts.map(|(name, text)| (name, text.as_bytes())));
    let read = json!({"file": "名簿.ods", "cells": {"基準日": "A2"}, "columns": [{"title": "生年月日", "type": "date"}, {"title": "時間"}]});
    let out = run(dir.path(), "excel.read", read).await.unwrap();
    assert_eq!(out["rows"], json!([{"生年月日": "1985-01-02", "時間": "09:30"}]));
    assert_eq!(out["cells"], json!({"基準日": "1985-01-02"}));
    let day = sheet_of("<row r=\"2\"><c r=\"A2\" t=\"d\"><v>2026-04-01T00:00:00</v></c></row>");
    altered(dir.path(), "日付.xlsx", &[("xl/worksheets/sheet1.xml", day.as_bytes())]);
    let read = json!({"file": "日付.xlsx", "columns": [{"title": "時間", "type": "date"}]});
    let out = run(dir.path(), "excel.read", read).await.unwrap();
    assert_eq!(out["rows"], json!([{"時間": "2026-04-01"}]));
}

#[tokio::test]
async fn a_negative_length_of_time_keeps_its_sign() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "時間").unwrap();
    for (row, format) in [(1, "h:mm"), (2, "[h]:mm")] {
        let format = rust_xlsxwriter::Format::new().set_num_format(format);
        sheet.write_with_format(row, 0, -0.052_083_333, &format).unwrap();
    }
    book.save(dir.path().join("負.xlsx")).unwrap();
    let read = json!({"file": "負.xlsx", "columns": [{"title": "時間"}]});
    let out = run(dir.path(), "excel.read", read).await.unwrap();
    assert_eq!(out["rows"], json!([{"時間": "-01:15"}, {"時間": "-01:15"}]));
}

#[tokio::test]
async fn a_list_in_a_column_of_numbers_stays_text() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write_column(0, 0, ["区分", "3,4", "1,234"]).unwrap();
    book.save(dir.path().join("区分.xlsx")).unwrap();
    let read = json!({"file": "区分.xlsx", "columns": [{"title": "区分", "type": "integer"}]});
    let out = run(dir.path(), "excel.read", read).await.unwrap();
    assert_eq!(out["rows"], json!([{"区分": "3,4"}, {"区分": 1234}]));
}

#[tokio::test]
async fn a_real_workbook_of_the_old_format_is_read_under_any_name_and_a_real_locked_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["旧形式.xls", "旧形式.xlsx"] {
        fs::copy("fixtures/workbooks/旧形式.xls", dir.path().join(name)).unwrap();
        let read =
            json!({"file": name, "columns": [{"title": "職員番号"}, {"title": "日付", "type": "date"}]});
        let out = run(dir.path(), "excel.read", read).await.unwrap();
        assert_eq!(out["rows"], json!([{"職員番号": "0101", "日付": "2026-04-01"}]), "{name}");
    }
    fs::copy("fixtures/workbooks/パスワード付き.xlsx", dir.path().join("鍵.xlsx")).unwrap();
    let read = json!({"file": "鍵.xlsx", "columns": [{"title": "職員番号"}]});
    let (_, code, message) = fault(dir.path(), "excel.read", read).await;
    assert!(code == "SHK0606" && message.contains("パスワードが付いています"), "{message}");
}
