//! 確認: what is on the screen is what goes on record, in a real Chromium and as a plain form: corrections of fields that had
//! passed, values that are newer than the window, words that only leaving ends; and who is offered which case.

use super::{
    desk::{Browser, Desk, RUN, question},
    focused, names, open, press, typed, until,
};
use serde_json::json;
use shoki::{
    control::checks::{self, Save},
    form::Forms,
    run::{Manner, Question},
    store::{CheckKind, NewCheck, NewItem, Strength, Worklist},
};
use thirtyfour::prelude::*;

async fn clerk(desk: &Desk) -> Browser {
    let browser = Browser::start().await;
    let token = desk.sign_in("hanako", "operator").await;
    browser.become_person(desk, &token).await;
    browser
}

/// How many fields the screen says are left.
const LEFT: &str = "return document.getElementById('left').textContent";

#[tokio::test]
async fn a_correction_of_a_field_that_had_passed_must_be_confirmed() {
    let desk = Desk::open(Forms::new()).await;
    let browser = clerk(&desk).await;
    let passed = vec![question(1, "氏名", "person_name", "高橋", Manner::default())];
    let asked = vec![question(0, "続柄", "text", "妻", Manner::default())];
    let id = desk.ask(1, "受付/0001.pdf", asked, passed).await;
    open(&desk, &browser, "hanako", id).await;
    assert_eq!(browser.run(LEFT).await, json!("残り 1 / 1 項目"));
    press(&browser, Key::F9 + "").await;
    press(&browser, Key::Down + "").await;
    until(&browser, "return document.activeElement.id === 'v1'").await;
    press(&browser, "髙橋").await;
    press(&browser, Key::Up + "").await;
    until(&browser, "return document.activeElement.id === 'v0'").await;
    assert_eq!(browser.run(LEFT).await, json!("残り 2 / 2 項目"));
    let ticks = "return [...document.querySelectorAll('#all li .tick')].map((t) => t.textContent)";
    assert_eq!(browser.run(ticks).await, json!(["", ""]), "it is not confirmed");
    // Also where only doubtful fields are listed, and from the last of them one comes back to it.
    press(&browser, Key::F9 + "").await;
    assert_eq!(browser.run("return document.querySelectorAll('#all li').length").await, json!(2));
    press(&browser, Key::Enter + "").await;
    until(&browser, "return document.activeElement.id === 'v1'").await;
    press(&browser, Key::Enter + "").await;
    until(&browser, "return document.activeElement.id === 'finish'").await;
    press(&browser, Key::Enter + "").await;
    until(&browser, "return location.pathname === '/checks'").await;
    assert_eq!(desk.answer(id).await.unwrap(), json!({ "続柄": "妻", "氏名": "髙橋" }));
    browser.end().await;
}

#[tokio::test]
async fn a_digit_typed_into_a_field_that_was_emptied_picks_nothing() {
    let desk = Desk::open(Forms::new()).await;
    let browser = clerk(&desk).await;
    let asked = vec![
        question(0, "方書", "text", "7-1-8", Manner::default()),
        question(1, "整理番号", "barcode", "A-7", Manner::default()),
        question(2, "続柄", "text", "妻", Manner::default()),
    ];
    let id = desk.ask(1, "受付/0001.pdf", asked, Vec::new()).await;
    open(&desk, &browser, "hanako", id).await;
    press(&browser, Key::Control + "a").await;
    press(&browser, Key::Backspace + "").await;
    press(&browser, "1-2-3").await;
    assert_eq!(focused(&browser).await, "方書");
    assert_eq!(browser.run("return document.getElementById('v0').value").await, json!("1-2-3"));
    press(&browser, Key::Enter + "").await;
    until(&browser, "return document.activeElement.id === 'v1'").await;
    // What a scanner sends begins with a digit as often as not.
    press(&browser, "2B".to_owned() + Key::Enter).await;
    until(&browser, "return document.activeElement.id === 'v2'").await;
    assert_eq!(browser.run("return document.getElementById('v1').value").await, json!("2B"));
    // Where nothing was typed, a digit picks as before; also after Esc.
    press(&browser, Key::Backspace + "").await;
    press(&browser, Key::Escape + "").await;
    press(&browser, "2").await;
    until(&browser, "return document.activeElement.id === 'finish'").await;
    press(&browser, Key::Enter + "").await;
    until(&browser, "return location.pathname === '/checks'").await;
    let answer = json!({ "方書": "1-2-3", "整理番号": "2B", "続柄": "妻一" });
    assert_eq!(desk.answer(id).await.unwrap(), answer);
    browser.end().await;
}

#[tokio::test]
async fn who_leaves_takes_no_word_along_that_was_just_typed() {
    let desk = Desk::open(Forms::new()).await;
    let browser = clerk(&desk).await;
    let id = desk.ask(1, "受付/0001.pdf", names(1), Vec::new()).await;
    open(&desk, &browser, "hanako", id).await;
    // Composed, and ended by nothing but leaving.
    let compose = json!({ "text": "髙﨑", "selectionStart": 2, "selectionEnd": 2 });
    browser.tool("Input.imeSetComposition", compose).await;
    browser
        .run(&format!("document.querySelector(\"form[action='/checks/{id}/leave'] button\").click()"))
        .await;
    until(&browser, "return location.pathname === '/checks'").await;
    assert_eq!(typed(&desk, id, "氏名000").await.unwrap().text, json!("髙﨑"));
    // A link of the menu, right after the last key.
    open(&desk, &browser, "hanako", id).await;
    browser
        .run(
            "const input = document.getElementById('v0');
            input.value = '髙崎';
            input.dispatchEvent(new Event('input', { bubbles: true }));
            document.querySelector(\"nav a[href='/checks']\").click();",
        )
        .await;
    until(&browser, "return location.pathname === '/checks'").await;
    assert_eq!(typed(&desk, id, "氏名000").await.unwrap().text, json!("髙崎"));
    browser.end().await;
}

/// The page of a case, or what comes of sending its form, as a browser without scripts does.
async fn plain(desk: &Desk, token: &str, path: &str, form: Option<String>) -> reqwest::Response {
    let none = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().no_proxy().redirect(none).build().unwrap();
    let place = format!("{}{path}", desk.address);
    let ask = match form {
        None => client.get(place),
        Some(body) => client
            .post(place)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Sec-Fetch-Site", "same-origin")
            .body(body),
    };
    ask.header("Cookie", format!("shoki-local={token}")).send().await.unwrap()
}

#[tokio::test]
async fn an_older_window_does_not_undo_what_a_newer_one_confirmed() {
    let desk = Desk::open(Forms::new()).await;
    let token = desk.sign_in("hanako", "operator").await;
    let id = desk.ask(1, "受付/0001.pdf", names(1), Vec::new()).await;
    let case = checks::open(&desk.store, &desk.log, id, "hanako").await.unwrap();
    let confirm = async |text: &str| {
        let save = Save {
            id,
            by: "hanako".into(),
            turn: case.turn,
            field: "氏名000".into(),
            text: json!(text),
            again: None,
            done: true,
            ms: 0,
            seen: None,
        };
        checks::save(&desk.store, &desk.log, &save).await.unwrap().version
    };
    let version = confirm("高橋").await;
    let path = format!("/checks/{id}");
    let page = plain(&desk, &token, &path, None).await.text().await.unwrap();
    assert!(page.contains(&format!("name=\"s0\" value=\"{version}\"")), "the page says which value it shows");
    let newer = confirm("髙橋").await;
    let form = |text: &str, version: i64| {
        Some(format!("turn={}&n0=%E6%B0%8F%E5%90%8D000&v0={text}&s0={version}&d0=1&act=finish", case.turn))
    };
    let old = "%E9%AB%98%E6%A9%8B";
    let said = plain(&desk, &token, &path, form(old, version)).await.text().await.unwrap();
    assert!(said.contains("別の画面から入力されています"), "{said}");
    assert!(said.contains(&format!("name=\"s0\" value=\"{newer}\"")) && said.contains("value=\"髙橋\""));
    assert!(desk.answer(id).await.is_none());
    let kept = typed(&desk, id, "氏名000").await.unwrap();
    assert_eq!((kept.text, kept.done), (json!("髙橋"), true));
    // Who has seen the newer value may change it.
    let done = plain(&desk, &token, &path, form(old, newer)).await;
    assert_eq!(done.headers()["location"], "/checks?said=none_left");
    assert_eq!(desk.answer(id).await.unwrap(), json!({ "氏名000": "高橋" }));
}

/// A check of another scenario or kind; no paper behind it.
async fn elsewhere(desk: &Desk, n: u32, scenario: &str, kind: CheckKind) -> i64 {
    let at = desk.log.now();
    let mut tx = desk.store.begin(Strength::Process).await.unwrap();
    let new = NewItem { n, key: format!("x{n}"), input: json!({}) };
    tx.add_item(scenario, RUN, &new, &at).await.unwrap();
    tx.claim_item(RUN, &at).await.unwrap().unwrap();
    let check = NewCheck {
        run_id: RUN.into(),
        scenario: scenario.into(),
        n,
        label: format!("{n}"),
        step: "確認".into(),
        kind,
        questions: vec![Question::plain("氏名", json!("髙橋"), "確かめてください")],
        paper: None,
    };
    let id = tx.add_check(&check, &at).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn cases_of_other_people_neither_count_nor_hide_ones_own() {
    let desk = Desk::open(Forms::new()).await;
    let token = desk.sign_in("hanako", "operator").await;
    let mut tx = desk.store.begin(Strength::Process).await.unwrap();
    tx.set_handlers("保育", &["jiro".to_owned()]).await.unwrap();
    tx.commit().await.unwrap();
    for n in 1..=55 {
        elsewhere(&desk, n, "保育", CheckKind::Check).await;
    }
    elsewhere(&desk, 56, "転入届", CheckKind::Approval).await;
    let now = desk.log.moment().as_millisecond();
    let waiting = desk.store.waiting("hanako", now).await.unwrap();
    assert_eq!((waiting.all, waiting.free), (56, 0), "what one may not take, or only answer");
    assert_eq!(desk.store.waiting("jiro", now).await.unwrap().free, 55);
    let list = Worklist { person: "hanako".into(), now, ..Worklist::default() };
    assert!(desk.store.next_free(&list, 0).await.unwrap().is_none());
    let page = plain(&desk, &token, "/checks", None).await.text().await.unwrap();
    assert!(page.contains("あなたが始められる確認 0 件") && page.contains(" disabled>次の確認を始める"));
    let mine = desk.ask(57, "受付/0057.pdf", names(1), Vec::new()).await;
    assert_eq!(desk.store.waiting("hanako", now).await.unwrap().free, 1);
    let next = plain(&desk, &token, "/checks/next", Some(String::new())).await;
    assert_eq!(next.headers()["location"], format!("/checks/{mine}"));
}
