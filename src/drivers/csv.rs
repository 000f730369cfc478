//! CSV files in a declared encoding. No character is ever replaced in silence.

use crate::text::cp932;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How characters become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
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

/// Why a CSV file cannot be written or read. Names places and single characters, never values.
#[derive(Debug, thiserror::Error)]
pub enum CsvFault {
    /// A character that the encoding does not have.
    #[error("{line}行目の{column}列目: {source}。決まった置き換えがあるなら substitutes に書いてください。")]
    Unmappable {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The character.
        source: cp932::Unmappable,
    },
    /// Bytes that are not of the declared encoding.
    #[error(
        "{line}行目に、宣言した文字コード（{encoding}）では読めない文字があります。encoding を確かめてください。"
    )]
    Undecodable {
        /// The line, from 1.
        line: usize,
        /// The declared encoding.
        encoding: &'static str,
    },
    /// A line with another number of values than the first.
    #[error(
        "{line}行目の列の数が違います（{expected}列のはずが{found}列）。引用符とカンマを確かめてください。"
    )]
    Ragged {
        /// The line, from 1.
        line: u64,
        /// The values of the first line.
        expected: u64,
        /// The values of this line.
        found: u64,
    },
    /// It would fill the memory.
    #[error("CSV が大きすぎます（{} MB まで）。分けて置き直してください。", MOST_BYTES >> 20)]
    TooLarge,
    /// Anything else.
    #[error("CSV として扱えません。ファイルの中身を確かめてください。")]
    Other,
}

/// The bytes of a CSV file with these lines.
///
/// # Errors
/// At the first character that the encoding does not have and that no declared replacement covers.
pub fn csv_bytes(style: &CsvStyle, lines: &[Vec<String>]) -> Result<Vec<u8>, CsvFault> {
    let mut out = csv::WriterBuilder::new()
        .terminator(if style.newline == Newline::Crlf {
            csv::Terminator::CRLF
        } else {
            csv::Terminator::Any(b'\n')
        })
        .quote_style(if style.quote_all { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
        .flexible(true)
        .from_writer(Vec::new());
    for (n, line) in lines.iter().enumerate() {
        let values = line.iter().enumerate().map(|(m, value)| {
            encoded(style, value).map_err(|source| CsvFault::Unmappable {
                line: n + 1,
                column: m + 1,
                source,
            })
        });
        out.write_record(values.collect::<Result<Vec<_>, _>>()?).map_err(|_| CsvFault::Other)?;
    }
    let body = out.into_inner().map_err(|_| CsvFault::Other)?;
    let mark: &[u8] = if style.encoding == Encoding::Utf8Bom { b"\xEF\xBB\xBF" } else { b"" };
    Ok([mark, &body].concat())
}

/// One value as bytes. No byte of a CP932 character is a quotation mark, a comma or a newline, so CSV's own rules hold.
fn encoded(style: &CsvStyle, value: &str) -> Result<Vec<u8>, cp932::Unmappable> {
    if style.encoding != Encoding::Cp932 {
        return Ok(value.as_bytes().to_vec());
    }
    let replaced = |c: char| style.substitutes.get(&c).cloned().unwrap_or_else(|| c.to_string());
    cp932::encode(&cp932::fold_to_cp932(&value.chars().map(replaced).collect::<String>()))
}

/// The largest CSV file that is read: a million lines of a hundred bytes.
pub const MOST_BYTES: u64 = 100 << 20;

/// The lines of a CSV file.
///
/// # Errors
/// When there are too many bytes or they are not of the encoding, or a line has another number of values than the first.
pub fn csv_lines(encoding: Encoding, bytes: &[u8]) -> Result<Vec<Vec<String>>, CsvFault> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(CsvFault::TooLarge);
    }
    let text = decoded(encoding, bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let line = |r: Result<csv::StringRecord, csv::Error>| r.map(|r| r.iter().map(str::to_owned).collect());
    reader.records().map(|r| line(r).map_err(|e| explain(&e))).collect()
}

fn decoded(encoding: Encoding, bytes: &[u8]) -> Result<String, CsvFault> {
    let line_of = |at: usize| 1 + bytes.iter().take(at).filter(|b| **b == b'\n').count();
    if encoding == Encoding::Cp932 {
        let fault =
            |e: cp932::Undecodable| CsvFault::Undecodable { line: line_of(e.offset), encoding: "cp932" };
        return cp932::decode(bytes).map_err(fault);
    }
    let bare = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let fault =
        |e: std::str::Utf8Error| CsvFault::Undecodable { line: line_of(e.valid_up_to()), encoding: "utf-8" };
    std::str::from_utf8(bare).map(str::to_owned).map_err(fault)
}

fn explain(error: &csv::Error) -> CsvFault {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            CsvFault::Ragged { line, expected: *expected_len, found: *len }
        }
        _ => CsvFault::Other,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn style(encoding: Encoding) -> CsvStyle {
        CsvStyle { encoding, newline: Newline::Crlf, quote_all: false, substitutes: BTreeMap::new() }
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
            assert_eq!(csv_lines(encoding, &bytes).unwrap(), table);
        }
        let bytes = csv_bytes(&style(Encoding::Cp932), &lines(&[&["髙", "1"]])).unwrap();
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
        assert_eq!(csv_lines(Encoding::Cp932, &bytes).unwrap()[1], ["吉野"]);
        let waves = csv_bytes(&style(Encoding::Cp932), &lines(&[&["一〜二"]])).unwrap();
        assert_eq!(csv_lines(Encoding::Cp932, &waves).unwrap()[0], ["一～二"]);
    }

    #[test]
    fn a_wrong_file_is_named_by_its_line() {
        let cp932 = csv_bytes(&style(Encoding::Cp932), &lines(&[&["a"], &["漢字"]])).unwrap();
        let fault = csv_lines(Encoding::Utf8, &cp932).unwrap_err();
        assert!(matches!(fault, CsvFault::Undecodable { line: 2, encoding: "utf-8" }), "{fault}");
        let ragged = csv_lines(Encoding::Utf8, b"a,b\n1,2\n1\n").unwrap_err();
        assert!(matches!(ragged, CsvFault::Ragged { line: 3, expected: 2, found: 1 }), "{ragged}");
        assert!(csv_lines(Encoding::Cp932, b"").unwrap().is_empty());
    }

    #[test]
    fn a_file_that_would_fill_the_memory_is_refused() {
        let many = vec![b'1'; usize::try_from(MOST_BYTES).unwrap() + 1];
        assert!(csv_lines(Encoding::Utf8, &many).unwrap_err().to_string().contains("100 MB まで"));
    }
}
