//! An office, a make-believe city and the shipped paper, for tests that run the whole program.

use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};
use tempfile::TempDir;

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The truth about the shipped scans.
pub fn truth() -> Vec<Value> {
    let text = fs::read_to_string(root().join("fixtures/paper/truth.json")).unwrap();
    let truth: Value = serde_json::from_str(&text).unwrap();
    truth["pages"].as_array().unwrap().clone()
}

/// The make-believe city. Ends when the test ends, however it ends: its stdin closes.
pub struct City {
    child: Child,
    /// Where it listens.
    pub url: String,
    ledger: PathBuf,
    book: PathBuf,
}

impl City {
    /// Starts it with these faults (`slow=10:700`); its ledger is kept in `dir`.
    pub fn start(dir: &Path, faults: &[&str]) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_shoki")).with_file_name("legacy_city");
        assert!(program.is_file(), "{} is missing: cargo build --workspace", program.display());
        let (ledger, book) = (dir.join("city-ledger.jsonl"), dir.join("city-book.jsonl"));
        let mut command = Command::new(program);
        command.args(["--port", "0", "--seed", "1", "--today", "2026-11-20", "--exit-with-stdin"]);
        command.arg("--residents").arg(root().join("fixtures/legacy_city/data/residents.json"));
        command.arg("--ledger-file").arg(&ledger).arg("--book-file").arg(&book);
        for fault in faults {
            command.args(["--fault", fault]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = format!("{}/", line.trim().rsplit(' ').next().unwrap());
        assert!(url.starts_with("http://127.0.0.1:"), "the city said: {line}");
        Self { child, url, ledger, book }
    }

    /// Every registration the city has accepted: the judge.
    pub fn ledger(&self) -> Vec<Value> {
        lines(&self.ledger)
    }

    /// What the other systems of the city were told: the judge of the other scenarios.
    pub fn book(&self) -> Vec<Value> {
        lines(&self.book)
    }
}

fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

impl Drop for City {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}

/// An office folder with the shipped scenario.
pub struct Office {
    dir: TempDir,
}

impl Office {
    /// With nothing in it.
    pub fn bare() -> Self {
        let dir = tempfile::Builder::new().prefix("shoki-test-").tempdir().unwrap();
        let office = Self { dir };
        for folder in ["scenarios", "forms", "受付", "出力"] {
            fs::create_dir_all(office.path(folder)).unwrap();
        }
        fs::write(office.path("shoki.toml"), "[office]\nname = \"試験市\"\n").unwrap();
        office
    }

    /// With these scans (names in `fixtures/paper/scans`) and the city at `url`.
    pub fn new(url: &str, scans: &[&str]) -> Self {
        let dir = tempfile::Builder::new().prefix("shoki-test-").tempdir().unwrap();
        let office = Self { dir };
        let shipped = root().join("scenarios/resident-move-notices");
        for folder in ["scenarios", "forms", "受付/住民異動届", "出力"] {
            fs::create_dir_all(office.path(folder)).unwrap();
        }
        fs::copy(shipped.join("scenario.yaml"), office.path("scenarios/resident-move-notices.yaml")).unwrap();
        for file in fs::read_dir(shipped.join("forms")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), office.path("forms").join(file.file_name())).unwrap();
        }
        for scan in scans {
            let from = root().join("fixtures/paper/scans").join(scan);
            fs::copy(from, office.path("受付/住民異動届").join(scan)).unwrap();
        }
        fs::write(office.path("shoki.toml"), format!("[settings]\njuki_url = \"{url}\"\n")).unwrap();
        office.account("juki_robot", "juki_robot", "robot-2026");
        office
    }

    /// Keeps an account in the office.
    pub fn account(&self, name: &str, user: &str, password: &str) {
        let mut set = self.command(&["account", "set", name, "--user", user]);
        let mut child = set.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{password}\n").as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// A place in the folder.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// `shoki` in this office.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shoki"));
        command.args(args).arg("--office").arg(self.dir.path());
        command
    }

    /// Runs `shoki` in this office to its end.
    pub fn shoki(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs `shoki … --format json` and gives its object.
    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.shoki(&[args, &["--format", "json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
            panic!("{args:?}: {e}\n{}\n{}", text(&output.stdout), text(&output.stderr));
        })
    }

    /// The newest run as `run show` has it.
    pub fn newest(&self) -> Value {
        let runs = self.json(&["runs"]);
        let id = runs["runs"][0]["id"].as_str().unwrap().to_owned();
        self.json(&["run", "show", &id])["run"].clone()
    }

    /// What the verifier says of the log.
    pub fn verdict(&self) -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_shoki"))
            .args(["audit", "verify", "--format", "json"])
            .arg(self.dir.path())
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
