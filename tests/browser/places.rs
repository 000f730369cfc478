//! Where the mouse finds what it is to press: in frames that are drawn in every way and that move, and beside things that must not be
//! pressed; and what a press has begun in a page that puts things off without a timer.

use super::{Here, cause};
use shoki::drivers::browser::{Cause, Follow, Lack, Press};
use std::{thread, time::Duration};

const HEAD: &str = "<!doctype html><meta charset=utf-8>";
const TOP: &str = "<table border=1><tr><th>値</th><td id=v>旧</td></tr></table>\
    <script>function hit(said) { document.getElementById('v').textContent = said }</script>";
const RIGHT: &str = "<button onclick=\"top.hit('新')\">実行</button>";
const WRONG: &str =
    "<button onclick=\"top.hit('誤')\" style='width:600px;height:100%;min-height:60px'>削除</button>";
/// Grows over what is below it as soon as the frame has come.
const GROWS: &str = "<div id=n style='height:0;overflow:hidden'><button onclick=\"hit('誤')\" style='width:600px;height:600px'>削除</button></div>\
    <script>function grow() { let y = 0; (function step() { document.getElementById('n').style.height = (y += 9) + 'px'; \
    if (y < 600) requestAnimationFrame(step); })() }</script>";
/// Leaves the field when the mouse goes down, and moves what is below it.
const BLURS: &str = "<input id=i onblur=\"document.getElementById('e').style.display='block'\">\
    <p id=e style='display:none;height:90px'>番号を確かめてください</p>";

/// `/places/NAME` and what is in it, `/places/NAME/PART`.
pub fn page(path: &str) -> (String, Vec<u8>) {
    let (name, part) = path.trim_start_matches("/places/").split_once('/').unwrap_or((path, ""));
    let name = name.trim_start_matches("/places/");
    if part == "script" {
        thread::sleep(Duration::from_millis(300));
        return ("200 OK\r\nContent-Type: text/javascript".into(), "hit('新')".into());
    }
    let body = if part.is_empty() { outside(name) } else { inside(name, part) };
    ("200 OK\r\nContent-Type: text/html".into(), format!("{HEAD}{body}").into_bytes())
}

fn framed(name: &str, style: &str) -> String {
    format!(
        "<iframe src=/places/{name}/f onload='window.grow && grow()' style='width:600px;height:150px;{style}'></iframe>"
    )
}

fn outside(name: &str) -> String {
    let frame = |style: &str| framed(name, style);
    let with = |body: String| format!("{TOP}{body}");
    match name {
        "padding" => with(frame("padding:30px 12px")),
        "scaled" => with(frame("transform:scale(.5);transform-origin:0 0")),
        "zoomed" => with(format!("<style>body {{ zoom: 1.5 }}</style>{}", frame(""))),
        "shrunk" => with(format!("<style>body {{ zoom: .8 }}</style>{}", frame(""))),
        "neighbour" => with(frame("padding:40px;height:250px")),
        "grows" => with(format!("{GROWS}{}", frame("height:60px;border:0;display:block"))),
        "glides" => with(format!(
            "<style>@keyframes g {{ from {{ margin-top: 0 }} to {{ margin-top: 400px }} }} iframe {{ animation: g 1s forwards }}</style>{}",
            frame("")
        )),
        "under" => with(format!(
            "<style>#w .bar {{ display: none }} #w:hover .bar {{ display: block }}</style>\
             <div id=w><div class=bar style='height:120px'>{WRONG}</div>{}</div>",
            frame("height:120px;border:0;display:block")
        )),
        "blurs" => with(frame("")),
        "between" => with(format!(
            "<div id=s style='height:0;overflow:hidden'>{}</div>{RIGHT}<script>const ear = setInterval(() => {{ \
             if (window.__shokiGuard) {{ clearInterval(ear); document.getElementById('s').style.height = '200px' }} }}, 1)</script>",
            frame("height:200px;border:0")
        )),
        "late_frame" => {
            with(put_in(&format!("\"<iframe style='display:none' src='/places/{name}/slow'></iframe>\""), ""))
        }
        "late_form" => {
            let form = format!("<form target=h action=/places/{name}/slow></form>");
            let frame = "\"<iframe style='display:none' name=h></iframe>\"";
            with(form + put_in(frame, "; document.forms[0].submit()").as_str())
        }
        "late_script" => with(format!(
            "<button onclick=\"const s = document.createElement('script'); s.src = '/places/{name}/script'; document.body.append(s)\">実行</button>"
        )),
        "channel" => with(
            "<script>const c = new MessageChannel(); let began = 0; \
             c.port1.onmessage = () => Date.now() - began < 90 ? c.port2.postMessage(0) : hit('新')</script>\
             <button onclick='began = Date.now(); c.port2.postMessage(0)'>実行</button>"
                .to_owned(),
        ),
        "leads" => format!("<a href=/places/{name}/via>実行</a>"),
        "length" => with(format!("<script>function f() {{ length = 0 }} f()</script>{}", frame(""))),
        "performance" => with(format!("<script>function performance() {{}}</script>{RIGHT}")),
        "broken_line" => with("<a href='#' onclick=\"hit('新')\"><br>実行</a>".to_owned()),
        "floats" => {
            with("<a href='#' onclick=\"hit('新')\"><span style='float:right'>実行</span></a>".to_owned())
        }
        _ => String::new(),
    }
}

/// A button that puts a frame into the page.
fn put_in(frame: &str, then: &str) -> String {
    format!(
        "<div id=x></div><button onclick=\"go()\">実行</button>\
         <script>function go() {{ document.getElementById('x').innerHTML = {frame}{then} }}</script>"
    )
}

fn inside(name: &str, part: &str) -> String {
    if matches!(part, "slow" | "end") {
        thread::sleep(Duration::from_millis(400));
    }
    match (name, part) {
        (_, "slow") => "<script>parent.hit('新')</script>".to_owned(),
        (_, "via") => {
            format!(
                "<table><tr><th>値</th><td>旧</td></tr></table><meta http-equiv=refresh content='0;url=/places/{name}/end'>"
            )
        }
        (_, "end") => "<table><tr><th>値</th><td>新</td></tr></table>".to_owned(),
        ("neighbour", "f") => format!(
            "<body style='margin:0'><iframe src=/places/{name}/wrong style='border:0;width:300px;height:60px;display:block'></iframe>\
             <button onclick=\"top.hit('新')\" style='width:300px;height:24px;display:block'>実行</button>"
        ),
        (_, "wrong") | ("between", _) => format!("<body style='margin:0'>{WRONG}"),
        ("blurs", _) => format!("{BLURS}{RIGHT}<script>document.getElementById('i').focus()</script>"),
        _ => format!("<body style='margin:0'>{RIGHT}"),
    }
}

async fn pressed(name: &str) -> String {
    let here = Here::at(&format!("/places/{name}")).await;
    let mut s = here.screen().await;
    s.press(&Press::named("実行"), &Follow::default()).await.unwrap_or_else(|e| panic!("{name}: {e}"));
    let read = s.read(&["値"]).await.unwrap_or_else(|e| panic!("{name}: {e}"));
    drop(s);
    here.end().await;
    read[0].1.clone()
}

#[tokio::test]
async fn a_frame_is_pressed_in_however_it_is_drawn_and_moved() {
    for name in ["padding", "scaled", "zoomed", "shrunk", "neighbour", "grows", "glides", "blurs", "length"] {
        assert_eq!(pressed(name).await, "新", "{name}");
    }
}

#[tokio::test]
async fn what_comes_into_the_place_of_a_button_is_not_pressed_whatever_frame_it_is_in() {
    assert_eq!(pressed("between").await, "新");
    let here = Here::at("/places/under").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_secs(2));
    let refused = s.press(&Press::named("実行"), &Follow::default()).await;
    if refused.is_err() {
        let refused = cause(refused);
        assert!(
            matches!(&refused, Cause::NotReady { lack: Lack::Stable | Lack::Uncovered(_), .. }),
            "{refused:?}"
        );
    }
    let shown = s.evidence().await.unwrap().pages[0].text.clone();
    assert!(!shown.contains('誤'), "{shown}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_is_asked_for_without_a_timer_belongs_to_the_press() {
    for name in ["late_frame", "late_form", "late_script", "channel", "leads"] {
        assert_eq!(pressed(name).await, "新", "{name}");
    }
}

#[tokio::test]
async fn a_page_may_call_its_own_things_as_it_likes_and_break_its_lines_where_it_likes() {
    for name in ["performance", "broken_line", "floats"] {
        assert_eq!(pressed(name).await, "新", "{name}");
    }
}
