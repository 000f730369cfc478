//! Hiragana and katakana: conversion, folding, the fuzzy search key of resident systems, furigana, bank kana.

use std::fmt;

use super::width;

/// Small katakana and their large forms.
const SMALL: &[(char, char)] = &[
    ('ァ', 'ア'),
    ('ィ', 'イ'),
    ('ゥ', 'ウ'),
    ('ェ', 'エ'),
    ('ォ', 'オ'),
    ('ッ', 'ツ'),
    ('ャ', 'ヤ'),
    ('ュ', 'ユ'),
    ('ョ', 'ヨ'),
    ('ヮ', 'ワ'),
    ('ヵ', 'カ'),
    ('ヶ', 'ケ'),
];

/// Whether this is kana, full or half width (the middle dot is not).
#[must_use]
pub fn is_kana(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | 'ゝ' | 'ゞ' | 'ァ'..='ヺ' | 'ー' | 'ヽ' | 'ヾ' | 'ｦ'..='ﾟ')
}

/// Hiragana as katakana, half-width katakana as full width.
#[must_use]
pub fn to_katakana(text: &str) -> String {
    let shift = |c: char| match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        _ => c,
    };
    width::kana_to_fullwidth(&text.chars().map(shift).collect::<String>())
}

/// Katakana as hiragana (`ヷ`–`ヺ` have none and stay).
#[must_use]
pub fn to_hiragana(text: &str) -> String {
    let shift = |c: char| match c {
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        _ => c,
    };
    width::kana_to_fullwidth(text).chars().map(shift).collect()
}

/// A small katakana as the large one (`ョ` → `ヨ`).
#[must_use]
pub fn large(c: char) -> char {
    SMALL.iter().find(|p| p.0 == c).map_or(c, |p| p.1)
}

/// Katakana with every small kana large, for comparing readings of handwriting.
#[must_use]
pub fn fold_small(text: &str) -> String {
    to_katakana(text).chars().map(large).collect()
}

/// The key under which a resident system finds a reading.
///
/// It ignores voicing, small ッャュョ, long sounds, dashes and spaces; ウ after an オ-row kana counts as オ.
#[must_use]
pub fn search_key(text: &str) -> String {
    let mut out = String::new();
    let mut before = None;
    for c in to_katakana(&width::ascii_to_halfwidth(text)).chars() {
        if width::is_space(c) || width::is_dash(c) || width::is_long_mark(c) {
            continue;
        }
        let plain = width::unvoiced(if matches!(c, 'ッ' | 'ャ' | 'ュ' | 'ョ') { large(c) } else { c });
        let lengthens = plain == 'ウ' && c != 'ヴ' && before.is_some_and(is_o_row);
        out.push(if lengthens { 'オ' } else { plain });
        before = Some(plain);
    }
    out
}

/// Whether a plain, large katakana is of the オ row.
fn is_o_row(c: char) -> bool {
    "オコソトノホモヨロヲ".contains(c)
}

/// Whether two readings are the same when small and large kana are not told apart and spaces do not count.
#[must_use]
pub fn same_reading(a: &str, b: &str) -> bool {
    let key = |t: &str| width::remove_spaces(&fold_small(t));
    key(a) == key(b)
}

/// Why a text is not a furigana.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FuriganaError {
    /// Nothing is written.
    #[error("フリガナが空です。カタカナで入力してください")]
    Empty,
    /// A character that no reading has, counted from 1.
    #[error("フリガナの{position}文字目がかなではありません。カタカナだけで入力してください")]
    NotKana {
        /// Position in characters, from 1.
        position: usize,
    },
}

/// The reading of a name: full-width katakana, parts separated by one full-width space.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Furigana(String);

impl Furigana {
    /// Reads hiragana or katakana of any width.
    ///
    /// # Errors
    /// When it is empty or holds anything but kana, spaces, `・` and `ー`.
    pub fn parse(text: &str) -> Result<Self, FuriganaError> {
        let kana = to_katakana(&width::fold_spaces(text));
        if kana.is_empty() {
            return Err(FuriganaError::Empty);
        }
        let bad = kana.chars().position(|c| !(is_kana(c) || c == ' ' || c == '・'));
        bad.map_or_else(
            || Ok(Self(kana.replace(' ', "\u{3000}"))),
            |at| Err(FuriganaError::NotKana { position: at + 1 }),
        )
    }

    /// The reading itself. Personal data: for screens and files only, never for logs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key for a fuzzy search, see [`search_key`].
    #[must_use]
    pub fn search_key(&self) -> String {
        search_key(&self.0)
    }
}

impl fmt::Debug for Furigana {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Furigana(****)")
    }
}

/// A character that a bank file cannot hold, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "全銀フォーマットで使えない文字が{position}文字目にあります。カナ・英大文字・数字と ( ) - . / だけにしてください"
)]
pub struct BankKanaError {
    /// Position in characters of the input, from 1.
    pub position: usize,
}

/// Half-width capitals as bank files want them: small kana large, `ー` as `-`, letters upper-case.
///
/// # Errors
/// At the first character that the 全銀 format does not have (kanji, for example).
pub fn bank_kana(text: &str) -> Result<String, BankKanaError> {
    let full = to_katakana(&width::ascii_to_halfwidth(text));
    let fold = |c: char| {
        if width::is_long_mark(c) || width::is_dash(c) { '-' } else { large(c).to_ascii_uppercase() }
    };
    let half = width::to_halfwidth(&full.chars().map(fold).collect::<String>());
    let allowed = |c: char| {
        c.is_ascii_uppercase()
            || c.is_ascii_digit()
            || " ()-./\\,｢｣".contains(c)
            || matches!(c, 'ｱ'..='ﾟ' | 'ｦ')
    };
    if half.chars().all(allowed) {
        return Ok(half);
    }
    let bad = |c: char| !width::to_halfwidth(&fold(c).to_string()).chars().all(allowed);
    Err(BankKanaError { position: full.chars().position(bad).map_or(1, |at| at + 1) })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn conversions() {
        assert_eq!(to_katakana("やまだ　ｶﾞｸ"), "ヤマダ　ガク");
        assert_eq!(to_hiragana("ヤマダ　ヴヶ"), "やまだ　ゔゖ");
        assert_eq!(fold_small("きょっか"), "キヨツカ");
    }

    #[test]
    fn the_search_key_is_the_resident_systems() {
        assert_eq!(search_key("おおの"), search_key("オウノ"));
        assert_eq!(search_key("サイトウ ジュンイチロウ"), search_key("ｻｲﾄｵｼﾞﾕﾝｲﾁﾛｵ"));
        assert_eq!(search_key("ワタナベ"), search_key("ワダナペ"));
        assert_eq!(search_key("ユーザー"), search_key("ユ－ザ‐"));
        assert_eq!(search_key("ハットリ"), "ハツトリ");
        assert_eq!(search_key("コウウン"), "コオウン");
        assert_ne!(search_key("サトウ"), search_key("サイトウ"));
    }

    #[test]
    fn furigana_is_kana_only_and_is_masked() {
        let reading = Furigana::parse(" ﾔﾏﾀﾞ  はなこ").unwrap();
        assert_eq!(reading.as_str(), "ヤマダ　ハナコ");
        assert_eq!(format!("{reading:?}"), "Furigana(****)");
        assert_eq!(Furigana::parse("ヤマ田"), Err(FuriganaError::NotKana { position: 3 }));
        assert_eq!(Furigana::parse("　"), Err(FuriganaError::Empty));
        assert!(same_reading("キョウコ", "キヨウ コ"));
    }

    #[test]
    fn bank_kana_is_capitals_only() {
        assert_eq!(bank_kana("ユーザー　じゅっペ abc").unwrap(), "ﾕ-ｻﾞ- ｼﾞﾕﾂﾍﾟ ABC");
        assert_eq!(bank_kana("ｶ)山"), Err(BankKanaError { position: 3 }));
    }

    proptest! {
        #[test]
        fn hiragana_returns(text in "[ぁ-ゔ]{0,20}") {
            prop_assert_eq!(to_hiragana(&to_katakana(&text)), text);
        }
    }
}
