//! The console as other machines reach it: the office's own authority, the program itself, a real browser.

use crate::{
    house::PASSWORD,
    pages::{Driver, shows},
};
use shoki::control::people::Role;
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};
use thirtyfour::{By, WebDriver};

fn shoki(office: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shoki")).arg("--office").arg(office).args(args).output().unwrap()
}

/// `shoki console`; it ends with the test.
struct Served(Child);

impl Served {
    /// Starts it; says the address for other machines.
    fn start(office: &Path) -> (Self, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shoki"));
        command.arg("--office").arg(office).args(["console", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let far = said.rsplit("https://").next().unwrap().trim_end_matches(['/', '\n']).to_owned();
        (Self(child), far)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

async fn put(browser: &WebDriver, id: &str, text: &str) {
    browser.find(By::Id(id)).await.unwrap().send_keys(text).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_administrator_comes_in_over_tls_with_the_offices_own_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let settings = "[office]\nname = \"港北市\"\n[console]\nlisten = \"127.0.0.1:0\"\nhosts = [\"localhost\"]\nsecond_factor = \"off\"\n";
    std::fs::write(dir.path().join("shoki.toml"), settings).unwrap();
    let made = shoki(dir.path(), &["certificate", "make", "--host", "localhost"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let added = shoki(dir.path(), &["person", "add", "yamada", "--role", Role::Admin.word()]);
    let said = String::from_utf8_lossy(&added.stdout).into_owned();
    let initial = said.split("はじめのパスワード: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    let (_served, far) = Served::start(dir.path());
    let port = far.rsplit(':').next().unwrap().to_owned();
    let driver = Driver::start().await;
    let browser = driver.browser_with(true, &["--ignore-certificate-errors"]).await;
    browser.goto(format!("https://127.0.0.1:{port}/")).await.unwrap();
    assert!(
        browser.source().await.unwrap().contains("このアドレスでは応答しません"),
        "another name than the office's"
    );
    browser.goto(format!("https://localhost:{port}/")).await.unwrap();
    put(&browser, "id", "yamada").await;
    put(&browser, "password", &initial).await;
    browser.find(By::Css("button.primary")).await.unwrap().click().await.unwrap();
    shows(&browser, "id=\"again\"").await;
    put(&browser, "password", PASSWORD).await;
    put(&browser, "again", PASSWORD).await;
    browser.find(By::Css("button.primary")).await.unwrap().click().await.unwrap();
    shows(&browser, "動いたもの").await;
    let cookie = browser.get_named_cookie("__Host-shoki").await.unwrap();
    assert_eq!((cookie.secure, cookie.path.as_deref()), (Some(true), Some("/")));
    let seen: String = browser
        .execute("return document.cookie", Vec::<serde_json::Value>::new())
        .await
        .unwrap()
        .convert()
        .unwrap();
    assert_eq!(seen, "", "no script sees it");
    browser.quit().await.unwrap();
    let listed = shoki(dir.path(), &["person", "list"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("admin"));
}
