//! Items and their keys.

use super::{Store, StoreError, Tx};
use crate::run::ItemState;
use serde_json::Value;
use sqlx::{FromRow, Row, sqlite::SqliteRow};

/// An item to be added.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// From 1, in the order of the list.
    pub n: u32,
    /// Identity over all runs of the scenario.
    pub key: String,
    /// What the list gave.
    pub input: Value,
}

/// An item as it stands.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its run.
    pub run_id: String,
    /// From 1, in the order of the list.
    pub n: u32,
    /// Identity over all runs of the scenario.
    pub key: String,
    /// What the list gave.
    pub input: Value,
    /// Its state.
    pub state: ItemState,
    /// The step at which it stands or ended.
    pub step: Option<String>,
    /// The code of the failure.
    pub code: Option<String>,
    /// Why it ended there, in Japanese.
    pub reason: Option<String>,
}

impl FromRow<'_, SqliteRow> for Item {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let state: &str = row.try_get("state")?;
        let input =
            serde_json::from_str(row.try_get("input")?).map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
        Ok(Self {
            run_id: row.try_get("run_id")?,
            n: row.try_get("n")?,
            key: row.try_get("key")?,
            input,
            state: ItemState::of(state)
                .ok_or_else(|| sqlx::Error::Decode(format!("item state {state}").into()))?,
            step: row.try_get("step")?,
            code: row.try_get("code")?,
            reason: row.try_get("reason")?,
        })
    }
}

impl Store {
    /// The items of a run in their order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn items(&self, run: &str) -> Result<Vec<Item>, StoreError> {
        let sql = "SELECT * FROM items WHERE run_id = $1 ORDER BY n";
        Ok(sqlx::query_as(sql).bind(run).fetch_all(&self.readers).await?)
    }
}

impl Tx<'_> {
    /// Adds an item in state `waiting`, or `skipped` when its key was seen before. Says which.
    ///
    /// A key that belongs to an item that failed or was held passes to the new item.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_item(
        &mut self,
        scenario: &str,
        run: &str,
        item: &NewItem,
        at: &str,
    ) -> Result<ItemState, StoreError> {
        let owner = self.key_owner(scenario, &item.key).await?;
        let taken_over = matches!(owner, Some((_, _, ItemState::Failed | ItemState::Held)));
        let (state, reason) = match &owner {
            Some((run_id, n, state)) if !taken_over => {
                let tail = &run_id[run_id.len().saturating_sub(6)..];
                let reason = format!("実行 …{tail} の {n} 件目で処理済みです（{}）。", state.label());
                (ItemState::Skipped, Some(reason))
            }
            _ => (ItemState::Waiting, None),
        };
        let sql = "INSERT INTO items (run_id, n, key, input, state, code, reason, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        sqlx::query(sql)
            .bind(run)
            .bind(item.n)
            .bind(&item.key)
            .bind(item.input.to_string())
            .bind(state.word())
            .bind(reason.as_ref().map(|_| "SHK0720"))
            .bind(reason)
            .bind(at)
            .execute(self.connection())
            .await?;
        if state == ItemState::Waiting {
            let sql = "INSERT OR REPLACE INTO item_keys (scenario, key, run_id, n) VALUES ($1, $2, $3, $4)";
            sqlx::query(sql)
                .bind(scenario)
                .bind(&item.key)
                .bind(run)
                .bind(item.n)
                .execute(self.connection())
                .await?;
        }
        Ok(state)
    }

    async fn key_owner(
        &mut self,
        scenario: &str,
        key: &str,
    ) -> Result<Option<(String, u32, ItemState)>, StoreError> {
        let sql =
            "SELECT k.run_id, k.n, i.state FROM item_keys k JOIN items i ON i.run_id = k.run_id AND i.n = k.n
                   WHERE k.scenario = $1 AND k.key = $2";
        let row: Option<(String, u32, String)> =
            sqlx::query_as(sql).bind(scenario).bind(key).fetch_optional(self.connection()).await?;
        Ok(row.and_then(|(run, n, state)| Some((run, n, ItemState::of(&state)?))))
    }

    /// The first waiting item of the run becomes `running`; none when nothing waits.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn claim_item(&mut self, run: &str, at: &str) -> Result<Option<Item>, StoreError> {
        let sql = "UPDATE items SET state = 'running', updated_at = $2
                   WHERE run_id = $1 AND n = (SELECT min(n) FROM items WHERE run_id = $1 AND state = 'waiting')
                   RETURNING *";
        Ok(sqlx::query_as(sql).bind(run).bind(at).fetch_optional(self.connection()).await?)
    }

    /// Moves an item to `next`.
    ///
    /// # Errors
    /// When the move is not legal or the database refuses.
    pub async fn move_item(&mut self, item: &Moved<'_>) -> Result<(), StoreError> {
        let word: String = sqlx::query_scalar("SELECT state FROM items WHERE run_id = $1 AND n = $2")
            .bind(item.run)
            .bind(item.n)
            .fetch_one(self.connection())
            .await?;
        let from = ItemState::of(&word).ok_or_else(|| StoreError::Content(word.clone()))?;
        if !from.may_become(item.next) {
            return Err(StoreError::Move { from: from.label().into(), to: item.next.label().into() });
        }
        sqlx::query("UPDATE items SET state = $3, step = $4, code = $5, reason = $6, updated_at = $7 WHERE run_id = $1 AND n = $2")
            .bind(item.run)
            .bind(item.n)
            .bind(item.next.word())
            .bind(item.step)
            .bind(item.code)
            .bind(item.reason)
            .bind(item.at)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Items of the run in one of `states` become `waiting` again. Says which.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn wake_items(
        &mut self,
        run: &str,
        states: &[ItemState],
        at: &str,
    ) -> Result<Vec<u32>, StoreError> {
        let words: Vec<&str> = states.iter().map(|s| s.word()).collect();
        let sql = "UPDATE items SET state = 'waiting', updated_at = $3
                   WHERE run_id = $1 AND state IN (SELECT value FROM json_each($2)) RETURNING n";
        let list = serde_json::to_string(&words)?;
        Ok(sqlx::query_scalar(sql).bind(run).bind(list).bind(at).fetch_all(self.connection()).await?)
    }
}

/// One move of one item.
#[derive(Debug, Clone, Copy)]
pub struct Moved<'a> {
    /// Its run.
    pub run: &'a str,
    /// Its number.
    pub n: u32,
    /// The state it gets.
    pub next: ItemState,
    /// Where it stands or ended.
    pub step: Option<&'a str>,
    /// The code of the failure.
    pub code: Option<&'a str>,
    /// Why, in Japanese, without personal data.
    pub reason: Option<&'a str>,
    /// RFC 3339.
    pub at: &'a str,
}
