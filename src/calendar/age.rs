//! Ages by law: a person reaches an age on the eve of the birthday.

use jiff::ToSpan;
use jiff::civil::Date;

/// Full years of age on a day. Born on 2 April, one reaches the age on 1 April (年齢計算ニ関スル法律).
/// `None` before the eve of birth.
#[must_use]
pub fn age_on(birth: Date, day: Date) -> Option<i16> {
    let eve = day.checked_add(1.day()).ok()?;
    let had_birthday = (eve.month(), eve.day()) >= (birth.month(), birth.day());
    let years = eve.year() - birth.year() - i16::from(!had_birthday);
    (eve >= birth).then_some(years)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn born_on_the_second_of_april_counts_to_the_next_grade() {
        assert_eq!(age_on(date(2020, 4, 1), date(2026, 3, 31)), Some(6));
        assert_eq!(age_on(date(2020, 4, 2), date(2026, 4, 1)), Some(6));
        assert_eq!(age_on(date(2020, 4, 2), date(2026, 3, 31)), Some(5));
        assert_eq!(age_on(date(2004, 2, 29), date(2025, 2, 28)), Some(21));
        assert_eq!(age_on(date(2004, 2, 29), date(2025, 2, 27)), Some(20));
        assert_eq!(age_on(date(2026, 4, 2), date(2026, 3, 31)), None);
    }
}
