//! Lists of words that an office gives as CSV: one word a line, more columns allowed.

use super::cp932;

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

/// The words of the first column, in the order of the file, each once. A first line that names the column (施設名, 町名, 名称 …)
/// is left out.
///
/// # Errors
/// When the bytes are no such list.
pub fn parse(bytes: &[u8]) -> Result<Vec<String>, WordListError> {
    if bytes.iter().any(|b| *b < 9 || (14..32).contains(b)) {
        return Err(WordListError::Binary);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => cp932::decode(bytes).map_err(|_| WordListError::Encoding)?,
    };
    let mut words: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for (i, line) in text.lines().enumerate() {
        let word = first_column(line);
        if word.is_empty() || (i == 0 && is_heading(&word)) {
            continue;
        }
        if word.chars().count() > LONGEST {
            return Err(WordListError::TooLong(i + 1));
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

/// The text before the first comma or tab; quotes around it are taken off.
fn first_column(line: &str) -> String {
    let line = line.trim();
    let word = match line.strip_prefix('"') {
        Some(rest) => rest.split_once('"').map_or(rest, |(word, _)| word),
        None => line.split([',', '\t']).next().unwrap_or_default(),
    };
    word.trim().to_owned()
}

fn is_heading(word: &str) -> bool {
    ["語", "名", "名称", "名前", "word", "name"].contains(&word)
        || (word.ends_with('名') && word.chars().count() <= 5)
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
}
