//! CSV files in a declared encoding. No character is ever replaced in silence.

use crate::text::cp932;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// How characters become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Encoding {
    /// Shift JIS as Windows has it; what the legacy systems speak.
    #[serde(rename = "cp932")]
    Cp932,
    /// UTF-8 without a mark at its beginning.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-8 with the mark by which Excel knows it.
    #[serde(rename = "utf-8-bom")]
    Utf8Bom,
}

/// As scenarios have it; with and without the mark it is read as the same.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Cp932 { "cp932" } else { "utf-8" })
    }
}

/// What stands at the end of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Newline {
    /// As on Windows.
    #[default]
    Crlf,
    /// As on Unix.
    Lf,
}

/// How a CSV file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvStyle {
    /// How characters become bytes.
    pub encoding: Encoding,
    /// The end of a line.
    pub newline: Newline,
    /// Whether every value stands in quotation marks.
    pub quote_all: bool,
    /// Declared replacements, character → text, for what the encoding does not have.
    pub substitutes: BTreeMap<char, String>,
}

/// A character that the encoding does not have, with its place. Names no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}行目の{column}列目: {source}。決まった置き換えがあるなら substitutes に書いてください。")]
pub struct Unwritable {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The character.
    pub source: cp932::Unmappable,
}

/// Why a CSV file cannot be read. Names lines, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum CsvFault {
    /// Bytes that are not of the declared encoding.
    #[error(
        "{line}行目に、宣言した文字コード（{encoding}）では読めない文字があります。encoding を確かめてください。"
    )]
    Undecodable {
        /// The line, from 1.
        line: usize,
        /// The declared encoding.
        encoding: Encoding,
    },
    /// UTF-8 where CP932 was declared: every character would be another.
    #[error(
        "UTF-8 のファイルのようです。encoding を utf-8 にするか、Shift_JIS（CP932）で保存し直してください。"
    )]
    LooksUtf8,
    /// A file that ends inside a quoted value.
    #[error(
        "{line}行目の引用符が閉じないままファイルが終わっています。途中で切れたファイルかもしれません。元のシステムから、もう一度受け取ってください。"
    )]
    Cut {
        /// The line on which the value begins, from 1.
        line: usize,
    },
    /// Words behind a closed quotation mark: a mark too many, which may have swallowed lines.
    #[error(
        "{line}行目で始まる引用符（\"）が{closed}行目で閉じ、その後に文字が続いています。間の行が一つの値になってしまうため読みません。値の中の引用符は二つ重ねる（\"\"）か取り除いて、置き直してください。"
    )]
    Stray {
        /// The line on which the value begins, from 1.
        line: usize,
        /// The line on which its mark is closed, from 1.
        closed: usize,
    },
    /// A line with another number of values than the first.
    #[error(
        "{line}行目の列の数が違います（{expected}列のはずが{found}列）。引用符とカンマを確かめてください。"
    )]
    Ragged {
        /// The line, from 1.
        line: usize,
        /// The values of the first line.
        expected: usize,
        /// The values of this line.
        found: usize,
    },
    /// It would fill the memory.
    #[error("CSV が大きすぎます（{} MB、値は {} 万個まで）。分けて置き直してください。", MOST_BYTES >> 20, MOST_VALUES / 10_000)]
    TooLarge,
    /// Its reader fell.
    #[error("CSV として扱えません。ファイルの中身を確かめてください。")]
    Other,
}

/// The bytes of a CSV file with these lines.
///
/// # Errors
/// At the first character that the encoding does not have and that no declared replacement covers.
///
/// # Panics
/// Never: a vector takes every byte.
pub fn csv_bytes<L>(style: &CsvStyle, lines: impl IntoIterator<Item = L>) -> Result<Vec<u8>, Unwritable>
where
    L: IntoIterator<Item: AsRef<str>>,
{
    let mut out = csv::WriterBuilder::new()
        .terminator(if style.newline == Newline::Crlf {
            csv::Terminator::CRLF
        } else {
            csv::Terminator::Any(b'\n')
        })
        .quote_style(if style.quote_all { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
        .flexible(true)
        .from_writer(Vec::new());
    for (line, values) in (1..).zip(lines) {
        for (column, value) in (1..).zip(values) {
            let value = encoded(style, value.as_ref());
            let value = value.map_err(|source| Unwritable { line, column, source })?;
            out.write_field(value).expect("a vector takes every byte");
        }
        out.write_record(None::<&[u8]>).expect("lines may differ in length");
    }
    let body = out.into_inner().expect("a vector takes every byte");
    let mark: &[u8] = if style.encoding == Encoding::Utf8Bom { b"\xEF\xBB\xBF" } else { b"" };
    Ok([mark, &body].concat())
}

/// One value as bytes. No byte of a CP932 character is a quotation mark, a comma or a newline, so CSV's own rules hold.
fn encoded<'a>(style: &CsvStyle, value: &'a str) -> Result<Cow<'a, [u8]>, cp932::Unmappable> {
    if style.encoding != Encoding::Cp932 || value.is_ascii() && style.substitutes.is_empty() {
        return Ok(value.as_bytes().into());
    }
    let replaced = |c: char| style.substitutes.get(&c).cloned().unwrap_or_else(|| c.to_string());
    cp932::encode(&cp932::fold_to_cp932(&value.chars().map(replaced).collect::<String>())).map(Cow::from)
}

/// The largest CSV file that is read: a million lines of a hundred bytes.
pub const MOST_BYTES: u64 = 100 << 20;
/// The most values of a CSV file: half a million lines of twenty.
pub const MOST_VALUES: usize = 10_000_000;

/// A line of a CSV file: its number in the file (from 1), its values.
pub type Line = (usize, Vec<String>);

/// The lines of a CSV file that have anything in them, as long as they are. A run reads strangers' files through
/// [`crate::drivers::readers::ReaderPool`], whose children stand behind walls.
///
/// # Errors
/// When there is too much of it, the bytes are not of the encoding, it ends inside a value, or words stand behind a closed
/// quotation mark.
pub fn csv_lines(encoding: Encoding, bytes: &[u8]) -> Result<Vec<Line>, CsvFault> {
    // No character of any encoding has these bytes in it.
    let values = bytes.iter().filter(|b| matches!(b, b',' | b'\r' | b'\n')).count();
    if bytes.len() as u64 > MOST_BYTES || values >= MOST_VALUES {
        return Err(CsvFault::TooLarge);
    }
    let text = decoded(encoding, bytes)?;
    // Old programs end a file with the mark of CP/M.
    let text = text.trim_end_matches(['\u{1a}', '\0']);
    closed_well(text)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut lines, mut counted) = (Vec::new(), Counted::new(text));
    for record in reader.records() {
        let record = record.map_err(|_| CsvFault::Other)?;
        let begins = record.position().map_or(0, csv::Position::byte);
        let at = counted.line_of(usize::try_from(begins).unwrap_or(usize::MAX));
        lines.push((at, record.iter().map(|v| spelled(v).to_owned()).collect()));
    }
    Ok(lines)
}

/// The same lines, each as long as the first: values that are missing or too many at its end are empty ones.
///
/// # Errors
/// At the first line where they are not.
pub fn even(lines: Vec<Line>) -> Result<Vec<Vec<String>>, CsvFault> {
    let first: Vec<bool> =
        lines.first().map_or_else(Vec::new, |(_, values)| values.iter().map(String::is_empty).collect());
    let expected = first.len();
    let mended = |(line, mut values): Line| {
        let found = values.len();
        let good = if found > expected {
            values[expected..].iter().all(String::is_empty)
        } else {
            first[found..].iter().all(|empty| *empty)
        };
        values.resize(expected, String::new());
        if good { Ok(values) } else { Err(CsvFault::Ragged { line, expected, found }) }
    };
    lines.into_iter().map(mended).collect()
}

/// Lines counted on the way through a text. They end as on Windows, on Unix, or as on old Macs.
struct Counted<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Counted<'a> {
    const fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line of the first byte at or behind `at` that does not end a line; `at` never goes back.
    fn line_of(&mut self, at: usize) -> usize {
        while let Some(byte) = self.bytes.get(self.at)
            && (self.at < at || matches!(byte, b'\r' | b'\n'))
        {
            let pair = *byte == b'\r' && self.bytes.get(self.at + 1) == Some(&b'\n');
            self.line += usize::from(matches!(byte, b'\r' | b'\n') && !pair);
            self.at += 1;
        }
        self.line
    }
}

/// Whether every quoted value ends, and only a comma or the end of its line follows it. The library would add what follows to the
/// value, with all lines that a mark too many has swallowed.
fn closed_well(text: &str) -> Result<(), CsvFault> {
    let (mut line, mut begun, mut fresh) = (1, None, true);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        line += usize::from(c == '\n' || c == '\r' && rest.peek() != Some(&'\n'));
        match begun {
            Some(_) if c != '"' || rest.next_if_eq(&'"').is_some() => {}
            Some(begins) if rest.peek().is_some_and(|next| !matches!(next, ',' | '\r' | '\n')) => {
                return Err(CsvFault::Stray { line: begins, closed: line });
            }
            Some(_) => (begun, fresh) = (None, false),
            None if c == '"' && fresh => begun = Some(line),
            None => fresh = matches!(c, ',' | '\r' | '\n'),
        }
    }
    begun.map_or(Ok(()), |line| Err(CsvFault::Cut { line }))
}

/// A value as it is meant: `="0123"` keeps a spreadsheet from taking the zero away.
fn spelled(value: &str) -> &str {
    let inner = value.strip_prefix("=\"").and_then(|v| v.strip_suffix('"'));
    inner.filter(|v| !v.contains('"')).unwrap_or(value)
}

fn decoded(encoding: Encoding, bytes: &[u8]) -> Result<String, CsvFault> {
    let line_of = |at: usize| 1 + bytes.iter().take(at).filter(|b| **b == b'\n').count();
    if encoding == Encoding::Cp932 {
        let japanese = |text: &str| text.chars().any(|c| c >= '\u{3000}');
        if std::str::from_utf8(bytes).is_ok_and(japanese) {
            return Err(CsvFault::LooksUtf8);
        }
        let fault = |e: cp932::Undecodable| CsvFault::Undecodable { line: line_of(e.offset), encoding };
        return cp932::decode(bytes).map_err(fault);
    }
    let bare = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let fault = |e: std::str::Utf8Error| CsvFault::Undecodable { line: line_of(e.valid_up_to()), encoding };
    std::str::from_utf8(bare).map(str::to_owned).map_err(fault)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn style(encoding: Encoding) -> CsvStyle {
        CsvStyle { encoding, newline: Newline::Crlf, quote_all: false, substitutes: BTreeMap::new() }
    }

    fn read(encoding: Encoding, bytes: &[u8]) -> Result<Vec<Vec<String>>, CsvFault> {
        csv_lines(encoding, bytes).and_then(even)
    }

    fn lines(lines: &[&[&str]]) -> Vec<Vec<String>> {
        lines.iter().map(|l| l.iter().map(|v| (*v).to_owned()).collect()).collect()
    }

    #[test]
    fn what_is_written_is_read_back_in_each_encoding() {
        let table =
            lines(&[&["氏名", "番号"], &["髙橋 﨑子", "00123"], &["表「,」と\"引用\"", "能登ソ\n二行"]]);
        for encoding in [Encoding::Cp932, Encoding::Utf8, Encoding::Utf8Bom] {
            let bytes = csv_bytes(&style(encoding), &table).unwrap();
            assert_eq!(read(encoding, &bytes).unwrap(), table);
        }
        let bytes = csv_bytes(&style(Encoding::Cp932), lines(&[&["髙", "1"]])).unwrap();
        assert_eq!(bytes, b"\xFB\xFC,1\r\n");
    }

    #[test]
    fn a_character_that_cannot_be_written_stops_or_follows_the_table() {
        let table = lines(&[&["氏名"], &["𠮷野"]]);
        let fault = csv_bytes(&style(Encoding::Cp932), &table).unwrap_err();
        assert!(fault.to_string().starts_with("2行目の1列目: 1文字目の「𠮷」(U+20BB7)は"), "{fault}");
        let declared =
            CsvStyle { substitutes: [('𠮷', "吉".to_owned())].into(), ..style(Encoding::Cp932) };
        let bytes = csv_bytes(&declared, &table).unwrap();
        assert_eq!(read(Encoding::Cp932, &bytes).unwrap()[1], ["吉野"]);
        let waves = csv_bytes(&style(Encoding::Cp932), lines(&[&["一〜二"]])).unwrap();
        assert_eq!(read(Encoding::Cp932, &waves).unwrap()[0], ["一～二"]);
    }

    #[test]
    fn a_wrong_file_is_named_by_its_line() {
        let cp932 = csv_bytes(&style(Encoding::Cp932), lines(&[&["a"], &["漢字"]])).unwrap();
        let fault = read(Encoding::Utf8, &cp932).unwrap_err();
        assert!(matches!(fault, CsvFault::Undecodable { line: 2, encoding: Encoding::Utf8 }), "{fault}");
        let ragged = read(Encoding::Utf8, b"a,b\n1,2\n1\n").unwrap_err();
        assert!(matches!(ragged, CsvFault::Ragged { line: 3, expected: 2, found: 1 }), "{ragged}");
        assert!(read(Encoding::Cp932, b"").unwrap().is_empty());
    }

    #[test]
    fn habits_of_old_programs_and_spreadsheets() {
        let text = read(
            Encoding::Utf8,
            "番号,名,\r\n=\"0012\",山田\r\n\r\n\"=\"\"0034\"\"\",森,,\r\n\u{1a}".as_bytes(),
        );
        assert_eq!(text.unwrap(), lines(&[&["番号", "名", ""], &["0012", "山田", ""], &["0034", "森", ""]]));
        let header_only = read(Encoding::Cp932, b"a,b\r\n").unwrap();
        assert_eq!(header_only.len(), 1);
    }

    #[test]
    fn a_file_that_was_cut_or_is_in_another_encoding_is_never_read_wrongly() {
        for (text, line) in [("a,b\r\n1,\"x\r\n2,y\r\n", 2), ("a\n1\n\"2\"\"", 3), ("\"", 1)] {
            let fault = read(Encoding::Utf8, text.as_bytes()).unwrap_err();
            assert!(matches!(fault, CsvFault::Cut { line: at } if at == line), "{text}: {fault}");
        }
        assert_eq!(
            read(Encoding::Utf8, b"5\" pipe,b\n1,\"\"\n").unwrap().len(),
            2,
            "a quote inside a word is one"
        );
        let fault = read(Encoding::Cp932, "氏名,住所\r\n山田,緑町\r\n".as_bytes()).unwrap_err();
        assert!(matches!(fault, CsvFault::LooksUtf8), "{fault}");
        let kana = cp932::encode("ﾔﾏﾀﾞ,ﾃｨ\r\n").unwrap();
        assert_eq!(read(Encoding::Cp932, &kana).unwrap()[0], ["ﾔﾏﾀﾞ", "ﾃｨ"]);
    }

    #[test]
    fn a_quotation_mark_too_many_swallows_no_line() {
        for (text, line, closed) in [
            ("番号,備考\r\n1,\"がんばれ\r\n2,\"応援\"\r\n3,普通\r\n", 2, 3),
            ("番号,備考\n1,\"閉じない\n2,\"y\"\n3,z\n", 2, 3),
            ("番号,備考\n1,\"メモ \"引用\" です\"\n", 2, 2),
            ("番号,備考\n1,\"一\n二\"\n2,\"三\" \n", 4, 4),
            ("\"a\"\"\"b", 1, 1),
        ] {
            let fault = read(Encoding::Utf8, text.as_bytes()).unwrap_err();
            assert_eq!(fault, CsvFault::Stray { line, closed }, "{text}");
        }
        let shown = CsvFault::Stray { line: 2, closed: 3 }.to_string();
        assert!(shown.starts_with("2行目で始まる引用符（\"）が3行目で閉じ、"), "{shown}");
        let good = "番号,備考\n1,5\"釘\n2,\"メモ \"\"引用\"\" です\"\n3,\"\"\n4,\"終\"";
        let good = read(Encoding::Utf8, good.as_bytes()).unwrap();
        let notes: Vec<&str> = good.iter().map(|line| line[1].as_str()).collect();
        assert_eq!(notes, ["備考", "5\"釘", "メモ \"引用\" です", "", "終"]);
    }

    proptest::proptest! {
        /// Cut anywhere, a file is refused or gives only values that were in it.
        #[test]
        fn no_value_is_made_of_two(at in 0_usize..60) {
            let table = lines(&[&["番号", "文"], &["1", "二\r\n行"], &["2", "「,」"], &["3", "終わり"]]);
            let whole = CsvStyle { quote_all: true, ..style(Encoding::Utf8) };
            let bytes = csv_bytes(&whole, &table).unwrap();
            let cut = &bytes[..at.min(bytes.len())];
            if let Ok(read) = read(Encoding::Utf8, cut) {
                let known: Vec<&String> = table.iter().flatten().collect();
                let all = read.iter().flatten().all(|v| v.is_empty() || known.contains(&v));
                proptest::prop_assert!(all, "{read:?}");
            }
        }
    }

    #[test]
    fn lines_have_the_numbers_that_an_editor_shows() {
        for end in ["\r\n", "\n", "\r"] {
            let text = ["", "a,b", "", "", "\"1", "2\",x", ",", "3"].join(end);
            let found = csv_lines(Encoding::Utf8, text.as_bytes()).unwrap();
            let at: Vec<usize> = found.iter().map(|(at, _)| *at).collect();
            assert_eq!(at, [2, 5, 7, 8], "{end:?}: {found:?}");
            let cut = csv_lines(Encoding::Utf8, format!("{text}{end}{end}\"").as_bytes()).unwrap_err();
            assert_eq!(cut, CsvFault::Cut { line: 10 });
        }
    }

    #[test]
    fn a_file_that_would_fill_the_memory_is_refused() {
        let commas = vec![b','; MOST_VALUES];
        assert_eq!(csv_lines(Encoding::Utf8, &commas), Err(CsvFault::TooLarge));
        let many = vec![b'1'; usize::try_from(MOST_BYTES).unwrap() + 1];
        assert!(read(Encoding::Utf8, &many).unwrap_err().to_string().contains("100 MB、値は 1000 万個まで"));
    }
}
