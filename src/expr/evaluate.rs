//! Evaluates expressions and fills values with what they give.

use super::{
    ExprError, ExprFault, functions, order,
    scan::{self, Piece, pieces, references_in},
};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde_json::{Map, Value};
use std::{
    borrow::Cow,
    sync::{LazyLock, OnceLock},
};

/// Steps of the evaluator after which an expression is given up.
const FUEL: u64 = 100_000;

/// The one environment: strict about names, with our functions only.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    functions::register(&mut environment);
    order::register(&mut environment);
    environment
});

/// The names an expression may use, and their values.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    values: Map<String, Value>,
    built: OnceLock<minijinja::Value>,
}

impl Scope {
    /// These names.
    #[must_use]
    pub fn new(values: Map<String, Value>) -> Self {
        Self { values, built: OnceLock::new() }
    }

    /// Adds a name, or gives it another value.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        self.values.insert(name.into(), value);
        self.built = OnceLock::new();
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The names as the evaluator wants them, made once.
    fn built(&self) -> minijinja::Value {
        self.built.get_or_init(|| minijinja::value::Serde(&self.values).into()).clone()
    }
}

impl From<Map<String, Value>> for Scope {
    fn from(values: Map<String, Value>) -> Self {
        Self::new(values)
    }
}

/// Whether an expression can be read.
pub(super) fn compiles(expression: &str) -> Result<(), ExprError> {
    match ENVIRONMENT.compile_expression_owned(expression.to_owned()) {
        Ok(_) => Ok(()),
        Err(error) => Err(translated(&error, expression)),
    }
}

/// The value of one expression without its `${{ }}`.
///
/// # Errors
/// When it cannot be read, a name or key has no value, or a value does not fit what is done with it.
pub fn evaluate(expression: &str, scope: &Scope) -> Result<Value, ExprError> {
    let references = references_in(expression)?;
    let worked_out = |expression: &str| {
        let compiled = ENVIRONMENT.compile_expression_owned(expression.to_owned());
        compiled.and_then(|e| e.eval(scope.built()))
    };
    // What is wrong otherwise is told with its place; then whether everything compared has an order and no fraction is
    // calculated with.
    let result = worked_out(expression).and_then(|value| match order::looked_at(expression) {
        Some(written) => worked_out(&written),
        None => Ok(value),
    });
    let missing = |error: ExprError| missing_name(&references, scope).unwrap_or(error);
    match result {
        Ok(value) if value.is_undefined() => Err(missing(no_value(0..expression.len()))),
        Ok(value) => {
            let text = || {
                ExprError::new(ExprFault::Type, 0..expression.len(), "式の結果をデータとして書き表せません")
            };
            serde_json::to_value(value).map_err(|_| text())
        }
        Err(error) if error.kind() == ErrorKind::UndefinedError => {
            Err(missing(no_value(0..expression.len())))
        }
        Err(error) => Err(translated(&error, expression)),
    }
}

/// Whether a condition without its `${{ }}` holds. A null, as a left-out step gives it, does not.
///
/// # Errors
/// As [`evaluate`], and when the value is neither true nor false.
pub fn truth(expression: &str, scope: &Scope) -> Result<bool, ExprError> {
    match evaluate(expression, scope)? {
        Value::Bool(holds) => Ok(holds),
        Value::Null => Ok(false),
        _ => Err(ExprError::new(ExprFault::Type, 0..expression.len(), "条件が「はい・いいえ」になりません")
            .with_help("「照会.件数 == 1」のように比べる式にします")),
    }
}

/// A value with every `${{ }}` in its texts filled; lists and maps are walked, keys stay. A text that is one `${{ }}` and nothing
/// else keeps the type of its value. What was filled in is never read as an expression.
///
/// # Errors
/// The first mistake; its place counts in the text where it was made.
pub fn render(value: &Value, scope: &Scope) -> Result<Value, ExprError> {
    match value {
        Value::String(text) => render_text(text, scope),
        Value::Array(list) => list.iter().map(|v| render(v, scope)).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| Ok((k.clone(), render(v, scope)?))).collect(),
        other => Ok(other.clone()),
    }
}

/// A text that identifies something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The text.
    pub text: String,
    /// Some `${{ }}` in it gave nothing, so that what has nothing there bears the same.
    pub partial: bool,
}

/// A text that identifies something: as [`render`], what is no text as JSON; none where no `${{ }}` in it gives anything, for all
/// such would be the same.
///
/// # Errors
/// The first mistake.
pub fn render_key(text: &str, scope: &Scope) -> Result<Option<Key>, ExprError> {
    let pieces = pieces(text)?;
    if let Some(at) = alone(text, &pieces) {
        let text = match evaluate(&text[at.clone()], scope).map_err(|e| e.moved(at.start))? {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        return Ok(Some(Key { text, partial: false }).filter(|key| !key.text.trim().is_empty()));
    }
    let (mut key, mut given) = (Key { text: String::new(), partial: false }, false);
    for piece in pieces {
        match piece {
            Piece::Text(at) => key.text += &text[at],
            Piece::Hole(at) => {
                let part = filled(text, &at, scope)?;
                let is_empty = part.trim().is_empty();
                given |= !is_empty;
                key.partial |= is_empty;
                key.text += &part;
            }
        }
    }
    Ok(given.then_some(key))
}

/// The only `${{ }}` of a text in which nothing else stands.
fn alone(text: &str, pieces: &[Piece]) -> Option<std::ops::Range<usize>> {
    let blank = |p: &Piece| matches!(p, Piece::Text(at) if text[at.clone()].trim().is_empty());
    let solid: Vec<&Piece> = pieces.iter().filter(|p| !blank(p)).collect();
    match solid[..] {
        [Piece::Hole(at)] => Some(at.clone()),
        _ => None,
    }
}

/// One text with its `${{ }}` filled.
fn render_text(text: &str, scope: &Scope) -> Result<Value, ExprError> {
    if !text.contains("${{") {
        return Ok(Value::String(text.to_owned()));
    }
    let pieces = pieces(text)?;
    if let Some(at) = alone(text, &pieces) {
        return evaluate(&text[at.clone()], scope).map_err(|e| e.moved(at.start));
    }
    let mut result = String::new();
    for piece in &pieces {
        match piece {
            Piece::Text(at) => result += &text[at.clone()],
            Piece::Hole(at) => result += &filled(text, at, scope)?,
        }
    }
    Ok(Value::String(result))
}

/// What the hole at `at` of `text` gives, as text.
fn filled(text: &str, at: &std::ops::Range<usize>, scope: &Scope) -> Result<String, ExprError> {
    let value = evaluate(&text[at.clone()], scope).map_err(|e| e.moved(at.start))?;
    match written(&value) {
        Some(written) => Ok(written.into_owned()),
        None => Err(ExprError::new(ExprFault::Type, at.clone(), "一覧や組を文の中に入れることはできません")
            .with_help("`| join('、')` で一つの文にするか、項目を一つ選びます")),
    }
}

/// A single value as text; none for lists and maps. Null is the empty text.
pub(super) fn written(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Null => Some(Cow::Borrowed("")),
        Value::Bool(flag) => Some(Cow::Owned(flag.to_string())),
        Value::Number(number) => Some(Cow::Owned(match number.as_f64() {
            // A workbook gives 3.0 where a person wrote 3.
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
                format!("{float:.0}")
            }
            _ => number.to_string(),
        })),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn no_value(at: std::ops::Range<usize>) -> ExprError {
    ExprError::new(ExprFault::Missing, at, "値がありません")
}

/// The first of the references that has no value.
fn missing_name(references: &[scan::Reference], scope: &Scope) -> Option<ExprError> {
    references.iter().find_map(|r| missing_part(r, scope))
}

/// The first part of a reference that has no value.
fn missing_part(reference: &scan::Reference, scope: &Scope) -> Option<ExprError> {
    let mut here = scope.get(&reference.path[0]);
    for (index, part) in reference.path.iter().enumerate() {
        let at = reference.parts[index].clone();
        if index > 0 {
            here = match here {
                Some(Value::Array(list)) => part.parse::<usize>().ok().and_then(|n| list.get(n)),
                Some(Value::Object(map)) => map.get(part),
                _ => None,
            };
        }
        if here.is_none() {
            let owner = reference.path[..index].join(".");
            let message = match index {
                0 => format!("「{part}」という名前はありません"),
                _ => format!("「{owner}」に「{part}」がありません"),
            };
            return Some(
                ExprError::new(ExprFault::Missing, at, message)
                    .with_help(format!("無いこともあるなら「{owner}.{part} | default('')」と書きます")),
            );
        }
    }
    None
}

/// A Japanese word where a sign of the language stands.
fn spoken(expression: &str) -> Option<ExprError> {
    let words = [("かつ", "and"), ("または", "or"), ("でない", "not"), ("ではない", "not")];
    words.into_iter().find_map(|(word, sign)| {
        let at = expression.find(&format!(" {word} "))? + 1;
        let message = format!("式の中に「{word}」は書けません");
        let error = ExprError::new(ExprFault::Syntax, at..at + word.len(), message);
        Some(error.with_help(format!("「{sign}」と書きます")))
    })
}

/// An evaluator's mistake in our words. Its own words may hold values, so they are never passed on.
fn translated(error: &minijinja::Error, expression: &str) -> ExprError {
    let range = error.range().filter(|r| r.end <= expression.len() && expression.is_char_boundary(r.start));
    let at = range.filter(|r| expression.is_char_boundary(r.end)).unwrap_or(0..expression.len());
    if let Some(ours) = error.detail().and_then(|d| d.strip_prefix(functions::OURS)) {
        return ExprError::new(ExprFault::Type, at, ours);
    }
    if let (ErrorKind::SyntaxError, Some(told)) = (error.kind(), spoken(expression)) {
        return told;
    }
    match error.kind() {
        ErrorKind::SyntaxError => ExprError::new(ExprFault::Syntax, at, "式の書き方が正しくありません")
            .with_help("かっこ、引用符、演算子の並びを確かめます。文字は '…' で囲みます"),
        ErrorKind::UnknownFilter
        | ErrorKind::UnknownFunction
        | ErrorKind::UnknownTest
        | ErrorKind::UnknownMethod => {
            ExprError::new(ExprFault::UnknownFunction, at, "そのような関数はありません")
        }
        ErrorKind::MissingArgument | ErrorKind::TooManyArguments => {
            ExprError::new(ExprFault::Type, at, "関数に渡す値の数が合いません")
                .with_help("使い方は `shoki explain SHK0204` で分かります")
        }
        ErrorKind::OutOfFuel => ExprError::new(ExprFault::Refused, at, "式が大きすぎて計算を打ち切りました"),
        _ => ExprError::new(ExprFault::Type, at, "値の種類が式に合いません")
            .with_help("文字と数、一覧と一つの値を取り違えていないか確かめます"),
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
