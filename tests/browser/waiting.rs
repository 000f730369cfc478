//! What a page asks its server for without leaving is waited for; lists end where the page says so; files come as they are named.

use super::{Here, actions, button, cause, pages::Pages, settings};
use encoding_rs::SHIFT_JIS;
use serde_json::json;
use shoki::drivers::browser::{Cause, Follow, Press, ReadBack, Screen, Search, Session, SystemRules, Table};
use std::{
    io::Write as _,
    net::TcpStream,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const SOON: Duration = Duration::from_secs(3);

/// The place comes 800 ms after its code.
const CODE: &str = r#"<table border="1"><tr><td>住所コード</td><td><input name="code" onchange="ask(this.value)"></td></tr>
<tr><td>住所</td><td><input name="place"></td></tr></table><p id="own"></p>
<script>
function put(t) { document.getElementsByName('place')[0].value = t }
function ask(code) {
  if (location.search == '?fetch') {
    fetch('name?' + code).then(function (r) { return r.text() }).then(put);
    return;
  }
  var r = new XMLHttpRequest();
  r.open('GET', 'name?' + code);
  r.onreadystatechange = function () { if (r.readyState == 4) put(r.responseText) };
  r.send();
}
var own = [XMLHttpRequest.prototype.send, window.fetch].every(function (f) { return /native code/.test(f) });
document.getElementById('own').innerHTML = '部品：' + (own ? '元のまま' : '別物');
</script>"#;

/// The list stays until the next one comes, 1.5 s later. An answer may be a warning.
const LIST: &str = r#"<form onsubmit="return seek()">番号 <input name="n" id="n"> <button>検索</button></form><div id="answer">
<table border="1"><tr><th>宛名番号</th><th>氏名</th></tr><tr><td>0001</td><td>甲</td></tr></table></div>
<script>
function seek() {
  var n = document.getElementById('n').value, r = new XMLHttpRequest();
  r.open('GET', 'rows?' + n);
  r.onload = function () {
    if (!r.responseText) { alert('該当データがありません。'); return }
    if (n == '3') alert('件数が多いため、先頭だけを表示します。');
    document.getElementById('answer').innerHTML = r.responseText;
  };
  r.send();
  return false;
}
</script>"#;

/// One request never comes back. Another is begun by a clock.
const HANGS: &str = r#"<table border="1"><tr><td>状態</td><td>仮登録</td></tr><tr><td>備考</td><td><input name="b"></td></tr></table>
<input type="button" value="印刷" onclick="ask()">
<script>
function ask() { var r = new XMLHttpRequest(); r.open('GET', 'never'); r.send() }
if (location.search == '?clock') setTimeout(ask, 3000);
</script>"#;

/// Three pages; what stands on the last one in place of the way to the next is the query.
const PAGER: &str = r#"<div id="all"></div>
<script>
var way = location.search.slice(1);
function next(n) {
  if (n < 3 && way != 'lost') return '<ul><li><a href="javascript:go(' + (n + 1) + ')">次へ</a></li></ul>';
  if (way == 'class') return '<ul><li class="page-item disabled"><a href="javascript:go(1)">次へ</a></li></ul>';
  if (way == 'aria') return '<a href="javascript:go(1)" aria-disabled="true">次へ</a>';
  if (way == 'plain') return '<a>次へ</a>';
  if (way == 'same' || way == 'uncounted') return '<a href="javascript:go(3)">次へ</a>';
  return way == 'wrap' ? '<a href="javascript:go(1)">次へ</a>' : '';
}
function go(n) {
  var row = function (k) { return '<tr><td>' + k + '</td><td>状態' + k + '</td></tr>' };
  document.getElementById('all').innerHTML = '<table border="1"><tr><th>番号</th><th>状態</th></tr>' + row(n * 2 - 1) + row(n * 2) + '</table>' +
    (way == 'uncounted' ? '' : '<p>全 6 件　' + n + '／3 ページ</p>') + next(n);
}
go(1);
</script>"#;

const CELLS: &str = r#"<table border="1"><tr><th><ruby>氏名<rt>しめい</rt></ruby></th><th>住所</th><th>数量</th></tr>
<tr><td style="display:none">内部1</td><td><ruby>髙橋<rt>たかはし</rt></ruby>　<ruby>花<rp>(</rp><rt>はな</rt><rp>)</rp></ruby></td><td>つくば市<br>研究学園</td><td><input value="12"></td></tr>
<tr><td>乙</td><td hidden>内部2</td><td>土浦市</td><td><input value="3"></td></tr>
<tfoot><tr><td>合計</td><td></td><td>15</td></tr></tfoot></table>"#;

const FILES: &str = r#"<table border="1"><tr><th>様式</th><th>操作</th></tr><tr><td>転入</td><td><a href="file?1">出力</a></td></tr>
<tr><td>転出</td><td><a href="file?2">出力</a></td></tr></table><a href="named">控え</a> <a href="long">長い名前</a>
<input type="button" value="別窓" onclick="window.open('bringer', 'b', 'width=300,height=200')">
<input type="button" value="作成" onclick="alert('作成に時間がかかります。'); location.href = 'file?3'">"#;

/// A name as old systems give it: the bytes of their own character set.
const NAME: &str = "住民票（髙﨑）①.csv";

/// The pages under `/waiting/`.
pub fn page(path: &str, query: &str) -> (String, Vec<u8>) {
    let late = |millis| thread::sleep(Duration::from_millis(millis));
    match path {
        "/waiting/code" => html(CODE),
        "/waiting/list" => html(LIST),
        "/waiting/hangs" => html(HANGS),
        "/waiting/pager" => html(PAGER),
        "/waiting/cells" => html(CELLS),
        "/waiting/files" => html(FILES),
        "/waiting/bringer" => html("<script>location.href = 'file?4'</script>"),
        "/waiting/name" => {
            late(800);
            text(if query == "08220" { "つくば市" } else { "" })
        }
        "/waiting/rows" => {
            late(1_500);
            let name =
                ["", "甲", "乙", "丙"].get(query.parse::<usize>().unwrap_or(0)).copied().unwrap_or_default();
            let row = format!("<tr><td>000{query}</td><td>{name}</td></tr>");
            let list = format!("<table border=\"1\"><tr><th>宛名番号</th><th>氏名</th></tr>{row}</table>");
            text(if name.is_empty() { "" } else { &list })
        }
        "/waiting/never" => {
            late(15_000);
            text("")
        }
        "/waiting/long" => {
            let name = "%E9%95%B7".repeat(81);
            let head = "200 OK\r\nContent-Type: text/csv\r\nContent-Disposition: attachment";
            (format!("{head}; filename*=UTF-8''{name}.csv"), b"a,b\n".to_vec())
        }
        "/waiting/file" => {
            let head = format!(
                "200 OK\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=list{query}.csv"
            );
            (head, format!("{query}\n").into_bytes())
        }
        _ => ("404 Not Found".into(), vec![]),
    }
}

/// Answers with a head that is no text of ours; says whether it did.
pub fn answered(path: &str, mut stream: &TcpStream) -> bool {
    if path != "/waiting/named" {
        return false;
    }
    let mut answer =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 4\r\nConnection: close\r\n\
        Content-Disposition: attachment; filename=\""
            .to_vec();
    answer.extend_from_slice(&SHIFT_JIS.encode(NAME).0);
    answer.extend_from_slice(b"\"\r\n\r\na,b\n");
    stream.write_all(&answer).ok();
    true
}

fn html(body: &str) -> (String, Vec<u8>) {
    let whole = format!("<html><head><meta charset=\"UTF-8\"></head><body>{body}</body></html>");
    ("200 OK\r\nContent-Type: text/html".into(), whole.into_bytes())
}

fn text(body: &str) -> (String, Vec<u8>) {
    ("200 OK\r\nContent-Type: text/plain; charset=UTF-8".into(), body.as_bytes().to_vec())
}

async fn press(s: &mut Screen, name: &str) {
    s.press(&Press::named(name), &Follow::default()).await.unwrap();
}

/// The value beside that label.
async fn value(s: &mut Screen, label: &str) -> String {
    s.read(&[label]).await.unwrap().remove(0).1
}

async fn fill(s: &mut Screen, field: &str, value: &str) {
    s.fill(field, value, &ReadBack::default()).await.unwrap();
}

fn people() -> Table {
    Table { columns: vec!["宛名番号".into(), "氏名".into()], ..Table::default() }
}

fn search(number: &str, table: &Table) -> Search {
    Search { fields: vec![("番号".into(), number.into())], press: button("検索"), table: table.clone() }
}

fn pager() -> Table {
    Table {
        columns: vec!["番号".into(), "状態".into()],
        next: Some("次へ".into()),
        max_pages: 3,
        ..Table::default()
    }
}

#[tokio::test]
async fn what_a_field_asks_its_server_for_is_waited_for() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    for way in ["", "?fetch"] {
        s.open(&here.pages.url(&format!("/waiting/code{way}"))).await.unwrap();
        assert_eq!(value(&mut s, "部品").await, "元のまま", "the page sees its own functions");
        fill(&mut s, "住所コード", "08220").await;
        assert_eq!(value(&mut s, "住所").await, "つくば市", "{way}");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_list_that_a_script_fetches_is_not_read_before_it_has_come() {
    let here = Here::at("/waiting/list").await;
    let mut s = here.screen().await;
    assert_eq!(s.read_table(&people()).await.unwrap(), [["0001", "甲"]]);
    fill(&mut s, "番号", "2").await;
    press(&mut s, "検索").await;
    assert_eq!(s.read_table(&people()).await.unwrap(), [["0002", "乙"]], "not the one before");
    for (number, name) in [("1", "甲"), ("1", "甲"), ("2", "乙")] {
        let rows = s.search(&search(number, &people())).await.unwrap();
        assert_eq!(rows, [[format!("000{number}"), name.to_owned()]]);
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_request_that_hangs_or_that_a_clock_has_begun_holds_nobody_up() {
    let here = Here::at("/waiting/hangs").await;
    let mut s = here.screen().await;
    let began = Instant::now();
    press(&mut s, "印刷").await;
    assert!(began.elapsed() < Duration::from_secs(9), "it is gone on without: {:?}", began.elapsed());
    s.open(&here.pages.url("/waiting/hangs?clock")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(3_300)).await;
    let began = Instant::now();
    assert_eq!(value(&mut s, "状態").await, "仮登録");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_list_ends_where_the_way_on_is_greyed_or_leads_back_from_the_last_page() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    for way in ["class", "aria", "plain", "same", "wrap"] {
        s.open(&here.pages.url(&format!("/waiting/pager?{way}"))).await.unwrap();
        let rows = s.read_table(&pager()).await.unwrap_or_else(|e| panic!("{way}: {e}"));
        let numbers: Vec<&str> = rows.iter().map(|r| r[0].as_str()).collect();
        assert_eq!(numbers, ["1", "2", "3", "4", "5", "6"], "{way}");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_list_of_which_pages_are_missing_is_not_cut() {
    let here = Here::at("/waiting/pager?lost").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_millis(1_500));
    let Cause::NotFound { what, seen, .. } = cause(s.read_table(&pager()).await) else {
        panic!("the screen says that there are three pages")
    };
    assert!(what.contains("次のページ") && seen[0].contains("1/3"), "{what} {seen:?}");
    s.open(&here.pages.url("/waiting/pager?uncounted")).await.unwrap();
    let more = Table { max_pages: 9, ..pager() };
    let same = cause(s.read_table(&more).await);
    assert!(matches!(same, Cause::Timeout { .. }), "nothing says that it is the last page: {same}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_cell_is_what_is_shown_in_its_column() {
    let here = Here::at("/waiting/cells").await;
    let table =
        Table { columns: ["氏名", "住所", "数量"].map(str::to_owned).to_vec(), ..Table::default() };
    let rows = here.screen().await.read_table(&table).await.unwrap();
    let wanted = [["髙橋　花", "つくば市\n研究学園", "12"], ["乙", "土浦市", "3"], ["合計", "", "15"]];
    assert_eq!(rows, wanted, "a hidden cell takes no place, and how a name is read is no part of it");
    here.end().await;
}

#[tokio::test]
async fn a_warning_after_a_search_is_answered_as_declared() {
    let here = Here::at("/waiting/list").await;
    let mut s = here.screen().await;
    let table = Table {
        none: Some("該当データがありません".into()),
        alerts: vec!["件数が多いため".into()],
        ..people()
    };
    assert!(s.search(&search("9", &table)).await.unwrap().is_empty(), "a warning says that there is nothing");
    assert_eq!(s.search(&search("3", &table)).await.unwrap(), [["0003", "丙"]]);
    let e = s.search(&search("9", &people())).await.unwrap_err();
    assert!(matches!(&e.cause, Cause::Dialog(said) if said.contains("該当データ")), "undeclared: {e}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_file_keeps_the_name_that_an_old_system_gives_it_unless_it_is_too_long() {
    let here = Here::at("/waiting/files").await;
    let mut s = here.screen().await;
    let file = s.download(&Press::named("控え"), Duration::from_secs(20)).await.unwrap();
    assert_eq!(file.file_name().and_then(|n| n.to_str()), Some(NAME));
    let long = cause(s.download(&Press::named("長い名前"), Duration::from_secs(2)).await);
    assert!(long.to_string().contains("244 バイト"), "no disk takes it: {long}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_window_that_only_brings_a_file_is_closed_again() {
    let here = Here::at("/waiting/files").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_secs(30));
    let began = Instant::now();
    let file = s.download(&button("別窓"), Duration::from_secs(20)).await.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"4\n");
    assert!(began.elapsed() < Duration::from_secs(15), "the file is there: {:?}", began.elapsed());
    s.expect("様式", SOON).await.unwrap();
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_download_is_told_by_its_row_and_comes_past_a_declared_warning() {
    let (pages, office) = (Pages::start(), tempfile::tempdir().unwrap());
    let rules = SystemRules::at(&pages.url("/"));
    let session = Arc::new(Session::start(&settings(), rules).await.expect("a browser starts"));
    let cx = actions::context(office.path(), &pages.url("/"), Arc::clone(&session));
    actions::act(&cx, "browser.open", json!({ "url": "/waiting/files" })).await.unwrap();
    for (with, file) in [
        (json!({ "press": "出力", "row": { "様式": "転出" }, "file": "受付/" }), "受付/list2.csv"),
        (json!({ "press": "出力", "nth": 1, "file": "受付/" }), "受付/list1.csv"),
        (json!({ "press": "作成", "alerts": ["時間がかかります"], "file": "受付/" }), "受付/list3.csv"),
    ] {
        let given = actions::act(&cx, "browser.download", with).await.unwrap();
        assert_eq!(given["file"], file);
    }
    session.close().await;
}
