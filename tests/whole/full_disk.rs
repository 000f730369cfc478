//! Disks that fill up under a daemon or a ledger: it says so, nothing half-written is seen, and it goes on by itself.

use crate::{
    bad_input::Mount,
    bench::{Office, text},
    night::{Serve, light, office, run_states, until},
};
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::{fs, process::Stdio, time::Duration};

/// Fills a small disk but for `left` bytes, while others write to it. What was there stays; the reserve is nobody else's.
fn fill(office: &Office, folder: &str, left: u64) -> std::path::PathBuf {
    let ballast = office.path(folder).join("ballast");
    let reserve = || fs::metadata(office.path(folder).join("reserve")).map_or(0, |facts| facts.len());
    let (file, taken) = (fs::File::create_new(&ballast).unwrap(), reserve());
    for _ in 0..1000 {
        let given = taken - reserve();
        let disk = statvfs(&ballast).unwrap();
        let wanted = disk.f_bavail * disk.f_frsize - given - left;
        if fallocate(&file, FallocateFlags::empty(), 0, wanted).is_ok() {
            return ballast;
        }
    }
    panic!("{} is not to be filled", ballast.display());
}

/// A run of many items on a small disk that is filled in the middle of it waits, says why, and goes on.
fn waits_for_room(folder: &str, left: u64) {
    let office = office(&[("many", "", 1500)]);
    let toml = fs::read_to_string(office.path("shoki.toml")).unwrap();
    fs::write(office.path("shoki.toml"), toml + "[engine]\nlook_again_seconds = 1\n").unwrap();
    let place = office.path(folder);
    fs::create_dir_all(&place).unwrap();
    let _mount = Mount::new(&place, "size=48m");
    let serve = Serve::start(&office);
    let mut person = office.command(&["run", "many"]);
    let mut person = person.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("it has begun", 20, || run_states(&office) == ["running"]);
    let ballast = fill(&office, folder, left);
    until("the daemon says so", 30, || {
        let reasons = serve.health()["reasons"].to_string();
        reasons.contains("空き") || reasons.contains("書き込めません")
    });
    if folder == "state" {
        let why = || office.newest()["reason"].as_str().unwrap_or_default().to_owned();
        until("the run says so", 30, || why().contains("空き"));
    }
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(office.newest()["state"], "running");
    fs::remove_file(&ballast).unwrap();
    until("it goes on by itself", 60, || run_states(&office) == ["done"]);
    assert_eq!(office.newest()["items"]["done"], 1500, "{folder}");
    until("it is content", 10, || serve.health()["status"] == "ok");
    person.kill().ok();
    person.wait().unwrap();
    drop(serve);
    assert_eq!(office.verdict()["faults"].as_array().unwrap().len(), 0);
}

/// Full to the last byte: nothing is done, nothing is lost, and why is recorded in the room that was taken beforehand.
#[test]
fn the_daemon_waits_for_room_and_goes_on_by_itself() {
    waits_for_room("state", 0);
    waits_for_room("audit", 0);
}

/// Nearly full: the reserve is what the last records are written from.
#[test]
fn the_reserve_holds_the_record_of_why_a_run_waits() {
    waits_for_room("state", 1_500_000);
}

/// No half of a workbook is seen, under no name.
#[test]
fn a_ledger_that_does_not_fit_is_written_whole_or_not_at_all() {
    let after = "after:\n  - do: excel.write\n    with:\n      file: 出力/一覧.xlsx\n      title: 一覧\n      columns: [{ title: 名, from: 一.a }]\n      rows: ${{ items.done }}\n";
    let office = office(&[("many", "", 300)]);
    fs::write(office.path("scenarios/many.yaml"), light("many", "") + after).unwrap();
    let out = office.path("出力");
    let _mount = Mount::new(&out, "size=64k");
    let ballast = fill(&office, "出力", 0);
    let output = office.shoki(&["run", "many"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    assert!(office.newest()["reason"].as_str().unwrap().contains("空き"), "{}", office.newest());
    let left: Vec<_> = fs::read_dir(&out).unwrap().flatten().map(|f| f.file_name()).collect();
    assert_eq!(left, ["ballast"]);
    fs::remove_file(&ballast).unwrap();
    assert_eq!(office.shoki(&["resume"]).status.code(), Some(0));
    assert!(out.join("一覧.xlsx").is_file());
}
