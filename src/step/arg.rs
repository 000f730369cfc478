//! An argument of an action: a literal that is checked at load, or a `${{ }}` that the engine fills before the action runs.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, Error, IntoDeserializer as _, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use std::{borrow::Cow, fmt, marker::PhantomData};

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

impl<'de, T: DeserializeOwned> Deserialize<'de> for Arg<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(LiteralOrOpen(PhantomData))
    }
}

/// Tells the one from the other while it is read: a table of a hundred thousand lines is not read twice.
struct LiteralOrOpen<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for LiteralOrOpen<T> {
    type Value = Arg<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or an expression")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Arg<T>, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Arg<T>, E> {
        if text.contains("${{") {
            return Ok(Arg::Open(text));
        }
        T::deserialize(text.into_deserializer()).map(Arg::Literal)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Arg<T>, E> {
        T::deserialize(flag.into_deserializer()).map(Arg::Literal)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Arg<T>, E> {
        T::deserialize(number.into_deserializer()).map(Arg::Literal)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Arg<T>, E> {
        T::deserialize(number.into_deserializer()).map(Arg::Literal)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Arg<T>, E> {
        T::deserialize(number.into_deserializer()).map(Arg::Literal)
    }

    fn visit_unit<E: Error>(self) -> Result<Arg<T>, E> {
        T::deserialize(().into_deserializer()).map(Arg::Literal)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, all: A) -> Result<Arg<T>, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(all)).map(Arg::Literal)
    }

    fn visit_map<A: MapAccess<'de>>(self, all: A) -> Result<Arg<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(all)).map(Arg::Literal)
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
