//! What a bad day brings: each time a clear Japanese sentence that says what and what to do, the right exit code, the other
//! items go on, and nothing is lost.

use crate::bench::{City, Office, root, text};
use serde_json::Value;
use std::{fs, path::Path, process::Command};

/// Reads one page and writes it to a workbook; no browser.
const LEDGER: &str = r#"
shoki: 1
id: ledger
title: 届出の一覧
owner: 市民窓口課
retention: 1y
items:
  do: document.pages
  with: { folder: 受付/住民異動届, pattern: "*" }
  key: ${{ item.sha256 }}-${{ item.page }}
steps:
  - id: 読取
    do: ocr.form
    with: { page: "${{ item }}", form: 住民異動届 }
after:
  - do: excel.write
    with:
      file: 出力/一覧.xlsx
      title: 届出の一覧
      columns: [{ title: 届出日, type: date, from: 読取.届出日 }]
      rows: ${{ items.done }}
"#;

fn office(scans: &[&str]) -> Office {
    let office = Office::new("http://127.0.0.1:9/", scans);
    fs::write(office.path("scenarios/ledger.yaml"), LEDGER).unwrap();
    office
}

fn paper(office: &Office, name: &str, bytes: &[u8]) {
    fs::write(office.path("受付/住民異動届").join(name), bytes).unwrap();
}

/// The cases of the newest run: file name → (state, reason).
fn ended(office: &Office) -> Vec<(String, String, String)> {
    let run = office.newest();
    let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let name = |c: &Value| word(&c["file"]).rsplit('/').next().unwrap().to_owned();
    run["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (name(c), word(&c["state"]), word(&c["reason"])))
        .collect()
}

#[test]
fn bad_files_cost_one_item_each() {
    let office = office(&["受付0001.png", "受付0025.pdf", "受付0027.pdf"]);
    paper(&office, "空.pdf", b"");
    paper(&office, "文書.png", "これは画像ではありません".as_bytes());
    paper(&office, "表計算.xlsx", b"PK\x03\x04 not a page");
    paper(&office, "秘密.pdf", &fs::read(root().join("fixtures/paper/bad/encrypted.pdf")).unwrap());
    let output = office.shoki(&["run", "ledger"]);
    assert!([Some(0), Some(2)].contains(&output.status.code()), "{}", text(&output.stderr));
    let ended = ended(&office);
    for (name, wanted) in [
        ("空.pdf", "空"),
        ("文書.png", "対応"),
        ("表計算.xlsx", "対応"),
        ("秘密.pdf", "パスワード"),
        ("受付0027.pdf", "壊れ"),
        ("受付0025.pdf", "帳票"),
    ] {
        let (_, state, reason) = ended.iter().find(|(n, ..)| n == name).unwrap();
        assert_eq!(state, "stopped", "{name}");
        assert!(reason.contains(wanted), "{name}: {reason}");
    }
    let (_, state, _) = ended.iter().find(|(n, ..)| n == "受付0001.png").unwrap();
    assert_eq!(state, "done", "the good page is not held up by the others");
}

#[test]
fn a_scenario_with_ten_mistakes_is_told_all_of_them_and_not_run() {
    let office = office(&[]);
    let broken = root().join("fixtures/problems/ten-mistakes.yaml");
    fs::copy(broken, office.path("scenarios/ten.yaml")).unwrap();
    let problems = office.json(&["lint", office.path("scenarios/ten.yaml").to_str().unwrap()]);
    assert!(problems["problems"].as_array().unwrap().len() >= 10, "{problems}");
    let output = office.shoki(&["run", "ten"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("実行していません"), "{}", text(&output.stderr));
    assert!(office.json(&["runs"])["runs"].as_array().unwrap().is_empty());
}

#[test]
fn a_missing_chromedriver_fails_the_items_and_resume_goes_on_when_it_is_there() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &[]);
    let office = Office::new(&city.url, &["受付0001.png"]);
    let good = fs::read_to_string(office.path("shoki.toml")).unwrap();
    fs::write(
        office.path("shoki.toml"),
        format!("{good}[browser]\nchromedriver = \"/nowhere/chromedriver\"\n"),
    )
    .unwrap();
    let output = office.shoki(&["run", "resident-move-notices"]);
    let ended_so = ended(&office);
    if ended_so[0].1 == "check" {
        return; // The page is not read surely enough to reach the screen; nothing to see here.
    }
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    let (_, state, reason) = &ended_so[0];
    assert_eq!(state, "failed");
    assert!(reason.contains("chromedriver") && reason.contains("apt-get install"), "{reason}");
    fs::write(office.path("shoki.toml"), good).unwrap();
    office.shoki(&["resume"]);
    assert_eq!(ended(&office)[0].1, "done");
    assert_eq!(city.ledger().len(), 1);
}

#[test]
fn without_tesseract_data_the_message_says_how_to_get_it() {
    let office = office(&["受付0001.png"]);
    let empty = tempfile::tempdir().unwrap();
    let output = office.command(&["run", "ledger"]).env("TESSDATA_PREFIX", empty.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    let (_, state, reason) = &ended(&office)[0];
    assert_eq!(state, "failed");
    assert!(reason.contains("tesseract-ocr-jpn"), "{reason}");
}

#[test]
fn an_open_workbook_is_said_and_nothing_is_lost() {
    let office = office(&["受付0001.png"]);
    fs::write(office.path("出力/.~lock.一覧.xlsx#"), ",staff,pc01,2026-11-20 09:00;").unwrap();
    let output = office.shoki(&["run", "ledger"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    let run = office.newest();
    assert!(run["reason"].as_str().unwrap().contains("開いて"), "{run}");
    fs::remove_file(office.path("出力/.~lock.一覧.xlsx#")).unwrap();
    assert_eq!(office.shoki(&["resume"]).status.code(), Some(0));
    assert!(office.path("出力/一覧.xlsx").is_file());
}

/// A small file system of its own, taken away when the test ends.
pub struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    pub fn new(at: &'a Path, options: &str) -> Self {
        let mut mount = Command::new("mount");
        let done = mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).status().unwrap();
        assert!(done.success(), "this test mounts a small file system and must be run as root");
        Self(at)
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.0).status().ok();
    }
}

#[test]
fn a_read_only_output_folder_is_said() {
    let office = office(&["受付0001.png"]);
    let out = office.path("出力");
    let _mount = Mount::new(&out, "size=1m,ro");
    let output = office.shoki(&["run", "ledger"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    let run = office.newest();
    assert!(run["reason"].as_str().unwrap().contains("書き込め"), "{run}");
}

#[test]
fn a_full_disk_stops_the_run_and_resume_goes_on_when_there_is_room() {
    let office = office(&["受付0001.png"]);
    let state = office.path("state");
    let _mount = Mount::new(&state, "size=2m");
    let ballast = state.join("ballast");
    let output = office.shoki(&["runs"]);
    assert!(output.status.success());
    fs::write(&ballast, vec![0_u8; 3 << 20]).ok();
    let output = office.shoki(&["run", "ledger"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("空き"), "{}", text(&output.stderr));
    fs::remove_file(&ballast).unwrap();
    let none = office.json(&["runs"])["runs"].as_array().unwrap().is_empty();
    let again: &[&str] = if none { &["run", "ledger"] } else { &["resume"] };
    assert_eq!(office.shoki(again).status.code(), Some(0));
    assert_eq!(ended(&office)[0].1, "done");
}

#[test]
fn a_backup_goes_out_and_back_and_the_log_goes_on() {
    let office = office(&["受付0001.png"]);
    assert_eq!(office.shoki(&["run", "ledger"]).status.code(), Some(0));
    let copy = office.path("控え");
    let name = copy.to_str().unwrap();
    let made = office.shoki(&["backup", name]);
    assert_eq!(made.status.code(), Some(0));
    assert!(text(&made.stdout).contains("state/keys/log-"), "{}", text(&made.stdout));
    let twice = office.shoki(&["backup", name]);
    assert_eq!(twice.status.code(), Some(1));
    assert!(text(&twice.stderr).contains("すでにあります"));
    assert_eq!(office.shoki(&["run", "ledger"]).status.code(), Some(0));
    let back = office.shoki(&["restore", name]);
    assert_eq!(back.status.code(), Some(0), "{}", text(&back.stderr));
    assert!(text(&back.stdout).contains("--checked"));
    assert_eq!(office.json(&["runs"])["runs"].as_array().unwrap().len(), 1);
    assert_eq!(office.verdict()["verdict"], "CONSISTENT", "{}", office.verdict());
    assert_eq!(office.shoki(&["restore", "--checked"]).status.code(), Some(0));
    assert_eq!(office.shoki(&["restore", "--checked"]).status.code(), Some(1));
    assert_eq!(office.verdict()["verdict"], "CONSISTENT");
    let not_one = office.shoki(&["restore", office.path("shoki.toml").to_str().unwrap()]);
    assert_eq!(not_one.status.code(), Some(3));
    assert!(text(&not_one.stderr).contains("控えではない"), "{}", text(&not_one.stderr));
}
