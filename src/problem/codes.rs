//! The codes and their pages.
//!
//! 01xx reading YAML · 02xx expressions · 03xx forms · 04xx browser · 05xx reading paper · 06xx files and workbooks ·
//! 07xx running · 08xx audit and store · 09xx the program itself.

/// A code and its page in Japanese: the title in its first line, then what happened, why, the repair, an example.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// `SHK0101`.
    pub code: &'static str,
    /// The page, Markdown.
    pub page: &'static str,
}

/// The page of one code; the file has the code's name.
macro_rules! pages {
    ($($code:literal)*) => {
        &[$(Code { code: $code, page: include_str!(concat!("pages/", $code, ".md")) }),*]
    };
}

/// Every code, sorted.
pub const CODES: &[Code] = pages! {
    "SHK0101"
};

/// The page of a code, for `shoki explain`.
#[must_use]
pub fn explain(code: &str) -> Option<&'static str> {
    CODES.iter().find(|c| c.code.eq_ignore_ascii_case(code)).map(|c| c.page)
}

/// The title of a code: the first line of its page.
#[must_use]
pub fn title(code: &str) -> Option<&'static str> {
    let first = explain(code)?.lines().next()?;
    first.split_once(' ').and_then(|(_, rest)| rest.split_once(' ')).map(|(_, title)| title)
}
