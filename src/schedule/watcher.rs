//! The schedules of all scenarios, and what has come due since they were last looked at.

use super::missed::fates;
use crate::{
    calendar::{MissedPolicy, Moment, OfficeCalendar, Schedule, Standing},
    control::{
        AuditLog,
        acts::ActError,
        dues::{Arrival, Fate, arrive, moment},
    },
    store::{Due, Mark, Store, Strength},
};
use jiff::Zoned;
use std::collections::{BTreeMap, BTreeSet};

/// So many moments of one schedule are put on record one by one; of more, after a long time, only the newest.
const MOST: usize = 100;
/// Scenarios whose due moments are put on record in one change.
const TOGETHER: usize = 100;

/// Scenarios looked at in one go: what came due for more of them is put on record in the next, after runs were begun.
const AT_ONCE: usize = 1000;

/// What becomes of a moment, and the word of the rule for missed moments if it was missed.
type Told = (Fate, Option<&'static str>);

/// A scenario with schedules.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Its id.
    pub id: String,
    /// SHA-256 of its file, and its seal with forms and parts; none while the file has mistakes.
    pub fixed: Option<(String, String)>,
    /// SHA-256 of what it says about its schedules.
    pub digest: String,
    /// When it should start.
    pub schedule: Vec<Schedule>,
}

impl Watched {
    fn next_after(&self, calendar: &OfficeCalendar, now: &Zoned) -> Option<Zoned> {
        self.schedule.iter().filter_map(|s| s.next_after(calendar, now)).map(|m| m.at).min()
    }

    fn mark(&self, now: &Zoned) -> Mark {
        Mark { schedule: self.digest.clone(), seen_until: moment(now) }
    }
}

/// The schedules of an office.
pub struct Watcher {
    calendar: OfficeCalendar,
    /// By id, each with its next moment.
    scenarios: BTreeMap<String, (Watched, Option<Zoned>)>,
}

impl Watcher {
    /// Watches nothing yet.
    #[must_use]
    pub fn new(calendar: OfficeCalendar) -> Self {
        Self { calendar, scenarios: BTreeMap::new() }
    }

    /// The office has other open days from now on. What has come due already is looked at as it was.
    pub fn set_calendar(&mut self, calendar: OfficeCalendar, now: &Zoned) {
        if self.calendar == calendar {
            return;
        }
        self.calendar = calendar;
        for (watched, next) in self.scenarios.values_mut() {
            if next.as_ref().is_none_or(|next| next > now) {
                *next = watched.next_after(&self.calendar, now);
            }
        }
    }

    /// How many scenarios have schedules.
    #[must_use]
    pub fn count(&self) -> usize {
        self.scenarios.values().filter(|(watched, _)| !watched.schedule.is_empty()).count()
    }

    /// The next moment of all.
    #[must_use]
    pub fn next(&self) -> Option<&Zoned> {
        self.scenarios.values().filter_map(|(_, next)| next.as_ref()).min()
    }

    /// The schedules of a scenario, if it is watched.
    #[must_use]
    pub fn watched(&self, id: &str) -> Option<&Watched> {
        self.scenarios.get(id).map(|(watched, _)| watched)
    }

    /// Watches `all` from now on. What came due while nobody watched is found by the next [`Self::look`]; a scenario that
    /// was never watched before has missed nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin(&mut self, all: Vec<Watched>, store: &Store, now: &Zoned) -> Result<(), ActError> {
        let marks = store.marks().await?;
        let mut fresh = Vec::new();
        for watched in all {
            let seen = marks.get(&watched.id).and_then(|mark| read(&mark.seen_until));
            if seen.is_none() {
                fresh.push((watched.id.clone(), watched.mark(now)));
            }
            let next = watched.next_after(&self.calendar, seen.as_ref().unwrap_or(now));
            self.scenarios.insert(watched.id.clone(), (watched, next));
        }
        if fresh.is_empty() {
            return Ok(());
        }
        let mut tx = store.begin(Strength::Process).await?;
        tx.set_marks(&fresh).await?;
        Ok(tx.commit().await?)
    }

    /// A scenario was changed while it was watched. New schedules count from now on.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn change(&mut self, watched: Watched, store: &Store, now: &Zoned) -> Result<(), ActError> {
        if let Some((old, _)) = self.scenarios.get_mut(&watched.id)
            && old.digest == watched.digest
        {
            *old = watched;
            return Ok(());
        }
        let mut tx = store.begin(Strength::Process).await?;
        tx.set_mark(&watched.id, &watched.mark(now)).await?;
        tx.commit().await?;
        let next = watched.next_after(&self.calendar, now);
        self.scenarios.insert(watched.id.clone(), (watched, next));
        Ok(())
    }

    /// A scenario cannot be read any more: its moments are held.
    pub fn spoil(&mut self, id: &str) {
        if let Some((watched, _)) = self.scenarios.get_mut(id) {
            watched.fixed = None;
        }
    }

    /// A scenario is gone.
    pub fn forget(&mut self, id: &str) {
        self.scenarios.remove(id);
    }

    /// Puts on record what has come due by now, in order, and says what became of it. When very much has come due at once,
    /// only the first of it: [`Self::next`] is not later than now then.
    ///
    /// # Errors
    /// When nothing can be recorded.
    pub async fn look(&mut self, store: &Store, log: &AuditLog, now: &Zoned) -> Result<Vec<Due>, ActError> {
        let due = self.scenarios.values().filter_map(|(watched, next)| {
            next.as_ref().filter(|next| *next <= now).map(|next| (next.clone(), watched.clone()))
        });
        let mut ready: Vec<(Zoned, Watched)> = due.collect();
        ready.sort_by(|a, b| a.0.cmp(&b.0));
        ready.truncate(AT_ONCE);
        let mut all = Vec::new();
        for some in ready.chunks(TOGETHER) {
            let some: Vec<&Watched> = some.iter().map(|(_, watched)| watched).collect();
            all.extend(arrivals(&self.calendar, &some, (store, log), now).await?);
            for watched in some {
                let next = watched.next_after(&self.calendar, now);
                self.scenarios.insert(watched.id.clone(), (watched.clone(), next));
            }
        }
        Ok(all)
    }
}

/// What of these scenarios has come due since the last look: one change, the earliest moment first.
async fn arrivals(
    calendar: &OfficeCalendar,
    some: &[&Watched],
    (store, log): (&Store, &AuditLog),
    now: &Zoned,
) -> Result<Vec<Due>, ActError> {
    let ids: Vec<&str> = some.iter().map(|watched| watched.id.as_str()).collect();
    let mut tx = store.begin(Strength::Power).await?;
    let marks = tx.marks_of(&ids).await?;
    let (mut came, mut looked) = (Vec::new(), Vec::new());
    for watched in some {
        let mark = marks.get(&watched.id);
        let changed = mark.is_some_and(|mark| mark.schedule != watched.digest);
        let seen = mark.and_then(|mark| read(&mark.seen_until)).unwrap_or_else(|| now.clone());
        for schedule in &watched.schedule {
            let mut moments = schedule.moments(calendar, &seen, now);
            moments.retain(|m| m.standing != Standing::LeftOut);
            // What the file said while nobody watched is not known: a person decides.
            let rule = if changed { MissedPolicy::Hold } else { schedule.missed };
            let moments = moments.split_off(moments.len().saturating_sub(MOST));
            let fates = fates(&moments, now, rule);
            came.extend(moments.into_iter().zip(fates).map(|(moment, fate)| (*watched, moment, fate)));
        }
        if *now > seen || changed {
            looked.push((watched.id.clone(), watched.mark(now)));
        }
    }
    came.sort_by(|(_, a, _), (_, b, _)| a.at.cmp(&b.at));
    // Two schedules of a scenario may name one moment.
    let mut told = BTreeSet::new();
    came.retain(|(watched, moment, _)| told.insert((watched.id.as_str(), moment.at.clone())));
    let all = arrive(&mut tx, log, came.iter().map(arrival).collect()).await?;
    tx.set_marks(&looked).await?;
    tx.commit().await?;
    Ok(all)
}

fn arrival<'a>((watched, moment, (fate, missed)): &'a (&Watched, Moment, Told)) -> Arrival<'a> {
    let fixed = watched.fixed.as_ref().map(|(sha256, seal)| (sha256.as_str(), seal.as_str()));
    let (fate, missed) = (fate.clone(), *missed);
    Arrival { scenario: &watched.id, fixed, at: &moment.at, why: &moment.why, fate, missed }
}

fn read(moment: &str) -> Option<Zoned> {
    format!("{moment}[+09:00]").parse().ok()
}
