//! Look-alikes decided by their neighbours: ー 一 -, カ 力, ロ 口. No picture can tell them apart; the text around them can.
//! Of an amount only the digits count, and what makes it negative.

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

/// The kanji among them that are numbers.
const NUMBERS: &str = "二八千三";

/// Hiragana and the katakana that look like them.
const SCRIPTS: &[(char, char)] = &[('へ', 'ヘ'), ('べ', 'ベ'), ('ぺ', 'ペ'), ('り', 'リ')];

/// One character for all that look like it.
pub(super) fn look_alike(c: char) -> char {
    TWINS.iter().chain(SCRIPTS).find(|(a, _)| *a == c).map_or(c, |(_, b)| *b)
}

/// The text with its look-alikes as they stand in Japanese words.
pub(super) fn settled(text: &str, charset: &Charset) -> String {
    if matches!(charset, Charset::Kana) {
        return with_kana_sizes(text, true);
    }
    if matches!(charset, Charset::Money) {
        return amount(text);
    }
    if !matches!(charset, Charset::Name | Charset::Address | Charset::Free) {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let mut out: Vec<char> = Vec::with_capacity(letters.len());
    for (i, c) in letters.iter().enumerate() {
        let mut before = out.iter().rev().copied();
        let around = Around {
            before: [before.next(), before.next()],
            after: [letters.get(i + 1).copied(), letters.get(i + 2).copied()],
        };
        out.push(letter(*c, around, charset));
    }
    let text = with_kana_sizes(&out.into_iter().collect::<String>(), false);
    if matches!(charset, Charset::Address) { with_blocks(&text) } else { text }
}

/// A settled text that begins with one of these towns, written as they are: no rule knows 天カ須賀 from 努力.
pub(super) fn as_listed(text: String, charset: &Charset, towns: &[String]) -> String {
    let listed = towns.iter().find_map(|town| {
        let rest: String = text.chars().skip(town.chars().count()).collect();
        let own = format!("{town}{rest}");
        (settled(&own, charset) == text).then_some(own)
    });
    listed.unwrap_or(text)
}

/// The digits of an amount, with `-` where a dash or a triangle stands before them. A dash behind them only ends it.
fn amount(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let mut before = text.chars().take_while(|c| !c.is_ascii_digit());
    let negative = before.any(|c| width::is_dash(c) || matches!(c, '▲' | '△'));
    if negative && !digits.is_empty() { format!("-{digits}") } else { digits }
}

/// Whether a sign of an amount stands where it cannot between two of its digits: 300-500, 1,000円500円, 3,0000. The digits alone
/// would be another amount, or have lost one.
pub(super) fn parted(text: &str) -> bool {
    let amount = text.trim_matches(|c: char| !c.is_ascii_digit());
    let mut groups = amount.split(',').map(str::len);
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    let grouped = rest.peek().is_none() || first <= 3 && rest.all(|digits| digits == 3);
    !grouped || amount.contains(['-', '円', '¥', '▲', '△'])
}

/// What stands around a letter: two before it and two after it, the nearer one first.
#[derive(Clone, Copy)]
struct Around {
    before: [Option<char>; 2],
    after: [Option<char>; 2],
}

impl Around {
    /// Whether such a letter stands beside it.
    fn near(self, is: fn(char) -> bool) -> bool {
        [self.before[0], self.after[0]].into_iter().flatten().any(is)
    }

    /// Whether a katakana stands beside it; but those that join kanji (三ツ谷, 須ケ口, 二ノ宮) say nothing.
    fn near_katakana(self) -> bool {
        let says = |[next, beyond]: [Option<char>; 2]| {
            let joins = matches!(next, Some('ツ' | 'ノ' | 'ケ' | 'ッ')) && beyond.is_some_and(is_ideograph);
            next.is_some_and(is_katakana) && !joins
        };
        says(self.before) || says(self.after)
    }
}

fn letter(c: char, around: Around, charset: &Charset) -> char {
    let (before, after) = (around.before[0], around.after[0]);
    if c == 'ー' || c == '一' || width::is_dash(c) {
        return bar(c, before, after, charset);
    }
    if let Some(large) = large_at_start(c, before, charset) {
        return large;
    }
    if let Some((hira, kata)) = SCRIPTS.iter().find(|(a, b)| *a == c || *b == c) {
        let hiragana = around.near(|c| matches!(c, 'ぁ'..='ん'));
        return match (hiragana, around.near(is_katakana)) {
            (true, false) => *hira,
            (false, true) => *kata,
            _ => c,
        };
    }
    // 喜右エ門 and his neighbours.
    if matches!((before, c, after), (Some('右' | '左'), 'エ' | '工', Some('門'))) {
        return 'エ';
    }
    let Some((kana, kanji)) = TWINS.iter().find(|(a, b)| *a == c || *b == c) else { return c };
    // What follows 第 is a number, whatever comes after it: 第二コーポ. A 次第 counts nothing.
    if before == Some('第') && around.before[1] != Some('次') && NUMBERS.contains(*kanji) {
        return *kanji;
    }
    match (around.near_katakana(), around.near(is_kanji)) {
        (true, false) => *kana,
        (false, true) => *kanji,
        _ => c,
    }
}

/// A level stroke: the long mark after katakana, the number one among kanji, a dash between digits. After katakana a 一 before
/// a kanji (メゾン一番館) and a dash before a number (イ-5103) stay what they were read as.
fn bar(c: char, before: Option<char>, after: Option<char>, charset: &Charset) -> char {
    let stays = (c == '一' && after.is_some_and(is_ideograph))
        || (width::is_dash(c) && after.is_some_and(|a| a.is_ascii_digit()));
    match (before, after) {
        (Some(b), _) if is_katakana(b) && b != 'ー' && !stays => 'ー',
        (Some(b), _) if b.is_ascii_alphanumeric() && c != '一' => '-',
        (_, Some(a)) if a.is_ascii_digit() && before.is_some() => '-',
        _ if matches!(charset, Charset::Name | Charset::Address) => '一',
        (b, a) if b.is_some_and(is_kanji) || a.is_some_and(is_kanji) => '一',
        _ => c,
    }
}

/// A small kana never begins a word: っくば is つくば. After a kanji っ does in places (県っくば) and not in sentences (行った), and
/// ッ is a way of writing 四ッ谷.
fn large_at_start(c: char, before: Option<char>, charset: &Charset) -> Option<char> {
    let small = matches!(c, 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ッ' | 'ャ' | 'ュ' | 'ョ');
    let place = matches!(charset, Charset::Name | Charset::Address);
    let joins = c == 'ッ' || c == 'っ' && !place;
    let inside =
        before.is_some_and(|b| matches!(b, 'ぁ'..='ん') || is_katakana(b) || joins && is_ideograph(b));
    // In Unicode each large kana follows its small one.
    if small && !inside { char::from_u32(u32::from(c) + 1) } else { None }
}

pub(super) const fn is_katakana(c: char) -> bool {
    matches!(c, 'ァ'..='ヴ' | 'ー')
}

const fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '々')
}

/// A kanji that looks like no katakana.
fn is_kanji(c: char) -> bool {
    is_ideograph(c) && !TWINS.iter().any(|(_, kanji)| *kanji == c)
}

/// Small kana only where they can stand: ッ before カ サ タ パ and their voiced kin and between kanji (四ッ谷), ャ ュ ョ after キ シ チ ニ …, ァ ィ ェ ォ after
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
            'ッ' => {
                let (before, after) = (before.copied(), letters.get(i + 1));
                before.is_some_and(is_katakana) && after.is_some_and(doubles)
                    || before.is_some_and(is_ideograph) && after.copied().is_some_and(is_ideograph)
            }
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
    use super::{Charset, as_listed, parted, settled};

    #[test]
    fn a_bar_is_what_stands_around_it() {
        assert_eq!(settled("コ一ポ桜", &Charset::Free), "コーポ桜");
        assert_eq!(settled("健ー", &Charset::Name), "健一");
        assert_eq!(settled("¥1,200円", &Charset::Money), "1200");
        assert_eq!(settled("天久保2ー11一5", &Charset::Address), "天久保2-11-5");
        assert_eq!(settled("ー丁日", &Charset::Address), "一丁目");
    }

    #[test]
    fn places_keep_their_names() {
        for place in [
            "三ツ谷",
            "二ツ井町",
            "千ケ瀬町",
            "三ノ輪",
            "龍ノ口",
            "八ツ口",
            "須ケ口",
            "鍜治ケ一色",
            "喜右エ門新田",
            "旭市イ-5103",
            "大工町",
            "窓口",
            "メゾン一番館",
            "コーポ一条",
            "タワー101",
        ] {
            assert_eq!(settled(place, &Charset::Address), place);
        }
        assert_eq!(settled("二ノ宮", &Charset::Name), "二ノ宮");
        assert_eq!(settled("口ッカー", &Charset::Free), "ロッカー");
        assert_eq!(settled("三ツワ荘", &Charset::Address), "ミツワ荘");
        assert_eq!(settled("和菓子ケーキ", &Charset::Address), "和菓子ケーキ");
        assert_eq!(settled("喜右工門", &Charset::Name), "喜右エ門");
    }

    #[test]
    fn a_small_letter_after_a_kanji_stays_where_it_can_stand() {
        assert_eq!(settled("行って待っていた", &Charset::Free), "行って待っていた");
        assert_eq!(settled("っくば市", &Charset::Free), "つくば市");
        assert_eq!(settled("四ッ谷", &Charset::Address), "四ッ谷");
        assert_eq!(settled("八ッ橋", &Charset::Name), "八ッ橋");
    }

    #[test]
    fn a_town_of_the_list_is_written_as_it_is_there() {
        let towns = ["四日市市天カ須賀".to_owned(), "旭市ロ".to_owned()];
        let listed = |text| as_listed(settled(text, &Charset::Address), &Charset::Address, &towns);
        assert_eq!(listed("四日市市天カ須賀1-2"), "四日市市天カ須賀1-2");
        assert_eq!((listed("旭市口12"), listed("旭市")), ("旭市ロ12".to_owned(), "旭市".to_owned()));
        assert_eq!(listed("協力1-2"), "協力1-2");
    }

    #[test]
    fn a_negative_amount_stays_negative() {
        let amount = |text| settled(text, &Charset::Money);
        assert_eq!((amount("-500"), amount("¥-1,200円")), ("-500".to_owned(), "-1200".to_owned()));
        assert_eq!((amount("▲500"), amount("△1,200")), ("-500".to_owned(), "-1200".to_owned()));
        assert_eq!((amount("¥12,300-"), amount("--")), ("12300".to_owned(), String::new()));
    }

    #[test]
    fn two_amounts_are_not_one() {
        for text in ["300-500円", "1,000円500円", "5-000", "1¥2", "1▲2", "-1△2", "3,0000", "¥30,00", "1,,000"]
        {
            assert!(parted(text), "{text}");
        }
        for text in ["¥1,200円", "1,234,567", "-500", ",500,", "¥12,300-", "▲500円", "12300", "--", ""]
        {
            assert!(!parted(text), "{text}");
        }
    }

    #[test]
    fn twins_follow_their_neighbours() {
        assert_eq!(settled("力トウ", &Charset::Free), "カトウ");
        assert_eq!(settled("主カ", &Charset::Name), "主力");
        assert_eq!(settled("千葉", &Charset::Name), "千葉");
        assert_eq!(settled("第ニコーポ", &Charset::Address), "第二コーポ");
        assert_eq!(settled("第ハ分団ハイツ", &Charset::Free), "第八分団ハイツ");
        assert_eq!(settled("晴れ次第ニコニコ", &Charset::Free), "晴れ次第ニコニコ");
        assert_eq!(settled("タッヤ", &Charset::Kana), "タツヤ");
        assert_eq!(settled("ハットリ", &Charset::Kana), "ハットリ");
        assert_eq!(settled("県っくば市", &Charset::Address), "県つくば市");
        assert_eq!(settled("ヨシマッ カズミツ", &Charset::Kana), "ヨシマツ カズミツ");
        assert_eq!(settled("アラカワヒデャ", &Charset::Kana), "アラカワヒデヤ");
        assert_eq!(settled("キョウコ", &Charset::Kana), "キョウコ");
        assert_eq!(settled("サンハイッ東ひまわリ", &Charset::Address), "サンハイツ東ひまわり");
    }
}
