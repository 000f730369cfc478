//! Summaries for people, made from what is on record.

mod anchor_sheet;
mod audit_list;
pub mod bundle;
mod disposal_sheet;
mod morning;
mod paper;
mod reading_score;
mod reliability;
mod savings;
mod summary;

pub use anchor_sheet::{AnchorFacts, anchor_sheet};
pub use audit_list::AuditList;
pub use bundle::{BundleError, bundle};
pub use disposal_sheet::{DisposalFacts, disposal_sheet};
pub use morning::{Morning, NightRun, Trouble, asked, digest};
pub use paper::{Font, Sheet};
pub use reading_score::{ALL, AT_ERROR, Judged, Score, by_style_and_type, distance};
pub use reliability::{Bin, bins, svg};
pub use savings::{ByHand, HOW, Saved, Savings};
pub use summary::{Group, Summary};
