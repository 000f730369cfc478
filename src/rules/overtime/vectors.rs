//! The worked examples of the national model, and what must hold for any work.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::rules::Ratio;
use jiff::civil::{Date, date};
use proptest::prelude::*;

fn pay(base: i64) -> Vec<Pay> {
    vec![Pay { from: date(2020, 4, 1), base, allowances: Vec::new() }]
}

fn at(text: &str) -> u32 {
    crate::text::TimeOfDay::parse(text).unwrap().minutes()
}

fn entry(day: Date, from: &str, to: &str) -> Entry {
    Entry::new(day, at(from), at(to))
}

fn month(entries: &[Entry]) -> MonthPay {
    let rule = Ordinance::default();
    let days = Days::of(&rule).unwrap();
    month_pay(entries, &pay(257_500), &rule, &days, &WorkingHours::default()).unwrap()
}

/// Minutes by allowance and rate.
fn buckets(month: &MonthPay) -> Vec<(&'static str, u32, u32, i64)> {
    month.lines.iter().map(|l| (l.allowance.label(), l.percent, l.minutes, l.yen)).collect()
}

/// July 2026: 1 is a Wednesday, 20 a holiday (a Monday); 29 April 2026 is a Wednesday and a holiday.
fn worked_month() -> Vec<Entry> {
    let saturday = Entry { break_minutes: 60, ..entry(date(2026, 4, 4), "9:00", "17:00") };
    vec![
        entry(date(2026, 4, 6), "17:15", "20:00"),
        entry(date(2026, 4, 8), "17:15", "23:30"),
        saturday,
        entry(date(2026, 4, 5), "21:00", "24:00"),
        entry(date(2026, 4, 29), "9:00", "12:00"),
    ]
}

#[test]
fn the_worked_month_gives_51_173_yen() {
    let month = month(&worked_month());
    assert_eq!(
        buckets(&month),
        [
            ("時間外勤務手当", 125, 450, 16_480),
            ("時間外勤務手当", 135, 480, 17_800),
            ("時間外勤務手当", 150, 90, 4_944),
            ("時間外勤務手当", 160, 120, 5_274),
            ("休日勤務手当", 135, 180, 6_675),
        ]
    );
    assert_eq!(month.yen, 51_173);
    assert!(month.explanation.contains(&"2026-04-08 17:15–22:00 勤務日 125/100 285分".to_owned()));
    assert!(
        month.explanation.iter().any(|l| l.contains("÷ 1875.5時間（除く日数 18日）＝ 1647.56… → 1,648円"))
    );
    assert_eq!(month.explanation.last().map(String::as_str), Some("合計 51,173円"));
}

#[test]
fn the_order_of_rounding_is_a_setting() {
    let rule = Ordinance { round_premium: false, ..Ordinance::default() };
    let days = Days::of(&rule).unwrap();
    let found = month_pay(&worked_month(), &pay(257_500), &rule, &days, &WorkingHours::default()).unwrap();
    assert_eq!(found.lines[1].yen, 17_798);
}

#[test]
fn unit_prices_and_premiums() {
    for (base, n, unit, premiums) in [
        (257_500, 18, 1_648, [412, 2_060, 2_225, 2_472, 2_637, 2_884]),
        (257_500, 19, 1_654, [414, 2_068, 2_233, 2_481, 2_646, 2_895]),
        (257_500, 20, 1_661, [415, 2_076, 2_242, 2_492, 2_658, 2_907]),
        (230_000, 18, 1_472, [368, 1_840, 1_987, 2_208, 2_355, 2_576]),
        (310_000, 18, 1_983, [496, 2_479, 2_677, 2_975, 3_173, 3_470]),
    ] {
        let rule = Ordinance { days_off_fixed: n, ..Ordinance::default() };
        assert_eq!(rule.hourly(&pay(base)[0], 2026).unwrap().yen, unit);
        let premium = |percent| (Ratio::whole(unit) * Ratio::new(percent, 100)).round_half_up();
        assert_eq!([25, 125, 135, 150, 160, 175].map(premium), premiums);
    }
}

#[test]
fn allowances_count_by_name() {
    let pays = Pay {
        from: date(2026, 4, 1),
        base: 250_000,
        allowances: vec![("地域手当".into(), 7_500), ("扶養手当".into(), 6_500)],
    };
    let rule = Ordinance { allowances: Some(vec!["地域手当".into()]), ..Ordinance::default() };
    assert_eq!(rule.hourly(&pays, 2026).unwrap().yen, 1_648);
    assert_eq!(Ordinance::default().hourly(&pays, 2026).unwrap().yen, 1_689);
}

#[test]
fn half_an_hour_fills_the_hour() {
    for (minutes, hours) in [(29, 0), (30, 1), (89, 1), (90, 2), (3_629, 60), (3_630, 61)] {
        // Spread over Sundays, which the sixty hours leave alone.
        let sundays = (0..).map(|n| date(2026, 4, 5).checked_add(jiff::Span::new().days(7 * n)).unwrap());
        let mut left = minutes;
        let mut entries = Vec::new();
        for day in sundays {
            let now = left.min(17 * 60);
            entries.push(Entry::new(day, 300, 300 + now));
            left -= now;
            if left == 0 {
                break;
            }
        }
        let found = month(&entries);
        assert_eq!(found.lines[0].hours, Ratio::whole(hours), "{minutes}");
    }
}

/// 29 hours on Saturday the 4th and 11th and weekday evenings: 58 hours, then the vector.
fn fifty_eight_hours() -> Vec<Entry> {
    (1..=2)
        .flat_map(|week| (0..5).map(move |n| date(2026, 6, 1 + (week - 1) * 7 + n)))
        .map(|day| Entry::new(day, at("17:15"), at("17:15") + 285))
        .chain([date(2026, 6, 15), date(2026, 6, 16)].map(|d| Entry::new(d, at("17:15"), at("17:15") + 285)))
        .chain([Entry::new(date(2026, 6, 17), at("17:15"), at("17:15") + 60)])
        .collect()
}

#[test]
fn the_sixty_hour_point_is_passed_in_time_order() {
    let mut entries = fifty_eight_hours();
    let before: u32 = entries.iter().map(Entry::minutes).sum();
    assert_eq!(before, 58 * 60);
    entries.insert(0, entry(date(2026, 6, 18), "17:15", "23:15"));
    let found = month(&entries);
    let last: Vec<_> =
        found.pieces.iter().rev().take(3).rev().map(|p| (p.from, p.to, p.percent, p.minutes())).collect();
    assert_eq!(
        last,
        [
            (at("17:15"), at("19:15"), 125, 120),
            (at("19:15"), at("22:00"), 150, 165),
            (at("22:00"), at("23:15"), 175, 75)
        ]
    );
}

#[test]
fn sundays_and_holiday_hours_stay_outside_the_sixty() {
    let mut entries = fifty_eight_hours();
    entries.push(entry(date(2026, 6, 7), "5:00", "15:00"));
    let found = month(&entries);
    assert!(found.pieces.iter().all(|p| !p.over), "ten hours of a Sunday do not count");
    let rates = Rates { sunday: Rates::default().saturday, ..Rates::default() };
    let rule = Ordinance { rates, ..Ordinance::default() };
    let days = Days::of(&rule).unwrap();
    let counted = month_pay(&entries, &pay(257_500), &rule, &days, &WorkingHours::default()).unwrap();
    assert!(counted.pieces.iter().any(|p| p.over), "they do where the city counts them");
}

#[test]
fn kinds_of_lines_have_their_rates() {
    let of = |kind, day, from, to| {
        let found = month(&[Entry { kind, ..entry(day, from, to) }]);
        found.pieces.iter().map(|p| (p.percent, p.minutes())).collect::<Vec<_>>()
    };
    let holiday = date(2026, 4, 29);
    assert_eq!(of(EntryKind::Substitute, date(2026, 4, 4), "8:30", "12:00"), [(25, 210)]);
    assert_eq!(of(EntryKind::Lieu, holiday, "8:30", "12:00"), [(0, 210)]);
    assert_eq!(of(EntryKind::Overtime, holiday, "17:15", "22:30"), [(135, 285), (160, 30)]);
    assert_eq!(
        of(EntryKind::RegularNight, date(2026, 4, 6), "21:00", "29:00"),
        [(0, 60), (25, 120), (25, 300)]
    );
    assert_eq!(of(EntryKind::Overtime, date(2026, 4, 3), "22:00", "25:30"), [(150, 120), (160, 90)]);
    assert_eq!(month(&[Entry { kind: EntryKind::Lieu, ..entry(holiday, "8:30", "12:00") }]).yen, 0);
}

#[test]
fn a_break_without_a_time_lies_at_midday() {
    let holiday = Entry { break_minutes: 60, ..entry(date(2026, 4, 29), "8:30", "17:15") };
    let found = month(&[holiday]);
    assert_eq!(buckets(&found), [("休日勤務手当", 135, 465, 8 * 2_225)]);
    let long = Entry { break_minutes: 90, ..entry(date(2026, 4, 4), "9:00", "23:00") };
    let times: Vec<_> = month(&[long]).pieces.iter().map(|p| (p.from, p.to)).collect();
    assert_eq!(times, [(540, 720), (780, 1290), (1320, 1380)]);
}

#[test]
fn after_midnight_may_belong_to_the_day_of_the_start() {
    let rule = Ordinance { after_midnight: Midnight::StartDay, ..Ordinance::default() };
    let days = Days::of(&rule).unwrap();
    let pieces =
        split(&entry(date(2026, 4, 3), "22:00", "25:30"), &rule, &days, &WorkingHours::default()).unwrap();
    assert_eq!(pieces.iter().map(|p| p.percent).collect::<Vec<_>>(), [150, 150]);
}

#[test]
fn short_time_staff_have_another_rate_up_to_the_full_day() {
    let hours = WorkingHours(vec![(at("9:00"), at("12:00")), (at("13:00"), at("15:45"))]);
    let rule = Ordinance::default();
    let days = Days::of(&rule).unwrap();
    let pieces = split(&entry(date(2026, 4, 6), "15:45", "18:45"), &rule, &days, &hours).unwrap();
    assert_eq!(pieces.iter().map(|p| (p.percent, p.minutes())).collect::<Vec<_>>(), [(100, 120), (125, 60)]);
}

#[test]
fn orders_have_a_least_length_and_a_unit() {
    let rule = Ordinance { least_minutes: 60, unit_minutes: 15, ..Ordinance::default() };
    let days = Days::of(&rule).unwrap();
    let worked = |from: &str, to: &str| {
        let pieces =
            split(&entry(date(2026, 4, 6), from, to), &rule, &days, &WorkingHours::default()).unwrap();
        pieces.iter().map(Piece::minutes).sum::<u32>()
    };
    assert_eq!((worked("17:15", "18:14"), worked("17:15", "18:15"), worked("17:15", "18:29")), (0, 60, 60));
}

/// A month with that many hours above sixty on weekdays and Saturdays.
fn above(weekday: u32, saturday: u32) -> MonthPay {
    let pieces = |percent, under: WorkClass, hours: u32| Piece {
        day: date(2026, 6, 30),
        from: 0,
        to: hours * 60,
        class: under,
        night: false,
        over: true,
        percent,
    };
    MonthPay {
        pieces: vec![pieces(150, WorkClass::Workday, weekday), pieces(150, WorkClass::Saturday, saturday)],
        ..MonthPay::default()
    }
}

#[test]
fn time_off_in_place_of_the_higher_rate() {
    let rule = Ordinance::default();
    let offer = |weekday, saturday| lieu_offer(&above(weekday, saturday).pieces, &rule);
    let sixteen = offer(16, 0);
    assert_eq!((sixteen.minutes, sixteen.half_days, sixteen.whole_days), (240, 1, 0));
    let mixed = offer(8, 4);
    assert_eq!((mixed.minutes, mixed.half_days), (156, 0));
    assert_eq!(offer(31, 0).whole_days, 1);
    let paid = paid_with_lieu(&above(17, 0), 240, &pay(257_500), &rule).unwrap();
    let found: Vec<_> = paid.lines.iter().map(|l| (l.percent, l.minutes)).collect();
    assert_eq!(found, [(125, 960), (150, 60)]);
}

fn noted(months: &[(Date, u32)], other_directed: bool) -> Vec<(String, Standing)> {
    let hours: Vec<_> =
        months.iter().map(|(month, m)| MonthHours { month: *month, plain: *m, whole: *m }).collect();
    let notes = check_limits(&hours, other_directed, &Limits::default());
    notes.into_iter().map(|n| (n.limit, n.standing)).collect()
}

#[test]
fn limits_of_a_month() {
    let july = date(2026, 7, 1);
    let month = "1か月 45時間以下".to_owned();
    assert_eq!(noted(&[(july, 45 * 60)], false), [(month.clone(), Standing::Warning)]);
    assert_eq!(noted(&[(july, 45 * 60 + 15)], false), [(month, Standing::Over)]);
    assert_eq!(noted(&[(july, 36 * 60 - 1)], false), []);
    let below = "1か月 100時間未満".to_owned();
    assert!(noted(&[(july, 99 * 60 + 45)], true).contains(&(below.clone(), Standing::Warning)));
    assert!(noted(&[(july, 100 * 60)], true).contains(&(below, Standing::Over)));
}

#[test]
fn limits_of_several_months() {
    let month = |n: i8| date(if n > 12 { 2027 } else { 2026 }, (n - 1) % 12 + 1, 1);
    let found = noted(&[(month(4), 90 * 60), (month(5), 75 * 60)], true);
    assert!(found.contains(&("2か月平均 80時間以下".to_owned(), Standing::Over)), "{found:?}");
    let flat: Vec<_> = (4..10).map(|n| (month(n), 80 * 60)).collect();
    let over = noted(&flat, true).into_iter().filter(|(_, s)| *s == Standing::Over).count();
    assert_eq!(over, 0, "six times 80 hours is within the mean, and six months above 45 are allowed");
    let seven: Vec<_> = (4..11).map(|n| (month(n), 46 * 60)).collect();
    assert!(noted(&seven, true).contains(&("45時間を超える月 年6回以下".to_owned(), Standing::Over)));
    let year =
        |last: u32| (4..=12).map(|n| (month(n), 40 * 60)).chain([(month(13), last)]).collect::<Vec<_>>();
    let whole = "1年度 360時間以下".to_owned();
    assert!(noted(&year(0), false).contains(&(whole.clone(), Standing::Warning)));
    assert!(noted(&year(15), false).contains(&(whole, Standing::Over)));
}

#[test]
fn holiday_work_has_its_own_counter() {
    let found = month(&worked_month());
    assert_eq!((found.minutes(false), found.minutes(true)), (1_140, 1_320));
}

proptest! {
    #[test]
    fn no_minute_is_lost_or_invented(
        stretches in prop::collection::vec((1_i8..28, 0_u32..1440, 1_u32..1440, 0_u32..90, 0_usize..4), 1..12)
    ) {
        let kinds = [EntryKind::Overtime, EntryKind::Substitute, EntryKind::Lieu, EntryKind::RegularNight];
        let entries: Vec<_> = stretches.iter().map(|(day, from, length, pause, kind)| Entry {
            break_minutes: (*pause).min(length - 1), kind: kinds[*kind],
            ..Entry::new(date(2026, 7, *day), *from, from + length)
        }).collect();
        let found = month(&entries);
        let worked: u32 = entries.iter().map(Entry::minutes).sum();
        prop_assert_eq!(found.pieces.iter().map(Piece::minutes).sum::<u32>(), worked);
        let paid: u32 = found.lines.iter().map(|l| l.minutes).sum();
        let free: u32 = found.pieces.iter().filter(|p| p.percent == 0).map(Piece::minutes).sum();
        prop_assert_eq!(paid + free, worked);
        let counted: u32 = found.pieces.iter()
            .filter(|p| p.class.rate(&Ordinance::default()).counts() && !p.over).map(Piece::minutes).sum();
        prop_assert!(counted <= 3_600);
        prop_assert_eq!(found.yen, found.lines.iter().map(|l| l.yen).sum::<i64>());
    }
}
