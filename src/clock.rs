//! The clock, real or set by hand in tests. Nothing else in the crate asks the operating system for the time of day.

use jiff::{SignedDuration, Timestamp, Zoned, civil::Date, tz::TimeZone};
use std::sync::Mutex;

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// The present moment on the office's wall, Asia/Tokyo.
    fn local(&self) -> Zoned {
        self.now().to_zoned(tokyo())
    }

    /// Today's date in the office.
    fn today(&self) -> Date {
        self.local().date()
    }
}

/// Japan's time zone. Japan has no daylight saving since 1952, so a fixed offset is exact
/// and needs no time zone database on the machine.
#[must_use]
pub fn tokyo() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(9))
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Stands at `at`.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves by `by`, which may be negative.
    ///
    /// # Panics
    /// When the result leaves jiff's range of years.
    pub fn advance(&self, by: SignedDuration) {
        let mut at = self.0.lock().expect("no panic while the clock is held");
        *at = at.checked_add(by).expect("a test stays within jiff's years");
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no panic while the clock is held")
    }
}
