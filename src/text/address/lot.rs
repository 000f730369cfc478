//! The numbers of an address: where they begin, what each is called, where they end.

use super::super::{numeral, width};

/// What a number of an address is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Chome,
    Banchi,
    Ban,
    Go,
}

/// Words of the units; longer words before their beginnings.
const UNITS: [(&str, Unit); 4] =
    [("丁目", Unit::Chome), ("番地", Unit::Banchi), ("番", Unit::Ban), ("号", Unit::Go)];
/// What makes a number part of a building: 3号棟, 101号室, 2階, 3F.
const BUILDING_WORDS: [char; 8] = ['棟', '室', '館', '階', 'F', 'Ｆ', '線', '院'];

/// The numbers and their place in the text, in characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lot {
    pub(super) numbers: Vec<(u64, Option<Unit>)>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Lot {
    /// Whether the units of two lots with equal numbers cannot mean different places.
    pub(super) fn style_agrees(&self, other: &Self) -> bool {
        let unit = |lot: &Self, at: usize| lot.numbers.get(at).and_then(|number| number.1);
        let (a, b) = (unit(self, 0), unit(other, 0));
        match self.numbers.len() {
            0 => true,
            1 => (a == Some(Unit::Chome)) == (b == Some(Unit::Chome)),
            2 => a == b,
            _ => {
                let house = |unit: Option<Unit>| matches!(unit, None | Some(Unit::Chome));
                let second = unit(self, 1).zip(unit(other, 1)).is_none_or(|(a, b)| a == b);
                (a == b || (house(a) && house(b))) && second
            }
        }
    }
}

/// Finds the numbers of an address; without any, the whole text is town.
pub(super) fn find(text: &[char]) -> Lot {
    let start = (0..text.len()).find(|at| begins_lot(text, *at)).unwrap_or(text.len());
    let mut lot = Lot { numbers: Vec::new(), start, end: start };
    let mut at = start;
    while let Some((value, unit, end)) = number_at(text, at) {
        if lot.numbers.is_empty() || accepts(text, at, end, unit) {
            lot.numbers.push((value, unit));
            lot.end = end;
        } else {
            break;
        }
        match next_number(text, end, unit) {
            Some(next) => at = next,
            None => break,
        }
    }
    lot
}

/// Whether the first number of the lot begins here.
fn begins_lot(text: &[char], at: usize) -> bool {
    let Some((_, unit, end)) = number_at(text, at) else { return false };
    let digits_end = run_end(text, at);
    if at > 0 && same_run(text, at) {
        return false;
    }
    if is_kanji_run(text, at) {
        let dashed =
            digits_end < text.len() && width::is_dash(text[digits_end]) && is_number(text, digits_end + 1);
        return match unit {
            Some(Unit::Ban) => !names_a_town(text, end),
            Some(unit) => unit != Unit::Go,
            None => dashed,
        };
    }
    match (unit, text.get(end)) {
        (Some(Unit::Ban), _) if names_a_town(text, end) => false,
        (Some(_), _) | (None, None) => true,
        (None, Some(next)) => !continues_a_name(*next) || !has_unit_later(text, end),
    }
}

/// 一番町, 三番丁: the 番 belongs to the name of the town.
fn names_a_town(text: &[char], after_unit: usize) -> bool {
    matches!(text.get(after_unit), Some('町' | '丁' | '街'))
}

/// Kanji and hiragana after a number can be the rest of a town's name (北1条, 3田).
fn continues_a_name(c: char) -> bool {
    !(c.is_ascii()
        || width::is_space(c)
        || width::is_dash(c)
        || width::is_long_mark(c)
        || matches!(c, 'の' | 'ノ' | 'ァ'..='ヺ'))
}

/// Whether a number with a unit follows somewhere.
fn has_unit_later(text: &[char], from: usize) -> bool {
    (from..text.len())
        .any(|at| !same_run(text, at) && number_at(text, at).is_some_and(|found| found.1.is_some()))
}

/// Whether a later number belongs to the lot and not to a building.
fn accepts(text: &[char], at: usize, end: usize, unit: Option<Unit>) -> bool {
    if text.get(end).is_some_and(|c| BUILDING_WORDS.contains(c)) {
        return false;
    }
    let plain_end = text.get(end).is_none_or(|c| !continues_a_name(*c));
    !is_kanji_run(text, at) || unit.is_some() || plain_end
}

/// Where the next number of the lot begins, if one follows.
fn next_number(text: &[char], end: usize, unit: Option<Unit>) -> Option<usize> {
    let spaces = |at: usize| at + text[at..].iter().take_while(|c| width::is_space(**c)).count();
    let at = spaces(end);
    let joined = text
        .get(at)
        .is_some_and(|c| width::is_dash(*c) || width::is_long_mark(*c) || matches!(c, 'の' | 'ノ'));
    let next = if joined { spaces(at + 1) } else { at };
    let goes_on = joined || matches!(unit, Some(Unit::Chome | Unit::Banchi | Unit::Ban));
    (goes_on && is_number(text, next)).then_some(next)
}

/// The number that begins here, its unit, and where both end.
fn number_at(text: &[char], at: usize) -> Option<(u64, Option<Unit>, usize)> {
    let end = run_end(text, at);
    let run: String = text.get(at..end)?.iter().collect();
    let value = numeral::parse_number(&run)?;
    let unit = UNITS
        .iter()
        .find(|(word, _)| text[end..].iter().copied().take(word.chars().count()).eq(word.chars()));
    Some(unit.map_or((value, None, end), |(word, unit)| (value, Some(*unit), end + word.chars().count())))
}

fn is_number(text: &[char], at: usize) -> bool {
    text.get(at).is_some_and(|c| is_arabic(*c) || numeral::is_kanji_numeral(*c))
}

fn is_arabic(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '０'..='９')
}

fn is_kanji_run(text: &[char], at: usize) -> bool {
    text.get(at).is_some_and(|c| numeral::is_kanji_numeral(*c))
}

/// Where the run of digits, or of kanji numerals, that begins here ends.
fn run_end(text: &[char], at: usize) -> usize {
    let kanji = is_kanji_run(text, at);
    let same = |c: &&char| if kanji { numeral::is_kanji_numeral(**c) } else { is_arabic(**c) };
    at + text.iter().skip(at).take_while(same).count()
}

/// Whether this character goes on the run of the one before it.
fn same_run(text: &[char], at: usize) -> bool {
    at > 0
        && is_number(text, at)
        && is_number(text, at - 1)
        && is_kanji_run(text, at) == is_kanji_run(text, at - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Vec<u64>, String) {
        let chars: Vec<char> = text.chars().collect();
        let lot = find(&chars);
        let part = |range: std::ops::Range<usize>| chars[range].iter().collect::<String>();
        (part(0..lot.start), lot.numbers.iter().map(|n| n.0).collect(), part(lot.end..chars.len()))
    }

    #[test]
    fn towns_with_numerals_stay_whole() {
        for (text, town, numbers, rest) in [
            ("三田一丁目", "三田", vec![1], ""),
            ("3田1丁目", "3田", vec![1], ""),
            ("六本木六丁目10番1号", "六本木", vec![6, 10, 1], ""),
            ("二十四軒四条一丁目1-1", "二十四軒四条", vec![1, 1, 1], ""),
            ("北1条西2丁目3", "北1条西", vec![2, 3], ""),
            ("一番町三丁目", "一番町", vec![3], ""),
            ("九十九里町片貝4099", "九十九里町片貝", vec![4099], ""),
            ("大野85第一ハイツ101", "大野", vec![85], "第一ハイツ101"),
            ("大野１－２－３", "大野", vec![1, 2, 3], ""),
            ("大野一－二", "大野", vec![1, 2], ""),
            ("大野1丁目 2番 3号", "大野", vec![1, 2, 3], ""),
            ("大野1番地101号室", "大野", vec![1], "101号室"),
            ("大野1番地3号棟", "大野", vec![1], "3号棟"),
            ("大野三丁目二番地の一", "大野", vec![3, 2, 1], ""),
            ("八王子", "八王子", vec![], ""),
        ] {
            assert_eq!(read(text), (town.to_owned(), numbers, rest.to_owned()), "{text}");
        }
    }
}
