//! Look-alikes decided by their neighbours: ー 一 -, カ 力, ロ 口. No picture can tell them apart; the text around them can.
//! Of an amount only the digits count.

use super::charset::Charset;
use crate::text::{kana, width};

/// Katakana and the kanji or letters that look like them.
const TWINS: &[(char, char)] = &[
    ('カ', '力'),
    ('ロ', '口'),
    ('ニ', '二'),
    ('ハ', '八'),
    ('エ', '工'),
    ('タ', '夕'),
    ('ト', '卜'),
    ('チ', '千'),
    ('ミ', '三'),
];

/// Hiragana and the katakana that look like them.
const SCRIPTS: &[(char, char)] = &[('へ', 'ヘ'), ('べ', 'ベ'), ('ぺ', 'ペ'), ('り', 'リ')];

/// The text with its look-alikes as they stand in Japanese words.
pub(super) fn settled(text: &str, charset: &Charset) -> String {
    if matches!(charset, Charset::Kana) {
        return with_kana_sizes(text, true);
    }
    if matches!(charset, Charset::Money) {
        return text.chars().filter(char::is_ascii_digit).collect();
    }
    if !matches!(charset, Charset::Name | Charset::Address | Charset::Free) {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let mut out: Vec<char> = Vec::with_capacity(letters.len());
    for (i, c) in letters.iter().enumerate() {
        let before = out.last().copied();
        let after = letters.get(i + 1).copied();
        out.push(letter(*c, before, after, charset));
    }
    let text = with_kana_sizes(&out.into_iter().collect::<String>(), false);
    if matches!(charset, Charset::Address) { with_blocks(&text) } else { text }
}

fn letter(c: char, before: Option<char>, after: Option<char>, charset: &Charset) -> char {
    if c == 'ー' || c == '一' || width::is_dash(c) {
        return bar(c, before, after, charset);
    }
    if let Some(large) = large_at_start(c, before) {
        return large;
    }
    if let Some((hira, kata)) = SCRIPTS.iter().find(|(a, b)| *a == c || *b == c) {
        let hiragana = near(|c| matches!(c, 'ぁ'..='ん'), before, after);
        return match (hiragana, near(is_katakana, before, after)) {
            (true, false) => *hira,
            (false, true) => *kata,
            _ => c,
        };
    }
    let Some((kana, kanji)) = TWINS.iter().find(|(a, b)| *a == c || *b == c) else { return c };
    let (kana_near, kanji_near) = (near(is_katakana, before, after), near(is_kanji, before, after));
    match (kana_near, kanji_near) {
        (true, false) => *kana,
        (false, true) => *kanji,
        _ => c,
    }
}

/// A level stroke: the long mark after katakana, the number one among kanji, a dash between digits.
fn bar(c: char, before: Option<char>, after: Option<char>, charset: &Charset) -> char {
    match (before, after) {
        (Some(b), _) if is_katakana(b) && b != 'ー' => 'ー',
        (Some(b), _) if b.is_ascii_alphanumeric() && c != '一' => '-',
        (_, Some(a)) if a.is_ascii_digit() && before.is_some() => '-',
        _ if matches!(charset, Charset::Name | Charset::Address) => '一',
        (b, a) if near(is_kanji, b, a) => '一',
        _ => c,
    }
}

/// A small kana never begins a word: っくば is つくば.
fn large_at_start(c: char, before: Option<char>) -> Option<char> {
    let small = matches!(c, 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ッ' | 'ャ' | 'ュ' | 'ョ');
    let inside = before.is_some_and(|b| matches!(b, 'ぁ'..='ん') || is_katakana(b));
    // In Unicode each large kana follows its small one.
    if small && !inside { char::from_u32(u32::from(c) + 1) } else { None }
}

fn near(is: fn(char) -> bool, before: Option<char>, after: Option<char>) -> bool {
    before.is_some_and(is) || after.is_some_and(is)
}

const fn is_katakana(c: char) -> bool {
    matches!(c, 'ァ'..='ヴ' | 'ー')
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '々') && !TWINS.iter().any(|(_, kanji)| *kanji == c)
}

/// Small kana only where they can stand: ッ before カ サ タ パ and their voiced kin, ャ ュ ョ after キ シ チ ニ …, ァ ィ ェ ォ after
/// フ ヴ ウ and a few more (`vowels`: in names, not in words from abroad). Anywhere else a small one was written large.
fn with_kana_sizes(text: &str, vowels: bool) -> String {
    let letters: Vec<char> = text.chars().collect();
    let doubles = |c: &char| matches!(c, 'カ'..='ド' | 'パ' | 'ピ' | 'プ' | 'ペ' | 'ポ' | 'バ' | 'ブ');
    let glides = |c: &char| {
        matches!(c, 'キ' | 'シ' | 'チ' | 'ニ' | 'ヒ' | 'ミ' | 'リ' | 'ギ' | 'ジ' | 'ヂ' | 'ビ' | 'ピ')
    };
    let opens =
        |c: &char| matches!(c, 'フ' | 'ヴ' | 'ウ' | 'シ' | 'チ' | 'ジ' | 'テ' | 'デ' | 'ツ' | 'ト' | 'ド');
    let letter = |(i, c): (usize, &char)| {
        let before = i.checked_sub(1).map(|k| &letters[k]);
        let stands = match c {
            'ッ' => before.is_some_and(|b| is_katakana(*b)) && letters.get(i + 1).is_some_and(doubles),
            'ャ' | 'ュ' | 'ョ' => {
                before.is_some_and(|b| glides(b) || (*c == 'ュ' && matches!(b, 'フ' | 'デ' | 'テ')))
            }
            'ァ' | 'ィ' | 'ェ' | 'ォ' if vowels => before.is_some_and(opens),
            'ゥ' if vowels => before == Some(&'ヴ'),
            _ => true,
        };
        if stands { *c } else { kana::large(*c) }
    };
    letters.iter().enumerate().map(letter).collect()
}

/// 丁 is followed by 目 in every address.
fn with_blocks(text: &str) -> String {
    ["丁日", "丁月", "丁自", "丁且"].iter().fold(text.to_owned(), |t, wrong| t.replace(wrong, "丁目"))
}

#[cfg(test)]
mod tests {
    use super::{Charset, settled};

    #[test]
    fn a_bar_is_what_stands_around_it() {
        assert_eq!(settled("コ一ポ桜", &Charset::Free), "コーポ桜");
        assert_eq!(settled("健ー", &Charset::Name), "健一");
        assert_eq!(settled("¥1,200円", &Charset::Money), "1200");
        assert_eq!(settled("天久保2ー11一5", &Charset::Address), "天久保2-11-5");
        assert_eq!(settled("ー丁日", &Charset::Address), "一丁目");
    }

    #[test]
    fn twins_follow_their_neighbours() {
        assert_eq!(settled("力トウ", &Charset::Free), "カトウ");
        assert_eq!(settled("主カ", &Charset::Name), "主力");
        assert_eq!(settled("千葉", &Charset::Name), "千葉");
        assert_eq!(settled("タッヤ", &Charset::Kana), "タツヤ");
        assert_eq!(settled("ハットリ", &Charset::Kana), "ハットリ");
        assert_eq!(settled("県っくば市", &Charset::Address), "県つくば市");
        assert_eq!(settled("ヨシマッ カズミツ", &Charset::Kana), "ヨシマツ カズミツ");
        assert_eq!(settled("アラカワヒデャ", &Charset::Kana), "アラカワヒデヤ");
        assert_eq!(settled("キョウコ", &Charset::Kana), "キョウコ");
        assert_eq!(settled("サンハイッ東ひまわリ", &Charset::Address), "サンハイツ東ひまわり");
    }
}
