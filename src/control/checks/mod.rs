//! How people confirm readings: a case is one person's for a while, what they type is kept at once, and what they stand for
//! goes on record when the case is done. The log says who confirmed which fields and whether they changed them; the values
//! are in none of its entries.
//!
//! - [`open`], [`save`], [`undo`], [`finish`], [`reopen`], [`release`]: the acts.
//! - [`Case`]: a case as one person may see it; what others typed is hidden where two must agree without looking.
//! - [`number`]: a hidden number, on record before it is seen. `verdict`: whether the fields are settled. Pure.

mod case;
mod number;
mod verdict;

pub use case::{Case, CaseField, Earlier};
pub use number::number;

use super::{
    AuditLog,
    acts::{ActError, Answer},
};
use crate::{
    audit::{Actor, Draft, Event, Value as LogValue},
    run::{ItemState, Question, REQUIRED, accept, is_blank},
    store::{Check, CheckKind, Listed, Moved, Store, Strength, Strong, Told, Tx, Typed},
};
use serde_json::{Map, Value};
use verdict::Verdict;

/// How long a case stays with a person who does nothing, in ms. As long as a session may rest.
pub const HOLD_MS: i64 = 10 * 60 * 1000;
/// More is not counted as time spent on a field, in ms: the person was away.
const MOST_MS: u64 = 5 * 60 * 1000;

/// What a person typed for one field.
pub struct Save {
    /// The check.
    pub id: i64,
    /// Who.
    pub by: String,
    /// The turn under which the person has the case.
    pub turn: u32,
    /// The field.
    pub field: String,
    /// As typed.
    pub text: Value,
    /// As typed the second time, where the field asks for that.
    pub again: Option<Value>,
    /// The person stands for it; else it is kept as far as it is.
    pub done: bool,
    /// Spent on it since the last save, in ms.
    pub ms: u64,
    /// The version the person has seen; none: not looked at.
    pub seen: Option<i64>,
}

/// What came of a save.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The version that is kept now.
    pub version: i64,
    /// Why the person cannot stand for it yet, in Japanese.
    pub complaint: Option<&'static str>,
    /// Where two must agree: another person stands for something else.
    pub disagrees: Option<Earlier>,
    /// What the person is told about others.
    pub told: Vec<Told>,
}

/// What came of finishing a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Finished {
    /// It is on record, and the item goes on.
    Answered,
    /// Another person must confirm these fields.
    Second(Vec<String>),
    /// Two people do not agree about these fields; another person than the last must look.
    Disagreed(Vec<String>),
}

fn ms(log: &AuditLog) -> i64 {
    log.moment().as_millisecond()
}

/// The person begins or goes on with a case: it is theirs until they rest for ten minutes. What they typed before is there.
///
/// # Errors
/// When another person has it, must do the second look, or it is answered.
pub async fn open(store: &Store, log: &AuditLog, id: i64, by: &str) -> Result<Case, ActError> {
    let mut tx = store.begin(Strength::Process).await?;
    let listed = free(&mut tx, log, id, by).await?;
    let turn = hold(&mut tx, log, &listed, by).await?;
    let typed = tx.typed(id).await?;
    tx.commit().await?;
    let check = store.check(id).await?.ok_or(ActError::NoCheck(id))?;
    Ok(Case::new(check, &Listed { turn, ..listed }, &typed, by))
}

/// A case without taking it.
///
/// # Errors
/// When there is none, or the database refuses.
pub async fn look(store: &Store, id: i64, by: &str) -> Result<Case, ActError> {
    let check = store.check(id).await?.ok_or(ActError::NoCheck(id))?;
    let listed = store.listed(id).await?.ok_or(ActError::Answered(id))?;
    let typed = store.typed(id).await?;
    Ok(Case::new(check, &listed, &typed, by))
}

/// The open check, if `by` may have it.
pub(super) async fn free(tx: &mut Tx<'_>, log: &AuditLog, id: i64, by: &str) -> Result<Listed, ActError> {
    let Some(listed) = tx.listed(id).await? else { return Err(ActError::Answered(id)) };
    if let Some(who) = listed.holder(ms(log)).filter(|who| *who != by) {
        return Err(ActError::Held { id, who: who.to_owned() });
    }
    if listed.passed_by.as_deref() == Some(by) {
        return Err(ActError::OwnLook(id));
    }
    Ok(listed)
}

/// Makes it `by`'s. Says under which turn.
async fn hold(tx: &mut Tx<'_>, log: &AuditLog, listed: &Listed, by: &str) -> Result<u32, ActError> {
    let same = listed.held_by.as_deref() == Some(by);
    let turn = if same { listed.turn } else { listed.turn + 1 };
    tx.hold_check(listed.id, by, turn, ms(log) + HOLD_MS).await?;
    Ok(turn)
}

/// The person still looks at the case. Who had it last has it for another while, also after a rest; nobody gets it by this.
///
/// # Errors
/// When it is not theirs.
pub async fn stay(
    store: &Store,
    log: &AuditLog,
    id: i64,
    by: &str,
    turn: u32,
) -> Result<Vec<Told>, ActError> {
    let mut tx = store.begin(Strength::Process).await?;
    let listed = free(&mut tx, log, id, by).await?;
    if listed.turn != turn || listed.held_by.as_deref() != Some(by) {
        return Err(passed(&listed, by));
    }
    hold(&mut tx, log, &listed, by).await?;
    let told = tx.take_told(by).await?;
    tx.commit().await?;
    Ok(told)
}

/// Others may take what the person has: one case, or all when they sign out. What they typed stays.
///
/// # Errors
/// When nothing can be recorded.
pub async fn release(store: &Store, by: &str, id: Option<i64>) -> Result<u64, ActError> {
    let mut tx = store.begin(Strength::Process).await?;
    let count = tx.release_checks(by, id).await?;
    tx.commit().await?;
    Ok(count)
}

/// What the person is to be told about others.
///
/// # Errors
/// When nothing can be recorded.
pub async fn told(store: &Store, by: &str) -> Result<Vec<Told>, ActError> {
    let mut tx = store.begin(Strength::Process).await?;
    let told = tx.take_told(by).await?;
    tx.commit().await?;
    Ok(told)
}

/// Somebody else has had the case since.
fn passed(listed: &Listed, by: &str) -> ActError {
    let who = listed.held_by.clone().filter(|who| who != by);
    ActError::Passed { id: listed.id, who: who.unwrap_or_default() }
}

/// Keeps what a person typed for one field. What cannot be saved any more because somebody else has the case is kept beside
/// theirs all the same, and both are told; but who has done their look stands by what is on record.
///
/// # Errors
/// When the case is somebody else's by now, the field is none of it, or it was changed in another window.
pub async fn save(store: &Store, log: &AuditLog, save: &Save) -> Result<Saved, ActError> {
    let check = store.check(save.id).await?.ok_or(ActError::NoCheck(save.id))?;
    let question = asked(&check, &save.field)?;
    let mut tx = store.begin(Strength::Power).await?;
    let typed = tx.typed(save.id).await?;
    let mut new = taken_down(log, question, &typed, save);
    let refused = match free(&mut tx, log, save.id, &save.by).await {
        Ok(listed) if listed.turn == save.turn => {
            hold(&mut tx, log, &listed, &save.by).await?;
            None
        }
        Ok(listed) => Some(passed(&listed, &save.by)),
        Err(error @ (ActError::Held { .. } | ActError::Answered(_) | ActError::OwnLook(_))) => Some(error),
        Err(error) => return Err(error),
    };
    if let Some(error) = refused {
        // A look that is on record is not taken back by what another window of the same person still sends.
        let listed = tx.listed(save.id).await?;
        if listed.is_some_and(|listed| listed.passed_by.as_deref() != Some(save.by.as_str())) {
            new.done = false;
            tx.put_typed(save.id, &new).await?;
        }
        tell(&mut tx, log, &check, &error, &save.by).await?;
        tx.commit().await?;
        return Err(error);
    }
    let mine = typed.iter().find(|t| t.person == save.by && t.field == save.field);
    if save.seen.is_some_and(|seen| mine.map_or(0, |t| t.version) != seen) {
        return Err(ActError::Elsewhere { field: save.field.clone() });
    }
    let complaint = complaint(question, save);
    new.done = save.done && complaint.is_none();
    tx.put_typed(save.id, &new).await?;
    let told = tx.take_told(&save.by).await?;
    tx.commit().await?;
    let disagrees = if new.done { verdict::disagrees(question, &typed, &new) } else { None };
    Ok(Saved { version: new.version, complaint, disagrees, told })
}

/// The question about that field, asked or not.
fn asked<'a>(check: &'a Check, field: &str) -> Result<&'a Question, ActError> {
    let others = check.paper.iter().flat_map(|p| &p.others);
    let found = check.questions.iter().chain(others).find(|q| q.field == field);
    found.ok_or_else(|| {
        let known: Vec<&str> = check.questions.iter().map(|q| q.field.as_str()).collect();
        ActError::NoField { id: check.id, field: field.to_owned(), known: known.join("、") }
    })
}

/// Why a person cannot stand for what they typed.
fn complaint(question: &Question, save: &Save) -> Option<&'static str> {
    let manner = &question.manner;
    let value = match accept(&manner.kind, &manner.options, &save.text) {
        Ok(value) => value,
        Err(complaint) => return Some(complaint),
    };
    if save.done && manner.required && is_blank(&value) {
        return Some(REQUIRED);
    }
    if !manner.twice || !save.done || value.is_object() {
        return None;
    }
    let again = save.again.as_ref().map(|again| accept(&manner.kind, &manner.options, again));
    match again {
        Some(Ok(again)) if again == value => None,
        Some(_) => Some("2回の入力が一致しません。紙を見て、もう一度入力してください。"),
        None => Some("この項目は2回入力します。もう一度入力してください。"),
    }
}

fn taken_down(log: &AuditLog, question: &Question, typed: &[Typed], save: &Save) -> Typed {
    let mine = typed.iter().find(|t| t.person == save.by && t.field == save.field);
    let manner = &question.manner;
    let value = accept(&manner.kind, &manner.options, &save.text);
    let last = typed.iter().map(|t| t.seq).max().unwrap_or(0);
    Typed {
        field: save.field.clone(),
        person: save.by.clone(),
        text: save.text.clone(),
        done: save.done,
        changed: value.as_ref() != Ok(&question.value),
        seq: if save.done { last + 1 } else { mine.map_or(0, |t| t.seq) },
        ms: save.ms.min(MOST_MS),
        version: mine.map_or(0, |t| t.version) + 1,
        at: log.now(),
    }
}

/// Whoever has the case, or has answered it, is told that `by` tried to save it.
async fn tell(
    tx: &mut Tx<'_>,
    log: &AuditLog,
    check: &Check,
    error: &ActError,
    by: &str,
) -> Result<(), ActError> {
    let other = match error {
        ActError::Held { who, .. } | ActError::Passed { who, .. } => Some(who.clone()),
        ActError::Answered(_) => check.answered_by.clone(),
        _ => None,
    };
    if let Some(other) = other.filter(|other| other != by && !other.is_empty()) {
        let told = Told { check: check.id, who: by.to_owned(), at: log.now() };
        tx.tell(&other, &told).await?;
    }
    Ok(())
}

/// Takes the person's last confirmation of the case back; what was typed stays in the field. Says which field.
///
/// # Errors
/// When the case is not theirs, or nothing can be recorded.
pub async fn undo(
    store: &Store,
    log: &AuditLog,
    id: i64,
    by: &str,
    turn: u32,
) -> Result<Option<Typed>, ActError> {
    let mut tx = store.begin(Strength::Power).await?;
    let listed = free(&mut tx, log, id, by).await?;
    if listed.turn != turn {
        return Err(passed(&listed, by));
    }
    let typed = tx.typed(id).await?;
    let last = typed.into_iter().filter(|t| t.person == by && t.done).max_by_key(|t| t.seq);
    if let Some(last) = &last {
        let back = Typed { done: false, ms: 0, version: last.version + 1, at: log.now(), ..last.clone() };
        tx.put_typed(id, &back).await?;
    }
    hold(&mut tx, log, &listed, by).await?;
    tx.commit().await?;
    Ok(last.map(|last| Typed { done: false, version: last.version + 1, ..last }))
}

/// The person is done with the case. When everything is settled, the item goes on.
///
/// # Errors
/// When the case is not theirs any more, a field is missing, or nothing can be recorded.
pub async fn finish(
    store: &Store,
    log: &AuditLog,
    id: i64,
    by: &str,
    turn: u32,
) -> Result<Finished, ActError> {
    let check = store.check(id).await?.ok_or(ActError::NoCheck(id))?;
    let mut tx = store.begin_strong().await?;
    let refused = match free(&mut tx, log, id, by).await {
        Ok(listed) if listed.turn == turn => None,
        Ok(listed) => Some(passed(&listed, by)),
        Err(error) => Some(error),
    };
    if let Some(error) = refused {
        tell(&mut tx, log, &check, &error, by).await?;
        tx.commit().await?;
        return Err(error);
    }
    let finished = settle(&mut tx, log, &check, by).await?;
    tx.commit().await?;
    Ok(finished)
}

/// Puts on record what the person stands for: the answer, or that another person must look.
pub(super) async fn settle(
    tx: &mut Strong<'_>,
    log: &AuditLog,
    check: &Check,
    by: &str,
) -> Result<Finished, ActError> {
    let typed = tx.typed(check.id).await?;
    let (fields, disagreed) = match verdict::verdict(check, &typed, by) {
        Verdict::Missing(field) => return Err(ActError::Missing(field)),
        Verdict::Settled { values, second } => {
            let mut draft = confirmed(check, &typed, by);
            if let Some(second) = second {
                draft = draft.data("second", second);
            }
            answered(tx, log, check, values, (by, &draft)).await?;
            return Ok(Finished::Answered);
        }
        Verdict::Second(fields) => (fields, false),
        Verdict::Disagreed(fields) => (fields, true),
    };
    let state = if disagreed { "disagreed" } else { "first" };
    tx.pass_check_on(check.id, by).await?;
    log.write(tx, &confirmed(check, &typed, by).data("state", state)).await?;
    Ok(if disagreed { Finished::Disagreed(fields) } else { Finished::Second(fields) })
}

async fn answered(
    tx: &mut Strong<'_>,
    log: &AuditLog,
    check: &Check,
    values: Map<String, Value>,
    (by, draft): (&str, &Draft),
) -> Result<(), ActError> {
    let at = log.now();
    if !tx.answer_check(check.id, &Value::Object(values), by, &at).await? {
        return Err(ActError::Answered(check.id));
    }
    log.write(tx, draft).await?;
    tx.move_item(&moved(check, ItemState::Waiting, &at)).await?;
    Ok(())
}

fn moved<'a>(check: &'a Check, next: ItemState, at: &'a str) -> Moved<'a> {
    Moved { run: &check.run_id, n: check.n, next, step: None, code: None, reason: None, at }
}

/// Confirms all fields of a case at once, as `shoki checks answer` does.
pub(super) async fn confirm_all(
    tx: &mut Strong<'_>,
    log: &AuditLog,
    check: &Check,
    answer: &Answer,
) -> Result<Finished, ActError> {
    let listed = free(tx, log, check.id, &answer.by).await?;
    let turn = hold(tx, log, &listed, &answer.by).await?;
    for field in answer.values.keys() {
        asked(check, field)?;
    }
    let typed = tx.typed(check.id).await?;
    let case = Case::new(check.clone(), &listed, &typed, &answer.by);
    for field in case.fields {
        let question = &field.question;
        // Over what another has confirmed, `as_read` is as it stands; who must not know that says what was read.
        let stands = if question.manner.two { &question.value } else { verdict::stands(question, &typed) };
        let read = || (answer.as_read && field.open && !question.manner.twice).then(|| stands.clone());
        let given = answer.values.get(&question.field).cloned();
        let is_given = given.is_some();
        let Some(text) = given.or_else(read) else { continue };
        let again = answer.again.get(&question.field).cloned();
        let (id, by, field) = (check.id, answer.by.clone(), question.field.clone());
        let save = Save { id, by, turn, field, text, again, done: true, ms: 0, seen: None };
        // What was read and cannot be is asked again by the step itself.
        if let Some(why) = is_given.then(|| complaint(question, &save)).flatten() {
            return Err(ActError::Unfit { field: question.field.clone(), why });
        }
        let known = tx.typed(check.id).await?;
        tx.put_typed(check.id, &taken_down(log, question, &known, &save)).await?;
    }
    settle(tx, log, check, &answer.by).await
}

/// `ocr.confirm`: which fields `by` stands for, and whether they changed them; never the values.
fn confirmed(check: &Check, typed: &[Typed], by: &str) -> Draft {
    let fields = typed
        .iter()
        .filter(|t| t.person == by && t.done)
        .map(|t| LogValue::map([("changed", t.changed.into()), ("f", t.field.as_str().into())]));
    about(check, by).data("fields", LogValue::List(fields.collect()))
}

fn about(check: &Check, by: &str) -> Draft {
    let draft = Draft::new(Event::OcrConfirm, &Actor::User(by.to_owned()));
    draft.run(&check.run_id).item(&format!("{:04}", check.n)).step(&check.step)
}

/// Takes a person's own answer back, as long as nothing was done with it. The case is theirs again.
///
/// # Errors
/// When it is not their answer, the item has gone on, or nothing can be recorded.
pub async fn reopen(store: &Store, log: &AuditLog, id: i64, by: &str) -> Result<(), ActError> {
    let check = store.check(id).await?.ok_or(ActError::NoCheck(id))?;
    let own = check.kind == CheckKind::Check && check.answered_by.as_deref() == Some(by);
    let mut tx = store.begin_strong().await?;
    let standing = tx.item_state(&check.run_id, check.n).await?;
    // A step on record has used the answer, whatever the item waits for now.
    let used = tx.has_result(&check.run_id, check.n, &check.step).await?;
    if !own || used || standing != ItemState::Waiting {
        return Err(ActError::GoneOn(id));
    }
    tx.reopen_check(&check, by).await?;
    tx.hold_check(id, by, 1, ms(log) + HOLD_MS).await?;
    tx.move_item(&Moved { step: Some(&check.step), ..moved(&check, ItemState::Check, &log.now()) }).await?;
    let typed = tx.typed(id).await?;
    log.write(&mut tx, &confirmed(&check, &typed, by).data("state", "undone")).await?;
    tx.commit().await?;
    Ok(())
}
