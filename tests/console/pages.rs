//! Pages in a real Chromium, 1366 × 768 inside (its frame takes 143 more): what they look like, that nothing from a record runs in them, that they fit.

use crate::{axe::faults, house::House};
use shoki::control::people::Role;
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use thirtyfour::{
    ChromeCapabilities, ChromiumLikeCapabilities, Cookie, WebDriver, prelude::ElementQueryable,
};

/// A driver that ends with its test, also a failing one, and its browsers with it: the keeper sees to that.
pub struct Driver(Child, u16);

impl Driver {
    pub async fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_shoki"));
        command.args(["keeper", "--", "chromedriver", &format!("--port={port}")]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = Self(command.spawn().expect("chromedriver is installed"), port);
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        driver
    }

    async fn browser(&self, scripts: bool) -> WebDriver {
        self.browser_with(scripts, &[]).await
    }

    pub async fn browser_with(&self, scripts: bool, more: &[&str]) -> WebDriver {
        let mut wanted = ChromeCapabilities::new();
        let usual = [
            "--headless=new",
            "--no-sandbox",
            "--window-size=1366,911",
            "--hide-scrollbars",
            "--disable-gpu",
            "--lang=ja",
        ];
        for arg in usual.iter().chain(more) {
            wanted.add_arg(arg).unwrap();
        }
        if !scripts {
            let off = serde_json::json!({ "profile.managed_default_content_settings.javascript": 2 });
            wanted.add_experimental_option("prefs", off).unwrap();
        }
        WebDriver::new(format!("http://127.0.0.1:{}", self.1), wanted).await.unwrap()
    }

    /// What `WebDriver` cannot do, by Chromium's own protocol.
    async fn tool(&self, browser: &WebDriver, cmd: &str, params: serde_json::Value) {
        let place = format!("http://127.0.0.1:{}/session/{}/goog/cdp/execute", self.1, browser.session_id());
        let ask = reqwest::Client::builder().no_proxy().build().unwrap().post(place);
        let answer = ask.json(&serde_json::json!({ "cmd": cmd, "params": params })).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().ok();
    }
}

pub async fn signed(house: &House, driver: &Driver, cookie: &str, scripts: bool) -> WebDriver {
    signed_at(&house.address.to_string(), driver, cookie, scripts).await
}

/// A browser whose person is signed in at this address.
pub async fn signed_at(address: &str, driver: &Driver, cookie: &str, scripts: bool) -> WebDriver {
    let browser = driver.browser(scripts).await;
    browser.goto(format!("http://{address}/sign-in")).await.unwrap();
    let (name, value) = cookie.split_once('=').unwrap();
    browser.add_cookie(Cookie::new(name.to_owned(), value.to_owned())).await.unwrap();
    browser
}

/// Waits for a page with these words: a click may return before the next page is there.
pub async fn shows(browser: &WebDriver, words: &str) {
    for _ in 0..200 {
        if browser.source().await.is_ok_and(|page| page.contains(words)) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("「{words}」 does not appear");
}

/// Keeps the picture in `fixtures/screens/` where `SHOKI_SCREENS` is set.
pub async fn keep(browser: &WebDriver, name: &str) {
    if std::env::var_os("SHOKI_SCREENS").is_some() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/screens");
        std::fs::create_dir_all(&dir).unwrap();
        browser.screenshot(&dir.join(format!("{name}.png"))).await.unwrap();
    }
}

async fn look(browser: &WebDriver, house: &House, path: &str, name: &str) {
    browser.goto(format!("http://{}{path}", house.address)).await.unwrap();
    keep(browser, name).await;
    let faults = faults(browser).await;
    assert!(faults.is_empty(), "{path}: {faults:#?}");
}

/// How far things have moved by themselves since the page began to load.
const SHIFT: &str = r"
const done = arguments[arguments.length - 1];
new PerformanceObserver((list) => {}).observe({ type: 'layout-shift', buffered: true });
setTimeout(() => {
  let sum = 0;
  const seen = new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; });
  seen.observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => { seen.disconnect(); done(sum); }, 100);
}, 300);";

/// The pages there are for whoever has every role but that of the auditor: name of the picture, address.
pub fn pages(run: &str) -> Vec<(&'static str, String)> {
    vec![
        ("start", "/".into()),
        ("runs", "/runs".into()),
        ("run", format!("/runs/{run}")),
        ("item", format!("/runs/{run}/items/11")),
        ("stop", "/stop".into()),
        ("schedule", "/schedule".into()),
        ("scenarios", "/scenarios".into()),
        ("scenario", "/scenarios/ido".into()),
        ("scenario_wrong", "/scenarios/zangyo".into()),
        ("forms", "/forms".into()),
        ("savings", "/savings".into()),
        ("audit", "/audit".into()),
        ("people", "/people".into()),
        ("handlers", "/people/handlers".into()),
        ("settings", "/settings".into()),
        ("machine", "/machine".into()),
        ("account", "/account".into()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_is_labelled_and_readable() {
    let house = House::new().await;
    let cookie = house.person("yamada", &[Role::Operator, Role::Approver, Role::Author, Role::Admin]).await;
    let run = house.night("", 60).await;
    let driver = Driver::start().await;
    let browser = signed(&house, &driver, &cookie, true).await;
    for (name, path) in pages(&run) {
        look(&browser, &house, &path, name).await;
    }
    browser.goto(format!("http://{}/", house.address)).await.unwrap();
    let shift: f64 =
        browser.execute_async(SHIFT, Vec::<serde_json::Value>::new()).await.unwrap().convert().unwrap();
    assert!(shift < 0.001, "things move by themselves: {shift}");
    browser.delete_all_cookies().await.unwrap();
    look(&browser, &house, "/sign-in", "sign_in").await;
    browser.quit().await.unwrap();
    let start = house.get("/", &cookie).await;
    let assets: usize = [
        include_str!("../../src/console/assets/console.css"),
        include_str!("../../src/console/assets/console.js"),
    ]
    .iter()
    .map(|t| t.len())
    .sum();
    println!("start page: {} bytes of HTML, {assets} of style and script", start.body.len());
    assert!(start.body.len() + assets <= 100 * 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_scripts_off_a_person_signs_in_looks_and_stops_everything() {
    use thirtyfour::By;
    let house = House::new().await;
    house.person("yamada", &[Role::Operator]).await;
    house.night("", 20).await;
    let driver = Driver::start().await;
    let browser = driver.browser(false).await;
    browser.goto(format!("http://{}/", house.address)).await.unwrap();
    browser.find(By::Id("id")).await.unwrap().send_keys("yamada").await.unwrap();
    browser.find(By::Id("password")).await.unwrap().send_keys(crate::house::PASSWORD).await.unwrap();
    browser.find(By::Css("button.primary")).await.unwrap().click().await.unwrap();
    shows(&browser, "待っているもの").await;
    browser.find(By::Css("a.stop")).await.unwrap().click().await.unwrap();
    browser.query(By::Id("why")).first().await.unwrap().send_keys("試験のため").await.unwrap();
    browser.find(By::Css("button.danger")).await.unwrap().click().await.unwrap();
    shows(&browser, "緊急停止中です").await;
    assert_eq!(house.store.open_stops().await.unwrap().len(), 1);
    browser.quit().await.unwrap();
}

/// What is wrong with a page on paper: a sheet of A4 is 190 mm wide between its margins, 718 points of a screen.
const PAPER: &str = r"
const faults = [];
for (const what of ['.menu', '.who', 'form', 'button', '.skip'])
  for (const e of document.querySelectorAll(what)) if (e.getClientRects().length) faults.push('printed: ' + e.outerHTML.slice(0, 80));
const edge = 718.5;
for (const e of document.querySelectorAll('main *')) {
  const at = e.getBoundingClientRect();
  if (at.width && at.right > edge && !e.closest('svg, .film, .hidden')) faults.push('beyond the paper: ' + e.tagName + '.' + e.className + ' ' + Math.round(at.right) + ' ' + e.textContent.trim().slice(0, 30));
}
return faults.slice(0, 12);";

#[tokio::test(flavor = "multi_thread")]
async fn pages_on_paper_have_no_menu_and_stay_within_a4() {
    use thirtyfour::common::print::PrintParameters;
    let house = House::new().await;
    let cookie = house.person("yamada", &[Role::Operator, Role::Approver, Role::Author, Role::Admin]).await;
    let run = house.night("", 120).await;
    let driver = Driver::start().await;
    let browser = signed(&house, &driver, &cookie, true).await;
    for (name, path) in pages(&run) {
        browser.goto(format!("http://{}{path}", house.address)).await.unwrap();
        let paper = serde_json::json!({ "media": "print" });
        driver.tool(&browser, "Emulation.setEmulatedMedia", paper).await;
        let narrow =
            serde_json::json!({ "width": 718, "height": 1046, "deviceScaleFactor": 1, "mobile": false });
        driver.tool(&browser, "Emulation.setDeviceMetricsOverride", narrow).await;
        let faults = browser.execute(PAPER, Vec::<serde_json::Value>::new()).await.unwrap();
        let faults: Vec<String> = faults.convert().unwrap();
        driver.tool(&browser, "Emulation.clearDeviceMetricsOverride", serde_json::json!({})).await;
        assert!(faults.is_empty(), "{path}: {faults:#?}");
        if std::env::var_os("SHOKI_SCREENS").is_some()
            && ["start", "run", "audit", "schedule", "savings"].contains(&name)
        {
            let pdf = browser.print_page(PrintParameters::default()).await.unwrap();
            let dir = std::env::temp_dir().join("shoki-paper");
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join(format!("{name}.pdf")), pdf).unwrap();
        }
    }
    browser.quit().await.unwrap();
}
