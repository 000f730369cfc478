//! What it costs to read what people write: 500 scenarios of an office, and files made to hurt.
//!
//!     cargo bench --bench language [-- lint | hostile]
//!
//! Prints numbers; asserts only that good files are good and bad ones are refused.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use shoki::{
    actions::ACTIONS,
    form::Forms,
    problem::render,
    scenario::{OfficeFacts, load},
    step::Catalog,
};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

const MIB: usize = 1 << 20;

/// The program itself, and how long it took.
fn shoki(dir: &Path, words: &[&str]) -> (Output, Duration) {
    let began = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoki"));
    let said = command.args(words).current_dir(dir).env("SHOKI_SHARE", env!("CARGO_MANIFEST_DIR")).output();
    (said.unwrap(), began.elapsed())
}

/// An office with 500 scenarios: those that are shipped, by turns, each under an id of its own.
fn lint() {
    let dir = tempfile::tempdir().unwrap();
    assert!(shoki(dir.path(), &["init", "office"]).0.status.success());
    let office = dir.path().join("office");
    let shipped = ["nursery-placement", "overtime-aggregation", "resident-move-notices"];
    for id in shipped {
        let (said, _) = shoki(&office, &["new", id, "--from", id]);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
    let settings = office.join("shoki.toml");
    let given = "[settings]\njuki_url = \"http://127.0.0.1:8080/\"\novertime_month = \"2026-04\"\n";
    fs::write(&settings, fs::read_to_string(&settings).unwrap().replacen("[settings]\n", given, 1)).unwrap();
    let texts = shipped.map(|id| fs::read_to_string(office.join(format!("scenarios/{id}.yaml"))).unwrap());
    for n in shipped.len()..500 {
        let (id, text) = (shipped[n % shipped.len()], &texts[n % shipped.len()]);
        let text = text.replacen(&format!("id: {id}"), &format!("id: {id}-{n}"), 1);
        fs::write(office.join(format!("scenarios/{id}-{n}.yaml")), text).unwrap();
    }
    let mut times = Vec::new();
    for _ in 0..7 {
        let (said, took) = shoki(&office, &["lint"]);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
        times.push(took);
    }
    times.sort();
    let bytes: usize = (0..500).map(|n| texts[n % shipped.len()].len()).sum();
    println!(
        "lint of 500 scenarios, {} KiB: median {:?} of 7, slowest {:?}",
        bytes / 1024,
        times[3],
        times[6]
    );
}

/// Lines that begin with their number.
fn numbered(lines: usize, rest: &str) -> String {
    (0..lines).fold(String::new(), |all, n| all + n.to_string().as_str() + rest)
}

/// Files of about 1 MiB, each hard in its own way.
fn hostile_texts() -> Vec<(&'static str, String)> {
    let many = |one: &str| one.repeat(MIB / one.len());
    vec![
        ("brackets", many("[")),
        ("nested lists", many("- ")),
        ("documents", many("a: 1\n---\n")),
        ("aliases", many("k: &a [*a]\n")),
        ("keys", numbered(MIB / 12, ": 1\n")),
        ("expressions in one text", format!("a: \"{}\"", "${{ x }}".repeat(MIB / 9))),
        ("steps that are none", format!("steps:\n{}", "  - x\n".repeat(MIB / 6 - 10))),
        (
            "expressions in an argument",
            format!(
                "steps:\n  - {{ do: value.set, with: {{ a: \"{}\" }} }}\n",
                "${{ today }}".repeat(MIB / 13)
            ),
        ),
        (
            "steps with expressions",
            format!("steps:\n{}", "  - { do: value.set, with: { a: \"${{ today }}\" } }\n".repeat(MIB / 51)),
        ),
        ("unknown keys", numbered(MIB / 14, "番: あ\n")),
        (
            "deep expression",
            format!("a: \"${{{{ {}1{} }}}}\"\n", "(".repeat(MIB / 2 - 20), ")".repeat(MIB / 2 - 20)),
        ),
        ("block text", format!("a: |\n  {}", "x".repeat(MIB - 100))),
        ("full-width colons", "：".repeat(MIB / 3)),
        ("tabs", many("\t")),
        ("line ends", many("\r\n")),
    ]
}

fn hostile() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in hostile_texts() {
        let file = dir.path().join("hostile.yaml");
        fs::write(&file, text).unwrap();
        let times = (0..3).map(|_| {
            let (said, took) = shoki(dir.path(), &["lint", "hostile.yaml"]);
            assert_eq!(said.status.code(), Some(1), "{name}: {}", String::from_utf8_lossy(&said.stdout));
            took
        });
        let best = times.min().unwrap();
        let me = std::env::current_exe().unwrap();
        let memory = Command::new(me).arg("memory").arg(&file).output().unwrap();
        println!("{name}: {best:?}, {}", String::from_utf8_lossy(&memory.stdout).trim());
    }
}

/// Reads one file in this process and says how much memory that took.
fn memory(file: &Path) {
    let problems = load(file, &Catalog(ACTIONS), &Forms::new(), &OfficeFacts::default()).err().unwrap();
    let picture = render(&problems, false);
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    let kib: usize = peak.split_whitespace().next().unwrap().parse().unwrap();
    println!("{} MiB, {} problems, {} bytes to read", kib / 1024, problems.len(), picture.len());
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.first().map(String::as_str) {
        Some("memory") => memory(Path::new(&words[1])),
        Some("lint") => lint(),
        Some("hostile") => hostile(),
        _ => {
            lint();
            hostile();
        }
    }
}
