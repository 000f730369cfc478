//! Runs.

use super::{Store, StoreError, Tx};
use crate::run::RunState;
use serde_json::Value;
use sqlx::{FromRow, Row, sqlite::SqliteRow};

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
}

impl FromRow<'_, SqliteRow> for Run {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let json = |column: &str| -> Result<Value, sqlx::Error> {
            serde_json::from_str(row.try_get(column)?).map_err(|e| sqlx::Error::Decode(Box::new(e)))
        };
        let state: &str = row.try_get("state")?;
        Ok(Self {
            id: row.try_get("id")?,
            scenario: row.try_get("scenario")?,
            sha256: row.try_get("sha256")?,
            state: RunState::of(state)
                .ok_or_else(|| sqlx::Error::Decode(format!("run state {state}").into()))?,
            date: row.try_get("date")?,
            settings: json("settings")?,
            actor: json("actor")?,
            listed: row.try_get("listed")?,
            outputs: serde_json::from_value(json("outputs")?).unwrap_or_default(),
            reason: row.try_get("reason")?,
            created_at: row.try_get("created_at")?,
            ended_at: row.try_get("ended_at")?,
        })
    }
}

impl Store {
    /// The run of that id; an unambiguous beginning or end of it is enough.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run(&self, id: &str) -> Result<Option<Run>, StoreError> {
        let sql = "SELECT * FROM runs WHERE id = $1 OR id LIKE $1 || '%' OR id LIKE '%' || $1 LIMIT 2";
        let mut found: Vec<Run> =
            sqlx::query_as(sql).bind(id.to_uppercase()).fetch_all(&self.readers).await?;
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    /// The newest runs first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn runs(&self, limit: u32) -> Result<Vec<Run>, StoreError> {
        let sql = "SELECT * FROM runs ORDER BY id DESC LIMIT $1";
        Ok(sqlx::query_as(sql).bind(limit).fetch_all(&self.readers).await?)
    }
}

impl Tx<'_> {
    /// Adds a run in state `queued`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_run(&mut self, run: &NewRun) -> Result<(), StoreError> {
        let sql = "INSERT INTO runs (id, scenario, sha256, state, date, settings, actor, created_at)
                   VALUES ($1, $2, $3, 'queued', $4, $5, $6, $7)";
        let query = sqlx::query(sql).bind(&run.id).bind(&run.scenario).bind(&run.sha256).bind(&run.date);
        query
            .bind(run.settings.to_string())
            .bind(run.actor.to_string())
            .bind(&run.at)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Another run of the scenario that has begun and not come to rest.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn running(&mut self, scenario: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT id FROM runs WHERE scenario = $1 AND state IN ('queued', 'running') LIMIT 1";
        Ok(sqlx::query_scalar(sql).bind(scenario).fetch_optional(self.connection()).await?)
    }

    /// Moves a run to `next`.
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
        let word: String = sqlx::query_scalar("SELECT state FROM runs WHERE id = $1")
            .bind(id)
            .fetch_one(self.connection())
            .await?;
        let from = RunState::of(&word).ok_or_else(|| StoreError::Content(word.clone()))?;
        if from != next && !from.may_become(next) {
            return Err(StoreError::Move { from: from.label().into(), to: next.label().into() });
        }
        let ended = (!matches!(next, RunState::Queued | RunState::Running)).then_some(at);
        sqlx::query("UPDATE runs SET state = $2, reason = $3, ended_at = $4 WHERE id = $1")
            .bind(id)
            .bind(next.word())
            .bind(reason)
            .bind(ended)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Notes that the list of items is complete.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_listed(&mut self, id: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE runs SET listed = 1 WHERE id = $1").bind(id).execute(self.connection()).await?;
        Ok(())
    }

    /// Notes a file the run has written.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_output(&mut self, id: &str, file: &str) -> Result<(), StoreError> {
        let sql = "UPDATE runs SET outputs = json_insert(outputs, '$[#]', $2)
                   WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM json_each(outputs) WHERE value = $2)";
        sqlx::query(sql).bind(id).bind(file).execute(self.connection()).await?;
        Ok(())
    }
}
