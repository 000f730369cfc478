//! How things look on a terminal.

use crate::{
    problem::{self, Problem},
    text::width,
};
use std::io::{IsTerminal, Write};

/// Writes to stdout; a closed pipe is no mistake.
pub fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(b"\n")).ok();
}

/// Writes a text to a file, or to stdout.
pub fn to(file: Option<&std::path::Path>, text: &str) -> super::Ended {
    let Some(file) = file else {
        out(text.trim_end());
        return Ok(super::GOOD);
    };
    std::fs::write(file, text)
        .map_err(|e| super::Stopped::technical(format!("{} に書き込めません: {e}", file.display())))?;
    Ok(super::GOOD)
}

/// Writes one JSON object to stdout.
pub fn json(value: &serde_json::Value) {
    out(&value.to_string());
}

/// Writes a sentence for the person to stderr.
pub fn error(message: &str) {
    let red = std::io::stderr().is_terminal();
    let head = if red { "\u{1b}[31m誤り\u{1b}[0m" } else { "誤り" };
    writeln!(std::io::stderr(), "{head}: {message}").ok();
}

/// Writes a remark for the person to stderr.
pub fn note(message: &str) {
    writeln!(std::io::stderr(), "{message}").ok();
}

/// All Problems, each with its place and a caret.
pub fn problems(problems: &[Problem]) -> String {
    problem::render(problems, std::io::stderr().is_terminal())
}

/// Text filled with blanks to `columns` of a terminal; a full-width character takes two.
pub fn fill(text: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(width::display_width(text));
    format!("{text}{}", " ".repeat(gap))
}

/// A table whose columns are as wide as their widest cell.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|c| rows.iter().filter_map(|r| r.get(c)).map(|t| width::display_width(t)).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(text, width)| fill(text, *width));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
