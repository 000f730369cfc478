//! Whether two values differ in width, white space and separators only.
//!
//! A separator between two figures is part of a value: 1-23 is another lot than 123. Only numbers whose figures say how they are
//! parted may lose theirs (postal codes, telephone numbers, dates), and pages put them into long numbers of their own.

use unicode_normalization::UnicodeNormalization as _;

/// What stands before an amount below zero.
const SIGNS: [char; 5] = ['-', '−', '‐', '▲', '△'];
/// How the figures of a number are parted that may be written without a separator: postal code, date, 個人番号, 法人番号, card.
const SHAPES: [&[usize]; 5] = [&[3, 4], &[4, 2, 2], &[4, 4, 4], &[1, 4, 4, 4], &[4, 4, 4, 4]];
/// A number of so many figures may be parted by the page in a way of its own.
const LONG: usize = 6;

/// Whether `shown` is `typed` but for width, white space and separators. Where one of them is a number with a point or a sign, its
/// separators must stand in the same places: 7.5 is not 75, and -500 is not 500.
pub(super) fn same_but_separators(shown: &str, typed: &str) -> bool {
    let folded = |s: &str| s.nfkc().collect::<String>();
    let (shown, typed) = (folded(shown), folded(typed));
    let bare = |s: &str| s.replace(|c: char| c.is_whitespace() || c == ',', "");
    if is_amount(&bare(&shown)) || is_amount(&bare(&typed)) {
        let marked = |s: &str| bare(s).replace(SIGNS, ".").replace(['/', 'ー'], ".");
        return marked(&shown) == marked(&typed);
    }
    let (shown, typed) = (pieces(&shown), pieces(&typed));
    let follows_era =
        |at: usize| at > 0 && matches!(&shown[at - 1], Piece::Words(words) if ends_with_era(words));
    let same = |(at, (one, other)): (usize, (&Piece, &Piece))| match (one, other) {
        (Piece::Number(one), Piece::Number(other)) => fits(one, other, follows_era(at)),
        _ => one == other,
    };
    shown.len() == typed.len() && shown.iter().zip(&typed).enumerate().all(same)
}

/// A number with one point, or with a sign before it: no date and no telephone number.
fn is_amount(text: &str) -> bool {
    let unsigned = text.trim_start_matches(SIGNS);
    let figures = unsigned.replacen('.', "", 1);
    let plain = !figures.is_empty() && figures.bytes().all(|b| b.is_ascii_digit());
    plain && figures.len() < text.len()
}

/// A part of a value.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// The figures of a number, as separators part them.
    Number(Vec<String>),
    /// Anything else, without separators.
    Words(String),
}

/// The parts of a value. `ー` is a separator after a letter or a digit only: elsewhere it is a part of a name.
fn pieces(text: &str) -> Vec<Piece> {
    let mut found: Vec<Piece> = vec![];
    let (mut before, mut parted) = (' ', false);
    for c in without_thousands(text).chars() {
        let separates =
            c.is_whitespace() || "-/.,‐−".contains(c) || c == 'ー' && before.is_ascii_alphanumeric();
        match (c, found.last_mut()) {
            _ if separates => {}
            ('0'..='9', Some(Piece::Number(groups))) => match groups.last_mut() {
                Some(group) if !parted => group.push(c),
                _ => groups.push(c.into()),
            },
            ('0'..='9', _) => found.push(Piece::Number(vec![c.into()])),
            (_, Some(Piece::Words(words))) => words.push(c),
            _ => found.push(Piece::Words(c.into())),
        }
        (before, parted) = (c, separates);
    }
    found
}

/// Without the commas of thousands: one that stands after a figure and before three, as all that follow it do.
fn without_thousands(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_figure = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let parts_thousands = |at: usize| {
        let from = (0..at).rev().take_while(|n| is_figure(*n) || chars[*n] == ',').last().unwrap_or(at);
        let end = (at..chars.len()).take_while(|n| is_figure(*n) || chars[*n] == ',').last().unwrap_or(at);
        let run: String = chars[from..=end].iter().collect();
        let mut groups = run.split(',');
        let first = groups.next().unwrap_or_default();
        (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3)
    };
    let stays = |(at, c): &(usize, &char)| **c != ',' || !parts_thousands(*at);
    chars.iter().enumerate().filter(stays).map(|(_, c)| *c).collect()
}

fn ends_with_era(words: &str) -> bool {
    words.ends_with(['M', 'T', 'S', 'H', 'R', 'm', 't', 's', 'h', 'r', '明', '大', '昭', '平', '令'])
        || ["明治", "大正", "昭和", "平成", "令和"].iter().any(|era| words.ends_with(era))
}

/// Whether the same figures are parted alike, or in ways of which one says no less than the other.
fn fits(shown: &[String], typed: &[String], follows_era: bool) -> bool {
    if shown == typed {
        return true;
    }
    if shown.concat() != typed.concat() {
        return false;
    }
    let is_date_of_era = |groups: &[String]| follows_era && lengths(groups) == [2, 2, 2];
    match (shown, typed) {
        ([_], parted) => is_known(parted) || is_date_of_era(parted),
        (parted, [whole]) => is_known(parted) || whole.len() >= LONG || is_day_of_year(parted),
        _ => is_telephone(shown) && is_telephone(typed),
    }
}

fn lengths(groups: &[String]) -> Vec<usize> {
    groups.iter().map(String::len).collect()
}

fn is_known(groups: &[String]) -> bool {
    let lengths = lengths(groups);
    let is_month = lengths == [4, 2] && (groups[0].starts_with("19") || groups[0].starts_with("20"));
    is_month || SHAPES.contains(&lengths.as_slice()) || is_telephone(groups)
}

/// 029-883-1111, 0298-83-1111, 090-12345678.
fn is_telephone(groups: &[String]) -> bool {
    let whole = groups.iter().map(String::len).sum::<usize>();
    let ends = groups.last().is_some_and(|last| last.len() >= 3);
    (10..=11).contains(&whole) && (2..=3).contains(&groups.len()) && groups[0].starts_with('0') && ends
}

/// 04/01, which was typed as 0401.
fn is_day_of_year(groups: &[String]) -> bool {
    lengths(groups) == [2, 2]
        && ("01"..="12").contains(&groups[0].as_str())
        && ("01"..="31").contains(&groups[1].as_str())
}

#[cfg(test)]
mod tests {
    use super::same_but_separators as same;

    #[test]
    fn a_separator_between_figures_may_be_another_and_not_be_lost() {
        for (shown, typed) in [
            ("123", "1-23"),
            ("1-23", "123"),
            ("12-3", "1-23"),
            ("1234567", "1234-567"),
            ("2026-11-1", "2026-1-11"),
            ("123", "1 23"),
            ("123", "1,23"),
            ("12345", "1-2-3-4-5"),
            ("つくば市123", "つくば市1-23"),
            ("1234", "12-34"),
        ] {
            assert!(!same(shown, typed), "{typed} is not {shown}");
        }
        for (shown, typed) in [
            ("1－23", "1-23"),
            ("1ー23", "1-23"),
            ("1/23", "1-23"),
            ("つくば市1−23", "つくば市１－２３"),
            ("A1", "A-1"),
            ("1 - 23", "1-23"),
        ] {
            assert!(same(shown, typed), "{typed} is {shown}");
        }
    }

    #[test]
    fn figures_that_say_how_they_are_parted_may_be_written_either_way() {
        for (one, other) in [
            ("100-0001", "1000001"),
            ("029-883-1111", "0298831111"),
            ("090-1234-5678", "09012345678"),
            ("2026/11/23", "20261123"),
            ("2026/11", "202611"),
            ("1234-5678-9012", "123456789012"),
            ("1,234,567円", "1234567円"),
            ("12,345", "12345"),
            ("〒100-0001", "〒1000001"),
        ] {
            assert!(same(one, other) && same(other, one), "{one} {other}");
        }
        assert!(same("0298-83-1111", "029-883-1111"), "the page knows the area");
        assert!(same("04/01", "0401") && same("12-345678", "12345678") && same("R070401", "R07.04.01"));
        assert!(!same("0401", "04/01") && !same("12345678", "12-345678"));
    }
}
