//! 個人番号 (My Number): twelve digits, the last one a check digit. It never prints itself.

use std::fmt;

use super::numeral;

/// Why a text is no 個人番号. The message never holds a digit of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MyNumberError {
    /// Something else than digits, spaces and hyphens.
    #[error("個人番号に数字でない文字が入っています。12桁の数字で入力してください")]
    NotDigits,
    /// Not twelve digits.
    #[error("個人番号が{found}桁です。12桁で入力してください")]
    Length {
        /// Digits found.
        found: usize,
    },
    /// The last digit does not follow from the first eleven.
    #[error("個人番号の検査数字が合いません。書き間違い・読み違いがないか確かめてください")]
    CheckDigit,
}

/// A 個人番号 with a right check digit. About 1.5 % of single wrong digits pass the check, so it proves nothing by itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MyNumber(String);

impl MyNumber {
    /// Reads twelve digits in any width, with spaces and hyphens.
    ///
    /// # Errors
    /// When it is not twelve digits or the check digit is wrong.
    pub fn parse(text: &str) -> Result<Self, MyNumberError> {
        let digits = numeral::digits_only(text).ok_or(MyNumberError::NotDigits)?;
        if digits.len() != 12 {
            return Err(MyNumberError::Length { found: digits.len() });
        }
        if is_valid(&digits) { Ok(Self(digits)) } else { Err(MyNumberError::CheckDigit) }
    }

    /// The twelve digits. Only for the field of a screen or file that must hold them.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MyNumber(************)")
    }
}

/// The check digit of the first eleven digits (ASCII, highest first); `None` when they are not eleven digits.
///
/// 11 − (Σ Pn·Qn mod 11), where a remainder of 0 or 1 gives 0; n counts from the lowest digit, Qn = n+1 for n ≤ 6,
/// n−5 for n ≥ 7.
#[must_use]
pub fn check_digit(first_eleven: &str) -> Option<u32> {
    if first_eleven.len() != 11 {
        return None;
    }
    let digits: Option<Vec<u32>> = first_eleven.chars().rev().map(|c| c.to_digit(10)).collect();
    let weights = [2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6];
    let sum: u32 = digits?.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
    Some(if sum % 11 <= 1 { 0 } else { 11 - sum % 11 })
}

/// Whether twelve ASCII digits end in the right check digit.
#[must_use]
pub fn is_valid(twelve: &str) -> bool {
    let parts = twelve.len().checked_sub(1).and_then(|at| twelve.split_at_checked(at));
    parts.is_some_and(|(first, last)| check_digit(first).is_some_and(|digit| last == digit.to_string()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// One digit is right for any eleven; another digit among the eleven is noticed unless both sums leave 0 or 1.
        #[test]
        fn one_digit_is_right_and_a_wrong_one_is_noticed(eleven in "[0-9]{11}", at in 0_usize..11, other in 0_u32..10) {
            let right: Vec<u32> = (0..10).filter(|d| is_valid(&format!("{eleven}{d}"))).collect();
            prop_assert_eq!(&right, &vec![check_digit(&eleven).unwrap()]);
            let mut wrong: Vec<char> = eleven.chars().collect();
            wrong[at] = char::from_digit(other, 10).unwrap();
            let wrong: String = wrong.into_iter().collect();
            let passes = is_valid(&format!("{wrong}{}", right[0]));
            prop_assert!(wrong == eleven || !passes || right[0] == 0);
        }
    }

    #[test]
    fn published_and_computed_vectors() {
        for (first, digit) in [
            ("12345678901", 8),
            ("98320567321", 4),
            ("11111111111", 8),
            ("00000000001", 9),
            ("10000000002", 1),
            ("22222222222", 5),
            ("00000000006", 0),
            ("00000000040", 0),
        ] {
            assert_eq!(check_digit(first), Some(digit), "{first}");
        }
        assert_eq!(check_digit("1234567890"), None);
        assert_eq!(check_digit("1234567890a"), None);
    }

    #[test]
    fn reading_is_strict_and_silent() {
        let number = MyNumber::parse("１２３４ 5678-9018").unwrap();
        assert_eq!(number.expose(), "123456789018");
        assert_eq!(format!("{number:?}"), "MyNumber(************)");
        assert_eq!(MyNumber::parse("123456789012"), Err(MyNumberError::CheckDigit));
        assert_eq!(MyNumber::parse("12345678901"), Err(MyNumberError::Length { found: 11 }));
        assert_eq!(MyNumber::parse("12345678901x"), Err(MyNumberError::NotDigits));
        assert!(!is_valid("") && !is_valid("あいうえ"));
    }
}
