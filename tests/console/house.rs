//! An office with a console that really listens, people of every role, and a night that has happened.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shoki::{
    app::Office,
    audit::tree,
    clock::ManualClock,
    console::{Console, Entrance, router},
    control::{
        AuditLog, LogPlace,
        people::{Door, Role, manage::Change, sign_in::Credentials},
    },
    run::{Candidate, ItemState, Manner, Question, RunState},
    store::{CheckKind, Due, DueState, Moved, NewCheck, NewItem, NewRun, Store, Strength, Visit},
};
use std::{
    io::{BufRead as _, BufReader},
    net::{IpAddr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The form of the office, as addresses have it: 住民異動届.
pub const FORM: &str = "%E4%BD%8F%E6%B0%91%E7%95%B0%E5%8B%95%E5%B1%8A";

/// Everybody's own password.
pub const PASSWORD: &str = "朝顔と新幹線と冷たい麦茶";
/// Where guesses and desks are.
pub const DESK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 7));

pub struct House {
    pub dir: tempfile::TempDir,
    pub console: Arc<Console>,
    pub store: Arc<Store>,
    pub clock: Arc<ManualClock>,
    pub address: SocketAddr,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find(|l| l.to_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim())
    }

    /// The session that the answer began.
    pub fn cookie(&self) -> Option<String> {
        Some(self.header("set-cookie")?.split(';').next()?.to_owned())
    }
}

const SCENARIO: &str = "shoki: 1\nid: ido\ntitle: 住民異動届の発送簿\nowner: 市民窓口課\nretention: 5y\n\
                        schedule:\n  - { at: \"30 20 * * *\", days: open }\n\
                        items: { do: file.list, with: { folder: 受付, pattern: \"*.csv\" }, key: \"${{ item.sha256 }}\" }\n\
                        steps:\n  - { id: 控え, do: file.copy, with: { file: \"${{ item.file }}\", to: 出力 } }\n";

impl House {
    pub async fn new() -> Self {
        Self::with("[console]\nsecond_factor = \"off\"\n").await
    }

    /// With this memory.
    pub async fn on(store: Arc<Store>) -> Self {
        Self::made("[console]\nsecond_factor = \"off\"\n", Some(store)).await
    }

    pub async fn with(settings: &str) -> Self {
        Self::made(settings, None).await
    }

    async fn made(settings: &str, store: Option<Arc<Store>>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let start = "2026-11-20T23:25:00Z".parse::<Timestamp>().unwrap();
        let clock = Arc::new(ManualClock::new(start));
        for folder in ["scenarios", "forms", "受付", "出力", "audit", "state/keys"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let put = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        put("shoki.toml", &format!("[office]\nname = \"港北市\"\n{settings}"));
        put("scenarios/ido.yaml", SCENARIO);
        put(
            "scenarios/zangyo.yaml",
            &SCENARIO.replace("id: ido", "id: zangyo").replace("item.file", "item.path"),
        );
        let forms = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/resident-move-notices/forms");
        for file in std::fs::read_dir(forms).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), dir.path().join("forms").join(file.file_name())).unwrap();
        }
        let office = Arc::new(Office::open(Some(dir.path())).unwrap());
        let store = match store {
            Some(store) => store,
            None => office.store().await.unwrap(),
        };
        let place = LogPlace {
            dir: office.root.join("audit"),
            keys: office.root.join("state/keys"),
            origin: "shoki.invalid/city/host01".into(),
            program: "0".repeat(64),
            config: "0".repeat(64),
            outside: None,
        };
        let log = Arc::new(AuditLog::open(Arc::clone(&store), place, clock.clone()).await.unwrap());
        let console = office.console(&store, &log).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service =
            router(&console, &Entrance::local()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { dir, console, store, clock, address }
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// A person with these roles, signed in once; gives back the cookie.
    pub async fn person(&self, id: &str, roles: &[Role]) -> String {
        let people = &self.console.people;
        let initial = people.add(id, &format!("{id} さん"), "test").await.unwrap();
        for role in roles {
            people.change_now(Change::Grant(*role), id, "test", "試験").await.unwrap();
        }
        let given = Credentials { id, password: &initial, code: "" };
        let begun = people.sign_in(given, (Door::Local, DESK), None).await.unwrap();
        let guest = people.guest(&begun.token, Door::Local, true).await.unwrap().unwrap();
        let begun = people.finish(&guest, Door::Local, [PASSWORD, PASSWORD], "").await.unwrap();
        format!("shoki-local={}", begun.token)
    }

    /// The cookie of a person who is signed in by the machine's clock, as a program in this office has it.
    pub async fn really_signed_in(&self, id: &str, role: Role) -> String {
        let (now, token) = (Timestamp::now(), format!("{id:0>43}"));
        let at = format!("{now:.3}");
        let mut tx = self.store.begin(Strength::Power).await.unwrap();
        tx.add_person(id, id, "-", &at).await.unwrap();
        tx.set_password(id, "-", false).await.unwrap();
        tx.grant(id, role.word(), &at).await.unwrap();
        let (digest, ms) = (tree::hex(&tree::sha256(token.as_bytes()).0), now.as_millisecond());
        let visit = Visit { digest, person: id.into(), door: "local".into(), begun_at: ms, seen_at: ms };
        tx.add_visit(&visit).await.unwrap();
        tx.commit().await.unwrap();
        format!("shoki-local={token}")
    }

    /// Sends exactly these lines; `Host` and the end of the connection are added.
    pub async fn raw(&self, first: &str, lines: &[&str], body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let host = if lines.iter().any(|l| l.starts_with("Host:")) {
            String::new()
        } else {
            format!("Host: {}\r\n", self.address)
        };
        let extra: String = lines.iter().flat_map(|l| [*l, "\r\n"]).collect();
        let length = body.len();
        let text = format!(
            "{first} HTTP/1.1\r\n{host}{extra}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.ok();
        let answer = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.raw(&format!("GET {path}"), &[&format!("Cookie: {cookie}")], "").await
    }

    /// The body of a file that is downloaded.
    pub async fn bytes(&self, path: &str, cookie: &str) -> Vec<u8> {
        let place = format!("http://{}{path}", self.address);
        let ask = reqwest::Client::builder().no_proxy().build().unwrap().get(place).header("Cookie", cookie);
        ask.send().await.unwrap().bytes().await.unwrap().to_vec()
    }

    /// As a browser posts a form of the same page.
    pub async fn post(&self, path: &str, cookie: &str, body: &str) -> Answer {
        let lines = [
            format!("Cookie: {cookie}"),
            format!("Origin: http://{}", self.address),
            "Sec-Fetch-Site: same-origin".into(),
            "Content-Type: application/x-www-form-urlencoded".into(),
        ];
        self.raw(&format!("POST {path}"), &lines.each_ref().map(String::as_str), body).await
    }

    /// Every line of the log, as text.
    pub async fn log(&self) -> Vec<String> {
        let fy = shoki::audit::layout::fiscal_year(self.console.log.moment());
        self.store.log_lines("shoki.invalid/city/host01", fy, 0, 10_000).await.unwrap()
    }

    /// A run with items in every state; says its id.
    pub async fn night(&self, word: &str, items: u32) -> String {
        let (log, id) = (&self.console.log, ulid::Ulid::new().to_string());
        let mut tx = self.store.begin(Strength::Process).await.unwrap();
        let run = NewRun {
            id: id.clone(),
            scenario: "ido".into(),
            sha256: "0".repeat(64),
            date: "2026-11-20".into(),
            settings: json!({}),
            actor: json!({ "kind": "schedule", "id": "ido" }),
            at: log.now(),
        };
        tx.add_run(&run).await.unwrap();
        tx.move_run(&id, RunState::Running, None, &log.now()).await.unwrap();
        for n in 1..=items {
            let input = json!({ "file": format!("受付/{word}{n:04}.pdf"), "page": 1 });
            let item = NewItem { n, key: format!("{id}-{n}"), input };
            tx.add_item("ido", &id, &item, &log.now()).await.unwrap();
            tx.claim_item(&id, &log.now()).await.unwrap();
            let (next, reason) = match n % 20 {
                3 | 9 => (ItemState::Check, None),
                5 => (ItemState::Stopped, Some(format!("異動日が届出日より後です{word}"))),
                7 => (ItemState::Failed, Some(format!("住民記録システムの応答がありません{word}"))),
                11 => (ItemState::InDoubt, Some("登録の結果が分かりません".to_owned())),
                _ => (ItemState::Done, None),
            };
            let moved = Moved {
                run: &id,
                n,
                next,
                step: Some("控え"),
                code: None,
                reason: reason.as_deref(),
                at: &log.now(),
            };
            tx.move_item(&moved).await.unwrap();
            ask(&mut tx, &id, n, next, (word, &log.now())).await;
        }
        tx.move_run(&id, RunState::WaitingForPeople, None, &log.now()).await.unwrap();
        let due = Due {
            scenario: "ido".into(),
            at: "2026-11-19T20:30:00+09:00".into(),
            state: DueState::Held,
            why: "開庁日のため".into(),
            reason: Some(format!("書記が動いていませんでした{word}")),
            run: None,
            decided_by: None,
        };
        tx.add_dues(&[due], &log.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}

/// `shoki console`, ended with the test.
pub struct Program(Child, pub String);

impl Program {
    pub fn of(office: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shoki"));
        command.args(["console", "--listen", "127.0.0.1:0", "--office"]).arg(office);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = said.find(|line| line.contains("http://")).expect("it says where it is");
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self(child, address)
    }

    /// Resident memory in MiB and processor time in seconds.
    pub fn cost(&self) -> (f64, f64) {
        let of = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).unwrap();
        let pages: f64 = of("statm").split_whitespace().nth(1).unwrap().parse().unwrap();
        let stat = of("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: f64 = [11, 12].iter().map(|at| fields[*at].parse::<f64>().unwrap()).sum();
        (pages * 4096.0 / 1_048_576.0, ticks / 100.0)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

async fn ask(tx: &mut shoki::store::Tx<'_>, run: &str, n: u32, state: ItemState, (word, at): (&str, &str)) {
    let kind = match state {
        ItemState::Check => CheckKind::Check,
        ItemState::InDoubt => CheckKind::InDoubt,
        _ => return,
    };
    let question = |field: &str| Question {
        field: field.into(),
        value: json!(format!("山田花子{word}")),
        candidates: vec![Candidate { value: json!(format!("山口{word}")), probability: 0.2 }],
        probability: 0.61,
        reasons: vec![format!("確からしさが低い{word}")],
        rect: Some([10.0, 10.0, 60.0, 8.0]),
        manner: Manner::default(),
    };
    let fields: &[&str] = if kind == CheckKind::InDoubt { &["結果", "受付番号"] } else { &["氏名"] };
    let questions = fields.iter().map(|f| question(f)).collect();
    let (run_id, step, label) = (run.to_owned(), "控え".to_owned(), format!("{n} 件目{word}"));
    let scenario = "ido".to_owned();
    let check = NewCheck { run_id, scenario, n, label, step, kind, questions, paper: None };
    tx.add_check(&check, at).await.unwrap();
}
