//! Open days of an office (開庁日): weekdays that are no holiday, not 29 December to 3 January, and the office's own changes.

use std::{collections::BTreeMap, sync::Arc};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::holiday;

/// Days to look ahead or back for an open day before giving up: a year without any is a mistake in the settings.
const FURTHEST: i32 = 366;

/// Why the calendar gives no answer. It never guesses: an unknown day is neither open nor closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The holidays of that year are not known.
    #[error(
        "{year}年の祝日が登録されていないため、開庁日かどうか判断できません。{}年から{}年までの日付にするか、新しい版に更新してください",
        holiday::FIRST_YEAR,
        holiday::LAST_YEAR
    )]
    Beyond {
        /// The year asked for.
        year: i16,
    },
    /// A month that does not exist.
    #[error("{month}月という月はありません。1から12で指定してください")]
    NoSuchMonth {
        /// The month asked for.
        month: i8,
    },
    /// The month has fewer open days than asked for.
    #[error("{year}年{month}月には{n}番目の開庁日がありません(開庁日は{found}日です)")]
    NoSuchOpenDay {
        /// Year of the month.
        year: i16,
        /// The month, 1–12.
        month: i8,
        /// The number asked for, from 1.
        n: usize,
        /// Open days of the month.
        found: usize,
    },
    /// A whole year without an open day.
    #[error("1年以内に開庁日が見つかりません。庁の休日の設定を確かめてください")]
    NeverOpen,
}

/// Why a day is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// Saturday or Sunday.
    Weekend,
    /// A national holiday, with its name.
    Holiday(String),
    /// 29 December to 3 January.
    YearEnd,
    /// The office's own closing day, with its name.
    Office(String),
}

impl Closed {
    /// What a person reads.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Weekend => "土日",
            Self::YearEnd => "年末年始",
            Self::Holiday(name) | Self::Office(name) => name,
        }
    }
}

/// The calendar of one office. Without changes it has the closed days that almost all ordinances share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfficeCalendar {
    /// The office's own closing days with their names.
    closed: BTreeMap<Date, String>,
    /// The same, each year again: month and day.
    closed_yearly: BTreeMap<(i8, i8), String>,
    /// Days on which the office opens though it would be closed (Sunday opening in March), with their names.
    open: BTreeMap<Date, String>,
}

/// The calendar as it is now: people change it while the program runs.
pub type OpenDays = Arc<dyn Fn() -> OfficeCalendar + Send + Sync>;

impl OfficeCalendar {
    /// The calendar with only the common closed days.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a closing day of the office's own (a memorial day).
    #[must_use]
    pub fn with_closed(mut self, day: Date, name: &str) -> Self {
        self.closed.insert(day, name.to_owned());
        self
    }

    /// With a closing day that comes each year (the day on which the city was founded).
    #[must_use]
    pub fn with_closed_yearly(mut self, month: i8, day: i8, name: &str) -> Self {
        self.closed_yearly.insert((month, day), name.to_owned());
        self
    }

    /// With a day on which the office opens in spite of everything else.
    #[must_use]
    pub fn with_open(mut self, day: Date, name: &str) -> Self {
        self.open.insert(day, name.to_owned());
        self
    }

    /// The name of an opening on a day that would be closed otherwise.
    #[must_use]
    pub fn opening(&self, day: Date) -> Option<&str> {
        self.open.get(&day).map(String::as_str)
    }

    /// Why the office is closed on a day; `None` when it is open.
    ///
    /// # Errors
    /// When the holidays of that year are not known.
    pub fn closed_because(&self, day: Date) -> Result<Option<Closed>, CalendarError> {
        if !(holiday::FIRST_YEAR..=holiday::LAST_YEAR).contains(&day.year()) {
            return Err(CalendarError::Beyond { year: day.year() });
        }
        if self.open.contains_key(&day) {
            return Ok(None);
        }
        let yearly = || self.closed_yearly.get(&(day.month(), day.day()));
        let own = self.closed.get(&day).or_else(yearly);
        Ok(own.map(|name| Closed::Office(name.clone())).or_else(|| common_closed(day)))
    }

    /// Whether the office is open on a day.
    ///
    /// # Errors
    /// When the holidays of that year are not known.
    pub fn is_open(&self, day: Date) -> Result<bool, CalendarError> {
        Ok(self.closed_because(day)?.is_none())
    }

    /// The day itself if it is open, else the next open day.
    ///
    /// # Errors
    /// When the holidays of a year on the way are not known, or no day of a whole year is open.
    pub fn open_on_or_after(&self, day: Date) -> Result<Date, CalendarError> {
        self.walk(day, 1)
    }

    /// The day itself if it is open, else the previous open day.
    ///
    /// # Errors
    /// As [`Self::open_on_or_after`].
    pub fn open_on_or_before(&self, day: Date) -> Result<Date, CalendarError> {
        self.walk(day, -1)
    }

    /// The first open day after a day.
    ///
    /// # Errors
    /// As [`Self::open_on_or_after`].
    pub fn next_open(&self, day: Date) -> Result<Date, CalendarError> {
        self.walk(step(day, 1)?, 1)
    }

    /// The last open day before a day.
    ///
    /// # Errors
    /// As [`Self::open_on_or_after`].
    pub fn previous_open(&self, day: Date) -> Result<Date, CalendarError> {
        self.walk(step(day, -1)?, -1)
    }

    /// The day `count` open days after a day, or before it when negative; 0 gives the day itself, open or not.
    ///
    /// # Errors
    /// As [`Self::open_on_or_after`].
    pub fn add_open_days(&self, day: Date, count: i32) -> Result<Date, CalendarError> {
        let forward = |at: Date| if count < 0 { self.previous_open(at) } else { self.next_open(at) };
        (0..count.unsigned_abs()).try_fold(day, |at, _| forward(at))
    }

    /// The n-th open day of a month, n from 1.
    ///
    /// # Errors
    /// When the month does not exist or has fewer open days, or the holidays of the year are not known.
    pub fn nth_open_of_month(&self, year: i16, month: i8, n: usize) -> Result<Date, CalendarError> {
        let days = self.open_days_of_month(year, month)?;
        let found = days.len();
        n.checked_sub(1).and_then(|at| days.get(at).copied()).ok_or(CalendarError::NoSuchOpenDay {
            year,
            month,
            n,
            found,
        })
    }

    /// The last open day of a month.
    ///
    /// # Errors
    /// As [`Self::nth_open_of_month`].
    pub fn last_open_of_month(&self, year: i16, month: i8) -> Result<Date, CalendarError> {
        let last = self.open_days_of_month(year, month)?.pop();
        last.ok_or(CalendarError::NoSuchOpenDay { year, month, n: 1, found: 0 })
    }

    /// All open days of a month, in order.
    ///
    /// # Errors
    /// When the month does not exist or the holidays of the year are not known.
    pub fn open_days_of_month(&self, year: i16, month: i8) -> Result<Vec<Date>, CalendarError> {
        let first = Date::new(year, month, 1).map_err(|_| CalendarError::NoSuchMonth { month })?;
        self.open_between(first, first.last_of_month())
    }

    /// How many open days a fiscal year (1 April to 31 March) has.
    ///
    /// # Errors
    /// When the holidays of either calendar year are not known.
    pub fn open_days_of_fiscal_year(&self, fiscal_year: i16) -> Result<usize, CalendarError> {
        let day = |year, month, day| Date::new(year, month, day).map_err(|_| CalendarError::Beyond { year });
        Ok(self.open_between(day(fiscal_year, 4, 1)?, day(fiscal_year + 1, 3, 31)?)?.len())
    }

    /// The open days from `first` to `last`, both included.
    fn open_between(&self, first: Date, last: Date) -> Result<Vec<Date>, CalendarError> {
        let mut days = Vec::new();
        for day in first.series(1.day()).take_while(|day| *day <= last) {
            if self.is_open(day)? {
                days.push(day);
            }
        }
        Ok(days)
    }

    /// Goes from a day in steps of `days` until it is open.
    fn walk(&self, from: Date, days: i32) -> Result<Date, CalendarError> {
        let mut day = from;
        for _ in 0..FURTHEST {
            if self.is_open(day)? {
                return Ok(day);
            }
            day = step(day, days)?;
        }
        Err(CalendarError::NeverOpen)
    }
}

/// A day some days later or earlier.
fn step(day: Date, days: i32) -> Result<Date, CalendarError> {
    day.checked_add(days.days()).map_err(|_| CalendarError::Beyond { year: day.year() })
}

/// The closed days that almost all ordinances share.
fn common_closed(day: Date) -> Option<Closed> {
    if let Some(name) = holiday::holiday_name(day) {
        return Some(Closed::Holiday(name.to_owned()));
    }
    match (day.month(), day.day(), day.weekday()) {
        (12, 29..=31, _) | (1, 1..=3, _) => Some(Closed::YearEnd),
        (_, _, Weekday::Saturday | Weekday::Sunday) => Some(Closed::Weekend),
        _ => None,
    }
}

/// The fiscal year of a day: 2027-03-31 is in 2026.
#[must_use]
pub fn fiscal_year(day: Date) -> i16 {
    day.year() - i16::from(day.month() < 4)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn open(day: Date) -> bool {
        OfficeCalendar::new().is_open(day).unwrap()
    }

    #[test]
    fn open_days_per_fiscal_year() {
        let counts: Vec<usize> =
            (2023..=2027).map(|year| OfficeCalendar::new().open_days_of_fiscal_year(year).unwrap()).collect();
        assert_eq!(counts, [243, 243, 242, 241, 243]);
    }

    #[test]
    fn days_of_2026() {
        for closed in [
            date(2026, 5, 6),
            date(2026, 9, 21),
            date(2026, 9, 22),
            date(2026, 9, 23),
            date(2027, 3, 22),
            date(2026, 12, 29),
            date(2026, 12, 31),
            date(2027, 1, 1),
            date(2027, 1, 2),
            date(2027, 1, 3),
            date(2026, 11, 21),
        ] {
            assert!(!open(closed), "{closed}");
        }
        for day in [date(2026, 12, 28), date(2027, 1, 4), date(2028, 2, 29), date(2026, 11, 24)] {
            assert!(open(day), "{day}");
        }
        let why = OfficeCalendar::new().closed_because(date(2026, 9, 22)).unwrap().unwrap();
        assert_eq!(why.label(), "国民の休日");
    }

    #[test]
    fn the_next_and_the_previous_open_day() {
        let calendar = OfficeCalendar::new();
        assert_eq!(calendar.next_open(date(2026, 12, 28)), Ok(date(2027, 1, 4)));
        assert_eq!(calendar.previous_open(date(2027, 1, 4)), Ok(date(2026, 12, 28)));
        assert_eq!(calendar.open_on_or_after(date(2026, 11, 20)), Ok(date(2026, 11, 20)));
        assert_eq!(calendar.open_on_or_before(date(2026, 11, 23)), Ok(date(2026, 11, 20)));
        assert_eq!(calendar.add_open_days(date(2027, 1, 5), -3), Ok(date(2026, 12, 25)));
        assert_eq!(calendar.add_open_days(date(2026, 11, 21), 0), Ok(date(2026, 11, 21)));
    }

    #[test]
    fn more_open_days_than_there_are_lead_beyond_the_known_years() {
        let calendar = OfficeCalendar::new();
        for (count, year) in [(i32::MIN, holiday::FIRST_YEAR - 1), (i32::MAX, holiday::LAST_YEAR + 1)] {
            let found = calendar.add_open_days(date(2026, 4, 1), count);
            assert_eq!(found, Err(CalendarError::Beyond { year }), "{count}");
        }
    }

    #[test]
    fn days_of_a_month() {
        let calendar = OfficeCalendar::new();
        assert_eq!(calendar.nth_open_of_month(2027, 1, 1), Ok(date(2027, 1, 4)));
        assert_eq!(calendar.last_open_of_month(2026, 12), Ok(date(2026, 12, 28)));
        assert_eq!(calendar.nth_open_of_month(2026, 5, 2), Ok(date(2026, 5, 7)));
        let none = CalendarError::NoSuchOpenDay { year: 2026, month: 5, n: 19, found: 18 };
        assert_eq!(calendar.nth_open_of_month(2026, 5, 19), Err(none));
        assert!(calendar.nth_open_of_month(2026, 5, 0).is_err());
        assert_eq!(calendar.last_open_of_month(2026, 13), Err(CalendarError::NoSuchMonth { month: 13 }));
    }

    #[test]
    fn the_offices_own_days_come_first() {
        let sunday = date(2026, 3, 29);
        let memorial = date(2026, 6, 23);
        let calendar = OfficeCalendar::new().with_open(sunday, "日曜開庁").with_closed(memorial, "慰霊の日");
        let calendar = calendar.with_closed_yearly(11, 30, "開市記念日");
        assert_eq!((calendar.is_open(sunday), calendar.opening(sunday)), (Ok(true), Some("日曜開庁")));
        assert_eq!(calendar.closed_because(memorial), Ok(Some(Closed::Office("慰霊の日".into()))));
        assert_eq!(calendar.is_open(date(2027, 6, 23)), Ok(true));
        for founded in [date(2026, 11, 30), date(2027, 11, 30)] {
            assert_eq!(calendar.closed_because(founded), Ok(Some(Closed::Office("開市記念日".into()))));
        }
    }

    #[test]
    fn unknown_years_fail_closed() {
        let beyond = CalendarError::Beyond { year: 2051 };
        assert_eq!(OfficeCalendar::new().is_open(date(2051, 1, 4)), Err(beyond.clone()));
        assert_eq!(OfficeCalendar::new().next_open(date(2050, 12, 30)), Err(beyond));
        assert!(OfficeCalendar::new().open_days_of_fiscal_year(2050).is_err());
        assert_eq!(
            OfficeCalendar::new().is_open(date(1969, 12, 26)),
            Err(CalendarError::Beyond { year: 1969 })
        );
    }

    #[test]
    fn fiscal_years_begin_in_april() {
        assert_eq!(fiscal_year(date(2027, 3, 31)), 2026);
        assert_eq!(fiscal_year(date(2027, 4, 1)), 2027);
    }

    proptest! {
        #[test]
        fn the_next_open_day_is_open_and_nothing_lies_between(days in 0_i32..11_000) {
            let day = date(2020, 1, 4).checked_add(days.days()).unwrap();
            let next = OfficeCalendar::new().next_open(day).unwrap();
            prop_assert!(next > day && open(next));
            let between = day.series(1.day()).skip(1).take_while(|d| *d < next);
            prop_assert!(between.into_iter().all(|d| !open(d)));
        }
    }
}
