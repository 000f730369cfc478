//! Dates as people write them: era or Western years, kanji numerals, and days that are not known.

use std::fmt;

use jiff::civil::{Date, Weekday};

pub use super::era::{Era, EraDate, EraList, WarekiStyle, format, from_parts};
use super::{numeral, width};

/// Why a text is no date. The message never holds the text: a date of birth is personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Nothing is written.
    #[error("日付が空です。例: 令和8年11月2日")]
    Empty,
    /// Not the form of a date.
    #[error("日付として読めません。「令和8年11月2日」「R8.11.2」「2026-11-02」のように入力してください")]
    NotADate,
    /// Year 0.
    #[error("0年という年はありません。最初の年は「元年」か「1年」です")]
    YearZero,
    /// A year the era never had.
    #[error("{era}{year}年という年はありません。元号と年を確かめてください")]
    EraYear {
        /// Name of the era.
        era: String,
        /// The year as written.
        year: i16,
    },
    /// A day before the era began.
    #[error("{era}は{start}に始まりました。それより前の日付です。元号を確かめてください")]
    BeforeEra {
        /// Name of the era.
        era: String,
        /// Its first day.
        start: Date,
    },
    /// A month above 12, a day above 31, or a day that the month does not have.
    #[error("暦にない月日です。月と日を確かめてください")]
    NoSuchDay,
    /// Before 1873 the calendar was another one.
    #[error("明治5年までは旧暦のため、日付に直せません。西暦で入力してください")]
    BeforeGregorian,
    /// A two-digit year without an era.
    #[error("年が西暦か和暦かわかりません。「R8」のように元号を付けるか、西暦4桁で入力してください")]
    YearWithoutEra,
    /// Month or day is missing, and nothing says that it is unknown.
    #[error("月または日がありません。わからないときは「令和8年11月日不詳」のように入力してください")]
    Incomplete,
    /// The era year and the Western year in brackets are different years.
    #[error("和暦の年と西暦の年が合いません。どちらかを直してください")]
    YearsDisagree,
}

/// How sure the day of a [`DateReading`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// One day of the calendar.
    Exact,
    /// One day, but written as a guess (推定, 頃).
    Estimated,
    /// A month, a third of it, or a year; the day is not known.
    Partial,
    /// Nothing is known (年月日不詳).
    Unknown,
    /// A day that the calendar does not have (平成31年2月29日), kept because registers hold such days.
    Impossible,
}

/// What is worth a look though the date was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateNote {
    /// The era was over (平成32年).
    EraOver,
    /// The weekday in brackets is not that day's.
    WeekdayDiffers,
}

impl DateNote {
    /// What a person reads.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::EraOver => "すでに終わった元号の年で書かれています",
            Self::WeekdayDiffers => "曜日が日付と合いません",
        }
    }
}

/// A date as written, and what is known of the day.
#[derive(Clone, PartialEq, Eq)]
pub struct DateReading {
    raw: String,
    span: Option<(Date, Date)>,
    certainty: Certainty,
    notes: Vec<DateNote>,
}

impl DateReading {
    /// The text as it was written.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The day, when it is one day of the calendar (exact or estimated).
    #[must_use]
    pub fn date(&self) -> Option<Date> {
        self.span.filter(|(first, last)| first == last).map(|span| span.0)
    }

    /// The first and the last day it can be; none when nothing is known or the day does not exist.
    #[must_use]
    pub fn span(&self) -> Option<(Date, Date)> {
        self.span
    }

    /// How sure the day is.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// What is worth a look.
    #[must_use]
    pub fn notes(&self) -> &[DateNote] {
        &self.notes
    }

    /// The day, only when it is exact and nothing about it is odd: good to use without a person.
    #[must_use]
    pub fn plain_date(&self) -> Option<Date> {
        (self.certainty == Certainty::Exact && self.notes.is_empty()).then(|| self.date()).flatten()
    }
}

impl fmt::Debug for DateReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DateReading(****, {:?}, {:?})", self.certainty, self.notes)
    }
}

/// Reads a date with the standard eras, see [`parse_date_with`].
///
/// # Errors
/// When the text is no date.
pub fn parse_date(text: &str) -> Result<DateReading, DateError> {
    parse_date_with(EraList::standard(), text)
}

/// Reads a date: `令和8年11月2日`, `R8.11.2`, `令8・11・2`, `令和八年十一月二日`, `2026-11-02`, `20261102`,
/// `令和5年3月日不詳`, `令和5年3月上旬`, `推定令和5年3月1日`, `年月日不詳`; a year or weekday in brackets may follow.
///
/// # Errors
/// When the text is no date, or names a day that cannot be (see [`DateError`]).
pub fn parse_date_with(eras: &EraList, text: &str) -> Result<DateReading, DateError> {
    let (plain, brackets) = take_brackets(&normalised(text))?;
    if plain.is_empty() {
        return Err(DateError::Empty);
    }
    let parts = Parts::read(eras, &plain)?;
    let mut reading = parts.settle(eras, text)?;
    for bracket in brackets {
        check_bracket(eras, &bracket, &mut reading)?;
    }
    Ok(reading)
}

/// The text in half width, era squares spelled out, all separators as `-`, spaces only where they separate numbers.
fn normalised(text: &str) -> String {
    let folded = width::fold_spaces(&width::fold_width(text));
    let spelled =
        [("㋿", "令和"), ("㍻", "平成"), ("㍼", "昭和"), ("㍽", "大正"), ("㍾", "明治"), ("西暦", "")];
    let spelled = spelled.iter().fold(folded, |text, (from, to)| text.replace(from, to));
    let chars: Vec<char> = spelled.chars().collect();
    let number_at = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let fold = |(at, c): (usize, &char)| match c {
        ' ' => (number_at(at.checked_sub(1)) && number_at(Some(at + 1))).then_some('-'),
        '.' | '・' | '/' | ',' | '、' | '。' => Some('-'),
        c if width::is_dash(*c) || width::is_long_mark(*c) => Some('-'),
        c => Some(*c),
    };
    chars.iter().enumerate().filter_map(fold).collect()
}

/// Takes what stands in brackets out of the text.
fn take_brackets(text: &str) -> Result<(String, Vec<String>), DateError> {
    let (mut plain, mut brackets) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        let (inside, tail) = after.split_once(')').ok_or(DateError::NotADate)?;
        plain.push_str(before);
        brackets.push(inside.to_owned());
        rest = tail;
    }
    plain.push_str(rest);
    Ok((plain, brackets))
}

/// Compares a weekday or a year in brackets with the date.
fn check_bracket(eras: &EraList, inside: &str, reading: &mut DateReading) -> Result<(), DateError> {
    if let Some(weekday) = weekday(inside) {
        if reading.date().is_some_and(|date| date.weekday() != weekday) {
            reading.notes.push(DateNote::WeekdayDiffers);
        }
        return Ok(());
    }
    let year = Parts::read(eras, inside)?.western_year(eras)?.ok_or(DateError::NotADate)?;
    let differs = reading.span.is_some_and(|(first, last)| !(first.year()..=last.year()).contains(&year));
    if differs { Err(DateError::YearsDisagree) } else { Ok(()) }
}

/// `月`, `月曜`, `月曜日`, `月-祝`.
fn weekday(text: &str) -> Option<Weekday> {
    let first = text.chars().next()?;
    let at = "月火水木金土日".chars().position(|c| c == first)?;
    let rest = text[first.len_utf8()..]
        .trim_start_matches("曜")
        .trim_start_matches('日')
        .trim_start_matches(['-', '祝']);
    let number = i8::try_from(at).ok()? + 1;
    rest.is_empty().then(|| Weekday::from_monday_one_offset(number).ok()).flatten()
}

/// What is written of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayPart {
    Missing,
    Day(i8),
    /// First and last day of 上旬, 中旬; 下旬 ends with the month.
    Between(i8, i8),
    LastOfMonth,
}

/// The parts of a date as written, before anything is checked against the calendar.
struct Parts<'e> {
    era: Option<&'e Era>,
    year: Option<i16>,
    month: Option<i8>,
    day: DayPart,
    guessed: bool,
    unknown: bool,
}

impl<'e> Parts<'e> {
    fn read(eras: &'e EraList, text: &str) -> Result<Self, DateError> {
        let unknown = text.contains("不詳") || text.contains("不明");
        let sure = text.replace("不詳", "").replace("不明", "");
        let body = without_guess(&sure);
        let guessed = body.len() != sure.len();
        let (era, rest) = eras.leading(body).map_or((None, body), |(era, rest)| (Some(era), rest));
        let rest = compact(rest, era.is_some()).unwrap_or_else(|| rest.to_owned());
        let mut scan = Scan { rest: &rest };
        let year = scan.year()?;
        scan.mark('年');
        let month = scan.small()?;
        scan.mark('月');
        let day = scan.day()?;
        scan.mark('日');
        if scan.rest.is_empty() {
            Ok(Self { era, year, month, day, guessed, unknown })
        } else {
            Err(DateError::NotADate)
        }
    }

    /// The Western year, if a year is written.
    fn western_year(&self, eras: &EraList) -> Result<Option<i16>, DateError> {
        match (self.era, self.year) {
            (_, None) => Ok(None),
            (Some(era), Some(year)) => eras.western_year(era, year).map(Some),
            (None, Some(year)) if year >= 1000 => Ok(Some(year)),
            (None, Some(_)) => Err(DateError::YearWithoutEra),
        }
    }

    /// Checks the parts against the calendar.
    fn settle(&self, eras: &EraList, raw: &str) -> Result<DateReading, DateError> {
        let complete = self.year.is_some() && self.month.is_some() && self.day != DayPart::Missing;
        if !(complete || self.unknown || self.guessed) {
            return Err(if self.year.is_some() { DateError::Incomplete } else { DateError::NotADate });
        }
        let span = self.span(eras)?;
        let notes = if self.era_over(eras) { vec![DateNote::EraOver] } else { Vec::new() };
        let certainty = match (span, self.day) {
            (Some((first, last)), _) if first != last => Certainty::Partial,
            (Some(_), _) if self.guessed || self.unknown => Certainty::Estimated,
            (Some(_), _) => Certainty::Exact,
            (None, DayPart::Day(_)) if complete => Certainty::Impossible,
            (None, _) => Certainty::Unknown,
        };
        Ok(DateReading { raw: raw.to_owned(), span, certainty, notes })
    }

    /// The first and last day that the parts allow.
    fn span(&self, eras: &EraList) -> Result<Option<(Date, Date)>, DateError> {
        let Some(year) = self.western_year(eras)? else { return Ok(None) };
        let Some(month) = self.month else {
            return Ok(Date::new(year, 1, 1).ok().zip(Date::new(year, 12, 31).ok()));
        };
        let first = Date::new(year, month, 1).map_err(|_| DateError::NoSuchDay)?;
        let (from, to) = match self.day {
            DayPart::Missing => (1, first.days_in_month()),
            DayPart::Between(from, to) => (from, to.min(first.days_in_month())),
            DayPart::LastOfMonth => (first.days_in_month(), first.days_in_month()),
            DayPart::Day(day) if !(1..=31).contains(&day) => return Err(DateError::NoSuchDay),
            DayPart::Day(day) => (day, day),
        };
        if let (Some(era), Some(year), Ok(last)) = (self.era, self.year, Date::new(year, month, to)) {
            eras.day(era, year, last.month(), last.day())?;
        }
        Ok(Date::new(year, month, from).ok().zip(Date::new(year, month, to).ok()))
    }

    /// Whether the era was over on that day.
    fn era_over(&self, eras: &EraList) -> bool {
        let (Some(era), Some(year)) = (self.era, self.year) else { return false };
        let day = if let DayPart::Day(day) = self.day { day } else { 1 };
        eras.day(era, year, self.month.unwrap_or(1), day).is_ok_and(|found| found.era_over)
    }
}

/// The text without the words that say it is a guess.
fn without_guess(text: &str) -> &str {
    let front = text.trim_start_matches("推定").trim_start_matches('約');
    ["頃", "ごろ", "ころ", "推定", "-"].iter().fold(front, |text, word| text.trim_end_matches(word))
}

/// `20261102`, or `081102` after an era, with separators put in.
fn compact(text: &str, with_era: bool) -> Option<String> {
    let length = if with_era { 6 } else { 8 };
    let digits = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    digits
        .then(|| format!("{}-{}-{}", &text[..length - 4], &text[length - 4..length - 2], &text[length - 2..]))
}

/// A reader over the rest of the text.
struct Scan<'t> {
    rest: &'t str,
}

impl Scan<'_> {
    /// Skips one separator: `-` or the kanji of that place.
    fn mark(&mut self, kanji: char) {
        self.rest = self.rest.strip_prefix([kanji, '-']).unwrap_or(self.rest);
    }

    /// A number, or nothing if none stands here.
    fn number(&mut self) -> Result<Option<i16>, DateError> {
        let Some((value, used)) = numeral::leading_number(self.rest) else { return Ok(None) };
        self.rest = &self.rest[used..];
        i16::try_from(value).map(Some).map_err(|_| DateError::NotADate)
    }

    /// A year: a number or 元.
    fn year(&mut self) -> Result<Option<i16>, DateError> {
        if let Some(rest) = self.rest.strip_prefix('元') {
            self.rest = rest;
            return Ok(Some(1));
        }
        self.number()
    }

    /// A month or a day: a number of at most two digits.
    fn small(&mut self) -> Result<Option<i8>, DateError> {
        self.number()?.map(i8::try_from).transpose().map_err(|_| DateError::NoSuchDay)
    }

    /// A day, a third of a month, or the end of the month.
    fn day(&mut self) -> Result<DayPart, DateError> {
        let words = [
            ("上旬", DayPart::Between(1, 10)),
            ("初旬", DayPart::Between(1, 10)),
            ("中旬", DayPart::Between(11, 20)),
            ("下旬", DayPart::Between(21, 31)),
            ("末", DayPart::LastOfMonth),
        ];
        for (word, part) in words {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Ok(part);
            }
        }
        Ok(self.small()?.map_or(DayPart::Missing, DayPart::Day))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
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
        assert_eq!(
            span("令和5年2月下旬頃"),
            (Certainty::Partial, days(date(2023, 2, 21), date(2023, 2, 28)))
        );
        assert_eq!(
            span("推定令和5年3月1日"),
            (Certainty::Estimated, days(date(2023, 3, 1), date(2023, 3, 1)))
        );
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
}
