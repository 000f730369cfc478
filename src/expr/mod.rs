//! The `${{ }}` expressions: total, without loops or side effects, a fixed list of functions.
//!
//! - [`render`] fills a value (text, list, map); [`evaluate`] and [`truth`] take one expression without its `${{ }}`.
//! - [`references`] says which names a text uses, so that they are checked before a run.
//! - [`infer`] says what kind of value an expression gives, as far as that is known before a run.
//! - [`functions`] lists what may be called, with examples that a test executes.
//!
//! A value is substituted once: what an expression gives is data and is never read as an expression again.

mod comparable;
mod error;
mod evaluate;
mod functions;
mod infer;
mod order;
mod scan;
mod shape;

pub use error::{ExprError, ExprFault};
pub use evaluate::{Key, Scope, evaluate, render, render_key, truth};
pub use functions::{Call, FunctionDef, Gives, Takes, functions};
pub use infer::infer;
pub(crate) use scan::narrow;
pub use scan::{Reference, check_expression, holes, is_name, references, references_in, whole};
pub use shape::Shape;
