//! Reads expressions as far as needed to know their names: where each `${{ }}` is, what it refers to, what it calls.

use super::{ExprError, ExprFault, functions};
use std::ops::Range;

/// A name that an expression uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `照会.宛名番号` as its parts; a number in brackets is a part too.
    pub path: Vec<String>,
    /// Where, in bytes of the text that was given.
    pub at: Range<usize>,
    /// The place of each part, in bytes of the text that was given.
    pub parts: Vec<Range<usize>>,
}

/// One piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as it is.
    Text(Range<usize>),
    /// The inside of a `${{ }}`.
    Hole(Range<usize>),
}

/// A word of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Text,
    Number,
    Sign,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Token<'_> {
    pub(super) fn at(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// Words with a meaning of their own.
pub(super) const KEYWORDS: &[&str] =
    &["and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"];

/// The longest expression, in words; the evaluator recurses over them.
const LONGEST: usize = 500;

/// The longest text with expressions in it, in bytes.
const LONGEST_TEXT: usize = 20_000;

/// Signs of two characters.
const DOUBLE: &[&str] = &["==", "!=", "<=", ">=", "//", "**", "}}"];

/// Signs of one character.
const SINGLE: &str = "=+-*/%<>=()[]{},.:|~";

/// Whether a text can be a name in an expression.
#[must_use]
pub fn is_name(text: &str) -> bool {
    name_length(text) == text.len() && !text.is_empty() && !KEYWORDS.contains(&text)
}

/// The length of the name at the beginning of a text.
fn name_length(text: &str) -> usize {
    let begins = |c: char| c == '_' || c.is_alphabetic();
    let goes_on = |c: char| begins(c) || c.is_numeric() && c.is_alphanumeric() && !is_circled(c);
    let mut length = 0;
    for (at, c) in text.char_indices() {
        if !(if at == 0 { begins(c) } else { goes_on(c) }) {
            return at;
        }
        length = at + c.len_utf8();
    }
    length
}

/// Digits such as ① that look like part of a name and are not.
fn is_circled(c: char) -> bool {
    matches!(c, '\u{2460}'..='\u{24ff}' | '\u{2776}'..='\u{2793}' | '\u{3220}'..='\u{32ff}' | '²' | '³' | '¹' | '¼'..='¾')
}

/// The next word of `text` from `from`; none at its end.
fn next_token(text: &str, from: usize) -> Result<Option<Token<'_>>, ExprError> {
    let rest = &text[from..];
    let start = from + (rest.len() - rest.trim_start().len());
    let rest = &text[start..];
    let Some(first) = rest.chars().next() else { return Ok(None) };
    let token = |kind, length| Ok(Some(Token { kind, text: &rest[..length], start }));
    if first == '"' || first == '\'' {
        return match closing_quote(rest, first) {
            Some(length) => token(Kind::Text, length),
            None => Err(syntax(start..start + 1, "引用符が閉じていません")),
        };
    }
    if first.is_ascii_digit() {
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        return token(Kind::Number, length);
    }
    if let Some(sign) = DOUBLE.iter().find(|s| rest.starts_with(**s)) {
        return token(Kind::Sign, sign.len());
    }
    if SINGLE.contains(first) {
        return token(Kind::Sign, 1);
    }
    match name_length(rest) {
        0 => Err(strange(first, start)),
        length => token(Kind::Name, length),
    }
}

/// A character that has no place in an expression.
fn strange(found: char, start: usize) -> ExprError {
    let error = syntax(start..start + found.len_utf8(), format!("式の中に「{found}」は書けません"));
    match narrow(found) {
        Some(narrow) => error.with_help(format!("全角の「{found}」を半角の「{narrow}」に直します")),
        None if found == '&' => error.with_help("「かつ」は and と書きます"),
        None if found == '!' => error.with_help("「でない」は not と書きます"),
        None => error,
    }
}

/// The ASCII character for which a full-width one was probably typed.
pub(crate) fn narrow(wide: char) -> Option<char> {
    match wide {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(wide) - 0xfee0),
        '“' | '”' | '〝' | '〟' => Some('"'),
        '‘' | '’' => Some('\''),
        '、' => Some(','),
        '。' => Some('.'),
        '【' => Some('['),
        '】' => Some(']'),
        '\u{3000}' => Some(' '),
        _ => None,
    }
}

/// The length of the quoted text at the beginning of `text`, quotes included.
fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at + 1)
    })
}

fn syntax(at: Range<usize>, message: impl Into<String>) -> ExprError {
    ExprError::new(ExprFault::Syntax, at, message)
}

/// The words of one expression without its `${{ }}`.
pub(super) fn words(expression: &str) -> Result<Vec<Token<'_>>, ExprError> {
    tokens(expression, 0, false).map(|(tokens, _)| tokens)
}

/// The words of an expression from `from` to its end: the end of the text, or, inside a `${{`, its `}}`.
/// Gives the place after the last word and whether a `}}` was found.
fn tokens(text: &str, from: usize, inside: bool) -> Result<(Vec<Token<'_>>, usize), ExprError> {
    let (mut all, mut at, mut open) = (Vec::new(), from, 0_usize);
    while let Some(token) = next_token(text, at)? {
        let mut token = token;
        // `}}` closes two maps when two are open, one when one is, else the hole.
        if token.text == "}}" && (open > 0 || !inside) {
            token.text = &token.text[..1];
        }
        match token.text {
            "}}" => return Ok((all, token.start)),
            "{" => open += 1,
            "}" => open = open.saturating_sub(1),
            _ => {}
        }
        at = token.at().end;
        all.push(token);
        if all.len() > LONGEST {
            let error = ExprError::new(ExprFault::Refused, from..at, "式が長すぎます");
            return Err(error.with_help("value.set で途中の値に名前を付け、式を分けます"));
        }
    }
    if inside {
        let error = syntax(from - 3..from, "${{ が }} で閉じられていません");
        return Err(error.with_help("式のあとに }} を書きます"));
    }
    Ok((all, text.len()))
}

/// The pieces of a text.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, ExprError> {
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(found) = text[at..].find("${{") {
        let open = at + found;
        if text.len() > LONGEST_TEXT {
            let error = ExprError::new(ExprFault::Refused, open..open + 3, "式の入った文が長すぎます");
            return Err(error.with_help("文を分けます"));
        }
        if open > at {
            all.push(Piece::Text(at..open));
        }
        let (_, end) = tokens(text, open + 3, true)?;
        all.push(Piece::Hole(open + 3..end));
        at = end + 2;
    }
    if at < text.len() {
        all.push(Piece::Text(at..text.len()));
    }
    Ok(all)
}

/// The insides of the `${{ }}` of a text, in bytes; none where it cannot be read.
#[must_use]
pub fn holes(text: &str) -> Vec<Range<usize>> {
    let all = pieces(text).unwrap_or_default();
    all.into_iter().filter_map(|piece| if let Piece::Hole(at) = piece { Some(at) } else { None }).collect()
}

/// The inside of a text that is one `${{ }}` and nothing else: its value keeps its kind.
#[must_use]
pub fn whole(text: &str) -> Option<&str> {
    let [at] = &holes(text)[..] else { return None };
    let alone = text[..at.start - 3].trim().is_empty() && text[at.end + 2..].trim().is_empty();
    alone.then(|| &text[at.clone()])
}

/// The names used by the `${{ }}` of a text. Reads each expression, so that every mistake in it is found.
///
/// # Errors
/// The first mistake: syntax, an unknown function, something refused.
pub fn references(text: &str) -> Result<Vec<Reference>, ExprError> {
    let mut all = Vec::new();
    for piece in pieces(text)? {
        if let Piece::Hole(at) = piece {
            let inside = references_in(&text[at.clone()]).map_err(|e| e.moved(at.start))?;
            all.extend(inside.into_iter().map(|r| r.moved(at.start)));
        }
    }
    Ok(all)
}

/// The names used by one expression without its `${{ }}`.
///
/// # Errors
/// The first mistake in it.
pub fn references_in(expression: &str) -> Result<Vec<Reference>, ExprError> {
    let (tokens, _) = tokens(expression, 0, false)?;
    if tokens.is_empty() {
        let error = syntax(0..expression.len(), "式がありません");
        return Err(error.with_help("${{ と }} の間に、使う値の名前を書きます。例: ${{ 確認.氏名 }}"));
    }
    check_calls(&tokens)?;
    super::evaluate::compiles(expression)?;
    Ok(names(&tokens))
}

/// Whether an expression without its `${{ }}` can be read and calls only what exists.
///
/// # Errors
/// The first mistake in it.
pub fn check_expression(expression: &str) -> Result<(), ExprError> {
    references_in(expression).map(|_| ())
}

/// The sign at a place of the list, or the empty text.
fn sign<'a>(tokens: &[Token<'a>], index: Option<usize>) -> &'a str {
    index.and_then(|i| tokens.get(i)).filter(|t| t.kind == Kind::Sign).map_or("", |t| t.text)
}

/// Whether the word at a place is a number.
fn number(tokens: &[Token<'_>], index: Option<usize>) -> bool {
    index.and_then(|i| tokens.get(i)).is_some_and(|t| t.kind == Kind::Number)
}

/// Whether the word before is `is`, or `is not`.
fn follows_is(tokens: &[Token<'_>], index: usize) -> bool {
    let word = |back: usize| index.checked_sub(back).map_or("", |i| tokens[i].text);
    word(1) == "is" || word(1) == "not" && word(2) == "is"
}

/// Refuses calls of what does not exist, methods, and division with a fraction.
fn check_calls(tokens: &[Token<'_>]) -> Result<(), ExprError> {
    for (index, token) in tokens.iter().enumerate() {
        let before = sign(tokens, index.checked_sub(1));
        let called = sign(tokens, Some(index + 1)) == "(";
        match token.kind {
            Kind::Sign if token.text == "/" => {
                let error = ExprError::new(
                    ExprFault::Refused,
                    token.at(),
                    "割り算「/」は端数が正確でないため使えません",
                );
                return Err(error.with_help("切り捨ての割り算「//」を使います"));
            }
            Kind::Sign
                if token.text == "."
                    && number(tokens, index.checked_sub(1))
                    && number(tokens, Some(index + 1)) =>
            {
                let error = ExprError::new(
                    ExprFault::Refused,
                    token.start - tokens[index - 1].text.len()..tokens[index + 1].at().end,
                    "小数は計算で端数が正確でなくなるため、そのままでは使えません",
                );
                return Err(error.with_help("'0.1' のように引用符で囲み、「| times('0.1')」で掛けます"));
            }
            Kind::Sign if token.text == "=" && !names_argument(tokens, index) => {
                return Err(syntax(token.at(), "ここに「=」は書けません")
                    .with_help("等しいかを比べるには「==」と書きます"));
            }
            Kind::Name if before == "|" => known(token, functions::filter_names(), "フィルター")?,
            Kind::Name if follows_is(tokens, index) && token.text != "not" => {
                known(token, functions::test_names(), "判定")?;
            }
            Kind::Name if called && before == "." => {
                let message = format!("「{}」を呼び出すことはできません", token.text);
                return Err(ExprError::new(ExprFault::Refused, token.at(), message)
                    .with_help("使える関数は `shoki explain SHK0204` で分かります"));
            }
            Kind::Name if called && !KEYWORDS.contains(&token.text) => {
                known(token, functions::function_names(), "関数")?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether the `=` at a place names an argument: `sort(attribute='n')`.
fn names_argument(tokens: &[Token<'_>], index: usize) -> bool {
    let name = index.checked_sub(1).is_some_and(|i| tokens[i].kind == Kind::Name);
    name && matches!(sign(tokens, index.checked_sub(2)), "(" | ",")
}

/// That a called word exists.
fn known(token: &Token<'_>, names: Vec<&'static str>, kind: &str) -> Result<(), ExprError> {
    if names.contains(&token.text) {
        return Ok(());
    }
    let message = format!("「{}」という{kind}はありません", token.text);
    let error = ExprError::new(ExprFault::UnknownFunction, token.at(), message);
    Err(match crate::problem::closest(token.text, names) {
        Some(near) => error.with_help(format!("もしかして「{near}」ですか")),
        None => error.with_help("使える関数は `shoki explain SHK0204` で分かります"),
    })
}

/// The references among the words.
fn names(tokens: &[Token<'_>]) -> Vec<Reference> {
    let mut all = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let after = sign(tokens, Some(index + 1));
        let free = token.kind == Kind::Name
            && !KEYWORDS.contains(&token.text)
            && !matches!(sign(tokens, index.checked_sub(1)), "." | "|")
            && !follows_is(tokens, index)
            && !matches!(after, "(" | "=");
        if free {
            all.push(path_from(tokens, index));
        }
    }
    all
}

/// The path that begins at a word: `.name`, `['name']`, `[0]` are followed.
fn path_from(tokens: &[Token<'_>], first: usize) -> Reference {
    let (mut path, mut parts) = (vec![tokens[first].text.to_owned()], vec![tokens[first].at()]);
    let mut index = first + 1;
    let mut end = tokens[first].at().end;
    loop {
        let next = tokens.get(index + 1).copied();
        match (sign(tokens, Some(index)), next) {
            (".", Some(name)) if name.kind == Kind::Name => {
                path.push(name.text.to_owned());
                parts.push(name.at());
                index += 2;
                end = name.at().end;
            }
            ("[", Some(key)) if key.kind != Kind::Name && sign(tokens, Some(index + 2)) == "]" => {
                let bare = key.text.trim_matches(['\'', '"']);
                path.push(bare.to_owned());
                parts.push(key.at());
                end = tokens[index + 2].at().end;
                index += 3;
            }
            _ => return Reference { path, at: parts[0].start..end, parts },
        }
    }
}

impl Reference {
    /// The same reference when the text it is in begins at `by` of another.
    fn moved(mut self, by: usize) -> Self {
        self.at = self.at.start + by..self.at.end + by;
        for part in &mut self.parts {
            *part = part.start + by..part.end + by;
        }
        self
    }
}
