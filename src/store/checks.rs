//! What people are asked and what they answered.

use super::{
    Store, StoreError, Tx,
    link::{Found, sql},
};
use crate::run::Question;
use serde_json::Value;

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

fn read(row: &Found) -> Result<Check, StoreError> {
    let kind = match row.text("kind")?.as_str() {
        "approval" => CheckKind::Approval,
        "in_doubt" => CheckKind::InDoubt,
        _ => CheckKind::Check,
    };
    Ok(Check {
        id: row.int("id")?,
        run_id: row.text("run_id")?,
        n: row.count("n")?,
        step: row.text("step")?,
        kind,
        questions: row.json("questions")?,
        answer: row.maybe_json("answer")?,
        answered_by: row.maybe_text("answered_by")?,
    })
}

impl Store {
    /// How many questions of all runs wait for a person.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count_open_checks(&self) -> Result<u32, StoreError> {
        let count = sql("SELECT count(*) AS n FROM checks WHERE answer IS NULL");
        self.maybe(count).await?.map_or(Ok(0), |row| row.count("n"))
    }

    /// What waits for a person, oldest first; of one run or of all.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_checks(&self, run: Option<&str>) -> Result<Vec<Check>, StoreError> {
        let open = match run {
            Some(run) => {
                sql("SELECT * FROM checks WHERE answer IS NULL AND run_id = $1 ORDER BY id").bind(run)
            }
            None => sql("SELECT * FROM checks WHERE answer IS NULL ORDER BY id"),
        };
        self.all(open).await?.iter().map(read).collect()
    }

    /// Every check of readings that a person has answered, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answered_checks(&self) -> Result<Vec<Check>, StoreError> {
        let answered = sql("SELECT * FROM checks WHERE answer IS NOT NULL AND kind = 'check' ORDER BY id");
        self.all(answered).await?.iter().map(read).collect()
    }

    /// The check of that number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn check(&self, id: i64) -> Result<Option<Check>, StoreError> {
        let check = sql("SELECT * FROM checks WHERE id = $1").bind(id);
        self.maybe(check).await?.as_ref().map(read).transpose()
    }

    /// The newest answer to a step of an item, and the steps of the item that were ever answered.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answers(&self, run: &str, n: u32) -> Result<Vec<Check>, StoreError> {
        let answered =
            sql("SELECT * FROM checks WHERE run_id = $1 AND n = $2 AND answer IS NOT NULL ORDER BY id");
        self.all(answered.bind(run).bind(n)).await?.iter().map(read).collect()
    }
}

impl Tx<'_> {
    /// Asks a person. Says the number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_check(&mut self, check: &Check, at: &str) -> Result<i64, StoreError> {
        let ask = "INSERT INTO checks (run_id, n, step, kind, questions, created_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
        sql(ask)
            .bind(&check.run_id)
            .bind(check.n)
            .bind(&check.step)
            .bind(check.kind.word())
            .bind(serde_json::to_string(&check.questions)?)
            .bind(at)
            .one(self.link())
            .await?
            .int("id")
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
        let put = "UPDATE checks SET answer = $2, answered_by = $3, answered_at = $4 WHERE id = $1 AND answer IS NULL";
        let done = sql(put).bind(id).bind(answer.to_string()).bind(by).bind(at).run(self.link()).await?;
        Ok(done == 1)
    }
}
