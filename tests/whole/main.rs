//! The whole program on real input: real paper, real browser, the make-believe city, the real log.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod bench;
mod canary;
mod changes;
#[path = "../folders/mod.rs"]
#[expect(dead_code, reason = "LibreOffice is asked elsewhere")]
mod folders;
mod full_disk;
mod furusato;
mod mail;
mod main_job;
mod night;
mod passwords;
mod readme;
mod recheck;
mod recovery;
mod screens;
mod sections;
mod tables;
