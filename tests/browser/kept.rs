//! What was typed must still stand there when something is pressed.

use super::{Here, button, cause};
use shoki::drivers::browser::{Cause, Follow, ReadBack, Screen, Submit};

async fn fill(s: &mut Screen) {
    let back = ReadBack::default();
    s.fill("郵便番号", "3050817", &back).await.unwrap();
    s.select("区分", "転入").await.unwrap();
    s.fill("住所", "研究学園1-1", &back).await.unwrap();
}

fn registration() -> Submit {
    Submit { press: button("登録"), expect: "送信:".into(), ..Submit::default() }
}

async fn sent(s: &mut Screen) -> bool {
    s.evidence().await.unwrap().pages.iter().any(|page| page.text.contains("送信:"))
}

#[tokio::test]
async fn what_a_page_takes_out_of_a_field_afterwards_is_not_sent_without_it() {
    for (way, field) in [("panel", "住所"), ("write", "住所"), ("list", "区分")] {
        let here = Here::at(&format!("/kept.html?{way}")).await;
        let mut s = here.screen().await;
        fill(&mut s).await;
        let e = s.submit(&registration()).await.unwrap_err();
        assert!(!e.pressed && matches!(&e.cause, Cause::Changed(name) if name == field), "{way}: {e}");
        assert!(!sent(&mut s).await, "{way}");
        drop(s);
        here.end().await;
    }
}

#[tokio::test]
async fn nor_is_a_button_pressed_without_it() {
    let here = Here::at("/kept.html?write").await;
    let mut s = here.screen().await;
    fill(&mut s).await;
    let changed = cause(s.press(&button("登録"), &Follow::default()).await);
    assert!(matches!(&changed, Cause::Changed(name) if name == "住所"), "{changed:?}");
    assert!(!sent(&mut s).await);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_page_may_write_a_value_otherwise_or_take_its_field_away() {
    let here = Here::at("/kept.html?form").await;
    let mut s = here.screen().await;
    for way in ["form", "twice", "gone"] {
        s.open(&here.pages.url(&format!("/kept.html?{way}"))).await.unwrap();
        fill(&mut s).await;
        s.submit(&registration()).await.unwrap_or_else(|e| panic!("{way}: {e}"));
    }
    // Typed anew counts as it was typed last, and what was pressed is done with.
    s.open(&here.pages.url("/kept.html?panel")).await.unwrap();
    fill(&mut s).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    s.fill("住所", "研究学園1-1", &ReadBack::default()).await.unwrap();
    s.submit(&registration()).await.unwrap();
    drop(s);
    here.end().await;
}
