//! What becomes of the moments of a scenario when the office changes its open days.

use crate::calendar::{Displaced, Moment, OfficeCalendar, Schedule};
use jiff::{
    SignedDuration, Zoned,
    civil::{Date, Time},
};
use std::collections::{BTreeMap, BTreeSet};

/// So far open days move a moment at most: within its month, or over the closed days beside it.
const REACH: SignedDuration = SignedDuration::from_hours(40 * 24);

/// Moments that are elsewhere now and that the look at the clock would not treat rightly.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Were still to come and lie before the present now: no look ahead finds them.
    pub slipped: Vec<Moment>,
    /// Are to come now, each with where those were that it stands for. If these have come already, it would come twice.
    pub again: Vec<(Moment, Vec<Zoned>)>,
}

/// What `new` open days do to the moments of a scenario with these schedules. A moment that one of them had under the
/// `old` ones is no new one.
#[must_use]
pub fn moved(schedules: &[Schedule], (old, new): (&OfficeCalendar, &OfficeCalendar), now: &Zoned) -> Moved {
    let (Ok(from), Ok(to)) = (now.checked_sub(REACH), now.checked_add(REACH)) else {
        return Moved::default();
    };
    let had = |day: Date| -> BTreeSet<Time> {
        schedules.iter().flat_map(|s| s.times_on(old, day, &from, &to)).collect()
    };
    let mut known: BTreeMap<Date, BTreeSet<Time>> = BTreeMap::new();
    let mut coming: BTreeMap<Zoned, (Moment, Option<Vec<Zoned>>)> = BTreeMap::new();
    let mut slipped = Vec::new();
    for Displaced { was, is } in schedules.iter().flat_map(|s| s.displaced((old, new), &from, &to)) {
        let day = is.at.date();
        if known.entry(day).or_insert_with(|| had(day)).contains(&is.at.time()) {
            continue;
        }
        if is.at > *now {
            let (_, origins) = coming.entry(is.at.clone()).or_insert_with(|| (is, Some(Vec::new())));
            *origins = origins.take().zip(was).map(|(mut origins, was)| {
                origins.push(was);
                origins
            });
        } else if was.is_some_and(|was| was > *now) {
            slipped.push(is);
        }
    }
    let again = coming.into_values().filter_map(|(is, origins)| Some((is, origins?))).collect();
    Moved { slipped, again }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::calendar::{Cron, Days, MissedPolicy};
    use crate::calendar::{OfMonth, Shift};
    use jiff::civil::date;

    fn schedule(at: &str, shift: Shift, of_month: Option<OfMonth>) -> Schedule {
        let (at, missed) = (Cron::parse(at).unwrap(), MissedPolicy::Hold);
        Schedule { at, days: Days::Open, shift, of_month, from: None, until: None, missed }
    }

    fn tokyo(text: &str) -> Zoned {
        format!("{text}[Asia/Tokyo]").parse().unwrap()
    }

    fn with_closed(days: &[(i8, i8)]) -> OfficeCalendar {
        let close = |all: OfficeCalendar, (month, day): &(i8, i8)| {
            all.with_closed(date(2026, *month, *day), "臨時休庁")
        };
        days.iter().fold(OfficeCalendar::new(), close)
    }

    /// What slips at this moment when this day of 2026 is closed.
    fn closed(schedule: &Schedule, day: (i8, i8), now: &str) -> Vec<String> {
        let (old, new) = (OfficeCalendar::new(), with_closed(&[day]));
        slips(schedule, (&old, &new), now)
    }

    fn slips(schedule: &Schedule, calendars: (&OfficeCalendar, &OfficeCalendar), now: &str) -> Vec<String> {
        let moved = moved(std::slice::from_ref(schedule), calendars, &tokyo(now));
        moved.slipped.iter().map(|m| m.at.datetime().to_string()).collect()
    }

    /// What is to come now, each with where it was: days and hours of December 2026.
    fn again(
        schedules: &[Schedule],
        calendars: (&OfficeCalendar, &OfficeCalendar),
        now: &str,
    ) -> Vec<String> {
        let show = |at: &Zoned| at.strftime("%d %H:%M").to_string();
        let one = |(is, was): &(Moment, Vec<Zoned>)| {
            format!("{} < {}", show(&is.at), was.iter().map(show).collect::<Vec<_>>().join(", "))
        };
        moved(schedules, calendars, &tokyo(now)).again.iter().map(one).collect()
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

    #[test]
    fn an_opening_day_moves_what_was_to_come_before_the_present() {
        let next = schedule("0 9 16 * *", Shift::Next, None);
        let (plain, shut) = (OfficeCalendar::new(), with_closed(&[(12, 16)]));
        assert_eq!(slips(&next, (&shut, &plain), "2026-12-16T12:00"), ["2026-12-16T09:00:00"]);
    }

    #[test]
    fn what_has_been_and_moves_behind_the_present_would_come_again() {
        let (plain, shut) = (OfficeCalendar::new(), with_closed(&[(12, 16)]));
        let next = [schedule("0 9 16 * *", Shift::Next, None)];
        assert_eq!(again(&next, (&plain, &shut), "2026-12-16T12:00"), ["17 09:00 < 16 09:00"]);
        let previous = [schedule("0 9 16 * *", Shift::Previous, None)];
        assert_eq!(again(&previous, (&shut, &plain), "2026-12-15T12:00"), ["16 09:00 < 15 09:00"]);
        let last = [schedule("0 8 * * *", Shift::None, Some(OfMonth::NthOpen(-1)))];
        let shut = with_closed(&[(12, 28)]);
        assert_eq!(again(&last, (&shut, &plain), "2026-12-26T12:00"), ["28 08:00 < 25 08:00"]);
    }

    #[test]
    fn what_comes_anyway_does_not_come_again() {
        let none: [&str; 0] = [];
        let (plain, shut) = (OfficeCalendar::new(), with_closed(&[(12, 16)]));
        let now = "2026-12-16T12:00";
        let daily = [schedule("0 9 * * *", Shift::Next, None)];
        assert_eq!(again(&daily, (&plain, &shut), now), none);
        let other = [schedule("0 9 16 * *", Shift::Next, None), schedule("0 9 17 * *", Shift::None, None)];
        assert_eq!(again(&other, (&plain, &shut), now), none, "another schedule has it");
        let long_past = with_closed(&[(11, 16)]);
        let next = [schedule("0 9 16 * *", Shift::Next, None)];
        assert_eq!(again(&next, (&plain, &long_past), now), none);
        // A moment that was still to come falls on the same one.
        let both = [schedule("0 9 16,17 * *", Shift::Next, None)];
        let shut = with_closed(&[(12, 16), (12, 17)]);
        assert_eq!(again(&both, (&plain, &shut), now), ["18 09:00 < 16 09:00, 17 09:00"]);
    }
}
