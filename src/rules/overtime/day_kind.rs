//! What kind of day a day is for pay: 勤務日, 週休日 on a Saturday or a Sunday, 休日.

use super::{DaysOff, Ordinance};
use crate::calendar::{CalendarError, OfficeCalendar};
use jiff::{
    ToSpan,
    civil::{Date, Weekday, date},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The kind of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum DayKind {
    /// 勤務日。
    #[serde(rename = "勤務日")]
    Workday,
    /// 週休日（土曜、またはこれに当たる日）。
    #[serde(rename = "週休日（土）")]
    Saturday,
    /// 週休日（日曜、またはこれに当たる日）。
    #[serde(rename = "週休日（日）")]
    Sunday,
    /// 休日（祝日・年末年始）。
    #[serde(rename = "休日")]
    Holiday,
}

impl DayKind {
    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Workday => "勤務日",
            Self::Saturday => "週休日（土）",
            Self::Sunday => "週休日（日）",
            Self::Holiday => "休日",
        }
    }

    /// The kind by the word a person wrote.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word.trim() {
            "勤務日" | "平日" => Self::Workday,
            "週休日" | "週休日（土）" | "週休日(土)" | "土曜" | "土" => Self::Saturday,
            "週休日（日）" | "週休日(日)" | "日曜" | "日" => Self::Sunday,
            "休日" | "祝日" | "年末年始" => Self::Holiday,
            _ => return None,
        })
    }
}

/// The days of one person: the common calendar, the city's own holidays, and what a roster changes.
#[derive(Debug, Clone, Default)]
pub struct Days {
    calendar: OfficeCalendar,
    /// Days that a roster or a 振替 gives another kind.
    changed: BTreeMap<Date, DayKind>,
}

impl Days {
    /// The calendar of an ordinance.
    ///
    /// # Errors
    /// The key of `holidays` that is no day.
    pub fn of(ordinance: &Ordinance) -> Result<Self, String> {
        let mut calendar = OfficeCalendar::new();
        for (day, name) in &ordinance.holidays {
            calendar = calendar.with_closed(day.parse().map_err(|_| day.clone())?, name);
        }
        Ok(Self { calendar, changed: BTreeMap::new() })
    }

    /// With a day of another kind.
    #[must_use]
    pub fn with(mut self, day: Date, kind: DayKind) -> Self {
        self.changed.insert(day, kind);
        self
    }

    /// The kind of a day. A holiday on a Saturday or Sunday is a 週休日: nothing was to be worked on it anyway.
    ///
    /// # Errors
    /// When the holidays of that year are not known.
    pub fn kind(&self, day: Date) -> Result<DayKind, CalendarError> {
        if let Some(kind) = self.changed.get(&day) {
            return Ok(*kind);
        }
        Ok(match (day.weekday(), self.calendar.closed_because(day)?) {
            (Weekday::Saturday, _) => DayKind::Saturday,
            (Weekday::Sunday, _) => DayKind::Sunday,
            (_, Some(_)) => DayKind::Holiday,
            (_, None) => DayKind::Workday,
        })
    }
}

impl Ordinance {
    /// The number N of days off for a fiscal year.
    ///
    /// # Errors
    /// When the holidays of that year are not known.
    ///
    /// # Panics
    /// Never: a year has 366 days.
    pub fn days_off_in(&self, fiscal_year: i16) -> Result<u32, CalendarError> {
        let wanted: fn(Date) -> bool = match self.days_off {
            DaysOff::Fixed => return Ok(self.days_off_fixed),
            DaysOff::Weekdays => is_weekday,
            DaysOff::Literal => counts_literally,
        };
        let calendar = OfficeCalendar::new();
        calendar.closed_because(date(fiscal_year, 4, 1))?;
        calendar.closed_because(date(fiscal_year + 1, 3, 31))?;
        let year = date(fiscal_year, 4, 1).series(1.day()).take_while(|d| *d <= date(fiscal_year + 1, 3, 31));
        let days = year.filter(|d| wanted(*d) && (is_year_end(*d) || is_national(*d))).count();
        Ok(u32::try_from(days).expect("a year has 366 days"))
    }
}

fn is_weekday(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// A Sunday counts when a national holiday lies on it (1 January too), the other New-Year days never on a weekend.
fn counts_literally(day: Date) -> bool {
    day.weekday() != Weekday::Saturday && (is_weekday(day) || is_national(day))
}

fn is_national(day: Date) -> bool {
    crate::calendar::holiday_name(day).is_some()
}

fn is_year_end(day: Date) -> bool {
    matches!((day.month(), day.day()), (12, 29..) | (1, ..=3))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn n_of_each_fiscal_year() {
        let rule = |days_off| Ordinance { days_off, ..Ordinance::default() };
        let count = |d: DaysOff| (2021..=2027).map(|y| rule(d).days_off_in(y).unwrap()).collect::<Vec<_>>();
        assert_eq!(count(DaysOff::Weekdays), [19, 18, 17, 18, 19, 20, 19]);
        assert_eq!(count(DaysOff::Literal), [20, 19, 18, 23, 21, 22, 19]);
        assert_eq!(count(DaysOff::Fixed), [18; 7]);
        assert!(rule(DaysOff::Weekdays).days_off_in(2050).is_err());
    }

    #[test]
    fn kinds_of_days() {
        let days = Days::of(&Ordinance::default()).unwrap().with(date(2026, 7, 11), DayKind::Workday);
        for (day, kind) in [
            (date(2026, 7, 1), DayKind::Workday),
            (date(2026, 7, 4), DayKind::Saturday),
            (date(2026, 7, 5), DayKind::Sunday),
            (date(2026, 7, 20), DayKind::Holiday),
            (date(2026, 12, 29), DayKind::Holiday),
            (date(2027, 1, 2), DayKind::Saturday),
            (date(2026, 5, 3), DayKind::Sunday),
            (date(2026, 7, 11), DayKind::Workday),
        ] {
            assert_eq!(days.kind(day).unwrap(), kind, "{day}");
        }
        assert!(days.kind(date(2051, 1, 1)).is_err());
        let wrong = Ordinance { holidays: [("2026-02-30".into(), "x".into())].into(), ..Default::default() };
        assert_eq!(Days::of(&wrong).unwrap_err(), "2026-02-30");
    }
}
