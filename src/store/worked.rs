//! What runs cost the machine and what came of them, by scenario and month.

use super::{Store, StoreError, link::Found, link::sql};

/// What the runs of one scenario did in one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worked {
    /// The scenario.
    pub scenario: String,
    /// `2026-11`, of their business dates.
    pub month: String,
    /// Runs.
    pub runs: u32,
    /// Items that are done.
    pub done: u32,
    /// Time in ms in which a machine worked on them.
    pub ms: u64,
}

impl Store {
    /// What runs cost and what came of them, by scenario and month. A run counts what it has come to when it last rested.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn worked(&self) -> Result<Vec<Worked>, StoreError> {
        let sum = "SELECT scenario, substr(date, 1, 7) AS month, COUNT(*) AS runs, CAST(SUM(done) AS BIGINT) AS done,
            CAST(SUM(worked_ms) AS BIGINT) AS ms FROM runs GROUP BY scenario, substr(date, 1, 7) ORDER BY 1, 2";
        let worked = |row: &Found| {
            Ok(Worked {
                scenario: row.text("scenario")?,
                month: row.text("month")?,
                runs: row.count("runs")?,
                done: row.count("done")?,
                ms: u64::try_from(row.int("ms")?).unwrap_or(0),
            })
        };
        self.all(sql(sum)).await?.iter().map(worked).collect()
    }
}
