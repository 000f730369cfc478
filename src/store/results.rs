//! Finished steps and their outputs.

use super::{
    Store, StoreError, Tx, Worker,
    link::{Found, sql},
    tx::ME,
};
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

fn read(row: &Found) -> Result<StepResult, StoreError> {
    Ok(StepResult {
        step: row.text("step")?,
        output: row.open_json("results.output")?,
        receipted: row.int("receipted")? != 0,
    })
}

impl Store {
    /// The finished steps of an item (0: of `before` and `after`), oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn results(&self, run: &str, n: u32) -> Result<Vec<StepResult>, StoreError> {
        let finished =
            sql("SELECT step, output, receipted FROM results WHERE run_id = $1 AND n = $2 ORDER BY rowid");
        self.all(finished.bind(run).bind(n)).await?.iter().map(read).collect()
    }

    /// The finished steps of all items of a run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all_results(&self, run: &str) -> Result<Vec<(u32, StepResult)>, StoreError> {
        let finished = sql(
            "SELECT n, step, output, receipted FROM results WHERE run_id = $1 AND n > 0 ORDER BY n, rowid",
        );
        self.all(finished.bind(run)).await?.iter().map(|row| Ok((row.count("n")?, read(row)?))).collect()
    }
}

/// A step done again replaces its output, unless it was receipted.
const AGAIN: &str = "ON CONFLICT (run_id, n, step) DO UPDATE
    SET output = excluded.output, receipted = excluded.receipted, finished_at = excluded.finished_at
    WHERE results.receipted = 0";

impl Store {
    /// As [`Tx::add_result`], as a change of its own that survives a killed process: for steps that can be done again.
    ///
    /// # Errors
    /// [`StoreError::Lost`]; when the database refuses.
    pub async fn put_result(
        &self,
        worker: &Worker,
        run: &str,
        n: u32,
        result: &StepResult,
        at: &str,
    ) -> Result<(), StoreError> {
        let put = format!(
            "{ME} INSERT INTO results (run_id, n, step, output, receipted, finished_at)
             SELECT $2, $3, $4, $5, $6, $7 FROM me WHERE true {AGAIN} RETURNING n"
        );
        let put = sql(put).bind(worker.epoch).bind(run).bind(n).bind(&result.step);
        let put = put.seal("results.output", result.output.to_string()).bind(result.receipted).bind(at);
        // Nothing was put: a receipted output stays, or the worker is gone.
        if self.at_once(put).await?.is_empty() { self.still_here(worker).await } else { Ok(()) }
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
        let put = "INSERT INTO results (run_id, n, step, output, receipted, finished_at) VALUES ($1, $2, $3, $4, $5, $6)";
        sql(format!("{put} {AGAIN}"))
            .bind(run)
            .bind(n)
            .bind(&result.step)
            .seal("results.output", result.output.to_string())
            .bind(result.receipted)
            .bind(at)
            .run(self.link())
            .await?;
        Ok(())
    }

    /// Whether a step of an item is on record, as this change sees it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn has_result(&mut self, run: &str, n: u32, step: &str) -> Result<bool, StoreError> {
        let known = sql("SELECT step FROM results WHERE run_id = $1 AND n = $2 AND step = $3");
        Ok(known.bind(run).bind(n).bind(step).maybe(self.link()).await?.is_some())
    }

    /// Takes steps off the record, so that they are done again; a receipted one stays.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_results(&mut self, run: &str, n: u32, steps: &[&str]) -> Result<(), StoreError> {
        let forget = "DELETE FROM results WHERE run_id = $1 AND n = $2 AND step = $3 AND receipted = 0";
        for step in steps {
            sql(forget).bind(run).bind(n).bind(*step).run(self.link()).await?;
        }
        Ok(())
    }
}
