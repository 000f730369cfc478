//! When schedules come due: vectors worked out by hand from the calendar on the wall, and properties.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::{Cron, Days, MissedPolicy, OfMonth, OfficeCalendar, Schedule, ScheduleError, Shift, Standing};
use jiff::{ToSpan, Zoned, civil::date};
use proptest::prelude::*;

fn schedule(at: &str) -> Schedule {
    Schedule {
        at: Cron::parse(at).unwrap(),
        days: Days::Open,
        shift: Shift::None,
        of_month: None,
        from: None,
        until: None,
        missed: MissedPolicy::Hold,
    }
}

fn tokyo(text: &str) -> Zoned {
    format!("{text}[Asia/Tokyo]").parse().unwrap()
}

/// `MM-DD HH:MM` of what fires from the start of one day to the end of another; `?` marks what nobody can tell.
fn fires(schedule: &Schedule, first: &str, last: &str) -> Vec<String> {
    moments(schedule, first, last, |s| *s != Standing::LeftOut)
}

fn moments(schedule: &Schedule, first: &str, last: &str, want: fn(&Standing) -> bool) -> Vec<String> {
    let after = tokyo(&format!("{first}T00:00")).checked_sub(1.second()).unwrap();
    let found = schedule.moments(&OfficeCalendar::new(), &after, &tokyo(&format!("{last}T23:59")));
    let mark = |s: &Standing| if matches!(s, Standing::Unknown(_)) { "?" } else { "" };
    let show = |m: &super::Moment| format!("{}{}", m.at.strftime("%m-%d %H:%M"), mark(&m.standing));
    found.iter().filter(|m| want(&m.standing)).map(show).collect()
}

fn why(schedule: &Schedule, day: &str) -> String {
    let after = tokyo(&format!("{day}T00:00")).checked_sub(1.second()).unwrap();
    let found = schedule.moments(&OfficeCalendar::new(), &after, &tokyo(&format!("{day}T23:59")));
    found.iter().map(|m| m.why.clone()).collect::<Vec<_>>().join("|")
}

#[test]
fn over_the_new_year() {
    let daily = schedule("30 8 * * *");
    assert_eq!(
        fires(&daily, "2026-12-25", "2027-01-06"),
        ["12-25 08:30", "12-28 08:30", "01-04 08:30", "01-05 08:30", "01-06 08:30"]
    );
    let closed = Schedule { days: Days::Closed, ..daily.clone() };
    assert_eq!(
        fires(&closed, "2026-12-28", "2027-01-04"),
        ["12-29 08:30", "12-30 08:30", "12-31 08:30", "01-01 08:30", "01-02 08:30", "01-03 08:30"]
    );
    let all = Schedule { days: Days::All, ..daily.clone() };
    assert_eq!(fires(&all, "2026-12-30", "2027-01-02").len(), 4);
    let out = moments(&daily, "2026-12-25", "2027-01-04", |s| *s == Standing::LeftOut);
    assert_eq!(
        out,
        ["12-29 08:30", "12-30 08:30", "12-31 08:30", "01-01 08:30", "01-02 08:30", "01-03 08:30"],
        "weekends are not worth a word, the days around the new year are"
    );
}

#[test]
fn shifted_days_say_why() {
    let first = Schedule { shift: Shift::Next, ..schedule("30 8 1 * *") };
    assert_eq!(
        fires(&first, "2026-12-01", "2027-03-31"),
        ["12-01 08:30", "01-04 08:30", "02-01 08:30", "03-01 08:30"]
    );
    assert_eq!(why(&first, "2027-01-04"), "1月1日（金）は元日のため、次の開庁日に移しました");
    let back = Schedule { shift: Shift::Previous, ..schedule("30 8 1 * *") };
    assert_eq!(fires(&back, "2026-12-02", "2027-01-31"), ["12-28 08:30"]);
    assert_eq!(why(&back, "2026-12-28"), "1月1日（金）は元日のため、前の開庁日に移しました");
    // 23 November 2026 is a Monday and a holiday.
    let monday = Schedule { shift: Shift::Next, ..schedule("0 9 * * 1") };
    assert_eq!(fires(&monday, "2026-11-16", "2026-11-30"), ["11-16 09:00", "11-24 09:00", "11-30 09:00"]);
}

#[test]
fn what_moves_onto_another_moment_is_one_moment_with_both_reasons() {
    let daily = Schedule { shift: Shift::Next, ..schedule("0 9 * * *") };
    assert_eq!(fires(&daily, "2027-01-01", "2027-01-05"), ["01-04 09:00", "01-05 09:00"]);
    let said = why(&daily, "2027-01-04");
    assert!(said.contains("開庁日の予定です") && said.contains("1月1日（金）は元日のため"), "{said}");
    assert!(said.contains("12月29日（火）は年末年始のため"), "{said}");
    // Asked in the middle of the closed days, the same answer comes.
    assert_eq!(fires(&daily, "2027-01-03", "2027-01-04"), ["01-04 09:00"]);
}

#[test]
fn days_of_a_month() {
    let nth = |n, at| Schedule { of_month: Some(OfMonth::NthOpen(n)), ..schedule(at) };
    assert_eq!(
        fires(&nth(1, "30 8 * * *"), "2026-12-01", "2027-05-31"),
        ["12-01 08:30", "01-04 08:30", "02-01 08:30", "03-01 08:30", "04-01 08:30", "05-06 08:30"]
    );
    assert_eq!(
        fires(&nth(-1, "0 21 * * *"), "2026-12-01", "2027-03-31"),
        ["12-28 21:00", "01-29 21:00", "02-26 21:00", "03-31 21:00"]
    );
    assert_eq!(fires(&nth(3, "0 9 * * *"), "2026-05-01", "2026-05-31"), ["05-08 09:00"]);
    assert_eq!(fires(&nth(-2, "0 9 * * *"), "2026-12-01", "2026-12-31"), ["12-25 09:00"]);
    assert_eq!(
        fires(&nth(19, "0 9 * * *"), "2026-05-01", "2026-06-30"),
        ["06-25 09:00"],
        "May has 18 open days"
    );
    assert_eq!(fires(&nth(1, "30 8 * 4 *"), "2026-01-01", "2027-12-31"), ["04-01 08:30", "04-01 08:30"]);
    assert_eq!(why(&nth(1, "30 8 * 4 *"), "2027-04-01"), "4月の最初の開庁日（年度初め）です");
    assert_eq!(why(&nth(-1, "30 8 * 3 *"), "2027-03-31"), "3月の最後の開庁日（年度末）です");
    assert_eq!(why(&nth(3, "0 9 * * *"), "2026-05-08"), "5月の第3開庁日です");
}

#[test]
fn the_end_of_the_month_with_leap_days() {
    let end = |days, shift| Schedule { of_month: Some(OfMonth::End), days, shift, ..schedule("0 9 * * *") };
    assert_eq!(
        fires(&end(Days::All, Shift::None), "2028-01-01", "2028-04-30"),
        ["01-31 09:00", "02-29 09:00", "03-31 09:00", "04-30 09:00"]
    );
    assert_eq!(fires(&end(Days::Open, Shift::None), "2027-01-01", "2027-03-31"), ["03-31 09:00"]);
    assert_eq!(
        fires(&end(Days::Open, Shift::Previous), "2027-01-01", "2027-02-28"),
        ["01-29 09:00", "02-26 09:00"]
    );
    assert_eq!(
        fires(&end(Days::Open, Shift::Next), "2027-02-01", "2027-03-01"),
        ["02-01 09:00", "03-01 09:00"]
    );
    assert_eq!(
        fires(&schedule("0 9 29 2 *"), "2026-01-01", "2032-12-31"),
        ["02-29 09:00"],
        "2032's is a Sunday"
    );
}

#[test]
fn within_a_fiscal_year() {
    let year =
        Schedule { from: Some(date(2026, 4, 1)), until: Some(date(2027, 3, 31)), ..schedule("0 20 * * *") };
    assert_eq!(fires(&year, "2026-03-30", "2026-04-02"), ["04-01 20:00", "04-02 20:00"]);
    assert_eq!(fires(&year, "2027-03-30", "2027-04-05"), ["03-30 20:00", "03-31 20:00"]);
}

#[test]
fn the_offices_own_days() {
    let calendar = OfficeCalendar::new().with_open(date(2027, 3, 28), "日曜開庁").with_closed_yearly(
        11,
        30,
        "開市記念日",
    );
    let daily = Schedule { shift: Shift::Next, ..schedule("0 9 * * *") };
    let at = |from: &str, to: &str| {
        let (from, to) = (tokyo(from), tokyo(to));
        daily
            .moments(&calendar, &from, &to)
            .into_iter()
            .map(|m| (m.at.date().to_string(), m.why))
            .collect::<Vec<_>>()
    };
    let opening = at("2027-03-27T00:00", "2027-03-28T23:00");
    assert_eq!(opening.len(), 1);
    assert!(opening[0].1.starts_with("日曜開庁のため開庁日です。"), "{opening:?}");
    let founded = at("2026-11-30T00:00", "2026-12-01T23:00");
    assert_eq!(founded[0].0, "2026-12-01");
    assert!(founded[0].1.contains("11月30日（月）は開市記念日のため"), "{founded:?}");
}

#[test]
fn a_day_beyond_the_data_is_held_and_says_so() {
    let daily = schedule("0 9 * * *");
    assert_eq!(fires(&daily, "2050-12-28", "2051-01-02"), ["12-28 09:00", "01-01 09:00?", "01-02 09:00?"]);
    assert!(why(&daily, "2051-01-01").contains("2051年の祝日が登録されていない"));
    let all = Schedule { days: Days::All, ..daily.clone() };
    assert_eq!(
        fires(&all, "2051-01-01", "2051-01-02"),
        ["01-01 09:00", "01-02 09:00"],
        "these need no holidays"
    );
    let last = Schedule { shift: Shift::Next, ..schedule("0 9 31 12 *") };
    assert_eq!(fires(&last, "2050-12-01", "2051-01-10"), ["12-31 09:00?"], "where it moves to is not known");
    let nth = Schedule { of_month: Some(OfMonth::NthOpen(3)), ..daily };
    assert_eq!(fires(&nth, "2051-01-01", "2051-02-28"), ["01-01 09:00?", "02-01 09:00?"]);
}

#[test]
fn what_never_comes_due_is_refused() {
    let calendar = OfficeCalendar::new();
    let check = |s: Schedule| s.check(&calendar);
    assert_eq!(check(schedule("0 9 3 1 *")), Err(ScheduleError::NeverFires), "3 January is always closed");
    assert_eq!(check(Schedule { shift: Shift::Next, ..schedule("0 9 3 1 *") }), Ok(()));
    assert_eq!(check(Schedule { days: Days::Closed, ..schedule("0 9 3 1 *") }), Ok(()));
    assert_eq!(check(schedule("0 9 29 2 *")), Ok(()));
    let nth = |n| Schedule { of_month: Some(OfMonth::NthOpen(n)), ..schedule("0 9 * * *") };
    assert_eq!((check(nth(22)), check(nth(23))), (Ok(()), Ok(())));
    assert_eq!(
        check(Schedule { at: Cron::parse("0 9 * 1 *").unwrap(), ..nth(21) }),
        Err(ScheduleError::NeverFires)
    );
    assert_eq!(
        check(Schedule { at: Cron::parse("0 9 1 * *").unwrap(), ..nth(1) }),
        Err(ScheduleError::DayTwice)
    );
    assert_eq!(check(Schedule { shift: Shift::Next, ..nth(1) }), Err(ScheduleError::AlwaysOpen));
    let closed = Schedule { days: Days::Closed, shift: Shift::Next, ..schedule("0 9 * * *") };
    assert_eq!(check(closed), Err(ScheduleError::NothingToShift));
    let (from, until) = (Some(date(2027, 4, 1)), Some(date(2026, 3, 31)));
    assert_eq!(check(Schedule { from, until, ..schedule("0 9 * * *") }), Err(ScheduleError::Backwards));
    let golden = (Some(date(2027, 5, 3)), Some(date(2027, 5, 5)));
    let golden = Schedule { from: golden.0, until: golden.1, ..schedule("0 9 * * *") };
    assert_eq!(check(golden), Err(ScheduleError::NeverFires), "three holidays in a row");
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let at = prop_oneof![
        Just("30 8 * * *"),
        Just("0 9 1 * *"),
        Just("15 20 * * 1"),
        Just("0 7 31 * *"),
        Just("5 6 15 */3 *")
    ];
    let days = prop_oneof![Just(Days::Open), Just(Days::Closed), Just(Days::All)];
    let shift = prop_oneof![Just(Shift::None), Just(Shift::Previous), Just(Shift::Next)];
    (at, days, shift).prop_map(|(at, days, shift)| {
        let shift = if days == Days::Open { shift } else { Shift::None };
        Schedule { days, shift, ..schedule(at) }
    })
}

proptest! {
    #[test]
    fn a_window_cut_in_two_gives_the_same(s in any_schedule(), day in 0_i32..8_000, first in 1_i32..40, second in 1_i32..40) {
        let calendar = OfficeCalendar::new();
        let start = tokyo("2026-01-01T12:00").checked_add(day.days()).unwrap();
        let (cut, end) = (start.checked_add(first.days()).unwrap(), start.checked_add((first + second).days()).unwrap());
        let at = |from: &Zoned, to: &Zoned| s.moments(&calendar, from, to).into_iter().map(|m| (m.at, m.standing)).collect::<Vec<_>>();
        let halves = [at(&start, &cut), at(&cut, &end)].concat();
        prop_assert_eq!(at(&start, &end), halves);
    }

    #[test]
    fn what_fires_fires_on_a_suitable_day_and_in_order(s in any_schedule(), day in 0_i32..8_000) {
        let calendar = OfficeCalendar::new();
        let start = tokyo("2026-01-01T12:00").checked_add(day.days()).unwrap();
        let found = s.moments(&calendar, &start, &start.checked_add(70.days()).unwrap());
        let firing: Vec<_> = found.iter().filter(|m| m.standing == Standing::Fires).collect();
        prop_assert!(firing.windows(2).all(|two| two[0].at < two[1].at));
        for moment in firing {
            let open = calendar.is_open(moment.at.date()).unwrap();
            prop_assert!(s.days == Days::All || open == (s.days == Days::Open), "{moment:?}");
            prop_assert!(!moment.why.is_empty());
        }
    }
}
