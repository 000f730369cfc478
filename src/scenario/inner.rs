//! Steps that no author writes: the arguments of a part, the list of a repetition, what both give back. They are actions like
//! any other, so that they are recorded, resumed and explained like any other, but stand in no catalog.

use crate::step::{Action, ActionDef, Effect, Failure, StepContext};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The arguments of a part.
pub(super) static ARGUMENTS: ActionDef = ActionDef::of::<PartArguments>();
/// The list of a repetition.
pub(super) static LIST: ActionDef = ActionDef::of::<EachList>();
/// What a part gives back, or what the turns of a repetition gave.
pub(super) static GIVES: ActionDef = ActionDef::of::<Given>();

/// How many turns one repetition may have.
const MOST_TURNS: usize = 10_000;

/// The type of an argument of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// A day as ISO text.
    Date,
    /// A list.
    List,
    /// Keys and values.
    Map,
    /// Anything.
    Any,
}

/// The words after `type:` of an argument.
pub(super) const KINDS: &[(&str, ArgumentKind)] = &[
    ("text", ArgumentKind::Text),
    ("number", ArgumentKind::Number),
    ("flag", ArgumentKind::Flag),
    ("date", ArgumentKind::Date),
    ("list", ArgumentKind::List),
    ("map", ArgumentKind::Map),
    ("any", ArgumentKind::Any),
];

impl ArgumentKind {
    /// The kind for people.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Text => "文字",
            Self::Number => "数",
            Self::Flag => "はい・いいえ（true / false）",
            Self::Date => "日付（2026-04-01 の形の文字）",
            Self::List => "一覧",
            Self::Map => "項目の組",
            Self::Any => "値",
        }
    }

    /// Whether a value is of this kind.
    pub(super) fn takes(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::Flag => value.is_boolean(),
            Self::Date => value.as_str().is_some_and(|t| t.parse::<jiff::civil::Date>().is_ok()),
            Self::List => value.is_array(),
            Self::Map => value.is_object(),
            Self::Any => true,
        }
    }
}

/// See [`ARGUMENTS`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PartArguments {
    kinds: BTreeMap<String, ArgumentKind>,
    defaults: Map<String, Value>,
    values: Map<String, Value>,
}

impl Action for PartArguments {
    const NAME: &'static str = "part.with";
    const SUMMARY: &'static str = "部品に渡す値を確かめます。";
    const EXAMPLE: &'static str = "kinds: { 氏名: text }\ndefaults: {}\nvalues: { 氏名: 山田 }\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Map<String, Value>;

    async fn run(&self, _cx: &StepContext) -> Result<Self::Output, Failure> {
        let mut all = self.defaults.clone();
        let given = self.values.iter().filter(|(name, value)| !(value.is_null() && all.contains_key(*name)));
        let given: Vec<_> = given.map(|(name, value)| (name.clone(), value.clone())).collect();
        all.extend(given);
        for (name, kind) in &self.kinds {
            let may_lack = self.defaults.get(name).is_some_and(Value::is_null);
            let fits = |value: &Value| kind.takes(value) || may_lack && value.is_null();
            if !all.get(name).is_some_and(fits) {
                let message = format!("部品に渡す「{name}」が{}ではありません。", kind.label());
                return Err(Failure::stop("SHK0735", message));
            }
        }
        Ok(all)
    }
}

/// See [`LIST`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EachList {
    r#in: Value,
}

impl Action for EachList {
    const NAME: &'static str = "each.in";
    const SUMMARY: &'static str = "くり返す一覧を決めます。";
    const EXAMPLE: &'static str = "in: [1, 2]\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Vec<Value>;

    async fn run(&self, _cx: &StepContext) -> Result<Self::Output, Failure> {
        match &self.r#in {
            Value::Null => Ok(Vec::new()),
            Value::Array(list) if list.len() > MOST_TURNS => {
                let message = format!("くり返しが多すぎます（{} 回。{MOST_TURNS} 回まで）。", list.len());
                Err(Failure::stop("SHK0734", message))
            }
            Value::Array(list) => Ok(list.clone()),
            _ => Err(Failure::stop("SHK0734", "「each」の in が一覧ではありません。")),
        }
    }
}

/// See [`GIVES`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Given(Value);

impl Action for Given {
    const NAME: &'static str = "part.gives";
    const SUMMARY: &'static str = "部品の結果をまとめます。";
    const EXAMPLE: &'static str = "番号: 1\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Value;

    async fn run(&self, _cx: &StepContext) -> Result<Value, Failure> {
        Ok(self.0.clone())
    }
}
