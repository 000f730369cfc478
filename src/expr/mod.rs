//! The `${{ }}` expressions: total, without loops or side effects, a fixed list of functions.
//!
//! - [`render`] fills a value (text, list, map); [`evaluate`] and [`truth`] take one expression without its `${{ }}`.
//! - [`references`] says which names a text uses, so that they are checked before a run.
//! - [`functions`] lists what may be called, with examples that a test executes.
//!
//! A value is substituted once: what an expression gives is data and is never read as an expression again.

mod error;
mod evaluate;
mod functions;
mod scan;

pub use error::{ExprError, ExprFault};
pub use evaluate::{Scope, evaluate, render, render_key, truth};
pub use functions::{Call, FunctionDef, functions};
pub(crate) use scan::narrow;
pub use scan::{Reference, check_expression, is_name, references, references_in};
