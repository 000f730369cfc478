//! Looks through the contents of an `OpenDocument` workbook (`.ods`) before the library reads it, which reads all sheets at once:
//! one cell or line may stand for a million of the same.

use super::{
    guard::Refused,
    hidden::{HiddenBySheet, HiddenRows},
    sheet_scan::{MOST_CELLS, MOST_WORDS, said},
};
use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event},
};

/// The most lines and columns of a sheet; what is more is not read.
const MOST: (u64, u64) = (1_048_576, 16_384);

/// One line while its cells go by.
#[derive(Default)]
struct Line {
    times: u64,
    /// Where the next cell stands, from 0.
    column: u64,
    /// The columns from the first cell that holds something to behind the last one.
    filled: Option<(u64, u64)>,
    words: u64,
}

/// One sheet while its lines go by.
#[derive(Default)]
struct Sheet {
    /// Lines from the first to the last one that holds something.
    lines: u64,
    /// Lines behind them that hold nothing.
    empty: u64,
    filled: Option<(u64, u64)>,
    /// Cells as they stand in the file, before lines are repeated.
    written: u64,
}

/// One cell while its words go by.
#[derive(Default)]
struct Cell {
    times: u64,
    filled: bool,
    words: u64,
}

/// All sheets.
#[derive(Default)]
struct Seen {
    sheet: Sheet,
    line: Line,
    cell: Option<Cell>,
    /// Cells of the sheets before.
    cells: u64,
    words: u64,
    hidden: HiddenBySheet,
    /// Where the next line of the sheet stands, from 0.
    row: u64,
}

fn joined(one: Option<(u64, u64)>, (first, end): (u64, u64)) -> (u64, u64) {
    one.map_or((first, end), |(f, e)| (f.min(first), e.max(end)))
}

/// How often a cell or line stands there.
fn times(tag: &BytesStart<'_>, key: &str, most: u64) -> Result<u64, Refused> {
    said(tag, key).map_or(Ok(1), |n| n.trim().parse().map_err(|_| Refused::Broken)).map(|n: u64| n.min(most))
}

impl Cell {
    fn of(tag: &BytesStart<'_>) -> Result<Self, Refused> {
        let mut cell =
            Self { times: times(tag, "table:number-columns-repeated", MOST.1)?, ..Self::default() };
        for attribute in tag.attributes().with_checks(false).flatten() {
            let key: &str = attribute.key.as_ref();
            if key.starts_with("office:") || key == "table:formula" {
                cell.filled = true;
                cell.words += attribute.value.len() as u64;
            }
        }
        Ok(cell)
    }
}

impl Sheet {
    /// The cells that lie between the first and the last one.
    fn cells(&self) -> u64 {
        self.filled.map_or(0, |(first, end)| self.lines * (end - first)).max(self.written)
    }
}

impl Seen {
    fn cell_ends(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        let begin = self.line.column;
        self.line.column = (begin + cell.times).min(MOST.1);
        if cell.filled {
            self.line.filled = Some(joined(self.line.filled, (begin, self.line.column)));
            // A word takes its place in memory, however short it is.
            self.line.words += (cell.words + 1) * (self.line.column - begin);
        }
    }

    fn line_ends(&mut self) -> Result<(), Refused> {
        let (line, sheet) = (std::mem::take(&mut self.line), &mut self.sheet);
        if let Some(filled) = line.filled {
            sheet.lines += line.times + std::mem::take(&mut sheet.empty);
            sheet.filled = Some(joined(sheet.filled, filled));
            sheet.written += filled.1;
            self.words = self.words.saturating_add(line.words.saturating_mul(line.times));
        } else if sheet.lines > 0 {
            sheet.empty = (sheet.empty + line.times).min(MOST.0);
        }
        let cells = self.cells + self.sheet.cells();
        if cells > MOST_CELLS {
            Err(Refused::TooWide(cells))
        } else if self.words > MOST_WORDS {
            Err(Refused::TooLarge("文字が多すぎます"))
        } else {
            Ok(())
        }
    }

    fn begins(&mut self, tag: &BytesStart<'_>) -> Result<(), Refused> {
        match tag.name().as_ref() {
            "table:table" => {
                self.cells += std::mem::take(&mut self.sheet).cells();
                let name = said(tag, "table:name").unwrap_or_default();
                let name = unescape(&name).map_or_else(|_| name.to_string(), Into::into);
                self.hidden.push((name, HiddenRows::default()));
                self.row = 0;
            }
            "table:table-row" => {
                self.line =
                    Line { times: times(tag, "table:number-rows-repeated", MOST.0)?, ..Line::default() };
                self.line_begins(tag);
            }
            "table:table-cell" | "table:covered-table-cell" => self.cell = Some(Cell::of(tag)?),
            "text:s" => self.words_of(times(tag, "text:c", u64::from(u32::MAX))?),
            _ => {}
        }
        Ok(())
    }

    /// Notes where a line stands that nobody sees: folded up or hidden, or left out by a filter.
    fn line_begins(&mut self, tag: &BytesStart<'_>) {
        let unseen = said(tag, "table:visibility").is_some_and(|how| matches!(&*how, "collapse" | "filter"));
        if let Some((_, rows)) = self.hidden.last_mut().filter(|_| unseen) {
            rows.add(self.row, self.line.times);
        }
        self.row = self.row.saturating_add(self.line.times);
    }

    fn words_of(&mut self, bytes: u64) {
        if let Some(cell) = &mut self.cell {
            cell.words = cell.words.saturating_add(bytes).min(MOST_WORDS + 1);
        }
    }
}

/// Looks through `content.xml`; gives the rows of each sheet that nobody sees.
///
/// # Errors
/// When it must not be read.
pub(super) fn look_through_ods(xml: &[u8]) -> Result<HiddenBySheet, Refused> {
    let mut reader = Reader::from_reader(xml);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.expand_empty_elements = true;
    let mut seen = Seen::default();
    loop {
        match reader.read_event().map_err(|_| Refused::Broken)? {
            Event::Start(tag) => seen.begins(&tag)?,
            Event::Text(text) => seen.words_of(text.len() as u64),
            Event::End(tag) => match tag.name().as_ref() {
                "table:table-cell" | "table:covered-table-cell" => seen.cell_ends(),
                "table:table-row" => seen.line_ends()?,
                _ => {}
            },
            Event::Eof => {
                let sheets = seen.hidden.into_iter();
                return Ok(sheets.map(|(name, rows)| (name, rows.sorted())).collect());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(rows: &str) -> Result<(), Refused> {
        let xml = format!("<a><table:table table:name=\"表\">{rows}</table:table></a>");
        look_through_ods(xml.as_bytes()).map(|_| ())
    }

    #[test]
    fn what_stands_for_a_million_others_counts_as_a_million() {
        let cell = "<table:table-cell office:value-type=\"float\" office:value=\"1\"";
        let far = format!(
            "<table:table-row table:number-rows-repeated=\"1048576\">{cell} table:number-columns-repeated=\"16384\"/></table:table-row>"
        );
        assert_eq!(look(&far), Err(Refused::TooWide(1_048_576 * 16_384)));
        let gap = format!(
            "<table:table-row>{cell}/></table:table-row><table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell/></table:table-row>\
             <table:table-row><table:table-cell table:number-columns-repeated=\"99\"/>{cell}/></table:table-row>"
        );
        assert_eq!(look(&gap), Err(Refused::TooWide(1_000_002 * 100)));
        let wide = format!(
            "<table:table-row><table:table-cell table:number-columns-repeated=\"16383\"/>{cell}/></table:table-row>"
        );
        assert_eq!(look(&wide.repeat(400)), Ok(()));
        assert!(
            matches!(look(&wide.repeat(600)), Err(Refused::TooWide(_))),
            "the library keeps the empty ones for a while"
        );
    }

    #[test]
    fn the_empty_rest_of_a_sheet_takes_no_room() {
        let usual = "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>氏名</text:p></table:table-cell>\
                     <table:table-cell table:style-name=\"x\" table:number-columns-repeated=\"16383\"/></table:table-row>\
                     <table:table-row table:number-rows-repeated=\"1048575\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>";
        assert_eq!(look(usual), Ok(()));
    }

    #[test]
    fn one_long_word_in_many_cells_and_endless_spaces_are_refused() {
        let long = format!(
            "<table:table-row><table:table-cell table:number-columns-repeated=\"1000\" office:value-type=\"string\"><text:p>{}</text:p></table:table-cell></table:table-row>",
            "あ".repeat(100_000)
        );
        assert!(matches!(look(&long), Err(Refused::TooLarge(_))));
        let spaces = "<table:table-row><table:table-cell office:value-type=\"string\"><text:p><text:s text:c=\"4000000000\"/></text:p></table:table-cell></table:table-row>";
        assert!(matches!(look(spaces), Err(Refused::TooLarge(_))));
        assert_eq!(look("<table:table-row table:number-rows-repeated=\"-1\"/>"), Err(Refused::Broken));
    }

    #[test]
    fn all_sheets_count_together() {
        let cell = "<table:table-cell office:value=\"1\" table:number-columns-repeated=\"1000\"/>";
        let rows = format!("<table:table-row table:number-rows-repeated=\"5000\">{cell}</table:table-row>");
        assert_eq!(look(&rows), Ok(()));
        let two = format!("{rows}</table:table><table:table>{rows}");
        assert!(matches!(look(&two), Err(Refused::TooWide(_))));
    }
}
