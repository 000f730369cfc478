//! The schedules of all scenarios, and what has come due since they were last looked at.

use super::{
    missed::fates,
    moved::{Moved, moved},
};
use crate::{
    calendar::{MissedPolicy, Moment, OfficeCalendar, Schedule},
    control::{
        AuditLog,
        acts::ActError,
        dues::{Arrival, Fate, arrive, moment},
    },
    store::{Due, Mark, Store, Strength, Tx},
};
use jiff::{SignedDuration, Zoned};
use std::collections::{BTreeMap, BTreeSet};

/// So many moments of one schedule are put on record one by one; of more, after a long time, only the newest.
const MOST: usize = 100;
/// Scenarios whose due moments are put on record in one change.
const TOGETHER: usize = 100;

/// Scenarios looked at in one go: what came due for more of them is put on record in the next, after runs were begun.
const AT_ONCE: usize = 1000;

/// Why a moment is held that other open days have moved before the present.
const SLIPPED: &str = "開庁日が変わり、予定がすでに過ぎた時刻に移りました。`shoki schedule run` で開始するか、`shoki schedule skip` で見送ってください。";

/// Why a moment is held that other open days have put behind the present, after it has come before.
const AGAIN: &str = "開庁日が変わり、一度来た予定がもう一度来る時刻に移りました。もう一度開始するなら `shoki schedule run` で開始し、しないなら `shoki schedule skip` で見送ってください。";

/// Why a moment is held that came while the file of its scenario was away or had mistakes.
const UNREAD: &str = "予定の時刻にシナリオのファイルを読めませんでした。`shoki schedule run` で開始するか、`shoki schedule skip` で見送ってください。";

/// What came while the file of a scenario was away is found so far back. A scenario that was away for longer was taken out.
const AWAY: SignedDuration = SignedDuration::from_hours(24);

/// What becomes of a moment, and the word of the rule for missed moments if it was missed.
type Told = (Fate, Option<&'static str>);
/// A moment of a scenario that has come, and what becomes of it.
type Came<'a> = (&'a Watched, Moment, Told);

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
    /// Those whose file came back, until what they missed is on record.
    returned: BTreeSet<String>,
}

impl Watcher {
    /// Watches nothing yet.
    #[must_use]
    pub fn new(calendar: OfficeCalendar) -> Self {
        Self { calendar, scenarios: BTreeMap::new(), returned: BTreeSet::new() }
    }

    /// The office has other open days from now on; not before what has come due already was looked at under those it had.
    /// What was still to come and lies before `now` under them is held, and what would come a second time: says those
    /// moments.
    ///
    /// # Errors
    /// When nothing can be recorded. The open days are then as they were.
    pub async fn set_calendar(
        &mut self,
        calendar: OfficeCalendar,
        store: &Store,
        log: &AuditLog,
        now: &Zoned,
    ) -> Result<Vec<Due>, ActError> {
        if self.calendar == calendar || self.next().is_some_and(|next| next <= now) {
            return Ok(Vec::new());
        }
        let moving = self.scenarios.values().map(|(watched, _)| watched);
        let moving = moving.filter(|watched| watched.schedule.iter().any(Schedule::moves));
        let calendars = (&self.calendar, &calendar);
        let all: Vec<(&Watched, Moved)> =
            moving.map(|watched| (watched, moved(&watched.schedule, calendars, now))).collect();
        let mut held = Vec::new();
        for some in all.chunks(TOGETHER) {
            held.extend(hold_moved(some, (store, log), now).await?);
        }
        self.calendar = calendar;
        for (watched, next) in self.scenarios.values_mut() {
            *next = watched.next_after(&self.calendar, now);
        }
        Ok(held)
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

    /// The clock was wrong and is right now: schedules that were looked at in a future that did not come are looked at
    /// again from where the record has them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rewind(&mut self, store: &Store, now: &Zoned) -> Result<(), ActError> {
        let marks = store.marks().await?;
        for (watched, next) in self.scenarios.values_mut() {
            let seen = marks.get(&watched.id).and_then(|mark| read(&mark.seen_until));
            *next = watched.next_after(&self.calendar, seen.as_ref().unwrap_or(now));
        }
        Ok(())
    }

    /// A scenario is new, or was changed. New schedules count from `now` on. One that was away, with the schedules it has,
    /// is looked at from where the record has it.
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
        let mark = tx.marks_of(&[watched.id.as_str()]).await?.remove(&watched.id);
        let was_away = !self.scenarios.contains_key(&watched.id);
        let seen = mark.filter(|mark| was_away && mark.schedule == watched.digest);
        let seen = seen.and_then(|mark| read(&mark.seen_until)).unwrap_or_else(|| now.clone());
        let seen = seen.clamp(now.checked_sub(AWAY).unwrap_or_else(|_| now.clone()), now.clone());
        tx.set_mark(&watched.id, &watched.mark(&seen)).await?;
        tx.commit().await?;
        let next = watched.next_after(&self.calendar, &seen);
        if next.as_ref().is_some_and(|next| next <= now) {
            self.returned.insert(watched.id.clone());
        } else {
            self.returned.remove(&watched.id);
        }
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
            all.extend(self.arrivals(&some, (store, log), now).await?);
            for watched in some {
                let next = watched.next_after(&self.calendar, now);
                self.returned.remove(&watched.id);
                self.scenarios.insert(watched.id.clone(), (watched.clone(), next));
            }
        }
        Ok(all)
    }

    /// What of these scenarios has come due since the last look: one change, the earliest moment first.
    async fn arrivals(
        &self,
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
                let moments = schedule.newest(&self.calendar, &seen, now, MOST);
                // What the file said while nobody watched is not known: a person decides.
                let rule = if changed { MissedPolicy::Hold } else { schedule.missed };
                let fates = fates(&moments, now, rule).into_iter().map(|fate| self.unread(&watched.id, fate));
                came.extend(moments.into_iter().zip(fates).map(|(moment, fate)| (*watched, moment, fate)));
            }
            if *now > seen || changed {
                looked.push((watched.id.clone(), watched.mark(now)));
            }
        }
        let all = put(&mut tx, log, came).await?;
        tx.set_marks(&looked).await?;
        tx.commit().await?;
        Ok(all)
    }

    /// What a scenario missed whose file was away is held: it may have been taken out for that time.
    fn unread(&self, id: &str, told: Told) -> Told {
        match told {
            (_, Some(_)) if self.returned.contains(id) => {
                (Fate::Hold(UNREAD.into()), Some(MissedPolicy::Hold.word()))
            }
            told => told,
        }
    }
}

/// Holds what other open days move before `now`, because no look ahead finds it, and what they let come a second time: a
/// person decides. All that lies before `now` has been looked at then, under the open days that were.
async fn hold_moved(
    some: &[(&Watched, Moved)],
    (store, log): (&Store, &AuditLog),
    now: &Zoned,
) -> Result<Vec<Due>, ActError> {
    let ids: Vec<&str> = some.iter().map(|(watched, _)| watched.id.as_str()).collect();
    let mut origins: Vec<(&str, String)> = Vec::new();
    for (watched, moved) in some {
        let all = moved.again.iter().flat_map(|(_, origins)| origins);
        origins.extend(all.map(|at| (watched.id.as_str(), moment(at))));
    }
    let mut tx = store.begin(Strength::Power).await?;
    // Nobody else looks at these schedules meanwhile.
    let marks = tx.marks_of(&ids).await?;
    let known = tx.known_dues(&origins).await?;
    let (mut came, mut looked) = (Vec::new(), Vec::new());
    for (watched, moved) in some {
        let hold = |at: &Moment, why: &str| (*watched, at.clone(), (Fate::Hold(why.into()), None));
        came.extend(moved.slipped.iter().map(|at| hold(at, SLIPPED)));
        let has_come = |at: &Zoned| known.contains(&(watched.id.clone(), moment(at)));
        let again = moved.again.iter().filter(|(_, origins)| origins.iter().all(has_come));
        came.extend(again.map(|(at, _)| hold(at, AGAIN)));
        let seen = marks.get(&watched.id).and_then(|mark| read(&mark.seen_until));
        if seen.is_none_or(|seen| seen < *now) {
            looked.push((watched.id.clone(), watched.mark(now)));
        }
    }
    let all = put(&mut tx, log, came).await?;
    tx.set_marks(&looked).await?;
    tx.commit().await?;
    Ok(all)
}

/// Puts on record what came, the earliest moment first.
async fn put(tx: &mut Tx<'_>, log: &AuditLog, mut came: Vec<Came<'_>>) -> Result<Vec<Due>, ActError> {
    came.sort_by(|(_, a, _), (_, b, _)| a.at.cmp(&b.at));
    // Two schedules of a scenario may name one moment.
    let mut told = BTreeSet::new();
    came.retain(|(watched, moment, _)| told.insert((watched.id.as_str(), moment.at.clone())));
    arrive(tx, log, came.iter().map(arrival).collect()).await
}

fn arrival<'a>((watched, moment, (fate, missed)): &'a Came<'_>) -> Arrival<'a> {
    let fixed = watched.fixed.as_ref().map(|(sha256, seal)| (sha256.as_str(), seal.as_str()));
    let (fate, missed) = (fate.clone(), *missed);
    Arrival { scenario: &watched.id, fixed, at: &moment.at, why: &moment.why, fate, missed }
}

fn read(moment: &str) -> Option<Zoned> {
    format!("{moment}[+09:00]").parse().ok()
}
