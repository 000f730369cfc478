//! What people do: start a run, answer a check.

use super::{
    AuditLog, LogError, approvals,
    checks::{self, Finished},
    clock_fault::{self, ClockFault},
    stops,
};
use crate::{
    audit::{Actor, Draft, Event},
    run::{ItemState, RunState},
    scenario::Scenario,
    store::{Check, CheckKind, Moved, NewRun, Run, StepResult, Store, StoreError, Strength, Strong, Tx},
};
use serde_json::{Map, Value, json};

/// Why an act was refused.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// Nothing can be recorded.
    #[error(transparent)]
    Record(#[from] LogError),
    /// A run of the scenario is not at rest.
    #[error(
        "シナリオ「{scenario}」の実行 {run} が途中です。`shoki resume {run}` で続けてから、新しい実行を始めてください。"
    )]
    Overlap {
        /// The scenario.
        scenario: String,
        /// The run.
        run: String,
    },
    /// A person has stopped everything.
    #[error("{0}。`shoki stop --release` で解除するまで、何も開始しません。")]
    Stopped(String),
    /// Everything is stopped already.
    #[error("すでに緊急停止中です。解除は `shoki stop --release` です。")]
    StoppedAlready,
    /// A run that is at rest cannot be stopped.
    #[error("この実行は動いていません（{0}）。")]
    AtRest(&'static str),
    /// The clock stands before the last entry.
    #[error(transparent)]
    Clock(ClockFault),
    /// No such due moment.
    #[error("予定「{0}」の記録はありません。`shoki schedule list` で一覧を見てください。")]
    NoDue(String),
    /// A due moment that was started or left out.
    #[error("この予定はすでに「{0}」になっています。")]
    DueSettled(&'static str),
    /// A scenario that nobody laid before a second person as it is now.
    #[error(
        "シナリオ「{0}」は、今の内容では提出されていません。書いた人が `shoki submit {0}` を行ってください。"
    )]
    NotSubmitted(String),
    /// Nobody approves their own.
    #[error("自分（{0}）が提出したシナリオは承認できません。別の職員が承認してください。")]
    OwnSubmission(String),
    /// A scenario that was not approved as it is now.
    #[error(
        "シナリオ「{0}」は、今の内容では承認されていません。別の職員が `shoki approve {0}` を行ってください。"
    )]
    NotApproved(String),
    /// A scenario that was not put to work as it is now.
    #[error(
        "シナリオ「{scenario}」は{}。`shoki submit` → 別の職員の `shoki approve` → `shoki deploy` のあとで実行できます。",
        if *.changed { "承認されたあとで内容（帳票・部品を含む）が変わっています" } else { "まだ承認・配備されていません" }
    )]
    NotDeployed {
        /// The scenario.
        scenario: String,
        /// It was deployed, and changed since.
        changed: bool,
    },
    /// A scenario that was taken from work.
    #[error(
        "シナリオ「{0}」は廃止されています。もう一度使うには `shoki deploy {0}` を行ってください（承認を必須にしているときは、提出と承認から）。"
    )]
    Retired(String),
    /// One that works is not sent back.
    #[error(
        "シナリオ「{0}」は配備済みのため、差し戻せません。止めるには `shoki retire {0} --reason 理由` を行ってください。"
    )]
    AtWork(String),
    /// Sent back or taken from work without a word.
    #[error("理由を書いてください（`--reason 理由`）。")]
    NoReason,
    /// No such check.
    #[error("確認番号 {0} はありません。`shoki checks` で一覧を見てください。")]
    NoCheck(i64),
    /// Somebody answered before.
    #[error("確認番号 {0} は回答済みです。")]
    Answered(i64),
    /// A field that was not asked.
    #[error("確認番号 {id} に項目「{field}」はありません。項目: {known}")]
    NoField {
        /// The check.
        id: i64,
        /// What was given.
        field: String,
        /// What is asked.
        known: String,
    },
    /// A field without an answer.
    #[error(
        "項目「{0}」の値がありません。`--set {0}=値` で答えるか、残りが読取値のとおりなら `--as-read` を付けてください。"
    )]
    Missing(String),
    /// A value that the field cannot hold.
    #[error("項目「{field}」: {why}")]
    Unfit {
        /// The field.
        field: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Somebody else works on it.
    #[error("確認番号 {id} は {who} さんが確認中です。終わるか、10分間操作がないと引き継げます。")]
    Held {
        /// The check.
        id: i64,
        /// Who has it.
        who: String,
    },
    /// Somebody else has worked on it since.
    #[error(
        "確認番号 {id} は、{}。入力した内容は残っています。開き直して続けてください。",
        if .who.is_empty() { "別の職員が先に作業しました".to_owned() } else { format!("{who} さんが先に作業しました") }
    )]
    Passed {
        /// The check.
        id: i64,
        /// Who.
        who: String,
    },
    /// Who looked first does not look second.
    #[error("確認番号 {0} は、あなたの確認のあとの2人目の確認を待っています。別の職員が確認してください。")]
    OwnLook(i64),
    /// Changed in another window of the same person.
    #[error("項目「{field}」は別の画面で入力されています。画面を読み直してください。")]
    Elsewhere {
        /// The field.
        field: String,
    },
    /// What was answered has been used.
    #[error("確認番号 {0} は取り消せません。すでに次の手順へ進んだか、あなたの回答ではありません。")]
    GoneOn(i64),
    /// A value that is no answer to the question.
    #[error("項目「{field}」には {wanted} のどれかで答えてください。")]
    Value {
        /// The field.
        field: String,
        /// What would be one.
        wanted: String,
    },
}

impl From<StoreError> for ActError {
    fn from(e: StoreError) -> Self {
        Self::Record(e.into())
    }
}

/// Puts a new run of `scenario` on record, state `queued`.
///
/// # Errors
/// When another run of the scenario is not at rest, or nothing can be recorded.
///
/// # Panics
/// When a run that was just put on record is not there.
pub async fn start(
    store: &Store,
    log: &AuditLog,
    scenario: &Scenario,
    actor: Value,
    date: String,
    settings: Value,
) -> Result<Run, ActError> {
    let who = actor.get("id").and_then(Value::as_str).unwrap_or("system");
    approvals::may_run(store, log, scenario, who).await?;
    let mut tx = store.begin(Strength::Power).await?;
    let id = put(&mut tx, log, scenario, actor, date, settings).await?;
    tx.commit().await?;
    let run = store.run(&id).await?;
    Ok(run.expect("it was just put on record"))
}

/// Puts a new run on record as part of a change. Says its id.
pub(super) async fn put(
    tx: &mut Tx<'_>,
    log: &AuditLog,
    scenario: &Scenario,
    actor: Value,
    date: String,
    settings: Value,
) -> Result<String, ActError> {
    if let Some(fault) = clock_fault::in_change(tx, log.moment()).await? {
        return Err(ActError::Clock(fault));
    }
    if let Some(stop) = tx.stopped(None).await? {
        return Err(ActError::Stopped(stops::sentence(&stop)));
    }
    if let Some(run) = tx.running(&scenario.id).await? {
        return Err(ActError::Overlap { scenario: scenario.id.clone(), run });
    }
    let new = NewRun {
        id: ulid::Ulid::new().to_string(),
        scenario: scenario.id.clone(),
        sha256: scenario.sha256.clone(),
        date,
        settings,
        actor,
        at: log.now(),
    };
    tx.add_run(&new).await?;
    Ok(new.id)
}

/// Lets a run that is at rest, or waits for an hour, be taken up by whoever is free. `sha256`: with the scenario as it is
/// now, because a person says so.
///
/// # Errors
/// When everything is stopped, another worker has it, or nothing can be recorded.
pub async fn wake(store: &Store, log: &AuditLog, run: &Run, sha256: Option<&str>) -> Result<(), ActError> {
    let mut tx = store.begin(Strength::Power).await?;
    if let Some(fault) = clock_fault::in_change(&mut tx, log.moment()).await? {
        return Err(ActError::Clock(fault));
    }
    if let Some(stop) = tx.stopped(None).await? {
        return Err(ActError::Stopped(stops::sentence(&stop)));
    }
    if let Some(other) = tx.running(&run.scenario).await?.filter(|other| *other != run.id) {
        return Err(ActError::Overlap { scenario: run.scenario.clone(), run: other });
    }
    tx.release(Some(&run.id), "shoki", &log.now()).await?;
    if let Some(sha256) = sha256 {
        tx.set_sha256(&run.id, sha256).await?;
    }
    if run.state != RunState::Queued {
        tx.move_run(&run.id, RunState::Running, None, &log.now()).await?;
    }
    Ok(tx.commit().await?)
}

/// A person's answer to a check: field → value as typed.
pub struct Answer {
    /// The check.
    pub id: i64,
    /// What was typed.
    pub values: Map<String, Value>,
    /// What was typed the second time, for fields that ask for it.
    pub again: Map<String, Value>,
    /// Fields without a value are as they were read.
    pub as_read: bool,
    /// Who answers, a personal id.
    pub by: String,
}

/// Puts an answer on record. The item goes on at the next `resume`, unless a second person must confirm.
///
/// # Errors
/// When the check is unknown, answered or somebody else's, a field is unknown or missing, or nothing can be recorded.
pub async fn answer(store: &Store, log: &AuditLog, answer: Answer) -> Result<(Check, Finished), ActError> {
    let check = store.check(answer.id).await?.ok_or(ActError::NoCheck(answer.id))?;
    if check.answer.is_some() {
        return Err(ActError::Answered(answer.id));
    }
    let mut tx = store.begin_strong().await?;
    let finished = if check.kind == CheckKind::Check {
        checks::confirm_all(&mut tx, log, &check, &answer).await?
    } else {
        checks::free(&mut tx, log, check.id, &answer.by).await?;
        decide(&mut tx, log, &check, &answer).await?;
        Finished::Answered
    };
    tx.commit().await?;
    Ok((check, finished))
}

/// An approval, or what came of an act in doubt.
async fn decide(tx: &mut Strong<'_>, log: &AuditLog, check: &Check, answer: &Answer) -> Result<(), ActError> {
    let values = complete(check, answer)?;
    let at = log.now();
    if !tx.answer_check(check.id, &Value::Object(values.clone()), &answer.by, &at).await? {
        return Err(ActError::Answered(answer.id));
    }
    let actor = Actor::User(answer.by.clone());
    if check.kind == CheckKind::InDoubt {
        settle(tx, log, check, &values, &actor).await?;
    } else {
        let yes = values.values().all(|v| v == &json!(true));
        log.write(tx, &about(check, &actor, Event::PersonApprove).data("done", yes)).await?;
    }
    let moved = Moved {
        run: &check.run_id,
        n: check.n,
        next: ItemState::Waiting,
        step: None,
        code: None,
        reason: None,
        at: &at,
    };
    Ok(tx.move_item(&moved).await?)
}

/// Every asked field with its value.
fn complete(check: &Check, answer: &Answer) -> Result<Map<String, Value>, ActError> {
    let fields: Vec<&str> = check.questions.iter().map(|q| q.field.as_str()).collect();
    if let Some(field) = answer.values.keys().find(|k| !fields.contains(&k.as_str())) {
        return Err(ActError::NoField { id: check.id, field: field.clone(), known: fields.join("、") });
    }
    let mut values = Map::new();
    for question in &check.questions {
        let given = answer.values.get(&question.field).cloned();
        let free = check.kind == CheckKind::InDoubt && question.field == RECEIPT;
        let value = given.or_else(|| free.then(|| question.value.clone()));
        let value = value.ok_or_else(|| ActError::Missing(question.field.clone()))?;
        values.insert(question.field.clone(), meant(check.kind, &question.field, value)?);
    }
    Ok(values)
}

/// The field in which a person says whether an act happened, and the one for what the target gave in return.
const OUTCOME: &str = "結果";
const RECEIPT: &str = "受付番号";

/// What a typed value means: approvals are yes or no, outcomes one of two words.
fn meant(kind: CheckKind, field: &str, value: Value) -> Result<Value, ActError> {
    let wrong = |wanted: &str| Err(ActError::Value { field: field.into(), wanted: wanted.into() });
    match (kind, value.as_str()) {
        (CheckKind::Approval, Some("承認" | "はい" | "true" | "yes")) => Ok(json!(true)),
        (CheckKind::Approval, Some("却下" | "いいえ" | "false" | "no")) => Ok(json!(false)),
        (CheckKind::Approval, Some(_)) => wrong("承認、却下"),
        (CheckKind::InDoubt, word) if field == OUTCOME => match word {
            Some("登録済み" | "未登録") => Ok(value),
            _ => wrong("登録済み、未登録"),
        },
        _ => Ok(value),
    }
}

fn about(check: &Check, actor: &Actor, event: Event) -> Draft {
    Draft::new(event, actor).run(&check.run_id).item(&format!("{:04}", check.n)).step(&check.step)
}

fn resolved(check: &Check, actor: &Actor, done: bool) -> Draft {
    about(check, actor, Event::StepResolve).data("by", "person").data("done", done)
}

/// A person has looked at the target's screen and says what came of an act.
async fn settle(
    tx: &mut Strong<'_>,
    log: &AuditLog,
    check: &Check,
    values: &Map<String, Value>,
    actor: &Actor,
) -> Result<(), ActError> {
    let done = values.get(OUTCOME) == Some(&json!("登録済み"));
    let receipt = values.get(RECEIPT).and_then(Value::as_str).filter(|r| !r.is_empty());
    let intent = tx.open_intent(&check.run_id, check.n, &check.step).await?;
    let mut draft = resolved(check, actor, done);
    if let Some(intent) = intent {
        draft = draft.idem(&intent.idem);
        if done {
            tx.settle_intent(&intent.idem, receipt, &log.now()).await?;
            let output = json!({ "receipt": receipt, "found_by": "person" });
            let result = StepResult { step: check.step.clone(), output, receipted: true };
            tx.add_result(&check.run_id, check.n, &result, &log.now()).await?;
        } else {
            tx.withdraw_intent(&intent.idem).await?;
        }
    }
    log.write(tx, &draft).await?;
    Ok(())
}
