//! A reader of strangers' files neither reads what it was not shown, nor writes, nor speaks, nor starts anything.

use shoki::drivers::sandbox::{Reach, Wall};
use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

#[test]
fn a_reader_can_do_nothing_but_read_paper() {
    let dir = tempfile::tempdir().unwrap();
    let stranger = dir.path().join("secret");
    fs::write(&stranger, "x").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_shoki"))
        .args(["reader", "probe"])
        .arg(&stranger)
        .arg(dir.path())
        .output()
        .unwrap();
    let reach: Reach = serde_json::from_slice(&output.stdout).unwrap();
    assert!(!reach.connects && !reach.starts && reach.threads, "{reach:?}");
    assert_eq!(reach.walls.calls, Wall::Full, "{reach:?}");
    if reach.walls.files == Wall::None {
        eprintln!("skipped: this kernel has no Landlock");
        return;
    }
    assert!(!reach.reads && !reach.writes, "{reach:?}");
    assert!(!dir.path().join("written-by-a-reader").exists());
}

#[test]
fn no_process_of_ours_leaves_a_core_file() {
    for arguments in [&["reader"][..], &["account", "set", "juki", "--user", "robot"]] {
        let office = tempfile::tempdir().unwrap();
        fs::write(office.path().join("shoki.toml"), "").unwrap();
        // Both wait for their standard input.
        let mut child = Command::new(env!("CARGO_BIN_EXE_shoki"))
            .args(arguments)
            .current_dir(office.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let limits = || fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        let none = |text: &str| {
            let line = text.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default();
            line.split_whitespace().nth(4) == Some("0")
        };
        let waited = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            none(&limits())
        });
        drop(child.stdin.take());
        child.kill().ok();
        child.wait().unwrap();
        assert!(waited, "{arguments:?}");
    }
}
