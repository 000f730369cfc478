//! The whole morning of an operator, on real paper: the shipped scenario has read the night's scans with the real readers; the
//! operator signs in, confirms what is doubtful by keyboard alone, and the cases go on into the legacy screen.

use super::desk::Browser;
#[path = "../whole/bench.rs"]
#[expect(dead_code, reason = "the bench has more than one morning needs")]
mod bench;

use super::until;
use bench::{City, Office, text, truth};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
    time::Instant,
};
use thirtyfour::prelude::*;

const PASSWORD: &str = "朝顔と新幹線と冷たい麦茶";
/// Two files of three pages: a photograph, and a fax of two pages.
const SCANS: [&str; 2] = ["受付0006.jpg", "受付0013.tif"];

/// `shoki console`, ended with the test.
struct Console(Child, String);

impl Console {
    fn of(office: &Office) -> Self {
        let mut command = office.command(&["console", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = said.into_iter().find(|line| line.contains("http://")).expect("it says where it is");
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self(child, format!("http://{address}"))
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The truth about the page of a case: its label names file and page.
fn page_of(label: &str) -> Value {
    let of = |p: &&Value| {
        let (file, page) = (p["file"].as_str().unwrap(), p["page"].as_u64().unwrap());
        let rest = label.split(file).nth(1);
        rest.is_some_and(|rest| {
            !rest.contains(|c: char| c.is_ascii_digit()) && page == 1 || rest.contains(&page.to_string())
        })
    };
    truth().iter().find(of).unwrap_or_else(|| panic!("no truth about {label}")).clone()
}

async fn word(browser: &Browser, script: &str) -> String {
    browser.run(script).await.as_str().unwrap_or_default().to_owned()
}

async fn press(browser: &Browser, keys: impl Into<TypingData>) {
    browser.driver.active_element().await.unwrap().send_keys(keys.into()).await.unwrap();
}

async fn fill(browser: &Browser, id: &str, text: &str) {
    browser.driver.find(By::Id(id)).await.unwrap().send_keys(text).await.unwrap();
}

async fn sign_in(browser: &Browser, address: &str, initial: &str) {
    browser.driver.goto(format!("{address}/")).await.unwrap();
    fill(browser, "id", "hanako").await;
    fill(browser, "password", initial).await;
    press(browser, Key::Enter + "").await;
    until(browser, "return location.pathname === '/account'").await;
    for input in browser.driver.find_all(By::Css("main input[type=password]")).await.unwrap() {
        input.send_keys(PASSWORD).await.unwrap();
    }
    press(browser, Key::Enter + "").await;
    until(browser, "return location.pathname === '/'").await;
}

/// What a careful clerk types into a field: what stands on the paper.
fn on_paper(page: &Value, field: &str) -> String {
    match &page["fields"][field]["value"] {
        // A day left out on the form is on the counter's stamp.
        Value::String(text) if text.is_empty() && field == "届出日" => {
            page["notice"]["notice_date"].as_str().unwrap().to_owned()
        }
        Value::String(text) => text.clone(),
        Value::Bool(yes) => (if *yes { "あり" } else { "なし" }).to_owned(),
        other => other.to_string(),
    }
}

/// Confirms all fields of the case on the screen, and sends it off. Says how many fields there were.
async fn confirm(browser: &Browser) -> usize {
    until(browser, "return document.querySelector('.field.now') !== null").await;
    let place = word(browser, "return location.pathname").await;
    let page = page_of(&word(browser, "return document.querySelector('.head b').textContent").await);
    let mut count = 0;
    loop {
        let field = word(browser, "return document.querySelector('.field.now')?.dataset.name ?? ''").await;
        if field.is_empty() {
            break;
        }
        let (wanted, there) =
            (on_paper(&page, &field), word(browser, "return document.activeElement.value").await);
        if there != wanted {
            press(browser, Key::Control + "a").await;
            let keys = if wanted.is_empty() { Key::Backspace + "" } else { TypingData::from(wanted) };
            press(browser, keys).await;
        }
        press(browser, Key::Enter + "").await;
        let gone = format!("return document.querySelector('.field.now')?.dataset.name !== '{field}'");
        until(browser, &gone).await;
        count += 1;
    }
    press(browser, Key::Enter + "").await;
    until(browser, &format!("return location.pathname !== '{place}'")).await;
    count
}

/// Approves what the truth says may be sent; the approver does that at the machine.
fn approve(office: &Office) {
    let asked = office.json(&["checks"])["checks"].as_array().unwrap().clone();
    for question in asked.iter().filter(|q| q["kind"] == "approval") {
        let run = office.newest();
        let case = run["cases"].as_array().unwrap().iter().find(|c| c["n"] == question["item"]).unwrap();
        let file = case["file"].as_str().unwrap().rsplit('/').next().unwrap();
        let at = case["page"].as_u64().unwrap_or(1);
        let page = truth().into_iter().find(|p| p["file"] == file && p["page"] == at).unwrap();
        let answer = if page["notice"].is_null() { "却下" } else { "承認" };
        let set = format!("{}={answer}", question["field"].as_str().unwrap());
        office.shoki(&["checks", "answer", &question["id"].to_string(), "--set", &set]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_morning_of_an_operator() {
    let home = tempfile::tempdir().unwrap();
    let city = City::start(home.path(), &[]);
    let office = Office::new(&city.url, &SCANS);
    let mut settings = std::fs::read_to_string(office.path("shoki.toml")).unwrap();
    settings += "\n[console]\nsecond_factor = \"off\"\n";
    std::fs::write(office.path("shoki.toml"), settings).unwrap();
    // The night.
    let night = office.shoki(&["run", "resident-move-notices"]);
    assert_eq!(night.status.code(), Some(2), "{}\n{}", text(&night.stdout), text(&night.stderr));
    let added = text(&office.shoki(&["person", "add", "hanako", "--role", "operator"]).stdout);
    let initial =
        added.lines().find_map(|l| l.strip_prefix("はじめのパスワード: ")).unwrap().trim().to_owned();
    // The morning.
    let console = Console::of(&office);
    let browser = Browser::start().await;
    sign_in(&browser, &console.1, &initial).await;
    let (begin, mut fields, mut cases) = (Instant::now(), 0, 0);
    for _ in 0..6 {
        loop {
            browser.driver.goto(format!("{}/checks", console.1)).await.unwrap();
            let start = browser.driver.find(By::Css("button.primary:not([disabled])")).await;
            let Ok(start) = start else { break };
            start.click().await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            if word(&browser, "return location.pathname").await == "/checks" {
                break;
            }
            while browser.run("return document.querySelector('#case') !== null").await == json!(true) {
                if cases == 0 {
                    browser.keep("check_real").await;
                }
                fields += confirm(&browser).await;
                cases += 1;
            }
        }
        approve(&office);
        office.shoki(&["resume"]);
        if office.json(&["checks"])["checks"].as_array().unwrap().is_empty() {
            break;
        }
    }
    println!("{fields} fields of {cases} cases in {:.0} s", begin.elapsed().as_secs_f64());
    assert!(cases > 0 && fields > 0);
    browser.driver.goto(format!("{}/savings", console.1)).await.unwrap();
    browser.keep("savings").await;
    browser.end().await;
    drop(console);
    // The judge is the city's own ledger.
    let wanted: BTreeSet<String> = truth()
        .iter()
        .filter(|p| SCANS.contains(&p["file"].as_str().unwrap()) && !p["notice"].is_null())
        .map(|p| p["notice"]["atena"].to_string())
        .collect();
    let there: BTreeSet<String> = city.ledger().iter().map(|e| e["atena"].to_string()).collect();
    assert_eq!(there, wanted);
    let verdict = office.verdict();
    assert!(verdict["faults"].as_array().unwrap().is_empty(), "{verdict}");
}
