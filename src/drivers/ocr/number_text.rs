//! Numbers and codes: how they are written as values, and whether they can be right.

use crate::{
    form::{Field, FieldType},
    text,
};

/// The texts as the field's type writes them, shares of equal values added.
pub(super) fn written(kind: &FieldType, options: Vec<(String, f64)>) -> Vec<(String, f64)> {
    let mut out: Vec<(String, f64)> = Vec::new();
    for (text, share) in options {
        let value = value(kind, &text);
        match out.iter_mut().find(|(known, _)| *known == value) {
            Some((_, sum)) => *sum += share,
            None => out.push((value, share)),
        }
    }
    out
}

fn value(kind: &FieldType, text: &str) -> String {
    let digits = || text.chars().filter(char::is_ascii_digit).collect::<String>();
    match kind {
        FieldType::PostalCode
        | FieldType::Digits
        | FieldType::MyNumber
        | FieldType::CorporateNumber
        | FieldType::Money => digits(),
        FieldType::Phone => text.replace(['(', ')'], "-").trim_matches('-').replace("--", "-"),
        FieldType::Date { .. } => iso(text).unwrap_or_else(|| text.to_owned()),
        FieldType::Time => time(text).unwrap_or_else(|| text.to_owned()),
        _ => text.to_owned(),
    }
}

/// A written date as ISO.
pub(super) fn iso(written: &str) -> Option<String> {
    text::parse_date(written).ok()?.plain_date().map(|d| d.to_string())
}

/// A time of day as HH:MM.
fn time(written: &str) -> Option<String> {
    let mut numbers = written.split(|c: char| !c.is_ascii_digit()).filter(|s| !s.is_empty());
    let first = numbers.next()?;
    // 2130: the colon was two specks. With three digits one of the hour's may be missing.
    if first.len() == 4 && written.len() == 4 {
        return time(&format!("{}:{}", &first[..2], &first[2..]));
    }
    let hour: u32 = first.parse().ok()?;
    let minute: u32 = match numbers.next() {
        Some(m) => m.parse().ok()?,
        None if written.contains('半') => 30,
        None => 0,
    };
    let hour = if written.contains("午後") && hour < 12 { hour + 12 } else { hour };
    (hour <= 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

/// Whether the value fits the grammar of the field. None: the type has none.
pub(super) fn fits(field: &Field, value: &str) -> Option<bool> {
    let full = field.cells.is_none_or(|n| value.chars().count() == n as usize);
    match &field.kind {
        FieldType::PostalCode => Some(value.len() == 7),
        FieldType::MyNumber => Some(text::my_number::is_valid(value)),
        FieldType::CorporateNumber => Some(text::corporate_number::is_valid(value)),
        FieldType::Phone => Some(text::Phone::parse(value).is_ok()),
        FieldType::Date { .. } => Some(value.len() == 10 && value.as_bytes()[4] == b'-'),
        FieldType::Time => Some(value.len() == 5 && value.contains(':')),
        FieldType::Email => Some(text::Email::parse(value).is_ok()),
        FieldType::Digits => field.cells.map(|_| full && !value.is_empty()),
        FieldType::Money => Some(!value.is_empty()),
        // A stray stroke in an empty field is read as one letter; no name has only one.
        FieldType::Furigana | FieldType::PersonName => (value.chars().count() < 2).then_some(false),
        _ => None,
    }
}
