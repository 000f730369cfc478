//! A ledger as a workbook: a title, a line about its making, a table for A4 paper.

use super::{
    cell::{Cell, CellType, Column},
    formula,
    look::{self, Look},
    width::{self, Wish},
};
use jiff::{Zoned, tz::TimeZone};
use rust_xlsxwriter::{DocProperties, Format, Formula, Workbook, Worksheet, XlsxError};
use serde_json::{Map, Value};

/// The row of the titles above the columns of a ledger; its title and its note stand above it.
const HEADER: u32 = 2;
/// A4 in the numbering of Excel.
const A4: u8 = 9;
/// The longest name of a sheet, in UTF-16 units.
const NAME_MAX: usize = 31;

/// A workbook with one or more tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// Its sheets, at least one.
    pub sheets: Vec<LedgerSheet>,
    /// When it is made, in the office's time zone.
    pub made: Zoned,
}

/// One table.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerSheet {
    /// The name on its tab; empty: its title.
    pub name: String,
    /// The line above it.
    pub title: String,
    /// What stands small under the title, before the number of lines.
    pub note: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The lines: column title → value; a missing value leaves the cell empty.
    pub rows: Vec<Map<String, Value>>,
    /// A source for Word's mail merge: the titles of the columns stand in the first row, nothing above or below the lines.
    pub mail_merge: bool,
}

/// Why a ledger cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LedgerFault {
    /// It has no column.
    #[error("「{0}」の列（columns）がありません。一つ以上書いてください。")]
    NoColumns(String),
    /// Two columns have one title.
    #[error("列「{0}」が二度あります。列の見出しはそれぞれ違う言葉にしてください。")]
    TwiceColumn(String),
    /// Two sheets have one name.
    #[error("シート「{0}」が二度あります。シートの名前はそれぞれ違う言葉にしてください。")]
    TwiceSheet(String),
    /// A name Excel does not accept.
    #[error("シートの名前「{0}」は使えません。31文字以内で、[ ] : * ? / \\ を含まない名前にしてください。")]
    Name(String),
    /// A text that is too long, or too many lines.
    #[error("「{0}」は Excel の上限（1セル32,767文字、1シート1,048,576行）を超えます。行を分けてください。")]
    TooLarge(String),
    /// A formula that names a column which is not there.
    #[error(
        "列「{column}」の formula に、ない列「{missing}」があります。列の見出しを [ ] で囲んで書いてください。"
    )]
    Formula {
        /// The column with the formula.
        column: String,
        /// The column that is not there.
        missing: String,
    },
    /// Anything else.
    #[error("Excel ファイルを作れません（{0}）。")]
    Other(XlsxError),
}

impl Ledger {
    /// The workbook as bytes.
    ///
    /// # Errors
    /// When Excel could not open what is asked for.
    pub fn bytes(&self) -> Result<Vec<u8>, LedgerFault> {
        let mut book = Workbook::new();
        let title = self.sheets.first().map_or("", |s| &s.title);
        let made = self.made.with_time_zone(TimeZone::UTC).datetime();
        book.set_properties(
            &DocProperties::new().set_title(title).set_author("shoki").set_creation_datetime(&made),
        );
        let look = Look::new();
        for sheet in &self.sheets {
            sheet.write(book.add_worksheet(), &look, &self.made)?;
        }
        book.save_to_buffer().map_err(|e| explain(e, title))
    }
}

impl LedgerSheet {
    fn write(&self, out: &mut Worksheet, look: &Look, made: &Zoned) -> Result<(), LedgerFault> {
        self.check()?;
        let cells = self.cells();
        let texts: Vec<_> = self.columns.iter().zip(&cells).map(|(c, cells)| shown(c, cells)).collect();
        let wishes = self.columns.iter().zip(&texts).map(|(c, texts)| Wish::of(c, texts));
        let widths = width::fit(&wishes.collect::<Vec<_>>());
        out.set_name(self.tab()).map_err(|e| explain(e, &self.tab()))?;
        self.write_head(out, look, made)
            .and_then(|()| self.write_columns(out, &cells, &texts, &widths))
            .and_then(|()| self.write_heights(out, &texts, &widths))
            .and_then(|()| self.set_up_print(out, made, &widths))
            .map_err(|e| explain(e, &self.title))
    }

    /// The row of the titles above the columns.
    const fn header(&self) -> u32 {
        if self.mail_merge { 0 } else { HEADER }
    }

    fn check(&self) -> Result<(), LedgerFault> {
        if self.columns.is_empty() {
            return Err(LedgerFault::NoColumns(self.title.clone()));
        }
        let twice = |(n, c): &(usize, &Column)| self.columns[..*n].iter().any(|d| d.title == c.title);
        if let Some((_, column)) = self.columns.iter().enumerate().find(twice) {
            return Err(LedgerFault::TwiceColumn(column.title.clone()));
        }
        for column in &self.columns {
            let Some(text) = &column.formula else { continue };
            formula::in_row(text, &self.columns, self.header())
                .map_err(|missing| LedgerFault::Formula { column: column.title.clone(), missing })?;
        }
        Ok(())
    }

    /// The name on the tab: the given one, or as much of the title as a tab holds.
    fn tab(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let mut name = String::new();
        for c in self.title.chars().filter(|c| !r"[]:*?/\'".contains(*c)) {
            if name.encode_utf16().count() + c.len_utf16() <= NAME_MAX {
                name.push(c);
            }
        }
        name
    }

    /// The cells, column by column.
    fn cells(&self) -> Vec<Vec<Cell>> {
        let cell = |c: &Column, n: i64, row: &Map<String, Value>| {
            Cell::of(row.get(&c.title).unwrap_or(&Value::Null), c.kind, n)
        };
        let column = |c| (1..).zip(&self.rows).map(|(n, row)| cell(c, n, row)).collect();
        self.columns.iter().map(column).collect()
    }

    fn write_head(&self, out: &mut Worksheet, look: &Look, made: &Zoned) -> Result<(), XlsxError> {
        let made = made.strftime("%Y年%-m月%-d日 %H:%M 作成");
        let parts = [made.to_string(), self.note.clone(), format!("{}件", self.rows.len())];
        let note: Vec<_> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        if !self.mail_merge {
            out.write_string_with_format(0, 0, &self.title, &look.title)?;
            out.write_string_with_format(1, 0, note.join("　"), &look.note)?;
        }
        for (n, column) in (0..).zip(&self.columns) {
            out.write_string_with_format(self.header(), n, &column.title, &look.header)?;
        }
        Ok(())
    }

    fn write_columns(
        &self,
        out: &mut Worksheet,
        cells: &[Vec<Cell>],
        texts: &[Vec<String>],
        widths: &[f64],
    ) -> Result<(), XlsxError> {
        let columns = self.columns.iter().zip(texts).zip(cells.iter().zip(widths));
        for (n, ((column, texts), (cells, width))) in (0..).zip(columns) {
            out.set_column_width(n, *width)?;
            let format = look::body(column.kind, width::all_short(texts));
            for (row, cell) in (self.header() + 1..).zip(cells) {
                match column.formula.as_ref().and_then(|f| formula::in_row(f, &self.columns, row).ok()) {
                    Some(formula) => {
                        let known = cell.number().unwrap_or_default().to_string();
                        out.write_with_format(row, n, Formula::new(formula).set_result(known), &format)?;
                    }
                    None => write_cell(out, row, n, cell, &format)?,
                }
            }
            if self.has_totals() {
                self.write_total(out, n, column, cells)?;
            }
        }
        Ok(())
    }

    /// Whether a row of sums stands below.
    fn has_totals(&self) -> bool {
        self.columns.iter().any(|c| c.total) && !self.rows.is_empty() && !self.mail_merge
    }

    /// The last row of the table with its sums.
    fn last_row(&self) -> Result<u32, XlsxError> {
        let rows = u32::try_from(self.rows.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
        Ok(self.header() + rows + u32::from(self.has_totals()))
    }

    /// The cell of a column below the table: its sum, or nothing.
    fn write_total(
        &self,
        out: &mut Worksheet,
        n: u16,
        column: &Column,
        cells: &[Cell],
    ) -> Result<(), XlsxError> {
        let row = self.last_row()?;
        let format = look::total(column.kind);
        if !column.total {
            let word = if n == 0 { "合計" } else { "" };
            out.write_string_with_format(row, n, word, &look::total(CellType::Text))?;
            return Ok(());
        }
        let sum: f64 = cells.iter().filter_map(Cell::number).sum();
        let formula = Formula::new(formula::sum(n, self.header() + 1, row - 1)).set_result(sum.to_string());
        out.write_with_format(row, n, formula, &format)?;
        Ok(())
    }

    fn write_heights(
        &self,
        out: &mut Worksheet,
        texts: &[Vec<String>],
        widths: &[f64],
    ) -> Result<(), XlsxError> {
        if !self.mail_merge {
            out.set_row_height(0, 24)?.set_row_height(1, 16)?;
        }
        let titles = self.columns.iter().map(|c| c.title.as_str()).zip(widths.iter().copied());
        out.set_row_height(self.header(), width::row_height(titles))?;
        for (n, row) in (0..self.rows.len()).zip(self.header() + 1..) {
            let shown = texts.iter().map(|column| column[n].as_str());
            out.set_row_height(row, width::row_height(shown.zip(widths.iter().copied())))?;
        }
        Ok(())
    }

    /// A4 across, as wide as the page, titles on every page, page numbers below; on the screen the titles stay in sight.
    fn set_up_print(&self, out: &mut Worksheet, made: &Zoned, widths: &[f64]) -> Result<(), XlsxError> {
        let last_row = self.last_row()?;
        let last_line = last_row - u32::from(self.has_totals());
        let last_column =
            u16::try_from(self.columns.len() - 1).map_err(|_| XlsxError::RowColumnLimitError)?;
        out.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0);
        out.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3).set_print_center_horizontally(true);
        let title = self.title.replace('&', "&&");
        out.set_footer(format!("&L&9 {title}&C&P / &N&R&9 {}", made.strftime("%Y/%m/%d %H:%M")));
        let header = self.header();
        let printed = last_column + width::beyond(&self.title, widths);
        out.set_repeat_rows(header, header)?.set_print_area(0, 0, last_row, printed)?;
        out.set_freeze_panes(header + 1, 0)?.autofilter(header, 0, last_line, last_column)?;
        Ok(())
    }
}

/// What the cells of a column show.
fn shown(column: &Column, cells: &[Cell]) -> Vec<String> {
    cells.iter().map(|cell| cell.shown(column.kind)).collect()
}

fn write_cell(
    out: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    format: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => out.write_blank(row, column, format)?,
        Cell::Text(text) => out.write_string_with_format(row, column, text, format)?,
        Cell::Day(day) => out.write_date_with_format(row, column, day, format)?,
        Cell::Number(number) => out.write_with_format(row, column, *number, format)?,
        Cell::Decimal(number) => out.write_with_format(row, column, *number, format)?,
    };
    Ok(())
}

/// The fault behind an error of the library; `what` is the sheet or the title that it is about.
fn explain(error: XlsxError, what: &str) -> LedgerFault {
    match error {
        XlsxError::SheetnameReused(_) => LedgerFault::TwiceSheet(what.to_owned()),
        XlsxError::SheetnameCannotBeBlank(_)
        | XlsxError::SheetnameLengthExceeded(_)
        | XlsxError::SheetnameContainsInvalidCharacter(_)
        | XlsxError::SheetnameStartsOrEndsWithApostrophe(_) => LedgerFault::Name(what.to_owned()),
        XlsxError::MaxStringLengthExceeded | XlsxError::RowColumnLimitError => {
            LedgerFault::TooLarge(what.to_owned())
        }
        other => LedgerFault::Other(other),
    }
}
