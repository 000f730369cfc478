//! Values out of the lines of a table, whatever a workbook or a CSV made of them.

use crate::{rules::Ratio, step::Failure, text::money};
use serde_json::{Map, Value};

/// One line of a table.
pub(super) type Line = Map<String, Value>;

/// A value as text: nothing for null, a circle for true.
pub(super) fn text(line: &Line, key: &str) -> String {
    line.get(key).map(plain).unwrap_or_default()
}

/// A value as text where the line has such a column.
pub(super) fn text_if_there(line: &Line, key: &str) -> Option<String> {
    line.get(key).map(plain)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Bool(true) => "○".to_owned(),
        Value::Null | Value::Bool(false) => String::new(),
        Value::Number(number) => whole_text(number),
        Value::Array(all) => all.iter().map(plain).collect::<Vec<_>>().join("、"),
        Value::Object(_) => value.to_string(),
    }
}

/// `7` for 7.0, as workbooks keep whole numbers.
fn whole_text(number: &serde_json::Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// An amount in yen; nothing written is none.
pub(super) fn yen(line: &Line, key: &str) -> Result<Option<i64>, String> {
    match text(line, key) {
        t if t.is_empty() => Ok(None),
        t => money::parse_yen(&t).map(Some).map_err(|e| format!("「{key}」: {e}")),
    }
}

/// A number; nothing written is none.
pub(super) fn number(line: &Line, key: &str) -> Result<Option<Ratio>, String> {
    match crate::text::width::fold_width(&text(line, key)) {
        t if t.is_empty() => Ok(None),
        t => Ratio::parse(&t).map(Some).ok_or_else(|| format!("「{key}」を数として読めません")),
    }
}

/// A whole number from zero on; nothing written is none.
pub(super) fn count(line: &Line, key: &str) -> Result<Option<u32>, String> {
    let wrong = || format!("「{key}」を 0 以上の整数として読めません");
    let Some(number) = number(line, key).map_err(|_| wrong())? else { return Ok(None) };
    let whole = u32::try_from(number.floor()).ok().filter(|_| number.is_whole());
    whole.map(Some).ok_or_else(wrong)
}

/// Lines as a value; nothing is copied.
pub(super) fn list(lines: Vec<Line>) -> Value {
    Value::Array(lines.into_iter().map(Value::Object).collect())
}

/// Lists and values by name; nothing is copied.
pub(super) fn table<const N: usize>(values: [(&str, Value); N]) -> Value {
    Value::Object(line(values))
}

/// All lines of a list that may hold lists of lines, as several files give them.
pub(super) fn flat(values: &[Value]) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    for value in values {
        match value {
            Value::Object(line) => lines.push(line.clone()),
            Value::Array(inner) => lines.extend(flat(inner)?),
            Value::Null => {}
            _ => return Err(Failure::stop("SHK0612", "表の行ではないものが一覧に入っています。")),
        }
    }
    Ok(lines)
}

/// A fault of one line: which table, which line, what.
pub(super) fn fault(table: &str, n: usize, why: &str) -> Failure {
    Failure::stop("SHK0612", format!("{table}の{n}行目: {why}。元の表を直してください。"))
}

/// A line out of names and values.
pub(super) fn line<const N: usize>(values: [(&str, Value); N]) -> Line {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
