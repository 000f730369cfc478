//! What bounds the work of an engine, and the pulse by which somebody outside sees that it goes on.

use super::{Engine, EngineError, Reserve, TurnedAway};
use jiff::SignedDuration;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

/// What bounds the work of an engine.
#[derive(Debug)]
pub struct Limits {
    /// The run stops after so many failures of the same kind in a row; 0: never.
    pub failures_in_a_row: u32,
    /// Nothing begins while the disk has less room than this, in bytes (at most a twentieth of the disk).
    pub reserve: u64,
    /// The places whose disks are looked at.
    pub places: Vec<PathBuf>,
    /// Room that the last records are written from when a disk is full.
    pub room: Option<Reserve>,
    /// When a system was shut or a disk full, the run tries again after so long.
    pub look_again: SignedDuration,
    /// An act that got no answer is looked for so long in all before a person decides; zero: once, and then it is done again.
    pub late: Duration,
    /// An act that has not ended so long after its time was over cannot be ended.
    pub stuck: Duration,
    /// What the engine is doing.
    pub pulse: Pulse,
    /// What systems did not take when somebody signed in.
    pub turned_away: TurnedAway,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            failures_in_a_row: 5,
            reserve: 256 << 20,
            places: Vec::new(),
            room: None,
            look_again: SignedDuration::from_mins(5),
            late: Duration::from_mins(1),
            stuck: Duration::from_secs(30),
            pulse: Pulse::default(),
            turned_away: TurnedAway::default(),
        }
    }
}

impl Limits {
    /// How much room is missing on the disk of `place`; none when there is enough.
    ///
    /// # Errors
    /// When the disk does not answer.
    pub fn lacking(&self, place: &Path) -> std::io::Result<Option<u64>> {
        let disk = rustix::fs::statvfs(place)?;
        let (free, all) = (disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
        let reserve = self.reserve.min(all / 20);
        Ok((free < reserve).then(|| reserve - free))
    }

    /// Takes the room for the last records, if it is not taken.
    pub fn take_room(&self) {
        if let Some(room) = &self.room {
            room.take();
        }
    }

    /// Gives that room to what must be recorded now. Says whether there was any.
    pub(super) fn give_room(&self) -> bool {
        self.room.as_ref().is_some_and(Reserve::give)
    }
}

impl Engine {
    /// Nothing begins while a disk has less room than the reserve.
    ///
    /// # Errors
    /// When it has.
    pub fn room(&self) -> Result<(), EngineError> {
        for place in &self.limits.places {
            // A disk that does not even answer is found by the first write.
            if let Ok(Some(lacking)) = self.limits.lacking(place) {
                return Err(EngineError::NoRoom(place.display().to_string(), lacking.div_ceil(1 << 20)));
            }
        }
        Ok(())
    }
}

/// The acts in hand, each with the moment by which it must have ended.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<(u64, HashMap<u64, Instant>)>);

/// An act in hand; ends when dropped.
pub struct Beat<'a> {
    pulse: &'a Pulse,
    id: u64,
}

impl Pulse {
    /// An act begins that must end within `limit`.
    ///
    /// # Panics
    /// When another thread panicked while it held the list.
    pub fn begin(&self, limit: Duration) -> Beat<'_> {
        let mut acts = self.0.lock().expect("no panic while the list is held");
        acts.0 += 1;
        let id = acts.0;
        acts.1.insert(id, Instant::now() + limit);
        Beat { pulse: self, id }
    }

    /// How long the worst act is past its time; none while all are in time. An act that cannot even be ended when its
    /// time is over holds a thread for ever: only the end of the process helps.
    ///
    /// # Panics
    /// When another thread panicked while it held the list.
    #[must_use]
    pub fn overdue(&self) -> Option<Duration> {
        let acts = self.0.lock().expect("no panic while the list is held");
        let worst = acts.1.values().min()?;
        Instant::now().checked_duration_since(*worst).filter(|late| !late.is_zero())
    }

    /// How many acts are in hand.
    ///
    /// # Panics
    /// When another thread panicked while it held the list.
    #[must_use]
    pub fn in_hand(&self) -> usize {
        self.0.lock().expect("no panic while the list is held").1.len()
    }
}

impl Drop for Beat<'_> {
    fn drop(&mut self) {
        if let Ok(mut acts) = self.pulse.0.lock() {
            acts.1.remove(&self.id);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn an_act_past_its_time_is_seen_until_it_ends() {
        let pulse = Pulse::default();
        let slow = pulse.begin(Duration::ZERO);
        let _good = pulse.begin(Duration::from_mins(1));
        std::thread::sleep(Duration::from_millis(2));
        assert!(pulse.overdue().is_some() && pulse.in_hand() == 2);
        drop(slow);
        assert!(pulse.overdue().is_none() && pulse.in_hand() == 1);
    }

    #[test]
    fn the_reserve_is_never_more_than_a_twentieth_of_the_disk() {
        let limits = Limits { reserve: u64::MAX, ..Limits::default() };
        let disk = rustix::fs::statvfs(".").unwrap();
        let full = disk.f_bavail * 20 < disk.f_blocks;
        assert_eq!(limits.lacking(Path::new(".")).unwrap().is_some(), full);
        assert_eq!(Limits { reserve: 0, ..Limits::default() }.lacking(Path::new(".")).unwrap(), None);
    }
}
