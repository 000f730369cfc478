//! The shape of a value as far as it is known before a run.

use std::collections::BTreeMap;

/// What is known of a value at load.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Shape {
    /// Nothing.
    #[default]
    Any,
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// A list, each element alike.
    List(Box<Shape>),
    /// Exactly these keys.
    Map(BTreeMap<String, Shape>),
}

impl Shape {
    /// A map with these keys.
    pub fn map<K: Into<String>>(keys: impl IntoIterator<Item = (K, Shape)>) -> Self {
        Self::Map(keys.into_iter().map(|(k, s)| (k.into(), s)).collect())
    }

    /// A list of `each`.
    #[must_use]
    pub fn list(each: Shape) -> Self {
        Self::List(Box::new(each))
    }
}
