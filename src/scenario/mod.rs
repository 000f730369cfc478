//! The scenario language: YAML in, a checked [`Scenario`] or all its Problems out.
//!
//! [`load`] reads a file. Inside: `tree` (YAML with places), `keys` and `lint` (closed maps, collected Problems), `names`
//! (what each `${{ }}` may use), `arguments` (a `with:` against its action's schema), `steps`, `part` and `each` (steps made of
//! steps; `inner` has the actions that hold them together), `habits` (what is allowed word by word and still a mistake), `system`, `load`.

mod arguments;
mod blank_file;
mod definition;
mod each;
mod flow;
mod form_field;
mod form_file;
mod form_picture;
mod habits;
mod handover;
mod inner;
mod keys;
mod lint;
mod load;
mod names;
mod part;
mod read_file;
mod reference;
mod schedule;
mod schema;
mod steps;
mod system;
mod tree;
mod units;
mod yaml_fault;
mod yaml_quote;

pub use definition::{
    Each, Frame, Items, OnFailure, PartFile, Probe, Retention, Retry, Role, Savings, Scenario, Step, System,
};
pub use flow::flow;
pub use form_file::{load_form, load_form_text, load_forms};
pub use form_picture::{Written, form_picture};
pub use handover::{HandoverFacts, handover};
pub use inner::ArgumentKind;
pub use load::{OfficeFacts, load, load_text};
pub use part::load_part;
pub use read_file::{id_in, read_source};
pub use reference::reference;
pub use schema::{form_schema, part_schema, scenario_schema};
