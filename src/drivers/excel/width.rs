//! How wide a column and how high a line must be. Widths are in half-width characters, a kanji takes two.

use super::cell::Column;
use crate::text::width::excel_width;

/// No column grows wider by itself; longer text goes on in the next line.
const WIDEST: usize = 34;
/// No column grows narrower by itself.
const NARROWEST: usize = 4;
/// A title wider than this may take two lines.
const LONG_TITLE: usize = 10;
/// The height of one line of 10 point text with its air, in points.
const LINE: f64 = 14.0;
/// The air above and below a cell's text, in points.
const AIR: f64 = 6.0;

/// Texts up to this width are short.
const SHORT: usize = 6;

/// The width a column needs for its title and the texts in it.
pub(super) fn column_width(column: &Column, texts: &[String]) -> f64 {
    if let Some(width) = column.width {
        return width;
    }
    let title = match excel_width(&column.title) {
        wide if wide > LONG_TITLE => wide.div_ceil(2) + 2,
        short => short,
    };
    let needed = widest(texts).max(title).clamp(NARROWEST, WIDEST);
    f64::from(u8::try_from(needed + 3).expect("clamped"))
}

/// Whether all texts are short.
pub(super) fn all_short(texts: &[String]) -> bool {
    widest(texts) <= SHORT
}

/// The width of the widest line.
fn widest(texts: &[String]) -> usize {
    texts.iter().flat_map(|t| t.lines()).map(excel_width).max().unwrap_or(0)
}

/// The height of a row whose cells have these texts and column widths.
pub(super) fn row_height(cells: impl Iterator<Item = (String, f64)>) -> f64 {
    let lines = cells.map(|(text, width)| lines_in(&text, width)).max().unwrap_or(1);
    LINE * f64::from(u16::try_from(lines.max(1)).unwrap_or(20).min(20)) + AIR
}

/// How many lines the text takes in a column of that width.
fn lines_in(text: &str, width: f64) -> usize {
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
    use crate::drivers::excel::CellType;

    fn width(title: &str, texts: &[&str]) -> f64 {
        let column = Column { title: title.to_owned(), kind: CellType::Text, width: None };
        column_width(&column, &texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_column_is_as_wide_as_its_widest_text_within_reason() {
        assert!((width("氏名", &["髙橋 太郎", "林"]) - 12.0).abs() < 1e-9);
        assert!((width("No", &["1"]) - 7.0).abs() < 1e-9);
        assert!((width("異動者氏名（代表）", &[]) - 14.0).abs() < 1e-9);
        assert!((width("住所", &[&"町".repeat(60)]) - 37.0).abs() < 1e-9);
    }

    #[test]
    fn a_row_is_as_high_as_its_longest_text() {
        let height =
            |text: &str, width| row_height([(text.to_owned(), width), (String::new(), 5.0)].into_iter());
        assert!((height("東京都", 10.0) - 20.0).abs() < 1e-9);
        assert!((height(&"町".repeat(20), 22.0) - 34.0).abs() < 1e-9);
        assert!((height("一\n二\n三", 10.0) - 48.0).abs() < 1e-9);
    }
}
