//! Finished steps and their outputs.

use super::{Store, StoreError, Tx};
use serde_json::Value;

/// A finished step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepResult {
    /// The step's id.
    pub step: String,
    /// Its output.
    pub output: Value,
    /// An irreversible step: never done again.
    pub receipted: bool,
}

type Raw = (String, String, bool);

fn read((step, output, receipted): Raw) -> Result<StepResult, StoreError> {
    Ok(StepResult { step, output: serde_json::from_str(&output)?, receipted })
}

impl Store {
    /// The finished steps of an item (0: of `before` and `after`), oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn results(&self, run: &str, n: u32) -> Result<Vec<StepResult>, StoreError> {
        let sql = "SELECT step, output, receipted FROM results WHERE run_id = $1 AND n = $2 ORDER BY rowid";
        let rows: Vec<Raw> = sqlx::query_as(sql).bind(run).bind(n).fetch_all(&self.readers).await?;
        rows.into_iter().map(read).collect()
    }

    /// The finished steps of all items of a run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all_results(&self, run: &str) -> Result<Vec<(u32, StepResult)>, StoreError> {
        let sql =
            "SELECT n, step, output, receipted FROM results WHERE run_id = $1 AND n > 0 ORDER BY n, rowid";
        let rows: Vec<(u32, String, String, bool)> =
            sqlx::query_as(sql).bind(run).fetch_all(&self.readers).await?;
        rows.into_iter().map(|(n, s, o, r)| Ok((n, read((s, o, r))?))).collect()
    }
}

impl Tx<'_> {
    /// Puts a finished step on record; a step done again replaces its output, unless it was receipted.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_result(
        &mut self,
        run: &str,
        n: u32,
        result: &StepResult,
        at: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO results (run_id, n, step, output, receipted, finished_at) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (run_id, n, step) DO UPDATE
                   SET output = excluded.output, receipted = excluded.receipted, finished_at = excluded.finished_at
                   WHERE NOT results.receipted";
        sqlx::query(sql)
            .bind(run)
            .bind(n)
            .bind(&result.step)
            .bind(result.output.to_string())
            .bind(result.receipted)
            .bind(at)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Takes steps off the record, so that they are done again; a receipted one stays.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_results(&mut self, run: &str, n: u32, steps: &[&str]) -> Result<(), StoreError> {
        let sql = "DELETE FROM results WHERE run_id = $1 AND n = $2 AND NOT receipted
                   AND step IN (SELECT value FROM json_each($3))";
        let list = serde_json::to_string(steps)?;
        sqlx::query(sql).bind(run).bind(n).bind(list).execute(self.connection()).await?;
        Ok(())
    }
}
