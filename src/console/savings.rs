//! 効果: minutes by hand, by the machine and of checking, by scenario and month, as a chart, a table and a workbook.

use super::{Console, Page, Refusal, Signed, page::show as shown};
use crate::report::{ByHand, HOW, Savings};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// Months in the chart.
const MONTHS: usize = 12;
/// The chart, in its own units.
const HEIGHT: f64 = 180.0;
const STEP: f64 = 80.0;
const BAR: f64 = 26.0;

#[derive(Template)]
#[template(path = "savings.html")]
struct Compared {
    page: Page,
    scenarios: Vec<(String, String, bool)>,
    lines: Vec<Line>,
    bars: Vec<Bar>,
    width: f64,
    top: String,
    total: [String; 4],
    unmeasured: bool,
    how: [(&'static str, &'static str); 4],
}

struct Line {
    month: String,
    title: String,
    done: u32,
    by_hand: String,
    machine: String,
    checking: String,
    saved: String,
    fields: u32,
    changed: u32,
    note: String,
}

/// A month in the chart: a bar for the minutes by hand, and one of the machine's and the people's.
struct Bar {
    month: String,
    x: f64,
    /// Top and height: by hand, machine, checking.
    parts: [(f64, f64); 3],
    about: String,
}

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    scenario: String,
}

/// `1 時間 05 分`, `42.5 分`.
fn time(minutes: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "minutes of a year are far below 2^63")]
    let whole = minutes.round() as i64;
    if whole.abs() >= 60 {
        format!("{} 時間 {:02} 分", whole / 60, (whole % 60).abs())
    } else {
        format!("{minutes:.1} 分")
    }
}

async fn savings(console: &Console, scenario: &str) -> Result<Savings, Refusal> {
    let by_hand = |loaded: &super::Loaded| {
        let saves = loaded.scenario.as_ref().and_then(|s| s.saves.as_ref());
        ByHand {
            title: loaded.title.clone(),
            minutes: saves.map(|s| s.minutes_by_hand),
            note: saves.and_then(|s| s.note.clone()),
        }
    };
    let known: BTreeMap<String, ByHand> =
        (console.library)().iter().map(|loaded| (loaded.id.clone(), by_hand(loaded))).collect();
    let mut savings = Savings::of(&console.store, &known).await?;
    if !scenario.is_empty() {
        savings.lines.retain(|line| line.scenario == scenario);
    }
    Ok(savings)
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let page = Page::of(&console, &signed, "効果", "/savings").await?;
    let savings = savings(&console, &asked.scenario).await?;
    let (bars, width, top) = bars(&savings);
    let sum = |of: fn(&crate::report::Saved) -> f64| savings.lines.iter().map(of).sum::<f64>();
    let lines = savings.lines.iter().map(|l| Line {
        month: l.month.clone(),
        title: l.title.clone(),
        done: l.done,
        by_hand: l.by_hand.map_or_else(|| "未計測".into(), time),
        machine: time(l.machine),
        checking: time(l.checking),
        saved: l.saved().map_or_else(|| "—".into(), time),
        fields: l.fields,
        changed: l.changed,
        note: l.note.clone().unwrap_or_default(),
    });
    let library = (console.library)();
    shown(&Compared {
        page,
        scenarios: library.iter().map(|l| (l.id.clone(), l.title.clone(), l.id == asked.scenario)).collect(),
        lines: lines.collect(),
        bars,
        width,
        top,
        total: [
            time(sum(|l| l.by_hand.unwrap_or(0.0))),
            time(sum(|l| l.machine)),
            time(sum(|l| l.checking)),
            time(sum(|l| l.saved().unwrap_or(0.0))),
        ],
        unmeasured: savings.lines.iter().any(|l| l.by_hand.is_none()),
        how: HOW,
    })
}

/// The bars of the newest months, how wide they are together, and what the top of the chart stands for.
fn bars(savings: &Savings) -> (Vec<Bar>, f64, String) {
    let months = savings.months();
    let months = &months[months.len().saturating_sub(MONTHS)..];
    let most = months.iter().map(|(_, [hand, machine, check])| hand.max(machine + check)).fold(1.0, f64::max);
    let mut x = 20.0;
    let mut bars = Vec::new();
    for (month, [hand, machine, check]) in months {
        let [h, m, c] = [hand, machine, check].map(|v| v / most * HEIGHT);
        bars.push(Bar {
            month: month.clone(),
            x,
            parts: [(HEIGHT - h, h), (HEIGHT - m, m), (HEIGHT - m - c, c)],
            about: format!(
                "{month} 手作業なら {}、書記 {}、確認 {}",
                time(*hand),
                time(*machine),
                time(*check)
            ),
        });
        x += STEP;
    }
    (bars, x.max(320.0), time(most))
}

impl Bar {
    /// The left edge of its second bar.
    fn second(&self) -> f64 {
        self.x + BAR + 3.0
    }

    /// The middle of both.
    fn middle(&self) -> f64 {
        self.x + BAR + 1.5
    }
}

pub(super) async fn book(
    State(console): State<Arc<Console>>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let savings = savings(&console, &asked.scenario).await?;
    let failed = |e: rust_xlsxwriter::XlsxError| Refusal::Not(format!("ブックを作れませんでした: {e}"));
    Ok((super::runs::attached("効果.xlsx"), savings.workbook().map_err(failed)?).into_response())
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn minutes_are_read_as_people_say_them() {
        assert_eq!(time(42.5), "42.5 分");
        assert_eq!(time(65.2), "1 時間 05 分");
        assert_eq!(time(-90.0), "-1 時間 30 分");
    }
}
