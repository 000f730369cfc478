//! Reading a table out of a workbook: what a cell shows is kept, whatever it is.

use super::{
    cell::{CellType, Column},
    doubts::{Doubts, place_name},
    guard::{Opened, open_workbook, surviving},
    hidden::HiddenChoice,
    merged::{TallCells, merged_cells},
    sheet_scan::Formulas,
    shown::{is_words_or_day, number_of, text_of, whole_number_of},
    zeros::ZeroCells,
};
use calamine::{Data, Dimensions, Range, Reader, Sheet, SheetType, SheetVisible};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Why a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum TableFault {
    /// It is no workbook, or damaged.
    #[error("「{0}」を Excel ファイルとして読めません。壊れていないかを Excel で開いて確かめてください。")]
    NoWorkbook(String),
    /// It has a password.
    #[error(
        "「{0}」にはパスワードが付いています。Excel で開いてパスワードを外し、保存し直したものを置いてください。"
    )]
    Password(String),
    /// It has programs in it.
    #[error(
        "「{0}」にはマクロが入っています。安全のため読みません。Excel で開き「Excel ブック（*.xlsx）」として保存し直したものを置いてください。"
    )]
    Macros(String),
    /// It is something else under the name of a workbook.
    #[error(
        "「{file}」は名前は Excel ファイルですが、中身は{kind}です。Excel で開き「Excel ブック（*.xlsx）」として保存し直すか、CSV なら `csv.read` で読んでください。"
    )]
    NamedWrongly {
        /// The file.
        file: String,
        /// What it is.
        kind: String,
    },
    /// It is larger than may be read, or would become so.
    #[error("「{file}」は大きすぎるため読みません（{what}）。必要なシートと行だけにして置いてください。")]
    TooLarge {
        /// The file.
        file: String,
        /// What is too large.
        what: String,
    },
    /// A cell far away from the others makes the sheet immense.
    #[error(
        "「{file}」の表の範囲が広すぎます（{cells}セル）。離れた場所に値の入ったセルがあります。Excel で開いて Ctrl+End を押し、余分な行と列を削除してください。"
    )]
    TooWide {
        /// The file.
        file: String,
        /// How many cells lie between the first and the last one.
        cells: u64,
    },
    /// There is no such sheet.
    #[error("シート「{wanted}」がありません。あるのは{there}です。")]
    NoSheet {
        /// The sheet asked for.
        wanted: String,
        /// The sheets there are.
        there: String,
    },
    /// There is no such column.
    #[error(
        "{row}行目に見出し「{wanted}」がありません。{hint}見出しの行（header_row）と言葉を確かめてください。"
    )]
    NoColumn {
        /// The title asked for.
        wanted: String,
        /// The row of titles, from 1.
        row: u32,
        /// A title that is nearly the same; no others, because a wrong row may hold personal data.
        hint: String,
    },
    /// The title stands over more than one column.
    #[error(
        "見出し「{0}」が二列以上にあります。上の段の見出しを付けて「上の段/{0}」のように書いてください。"
    )]
    Ambiguous(String),
    /// A cell that holds nothing because nobody has calculated its formula.
    #[error(
        "セル {0} に、計算されていない式があります。Excel で開き、保存し直したものを置いてください（値だけを貼り付けてもかまいません）。"
    )]
    Uncalculated(String),
    /// Cells that hold the error of a formula.
    #[error(
        "シート「{sheet}」のセル {cells} がエラーです。Excel で開いて式か値を直し、保存し直したものを置いてください。"
    )]
    ErrorCells {
        /// The sheet.
        sheet: String,
        /// The cells with their errors.
        cells: String,
    },
    /// Cells in a column of days that hold none.
    #[error(
        "シート「{sheet}」のセル {cells} は日付として読めません。Excel で日付に直してください。日付でない言葉も入る列なら、手順の型（type）を text にします。"
    )]
    NoDay {
        /// The sheet.
        sheet: String,
        /// The cells; never what they hold, which may be personal.
        cells: String,
    },
    /// Cells in a column of whole numbers that hold a fraction.
    #[error(
        "シート「{sheet}」のセル {cells} は整数ではなく、小数です。Excel で値を直してください。小数も入る列なら、手順の型（type）を decimal にします。"
    )]
    Fractions {
        /// The sheet.
        sheet: String,
        /// The cells.
        cells: String,
    },
    /// Rows of the table that nobody sees, and nobody said what is to become of them.
    #[error(
        "シート「{sheet}」の表に、非表示の行が{rows}行あります（絞り込みで隠れた行も数えます）。Excel で再表示して保存し直すか、手順に「hidden_rows: read」（隠れた行も読む）か「hidden_rows: skip」（隠れた行は読まない）を書いてください。"
    )]
    Hidden {
        /// The sheet.
        sheet: String,
        /// How many.
        rows: usize,
    },
    /// A place that is none.
    #[error("「{0}」はセルの位置ではありません。「C3」のように列の英字と行の番号で書いてください。")]
    NoPlace(String),
}

/// What is read out of a sheet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The sheet; none: the first that Excel shows.
    pub sheet: Option<String>,
    /// The row of the titles, from 1.
    pub header: u32,
    /// The columns of the table.
    pub columns: Vec<Column>,
    /// Single cells beside the table: name and place (`C3`).
    pub cells: Vec<(String, String)>,
    /// The word in the first column that ends the table (月計).
    pub until: Option<String>,
    /// What is to become of rows that nobody sees; none: a table with such rows is refused.
    pub hidden: Option<HiddenChoice>,
}

/// What a sheet holds of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SheetTable {
    /// The lines of the table.
    pub rows: Vec<Map<String, Value>>,
    /// The single cells by name.
    pub cells: Map<String, Value>,
}

/// Reads a table and single cells; the titles stand in row `header` (from 1), the lines below. Empty lines are left out.
///
/// Text stays text, with its leading zeros; dates become `2026-04-01`; numbers in text columns lose no digit that Excel shows.
/// Words in a column of numbers are kept as text; an error such as `#N/A`, a word in a column of days and a fraction in a column
/// of whole numbers are refused, as are hidden rows until somebody says what is to become of them. Words and days in a
/// cell that is merged over several lines are those of each of them; an amount belongs to the first one, or it would count twice.
///
/// A run reads strangers' workbooks through [`crate::drivers::readers::ReaderPool`], whose children stand behind walls.
///
/// # Errors
/// As [`TableFault`] says. The caller has made sure that the file is there.
pub fn read_table(path: &Path, wanted: &Wanted) -> Result<SheetTable, TableFault> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    table_in(open_workbook(path)?, &name, wanted)
}

/// As [`read_table`], of a workbook that is open; `file` is what messages call it.
///
/// # Errors
/// As [`TableFault`] says.
pub fn table_in(book: Opened, file: &str, wanted: &Wanted) -> Result<SheetTable, TableFault> {
    surviving(file, || table(book, file, wanted))
}

fn table(opened: Opened, file: &str, wanted: &Wanted) -> Result<SheetTable, TableFault> {
    let Opened { mut book, formulas: known, merged, zeros, hidden } = opened;
    let Wanted { header, columns, .. } = wanted;
    let broken = || TableFault::NoWorkbook(file.to_owned());
    let name = pick_sheet(book.sheets_metadata(), wanted.sheet.as_deref()).ok_or_else(broken)??;
    let range = book.worksheet_range(&name).map_err(|_| broken())?;
    let merged = if merged { merged_cells(&mut book, &name) } else { Vec::new() };
    let formulas = known.doubtful().then(|| book.worksheet_formula(&name).ok()).flatten();
    let zeros = ZeroCells::of(&mut book, &name, zeros);
    let hidden =
        hidden.into_iter().find(|(sheet, _)| *sheet == name).map(|(_, rows)| rows).unwrap_or_default();
    let mut doubts = Doubts::default();
    let mut one = |at: &str| single(&range, &merged, &zeros, at, &mut doubts);
    let cells = wanted.cells.iter().map(|(name, at)| Ok((name.clone(), one(at)?)));
    let cells = cells.collect::<Result<_, TableFault>>()?;
    let titles = Titles { range: &range, merged, row: header.saturating_sub(1) };
    let places = columns.iter().map(|c| titles.place_of(c)).collect::<Result<Vec<_>, _>>()?;
    let last = range.end().map_or(0, |(row, _)| row);
    let tall: Vec<_> = columns.iter().zip(&places).map(|(c, at)| titles.tall(c.kind, *at)).collect();
    let line = |row: u32| {
        let values = columns.iter().zip(&places).zip(&tall).map(|((c, at), tall)| {
            let value =
                at.map_or(Value::Null, |at| value_at(&range, &zeros, tall, (row, at), c.kind, &mut doubts));
            (c.title.clone(), value)
        });
        values.collect::<Map<_, _>>()
    };
    // By its own cells: an empty line beside a merged cell is none.
    let filled = |row: &u32| places.iter().flatten().any(|at| holds(&range, (*row, *at)));
    let first = |row: u32| range.get_value((row, range.start().map_or(0, |p| p.1))).map(text_of);
    let ends = |row: &u32| {
        wanted.until.as_deref().is_some_and(|word| {
            let left = places.iter().copied().flatten().next();
            let shown = left.and_then(|at| range.get_value((*row, at))).map(text_of);
            [shown, first(*row)].into_iter().flatten().any(|t| without_spaces(&t) == without_spaces(word))
        })
    };
    let in_table = |row: &u32| !columns.is_empty() && !ends(row);
    let last = formulas.as_ref().and_then(Range::end).map_or(last, |(row, _)| last.max(row));
    let unseen = (*header..=last).take_while(in_table).filter(filled).filter(|row| hidden.has(*row)).count();
    let passed_over = passing_over(&name, unseen, wanted.hidden)?;
    let read = |row: &u32| !(passed_over && hidden.has(*row));
    for row in (*header..=last).take_while(in_table).filter(read) {
        for at in places.iter().flatten() {
            calculated(&range, formulas.as_ref(), known, (row, *at))?;
        }
    }
    for (_, at) in &wanted.cells {
        calculated(&range, formulas.as_ref(), known, place_of(at).unwrap_or_default())?;
    }
    let rows = (*header..=last).take_while(in_table).filter(filled).filter(read).map(line).collect();
    doubts.told(&name)?;
    Ok(SheetTable { rows, cells })
}

/// Whether hidden rows are passed over.
///
/// # Errors
/// When there are some and nobody said.
fn passing_over(sheet: &str, unseen: usize, choice: Option<HiddenChoice>) -> Result<bool, TableFault> {
    match choice {
        None if unseen > 0 => Err(TableFault::Hidden { sheet: sheet.to_owned(), rows: unseen }),
        choice => Ok(choice == Some(HiddenChoice::Skip)),
    }
}

/// Whether a cell is what it seems: one that looks empty may hold a formula that nobody has calculated.
fn calculated(
    range: &Range<Data>,
    formulas: Option<&Range<String>>,
    known: Formulas,
    (row, column): (u32, u32),
) -> Result<(), TableFault> {
    let formula = formulas.and_then(|all| all.get_value((row, column))).is_some_and(|f| !f.is_empty());
    if !formula || !known.awaited(range.get_value((row, column))) {
        return Ok(());
    }
    Err(TableFault::Uncalculated(place_name((row, column))))
}

/// What a single cell shows; a merged cell shows what its first one holds.
fn single(
    range: &Range<Data>,
    merged: &[Dimensions],
    zeros: &ZeroCells,
    at: &str,
    doubts: &mut Doubts,
) -> Result<Value, TableFault> {
    let (row, column) = place_of(at).ok_or_else(|| TableFault::NoPlace(at.to_owned()))?;
    let first = merged.iter().find(|d| d.contains(row, column)).map_or((row, column), |d| d.start);
    let cell = range.get_value(first);
    if let Some(cell) = cell {
        doubts.look(first, cell, CellType::Text);
    }
    let text = cell.map(|cell| zeros.shown(first, cell)).unwrap_or_default();
    Ok(if text.trim().is_empty() { Value::Null } else { json!(text) })
}

/// `C3` as row 2, column 2.
fn place_of(at: &str) -> Option<(u32, u32)> {
    let split = at.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = at.split_at(split);
    let good = (1..=3).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_uppercase());
    let column = letters.bytes().fold(0, |n, b| n * 26 + u32::from(b.wrapping_sub(b'A')) + 1);
    let row: u32 = digits.parse().ok().filter(|row| (1..=1_048_576).contains(row))?;
    (good && column <= 16_384).then(|| (row - 1, column - 1))
}

/// The sheet of that name, or the first with cells that Excel shows; `None` in a workbook without such sheets.
pub(super) fn pick_sheet(there: &[Sheet], wanted: Option<&str>) -> Option<Result<String, TableFault>> {
    let Some(wanted) = wanted else {
        let with_cells = || there.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let shown = with_cells().find(|sheet| sheet.visible == SheetVisible::Visible);
        return shown.or_else(|| with_cells().next()).map(|sheet| Ok(sheet.name.clone()));
    };
    let found = there.iter().find(|sheet| sheet.name == wanted).map(|sheet| sheet.name.clone());
    Some(found.ok_or_else(|| TableFault::NoSheet { wanted: wanted.to_owned(), there: listed(there) }))
}

fn listed(sheets: &[Sheet]) -> String {
    let names: Vec<_> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    format!("「{}」", names.join("」「"))
}

/// The titles above a table.
struct Titles<'a> {
    range: &'a Range<Data>,
    merged: Vec<Dimensions>,
    row: u32,
}

impl Titles<'_> {
    /// The column; none where the table may lack it and does.
    fn place_of(&self, column: &Column) -> Result<Option<u32>, TableFault> {
        match self.place(&column.title) {
            Err(TableFault::NoColumn { .. }) if column.optional => Ok(None),
            found => found.map(Some),
        }
    }

    /// The column with that title, or with that title under that upper title: `異動前/住所`.
    fn place(&self, wanted: &str) -> Result<u32, TableFault> {
        let there = self.all();
        let same = |title: &str| without_spaces(title) == without_spaces(wanted);
        let found: Vec<_> =
            there.iter().filter(|(_, upper, own)| same(own) || same(&format!("{upper}/{own}"))).collect();
        match found.as_slice() {
            [(column, ..)] => Ok(*column),
            [] => Err(TableFault::NoColumn {
                wanted: wanted.to_owned(),
                row: self.row + 1,
                hint: hint(wanted, &there),
            }),
            _ => Err(TableFault::Ambiguous(wanted.to_owned())),
        }
    }

    /// The cells below the titles that several lines of a column share; none in a column of amounts.
    fn tall(&self, kind: CellType, column: Option<u32>) -> TallCells {
        match (kind, column) {
            (CellType::Text | CellType::Date | CellType::Wareki, Some(column)) => {
                TallCells::below(&self.merged, self.row, column)
            }
            _ => TallCells::default(),
        }
    }

    /// Column, the title above the title, the title.
    fn all(&self) -> Vec<(u32, String, String)> {
        let (first, last) = (self.range.start().map_or(0, |p| p.1), self.range.end().map_or(0, |p| p.1));
        let upper = |column| self.row.checked_sub(1).map_or_else(String::new, |row| self.shown(row, column));
        let all = (first..=last).map(|column| (column, upper(column), self.shown(self.row, column)));
        all.filter(|(_, _, own)| !own.is_empty()).collect()
    }

    /// What a cell shows; a merged cell shows what its first one holds.
    fn shown(&self, row: u32, column: u32) -> String {
        let place = self.merged.iter().find(|d| d.contains(row, column)).map_or((row, column), |d| d.start);
        self.range.get_value(place).map(text_of).unwrap_or_default().trim().to_owned()
    }
}

/// From this likeness on (0 to 1) a title is taken for a slip of the pen.
const ALIKE: f64 = 0.6;

fn hint(wanted: &str, there: &[(u32, String, String)]) -> String {
    let near =
        there.iter().map(|(_, _, own)| own).find(|own| strsim::normalized_levenshtein(own, wanted) >= ALIKE);
    near.map_or_else(String::new, |own| format!("もしかして「{}」ですか。", without_spaces(own)))
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Whether a cell holds something.
fn holds(range: &Range<Data>, place: (u32, u32)) -> bool {
    range.get_value(place).is_some_and(|cell| !text_of(cell).trim().is_empty())
}

fn value_at(
    range: &Range<Data>,
    zeros: &ZeroCells,
    tall: &TallCells,
    (row, column): (u32, u32),
    kind: CellType,
    doubts: &mut Doubts,
) -> Value {
    let top = (tall.first_row(row), column);
    let shared = range.get_value(top).filter(|cell| is_words_or_day(cell)).map(|cell| (top, cell));
    let own = || range.get_value((row, column)).map(|cell| ((row, column), cell));
    let Some((place, cell)) = shared.or_else(own) else { return Value::Null };
    doubts.look(place, cell, kind);
    let text = text_of(cell);
    if text.trim().is_empty() {
        return Value::Null;
    }
    match kind {
        CellType::Integer | CellType::Counter => whole_number_of(cell, &text).unwrap_or_else(|| json!(text)),
        CellType::Money | CellType::Decimal => number_of(cell, &text).unwrap_or_else(|| json!(text)),
        CellType::Text | CellType::Date | CellType::Wareki => json!(zeros.shown((row, column), cell)),
    }
}
