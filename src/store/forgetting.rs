//! Erasing what is not needed any more: first the contents of a run, later the run itself.
//!
//! What stays of a run without contents: its states, times, steps and counts, the names of its outputs, and what keeps anything
//! from being entered twice, which are the business keys and the receipts, both sealed, and the keyed prints of the values that
//! were entered, so that a number that is given a second time is told from a case that is known.

use super::{Store, StoreError, Tx, items::LEFT_LYING, link::sql};

/// Ended for good: nothing goes on by itself, and nobody is waited for.
const ENDED: &str = "state IN ('done', 'done_with_exceptions', 'stopped', 'failed') AND ended_at < $1";

/// Everything of a run, in an order in which nothing points at what is gone.
const PARTS: [(&str, &str); 8] = [
    ("typed", "check_id IN (SELECT c.id FROM checks c WHERE c.run_id IN {old})"),
    ("worklist", "run_id IN {old}"),
    ("checks", "run_id IN {old}"),
    ("results", "run_id IN {old}"),
    ("intents", "run_id IN {old}"),
    ("item_keys", "run_id IN {old}"),
    ("items", "run_id IN {old}"),
    ("runs", "id IN {old}"),
];

impl Store {
    /// The business keys of a scenario that a new run would pass over, also those of runs whose contents were erased.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn known_keys(&self, scenario: &str) -> Result<Vec<String>, StoreError> {
        let known = format!(
            "SELECT k.key FROM item_keys k JOIN items i ON i.run_id = k.run_id AND i.n = k.n
             WHERE k.scenario = $1 AND i.state NOT IN ('failed', 'held') AND {LEFT_LYING} = 0
             ORDER BY k.run_id, k.n"
        );
        self.all(sql(known).bind(scenario)).await?.iter().map(|row| row.open("item_keys.key")).collect()
    }

    /// Runs that ended for good before `until` (RFC 3339) and still have their contents, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn runs_to_forget(&self, until: &str) -> Result<Vec<String>, StoreError> {
        let old = format!("SELECT id FROM runs WHERE {ENDED} AND forgotten_at IS NULL ORDER BY id");
        self.all(sql(old).bind(until)).await?.iter().map(|row| row.text("id")).collect()
    }
}

impl Tx<'_> {
    /// What `SQLite` erases from now on it writes over, or no more.
    async fn write_over(&mut self, on: bool) -> Result<(), StoreError> {
        if !self.link().is_server() {
            let word = if on { "ON" } else { "OFF" };
            sql(format!("PRAGMA secure_delete = {word}")).all(self.link()).await?;
        }
        Ok(())
    }

    /// Erases the contents of a run that has ended for good: inputs, readings, outputs of steps, questions and answers,
    /// settings. Says of how many items.
    ///
    /// # Errors
    /// When the run has not ended, or the database refuses.
    pub async fn forget_contents(&mut self, run: &str, at: &str) -> Result<u64, StoreError> {
        self.write_over(true).await?;
        let mark = format!("UPDATE runs SET forgotten_at = $2, settings = $3 WHERE id = $4 AND {ENDED}");
        let mark = sql(mark).bind(at).bind(at).seal("runs.settings", "{}").bind(run);
        if mark.run(self.link()).await? != 1 {
            return Err(StoreError::Forgotten);
        }
        sql("DELETE FROM results WHERE run_id = $1").bind(run).run(self.link()).await?;
        sql("DELETE FROM worklist WHERE run_id = $1").bind(run).run(self.link()).await?;
        let typed =
            "UPDATE typed SET text = NULL WHERE check_id IN (SELECT id FROM checks WHERE run_id = $1)";
        sql(typed).bind(run).run(self.link()).await?;
        let checks =
            "UPDATE checks SET questions = $2, answer = $3, label = $4, paper = NULL WHERE run_id = $1";
        let checks = sql(checks).bind(run).seal("checks.questions", "[]").seal("checks.answer", "{}");
        checks.seal("checks.label", "").run(self.link()).await?;
        let items = sql("UPDATE items SET input = $2, key = $3 WHERE run_id = $1").bind(run);
        let count = items.seal("items.input", "null").seal("items.key", "").run(self.link()).await?;
        self.write_over(false).await?;
        Ok(count)
    }

    /// Erases all runs that ended for good before `until` (RFC 3339), their keys and receipts too; not those of which pictures
    /// are still kept. Says how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_runs(&mut self, until: &str) -> Result<u64, StoreError> {
        self.write_over(true).await?;
        let old = format!(
            "(SELECT r.id FROM runs r WHERE {ENDED} AND r.id NOT IN (SELECT e.run_id FROM evidence e))"
        );
        let mut count = 0;
        for (table, which) in PARTS {
            let which = which.replace("{old}", &old);
            count = sql(format!("DELETE FROM {table} WHERE {which}")).bind(until).run(self.link()).await?;
        }
        self.write_over(false).await?;
        Ok(count)
    }
}
