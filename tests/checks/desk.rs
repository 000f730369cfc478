//! An office whose console is open, with papers that wait for people; and a browser in front of it.

use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use serde_json::{Value, json};
use shoki::{
    audit::tree,
    calendar::OfficeCalendar,
    clock::{Clock, SystemClock},
    console::{Console, Entrance, Means, router},
    control::{
        AuditLog, LogPlace,
        evidence::Vault,
        people::{People, second_factor::SecondFactors},
    },
    form::Forms,
    run::{Candidate, ItemState, Manner, Paper, Question, RunState},
    store::{CheckKind, Moved, NewCheck, NewEvidence, NewItem, NewRun, Store, Strength, Visit},
};
use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use thirtyfour::{ChromiumLikeCapabilities as _, Cookie, DesiredCapabilities, WebDriver};

pub const RUN: &str = "01KAH0000000000000000000C1";
const LOG: &str = "shoki.invalid/test/host";

/// An office with its console.
pub struct Desk {
    pub store: Arc<Store>,
    pub log: Arc<AuditLog>,
    pub address: String,
    dir: tempfile::TempDir,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Desk {
    pub async fn open(forms: Forms) -> Self {
        Self::open_with(forms, Means::default()).await
    }

    pub async fn open_with(forms: Forms, means: Means) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&dir.path().join("shoki.db")).await.unwrap());
        let place = LogPlace {
            dir: dir.path().join("audit"),
            keys: dir.path().join("state/keys"),
            origin: LOG.into(),
            program: "0".repeat(64),
            config: "0".repeat(64),
            outside: None,
        };
        for folder in [&place.dir, &place.keys] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let keys = place.keys.clone();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let log = Arc::new(AuditLog::open(Arc::clone(&store), place, clock).await.unwrap());
        let factors = SecondFactors::of(&keys, "試験市");
        let console = Arc::new(Console {
            name: "試験市".into(),
            root: dir.path().to_owned(),
            origin: LOG.into(),
            store: Arc::clone(&store),
            log: Arc::clone(&log),
            vault: Vault::of(dir.path()),
            people: People::new(Arc::clone(&store), Arc::clone(&log), factors, false),
            calendar: Arc::new(OfficeCalendar::default),
            library: Box::new(|| Arc::new(Vec::new())),
            forms: Arc::new(forms),
            means,
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let app: IntoMakeServiceWithConnectInfo<_, SocketAddr> =
            router(&console, &Entrance::local()).into_make_service_with_connect_info();
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let desk = Self { store, log, address, dir, server };
        desk.begin_run().await;
        desk
    }

    async fn begin_run(&self) {
        let run = NewRun {
            id: RUN.into(),
            scenario: "転入届".into(),
            sha256: "0".repeat(64),
            date: "2026-11-20".into(),
            settings: json!({}),
            actor: json!({}),
            at: self.log.now(),
        };
        let mut tx = self.store.begin(Strength::Power).await.unwrap();
        tx.add_run(&run).await.unwrap();
        tx.move_run(RUN, RunState::Running, None, &run.at).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Signs a person in. Says the session's id.
    pub async fn sign_in(&self, id: &str, role: &str) -> String {
        let mut tx = self.store.begin(Strength::Process).await.unwrap();
        let (at, now) = (self.log.now(), self.log.moment().as_millisecond());
        if tx.add_person(id, id, "-", &at).await.unwrap() {
            tx.set_password(id, "-", false).await.unwrap();
            tx.grant(id, role, &at).await.unwrap();
        }
        let token = format!("{:032x}", rand(now, id));
        let digest = tree::hex(&tree::sha256(token.as_bytes()).0);
        let visit =
            Visit { digest, person: id.to_owned(), door: "local".into(), begun_at: now, seen_at: now };
        tx.add_visit(&visit).await.unwrap();
        tx.commit().await.unwrap();
        token
    }

    /// Ends every session of a person.
    pub async fn throw_out(&self, id: &str) {
        let mut tx = self.store.begin(Strength::Process).await.unwrap();
        tx.end_visits_of(id).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// An item whose paper waits for a person. Says the check's number.
    pub async fn ask(&self, n: u32, label: &str, questions: Vec<Question>, others: Vec<Question>) -> i64 {
        let at = self.log.now();
        let mut tx = self.store.begin(Strength::Process).await.unwrap();
        let new = NewItem { n, key: format!("k{n}"), input: json!({ "file": label }) };
        tx.add_item("転入届", RUN, &new, &at).await.unwrap();
        tx.claim_item(RUN, &at).await.unwrap().unwrap();
        let kept = Vault::of(self.dir.path()).put(RUN, &format!("{n:04}-01-a.page.jpg"), &page()).unwrap();
        let evidence = NewEvidence {
            run: RUN,
            n,
            step: "読取",
            kind: "page.jpg",
            field: Some("転入届#1"),
            file: &kept.file,
            commitment: &kept.commitment,
            length: 1,
            at: &at,
        };
        tx.add_evidence(&evidence).await.unwrap();
        let paper = Some(Paper { form: "転入届".into(), page: 1, size: Paper::a4(), others });
        let check = NewCheck {
            run_id: RUN.into(),
            scenario: "転入届".into(),
            n,
            label: label.to_owned(),
            step: "確認".into(),
            kind: CheckKind::Check,
            questions,
            paper,
        };
        let id = tx.add_check(&check, &at).await.unwrap();
        let moved = Moved {
            run: RUN,
            n,
            next: ItemState::Check,
            step: Some("確認"),
            code: None,
            reason: None,
            at: &at,
        };
        tx.move_item(&moved).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn answer(&self, id: i64) -> Option<Value> {
        self.store.check(id).await.unwrap().unwrap().answer
    }

    /// How many entries of that kind the log holds.
    pub async fn entries(&self, event: &str) -> usize {
        let lines = self.store.log_lines(LOG, 2026, 0, 100_000).await.unwrap();
        let mark = format!("\"{event}\"");
        lines.iter().filter(|line| line.contains(&mark)).count()
    }
}

fn rand(now: i64, id: &str) -> u128 {
    id.bytes().fold(u128::try_from(now).unwrap(), |n, b| n.wrapping_mul(1_000_003) + u128::from(b))
}

/// A question about a field at `at` of the page, from 0.
pub fn question(at: usize, field: &str, kind: &str, value: &str, manner: Manner) -> Question {
    let row = u32::try_from(at % 25).unwrap();
    let y = 15.0 + 10.5 * f64::from(row);
    let other = |text: String| Candidate { value: json!(text), probability: 0.2 };
    Question {
        rect: Some([45.0, y, 80.0, 8.0]),
        probability: 0.62,
        candidates: vec![other(format!("{value}一")), other(format!("{value}二"))],
        manner: Manner { kind: kind.into(), ..manner },
        ..Question::plain(field, json!(value), "2つの読取結果が一致しません")
    }
}

/// A page with 25 lines of strokes that look like writing.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places on a page are small")]
fn page() -> Vec<u8> {
    let mut page = image::GrayImage::from_pixel(1654, 2339, image::Luma([246]));
    let px = |mm: f64| (mm * 200.0 / 25.4) as u32;
    for row in 0..25_u32 {
        let y = px(15.0 + 10.5 * f64::from(row));
        for x in px(10.0)..px(200.0) {
            page.put_pixel(x, y, image::Luma([120]));
        }
        for n in 0..400_u32 {
            let (dx, dy) = (n * 37 % 560, (n * 61 + row * 7) % 50);
            for (ax, ay) in [(0, 0), (1, 0), (0, 1), (2, 1), (1, 2)] {
                page.put_pixel(px(46.0) + dx + ax, y + 6 + dy + ay, image::Luma([30]));
            }
        }
    }
    let mut bytes = Vec::new();
    page.write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 80)).unwrap();
    bytes
}

/// A real Chromium. Its keeper ends it with all its children, also when the test dies.
pub struct Browser {
    pub driver: WebDriver,
    url: String,
    keeper: Child,
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

impl Browser {
    pub async fn start() -> Self {
        let downloads = tempfile::tempdir().unwrap().keep();
        let mut keeper = Command::new(env!("CARGO_BIN_EXE_shoki"))
            .arg("keeper")
            .arg(&downloads)
            .args(["--", "/usr/bin/chromedriver", "--port=0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(keeper.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = said
            .filter_map(|line| line.split("on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok())
            .find(|port| *port > 0)
            .expect("chromedriver says its port");
        let mut caps = DesiredCapabilities::chrome();
        for flag in ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1366,768", "--lang=ja"]
        {
            caps.add_arg(flag).unwrap();
        }
        let url = format!("http://127.0.0.1:{port}");
        let driver = WebDriver::new(&url, caps).await.unwrap();
        driver.set_window_rect(0, 0, 1366, 768).await.ok();
        Self { driver, url, keeper }
    }

    pub async fn become_person(&self, desk: &Desk, token: &str) {
        self.driver.goto(format!("{}/sign-in", desk.address)).await.unwrap();
        let mut cookie = Cookie::new("shoki-local", token);
        cookie.set_path("/");
        self.driver.add_cookie(cookie).await.unwrap();
    }

    /// Closes it. What is only dropped waits long for a driver that is gone.
    pub async fn end(self) {
        self.driver.clone().quit().await.unwrap();
    }

    /// Keeps the picture in `fixtures/screens/` where `SHOKI_SCREENS` is set.
    pub async fn keep(&self, name: &str) {
        if std::env::var_os("SHOKI_SCREENS").is_some() {
            let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/screens");
            self.driver.screenshot(&dir.join(format!("{name}.png"))).await.unwrap();
        }
    }

    /// Whoever looks at the page as it is now can read and use it, as far as axe-core and our own checks know.
    pub async fn is_fair(&self) {
        let faults = crate::axe::faults(&self.driver).await;
        assert!(faults.is_empty(), "{faults:#?}");
    }

    /// What `WebDriver` cannot do, by Chromium's own protocol.
    pub async fn tool(&self, cmd: &str, params: Value) {
        let place = format!("{}/session/{}/goog/cdp/execute", self.url, self.driver.session_id());
        let ask = reqwest::Client::builder().no_proxy().build().unwrap().post(place);
        let answer = ask.json(&json!({ "cmd": cmd, "params": params })).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    pub async fn run(&self, script: &str) -> Value {
        self.driver.execute(script, Vec::new()).await.unwrap().json().clone()
    }
}
