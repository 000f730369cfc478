//! Looks through the XML of a workbook for what would burst its reader: document types, tags without end, cells far apart,
//! one long word shown in a million cells.

use super::{
    guard::Refused,
    hidden::{HiddenBySheet, PackedRows},
    zeros::ZeroFormat,
};
use calamine::Data;
use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event},
};
use std::borrow::Cow;

/// The most attributes of a tag.
const MOST_ATTRIBUTES: usize = 256;
/// The most cells between the first and the last one of a sheet: all of them take memory.
pub(super) const MOST_CELLS: u64 = 8_000_000;
/// The last row and column of a sheet.
const LAST: (u64, u64) = (1_048_576, 16_384);
/// All words of all cells together, in bytes.
pub(super) const MOST_WORDS: u64 = 256 << 20;

/// What was seen so far in a workbook.
#[derive(Default)]
pub(super) struct Scan {
    /// The length of each shared word, in bytes.
    shared: Vec<u32>,
    /// The words of all cells so far, in bytes.
    words: u64,
    /// What the formulas show.
    pub formulas: Formulas,
    /// Whether some sheet has merged cells.
    pub merged: bool,
    /// Whether some format fills numbers up with zeros.
    pub zeros: bool,
    /// Where an `.xlsx` has rows that nobody sees.
    pub hidden: PackedRows,
    /// Where an `.ods` has such rows.
    pub hidden_ods: HiddenBySheet,
}

/// What the formulas of a workbook show, as far as some program may not have calculated them yet.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Formulas {
    /// Some show nothing.
    empty: bool,
    /// Some show an empty word.
    blank: bool,
    /// The workbook asks to be calculated when it is opened: whoever wrote it may have calculated nothing.
    due: bool,
}

impl Formulas {
    /// Whether some formula may not have been calculated.
    pub const fn doubtful(self) -> bool {
        self.empty || self.due && self.blank
    }

    /// Whether a cell with a formula holds nothing that a program has calculated.
    pub fn awaited(self, cell: Option<&Data>) -> bool {
        match cell {
            None | Some(Data::Empty) => true,
            Some(Data::String(word)) => self.due && word.is_empty(),
            Some(_) => false,
        }
    }
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

/// The cells of a sheet that hold something: first and last row and column. Cells and lines that do not say where they are
/// follow the one before.
#[derive(Default)]
pub(super) struct Extent {
    found: Option<((u64, u64), (u64, u64))>,
    row: u64,
    column: u64,
}

impl Extent {
    /// A line begins.
    fn line(&mut self, tag: &BytesStart<'_>) -> Result<(), Refused> {
        self.row = match said(tag, "r") {
            Some(at) if at.bytes().all(|b| b.is_ascii_digit()) => at.parse().map_err(|_| Refused::Broken)?,
            Some(_) => return Err(Refused::Broken),
            None => self.row + 1,
        };
        self.column = 0;
        if self.row == 0 { Err(Refused::Broken) } else { Ok(()) }
    }

    /// Where a cell is: at its place or after the one before.
    fn place(&mut self, tag: &BytesStart<'_>) -> Result<(u64, u64), Refused> {
        let next = (self.row.max(1), self.column + 1);
        let found = said(tag, "r").map_or(Some(next), |at| place(&at)).ok_or(Refused::Broken)?;
        self.column = found.1;
        Ok(found)
    }

    /// A cell without a value takes no room.
    fn empty_cell(&mut self, tag: &BytesStart<'_>) -> Result<(), Refused> {
        self.place(tag).map(|_| ())
    }

    /// Notes where a cell is; says what it shows.
    fn cell(&mut self, tag: &BytesStart<'_>) -> Result<Cell, Refused> {
        let (row, column) = self.place(tag)?;
        self.add(row, column)?;
        let shows = match said(tag, "t").as_deref() {
            Some("s") => Shows::SharedWord,
            Some("str") => Shows::Words,
            _ => Shows::Number,
        };
        Ok(Cell { shows, ..Cell::default() })
    }

    /// A cell holds something; rows and columns count from 1.
    ///
    /// # Errors
    /// When no sheet is so large, or the cells between the first and the last one are too many.
    pub fn add(&mut self, row: u64, column: u64) -> Result<(), Refused> {
        if row > LAST.0 || column > LAST.1 {
            return Err(Refused::TooLarge("Excel の行や列の上限を超えるセルがあります"));
        }
        let (first, last) = self.found.get_or_insert(((row, column), (row, column)));
        *first = (first.0.min(row), first.1.min(column));
        *last = (last.0.max(row), last.1.max(column));
        let cells = self.cells();
        if cells > MOST_CELLS { Err(Refused::TooWide(cells)) } else { Ok(()) }
    }

    /// How many cells lie between the first and the last one.
    pub fn cells(&self) -> u64 {
        self.found.map_or(0, |(first, last)| (last.0 - first.0 + 1) * (last.1 - first.1 + 1))
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
        // A workbook may give any name to the part that holds a sheet: every part is looked at as if it were one.
        let words = holds_words(name);
        let (mut extent, mut now, mut in_value) = (Extent::default(), Cell::default(), false);
        let mut word = 0_u32;
        loop {
            let event = reader.read_event().map_err(|_| Refused::Broken)?;
            if let Event::Start(tag) | Event::Empty(tag) = &event {
                few_attributes(tag)?;
                self.note(tag, xml.len())?;
                self.hidden.note(name, tag);
            }
            match event {
                Event::DocType(_) => return Err(Refused::Broken),
                Event::Eof => return Ok(()),
                Event::Empty(tag) => match tag.local_name().as_ref() {
                    "c" => extent.empty_cell(&tag)?,
                    "row" => extent.line(&tag)?,
                    "f" => now.formula = true,
                    _ => {}
                },
                Event::Start(tag) => {
                    let local = tag.local_name();
                    match local.as_ref() {
                        "c" => now = extent.cell(&tag)?,
                        "row" => extent.line(&tag)?,
                        "f" => now.formula = true,
                        _ => {}
                    }
                    in_value = local.as_ref() == "v";
                    if words && local.as_ref() == "si" {
                        word = 0;
                    }
                }
                Event::End(tag) => {
                    in_value = false;
                    if tag.local_name().as_ref() == "c" && now.formula && !now.value {
                        let blank = now.shows == Shows::Words;
                        self.formulas.blank |= blank;
                        self.formulas.empty |= !blank;
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

    /// Takes from a tag what is true of the whole workbook; `bytes` is the length of its part.
    fn note(&mut self, tag: &BytesStart<'_>, bytes: usize) -> Result<(), Refused> {
        match tag.local_name().as_ref() {
            "sst" => return true_count(tag, bytes),
            "mergeCells" => self.merged = true,
            "numFmt" => self.zeros |= said(tag, "formatCode").is_some_and(|code| fills_up(&code)),
            "calcPr" => {
                let due = said(tag, "fullCalcOnLoad");
                self.formulas.due |= due.is_some_and(|due| matches!(due.trim(), "1" | "true"));
            }
            _ => {}
        }
        Ok(())
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

/// Whether a format, as XML has it, fills numbers up with zeros.
fn fills_up(code: &str) -> bool {
    unescape(code).is_ok_and(|code| ZeroFormat::of(&code).is_some())
}

/// Whether a part holds the shared words of a workbook, which may lie in any folder.
pub(super) fn holds_words(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("sharedstrings.xml")
}

/// The library makes room for as many words as are said to follow: no more than the part has bytes for.
fn true_count(tag: &BytesStart<'_>, bytes: usize) -> Result<(), Refused> {
    let mut all = tag.attributes();
    let mut said = all.with_checks(false).flatten().filter(|a| a.key.as_ref().ends_with("niqueCount"));
    // The shortest word is `<si/>`.
    let fits = |count: &str| count.trim().parse::<usize>().is_ok_and(|count| count <= bytes / 5);
    if said.all(|attribute| fits(&attribute.value)) { Ok(()) } else { Err(Refused::Broken) }
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

/// An attribute's value.
pub(super) fn said<'a>(tag: &'a BytesStart<'_>, key: &str) -> Option<Cow<'a, str>> {
    let mut all = tag.attributes();
    let all = all.with_checks(false).flatten();
    all.into_iter().find(|attribute| attribute.key.as_ref() == key).map(|attribute| attribute.value)
}

/// `C3` as row 3, column 3; none for what is no place.
fn place(at: &str) -> Option<(u64, u64)> {
    let (letters, digits) = at.split_at(at.find(|c: char| !c.is_ascii_alphabetic())?);
    if letters.is_empty() || letters.len() > 7 || digits.len() > 12 {
        return None;
    }
    let column = letters.bytes().fold(0, |n, b| n * 26 + u64::from(b.to_ascii_uppercase() - b'A') + 1);
    let row = digits.parse().ok().filter(|row| *row > 0)?;
    Some((row, column))
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
        assert_eq!(place("A0"), None);
    }

    #[test]
    fn a_sheet_under_any_name_and_cells_that_do_not_say_where_they_are_count() {
        let look = |xml: &str| Scan::default().look("xl/elsewhere.xml", xml.as_bytes());
        let far = "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c><v>1</v></c></row><row r=\"1048576\"><c r=\"XFC1048576\"><v>1</v></c></row>";
        assert_eq!(look(far), Err(Refused::TooWide(1_048_576 * 16_383)));
        let unsaid = "<row><c><v>1</v></c></row><row r=\"900000\"><c><v>1</v></c></row><row><c r=\"ZZ900001\"><v>1</v></c></row>";
        assert!(matches!(look(unsaid), Err(Refused::TooWide(_))));
        for wrong in ["katakana1", "0", "99999999999999999999", ""] {
            assert_eq!(
                look(&format!("<row r=\"{wrong}\"><c><v>1</v></c></row>")),
                Err(Refused::Broken),
                "{wrong}"
            );
        }
        assert_eq!(look("<row><c r=\"1A\"><v>1</v></c></row>"), Err(Refused::Broken));
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
        let scanned = |cells: &str, book: &str| {
            let mut scan = Scan::default();
            let xml = format!("<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>");
            scan.look("xl/worksheets/sheet1.xml", xml.as_bytes()).unwrap_or_else(|_| unreachable!("a sheet"));
            scan.look("xl/workbook.xml", book.as_bytes()).unwrap_or_else(|_| unreachable!("a workbook"));
            scan.formulas.doubtful()
        };
        let uncalculated = |cells: &str| scanned(cells, "<workbook><calcPr calcId=\"1\"/></workbook>");
        let due = |cells: &str| scanned(cells, "<workbook><calcPr fullCalcOnLoad=\"1\"/></workbook>");
        assert!(uncalculated("<c r=\"A1\"><f>1+1</f><v></v></c>"));
        assert!(uncalculated("<c r=\"A1\"><f>1+1</f><v/></c><c r=\"B1\"><v>1</v></c>"));
        assert!(uncalculated("<c r=\"A1\"><f t=\"shared\" si=\"0\"/></c>"));
        assert!(!uncalculated("<c r=\"A1\"><f>1+1</f><v>2</v></c>"));
        let blank = "<c r=\"A1\" t=\"str\"><f>IF(B1,1,\"\")</f><v></v></c><c r=\"B1\"/>";
        assert!(!uncalculated(blank));
        assert!(due(blank), "whoever asks to be calculated may have written it for nothing");
        assert!(!due("<c r=\"A1\"><f>1+1</f><v>2</v></c><c r=\"B1\" t=\"str\"><v></v></c>"));
    }

    #[test]
    fn formats_that_fill_up_with_zeros_are_noticed() {
        let zeros = |code: &str| {
            let mut scan = Scan::default();
            let xml = format!("<numFmts><numFmt numFmtId=\"164\" formatCode=\"{code}\"/></numFmts>");
            scan.look("xl/styles.xml", xml.as_bytes()).unwrap_or_else(|_| unreachable!("styles"));
            scan.zeros
        };
        assert!(zeros("0000") && zeros("[&lt;=999]000;[&lt;=9999]000\\-00;000\\-0000"));
        assert!(!zeros("#,##0.00") && !zeros("yyyy/mm/dd") && !zeros("&bad"));
    }

    #[test]
    fn a_count_of_words_that_are_not_there_is_refused() {
        let look = |count: &str| {
            let words =
                format!("<sst count=\"2\" uniqueCount=\"{count}\"><si><t>a</t></si><si><t>b</t></si></sst>");
            Scan::default().look("other/SharedStrings.xml", words.as_bytes())
        };
        assert_eq!(look("2"), Ok(()));
        for count in ["22222222222222", "99999999999999999999999", "-1", "1e9"] {
            assert_eq!(look(count), Err(Refused::Broken), "{count}");
        }
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
