//! A film as one HTML file that needs nothing else: no script, no network, pictures inside.

use super::film::Cut;
use crate::step::{ScreenAct, SeenPage};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::fmt::Write as _;

const STYLE: &str = "body{font:15px/1.6 sans-serif;margin:1.5em;max-width:82em;color:#222}h1{font-size:1.3em}\
section{border:1px solid #bbb;border-radius:4px;margin:1em 0;padding:.6em 1em}section.failed{border:3px solid #b00020}\
h2{font-size:1.05em;margin:.2em 0}.quiet{color:#555;font-size:.9em}.bad{color:#b00020;font-weight:bold}\
figure{display:inline-block;margin:.4em .6em .4em 0;vertical-align:top;width:48%}figure img{width:100%;border:1px solid #999}\
pre{white-space:pre-wrap;background:#f5f5f5;padding:.6em;max-height:24em;overflow:auto}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.1em .5em;text-align:left}\
@media print{pre{max-height:none}section{break-inside:avoid}}";

/// What stands above the film.
pub(super) struct Head<'a> {
    pub(super) scenario: &'a str,
    pub(super) run: &'a str,
    pub(super) n: u32,
    pub(super) state: &'a str,
    pub(super) reason: &'a str,
}

/// The whole page.
pub(super) fn html(head: &Head, cuts: &[Cut]) -> String {
    let mut out = String::from(
        "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
    );
    let title = format!("{} {} 件目", head.scenario, head.n);
    let _ = write!(out, "<title>{}</title><style>{STYLE}</style></head><body>", escaped(&title));
    let _ = write!(
        out,
        "<h1>{}</h1><p>実行 {}　結果: <b>{}</b></p>",
        escaped(&title),
        escaped(head.run),
        escaped(head.state)
    );
    if !head.reason.is_empty() {
        let _ = write!(out, "<p class=\"bad\">{}</p>", escaped(head.reason));
    }
    for cut in cuts {
        section(&mut out, cut);
    }
    out.push_str("</body></html>\n");
    out
}

fn section(out: &mut String, cut: &Cut) {
    let class = if cut.failure.is_some() { " class=\"failed\"" } else { "" };
    let again = if cut.attempt > 1 { format!("　{}回目", cut.attempt) } else { String::new() };
    let _ = write!(
        out,
        "<section{class}><h2>{}</h2><p class=\"quiet\">{}　{}　{:.1} 秒{again}</p>",
        escaped(&cut.step),
        escaped(&cut.at),
        cut.action,
        cut.took.as_secs_f32()
    );
    if let Some((code, message)) = &cut.failure {
        let _ = write!(out, "<p class=\"bad\">{code} {}</p>", escaped(message));
    }
    if let Some(dialog) = &cut.seen.dialog {
        let _ = write!(out, "<p>出ていた窓:「{}」</p>", escaped(dialog));
    }
    acts(out, &cut.seen.acts);
    if let Some(png) = &cut.seen.picture {
        picture(out, "image/png", png, "手順の終わりの画面");
    }
    pages(out, &cut.seen.pages);
    out.push_str("</section>\n");
}

fn acts(out: &mut String, acts: &[ScreenAct]) {
    for act in acts {
        let _ = write!(
            out,
            "<p>{}「{}」<span class=\"quiet\">{}</span></p>",
            escaped(&act.what),
            escaped(&act.name),
            escaped(&place_of(act))
        );
        for (bytes, when) in [(&act.before, "前"), (&act.after, "後")] {
            if let Some(bytes) = bytes {
                picture(out, "image/jpeg", bytes, when);
            }
        }
    }
}

/// Where it stood on the screen; a dialog and keys without a field stand nowhere.
fn place_of(act: &ScreenAct) -> String {
    if act.tag.is_empty() {
        return String::new();
    }
    let [left, top, width, height] = act.rect.map(f64::round);
    let frame = if act.frame.is_empty() { String::new() } else { format!("　枠 {}", act.frame) };
    format!("{frame}　<{}>　左 {left} 上 {top} 幅 {width} 高さ {height}", act.tag)
}

fn picture(out: &mut String, kind: &str, bytes: &[u8], when: &str) {
    let data = STANDARD.encode(bytes);
    let _ = write!(
        out,
        "<figure><img alt=\"{when}\" src=\"data:{kind};base64,{data}\"><figcaption>{when}</figcaption></figure>"
    );
}

fn pages(out: &mut String, pages: &[SeenPage]) {
    if pages.is_empty() {
        return;
    }
    out.push_str("<table><tr><th>枠</th><th>住所</th><th>題名</th></tr>");
    for page in pages {
        let frame = if page.frame.is_empty() { "（画面）" } else { &page.frame };
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(frame),
            escaped(&page.url),
            escaped(&page.title)
        );
    }
    out.push_str("</table>");
    for page in pages.iter().filter(|p| !p.text.trim().is_empty()) {
        let _ = write!(
            out,
            "<details><summary>画面の文 {}</summary><pre>{}</pre></details>",
            escaped(&page.frame),
            escaped(&page.text)
        );
    }
}

/// Text of a page is data: nothing of it may become part of ours.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_says_stays_text() {
        let head = Head {
            scenario: "<b>届</b>",
            run: "r",
            n: 3,
            state: "失敗",
            reason: "「<script>alert(1)</script>」が見つかりません",
        };
        let page = html(&head, &[]);
        assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"), "{page}");
        assert!(page.contains("default-src 'none'") && page.contains("&lt;b&gt;届"), "{page}");
    }

    #[test]
    fn what_stands_nowhere_has_no_place() {
        let act =
            |tag: &str| ScreenAct { name: "登録".to_owned(), tag: tag.to_owned(), ..ScreenAct::default() };
        let said = |tag: &str| {
            let mut out = String::new();
            acts(&mut out, &[act(tag)]);
            out
        };
        assert!(said("input").contains("&lt;input&gt;　左 0 上 0"), "{}", said("input"));
        assert!(said("").contains("「登録」") && !said("").contains('左'), "{}", said(""));
    }
}
