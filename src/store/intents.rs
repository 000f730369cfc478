//! Intents and receipts of irreversible steps.

use super::{Store, StoreError, Tx};

/// How far an irreversible act is known to have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentState {
    /// Announced; whether it happened is not known.
    Open,
    /// It happened.
    Done,
}

/// An announced irreversible act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The run that announced it.
    pub run_id: String,
    /// The item.
    pub n: u32,
    /// The step.
    pub step: String,
    /// The business key.
    pub once: String,
    /// ULID, the same in every log entry about it.
    pub idem: String,
    /// How far it is known to have come.
    pub state: IntentState,
    /// What the target gave in return.
    pub receipt: Option<String>,
}

type Raw = (String, u32, String, String, String, String, Option<String>);
const COLUMNS: &str = "SELECT run_id, n, step, once, idem, state, receipt FROM intents";

fn read((run_id, n, step, once, idem, state, receipt): Raw) -> Intent {
    let state = if state == "done" { IntentState::Done } else { IntentState::Open };
    Intent { run_id, n, step, once, idem, state, receipt }
}

impl Store {
    /// The open intents of a run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_intents(&self, run: &str) -> Result<Vec<Intent>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE run_id = $1 AND state = 'open' ORDER BY n"));
        let rows: Vec<Raw> = sqlx::query_as(sql).bind(run).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(read).collect())
    }
}

impl Tx<'_> {
    /// The intent under that business key, over all runs of the scenario.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn intent(
        &mut self,
        scenario: &str,
        step: &str,
        once: &str,
    ) -> Result<Option<Intent>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE scenario = $1 AND step = $2 AND once = $3"));
        let query = sqlx::query_as(sql).bind(scenario).bind(step).bind(once);
        let row: Option<Raw> = query.fetch_optional(self.connection()).await?;
        Ok(row.map(read))
    }

    /// The open intent of an item at a step.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_intent(&mut self, run: &str, n: u32, step: &str) -> Result<Option<Intent>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{COLUMNS} WHERE run_id = $1 AND n = $2 AND step = $3 AND state = 'open'"
        ));
        let row: Option<Raw> =
            sqlx::query_as(sql).bind(run).bind(n).bind(step).fetch_optional(self.connection()).await?;
        Ok(row.map(read))
    }

    /// Announces an act. Commit with [`super::Strength::Power`] before acting.
    ///
    /// # Errors
    /// When one is on record under the same key, or the database refuses.
    pub async fn add_intent(&mut self, scenario: &str, intent: &Intent, at: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO intents (scenario, step, once, run_id, n, idem, state, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'open', $7)";
        sqlx::query(sql)
            .bind(scenario)
            .bind(&intent.step)
            .bind(&intent.once)
            .bind(&intent.run_id)
            .bind(intent.n)
            .bind(&intent.idem)
            .bind(at)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// It happened.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle_intent(
        &mut self,
        idem: &str,
        receipt: Option<&str>,
        at: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE intents SET state = 'done', receipt = $2, settled_at = $3 WHERE idem = $1")
            .bind(idem)
            .bind(receipt)
            .bind(at)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// It is known not to have happened: the key is free again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn withdraw_intent(&mut self, idem: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM intents WHERE idem = $1 AND state = 'open'")
            .bind(idem)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
