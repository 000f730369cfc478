//! The main job on real input: paper in, legacy screen driven, ledger out, log verified. The judges are the city's own
//! ledger and the truth about the paper, not what shoki says of itself.

use crate::bench::{City, Office, text, truth};
use calamine::{Reader, Xlsx, open_workbook};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How a page may end, in the words of `truth.json`.
fn outcome(case: &Value) -> String {
    let reason = case["reason"].as_str().unwrap_or_default();
    let about = ["支援措置", "取り消", "仮登録", "見つかりません"].into_iter().find(|w| reason.contains(w));
    match (case["state"].as_str().unwrap(), about, case["code"].as_str().unwrap_or_default()) {
        ("done", ..) => "registered".into(),
        ("check" | "approval", ..) => "check".into(),
        ("skipped", ..) => "skipped:duplicate".into(),
        ("held", Some("仮登録"), _) => "held:仮登録".into(),
        ("stopped", Some("支援措置"), _) => "stopped:支援措置".into(),
        ("stopped", Some("取り消"), _) => "stopped:取消".into(),
        ("stopped", Some("見つかりません"), _) => "stopped:not-found".into(),
        ("stopped", _, code) if code.starts_with("SHK04") => "paper".into(),
        (state, _, code) => format!("{state} {code} {reason}"),
    }
}

/// Whether the outcome is one the truth allows. A page that is no form or is broken stops with a code of reading paper.
fn allowed(page: &Value, outcome: &str) -> bool {
    let words = page["expect_any"].as_array().unwrap().iter().map(|w| w.as_str().unwrap());
    words.into_iter().any(|w| match w {
        "not_form" | "broken" => outcome == "paper",
        "check:not-found" => outcome == "check" || outcome == "stopped:not-found",
        w => w.split(':').next() == Some("check") && outcome == "check" || w == outcome,
    })
}

fn cases(run: &Value) -> BTreeMap<(String, u64), Value> {
    let name = |c: &Value| c["file"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    run["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| ((name(c), c["page"].as_u64().unwrap_or(1)), c.clone()))
        .collect()
}

fn place(page: &Value) -> (String, u64) {
    (page["file"].as_str().unwrap().to_owned(), page["page"].as_u64().unwrap())
}

/// Every registration is one the truth calls for, with the right date and addressee side, and none is there twice.
fn judge(city: &City) {
    let mut seen = std::collections::BTreeSet::new();
    for entry in city.ledger() {
        let key = (entry["atena"].to_string(), entry["notice_date"].to_string(), entry["reason"].to_string());
        assert!(seen.insert(key.clone()), "registered twice: {key:?}");
        let right = truth().into_iter().find(|p| {
            p["notice"]["atena"] == entry["atena"] && p["notice"]["notice_date"] == entry["notice_date"]
        });
        let right = right.unwrap_or_else(|| panic!("nobody called for {entry}"));
        assert_eq!(right["notice"]["kind"], entry["to"], "{entry}");
        assert_eq!(right["notice"]["persons"], entry["persons"], "{entry}");
    }
}

/// A careful clerk: types what stands on the paper, approves what the truth says may be sent.
fn answer_all(office: &Office) -> usize {
    let asked = office.json(&["checks"])["checks"].as_array().unwrap().clone();
    let run = office.newest();
    let by_item: BTreeMap<u64, (String, u64)> =
        cases(&run).into_iter().map(|(place, c)| (c["n"].as_u64().unwrap(), place)).collect();
    let mut answers: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for question in &asked {
        let place_of = &by_item[&question["item"].as_u64().unwrap()];
        let page = truth().into_iter().find(|p| place(p) == *place_of).unwrap();
        let field = question["field"].as_str().unwrap();
        let value = match question["kind"].as_str().unwrap() {
            // A day left out on the form is on the counter's stamp.
            "check" if field == "届出日" && page["fields"][field]["value"] == "" => {
                page["notice"]["notice_date"].clone()
            }
            "check" => page["fields"][field]["value"].clone(),
            "approval" => json!(if page["notice"].is_null() { "却下" } else { "承認" }),
            kind => panic!("nothing should be {kind}"),
        };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        answers.entry(question["id"].as_u64().unwrap()).or_default().push(format!("{field}={value}"));
    }
    for (id, values) in &answers {
        let mut args = vec!["checks".to_owned(), "answer".into(), id.to_string()];
        args.extend(values.iter().flat_map(|v| ["--set".to_owned(), v.clone()]));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = office.shoki(&args);
        assert!(output.status.success(), "{args:?}\n{}", text(&output.stderr));
    }
    answers.len()
}

#[test]
fn paper_in_screen_driven_ledger_out_log_verified() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &["slow=5:300"]);
    let mut scans: Vec<String> = truth().iter().map(|p| p["file"].as_str().unwrap().to_owned()).collect();
    scans.dedup();
    let office = Office::new(&city.url, &scans.iter().map(String::as_str).collect::<Vec<_>>());

    let output = office.shoki(&["run", "resident-move-notices"]);
    assert_eq!(output.status.code(), Some(2), "{}\n{}", text(&output.stdout), text(&output.stderr));
    let run = office.newest();
    let ended = cases(&run);
    for page in truth() {
        let outcome = outcome(&ended[&place(&page)]);
        assert!(allowed(&page, &outcome), "{:?}: {outcome}, allowed {}", place(&page), page["expect_any"]);
    }
    judge(&city);

    // The morning: people answer what is asked, also what is asked because of their answers.
    let mut rounds = 0;
    while answer_all(&office) > 0 {
        office.shoki(&["resume"]);
        rounds += 1;
        assert!(rounds < 8, "people are asked again and again");
    }
    judge(&city);
    let wanted: std::collections::BTreeSet<_> = truth()
        .iter()
        .filter(|p| !p["notice"].is_null())
        .map(|p| (p["notice"]["atena"].to_string(), p["notice"]["notice_date"].to_string()))
        .collect();
    let there: std::collections::BTreeSet<_> =
        city.ledger().iter().map(|e| (e["atena"].to_string(), e["notice_date"].to_string())).collect();
    assert_eq!(there, wanted, "every notice that should go out is registered, and no other");
    workbook(&office, &city);
    let verdict = office.verdict();
    assert!(verdict["faults"].as_array().unwrap().is_empty(), "{verdict}");
    assert!([0, 20].contains(&verdict["exit"].as_i64().unwrap()), "{verdict}");
}

/// The ledger has one line for each registration, with its receipt number, and no address of a protected person.
fn workbook(office: &Office, city: &City) {
    let run = office.newest();
    let file = office.path(run["outputs"][0].as_str().unwrap());
    let mut book: Xlsx<_> = open_workbook(file).unwrap();
    let sheet = book.worksheet_range("発送簿").unwrap();
    let words: Vec<String> = sheet.used_cells().map(|(_, _, c)| c.to_string()).collect();
    for entry in city.ledger() {
        let receipt = entry["receipt"].as_str().unwrap();
        assert_eq!(words.iter().filter(|w| *w == receipt).count(), 1, "{receipt} stands once in the ledger");
    }
    let others = book.worksheet_range("未処理一覧").unwrap();
    let others = others.used_cells().map(|(_, _, c)| c.to_string());
    let everywhere = words.into_iter().chain(others).collect::<Vec<_>>().join("\n");
    let residents =
        std::fs::read_to_string(crate::bench::root().join("fixtures/legacy_city/data/residents.json"))
            .unwrap();
    let residents: Value = serde_json::from_str(&residents).unwrap();
    for person in residents["residents"].as_array().unwrap().iter().filter(|r| r["suppressed"] == json!(true))
    {
        assert!(
            !everywhere.contains(person["atena"].as_str().unwrap()),
            "a protected person is in the workbook"
        );
    }
}
