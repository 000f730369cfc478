//! What people are asked and what they answered.

use super::{Store, StoreError, Tx};
use crate::run::Question;
use serde_json::Value;
use sqlx::{FromRow, Row, sqlite::SqliteRow};

/// What kind of look a person takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckKind {
    /// Compares and corrects readings.
    Check,
    /// Allows or refuses something.
    Approval,
    /// Says whether an irreversible act happened.
    InDoubt,
}

impl CheckKind {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Approval => "approval",
            Self::InDoubt => "in_doubt",
        }
    }
}

/// One look of a person at one step of one item.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its number, unique in the office.
    pub id: i64,
    /// The run.
    pub run_id: String,
    /// The item.
    pub n: u32,
    /// The step.
    pub step: String,
    /// The kind of look.
    pub kind: CheckKind,
    /// What is asked.
    pub questions: Vec<Question>,
    /// Field → value, once answered.
    pub answer: Option<Value>,
    /// Who answered.
    pub answered_by: Option<String>,
}

impl FromRow<'_, SqliteRow> for Check {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let decode = |e: serde_json::Error| sqlx::Error::Decode(Box::new(e));
        let answer: Option<&str> = row.try_get("answer")?;
        let kind = match row.try_get("kind")? {
            "approval" => CheckKind::Approval,
            "in_doubt" => CheckKind::InDoubt,
            _ => CheckKind::Check,
        };
        Ok(Self {
            id: row.try_get("id")?,
            run_id: row.try_get("run_id")?,
            n: row.try_get("n")?,
            step: row.try_get("step")?,
            kind,
            questions: serde_json::from_str(row.try_get("questions")?).map_err(decode)?,
            answer: answer.map(serde_json::from_str).transpose().map_err(decode)?,
            answered_by: row.try_get("answered_by")?,
        })
    }
}

impl Store {
    /// What waits for a person, oldest first; of one run or of all.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_checks(&self, run: Option<&str>) -> Result<Vec<Check>, StoreError> {
        let sql = "SELECT * FROM checks WHERE answer IS NULL AND ($1 IS NULL OR run_id = $1) ORDER BY id";
        Ok(sqlx::query_as(sql).bind(run).fetch_all(&self.readers).await?)
    }

    /// The check of that number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn check(&self, id: i64) -> Result<Option<Check>, StoreError> {
        Ok(sqlx::query_as("SELECT * FROM checks WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?)
    }

    /// The newest answer to a step of an item, and the steps of the item that were ever answered.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answers(&self, run: &str, n: u32) -> Result<Vec<Check>, StoreError> {
        let sql = "SELECT * FROM checks WHERE run_id = $1 AND n = $2 AND answer IS NOT NULL ORDER BY id";
        Ok(sqlx::query_as(sql).bind(run).bind(n).fetch_all(&self.readers).await?)
    }
}

impl Tx<'_> {
    /// Asks a person. Says the number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_check(&mut self, check: &Check, at: &str) -> Result<i64, StoreError> {
        let sql = "INSERT INTO checks (run_id, n, step, kind, questions, created_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
        Ok(sqlx::query_scalar(sql)
            .bind(&check.run_id)
            .bind(check.n)
            .bind(&check.step)
            .bind(check.kind.word())
            .bind(serde_json::to_string(&check.questions)?)
            .bind(at)
            .fetch_one(self.connection())
            .await?)
    }

    /// Puts an answer on record. False when somebody answered before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answer_check(
        &mut self,
        id: i64,
        answer: &Value,
        by: &str,
        at: &str,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE checks SET answer = $2, answered_by = $3, answered_at = $4 WHERE id = $1 AND answer IS NULL";
        let done = sqlx::query(sql)
            .bind(id)
            .bind(answer.to_string())
            .bind(by)
            .bind(at)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
