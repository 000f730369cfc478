//! Where `tracing` goes: standard error, what `SHOKI_LOG` asks for (default: warnings), every line scrubbed.

use crate::privacy::Scrubbing;
use std::{
    fs::OpenOptions,
    io::{self, Stderr, stderr},
    path::Path,
    sync::Mutex,
};
use tracing_subscriber::{EnvFilter, fmt};

/// Begins to write what the program says about itself. The second call does nothing.
pub fn start() {
    let filter = EnvFilter::try_from_env("SHOKI_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let writer: fn() -> Scrubbing<Stderr> = || Scrubbing::new(stderr());
    // A test that has set its own subscriber keeps it.
    let _ = fmt().with_env_filter(filter).with_writer(writer).with_ansi(false).try_init();
}

/// The same for the daemon: JSON lines, also of what goes well, to standard error (under systemd the journal) or to a file.
///
/// # Errors
/// When the file cannot be written.
pub fn start_daemon(file: Option<&Path>) -> io::Result<()> {
    let filter = EnvFilter::try_from_env("SHOKI_LOG").unwrap_or_else(|_| EnvFilter::new("warn,shoki=info"));
    let base = fmt().json().flatten_event(true).with_env_filter(filter);
    let writer: fn() -> Scrubbing<Stderr> = || Scrubbing::new(stderr());
    let _ = match file {
        None => base.with_writer(writer).try_init(),
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            base.with_writer(Mutex::new(Scrubbing::new(file))).try_init()
        }
    };
    Ok(())
}
