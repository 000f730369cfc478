//! Tests of the date reader: every spelling and every edge of the research notes.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::*;
use jiff::civil::date;
use proptest::prelude::*;

#[test]
fn one_day_in_every_spelling() {
    for text in [
        "令和8年11月2日",
        "令和８年１１月２日",
        "令和 8 年 11 月 2 日",
        "令和八年十一月二日",
        "R8.11.2",
        "R08.11.02",
        "r8/11/2",
        "Ｒ８．１１．２",
        "R8 11 2",
        "令8・11・2",
        "令8-11-2",
        "㋿8年11月2日",
        "R081102",
        "2026-11-02",
        "2026/11/2",
        "2026年11月2日",
        "西暦2026年11月2日",
        "二〇二六年十一月二日",
        "20261102",
        "令和8年(2026年)11月2日(月)",
        "2026年(令和8年)11月2日(月曜日)",
        "2026ー11ー02",
    ] {
        let reading = parse_date(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(reading.plain_date(), Some(date(2026, 11, 2)), "{text}");
        assert_eq!(reading.raw(), text);
    }
}

#[test]
fn eras_have_their_edges() {
    for (text, day) in [
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R1.5.1", date(2019, 5, 1)),
        ("令1.5.1", date(2019, 5, 1)),
        ("平成31.4.30", date(2019, 4, 30)),
        ("昭和64.1.7", date(1989, 1, 7)),
        ("大正15.12.24", date(1926, 12, 24)),
        ("大正15.12.25", date(1926, 12, 25)),
        ("昭和元.12.25", date(1926, 12, 25)),
        ("明治45.7.29", date(1912, 7, 29)),
        ("明治45年7月30日", date(1912, 7, 30)),
        ("令和三年十二月一日", date(2021, 12, 1)),
        ("S39.10.10", date(1964, 10, 10)),
        ("R10.2.29", date(2028, 2, 29)),
    ] {
        assert_eq!(parse_date(text).map(|r| r.plain_date()), Ok(Some(day)), "{text}");
    }
}

#[test]
fn an_era_that_was_over_is_noted() {
    let reading = parse_date("平成32年3月31日").unwrap();
    assert_eq!(reading.date(), Some(date(2020, 3, 31)));
    assert_eq!(reading.notes(), [DateNote::EraOver]);
    assert_eq!(reading.plain_date(), None);
    assert_eq!(parse_date("昭和64年1月8日").unwrap().notes(), [DateNote::EraOver]);
    assert_eq!(parse_date("R8.11.2(火)").unwrap().notes(), [DateNote::WeekdayDiffers]);
}

#[test]
fn what_cannot_be_is_refused() {
    for (text, error) in [
        ("", DateError::Empty),
        ("　", DateError::Empty),
        ("令和40年1月1日", DateError::EraYear { era: "令和".into(), year: 40 }),
        ("昭和99年1月1日", DateError::EraYear { era: "昭和".into(), year: 99 }),
        ("令和0年1月1日", DateError::YearZero),
        ("令和元年4月30日", DateError::BeforeEra { era: "令和".into(), start: date(2019, 5, 1) }),
        ("明治5年12月2日", DateError::BeforeGregorian),
        ("R8.13.1", DateError::NoSuchDay),
        ("R8.11.32", DateError::NoSuchDay),
        ("R8.11.0", DateError::NoSuchDay),
        ("26/11/2", DateError::YearWithoutEra),
        ("R8.11", DateError::Incomplete),
        ("令和8年(2025年)11月2日", DateError::YearsDisagree),
        ("あした", DateError::NotADate),
        ("令和8年11月2日頃ね", DateError::NotADate),
        ("R8.11.2.3", DateError::NotADate),
        ("(", DateError::NotADate),
        ("99999999999999999999", DateError::NotADate),
    ] {
        assert_eq!(parse_date(text), Err(error), "{text}");
    }
}

#[test]
fn unknown_days_keep_what_is_known() {
    let span = |text: &str| {
        let reading = parse_date(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        (reading.certainty(), reading.span())
    };
    let days = |from, to| Some((from, to));
    assert_eq!(span("年月日不詳"), (Certainty::Unknown, None));
    assert_eq!(span("不詳"), (Certainty::Unknown, None));
    assert_eq!(span("令和5年3月日不詳"), (Certainty::Partial, days(date(2023, 3, 1), date(2023, 3, 31))));
    assert_eq!(span("令和5年月日不詳"), (Certainty::Partial, days(date(2023, 1, 1), date(2023, 12, 31))));
    assert_eq!(span("昭和20年頃"), (Certainty::Partial, days(date(1945, 1, 1), date(1945, 12, 31))));
    assert_eq!(span("令和5年2月上旬"), (Certainty::Partial, days(date(2023, 2, 1), date(2023, 2, 10))));
    assert_eq!(span("令和5年2月下旬頃"), (Certainty::Partial, days(date(2023, 2, 21), date(2023, 2, 28))));
    assert_eq!(span("推定令和5年3月1日"), (Certainty::Estimated, days(date(2023, 3, 1), date(2023, 3, 1))));
    assert_eq!(span("令和6年2月末日"), (Certainty::Exact, days(date(2024, 2, 29), date(2024, 2, 29))));
    assert_eq!(span("平成31年2月29日"), (Certainty::Impossible, None));
    assert_eq!(parse_date("平成31年2月29日").unwrap().date(), None);
}

#[test]
fn debug_hides_the_day() {
    assert_eq!(format!("{:?}", parse_date("S39.10.10").unwrap()), "DateReading(****, Exact, [])");
}

proptest! {
    #[test]
    fn every_day_returns_in_every_style(days in 0_i32..60_000) {
        let day = date(1873, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        for style in [WarekiStyle::Full, WarekiStyle::Short, WarekiStyle::Padded] {
            prop_assert_eq!(parse_date(&super::format(day, style).unwrap()).unwrap().plain_date(), Some(day));
        }
        prop_assert_eq!(parse_date(&day.to_string()).unwrap().plain_date(), Some(day));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[令和平成昭RSH元0-9一二十年月日不詳頃旬上() .・/ー-]{0,16}") {
        let _ = parse_date(&text);
    }
}
