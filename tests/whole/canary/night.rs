//! What happens in the canary night: faults, crashes, questions, papers that go out, attacks on the log.

use crate::bench::{Office, text};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Papers of people who mean ill.
pub const HOSTILE: [&[u8]; 4] = [
    "%PDF-1.7 金糸雀 123456789018 /Type /Catalog".as_bytes(),
    b"",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff",
    "=cmd|' /C calc'!A0 ${{ secrets.x }} {{ 7*7 }}".as_bytes(),
];

/// How each crash comes.
const SIGNALS: [&str; 3] = ["KILL", "ABRT", "SEGV"];

/// Looks at every process again and again for passwords in its command line and environment.
struct Watch {
    ends: Arc<AtomicBool>,
    found: Arc<Mutex<Vec<String>>>,
    looks: JoinHandle<u64>,
}

impl Watch {
    fn begin(words: &[&str]) -> Self {
        let (ends, found) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (end, hits) = (Arc::clone(&ends), Arc::clone(&found));
        let words: Vec<Vec<u8>> = words.iter().map(|w| w.as_bytes().to_vec()).collect();
        let looks = std::thread::spawn(move || {
            let mut looks = 0;
            while !end.load(Ordering::Relaxed) {
                for process in fs::read_dir("/proc").unwrap().flatten() {
                    for part in ["cmdline", "environ"] {
                        let bytes = fs::read(process.path().join(part)).unwrap_or_default();
                        looks += 1;
                        if words.iter().any(|word| bytes.windows(word.len()).any(|w| w == &word[..])) {
                            hits.lock().unwrap().push(format!("{part}: {}", text(&bytes)));
                        }
                    }
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            looks
        });
        Self { ends, found, looks }
    }

    fn end(self) {
        self.ends.store(true, Ordering::Relaxed);
        assert!(self.looks.join().unwrap() > 100, "processes were looked at");
        assert_eq!(*self.found.lock().unwrap(), Vec::<String>::new(), "a process shows a password");
    }
}

/// A program that ends when the test does.
struct Kept(Child);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub struct Night<'a> {
    pub office: &'a Office,
    home: PathBuf,
    /// Where what programs say is kept until it is searched.
    out: tempfile::TempDir,
    /// What programs said about themselves: nothing of anybody may be in it.
    pub said: Vec<(String, Vec<u8>)>,
    /// What a person asked to see.
    pub shown: Vec<(String, Vec<u8>)>,
    pub crashes: usize,
    passwords: Vec<String>,
}

impl<'a> Night<'a> {
    pub fn begin(office: &'a Office, home: &Path, passwords: &[&str]) -> Self {
        for folder in ["tmp", "home", "outside"] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        let mut settings = fs::OpenOptions::new().append(true).open(office.path("shoki.toml")).unwrap();
        settings.write_all(b"\n[browser]\nwait_seconds = 3\n").unwrap();
        let mut night = Self {
            office,
            home: home.to_owned(),
            out: tempfile::tempdir().unwrap(),
            said: Vec::new(),
            shown: Vec::new(),
            crashes: 0,
            passwords: passwords.iter().map(|&p| p.to_owned()).collect(),
        };
        let mut set = night.command(&["account", "set", "shut_robot", "--user", "juki_robot"]);
        let mut child =
            set.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{}", night.passwords[1]).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        night.hear("account", output);
        night
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.office.command(args);
        command.env("SHOKI_LOG", "trace").env("RUST_BACKTRACE", "1").env("USER", "tester");
        command.env("TMPDIR", self.home.join("tmp")).env("HOME", self.home.join("home"));
        command.current_dir(&self.home);
        command
    }

    fn hear(&mut self, name: &str, output: Output) {
        self.shown.push((format!("what {name} showed"), output.stdout));
        self.said.push((format!("what {name} said"), output.stderr));
    }

    /// A command that nobody needs to see names in.
    fn shoki(&mut self, args: &[&str]) -> Option<i32> {
        let output = self.command(args).output().unwrap();
        let code = output.status.code();
        self.hear(args[0], output);
        code
    }

    /// A command whose answer is for the eyes of who asked: only what it says about itself is searched.
    fn seen(&mut self, args: &[&str]) -> Value {
        let output = self.command(&[args, &["--format", "json"]].concat()).output().unwrap();
        let value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        self.said.push((format!("what {} said", args[0]), output.stderr));
        value
    }

    pub fn before_the_run(&mut self) {
        assert_eq!(self.shoki(&["lint", "scenarios/kanaria.yaml"]), Some(1), "not from here");
        let file = self.office.path("scenarios/kanaria.yaml");
        let problems = self.seen(&["lint", file.to_str().unwrap()]);
        assert_eq!(problems["problems"], serde_json::json!([]), "{problems}");
        self.seen(&["plan", "kanaria"]);
    }

    /// The run begins, is killed, goes on, is killed again.
    pub fn runs_with_crashes(&mut self, crashes: usize) {
        let watch = Watch::begin(&self.passwords.iter().map(String::as_str).collect::<Vec<_>>());
        for n in 0..crashes {
            let args: &[&str] = if n == 0 { &["run", "kanaria"] } else { &["resume"] };
            let (shown, said) = (self.out.path().join("shown"), self.out.path().join("said"));
            let mut command = self.command(args);
            command
                .stdin(Stdio::null())
                .stdout(File::create(&shown).unwrap())
                .stderr(File::create(&said).unwrap());
            let mut child = Kept(command.spawn().unwrap());
            if n == 0 {
                self.until_it_works(&mut child.0);
            }
            let until = Instant::now() + Duration::from_millis(3_000 + 2_500 * n as u64);
            while Instant::now() < until && child.0.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(20));
            }
            if child.0.try_wait().unwrap().is_none() {
                let signal = format!("-{}", SIGNALS[n % SIGNALS.len()]);
                assert!(
                    Command::new("kill")
                        .args([&signal, &child.0.id().to_string()])
                        .status()
                        .unwrap()
                        .success()
                );
                self.crashes += 1;
            }
            child.0.wait().unwrap();
            self.shown.push((format!("what run {n} showed"), fs::read(&shown).unwrap()));
            self.said.push((format!("what run {n} said"), fs::read(&said).unwrap()));
        }
        watch.end();
    }

    /// Waits until the first run is on record and has settled something.
    fn until_it_works(&self, child: &mut Child) {
        let begin = Instant::now();
        let settled = |run: &Value| {
            let run = self.office.json(&["run", "show", run["id"].as_str().unwrap()]);
            run["run"]["items"]["done"].as_u64().unwrap_or(0) > 0
        };
        while !self.office.json(&["runs"])["runs"].as_array().is_some_and(|runs| runs.iter().any(settled)) {
            assert!(child.try_wait().unwrap().is_none(), "the run has ended");
            assert!(begin.elapsed() < Duration::from_mins(5), "the run does not begin");
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// The daemon does what is left, and another scenario, while strangers knock.
    pub fn the_daemon_takes_over(&mut self) {
        let watch = Watch::begin(&self.passwords.iter().map(String::as_str).collect::<Vec<_>>());
        let log = self.home.join("serve.jsonl");
        let said = self.out.path().join("serve");
        let mut command =
            self.command(&["serve", "--listen", "127.0.0.1:0", "--log-file", log.to_str().unwrap()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&said).unwrap());
        let mut serve = Kept(command.spawn().unwrap());
        let mut greeting = String::new();
        BufReader::new(serve.0.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        let address = greeting.rsplit("http://").next().unwrap().split('/').next().unwrap().to_owned();
        self.strangers_knock(&address);
        self.shoki(&["run", "resident-move-notices"]);
        let begin = Instant::now();
        while self.office.json(&["runs"])["runs"]
            .as_array()
            .unwrap()
            .iter()
            .any(|run| ["queued", "running"].contains(&run["state"].as_str().unwrap()))
        {
            assert!(begin.elapsed() < Duration::from_hours(2), "the night does not end");
            std::thread::sleep(Duration::from_millis(300));
        }
        self.strangers_knock(&address);
        assert!(Command::new("kill").args(["-TERM", &serve.0.id().to_string()]).status().unwrap().success());
        serve.0.wait().unwrap();
        self.said.push(("what serve said".into(), fs::read(&said).unwrap()));
        watch.end();
    }

    /// Monitoring, wrong sign-ins, addresses with canaries in them.
    fn strangers_knock(&mut self, address: &str) {
        let form = format!("id=%E9%87%91%E7%B3%B8%E9%9B%80&password={}", self.passwords[1]);
        let post = |path: &str| {
            format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
                form.len()
            )
        };
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        // Whoever puts a name into an address gets it back in the answer; it must not stay anywhere.
        for (ask, searched) in [
            (get("/health"), true),
            (get("/metrics"), true),
            (get("/sign-in"), true),
            (get("/checks?words=%E9%87%91%E7%B3%B8%E9%9B%80%20723456789018"), false),
            (get("/no/such/place/723456789018"), false),
            (post("/sign-in"), false),
            (post("/checks/1"), true),
        ] {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(ask.as_bytes()).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).ok();
            if searched {
                self.said.push((format!("what answered {}", ask.lines().next().unwrap()), answer));
            }
        }
    }

    /// Half of what is asked is answered, and the run goes on.
    pub fn people_answer(&mut self) {
        let asked = self.seen(&["checks"]);
        let mut ids: Vec<u64> =
            asked["checks"].as_array().unwrap().iter().filter_map(|c| c["id"].as_u64()).collect();
        ids.dedup();
        assert!(!ids.is_empty(), "people are asked");
        for (n, id) in ids.iter().enumerate().take(40) {
            let yes = if n % 2 == 0 { "承認=true" } else { "承認=false" };
            self.shoki(&["checks", "answer", &id.to_string(), "--set", yes, "--as-read"]);
        }
        self.shoki(&["resume"]);
    }

    /// Everything that a person takes out of the machine.
    pub fn papers_go_out(&mut self) {
        let place = |name: &str| self.home.join(name).to_str().unwrap().to_owned();
        let (bundle, sheet, outside) = (place("bundle.zip"), place("anchor.pdf"), place("outside"));
        let (proof, backup, handover) = (place("e.tlog-proof"), place("backup"), place("handover.html"));
        let root = self.office.path("").to_str().unwrap().to_owned();
        for args in [
            &["audit", "anchor", "--pdf", &sheet, "--to", &outside][..],
            &["audit", "export", "--to", &bundle],
            &["audit", "prove", "--seq", "3", "--to", &proof],
            &["backup", &backup],
            &["handover", "kanaria", "-o", &handover],
            &["audit", "verify", &root],
            &["runs"],
        ] {
            let code = self.shoki(args);
            let said = self.said.last().map(|(_, said)| text(said)).unwrap_or_default();
            assert!(
                matches!(code, Some(0 | 20)),
                "{args:?}: {code:?}\n{}",
                &said[said.len().saturating_sub(3000)..]
            );
        }
        self.shoki(&["doctor"]);
        let runs = self.office.json(&["runs"]);
        for run in runs["runs"].as_array().unwrap() {
            self.shoki(&["run", "show", run["id"].as_str().unwrap()]);
            self.shoki(&["evidence", "list", run["id"].as_str().unwrap()]);
        }
    }

    /// Ten hands change copies of the log; each is named. Says how many there were.
    pub fn the_log_is_attacked(&mut self) -> usize {
        let year = fs::read_dir(self.office.path("audit"))
            .unwrap()
            .flatten()
            .find(|f| f.path().join("seg").is_dir());
        let year = year.unwrap().path();
        let lines = fs::read_to_string(year.join("seg/000000.jsonl")).unwrap();
        let lines: Vec<&str> = lines.lines().collect();
        let last = lines.len() - 1;
        let joined = |lines: &[&str]| format!("{}\n", lines.join("\n"));
        let edited = |at: usize, from: &str, to: &str| {
            let mut all: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
            assert!(all[at].contains(from), "{}", all[at]);
            all[at] = all[at].replacen(from, to, 1);
            format!("{}\n", all.join("\n"))
        };
        let mut swapped = lines.clone();
        swapped.swap(2, 3);
        let dropped: Vec<&str> =
            lines.iter().enumerate().filter(|(n, _)| *n != last / 2).map(|(_, l)| *l).collect();
        let doubled: Vec<&str> = lines.iter().take(4).chain(&lines[3..]).copied().collect();
        let attacks: [String; 10] = [
            edited(1, "\"ts\":\"2", "\"ts\":\"3"),
            edited(last / 2, "\"seq\"", "\"sep\""),
            edited(last, "\"v\":1", "\"v\":2"),
            edited(last / 3, "{", "{ "),
            joined(&swapped),
            joined(&dropped),
            joined(&doubled),
            joined(&lines[..last]),
            joined(&lines[1..]),
            String::new(),
        ];
        let key = year.join("log.vkey");
        for (n, attack) in attacks.iter().enumerate() {
            let copy = self.out.path().join(format!("attack-{n}"));
            let copied = Command::new("cp").arg("-r").arg(&year).arg(&copy).status().unwrap();
            assert!(copied.success());
            let segment = copy.join("seg/000000.jsonl");
            fs::remove_file(&segment).unwrap();
            fs::write(&segment, attack).unwrap();
            let (copy, key) = (copy.to_str().unwrap().to_owned(), key.to_str().unwrap().to_owned());
            let code = self.shoki(&["audit", "verify", &copy, "--key", &key]);
            assert!(matches!(code, Some(10..=14)), "attack {n}: {code:?}");
        }
        attacks.len()
    }

    /// The night was one: all kinds of trouble are on record.
    pub fn everything_happened(&self, items: usize) {
        let runs = self.office.json(&["runs"]);
        let all = runs["runs"].as_array().unwrap();
        let run = all.iter().find(|r| r["scenario"] == "kanaria").unwrap();
        let run = self.office.json(&["run", "show", run["id"].as_str().unwrap()]);
        let counts = &run["run"]["items"];
        let of = |state: &str| counts[state].as_u64().unwrap_or(0);
        assert!(of("done") * 2 >= items as u64 / 2, "{counts}");
        assert!(of("stopped") > 0, "{counts}");
        assert!(self.crashes > 0, "the run was killed");
        let year = fs::read_dir(self.office.path("audit"))
            .unwrap()
            .flatten()
            .find(|f| f.path().join("seg").is_dir());
        let log = fs::read_to_string(year.unwrap().path().join("seg/000000.jsonl")).unwrap();
        for event in ["step.intent", "evd.keep", "secret.use", "person.approve", "file.out", "item.end"] {
            assert!(log.contains(&format!("\"ev\":\"{event}\"")), "no {event} in the night");
        }
        let traced = fs::metadata(self.home.join("serve.jsonl")).unwrap().len();
        assert!(traced > 1000, "the daemon spoke: {traced}");
    }
}
