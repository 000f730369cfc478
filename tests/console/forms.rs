//! 帳票: a form over its blank, and tried at once on a scan, by real readers.

use crate::{
    axe::axe,
    house::{FORM, House, Program},
    pages::{Driver, keep, shows, signed_at},
};
use serde_json::Value;
use shoki::control::people::Role;
use std::path::Path;
use thirtyfour::prelude::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_drawn_and_tried_on_a_scan_and_nothing_of_the_scan_stays() {
    let house = House::new().await;
    let cookie = house.really_signed_in("yamada", Role::Author).await;
    // Readers are started from the program itself.
    let program = Program::of(house.dir.path());
    let driver = Driver::start().await;
    let browser = signed_at(&program.1, &driver, &cookie, true).await;
    browser.goto(format!("http://{}/forms/{FORM}", program.1)).await.unwrap();
    let drawn = "return [...document.images].every((i) => i.complete && i.naturalWidth > 0)";
    for _ in 0..600 {
        if browser.execute(drawn, Vec::<Value>::new()).await.unwrap().json() == &Value::Bool(true) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    keep(&browser, "form").await;
    assert!(axe(&browser).await.is_empty());
    browser.find(By::Id("scan")).await.unwrap().send_keys(first_scan().display().to_string()).await.unwrap();
    browser.find(By::Css("main form button.primary")).await.unwrap().click().await.unwrap();
    // Readers that were compiled without optimisation take their time.
    for _ in 0..600 {
        if browser.source().await.is_ok_and(|page| page.contains("職員の確認なしで通ります")) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    shows(&browser, "職員の確認なしで通ります").await;
    keep(&browser, "form_tried").await;
    assert!(axe(&browser).await.is_empty());
    let seen = "return [document.querySelectorAll('#read ~ .scroll tbody tr').length, document.querySelectorAll('.sheet svg image').length]";
    let seen = browser.execute(seen, Vec::<Value>::new()).await.unwrap();
    let [rows, pictures]: [usize; 2] = seen.convert().unwrap();
    assert!(rows > 10 && pictures == 1, "{rows} {pictures}");
    let left = std::fs::read_dir(house.dir.path().join("state/uploads")).unwrap().count();
    assert_eq!(left, 0);
    browser.quit().await.unwrap();
}

/// The first scan of the shipped paper that is a form.
fn first_scan() -> std::path::PathBuf {
    let truth = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/paper");
    let text = std::fs::read_to_string(truth.join("truth.json")).unwrap();
    let pages: Value = serde_json::from_str(&text).unwrap();
    let page = pages["pages"].as_array().unwrap().iter().find(|p| !p["notice"].is_null()).unwrap();
    truth.join("scans").join(page["file"].as_str().unwrap())
}
