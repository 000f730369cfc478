//! When a legacy system may be used, with a margin before it closes.

use super::{
    open_day::{CalendarError, OfficeCalendar},
    schedule::Days,
};
use jiff::{ToSpan, Zoned, civil::Date};

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Days to look ahead for an opening: a year without one is a mistake in the settings.
const FURTHEST: usize = 366;

/// The usable hours of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The minute of the day from which it is used.
    pub from: u16,
    /// The minute of the day at which it closes; 1440 is midnight.
    pub to: u16,
    /// Minutes before the close in which nothing begins any more.
    pub margin: u16,
    /// On which days it is open at all.
    pub days: Days,
}

/// Whether a system may be used now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usable {
    /// Now.
    Now,
    /// From then on.
    From(Zoned),
}

impl Hours {
    /// Whether there is any minute in which something may begin.
    #[must_use]
    pub fn ever_open(&self) -> bool {
        self.from < self.last()
    }

    /// Whether the system may be used now, or from when.
    ///
    /// # Errors
    /// When nobody can tell whether a day suits.
    pub fn usable(&self, calendar: &OfficeCalendar, now: &Zoned) -> Result<Usable, CalendarError> {
        let minute = u16::try_from(now.hour()).unwrap_or(0) * 60 + u16::try_from(now.minute()).unwrap_or(0);
        let today = self.suits(calendar, now.date())?;
        if today && (self.from..self.last()).contains(&minute) {
            return Ok(Usable::Now);
        }
        let ahead = usize::from(!(today && minute < self.from));
        for day in now.date().series(1.day()).skip(ahead).take(FURTHEST) {
            if self.suits(calendar, day)? {
                return Ok(Usable::From(self.opening(day, now)));
            }
        }
        Err(CalendarError::NeverOpen)
    }

    /// `8:30～21:30`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let show = |m: u16| format!("{}:{:02}", m / 60, m % 60);
        let days = match self.days {
            Days::All => "",
            Days::Open => "開庁日の",
            Days::Closed => "閉庁日の",
        };
        format!("{days}{}～{}", show(self.from), show(self.to))
    }

    /// The minute from which nothing begins any more. What never closes has no margin.
    fn last(self) -> u16 {
        if (self.from, self.to) == (0, DAY) { DAY } else { self.to.saturating_sub(self.margin) }
    }

    fn suits(self, calendar: &OfficeCalendar, day: Date) -> Result<bool, CalendarError> {
        match self.days {
            Days::All => Ok(true),
            Days::Open => calendar.is_open(day),
            Days::Closed => calendar.is_open(day).map(|open| !open),
        }
    }

    fn opening(self, day: Date, now: &Zoned) -> Zoned {
        let part = |n: u16| i8::try_from(n).expect("an hour and a minute are below 60");
        let at = day.at(part(self.from / 60), part(self.from % 60), 0, 0);
        at.to_zoned(now.time_zone().clone()).unwrap_or_else(|_| now.clone())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const JUKI: Hours = Hours { from: 510, to: 1290, margin: 10, days: Days::All };

    fn at(text: &str) -> Zoned {
        format!("{text}[Asia/Tokyo]").parse().unwrap()
    }

    fn usable(hours: Hours, now: &str) -> String {
        match hours.usable(&OfficeCalendar::new(), &at(now)).unwrap() {
            Usable::Now => "now".into(),
            Usable::From(at) => at.datetime().to_string(),
        }
    }

    #[test]
    fn nothing_begins_in_the_margin_before_the_close() {
        assert_eq!(usable(JUKI, "2026-11-20T08:29:59"), "2026-11-20T08:30:00");
        assert_eq!(usable(JUKI, "2026-11-20T08:30:00"), "now");
        assert_eq!(usable(JUKI, "2026-11-20T21:19:59"), "now");
        assert_eq!(usable(JUKI, "2026-11-20T21:20:00"), "2026-11-21T08:30:00");
    }

    #[test]
    fn a_system_of_open_days_waits_over_the_new_year() {
        let hours = Hours { days: Days::Open, ..JUKI };
        assert_eq!(usable(hours, "2026-12-28T21:25:00"), "2027-01-04T08:30:00");
        assert_eq!(usable(hours, "2027-01-02T12:00:00"), "2027-01-04T08:30:00");
        let beyond = hours.usable(&OfficeCalendar::new(), &at("2050-12-29T12:00:00"));
        assert_eq!(beyond, Err(CalendarError::Beyond { year: 2051 }));
    }

    #[test]
    fn hours_that_never_open_are_known() {
        assert!(!Hours { from: 510, to: 520, margin: 10, days: Days::All }.ever_open());
        assert!(Hours { from: 510, to: 521, margin: 10, days: Days::All }.ever_open());
        let always = Hours { from: 0, to: 1440, margin: 30, days: Days::All };
        assert_eq!(usable(always, "2026-11-20T23:59:59"), "now");
    }

    proptest! {
        #[test]
        fn it_is_usable_at_its_opening(from in 0_u16..1430, long in 11_u16..1440, second in 0_i64..100_000_000) {
            let hours = Hours { from, to: (from + long).min(1440), margin: 5, days: Days::Open };
            prop_assume!(hours.ever_open());
            let now = at("2026-01-05T00:00:00").checked_add(second.seconds()).unwrap();
            let calendar = OfficeCalendar::new();
            if let Usable::From(opening) = hours.usable(&calendar, &now).unwrap() {
                prop_assert!(opening > now);
                prop_assert_eq!(hours.usable(&calendar, &opening).unwrap(), Usable::Now);
            }
        }
    }
}
