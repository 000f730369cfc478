//! How a ledger looks: fonts, rules, formats.

use super::cell::CellType;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// A font that every office machine has; its kanji are exactly twice as wide as its digits.
const FONT: &str = "ＭＳ ゴシック";
const GREY: Color = Color::RGB(0x00D9_D9D9);
const RULE: Color = Color::RGB(0x0080_8080);

/// All formats of one workbook.
pub(super) struct Look {
    pub title: Format,
    pub note: Format,
    pub header: Format,
}

impl Look {
    pub fn new() -> Self {
        let base = Format::new().set_font_name(FONT).set_align(FormatAlign::VerticalCenter);
        let header = ruled(base.clone().set_font_size(10).set_bold().set_background_color(GREY));
        Self {
            title: base.clone().set_font_size(14).set_bold(),
            note: base.set_font_size(9),
            header: header.set_align(FormatAlign::Center).set_text_wrap(),
        }
    }
}

/// The format of a cell. Short words such as 転入 or ○ stand in the middle of their column. Text columns are marked as text,
/// so that a person who edits a cell keeps its leading zeros.
pub(super) fn body(kind: CellType, short: bool) -> Format {
    let base = Format::new().set_font_name(FONT).set_font_size(10).set_align(FormatAlign::VerticalCenter);
    let base = ruled(base);
    match kind {
        CellType::Text if short => base.set_num_format("@").set_text_wrap().set_align(FormatAlign::Center),
        CellType::Text => base.set_num_format("@").set_text_wrap().set_align(FormatAlign::Left).set_indent(1),
        CellType::Date => base.set_num_format("yyyy/mm/dd").set_align(FormatAlign::Center),
        CellType::Wareki => base.set_num_format("[$-411]ge.m.d").set_align(FormatAlign::Center),
        CellType::Integer | CellType::Counter => base.set_num_format("0_ ").set_align(FormatAlign::Right),
        CellType::Decimal => base.set_num_format("#,##0.0#_ ").set_align(FormatAlign::Right),
        CellType::Money => base.set_num_format("#,##0_ ").set_align(FormatAlign::Right),
    }
}

/// The format of a sum below the table.
pub(super) fn total(kind: CellType) -> Format {
    body(kind, false).set_bold().set_background_color(GREY)
}

fn ruled(format: Format) -> Format {
    format.set_border(FormatBorder::Thin).set_border_color(RULE)
}
