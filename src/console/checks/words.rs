//! What helps while one types: words of the office's lists, towns of the postal code; and a number that is shown only while
//! it is asked for.

use super::{handled::handled, view::as_typed};
use crate::{
    console::{Console, Refusal, Signed},
    control::checks::{self, Case},
    form::Field,
};
use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Suggestions for one field.
const MOST: usize = 6;

/// What is typed so far.
#[derive(Deserialize)]
pub(in crate::console) struct Begun {
    field: String,
    text: String,
    /// What stands in the field of the postal code.
    #[serde(default)]
    code: String,
}

/// Which number, and under which turn the person has the case.
#[derive(Deserialize)]
pub(in crate::console) struct Wanted {
    field: String,
    turn: u32,
}

/// The case, if the person has it now.
async fn held(console: &Console, signed: &Signed, id: i64) -> Result<Case, Refusal> {
    handled(console, signed, id).await?;
    let listed = console.store.listed(id).await?.ok_or(Refusal::NotFound)?;
    if listed.holder(console.log.moment().as_millisecond()) != Some(&signed.id) {
        return Err(Refusal::NotAllowed);
    }
    Ok(checks::look(&console.store, id, &signed.id).await?)
}

/// The field as the office's form has it now.
fn place(console: &Console, case: &Case, name: &str) -> Option<Field> {
    let form = console.forms.get(&case.check.paper.as_ref()?.form)?;
    form.places().into_iter().find(|f| f.name == name)
}

/// Words that go on from what is typed; first those that begin so.
fn going_on(words: &[String], text: &str) -> Vec<String> {
    let text = text.trim();
    if text.is_empty() || words.iter().any(|w| w == text) {
        return Vec::new();
    }
    let begin = words.iter().filter(|w| w.starts_with(text));
    let hold = words.iter().filter(|w| !w.starts_with(text) && w.contains(text));
    begin.chain(hold).take(MOST).cloned().collect()
}

/// The seven digits of a postal code, however they are written; else nothing.
fn digits(code: &str) -> String {
    let fold = |c: char| c.to_digit(10).or_else(|| u32::from(c).checked_sub(0xff10).filter(|d| *d < 10));
    code.chars().filter_map(fold).filter_map(|d| char::from_digit(d, 10)).collect()
}

/// What may follow what is typed.
pub(in crate::console) async fn words(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<i64>,
    Json(begun): Json<Begun>,
) -> Result<Response, Refusal> {
    let case = held(&console, &signed, id).await?;
    let found = case.fields.iter().find(|f| f.question.field == begun.field).ok_or(Refusal::NotFound)?;
    let list = place(&console, &case, &begun.field).and_then(|f| f.lexicon);
    let listed = list.map(|file| going_on(&(console.means.words)(&file), &begun.text)).unwrap_or_default();
    let towns = match &found.question.manner.postal_code {
        Some(_) => (console.means.towns)(&digits(&begun.code), begun.text.trim()),
        None => Vec::new(),
    };
    // An empty address begins with the town of its code; the rest a person reads from the paper.
    let fill = towns.first().filter(|_| begun.text.trim().is_empty()).cloned();
    Ok(Json(json!({ "words": listed, "towns": towns, "fill": fill })).into_response())
}

/// The number that was read, for as long as a person holds the key. That they saw it is on record before it is given.
pub(in crate::console) async fn number(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<i64>,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Refusal> {
    held(&console, &signed, id).await?;
    let seen =
        checks::number(&console.store, &console.log, id, &signed.id, (wanted.turn, &wanted.field)).await?;
    Ok(Json(json!({ "text": as_typed(&seen) })).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_on_from_what_is_typed() {
        let words = ["さくら保育園", "さくら第二保育園", "わかば保育園"].map(str::to_owned);
        assert_eq!(going_on(&words, "さくら"), ["さくら保育園", "さくら第二保育園"]);
        assert_eq!(going_on(&words, "第二"), ["さくら第二保育園"]);
        assert!(going_on(&words, "").is_empty(), "a whole list helps nobody");
        assert!(going_on(&words, "わかば保育園").is_empty(), "it is one of them already");
    }

    #[test]
    fn a_code_is_its_digits_in_whatever_width() {
        assert_eq!(digits("〒１５４-0024"), "1540024");
        assert_eq!(digits("未記入"), "");
    }
}
