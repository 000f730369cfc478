//! What people typed while they confirm readings: kept at once, so that nothing is lost when a session ends; and how long
//! each field took.

use super::{
    Store, StoreError, Tx,
    link::{Found, sql},
};
use serde_json::Value;

/// What one person typed for one field of one check.
#[derive(Clone, PartialEq)]
pub struct Typed {
    /// The field.
    pub field: String,
    /// Who.
    pub person: String,
    /// As typed; null once the check is answered.
    pub text: Value,
    /// Whether the person stands for it.
    pub done: bool,
    /// Whether it is not what was read.
    pub changed: bool,
    /// The order in which the fields of the check were confirmed.
    pub seq: i64,
    /// Spent on it, in ms.
    pub ms: u64,
    /// Grows with each change.
    pub version: i64,
    /// RFC 3339.
    pub at: String,
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What people type is what citizens wrote.
        f.debug_struct("Typed").field("field", &self.field).field("done", &self.done).finish_non_exhaustive()
    }
}

/// Something a person is told once: `who` tried to save the same case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The check.
    pub check: i64,
    /// The other person.
    pub who: String,
    /// RFC 3339.
    pub at: String,
}

/// What confirming cost in one month of one scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// The scenario.
    pub scenario: String,
    /// `2026-11`, of the runs' business dates.
    pub month: String,
    /// Cases.
    pub checks: u32,
    /// Fields that people confirmed.
    pub fields: u32,
    /// Of them changed.
    pub changed: u32,
    /// Time in ms.
    pub ms: u64,
}

fn read(row: &Found) -> Result<Typed, StoreError> {
    Ok(Typed {
        field: row.text("field")?,
        person: row.text("person")?,
        text: row.maybe_open_json("typed.text")?.unwrap_or_default(),
        done: row.int("done")? != 0,
        changed: row.int("changed")? != 0,
        seq: row.int("seq")?,
        ms: u64::try_from(row.int("ms")?).unwrap_or(0),
        version: row.int("version")?,
        at: row.text("at")?,
    })
}

const OF_CHECK: &str = "SELECT * FROM typed WHERE check_id = $1 ORDER BY seq, field, person";

impl Store {
    /// What was typed for a check, in the order of confirmation.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn typed(&self, check: i64) -> Result<Vec<Typed>, StoreError> {
        self.all(sql(OF_CHECK).bind(check)).await?.iter().map(read).collect()
    }

    /// What confirming cost, by scenario and month.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn spent(&self) -> Result<Vec<Spent>, StoreError> {
        let sum = "SELECT c.scenario AS scenario, substr(r.date, 1, 7) AS month, COUNT(DISTINCT t.check_id) AS checks,
            COUNT(*) AS fields, CAST(SUM(t.changed) AS BIGINT) AS changed, CAST(SUM(t.ms) AS BIGINT) AS ms
            FROM typed t JOIN checks c ON c.id = t.check_id JOIN runs r ON r.id = c.run_id WHERE t.done = 1
            GROUP BY c.scenario, substr(r.date, 1, 7) ORDER BY 1, 2";
        let rows = self.all(sql(sum)).await?;
        let spent = |row: &Found| {
            Ok(Spent {
                scenario: row.text("scenario")?,
                month: row.text("month")?,
                checks: row.count("checks")?,
                fields: row.count("fields")?,
                changed: row.count("changed")?,
                ms: u64::try_from(row.int("ms")?).unwrap_or(0),
            })
        };
        rows.iter().map(spent).collect()
    }
}

impl Tx<'_> {
    /// What was typed for a check, as this change sees it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn typed(&mut self, check: i64) -> Result<Vec<Typed>, StoreError> {
        sql(OF_CHECK).bind(check).all(self.link()).await?.iter().map(read).collect()
    }

    /// Keeps what a person typed. `typed.ms` is added to what was spent before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_typed(&mut self, check: i64, typed: &Typed) -> Result<(), StoreError> {
        let put = "INSERT INTO typed (check_id, field, person, text, done, changed, seq, ms, version, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (check_id, field, person) DO UPDATE
            SET text = excluded.text, done = excluded.done, changed = excluded.changed,
                seq = excluded.seq, ms = typed.ms + excluded.ms, version = excluded.version, at = excluded.at";
        sql(put)
            .bind(check)
            .bind(&typed.field)
            .bind(&typed.person)
            .seal("typed.text", typed.text.to_string())
            .bind(typed.done)
            .bind(typed.changed)
            .bind(typed.seq)
            .bind(typed.ms)
            .bind(typed.version)
            .bind(&typed.at)
            .run(self.link())
            .await?;
        let count = "UPDATE worklist SET typed = (SELECT COUNT(DISTINCT field) FROM typed WHERE check_id = $1 AND done = 1)
                     WHERE id = $1";
        sql(count).bind(check).run(self.link()).await?;
        Ok(())
    }

    /// The time stays, the texts go.
    pub(super) async fn forget_typed(&mut self, check: i64) -> Result<(), StoreError> {
        let forget = "UPDATE typed SET text = NULL WHERE check_id = $1";
        sql(forget).bind(check).run(self.link()).await?;
        Ok(())
    }

    /// `person` is to be told that `who` tried to save the same case; once per case and moment.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tell(&mut self, person: &str, told: &Told) -> Result<(), StoreError> {
        let known = "DELETE FROM told WHERE person = $1 AND check_id = $2 AND who = $3";
        sql(known).bind(person).bind(told.check).bind(&told.who).run(self.link()).await?;
        let tell = "INSERT INTO told (person, check_id, who, at) VALUES ($1, $2, $3, $4)";
        sql(tell).bind(person).bind(told.check).bind(&told.who).bind(&told.at).run(self.link()).await?;
        Ok(())
    }

    /// What `person` is to be told; they are told it only once.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_told(&mut self, person: &str) -> Result<Vec<Told>, StoreError> {
        let take = sql("DELETE FROM told WHERE person = $1 RETURNING check_id, who, at").bind(person);
        let told = |row: &Found| {
            Ok(Told { check: row.int("check_id")?, who: row.text("who")?, at: row.text("at")? })
        };
        take.all(self.link()).await?.iter().map(told).collect()
    }
}
