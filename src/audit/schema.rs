//! The kinds of values a log may hold, and the check that an entry holds nothing else.

use std::collections::BTreeMap;

use super::checkpoint::Note;
use super::forbidden::{has_digit_run, has_grouped_number, has_spaced_digit_run};
use super::key::is_key_name;
use super::tree::Hash;
use super::value::Value;

/// Numbers in `data` stay below this (eleven digits), so that none can be a My Number.
const INT_LIMIT: u64 = 100_000_000_000;
/// The longest code or name, in characters.
const MAX_CODE: usize = 100;
/// The longest reason a person may type, in characters.
const MAX_REASON: usize = 500;
/// The longest list.
const MAX_LIST: usize = 1_000;

/// What a value must be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A whole number of at most eleven digits.
    Int,
    /// A whole number of any size: counters of the machine.
    Counter,
    Bool,
    /// ASCII letters, digits and `._:/@+-`.
    Code,
    /// As `Code`, or a SHA-256 with an optional page number.
    ItemId,
    /// A name the author of a scenario or a form gave: letters of any script, digits and a few signs, no spaces.
    Name,
    Ulid,
    /// 64 hexadecimal characters.
    Sha256,
    /// Eight hexadecimal characters.
    Boot,
    /// A root as base64.
    Root,
    /// The name of a log or a witness.
    Origin,
    /// `2026-04-01T16:00:00.120Z`.
    Moment,
    /// `2026-04-01`.
    Date,
    /// Text typed by a person.
    Reason,
    OneOf(&'static [&'static str]),
    /// A whole signed checkpoint, or null.
    NoteOrNull,
    List(&'static Kind),
    Map(&'static [Field]),
}

/// One member of an object.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    pub(super) needed: bool,
}

/// A member that must be there.
pub(super) const fn need(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, needed: true }
}

/// A member that may be there.
pub(super) const fn may(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, needed: false }
}

/// Why something may not stand in the log, or is not an entry of it. Never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not an object of strict JSON.
    #[error("JSON の1行として読めません")]
    Syntax,
    /// A key stands twice in one object.
    #[error("同じ名前の項目が2つあります")]
    DuplicateKey,
    /// The line is longer than 65,535 bytes.
    #[error("1行が65,535バイトを超えています({0}バイト)")]
    TooLong(usize),
    /// `v` is not 1.
    #[error("この版では読めない書式です(v が 1 ではありません)")]
    Version,
    /// `ev` is not in the closed list.
    #[error("記録の種類(ev)が決められたものではありません")]
    UnknownEvent,
    /// A member that this type of entry does not have.
    #[error("この種類の記録にない項目があります({0})")]
    UnknownKey(String),
    /// A member that this type of entry must have.
    #[error("項目 {0} がありません")]
    MissingKey(String),
    /// A member with a value that is not allowed there.
    #[error("項目 {0} の値が決められた形ではありません")]
    BadValue(String),
    /// Twelve digits in a row: it could be a My Number.
    #[error("項目 {0} に12桁以上の数字が続いています。個人番号の疑いがあるため記録できません")]
    Digits(String),
}

/// Checks the members of one object. `place` names the object, empty for the entry itself.
pub(super) fn check_members(
    members: &BTreeMap<String, Value>,
    groups: &[&[Field]],
    place: &str,
) -> Result<(), Refused> {
    let fields = || groups.iter().copied().flatten();
    for (key, value) in members {
        let field = fields().find(|field| field.key == key);
        let field = field.ok_or_else(|| Refused::UnknownKey(inside(place, printable(key))))?;
        check(value, &field.kind, &|| inside(place, field.key))?;
    }
    match fields().find(|field| field.needed && !members.contains_key(field.key)) {
        Some(field) => Err(Refused::MissingKey(inside(place, field.key))),
        None => Ok(()),
    }
}

fn inside(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}

/// A key that nobody defined may be anything, also personal.
fn printable(key: &str) -> &str {
    let plain = key.len() <= 32 && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.');
    if plain && !key.is_empty() { key } else { "表示できない名前" }
}

fn check(value: &Value, kind: &Kind, place: &dyn Fn() -> String) -> Result<(), Refused> {
    let fits = match (kind, value) {
        (Kind::Int, Value::Int(number)) => *number < INT_LIMIT,
        (Kind::NoteOrNull, Value::Null) | (Kind::Counter, Value::Int(_)) | (Kind::Bool, Value::Bool(_)) => {
            true
        }
        (Kind::List(inner), Value::List(values)) => {
            values.iter().try_for_each(|value| check(value, inner, place))?;
            values.len() <= MAX_LIST
        }
        (Kind::Map(fields), Value::Map(members)) => {
            check_members(members, &[fields], &place())?;
            true
        }
        (kind, Value::Text(text)) => {
            if holds_digits(text, kind) {
                return Err(Refused::Digits(place()));
            }
            text_fits(text, kind)
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(Refused::BadValue(place())) }
}

/// Digits are looked for wherever the grammar of the kind would let a My Number through.
fn holds_digits(text: &str, kind: &Kind) -> bool {
    match kind {
        Kind::Reason => has_spaced_digit_run(text),
        Kind::ItemId if is_page_of_file(text) || is_ulid(text) => false,
        Kind::Code | Kind::ItemId | Kind::Name | Kind::Origin => {
            has_digit_run(text) || has_grouped_number(text)
        }
        _ => false,
    }
}

fn text_fits(text: &str, kind: &Kind) -> bool {
    match kind {
        Kind::Code => is_code(text),
        Kind::ItemId => is_code(text) || is_page_of_file(text),
        Kind::Name => is_name(text),
        Kind::Ulid => is_ulid(text),
        Kind::Sha256 => text.len() == 64 && is_hex(text),
        Kind::Boot => text.len() == 8 && is_hex(text),
        Kind::Root => Hash::from_base64(text).is_some(),
        Kind::Origin => is_key_name(text),
        Kind::Moment => is_moment(text),
        Kind::Date => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        Kind::Reason => text.chars().count() <= MAX_REASON && !text.chars().any(char::is_control),
        Kind::OneOf(words) => words.contains(&text),
        Kind::NoteOrNull => Note::parse(text.as_bytes()).is_ok(),
        Kind::Int | Kind::Counter | Kind::Bool | Kind::List(_) | Kind::Map(_) => false,
    }
}

fn is_code(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"._:/@+-".contains(&b);
    !text.is_empty() && text.len() <= MAX_CODE && text.bytes().all(fits)
}

fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "._:/-[]()（）［］・〜～ー％%#＃\u{3099}\u{309A}".contains(c);
    !text.is_empty() && text.chars().count() <= MAX_CODE && text.chars().all(fits)
}

/// Crockford's base 32, 26 characters, first at most 7.
fn is_ulid(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"ILOU".contains(&b));
    text.len() == 26 && text.as_bytes()[0] <= b'7' && text.bytes().all(fits)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The SHA-256 of a file, and perhaps `-` and the number of a page.
fn is_page_of_file(text: &str) -> bool {
    let (hash, page) = text.split_once('-').unwrap_or((text, "0"));
    let page_fits = (1..=5).contains(&page.len()) && page.bytes().all(|b| b.is_ascii_digit());
    hash.len() == 64 && is_hex(hash) && page_fits
}

/// UTC with milliseconds, as the log writes it.
fn is_moment(text: &str) -> bool {
    let shape =
        text.len() == 24 && text.as_bytes()[10] == b'T' && text.as_bytes()[19] == b'.' && text.ends_with('Z');
    shape && text.parse::<jiff::Timestamp>().is_ok()
}
