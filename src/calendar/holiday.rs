//! National holidays by the rules of the holiday act, 2020 to 2050.
//!
//! Outside these years nothing is claimed: later laws are not known, earlier rules are not built in.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// First year whose holidays are known.
pub const FIRST_YEAR: i16 = 2020;
/// Last year whose holidays are known.
pub const LAST_YEAR: i16 = 2050;

/// Name given to a day off between two holidays, and to a substitute day.
const DAY_OFF: &str = "国民の休日";
const SUBSTITUTE: &str = "振替休日";

/// The name of the national holiday on a day, substitute days (振替休日) and 国民の休日 included.
///
/// `None` when it is no holiday, and for years outside 2020–2050.
#[must_use]
pub fn holiday_name(day: Date) -> Option<&'static str> {
    if !(FIRST_YEAR..=LAST_YEAR).contains(&day.year()) {
        return None;
    }
    named(day)
        .or_else(|| is_substitute(day).then_some(SUBSTITUTE))
        .or_else(|| is_between(day).then_some(DAY_OFF))
}

/// Holidays that the act names (国民の祝日).
fn named(day: Date) -> Option<&'static str> {
    if matches!((day.year(), day.month()), (2020 | 2021, 7 | 8 | 10)) {
        return moved_for_the_games(day);
    }
    by_date(day).or_else(|| by_monday(day)).or_else(|| by_equinox(day))
}

/// The holidays of July, August and October of 2020 and 2021, which moved because of the Olympic Games.
fn moved_for_the_games(day: Date) -> Option<&'static str> {
    Some(match (day.year(), day.month(), day.day()) {
        (2020, 7, 23) | (2021, 7, 22) => "海の日",
        (2020, 7, 24) | (2021, 7, 23) => "スポーツの日",
        (2020, 8, 10) | (2021, 8, 8) => "山の日",
        _ => return None,
    })
}

/// Holidays on a fixed date.
fn by_date(day: Date) -> Option<&'static str> {
    Some(match (day.month(), day.day()) {
        (1, 1) => "元日",
        (2, 11) => "建国記念の日",
        (2, 23) => "天皇誕生日",
        (4, 29) => "昭和の日",
        (5, 3) => "憲法記念日",
        (5, 4) => "みどりの日",
        (5, 5) => "こどもの日",
        (8, 11) => "山の日",
        (11, 3) => "文化の日",
        (11, 23) => "勤労感謝の日",
        _ => return None,
    })
}

/// Holidays on the second or third Monday of a month.
fn by_monday(day: Date) -> Option<&'static str> {
    if day.weekday() != Weekday::Monday {
        return None;
    }
    Some(match (day.month(), (day.day() + 6) / 7) {
        (1, 2) => "成人の日",
        (7, 3) => "海の日",
        (9, 3) => "敬老の日",
        (10, 2) => "スポーツの日",
        _ => return None,
    })
}

/// The equinoxes by the usual approximation, which holds for 1980–2099. The official day is published each February for
/// the year after.
fn by_equinox(day: Date) -> Option<&'static str> {
    let (base, name) = match day.month() {
        3 => (20_843_100_i64, "春分の日"),
        9 => (23_248_800, "秋分の日"),
        _ => return None,
    };
    let years = i64::from(day.year()) - 1980;
    let equinox = (base + 242_194 * years) / 1_000_000 - years / 4;
    (i64::from(day.day()) == equinox).then_some(name)
}

/// Whether a named holiday fell on a Sunday and this is the first day after it that is not a named holiday.
fn is_substitute(day: Date) -> bool {
    let mut before = day;
    for _ in 0..6 {
        let Ok(yesterday) = before.yesterday() else { return false };
        if named(yesterday).is_none() {
            return false;
        }
        if yesterday.weekday() == Weekday::Sunday {
            return true;
        }
        before = yesterday;
    }
    false
}

/// Whether the day before and the day after are both named holidays. A Sunday can never get here: it would need Saturday
/// and Monday named, and stays a Sunday.
fn is_between(day: Date) -> bool {
    let around = day.checked_sub(1.day()).ok().zip(day.checked_add(1.day()).ok());
    day.weekday() != Weekday::Sunday && around.is_some_and(|(a, b)| named(a).is_some() && named(b).is_some())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// The checked list: three independent data sets agree on it.
    const CHECKED: &str = include_str!("../../fixtures/text/holidays_2020_2050.tsv");

    #[test]
    fn the_rules_give_the_checked_list() {
        let checked: Vec<Date> = CHECKED
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split('\t').next().unwrap().parse().unwrap())
            .collect();
        let days = date(FIRST_YEAR, 1, 1).series(1.day()).take_while(|d| d.year() <= LAST_YEAR);
        let by_rule: Vec<Date> = days.filter(|d| holiday_name(*d).is_some()).collect();
        assert_eq!(checked.len(), 552);
        assert_eq!(by_rule, checked);
    }

    #[test]
    fn special_days() {
        for (day, name) in [
            (date(2020, 7, 24), Some("スポーツの日")),
            (date(2020, 10, 12), None),
            (date(2021, 8, 9), Some(SUBSTITUTE)),
            (date(2021, 10, 11), None),
            (date(2026, 5, 6), Some(SUBSTITUTE)),
            (date(2026, 9, 22), Some(DAY_OFF)),
            (date(2027, 3, 22), Some(SUBSTITUTE)),
            (date(2028, 2, 29), None),
            (date(2051, 1, 1), None),
            (date(2019, 1, 1), None),
        ] {
            assert_eq!(holiday_name(day), name, "{day}");
        }
    }
}
