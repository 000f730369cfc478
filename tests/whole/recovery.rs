//! Kill -9 at random moments, then take the run up again: nothing is entered twice, nothing is missing, the log verifies.
//! The judge is the city's own ledger. `SHOKI_KILLS` says how many kills (a short form otherwise), `SHOKI_SEED` repeats one.

use crate::bench::{City, Office, text};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs::OpenOptions,
    io::Write as _,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

/// Kills in the short form.
const SHORT: u32 = 8;
/// The moment of a kill is up to so long after the start.
const LONGEST: u64 = 6_000;

/// A repeatable source of moments (xorshift64*).
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let seed = std::env::var("SHOKI_SEED").ok().and_then(|s| s.parse().ok());
        let seed = seed.unwrap_or_else(|| u64::try_from(time % 1_000_000_007).unwrap() + 1);
        println!("SHOKI_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % limit
    }
}

/// Begins the run, or goes on with the one that is there.
fn go(office: &Office) -> Child {
    let none = office.json(&["runs"])["runs"].as_array().unwrap().is_empty();
    let args: &[&str] = if none { &["run", "resident-move-notices"] } else { &["resume"] };
    office.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// One night with kills. Says how many fell in time.
fn night(dice: &mut Dice, most: u32) -> u32 {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &["slow=20:400", "stall_after_register=300"]);
    let scans = ["受付0003.pdf", "受付0008.pdf", "受付0029.pdf", "受付0027.pdf"];
    let office = Office::new(&city.url, &scans);
    // Many kills: what each left open is looked for once. The engine's own tests see to what comes late.
    let mut settings = OpenOptions::new().append(true).open(office.path("shoki.toml")).unwrap();
    settings.write_all(b"[engine]\nlate_seconds = 0\n").unwrap();
    let mut kills = 0;
    while kills < most {
        let mut child = go(&office);
        let moment = Duration::from_millis(dice.below(LONGEST));
        let began = Instant::now();
        while began.elapsed() < moment && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    let output = go(&office).wait_with_output().unwrap();
    assert!([Some(0), Some(2)].contains(&output.status.code()), "after {kills} kills: {:?}", output.status);
    settled(&office, &city, kills);
    kills
}

fn settled(office: &Office, city: &City, kills: u32) {
    let run = office.newest();
    let cases = run["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4, "every page is an item");
    for case in cases {
        let state = case["state"].as_str().unwrap();
        assert!(
            !["waiting", "running", "failed", "in_doubt"].contains(&state),
            "after {kills} kills: {case}"
        );
    }
    let done = cases.iter().filter(|c| c["state"] == "done").count();
    let ledger = city.ledger();
    let keys: BTreeSet<String> =
        ledger.iter().map(|e| format!("{}/{}/{}", e["atena"], e["notice_date"], e["reason"])).collect();
    assert_eq!(keys.len(), ledger.len(), "registered twice after {kills} kills: {ledger:?}");
    assert_eq!(done, ledger.len(), "each done item has its registration after {kills} kills");
    let verdict = office.verdict();
    let exit = verdict["exit"].as_i64().unwrap();
    assert!([0, 20].contains(&exit), "after {kills} kills the log says {verdict}");
    assert!(verdict["faults"].as_array().is_some_and(Vec::is_empty), "{verdict}");
}

#[test]
fn nothing_is_entered_twice_whenever_the_program_is_killed() {
    let wanted = std::env::var("SHOKI_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(SHORT);
    let mut dice = Dice::new();
    let (mut kills, mut nights) = (0, 0);
    while kills < wanted {
        kills += night(&mut dice, (wanted - kills).min(25));
        nights += 1;
        println!("{kills} kills in {nights} nights");
    }
}

/// A person's answer, given while nothing runs, survives too, and the run goes on with it.
#[test]
fn an_answer_is_taken_up_by_resume() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &[]);
    let office = Office::new(&city.url, &["受付0019.png"]);
    let output = office.shoki(&["run", "resident-move-notices"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(city.ledger().is_empty());
    let checks = office.json(&["checks"])["checks"].as_array().unwrap().clone();
    let fields: Vec<&str> = checks.iter().filter_map(|c| c["field"].as_str()).collect();
    assert!(fields.contains(&"届出日"), "the empty date is asked for: {fields:?}");
    let id = checks[0]["id"].to_string();
    let refused = office.shoki(&["checks", "answer", &id, "--set", "届出曰=2026-11-02"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("項目「届出曰」はありません"), "{}", text(&refused.stderr));
    let page = crate::bench::truth().into_iter().find(|p| p["file"] == "受付0019.png").unwrap();
    let mut args = vec!["checks".to_owned(), "answer".into(), id.clone()];
    for field in fields {
        let value = &page["fields"][field]["value"];
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        // The clerk knows the day from the counter's stamp.
        let value = if field == "届出日" { stamp_day(&page) } else { value };
        args.extend(["--set".to_owned(), format!("{field}={value}")]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert!(office.shoki(&args).status.success());
    let again = office.shoki(&args);
    assert!(text(&again.stderr).contains("回答済み"), "{}", text(&again.stderr));
    office.shoki(&["resume"]);
    let state = office.newest()["cases"][0]["state"].clone();
    assert!(state == "done" || state == "approval", "{state}");
}

fn stamp_day(page: &Value) -> String {
    page["notice"]["notice_date"].as_str().unwrap_or("2026-11-02").to_owned()
}
