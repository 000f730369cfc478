//! 監査: the log searched, verified and taken out of the machine. An auditor sees all of it, others what they did themselves.

use super::{Console, Page, Refusal, Signed, page::show as shown, words};
use crate::{
    audit::{Entry, Event, Options, Value, layout, office, verify_office},
    clock::tokyo,
    control::{evidence, outside, people::Role},
    report::{AnchorFacts, anchor_sheet, bundle},
    store::Strength,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, civil::Date};
use serde::Deserialize;
use std::{io::Cursor, sync::Arc};

/// Entries on a page.
const PAGE: u32 = 100;

#[derive(Template)]
#[template(path = "audit.html")]
struct Log {
    page: Page,
    entries: Vec<Line>,
    events: Vec<(&'static str, &'static str, bool)>,
    who: String,
    text: String,
    day: String,
    years: Vec<(i16, bool)>,
    older: Option<String>,
    all: bool,
    may_verify: bool,
    may_take: bool,
    anchored: String,
    verdict: Option<Told>,
}

struct Line {
    seq: u64,
    at: String,
    event: &'static str,
    who: String,
    what: String,
    run: String,
}

/// What the verifier said.
struct Told {
    good: bool,
    label: &'static str,
    text: String,
}

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    who: String,
    event: String,
    text: String,
    /// A day of the office's calendar.
    day: String,
    /// A fiscal year.
    year: String,
    before: Option<u64>,
}

/// Where a search looks: the places of one year's log from `from` up to `until`.
struct Stretch {
    fy: i16,
    from: u64,
    until: u64,
}

/// The first place of a year's log whose entry was made at `at` or later. Clocks go wrong: it is near enough to search by.
async fn first_since(console: &Console, (fy, places): (i16, u64), at: Timestamp) -> Result<u64, Refusal> {
    let (mut low, mut high) = (0, places);
    while low < high {
        let middle = low + (high - low) / 2;
        let line = console.store.log_lines(&console.origin, fy, middle, 1).await?;
        let entry = line.first().and_then(|line| Entry::parse(line.as_bytes()).ok());
        if entry.is_some_and(|entry| entry.ts() < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// The year and the day that are asked for; this year otherwise.
async fn stretch(console: &Console, asked: &Asked, years: &[(i16, u64)]) -> Result<Stretch, Refusal> {
    let begin = |day: Date| day.to_zoned(tokyo()).ok().map(|at| at.timestamp());
    let day = asked.day.trim().parse::<Date>().ok();
    let day = day.and_then(|day| Some((begin(day)?, begin(day.tomorrow().ok()?)?)));
    let now = layout::fiscal_year(console.log.moment());
    let fy = day.map_or_else(|| asked.year.parse().unwrap_or(now), |(from, _)| layout::fiscal_year(from));
    let places = years.iter().find(|(year, _)| *year == fy).map_or(0, |(_, places)| *places);
    Ok(match day {
        Some((from, until)) => Stretch {
            fy,
            from: first_since(console, (fy, places), from).await?,
            until: first_since(console, (fy, places), until).await?,
        },
        None => Stretch { fy, from: 0, until: places },
    })
}

/// The signs that a personal id, a run or an event may have.
fn plain(text: &str) -> String {
    text.trim().chars().filter(|c| c.is_alphanumeric() || ".-+@:".contains(*c)).take(60).collect()
}

async fn log_page(
    console: &Console,
    signed: &Signed,
    asked: Asked,
    verdict: Option<Told>,
) -> Result<Response, Refusal> {
    let all = signed.is(Role::Auditor);
    let who = if all { plain(&asked.who) } else { signed.id.clone() };
    let event = Event::named(&asked.event).map(Event::name);
    let part = |key: &str, value: &str| {
        if value.is_empty() { String::new() } else { format!("\"{key}\":\"{value}\"") }
    };
    let parts = [part("id", &who), part("ev", event.unwrap_or_default()), plain(&asked.text)];
    let years = console.store.log_years(&console.origin).await?;
    let Stretch { fy, from, until } = stretch(console, &asked, &years).await?;
    // What is beyond the last entry is not a stretch to look through.
    let before = asked.before.unwrap_or(until).min(until);
    let found = console.store.search_log((&console.origin, fy), before, &parts, PAGE).await?;
    let entries = found.iter().filter_map(|line| Entry::parse(line.as_bytes()).ok());
    let entries: Vec<Entry> = entries.filter(|entry| entry.seq() >= from).collect();
    // The text of a line also holds other people's ids; whoever did it decides whether it is shown.
    let mine = |e: &&Entry| all || actor(e) == signed.id;
    let older = entries.last().filter(|_| entries.len() == PAGE as usize);
    let address = |e: &Entry| {
        format!(
            "/audit?who={}&event={}&text={}&day={}&year={fy}&before={}",
            words::coded(&who),
            event.unwrap_or_default(),
            words::coded(&plain(&asked.text)),
            plain(&asked.day),
            e.seq()
        )
    };
    let anchored = console.store.known(&outside::last(&console.origin)).await?;
    let anchored = anchored
        .as_deref()
        .and_then(|t| t.split_once(' '))
        .map(|(at, size)| format!("{}（{size} 件まで）", words::full(at)));
    shown(&Log {
        page: Page::of(console, signed, "監査", "/audit").await?,
        older: older.map(address),
        entries: entries.iter().filter(mine).map(line).collect(),
        events: Event::all().map(|e| (e.name(), words::event(e.name()), Some(e.name()) == event)).collect(),
        who: if all { who.clone() } else { String::new() },
        text: plain(&asked.text),
        day: plain(&asked.day),
        years: years.iter().map(|(year, _)| (*year, *year == fy)).collect(),
        all,
        may_verify: all || signed.is(Role::Admin),
        may_take: all,
        anchored: anchored.unwrap_or_else(|| "まだ一度も外部へ固定していません".into()),
        verdict,
    })
}

fn actor(entry: &Entry) -> &str {
    entry.value().get("actor").and_then(|a| a.get("id")).and_then(Value::as_text).unwrap_or_default()
}

fn line(entry: &Entry) -> Line {
    let text = |key| entry.text(key).unwrap_or_default();
    let place = [text("item"), text("step")].into_iter().filter(|t| !t.is_empty());
    let data = ["user", "role", "op", "code", "reason", "key", "why", "rule"].into_iter();
    let data = data.filter_map(|key| entry.data(key).and_then(Value::as_text));
    Line {
        seq: entry.seq(),
        at: words::full(&entry.ts().to_string()),
        event: words::event(entry.event().name()),
        who: actor(entry).to_owned(),
        what: place.chain(data).collect::<Vec<_>>().join(" "),
        run: text("run").to_owned(),
    }
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    log_page(&console, &signed, asked, None).await
}

/// Recomputes the whole log, as the auditor's own program does.
pub(super) async fn verify(State(console): State<Arc<Console>>, signed: Signed) -> Result<Response, Refusal> {
    console.log.checkpoint().await?;
    let dir = console.root.join("audit");
    let years = tokio::task::spawn_blocking(move || verify_office(&dir, &Options::default())).await;
    let failed = |why: String| Refusal::Not(format!("検証できませんでした: {why}"));
    let years = years.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))?;
    let verdict = office::worst(&years);
    let texts: Vec<String> = years.iter().map(|year| year.report.render_ja()).collect();
    let told = Told { good: verdict.is_good(), label: verdict.label(), text: texts.join("\n") };
    log_page(&console, &signed, Asked::default(), Some(told)).await
}

fn now(console: &Console) -> String {
    console.log.moment().to_zoned(tokyo()).strftime("%Y年%-m月%-d日 %H:%M").to_string()
}

/// The sheet for the day's file: the newest checkpoint on paper.
pub(super) async fn anchor(State(console): State<Arc<Console>>) -> Result<Response, Refusal> {
    console.log.checkpoint().await?;
    let missing = || Refusal::Not("まだ確定点がありません。".into());
    let (fy, note) = console.log.newest_note().await?.ok_or_else(missing)?;
    let facts = AnchorFacts {
        office: console.name.clone(),
        origin: note.checkpoint.origin.clone(),
        fy,
        size: note.checkpoint.size,
        root: note.checkpoint.root.to_base64(),
        printed: now(&console),
        note: note.to_string(),
    };
    let sheet = anchor_sheet(&facts).map_err(Refusal::Not)?;
    let mut tx = console.store.begin(Strength::Power).await?;
    console.log.write(&mut tx, &console.log.anchored("paper", &note)).await?;
    let last = format!("{} {}", console.log.now(), note.checkpoint.size);
    tx.set_meta(&outside::last(&console.origin), &last).await?;
    tx.commit().await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], sheet).into_response())
}

/// Everything an auditor takes along, in one file.
pub(super) async fn take(State(console): State<Arc<Console>>, signed: Signed) -> Result<Response, Refusal> {
    console.log.checkpoint().await?;
    let (dir, made, name) = (console.root.join("audit"), now(&console), console.name.clone());
    let verifier =
        std::env::current_exe().ok().map(|p| p.with_file_name("shoki-verify")).filter(|p| p.is_file());
    let extras = bundle::Extras { policy: None, verifier, office: name, made };
    let made = tokio::task::spawn_blocking(move || {
        let mut bytes = Cursor::new(Vec::new());
        bundle(&dir, &extras, &mut bytes).map(|_| bytes.into_inner())
    });
    let failed = |why: String| Refusal::Not(format!("まとめられませんでした: {why}"));
    let bytes = made.await.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))?;
    evidence::taken(&console.store, &console.log, None, &bytes, &signed.id).await?;
    Ok((super::runs::attached("監査記録一式.zip"), bytes).into_response())
}
