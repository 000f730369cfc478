//! Items and their keys.

use super::{
    Store, StoreError, Tx,
    link::{Found, sql},
};
use crate::run::ItemState;
use serde_json::Value;

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

pub(super) fn read(row: &Found) -> Result<Item, StoreError> {
    let state = row.text("state")?;
    Ok(Item {
        run_id: row.text("run_id")?,
        n: row.count("n")?,
        key: row.open("items.key")?,
        input: row.open_json("items.input")?,
        state: ItemState::of(&state).ok_or(StoreError::Content(state))?,
        step: row.maybe_text("step")?,
        code: row.maybe_text("code")?,
        reason: row.maybe_text("reason")?,
    })
}

impl Store {
    /// The items of a run in their order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn items(&self, run: &str) -> Result<Vec<Item>, StoreError> {
        let items = sql("SELECT * FROM items WHERE run_id = $1 ORDER BY n").bind(run);
        self.all(items).await?.iter().map(read).collect()
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
        let add = "INSERT INTO items (run_id, n, key, input, state, code, reason, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        sql(add)
            .bind(run)
            .bind(item.n)
            .seal("items.key", &item.key)
            .seal("items.input", item.input.to_string())
            .bind(state.word())
            .bind(reason.as_ref().map(|_| "SHK0720"))
            .bind(reason.as_deref())
            .bind(at)
            .run(self.link())
            .await?;
        if state == ItemState::Waiting {
            let own = "INSERT INTO item_keys (scenario, key, run_id, n) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (scenario, key) DO UPDATE SET run_id = excluded.run_id, n = excluded.n";
            sql(own)
                .bind(scenario)
                .alike("item_keys.key", &item.key)
                .bind(run)
                .bind(item.n)
                .run(self.link())
                .await?;
        }
        Ok(state)
    }

    async fn key_owner(
        &mut self,
        scenario: &str,
        key: &str,
    ) -> Result<Option<(String, u32, ItemState)>, StoreError> {
        let owner =
            "SELECT k.run_id, k.n, i.state FROM item_keys k JOIN items i ON i.run_id = k.run_id AND i.n = k.n
                   WHERE k.scenario = $1 AND k.key = $2";
        let row = sql(owner).bind(scenario).alike("item_keys.key", key).maybe(self.link()).await?;
        let Some(row) = row else { return Ok(None) };
        let state = ItemState::of(&row.text("state")?);
        state.map(|state| Ok((row.text("run_id")?, row.count("n")?, state))).transpose()
    }

    /// The first waiting item of the run becomes `running`; none when nothing waits.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn claim_item(&mut self, run: &str, at: &str) -> Result<Option<Item>, StoreError> {
        let claim = "UPDATE items SET state = 'running', updated_at = $2
                     WHERE run_id = $1 AND n = (SELECT n FROM items WHERE run_id = $1 AND state = 'waiting'
                                                ORDER BY n LIMIT 1 {skip})
                     RETURNING *";
        sql(claim).bind(run).bind(at).maybe(self.link()).await?.as_ref().map(read).transpose()
    }

    /// Where an item stands. Until the change ends, it stays there.
    ///
    /// # Errors
    /// When there is none, or the database refuses.
    pub async fn item_state(&mut self, run: &str, n: u32) -> Result<ItemState, StoreError> {
        let state = sql("SELECT state FROM items WHERE run_id = $1 AND n = $2 {update}");
        let word = state.bind(run).bind(n).one(self.link()).await?.text("state")?;
        ItemState::of(&word).ok_or(StoreError::Content(word))
    }

    /// Moves an item to `next`.
    ///
    /// # Errors
    /// When the move is not legal or the database refuses.
    pub async fn move_item(&mut self, item: &Moved<'_>) -> Result<(), StoreError> {
        let from = self.item_state(item.run, item.n).await?;
        if !from.may_become(item.next) {
            return Err(StoreError::Move { from: from.label().into(), to: item.next.label().into() });
        }
        sql("UPDATE items SET state = $3, step = $4, code = $5, reason = $6, updated_at = $7 WHERE run_id = $1 AND n = $2")
            .bind(item.run)
            .bind(item.n)
            .bind(item.next.word())
            .bind(item.step)
            .bind(item.code)
            .bind(item.reason)
            .bind(item.at)
            .run(self.link())
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
        let wake = "UPDATE items SET state = 'waiting', updated_at = $3
                    WHERE run_id = $1 AND state = $2 RETURNING n";
        let mut woken = Vec::new();
        for state in states {
            let rows = sql(wake).bind(run).bind(state.word()).bind(at).all(self.link()).await?;
            for row in rows {
                woken.push(row.count("n")?);
            }
        }
        Ok(woken)
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
