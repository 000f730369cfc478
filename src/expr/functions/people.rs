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
    let name_key = names.get::<Option<String>>("name_key")?.unwrap_or_else(|| "氏名".to_owned());
    let birth_key = names.get::<Option<String>>("birth_key")?.unwrap_or_else(|| "生年月日".to_owned());
    names.assert_all_used()?;
    let (Some(name), Some(birth)) = (name.as_str(), day(birth)) else {
        return Ok(outcome(None, DIFFERENT, 0));
    };
    nearest(rows, name, &name_key, |row| {
        Ok(day(&row.get_item(&Value::from(birth_key.as_str()))?) == Some(birth))
    })
}

/// As `best_person` without a date of birth.
fn best_name(rows: &Value, name: &Value, names: &Kwargs) -> Result<Value, Error> {
    let name_key = names.get::<Option<String>>("name_key")?.unwrap_or_else(|| "氏名".to_owned());
    names.assert_all_used()?;
    match name.as_str() {
        Some(name) => nearest(rows, name, &name_key, |_| Ok(true)),
        None => Ok(outcome(None, DIFFERENT, 0)),
    }
}

/// Among the rows that `fits` lets through the one whose name is most alike.
fn nearest(
    rows: &Value,
    name: &str,
    name_key: &str,
    fits: impl Fn(&Value) -> Result<bool, Error>,
) -> Result<Value, Error> {
    let rows = rows.try_iter().map_err(|_| refused("氏名を比べる関数の一つ目には行の一覧を渡します"))?;
    let mut best = (None, DIFFERENT, 0_usize);
    for row in rows {
        if row.kind() != ValueKind::Map {
            return Err(refused("氏名を比べる一覧の行が項目の組ではありません"));
        }
        let other = row.get_item(&Value::from(name_key))?;
        let level = other.as_str().map_or(DIFFERENT, |other| number(person_name::compare(name, other)));
        if level == DIFFERENT || !fits(&row)? {
            continue;
        }
        match level.cmp(&best.1) {
            std::cmp::Ordering::Less => best = (Some(row), level, 1),
            std::cmp::Ordering::Equal => best.2 += 1,
            std::cmp::Ordering::Greater => {}
        }
    }
    Ok(outcome(best.0, best.1, best.2))
}

/// The day that a value means; none where it means none.
fn day(value: &Value) -> Option<Date> {
    parse_date(value.as_str()?).ok()?.date()
}

fn outcome(row: Option<Value>, level: u8, count: usize) -> Value {
    let row = row.unwrap_or_else(|| Value::from(()));
    Value::from_pairs([("row", row), ("level", Value::from(level)), ("count", Value::from(count))])
}
