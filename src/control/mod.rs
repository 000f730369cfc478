//! Every act of a person, a schedule or the program itself: state and audit in one transaction.
//!
//! - [`AuditLog`]: writes entries with the change they report, and puts segments and signed checkpoints into `audit/<FY>/`.
//! - [`acts`]: start a run, answer a check, take up again; [`checks`]: how people confirm readings; [`stops`]: the emergency stop; [`dues`]: what a schedule does.
//! - [`approvals`]: nobody alone decides that a scenario runs. [`changes`]: what was changed with an editor.
//! - [`people`]: who signs in to the console, and with which roles. [`secrets`]: accounts of systems, changed by a person;
//!   [`settings`]: the office's own days, and how long things are kept.
//! - [`retirement`]: the end of a fiscal year's log.
//! - [`clock_fault`]: a clock that stands before the last entry.

pub mod acts;
pub mod approvals;
mod audit_files;
mod audit_log;
pub mod changes;
pub mod checks;
pub mod clock_fault;
pub mod dues;
pub mod evidence;
mod log_owner;
mod log_place;
pub mod outside;
pub mod people;
mod put_back;
pub mod retirement;
pub mod secrets;
pub mod settings;
pub mod stops;

pub use audit_log::AuditLog;
pub use log_place::{LogError, LogPlace};
