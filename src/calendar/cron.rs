//! Cron expressions with five fields, fenced.
//!
//! The `cron` crate wants seconds, counts weekdays from Sunday = 1, joins day and weekday with AND and accepts expressions
//! that never fire. Here the five fields are read by our own reader (weekdays 0–7 or names, Sunday = 0 = 7), written out
//! as plain lists with weekday names, and only then given to it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, Timelike, Utc};
use jiff::Zoned;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// Why an expression is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not five fields.
    #[error("予定の式は「分 時 日 月 曜日」の5項目です({found}項目あります)。例: \"30 8 * * 1-5\"")]
    Fields {
        /// Fields found.
        found: usize,
    },
    /// A field that cannot be read.
    #[error(
        "予定の式の「{field}」にある「{text}」が読めません。{low}から{high}の数、「*」「a-b」「*/n」「a,b」で書いてください"
    )]
    Unreadable {
        /// Label of the field.
        field: &'static str,
        /// The part that cannot be read.
        text: String,
        /// Least number of the field.
        low: u8,
        /// Greatest number of the field.
        high: u8,
    },
    /// `L`, `W`, `#`, `?` and `@daily`.
    #[error(
        "予定の式では L・W・#・?・@ は使えません。月末は month_end、月初・月末・第n開庁日は nth_open で指定してください"
    )]
    NotHere,
    /// Day and weekday are both restricted: programs do not agree on what that means.
    #[error(
        "予定の式で「日」と「曜日」の両方は指定できません。どちらかを「*」にして、必要なら予定を2つに分けてください"
    )]
    DayAndWeekday,
    /// No such moment exists (30 February).
    #[error("この予定は一度も来ません。日と月の組み合わせを確かめてください")]
    NeverFires,
}

/// One of the five fields.
struct Field {
    label: &'static str,
    low: u8,
    high: u8,
    /// Names from `low` on.
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const FIELDS: [Field; 5] = [
    Field { label: "分", low: 0, high: 59, names: &[] },
    Field { label: "時", low: 0, high: 23, names: &[] },
    Field { label: "日", low: 1, high: 31, names: &[] },
    Field { label: "月", low: 1, high: 12, names: MONTHS },
    Field { label: "曜日", low: 0, high: 7, names: WEEKDAYS },
];

impl Field {
    /// Reads a comma-separated list into the set of its numbers.
    fn read(&self, text: &str) -> Result<BTreeSet<u8>, CronError> {
        let mut numbers = BTreeSet::new();
        for part in text.split(',') {
            numbers.extend(self.part(part).ok_or_else(|| self.unreadable(part))?);
        }
        Ok(numbers)
    }

    /// Reads `*`, `a`, `a-b`, each with `/n` except a single number.
    fn part(&self, text: &str) -> Option<Vec<u8>> {
        let (range, every) = match text.split_once('/') {
            Some((range, every)) => (range, Some(every.parse::<u8>().ok().filter(|n| *n > 0)?)),
            None => (text, None),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (self.number(from)?, self.end(from, to)?),
            None if range == "*" => (self.low, if self.label == "曜日" { 6 } else { self.high }),
            None if every.is_none() => (self.number(range)?, self.number(range)?),
            None => return None,
        };
        (from <= to).then(|| (from..=to).step_by(usize::from(every.unwrap_or(1))).collect())
    }

    /// The end of a range; Sunday ends a week as 7 (`Fri-Sun`).
    fn end(&self, from: &str, to: &str) -> Option<u8> {
        let (first, last) = (self.number(from)?, self.number(to)?);
        Some(if self.label == "曜日" && last == 0 && first > 0 { 7 } else { last })
    }

    /// A number or a name.
    fn number(&self, text: &str) -> Option<u8> {
        let by_name = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = match by_name {
            Some(at) => u8::try_from(at).ok()? + self.low,
            None if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (self.low..=self.high).contains(&number).then_some(number)
    }

    fn unreadable(&self, text: &str) -> CronError {
        if text.contains(['L', 'W', '#', '?', '@']) && !text.contains("WED") && !text.contains("JUL") {
            return CronError::NotHere;
        }
        CronError::Unreadable { field: self.label, text: text.to_owned(), low: self.low, high: self.high }
    }
}

/// A checked cron expression. It fires on civil time: a moment that a clock change skips comes right after the gap.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Cron {
    text: String,
    any_day: bool,
    schedule: cron::Schedule,
}

impl Cron {
    /// Reads `minute hour day month weekday`.
    ///
    /// # Errors
    /// When it has not five readable fields, restricts both day and weekday, or never fires.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        if text.trim_start().starts_with('@') {
            return Err(CronError::NotHere);
        }
        let [minute, hour, day, month, weekday] = parts[..] else {
            return Err(CronError::Fields { found: parts.len() });
        };
        if day != "*" && weekday != "*" && day != "?" && weekday != "?" {
            return Err(CronError::DayAndWeekday);
        }
        let lists = FIELDS.iter().zip([minute, hour, day, month]).map(|(field, part)| list(field, part));
        let lists = lists.collect::<Result<Vec<_>, _>>()?.join(" ");
        let fenced = format!("0 {lists} {}", weekday_names(weekday)?);
        let schedule = schedule(&fenced);
        if schedule.after(&chrono::DateTime::<Utc>::UNIX_EPOCH).next().is_none() {
            return Err(CronError::NeverFires);
        }
        Ok(Self { text: parts.join(" "), any_day: day == "*" && weekday == "*", schedule })
    }

    /// The next moment strictly after `now`, in the time zone of `now`; `None` when there is none before 2100.
    #[must_use]
    pub fn next_after(&self, now: &Zoned) -> Option<Zoned> {
        let start = carried(now.datetime())?;
        let later =
            self.schedule.after(&start).filter_map(|at| civil(at)?.to_zoned(now.time_zone().clone()).ok());
        // A clock set back shows the same civil time twice: what is not later than now has been already.
        later.into_iter().find(|at| at > now)
    }

    /// Whether neither day nor weekday is restricted.
    #[must_use]
    pub fn is_on_any_day(&self) -> bool {
        self.any_day
    }

    /// The expression with single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<Cron> for String {
    fn from(cron: Cron) -> Self {
        cron.text
    }
}

impl TryFrom<String> for Cron {
    type Error = CronError;

    fn try_from(text: String) -> Result<Self, CronError> {
        Self::parse(&text)
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({})", self.text)
    }
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}

/// The crate's own form of a fenced expression.
fn schedule(fenced: &str) -> cron::Schedule {
    cron::Schedule::from_str(fenced).expect("plain lists within their ranges are good for the crate")
}

/// One field written out as a list of numbers.
fn list(field: &Field, text: &str) -> Result<String, CronError> {
    let numbers = field.read(text)?;
    let words: Vec<String> = numbers.iter().map(u8::to_string).collect();
    Ok(if text == "*" { "*".to_owned() } else { words.join(",") })
}

/// The weekday field written out as names; 7 is Sunday again.
fn weekday_names(text: &str) -> Result<String, CronError> {
    let days: BTreeSet<usize> = FIELDS[4].read(text)?.into_iter().map(|day| usize::from(day % 7)).collect();
    let names: Vec<&str> = days.into_iter().map(|day| WEEKDAYS[day]).collect();
    Ok(if names.len() == WEEKDAYS.len() { "*".to_owned() } else { names.join(",") })
}

/// Civil time in the clothes of UTC: the crate only counts days and hours, it must not know any time zone.
fn carried(civil: DateTime) -> Option<chrono::DateTime<Utc>> {
    let unsigned = |value: i8| u32::try_from(value).ok();
    let day =
        NaiveDate::from_ymd_opt(i32::from(civil.year()), unsigned(civil.month())?, unsigned(civil.day())?)?;
    let time =
        day.and_hms_opt(unsigned(civil.hour())?, unsigned(civil.minute())?, unsigned(civil.second())?)?;
    Some(time.and_utc())
}

/// The way back.
fn civil(at: chrono::DateTime<Utc>) -> Option<DateTime> {
    let small = |value: u32| i8::try_from(value).ok();
    let (hour, minute, second) = (small(at.hour())?, small(at.minute())?, small(at.second())?);
    DateTime::new(
        i16::try_from(at.year()).ok()?,
        small(at.month())?,
        small(at.day())?,
        hour,
        minute,
        second,
        0,
    )
    .ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The next three moments after Friday 2026-11-20 12:00 in Tokyo.
    fn three(text: &str) -> Vec<String> {
        let mut now: Zoned = "2026-11-20T12:00[Asia/Tokyo]".parse().unwrap();
        let cron = Cron::parse(text).unwrap();
        let next = |now: &mut Zoned| {
            *now = cron.next_after(now).unwrap();
            now.datetime().to_string()
        };
        (0..3).map(|_| next(&mut now)).collect()
    }

    #[test]
    fn weekdays_are_those_of_unix() {
        let work = ["2026-11-23T08:30:00", "2026-11-24T08:30:00", "2026-11-25T08:30:00"];
        for text in ["30 8 * * 1-5", "30 8 * * Mon-Fri", "30  8 * * MON,2,3-5"] {
            assert_eq!(three(text), work, "{text}");
        }
        let sundays = ["2026-11-22T09:00:00", "2026-11-29T09:00:00", "2026-12-06T09:00:00"];
        for text in ["0 9 * * 0", "0 9 * * 7", "0 9 * * sun"] {
            assert_eq!(three(text), sundays, "{text}");
        }
        let weekend = ["2026-11-20T13:00:00", "2026-11-21T13:00:00", "2026-11-22T13:00:00"];
        assert_eq!(three("0 13 * * Fri-Sun"), weekend);
        assert_eq!(three("0 13 * * 5-7"), weekend);
        assert_eq!(
            three("0 9 * * */2"),
            ["2026-11-21T09:00:00", "2026-11-22T09:00:00", "2026-11-24T09:00:00"]
        );
    }

    #[test]
    fn lists_and_steps() {
        assert_eq!(
            three("*/20 12 * * *"),
            ["2026-11-20T12:20:00", "2026-11-20T12:40:00", "2026-11-21T12:00:00"]
        );
        assert_eq!(
            three("0 9 1,15 jan-mar *"),
            ["2027-01-01T09:00:00", "2027-01-15T09:00:00", "2027-02-01T09:00:00"]
        );
        assert_eq!(three("0 9 29 2 *")[0], "2028-02-29T09:00:00");
        assert_eq!(three("0 10-14/2 * * *")[0], "2026-11-20T14:00:00");
    }

    #[test]
    fn what_is_refused_says_why() {
        let unreadable = |text: &str| matches!(Cron::parse(text), Err(CronError::Unreadable { .. }));
        assert_eq!(Cron::parse("0 30 8 * * Mon-Fri").unwrap_err(), CronError::Fields { found: 6 });
        assert_eq!(Cron::parse("").unwrap_err(), CronError::Fields { found: 0 });
        for text in ["0 9 L * *", "0 9 LW * *", "0 9 25W * *", "0 9 * * 5#2", "0 9 ? * *", "@daily"] {
            assert_eq!(Cron::parse(text).unwrap_err(), CronError::NotHere, "{text}");
        }
        assert_eq!(Cron::parse("0 9 1 * 1").unwrap_err(), CronError::DayAndWeekday);
        assert_eq!(Cron::parse("0 9 */2 * 1-5").unwrap_err(), CronError::DayAndWeekday);
        assert_eq!(Cron::parse("0 9 30 2 *").unwrap_err(), CronError::NeverFires);
        for text in [
            "60 8 * * *",
            "0 24 * * *",
            "0 9 0 * *",
            "0 9 * 13 *",
            "0 9 * * 8",
            "5/10 * * * *",
            "9-5 * * * *",
            "*/0 * * * *",
            "+5 * * * *",
            ", * * * *",
            "０ 9 * * *",
        ] {
            assert!(unreadable(text), "{text}");
        }
        let message = Cron::parse("60 8 * * *").unwrap_err().to_string();
        assert!(
            message.contains("「分」") && message.contains("60") && message.contains("0から59"),
            "{message}"
        );
    }

    #[test]
    fn a_skipped_hour_comes_after_the_gap_and_a_doubled_one_once() {
        let cron = Cron::parse("30 2 * * *").unwrap();
        let gap: Zoned = "2026-03-07T12:00[America/New_York]".parse().unwrap();
        assert_eq!(cron.next_after(&gap).unwrap().to_string(), "2026-03-08T03:30:00-04:00[America/New_York]");
        let half_past_one = Cron::parse("30 1 * * *").unwrap();
        let first: Zoned = "2026-11-01T01:30:00-04:00[America/New_York]".parse().unwrap();
        let next = half_past_one.next_after(&first).unwrap();
        assert_eq!(next.to_string(), "2026-11-02T01:30:00-05:00[America/New_York]");
    }

    #[test]
    fn the_moment_itself_does_not_count() {
        let now: Zoned = "2026-11-20T12:00[Asia/Tokyo]".parse().unwrap();
        let next = Cron::parse("0 12 * * *").unwrap().next_after(&now).unwrap();
        assert_eq!(next.datetime().to_string(), "2026-11-21T12:00:00");
    }

    proptest! {
        #[test]
        fn a_daily_time_is_within_a_day(minute in 0_u8..60, hour in 0_u8..24, offset in 0_i64..1_000_000) {
            let start: Zoned = "2026-01-01T00:00[Asia/Tokyo]".parse().unwrap();
            let now = start.checked_add(jiff::Span::new().minutes(offset)).unwrap();
            let next = Cron::parse(&format!("{minute} {hour} * * *")).unwrap().next_after(&now).unwrap();
            prop_assert!(next > now);
            prop_assert!(next.timestamp().as_second() - now.timestamp().as_second() <= 86_400);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9*/,\\-LW#a-zA-Z ]{0,20}") {
            let _ = Cron::parse(&text);
        }
    }
}
