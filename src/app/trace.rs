//! Where `tracing` goes: standard error, what `SHOKI_LOG` asks for (default: warnings), every line scrubbed.
//!
//! What is traced in detail is what shoki itself says, which holds no personal data. The libraries it is made of would tell
//! what they carry: a browser's client every name and password that is typed. Of them only warnings pass, whatever is asked.

use crate::privacy::Scrubbing;
use std::{
    fs::OpenOptions,
    io::{self, Stderr, stderr},
    path::Path,
    sync::Mutex,
};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    fmt,
    layer::{Filter, SubscriberExt},
    registry::{LookupSpan, Registry},
    util::SubscriberInitExt,
};

/// Whether something may be said at all, by who says it.
fn is_ours_or_a_warning(event: &Metadata<'_>) -> bool {
    let ours = event.target() == "shoki" || event.target().starts_with("shoki::");
    ours || *event.level() <= Level::WARN
}

/// What is asked for, and may be said.
fn wanted<S: Subscriber + for<'a> LookupSpan<'a>>(otherwise: &str) -> impl Filter<S> + use<S> {
    let asked = EnvFilter::try_from_env("SHOKI_LOG").unwrap_or_else(|_| EnvFilter::new(otherwise));
    asked.and(filter_fn(is_ours_or_a_warning))
}

/// Begins to write what the program says about itself. The second call does nothing.
pub fn start() {
    let writer: fn() -> Scrubbing<Stderr> = || Scrubbing::new(stderr());
    let layer = fmt::layer().with_writer(writer).with_ansi(false).with_filter(wanted::<Registry>("warn"));
    // A test that has set its own subscriber keeps it.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}

/// The same for the daemon: JSON lines, also of what goes well, to standard error (under systemd the journal) or to a file.
///
/// # Errors
/// When the file cannot be written.
pub fn start_daemon(file: Option<&Path>) -> io::Result<()> {
    let layer = fmt::layer().json().flatten_event(true);
    let filter = wanted::<Registry>("warn,shoki=info");
    let writer: fn() -> Scrubbing<Stderr> = || Scrubbing::new(stderr());
    let _ = match file {
        None => tracing_subscriber::registry().with(layer.with_writer(writer).with_filter(filter)).try_init(),
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            let writer = Mutex::new(Scrubbing::new(file));
            tracing_subscriber::registry().with(layer.with_writer(writer).with_filter(filter)).try_init()
        }
    };
    Ok(())
}
