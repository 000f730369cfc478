//! The canary night: cases with planted My Numbers, names, addresses and passwords go through faults and attacks; then every
//! byte that was written outside the input and the declared outputs is searched for them, the database included.
//!
//! The suite has a short night; `sh installer/canary.sh` a long one of 1,000 items.

mod night;
mod search;

use crate::bench::{City, Office, root, truth};
use night::Night;
use search::{Class, Search, spellings};
use serde_json::Value;
use std::{fmt::Write as _, fs, path::Path};

/// The real password of the city, and one that is refused.
const PASSWORDS: [&str; 2] = ["robot-2026", "kanaria-no-himitsu-42"];
const SURNAME: &str = "金糸雀";
const READING: &str = "カナリア";
const TOWN: &str = "鳥籠町";
/// Planted numbers.
const NUMBERS: u64 = 50;
/// Where the cases go, over and over: mostly quietly, the others into each kind of trouble.
const ROADS: [&str; 12] = ["控", "名", "控", "尋", "控", "止", "控", "画", "控", "字", "控", "誤"];

/// How many items the night has.
fn size() -> usize {
    std::env::var("SHOKI_CANARIES").ok().and_then(|n| n.parse().ok()).unwrap_or(12)
}

/// A number with a right check digit.
fn number(n: u64) -> String {
    let first = format!("{:011}", 72_345_678_901 + n * 1_234_567);
    let digit = shoki::text::my_number::check_digit(&first).unwrap();
    format!("{first}{digit}")
}

fn person(n: usize) -> (String, String, String) {
    let given = ["花子", "太郎", "𠮷子", "髙志"][n % 4];
    (
        format!("{SURNAME} {given}"),
        format!("{READING} {n:04}"),
        format!("つくば市{TOWN}{}丁目{}番地", n % 9 + 1, n % 97 + 1),
    )
}

/// The list that comes in.
fn list(items: usize) -> String {
    let mut lines = "番号,氏名,フリガナ,住所,個人番号,道\n".to_owned();
    for n in 0..items {
        let road = ROADS[n % ROADS.len()];
        // Only one road is for characters that the old system cannot hold.
        let (name, reading, place) = person(if road == "字" { 2 } else { n / 2 * 4 + n % 2 });
        let spelled = spellings(&number(n as u64 % NUMBERS));
        let number = &spelled[n % spelled.len()];
        writeln!(lines, "{n:05},{name},{reading},{place},{number},{road}").unwrap();
    }
    lines
}

fn planted(scans: &[&str]) -> Vec<(Class, String)> {
    let mut all: Vec<(Class, String)> = (0..NUMBERS).map(|n| (Class::Number, number(n))).collect();
    all.extend([SURNAME, READING, TOWN].map(|text| (Class::Person, text.to_owned())));
    all.extend(PASSWORDS.map(|text| (Class::Password, text.to_owned())));
    for page in truth().iter().filter(|page| scans.contains(&page["file"].as_str().unwrap())) {
        for field in ["届出人氏名", "旧住所", "新住所", "異動者[1].フリガナ"] {
            all.extend(page["fields"][field]["value"].as_str().map(|text| (Class::Person, text.to_owned())));
        }
    }
    all.retain(|(_, text)| text.chars().count() > 2);
    all
}

fn office(city: &City, items: usize, scans: &[&str]) -> Office {
    let office = Office::new(&city.url, scans);
    fs::copy(root().join("tests/whole/canary/kanaria.yaml"), office.path("scenarios/kanaria.yaml")).unwrap();
    fs::write(office.path("受付/名簿.csv"), list(items)).unwrap();
    for (n, hostile) in night::HOSTILE.iter().enumerate() {
        fs::write(office.path(&format!("受付/住民異動届/{n}.pdf")), hostile).unwrap();
    }
    office
}

/// What may hold personal data: what came in, what the scenarios declare to write, and the scenarios' own words.
fn is_declared(office: &Office, path: &Path) -> bool {
    ["受付", "出力", "scenarios", "forms"].iter().any(|name| path.starts_with(office.path(name)))
}

#[test]
fn canaries_are_found_nowhere_they_must_not_be() {
    let items = size();
    let scans: &[&str] = if items < 100 {
        &["受付0001.png"]
    } else {
        &["受付0001.png", "受付0002.png", "受付0003.pdf"]
    };
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &["slow=5:200", "error_500=20", "error_500_after=20", "expire=60"]);
    let office = office(&city, items, scans);
    let mut night = Night::begin(&office, home.path(), &PASSWORDS);
    night.before_the_run();
    night.runs_with_crashes(if items < 100 { 2 } else { 10 });
    night.the_daemon_takes_over();
    night.people_answer();
    night.papers_go_out();
    let attacked = night.the_log_is_attacked();

    let planted = planted(scans);
    let mut search = Search::new(&planted);
    for (name, bytes) in &night.said {
        search.look(name, bytes, &[Class::Number, Class::Person, Class::Password]);
    }
    for (name, bytes) in &night.shown {
        search.look(name, bytes, &[Class::Number, Class::Password]);
    }
    for folder in [&office.path(""), home.path()] {
        search.look_below(folder, &|path| is_declared(&office, path) || path.ends_with("city-ledger.jsonl"));
    }
    let run: Value = night.office.json(&["runs"]);
    println!(
        "金糸雀の夜: {items} 件、植えた語 {}（書き方 {} 通り）、強制終了 {} 回、調べた場所 {}（{} MiB）、攻撃した監査記録 {attacked} 通り、見つかった金糸雀 {}",
        planted.len(),
        search.needles(),
        night.crashes,
        search.places,
        search.bytes >> 20,
        search.hits.len()
    );
    assert!(search.places > 40 && search.bytes > 1 << 20, "the night has left traces to search");
    assert!(run["runs"].as_array().unwrap().len() >= 2, "{run}");
    let mut hits: Vec<_> = search.hits.iter().collect();
    hits.sort();
    assert!(hits.is_empty(), "{} canaries escaped:\n{hits:#?}", hits.len());
    night.everything_happened(items);
}
