//! Screens from the command line: sessions are kept over items and signed out, films are kept as they may be, a plan goes as far as
//! the submit, what nobody declared stops one item with its evidence, and a killed program leaves no browser. The judge is the city.

use crate::bench::{City, Office, text};
use serde_json::Value;
use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Stdio,
    time::{Duration, Instant},
};

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
    hard_copy: HARD_COPY
    notices: [お知らせ]
    expired_when: [セッションの有効期限が切れました]
    locked_when: [が使用中です]
    mask: [氏名, 備考]
    sign_in:
      - { do: browser.fill, with: { field: 利用者ID, value: "${{ account.user }}" } }
      - { do: browser.fill, with: { field: パスワード, value: "${{ account.password }}" } }
      - { do: browser.press, with: { button: ログイン } }
      - { do: browser.expect, with: { text: 業務メニュー } }
    sign_out:
      - { do: browser.press, with: { link: ログアウト } }
      - { do: browser.expect, with: { text: 利用者IDとパスワードを入力してください } }
items:
  do: csv.read
  with: { file: 受付/名簿.csv, encoding: utf-8, columns: [届出日] }
  key: ${{ item.届出日 }}
steps:
  - { do: browser.press, on: juki, with: { link: 発行 } }
  - { do: browser.press, on: juki, with: { link: 受理通知発送登録 } }
  - { do: browser.fill, on: juki, with: { field: 宛名番号, value: "00000118125" } }
  - { do: browser.fill, on: juki, with: { field: 届出日, value: "${{ item.届出日 }}" } }
  - { do: browser.select, on: juki, with: { field: 異動事由, option: 転居 } }
  - { do: browser.select, on: juki, with: { field: 宛先区分, option: 異動前 } }
  - { do: browser.select, on: juki, with: { field: 郵便種別, option: 普通 } }
  - { do: browser.fill, on: juki, with: { field: 人数, value: "1" } }
  - { do: browser.fill, on: juki, with: { field: 備考, value: 鳥籠町の件 } }
  - id: 登録
    do: browser.submit
    on: juki
    with: { press: 登録, confirm: よろしいですか, expect: 登録しました, receipt: 受付番号 }
    once: 00000118125/${{ item.届出日 }}/転居
"#;

/// An office with this scenario and these days, for the city at `url`.
fn office(city: &City, hard_copy: &str, days: &[&str]) -> Office {
    let office = Office::bare();
    fs::write(office.path("scenarios/hassou.yaml"), SCENARIO.replace("HARD_COPY", hard_copy)).unwrap();
    // What got no answer is looked for once more, soon.
    let settings = format!("[engine]\nlate_seconds = 5\n\n[settings]\njuki_url = \"{}\"\n", city.url);
    fs::write(office.path("shoki.toml"), settings).unwrap();
    office.account("juki_robot", "juki_robot", "robot-2026");
    arrive(&office, days);
    office
}

fn arrive(office: &Office, days: &[&str]) {
    fs::write(office.path("受付/名簿.csv"), format!("届出日\n{}\n", days.join("\n"))).unwrap();
}

/// Asks the city at its door for tests.
fn door(city: &City, method: &str, path: &str) -> Value {
    let host = city.url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    serde_json::from_str(said.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Who is signed in, who ever was, and who signed out.
fn sessions(city: &City) -> [u64; 3] {
    let said = door(city, "GET", "/__sessions");
    ["open", "signed_in", "signed_out"].map(|name| said[name].as_u64().unwrap())
}

/// What was kept of the newest run: the names, and their contents as text.
fn kept(office: &Office) -> Vec<(String, String)> {
    let run = office.newest()["id"].as_str().unwrap().to_owned();
    let listed = office.shoki(&["evidence", "list", &run]);
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    let names: Vec<String> =
        text(&listed.stdout).lines().map(|l| l.split_whitespace().next().unwrap().to_owned()).collect();
    let content = |name: String| {
        let to = office.path("見た");
        let shown = office.shoki(&["evidence", "show", &name, "--to", to.to_str().unwrap()]);
        assert!(shown.status.success(), "{name}: {}", text(&shown.stderr));
        let bytes = fs::read(&to).unwrap();
        fs::remove_file(to).unwrap();
        (name, text(&bytes))
    };
    names.into_iter().map(content).collect()
}

fn films(kept: &[(String, String)]) -> Vec<&str> {
    kept.iter()
        .filter(|(_, content)| content.starts_with("<!DOCTYPE html>"))
        .map(|(_, c)| c.as_str())
        .collect()
}

fn whole_and_masked(film: &str) {
    assert!(film.contains("default-src 'none'"), "nothing is fetched");
    assert!(
        !film.contains("<script") && !film.contains("src=\"http") && !film.contains("<link"),
        "{film:.2000}"
    );
    for hidden in ["鳥籠町", "髙橋", "robot-2026"] {
        assert!(!film.contains(hidden), "{hidden} is in the film");
    }
}

#[test]
fn a_session_serves_all_items_and_is_signed_out_and_each_item_has_its_film() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &[]);
    let office = office(&city, "allowed", &["2026/10/30", "2026/11/02", "2026/11/04"]);
    let run = office.json(&["run", "hassou"]);
    assert_eq!(run["run"]["items"]["done"], 3, "{run}");
    assert_eq!(city.ledger().len(), 3);
    assert_eq!(sessions(&city), [0, 1, 1], "signed in once for all items, signed out at the end");
    let kept = kept(&office);
    let films = films(&kept);
    assert_eq!(films.len(), 3, "a film for each item");
    for film in films {
        whole_and_masked(film);
        for said in ["備考", "受付番号", "R8-00000", "枠", "MAIN", "browser.submit"] {
            assert!(film.contains(said), "{said}");
        }
        // Before and after the press and at its end; the screens typed into are not kept of what went well.
        assert_eq!(film.matches("<img").count(), 3, "the submit is kept fully, the rest thinly");
    }
}

#[test]
fn what_nobody_declared_stops_the_item_with_its_evidence_and_the_next_begins_clean() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &["alert_on_register"]);
    let office = office(&city, "on_failure", &["2026/10/30"]);
    let run = office.json(&["run", "hassou"]);
    assert_eq!(run["run"]["items"]["stopped"], 1, "{run}");
    let case = office.newest()["cases"][0].clone();
    assert_eq!(case["code"], "SHK0515", "{case}");
    assert!(city.ledger().is_empty());
    let first = kept(&office);
    whole_and_masked(films(&first)[0]);
    assert!(
        films(&first)[0].contains("メンテナンス") && films(&first)[0].contains("<img"),
        "the film shows what went wrong"
    );
    let screen = first.iter().find_map(|(_, c)| serde_json::from_str::<Value>(c).ok()).unwrap();
    assert!(screen["dialog"].as_str().unwrap().contains("メンテナンス"), "{screen}");
    assert_eq!(screen["last"][0]["name"], "受理通知発送登録", "{screen}");
    door(&city, "POST", "/__fault?name=alert_on_register&value=off");
    door(&city, "POST", "/__fault?name=changed_wording&value=on");
    arrive(&office, &["2026/11/02"]);
    let run = office.json(&["run", "hassou"]);
    assert_eq!(run["run"]["items"]["in_doubt"], 1, "pressed, and other words than declared: {run}");
    let second = kept(&office);
    let screen = second.iter().find_map(|(_, c)| serde_json::from_str::<Value>(c).ok()).unwrap();
    let frames = screen["frames"].as_array().unwrap();
    let main = frames.iter().find(|f| f["frame"] == "MAIN").unwrap_or_else(|| panic!("{screen}"));
    assert!(main["text"].as_str().unwrap().contains("登録が完了いたしました"), "{main}");
    assert!(frames.iter().all(|f| !f["url"].as_str().unwrap().contains('?')), "{screen}");
    assert!(
        second.iter().any(|(name, _)| name.contains("png")) || second.len() > 2,
        "and a picture: {:?}",
        second.len()
    );
    whole_and_masked(films(&second)[0]);
    door(&city, "POST", "/__fault?name=changed_wording&value=off");
    arrive(&office, &["2026/11/04"]);
    let run = office.json(&["run", "hassou"]);
    assert_eq!(run["run"]["items"]["done"], 1, "{run}");
    assert_eq!(city.ledger().len(), 2);
}

#[test]
fn a_system_that_forbids_copies_leaves_no_picture() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &["changed_wording"]);
    let office = office(&city, "forbidden", &["2026/10/30"]);
    let run = office.json(&["run", "hassou"]);
    assert_eq!(run["run"]["items"]["in_doubt"], 1, "{run}");
    let kept = kept(&office);
    for (name, content) in &kept {
        assert!(!content.contains("<img") && !content.starts_with("\u{fffd}PNG"), "{name}");
        assert!(!content.contains("登録が完了いたしました"), "{name} has the page's words");
    }
    assert!(films(&kept)[0].contains("SHK05"), "why it failed is said all the same");
}

#[test]
fn a_plan_types_everything_and_registers_nothing() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &[]);
    let office = office(&city, "forbidden", &["2026/10/30", "2026/11/02"]);
    let plan = office.json(&["plan", "hassou"])["plan"].clone();
    let items = plan["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{plan}");
    for (item, day) in items.iter().zip(["2026/10/30", "2026/11/02"]) {
        assert_eq!(item["state"], "done", "{item}");
        let notes = item["notes"].as_array().unwrap();
        let typed: Vec<(&str, &str)> = notes
            .iter()
            .filter(|n| n["kind"] == "typed")
            .map(|n| (n["values"][0]["name"].as_str().unwrap(), n["values"][0]["value"].as_str().unwrap()))
            .collect();
        let wanted = [
            ("宛名番号", "00000118125"),
            ("届出日", day),
            ("異動事由", "転居"),
            ("宛先区分", "異動前"),
            ("郵便種別", "普通"),
            ("人数", "1"),
            ("備考", "鳥籠町の件"),
        ];
        assert_eq!(typed, wanted);
        assert_eq!(notes.iter().filter(|n| n["kind"] == "registered").count(), 1, "{item}");
    }
    assert!(city.ledger().is_empty(), "nothing was registered");
    assert_eq!(sessions(&city)[0], 0, "and signed out");
    assert_eq!(office.json(&["runs"])["runs"].as_array().unwrap().len(), 0, "a plan is no run");
}

/// Every process that `of` has started, and theirs.
fn descendants(of: u32) -> Vec<u32> {
    let all =
        fs::read_dir("/proc").unwrap().filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let parent = |pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let children: Vec<u32> = all.filter(|pid| parent(*pid) == Some(of)).collect();
    children.iter().flat_map(|child| [vec![*child], descendants(*child)].concat()).collect()
}

/// Not merely waiting to be reaped.
fn lives(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[test]
fn a_killed_program_leaves_no_browser_and_goes_on_later() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &["slow=100:400"]);
    let office = office(&city, "on_failure", &["2026/10/30"]);
    let mut program =
        office.command(&["run", "hassou"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let limit = Instant::now() + Duration::from_mins(3);
    while sessions(&city)[1] == 0 {
        assert!(program.try_wait().unwrap().is_none(), "it does not end before it has signed in");
        assert!(Instant::now() < limit, "it signs in");
        std::thread::sleep(Duration::from_millis(20));
    }
    let family = descendants(program.id());
    assert!(family.len() >= 4, "keeper, chromedriver and several of Chromium: {family:?}");
    program.kill().unwrap();
    program.wait().unwrap();
    let limit = Instant::now() + Duration::from_secs(10);
    while family.iter().any(|pid| lives(*pid)) {
        assert!(
            Instant::now() < limit,
            "left behind: {:?}",
            family.iter().filter(|p| lives(**p)).collect::<Vec<_>>()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let resumed = office.shoki(&["resume"]);
    assert!(resumed.status.success(), "{}", text(&resumed.stderr));
    assert_eq!(city.ledger().len(), 1);
}
