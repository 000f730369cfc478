//! Numbers written in ASCII, full-width and kanji numerals.

use std::borrow::Cow;

/// Kanji digits of the decimal places, 0 to 9.
const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
/// Units above 万, each ten thousand times the one before.
const GREAT: [char; 4] = ['兆', '億', '万', ' '];

/// The value of one digit: ASCII, full width, kanji, or the formal kanji 壱弐参.
#[must_use]
pub fn digit_value(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        '０'..='９' => Some(u32::from(c) - u32::from('０')),
        '零' | '○' | '◯' => Some(0),
        '壱' | '壹' => Some(1),
        '弐' | '貳' => Some(2),
        '参' | '參' => Some(3),
        _ => DIGITS.iter().position(|d| *d == c).and_then(|at| u32::try_from(at).ok()),
    }
}

/// Whether this is a kanji that stands for a number (digits and the units 十百千万億兆).
#[must_use]
pub fn is_kanji_numeral(c: char) -> bool {
    DIGITS.contains(&c)
        || matches!(c, '零' | '壱' | '弐' | '参')
        || small_unit(c).is_some()
        || great_unit(c).is_some()
}

/// 十 百 千.
fn small_unit(c: char) -> Option<u64> {
    match c {
        '十' | '拾' => Some(10),
        '百' => Some(100),
        '千' | '阡' => Some(1000),
        _ => None,
    }
}

/// 万 億 兆.
fn great_unit(c: char) -> Option<u64> {
    match c {
        '万' | '萬' => Some(10_000),
        '億' => Some(100_000_000),
        '兆' => Some(1_000_000_000_000),
        _ => None,
    }
}

/// A whole number: `26`, `２６`, `二六`, `二十六`, `3万2千`, `一二三`. Commas are accepted where they part thousands, as in
/// `1,234`; `1,23` and `12,5` are no numbers. Nothing else may stand in the text.
#[must_use]
pub fn parse_number(text: &str) -> Option<u64> {
    let (value, used) = leading_number(text)?;
    (used == text.len()).then_some(value)
}

/// The number that the text begins with, and how many bytes it takes.
#[must_use]
pub fn leading_number(text: &str) -> Option<(u64, usize)> {
    let mut sum = Sum::default();
    let mut used = 0;
    for (at, c) in text.char_indices() {
        if !parts_thousands(text, at, c) {
            if sum.take(c).is_none() {
                break;
            }
            used = at + c.len_utf8();
        }
    }
    (used > 0).then(|| sum.total()).flatten().map(|value| (value, used))
}

fn is_arabic(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '０'..='９')
}

/// Whether the character at a place is a comma between thousands: one to three digits before the first one, three behind each.
fn parts_thousands(text: &str, at: usize, c: char) -> bool {
    if !matches!(c, ',' | '，') {
        return false;
    }
    let head = text[..at].trim_end_matches(is_arabic);
    let group = &text[head.len()..at];
    let before = match (head.ends_with([',', '，']), group.chars().count()) {
        (false, count) => (1..=3).contains(&count) && !group.starts_with(['0', '０']),
        (true, count) => count == 3,
    };
    let behind = text[at + c.len_utf8()..].chars().take(4).take_while(|c| is_arabic(*c)).count();
    before && behind == 3
}

/// A number without the commas between its thousands: `-1,234,567.5` becomes `-1234567.5`. None where a comma stands anywhere
/// else: `1,23`, `12,34,567`, `0,123` and `1.5,000` may be lists or slips of the pen, and are no numbers. Of anything but its
/// commas the text is not judged.
#[must_use]
pub fn without_commas(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(',') {
        return Some(Cow::Borrowed(text));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.trim_start_matches(['+', '-']).split(',');
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()) && !group.starts_with('0'));
    let parted = first && groups.all(|group| group.len() == 3) && !fraction.contains(',');
    parted.then(|| Cow::Owned(text.replace(',', "")))
}

/// A number being read from left to right: finished 万 groups, the group in progress, the digits not yet given a unit.
#[derive(Default)]
struct Sum {
    great: u64,
    group: u64,
    digits: Option<u64>,
}

impl Sum {
    /// Takes one character, or refuses it.
    fn take(&mut self, c: char) -> Option<()> {
        if let Some(d) = digit_value(c) {
            self.digits = Some(self.digits.unwrap_or(0).checked_mul(10)?.checked_add(u64::from(d))?);
        } else if let Some(unit) = small_unit(c) {
            self.group = self.group.checked_add(self.digits.take().unwrap_or(1).checked_mul(unit)?)?;
        } else {
            let unit = great_unit(c)?;
            let group = self.group.checked_add(self.digits.take().unwrap_or(0))?;
            self.great = self.great.checked_add(group.checked_mul(unit)?)?;
            self.group = 0;
        }
        Some(())
    }

    fn total(&self) -> Option<u64> {
        self.great.checked_add(self.group)?.checked_add(self.digits.unwrap_or(0))
    }
}

/// The number with units, as in running text: 26 → 二十六.
#[must_use]
pub fn to_kanji(number: u64) -> String {
    if number == 0 {
        return DIGITS[0].to_string();
    }
    if number >= 10_000_000_000_000_000 {
        return to_positional_kanji(number);
    }
    let mut out = String::new();
    let mut scale = 1_000_000_000_000;
    for unit in GREAT {
        let group = number / scale % 10_000;
        if group > 0 {
            push_group(&mut out, group);
            out.extend((unit != ' ').then_some(unit));
        }
        scale /= 10_000;
    }
    out
}

/// Writes one group of four places: 1,203 → 千二百三.
fn push_group(out: &mut String, group: u64) {
    for (unit, name) in [(1000, '千'), (100, '百'), (10, '十')] {
        let digit = group / unit % 10;
        if digit > 1 {
            out.push(kanji_digit(digit));
        }
        if digit > 0 {
            out.push(name);
        }
    }
    if !group.is_multiple_of(10) {
        out.push(kanji_digit(group % 10));
    }
}

/// The number digit by digit: 2026 → 二〇二六.
#[must_use]
pub fn to_positional_kanji(number: u64) -> String {
    number.to_string().bytes().map(|b| kanji_digit(u64::from(b - b'0'))).collect()
}

fn kanji_digit(digit: u64) -> char {
    DIGITS[usize::try_from(digit % 10).expect("a digit is below ten")]
}

/// The digits of a text as ASCII, when it has nothing but digits (any width), spaces and dashes.
#[must_use]
pub fn digits_only(text: &str) -> Option<String> {
    let keep = |c: &char| {
        !(super::width::is_space(*c) || super::width::is_dash(*c) || super::width::is_long_mark(*c))
    };
    let ascii =
        |c: char| if is_arabic(c) { digit_value(c).and_then(|d| char::from_digit(d, 10)) } else { None };
    text.chars().filter(keep).map(ascii).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_in_every_spelling() {
        for (text, value) in [
            ("26", 26),
            ("２６", 26),
            ("二十六", 26),
            ("二六", 26),
            ("十", 10),
            ("百二", 102),
            ("二〇二六", 2026),
            ("3万2千", 32_000),
            ("1,234", 1234),
            ("一億二千万", 120_000_000),
        ] {
            assert_eq!(parse_number(text), Some(value), "{text}");
        }
        assert_eq!(parse_number("2丁目"), None);
        assert_eq!(parse_number(""), None);
        assert_eq!(leading_number("十二月"), Some((12, 6)));
        assert_eq!(parse_number("99999999999999999999"), None);
    }

    #[test]
    fn commas_part_thousands_and_nothing_else() {
        let numbers =
            [("1,234,567", 1_234_567), ("１，２３４", 1234), ("1億2,000万", 120_000_000), ("12,000", 12_000)];
        for (text, value) in numbers {
            assert_eq!(parse_number(text), Some(value), "{text}");
        }
        for text in
            ["1,23", "12,5", "1234,567", "1,2345", "1,23,456", "12,34,567", "0,500", "1,", ",123", "3,4"]
        {
            assert_eq!(parse_number(text), None, "{text}");
        }
        assert_eq!(leading_number("3,4"), Some((3, 1)));
    }

    #[test]
    fn a_number_loses_only_the_commas_between_its_thousands() {
        for (text, plain) in [
            ("1,234", "1234"),
            ("-1,234,567.50", "-1234567.50"),
            ("+12,000", "+12000"),
            ("12.5", "12.5"),
            ("", ""),
        ] {
            assert_eq!(without_commas(text).as_deref(), Some(plain), "{text}");
        }
        for text in
            ["1,23", "12,5", "1,2345", "1234,567", "12,34,567", "0,123", "1.5,000", "1,", ",123", "3,4"]
        {
            assert_eq!(without_commas(text), None, "{text}");
        }
    }

    #[test]
    fn digits_only_keeps_nothing_else() {
        assert_eq!(digits_only("３０５－8555"), Some("3058555".into()));
        assert_eq!(digits_only("305a"), None);
    }

    proptest! {
        #[test]
        fn kanji_returns(number in 0_u64..10_000_000_000_000_000) {
            prop_assert_eq!(parse_number(&to_kanji(number)), Some(number));
            prop_assert_eq!(parse_number(&to_positional_kanji(number)), Some(number));
        }
    }
}
