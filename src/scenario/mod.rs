//! The scenario language: YAML in, a checked [`Scenario`] or all its Problems out.
//!
//! [`load`] reads a file. Inside: `tree` (YAML with places), `keys` and `lint` (closed maps, collected Problems), `names`
//! (what each `${{ }}` may use), `arguments` (a `with:` against its action's schema), `steps`, `system`, `load`.

mod arguments;
mod definition;
mod form_field;
mod form_file;
mod keys;
mod lint;
mod load;
mod names;
mod read_file;
mod schema;
mod steps;
mod system;
mod tree;
mod units;
mod yaml_fault;

pub use definition::{
    Days, Items, MissedPolicy, OnFailure, Probe, Retention, Retry, Savings, Scenario, Schedule, Shift, Step,
    System,
};
pub use form_file::{load_form, load_form_text, load_forms};
pub use load::{OfficeFacts, load, load_text};
pub use schema::{form_schema, scenario_schema};
