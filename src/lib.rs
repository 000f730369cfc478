//! shoki (書記): the clerk of a city hall's back office. It reads paper forms, types into legacy web systems, writes Excel
//! ledgers, and keeps a log that an auditor can verify.
//!
//! START HERE.
//!
//! # The map, lowest layer first
//!
//! | layer | modules | knows |
//! |---|---|---|
//! | values | [`text`] [`problem`] [`calendar`] [`clock`] [`privacy`] [`expr`] [`form`] [`run`] [`rules`] [`audit`] | no I/O beyond reading what it is asked to verify, no async |
//! | the seam | [`step`] | what an action is, what it is given, how it fails |
//! | the outside world | [`drivers`] | paper, screens, workbooks, secrets, mail; no scenario, no run |
//! | | [`actions`] | one file per action; `mod.rs` is the one list |
//! | the language | [`scenario`] | YAML to a checked scenario, every mistake at once |
//! | memory | [`store`] | the only SQL |
//! | acts | [`control`] | what people do, and the writer of the log: state and entry in one transaction |
//! | | [`engine`] | runs items through steps; knows neither actions nor drivers |
//! | | [`schedule`] | when a scenario starts; what was missed; decides nothing that [`control`] does not put on record |
//! | | [`report`] | what a section chief asks |
//! | faces | [`console`] | pages of staff: shows records, passes acts, does not know the engine |
//! | | [`cli`] | one file per command, no decision |
//! | putting together | [`config`] [`app`] | `shoki.toml`; the composition root |
//!
//! Imports go down only; `tests/tidy` holds the table and reads `src/`. `expr` stands among the values, below `form` and
//! `step`, because forms (their checks), scenarios and the engine all evaluate the same expressions.
//!
//! # What always holds
//!
//! 1. An irreversible act is announced on disk (fsynced) before it begins and receipted after. While an announcement is open
//!    nobody acts again: it is looked up on the target's screen, or a person says what happened. `engine::guard`.
//! 2. A change of state and its audit entry are one transaction. What cannot be recorded is not done. `control::AuditLog`.
//! 3. Steps on record are not done again, except what was on a screen that is gone, and that only since the last receipt.
//! 4. A value from outside is substituted once and never evaluated. `expr`.
//! 5. Strangers' files are read in child processes; a browser cannot outlive us. `drivers::readers`,
//!    `drivers::browser::keeper`.
//! 6. Names, addresses and readings reach neither log, nor `tracing`, nor messages. Pictures are encrypted under their run's
//!    key, `control::evidence`; messages, log lines and names of files are searched for My Numbers, `privacy`.
//! 7. Readers are walled in: they see the office's files, write nothing, speak to nobody. `drivers::sandbox`.
//! 8. The log says by itself, every 15 minutes, that it lives; its checkpoints leave the machine. `control::outside`.
//!
//! # Reading order
//!
//! `scenarios/resident-move-notices/scenario.yaml`, then [`step`], one action (`actions/value_require.rs`),
//! [`scenario::Scenario`], `engine/dispatcher.rs`, `engine/item.rs`, `engine/attempt.rs`, `engine/guard.rs`,
//! `control/audit_log.rs`, [`audit`] (a crate of its own in `verify/`, which `shoki-verify` shares).

pub use shoki_audit as audit;

pub mod actions;
pub mod app;
pub mod calendar;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod control;
pub mod drivers;
pub mod engine;
pub mod expr;
pub mod form;
pub mod privacy;
pub mod problem;
pub mod report;
pub mod rules;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod step;
pub mod store;
pub mod text;
