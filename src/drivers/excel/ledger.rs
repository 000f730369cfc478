//! A ledger as a workbook: a title, a line about its making, a table for A4 paper.

use super::{
    cell::{Cell, CellType, Column},
    formula,
    look::{self, Look},
    tab,
    width::{self, Measure},
};
use jiff::{Zoned, tz::TimeZone};
use rust_xlsxwriter::{DocProperties, Format, Formula, Workbook, Worksheet, XlsxError};

/// How well a workbook is packed, from 1 to 9: the usual 6 takes half as long again for files hardly smaller, 2 leaves some a third
/// larger.
const PACKING: u8 = 3;
/// The row of the titles above the columns of a ledger; its title and its note stand above it.
const HEADER: u32 = 2;
/// So many characters of a value are shown in a fault.
const SHOWN: usize = 20;
/// A4 in the numbering of Excel.
const A4: u8 = 9;

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
    /// The value by which one list was divided into this sheet and others. It stands behind the name, as far as a tab can
    /// show it, with a number where the tabs would be called alike.
    pub part: Option<String>,
    /// The line above it.
    pub title: String,
    /// What stands small under the title, before the number of lines.
    pub note: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The lines: a cell for each column.
    pub rows: Vec<Vec<Cell>>,
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
    /// A word in a column that is summed: it would be missing in the sum in silence.
    #[error(
        "「{sheet}」の列「{column}」は合計する列ですが、{line}件目の値「{value}」は数ではなく、合計に入りません。値を数字に直すか、列の型（type: money など）を確かめてください。数でない値を残すときは、その列の total: true を外してください。"
    )]
    NotSummed {
        /// The title of the sheet.
        sheet: String,
        /// The column.
        column: String,
        /// The line, from 1.
        line: usize,
        /// How the value begins.
        value: String,
    },
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
    pub fn bytes(self) -> Result<Vec<u8>, LedgerFault> {
        let mut book = Workbook::new();
        book.set_zip_compression_level(PACKING);
        let title = self.sheets.first().map_or_else(String::new, |s| s.title.clone());
        let made = self.made.with_time_zone(TimeZone::UTC).datetime();
        book.set_properties(
            &DocProperties::new().set_title(&title).set_author("shoki").set_creation_datetime(&made),
        );
        let look = Look::new();
        let names = tab::names(&self.sheets);
        for (sheet, name) in self.sheets.into_iter().zip(names) {
            sheet.write(book.add_worksheet(), &name, &look, &self.made)?;
        }
        book.save_to_buffer().map_err(|e| explain(e, &title))
    }
}

impl LedgerSheet {
    fn write(
        mut self,
        out: &mut Worksheet,
        name: &str,
        look: &Look,
        made: &Zoned,
    ) -> Result<(), LedgerFault> {
        self.check()?;
        let mut measures = self.columns.iter().map(Measure::new).collect::<Vec<_>>();
        for row in &self.rows {
            row.iter().zip(&mut measures).for_each(|(cell, column)| column.add(&cell.shown(column.kind())));
        }
        let widths = width::fit(&measures.iter().map(Measure::wish).collect::<Vec<_>>());
        let bodies: Vec<_> = measures.iter().map(|m| look::body(m.kind(), m.all_short())).collect();
        out.set_name(name).map_err(|e| explain(e, name))?;
        // A formula of which nothing is known holds an empty word, no zero: LibreOffice calculates it then, too, and whoever reads
        // the values alone sees none.
        out.set_formula_result_default("");
        let rows = std::mem::take(&mut self.rows);
        let (lines, title) = (rows.len(), self.title.clone());
        self.write_head(out, look, made, lines)
            .and_then(|()| self.write_table(out, rows, &bodies, &widths))
            .and_then(|()| self.set_up_print(out, made, lines, &widths))
            .map_err(|e| explain(e, &title))
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
        self.check_sums()
    }

    /// Whether every sum has all its values. What a formula calculates is for Excel to say.
    fn check_sums(&self) -> Result<(), LedgerFault> {
        if !self.has_totals(self.rows.len()) {
            return Ok(());
        }
        let summed = || self.columns.iter().enumerate().filter(|(_, c)| c.total && c.formula.is_none());
        let word = |(line, row): (usize, &Vec<Cell>)| {
            summed().find_map(|(n, c)| Some((line, c.title.clone(), row[n].text()?.to_owned())))
        };
        (1..).zip(&self.rows).find_map(word).map_or(Ok(()), |(line, column, text)| {
            let value = text.chars().take(SHOWN).collect();
            Err(LedgerFault::NotSummed { sheet: self.title.clone(), column, line, value })
        })
    }

    fn write_head(
        &self,
        out: &mut Worksheet,
        look: &Look,
        made: &Zoned,
        lines: usize,
    ) -> Result<(), XlsxError> {
        let made = made.strftime("%Y年%-m月%-d日 %H:%M 作成");
        let parts = [made.to_string(), self.note.clone(), format!("{lines}件")];
        let note: Vec<_> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        if !self.mail_merge {
            out.set_row_height(0, 24)?.write_string_with_format(0, 0, &self.title, &look.title)?;
            out.set_row_height(1, 16)?.write_string_with_format(1, 0, note.join("　"), &look.note)?;
        }
        for (n, column) in (0..).zip(&self.columns) {
            out.write_string_with_format(self.header(), n, &column.title, &look.header)?;
        }
        Ok(())
    }

    /// The widths, the lines and, where a column asks for it, their sums.
    fn write_table(
        &self,
        out: &mut Worksheet,
        rows: Vec<Vec<Cell>>,
        bodies: &[Format],
        widths: &[f64],
    ) -> Result<(), XlsxError> {
        for (n, width) in (0..).zip(widths) {
            out.set_column_width(n, *width)?;
        }
        let titles = self.columns.iter().map(|c| c.title.as_str()).zip(widths.iter().copied());
        out.set_row_height(self.header(), width::row_height(titles))?;
        // From zero: the sum of nothing is minus zero, and would be shown so.
        let sum = |n: usize| rows.iter().filter_map(|row| row[n].number()).fold(0.0, |sum, n| sum + n);
        // Nobody knows yet what a formula adds whose line has no number.
        let known =
            |n: usize, c: &Column| c.formula.is_none() || rows.iter().all(|row| row[n].number().is_some());
        let columns = self.columns.iter().enumerate();
        let sums: Vec<_> = columns.map(|(n, c)| known(n, c).then(|| sum(n))).collect();
        let lines = rows.len();
        for (line, row) in (self.header() + 1..).zip(rows) {
            let texts = row.iter().zip(widths).filter_map(|(cell, width)| Some((cell.text()?, *width)));
            out.set_row_height(line, width::row_height(texts))?;
            self.write_line(out, line, row)?;
        }
        // A look given to a column's cells all at once costs the library much less than one at a time.
        for (n, body) in (0..).zip(bodies).filter(|_| lines > 0) {
            out.set_range_format(self.header() + 1, n, self.last_line(lines)?, n, body)?;
        }
        if self.has_totals(lines) { self.write_totals(out, lines, &sums) } else { Ok(()) }
    }

    fn write_line(&self, out: &mut Worksheet, line: u32, row: Vec<Cell>) -> Result<(), XlsxError> {
        for ((n, column), cell) in (0..).zip(&self.columns).zip(row) {
            match column.formula.as_ref().and_then(|f| formula::in_row(f, &self.columns, line).ok()) {
                Some(formula) => {
                    out.write_formula(line, n, Formula::new(formula).set_result(cell.until_calculated()))?;
                }
                None => write_cell(out, line, n, cell)?,
            }
        }
        Ok(())
    }

    /// Whether a row of sums stands below so many lines.
    fn has_totals(&self, lines: usize) -> bool {
        self.columns.iter().any(|c| c.total) && lines > 0 && !self.mail_merge
    }

    /// The row of the last line.
    fn last_line(&self, lines: usize) -> Result<u32, XlsxError> {
        let lines = u32::try_from(lines).map_err(|_| XlsxError::RowColumnLimitError)?;
        Ok(self.header() + lines)
    }

    /// The row below the lines: the sum of each column that asks for it.
    fn write_totals(&self, out: &mut Worksheet, lines: usize, sums: &[Option<f64>]) -> Result<(), XlsxError> {
        let row = self.last_line(lines)? + 1;
        for ((n, column), sum) in (0..).zip(&self.columns).zip(sums) {
            if column.total {
                let formula = formula::sum(n, self.header() + 1, row - 1);
                let known = sum.map_or_else(String::new, |sum| sum.to_string());
                let formula = Formula::new(formula).set_result(known);
                out.write_with_format(row, n, formula, &look::total(column.kind))?;
            } else {
                let word = if n == 0 { "合計" } else { "" };
                out.write_string_with_format(row, n, word, &look::total(CellType::Text))?;
            }
        }
        Ok(())
    }

    /// A4 across, as wide as the page, titles on every page, page numbers below; on the screen the titles stay in sight.
    fn set_up_print(
        &self,
        out: &mut Worksheet,
        made: &Zoned,
        lines: usize,
        widths: &[f64],
    ) -> Result<(), XlsxError> {
        let last_line = self.last_line(lines)?;
        let last_row = last_line + u32::from(self.has_totals(lines));
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

/// Writes a cell; its look follows, see [`LedgerSheet::write_table`].
fn write_cell(out: &mut Worksheet, row: u32, column: u16, cell: Cell) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => return Ok(()),
        Cell::Text(text) => out.write_string(row, column, text)?,
        Cell::Day(day) => out.write_datetime(row, column, day)?,
        Cell::Number(number) => out.write(row, column, number)?,
        Cell::Decimal(number) => out.write(row, column, number)?,
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
