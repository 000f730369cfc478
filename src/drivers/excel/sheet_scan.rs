//! Looks through the XML of a workbook for what would burst its reader: document types, tags without end, cells far apart,
//! one long word shown in a million cells.

use super::guard::Refused;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// The most attributes of a tag.
const MOST_ATTRIBUTES: usize = 256;
/// The most cells between the first and the last one of a sheet: all of them take memory.
const MOST_CELLS: u64 = 8_000_000;
/// The last row and column of a sheet.
const LAST: (u64, u64) = (1_048_576, 16_384);
/// All words of all cells together, in bytes.
const MOST_WORDS: u64 = 256 << 20;

/// What was seen so far in a workbook.
#[derive(Default)]
pub(super) struct Scan {
    /// The length of each shared word, in bytes.
    shared: Vec<u32>,
    /// The words of all cells so far, in bytes.
    words: u64,
    /// Whether some cell has a formula that no program has calculated yet.
    pub uncalculated: bool,
    /// Whether some sheet has merged cells.
    pub merged: bool,
}

/// What a cell shows.
#[derive(Default, PartialEq)]
enum Shows {
    /// A number, or nothing.
    #[default]
    Number,
    /// A word that is kept apart.
    SharedWord,
    /// Words of its own, perhaps none.
    Words,
}

/// What is known of a cell while its tags go by.
#[derive(Default)]
struct Cell {
    shows: Shows,
    formula: bool,
    value: bool,
}

/// The cells of a sheet that hold something: first and last row and column.
#[derive(Default)]
struct Extent(Option<((u64, u64), (u64, u64))>);

impl Extent {
    fn add(&mut self, row: u64, column: u64) -> Result<(), Refused> {
        if row > LAST.0 || column > LAST.1 {
            return Err(Refused::TooLarge("Excel の行や列の上限を超えるセルがあります"));
        }
        let (first, last) = self.0.get_or_insert(((row, column), (row, column)));
        *first = (first.0.min(row), first.1.min(column));
        *last = (last.0.max(row), last.1.max(column));
        let cells = (last.0 - first.0 + 1) * (last.1 - first.1 + 1);
        if cells > MOST_CELLS { Err(Refused::TooWide(cells)) } else { Ok(()) }
    }
}

impl Scan {
    /// Looks at one part.
    ///
    /// # Errors
    /// When the part must not be read.
    pub fn look(&mut self, name: &str, xml: &[u8]) -> Result<(), Refused> {
        let mut reader = Reader::from_reader(xml);
        let config = reader.config_mut();
        config.check_end_names = false;
        let (sheet, words) = (name.starts_with("xl/worksheets/"), name == "xl/sharedStrings.xml");
        let (mut extent, mut now, mut in_value) = (Extent::default(), Cell::default(), false);
        let mut word = 0_u32;
        loop {
            match reader.read_event().map_err(|_| Refused::Broken)? {
                Event::DocType(_) => return Err(Refused::Broken),
                Event::Eof => return Ok(()),
                Event::Empty(tag) => {
                    few_attributes(&tag)?;
                    now.formula |= sheet && tag.local_name().as_ref() == "f";
                }
                Event::Start(tag) => {
                    few_attributes(&tag)?;
                    let local = tag.local_name();
                    if sheet && local.as_ref() == "c" {
                        now = cell(&tag, &mut extent)?;
                    }
                    now.formula |= sheet && local.as_ref() == "f";
                    self.merged |= sheet && local.as_ref() == "mergeCells";
                    in_value = sheet && local.as_ref() == "v";
                    if words && local.as_ref() == "si" {
                        word = 0;
                    }
                }
                Event::End(tag) => {
                    in_value = false;
                    if sheet && tag.local_name().as_ref() == "c" {
                        self.uncalculated |= now.formula && !now.value && now.shows != Shows::Words;
                    }
                    if words && tag.local_name().as_ref() == "si" {
                        self.shared.push(word);
                    }
                }
                Event::Text(text) => {
                    word = word.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
                    if in_value {
                        now.value = true;
                        self.shown(&text, now.shows == Shows::SharedWord)?;
                    }
                }
                _ => {}
            }
        }
    }

    /// Counts what a cell shows.
    fn shown(&mut self, text: &str, shared: bool) -> Result<(), Refused> {
        let number = || text.trim().parse::<usize>().ok();
        let length = if shared {
            number().and_then(|n| self.shared.get(n)).map_or(0, |length| u64::from(*length))
        } else {
            text.len() as u64
        };
        self.words = self.words.saturating_add(length);
        if self.words > MOST_WORDS { Err(Refused::TooLarge("文字が多すぎます")) } else { Ok(()) }
    }
}

fn few_attributes(tag: &BytesStart<'_>) -> Result<(), Refused> {
    // The shortest attribute is ` a=""`: a short tag cannot have many.
    if tag.len() <= MOST_ATTRIBUTES * 4 {
        return Ok(());
    }
    match tag.attributes().with_checks(false).take(MOST_ATTRIBUTES + 1).count() {
        n if n > MOST_ATTRIBUTES => Err(Refused::Broken),
        _ => Ok(()),
    }
}

/// Notes where a cell is; says what it shows.
fn cell(tag: &BytesStart<'_>, extent: &mut Extent) -> Result<Cell, Refused> {
    let mut cell = Cell::default();
    for attribute in tag.attributes().with_checks(false).flatten() {
        match attribute.key.as_ref() {
            "r" => {
                if let Some((row, column)) = place(&attribute.value) {
                    extent.add(row, column)?;
                }
            }
            "t" => {
                cell.shows = match attribute.value.as_ref() {
                    "s" => Shows::SharedWord,
                    "str" => Shows::Words,
                    _ => Shows::Number,
                };
            }
            _ => {}
        }
    }
    Ok(cell)
}

/// `C3` as row 3, column 3; none for what is no place.
fn place(at: &str) -> Option<(u64, u64)> {
    let (letters, digits) = at.split_at(at.find(|c: char| !c.is_ascii_alphabetic())?);
    if letters.is_empty() || letters.len() > 7 || digits.len() > 12 {
        return None;
    }
    let column = letters.bytes().fold(0, |n, b| n * 26 + u64::from(b.to_ascii_uppercase() - b'A') + 1);
    Some((digits.parse().ok()?, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_understood() {
        assert_eq!(place("A1"), Some((1, 1)));
        assert_eq!(place("XFD1048576"), Some((1_048_576, 16_384)));
        assert_eq!(place("1"), None);
        assert_eq!(place("A"), None);
    }

    #[test]
    fn cells_far_apart_are_refused_and_formatted_empty_ones_are_not() {
        let look = |xml: &str| Scan::default().look("xl/worksheets/sheet1.xml", xml.as_bytes());
        let far = "<row><c r=\"A1\"><v>1</v></c><c r=\"XFD1048576\"><v>1</v></c></row>";
        assert_eq!(look(far), Err(Refused::TooWide(1_048_576 * 16_384)));
        let empty = "<row><c r=\"A1\"><v>1</v></c><c r=\"XFD1048576\" s=\"1\"/></row>";
        assert_eq!(look(empty), Ok(()));
        let beyond = "<row><c r=\"A1048577\"><v>1</v></c></row>";
        assert!(matches!(look(beyond), Err(Refused::TooLarge(_))));
    }

    #[test]
    fn a_formula_that_nobody_calculated_is_noticed() {
        let uncalculated = |cells: &str| {
            let mut scan = Scan::default();
            let xml = format!("<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>");
            scan.look("xl/worksheets/sheet1.xml", xml.as_bytes()).unwrap_or_else(|_| unreachable!("a sheet"));
            scan.uncalculated
        };
        assert!(uncalculated("<c r=\"A1\"><f>1+1</f><v></v></c>"));
        assert!(uncalculated("<c r=\"A1\"><f>1+1</f><v/></c><c r=\"B1\"><v>1</v></c>"));
        assert!(uncalculated("<c r=\"A1\"><f t=\"shared\" si=\"0\"/></c>"));
        assert!(!uncalculated("<c r=\"A1\"><f>1+1</f><v>2</v></c>"));
        assert!(!uncalculated("<c r=\"A1\" t=\"str\"><f>IF(B1,1,\"\")</f><v></v></c><c r=\"B1\"/>"));
    }

    #[test]
    fn one_long_word_in_many_cells_is_refused() {
        let mut scan = Scan::default();
        let words = format!("<sst><si><t>{}</t></si></sst>", "あ".repeat(1 << 20));
        scan.look("xl/sharedStrings.xml", words.as_bytes())
            .unwrap_or_else(|_| unreachable!("a word is a word"));
        let cells = "<c r=\"A1\" t=\"s\"><v>0</v></c>".repeat(100);
        assert!(matches!(scan.look("xl/worksheets/sheet1.xml", cells.as_bytes()), Err(Refused::TooLarge(_))));
    }

    #[test]
    fn document_types_and_endless_tags_are_refused() {
        let look = |xml: &str| Scan::default().look("xl/workbook.xml", xml.as_bytes());
        assert_eq!(look("<!DOCTYPE x [<!ENTITY a \"b\">]><x/>"), Err(Refused::Broken));
        let many: String =
            (0..300).flat_map(|n| [" a".to_owned(), n.to_string(), "=\"\"".to_owned()]).collect();
        assert_eq!(look(&format!("<x{many}/>")), Err(Refused::Broken));
    }
}
