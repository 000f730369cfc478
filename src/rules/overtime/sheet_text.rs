//! How days, times and breaks are written in a 命令簿.

use crate::text::{TimeError, TimeOfDay, numeral, parse_date, time_of_day, width};
use jiff::civil::{Date, Weekday};

/// A day of a sheet: a full date in either calendar, `7月1日`, `7/1`, `1日` or `1`. The year and what is missing come from
/// the sheet's month.
pub(super) fn day(text: &str, month: Date) -> Result<Date, String> {
    let folded = width::remove_spaces(&width::fold_width(text));
    if folded.is_empty() {
        return Err("月日がありません".to_owned());
    }
    let bare = folded.split(['(', '（']).next().unwrap_or_default();
    if let Some((m, d)) = month_and_day(bare) {
        let month_there = m.unwrap_or(month.month());
        let found = Date::new(month.year(), month_there, d).ok();
        return found.ok_or_else(|| format!("「{bare}」という日はありません"));
    }
    let iso = bare.get(..10).filter(|d| d.as_bytes()[4] == b'-').unwrap_or(bare);
    match parse_date(iso) {
        Ok(reading) => reading.plain_date().ok_or_else(|| format!("「{bare}」を一つの日に決められません")),
        Err(_) => Err(format!("「{bare}」は日付として読めないか、ない日です")),
    }
}

/// The day of the week behind a day, as in `7月1日(水)` or `1（水曜）`; none where none is written.
pub(super) fn weekday(text: &str) -> Option<Weekday> {
    let folded = width::remove_spaces(&width::fold_width(text));
    let mark = folded.split_once('(')?.1.chars().next()?;
    Some(match mark {
        '月' => Weekday::Monday,
        '火' => Weekday::Tuesday,
        '水' => Weekday::Wednesday,
        '木' => Weekday::Thursday,
        '金' => Weekday::Friday,
        '土' => Weekday::Saturday,
        '日' => Weekday::Sunday,
        _ => return None,
    })
}

/// `7月1日`, `7/1`, `1日`, `1`.
fn month_and_day(text: &str) -> Option<(Option<i8>, i8)> {
    let number = |t: &str| numeral::parse_number(t).and_then(|n| i8::try_from(n).ok());
    let bare = text.strip_suffix('日').unwrap_or(text);
    match bare.split_once(['月', '/']) {
        Some((month, day)) => Some((Some(number(month)?), number(day)?)),
        None => Some((None, number(bare)?)),
    }
}

/// The first day of a month: `2026-07`, `2026年7月`, `令和8年7月`, `R8.7`, or any day of it.
pub(super) fn month(text: &str) -> Option<Date> {
    let folded = width::remove_spaces(&width::fold_width(text));
    let whole = parse_date(&folded).ok().and_then(|r| r.plain_date());
    let bare = folded.trim_end_matches(['月', '分', '度']);
    let tries = [format!("{bare}-01"), format!("{bare}月1日"), format!("{bare}.1"), format!("{bare}/1")];
    let found = || tries.iter().find_map(|t| parse_date(t).ok()?.plain_date());
    whole.or_else(found).map(Date::first_of_month)
}

/// A time of a sheet or of a workbook's cell.
pub(super) fn time(text: &str) -> Result<TimeOfDay, TimeError> {
    time_of_day::from_workbook(text).map_or_else(|| TimeOfDay::parse(text), Ok)
}

/// Breaks with times, and minutes without: `12:00-13:00、15:00-15:15`, `60`, `60分`, `1:00`, `1時間`.
pub(super) fn pause(text: &str, from: u32) -> Result<(Vec<(u32, u32)>, u32), String> {
    let folded = width::remove_spaces(&width::fold_width(text));
    if matches!(folded.as_str(), "" | "なし" | "無")
        || width::is_dash(folded.chars().next().unwrap_or('x')) && folded.chars().count() == 1
    {
        return Ok((Vec::new(), 0));
    }
    if !folded.contains(separates) {
        return Ok((Vec::new(), length(&folded)?));
    }
    let stretches = folded.split(['、', ',']).map(|part| stretch(part, from));
    Ok((stretches.collect::<Result<_, _>>()?, 0))
}

fn separates(c: char) -> bool {
    width::is_dash(c) || width::is_long_mark(c) || matches!(c, '~' | '〜' | '～')
}

/// One break; before the beginning of the work it is one of the next day.
fn stretch(text: &str, from: u32) -> Result<(u32, u32), String> {
    let wrong = || "休憩を「60」か「12:00-13:00」の形で書いてください".to_owned();
    let (a, b) = text.split_once(separates).ok_or_else(wrong)?;
    let minutes = |t: &str| time(t).map(TimeOfDay::minutes).map_err(|e| format!("休憩の{e}"));
    let (a, b) = (minutes(a)?, minutes(b)?);
    if a >= b {
        return Err(wrong());
    }
    let shift = if a < from { 24 * 60 } else { 0 };
    Ok((a + shift, b + shift))
}

/// Below this a bare number is no break in minutes: it is more likely hours, and both readings would pay differently.
const FEWEST_BARE_MINUTES: u32 = 5;

/// A length of time in minutes.
fn length(text: &str) -> Result<u32, String> {
    let wrong = "休憩を「60」か「12:00-13:00」の形で書いてください";
    let number = |t: &str| numeral::parse_number(t).and_then(|n| u32::try_from(n).ok());
    let bare = text.strip_suffix('分').unwrap_or(text);
    if number(text).is_some_and(|n| (1..FEWEST_BARE_MINUTES).contains(&n)) {
        return Err(format!(
            "休憩「{text}」が{text}分か{text}時間かを決められません。「60」か「1:00」の形で書いてください"
        ));
    }
    let found = match bare.split_once("時間") {
        Some((hours, "")) => number(hours).map(|h| h * 60),
        Some((hours, "半")) => number(hours).map(|h| h * 60 + 30),
        Some((hours, minutes)) => number(hours).zip(number(minutes)).map(|(h, m)| h * 60 + m),
        // As a length of time, 0.75 may be three quarters of an hour.
        None if bare.split_once('.').is_some_and(|(_, after)| after.len() < 3) => None,
        None => number(bare).or_else(|| time(text).ok().map(TimeOfDay::minutes)),
    };
    found.filter(|m| *m <= 24 * 60).ok_or_else(|| wrong.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_as_written() {
        for text in [
            "2026-07-01",
            "2026-07-01 00:00",
            "R8.7.1",
            "令和8年7月1日",
            "7月1日",
            "７／１",
            "1",
            "１日",
            "7/1(水)",
        ] {
            assert_eq!(day(text, date(2026, 7, 1)), Ok(date(2026, 7, 1)), "{text}");
        }
        for text in ["", "31", "2月30日", "2026-02-30", "R8.2.30", "夏", "-1", "令和8年7月頃"] {
            let february = date(2026, 2, 1);
            assert!(day(text, february).is_err(), "{text}");
        }
    }

    #[test]
    fn months_as_written() {
        for text in ["2026-07", "2026年7月", "令和8年7月分", "R8.7", "2026/7", "2026-07-15"] {
            assert_eq!(month(text), Some(date(2026, 7, 1)), "{text}");
        }
        assert_eq!(month("夏"), None);
    }

    #[test]
    fn breaks_as_written() {
        for (text, expected) in [
            ("", (vec![], 0)),
            ("－", (vec![], 0)),
            ("60", (vec![], 60)),
            ("0", (vec![], 0)),
            ("5", (vec![], 5)),
            ("1分", (vec![], 1)),
            ("６０分", (vec![], 60)),
            ("1:00", (vec![], 60)),
            ("1時間半", (vec![], 90)),
            ("12:00-13:00", (vec![(720, 780)], 0)),
            ("１２：００〜１３：００、15:00-15:15", (vec![(720, 780), (900, 915)], 0)),
        ] {
            assert_eq!(pause(text, 540), Ok(expected), "{text}");
        }
        assert_eq!(pause("0:30-1:00", 1035), Ok((vec![(1470, 1500)], 0)));
        for text in ["13:00-12:00", "昼", "-60", "99時間", "0.75", "0.5", "1.30"] {
            assert!(pause(text, 540).is_err(), "{text}");
        }
    }

    #[test]
    fn a_break_that_may_be_minutes_or_hours_is_no_break() {
        for text in ["1", "１", "2", "4"] {
            let why = pause(text, 540).expect_err(text);
            assert!(why.contains("分か") && why.contains("「60」か「1:00」"), "{why}");
        }
    }
}
