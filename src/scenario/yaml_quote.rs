//! What YAML takes otherwise than it was meant because of quotation marks that are missing, or are of the wrong kind; and full-width
//! blanks and colons that make one text of a key and its value.

use super::{
    tree::{Kind, Node},
    yaml_fault::wide_sign,
};
use crate::problem::{Problem, Source};
use std::{ops::Range, sync::Arc};

/// The letters that may stand behind a backslash in double quotes.
const ESCAPES: &str = "0abt\tnvfre \"/\\N_LP\n";
/// A longer text before a full-width colon is a sentence, no key.
const LONGEST_KEY: usize = 20;

/// A backslash in double quotes that YAML cannot read, as in `"C:\data"`, on the line where reading stopped.
pub(super) fn unescapable(source: &Arc<Source>, at: &Range<usize>) -> Option<Problem> {
    let (lines, _) = source.lines_of(at);
    let line = &source.text[lines.clone()];
    let mut quote = None;
    let mut letters = line.char_indices();
    while let Some((n, c)) = letters.next() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            ('\\', Some('"')) => {
                let (_, next) = letters.next()?;
                if !is_escape(&line[n + 1..], next) {
                    let place = lines.start + n..lines.start + n + 1 + next.len_utf8();
                    let what = format!("\" \" の中に「\\{next}」は書けません");
                    let problem = Problem::new("SHK0101", source, place, what).labelled("ここです");
                    return Some(
                        problem.with_help("\" ではなく ' で囲みます（' ' の中の \\ はただの文字です）"),
                    );
                }
            }
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

/// Whether what follows a backslash is a sign of YAML: a letter, or one with so many hexadecimal digits.
fn is_escape(rest: &str, letter: char) -> bool {
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return ESCAPES.contains(letter),
    };
    rest.chars().skip(1).take(digits).filter(char::is_ascii_hexdigit).count() == digits
}

/// An expression without quotes that YAML does not read as one text, on the line where reading stopped: inside of `{ }` or `[ ]`,
/// or with `: ` in it.
pub(super) fn bare_hole(source: &Arc<Source>, at: &Range<usize>) -> Option<Problem> {
    let (lines, _) = source.lines_of(at);
    let line = &source.text[lines.clone()];
    let (mut quote, mut depth, mut end) = (None, 0_usize, 0);
    for (n, c) in line.char_indices() {
        if n < end {
            continue;
        }
        let rest = &line[n..];
        match (c, quote) {
            ('#', None) if line[..n].ends_with(' ') => return None,
            // A quotation mark inside of a word is a letter.
            ('"' | '\'', None) if !line[..n].ends_with(char::is_alphanumeric) => quote = Some(c),
            ('$', None) if rest.starts_with("${{") => {
                let length = rest.find("}}").map_or(rest.len(), |close| close + 2);
                let hole = &rest[..length];
                if depth > 0 || hole.contains(": ") {
                    return Some(unquoted_hole(source, lines.start + n..lines.start + n + length, depth > 0));
                }
                end = n + length;
            }
            ('{' | '[', None) => depth += 1,
            ('}' | ']', None) => depth = depth.saturating_sub(1),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

fn unquoted_hole(source: &Arc<Source>, place: Range<usize>, inside: bool) -> Problem {
    let what = if inside {
        "{ } や [ ] の中の ${{ }} が引用符で囲まれていません"
    } else {
        "「: 」のある ${{ }} が引用符で囲まれていません"
    };
    Problem::new("SHK0101", source, place, what)
        .labelled("この式です")
        .with_help("\"${{ … }}\" のように引用符で囲みます（中に \" があるときは ' で囲みます）")
}

/// What was read without a fault and is not what was meant: `{{ … }}` without its `$`, which makes a map a key, and values that
/// begin with a full-width blank.
pub(super) fn unquoted(source: &Arc<Source>, tree: &Node, problems: &mut Vec<Problem>) {
    match &tree.kind {
        Kind::List(items) => items.iter().for_each(|item| unquoted(source, item, problems)),
        Kind::Map(entries) => {
            for (key, value) in entries {
                if matches!(key.kind, Kind::Map(_) | Kind::List(_)) {
                    problems.push(braces(source, key));
                } else {
                    unquoted(source, value, problems);
                }
            }
        }
        Kind::Text(_) => problems.extend(wide_begin(source, tree)),
        _ => {}
    }
}

fn braces(source: &Arc<Source>, key: &Node) -> Problem {
    let start = key.at.start;
    let sign = source.text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let what = "{ } や [ ] を項目の名前にすることはできません";
    Problem::new("SHK0101", source, start..start + sign, what)
        .labelled("ここです")
        .with_help("式は、$ を付けて引用符で囲み、\"${{ … }}\" と書きます")
}

/// A text without quotes that begins with a full-width blank, also behind the dash of a list.
fn wide_begin(source: &Arc<Source>, node: &Node) -> Option<Problem> {
    let raw = source.text.get(node.at.clone())?;
    let blank = raw.strip_prefix('-').unwrap_or(raw);
    let at = node.at.start + raw.len() - blank.len();
    let wide = blank.starts_with('\u{3000}') && !is_block(source, node.at.start);
    wide.then(|| wide_sign(source, at, '\u{3000}'))
}

/// Whether the text that begins at `start` stands in lines of its own below a `|` or `>`: there a paragraph may well begin with
/// a full-width blank.
fn is_block(source: &Arc<Source>, start: usize) -> bool {
    let head = source.text.get(..start).unwrap_or_default();
    let sign = head.trim_end();
    let line = sign.lines().next_back().unwrap_or_default();
    let code = line.split(" #").next().unwrap_or_default().trim_end();
    let code = code.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
    head[sign.len()..].contains('\n') && code.ends_with(['|', '>'])
}

/// The full-width colon, or the full-width blank behind a colon, that made one text of a key and its value.
pub(super) fn wide_separator(source: &Arc<Source>, node: &Node) -> Option<Problem> {
    let raw = source.text.get(node.at.clone()).filter(|_| matches!(node.kind, Kind::Text(_)))?;
    let (at, sign) = raw.lines().next()?.char_indices().find(|(_, c)| matches!(c, '：' | '\u{3000}'))?;
    let key = &raw[..at];
    let key = if sign == '：' { key } else { key.strip_suffix(':')? };
    let is_key = !key.is_empty()
        && key.chars().count() <= LONGEST_KEY
        && !key.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ':'));
    is_key.then(|| wide_sign(source, node.at.start + at, sign))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::tree;
    use crate::problem::Source;
    use std::sync::Arc;

    /// How many problems the reading of `text` finds.
    fn found(text: &str) -> usize {
        let (tree, problems) = tree::parse(&Arc::new(Source::new("t.yaml", text)));
        tree.unwrap();
        problems.len()
    }

    #[test]
    fn a_paragraph_may_begin_with_a_wide_blank_and_a_bare_value_may_not() {
        for text in [
            "本文: |\n  　お世話になっております。\n  　窓口：二番\n",
            "本文: |-\r\n  　お世話になっております。\r\n",
            "本文: >2-  # 　手紙\n  　折りたたみ\n",
            "一覧:\n  - |\n    　一つ目\n  - \"　二つ目\"\n  - '　三つ目'\n",
        ] {
            assert_eq!(found(text), 0, "{text}");
        }
        for text in ["本文: 　あ\n", "本文: [　あ, い]\n", "一覧:\n  - 　あ\n", "本文:\n  　あ\n"]
        {
            assert_eq!(found(text), 1, "{text}");
        }
    }
}
