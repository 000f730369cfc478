//! A text file and the places in it.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// A text file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file as the person named it.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// The byte where each line begins. Made when a place is asked for: a file may have a thousand Problems.
    lines: OnceLock<Vec<usize>>,
}

/// Where something stands in a file. Lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line where it begins.
    pub line: usize,
    /// The column where it begins.
    pub column: usize,
    /// The line where it ends.
    pub end_line: usize,
    /// The column after its last character.
    pub end_column: usize,
}

impl Source {
    /// The text of the file at `path`.
    pub fn new(path: impl AsRef<Path>, text: impl Into<String>) -> Self {
        Self { path: path.as_ref().to_path_buf(), text: text.into(), lines: OnceLock::new() }
    }

    /// The bytes where lines begin.
    fn lines(&self) -> &[usize] {
        let begins = || [0].into_iter().chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.lines.get_or_init(begins)
    }

    /// `span` moved so that it lies inside the text and cuts no character.
    #[must_use]
    pub fn within(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.text.floor_char_boundary(span.start.min(self.text.len()));
        let end = self.text.ceil_char_boundary(span.end.clamp(start, self.text.len()));
        start..end
    }

    /// The lines and columns of a range of bytes.
    #[must_use]
    pub fn place(&self, span: &Range<usize>) -> Place {
        let span = self.within(span);
        let (line, column) = self.line_column(span.start);
        let (end_line, end_column) = self.line_column(span.end);
        Place { line, column, end_line, end_column }
    }

    /// The line and the column of a byte, both from 1.
    fn line_column(&self, byte: usize) -> (usize, usize) {
        let line = self.lines().partition_point(|begin| *begin <= byte);
        let before = &self.text[self.lines()[line - 1]..byte];
        // The mark at the beginning of a file is no character that an editor counts.
        (line, before.trim_start_matches('\u{feff}').chars().count() + 1)
    }

    /// The byte at a line and a column, both from 1 and the column in characters; past the end: the end.
    #[must_use]
    pub fn byte_at(&self, line: usize, column: usize) -> usize {
        let begin = self.lines().get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let rest = &self.text[begin..];
        let at = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
        begin + at
    }

    /// The whole lines that `span` touches, as bytes without the last newline, and the number of the first from 1.
    #[must_use]
    pub fn lines_of(&self, span: &Range<usize>) -> (Range<usize>, usize) {
        let span = self.within(span);
        let begin = self.text[..span.start].rfind('\n').map_or(0, |n| n + 1);
        let end = self.text[span.end..].find('\n').map_or(self.text.len(), |n| span.end + n);
        (begin..end, self.line_column(span.start).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new("a.yaml", "x: 1\n氏名: 髙橋\n");
        let at = source.text.find("髙").map_or(0, |at| at);
        let place = source.place(&(at..at + 6));
        assert_eq!(place, Place { line: 2, column: 5, end_line: 2, end_column: 7 });
        assert_eq!(source.byte_at(2, 5), at);
        assert_eq!(source.lines_of(&(at..at)), (5..source.text.len() - 1, 2));
    }

    #[test]
    fn a_place_outside_is_moved_inside() {
        let source = Source::new("a.yaml", "氏名");
        assert_eq!(source.within(&(1..100)), 0..6);
        assert_eq!(source.within(&std::ops::Range { start: 50, end: 40 }), 6..6);
        assert_eq!(source.byte_at(9, 9), 6);
    }
}
