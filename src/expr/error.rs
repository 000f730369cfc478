//! What can be wrong with an expression.

use std::ops::Range;

/// The kind of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExprFault {
    /// It cannot be read.
    Syntax,
    /// A function, filter or test that does not exist.
    UnknownFunction,
    /// A name or a key without a value.
    Missing,
    /// A value that does not fit what is done with it.
    Type,
    /// Something that the language refuses on purpose.
    Refused,
}

impl ExprFault {
    /// The number under which `shoki explain` knows it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Syntax => "SHK0201",
            Self::UnknownFunction => "SHK0204",
            Self::Missing => "SHK0205",
            Self::Type => "SHK0206",
            Self::Refused => "SHK0207",
        }
    }
}

/// A mistake in an expression, without any of the values in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// The kind.
    pub fault: ExprFault,
    /// What is wrong, in Japanese; names only, no values.
    pub message: String,
    /// Where in the text that was given, in bytes.
    pub at: Range<usize>,
    /// How to repair it.
    pub help: Option<String>,
}

impl ExprError {
    /// A mistake at `at`.
    pub(super) fn new(fault: ExprFault, at: Range<usize>, message: impl Into<String>) -> Self {
        Self { fault, message: message.into(), at, help: None }
    }

    /// Says how to repair it.
    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same mistake when the text it is in begins at `by` of another.
    pub(super) fn moved(mut self, by: usize) -> Self {
        self.at = self.at.start + by..self.at.end + by;
        self
    }

    /// The number under which `shoki explain` knows it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.fault.code()
    }
}
