//! Which characters may stand in a field, how likely each is before looking, and what it is written as.

use super::kanji_in_use::{in_names, in_places};
use crate::text::{kana, width};

/// What may stand in a line of writing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Charset {
    /// Any Japanese text.
    Free,
    /// A person's name.
    Name,
    /// A reading in katakana.
    Kana,
    /// An address.
    Address,
    /// Digits only.
    Digits,
    /// Digits and dashes.
    Phone,
    /// Digits, commas and yen, and what stands before a negative amount.
    Money,
    /// Digits and the words of a date.
    Date,
    /// Digits and the words of a time.
    Time,
    /// ASCII.
    Email,
    /// The characters of these words.
    Words(Vec<String>),
}

/// Where a sign stands beside the characters that a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Before all of them.
    Before,
    /// Between two.
    Between,
    /// After all of them.
    After,
}

impl Side {
    /// The side of a sign that has so many of all characters before it.
    pub(super) const fn of(before: usize, all: usize) -> Self {
        match before {
            0 => Self::Before,
            n if n < all => Self::Between,
            _ => Self::After,
        }
    }
}

/// What specks and full stops are read as.
const SPECKS: &str = ".,、。·・:;…";
/// What is read above the writing: ends of strokes, dirt.
const DIRT: &str = "'’`´˙^\"”";
/// What is left of printed rules and corners.
const RULES: &str = "|_¦丨\\[]「」『』【】";
/// What the rim of a seal is read as.
const RIMS: &str = "()";
/// What is counted, behind a number, and no digit in bad writing: g may be a 9, ケ a 4, 口 a 0.
const UNITS: &str = "年月日分円人名回件個枚点号番歳才時間週か箇ヶヵ階戸棟室台本冊世帯組班校園級度桁%㎡";

impl Charset {
    /// How likely the character is before looking: 0 to 1.
    pub(super) fn weight(&self, c: char) -> f32 {
        let allowed = |list: &str| if list.contains(c) { 1.0 } else { 0.0 };
        match self {
            Self::Digits => allowed("0123456789"),
            Self::Phone => allowed("0123456789-()"),
            Self::Money => allowed("0123456789,¥円-▲△"),
            Self::Date => allowed("0123456789年月日元令和平成昭大正明治.-/RHSTM頃"),
            Self::Time => allowed("0123456789:時分半午前後"),
            Self::Email => {
                if c.is_ascii_graphic() {
                    1.0
                } else {
                    0.0
                }
            }
            Self::Kana => kana_weight(c),
            Self::Name => name_weight(c),
            Self::Address => free_weight(c),
            Self::Free => text_weight(c),
            Self::Words(words) => {
                if words.iter().any(|w| w.contains(c) || w.chars().any(|k| self.fold(k) == c)) {
                    1.0
                } else {
                    0.0
                }
            }
        }
    }

    /// The character as this field writes it: half-width digits, one kind of dash.
    pub(super) fn fold(&self, c: char) -> char {
        let c = narrow(c);
        match self {
            Self::Digits | Self::Phone | Self::Money | Self::Date | Self::Time => zero(dash(c)),
            Self::Email => dash(c),
            Self::Kana => kana_fold(c),
            Self::Address | Self::Free | Self::Words(_) if width::is_dash(c) && c != 'ー' && c != '一' => {
                '-'
            }
            _ => c,
        }
    }

    /// A word as this field reads it: without spaces, which no reader gives.
    pub(super) fn folded(&self, word: &str) -> String {
        word.chars().filter(|c| !c.is_whitespace()).map(|c| self.fold(c)).collect()
    }

    /// The characters to which Tesseract is held, where there are few.
    pub(super) fn few(&self) -> Option<&'static str> {
        match self {
            Self::Digits => Some("0123456789"),
            Self::Phone => Some("0123456789-()"),
            Self::Money => Some("0123456789,円"),
            _ => None,
        }
    }

    /// Whether a sign that the field does not hold may be left out: it looks like what rules, specks and seals leave behind, or
    /// says nothing that the field does not say itself. Anything else was written there, and the rest is not all of it.
    pub(super) fn harmless(&self, c: char, side: Side) -> bool {
        let among = |lists: &[&str]| lists.iter().any(|list| list.contains(c));
        let edge = || among(&[SPECKS, DIRT, RULES, RIMS]);
        match (self, side) {
            // The number of digits is known.
            (Self::Phone, _) => true,
            // The form of an address is known, but not its letters: t is taken for 卜, o for 〇, r for 「, l for 丨.
            (Self::Email, Side::Between) => among(&[DIRT]),
            (Self::Email, Side::Before | Side::After) | (Self::Name, Side::Between) => among(&[SPECKS, DIRT]),
            (Self::Digits, Side::Before) => edge() || width::is_dash(c) || among(&["第〒№#¥￥"]),
            (Self::Digits, Side::Between) => among(&[DIRT, ",、_"]),
            (Self::Digits, Side::After) => edge() || width::is_dash(c) || among(&[UNITS]),
            // An amount in brackets is negative. Readers take a yen sign for a Y or a \.
            (Self::Money, Side::Before) => among(&[SPECKS, DIRT, RULES, "¥￥Y金"]),
            (Self::Money, Side::Between) => among(&[DIRT, "、"]),
            (Self::Money, Side::After) => among(&[SPECKS, DIRT, RULES, "也"]),
            (Self::Date, Side::Before) => edge() || among(&["西暦"]),
            (Self::Date, Side::Between) => among(&[DIRT, RIMS]),
            (Self::Date, Side::After) => edge() || among(&["火水木金土曜"]),
            // The colon was two specks, or one stroke.
            (Self::Time, Side::Between) => among(&[SPECKS, DIRT, "|"]),
            (Self::Kana, Side::Between) => among(&[SPECKS]),
            // What stands above and behind a kana may be its voicing.
            (Self::Kana, Side::After) => among(&[SPECKS, RULES, RIMS]),
            // The last stroke of a name may be 一.
            (Self::Name, Side::Before) | (Self::Words(_), Side::Before | Side::After) => {
                edge() || width::is_dash(c)
            }
            (Self::Name, Side::After) => edge() || c == '㊞',
            (Self::Free | Self::Address | Self::Words(_), Side::Between) => among(&[SPECKS, DIRT, RULES]),
            (Self::Free | Self::Address, Side::After) => edge() || c == '!',
            (Self::Time | Self::Kana | Self::Free | Self::Address, _) => edge(),
        }
    }

    /// Whether spaces mean something.
    pub(super) const fn spaced(&self) -> bool {
        matches!(self, Self::Name | Self::Kana | Self::Free | Self::Address)
    }
}

/// Full-width ASCII as half-width, one kind of wave.
pub(super) fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '　' => ' ',
        '〜' => '~',
        _ => c,
    }
}

fn dash(c: char) -> char {
    if width::is_dash(c) || c == 'ー' || c == '一' { '-' } else { c }
}

/// Where only digits stand, a letter O is a nought.
const fn zero(c: char) -> char {
    if matches!(c, 'O' | 'o') { '0' } else { c }
}

fn kana_fold(c: char) -> char {
    match kana::to_katakana(&c.to_string()).chars().next() {
        Some(k) if width::is_dash(k) || k == '一' => 'ー',
        Some('力') => 'カ',
        Some('口') => 'ロ',
        Some('二') => 'ニ',
        Some('八') => 'ハ',
        Some('工') => 'エ',
        Some('夕') => 'タ',
        Some('卜') => 'ト',
        Some('千') => 'チ',
        Some('丿') => 'ノ',
        Some('三') => 'ミ',
        Some(k) => k,
        None => c,
    }
}

fn is_katakana(c: char) -> bool {
    matches!(c, 'ァ'..='ヶ' | 'ー')
}

fn kana_weight(c: char) -> f32 {
    if is_katakana(c) || matches!(c, ' ' | '・') { 1.0 } else { 0.0 }
}

fn name_weight(c: char) -> f32 {
    match c {
        ' ' | '々' | 'ヶ' | 'ノ' | 'ー' | '〆' | 'ぁ'..='ん' => 1.0,
        // Katakana look like kanji (カ力, ロ口, ニ二); names in kanji are the rule.
        _ if is_katakana(c) => 0.5,
        'A'..='Z' | 'a'..='z' | '・' => 0.05,
        // Both models hold a printed 髙 for 高 with 0.90 to 0.98, but a printed 高 for 髙 with less than 0.003: what they
        // hold of 髙 counts 25 times, so that a ladder leaves doubt and a plain 高 none.
        '髙' => 25.0,
        _ => in_names(c),
    }
}

fn free_weight(c: char) -> f32 {
    match c {
        ' ' | '-' | '.' | '(' | ')' | '&' | '#' | '/' | ':' | ',' => 0.8,
        '0'..='9' | 'A'..='Z' | 'a'..='z' | 'ぁ'..='ん' | '々' | '〆' | '〇' => 1.0,
        _ if is_katakana(c) => 1.0,
        '、' | '。' | '「' | '」' | '・' | '（' | '）' | '〒' => 0.5,
        _ => in_places(c),
    }
}

/// Text also holds signs that change what it says: 17時~18時, 卵×, 50%. They count less than the letters that look like them.
fn text_weight(c: char) -> f32 {
    match c {
        '~' | '%' | '×' | '→' | '※' | '℃' | '@' => 0.3,
        _ => free_weight(c),
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, Side};

    #[test]
    fn a_name_prefers_common_kanji_and_refuses_foreign_ones() {
        assert!(Charset::Name.weight('恵') > Charset::Name.weight('惠'));
        assert!(Charset::Name.weight('髙') > 0.0);
        assert!(Charset::Name.weight('岛') < 1e-6);
        assert!(Charset::Name.weight('5') < 1e-6);
    }

    #[test]
    fn look_alikes_are_written_as_the_field_writes_them() {
        assert_eq!(Charset::Kana.fold('力'), 'カ');
        assert_eq!(Charset::Kana.fold('み'), 'ミ');
        assert_eq!((Charset::Kana.fold('三'), Charset::Free.fold('〜')), ('ミ', '~'));
        assert_eq!(Charset::Digits.fold('７'), '7');
        assert_eq!((Charset::Digits.fold('Ｏ'), Charset::Address.fold('O')), ('0', 'O'));
        assert_eq!(Charset::Address.fold('－'), '-');
        assert_eq!(Charset::Address.fold('ー'), 'ー');
    }

    #[test]
    fn text_holds_signs_that_change_what_it_says() {
        assert!("~%×→※℃@".chars().all(|c| Charset::Free.weight(c) > 0.0));
        assert!(Charset::Address.weight('×') < 1e-6);
    }

    #[test]
    fn a_word_of_the_list_is_held_as_the_field_writes_it() {
        let words = Charset::Words(vec!["７時〜".to_owned()]);
        assert!("7時~".chars().all(|c| words.weight(c) > 0.0) && words.weight('8') < 1e-6);
    }

    #[test]
    fn what_a_speck_looks_like_may_be_left_out_and_what_means_something_may_not() {
        let list = || Charset::Words(vec!["子".to_owned()]);
        for (charset, before, between, after) in [
            (Charset::Digits, "|.〒", ",'", "円.-か月ヶ時間階台世帯%"),
            (Charset::Email, "·。", "’", "。´"),
            (Charset::Money, "¥Y金|", "、", "也."),
            (Charset::Time, ".", ".·|", "|"),
            (Charset::Name, "-(", "、", ")㊞|"),
            (Charset::Kana, "`", "、", ")"),
            (list(), "|-", "'", "."),
        ] {
            for (signs, side) in [(before, Side::Before), (between, Side::Between), (after, Side::After)] {
                assert!(signs.chars().all(|c| charset.harmless(c, side)), "{charset:?} {side:?}: {signs}");
            }
        }
        for (charset, before, between, after) in [
            (Charset::Digits, "約1", ".-~/:時", "頃万~半千代gkケ口"),
            (Charset::Email, "口丨「", "〇口ロ卜十。", "卜」丨"),
            (Charset::Money, "▲(", "万千.", "万)~"),
            (Charset::Time, "翌", "~-", "P~頃"),
            (Charset::Name, "旧", "-(", "-"),
            (Charset::Kana, "山", ")(", "`゛"),
            (list(), "養義", "の", "1"),
        ] {
            for (signs, side) in [(before, Side::Before), (between, Side::Between), (after, Side::After)] {
                assert!(!signs.chars().any(|c| charset.harmless(c, side)), "{charset:?} {side:?}: {signs}");
            }
        }
        assert!(Charset::Phone.harmless('代', Side::After), "its digits are counted");
    }
}
