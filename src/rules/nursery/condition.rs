//! When a line of a table of points holds: plain comparisons of facts, so that a table stays data.

use crate::{rules::Ratio, text::yes_no};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The facts of a parent, a child or a household: name → text, number, true or false.
pub type Facts = Map<String, Value>;

/// What must hold of the facts; all of it. Nothing written always holds.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// この名前の値が、この言葉か、この一覧のどれかである。
    pub is: BTreeMap<String, Words>,
    /// この名前の値が「はい」（true、○、有、1 など）である。「はい」とも「いいえ」とも読めない値は、要確認になります。
    pub yes: Vec<String>,
    /// この名前の値が「はい」でない。
    pub no: Vec<String>,
    /// この名前の数が、この数以上である。
    pub at_least: BTreeMap<String, Ratio>,
    /// この名前の数が、この数より小さい。
    pub below: BTreeMap<String, Ratio>,
}

/// One word or several.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(with = "Vec<String>")]
pub struct Words(Vec<String>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(d)?;
        Ok(Self(words.iter().map(|w| key(w)).collect()))
    }
}

/// What a condition finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It holds, because of this.
    Holds(String),
    /// It does not hold.
    Fails,
    /// A value that it needs is there but cannot be read as a number: a person must look.
    Unreadable(String),
    /// A value that it needs is there but says neither yes nor no: a person must look.
    Unclear(String),
}

impl Condition {
    /// Whether the facts fulfil it, and because of what.
    #[must_use]
    pub fn check(&self, facts: &Facts) -> Found {
        let mut because = Vec::new();
        for (name, words) in &self.is {
            let own = text(facts, name);
            if !words.0.contains(&key(&own)) {
                return Found::Fails;
            }
            because.push(format!("{name}＝{own}"));
        }
        let flags = self.yes.iter().map(|n| (n, true)).chain(self.no.iter().map(|n| (n, false)));
        for (name, wanted) in flags {
            match yes_no(&text(facts, name)) {
                None => return Found::Unclear(name.clone()),
                Some(said) if said != wanted => return Found::Fails,
                Some(_) => {}
            }
            because.push(if wanted { name.clone() } else { format!("{name}ではない") });
        }
        match self.numbers(facts, &mut because) {
            Some(end) => end,
            None => Found::Holds(because.join("、")),
        }
    }

    /// The bounds; an end where they settle the matter.
    fn numbers(&self, facts: &Facts, because: &mut Vec<String>) -> Option<Found> {
        let bounds = self
            .at_least
            .iter()
            .map(|(n, b)| (n, b, true))
            .chain(self.below.iter().map(|(n, b)| (n, b, false)));
        for (name, bound, least) in bounds {
            match number(facts, name) {
                Ok(None) => return Some(Found::Fails),
                Err(()) => return Some(Found::Unreadable(name.clone())),
                Ok(Some(own)) if (own >= *bound) != least => return Some(Found::Fails),
                Ok(Some(own)) => {
                    because.push(format!("{name} {own}（{bound}{}）", if least { "以上" } else { "未満" }));
                }
            }
        }
        None
    }
}

/// A fact as text.
#[must_use]
pub fn text(facts: &Facts, name: &str) -> String {
    match facts.get(name) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Bool(true)) => "○".to_owned(),
        None | Some(Value::Null | Value::Bool(false)) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// A fact as a number; none where nothing is written.
///
/// # Errors
/// When something is written that is no number.
pub fn number(facts: &Facts, name: &str) -> Result<Option<Ratio>, ()> {
    match key(&text(facts, name)) {
        t if t.is_empty() => Ok(None),
        t => Ratio::parse(&t).map(Some).ok_or(()),
    }
}

/// Width does not matter when words are compared.
fn key(word: &str) -> String {
    crate::text::width::remove_spaces(&crate::text::width::fold_width(word))
}
