//! `shoki serve` as it is installed: schedules, signals, kills, the emergency stop, what monitoring sees.

use crate::bench::{Office, root, text};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shoki::{
    clock::tokyo,
    control::{clock_fault, dues::moment},
    store::{Mark, Store, Strength},
};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixDatagram,
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

/// Light items, many of them: files that are only looked at.
pub fn light(id: &str, schedule: &str) -> String {
    format!(
        "shoki: 1\nid: {id}\ntitle: 試験\nowner: 試験課\nretention: 1y\n{schedule}items: {{ do: file.list, with: {{ folder: 受付/{id}, pattern: \"*.txt\" }}, key: \"${{{{ item.file }}}}-${{{{ run.id }}}}\" }}\nsteps:\n  - {{ id: 一, do: value.set, with: {{ a: \"${{{{ item.file }}}}\" }} }}\n  - {{ do: value.require, with: {{ that: \"${{{{ 一.a != '' }}}}\", else: 空です。 }} }}\n"
    )
}

/// Every minute of every day.
const MINUTELY: &str = "schedule: [{ at: \"* * * * *\", days: all }]\n";

pub fn office(scenarios: &[(&str, &str, usize)]) -> Office {
    let office = Office::bare();
    for (id, schedule, items) in scenarios {
        fs::write(office.path(&format!("scenarios/{id}.yaml")), light(id, schedule)).unwrap();
        fs::create_dir_all(office.path(&format!("受付/{id}"))).unwrap();
        for n in 0..*items {
            fs::write(office.path(&format!("受付/{id}/{n:05}.txt")), "x").unwrap();
        }
    }
    office
}

/// A running daemon. Ends with the test, however that ends.
pub struct Serve {
    child: Child,
    /// Where it answers.
    address: String,
    /// What it said when it was ready.
    greeting: String,
    /// How long it took to be ready.
    took: Duration,
    _stdin: Option<ChildStdin>,
}

impl Serve {
    pub fn start(office: &Office) -> Self {
        Self::with(&mut office.command(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log-file",
            office.path("log.jsonl").to_str().unwrap(),
        ]))
    }

    fn with(command: &mut Command) -> Self {
        let began = Instant::now();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut greeting = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        let took = began.elapsed();
        let address = greeting.rsplit("http://").next().unwrap().split('/').next().unwrap().to_owned();
        assert!(address.starts_with("127.0.0.1:"), "the daemon said: {greeting}");
        let stdin = child.stdin.take();
        Self { child, address, greeting, took, _stdin: stdin }
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end. Says how long it took.
    pub fn ended(&mut self, limit: Duration) -> Duration {
        let began = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < limit, "it has not ended after {limit:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
        began.elapsed()
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Listens to what happens to runs.
    fn listen(&self) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(stream, "GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let mut heard = BufReader::new(stream);
        let mut answer = String::new();
        heard.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "HTTP/1.1 200 OK");
        heard
    }

    pub fn health(&self) -> Value {
        serde_json::from_str(self.get("/health").split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Waits until something is so.
pub fn until(what: &str, limit: u64, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(limit), "not within {limit} s: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What the office remembers, as the program itself reads it.
fn remembered<T>(office: &Office, ask: impl AsyncFnOnce(&Store) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { ask(&Store::open(&office.path("state/shoki.db")).await.unwrap()).await })
}

/// The daemon was last there so long ago, as far as the record knows.
fn away_for(office: &Office, scenario: &str, time: SignedDuration) {
    remembered(office, async |store: &Store| {
        let mark = store.marks().await.unwrap().remove(scenario).unwrap();
        let seen_until = moment(&(Timestamp::now() - time).to_zoned(tokyo()));
        let mut tx = store.begin(Strength::Process).await.unwrap();
        tx.set_mark(scenario, &Mark { seen_until, ..mark }).await.unwrap();
        tx.commit().await.unwrap();
    });
}

pub fn run_states(office: &Office) -> Vec<String> {
    let runs = office.json(&["runs"])["runs"].as_array().unwrap().clone();
    runs.iter().map(|r| r["state"].as_str().unwrap().to_owned()).collect()
}

fn dues(office: &Office) -> Vec<(String, String)> {
    let dues = office.json(&["schedule", "list", "--limit", "1000"])["dues"].as_array().unwrap().clone();
    let word = |d: &Value, key: &str| d[key].as_str().unwrap_or_default().to_owned();
    dues.iter().map(|d| (word(d, "state"), word(d, "reason"))).collect()
}

#[test]
fn missed_moments_are_held_or_made_up_for_and_the_present_one_starts() {
    let rule = |word: &str| MINUTELY.replace("days: all", &format!("days: all, missed: {word}"));
    let office = office(&[("held", MINUTELY, 1), ("once", &rule("run_once"), 1), ("left", &rule("skip"), 1)]);
    let mut serve = Serve::start(&office);
    assert!(dues(&office).is_empty(), "a scenario seen for the first time has missed nothing");
    serve.signal("TERM");
    serve.ended(Duration::from_secs(3));
    // The last minute, or the one before it, is still in time; two before it are not.
    for id in ["held", "once", "left"] {
        away_for(&office, id, SignedDuration::from_secs(230));
    }
    let serve = Serve::start(&office);
    let count = |state: &str| dues(&office).iter().filter(|(s, _)| s == state).count();
    until("every present moment starts", 10, || {
        count("started") >= 3 && run_states(&office).iter().all(|s| s == "done")
    });
    let all = dues(&office);
    let held = all.iter().filter(|(s, r)| s == "held" && r.contains("動いていませんでした")).count();
    assert!((1..=3).contains(&held), "{all:?}");
    assert!(all.iter().any(|(s, r)| s == "skipped" && r.contains("missed: skip")), "{all:?}");
    // A person decides about what was held.
    let output = office.shoki(&["schedule", "run", "held"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("完了"), "the daemon has done it: {}", text(&output.stdout));
    office.shoki(&["schedule", "skip", "held", "--all"]);
    assert!(dues(&office).iter().all(|(s, _)| s != "held"));
    assert!(serve.get("/metrics").contains("shoki_dues{state=\"started\"}"));
    drop(serve);
    assert_eq!(office.verdict()["faults"].as_array().unwrap().len(), 0);
}

#[test]
fn a_second_daemon_is_refused_and_a_person_runs_through_the_first() {
    let office = office(&[("a", "", 3)]);
    let mut serve = Serve::start(&office);
    let second = office.shoki(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("すでに動いています"), "{}", text(&second.stderr));
    let outside = office.shoki(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(text(&outside.stderr).contains("待ち受けません"));
    let mut heard = serve.listen();
    let output = office.shoki(&["run", "a"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    is_the_story_of_one_run(&mut heard);
    assert_eq!(office.newest()["items"]["done"], 3);
    assert_eq!(serve.health()["status"], "ok");
    assert!(serve.get("/metrics").contains("# TYPE shoki_runs gauge"));
    let foreign = serve.get("/health").replace(&serve.address, "");
    assert!(foreign.starts_with("HTTP/1.1 200"));
    let mut stream = TcpStream::connect(&serve.address).unwrap();
    write!(stream, "GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
    serve.signal("TERM");
    serve.ended(Duration::from_secs(3));
    let log = fs::read_to_string(office.path("log.jsonl")).unwrap();
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{log}");
    assert!(log.contains("run begins") && log.contains("stopped"), "{log}");
    let events: Vec<&str> = log.lines().filter(|line| line.contains("shoki::run.event")).collect();
    let done = |line: &&&str| line.contains("\"state\":\"done\"");
    assert_eq!(
        (events.len(), events.iter().filter(done).count()),
        (5, 4),
        "a run and its three items: {events:?}"
    );
}

/// The run, its three items, the run again; never the name of a file.
fn is_the_story_of_one_run(heard: &mut impl BufRead) {
    let (mut all, mut states) = (String::new(), Vec::new());
    while !states.last().is_some_and(|(item, state)| *item == Value::Null && state == "done") {
        let mut line = String::new();
        assert!(heard.read_line(&mut line).unwrap() > 0, "the stream has ended: {all}");
        all += &line;
        if let Some(data) = line.strip_prefix("data: ") {
            let event: Value = serde_json::from_str(data).unwrap();
            assert_eq!(event["scenario"], "a");
            states.push((event["item"].clone(), event["state"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!((states.len(), &states[0].1[..]), (5, "running"), "{all}");
    assert!(all.contains("event: item") && all.contains("event: run") && !all.contains(".txt"), "{all}");
}

#[test]
fn systemd_hears_ready_alive_and_stopping() {
    let office = office(&[]);
    let place = office.path("notify");
    let socket = UnixDatagram::bind(&place).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut command = office.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut serve = Serve::with(command.env("NOTIFY_SOCKET", &place).stderr(Stdio::null()));
    let hear = || {
        let mut bytes = [0; 200];
        let length = socket.recv(&mut bytes).unwrap();
        text(&bytes[..length])
    };
    assert_eq!(hear(), "READY=1");
    assert_eq!([hear(), hear()], ["WATCHDOG=1", "WATCHDOG=1"]);
    serve.signal("TERM");
    until("it says that it stops", 10, || hear() == "STOPPING=1");
    serve.ended(Duration::from_secs(3));
}

/// How many items of the run of the long scenario are done.
fn done(office: &Office) -> u64 {
    let run = office.json(&["run", "show", &newest_of(office, "many")]);
    run["run"]["items"]["done"].as_u64().unwrap()
}

#[test]
fn a_killed_and_a_stopped_daemon_go_on_where_they_were() {
    let office = office(&[("many", "", 1200)]);
    let mut serve = Serve::start(&office);
    let mut person =
        office.command(&["run", "many"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("it has begun", 20, || !run_states(&office).is_empty() && done(&office) > 20);
    serve.child.kill().unwrap();
    serve.child.wait().unwrap();
    let before = done(&office);
    let mut serve = Serve::start(&office);
    assert!(serve.took < Duration::from_secs(5), "{:?}", serve.took);
    until("it goes on", 20, || done(&office) > before + 20);
    serve.signal("TERM");
    let took = serve.ended(Duration::from_secs(10));
    assert!(took < Duration::from_secs(3), "light steps end at once, not after {took:?}");
    let between = done(&office);
    assert!(between < 1200, "the run was too short for this test");
    assert_eq!(run_states(&office), ["running"], "it is not stopped: nobody said so");
    let _serve = Serve::start(&office);
    until("it ends", 60, || run_states(&office) == ["done"]);
    assert_eq!(done(&office), 1200);
    person.wait().unwrap();
    assert_eq!(office.verdict()["faults"].as_array().unwrap().len(), 0);
}

#[test]
fn stop_all_holds_for_running_and_coming_work_until_its_release() {
    let office = office(&[("many", "", 1200), ("due", MINUTELY, 1)]);
    let mut first = Serve::start(&office);
    first.signal("TERM");
    first.ended(Duration::from_secs(3));
    let mut serve = Serve::start(&office);
    let mut person =
        office.command(&["run", "many"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("it has begun", 20, || run_states(&office).contains(&"running".to_owned()) && done(&office) > 10);
    let stopped = office.shoki(&["stop", "--all", "--reason", "システム障害の連絡"]);
    assert!(stopped.status.success(), "{}", text(&stopped.stderr));
    std::thread::sleep(Duration::from_secs(2));
    let count = || {
        remembered(&office, async |store: &Store| {
            let run = store.runs(50).await.unwrap().into_iter().find(|r| r.scenario == "many").unwrap();
            (store.all_results(&run.id).await.unwrap().len(), run.state.word())
        })
    };
    let after = count();
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!((count(), after.1), (after, "stopped"), "nothing begins 2 s after the stop");
    person.wait().unwrap();
    assert!(serve.health()["reasons"][0].as_str().unwrap().contains("緊急停止中"));
    let refused = office.shoki(&["run", "many"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("システム障害の連絡"), "{}", text(&refused.stderr));
    serve.signal("TERM");
    serve.ended(Duration::from_secs(3));
    away_for(&office, "due", SignedDuration::from_secs(70));
    let serve = Serve::start(&office);
    until("the due moment is held", 10, || {
        dues(&office).iter().any(|(s, r)| s == "held" && r.contains("緊急停止中"))
    });
    assert!(office.shoki(&["stop", "--release"]).status.success());
    assert!(office.shoki(&["resume", &newest_of(&office, "many")]).status.success());
    until("it ends", 60, || count().1 == "done");
    drop(serve);
}

fn newest_of(office: &Office, scenario: &str) -> String {
    let runs = office.json(&["runs"])["runs"].as_array().unwrap().clone();
    runs.iter().find(|r| r["scenario"] == scenario).unwrap()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_clock_before_the_last_entry_holds_everything_until_a_person_accepts_it() {
    let office = office(&[("a", "", 1)]);
    assert!(office.shoki(&["run", "a"]).status.success());
    remembered(&office, async |store: &Store| {
        let now = Timestamp::now();
        clock_fault::note(store, now, now + SignedDuration::from_secs(30)).await.unwrap();
        assert!(clock_fault::fault(store, now).await.unwrap().is_none(), "half a minute is no fault");
        clock_fault::note(store, now, now + SignedDuration::from_hours(26)).await.unwrap();
    });
    let refused = office.shoki(&["run", "a"]);
    assert!(
        text(&refused.stderr).contains("時計") && text(&refused.stderr).contains("--accept"),
        "{}",
        text(&refused.stderr)
    );
    let serve = Serve::start(&office);
    until("the daemon says so", 5, || serve.health()["reasons"].to_string().contains("時計"));
    assert!(office.shoki(&["schedule", "clock", "--accept"]).status.success());
    assert!(office.shoki(&["run", "a"]).status.success());
    until("the daemon is content", 5, || serve.health()["status"] == "ok");
}

/// The schedules were looked at while the clock stood a day ahead; it is set right and accepted while the daemon works.
#[test]
fn schedules_of_a_false_future_come_due_again_once_the_clock_is_accepted() {
    let office = office(&[("a", MINUTELY, 1)]);
    let mut serve = Serve::start(&office);
    serve.signal("TERM");
    serve.ended(Duration::from_secs(3));
    away_for(&office, "a", SignedDuration::from_hours(-26));
    remembered(&office, async |store: &Store| {
        let now = Timestamp::now();
        clock_fault::note(store, now, now + SignedDuration::from_hours(26)).await.unwrap();
    });
    let serve = Serve::start(&office);
    until("the daemon says so", 5, || serve.health()["reasons"].to_string().contains("時計"));
    let soon = || {
        let next: Timestamp = serve.health()["next_due"].as_str().unwrap().parse().unwrap();
        next < Timestamp::now() + SignedDuration::from_mins(3)
    };
    assert!(!soon(), "it is a day away");
    assert!(office.shoki(&["schedule", "clock", "--accept"]).status.success());
    until("the next minute is due", 5, soon);
}

#[test]
fn a_scenario_with_mistakes_is_not_planned_and_said_so() {
    let office = office(&[("good", MINUTELY, 1)]);
    fs::copy(root().join("fixtures/problems/ten-mistakes.yaml"), office.path("scenarios/bad.yaml")).unwrap();
    let output = office.shoki(&["schedule", "next", "--days", "1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("予定に入っていません"));
    let serve = Serve::start(&office);
    assert!(serve.greeting.contains("予定に入っていません"), "{}", serve.greeting);
    until("the daemon says so", 5, || serve.health()["status"] == "attention");
}

/// A part of an approved scenario is changed while a run waits for a person: the run does not go on with it.
#[test]
fn a_run_does_not_go_on_with_a_part_that_nobody_approved() {
    let office = office(&[("a", "", 1)]);
    let part = |word: &str| {
        format!("shoki_part: 1\ntitle: 印\nsteps: [{{ id: 印, do: value.set, with: {{ a: {word} }} }}]\n")
    };
    fs::create_dir_all(office.path("parts")).unwrap();
    fs::write(office.path("parts/印.yaml"), part("一")).unwrap();
    let steps = "steps:\n  - { id: 可否, do: person.approve, with: { title: 進めてよいですか } }\n  - { use: parts/印.yaml }\n";
    let scenario = light("a", "");
    let head = scenario.split("steps:").next().unwrap();
    fs::write(office.path("scenarios/a.yaml"), format!("{head}{steps}")).unwrap();
    fs::write(
        office.path("shoki.toml"),
        "[office]\napproval = \"required\"\n[engine]\nlook_again_seconds = 1\n",
    )
    .unwrap();
    for (person, act) in [("yamada", "submit"), ("sato", "approve"), ("yamada", "deploy")] {
        let done = office.command(&[act, "a"]).env_remove("SUDO_USER").env("USER", person).output().unwrap();
        assert!(done.status.success(), "{act}: {}", text(&done.stderr));
    }
    let _serve = Serve::start(&office);
    assert_eq!(office.shoki(&["run", "a"]).status.code(), Some(2));
    fs::write(office.path("parts/印.yaml"), part("二")).unwrap();
    let check = office.json(&["checks"])["checks"][0].clone();
    let answer = format!("{}=承認", check["field"].as_str().unwrap());
    let answered = office.shoki(&["checks", "answer", &check["id"].to_string(), "--set", &answer]);
    assert!(answered.status.success(), "{}", text(&answered.stderr));
    until("it says why it waits", 20, || office.newest()["reason"].to_string().contains("部品"));
    assert_eq!(office.newest()["items"]["done"], 0);
    fs::write(office.path("parts/印.yaml"), part("一")).unwrap();
    until("it goes on with what was approved", 60, || run_states(&office) == ["done"]);
}

#[test]
fn next_says_when_and_why_in_the_documented_form() {
    let shift = "schedule: [{ at: \"30 8 1 * *\", shift: next }]\n";
    let office = office(&[("monthly", shift, 0)]);
    let toml = fs::read_to_string(office.path("shoki.toml")).unwrap();
    let own = "[calendar]\nclosed = [{ date = \"2027-01-04\", name = \"臨時休庁\" }]\n";
    let next = |from: &str, days: &str| {
        office.json(&["schedule", "next", "--from", from, "--days", days])["due"].clone()
    };
    let due = next("2027-01-01", "10");
    assert_eq!(
        (&due[0]["scenario"], &due[0]["at"]),
        (&"monthly".into(), &"2027-01-04T08:30:00+09:00".into())
    );
    assert!(due[0]["why"].as_str().unwrap().contains("元日のため"), "{due}");
    fs::write(office.path("shoki.toml"), format!("{toml}{own}")).unwrap();
    assert_eq!(next("2027-01-01", "10")[0]["at"], "2027-01-05T08:30:00+09:00");
    let beyond = next("2051-01-01", "1");
    assert_eq!(beyond[0]["held"], true);
    assert!(beyond[0]["why"].as_str().unwrap().contains("2051年の祝日"), "{beyond}");
    fs::write(
        office.path("shoki.toml"),
        format!("{toml}[calendar]\nclosed = [{{ date = \"2027-02-30\", name = \"x\" }}]\n"),
    )
    .unwrap();
    let refused = office.shoki(&["schedule", "next"]);
    assert!(text(&refused.stderr).contains("2027-02-30"), "{}", text(&refused.stderr));
}

#[test]
fn two_offices_on_one_state_folder_are_refused() {
    let (one, two) = (office(&[]), office(&[]));
    assert!(one.shoki(&["runs"]).status.success());
    std::os::unix::fs::symlink(one.path("state"), two.path("state")).unwrap();
    let refused = two.shoki(&["runs"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("別の庁"), "{}", text(&refused.stderr));
}

/// A driver that takes every call and never answers.
fn silent() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ears = listener.try_clone().unwrap();
    std::thread::spawn(move || ears.incoming().flatten().collect::<Vec<_>>());
    listener
}

/// An act that would take minutes, on a screen that does not come.
const HANGING: &str = "
shoki: 1
id: hanging
title: 試験
owner: 試験課
retention: 1y
systems: { juki: { url: \"http://127.0.0.1:1/\" } }
steps: [{ id: 画面, on: juki, do: browser.expect, with: { text: 業務メニュー } }]
";

/// The first SIGTERM gives the step in hand 10 s, a second one 2 s; afterwards the run goes on where it was.
#[test]
fn a_step_that_does_not_end_is_cut_off_in_time() {
    let driver = silent();
    for (signals, limit) in [(1, 10), (2, 2)] {
        let office = office(&[]);
        fs::write(office.path("scenarios/hanging.yaml"), HANGING).unwrap();
        let toml = fs::read_to_string(office.path("shoki.toml")).unwrap();
        let url = format!("[browser]\nwebdriver_url = \"http://{}\"\n", driver.local_addr().unwrap());
        fs::write(office.path("shoki.toml"), toml + url.as_str()).unwrap();
        let mut serve = Serve::start(&office);
        let mut person = office.command(&["run", "hanging"]);
        let mut person = person.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until("it has begun", 20, || run_states(&office) == ["running"]);
        std::thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        serve.signal("TERM");
        if signals == 2 {
            std::thread::sleep(Duration::from_millis(1500));
            assert!(serve.child.try_wait().unwrap().is_none(), "the first signal lets the step end");
            serve.signal("TERM");
            assert!(serve.ended(Duration::from_secs(limit)) > Duration::from_millis(100));
        } else {
            serve.ended(Duration::from_secs(limit));
            assert!(
                began.elapsed() > Duration::from_secs(5),
                "the step gets its time: {:?}",
                began.elapsed()
            );
        }
        person.kill().unwrap();
        person.wait().unwrap();
        assert_eq!(run_states(&office), ["running"], "it goes on at the next start");
        assert_eq!(office.verdict()["faults"].as_array().unwrap().len(), 0);
    }
}
