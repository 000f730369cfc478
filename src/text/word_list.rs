//! Lists of words that an office gives as CSV: one word a line, more columns allowed.

use super::{cp932, width};

/// Why a file is no list of words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordListError {
    /// Neither UTF-8 nor CP932.
    #[error("文字コードが UTF-8 でも Shift_JIS でもありません")]
    Encoding,
    /// Bytes that no text has: a workbook, a picture.
    #[error("CSV ではありません（文字ではないバイトがあります）")]
    Binary,
    /// No word in it.
    #[error("語が1つもありません")]
    Empty,
    /// More words than a list of an office has.
    #[error("語が多すぎます（{0} 語まで）")]
    TooMany(usize),
    /// A line that is far too long for a word.
    #[error("{0} 行目の語が長すぎます（60文字まで）")]
    TooLong(usize),
}

/// The most words of a list.
const MOST: usize = 200_000;
/// The most characters of a word.
const LONGEST: usize = 60;

/// What may stand above a column of words, without what is said of its writing (氏名カナ, 施設名（正式）).
const HEADINGS: &str = "語 単語 用語 言葉 名 名称 名前 氏名 姓名 姓 氏 名字 苗字 カナ フリガナ ふりがな \
    読みがな 読み仮名 町域 町丁目 大字 小字 郵便番号 番号 コード no no. code \
    word name";
/// With 名, 名称 or コード after it, a heading. By name, for words end so too: 桑名, 海老名, 大名.
const NAMED: &str = "施設 保育園 保育所 保育施設 幼稚園 こども園 認定こども園 園 学校 学級 クラス 町 町丁 \
    町域 村 市 区 郡 県 国 市町村 市区町村 都道府県 字 大字 地 地区 行政区 自治会 町内会 \
    路線 駅 建物 マンション 店 支店 銀行 金融機関 会社 法人 団体 組織 機関 事業 事業所 \
    事業者 部 課 係 部署 所属 病院 医療機関 薬局 病 傷病 薬品 品 商品 返礼品 件 科目 \
    項目 分類 区分 種別 書類 様式 手当 制度 資格 職員 社員 児童 園児 生徒 保護者 利用者 \
    患者";
/// What a form asks beside names. A list of them is one of what a notice may change (氏名, 住所, 本籍), and 氏名 a word of it.
const ASKED: &[&str] = &["住所", "本籍", "生年月日", "性別", "続柄", "電話番号"];

/// The words of the first column, in the order of the file, each once. A first word that names the column (施設名, 町名, 名称 …)
/// is left out.
///
/// # Errors
/// When the bytes are no such list.
pub fn parse(bytes: &[u8]) -> Result<Vec<String>, WordListError> {
    let bytes = without_end_mark(bytes);
    if bytes.iter().any(|b| *b < 9 || (14..32).contains(b)) {
        return Err(WordListError::Binary);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => cp932::decode(bytes).map_err(|_| WordListError::Encoding)?,
    };
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, first_column(line)));
    let mut column: Vec<(usize, String)> = lines.filter(|(_, word)| !word.is_empty()).collect();
    if begins_with_heading(&column) {
        column.remove(0);
    }
    let mut words: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for (line, word) in column {
        if word.chars().count() > LONGEST {
            return Err(WordListError::TooLong(line));
        }
        if known.insert(word.clone()) {
            words.push(word);
        }
        if words.len() > MOST {
            return Err(WordListError::TooMany(MOST));
        }
    }
    if words.is_empty() { Err(WordListError::Empty) } else { Ok(words) }
}

/// The text without the 0x1A that DOS and COBOL programs end it with.
fn without_end_mark(bytes: &[u8]) -> &[u8] {
    let last = bytes.iter().rposition(|b| *b != 0x1a && !b.is_ascii_whitespace());
    &bytes[..last.map_or(0, |last| last + 1)]
}

/// The text before the first comma or tab; quotes around it are taken off.
fn first_column(line: &str) -> String {
    let line = line.trim();
    let word = match line.strip_prefix('"') {
        Some(rest) => quoted(rest),
        None => line.split([',', '\t']).next().unwrap_or_default().to_owned(),
    };
    word.trim().to_owned()
}

/// What stands before the quote that ends it. A quote of the text itself is written twice.
fn quoted(rest: &str) -> String {
    let mut word = String::new();
    let mut letters = rest.chars().peekable();
    while let Some(c) = letters.next() {
        if c == '"' && letters.next_if_eq(&'"').is_none() {
            break;
        }
        word.push(c);
    }
    word
}

/// Whether the first word names the column. Where another one would too, this is a list of such names. A word too many costs
/// nothing, a word that is missing is never read.
fn begins_with_heading(column: &[(usize, String)]) -> bool {
    let Some(((_, first), rest)) = column.split_first() else { return false };
    let names = |word: &str| is_heading(word) || ASKED.contains(&word);
    is_heading(first) && !rest.iter().any(|(_, word)| word != first && names(word))
}

fn is_heading(word: &str) -> bool {
    let plain = width::remove_spaces(&width::fold_width(word)).to_lowercase();
    let plain = plain.split(['(', '[', '【']).next().unwrap_or_default();
    let writing = ["カナ", "フリガナ", "ふりがな"].iter().find_map(|end| plain.strip_suffix(*end));
    let plain = writing.filter(|rest| !rest.is_empty()).unwrap_or(plain);
    let kind = ["名称", "名", "コード"].iter().find_map(|end| plain.strip_suffix(*end));
    let has = |words: &str, word: &str| words.split(' ').any(|known| known == word);
    has(HEADINGS, plain) || kind.is_some_and(|kind| has(NAMED, kind))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::{WordListError, parse};

    #[test]
    fn words_of_the_first_column_in_either_encoding() {
        let text = "施設名,所在地\n\"さくら保育園\",吾妻\nひまわり保育園\t竹園\n\nさくら保育園,並木\n";
        let wanted = ["さくら保育園", "ひまわり保育園"];
        assert_eq!(parse(text.as_bytes()).unwrap(), wanted);
        assert_eq!(parse(&super::cp932::encode(text).unwrap()).unwrap(), wanted);
        assert_eq!(parse(b"\xef\xbb\xbfabc\n").unwrap(), ["abc"]);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        assert_eq!(parse(b"PK\x03\x04workbook"), Err(WordListError::Binary));
        assert_eq!(parse(b"\n\n"), Err(WordListError::Empty));
        assert_eq!(parse(b"\xff\xfe\xff"), Err(WordListError::Encoding));
        assert_eq!(parse("あ".repeat(61).as_bytes()), Err(WordListError::TooLong(1)));
    }

    #[test]
    fn a_word_that_ends_like_a_heading_is_a_word() {
        for word in ["桑名", "海老名", "大名", "椎名", "桑名市", "学校", "町"] {
            assert_eq!(parse(format!("{word}\n四日市\n").as_bytes()).unwrap(), [word, "四日市"]);
        }
        let changes = ["氏名", "住所", "世帯主"];
        assert_eq!(parse(changes.join("\n").as_bytes()).unwrap(), changes, "what a notice may change");
        assert_eq!(parse("コード\n氏名\n町名\n".as_bytes()).unwrap(), ["コード", "氏名", "町名"]);
    }

    #[test]
    fn the_heading_of_a_column_is_no_word() {
        for heading in [
            "氏名",
            "氏　名",
            "姓",
            "名",
            "カナ",
            "ﾌﾘｶﾞﾅ",
            "氏名カナ",
            "町名",
            "町域",
            "施設名",
            "施設名称（正式）",
            "保育園名",
            "認定こども園名",
            "名称",
            "郵便番号",
            "コード",
            "施設コード",
            "Name",
            "ＮＡＭＥ",
            "\"施設名\",\"所在地\"",
            "\n町名,町名カナ",
        ] {
            let file = format!("{heading}\nさくら,吾妻\n山田\n");
            assert_eq!(parse(file.as_bytes()).unwrap(), ["さくら", "山田"], "{heading}");
        }
    }

    #[test]
    fn a_word_that_is_written_like_the_heading_is_a_word_further_down() {
        assert_eq!(parse("カナ\nアイ\nカナ\n".as_bytes()).unwrap(), ["アイ", "カナ"]);
    }

    #[test]
    fn the_end_mark_of_old_programs_is_no_binary() {
        for end in ["\u{1a}", "\r\n\u{1a}", "\r\n\u{1a}\u{1a}\r\n"] {
            let file = super::cp932::encode(&format!("町名\r\n吾妻{end}")).unwrap();
            assert_eq!(parse(&file).unwrap(), ["吾妻"], "{end:?}");
        }
        assert_eq!(parse(b"ab\x1acd\n"), Err(WordListError::Binary));
    }

    #[test]
    fn a_quote_within_quotes_is_written_twice() {
        let file = "\"第一\"\"北\"\"園\",吾妻\n\"\"\"ひまわり\"\"\"\n\"竹園, 東\"\n\"並木";
        assert_eq!(parse(file.as_bytes()).unwrap(), ["第一\"北\"園", "\"ひまわり\"", "竹園, 東", "並木"]);
    }
}
