//! Changes that one person asks for and another decides.

use super::{
    Store, StoreError, Tx,
    link::{Found, sql},
};
use serde_json::Value;

/// Such a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Its number.
    pub id: i64,
    /// What kind of change.
    pub kind: String,
    /// What exactly.
    pub content: Value,
    /// Why, in the person's words.
    pub reason: String,
    /// Who asks.
    pub proposed_by: String,
    /// RFC 3339.
    pub proposed_at: String,
    /// Who decided.
    pub decided_by: Option<String>,
    /// RFC 3339.
    pub decided_at: Option<String>,
    /// What came of it.
    pub accepted: Option<bool>,
}

fn read(row: &Found) -> Result<Proposal, StoreError> {
    Ok(Proposal {
        id: row.int("id")?,
        kind: row.text("kind")?,
        content: row.json("content")?,
        reason: row.text("reason")?,
        proposed_by: row.text("proposed_by")?,
        proposed_at: row.text("proposed_at")?,
        decided_by: row.maybe_text("decided_by")?,
        decided_at: row.maybe_text("decided_at")?,
        accepted: row.maybe_int("accepted")?.map(|n| n != 0),
    })
}

impl Store {
    /// Proposals, undecided first, then the newest.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn proposals(&self, limit: u32) -> Result<Vec<Proposal>, StoreError> {
        let all = "SELECT * FROM proposals ORDER BY CASE WHEN decided_at IS NULL THEN 0 ELSE 1 END, id DESC LIMIT $1";
        self.all(sql(all).bind(limit)).await?.iter().map(read).collect()
    }
}

impl Tx<'_> {
    /// Asks for a change. Says its number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn propose(
        &mut self,
        kind: &str,
        content: &Value,
        reason: &str,
        (by, at): (&str, &str),
    ) -> Result<i64, StoreError> {
        let add = "INSERT INTO proposals (kind, content, reason, proposed_by, proposed_at)
                   VALUES ($1, $2, $3, $4, $5) RETURNING id";
        let add = sql(add).bind(kind).bind(content.to_string()).bind(reason).bind(by).bind(at);
        add.one(self.link()).await?.int("id")
    }

    /// The proposal with this number, kept as it is until the change ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn proposal(&mut self, id: i64) -> Result<Option<Proposal>, StoreError> {
        let one = sql("SELECT * FROM proposals WHERE id = $1 {update}").bind(id);
        one.maybe(self.link()).await?.as_ref().map(read).transpose()
    }

    /// Decides a proposal. False when it was decided before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn decide_proposal(
        &mut self,
        id: i64,
        accepted: bool,
        (by, at): (&str, &str),
    ) -> Result<bool, StoreError> {
        let decide = "UPDATE proposals SET decided_by = $2, decided_at = $3, accepted = $4
                      WHERE id = $1 AND decided_at IS NULL";
        Ok(sql(decide).bind(id).bind(by).bind(at).bind(accepted).run(self.link()).await? == 1)
    }
}
