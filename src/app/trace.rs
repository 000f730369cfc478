//! Where `tracing` goes: standard error, what `SHOKI_LOG` asks for (default: warnings), every line scrubbed.

use crate::privacy::Scrubbing;
use std::io::{Stderr, stderr};
use tracing_subscriber::{EnvFilter, fmt};

/// Begins to write what the program says about itself. The second call does nothing.
pub fn start() {
    let filter = EnvFilter::try_from_env("SHOKI_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let writer: fn() -> Scrubbing<Stderr> = || Scrubbing::new(stderr());
    // A test that has set its own subscriber keeps it.
    let _ = fmt().with_env_filter(filter).with_writer(writer).with_ansi(false).try_init();
}
