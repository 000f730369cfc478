//! The Japanese eras (元号): years to dates and dates to era years. The list can be extended by the next era.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::wareki::DateError;

/// Last year accepted in the era that still goes on. 令和40年 and later on a form is a misread 昭和.
const LAST_OPEN_YEAR: i16 = 39;
/// Years that old forms go on counting after an era's end (平成32年 on a form printed in 平成29年).
const GRACE_YEARS: i16 = 15;

/// One era.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Era {
    name: String,
    letter: char,
    start: Date,
    /// Whether the first day belongs to the era before, too (大正15年12月25日 is good).
    shares_first_day: bool,
}

impl Era {
    /// `令和`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `R`.
    #[must_use]
    pub fn letter(&self) -> char {
        self.letter
    }

    /// The first day.
    #[must_use]
    pub fn start(&self) -> Date {
        self.start
    }
}

/// How an era date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarekiStyle {
    /// `令和8年11月2日`, first years as `令和元年5月1日`.
    Full,
    /// `R8.11.2`.
    Short,
    /// `R08.11.02`.
    Padded,
}

/// A date of an era, with whether the era was already over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EraDate {
    /// The civil date.
    pub date: Date,
    /// The era named was over on that day (平成32年): good on old forms, worth a look.
    pub era_over: bool,
}

/// The eras in use, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EraList(Vec<Era>);

static STANDARD: LazyLock<EraList> = LazyLock::new(|| {
    let date = |year, month, day| Date::new(year, month, day).expect("era starts are real days");
    let era = |name: &str, letter, start, shares_first_day| Era {
        name: name.to_owned(),
        letter,
        start,
        shares_first_day,
    };
    EraList(vec![
        era("明治", 'M', date(1868, 1, 25), false),
        era("大正", 'T', date(1912, 7, 30), true),
        era("昭和", 'S', date(1926, 12, 25), true),
        era("平成", 'H', date(1989, 1, 8), false),
        era("令和", 'R', date(2019, 5, 1), false),
    ])
});

impl EraList {
    /// 明治 to 令和.
    #[must_use]
    pub fn standard() -> &'static Self {
        &STANDARD
    }

    /// The list with one more era at its end. An era that does not begin after the last one leaves the list as it is.
    #[must_use]
    pub fn with_next(mut self, name: &str, letter: char, start: Date) -> Self {
        if self.0.last().is_some_and(|last| last.start < start) {
            self.0.push(Era { name: name.to_owned(), letter, start, shares_first_day: false });
        }
        self
    }

    /// The eras, oldest first.
    #[must_use]
    pub fn eras(&self) -> &[Era] {
        &self.0
    }

    /// The era that a text begins with (`令和`, `令`, `R`, `r`), and the rest of the text.
    #[must_use]
    pub fn leading<'t>(&self, text: &'t str) -> Option<(&Era, &'t str)> {
        self.0.iter().find_map(|era| {
            let kanji = era.name.chars().next()?;
            let rest = text.strip_prefix(era.name.as_str()).or_else(|| text.strip_prefix(kanji));
            let rest = rest.or_else(|| text.strip_prefix([era.letter, era.letter.to_ascii_lowercase()]));
            rest.map(|rest| (era, rest))
        })
    }

    /// The era that follows.
    fn next(&self, era: &Era) -> Option<&Era> {
        self.0.iter().find(|other| other.start > era.start)
    }

    /// The Western year of a year of an era.
    ///
    /// # Errors
    /// When the year is 0 or the era never came near that year.
    pub fn western_year(&self, era: &Era, year: i16) -> Result<i16, DateError> {
        if year <= 0 {
            return Err(DateError::YearZero);
        }
        let last = self
            .next(era)
            .map_or(LAST_OPEN_YEAR, |next| next.start.year() - era.start.year() + 1 + GRACE_YEARS);
        if year > last {
            return Err(DateError::EraYear { era: era.name.clone(), year });
        }
        Ok(era.start.year() + year - 1)
    }

    /// The day of an era.
    ///
    /// # Errors
    /// When the year is not of the era, the day is before the era or before the Gregorian calendar (明治6年), or the
    /// month or day does not exist.
    pub fn day(&self, era: &Era, year: i16, month: i8, day: i8) -> Result<EraDate, DateError> {
        let western = self.western_year(era, year)?;
        let date = Date::new(western, month, day).map_err(|_| DateError::NoSuchDay)?;
        if western < 1873 {
            return Err(DateError::BeforeGregorian);
        }
        if date < era.start {
            return Err(DateError::BeforeEra { era: era.name.clone(), start: era.start });
        }
        let over = |next: &Era| date > next.start || (date == next.start && !next.shares_first_day);
        Ok(EraDate { date, era_over: self.next(era).is_some_and(over) })
    }

    /// The era of a day and its year in it.
    ///
    /// # Errors
    /// When the day is before the Gregorian calendar came (1873-01-01, 明治6年).
    pub fn of(&self, date: Date) -> Result<(&Era, i16), DateError> {
        let era = self.0.iter().rev().find(|era| era.start <= date && date.year() >= 1873);
        era.map(|era| (era, date.year() - era.start.year() + 1)).ok_or(DateError::BeforeGregorian)
    }

    /// A day in era style.
    ///
    /// # Errors
    /// When the day is before 1873-01-01.
    pub fn format(&self, date: Date, style: WarekiStyle) -> Result<String, DateError> {
        let (era, year) = self.of(date)?;
        let (letter, month, day) = (era.letter, date.month(), date.day());
        Ok(match style {
            WarekiStyle::Full if year == 1 => format!("{}元年{month}月{day}日", era.name),
            WarekiStyle::Full => format!("{}{year}年{month}月{day}日", era.name),
            WarekiStyle::Short => format!("{letter}{year}.{month}.{day}"),
            WarekiStyle::Padded => format!("{letter}{year:02}.{month:02}.{day:02}"),
        })
    }
}

/// A day in the style of the standard eras.
///
/// # Errors
/// When the day is before 1873-01-01.
pub fn format(date: Date, style: WarekiStyle) -> Result<String, DateError> {
    EraList::standard().format(date, style)
}

/// The day of a standard era named `令和`, `令` or `R`.
///
/// # Errors
/// When there is no such era, or as [`EraList::day`] says.
pub fn from_parts(era: &str, year: i16, month: i8, day: i8) -> Result<EraDate, DateError> {
    let eras = EraList::standard();
    let found = eras.leading(era).filter(|(_, rest)| rest.is_empty());
    eras.day(found.ok_or(DateError::NotADate)?.0, year, month, day)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn eras_change_on_the_right_day() {
        for (day, full) in [
            (date(2019, 4, 30), "平成31年4月30日"),
            (date(2019, 5, 1), "令和元年5月1日"),
            (date(1989, 1, 7), "昭和64年1月7日"),
            (date(1989, 1, 8), "平成元年1月8日"),
            (date(1926, 12, 24), "大正15年12月24日"),
            (date(1926, 12, 25), "昭和元年12月25日"),
            (date(1912, 7, 29), "明治45年7月29日"),
            (date(1912, 7, 30), "大正元年7月30日"),
            (date(1873, 1, 1), "明治6年1月1日"),
        ] {
            assert_eq!(format(day, WarekiStyle::Full).unwrap(), full);
        }
        assert_eq!(format(date(1872, 12, 31), WarekiStyle::Full), Err(DateError::BeforeGregorian));
        assert_eq!(format(date(2026, 11, 2), WarekiStyle::Short).unwrap(), "R8.11.2");
        assert_eq!(format(date(2026, 11, 2), WarekiStyle::Padded).unwrap(), "R08.11.02");
    }

    #[test]
    fn parts_have_their_edges() {
        let good = |date| Ok(EraDate { date, era_over: false });
        assert_eq!(from_parts("大正", 15, 12, 25), good(date(1926, 12, 25)));
        assert_eq!(from_parts("M", 45, 7, 30), good(date(1912, 7, 30)));
        assert_eq!(from_parts("平", 32, 3, 31), Ok(EraDate { date: date(2020, 3, 31), era_over: true }));
        assert_eq!(from_parts("昭和", 64, 1, 8).map(|d| d.era_over), Ok(true));
        assert_eq!(from_parts("令和", 40, 1, 1), Err(DateError::EraYear { era: "令和".into(), year: 40 }));
        assert!(matches!(from_parts("令和", 1, 4, 30), Err(DateError::BeforeEra { .. })));
        assert_eq!(from_parts("令和", 0, 4, 30), Err(DateError::YearZero));
        assert_eq!(from_parts("令和", 7, 2, 29), Err(DateError::NoSuchDay));
        assert_eq!(from_parts("明治", 5, 1, 1), Err(DateError::BeforeGregorian));
        assert_eq!(from_parts("慶応", 3, 1, 1), Err(DateError::NotADate));
    }

    #[test]
    fn the_next_era_can_be_added() {
        let eras = EraList::standard().clone().with_next("試験", 'X', date(2040, 4, 1));
        assert_eq!(eras.format(date(2041, 4, 1), WarekiStyle::Short).unwrap(), "X2.4.1");
        assert_eq!(eras.clone().with_next("前", 'Y', date(2000, 1, 1)), eras);
    }

    /// Before 1873 the calendar was another: those days are refused by name rather than written wrongly. 令和40年 and
    /// later is written but not read: on paper it is a slip of the pen.
    #[test]
    fn every_day_from_1868_to_2100() {
        let list = EraList::standard();
        let (mut day, mut returned) = (date(1868, 1, 25), 0);
        while day <= date(2100, 12, 31) {
            match list.of(day) {
                Err(why) => assert!(day < date(1873, 1, 1) && why == DateError::BeforeGregorian, "{day}"),
                Ok((era, year)) => {
                    let back = list.day(era, year, day.month(), day.day());
                    if day.year() < 2058 {
                        assert_eq!(back, Ok(EraDate { date: day, era_over: false }));
                        returned += 1;
                    } else {
                        assert!(back.is_err() && list.format(day, WarekiStyle::Full).is_ok(), "{day}");
                    }
                }
            }
            day = day.tomorrow().unwrap();
        }
        assert_eq!(returned, 67_570);
    }

    proptest! {
        #[test]
        fn every_day_returns(days in 0_i32..60_000) {
            let day = date(1873, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            prop_assume!(day.year() < 2058);
            let (era, year) = EraList::standard().of(day).unwrap();
            let back = EraList::standard().day(era, year, day.month(), day.day());
            prop_assert_eq!(back, Ok(EraDate { date: day, era_over: false }));
        }
    }
}
