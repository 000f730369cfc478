//! Functions that compare persons: names with their variants, dates of birth in any spelling, addresses.

use super::refused;
use crate::text::{MatchLevel, address, cp932, parse_date, person_name};
use jiff::civil::Date;
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, ValueKind},
};

/// The number of [`MatchLevel::Different`] in an expression.
const DIFFERENT: u8 = 9;

/// Gives them to the evaluator.
pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_function("name_level", |a: &str, b: &str| number(person_name::compare(a, b)));
    environment.add_function("same_name", |a: &str, b: &str| person_name::compare(a, b).passes());
    environment.add_function("name_variants", |name: &str| person_name::variants(name));
    environment.add_function("cp932_ok", |text: &str| cp932::first_unmappable(text).is_none());
    environment.add_function("address_match", address_match);
    environment.add_function("best_person", |rows: Value, name: Value, birth: Value, names: Kwargs| {
        best_person(&rows, &name, &birth, &names)
    });
    environment
        .add_function("best_name", |rows: Value, name: Value, names: Kwargs| best_name(&rows, &name, &names));
}

/// A level as 0 to 5, or 9 where the two differ.
const fn number(level: MatchLevel) -> u8 {
    match level {
        MatchLevel::Equal => 0,
        MatchLevel::Width => 1,
        MatchLevel::Compatibility => 2,
        MatchLevel::Drawing => 3,
        MatchLevel::OldNew => 4,
        MatchLevel::SearchOnly => 5,
        MatchLevel::Different => DIFFERENT,
    }
}

/// `same` where two addresses may be taken for the same without a person, `different` where they are other places, else `room`:
/// the same place with another or a missing building, room or town, which a person has to look at.
fn address_match(a: &str, b: &str) -> &'static str {
    match address::compare(a, b) {
        found if found.passes() => "same",
        found if found.needs_person() => "room",
        _ => "different",
    }
}

/// Among the rows with an equal date of birth the one whose name is most alike: `{row, level, count}`, where `count` rows are
/// at that level. No such row: `row` is null, `level` 9, `count` 0.
fn best_person(rows: &Value, name: &Value, birth: &Value, names: &Kwargs) -> Result<Value, Error> {
    let key = key_of(names, "birth_key", "生年月日")?;
    let birth = day(birth);
    best(rows, name, names, |row| Ok(birth.is_some() && day(&row.get_item(&key)?) == birth))
}

/// Among all rows the one whose name is most alike, as [`best_person`] gives it.
fn best_name(rows: &Value, name: &Value, names: &Kwargs) -> Result<Value, Error> {
    best(rows, name, names, |_| Ok(true))
}

/// Among the rows that `may` be it the one whose name is most alike.
fn best(
    rows: &Value,
    name: &Value,
    names: &Kwargs,
    may: impl Fn(&Value) -> Result<bool, Error>,
) -> Result<Value, Error> {
    let key = key_of(names, "name_key", "氏名")?;
    names.assert_all_used()?;
    let rows = rows.try_iter().map_err(|_| refused("氏名を探す相手には行の一覧を渡します"))?;
    let (mut found, mut nearest, mut count) = (None, DIFFERENT, 0_usize);
    for row in rows {
        if row.kind() != ValueKind::Map {
            return Err(refused("氏名を探す一覧の行が項目の組ではありません"));
        }
        let level = level(name, &row.get_item(&key)?);
        if level == DIFFERENT || level > nearest || !may(&row)? {
            continue;
        }
        count = if level < nearest { 1 } else { count + 1 };
        if level < nearest {
            (found, nearest) = (Some(row), level);
        }
    }
    let row = found.unwrap_or_else(|| Value::from(()));
    Ok(Value::from_pairs([("row", row), ("level", Value::from(nearest)), ("count", Value::from(count))]))
}

/// The key of a row that holds something: named by the caller, or the usual one.
fn key_of(names: &Kwargs, argument: &str, usual: &str) -> Result<Value, Error> {
    Ok(Value::from(names.get::<Option<String>>(argument)?.unwrap_or_else(|| usual.to_owned())))
}

/// How alike two names are; a missing or empty one is like none.
fn level(a: &Value, b: &Value) -> u8 {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) if !a.trim().is_empty() => number(person_name::compare(a, b)),
        _ => DIFFERENT,
    }
}

/// The day that a value means; none where it means none.
fn day(value: &Value) -> Option<Date> {
    parse_date(value.as_str()?).ok()?.date()
}
