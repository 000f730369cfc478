//! The form language: where each field is on a paper form, what may stand there, and what must hold between fields.
//! Pure values; reading the YAML is `scenario::form_file`'s part, reading paper `drivers::ocr`'s.

mod cross_check;
mod field;
mod form_def;

pub use field::{DateParts, EraPlace, Field, FieldType, MarkKind, Rect};
pub use form_def::{CrossCheck, Form, Forms, PageSpec, Rows};
