//! The overtime scenario as a section would switch it on: the sample office it ships with, run by the program itself.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod folders;

use calamine::{Data, Reader, Xlsx, open_workbook};
use folders::copy;
use rust_xlsxwriter::{ExcelDateTime, Format, FormatBorder, Workbook, Worksheet};
use std::{fs, path::Path, process::Output};
use tempfile::TempDir;

const HOME: &str = "scenarios/overtime-aggregation";

fn shoki(office: &Path, words: &[&str]) -> Output {
    let run =
        assert_cmd::Command::cargo_bin("shoki").unwrap().arg("--office").arg(office).args(words).output();
    run.unwrap()
}

/// An office with the scenario and its sample.
fn office() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("shoki.toml"), "[office]\nname = \"みどり市\"\norigin = \"shoki.invalid/midori/test\"\n[settings]\novertime_month = \"2026-04\"\n").unwrap();
    copy(Path::new(HOME).join("見本").as_path(), dir.path());
    fs::create_dir_all(dir.path().join("scenarios")).unwrap();
    fs::copy(format!("{HOME}/scenario.yaml"), dir.path().join("scenarios/overtime-aggregation.yaml"))
        .unwrap();
    dir
}

fn sheet(office: &Path, name: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(office.join("出力/時間外集計_2026-04.xlsx")).unwrap();
    let range = book.worksheet_range(name).unwrap();
    range.rows().skip(2).map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn the_sample_gives_what_the_national_model_says() {
    let office = office();
    let out = shoki(office.path(), &["run", "overtime-aggregation", "--format", "json"]);
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    let run: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&run["run"]["items"]["done"], &run["run"]["items"]["stopped"]),
        (&serde_json::json!(4), &serde_json::json!(1))
    );

    let sums = sheet(office.path(), "集計");
    assert_eq!(sums[0].last().unwrap(), "手当額");
    // 0103: 285 → 5 h × 2,060, 120 → 2 h × 2,472, 90 → 2 h × 2,637, 480 → 8 h × 2,225, on the holiday 465 → 8 h × 2,225.
    let yen: Vec<_> = sums[1..].iter().map(|r| (r[2].as_str(), r.last().unwrap().as_str())).collect();
    assert_eq!(yen, [("0101", "51173"), ("0102", "20600"), ("0103", "56118"), ("", "127891")]);
    let reasons = |name: &str| {
        sheet(office.path(), name)[1..]
            .iter()
            .map(|r| format!("{} {}", r[1], r.last().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        reasons("要判断"),
        ["0102 命令権者の印がありません", "0102 実績が命令の時間（17:15–19:00）を超えています"]
    );
    assert_eq!(reasons("差異一覧"), ["0101 終了 23:30 が入退庁の記録 22:10 と 80分違います"]);
    assert_eq!(
        reasons("中止"),
        [
            "0102 「2月30日」という日はありません",
            "0103 休暇と時間が重なっています",
            "0104 時間外勤務手当を支給しない区分の職員です"
        ]
    );
    assert!(reasons("補正")[0].contains("「翌1:30」を 25:30 として計算しました"));
    let limits = sheet(office.path(), "上限警告");
    assert_eq!((limits[1][0].as_str(), limits[1][4].as_str()), ("警告", "2か月平均 80時間以下"));

    let csv = fs::read(office.path().join("出力/給与取込_2026-04.csv")).unwrap();
    let text = shoki::text::cp932::decode(&csv).unwrap();
    assert!(text.starts_with("職員番号,年月,手当コード,時間,分\r\n0101,2026-04,K125,8,450\r\n"), "{text}");
}

#[test]
fn another_order_of_files_and_a_second_run_give_the_same_workbook() {
    let office = office();
    let words = ["run", "overtime-aggregation"];
    assert!(shoki(office.path(), &words).status.success());
    let first = ["集計", "内訳", "個人_0101", "説明_0101"].map(|s| sheet(office.path(), s));
    let from = office.path().join("受付/命令簿");
    fs::rename(from.join("甲_0101.xlsx"), from.join("zz.xlsx")).unwrap();
    assert!(shoki(office.path(), &words).status.success());
    assert_eq!(first, ["集計", "内訳", "個人_0101", "説明_0101"].map(|s| sheet(office.path(), s)));
}

/// LibreOffice calculates every formula anew; what it shows must be what we wrote.
#[test]
#[ignore = "needs LibreOffice (soffice)"]
fn libreoffice_recalculates_to_our_numbers() {
    let office = office();
    assert!(shoki(office.path(), &["run", "overtime-aggregation"]).status.success());
    let ours = office.path().join("出力/時間外集計_2026-04.xlsx");
    let mut ours: Xlsx<_> = open_workbook(ours).unwrap();
    let theirs = folders::recalculated(&office.path().join("出力/時間外集計_2026-04.xlsx"), office.path());
    let mut theirs: Xlsx<_> = open_workbook(theirs).unwrap();
    let names = ours.sheet_names();
    assert!(names.len() > 12, "{names:?}");
    let words = |book: &mut Xlsx<_>, name: &str| -> Vec<Vec<String>> {
        let range = book.worksheet_range(name).unwrap();
        range.rows().skip(2).map(|row| row.iter().map(ToString::to_string).collect()).collect()
    };
    for name in names {
        assert_eq!(words(&mut theirs, &name), words(&mut ours, &name), "{name}");
    }
    let range = theirs.worksheet_range("内訳").unwrap();
    assert!(matches!(range.get_value((3, 9)), Some(Data::Float(n)) if *n > 0.0));
}

fn ruled() -> Format {
    Format::new().set_border(FormatBorder::Thin)
}

/// 様式第1号: merged upper titles, 命令 and 実績.
fn first_form(out: &mut Worksheet, number: &str, name: &str, rows: &[[&str; 8]]) {
    let f = ruled();
    out.merge_range(0, 0, 0, 7, "時間外勤務命令簿（様式第1号）", &f).unwrap();
    out.write(2, 1, "職員番号").unwrap().write(2, 2, number).unwrap();
    out.write(3, 1, "氏名").unwrap().write(3, 2, name).unwrap();
    out.merge_range(4, 0, 5, 0, "月日", &f).unwrap();
    out.merge_range(4, 1, 4, 2, "命令", &f).unwrap();
    out.merge_range(4, 3, 4, 4, "実績", &f).unwrap();
    for (column, title) in [(1, "自"), (2, "至"), (3, "自"), (4, "至")] {
        out.write_with_format(5, column, title, &f).unwrap();
    }
    for (column, title) in [(5, "休憩"), (6, "区分"), (7, "命令権者印")] {
        out.merge_range(4, column, 5, column, title, &f).unwrap();
    }
    for (row, values) in (6..).zip(rows) {
        for (column, value) in (0..).zip(values) {
            out.write_with_format(row, column, *value, &f).unwrap();
        }
    }
    let last = 6 + u32::try_from(rows.len()).unwrap();
    out.write_with_format(last, 0, "月 計", &f).unwrap();
    out.write_with_format(last, 4, "＊＊＊", &f).unwrap();
}

/// 様式第2号: days only, times as Excel keeps times.
fn second_form(out: &mut Worksheet, number: &str, rows: &[(&str, f64, f64, &str, &str)]) {
    let time = ruled().set_num_format("[h]:mm");
    out.write(0, 0, "超過勤務等命令簿（様式第2号）").unwrap();
    out.write(1, 0, "職員番号").unwrap().write(1, 1, number).unwrap();
    for (column, title) in (0..).zip(["日", "開始", "終了", "休憩時間", "振替・代休"]) {
        out.write_with_format(3, column, title, &ruled()).unwrap();
    }
    for (row, (day, from, to, pause, kind)) in (4..).zip(rows) {
        out.write(row, 0, *day).unwrap().write(row, 3, *pause).unwrap().write(row, 4, *kind).unwrap();
        out.write_with_format(row, 1, *from, &time).unwrap().write_with_format(row, 2, *to, &time).unwrap();
    }
    out.write(4 + u32::try_from(rows.len()).unwrap(), 0, "合計").unwrap();
}

/// 様式第3号: wareki and real dates, hours beyond 24.
fn third_form(out: &mut Worksheet, number: &str, rows: &[(&str, &str, &str, &str)]) {
    let day = Format::new().set_num_format("[$-411]ge.m.d");
    out.write(0, 0, "時間外・休日勤務命令簿（様式第3号）").unwrap();
    out.write(1, 4, "職員番号").unwrap().write(1, 5, number).unwrap();
    for (column, title) in (0..).zip(["年月日", "勤務開始", "勤務終了", "休憩"]) {
        out.write_with_format(3, column, title, &ruled()).unwrap();
    }
    for (row, (date, from, to, pause)) in (4..).zip(rows) {
        match ExcelDateTime::parse_from_str(date) {
            Ok(date) => out.write_with_format(row, 0, &date, &day).unwrap(),
            Err(_) => out.write(row, 0, *date).unwrap(),
        };
        out.write(row, 1, *from).unwrap().write(row, 2, *to).unwrap().write(row, 3, *pause).unwrap();
    }
}

fn saved(path: &str, fill: impl FnOnce(&mut Worksheet)) {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save(format!("{HOME}/見本/受付/{path}")).unwrap();
}

/// Writes the sample office anew: `cargo test --test overtime -- --ignored write_the_sample`.
#[test]
#[ignore = "writes the sample into the scenario's folder"]
fn write_the_sample() {
    let staff = [
        ["職員番号", "氏名", "所属", "区分", "職", "給料月額", "地域手当", "配当予算"],
        ["0101", "山田 花子", "総務課", "", "", "257500", "0", "100000"],
        ["0102", "髙橋 一郎", "土木課", "", "", "257500", "0", "50000"],
        ["0103", "渡邉 三郎", "福祉課", "", "他律的業務", "257500", "0", ""],
        ["0104", "森 昌子", "福祉課", "管理職", "", "400000", "0", ""],
    ];
    saved("職員.xlsx", |out| {
        for (row, values) in (0..).zip(staff) {
            for (column, value) in (0..).zip(values) {
                match value.parse::<f64>() {
                    Ok(n) if column >= 5 => out.write(row, column, n).unwrap(),
                    _ => out.write(row, column, value).unwrap(),
                };
            }
        }
    });
    let csv = |name: &str, text: &str| {
        let bytes = shoki::text::cp932::encode(&text.replace('\n', "\r\n")).unwrap();
        fs::write(format!("{HOME}/見本/受付/{name}"), bytes).unwrap();
    };
    csv(
        "入退庁.csv",
        "職員番号,月日,入,出\n0101,2026-04-06,8:20,20:05\n0101,2026-04-08,8:25,22:10\n0101,2026-04-04,8:55,17:05\n0101,2026-04-05,20:50,24:10\n0101,2026-04-29,8:50,12:10\n0102,2026-04-13,8:20,22:20\n0102,2026-04-14,8:20,22:20\n0103,2026-04-10,8:20,25:40\n0103,2026-04-18,8:50,18:10\n0103,2026-04-29,8:50,17:20\n",
    );
    csv("休暇.csv", "職員番号,月日,自,至,種別\n0103,2026-04-21,13:00,22:00,休暇\n");
    csv("前月まで.csv", "職員番号,年月,時間外分,休日勤務分\n0101,2026-03,2400,0\n0103,2026-03,6000,300\n");
    forms();
}

fn forms() {
    saved("命令簿/甲_0101.xlsx", |out| {
        first_form(
            out,
            "0101",
            "山田 花子",
            &[
                ["4月6日", "17:15", "20:00", "17:15", "20:00", "", "", "印"],
                ["4月8日", "17:15", "23:30", "17:15", "23:30", "", "", "印"],
                ["4月4日", "9:00", "17:00", "9:00", "17:00", "12:00-13:00", "休日", "印"],
                ["4月5日", "21:00", "24:00", "21:00", "24:00", "", "休日", "印"],
                ["4月29日", "9:00", "12:00", "9:00", "12:00", "", "休日", "印"],
            ],
        );
    });
    saved("命令簿/甲_0102.xlsx", |out| {
        first_form(
            out,
            "0102",
            "髙橋 一郎",
            &[
                ["4月13日", "17:15", "22:15", "17:15", "22:00", "", "", "印"],
                ["4月14日", "17:15", "22:15", "17:15", "22:15", "", "", "印"],
                ["4月15日", "17:15", "20:00", "17:15", "20:00", "", "", ""],
                ["4月16日", "17:15", "19:00", "17:15", "20:00", "", "", "印"],
                ["2月30日", "17:15", "19:00", "17:15", "19:00", "", "", "印"],
            ],
        );
    });
    saved("命令簿/丙_0103.xlsx", |out| {
        third_form(
            out,
            "0103",
            &[
                ("令和8年4月10日", "17:15", "翌1:30", ""),
                ("2026-04-18", "9:00", "18:00", "60"),
                ("R8.4.29", "8:30", "17:15", "60分"),
                ("2026-04-21", "17:15", "19:15", ""),
            ],
        );
    });
    saved("命令簿/乙_0104.xlsx", |out| {
        second_form(out, "0104", &[("7", 17.25 / 24.0, 25.5 / 24.0, "", "")]);
    });
    saved("命令簿/回覧.xlsx", |out| assert!(out.write(0, 0, "回覧").is_ok()));
}
