//! Finds 個人番号 in any text, in any spelling, so that logs, file names and messages can be kept free of them.
//!
//! Too much is masked rather than too little: every twelve digits that stand by themselves, with a right check digit or
//! not, and every twelve digits with a right check digit inside a longer run.

use std::ops::Range;

use crate::text::{corporate_number, my_number, numeral, width};

/// Digits of a 個人番号.
const LENGTH: usize = 12;
/// Most separators between two digits of one number.
const WIDEST_GAP: usize = 3;
/// What stands in place of a number.
const MASK: &str = "************";

/// Twelve digits that are, or may be, a 個人番号.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Bytes of the text that hold the digits and what separates them.
    pub range: Range<usize>,
    /// Whether the check digit is right.
    pub valid: bool,
}

/// One digit of the text.
struct Digit {
    value: u32,
    range: Range<usize>,
    /// Nothing stands between this digit and the one before it.
    joined: bool,
}

/// Every place of the text that may hold a 個人番号, in order, without overlap.
#[must_use]
pub fn find_my_numbers(text: &str) -> Vec<Found> {
    runs(text).iter().flat_map(|run| in_run(run)).collect()
}

/// Whether the text may hold a 個人番号.
#[must_use]
pub fn holds_my_number(text: &str) -> bool {
    !find_my_numbers(text).is_empty()
}

/// The text with every possible 個人番号 replaced by twelve asterisks.
#[must_use]
pub fn scrub(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for found in find_my_numbers(text) {
        out.push_str(&text[done..found.range.start]);
        out.push_str(MASK);
        done = found.range.end;
    }
    out.push_str(&text[done..]);
    out
}

/// Runs of digits with at most a few separators between them.
fn runs(text: &str) -> Vec<Vec<Digit>> {
    let mut runs: Vec<Vec<Digit>> = Vec::new();
    let mut gap = usize::MAX;
    for (at, c) in text.char_indices() {
        if let Some(value) = numeral::digit_value(c) {
            if gap > WIDEST_GAP {
                runs.push(Vec::new());
            }
            let digit = Digit { value, range: at..at + c.len_utf8(), joined: gap == 0 };
            runs.last_mut().expect("a run was begun").push(digit);
            gap = 0;
        } else {
            gap = if is_separator(c) { gap.saturating_add(1) } else { usize::MAX };
        }
    }
    runs
}

/// What people and programs put between the digits of one number.
fn is_separator(c: char) -> bool {
    width::is_space(c)
        || width::is_dash(c)
        || width::is_long_mark(c)
        || matches!(c, '.' | '．' | '・' | '_' | '＿' | '|' | '｜' | '/' | '／')
}

/// The numbers of one run, from left to right. Windows that overlap become one, so that no digit of either is left.
fn in_run(run: &[Digit]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (at, window) in run.windows(LENGTH).enumerate() {
        let valid = is_valid(window);
        if stands_alone(run, at) || (valid && !in_corporate_number(run, at)) {
            let range = window[0].range.start..window[LENGTH - 1].range.end;
            match found.last_mut().filter(|last| last.range.end > range.start) {
                Some(last) => {
                    *last = Found { range: last.range.start..range.end, valid: last.valid || valid }
                }
                None => found.push(Found { range, valid }),
            }
        }
    }
    found
}

/// Whether the window begins and ends where the text has a separator or the run's end.
fn stands_alone(run: &[Digit], at: usize) -> bool {
    !run[at].joined && run.get(at + LENGTH).is_none_or(|next| !next.joined)
}

/// Whether the window lies in thirteen digits written together that are a right 法人番号, which is public.
fn in_corporate_number(run: &[Digit], at: usize) -> bool {
    let start = (0..=at).rev().find(|i| !run[*i].joined).unwrap_or(0);
    let joined = run[start + 1..].iter().take_while(|digit| digit.joined).count();
    joined == LENGTH && corporate_number::is_valid(&digits(&run[start..=start + LENGTH]))
}

fn is_valid(window: &[Digit]) -> bool {
    my_number::is_valid(&digits(window))
}

fn digits(window: &[Digit]) -> String {
    window.iter().filter_map(|digit| char::from_digit(digit.value, 10)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_is_found() {
        for text in [
            "123456789018",
            "１２３４５６７８９０１８",
            "1234 5678 9018",
            "1234-5678-9018",
            "1234－5678ー9018",
            "1 2 3 4 5 6 7 8 9 0 1 8",
            "一二三四五六七八九〇一八",
            "1234.5678.9018",
            "1234\n5678\n9018",
            "1234\u{200B}56789018",
            "１２３四5678-九〇一八",
        ] {
            let around = format!("番号は「{text}」です");
            assert_eq!(scrub(&around), format!("番号は「{MASK}」です"), "{text}");
            assert!(find_my_numbers(text).iter().all(|f| f.valid), "{text}");
        }
    }

    #[test]
    fn a_wrong_check_digit_is_masked_too() {
        assert_eq!(find_my_numbers("a 123456789012 b"), [Found { range: 2..14, valid: false }]);
    }

    #[test]
    fn inside_longer_runs_the_check_digit_decides() {
        assert_eq!(scrub("00123456789018"), format!("00{MASK}"));
        assert_eq!(scrub("12345 123456789018 77"), format!("12345 {MASK} 77"));
        assert!(!scrub("123456789018123456789018").contains(|c: char| c.is_ascii_digit()));
        assert_eq!(scrub("0001 1234 5678 9018"), MASK, "overlapping windows leave nothing of either");
        assert_eq!(scrub("8000020130001"), "8000020130001");
        assert_eq!(scrub("8000020082201と1000020432130"), "8000020082201と1000020432130");
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "029-883-1111",
            "090-1234-5678",
            "〒305-8555",
            "2026-11-21T06:53:00",
            "宛名番号 00000123455",
            "",
            "一二三",
            "1,234,567,890,123円",
        ] {
            assert_eq!(scrub(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_valid_survives(first in "[0-9]{11}", before in "[a-zあ-ん]{0,3}", gap in "[ -]{0,1}") {
            let digit = my_number::check_digit(&first).map(|d| d.to_string()).unwrap_or_default();
            let number = format!("{first}{digit}");
            let text = format!("{before}{}{gap}{}", &number[..4], &number[4..]);
            prop_assert_eq!(scrub(&text), format!("{before}{MASK}"));
        }

        #[test]
        fn a_second_look_finds_nothing_valid(text in "[0-9０-９一二三 a-]{0,60}") {
            prop_assert!(find_my_numbers(&scrub(&text)).iter().all(|found| !found.valid));
        }
    }
}
