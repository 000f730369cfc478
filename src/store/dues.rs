//! What came due, and up to when schedules were looked at.

use super::{
    Store, StoreError, Tx,
    link::{Found, ROWS, places, rows_of, sql},
};
use std::collections::{BTreeMap, HashSet};

/// What became of a due moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueState {
    /// A run was begun for it.
    Started,
    /// A person decides.
    Held,
    /// Left out, by rule or by a person.
    Skipped,
    /// Another run of the scenario was under way.
    Refused,
}

impl DueState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Started, Self::Held, Self::Skipped, Self::Refused];

    /// The word in the database and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Held => "held",
            Self::Skipped => "skipped",
            Self::Refused => "refused",
        }
    }

    /// The label on screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Started => "開始",
            Self::Held => "保留",
            Self::Skipped => "見送り",
            Self::Refused => "重複のため不開始",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

/// A moment at which a scenario came due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The scenario's id.
    pub scenario: String,
    /// RFC 3339, the office's time.
    pub at: String,
    /// What became of it.
    pub state: DueState,
    /// Why on that day.
    pub why: String,
    /// Why it did not start by itself.
    pub reason: Option<String>,
    /// The run that was begun for it.
    pub run: Option<String>,
    /// The person who decided.
    pub decided_by: Option<String>,
}

fn read(row: &Found) -> Result<Due, StoreError> {
    let state = row.text("state")?;
    Ok(Due {
        scenario: row.text("scenario")?,
        at: row.text("at")?,
        state: DueState::of(&state).ok_or(StoreError::Content(state))?,
        why: row.text("why")?,
        reason: row.maybe_text("reason")?,
        run: row.maybe_text("run_id")?,
        decided_by: row.maybe_text("decided_by")?,
    })
}

/// Up to when the schedules of a scenario were looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// SHA-256 of what the file says about them.
    pub schedule: String,
    /// RFC 3339.
    pub seen_until: String,
}

fn read_mark(row: &Found) -> Result<Mark, StoreError> {
    Ok(Mark { schedule: row.text("schedule")?, seen_until: row.text("seen_until")? })
}

impl Store {
    /// The newest due moments, of one state or of all.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn dues(&self, state: Option<DueState>, limit: u32) -> Result<Vec<Due>, StoreError> {
        let all = sql("SELECT * FROM dues WHERE ($1 = '' OR state = $1) ORDER BY at DESC, scenario LIMIT $2");
        let state = state.map_or("", DueState::word);
        self.all(all.bind(state).bind(limit)).await?.iter().map(read).collect()
    }

    /// Moments that wait for a person and were noted after the moment `after` (RFC 3339), or at that very moment and are not
    /// among those up to `last` (scenario and moment); oldest first, each with when it was noted.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn held_since(
        &self,
        after: &str,
        last: &str,
        limit: u32,
    ) -> Result<Vec<(Due, String)>, StoreError> {
        let held = "SELECT * FROM dues WHERE state IN ('held', 'refused')
                    AND (noted_at > $1 OR (noted_at = $1 AND scenario || ' ' || at > $2))
                    ORDER BY noted_at, scenario || ' ' || at LIMIT $3";
        let held = self.all(sql(held).bind(after).bind(last).bind(limit)).await?;
        held.iter().map(|row| Ok((read(row)?, row.text("noted_at")?))).collect()
    }

    /// Up to when the schedules of each scenario were looked at.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn marks(&self) -> Result<BTreeMap<String, Mark>, StoreError> {
        let rows = self.all(sql("SELECT scenario, schedule, seen_until FROM schedules")).await?;
        rows.iter().map(|row| Ok((row.text("scenario")?, read_mark(row)?))).collect()
    }

    /// How many due moments there are of each state.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count_dues(&self) -> Result<Vec<(DueState, u32)>, StoreError> {
        let rows =
            self.all(sql("SELECT state, count(*) AS n FROM dues GROUP BY state ORDER BY state")).await?;
        let count = |row: &Found| {
            let state = row.text("state")?;
            Ok((DueState::of(&state).ok_or(StoreError::Content(state))?, row.count("n")?))
        };
        rows.iter().map(count).collect()
    }
}

impl Tx<'_> {
    /// The due moment of a scenario at `at`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn due(&mut self, scenario: &str, at: &str) -> Result<Option<Due>, StoreError> {
        let one = sql("SELECT * FROM dues WHERE scenario = $1 AND at = $2 {update}");
        one.bind(scenario).bind(at).maybe(self.link()).await?.as_ref().map(read).transpose()
    }

    /// Which of these due moments, scenario and moment, are on record already: nothing follows from them twice.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn known_dues(
        &mut self,
        dues: &[(&str, String)],
    ) -> Result<HashSet<(String, String)>, StoreError> {
        let mut known = HashSet::new();
        for some in dues.chunks(ROWS) {
            let head = "SELECT scenario, at FROM dues WHERE (scenario, at) IN (VALUES";
            let ask = rows_of(head, (some.len(), 2), ")");
            let ask = some.iter().fold(ask, |ask, (scenario, at)| ask.bind(*scenario).bind(at));
            for row in ask.all(self.link()).await? {
                known.insert((row.text("scenario")?, row.text("at")?));
            }
        }
        Ok(known)
    }

    /// Puts due moments on record that are not there yet.
    ///
    /// # Errors
    /// When one is there, or the database refuses.
    pub async fn add_dues(&mut self, dues: &[Due], now: &str) -> Result<(), StoreError> {
        let head = "INSERT INTO dues (scenario, at, state, why, reason, run_id, noted_at) VALUES";
        for some in dues.chunks(ROWS) {
            let mut add = rows_of(head, (some.len(), 7), "");
            for due in some {
                add = add.bind(&due.scenario).bind(&due.at).bind(due.state.word()).bind(&due.why);
                add = add.bind(due.reason.as_deref()).bind(due.run.as_deref()).bind(now);
            }
            add.run(self.link()).await?;
        }
        Ok(())
    }

    /// Says what became of a due moment; with the person who decided, if one did.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle_due(&mut self, due: &Due, now: &str) -> Result<(), StoreError> {
        let settle = "UPDATE dues SET state = $3, reason = $4, run_id = $5, decided_by = $6, decided_at = $7
                      WHERE scenario = $1 AND at = $2";
        sql(settle)
            .bind(&due.scenario)
            .bind(&due.at)
            .bind(due.state.word())
            .bind(due.reason.as_deref())
            .bind(due.run.as_deref())
            .bind(due.decided_by.as_deref())
            .bind(now)
            .run(self.link())
            .await?;
        Ok(())
    }

    /// Up to when the schedules of these scenarios were looked at. Until this change ends nobody else looks.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn marks_of(&mut self, scenarios: &[&str]) -> Result<BTreeMap<String, Mark>, StoreError> {
        let mut all: Vec<&str> = scenarios.to_vec();
        all.sort_unstable();
        let locks: Vec<String> = all.iter().map(|scenario| format!("schedule {scenario}")).collect();
        self.alone_with_all(&locks).await?;
        let marks = format!(
            "SELECT scenario, schedule, seen_until FROM schedules WHERE scenario IN ({})",
            places(1, all.len())
        );
        let rows = all.iter().fold(sql(marks), |marks, id| marks.bind(*id)).all(self.link()).await?;
        rows.iter().map(|row| Ok((row.text("scenario")?, read_mark(row)?))).collect()
    }

    /// Notes up to when the schedules of a scenario were looked at.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_mark(&mut self, scenario: &str, mark: &Mark) -> Result<(), StoreError> {
        self.set_marks(&[(scenario.to_owned(), mark.clone())]).await
    }

    /// Notes up to when the schedules of several scenarios were looked at.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_marks(&mut self, marks: &[(String, Mark)]) -> Result<(), StoreError> {
        for some in marks.chunks(ROWS) {
            let mut set = rows_of(
                "INSERT INTO schedules (scenario, schedule, seen_until) VALUES",
                (some.len(), 3),
                "ON CONFLICT (scenario) DO UPDATE
                 SET schedule = excluded.schedule, seen_until = excluded.seen_until",
            );
            for (scenario, mark) in some {
                set = set.bind(scenario).bind(&mark.schedule).bind(&mark.seen_until);
            }
            set.run(self.link()).await?;
        }
        Ok(())
    }

    /// No schedule was looked at later than `now`: the clock was wrong and a person has set it right. What came due in
    /// that future and did not begin comes due again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn turn_marks_back(&mut self, now: &str) -> Result<(), StoreError> {
        let back = sql("UPDATE schedules SET seen_until = $1 WHERE seen_until > $1");
        back.bind(now).run(self.link()).await?;
        sql("DELETE FROM dues WHERE at > $1 AND run_id IS NULL").bind(now).run(self.link()).await?;
        Ok(())
    }
}
