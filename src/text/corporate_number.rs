//! 法人番号: thirteen digits, the first one a check digit. Public data.

use std::fmt;

use super::numeral;

/// Why a text is no 法人番号.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorporateNumberError {
    /// Something else than digits, spaces and hyphens.
    #[error("法人番号に数字でない文字が入っています。13桁の数字で入力してください")]
    NotDigits,
    /// Not thirteen digits.
    #[error("法人番号が{found}桁です。13桁で入力してください")]
    Length {
        /// Digits found.
        found: usize,
    },
    /// The first digit does not follow from the other twelve.
    #[error("法人番号の検査数字(先頭の1桁)が合いません。書き間違い・読み違いがないか確かめてください")]
    CheckDigit,
}

/// A 法人番号 with a right check digit. The check cannot tell 0 from 9.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CorporateNumber(String);

impl CorporateNumber {
    /// Reads thirteen digits in any width, with spaces and hyphens.
    ///
    /// # Errors
    /// When it is not thirteen digits or the check digit is wrong.
    pub fn parse(text: &str) -> Result<Self, CorporateNumberError> {
        let digits = numeral::digits_only(text).ok_or(CorporateNumberError::NotDigits)?;
        if digits.len() != 13 {
            return Err(CorporateNumberError::Length { found: digits.len() });
        }
        if is_valid(&digits) { Ok(Self(digits)) } else { Err(CorporateNumberError::CheckDigit) }
    }

    /// The thirteen digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CorporateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The check digit of the twelve digits that follow it: 9 − (Σ Pn·Qn mod 9), Qn = 1 for odd n, 2 for even n, n from
/// the lowest digit. `None` when they are not twelve digits.
#[must_use]
pub fn check_digit(last_twelve: &str) -> Option<u32> {
    if last_twelve.len() != 12 {
        return None;
    }
    let digits: Option<Vec<u32>> = last_twelve.chars().rev().map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits?.iter().zip([1, 2].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    Some(9 - sum % 9)
}

/// Whether thirteen ASCII digits begin with the right check digit.
#[must_use]
pub fn is_valid(thirteen: &str) -> bool {
    let parts = thirteen.split_at_checked(1);
    parts.is_some_and(|(first, rest)| check_digit(rest).is_some_and(|digit| first == digit.to_string()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A wrong digit is noticed, but never 0 for 9 or 9 for 0.
        #[test]
        fn one_digit_is_right_and_only_0_for_9_is_not_noticed(twelve in "[0-9]{12}", at in 0_usize..12, other in 0_u32..10) {
            let right: Vec<u32> = (0..10).filter(|d| is_valid(&format!("{d}{twelve}"))).collect();
            prop_assert_eq!(&right, &vec![check_digit(&twelve).unwrap()]);
            let mut wrong: Vec<char> = twelve.chars().collect();
            let was = wrong[at].to_digit(10).unwrap();
            wrong[at] = char::from_digit(other, 10).unwrap();
            let wrong: String = wrong.into_iter().collect();
            let unseen = was.abs_diff(other) % 9 == 0;
            prop_assert_eq!(is_valid(&format!("{}{wrong}", right[0])), unseen);
        }
    }

    #[test]
    fn published_and_computed_vectors() {
        for (rest, digit) in [
            ("000020130001", 8),
            ("000012090001", 4),
            ("700110005901", 8),
            ("000020432130", 1),
            ("000020082201", 8),
        ] {
            assert_eq!(check_digit(rest), Some(digit), "{rest}");
        }
    }

    #[test]
    fn reading_is_strict() {
        assert_eq!(CorporateNumber::parse("８-0000-2013-0001").unwrap().as_str(), "8000020130001");
        assert_eq!(CorporateNumber::parse("1000020130001"), Err(CorporateNumberError::CheckDigit));
        assert_eq!(CorporateNumber::parse("800002013000"), Err(CorporateNumberError::Length { found: 12 }));
        assert_eq!(CorporateNumber::parse("T8000020130001"), Err(CorporateNumberError::NotDigits));
    }
}
