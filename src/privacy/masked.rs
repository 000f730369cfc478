//! A value that does not print itself.

use std::fmt;

/// A value whose `Debug` and `Display` never show it. It does not serialise, so that it cannot slip into JSON either.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Masked<T>(T);

impl<T> Masked<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out.
    pub fn into_exposed(self) -> T {
        self.0
    }

    /// A masked value made from this one.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Masked<U> {
        Masked(make(self.0))
    }
}

impl<T> From<T> for Masked<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masked(****)")
    }
}

impl<T> fmt::Display for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_value_is_shown() {
        let name = Masked::new("山田");
        assert_eq!((format!("{name}"), format!("{name:#?}")), ("****".into(), "Masked(****)".into()));
        assert_eq!(name.map(str::len).into_exposed(), 6);
    }
}
