//! What a schedule does: a due moment becomes a run, or is held, left out, refused; and what a person decides about it.

use super::{
    AuditLog,
    acts::{self, ActError},
    approvals,
};
use crate::{
    audit::{Actor, Draft, Event},
    scenario::Scenario,
    store::{Due, DueState, NewRun, Run, Store, Strength, Tx},
};
use jiff::Zoned;
use serde_json::json;
use std::collections::HashMap;

/// What the schedule wants to happen at a due moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The scenario starts. With the reason if it is not in time.
    Start(Option<String>),
    /// A person decides; why.
    Hold(String),
    /// It is left out; why.
    Skip(String),
}

/// A due moment that has arrived.
pub struct Arrival<'a> {
    /// The scenario's id.
    pub scenario: &'a str,
    /// SHA-256 of its file, and its seal with all its forms and parts; none: it cannot be read, and is held.
    pub fixed: Option<(&'a str, &'a str)>,
    /// The moment.
    pub at: &'a Zoned,
    /// Why on that day.
    pub why: &'a str,
    /// What the schedule wants.
    pub fate: Fate,
    /// The word of the rule for missed moments, if it was missed.
    pub missed: Option<&'static str>,
}

/// A due moment as the database and JSON write it: `2026-01-05T08:30:00+09:00`.
#[must_use]
pub fn moment(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Puts due moments on record and, for those that should start, runs, in the order given. Says those that were not on
/// record before.
///
/// # Errors
/// When nothing can be recorded.
pub async fn arrive(
    tx: &mut Tx<'_>,
    log: &AuditLog,
    arrivals: Vec<Arrival<'_>>,
) -> Result<Vec<Due>, ActError> {
    let moments: Vec<(&str, String)> = arrivals.iter().map(|a| (a.scenario, moment(a.at))).collect();
    let known = tx.known_dues(&moments).await?;
    let now = log.now();
    let mut start = Start::look(tx, &arrivals, now.clone()).await?;
    let (mut dues, mut entries) = (Vec::new(), Vec::new());
    for (arrival, (scenario, at)) in arrivals.into_iter().zip(moments) {
        let key = (scenario.to_owned(), at);
        if known.contains(&key) {
            continue;
        }
        let (scenario, at) = key;
        let (why, reason, run) = (arrival.why.to_owned(), None, None);
        let mut due = Due { scenario, at, state: DueState::Held, why, reason, run, decided_by: None };
        match (arrival.fate, arrival.fixed) {
            (Fate::Start(late), Some(fixed)) => start.begin(tx, &mut due, fixed, late).await?,
            (Fate::Start(_), None) => {
                due.reason =
                    Some("シナリオに誤りがあるため開始できません。`shoki lint` で確かめてください。".into());
            }
            (Fate::Hold(reason), _) => due.reason = Some(reason),
            (Fate::Skip(reason), _) => (due.state, due.reason) = (DueState::Skipped, Some(reason)),
        }
        entries.push(entry(&due, arrival.at, arrival.missed));
        dues.push(due);
    }
    tx.add_runs(&start.runs).await?;
    tx.add_dues(&dues, &now).await?;
    for draft in &entries {
        log.write(tx, draft).await?;
    }
    Ok(dues)
}

/// Begins runs for due moments.
struct Start {
    /// Why nothing starts.
    stopped: Option<String>,
    /// By scenario: the run that is not at rest.
    running: HashMap<String, String>,
    /// Those begun, to be put on record together.
    runs: Vec<NewRun>,
    /// Ids of runs begun together sort as they were begun.
    ids: ulid::Generator,
    now: String,
}

impl Start {
    async fn look(tx: &mut Tx<'_>, arrivals: &[Arrival<'_>], now: String) -> Result<Self, ActError> {
        let starts = arrivals.iter().filter(|a| matches!(a.fate, Fate::Start(_)) && a.fixed.is_some());
        let scenarios: Vec<&str> = starts.map(|a| a.scenario).collect();
        let (mut stopped, mut running) = (None, HashMap::new());
        if !scenarios.is_empty() {
            stopped = tx.stopped(None).await?.map(|stop| stop.reason);
            running = tx.running_of(&scenarios).await?;
        }
        Ok(Self { stopped, running, runs: Vec::new(), ids: ulid::Generator::new(), now })
    }

    /// Begins a run for a due moment, unless everything is stopped or another run of the scenario is under way.
    async fn begin(
        &mut self,
        tx: &mut Tx<'_>,
        due: &mut Due,
        (sha256, seal): (&str, &str),
        late: Option<String>,
    ) -> Result<(), ActError> {
        if let Some(reason) = &self.stopped {
            due.reason = Some(format!("緊急停止中のため開始していません（{reason}）。"));
            return Ok(());
        }
        if let Some(why) = approvals::refusal(tx, &due.scenario, seal).await? {
            due.reason = Some(why.to_string());
            return Ok(());
        }
        if let Some(run) = self.running.get(&due.scenario) {
            due.state = DueState::Refused;
            due.reason = Some(format!("前の実行 {run} が終わっていないため、開始しませんでした。"));
            return Ok(());
        }
        let id = self.ids.generate().unwrap_or_else(|_| ulid::Ulid::new()).to_string();
        self.runs.push(NewRun {
            id: id.clone(),
            scenario: due.scenario.clone(),
            sha256: sha256.to_owned(),
            date: due.at.chars().take(10).collect(),
            settings: json!({}),
            actor: json!({ "kind": "schedule", "id": due.scenario }),
            at: self.now.clone(),
        });
        self.running.insert(due.scenario.clone(), id.clone());
        (due.state, due.reason, due.run) = (DueState::Started, late, Some(id));
        Ok(())
    }
}

/// `sched.due`, `sched.miss` or `sched.hold`.
fn entry(due: &Due, at: &Zoned, missed: Option<&'static str>) -> Draft {
    let actor = Actor::Schedule(due.scenario.clone());
    let event = match (missed, due.state) {
        (Some(_), _) => Event::ScheduleMiss,
        (None, DueState::Started) => Event::ScheduleDue,
        (None, _) => Event::ScheduleHold,
    };
    let mut draft = Draft::new(event, &actor).data("due", format!("{:.3}", at.timestamp()));
    if let Some(run) = &due.run {
        draft = draft.run(run);
    }
    match (event, &due.reason) {
        (Event::ScheduleMiss, _) => draft.data("rule", missed.unwrap_or("hold")),
        (Event::ScheduleHold, Some(reason)) => draft.data("reason", reason.as_str()),
        _ => draft,
    }
}

/// What a person decides about a due moment that did not start.
pub enum Decision<'a> {
    /// Start it now.
    Run(&'a Scenario),
    /// Leave it out.
    Skip,
}

/// Puts a person's decision on record; says the run if one was begun.
///
/// # Errors
/// When there is no such moment, it is settled already, or nothing can be recorded.
pub async fn decide(
    store: &Store,
    log: &AuditLog,
    due: &Due,
    decision: Decision<'_>,
    by: &str,
) -> Result<Option<Run>, ActError> {
    let at: Zoned = format!("{}[+09:00]", due.at).parse().map_err(|_| ActError::NoDue(due.at.clone()))?;
    if let Decision::Run(scenario) = &decision {
        approvals::may_run(store, log, scenario, by).await?;
    }
    let mut tx = store.begin(Strength::Power).await?;
    let Some(mut due) = tx.due(&due.scenario, &due.at).await? else {
        return Err(ActError::NoDue(due.at.clone()));
    };
    if matches!(due.state, DueState::Started | DueState::Skipped) {
        return Err(ActError::DueSettled(due.state.label()));
    }
    due.decided_by = Some(by.to_owned());
    let mut draft = Draft::new(Event::ScheduleDue, &Actor::User(by.to_owned()));
    match decision {
        Decision::Skip => (due.state, due.reason) = (DueState::Skipped, Some("職員が見送りました。".into())),
        Decision::Run(scenario) => {
            let actor = json!({ "kind": "user", "id": by });
            let date = due.at.chars().take(10).collect();
            let run = acts::put(&mut tx, log, scenario, actor, date, json!({})).await?;
            draft = draft.run(&run);
            (due.state, due.reason, due.run) =
                (DueState::Started, Some("職員が開始しました。".into()), Some(run));
        }
    }
    tx.settle_due(&due, &log.now()).await?;
    if due.state == DueState::Skipped {
        let skip = Draft::new(Event::ScheduleMiss, &Actor::User(by.to_owned()));
        draft = skip.data("rule", "skip");
    }
    log.write(&mut tx, &draft.data("due", format!("{:.3}", at.timestamp()))).await?;
    tx.commit().await?;
    match &due.run {
        Some(run) => Ok(store.run(run).await?),
        None => Ok(None),
    }
}
