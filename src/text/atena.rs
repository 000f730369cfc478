//! 宛名番号 and 世帯番号 with their modulus-11 digit, and the other short codes of local government.

use super::numeral;

/// Longest accepted 宛名番号 in digits.
const LONGEST: usize = 15;

/// What the check digit is when the remainder is 1 (11 − 1 = 10 has no single digit). The specification is silent, so
/// each system's habit is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RemainderOne {
    /// The digit is 0.
    #[default]
    Zero,
    /// Such a number is never given out.
    NotIssued,
}

/// Why a text is no 宛名番号.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AtenaError {
    /// Something else than digits.
    #[error("宛名番号に数字でない文字が入っています。数字だけで入力してください")]
    NotDigits,
    /// Shorter than 2 or longer than 15 digits.
    #[error("宛名番号が{found}桁です。2桁から{LONGEST}桁で入力してください")]
    Length {
        /// Digits found.
        found: usize,
    },
}

/// A 宛名番号 or 世帯番号. Old numbers may have no check digit, so a wrong one is told, not refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AtenaNumber(String);

impl AtenaNumber {
    /// Reads 2 to 15 digits in any width; leading zeros stay.
    ///
    /// # Errors
    /// When there is anything but digits, spaces and hyphens, or too few or too many of them.
    pub fn parse(text: &str) -> Result<Self, AtenaError> {
        let digits = numeral::digits_only(text).ok_or(AtenaError::NotDigits)?;
        if (2..=LONGEST).contains(&digits.len()) {
            Ok(Self(digits))
        } else {
            Err(AtenaError::Length { found: digits.len() })
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the last digit is the modulus-11 digit of the others. Holds only for newly issued numbers.
    #[must_use]
    pub fn check_digit_holds(&self, remainder_one: RemainderOne) -> bool {
        let (rest, last) = self.0.split_at(self.0.len() - 1);
        check_digit(rest, remainder_one).is_some_and(|digit| last == digit.to_string())
    }
}

/// The modulus-11 digit: weights 2–7 repeated from the lowest digit, 11 − remainder, remainder 0 → 0. `None` when the
/// text is no digits, or when the remainder is 1 and such numbers are not issued.
#[must_use]
pub fn check_digit(digits: &str, remainder_one: RemainderOne) -> Option<u32> {
    match (weighted_sum(digits)? % 11, remainder_one) {
        (0, _) | (1, RemainderOne::Zero) => Some(0),
        (1, RemainderOne::NotIssued) => None,
        (remainder, _) => Some(11 - remainder),
    }
}

/// Σ digit × 2,3,4,5,6,7,2,… from the lowest digit.
fn weighted_sum(digits: &str) -> Option<u32> {
    let values: Option<Vec<u32>> = digits.chars().rev().map(|c| c.to_digit(10)).collect();
    let values = values.filter(|values| !values.is_empty())?;
    Some(values.iter().zip((2..=7).cycle()).map(|(digit, weight)| digit * weight).sum())
}

/// The sixth digit of a 全国地方公共団体コード from its first five; `None` when they are not five digits.
#[must_use]
pub fn municipality_check_digit(first_five: &str) -> Option<u32> {
    let sum = (first_five.len() == 5).then(|| weighted_sum(first_five))??;
    Some((11 - sum % 11) % 10)
}

/// The last digit of a 保険者番号 or 公費負担者番号 from the digits before it: from the right ×2, ×1, …, the digits of
/// the products added, 10 − last digit, 10 → 0.
#[must_use]
pub fn insurer_check_digit(digits: &str) -> Option<u32> {
    let values: Option<Vec<u32>> = digits.chars().rev().map(|c| c.to_digit(10)).collect();
    let values = values.filter(|values| !values.is_empty())?;
    let products = values.iter().zip([2, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight);
    let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
    Some((10 - sum % 10) % 10)
}

/// Whether the last digit of an eleven-digit 住民票コード is the probable check digit (modulus 11, weights 2–7). The rule
/// fits published specimens but no text of it was found: **warn only, never refuse**.
#[must_use]
pub fn resident_code_seems_right(eleven: &str) -> bool {
    let parts = if eleven.len() == 11 { eleven.split_at_checked(10) } else { None };
    parts.is_some_and(|(rest, last)| {
        check_digit(rest, RemainderOne::Zero).is_some_and(|digit| last == digit.to_string())
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text with another digit at one place.
    fn changed(digits: &str, at: usize, other: u32) -> String {
        let digit = char::from_digit(other, 10).unwrap();
        digits.chars().enumerate().map(|(n, c)| if n == at { digit } else { c }).collect()
    }

    proptest! {
        #[test]
        fn a_wrong_digit_of_an_atena_number_is_noticed(digits in "[0-9]{11}", at in 0_usize..11, other in 0_u32..10) {
            let wrong = changed(&digits, at, other);
            let (right, found) = (check_digit(&digits, RemainderOne::Zero), check_digit(&wrong, RemainderOne::Zero));
            prop_assert!(wrong == digits || right != found || right == Some(0), "only the sums 0 and 1 share a digit");
            let whole = format!("{digits}{}", right.unwrap());
            prop_assert!(AtenaNumber::parse(&whole).unwrap().check_digit_holds(RemainderOne::Zero));
        }

        #[test]
        fn a_wrong_digit_of_a_municipality_is_noticed(digits in "[0-9]{5}", at in 0_usize..5, other in 0_u32..10) {
            let wrong = changed(&digits, at, other);
            let (right, found) = (municipality_check_digit(&digits), municipality_check_digit(&wrong));
            prop_assert!(wrong == digits || right != found || right == Some(1), "only the sums 0 and 10 share a digit");
        }

        #[test]
        fn a_wrong_or_swapped_digit_of_an_insurer_is_noticed(digits in "[0-9]{7}", at in 0_usize..6, other in 0_u32..10) {
            let right = insurer_check_digit(&digits);
            let wrong = changed(&digits, at, other);
            prop_assert!(wrong == digits || insurer_check_digit(&wrong) != right);
            let pair: Vec<char> = digits.chars().skip(at).take(2).collect();
            let swapped = changed(&changed(&digits, at, pair[1].to_digit(10).unwrap()), at + 1, pair[0].to_digit(10).unwrap());
            let unseen = pair[0] == pair[1] || matches!((pair[0], pair[1]), ('0', '9') | ('9', '0'));
            prop_assert_eq!(insurer_check_digit(&swapped) == right, unseen);
        }
    }

    #[test]
    fn atena_vectors() {
        assert_eq!(check_digit("00000012345", RemainderOne::Zero), Some(5));
        assert_eq!(check_digit("00000000001", RemainderOne::Zero), Some(9));
        assert_eq!(check_digit("6", RemainderOne::Zero), Some(0));
        assert_eq!(check_digit("6", RemainderOne::NotIssued), None);
        assert_eq!(check_digit("", RemainderOne::Zero), None);
        assert!(AtenaNumber::parse("０00000123455").unwrap().check_digit_holds(RemainderOne::Zero));
        assert!(!AtenaNumber::parse("000000123456").unwrap().check_digit_holds(RemainderOne::Zero));
        assert_eq!(AtenaNumber::parse("A1"), Err(AtenaError::NotDigits));
        assert_eq!(AtenaNumber::parse("1"), Err(AtenaError::Length { found: 1 }));
    }

    #[test]
    fn other_codes() {
        for (five, digit) in [("08220", 1), ("43213", 0), ("11100", 7), ("13101", 6), ("01202", 5)] {
            assert_eq!(municipality_check_digit(five), Some(digit), "{five}");
        }
        assert_eq!(insurer_check_digit("3312001"), Some(5));
        assert_eq!(insurer_check_digit("3943213"), Some(3));
        for code in ["12345678903", "00000000019", "99999999995"] {
            assert!(resident_code_seems_right(code), "{code}");
        }
        assert!(!resident_code_seems_right("12345678904"));
    }
}
