//! Passwords: a plan does not show them, and a wrong one is not given again and again until the account is locked.

use crate::bench::{City, Office};
use std::fs;

const SCENARIO: &str = r#"shoki: 1
id: hassou
title: 発送登録
owner: 市民窓口課
retention: 1y
settings: [juki_url]
systems:
  juki:
    url: ${{ settings.juki_url }}
    account: juki_robot
    sessions: 3
    notices: [お知らせ]
    sign_in:
      - { do: browser.fill, with: { field: 利用者ID, value: "${{ account.user }}" } }
      - { do: browser.fill, with: { field: パスワード, value: "${{ account.password }}" } }
      - { do: browser.press, with: { button: ログイン } }
      - { do: browser.expect, with: { text: 業務メニュー, seconds: 3 } }
items:
  do: csv.read
  with: { file: 受付/名簿.csv, encoding: utf-8, columns: [届出日] }
  key: ${{ item.届出日 }}
steps:
  - { do: browser.press, on: juki, with: { link: 発行 } }
  - { do: browser.press, on: juki, with: { link: 受理通知発送登録 } }
  - { do: browser.fill, on: juki, secret: [sokin], with: { field: 備考, value: "${{ secret.sokin.password }}" } }
"#;

/// An office whose robot has this password.
fn office(city: &City, password: &str, days: &[&str]) -> Office {
    let office = Office::bare();
    fs::write(office.path("scenarios/hassou.yaml"), SCENARIO).unwrap();
    fs::write(office.path("shoki.toml"), format!("[settings]\njuki_url = \"{}\"\n", city.url)).unwrap();
    fs::write(office.path("受付/名簿.csv"), format!("届出日\n{}\n", days.join("\n"))).unwrap();
    office.account("juki_robot", "juki_robot", password);
    office.account("sokin", "sokin", "himitsu-2026");
    office
}

/// How often the robot's account was given to the system.
fn given(office: &Office) -> usize {
    let years = fs::read_dir(office.path("audit")).unwrap().flatten();
    let segments = years.map(|year| year.path().join("seg/000000.jsonl")).filter(|file| file.is_file());
    let log: String = segments.map(|file| fs::read_to_string(file).unwrap()).collect();
    log.lines().filter(|line| line.contains("\"ev\":\"secret.use\"") && line.contains("juki_robot")).count()
}

#[test]
fn a_plan_types_a_password_and_does_not_show_it() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &[]);
    let office = office(&city, "robot-2026", &["2026/10/30"]);
    let plan = office.json(&["plan", "hassou"])["plan"].clone();
    assert_eq!(plan["items"][0]["state"], "done", "{plan}");
    let said = plan.to_string();
    assert!(said.contains("（秘密）") && !said.contains("himitsu-2026"), "{said}");
}

#[test]
fn a_wrong_password_is_given_twice_and_all_items_wait_for_a_person() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &[]);
    let days = ["2026/10/30", "2026/11/02", "2026/11/04", "2026/11/05"];
    let office = office(&city, "machigai-2026", &days);
    let run = office.json(&["run", "hassou"]);
    assert_eq!(run["run"]["items"]["held"], 4, "{run}");
    let cases = office.newest()["cases"].to_string();
    assert!(cases.contains("SHK0511") && cases.contains("ロック"), "{cases}");
    assert_eq!(
        given(&office),
        2,
        "once more for chance, and whoever works beside the first does not try too"
    );
    office.account("juki_robot", "juki_robot", "robot-2026");
    assert!(office.shoki(&["resume"]).status.success());
    assert_eq!(office.newest()["items"]["done"], 4, "{}", office.newest());
}
