//! Times as people write them in time sheets: `17:15`, `１７時３０分`, `25:30`, `翌1:30`, `午後5時半`.

use super::{numeral, width};
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{borrow::Cow, fmt};

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// Why a text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It is not written as a time.
    #[error("時刻として読めません。「17:15」「25:30」「翌1:30」のように書いてください")]
    Shape,
    /// Minutes above 59, or an hour after the end of the next day.
    #[error("ありえない時刻です。分は 0 から 59、時は翌日の 24 時までです")]
    Range,
    /// `0.25`: hours and minutes, or a part of a day without its last zeros.
    #[error(
        "時刻が二通りに読めます（0.25 は 0:25 とも、一日の4分の1の 6:00 とも読めます）。「6:00」のように書いてください"
    )]
    Ambiguous,
    /// A negative time.
    #[error("負の時刻です。符号を取って書いてください")]
    Negative,
}

/// A time counted from the midnight before the day it is written for: 0 to 48 hours, so that work can go on after midnight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u32);

impl TimeOfDay {
    /// The time that many minutes after midnight; none after the end of the next day.
    #[must_use]
    pub const fn from_minutes(minutes: u32) -> Option<Self> {
        if minutes <= 2 * DAY { Some(Self(minutes)) } else { None }
    }

    /// Reads a time.
    ///
    /// # Errors
    /// When it is no time, or one that does not exist.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let folded = width::remove_spaces(&width::fold_width(text));
        let (next_day, rest) = after_prefix(&folded, &["翌日", "翌朝", "翌"]);
        let (evening, rest) = after_prefix(rest, &["午後", "PM", "pm"]);
        let (morning, rest) = after_prefix(rest, &["午前", "AM", "am"]);
        if rest.len() == folded.len() && is_ambiguous(rest) {
            return Err(TimeError::Ambiguous);
        }
        let (hour, minute) = hour_and_minute(rest)?;
        if minute > 59 || ((evening || morning) && hour > 12) || (next_day && hour > 24) {
            return Err(TimeError::Range);
        }
        let half_day = if (evening || morning) && hour == 12 { 0 } else { hour };
        let total = (half_day + if evening { 12 } else { 0 }) * 60 + minute + if next_day { DAY } else { 0 };
        Self::from_minutes(total).ok_or(TimeError::Range)
    }

    /// Minutes after midnight, 0 to 2,880.
    #[must_use]
    pub const fn minutes(self) -> u32 {
        self.0
    }

    /// On which day after the written one it lies (0 or 1), and its minutes after that day's midnight.
    #[must_use]
    pub const fn day_and_minutes(self) -> (u32, u32) {
        (self.0 / DAY, self.0 % DAY)
    }
}

/// `17:15`, from 24:00 on `25:30`.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

impl JsonSchema for TimeOfDay {
    fn schema_name() -> Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// Whether the text begins with one of the words, and what follows it.
fn after_prefix<'t>(text: &'t str, words: &[&str]) -> (bool, &'t str) {
    let found = words.iter().find_map(|word| text.strip_prefix(word));
    (found.is_some(), found.unwrap_or(text))
}

fn hour_and_minute(text: &str) -> Result<(u32, u32), TimeError> {
    if text.chars().next().is_some_and(|c| width::is_dash(c) || matches!(c, '▲' | '△')) {
        return Err(TimeError::Negative);
    }
    if let Some(fraction) = day_fraction(text) {
        return Ok((fraction / 60, fraction % 60));
    }
    let (hour, used) = leading(text)?;
    let rest = &text[used..];
    if rest.is_empty() {
        return compact(text);
    }
    let after = rest.strip_prefix([':', '時', '.']).ok_or(TimeError::Shape)?;
    let minutes = match after.split_once(':') {
        Some((minutes, seconds)) if rest.starts_with(':') && whole(seconds, 2)? < 60 => minutes,
        _ => after,
    };
    let minutes = minutes.trim_end_matches('分');
    match (minutes, rest.starts_with('時')) {
        ("", true) => Ok((hour, 0)),
        ("半", true) => Ok((hour, 30)),
        _ => Ok((hour, whole(minutes, if rest.starts_with('時') { 1 } else { 2 })?)),
    }
}

/// `1715`, `930`: hours and minutes without anything between.
fn compact(text: &str) -> Result<(u32, u32), TimeError> {
    let digits = numeral::digits_only(text).filter(|d| matches!(d.len(), 3 | 4)).ok_or(TimeError::Shape)?;
    let (hour, minute) = digits.split_at(digits.len() - 2);
    Ok((whole(hour, 1)?, whole(minute, 2)?))
}

/// What stands before and after the point of a number below two, which may be a part of a day.
fn decimals(text: &str) -> Option<(&str, &str)> {
    let (before, after) = text.split_once('.')?;
    let number = matches!(before, "0" | "1") && after.bytes().all(|b| b.is_ascii_digit());
    number.then_some((before, after))
}

/// Whether a number may as well be hours and minutes (`0.25`, or `0.5` for 0.50) as a part of a day.
fn is_ambiguous(text: &str) -> bool {
    decimals(text).is_some_and(|(_, after)| match after.len() {
        1 => true,
        2 => after < "60",
        _ => false,
    })
}

/// A part of a day as a workbook keeps a time: `0.71875` is 17:15. With two decimals only where they are no minutes: `0.75`.
fn day_fraction(text: &str) -> Option<u32> {
    let (before, after) = decimals(text)?;
    let number = after.len() >= 3 || (after.len() == 2 && after >= "60");
    let thousandths: u64 = number.then(|| format!("{after:0<12.12}").parse().ok()).flatten()?;
    let minutes = (thousandths * u64::from(DAY) + 500_000_000_000) / 1_000_000_000_000;
    Some(u32::try_from(minutes).ok()? + if before == "1" { DAY } else { 0 })
}

fn leading(text: &str) -> Result<(u32, usize), TimeError> {
    let (value, used) = numeral::leading_number(text).ok_or(TimeError::Shape)?;
    Ok((u32::try_from(value).map_err(|_| TimeError::Range)?, used))
}

/// A whole number of at least that many digits and at most two.
fn whole(text: &str, least: usize) -> Result<u32, TimeError> {
    let count = text.chars().count();
    let value = numeral::parse_number(text).filter(|_| (least..=2).contains(&count));
    value.and_then(|v| u32::try_from(v).ok()).ok_or(TimeError::Shape)
}

/// A moment as a workbook shows it (`1900-01-01 01:30`, a length of time in a date's clothes), as a time of the day.
/// `none` where it is a real date.
#[must_use]
pub fn from_workbook(text: &str) -> Option<TimeOfDay> {
    let (day, time) = text.trim().split_once(' ')?;
    let day: Date = day.parse().ok()?;
    let days = match (day.year(), day.month(), day.day()) {
        (1899, 12, 31) | (1900, 1, 1) => 1,
        (1899, 12, 30) => 0,
        _ => return None,
    };
    TimeOfDay::from_minutes(TimeOfDay::parse(time).ok()?.minutes() + days * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minutes(text: &str) -> Result<u32, TimeError> {
        TimeOfDay::parse(text).map(TimeOfDay::minutes)
    }

    #[test]
    fn times_as_written() {
        for (text, expected) in [
            ("17:15", 1035),
            ("１７：１５", 1035),
            ("17:15:00", 1035),
            ("17時15分", 1035),
            ("十七時十五分", 1035),
            ("17時", 1020),
            ("17時半", 1050),
            ("午後5時15分", 1035),
            ("午後 0時10分", 730),
            ("午前12時", 0),
            ("1715", 1035),
            ("930", 570),
            ("08:21:33", 501),
            ("20:05:12", 1205),
            ("１７：１５：５９", 1035),
            ("0.71875", 1035),
            ("0.75", 1080),
            ("0.375", 540),
            ("翌1.30", 1530),
            ("午前0.30", 30),
            ("1.0625", 1530),
            ("25:30", 1530),
            ("翌1:30", 1530),
            ("翌日1時30分", 1530),
            ("翌0:00", 1440),
            ("24:00", 1440),
            ("8.30", 510),
            ("0:00", 0),
            ("48:00", 2880),
        ] {
            assert_eq!(minutes(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for (text, why) in [
            ("", TimeError::Shape),
            ("夕方", TimeError::Shape),
            ("17", TimeError::Shape),
            ("17:5", TimeError::Shape),
            ("17:15:00:00", TimeError::Shape),
            ("17:15:60", TimeError::Shape),
            ("17:15:5", TimeError::Shape),
            ("0.25", TimeError::Ambiguous),
            ("0.5", TimeError::Ambiguous),
            ("1.25", TimeError::Ambiguous),
            ("１．５", TimeError::Ambiguous),
            ("17:60", TimeError::Range),
            ("48:01", TimeError::Range),
            ("翌25:00", TimeError::Range),
            ("午後13時", TimeError::Range),
            ("-1:30", TimeError::Negative),
            ("▲1:30", TimeError::Negative),
            ("=A1+B1", TimeError::Shape),
        ] {
            assert_eq!(minutes(text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_length_of_time_in_a_dates_clothes() {
        assert_eq!(from_workbook("1899-12-31 01:30").map(TimeOfDay::minutes), Some(1530));
        assert_eq!(from_workbook("2026-07-01 01:30"), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(n in 0_u32..=2880) {
            prop_assert_eq!(minutes(&TimeOfDay::from_minutes(n).expect("in range").to_string()), Ok(n));
        }
    }
}
