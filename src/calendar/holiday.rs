//! National holidays, 1970 to 2050, from packed data (`data/holidays.txt`; source and licence beside it).
//!
//! Outside these years nothing is claimed: later laws are not known, earlier years nobody asks for.

use jiff::civil::Date;
use std::sync::LazyLock;

/// First year whose holidays are known.
pub const FIRST_YEAR: i16 = 1970;
/// Last year whose holidays are known.
pub const LAST_YEAR: i16 = 2050;

/// One line per year: `1970 0101元日 0115成人の日 …`.
const PACKED: &str = include_str!("data/holidays.txt");

/// Every holiday with its name, in order.
static HOLIDAYS: LazyLock<Vec<(Date, &'static str)>> = LazyLock::new(|| {
    let mut all: Vec<_> = PACKED.lines().flat_map(year).collect();
    all.sort_unstable();
    all
});

/// The holidays of one line.
fn year(line: &'static str) -> impl Iterator<Item = (Date, &'static str)> {
    let mut words = line.split(' ');
    let year = words.next().unwrap_or_default();
    words.map(move |word| {
        let (day, name) = word.split_at(4);
        (format!("{year}{day}").parse().expect("the packed dates exist"), name)
    })
}

/// The name of the national holiday on a day, substitute days (振替休日) and 国民の休日 included.
///
/// `None` when it is no holiday, and for years outside 1970–2050.
#[must_use]
pub fn holiday_name(day: Date) -> Option<&'static str> {
    let at = HOLIDAYS.binary_search_by_key(&day, |(holiday, _)| *holiday).ok()?;
    Some(HOLIDAYS[at].1)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use jiff::{
        ToSpan,
        civil::{Weekday, date},
    };

    /// The checked list: three independent data sets agree on it.
    const CHECKED: &str = include_str!("../../fixtures/text/holidays_2020_2050.tsv");
    const SUBSTITUTE: &str = "振替休日";
    const DAY_OFF: &str = "国民の休日";

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
        day.weekday() != Weekday::Sunday
            && around.is_some_and(|(a, b)| named(a).is_some() && named(b).is_some())
    }

    /// What the holiday act says, from 2020 on.
    fn by_rule(day: Date) -> Option<&'static str> {
        named(day)
            .or_else(|| is_substitute(day).then_some(SUBSTITUTE))
            .or_else(|| is_between(day).then_some(DAY_OFF))
    }

    fn days(first: i16) -> impl Iterator<Item = Date> {
        date(first, 1, 1).series(1.day()).take_while(|d| d.year() <= LAST_YEAR)
    }

    #[test]
    fn the_packed_data_are_whole() {
        assert_eq!(HOLIDAYS.len(), 1_329);
        assert!(HOLIDAYS.is_sorted());
        let years: Vec<i16> = (FIRST_YEAR..=LAST_YEAR).collect();
        let known: Vec<i16> =
            years.iter().copied().filter(|y| holiday_name(date(*y, 1, 1)) == Some("元日")).collect();
        assert_eq!(known, years);
    }

    #[test]
    fn the_data_the_checked_list_and_the_rules_of_the_act_agree() {
        let checked: Vec<Date> = CHECKED
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split('\t').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(checked.len(), 552);
        assert_eq!(days(2020).filter(|d| holiday_name(*d).is_some()).collect::<Vec<_>>(), checked);
        for day in days(2020) {
            assert_eq!(holiday_name(day), by_rule(day), "{day}");
        }
    }

    #[test]
    fn special_days() {
        for (day, name) in [
            (date(1989, 2, 24), Some("大喪の礼")),
            (date(2019, 4, 30), Some(DAY_OFF)),
            (date(2019, 5, 1), Some("休日")),
            (date(2019, 10, 22), Some("休日")),
            (date(2020, 7, 24), Some("スポーツの日")),
            (date(2020, 10, 12), None),
            (date(2021, 8, 9), Some(SUBSTITUTE)),
            (date(2021, 10, 11), None),
            (date(2026, 5, 6), Some(SUBSTITUTE)),
            (date(2026, 9, 22), Some(DAY_OFF)),
            (date(2027, 3, 22), Some(SUBSTITUTE)),
            (date(2028, 2, 29), None),
            (date(2051, 1, 1), None),
            (date(1969, 1, 1), None),
        ] {
            assert_eq!(holiday_name(day), name, "{day}");
        }
    }
}
