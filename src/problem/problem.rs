//! One mistake with its place and its repair.

use super::{Place, Source};
use serde_json::{Value, json};
use std::{fmt, ops::Range, path::Path, sync::Arc};

/// A mistake in a file that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The number under which `shoki explain` knows it: `SHK0101`.
    pub code: &'static str,
    /// What is wrong, one sentence in Japanese.
    pub message: String,
    /// The file.
    pub source: Arc<Source>,
    /// Where, in bytes.
    pub span: Range<usize>,
    /// What is said beside the caret; may be empty.
    pub label: String,
    /// How to repair it.
    pub help: Option<String>,
}

impl Problem {
    /// A mistake at `span` of `source`.
    pub fn new(
        code: &'static str,
        source: &Arc<Source>,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            source: Arc::clone(source),
            span,
            label: String::new(),
            help: None,
        }
    }

    /// A mistake about a file as a whole, e.g. that it cannot be read.
    pub fn of_file(code: &'static str, path: impl AsRef<Path>, message: impl Into<String>) -> Self {
        Self::new(code, &Arc::new(Source::new(path, "")), 0..0, message)
    }

    /// Says something beside the caret.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says how to repair it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Where it is, in lines and columns.
    #[must_use]
    pub fn place(&self) -> Place {
        self.source.place(&self.span)
    }

    /// The entry of `lint --format json`.
    #[must_use]
    pub fn json(&self) -> Value {
        let place = self.place();
        json!({
            "code": self.code,
            "message": self.message,
            "help": self.help,
            "file": self.source.path.display().to_string(),
            "line": place.line,
            "column": place.column,
            "end_line": place.end_line,
            "end_column": place.end_column,
        })
    }
}

/// `file:line:column: message`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place();
        write!(f, "{}:{}:{}: {}", self.source.path.display(), place.line, place.column, self.message)
    }
}

/// The word of `words` that was probably meant by `written`, if one is near enough.
#[must_use]
pub fn closest<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = written.chars().count();
    let limit = (length.div_ceil(3)).clamp(1, 3);
    words
        .into_iter()
        .map(|word| (strsim::osa_distance(&written.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, word)| {
            *distance <= limit && (length > 1 || *distance == 0 || word.chars().count() > 1)
        })
        .filter(|(distance, word)| *distance < length.max(word.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_documented_keys() {
        let source = Arc::new(Source::new("s.yaml", "a: 1\n氏名: x\n"));
        let json = Problem::new("SHK0101", &source, 5..11, "だめです").with_help("こう直します").json();
        assert_eq!(
            json,
            json!({"code": "SHK0101", "message": "だめです", "help": "こう直します", "file": "s.yaml",
                   "line": 2, "column": 1, "end_line": 2, "end_column": 3})
        );
    }

    #[test]
    fn a_near_word_is_found_and_a_far_one_is_not() {
        assert_eq!(closest("ocr.from", ["ocr.form", "excel.read"]), Some("ocr.form"));
        assert_eq!(closest("宛名番合", ["宛名番号", "氏名"]), Some("宛名番号"));
        assert_eq!(closest("完全に別", ["宛名番号", "氏名"]), None);
        assert_eq!(closest("氏", ["名"]), None);
    }
}
