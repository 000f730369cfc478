//! What is on its way is waited for, and what stood there before is not taken for it.

use super::{Here, button, cause, opens, pages::Pages, settings};
use shoki::drivers::browser::{
    BrowserSettings, Cause, Follow, Kind, Press, ReadBack, Screen, Search, Session, Submit, SystemRules,
    Table,
};
use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

const SOON: Duration = Duration::from_secs(3);

/// The pages under `/arrival/`: they come late, or not at all.
pub fn page(path: &str, query: &str, ledger: &Mutex<Vec<String>>) -> (String, Vec<u8>) {
    let late = |millis| thread::sleep(Duration::from_millis(millis));
    let people = [("0001", "甲"), ("0002", "乙")];
    let (number, name) = people[usize::from(query.ends_with('2'))];
    match path {
        "/arrival/person" => {
            late(if name == "乙" { 1_500 } else { 0 });
            html(&format!("<table><tr><td>氏名</td><td>{name}</td></tr></table>"))
        }
        "/arrival/list" => {
            late(if name == "乙" { 2_500 } else { 0 });
            let head = "<tr><th>宛名番号</th><th>氏名</th></tr>";
            html(&format!("<table>{head}<tr><td>{number}</td><td>{name}</td></tr></table>"))
        }
        "/arrival/clock" => html("<meta http-equiv=\"refresh\" content=\"1\">12:00"),
        "/arrival/nothing" => ("204 No Content".into(), vec![]),
        "/arrival/file" => {
            late(1_500);
            let head =
                "200 OK\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=list.csv";
            (head.into(), b"a,b\n".to_vec())
        }
        "/arrival/opener" => html(&opener(ledger.lock().unwrap().len())),
        "/arrival/entry" => html(
            "<title>登録画面</title><form action=enter>氏名 <input name=n> <input type=submit value=登録>\
             <input type=button value=中止 onclick='window.close()'></form>",
        ),
        "/arrival/enter" => {
            ledger.lock().unwrap().push(query.to_owned());
            late(800);
            html("<script>opener.location.reload();window.close()</script>")
        }
        _ => ("404 Not Found".into(), vec![]),
    }
}

/// A list with the message of the last registration.
fn opener(entries: usize) -> String {
    let said = if entries == 0 {
        String::new()
    } else {
        format!("登録しました<table><tr><td>受付番号</td><td>R-{entries:04}</td></tr></table>")
    };
    format!(
        "<title>一覧</title>{said}<input type=button value=新規 onclick=\"window.open('entry','w','width=400,height=300')\">"
    )
}

fn html(body: &str) -> (String, Vec<u8>) {
    let whole = format!("<html><head><meta charset=\"UTF-8\"></head><body>{body}</body></html>");
    ("200 OK\r\nContent-Type: text/html".into(), whole.into_bytes())
}

async fn press(s: &mut Screen, name: &str) {
    s.press(&Press::named(name), &Follow::default()).await.unwrap();
}

/// The value beside that label.
async fn value(s: &mut Screen, label: &str) -> String {
    s.read(&[label]).await.unwrap().remove(0).1
}

#[tokio::test]
async fn a_page_that_comes_late_in_another_frame_is_waited_for() {
    let here = Here::at("/arrival.html").await;
    let mut s = here.screen().await;
    assert_eq!(value(&mut s, "氏名").await, "甲");
    press(&mut s, "次の人").await;
    assert_eq!(value(&mut s, "氏名").await, "乙", "not the person who was there before");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_is_no_page_is_not_waited_for_without_end() {
    let here = Here::at("/arrival.html").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_millis(700));
    let began = Instant::now();
    press(&mut s, "印刷指示").await;
    assert_eq!(value(&mut s, "氏名").await, "甲", "an answer without content changes nothing");
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    s.set_wait(Duration::from_secs(30));
    let began = Instant::now();
    let file = s.download(&Press::named("控え取得"), Duration::from_secs(20)).await.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"a,b\n");
    // Half of the page limit would be waited for the page.
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    drop(s);
    here.end().await;
}

fn people() -> Table {
    Table {
        columns: vec!["宛名番号".into(), "氏名".into()],
        none: Some("該当者がありません".into()),
        ..Table::default()
    }
}

fn search(field: &str, value: &str) -> Search {
    Search { fields: vec![(field.into(), value.into())], press: button("検索"), table: people() }
}

#[tokio::test]
async fn the_list_of_the_search_before_is_never_the_answer() {
    let here = Here::at("/arrival_list.html").await;
    let mut s = here.screen().await;
    for (name, number) in [("甲", Some("0001")), ("乙", Some("0002")), ("乙", Some("0002")), ("丙", None)]
    {
        let rows = s.search(&search("氏名", name)).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        let wanted: Vec<Vec<String>> = number.iter().map(|n| vec![(*n).into(), name.into()]).collect();
        assert_eq!(rows, wanted, "{name}");
    }
    assert!(s.search(&search("氏名", "丁")).await.unwrap().is_empty(), "the same words, drawn anew");
    assert_eq!(s.search(&search("氏名", "甲")).await.unwrap(), [["0001", "甲"]]);
    s.open(&here.pages.url("/arrival_search.html")).await.unwrap();
    assert_eq!(s.search(&search("番号", "0002")).await.unwrap(), [["0002", "乙"]]);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_search_that_changes_nothing_has_no_answer() {
    let pages = Pages::start();
    let quick = BrowserSettings { page_timeout: Duration::from_secs(4), ..settings() };
    let session = Session::start(&quick, SystemRules::at(&pages.url("/"))).await.unwrap();
    let mut s = session.screen().await;
    s.open(&pages.url("/arrival_list.html")).await.unwrap();
    assert_eq!(s.search(&search("氏名", "甲")).await.unwrap(), [["0001", "甲"]]);
    let e = s.search(&search("氏名", "無反応")).await.unwrap_err();
    assert!(matches!(&e.cause, Cause::Timeout { what, .. } if what.contains("検索")), "{e}");
    assert_eq!((e.kind(), e.breaks_session()), (Kind::Again, true));
    drop(s);
    session.close().await;
}

#[tokio::test]
async fn what_stood_in_the_opener_before_is_no_success_of_a_window_that_closes() {
    let here = Here::at("/arrival/opener").await;
    let mut s = here.screen().await;
    let submit = Submit {
        press: button("登録"),
        expect: "登録しました".into(),
        receipt: Some("受付番号".into()),
        ..Submit::default()
    };
    for receipt in ["R-0001", "R-0002"] {
        s.press(&button("新規"), &opens("登録画面")).await.unwrap();
        s.use_window(Some("登録画面")).await.unwrap();
        s.fill("氏名", "a", &ReadBack::default()).await.unwrap();
        assert_eq!(s.submit(&submit).await.unwrap().as_deref(), Some(receipt));
    }
    s.press(&button("新規"), &opens("登録画面")).await.unwrap();
    s.use_window(Some("登録画面")).await.unwrap();
    let closing = Submit { press: button("中止"), limit: Some(Duration::from_secs(1)), ..submit };
    let e = s.submit(&closing).await.unwrap_err();
    assert!(e.pressed && matches!(e.cause, Cause::NoText(_)), "it closed and registered nothing: {e}");
    assert_eq!(here.pages.ledger().len(), 2);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn windows_that_open_and_close_by_themselves_are_none() {
    let here = Here::at("/arrival_windows.html").await;
    let mut s = here.screen().await;
    press(&mut s, "一瞬の窓").await;
    let file = s.download(&Press::named("一覧出力"), Duration::from_secs(20)).await.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"a,b\n");
    assert!(!s.is_broken());
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn every_item_finds_the_windows_that_the_first_one_found() {
    let here = Here::at("/arrival_windows.html").await;
    let mut s = here.screen().await;
    s.press(&button("業務開始"), &opens("業務画面")).await.unwrap();
    s.use_window(Some("業務画面")).await.unwrap();
    s.check_between().await.unwrap();
    for _ in 0..2 {
        s.expect("窓口業務のメニュー", SOON).await.unwrap();
        s.press(&button("別表"), &opens("別表")).await.unwrap();
        s.use_window(Some("別表")).await.unwrap();
        s.expect("別表の内容", SOON).await.unwrap();
        s.check_between().await.unwrap();
    }
    s.expect("窓口業務のメニュー", SOON).await.unwrap();
    s.set_wait(Duration::from_millis(300));
    let annex = cause(s.use_window(Some("別表")).await);
    assert!(matches!(annex, Cause::NotFound { .. }), "what an item left open is closed: {annex}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_message_names_the_headings_of_a_list_and_not_the_people_in_it() {
    let here = Here::at("/arrival_staff.html").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_millis(300));
    let Cause::NotFound { seen, .. } = cause(s.fill("無い欄", "1", &ReadBack::default()).await) else {
        panic!("there is no such field")
    };
    assert_eq!(seen, ["所属", "時間", "備考", "承認者"]);
    drop(s);
    here.end().await;
}
