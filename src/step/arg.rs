//! An argument of an action: a literal that is checked at load, or a `${{ }}` that the engine fills before the action runs.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error};
use serde_json::Value;
use std::borrow::Cow;

/// A literal `T`, or text with `${{ }}` that stands for one.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg<T> {
    /// The value itself.
    Literal(T),
    /// To be filled; never seen by a running action.
    Open(String),
}

impl<T> Arg<T> {
    /// The value.
    ///
    /// # Panics
    /// When it is still open: the engine fills every argument before it runs an action.
    pub fn get(&self) -> &T {
        match self {
            Self::Literal(value) => value,
            Self::Open(_) => panic!("the engine fills every argument before an action runs"),
        }
    }

    /// The value if it is known at load.
    pub fn literal(&self) -> Option<&T> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Open(_) => None,
        }
    }
}

/// Whether a text holds an expression.
fn is_open(value: &Value) -> bool {
    value.as_str().is_some_and(|s| s.contains("${{"))
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Arg<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(d)?;
        if is_open(&value) {
            return Ok(Self::Open(value.as_str().unwrap_or_default().to_owned()));
        }
        serde_json::from_value(value).map(Self::Literal).map_err(D::Error::custom)
    }
}

impl<T: JsonSchema> JsonSchema for Arg<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Arg_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let literal = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [literal, { "type": "string", "pattern": r"\$\{\{" }] })
    }
}
