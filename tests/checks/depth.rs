//! 確認 in depth, in a real Chromium: other pages of the document, lists and towns that help, numbers shown while a key is
//! held, typing twice, a second person, two people in the same case.

use super::{
    desk::{Browser, Desk, question},
    focused, key, open, press, typed, until,
};
use serde_json::{Value, json};
use shoki::{
    console::Means,
    control::checks,
    form::{Field, FieldType, Form, Forms, PageSpec, Rect},
    run::{Manner, Question},
};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};
use thirtyfour::prelude::*;

fn field(name: &str, kind: FieldType) -> Field {
    Field {
        name: name.into(),
        kind,
        rect: Rect { x: 45.0, y: 15.0, w: 80.0, h: 8.0 },
        required: false,
        cells: None,
        lines: 1,
        threshold: None,
        lexicon: None,
        two: false,
        twice: false,
    }
}

/// A form with a list of nurseries, an address with its postal code, and two days that must follow each other.
fn forms() -> Forms {
    let nursery = Field { lexicon: Some(PathBuf::from("園.csv")), ..field("第1希望", FieldType::Text) };
    let address = field("旧住所", FieldType::Address { postal_code: Some("旧郵便番号".into()) });
    let days = ["届出日", "異動日"].map(|name| field(name, FieldType::Date { parts: None }));
    let fields = [vec![nursery, field("旧郵便番号", FieldType::PostalCode), address], days.to_vec()].concat();
    let check = shoki::form::CrossCheck {
        that: "異動日 <= 届出日".into(),
        otherwise: "異動日が届出日より後です".into(),
        fields: vec!["異動日".into(), "届出日".into()],
    };
    let form = Form {
        id: "転入届".into(),
        title: "転入届".into(),
        page: PageSpec { width: 210.0, height: 297.0, blank: PathBuf::from("blank.pdf") },
        fields,
        rows: Vec::new(),
        checks: vec![check],
    };
    BTreeMap::from([("転入届".to_owned(), Arc::new(form))])
}

fn means() -> Means {
    let nurseries = ["さくら保育園", "さくら第二保育園", "わかば保育園"].map(str::to_owned).to_vec();
    let nurseries = Arc::new(nurseries);
    Means {
        words: Box::new(move |_| Arc::clone(&nurseries)),
        towns: Box::new(|code, text| match (code, text) {
            ("1540024", "") => vec!["東京都世田谷区三軒茶屋".into(), "世田谷区三軒茶屋".into()],
            ("1540024", "世田") => vec!["世田谷区三軒茶屋".into()],
            _ => Vec::new(),
        }),
        ..Means::default()
    }
}

fn asked() -> Vec<Question> {
    let address = Manner { postal_code: Some("旧郵便番号".into()), ..Manner::default() };
    vec![
        question(0, "第1希望", "text", "", Manner::default()),
        question(1, "旧郵便番号", "postal_code", "154002", Manner::default()),
        question(2, "旧住所", "address", "", address),
        question(3, "届出日", "date", "2026-11-01", Manner::default()),
        question(4, "異動日", "date", "2026-11-01", Manner::default()),
    ]
}

async fn at(browser: &Browser, field: &str) {
    let there = format!("return document.querySelector('.field.now')?.dataset.name === '{field}'");
    until(browser, &there).await;
}

async fn value(browser: &Browser) -> Value {
    browser.run("return document.querySelector('.field.now input.value').value").await
}

/// What is on record for a field, once it is: a slow machine goes on to the next field before the answer is there.
async fn kept(desk: &Desk, id: i64, field: &str) -> Value {
    for _ in 0..300 {
        if let Some(typed) = typed(desk, id, field).await.filter(|t| t.done) {
            return typed.text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{field} is not kept");
}

async fn clear(browser: &Browser) {
    press(browser, Key::Control + "a").await;
    press(browser, Key::Backspace + "").await;
}

#[tokio::test]
async fn lists_towns_and_checks_help_while_one_types() {
    let desk = Desk::open_with(forms(), means()).await;
    let browser = Browser::start().await;
    let token = desk.sign_in("hanako", "operator").await;
    browser.become_person(&desk, &token).await;
    let id = desk.ask(1, "受付/0001.pdf", asked(), Vec::new()).await;
    open(&desk, &browser, "hanako", id).await;

    // A list of the office: what goes on from the letters typed, picked with a key.
    assert_eq!(focused(&browser).await, "第1希望");
    press(&browser, "さくら第").await;
    until(
        &browser,
        "return document.querySelector('.field.now .words .pick')?.dataset.text === 'さくら第二保育園'",
    )
    .await;
    browser.keep("check_words").await;
    browser.is_fair().await;
    let number = browser
        .run("return document.querySelectorAll('.field.now .picks:not(.words) .pick').length + 1")
        .await;
    press(&browser, Key::Alt + number.to_string()).await;
    at(&browser, "旧郵便番号").await;
    assert_eq!(kept(&desk, id, "第1希望").await, json!("さくら第二保育園"));

    // Six digits are no postal code: said before anybody confirms; seven are.
    until(&browser, "return document.activeElement.id === 'v1'").await;
    press(&browser, Key::End + "").await;
    press(&browser, Key::Backspace + "").await;
    until(&browser, "return /7桁/.test(document.getElementById('c1').textContent)").await;
    press(&browser, "24").await;
    until(&browser, "return document.getElementById('c1').hidden").await;
    press(&browser, Key::Enter + "").await;

    // The town of the code stands in the empty address; the rest is on the paper.
    at(&browser, "旧住所").await;
    until(&browser, "return document.getElementById('v2').value === '東京都世田谷区三軒茶屋'").await;
    press(&browser, "2-1-3").await;
    press(&browser, Key::Enter + "").await;
    at(&browser, "届出日").await;
    assert_eq!(kept(&desk, id, "旧住所").await, json!("東京都世田谷区三軒茶屋2-1-3"));
    press(&browser, Key::Enter + "").await;

    // What must hold between fields is said at once, and gone when it holds.
    at(&browser, "異動日").await;
    clear(&browser).await;
    press(&browser, "令和8年11月5日").await;
    until(&browser, "return /異動日が届出日より後です/.test(document.getElementById('cross').textContent)")
        .await;
    browser.keep("check_cross").await;
    browser.is_fair().await;
    clear(&browser).await;
    press(&browser, "令和8年10月31日").await;
    until(&browser, "return document.getElementById('cross').hidden").await;
    browser.end().await;
}

#[tokio::test]
async fn the_other_pages_of_the_document_are_one_key_away_and_no_others() {
    let desk = Desk::open(Forms::new()).await;
    let browser = Browser::start().await;
    let token = desk.sign_in("hanako", "operator").await;
    browser.become_person(&desk, &token).await;
    let name = |n: usize| vec![question(n, "氏名", "person_name", "髙橋", Manner::default())];
    let first = desk.ask(1, "受付/0001.pdf", name(0), Vec::new()).await;
    desk.ask(2, "受付/0001.pdf", name(1), Vec::new()).await;
    desk.ask(3, "受付/9999.pdf", name(2), Vec::new()).await;
    open(&desk, &browser, "hanako", first).await;
    let tabs =
        browser.run("return [...document.querySelectorAll('.tab')].map((t) => t.getAttribute('href'))").await;
    assert_eq!(tabs, json!([format!("/checks/{first}/page/0"), format!("/checks/{first}/beside/2/0")]));
    press(&browser, Key::F7 + "").await;
    let shown = "return document.querySelector('#whole image').getAttribute('href')";
    assert_eq!(browser.run(shown).await, json!(format!("/checks/{first}/beside/2/0")));
    let there = format!("return fetch('/checks/{first}/beside/2/0').then((a) => a.status)");
    assert_eq!(browser.run(&there).await, json!(200));
    for other in [format!("/checks/{first}/beside/3/0"), format!("/checks/{first}/beside/1/0")] {
        let status = browser.run(&format!("return fetch('{other}').then((a) => a.status)")).await;
        assert_eq!(status, json!(404), "{other}");
    }
    press(&browser, Key::F7 + "").await;
    assert_eq!(browser.run(shown).await, json!(format!("/checks/{first}/page/0")));
    browser.end().await;
}

#[tokio::test]
async fn a_number_is_shown_while_a_key_is_held_and_that_is_on_record() {
    let desk = Desk::open(Forms::new()).await;
    let browser = Browser::start().await;
    let token = desk.sign_in("hanako", "operator").await;
    browser.become_person(&desk, &token).await;
    let asked = vec![
        question(0, "個人番号", "my_number", "123456789018", Manner::default()),
        question(1, "届出番号", "digits", "77", Manner { twice: true, ..Manner::default() }),
    ];
    let id = desk.ask(1, "受付/0001.pdf", asked, Vec::new()).await;
    open(&desk, &browser, "hanako", id).await;
    let everywhere = "return document.documentElement.outerHTML.includes('123456789018')";
    assert_eq!(browser.run(everywhere).await, json!(false));
    let before = desk.entries("evd.view").await;
    key(&browser, "rawKeyDown", "F6", 117).await;
    until(&browser, "return document.querySelector('.peeked').textContent === '123456789018'").await;
    key(&browser, "keyUp", "F6", 117).await;
    until(&browser, "return document.querySelector('.peeked').textContent === ''").await;
    assert_eq!(browser.run(everywhere).await, json!(false));
    assert_eq!(desk.entries("evd.view").await, before + 1);
    // A wrong check digit is said before anybody confirms.
    press(&browser, "123456789012").await;
    until(&browser, "return /検査数字/.test(document.getElementById('c0').textContent)").await;
    clear(&browser).await;
    press(&browser, "123456789018".to_owned() + Key::Enter).await;
    // Typed twice: a difference is said, the same goes on.
    at(&browser, "届出番号").await;
    assert_eq!(value(&browser).await, json!(""), "who types twice begins with nothing");
    press(&browser, "1234".to_owned() + Key::Enter).await;
    until(&browser, "return document.activeElement.id === 'a1'").await;
    press(&browser, "1243".to_owned() + Key::Enter).await;
    until(&browser, "return /一致しません/.test(document.getElementById('c1').textContent)").await;
    press(&browser, Key::Enter + "").await;
    until(&browser, "return document.activeElement.id === 'a1'").await;
    press(&browser, "1234".to_owned() + Key::Enter).await;
    until(&browser, "return document.activeElement.id === 'finish'").await;
    press(&browser, Key::Enter + "").await;
    until(&browser, "return location.pathname === '/checks'").await;
    assert_eq!(desk.answer(id).await.unwrap()["届出番号"], "1234");
    browser.end().await;
}

/// `confirm: two`: who was first may not be second; the second does not see what the first typed; disagreement is said.
#[tokio::test]
async fn a_second_person_looks_without_seeing_and_two_in_one_case_lose_nothing() {
    let desk = Desk::open(Forms::new()).await;
    let browser = Browser::start().await;
    let two = Manner { two: true, ..Manner::default() };
    let asked = vec![question(0, "異動日", "date", "2026-11-01", two)];
    let id = desk.ask(1, "受付/0001.pdf", asked, Vec::new()).await;
    let hanako = desk.sign_in("hanako", "operator").await;
    browser.become_person(&desk, &hanako).await;
    open(&desk, &browser, "hanako", id).await;
    // Another person cannot take it meanwhile; what they send is kept beside, and both are told.
    assert!(checks::open(&desk.store, &desk.log, id, "jiro").await.is_err());
    clear(&browser).await;
    press(&browser, "2026-11-02".to_owned() + Key::Enter).await;
    until(&browser, "return document.activeElement.id === 'finish'").await;
    press(&browser, Key::Enter + "").await;
    until(&browser, "return location.search.includes('second')").await;
    assert!(checks::open(&desk.store, &desk.log, id, "hanako").await.is_err(), "one person is not two");
    let jiro = desk.sign_in("jiro", "operator").await;
    browser.driver.delete_all_cookies().await.unwrap();
    browser.become_person(&desk, &jiro).await;
    open(&desk, &browser, "jiro", id).await;
    assert_eq!(browser.run("return document.body.innerHTML.includes('2026-11-02')").await, json!(false));
    assert_eq!(value(&browser).await, json!(""));
    press(&browser, "2026-11-03".to_owned() + Key::Enter).await;
    until(&browser, "return /hanako/.test(document.getElementById('c0').textContent)").await;
    browser.keep("check_second").await;
    browser.is_fair().await;
    clear(&browser).await;
    press(&browser, "令和8年11月2日".to_owned() + Key::Enter).await;
    until(&browser, "return document.activeElement.id === 'finish'").await;
    press(&browser, Key::Enter + "").await;
    until(&browser, "return location.pathname === '/checks'").await;
    assert_eq!(desk.answer(id).await.unwrap()["異動日"], "令和8年11月2日");
    let entries = desk.store.log_lines("shoki.invalid/test/host", 2026, 0, 1000).await.unwrap();
    assert!(
        entries.iter().any(|l| l.contains("ocr.confirm") && l.contains("\"second\":\"hanako\"")),
        "both are on record"
    );
    browser.end().await;
}
