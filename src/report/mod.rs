//! Summaries for people, made from what is on record.

mod anchor_sheet;
mod audit_list;
pub mod bundle;
mod paper;
mod summary;

pub use anchor_sheet::{AnchorFacts, anchor_sheet};
pub use audit_list::AuditList;
pub use bundle::{BundleError, bundle};
pub use paper::{Font, Sheet};
pub use summary::{Group, Summary};
