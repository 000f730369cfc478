//! 朝のまとめ as records: what the night did, what waits for whom, what stopped and why. The start page and the digest show it.

use crate::{
    run::ItemState,
    store::{Due, DueState, OpenCount, Run, Store, StoreError},
};
use std::fmt::Write as _;

/// Runs that are looked at; the others are in the list of runs.
const RUNS: u32 = 30;
/// Reasons per run.
const REASONS: usize = 5;
/// Held moments.
const HELD: u32 = 20;

/// One run of the night.
#[derive(Debug, Clone)]
pub struct NightRun {
    /// The run.
    pub run: Run,
    /// Items that are done.
    pub done: u32,
    /// Items that wait for people.
    pub people: u32,
    /// Items that stopped, failed or are held.
    pub bad: u32,
    /// Items in all.
    pub total: u32,
}

/// Why something stopped.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// The run.
    pub run: String,
    /// Its scenario.
    pub scenario: String,
    /// The word of the state.
    pub state: &'static str,
    /// For people.
    pub label: &'static str,
    /// Why, in Japanese.
    pub reason: String,
    /// How many items; 0: the whole run.
    pub count: u32,
    /// The first of them.
    pub first: u32,
}

/// What a morning is about.
#[derive(Debug, Clone, Default)]
pub struct Morning {
    /// Newest first.
    pub runs: Vec<NightRun>,
    /// What waits for people.
    pub waiting: Vec<OpenCount>,
    /// What stopped.
    pub troubles: Vec<Trouble>,
    /// What did not start and waits for a decision.
    pub held: Vec<Due>,
}

impl Morning {
    /// What is on record since the moment `since` (ms since 1970).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn since(store: &Store, since: u64) -> Result<Self, StoreError> {
        let mut morning = Self { waiting: store.open_counts().await?, ..Self::default() };
        for run in store.recent_runs(since, RUNS).await? {
            let line = night_run(store, run).await?;
            if line.bad > 0 || line.run.reason.is_some() {
                morning.troubles.extend(troubles(store, &line.run).await?);
            }
            morning.runs.push(line);
        }
        for state in [DueState::Held, DueState::Refused] {
            morning.held.extend(store.dues(Some(state), HELD).await?);
        }
        Ok(morning)
    }

    /// Items done, items that stopped, questions that wait.
    #[must_use]
    pub fn sums(&self) -> (u32, u32, u32) {
        let sum = |of: fn(&NightRun) -> u32| self.runs.iter().map(of).sum();
        (sum(|r| r.done), sum(|r| r.bad), self.waiting.iter().map(|w| w.count).sum())
    }
}

async fn night_run(store: &Store, run: Run) -> Result<NightRun, StoreError> {
    let counts = store.item_counts(&run.id).await?;
    let sum =
        |states: &[ItemState]| counts.iter().filter(|(s, _)| states.contains(s)).map(|(_, n)| n).sum::<u32>();
    Ok(NightRun {
        done: sum(&[ItemState::Done]),
        people: sum(&[ItemState::Check, ItemState::Approval, ItemState::InDoubt]),
        bad: sum(&[ItemState::Stopped, ItemState::Failed, ItemState::Held]),
        total: counts.iter().map(|(_, n)| n).sum(),
        run,
    })
}

async fn troubles(store: &Store, run: &Run) -> Result<Vec<Trouble>, StoreError> {
    let trouble = |state, label, reason, count, first| Trouble {
        run: run.id.clone(),
        scenario: run.scenario.clone(),
        state,
        label,
        reason,
        count,
        first,
    };
    let mut all = Vec::new();
    if let Some(reason) = &run.reason {
        all.push(trouble(run.state.word(), run.state.label(), reason.clone(), 0, 0));
    }
    let items = store.item_reasons(&run.id).await?;
    let bad = items
        .into_iter()
        .filter(|r| matches!(r.state, ItemState::Stopped | ItemState::Failed | ItemState::Held));
    all.extend(
        bad.take(REASONS).map(|r| trouble(r.state.word(), r.state.label(), r.reason, r.count, r.first)),
    );
    Ok(all)
}

/// What a kind of question is called, and who answers it.
#[must_use]
pub fn asked(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "approval" => ("承認", "承認者・担当者"),
        "in_doubt" => ("結果の判断（登録済みか未登録か）", "担当者"),
        _ => ("読取値の確認", "担当者"),
    }
}

/// The morning as a text for mail and files. `title` says what people call a scenario. Names and readings are in none of it:
/// titles, counts and reasons only.
#[must_use]
pub fn digest(
    morning: &Morning,
    office: &str,
    head: &str,
    next: &[String],
    title: impl Fn(&str) -> String,
) -> String {
    let (done, bad, open) = morning.sums();
    let mut text = format!(
        "{office} 書記 朝のまとめ\n{head}\n\n完了した件 {done}　止まった件 {bad}　職員を待つもの {open}\n"
    );
    let mut part = |heading: &str, lines: Vec<String>, none: &str| {
        let _ = writeln!(text, "\n■ {heading}");
        if lines.is_empty() {
            let _ = writeln!(text, "  {none}");
        }
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    };
    let waiting = morning.waiting.iter().map(|w| {
        let (what, who) = asked(&w.kind);
        format!("{}: {what} {} 件（{who}）", title(&w.scenario), w.count)
    });
    part("待っているもの", waiting.collect(), "ありません。");
    let dues = morning.held.iter().map(|d| {
        let at = d.at.replace('T', " ").chars().take(16).collect::<String>();
        format!("{at} {}: {}", title(&d.scenario), d.reason.clone().unwrap_or_default())
    });
    part("始まらずに保留になった予定", dues.collect(), "ありません。");
    let troubles = morning.troubles.iter().map(|t| {
        let count = if t.count > 0 { format!("{} 件 ", t.count) } else { String::new() };
        format!("{}: {count}{} {}", title(&t.scenario), t.label, t.reason)
    });
    part("止まったものと理由", troubles.collect(), "ありません。");
    let runs = morning.runs.iter().map(|r| {
        format!(
            "{}: {}　全 {} 件（完了 {}、職員待ち {}、中止・失敗 {}）",
            title(&r.run.scenario),
            r.run.state.label(),
            r.total,
            r.done,
            r.people,
            r.bad
        )
    });
    part("動いたもの", runs.collect(), "この間に動いたものはありません。");
    part("これからの予定", next.to_vec(), "7日以内に始まる予定はありません。");
    text + "\n詳しくは書記の画面で見てください。このメールやファイルに氏名や読取値は含まれません。\n"
}
