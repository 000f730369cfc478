//! What the actions on screens share: their session, what can be pressed, the words that are typed, and how an error of the
//! browser becomes a failure.

use crate::{
    drivers::browser::{BrowserError, Kind, Press, PressKind, RowPick, Screen, Spot},
    step::{Arg, Failure, Shape},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Pages of a list that are read unless the scenario says otherwise.
pub(super) const PAGES: usize = 20;

impl From<BrowserError> for Failure {
    fn from(e: BrowserError) -> Self {
        let message = e.to_string();
        let untouched = !e.pressed;
        let failure = match e.kind() {
            Kind::Again => Self::again(e.code(), message).with_broken_session(),
            Kind::Stop | Kind::Undeclared => Self::stop(e.code(), message),
        };
        let failure = if e.breaks_session() { failure.with_broken_session() } else { failure };
        Self { untouched, ..failure }
    }
}

/// Goes to the declared window of that title, if the step names one.
pub(super) async fn go_to(screen: &mut Screen, popup: Option<&String>) -> Result<(), Failure> {
    match popup {
        Some(title) => Ok(screen.use_window(Some(title)).await?),
        None => Ok(()),
    }
}

/// Text that may come out of an expression as a number; nothing is the empty text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words(pub String);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Value::deserialize(d)? {
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            Value::Null => Ok(Self(String::new())),
            _ => Err(D::Error::custom("文字か数を書きます")),
        }
    }
}

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn inline_schema() -> bool {
        true
    }

    /// Text only: a number as it is written (`0123`) stays as it is written. An expression may give a number.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-expression": "number" })
    }
}

/// Labels with their words, in the order of the scenario.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries(Vec<(String, Arg<Words>)>);

impl Entries {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(label, words)| (label.as_str(), words.get().0.as_str()))
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let map = Map::<String, Value>::deserialize(d)?;
        let entry = |(label, value)| Ok((label, serde_json::from_value(value).map_err(D::Error::custom)?));
        map.into_iter().map(entry).collect::<Result<_, _>>().map(Self)
    }
}

impl JsonSchema for Entries {
    fn schema_name() -> Cow<'static, str> {
        "Entries".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let words = generator.subschema_for::<Arg<Words>>();
        json_schema!({ "type": "object", "additionalProperties": words })
    }
}

/// A name on the screen, or several, the preferred one first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named(Vec<Arg<String>>);

impl Named {
    /// With what tells it from others of its name.
    pub(super) fn spot(&self, near: Option<&Arg<String>>, nth: Option<usize>, row: Option<&Entries>) -> Spot {
        let pick =
            |(column, value): (&str, &str)| RowPick { column: Some(column.into()), value: value.into() };
        Spot {
            names: self.0.iter().map(|name| name.get().clone()).collect(),
            near: near.map(|label| label.get().clone()),
            nth,
            row: row.map(|r| r.iter().map(pick).collect()).unwrap_or_default(),
        }
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let names = match Value::deserialize(d)? {
            Value::Array(names) => names,
            one => vec![one],
        };
        if names.is_empty() {
            return Err(D::Error::custom("名前を一つ以上書きます"));
        }
        let name = |value| serde_json::from_value(value).map_err(D::Error::custom);
        names.into_iter().map(name).collect::<Result<_, _>>().map(Self)
    }
}

impl JsonSchema for Named {
    fn schema_name() -> Cow<'static, str> {
        "Named".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        one_or_more()
    }
}

/// The schema of one text, or of a list of some.
pub(super) fn one_or_more() -> Schema {
    json_schema!({ "anyOf": [
        { "type": "string" },
        { "type": "array", "items": { "type": "string" }, "minItems": 1 },
    ] })
}

/// What is pressed: by its text, whatever it is.
pub(super) fn press(name: &str) -> Press {
    Press::named(name)
}

/// What is pressed.
pub(super) const fn pressed(spot: Spot, kind: PressKind) -> Press {
    Press { spot, kind, double: false }
}

/// Rows with the columns' headings as keys.
pub(super) fn named(columns: &[String], rows: Vec<Vec<String>>) -> Vec<Map<String, Value>> {
    let row =
        |cells: Vec<String>| columns.iter().cloned().zip(cells.into_iter().map(Value::String)).collect();
    rows.into_iter().map(row).collect()
}

/// The shape of `{ rows, count }`.
pub(super) fn shape_of_rows(columns: &[String]) -> Shape {
    let row = Shape::map(columns.iter().map(|c| (c.as_str(), Shape::Text)));
    Shape::map([("rows", Shape::list(row)), ("count", Shape::Number)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{drivers::browser::Cause, step::FailureKind};
    use serde_json::json;

    #[test]
    fn entries_keep_their_order_and_take_numbers_out_of_expressions() {
        let entries: Entries =
            serde_json::from_value(json!({ "氏名": "髙﨑", "人数": 2, "備考": null })).expect("words");
        assert_eq!(entries.iter().collect::<Vec<_>>(), [("氏名", "髙﨑"), ("人数", "2"), ("備考", "")]);
        assert!(serde_json::from_value::<Entries>(json!({ "同意": true })).is_err());
    }

    #[test]
    fn what_nobody_declared_stops_the_item_and_costs_the_session() {
        let failure = Failure::from(BrowserError::from(Cause::Dialog("？".into())));
        assert_eq!((failure.kind, failure.session_broken), (FailureKind::Stop, true));
        let failure = Failure::from(BrowserError::from(Cause::Refused("【エラー】".into())));
        assert_eq!((failure.kind, failure.session_broken), (FailureKind::Stop, false));
    }
}
