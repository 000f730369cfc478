//! What may stand in a column, and how a value of a run becomes a cell.

use super::shown::decimal;
use crate::text::{
    money::parse_yen,
    numeral::without_commas,
    width::{fold_width, is_dash, is_space},
};
use jiff::civil::{Date, date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use std::borrow::Cow;

/// The first day whose number Excel and the calendar agree on; it believes in a 29 February 1900.
const FIRST_SAFE_DAY: Date = date(1900, 3, 1);

/// The day before the first one of a sheet, which counts in days.
const DAY_ZERO: Date = date(1899, 12, 30);

/// From here on Excel's floating point no longer keeps every digit.
const EXACT_INTEGERS: u64 = 1 << 53;

/// Below this a number with the fifteen digits of Excel has all its whole ones.
const FIFTEEN_DIGITS: f64 = 1e15;

/// What stands in a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CellType {
    /// Text as it is: leading zeros stay, and nothing is ever a formula.
    #[default]
    Text,
    /// A date, shown as 2026/04/01.
    Date,
    /// A date, shown as R8.4.1.
    Wareki,
    /// A whole number.
    Integer,
    /// Yen, shown as 12,345.
    Money,
    /// A number with up to two decimals, shown as 7.5.
    Decimal,
    /// 1, 2, 3 … from top to bottom; takes no value.
    Counter,
}

/// A column of a ledger.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// What stands above it.
    pub title: String,
    /// What stands in it.
    pub kind: CellType,
    /// How wide it may become at most, in half-width characters; none: as wide as the page lets it.
    pub width: Option<f64>,
    /// A formula of the scenario's author, with `[title]` for the cell of that column in the same row; the row's value stands
    /// in the cell until a program recalculates, and nothing where the row has none.
    pub formula: Option<String>,
    /// Whether its sum stands below the table. No word may stand in such a column: it would be missing in the sum.
    pub total: bool,
    /// When reading: whether the table may lack it.
    pub optional: bool,
}

/// What is written into one cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text as it is.
    Text(String),
    /// A date.
    Day(Date),
    /// A whole number.
    Number(i64),
    /// A number.
    Decimal(f64),
}

impl Cell {
    /// The cell for a value in a column of that type, in that line (from 1). What does not fit the type stays text, so that no
    /// line is lost.
    #[must_use]
    pub fn of(value: &Value, kind: CellType, number: i64) -> Self {
        let text = plain(value);
        let typed = match kind {
            CellType::Counter => return Self::Number(number),
            CellType::Text => None,
            CellType::Date | CellType::Wareki => {
                text.parse().ok().filter(|d| *d >= FIRST_SAFE_DAY).map(Self::Day)
            }
            CellType::Integer | CellType::Money => whole_number(&text).map(Self::Number),
            CellType::Decimal => {
                fraction(&text).or_else(|| Self::Number(whole_number(&text)?).number()).map(Self::Decimal)
            }
        };
        match typed {
            Some(cell) => cell,
            None if text.is_empty() => Self::Empty,
            None => Self::Text(text),
        }
    }

    /// Its text, where it has one.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Its number, where it has one.
    pub(super) const fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "numbers of a workbook are kept below 2^53")]
            Self::Number(n) => Some(*n as f64),
            Self::Decimal(n) => Some(*n),
            Self::Empty | Self::Text(_) | Self::Day(_) => None,
        }
    }

    /// What a formula in its place shows until a program calculates it; empty where nothing is known of that.
    pub(super) fn until_calculated(&self) -> String {
        match self {
            Self::Empty => String::new(),
            // The library would write a word that reads like a number as one.
            Self::Text(text) if text.parse::<f64>().is_ok() => String::new(),
            Self::Text(text) => text.clone(),
            Self::Day(day) => (*day - DAY_ZERO).get_days().to_string(),
            Self::Number(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
        }
    }

    /// How it is shown, for measuring.
    pub(super) fn shown(&self, kind: CellType) -> Cow<'_, str> {
        match self {
            Self::Empty => "".into(),
            Self::Text(text) => text.into(),
            Self::Day(_) if kind == CellType::Wareki => "R99.12.31".into(),
            Self::Day(_) => "2026/04/01".into(),
            Self::Number(n) if kind == CellType::Money => with_commas(*n).into(),
            Self::Number(n) => n.to_string().into(),
            Self::Decimal(n) => format!("{n:.2}").into(),
        }
    }
}

/// A value as a person writes it: a circle for true, words with 、 between.
fn plain(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => "○".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join("、"),
        Value::Number(number) => figures(number),
        Value::Object(_) => value.to_string(),
    }
}

/// A number as a person writes it: `15` for the 15.0 of a calculation, and no digit that Excel would not keep.
#[must_use]
pub fn figures(number: &Number) -> String {
    match number.as_f64() {
        // Zero is added because a calculation may also give -0.
        Some(float) if number.is_f64() && float.abs() < FIFTEEN_DIGITS => decimal(float + 0.0),
        _ => number.to_string(),
    }
}

/// A whole number as people write it: `1,234`, `９００`, `△300円`.
fn whole_number(text: &str) -> Option<i64> {
    let written = || one_number(text).and_then(|n| parse_yen(n.strip_prefix('+').unwrap_or(&n)).ok());
    let number = text.trim().parse().ok().or_else(written);
    number.filter(|n: &i64| n.unsigned_abs() < EXACT_INTEGERS)
}

/// A number with a fraction: `7.5`, `△１，２３４．５`.
fn fraction(text: &str) -> Option<f64> {
    let minus = |c: char| matches!(c, '▲' | '△') || is_dash(c);
    let plain = one_number(text)?.replacen(minus, "-", 1);
    without_commas(&plain)?.parse().ok().filter(|n: &f64| n.is_finite())
}

/// A text in half width; none where no digit or two numbers may stand in it (`○`, `3,4`, `3 4`).
fn one_number(text: &str) -> Option<String> {
    let folded = fold_width(text.trim());
    let figures: String = folded.chars().filter(|c| c.is_ascii_digit() || matches!(c, ',' | '.')).collect();
    let one = !figures.is_empty() && without_commas(&figures).is_some() && !folded.contains(is_space);
    one.then_some(folded)
}

fn with_commas(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    format!("{}{}", if number < 0 { "-" } else { "" }, groups.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_stays_text_whatever_it_looks_like() {
        for text in ["0123", "=1+1", "+81", "1E5", "2026-04-01", "@x", "𠮷野"] {
            assert_eq!(Cell::of(&json!(text), CellType::Text, 1), Cell::Text(text.to_owned()));
        }
        assert_eq!(
            Cell::of(&json!(["転入", "転居"]), CellType::Text, 1),
            Cell::Text("転入、転居".to_owned())
        );
        assert_eq!(Cell::of(&json!(true), CellType::Text, 1), Cell::Text("○".to_owned()));
        assert_eq!(Cell::of(&json!(""), CellType::Text, 1), Cell::Empty);
    }

    #[test]
    fn a_value_that_does_not_fit_its_column_stays_text() {
        let day = |text: &str| Cell::of(&json!(text), CellType::Date, 1);
        assert_eq!(day("2026-04-01"), Cell::Day(date(2026, 4, 1)));
        assert_eq!(day("1900-02-28"), Cell::Text("1900-02-28".to_owned()));
        assert_eq!(day("不詳"), Cell::Text("不詳".to_owned()));
        let money = |value: Value| Cell::of(&value, CellType::Money, 1);
        assert_eq!(money(json!("1,234,567")), Cell::Number(1_234_567));
        assert_eq!(money(json!(1234.5)), Cell::Text("1234.5".to_owned()));
        assert_eq!(money(json!(-1200)).shown(CellType::Money), "-1,200");
        assert_eq!(money(json!("9007199254740993")), Cell::Text("9007199254740993".to_owned()));
        assert_eq!(Cell::of(&Value::Null, CellType::Counter, 7), Cell::Number(7));
        assert_eq!(Cell::of(&json!(7.5), CellType::Decimal, 1), Cell::Decimal(7.5));
        assert_eq!(Cell::of(&json!("NaN"), CellType::Decimal, 1), Cell::Text("NaN".to_owned()));
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for (text, number) in [
            ("９００", 900),
            ("△300", -300),
            ("▲１，２００円", -1200),
            ("￥12,300-", 12_300),
            ("-1,234", -1234),
            ("+1,234", 1234),
            (" 5 ", 5),
        ] {
            for kind in [CellType::Money, CellType::Integer] {
                assert_eq!(Cell::of(&json!(text), kind, 1), Cell::Number(number), "{text}");
            }
        }
        for (text, number) in [("△１，２３４．５", -1234.5), ("７．５", 7.5), ("300円", 300.0), ("-.5", -0.5)]
        {
            assert_eq!(Cell::of(&json!(text), CellType::Decimal, 1), Cell::Decimal(number), "{text}");
        }
        for text in ["未定", "3,4", "3 4", "1,23", "12円50", "1-2", "△", "円", "○", "三"] {
            for kind in [CellType::Money, CellType::Integer, CellType::Decimal] {
                assert_eq!(Cell::of(&json!(text), kind, 1), Cell::Text(text.to_owned()), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_formula_shows_what_the_line_says_and_else_nothing() {
        let shown = |value: Value, kind| Cell::of(&value, kind, 1).until_calculated();
        assert_eq!(shown(json!(12), CellType::Money), "12");
        assert_eq!(shown(json!(2.75), CellType::Decimal), "2.75");
        assert_eq!(shown(json!("2026-04-01"), CellType::Date), "46113");
        assert_eq!(shown(json!("山田"), CellType::Text), "山田");
        for nothing in [Value::Null, json!("nan"), json!("0101")] {
            assert_eq!(shown(nothing, CellType::Text), "");
        }
    }

    #[test]
    fn a_whole_number_out_of_a_calculation_is_one() {
        for kind in [CellType::Money, CellType::Integer] {
            for value in [json!(15_000), json!(15_000.0), json!(7.5 * 2000.0), json!(15_000.000_000_000_002)]
            {
                assert_eq!(Cell::of(&value, kind, 1), Cell::Number(15_000), "{value}");
            }
            assert_eq!(Cell::of(&json!(-0.0), kind, 1), Cell::Number(0));
        }
        let text = |value: Value| Cell::of(&value, CellType::Text, 1);
        for (value, shown) in [
            (json!(15.0), "15"),
            (json!(-0.0), "0"),
            (json!(0.1 + 0.2), "0.3"),
            (json!([1.0, 2.5]), "1、2.5"),
        ] {
            assert_eq!(text(value), Cell::Text(shown.to_owned()));
        }
        assert_eq!(text(json!(u64::MAX)), Cell::Text(u64::MAX.to_string()));
    }
}
