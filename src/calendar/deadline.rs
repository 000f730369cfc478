//! Deadlines fixed as a period: the first day does not count; a closed last day moves to the next open day.

use jiff::ToSpan;
use jiff::civil::Date;

use super::open_day::{CalendarError, OfficeCalendar};

/// The last day of a period of `days` after `from` (民法140条: `from` itself does not count; 地方自治法4条の2: a closed last
/// day moves to the next open day).
///
/// # Errors
/// When the holidays of a year on the way are not known.
pub fn deadline(calendar: &OfficeCalendar, from: Date, days: i32) -> Result<Date, CalendarError> {
    let last = from.checked_add(days.days()).map_err(|_| CalendarError::Beyond { year: from.year() })?;
    calendar.open_on_or_after(last)
}

/// Until when a move must be notified: 14 days after the day of the move (住民基本台帳法).
///
/// # Errors
/// When the holidays of a year on the way are not known.
pub fn deadline_14_days(calendar: &OfficeCalendar, moved_on: Date) -> Result<Date, CalendarError> {
    deadline(calendar, moved_on, 14)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn four_worked_examples() {
        for (moved, until) in [
            (date(2026, 3, 28), date(2026, 4, 13)),
            (date(2026, 4, 15), date(2026, 4, 30)),
            (date(2025, 12, 18), date(2026, 1, 5)),
            (date(2026, 4, 22), date(2026, 5, 7)),
        ] {
            assert_eq!(deadline_14_days(&OfficeCalendar::new(), moved), Ok(until), "{moved}");
        }
    }
}
