//! Filters over lists and single values where the library's own behave otherwise than a clerk expects.

use super::refused;
use crate::{
    expr::comparable::{has_first, sortable},
    text::numeral,
};
use minijinja::{
    Environment, Error, State, Value, filters,
    value::{Kwargs, ValueKind},
};
use std::borrow::Cow;

/// The longest text that an expression may make of others, in bytes: a few `join` or `replace` one behind the other would
/// otherwise fill the memory.
const LONGEST: usize = 1 << 20;

/// Gives them to the evaluator.
pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("default", default);
    environment.add_filter("first", |value: Value| outermost(&value, false));
    environment.add_filter("last", |value: Value| outermost(&value, true));
    environment.add_filter("join", join);
    environment.add_filter("replace", replace);
    environment.add_filter("sum", sum);
    environment.add_filter("min", min);
    environment.add_filter("max", max);
    environment.add_filter("sort", sort);
    environment.add_filter("int", int);
    environment.add_filter("string", |value: Value| text(&value));
}

/// The value, or `other` where there is none, null or an empty text.
fn default(value: Value, other: Option<Value>) -> Value {
    let empty = value.is_undefined() || value.is_none() || value.as_str().is_some_and(str::is_empty);
    if empty { other.unwrap_or_else(|| Value::from("")) } else { value }
}

/// The first or last of a list; null where it is empty.
fn outermost(value: &Value, last: bool) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        let found = if last { text.chars().next_back() } else { text.chars().next() };
        return Ok(found.map_or(Value::from(()), Value::from));
    }
    let mut items =
        value.try_iter().map_err(|_| refused("一覧ではないものから最初・最後を取ろうとしました"))?;
    let found = if last { items.last() } else { items.next() };
    Ok(found.unwrap_or_else(|| Value::from(())))
}

/// The texts of a list with `between` between them. Null, as an empty field gives it, is left out.
fn join(list: &Value, between: Option<&str>) -> Result<String, Error> {
    let only_lists = || refused("つなげられるのは一覧だけです");
    let all = list.try_iter().map_err(|_| only_lists())?;
    if list.kind() == ValueKind::String {
        return Err(only_lists());
    }
    let texts = all.filter(|item| !item.is_none()).map(|item| text(&item)).collect::<Result<Vec<_>, _>>()?;
    let between = between.unwrap_or_default();
    let length = texts.iter().fold(0_usize, |sum, t| sum.saturating_add(t.len() + between.len()));
    not_too_long(length)?;
    Ok(texts.join(between))
}

/// A text with every `from` in it replaced.
#[expect(clippy::needless_pass_by_value, reason = "the evaluator gives arguments like that")]
fn replace(value: Cow<'_, str>, from: Cow<'_, str>, to: Cow<'_, str>) -> Result<String, Error> {
    let more = value.matches(&*from).count().saturating_mul(to.len());
    not_too_long(value.len().saturating_add(more))?;
    Ok(value.replace(&*from, &to))
}

fn not_too_long(length: usize) -> Result<(), Error> {
    if length > LONGEST {
        Err(refused("式の途中の文が長くなりすぎました（1 MiB まで）"))
    } else {
        Ok(())
    }
}

/// The sum of whole numbers, exact.
fn sum(list: &Value) -> Result<i64, Error> {
    let all = list.try_iter().map_err(|_| refused("合計できるのは一覧だけです"))?;
    all.into_iter().try_fold(0_i64, |total, item| {
        let number = whole(&item).ok_or_else(|| refused("合計する一覧に整数でないものがあります"))?;
        total.checked_add(number).ok_or_else(|| refused("合計が大きすぎます"))
    })
}

/// The smallest of a list.
fn min(state: &State, list: &Value, names: Kwargs) -> Result<Value, Error> {
    has_first(list, &names)?;
    filters::min(state, list.clone(), names)
}

/// The largest of a list.
fn max(state: &State, list: &Value, names: Kwargs) -> Result<Value, Error> {
    has_first(list, &names)?;
    filters::max(state, list.clone(), names)
}

/// The list in its order.
fn sort(state: &State, list: &Value, names: Kwargs) -> Result<Value, Error> {
    sortable(list, &names)?;
    filters::sort(state, list.clone(), names)
}

/// A whole number, also when a workbook gave it as 3.0; null counts as 0.
fn whole(value: &Value) -> Option<i64> {
    match value.kind() {
        ValueKind::None => Some(0),
        ValueKind::Number => i64::try_from(value.clone()).ok(),
        _ => None,
    }
}

/// Text or number as a whole number.
fn int(value: &Value) -> Result<i64, Error> {
    value.as_str().map_or_else(|| whole(value), figures).ok_or_else(|| refused("整数として読めません"))
}

/// Digits with or without a sign, and commas between thousands.
fn figures(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let is_plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b',');
    let number = i128::from(numeral::parse_number(digits).filter(|_| is_plain)?);
    i64::try_from(if negative { -number } else { number }).ok()
}

/// A single value as text.
fn text(value: &Value) -> Result<String, Error> {
    let json = serde_json::to_value(value).map_err(|_| refused("文にできません"))?;
    let written = crate::expr::evaluate::written(&json).map(std::borrow::Cow::into_owned);
    written.ok_or_else(|| refused("一覧や組は文にできません"))
}
