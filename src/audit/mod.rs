//! The audit log `shoki-audit/1`: entries, Merkle tree, signed checkpoints, verification.
//!
//! Bytes in, verdict out: this module knows no database and no network, and reads files only to verify them. It is a crate
//! of its own (`verify/Cargo.toml`), so that `shoki-verify` can hold nothing else.
//!
//! Writing: a [`Draft`] is sealed to a [`Line`]; its leaf is appended to a [`Tree`]; [`SigningKey::checkpoint`] signs the
//! root. Where the bytes go is named by [`layout`]. Reading: [`verify_dir`] recomputes everything and gives a [`Report`].

pub mod checkpoint;
pub mod entry;
pub mod event;
pub mod forbidden;
pub mod key;
pub mod layout;
mod notes;
pub mod office;
pub mod policy;
pub mod proof;
pub mod report;
mod schema;
pub mod source;
mod tiles;
pub mod tree;
pub mod value;
pub mod verify;
mod walk;
mod watch;

pub use checkpoint::{Checkpoint, MAX_NOTE, Note, NoteError, Signed};
pub use entry::{Actor, Counts, Draft, Entry, Line, Stamp, Status, recordable};
pub use event::Event;
pub use key::{KeyError, KeyKind, SigningKey, VerifierKey};
pub use office::{Year, is_log_folder, verify_office};
pub use policy::{Policy, PolicyError};
pub use proof::{CannotProve, Proof, ProofError, prove};
pub use report::{Anchor, Fault, Purge, Report, Verdict};
pub use schema::Refused;
pub use source::{Files, Source};
pub use tree::{Hash, Tree};
pub use value::Value;
pub use verify::{Options, VerifyError, verify, verify_dir};
