//! Drivers and browsers that fail at any moment, and what a form costs. Short forms of long series: `installer/screens.sh`.

use super::{
    Here, Pages, ReadBack, button, city, descendants,
    hub::{Driver, Hub},
    is_running, settings,
    spoiler::{FAULTS, Fault, Proxy},
};
use serde_json::{Value, json};
use shoki::drivers::browser::{
    BrowserError, BrowserSettings, Follow, Kind, Pictures, Press, Session, Submit, SystemRules,
};
use std::{
    path::PathBuf,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How often, from the environment; the suite does few.
fn times(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// How long one look at a page may take.
const PAGE: Duration = Duration::from_secs(2);
/// How long one command may take: see `launch.rs`.
const COMMAND: Duration = Duration::from_secs(2 + 3);

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

/// A place where registrations go wrong: pages, and a proxy before a driver.
struct Bench {
    pages: Pages,
    proxy: Proxy,
    settings: BrowserSettings,
    late: Arc<Mutex<Duration>>,
}

/// By how much this machine wakes somebody too late at most: under full load a second, which is no fault of the waiting.
fn lateness() -> Arc<Mutex<Duration>> {
    let late = Arc::<Mutex<Duration>>::default();
    let seen = Arc::downgrade(&late);
    thread::spawn(move || {
        let nap = Duration::from_millis(50);
        loop {
            let began = Instant::now();
            thread::sleep(nap);
            let Some(late) = seen.upgrade() else { return };
            let mut late = late.lock().unwrap();
            *late = late.max(began.elapsed().saturating_sub(nap));
        }
    });
    late
}

impl Bench {
    fn new(driver: u16) -> Self {
        let proxy = Proxy::start(driver);
        let settings = BrowserSettings {
            webdriver_url: Some(format!("http://127.0.0.1:{}", proxy.port)),
            page_timeout: PAGE,
            wait: Duration::from_secs(2),
            ..settings()
        };
        Self { pages: Pages::start(), proxy, settings, late: lateness() }
    }

    /// One registration with one fault; gives how many calls it took, and how long.
    async fn under(&self, at: usize, fault: Fault) -> (usize, Duration) {
        let before = self.pages.ledger().len();
        let session = Session::start(&self.settings, SystemRules::at(&self.pages.url("/"))).await.unwrap();
        self.proxy.arm(at, fault);
        let began = Instant::now();
        let result = register(&session, &self.pages.url("/form.html")).await;
        let took = began.elapsed();
        let calls = self.proxy.disarm();
        session.close().await;
        // A page that shows nothing in time, then a command that hangs, then the question whether a dialog is open.
        assert!(took < COMMAND * 2 + Duration::from_secs(5), "{fault:?} at {at}: {took:?}");
        let longest = self.proxy.longest();
        let late = self.late.lock().unwrap().to_owned();
        let most = COMMAND + Duration::from_secs(1) + late;
        assert!(longest <= most, "{fault:?} at {at}: waited {longest:?}, machine late by {late:?}");
        let entries = self.pages.ledger().len() - before;
        match result {
            Ok(receipt) => {
                let number = format!("R-{:04}", before + 1);
                assert_eq!((entries, receipt), (1, Some(number)), "{fault:?} at {at}");
            }
            Err(e) => {
                assert!(entries <= 1, "{fault:?} at {at}: {entries} registrations");
                assert!(e.pressed || entries == 0, "{fault:?} at {at}: registered, and said untouched: {e}");
                assert!(!e.to_string().is_empty() && e.code().starts_with("SHK05"));
            }
        }
        (calls, took)
    }
}

#[tokio::test]
async fn a_protocol_call_that_goes_wrong_never_registers_twice_or_hangs() {
    let hub = Hub::start();
    let bench = Bench::new(hub.port);
    let (calls, _) = bench.under(usize::MAX, Fault::Lost).await;
    assert!(calls > 15, "{calls} calls");
    // Each fault at one call.
    for (n, fault) in FAULTS.into_iter().enumerate() {
        bench.under(calls - 2 - n % 6, fault).await;
    }
    assert!(bench.proxy.longest() >= PAGE, "the answers that never come were waited for");
}

/// Each fault at each call, so many times, at several benches at once.
#[test]
#[ignore = "hours: installer/screens.sh faults"]
fn every_fault_at_every_protocol_call() {
    let hub = Hub::start();
    let block =
        |work: &mut dyn FnMut(&tokio::runtime::Runtime)| work(&tokio::runtime::Runtime::new().unwrap());
    let mut calls = 0;
    block(&mut |rt| calls = rt.block_on(Bench::new(hub.port).under(usize::MAX, Fault::Lost)).0);
    let rounds = times("SHOKI_FAULTS", 50);
    let trials = rounds * calls * FAULTS.len();
    let (next, slowest) = (AtomicUsize::new(0), Mutex::new([Duration::ZERO; FAULTS.len()]));
    println!("{calls} calls, {} faults, {rounds} rounds: {trials} trials", FAULTS.len());
    thread::scope(|scope| {
        for _ in 0..times("SHOKI_AT_ONCE", 4) {
            scope.spawn(|| {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                let bench = Bench::new(hub.port);
                loop {
                    // The waiting faults beside the working ones.
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    let (fault, at) = (n % FAULTS.len(), n / FAULTS.len() % calls);
                    if n >= trials {
                        return;
                    }
                    let (_, took) = runtime.block_on(bench.under(at, FAULTS[fault]));
                    let mut slowest = slowest.lock().unwrap();
                    slowest[fault] = slowest[fault].max(took);
                    if n % 100 == 99 {
                        println!("{} of {trials}; slowest of each fault {slowest:?}", n + 1);
                    }
                }
            });
        }
    });
}

/// All kinds of pages so many times, in browsers that stay open from one time to the next.
#[test]
#[ignore = "an hour: installer/screens.sh flake"]
fn every_kind_of_page_again_and_again() {
    let hub = Hub::start();
    let rounds = times("SHOKI_ROUNDS", 200);
    // What is about starting and ending browsers is not about pages. A browser that is used again is told its new folder for files
    // by a command that makes it forget in which characters old systems write their names.
    let other =
        ["storm::", "city::", "bad::", "a_missing_driver", "leaves_no_process", "a_file_keeps_the_name"];
    let mut failed = vec![];
    for round in 1..=rounds {
        let began = Instant::now();
        let mut tests = Command::new(std::env::current_exe().unwrap());
        tests.env("SHOKI_HUB", format!("http://127.0.0.1:{}", hub.port));
        tests.args(other.iter().flat_map(|name| ["--skip", name]));
        tests.args(std::env::var("SHOKI_ONLY").unwrap_or_default().split_whitespace());
        let done = tests.arg(format!("--test-threads={}", times("SHOKI_AT_ONCE", 4))).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        let verdict = said.lines().rfind(|l| l.starts_with("test result")).unwrap_or_default();
        println!("round {round} of {rounds}: {verdict} {:?}", began.elapsed());
        if !done.status.success() {
            println!("{said}{}", String::from_utf8_lossy(&done.stderr));
            failed.push(round);
        }
    }
    assert!(failed.is_empty(), "failed in rounds {failed:?}");
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
        let end = Instant::now() + after + Duration::from_millis(500);
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
                Ok(()) if Instant::now() < end => {}
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
        if n % 25 == 24 {
            println!("{} of {kills}, slowest start {slowest:?}", n + 1);
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
    // The other tools take no pictures.
    for pictures in [Pictures::Presses, Pictures::Never] {
        let began = Instant::now();
        let city = city::City::start(&[]);
        let session = city.session().await;
        session.screen().await.set_pictures(pictures);
        let signed_in = Instant::now();
        for _ in 0..people {
            city::one_by_popup(&mut *session.screen().await).await.unwrap();
        }
        let took = signed_in.elapsed();
        session.close().await;
        assert_eq!(city.ledger().await.len(), people);
        let whole = began.elapsed();
        println!(
            "shoki, pictures {pictures:?}: {people} registrations in {took:?} ({whole:?} with start and sign-in)"
        );
    }
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
