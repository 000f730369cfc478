//! 朝のまとめ as records: what the night did, what waits for whom, what stopped and why. The start page and the digest show it.

use crate::{
    run::ItemState,
    store::{Due, DueState, OpenCount, Run, RunSums, Store, StoreError, Tally},
};
use std::{fmt::Write as _, sync::Arc};

/// Runs that are looked at; the others are in the list of runs.
const RUNS: u32 = 30;
/// Reasons per run.
const REASONS: usize = 5;
/// Reasons in all.
const TROUBLES: usize = 60;
/// Held moments.
const HELD: u32 = 20;

/// One run of the night.
#[derive(Debug, Clone)]
pub struct NightRun {
    /// The run.
    pub run: Run,
    /// How its items stand.
    pub tally: Arc<Tally>,
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
    /// Newest first; not all of many.
    pub runs: Vec<NightRun>,
    /// All of them in numbers.
    pub sums: RunSums,
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
        let (waiting, sums) = (store.open_counts().await?, store.recent_sums(since).await?);
        let mut morning = Self { sums, waiting, ..Self::default() };
        let runs = store.recent_runs(since, false, RUNS).await?;
        let tallies = store.tallies(&runs).await?;
        morning.runs = runs.into_iter().zip(tallies).map(|(run, tally)| NightRun { run, tally }).collect();
        // Where there are more, trouble is not only among the newest.
        let more = if morning.more() > 0 { store.recent_runs(since, true, RUNS).await? } else { Vec::new() };
        let known = |run: &Run| morning.runs.iter().any(|shown| shown.run.id == run.id);
        let more: Vec<Run> = more.into_iter().filter(|run| !known(run)).collect();
        let tallies = store.tallies(&more).await?;
        let shown = morning.runs.iter().map(|shown| (&shown.run, &shown.tally));
        let all = shown.chain(more.iter().zip(&tallies));
        morning.troubles = all.flat_map(|(run, tally)| troubles(run, tally)).take(TROUBLES).collect();
        for state in [DueState::Held, DueState::Refused] {
            morning.held.extend(store.dues(Some(state), HELD).await?);
        }
        Ok(morning)
    }

    /// Items done, items that stopped, questions that wait.
    #[must_use]
    pub fn sums(&self) -> (u32, u32, u32) {
        (self.sums.done, self.sums.bad, self.waiting.iter().map(|w| w.count).sum())
    }

    /// Runs that are not among [`Self::runs`].
    #[must_use]
    pub fn more(&self) -> u32 {
        self.sums.runs.saturating_sub(u32::try_from(self.runs.len()).unwrap_or(u32::MAX))
    }
}

fn troubles(run: &Run, tally: &Tally) -> Vec<Trouble> {
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
    let bad = tally
        .reasons
        .iter()
        .filter(|r| matches!(r.state, ItemState::Stopped | ItemState::Failed | ItemState::Held));
    all.extend(
        bad.take(REASONS)
            .map(|r| trouble(r.state.word(), r.state.label(), r.reason.clone(), r.count, r.first)),
    );
    all
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
            r.tally.total(),
            r.tally.done(),
            r.tally.people(),
            r.tally.bad()
        )
    });
    let mut runs: Vec<String> = runs.collect();
    if morning.more() > 0 {
        runs.push(format!("ほか {} 件", morning.more()));
    }
    part("動いたもの", runs, "この間に動いたものはありません。");
    part("これからの予定", next.to_vec(), "7日以内に始まる予定はありません。");
    text + "\n詳しくは書記の画面で見てください。このメールやファイルに氏名や読取値は含まれません。\n"
}
