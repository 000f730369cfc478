//! An argument of an action: a literal that is checked at load, or a `${{ }}` that the engine fills before the action runs.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, Error, IntoDeserializer as _, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use std::{borrow::Cow, cell::Cell, fmt, marker::PhantomData};

thread_local! {
    /// Whether what this thread is reading was filled before: what looks like a `${{ }}` in it is data.
    static FILLED: Cell<bool> = const { Cell::new(false) };
}

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

/// Reads arguments that the engine has filled. A `${{` in them came out of a document or a screen and stays as it is.
pub(crate) fn filled<T>(read: impl FnOnce() -> T) -> T {
    /// Ends it whatever happens while it is read.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            FILLED.set(false);
        }
    }
    FILLED.set(true);
    let _end = End;
    read()
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
        if text.contains("${{") && !FILLED.get() {
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

#[cfg(test)]
mod tests {
    use super::{Arg, filled};
    use serde_json::{from_value, json};

    #[test]
    fn an_expression_is_read_once_and_what_it_gave_is_data() {
        let text = json!("合計は ${{ 計.合計 }} 円");
        let open: Arg<String> = from_value(text.clone()).expect("an expression");
        assert_eq!(open.literal(), None);
        let data: Arg<String> = filled(|| from_value(text.clone())).expect("a text");
        assert_eq!(data.get(), "合計は ${{ 計.合計 }} 円");
        assert!(filled(|| from_value::<Arg<bool>>(text.clone())).is_err(), "no text is a flag");
        let again: Arg<String> = from_value(text).expect("an expression");
        assert_eq!(again.literal(), None);
    }
}
