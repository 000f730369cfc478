//! Disks that fill up under a daemon or a ledger: it says so, nothing half-written is seen, and it goes on by itself.

use crate::{
    bad_input::Mount,
    bench::{Office, text},
    night::{Serve, light, office, run_states, until},
};
use std::{fs, process::Stdio};

/// Fills a small disk. What was there stays.
fn fill(office: &Office, folder: &str) -> std::path::PathBuf {
    let ballast = office.path(folder).join("ballast");
    fs::write(&ballast, vec![0_u8; 16 << 20]).unwrap_err();
    ballast
}

/// The disk of the database, and that of the log, is full for a while in the middle of a run.
#[test]
fn the_daemon_waits_for_room_and_goes_on_by_itself() {
    for folder in ["state", "audit"] {
        let office = office(&[("many", "", 600)]);
        let toml = fs::read_to_string(office.path("shoki.toml")).unwrap();
        fs::write(office.path("shoki.toml"), toml + "[engine]\nlook_again_seconds = 1\n").unwrap();
        let place = office.path(folder);
        fs::create_dir_all(&place).unwrap();
        let _mount = Mount::new(&place, "size=8m");
        let serve = Serve::start(&office);
        let mut person = office.command(&["run", "many"]);
        let mut person = person.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until("it has begun", 20, || run_states(&office) == ["running"]);
        let ballast = fill(&office, folder);
        until("the daemon says so", 30, || {
            let reasons = serve.health()["reasons"].to_string();
            reasons.contains("空き") || reasons.contains("書き込めません")
        });
        assert_eq!(run_states(&office), ["running"]);
        fs::remove_file(&ballast).unwrap();
        until("it goes on by itself", 90, || run_states(&office) == ["done"]);
        assert_eq!(office.newest()["items"]["done"], 600, "{folder}");
        until("it is content", 10, || serve.health()["status"] == "ok");
        person.kill().ok();
        person.wait().unwrap();
        drop(serve);
        assert_eq!(office.verdict()["faults"].as_array().unwrap().len(), 0);
    }
}

/// No half of a workbook is seen, under no name.
#[test]
fn a_ledger_that_does_not_fit_is_written_whole_or_not_at_all() {
    let after = "after:\n  - do: excel.write\n    with:\n      file: 出力/一覧.xlsx\n      title: 一覧\n      columns: [{ title: 名, from: 一.a }]\n      rows: ${{ items.done }}\n";
    let office = office(&[("many", "", 300)]);
    fs::write(office.path("scenarios/many.yaml"), light("many", "") + after).unwrap();
    let out = office.path("出力");
    let _mount = Mount::new(&out, "size=64k");
    let ballast = fill(&office, "出力");
    let output = office.shoki(&["run", "many"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    assert!(office.newest()["reason"].as_str().unwrap().contains("空き"), "{}", office.newest());
    let left: Vec<_> = fs::read_dir(&out).unwrap().flatten().map(|f| f.file_name()).collect();
    assert_eq!(left, ["ballast"]);
    fs::remove_file(&ballast).unwrap();
    assert_eq!(office.shoki(&["resume"]).status.code(), Some(0));
    assert!(out.join("一覧.xlsx").is_file());
}
