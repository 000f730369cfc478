//! What a cell shows, as text and as a number. Each kind of cell is named here, so that none is empty in silence.

use crate::text::numeral::without_commas;
use calamine::{Data, ExcelDateTime};
use jiff::{
    SignedDuration, Span, SpanRelativeTo, Unit,
    civil::{Date, DateTime, Time, date},
};
use serde_json::{Value, json};

/// The day before the first one of a sheet. A moment on it is a time without a day.
const DAY_ZERO: Date = date(1899, 12, 30);

/// A sheet counts in days.
const DAY_SECONDS: f64 = 86_400.0;

/// What a cell holds, as text. [`super::zeros`] knows of zeros that its format adds.
pub(super) fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => decimal(*number),
        Data::Bool(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        Data::DateTime(at) => moment(at),
        Data::DateTimeIso(text) => iso_moment(text),
        Data::DurationIso(text) => iso_length(text),
        Data::Error(error) => error.to_string(),
    }
}

/// Whether a cell holds words or a day: no amount, of which there would be more if several lines had it.
pub(super) fn is_words_or_day(cell: &Data) -> bool {
    match cell {
        Data::String(text) => !text.trim().is_empty(),
        Data::DateTime(at) => !at.is_duration() && at.as_f64() >= 1.0,
        Data::DateTimeIso(text) => text.trim().parse::<DateTime>().is_ok_and(|at| at.date() != DAY_ZERO),
        Data::Empty
        | Data::Int(_)
        | Data::Float(_)
        | Data::Bool(_)
        | Data::DurationIso(_)
        | Data::Error(_) => false,
    }
}

/// A number, also where it was typed as text with commas between thousands. What only a computer takes for a number (`nan`,
/// `1e5`), and a list (`3,4`), is text.
pub(super) fn number_of(cell: &Data, text: &str) -> Option<Value> {
    if !matches!(cell, Data::Int(_) | Data::Float(_) | Data::String(_)) {
        return None;
    }
    let text = text.trim();
    let plain = without_commas(text)?;
    if !plain.chars().all(|c| c.is_ascii_digit() || "+-.".contains(c)) {
        return None;
    }
    let fraction = || plain.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| json!(n));
    plain.parse::<i64>().ok().map(|n| json!(n)).or_else(fraction)
}

/// Hours between two moments come out of a workbook as 9.000000000174623, which Excel shows as 9. No count of anything has so
/// small a fraction.
const NOISE: f64 = 1e-6;

/// As [`number_of`], in a column of whole numbers: without the noise of a calculation.
pub(super) fn whole_number_of(cell: &Data, text: &str) -> Option<Value> {
    match cell {
        Data::Float(number) if number.fract() != 0.0 && (number - number.round()).abs() < NOISE => {
            let whole = Data::Float(number.round());
            number_of(&whole, &text_of(&whole))
        }
        _ => number_of(cell, text),
    }
}

/// A number with fifteen digits, as Excel shows it: what stands behind them is the noise of a calculation. A whole number
/// keeps all its digits.
pub(super) fn decimal(number: f64) -> String {
    if number.fract() == 0.0 {
        return number.to_string();
    }
    format!("{number:.14e}").parse::<f64>().unwrap_or(number).to_string()
}

/// A day as `2026-04-01`, a day with a time as `2026-04-01 09:30`, a time or a length of time alone as `09:30`; with seconds
/// where there are any.
fn moment(at: &ExcelDateTime) -> String {
    if at.is_duration() || at.as_f64() < 0.0 {
        let held = SignedDuration::try_from_secs_f64(at.as_f64() * DAY_SECONDS).ok();
        return held.and_then(length).unwrap_or_else(|| decimal(at.as_f64()));
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let day = format!("{year:04}-{month:02}-{day:02}");
    let time = clock(hour.into(), minute.into(), second.into());
    match (at.as_f64() < 1.0, at.as_f64().fract() == 0.0) {
        (true, _) => time,
        (_, true) => day,
        _ => format!("{day} {time}"),
    }
}

/// As [`moment`], of a cell that holds ISO 8601 (`2026-04-01T09:30:00`). What cannot be read stays as it is written.
fn iso_moment(text: &str) -> String {
    let Ok(at) = text.trim().parse::<DateTime>() else {
        return text.trim().parse::<Time>().map_or_else(|_| text.to_owned(), time_of_day);
    };
    let at = at.round(Unit::Second).unwrap_or(at);
    match (at.date() == DAY_ZERO, at.time() == Time::midnight()) {
        (_, true) => at.date().to_string(),
        (true, _) => time_of_day(at.time()),
        _ => format!("{} {}", at.date(), time_of_day(at.time())),
    }
}

/// A length of time in ISO 8601 (`PT09H30M00S`) as `09:30`. What cannot be read stays as it is written.
fn iso_length(text: &str) -> String {
    let span = text.trim().parse::<Span>();
    let held = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    held.ok().and_then(length).unwrap_or_else(|| text.to_owned())
}

/// A length of time to the second.
fn length(held: SignedDuration) -> Option<String> {
    let held = held.round(Unit::Second).ok()?;
    let (sign, seconds) = (if held.is_negative() { "-" } else { "" }, held.as_secs().unsigned_abs());
    Some(format!("{sign}{}", clock(seconds / 3600, seconds / 60 % 60, seconds % 60)))
}

fn time_of_day(at: Time) -> String {
    let [hour, minute, second] = [at.hour(), at.minute(), at.second()].map(i8::unsigned_abs);
    clock(hour.into(), minute.into(), second.into())
}

/// `09:30`, or `09:30:15` where there are seconds.
fn clock(hour: u64, minute: u64, second: u64) -> String {
    match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn the_noise_of_a_calculation_is_no_fraction() {
        let whole = |n: f64| whole_number_of(&Data::Float(n), &text_of(&Data::Float(n)));
        assert_eq!(
            (whole(9.000_000_000_174_623), whole(-3.000_000_000_1)),
            (Some(json!(9)), Some(json!(-3)))
        );
        assert_eq!((whole(1e-9), whole(0.999_999_999_9)), (Some(json!(0)), Some(json!(1))));
        assert_eq!((whole(1234.5), whole(0.001)), (Some(json!(1234.5)), Some(json!(0.001))));
    }

    #[test]
    fn dates_and_times_in_iso_8601_are_shown_as_all_others() {
        for (written, shown) in [
            ("1985-01-02", "1985-01-02"),
            ("2026-04-01T00:00:00", "2026-04-01"),
            ("2026-04-01T09:30:00.000", "2026-04-01 09:30"),
            ("2026-04-01T09:29:59.999999791", "2026-04-01 09:30"),
            ("2026-04-01T23:59:59.9999998", "2026-04-02"),
            ("2026-04-01T09:30:15", "2026-04-01 09:30:15"),
            ("1899-12-30T09:30:00", "09:30"),
            ("09:30:00", "09:30"),
            ("2026-03-31T15:00:00Z", "2026-03-31T15:00:00Z"),
            ("いつか", "いつか"),
            ("", ""),
        ] {
            assert_eq!(text_of(&Data::DateTimeIso(written.to_owned())), shown, "{written}");
        }
        for (written, shown) in [
            ("PT09H30M00S", "09:30"),
            ("PT09H29M59.999999791S", "09:30"),
            ("PT09H30M15S", "09:30:15"),
            ("PT125H05M", "125:05"),
            ("P1DT1H", "25:00"),
            ("-PT01H15M00S", "-01:15"),
            ("P1Y", "P1Y"),
            ("長い", "長い"),
        ] {
            assert_eq!(text_of(&Data::DurationIso(written.to_owned())), shown, "{written}");
        }
    }

    #[test]
    fn a_length_of_time_is_the_same_in_every_format() {
        let held = |days: f64, kind| text_of(&Data::DateTime(ExcelDateTime::new(days, kind, false)));
        for (seconds, iso, shown) in [
            (5445.0, "PT01H30M45S", "01:30:45"),
            (40.0, "PT00H00M40S", "00:00:40"),
            (-4500.0, "-PT01H15M00S", "-01:15"),
            (450_300.0, "PT125H05M", "125:05"),
            (34_200.000_1, "PT09H30M00S", "09:30"),
        ] {
            assert_eq!(held(seconds / DAY_SECONDS, ExcelDateTimeType::TimeDelta), shown);
            assert_eq!(text_of(&Data::DurationIso(iso.to_owned())), shown);
        }
        assert_eq!(held(0.395_833_333, ExcelDateTimeType::DateTime), "09:30", "a time of day");
        assert_eq!(held(1e300, ExcelDateTimeType::TimeDelta), decimal(1e300));
    }

    #[test]
    fn an_amount_of_time_is_no_day() {
        let at = |days: f64, kind| Data::DateTime(ExcelDateTime::new(days, kind, false));
        let iso = |text: &str| Data::DateTimeIso(text.to_owned());
        let day = at(46_113.0, ExcelDateTimeType::DateTime);
        for held in [day, iso("2026-04-01"), iso("2026-04-01T09:30:00"), Data::String("総務課".to_owned())]
        {
            assert!(is_words_or_day(&held), "{held:?}");
        }
        let time = at(0.375, ExcelDateTimeType::DateTime);
        let length = at(1.25, ExcelDateTimeType::TimeDelta);
        let iso_length = Data::DurationIso("PT09H30M00S".to_owned());
        let blank = Data::String("　".to_owned());
        for held in [time, length, iso("1899-12-30T09:30:00"), iso_length, Data::Float(300.0), blank] {
            assert!(!is_words_or_day(&held), "{held:?}");
        }
    }

    #[test]
    fn a_number_has_the_digits_that_excel_shows() {
        for (held, shown) in [
            (1.1 * 3.0, "3.3"),
            (0.1 + 0.2, "0.3"),
            (3.0 - 4e-16, "3"),
            (-7.25, "-7.25"),
            (1e-7, "0.0000001"),
            (1_234_567_890.123_45, "1234567890.12345"),
            (1_234_567_890_123_456.0, "1234567890123456"),
            (45.0, "45"),
        ] {
            let text = text_of(&Data::Float(held));
            assert_eq!(text, shown);
            assert!(number_of(&Data::Float(held), &text).is_some_and(|n| n.is_number()), "{shown}");
        }
        assert_eq!(number_of(&Data::Float(1.1 * 3.0), &text_of(&Data::Float(1.1 * 3.0))), Some(json!(3.3)));
    }

    #[test]
    fn only_what_a_person_writes_as_a_number_is_one() {
        let number = |text: &str| number_of(&Data::String(text.to_owned()), text);
        assert_eq!(number(" 1,234 "), Some(json!(1234)));
        assert_eq!(number("-0.5"), Some(json!(-0.5)));
        assert_eq!(number("-1,234,567.50"), Some(json!(-1_234_567.5)));
        for list in
            ["3,4", "1,2,3", "12,5", "1234,567", "1,23,456", ",500", "1,", "0,123", "1.5,000", "+,123"]
        {
            assert_eq!(number(list), None, "{list}");
        }
        let endless = "9".repeat(400);
        for text in ["nan", "NaN", "inf", "-infinity", "1e5", "1E5", "0x10", "", ".", "1-2", "未定", &endless]
        {
            assert_eq!(number(text), None, "{text}");
        }
        let none = Data::Float(f64::NAN);
        assert_eq!((text_of(&none), number_of(&none, "NaN")), ("NaN".to_owned(), None));
    }
}
