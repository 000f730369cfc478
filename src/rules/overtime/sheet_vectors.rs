//! Every row of the table of errors: a line, and what becomes of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use jiff::civil::{Date, date};

fn line(day: &str, from: &str, to: &str) -> Line {
    Line { day: day.into(), from: from.into(), to: to.into(), ..Line::default() }
}

fn july() -> Date {
    date(2026, 7, 1)
}

fn read(sheet: &Sheet) -> Reading {
    let days = Days::of(&Ordinance::default()).unwrap();
    sheet.read(july(), &days, &WorkingHours::default()).unwrap()
}

/// What becomes of the last of these lines.
fn outcome(lines: Vec<Line>) -> Vec<(Outcome, String)> {
    let last = lines.len();
    let reading = read(&Sheet { lines, ..Sheet::default() });
    reading.faults.into_iter().filter(|f| f.line == last).map(|f| (f.outcome, f.why)).collect()
}

fn only(line: Line) -> Vec<(Outcome, String)> {
    outcome(vec![line])
}

#[track_caller]
fn is(found: &[(Outcome, String)], outcome: Outcome, words: &str) {
    assert!(matches!(found, [(o, why)] if *o == outcome && why.contains(words)), "{found:?}");
}

#[test]
fn a_good_line_says_nothing() {
    assert_eq!(only(line("7/1", "17:15", "20:00")), []);
}

#[test]
fn no_seal_or_more_than_ordered_is_decided_by_the_head() {
    is(&only(Line { seal: Some(false), ..line("1", "17:15", "20:00") }), Outcome::Decide, "印がありません");
    let ordered = |to: &str| Line {
        ordered_from: Some("17:15".into()),
        ordered_to: Some(to.into()),
        ..line("1", "17:15", "20:00")
    };
    is(&only(ordered("19:00")), Outcome::Decide, "命令の時間（17:15–19:00）を超えています");
    is(&only(ordered("")), Outcome::Decide, "命令の時刻がありません");
    assert_eq!(only(ordered("20:00")), []);
    is(&only(line("1", "", "")), Outcome::Decide, "実績の時刻がありません");
}

#[test]
fn overlap_stops_the_line() {
    let lines = vec![line("1", "17:15", "25:30"), line("2", "0:00", "1:00")];
    is(&outcome(lines), Outcome::Stopped, "1行目の勤務と時間が重なっています");
    let away = |span| Sheet {
        lines: vec![line("1", "17:15", "20:00")],
        away: vec![Away { day: july(), span, what: "出張".into() }],
        ..Sheet::default()
    };
    assert_eq!(read(&away(None)).faults[0].why, "出張と時間が重なっています");
    assert_eq!(read(&away(Some((1140, 1260)))).faults.len(), 1);
    assert_eq!(read(&away(Some((540, 1035)))).faults.len(), 0);
}

#[test]
fn work_that_goes_on_into_the_next_day_is_compared_with_that_day() {
    // The 1st is a Wednesday: the regular hours of the 2nd begin at 8:30.
    is(&only(line("1", "32:00", "33:00")), Outcome::Stopped, "正規の勤務時間に重なっています");
    is(&only(line("1", "20:00", "33:00")), Outcome::Stopped, "正規の勤務時間に重なっています");
    assert_eq!(only(line("1", "20:00", "32:30")), []);
    assert_eq!(only(line("3", "20:00", "33:00")), [], "the 4th is a Saturday");
    let away = |day: i8, span| Sheet {
        lines: vec![line("1", "20:00", "25:30")],
        away: vec![Away { day: date(2026, 7, day), span, what: "休暇".into() }],
        ..Sheet::default()
    };
    assert_eq!(read(&away(2, Some((60, 120)))).faults[0].why, "休暇と時間が重なっています");
    assert_eq!(read(&away(2, Some((510, 720)))).faults, []);
    assert_eq!(read(&away(2, None)).faults, [], "a day off after a night of work");
    assert_eq!(read(&away(3, None)).faults, []);
}

#[test]
fn a_day_of_the_week_that_is_not_that_days_is_decided_by_people() {
    assert_eq!(only(line("7月1日（水）", "17:15", "20:00")), []);
    assert_eq!(only(line("1(水曜)", "17:15", "20:00")), []);
    is(&only(line("7月1日（木）", "17:15", "20:00")), Outcome::Decide, "日付と曜日が合いません");
    assert_eq!(only(line("4（週休日）", "9:00", "12:00")), []);
}

#[test]
fn the_log_is_compared() {
    let sheet = |to| Sheet {
        lines: vec![line("1", "17:15", "20:00")],
        badges: Some(vec![Badge { day: july(), from: Some(500), to }]),
        tolerance: 30,
        ..Sheet::default()
    };
    let faults = read(&sheet(Some(1231))).faults;
    assert_eq!(
        (faults[0].outcome, faults[0].why.as_str()),
        (Outcome::Differs, "終了 20:00 が入退庁の記録 20:31 と 31分違います")
    );
    assert_eq!(read(&sheet(Some(1230))).faults, []);
    assert_eq!(read(&sheet(Some(1231))).entries.len(), 1, "it still counts");
    let without = Sheet { badges: Some(vec![]), ..sheet(None) };
    assert_eq!(read(&without).faults[0].why, "この日の入退庁の記録がありません");
}

#[test]
fn next_day_writing_is_shown() {
    is(&only(line("1", "17:15", "翌1:30")), Outcome::Noted, "「翌1:30」を 25:30 として");
    assert_eq!(only(line("1", "17:15", "25:30")), []);
    let reading = read(&Sheet { lines: vec![line("1", "17:15", "翌1時30分")], ..Sheet::default() });
    assert_eq!((reading.entries[0].1.from, reading.entries[0].1.to), (1035, 1530));
}

#[test]
fn a_wrong_day_type_follows_the_calendar() {
    let written = |day: &str, kind: &str| Line { day_kind: kind.into(), ..line(day, "9:00", "12:00") };
    is(&only(written("20", "勤務日")), Outcome::Noted, "暦により「休日」");
    assert_eq!(only(written("4", "週休日")), []);
    assert_eq!(only(written("5", "週休日")), []);
}

#[test]
fn what_cannot_be_right_stops() {
    for (bad, words) in [
        (line("2026-06-30", "17:15", "20:00"), "この月の日付ではありません"),
        (line("7月32日", "17:15", "20:00"), "という日はありません"),
        (line("2月30日", "17:15", "20:00"), "という日はありません"),
        (line("", "17:15", "20:00"), "月日がありません"),
        (line("1", "20:00", "17:15"), "終了が開始より前"),
        (line("1", "22:00", "1:00"), "翌日にまたがるとき"),
        (line("1", "-1:00", "20:00"), "負の時刻"),
        (line("1", "17:75", "20:00"), "ありえない時刻"),
        (line("1", "夕方", "20:00"), "開始の時刻として読めません"),
        (line("1", "16:00", "20:00"), "正規の勤務時間に重なっています"),
        (line("4", "0:00", "翌0:30"), "24時間を超えています"),
        (Line { pause: "12:00-13:00".into(), ..line("4", "13:00", "17:00") }, "休憩が勤務の時間に"),
        (Line { pause: "240".into(), ..line("4", "13:00", "17:00") }, "休憩が勤務の時間に"),
        (Line { kind: "残業？".into(), ..line("1", "17:15", "20:00") }, "区分が"),
    ] {
        let found = only(bad.clone());
        assert!(
            found.last().is_some_and(|(o, why)| *o == Outcome::Stopped && why.contains(words)),
            "{bad:?}: {found:?}"
        );
    }
}

#[test]
fn the_day_off_in_lieu_itself_is_no_work() {
    // The 6th is a Monday, the 20th a holiday.
    let lieu = |day: &str| Line { kind: "代休".into(), ..line(day, "8:30", "12:00") };
    is(&only(lieu("6")), Outcome::Stopped, "正規の勤務時間に重なっています（代休の行には");
    assert_eq!(only(lieu("20")), []);
    assert_eq!(only(Line { kind: "代休".into(), ..line("6", "17:15", "20:00") }), []);
}

#[test]
fn one_bad_line_leaves_the_others() {
    let lines = vec![line("1", "17:15", "19:15"), line("2", "夕方", "20:00"), line("3", "17:15", "19:15")];
    let person = Person {
        pays: vec![Pay { from: july(), base: 257_500, allowances: vec![] }],
        sheet: Sheet { lines, ..Sheet::default() },
        ..Person::default()
    };
    let rule = Ordinance::default();
    let settled = person.settle(july(), &rule, &Days::of(&rule).unwrap()).unwrap();
    assert_eq!((settled.pay.yen, settled.faults.len(), settled.hours.plain), (4 * 2_060, 1, 240));
    let before = [PaidBefore {
        allowance: "時間外勤務手当".into(),
        percent: 125,
        hours: crate::rules::Ratio::whole(2),
        yen: 4_120,
    }];
    let rest = differences(&settled.pay, &before);
    assert_eq!((rest.len(), rest[0].yen, rest[0].hours), (1, 4_120, crate::rules::Ratio::whole(2)));
}

#[test]
fn a_gap_in_earlier_months_counts_as_nothing() {
    let person = Person {
        pays: vec![Pay { from: july(), base: 257_500, allowances: vec![] }],
        earlier: vec![MonthHours { month: date(2026, 4, 1), plain: 5_400, whole: 5_400 }],
        other_directed: true,
        ..Person::default()
    };
    let rule = Ordinance::default();
    let settled = person.settle(july(), &rule, &Days::of(&rule).unwrap()).unwrap();
    assert_eq!(settled.limits, [], "90 h in April, none since: the mean of four months is 22.5");
}
