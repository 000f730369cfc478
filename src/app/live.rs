//! What of `shoki.toml` holds at once when the file changes: the office's own days, and how long things are kept. All else is
//! read at the start.

use super::{Office, sha256_hex};
use crate::{
    calendar::{OfficeCalendar, OpenDays},
    config::{AuditPart, CalendarPart, Config, FILE},
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::SystemTime,
};

/// Size and time of the file.
type Stamp = (u64, Option<SystemTime>);

/// What holds now.
#[derive(Debug, Clone)]
pub struct Live {
    /// The open days.
    pub calendar: OfficeCalendar,
    /// The office's own days, as they are written.
    pub days: CalendarPart,
    /// How long things are kept.
    pub audit: AuditPart,
    /// SHA-256 of all else.
    pub rest: String,
}

impl Live {
    fn of(config: &Config) -> Self {
        let calendar = config.calendar.calendar().expect("the days were checked when the file was read");
        let (days, audit) = (config.calendar.clone(), config.audit.clone());
        let usual = AuditPart::default();
        let audit_rest = AuditPart {
            evidence_days: usual.evidence_days,
            contents_days: usual.contents_days,
            retention_years: usual.retention_years,
            ..audit.clone()
        };
        let rest = Config { calendar: CalendarPart::default(), audit: audit_rest, ..config.clone() };
        Self { calendar, days, audit, rest: sha256_hex(format!("{rest:?}").as_bytes()) }
    }
}

/// The file as it was last read.
pub(super) struct Watched {
    root: PathBuf,
    known: Mutex<(Stamp, Arc<Live>)>,
}

fn stamp(root: &Path) -> Stamp {
    root.join(FILE).metadata().map_or((0, None), |facts| (facts.len(), facts.modified().ok()))
}

impl Watched {
    pub(super) fn of(root: &Path, config: &Config) -> Arc<Self> {
        let known = Mutex::new((stamp(root), Arc::new(Live::of(config))));
        Arc::new(Self { root: root.to_owned(), known })
    }

    fn now(&self) -> Arc<Live> {
        let mut known = self.known.lock().expect("no panic while it is held");
        let now = stamp(&self.root);
        if known.0 != now {
            known.0 = now;
            match Config::read(&self.root) {
                Ok((config, _)) => known.1 = Arc::new(Live::of(&config)),
                Err(error) => tracing::warn!(%error, "shoki.toml was changed and cannot be used"),
            }
        }
        Arc::clone(&known.1)
    }
}

impl Office {
    /// What holds now. A file that cannot be used changes nothing.
    #[must_use]
    pub fn live(&self) -> Arc<Live> {
        self.watched.now()
    }

    /// The office's open days.
    #[must_use]
    pub fn calendar(&self) -> OfficeCalendar {
        self.live().calendar.clone()
    }

    /// The same, asked each time anew.
    pub(super) fn open_days(&self) -> OpenDays {
        let watched = Arc::clone(&self.watched);
        Arc::new(move || watched.now().calendar.clone())
    }
}
