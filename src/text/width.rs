//! Half and full width, display width, and the families of dashes and spaces that people type for the same thing.

use unicode_width::UnicodeWidthStr;

/// Full-width katakana and marks in the order of the half-width block U+FF61–U+FF9F.
const FULL: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜";
/// First character of the half-width block.
const HALF_FIRST: u32 = 0xFF61;
/// Voiced katakana, each after its plain form.
const VOICED: &[(char, char)] = &[
    ('カ', 'ガ'),
    ('キ', 'ギ'),
    ('ク', 'グ'),
    ('ケ', 'ゲ'),
    ('コ', 'ゴ'),
    ('サ', 'ザ'),
    ('シ', 'ジ'),
    ('ス', 'ズ'),
    ('セ', 'ゼ'),
    ('ソ', 'ゾ'),
    ('タ', 'ダ'),
    ('チ', 'ヂ'),
    ('ツ', 'ヅ'),
    ('テ', 'デ'),
    ('ト', 'ド'),
    ('ハ', 'バ'),
    ('ヒ', 'ビ'),
    ('フ', 'ブ'),
    ('ヘ', 'ベ'),
    ('ホ', 'ボ'),
    ('ウ', 'ヴ'),
    ('ワ', 'ヷ'),
    ('ヲ', 'ヺ'),
];
/// Semi-voiced katakana, each after its plain form.
const SEMI_VOICED: &[(char, char)] = &[('ハ', 'パ'), ('ヒ', 'ピ'), ('フ', 'プ'), ('ヘ', 'ペ'), ('ホ', 'ポ')];

/// The voiced form of a full-width katakana (`カ` → `ガ`).
#[must_use]
pub fn voiced(plain: char) -> Option<char> {
    VOICED.iter().find(|p| p.0 == plain).map(|p| p.1)
}

/// The semi-voiced form of a full-width katakana (`ハ` → `パ`).
#[must_use]
pub fn semi_voiced(plain: char) -> Option<char> {
    SEMI_VOICED.iter().find(|p| p.0 == plain).map(|p| p.1)
}

/// The plain form of a voiced or semi-voiced full-width katakana (`ガ`, `パ` → `カ`, `ハ`); others unchanged.
#[must_use]
pub fn unvoiced(c: char) -> char {
    plain_form(c).map_or(c, |(plain, _)| plain)
}

/// Splits a voiced katakana into its plain form and its half-width mark.
fn plain_form(c: char) -> Option<(char, char)> {
    let voiced = VOICED.iter().find(|p| p.1 == c).map(|p| (p.0, 'ﾞ'));
    voiced.or_else(|| SEMI_VOICED.iter().find(|p| p.1 == c).map(|p| (p.0, 'ﾟ')))
}

/// The full-width form of a half-width katakana or mark (U+FF61–U+FF9F).
fn full_of_half(c: char) -> Option<char> {
    let offset = u32::from(c).checked_sub(HALF_FIRST)?;
    FULL.chars().nth(usize::try_from(offset).ok()?)
}

/// The half-width form of a full-width katakana or mark.
fn half_of_full(c: char) -> Option<char> {
    let at = FULL.chars().position(|f| f == c)?;
    char::from_u32(HALF_FIRST + u32::try_from(at).ok()?)
}

/// Full-width ASCII (U+FF01–U+FF5E) and the ideographic space as ASCII.
fn ascii_of_full(c: char) -> Option<char> {
    match u32::from(c) {
        u @ 0xFF01..=0xFF5E => char::from_u32(u - 0xFEE0),
        0x3000 => Some(' '),
        _ => None,
    }
}

/// ASCII as full-width characters.
fn full_of_ascii(c: char) -> Option<char> {
    match u32::from(c) {
        u @ 0x21..=0x7E => char::from_u32(u + 0xFEE0),
        0x20 => Some('\u{3000}'),
        _ => None,
    }
}

/// Everything that has a half-width form, in half width: ASCII, space, katakana (`ガ` becomes `ｶﾞ`).
#[must_use]
pub fn to_halfwidth(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if let Some(a) = ascii_of_full(c) {
            out.push(a);
        } else if let Some((half, mark)) = plain_form(c).and_then(|(p, m)| Some((half_of_full(p)?, m))) {
            out.push(half);
            out.push(mark);
        } else {
            out.push(half_of_full(c).unwrap_or(c));
        }
    }
    out
}

/// Everything that has a full-width form, in full width: ASCII, space, katakana with its voiced mark joined.
#[must_use]
pub fn to_fullwidth(text: &str) -> String {
    kana_to_fullwidth(text).chars().map(|c| full_of_ascii(c).unwrap_or(c)).collect()
}

/// Half-width katakana as full width, voiced marks joined; all else unchanged.
#[must_use]
pub fn kana_to_fullwidth(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let joined = match c {
            'ﾞ' | '\u{3099}' | '゛' => out.chars().last().and_then(voiced),
            'ﾟ' | '\u{309A}' | '゜' => out.chars().last().and_then(semi_voiced),
            _ => None,
        };
        if let Some(j) = joined {
            out.pop();
            out.push(j);
        } else {
            out.push(full_of_half(c).unwrap_or(c));
        }
    }
    out
}

/// Full-width ASCII and the ideographic space as ASCII; all else unchanged.
#[must_use]
pub fn ascii_to_halfwidth(text: &str) -> String {
    text.chars().map(|c| ascii_of_full(c).unwrap_or(c)).collect()
}

/// The usual canonical form: ASCII in half width, katakana in full width.
#[must_use]
pub fn fold_width(text: &str) -> String {
    kana_to_fullwidth(&ascii_to_halfwidth(text))
}

/// Columns the text takes on a terminal (a kanji takes two).
#[must_use]
pub fn display_width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Columns the text takes in a workbook set in a Japanese font, where characters of doubtful width
/// (`①`, `○`, `α`) are wide.
#[must_use]
pub fn excel_width(text: &str) -> usize {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return text.len();
    }
    UnicodeWidthStr::width_cjk(text)
}

/// Whether this is a hyphen, dash or minus in any of its code points (not the long vowel mark).
#[must_use]
pub fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{00AD}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{FE58}'
                | '\u{FE63}'
                | '－'
    )
}

/// Whether this is the long vowel mark, full or half width.
#[must_use]
pub fn is_long_mark(c: char) -> bool {
    matches!(c, 'ー' | 'ｰ')
}

/// Whether this is a space in any width, joiners and byte-order marks included.
#[must_use]
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// Every dash as `-`. The long vowel mark counts as a dash too, unless it follows kana.
#[must_use]
pub fn fold_dashes(text: &str) -> String {
    let mut before = None;
    let fold = |c: char| {
        let after_kana = before.is_some_and(super::kana::is_kana);
        before = Some(c);
        if is_dash(c) || (is_long_mark(c) && !after_kana) { '-' } else { c }
    };
    text.chars().map(fold).collect()
}

/// Every run of spaces as one ASCII space, none at the ends.
#[must_use]
pub fn fold_spaces(text: &str) -> String {
    text.split(is_space).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The text without any space.
#[must_use]
pub fn remove_spaces(text: &str) -> String {
    text.chars().filter(|c| !is_space(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn voiced_marks_join_and_split() {
        assert_eq!(to_fullwidth("ｶﾞｷﾞﾊﾟｳﾞ ﾔﾏﾀﾞ A1-"), "ガギパヴ　ヤマダ　Ａ１－");
        assert_eq!(to_halfwidth("ガギパヴ　ヤマダ　Ａ１－"), "ｶﾞｷﾞﾊﾟｳﾞ ﾔﾏﾀﾞ A1-");
        assert_eq!(kana_to_fullwidth("ｱﾞﾞ"), "ア゛゛");
    }

    #[test]
    fn widths_for_a_terminal_and_a_workbook() {
        assert_eq!(display_width("氏名A"), 5);
        assert_eq!(display_width("①"), 1);
        assert_eq!(excel_width("①"), 2);
    }

    #[test]
    fn a_long_mark_is_a_dash_only_away_from_kana() {
        assert_eq!(fold_dashes("1ー2－3−4‐5―6"), "1-2-3-4-5-6");
        assert_eq!(fold_dashes("コーポ1ー2"), "コーポ1-2");
    }

    #[test]
    fn spaces_of_all_kinds_fold() {
        assert_eq!(fold_spaces("　山田 \u{00A0}太郎\u{FEFF}\n"), "山田 太郎");
        assert_eq!(remove_spaces("山　田\t太 郎"), "山田太郎");
    }

    proptest! {
        #[test]
        fn full_and_half_are_inverse(text in "[ぁ-んァ-ヶ亜-熙0-9A-Za-z ｱ-ﾝ]{0,20}") {
            let full = to_fullwidth(&text);
            prop_assert_eq!(to_fullwidth(&to_halfwidth(&full)), full);
        }
    }
}
