//! Runs.

use super::{
    Store, StoreError, Tx,
    link::{Found, ROWS, places, rows_of, sql},
};
use crate::run::RunState;
use serde_json::Value;
use std::collections::HashMap;

/// A run to be begun.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// ULID.
    pub id: String,
    /// The scenario's id.
    pub scenario: String,
    /// SHA-256 of its file, hex.
    pub sha256: String,
    /// Business date, ISO.
    pub date: String,
    /// What `--set` gave.
    pub settings: Value,
    /// Who starts it: `{kind, id}`.
    pub actor: Value,
    /// RFC 3339.
    pub at: String,
}

/// A run as it stands.
#[derive(Debug, Clone)]
pub struct Run {
    /// ULID.
    pub id: String,
    /// The scenario's id.
    pub scenario: String,
    /// SHA-256 of its file, hex.
    pub sha256: String,
    /// Its state.
    pub state: RunState,
    /// Business date, ISO.
    pub date: String,
    /// What `--set` gave.
    pub settings: Value,
    /// Who started it.
    pub actor: Value,
    /// Whether the list of items is complete.
    pub listed: bool,
    /// Files written, relative to the office.
    pub outputs: Vec<String>,
    /// Why it stopped or failed.
    pub reason: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub ended_at: Option<String>,
    /// The worker that has it.
    pub worker: Option<i64>,
    /// It waits until then, in ms since 1970.
    pub wake_at: Option<i64>,
    /// When its contents were erased, RFC 3339.
    pub forgotten_at: Option<String>,
}

pub(super) fn read(row: &Found) -> Result<Run, StoreError> {
    let state = row.text("state")?;
    Ok(Run {
        id: row.text("id")?,
        scenario: row.text("scenario")?,
        sha256: row.text("sha256")?,
        state: RunState::of(&state).ok_or(StoreError::Content(state))?,
        date: row.text("date")?,
        settings: row.open_json("runs.settings")?,
        actor: row.json("actor")?,
        listed: row.int("listed")? != 0,
        outputs: row.open_json("runs.outputs")?,
        reason: row.maybe_text("reason")?,
        created_at: row.text("created_at")?,
        ended_at: row.maybe_text("ended_at")?,
        worker: row.maybe_int("epoch")?,
        wake_at: row.maybe_int("wake_at")?,
        forgotten_at: row.maybe_text("forgotten_at")?,
    })
}

impl Store {
    /// The run of that id; an unambiguous beginning or end of it is enough.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run(&self, id: &str) -> Result<Option<Run>, StoreError> {
        let whole = sql("SELECT * FROM runs WHERE id = $1").bind(id);
        if let Some(row) = self.maybe(whole).await? {
            return read(&row).map(Some);
        }
        let part = sql("SELECT * FROM runs WHERE id LIKE $1 || '%' OR id LIKE '%' || $1 LIMIT 2");
        let found = self.all(part.bind(id.to_uppercase())).await?;
        if let [one] = found.as_slice() { read(one).map(Some) } else { Ok(None) }
    }

    /// The newest runs first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn runs(&self, limit: u32) -> Result<Vec<Run>, StoreError> {
        let newest = sql("SELECT * FROM runs ORDER BY id DESC LIMIT $1").bind(limit);
        self.all(newest).await?.iter().map(read).collect()
    }
}

impl Store {
    /// How many runs there are of each state.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count_runs(&self) -> Result<Vec<(RunState, u32)>, StoreError> {
        let rows =
            self.all(sql("SELECT state, count(*) AS n FROM runs GROUP BY state ORDER BY state")).await?;
        let count = |row: &Found| {
            let state = row.text("state")?;
            Ok((RunState::of(&state).ok_or(StoreError::Content(state))?, row.count("n")?))
        };
        rows.iter().map(count).collect()
    }

    /// Runs that wait for people though some of their items could go on: all that was asked was answered, or the last
    /// answer was given before `quiet` (RFC 3339).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answered_runs(&self, quiet: &str) -> Result<Vec<Run>, StoreError> {
        let ready = "SELECT * FROM runs r WHERE r.state = 'waiting_for_people'
            AND EXISTS (SELECT 1 FROM items i WHERE i.run_id = r.id AND i.state = 'waiting')
            AND (NOT EXISTS (SELECT 1 FROM checks c WHERE c.run_id = r.id AND c.answer IS NULL)
                 OR NOT EXISTS (SELECT 1 FROM checks c WHERE c.run_id = r.id AND c.answered_at > $1))
            ORDER BY r.id";
        self.all(sql(ready).bind(quiet)).await?.iter().map(read).collect()
    }

    /// Whether there is a free run that no worker can take up, because its scenario is not as it was.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn has_stranded_run(&self) -> Result<bool, StoreError> {
        let stranded = "SELECT r.id FROM runs r WHERE r.epoch IS NULL AND r.state IN ('queued', 'running')
                        AND (r.wake_at IS NULL OR r.wake_at <= {now})
                        AND NOT EXISTS (SELECT 1 FROM offers o WHERE o.sha256 = r.sha256) LIMIT 1";
        Ok(self.maybe(sql(stranded)).await?.is_some())
    }
}

impl Tx<'_> {
    /// Adds a run in state `queued`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_run(&mut self, run: &NewRun) -> Result<(), StoreError> {
        self.add_runs(std::slice::from_ref(run)).await
    }

    /// Adds runs in state `queued`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_runs(&mut self, runs: &[NewRun]) -> Result<(), StoreError> {
        let head = "INSERT INTO runs (id, scenario, sha256, state, date, settings, actor, created_at, outputs) VALUES";
        for some in runs.chunks(ROWS) {
            let mut add = rows_of(head, (some.len(), 9), "");
            for run in some {
                add = add.bind(&run.id).bind(&run.scenario).bind(&run.sha256).bind(RunState::Queued.word());
                add = add.bind(&run.date).seal("runs.settings", run.settings.to_string());
                add = add.bind(run.actor.to_string()).bind(&run.at).seal("runs.outputs", "[]");
            }
            add.run(self.link()).await?;
        }
        Ok(())
    }

    /// Another run of the scenario that has begun and not come to rest. Until this change ends nobody else begins one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn running(&mut self, scenario: &str) -> Result<Option<String>, StoreError> {
        self.alone(format!("scenario {scenario}")).await?;
        let other = "SELECT id FROM runs WHERE scenario = $1 AND state IN ('queued', 'running') LIMIT 1";
        sql(other).bind(scenario).maybe(self.link()).await?.map(|row| row.text("id")).transpose()
    }

    /// The same for many scenarios: those of which a run is not at rest, with that run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn running_of(&mut self, scenarios: &[&str]) -> Result<HashMap<String, String>, StoreError> {
        let mut all: Vec<&str> = scenarios.to_vec();
        all.sort_unstable();
        all.dedup();
        let locks: Vec<String> = all.iter().map(|scenario| format!("scenario {scenario}")).collect();
        self.alone_with_all(&locks).await?;
        let others = format!(
            "SELECT scenario, id FROM runs WHERE scenario IN ({}) AND state IN ('queued', 'running')",
            places(1, all.len())
        );
        let rows = all.iter().fold(sql(others), |others, id| others.bind(*id)).all(self.link()).await?;
        rows.iter().map(|row| Ok((row.text("scenario")?, row.text("id")?))).collect()
    }

    /// Moves a run to `next`. A run that comes to rest belongs to no worker.
    ///
    /// # Errors
    /// When the move is not legal or the database refuses.
    pub async fn move_run(
        &mut self,
        id: &str,
        next: RunState,
        reason: Option<&str>,
        at: &str,
    ) -> Result<(), StoreError> {
        let moves = matches!(next, RunState::Queued | RunState::Running);
        let rest = match (next, moves) {
            // Who begins anew after a crash does not count the time in between.
            (RunState::Running, _) => ", worked_since = {now}",
            (_, true) => "",
            _ => {
                ", epoch = NULL, worked_ms = worked_ms + COALESCE({now} - worked_since, 0), worked_since = NULL, \
                  done = (SELECT count(*) FROM items i WHERE i.run_id = runs.id AND i.state = 'done'), \
                  bad = (SELECT count(*) FROM items i WHERE i.run_id = runs.id \
                         AND i.state IN ('stopped', 'failed', 'held'))"
            }
        };
        let ended = (!moves).then_some(at);
        let from = RunState::ALL.into_iter().filter(|from| *from == next || from.may_become(next));
        let from: Vec<&str> = from.map(RunState::word).collect();
        let changed = sql(format!(
            "UPDATE runs SET state = $2, reason = $3, ended_at = $4, wake_at = NULL{rest}
             WHERE id = $1 AND forgotten_at IS NULL AND state IN ('{}')",
            from.join("', '")
        ))
        .bind(id)
        .bind(next.word())
        .bind(reason)
        .bind(ended)
        .run(self.link())
        .await?;
        if changed == 1 { Ok(()) } else { Err(self.refused_move(id, next).await?) }
    }

    /// Why a run was not moved to `next`.
    async fn refused_move(&mut self, id: &str, next: RunState) -> Result<StoreError, StoreError> {
        let run = sql("SELECT state, forgotten_at FROM runs WHERE id = $1").bind(id).one(self.link()).await?;
        if run.maybe_text("forgotten_at")?.is_some() {
            return Ok(StoreError::Forgotten);
        }
        let word = run.text("state")?;
        let from = RunState::of(&word).map_or(word, |from| from.label().into());
        Ok(StoreError::Move { from, to: next.label().into() })
    }

    /// Whether some worker has the run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_in_hand(&mut self, id: &str) -> Result<bool, StoreError> {
        let run = sql("SELECT epoch FROM runs WHERE id = $1 {update}").bind(id);
        Ok(run.one(self.link()).await?.maybe_int("epoch")?.is_some())
    }

    /// The run goes on with another version of its scenario.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_sha256(&mut self, id: &str, sha256: &str) -> Result<(), StoreError> {
        let set = sql("UPDATE runs SET sha256 = $2 WHERE id = $1");
        set.bind(id).bind(sha256).run(self.link()).await?;
        Ok(())
    }

    /// The run rests, still under way, until `wake_at` (ms since 1970); then whoever is free takes it up.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn park_run(&mut self, id: &str, wake_at: i64, reason: &str) -> Result<(), StoreError> {
        let park = sql("UPDATE runs SET wake_at = $2, reason = $3, epoch = NULL,
            worked_ms = worked_ms + COALESCE({now} - worked_since, 0), worked_since = NULL WHERE id = $1");
        park.bind(id).bind(wake_at).bind(reason).run(self.link()).await?;
        Ok(())
    }

    /// Notes that the list of items is complete.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_listed(&mut self, id: &str) -> Result<(), StoreError> {
        sql("UPDATE runs SET listed = 1 WHERE id = $1").bind(id).run(self.link()).await?;
        Ok(())
    }

    /// Notes a file the run has written.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_output(&mut self, id: &str, file: &str) -> Result<(), StoreError> {
        let known = sql("SELECT outputs FROM runs WHERE id = $1 {update}").bind(id);
        let mut outputs: Vec<String> = known.one(self.link()).await?.open_json("runs.outputs")?;
        if !outputs.iter().any(|known| known == file) {
            outputs.push(file.to_owned());
            let outputs = serde_json::to_string(&outputs)?;
            let set = sql("UPDATE runs SET outputs = $2 WHERE id = $1").bind(id);
            set.seal("runs.outputs", outputs).run(self.link()).await?;
        }
        Ok(())
    }
}
