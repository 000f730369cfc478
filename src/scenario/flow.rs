//! The picture of a scenario (SVG): what happens in which order, which system it touches, where a person decides.

use super::{Role, Scenario, Step};
use crate::{step::Effect, text::width::display_width};
use std::fmt::Write as _;

/// Width of the picture in px; boxes leave a margin of 40 px on both sides.
const WIDTH: usize = 760;
/// Height of a box and the gap below it, in px.
const BOX: usize = 40;
const GAP: usize = 18;
/// How far a repetition is moved in, in px.
const INDENT: usize = 28;

/// One box.
struct Line {
    text: String,
    note: String,
    class: &'static str,
    depth: usize,
}

/// The picture as SVG text, with its own colours, for screens and printers.
#[must_use]
pub fn flow(scenario: &Scenario) -> String {
    flow_sheets(scenario, usize::MAX).concat()
}

/// The picture in pieces of so many boxes, for paper: the title stands on the first, the legend on the last.
pub(super) fn flow_sheets(scenario: &Scenario, boxes: usize) -> Vec<String> {
    let rows = lines(scenario);
    let sheets: Vec<&[Line]> = rows.chunks(boxes).collect();
    let last = sheets.len().saturating_sub(1);
    let draw = |(n, rows): (usize, &&[Line])| drawn(&scenario.title, rows, n == 0, n == last);
    sheets.iter().enumerate().map(draw).collect()
}

fn lines(scenario: &Scenario) -> Vec<Line> {
    let mut rows = Vec::new();
    let section = |title: &str, rows: &mut Vec<Line>| {
        rows.push(Line { text: title.to_owned(), note: String::new(), class: "part", depth: 0 });
    };
    if !scenario.before.is_empty() {
        section("はじめに一度だけ", &mut rows);
        collect(&scenario.before, 0, &mut rows);
    }
    if let Some(items) = &scenario.items {
        section("件の一覧", &mut rows);
        rows.push(row(&items.source, 0));
    }
    section("件ごと", &mut rows);
    collect(&scenario.steps, 0, &mut rows);
    if !scenario.after.is_empty() {
        section("件の後に（確認が済むたび、続けるたびに行い直します）", &mut rows);
        collect(&scenario.after, 0, &mut rows);
    }
    rows
}

fn collect(steps: &[Step], depth: usize, rows: &mut Vec<Line>) {
    for step in steps {
        match &step.role {
            Role::Arguments(part) => {
                rows.push(Line {
                    text: format!("部品 {part}"),
                    note: condition(step),
                    class: "frame",
                    depth,
                });
            }
            Role::Each(each) => {
                let text = format!("{} を一つずつ（{}）", each.id, each.name);
                rows.push(Line { text, note: condition(step), class: "frame", depth });
                collect(&each.steps, depth + 1, rows);
            }
            Role::Gather => {}
            Role::Act if step.action.name == "part.gives" => {}
            Role::Act => rows.push(row(step, depth + usize::from(!step.frames.is_empty() && depth == 0))),
        }
    }
}

fn condition(step: &Step) -> String {
    step.condition.as_ref().map(|c| format!("もし {c}")).unwrap_or_default()
}

fn row(step: &Step, depth: usize) -> Line {
    let on = step.on.as_ref().map(|on| format!("［{on}］")).unwrap_or_default();
    let class = match step.action.effect {
        _ if step.action.name.starts_with("person.") => "person",
        Effect::Irreversible => "irreversible",
        _ if step.on.is_some() => "screen",
        Effect::Repeatable => "file",
        Effect::Read => "read",
    };
    let about = told(step);
    let about = if about.is_empty() { String::new() } else { format!("：{about}") };
    Line { text: format!("{} {}{on}{about}", step.id, step.action.name), note: condition(step), class, depth }
}

/// The argument that says most about a step.
pub(super) fn told(step: &Step) -> String {
    let keys = [
        "title", "else", "press", "button", "link", "text", "keys", "field", "form", "file", "folder", "url",
    ];
    let found = keys.iter().find_map(|key| step.with.get(*key)?.as_str().map(str::to_owned));
    found.unwrap_or_default()
}

fn drawn(title: &str, rows: &[Line], first: bool, last: bool) -> String {
    let top = if first { 60 } else { GAP };
    let height = top + rows.len() * (BOX + GAP) + if last { 50 } else { 0 };
    let title = escaped(title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" font-family=\"'Noto Sans CJK JP','IPAGothic',sans-serif\" font-size=\"14\">\n{STYLE}<title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\" style=\"stroke:none\"/>\n",
    );
    if first {
        let _ = writeln!(svg, "<text x=\"40\" y=\"36\" font-size=\"18\" font-weight=\"bold\">{title}</text>");
    }
    let mut y = top;
    for (n, row) in rows.iter().enumerate() {
        draw(&mut svg, row, y, (n > 0 || !first) && row.class != "part");
        y += BOX + GAP;
    }
    if last {
        legend(&mut svg, y + 14);
    }
    svg + "</svg>\n"
}

fn draw(svg: &mut String, row: &Line, y: usize, arrow: bool) {
    let x = 40 + row.depth * INDENT;
    let width = WIDTH - 40 - x;
    if row.class == "part" {
        let _ = writeln!(
            svg,
            "<text x=\"40\" y=\"{}\" font-weight=\"bold\" fill=\"#333\">{}</text>",
            y + 28,
            escaped(&row.text)
        );
        return;
    }
    if arrow {
        let _ = writeln!(
            svg,
            "<path d=\"M{0} {1} v{2}\" stroke=\"#666\" marker-end=\"url(#a)\"/>",
            x + 24,
            y - GAP,
            GAP - 2
        );
    }
    let _ = writeln!(
        svg,
        "<rect class=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX}\" rx=\"6\"/>",
        row.class
    );
    let room = width / 7 - 4;
    let (text, at) = (cut(&row.text, room), if row.note.is_empty() { y + 25 } else { y + 17 });
    let _ = writeln!(svg, "<text x=\"{}\" y=\"{at}\">{}</text>", x + 14, escaped(&text));
    if !row.note.is_empty() {
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"#555\">{}</text>",
            x + 14,
            y + 33,
            escaped(&cut(&row.note, room + room / 4))
        );
    }
}

const STYLE: &str = "<style>rect{stroke:#555;stroke-width:1}.read{fill:#f4f4f4}.screen{fill:#e3effb}.file{fill:#e8f5e4}.person{fill:#fff3cf}.irreversible{fill:#ffdcd6;stroke:#a22;stroke-width:2}.frame{fill:#fff;stroke-dasharray:4 3}</style>\n<defs><marker id=\"a\" viewBox=\"0 0 10 10\" refX=\"8\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 L10 5 L0 10 z\" fill=\"#666\"/></marker></defs>\n";

fn legend(svg: &mut String, y: usize) {
    let all = [
        ("read", "読む"),
        ("screen", "画面"),
        ("file", "ファイル"),
        ("person", "職員"),
        ("irreversible", "取り消せない"),
    ];
    for (n, (class, text)) in all.into_iter().enumerate() {
        let x = 40 + n * 130;
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"18\" height=\"14\"/><text x=\"{}\" y=\"{}\" font-size=\"12\">{text}</text>",
            x + 24,
            y + 12
        );
    }
}

/// A text of at most `room` half-width columns.
fn cut(text: &str, room: usize) -> String {
    if display_width(text) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        if display_width(&short) + 3 > room {
            break;
        }
        short.push(c);
    }
    short + "…"
}

/// Texts one after another.
pub(super) fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.fold(String::new(), |mut all, part| {
        all += &part;
        all
    })
}

/// Text that may stand in SVG and HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
