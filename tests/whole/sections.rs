//! Overtime and nursery as sections would switch them on, from paper to the screens of their systems. The judge is the
//! city's book.

use crate::{
    bench::{City, Office, root, text},
    folders::copy,
};
use calamine::{Reader, Xlsx, open_workbook};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs};

/// An office with these scenarios, their forms and their samples.
fn office(scenarios: &[&str], settings: &str) -> Office {
    let office = Office::bare();
    for name in scenarios {
        let shipped = root().join("scenarios").join(name);
        fs::copy(shipped.join("scenario.yaml"), office.path(&format!("scenarios/{name}.yaml"))).unwrap();
        for (folder, to) in [("forms", "forms"), ("見本", ".")] {
            if shipped.join(folder).is_dir() {
                copy(&shipped.join(folder), &office.path(to));
            }
        }
    }
    fs::write(office.path("shoki.toml"), format!("[office]\nname = \"若葉市\"\n[settings]\n{settings}"))
        .unwrap();
    office
}

fn truth() -> Value {
    serde_json::from_str(&fs::read_to_string(root().join("fixtures/sections/truth.json")).unwrap()).unwrap()
}

/// Answers what is asked with what stands on the paper, until nothing is asked.
fn answer_all(office: &Office) {
    for _ in 0..4 {
        let asked = office.json(&["checks"])["checks"].as_array().unwrap().clone();
        if asked.is_empty() {
            return;
        }
        let run = office.newest();
        let mut answers: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for question in &asked {
            let case = run["cases"].as_array().unwrap().iter().find(|c| c["n"] == question["item"]).unwrap();
            let file = case["file"].as_str().unwrap().rsplit('/').next().unwrap();
            let page = usize::try_from(case["page"].as_u64().unwrap_or(1)).unwrap();
            let value = &truth()[file][page - 1][question["field"].as_str().unwrap()];
            let value = value.as_str().map_or_else(
                || if value.is_null() { String::new() } else { value.to_string() },
                str::to_owned,
            );
            let set = format!("{}={value}", question["field"].as_str().unwrap());
            answers.entry(question["id"].as_u64().unwrap()).or_default().push(set);
        }
        for (id, values) in answers {
            let id = id.to_string();
            let mut args = vec!["checks", "answer", &id];
            args.extend(values.iter().flat_map(|v| ["--set", v.as_str()]));
            let output = office.shoki(&args);
            assert!(output.status.success(), "{args:?}\n{}", text(&output.stderr));
        }
        office.shoki(&["resume"]);
    }
    panic!("people are asked again and again");
}

fn rows(office: &Office, file: &str, sheet: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(office.path(file)).unwrap();
    book.worksheet_range(sheet)
        .unwrap()
        .rows()
        .skip(2)
        .map(|r| r.iter().map(ToString::to_string).collect())
        .collect()
}

/// The employees of the sample, with the one who writes by hand.
fn employees(office: &Office) {
    let mut book = Workbook::new();
    let out = book.add_worksheet();
    let titles = ["職員番号", "氏名", "所属", "区分", "職", "給料月額", "地域手当", "配当予算"];
    for (column, title) in (0..).zip(titles) {
        out.write(0, column, title).unwrap();
    }
    for (column, value) in (0..).zip(["0105", "小川 明", "福祉課", "一般", "主事"]) {
        out.write(1, column, value).unwrap();
    }
    out.write(1, 5, 257_500).unwrap();
    book.save(office.path("受付/職員.xlsx")).unwrap();
}

#[test]
fn overtime_from_a_handwritten_sheet_to_the_payroll_screen() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &[]);
    let settings = format!("kyuyo_url = \"{}kyuyo/\"\novertime_month = \"2026-04\"\n", city.url);
    let office = office(&["overtime-aggregation", "overtime-paper", "overtime-payroll-entry"], &settings);
    fs::remove_dir_all(office.path("受付/命令簿")).unwrap();
    fs::create_dir_all(office.path("受付/命令簿")).unwrap();
    employees(&office);
    office.shoki(&["run", "overtime-paper"]);
    answer_all(&office);
    let out = office.shoki(&["run", "overtime-aggregation"]);
    assert!(out.status.success(), "{}{}", text(&out.stdout), text(&out.stderr));
    // 17:15–20:00 and 17:15–22:00 at 125, 22:00–22:30 at 150, Saturday 9:00–12:00 at 135.
    let details = rows(&office, "出力/時間外集計_2026-04.xlsx", "内訳");
    let mut minutes: Vec<_> =
        details[1..].iter().filter(|r| r[1] == "0105").map(|r| (r[4].as_str(), r[5].as_str())).collect();
    minutes.sort_unstable();
    assert_eq!(minutes, [("125", "450"), ("135", "180"), ("150", "30")], "{details:?}");
    office.account("kyuyo_robot", "juki_robot", "robot-2026");
    let run = office.json(&["run", "overtime-payroll-entry"]);
    assert_eq!(run["run"]["items"]["done"], 1, "{run}");
    let again = office.json(&["run", "overtime-payroll-entry"]);
    assert_eq!(again["run"]["items"]["skipped"], 1, "{again}");
    let book = city.book();
    assert_eq!(book.len(), 1, "entered once: {book:?}");
    let wanted = json!({"職員番号": "0105", "年月": "2026-04", "K125": "8", "K135": "3", "K150": "1"});
    assert_eq!(book[0]["values"], wanted);
}

#[test]
fn nursery_papers_of_a_family_to_the_childcare_screen() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &[]);
    let settings = format!("hoiku_url = \"{}hoiku/\"\nnursery_year = \"2026\"\n", city.url);
    let office = office(&["nursery-intake", "nursery-entry"], &settings);
    office.shoki(&["run", "nursery-intake"]);
    answer_all(&office);
    let list = rows(&office, "出力/利用申込一覧_2026.xlsx", "利用申込");
    assert_eq!((list.len(), list[1][17].as_str()), (2, ""), "one child, nothing doubtful: {list:?}");
    office.account("hoiku_robot", "juki_robot", "robot-2026");
    let run = office.json(&["run", "nursery-entry"]);
    assert_eq!(run["run"]["items"]["done"], 1, "{run}");
    let book = city.book();
    assert_eq!(book.len(), 1);
    let values = &book[0]["values"];
    let of = |label: &str| values[label].as_str().unwrap();
    assert_eq!((of("児童氏名").replace('　', " "), of("児童生年月日")), ("小川 澪".to_owned(), "2023-05-14"));
    assert_eq!((of("父の事由"), of("父の月時間"), of("母の月時間")), ("就労", "189", "144"), "{values}");
    assert_eq!((of("第1希望"), of("第2希望"), of("第3希望")), ("さくら保育園", "若葉保育園", ""));
}
