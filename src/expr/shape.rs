//! The shape of a value as far as it is known before a run.

use std::{collections::BTreeMap, sync::Arc};

/// What is known of a value at load. Copies are cheap: names are looked up for every expression of a scenario.
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
    List(Arc<Shape>),
    /// Exactly these keys.
    Map(Arc<BTreeMap<String, Shape>>),
}

impl Shape {
    /// A map with these keys.
    pub fn map<K: Into<String>>(keys: impl IntoIterator<Item = (K, Shape)>) -> Self {
        Self::Map(Arc::new(keys.into_iter().map(|(k, s)| (k.into(), s)).collect()))
    }

    /// A list of `each`.
    #[must_use]
    pub fn list(each: Shape) -> Self {
        Self::List(Arc::new(each))
    }

    /// What it is, for a message.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Any => "値",
            Self::Text => "文字",
            Self::Number => "数",
            Self::Flag => "はい・いいえ",
            Self::List(_) => "一覧",
            Self::Map(_) => "項目の組",
        }
    }

    /// Whether a value of this shape can be one of the `wanted` shape. What is not known may be.
    #[must_use]
    pub fn may_be(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::List(a), Self::List(b)) => a.may_be(b),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }

    /// What a value of either shape is.
    #[must_use]
    pub fn either(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::List(a), Self::List(b)) => {
                Self::list(Arc::unwrap_or_clone(a).either(Arc::unwrap_or_clone(b)))
            }
            _ => Self::Any,
        }
    }
}
