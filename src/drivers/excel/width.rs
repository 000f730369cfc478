//! How wide a column and how high a line must be. Widths are in half-width characters, a kanji takes two.

use super::cell::{CellType, Column};
use crate::text::width::excel_width;

/// No column grows wider by itself; longer text goes on in the next line. A column with a width of its own may.
const WIDEST: usize = 34;
/// No column grows wider at all.
const WIDEST_ASKED: usize = 120;
/// No column grows narrower by itself.
const NARROWEST: usize = 3;
/// A column without any text is filled in by hand; this is room for a date.
const BY_HAND: usize = 10;
/// A text is not broken into pieces narrower than this.
const PIECE: usize = 10;
/// Texts up to this width are short.
const SHORT: usize = 6;
/// The air beside a text where there is room, and where there is none.
const AIR_WIDE: usize = 3;
const AIR_TIGHT: usize = 2;
/// How wide all columns together may be before they move together, in Excel's pixels (96 per inch): A4 across less its margins
/// is 1,047, so it is printed at 70 % or more as long as they can, 10 point letters as 7 point.
const PAGE: f64 = 1495.0;
/// How wide a column is of which nothing is said.
const EMPTY: f64 = 8.43;
/// The height of one line of 10 point text with its air, in points.
const LINE: f64 = 14.0;
/// The air above and below a cell's text, in points.
const AIR: f64 = 6.0;

/// How wide a column would like to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wish {
    /// Where there is room.
    wide: f64,
    /// Where there is none: its title in two lines, little air.
    snug: f64,
    /// Never less: its texts in pieces.
    least: f64,
}

/// A column while its texts go by.
pub(super) struct Measure<'a> {
    column: &'a Column,
    /// The width of the widest line of a text so far.
    widest: usize,
}

impl<'a> Measure<'a> {
    /// A column without any text.
    pub const fn new(column: &'a Column) -> Self {
        Self { column, widest: 0 }
    }

    /// What stands in the column.
    pub const fn kind(&self) -> CellType {
        self.column.kind
    }

    /// Takes a text into account.
    pub fn add(&mut self, text: &str) {
        // No character is wider than it has bytes.
        if text.len() > self.widest {
            self.widest = text.lines().map(excel_width).max().unwrap_or(0).max(self.widest);
        }
    }

    /// Whether all texts are short.
    pub const fn all_short(&self) -> bool {
        self.widest <= SHORT
    }

    /// How wide it would like to be.
    pub fn wish(&self) -> Wish {
        let column = self.column;
        let text = if self.widest == 0 { BY_HAND } else { self.widest };
        let asked = column.width.map_or(WIDEST, whole).clamp(WIDEST, WIDEST_ASKED);
        let title = excel_width(&column.title);
        let piece = if column.kind == CellType::Text { text.min(PIECE) } else { text };
        let least = |text: usize, title: usize, air| {
            units(text.max(title).clamp(NARROWEST, asked) + air).min(column.width.unwrap_or(f64::MAX))
        };
        Wish {
            wide: least(text, title, AIR_WIDE),
            snug: least(text, title.div_ceil(2), AIR_TIGHT),
            least: least(piece, title.div_ceil(2), AIR_TIGHT),
        }
    }
}

/// The widths of all columns: as they wish while the page has room; then snug, and the widest give way first.
pub(super) fn fit(wishes: &[Wish]) -> Vec<f64> {
    let capped = |cap: usize| wishes.iter().map(|w| w.snug.min(units(cap)).max(w.least)).collect::<Vec<_>>();
    let wide = wishes.iter().map(|w| w.wide).collect();
    let fits = |widths: &Vec<f64>| widths.iter().map(|w| w * 7.0 + 5.0).sum::<f64>() <= PAGE;
    let tried = [wide].into_iter().chain((NARROWEST..=WIDEST_ASKED + AIR_TIGHT).rev().map(capped));
    tried.into_iter().find(fits).unwrap_or_else(|| capped(NARROWEST))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a width of a column, made safe by the clamp"
)]
fn whole(width: f64) -> usize {
    width.clamp(0.0, 255.0) as usize
}

fn units(width: usize) -> f64 {
    f64::from(u32::try_from(width).unwrap_or(u32::MAX))
}

/// How many empty columns beside a narrow table are printed, so that its title, which is larger than the table's text, is not
/// cut off.
pub(super) fn beyond(title: &str, widths: &[f64]) -> u16 {
    let needed = units(excel_width(title)) * 1.5 - widths.iter().sum::<f64>();
    let columns = (needed / EMPTY).ceil().clamp(0.0, 12.0);
    u16::try_from(whole(columns)).expect("at most twelve")
}

/// The height of a row whose cells have these texts and column widths.
pub(super) fn row_height<'a>(cells: impl Iterator<Item = (&'a str, f64)>) -> f64 {
    let lines = cells.map(|(text, width)| lines_in(text, width)).max().unwrap_or(1);
    LINE * f64::from(u16::try_from(lines.max(1)).unwrap_or(20).min(20)) + AIR
}

/// How many lines the text takes in a column of that width.
fn lines_in(text: &str, width: f64) -> usize {
    // No character is wider than it has bytes.
    if units(text.len()) <= width - 2.0 && !text.contains('\n') {
        return 1;
    }
    text.lines().map(|line| wrapped(line, width - 2.0)).sum()
}

fn wrapped(line: &str, width: f64) -> usize {
    let (mut lines, mut used) = (1, 0.0);
    for c in line.chars() {
        let wide = f64::from(u8::try_from(excel_width(c.encode_utf8(&mut [0; 4]))).expect("at most 2"));
        if used + wide > width && used > 0.0 {
            (lines, used) = (lines + 1, 0.0);
        }
        used += wide;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(title: &str, texts: &[&str], width: Option<f64>) -> [usize; 3] {
        let column = Column { title: title.to_owned(), width, ..Column::default() };
        let mut measure = Measure::new(&column);
        for text in texts {
            measure.add(text);
        }
        let wish = measure.wish();
        [wish.wide, wish.snug, wish.least].map(whole)
    }

    #[test]
    fn a_column_wishes_for_its_widest_text_within_reason() {
        assert_eq!(wish("氏名", &["髙橋 太郎左衛門", "林"], None), [18, 17, 12]);
        assert_eq!(wish("No", &["1"], None), [6, 5, 5]);
        assert_eq!(wish("異動者氏名（代表）", &["林"], None), [21, 11, 11]);
        assert_eq!(wish("住所", &[&"町".repeat(60)], None), [37, 36, 12]);
        assert_eq!(wish("住所", &[&"町".repeat(60)], Some(20.0)), [20, 20, 12]);
        assert_eq!(wish("備考", &["", ""], None), [13, 12, 12]);
        assert_eq!(wish("説明", &[&"文".repeat(60)], Some(100.0)), [100, 100, 12]);
    }

    #[test]
    fn the_widest_give_way_when_the_page_is_full() {
        let address = Wish { wide: 37.0, snug: 36.0, least: 12.0 };
        let date = Wish { wide: 13.0, snug: 12.0, least: 12.0 };
        assert_eq!(fit(&[date, address]), [13.0, 37.0]);
        let widths = fit(&[date, date, address, address, address, address, address, address, address]);
        let pixels = widths.iter().map(|w| w * 7.0 + 5.0).sum::<f64>();
        assert!(widths[0..2] == [12.0; 2] && pixels <= PAGE && pixels > PAGE - 7.0 * 7.0, "{widths:?}");
        assert_eq!(fit(&[date; 30]), [12.0; 30]);
    }

    #[test]
    fn a_title_wider_than_its_table_is_printed_whole() {
        assert_eq!(beyond("同点で順の決まった児童", &[8.0, 12.0]), 2);
        assert_eq!(beyond("台帳", &[8.0, 12.0]), 0);
    }

    #[test]
    fn a_row_is_as_high_as_its_longest_text() {
        let height = |text: &str, width| row_height([(text, width), ("", 5.0)].into_iter());
        assert!((height("東京都", 10.0) - 20.0).abs() < 1e-9);
        assert!((height(&"町".repeat(20), 22.0) - 34.0).abs() < 1e-9);
        assert!((height("一\n二\n三", 10.0) - 48.0).abs() < 1e-9);
    }
}
