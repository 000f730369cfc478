//! Drivers and browsers that fail at any moment, and what a form costs. Short forms of long series: `installer/screens.sh`.

use super::{Here, ReadBack, button, city, descendants, is_running, settings};
use serde_json::{Value, json};
use shoki::drivers::browser::{
    BrowserError, BrowserSettings, Follow, Kind, Press, Session, Submit, SystemRules,
};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How often, from the environment; the suite does few.
fn times(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// A chromedriver behind its keeper, for tests that stand between it and us. It ends when this is dropped.
pub struct Driver {
    keeper: Child,
    pub port: u16,
    _folder: tempfile::TempDir,
}

impl Driver {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = Command::new(env!("CARGO_BIN_EXE_shoki"))
            .arg("keeper")
            .arg(folder.path())
            .args(["--", "/usr/bin/chromedriver", "--port=0", "--allowed-ips=127.0.0.1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(keeper.stdout.take().unwrap());
        let mut said = vec![];
        let port = loop {
            assert!(out.read_until(b'.', &mut said).unwrap() > 0, "chromedriver says its port");
            let text = String::from_utf8_lossy(&said);
            let port = text
                .rsplit_once("successfully on port ")
                .and_then(|(_, p)| p.trim_end_matches('.').parse().ok());
            if let Some(port) = port {
                break port;
            }
        };
        thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self { keeper, port, _folder: folder }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

/// What happens to one call of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The call never reaches the driver.
    Lost,
    /// The answer is lost.
    Reset,
    /// The answer does not come.
    Stall,
    /// The answer breaks off.
    Cut,
    /// The answer is a server error.
    Error,
    /// The answer says that there is no such session.
    WrongId,
    /// The answer is 20 MiB of something else.
    Huge,
    /// The answer comes byte by byte and never ends.
    Drip,
}

const FAULTS: [Fault; 8] = [
    Fault::Lost,
    Fault::Reset,
    Fault::Cut,
    Fault::Error,
    Fault::WrongId,
    Fault::Huge,
    Fault::Stall,
    Fault::Drip,
];

/// Stands between us and a driver; one call, counted from when it is armed, goes wrong.
struct Proxy {
    port: u16,
    calls: Arc<AtomicUsize>,
}

/// Not armed.
const QUIET: usize = usize::MAX / 2;

impl Proxy {
    fn start(driver: u16, at: usize, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let calls = Arc::new(AtomicUsize::new(QUIET));
        let counter = Arc::clone(&calls);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                thread::spawn(move || {
                    let n = counter.fetch_add(1, Ordering::SeqCst);
                    pass(driver, &stream, (n == at).then_some(fault)).ok();
                });
            }
        });
        Self { port, calls }
    }

    fn arm(&self) {
        self.calls.store(0, Ordering::SeqCst);
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

fn pass(driver: u16, client: &TcpStream, fault: Option<Fault>) -> std::io::Result<()> {
    let (head, body) = message(&mut BufReader::new(client.try_clone()?))?;
    if fault == Some(Fault::Lost) || head.is_empty() {
        return Ok(());
    }
    let mut ahead = TcpStream::connect(("127.0.0.1", driver))?;
    write!(ahead, "{head}Host: 127.0.0.1:{driver}\r\nConnection: close\r\n\r\n")?;
    ahead.write_all(&body)?;
    let (head, body) = message(&mut BufReader::new(ahead))?;
    let answer = [format!("{head}Connection: close\r\n\r\n").as_bytes(), &body].concat();
    spoil(client, &answer, fault)
}

/// One message of HTTP, without what says whose connection it is and how long that lasts.
fn message(reader: &mut BufReader<TcpStream>) -> std::io::Result<(String, Vec<u8>)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(n) = lower.strip_prefix("content-length:") {
            length = n.trim().parse().unwrap_or(0);
        }
        if !lower.starts_with("connection:") && !lower.starts_with("host:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((head, body))
}

/// Gives the answer on, or what the fault makes of it.
fn spoil(mut client: &TcpStream, answer: &[u8], fault: Option<Fault>) -> std::io::Result<()> {
    let json = |status: &str, error: &str| {
        let body = json!({ "value": { "error": error, "message": error, "stacktrace": "" } }).to_string();
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    match fault {
        None => client.write_all(answer),
        Some(Fault::Lost | Fault::Reset) => Ok(()),
        Some(Fault::Cut) => client.write_all(&answer[..answer.len() - answer.len().min(9)]),
        Some(Fault::Error) => client.write_all(json("500 Internal Server Error", "unknown error").as_bytes()),
        Some(Fault::WrongId) => client.write_all(json("404 Not Found", "invalid session id").as_bytes()),
        Some(Fault::Huge) => {
            let size = 20 << 20;
            write!(
                client,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
            )?;
            let block = vec![b'x'; 1 << 16];
            (0..size / block.len()).try_for_each(|_| client.write_all(&block))
        }
        Some(Fault::Stall) => {
            thread::sleep(Duration::from_secs(30));
            Ok(())
        }
        Some(Fault::Drip) => {
            write!(client, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n ")?;
            for _ in 0..300 {
                client.write_all(b" ")?;
                thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        }
    }
}

/// How long one command may take: see `launch.rs`.
const COMMAND: Duration = Duration::from_secs(2 + 3);

fn quick(proxy: &Proxy) -> BrowserSettings {
    BrowserSettings {
        webdriver_url: Some(format!("http://127.0.0.1:{}", proxy.port)),
        page_timeout: Duration::from_secs(2),
        wait: Duration::from_secs(2),
        ..settings()
    }
}

async fn register(session: &Session, url: &str) -> Result<Option<String>, BrowserError> {
    let mut s = session.screen().await;
    s.open(url).await?;
    s.fill("フリガナ", "ア", &ReadBack::default()).await?;
    let submit = Submit {
        press: button("登録"),
        confirm: Some("よろしいですか".into()),
        expect: "登録しました".into(),
        receipt: Some("受付番号".into()),
        ..Submit::default()
    };
    s.submit(&submit).await
}

/// One registration with one fault; gives how many calls it took.
async fn under(driver: &Driver, at: usize, fault: Fault) -> usize {
    let here = super::pages::Pages::start();
    let proxy = Proxy::start(driver.port, at, fault);
    let session = Session::start(&quick(&proxy), SystemRules::at(&here.url("/"))).await.unwrap();
    proxy.arm();
    let began = Instant::now();
    let result = register(&session, &here.url("/form.html")).await;
    let took = began.elapsed();
    let calls = proxy.calls();
    session.close().await;
    // A page that shows nothing in time, then a command that hangs, then the question whether a dialog is open.
    assert!(took < COMMAND * 2 + Duration::from_secs(5), "{fault:?} at {at}: {took:?}");
    let entries = here.ledger().len();
    match result {
        Ok(receipt) => assert_eq!((entries, receipt.as_deref()), (1, Some("R-0001")), "{fault:?} at {at}"),
        Err(e) => {
            assert!(entries <= 1, "{fault:?} at {at}: {entries} registrations");
            assert!(e.pressed || entries == 0, "{fault:?} at {at}: registered, and said untouched: {e}");
            assert!(!e.to_string().is_empty() && e.code().starts_with("SHK05"));
        }
    }
    calls
}

#[tokio::test]
async fn a_protocol_call_that_goes_wrong_never_registers_twice_or_hangs() {
    let driver = Driver::start();
    let calls = under(&driver, QUIET - 1, Fault::Lost).await;
    assert!(calls > 15, "{calls} calls");
    let rounds = times("SHOKI_FAULTS", 0);
    let mut trials = 0;
    for (n, fault) in FAULTS.into_iter().enumerate() {
        if rounds == 0 {
            // The suite: each fault at one call, the slow ones left to the long form.
            if !matches!(fault, Fault::Stall | Fault::Drip) {
                under(&driver, calls - 2 - n % 6, fault).await;
            }
            continue;
        }
        for round in 0..rounds {
            for at in 0..calls {
                under(&driver, at, fault).await;
                trials += 1;
            }
            println!(
                "{fault:?}: round {} of {rounds}, {trials} trials so far, {calls} calls each",
                round + 1
            );
        }
    }
}

#[tokio::test]
async fn killed_browsers_and_drivers_leave_nothing_and_the_next_starts_at_once() {
    let here = super::pages::Pages::start();
    let kills = times("SHOKI_BROWSER_KILLS", 2);
    let mut slowest = Duration::ZERO;
    for n in 0..kills {
        let began = Instant::now();
        let session = Session::start(&settings(), SystemRules::at(&here.url("/"))).await.unwrap();
        slowest = slowest.max(began.elapsed());
        let family = descendants(std::process::id());
        // Of every five: the keeper, the driver, the browser, and two others of its processes.
        let victim = family[(n % 5).min(family.len() - 1)];
        let after = Duration::from_millis(u64::try_from(n * 7919 % 400).unwrap());
        thread::spawn(move || {
            thread::sleep(after);
            Command::new("kill").args(["-9", &victim.to_string()]).status().ok();
        });
        let mut s = session.screen().await;
        let e = loop {
            let opened = s.open(&here.url("/form.html")).await;
            let filled = match opened {
                Ok(()) => s.fill("フリガナ", "ア", &ReadBack::default()).await,
                e => e,
            };
            // A helper process that dies is replaced by the browser itself.
            match filled {
                Ok(()) if began.elapsed() < Duration::from_secs(3) => {}
                other => break other.err(),
            }
        };
        assert!(e.as_ref().is_none_or(|e| e.kind() == Kind::Again), "{n}: {e:?}");
        drop(s);
        session.close().await;
        let end = Instant::now() + Duration::from_secs(10);
        while family.iter().any(|p| is_running(*p)) {
            assert!(Instant::now() < end, "{n}: left behind after {victim} was killed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert!(slowest < Duration::from_secs(30), "the slowest start took {slowest:?}");
    println!("{kills} killed, 0 left behind, slowest start {slowest:?}");
}

/// The calls that are needed at the least for a field: find it, empty it, type, read back.
async fn bare(client: &reqwest::Client, base: &str, n: usize) {
    let call = async |path: &str, body: Value| -> Value {
        let answer = client.post(format!("{base}/{path}")).body(body.to_string()).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].take()
    };
    let found = call("element", json!({ "using": "css selector", "value": format!("[name=f{n:02}]") })).await;
    let id = found.as_object().and_then(|o| o.values().next()).and_then(Value::as_str).unwrap().to_owned();
    call(&format!("element/{id}/clear"), json!({})).await;
    call(&format!("element/{id}/value"), json!({ "text": format!("値{n:02}") })).await;
    let value = client.get(format!("{base}/element/{id}/property/value")).send().await.unwrap();
    assert_eq!(value.json::<Value>().await.unwrap()["value"], format!("値{n:02}"));
}

#[tokio::test]
#[ignore = "a measurement: installer/screens.sh form"]
async fn what_a_form_of_thirty_fields_costs() {
    let driver = Driver::start();
    let here = super::pages::Pages::start();
    let base = format!("http://127.0.0.1:{}", driver.port);
    let remote = BrowserSettings { webdriver_url: Some(base.clone()), ..settings() };
    let session = Session::start(&remote, SystemRules::at(&here.url("/"))).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let options = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args":
        ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1024"] } } } });
    let made = client.post(format!("{base}/session")).body(options.to_string()).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let own = format!("{base}/session/{}", made["value"]["sessionId"].as_str().unwrap());
    let (mut ours, mut theirs) = (vec![], vec![]);
    for _ in 0..times("SHOKI_FORMS", 9) {
        let url = here.url("/thirty.html");
        client.post(format!("{own}/url")).body(json!({ "url": url }).to_string()).send().await.unwrap();
        let began = Instant::now();
        for n in 1..=30 {
            bare(&client, &own, n).await;
        }
        theirs.push(began.elapsed());
        let mut s = session.screen().await;
        s.open(&url).await.unwrap();
        let began = Instant::now();
        for n in 1..=30 {
            s.fill(format!("項目{n:02}").as_str(), &format!("値{n:02}"), &ReadBack::default()).await.unwrap();
        }
        ours.push(began.elapsed());
    }
    client.delete(&own).send().await.unwrap();
    session.close().await;
    ours.sort();
    theirs.sort();
    let (ours, theirs) = (ours[ours.len() / 2], theirs[theirs.len() / 2]);
    println!(
        "30 fields, median: shoki {ours:?}, bare calls {theirs:?}, ratio {:.3}",
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
}

#[tokio::test]
#[ignore = "a measurement: installer/screens.sh side"]
async fn fifty_registrations_beside_other_tools() {
    let people = times("SHOKI_REGISTRATIONS", 50);
    let began = Instant::now();
    let city = city::City::start(&[]);
    let session = city.session().await;
    let signed_in = Instant::now();
    for _ in 0..people {
        city::one_by_popup(&mut *session.screen().await).await.unwrap();
    }
    let took = signed_in.elapsed();
    session.close().await;
    assert_eq!(city.ledger().await.len(), people);
    println!("shoki: {people} registrations in {took:?} ({:?} with start and sign-in)", began.elapsed());
    let Ok(python) = std::env::var("SHOKI_PYTHON") else { return };
    for tool in ["selenium", "robot", "playwright"] {
        let city = city::City::start(&[]);
        let script =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/screens").join(format!("{tool}_side.py"));
        let done =
            Command::new(&python).arg(script).args([city.url(), &people.to_string()]).status().unwrap();
        let entries = city.ledger().await.len();
        println!("{tool}: exit {done}, {entries} in the ledger");
    }
}

#[tokio::test]
#[ignore = "needs Java and the Selenium Grid server: installer/screens.sh grid"]
async fn a_selenium_grid_does_the_same_work() {
    let url = std::env::var("SHOKI_GRID").expect("the address of a grid");
    let here = Here::with(|r| r).await;
    let remote = BrowserSettings { webdriver_url: Some(url), ..settings() };
    let session = Session::start(&remote, SystemRules::at(&here.pages.url("/"))).await.unwrap();
    assert_eq!(register(&session, &here.pages.url("/form.html")).await.unwrap().as_deref(), Some("R-0001"));
    {
        let mut s = session.screen().await;
        s.open(&here.pages.url("/frames.html")).await.unwrap();
        s.press(&Press::named("照会"), &Follow::default()).await.unwrap();
        assert_eq!(s.read(&["宛名番号"]).await.unwrap()[0].1, "0000012345");
        assert!(s.evidence().await.unwrap().picture.is_some());
    }
    session.close().await;
    here.end().await;
}
