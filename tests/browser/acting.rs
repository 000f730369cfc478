//! An act is done in its place, wholly, and once; what others have done is never taken for it.

use super::{Here, actions, button, cause, opens, pages::Pages, settings};
use serde_json::json;
use shoki::{
    drivers::browser::{
        Cause, Follow, Press, ReadBack, RowPick, Screen, Search, Session, Submit, SystemRules, Table,
    },
    step::FailureKind,
};
use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

const SOON: Duration = Duration::from_secs(3);

/// The list stays while the next one is on its way; what it looks like meanwhile is the query.
const LIST: &str = r#"<form name="s" onsubmit="return show()">氏名 <input name="n"> <button>検索</button></form>
<table border="1" id="t"><caption id="c">一覧</caption><thead><tr><th>宛名番号</th><th>氏名</th><th>操作</th></tr></thead><tbody id="b"></tbody></table>
<script>
var numbers = { 甲: '0001', 乙: '0002' }, way = location.search.slice(1);
function draw(who) {
  b.innerHTML = '<tr onmouseover="this.className=1" onmouseout="this.className=0"><td>' + numbers[who] + '</td><td>' + who + '</td><td><input type="button" value="選択"></td></tr>';
}
function show() {
  var who = document.s.n.value;
  if (way == 'dim') t.style.opacity = 0.5;
  if (way == 'class') t.className = 'wait';
  if (way == 'title') c.innerHTML = '検索中です';
  if (way == 'line') b.insertAdjacentHTML('beforeend', '<tr><td colspan="3">検索中です</td></tr>');
  setTimeout(function () { t.style.opacity = ''; t.className = ''; c.innerHTML = '一覧'; draw(who) }, 2000);
  return false;
}
draw('甲');
</script>"#;

/// All lines are always there; those that are found are shown.
const FILTERED: &str = r#"<style>.kou .o, .otsu .k { display: none }</style>
<form name="s" onsubmit="return show()">氏名 <input name="n"> <button>検索</button></form>
<div id="d" class="kou"><table border="1" id="t"><tr><th>宛名番号</th><th>氏名</th></tr>
<tr class="k"><td>0001</td><td>甲</td></tr><tr class="o"><td>0002</td><td>乙</td></tr></table></div>
<script>
function show() {
  var who = document.s.n.value;
  setTimeout(function () {
    if (location.search == '?class') { d.className = who == '甲' ? 'kou' : 'otsu'; return }
    d.className = '';
    for (var n = 1; n < 3; n++) t.rows[n].style.display = '';
    for (n = 1; n < 3; n++) if (t.rows[n].cells[1].innerHTML != who) t.rows[n].style.display = 'none';
  }, 500);
  return false;
}
</script>"#;

/// Saving says what registering says.
const SAVED: &str = r#"<p id="said"></p><button id="a" onclick="keep()">一時保存</button><button id="b" onclick="enter()">登録</button>
<script>
function say(what) { said.innerHTML += what + '<br>' }
function keep() {
  a.disabled = b.disabled = true;
  setTimeout(function () { say('登録しました'); a.disabled = b.disabled = false }, 1500);
}
function enter() { if (location.search == '?good') setTimeout(function () { say('登録しました') }, 500) }
</script>"#;

/// A list that is left enables the button, and another that takes back what was chosen.
const LEFT: &str = r#"<p id="said"></p><table>
<tr><td>区分</td><td><select name="kubun" onblur="b.disabled = false"><option value="">選択<option value="1">新規</select></td></tr>
<tr><td>地区</td><td><select name="chiku" onblur="this.selectedIndex = 0"><option value="">選択<option value="1">東部</select></td></tr></table>
<button id="b" disabled onclick="said.innerHTML = '押した'">登録</button>"#;

/// The pages under `/acting/`.
pub fn page(path: &str, ledger: &Mutex<Vec<String>>) -> (String, Vec<u8>) {
    match path {
        "/acting/list" => html(LIST),
        "/acting/filtered" => html(FILTERED),
        "/acting/saved" => html(SAVED),
        "/acting/left" => html(LEFT),
        "/acting/desk" => html(
            "<title>業務メニュー</title>氏名 <input name=hayami>\
             <input type=button value=異動入力 onclick=\"window.open('entry','a','width=500,height=300')\">\
             <input type=button value=受付 onclick=\"window.open('counter','u','width=500,height=300')\">",
        ),
        "/acting/entry" => html(
            "<title>異動入力</title>氏名 <input name=shimei>\
             <input type=button value=住所選択 onclick=\"window.open('address','b','width=400,height=200')\">",
        ),
        "/acting/address" => {
            html("<title>住所選択</title><input type=button value=選択 onclick='window.close()'>")
        }
        "/acting/counter" => html(
            "<title>受付画面</title><input type=button value=次へ \
             onclick=\"window.open('following','f','width=400,height=200');window.close()\">",
        ),
        "/acting/following" => html("<title>次画面</title>次の内容"),
        "/acting/frames" => whole(
            "<html><head><meta charset=\"UTF-8\"></head><frameset rows=\"80,*\">\
             <frame name=status src=status><frame name=work src=work></frameset></html>",
        ),
        "/acting/status" => html("<meta http-equiv=\"Refresh\" content=\"1\">10:31 登録しました"),
        "/acting/work" => html("<input type=button value=登録>"),
        "/acting/again" => html("登録しました<form action=done><input type=submit value=登録></form>"),
        "/acting/done" => html("<meta http-equiv=\"refresh\" content=\"60; URL='again'\">登録しました"),
        "/acting/windows" => html(
            "<input type=button value=照会 onclick=\"window.open('').document.body.innerHTML='他の職員が編集中です'\">\
             <input type=button value=出力 onclick=\"var w=window.open('');\
             w.document.body.innerHTML='<form><input type=hidden name=a></form>';setTimeout(function(){w.close()},2600)\">",
        ),
        "/acting/replaced" => html(
            "<form action=/echo><input type=checkbox name=doi onclick=\"if(!location.search)location.search='?2'\">同意\
             <input type=submit value=登録></form>",
        ),
        "/acting/never" => html("<input type=checkbox onclick=\"location.search='?'+Math.random()\">同意"),
        "/acting/download" => html("<a href=file>明細</a>"),
        "/acting/file" => {
            let mut given = ledger.lock().unwrap();
            given.push("file".into());
            let head =
                "200 OK\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=list.csv";
            (head.into(), format!("{}\n", given.len()).into_bytes())
        }
        _ => ("404 Not Found".into(), vec![]),
    }
}

fn html(body: &str) -> (String, Vec<u8>) {
    whole(&format!("<html><head><meta charset=\"UTF-8\"></head><body>{body}</body></html>"))
}

fn whole(page: &str) -> (String, Vec<u8>) {
    ("200 OK\r\nContent-Type: text/html".into(), page.as_bytes().to_vec())
}

/// The value of the field of that `name`.
async fn value(s: &mut Screen, name: &str) -> String {
    s.read(&[name]).await.unwrap().remove(0).1
}

fn search(name: &str) -> Search {
    Search {
        fields: vec![("氏名".into(), name.into())],
        press: button("検索"),
        table: Table { columns: vec!["宛名番号".into(), "氏名".into()], ..Table::default() },
    }
}

fn registration(limit: Duration) -> Submit {
    Submit {
        press: button("登録"), expect: "登録しました".into(), limit: Some(limit), ..Submit::default()
    }
}

#[tokio::test]
async fn a_list_that_is_dimmed_or_left_by_the_mouse_while_one_waits_is_not_the_answer() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    for way in ["", "dim", "class", "title", "line"] {
        s.open(&here.pages.url(&format!("/acting/list?{way}"))).await.unwrap();
        let row = vec![RowPick { column: Some("氏名".into()), value: "甲".into() }];
        s.press(&button("選択").in_row(row), &Follow::default()).await.unwrap();
        for (name, number) in [("乙", "0002"), ("乙", "0002"), ("甲", "0001")] {
            let rows = s.search(&search(name)).await.unwrap_or_else(|e| panic!("{way} {name}: {e}"));
            assert_eq!(rows, [[number, name]], "{way}");
        }
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn lines_that_are_shown_and_hidden_are_an_answer() {
    let here = Here::with(|r| r).await;
    let mut s = here.screen().await;
    for (way, names) in [("class", ["乙", "甲", "乙"]), ("style", ["乙", "乙", "甲"])] {
        s.open(&here.pages.url(&format!("/acting/filtered?{way}"))).await.unwrap();
        for name in names {
            let number = if name == "甲" { "0001" } else { "0002" };
            let rows = s.search(&search(name)).await.unwrap_or_else(|e| panic!("{way} {name}: {e}"));
            assert_eq!(rows, [[number, name]], "{way}");
        }
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_the_act_before_says_late_is_no_success_of_a_submit() {
    let here = Here::at("/acting/saved?good").await;
    let mut s = here.screen().await;
    s.press(&button("一時保存"), &Follow::default()).await.unwrap();
    s.submit(&registration(SOON)).await.unwrap();
    s.open(&here.pages.url("/acting/saved")).await.unwrap();
    s.press(&button("一時保存"), &Follow::default()).await.unwrap();
    let e = s.submit(&registration(Duration::from_secs(2))).await.unwrap_err();
    assert!(e.pressed && matches!(e.cause, Cause::NoText(_)), "only the saving said so: {e}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_frame_that_comes_anew_by_itself_says_nothing_new() {
    let here = Here::at("/acting/again").await;
    let mut s = here.screen().await;
    s.submit(&registration(SOON)).await.expect("a page that leads elsewhere is the answer");
    s.open(&here.pages.url("/acting/frames")).await.unwrap();
    let e = s.submit(&registration(Duration::from_secs(4))).await.unwrap_err();
    assert!(e.pressed && matches!(e.cause, Cause::NoText(_)), "the message is an old one: {e}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn work_goes_on_in_the_window_from_which_a_closed_one_was_entered() {
    let here = Here::at("/acting/desk").await;
    let mut s = here.screen().await;
    for (press, title) in [("異動入力", "異動入力"), ("住所選択", "住所選択")] {
        s.press(&button(press), &opens(title)).await.unwrap();
        s.use_window(Some(title)).await.unwrap();
    }
    s.press(&button("選択"), &Follow::default()).await.unwrap();
    s.fill("氏名", "乙", &ReadBack::default()).await.unwrap();
    assert_eq!(value(&mut s, "shimei").await, "乙");
    s.use_window(None).await.unwrap();
    assert_eq!(value(&mut s, "hayami").await, "", "not in the menu");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_window_that_opens_the_next_one_and_closes_itself_hands_the_work_on() {
    let here = Here::at("/acting/desk").await;
    let mut s = here.screen().await;
    s.press(&button("受付"), &opens("受付画面")).await.unwrap();
    s.use_window(Some("受付画面")).await.unwrap();
    s.press(&button("次へ"), &opens("次画面")).await.unwrap();
    s.expect("次の内容", SOON).await.unwrap();
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_window_without_a_title_that_shows_something_is_not_passed_over() {
    let here = Here::at("/acting/windows").await;
    let mut s = here.screen().await;
    s.press(&button("出力"), &Follow::default()).await.expect("it shows nothing, and closes");
    let e = s.press(&button("照会"), &Follow::default()).await.unwrap_err();
    assert_eq!(e.cause, Cause::Window("題名なし".into()), "{e}");
    assert!(s.is_broken());
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_list_is_left_when_it_was_chosen_from() {
    let here = Here::at("/acting/left").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_secs(1));
    s.select("区分", "新規").await.unwrap();
    s.press(&button("登録"), &Follow::default()).await.unwrap();
    s.expect("押した", SOON).await.unwrap();
    let taken_back = cause(s.select("地区", "東部").await);
    assert_eq!(taken_back, Cause::Changed("地区".into()), "what happens on leaving belongs to the choice");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_tick_that_goes_with_its_page_is_made_again_or_missed() {
    let here = Here::at("/acting/replaced").await;
    let mut s = here.screen().await;
    s.check("同意", true).await.unwrap();
    s.press(&Press::named("登録"), &Follow::default()).await.unwrap();
    assert_eq!(here.pages.ledger(), ["doi=on"]);
    s.open(&here.pages.url("/acting/never")).await.unwrap();
    assert_eq!(cause(s.check("同意", true).await), Cause::Changed("同意".into()));
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_download_into_a_folder_keeps_the_file_of_another_item() {
    let (pages, office) = (Pages::start(), tempfile::tempdir().unwrap());
    let rules = SystemRules::at(&pages.url("/"));
    let session = Arc::new(Session::start(&settings(), rules).await.expect("a browser starts"));
    let first = actions::context(office.path(), &pages.url("/"), Arc::clone(&session));
    let mut second = actions::context(office.path(), &pages.url("/"), Arc::clone(&session));
    second.place.item = Some(2);
    let there = || fs::read_to_string(office.path().join("受付/list.csv")).unwrap();
    let with = json!({ "press": "明細", "file": "受付/" });
    actions::act(&first, "browser.open", json!({ "url": "/acting/download" })).await.unwrap();
    for n in ["1\n", "2\n"] {
        let given = actions::act(&first, "browser.download", with.clone()).await.unwrap();
        assert_eq!((given["file"].as_str(), there().as_str()), (Some("受付/list.csv"), n), "a later try");
    }
    let refused = actions::act(&second, "browser.download", with).await.unwrap_err();
    assert_eq!((refused.kind, refused.code, refused.session_broken), (FailureKind::Stop, "SHK0611", false));
    assert_eq!(there(), "2\n");
    let replacing = json!({ "press": "明細", "file": "受付/", "replace": true });
    actions::act(&second, "browser.download", replacing).await.unwrap();
    assert_eq!(there(), "4\n");
    session.close().await;
}
