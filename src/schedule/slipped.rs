//! What becomes of moments that are still to come when the office changes its open days.

use crate::calendar::{Moment, OfMonth, OfficeCalendar, Schedule, Shift, Standing};
use jiff::{SignedDuration, Zoned};

/// So far open days move a moment back at most: within its month, or over the closed days before it.
const REACH: SignedDuration = SignedDuration::from_hours(40 * 24);

/// Moments that were still to come under the `old` open days and lie before `now` under the `new` ones: a day that is
/// closed now has moved them back.
#[must_use]
pub fn slipped(schedule: &Schedule, old: &OfficeCalendar, new: &OfficeCalendar, now: &Zoned) -> Vec<Moment> {
    let moves_back =
        schedule.shift == Shift::Previous || matches!(schedule.of_month, Some(OfMonth::NthOpen(_)));
    let (Ok(from), Ok(to)) = (now.checked_sub(REACH), now.checked_add(REACH)) else { return Vec::new() };
    let firing = |calendar: &OfficeCalendar, after: &Zoned, until: &Zoned| {
        let mut moments = schedule.moments(calendar, after, until);
        moments.retain(|m| m.standing == Standing::Fires);
        moments
    };
    let lacks = |among: &[Moment], moment: &Moment| among.iter().all(|m| m.at != moment.at);
    let coming = firing(new, now, &to);
    // Days long past may be corrected at any time: only what is lost from the time to come can have moved.
    if !moves_back || !firing(old, now, &to).iter().any(|moment| lacks(&coming, moment)) {
        return Vec::new();
    }
    let known = firing(old, &from, now);
    let mut appeared = firing(new, &from, now);
    appeared.retain(|moment| lacks(&known, moment));
    appeared
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::calendar::{Cron, Days, MissedPolicy};
    use jiff::civil::date;

    fn schedule(at: &str, shift: Shift, of_month: Option<OfMonth>) -> Schedule {
        let (at, missed) = (Cron::parse(at).unwrap(), MissedPolicy::Hold);
        Schedule { at, days: Days::Open, shift, of_month, from: None, until: None, missed }
    }

    /// What slips at this moment when this day of 2026 is closed.
    fn closed(schedule: &Schedule, (month, day): (i8, i8), now: &str) -> Vec<String> {
        let now = format!("{now}[Asia/Tokyo]").parse().unwrap();
        let old = OfficeCalendar::new();
        let new = old.clone().with_closed(date(2026, month, day), "臨時休庁");
        slipped(schedule, &old, &new, &now).iter().map(|m| m.at.datetime().to_string()).collect()
    }

    #[test]
    fn a_closing_day_moves_what_was_to_come_before_the_present() {
        // Wednesday 16 December 2026.
        let middle = schedule("0 9 16 * *", Shift::Previous, None);
        assert_eq!(closed(&middle, (12, 16), "2026-12-15T12:00"), ["2026-12-15T09:00:00"]);
        let last = schedule("0 8 * * *", Shift::None, Some(OfMonth::NthOpen(-1)));
        assert_eq!(closed(&last, (12, 28), "2026-12-26T12:00"), ["2026-12-25T08:00:00"]);
    }

    #[test]
    fn what_is_found_without_help_does_not_slip() {
        let middle = schedule("0 9 16 * *", Shift::Previous, None);
        let none: [&str; 0] = [];
        assert_eq!(closed(&middle, (12, 16), "2026-12-15T08:00"), none, "it still comes, a day earlier");
        assert_eq!(closed(&middle, (12, 16), "2026-12-17T12:00"), none, "it has been: the past is corrected");
        assert_eq!(closed(&middle, (12, 17), "2026-12-15T12:00"), none, "another day");
        let daily = schedule("0 9 * * *", Shift::Previous, None);
        assert_eq!(closed(&daily, (12, 16), "2026-12-15T12:00"), none, "it falls on one that has been");
        let next = schedule("0 9 16 * *", Shift::Next, None);
        assert_eq!(closed(&next, (12, 16), "2026-12-15T12:00"), none);
        let dropped = schedule("0 9 16 * *", Shift::None, None);
        assert_eq!(closed(&dropped, (12, 16), "2026-12-15T12:00"), none);
    }
}
