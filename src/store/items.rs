//! Items and their keys.

use super::{
    Store, StoreError, Tx, Worker,
    link::{Found, ROWS, places, rows_of, sql},
    tx::ME,
};
use crate::run::ItemState;
use serde_json::Value;
use std::collections::HashMap;

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

    /// The first waiting item of the run becomes `running`, as a change of its own that survives a killed process; none when
    /// nothing waits. With it, whether anything about the item is on record already.
    ///
    /// # Errors
    /// [`StoreError::Lost`]; when the database refuses.
    pub async fn claim_item(
        &self,
        worker: &Worker,
        run: &str,
        at: &str,
    ) -> Result<Option<(Item, bool)>, StoreError> {
        let claim = format!(
            "{ME} UPDATE items SET state = 'running', updated_at = $3
             WHERE run_id = $2 AND n = (SELECT n FROM items WHERE run_id = $2 AND state = 'waiting'
                                        AND EXISTS (SELECT 1 FROM me) ORDER BY n LIMIT 1 {{skip}})
             RETURNING *, (SELECT count(*) FROM results r WHERE r.run_id = items.run_id AND r.n = items.n)
                        + (SELECT count(*) FROM checks c WHERE c.run_id = items.run_id AND c.n = items.n) AS known"
        );
        let rows = self.at_once(sql(claim).bind(worker.epoch).bind(run).bind(at)).await?;
        match rows.first() {
            Some(row) => Ok(Some((read(row)?, row.int("known")? > 0))),
            None => self.still_here(worker).await.map(|()| None),
        }
    }
}

/// The item that owns a key.
#[derive(Clone)]
struct Owner {
    run: String,
    n: u32,
    state: ItemState,
    /// Its run was stopped or failed, and nothing was done with it that cannot simply be done again.
    left: bool,
    /// Its act was done, and what follows was not.
    acted: bool,
    /// A file or a table of it could not be read, which people mend, and nothing was done with it.
    unread: bool,
    /// What a person may do who wants it to go on; empty: nothing.
    repair: &'static str,
    /// What the list gave, as JSON, where that was asked for.
    input: Option<String>,
}

impl Owner {
    /// An item that is added now.
    fn new(run: &str, n: u32) -> Self {
        let (run, state) = (run.to_owned(), ItemState::Waiting);
        Self { run, n, state, left: false, acted: false, unread: false, repair: "", input: None }
    }

    /// Whether the key passes to the next item that bears it.
    fn passes_on(&self) -> bool {
        matches!(self.state, ItemState::Failed | ItemState::Held) || self.left || self.unread
    }

    /// Whether the next item that bears the key goes on where this one came to rest, which then is worked on no more.
    fn hands_over(&self) -> bool {
        self.left || self.acted && matches!(self.state, ItemState::Failed | ItemState::Held)
    }

    /// Why an item of `run` with the same key is passed over.
    fn reason(&self, run: &str) -> String {
        if self.run == run {
            return format!("この実行の {} 件目と同じキーの件です。", self.n);
        }
        let (tail, n, state) = (tail(&self.run), self.n, self.state.label());
        if matches!(self.state, ItemState::Done | ItemState::Stopped | ItemState::Skipped) {
            return format!("実行 …{tail} の {n} 件目で処理済みです（{state}）。");
        }
        format!("実行 …{tail} の {n} 件目で途中です（{state}）。{}", self.repair)
    }

    /// Whose the key is for an item that bears it.
    fn held_against(&self, item: &NewItem) -> Holder {
        let alike = self.input.as_deref() == Some(item.input.to_string().as_str());
        match self.state {
            ItemState::Failed | ItemState::Held => Holder::Nobody,
            _ if self.unread => Holder::Nobody,
            _ if !alike => Holder::Another,
            _ if self.left => Holder::Nobody,
            _ => Holder::Alike,
        }
    }
}

/// Whose a key is, before an item that bears it is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Nobody's, or it passes to the next that bears it.
    Nobody,
    /// An earlier item's for which the list gave the same.
    Alike,
    /// An earlier item's for which the list gave something else, or nobody knows what.
    Another,
}

/// What became of items that were added.
#[derive(Debug, Default)]
pub struct Added {
    /// The state of each.
    pub states: Vec<ItemState>,
    /// Items of earlier runs whose places were taken: run and number.
    pub handed: Vec<(String, u32)>,
}

/// What is said of an item whose run can be taken up.
const RESUME: &str = "その実行を `shoki resume` で続けてください。";

/// 1 where the run of the key `k` was stopped or failed and can be taken up.
const RESUMABLE: &str = "(SELECT count(*) FROM runs o
    WHERE o.id = k.run_id AND o.state IN ('stopped', 'failed') AND o.forgotten_at IS NULL)";

/// 1 where the item `i` of the key `k` was waiting or in hand when its run was stopped or failed, and nothing was done with it
/// that cannot simply be done again. Of a run whose contents were erased nobody knows.
pub(super) const LEFT_LYING: &str = "(SELECT count(*) FROM runs r
    WHERE r.id = k.run_id AND r.state IN ('stopped', 'failed') AND r.forgotten_at IS NULL
      AND i.state IN ('waiting', 'running')
      AND NOT EXISTS (SELECT 1 FROM results s WHERE s.run_id = k.run_id AND s.n = k.n AND s.receipted <> 0)
      AND NOT EXISTS (SELECT 1 FROM intents t WHERE t.run_id = k.run_id AND t.n = k.n)
      AND NOT EXISTS (SELECT 1 FROM checks c WHERE c.run_id = k.run_id AND c.n = k.n))";

/// 1 and more where the item of the key `k` did something that cannot be undone.
const ACTED: &str =
    "(SELECT count(*) FROM results s WHERE s.run_id = k.run_id AND s.n = k.n AND s.receipted <> 0)";

/// 1 where the item `i` of the key `k` was stopped at a file or a table that could not be read, and nothing was done with it:
/// the file is mended or the scenario reads it otherwise, and the item comes again.
const UNREAD: &str = "(SELECT count(*) FROM runs r
    WHERE r.id = k.run_id AND r.forgotten_at IS NULL
      AND i.state = 'stopped' AND i.code IN ('SHK0604', 'SHK0606', 'SHK0607', 'SHK0608')
      AND NOT EXISTS (SELECT 1 FROM results s WHERE s.run_id = k.run_id AND s.n = k.n AND s.receipted <> 0)
      AND NOT EXISTS (SELECT 1 FROM intents t WHERE t.run_id = k.run_id AND t.n = k.n)
      AND NOT EXISTS (SELECT 1 FROM checks c WHERE c.run_id = k.run_id AND c.n = k.n))";

/// The end of a run's id, by which people tell runs apart.
fn tail(run: &str) -> &str {
    &run[run.len().saturating_sub(6)..]
}

impl Tx<'_> {
    /// Adds an item. Says its state.
    ///
    /// # Errors
    /// As [`Self::add_items`].
    ///
    /// # Panics
    /// Never: there is one state for each item.
    pub async fn add_item(
        &mut self,
        scenario: &str,
        run: &str,
        item: &NewItem,
        at: &str,
    ) -> Result<ItemState, StoreError> {
        let added = self.add_items(scenario, run, std::slice::from_ref(item), at).await?;
        Ok(*added.states.first().expect("one state for one item"))
    }

    /// Adds items in state `waiting`, or `skipped` when their key was seen before. Says which.
    ///
    /// A key that belongs to an item that failed, was held, could not read its file, or was left lying when its run was
    /// stopped, passes to the new item. One left lying, or at rest behind an act that was done, becomes `skipped`; the caller
    /// puts that on the audit log.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_items(
        &mut self,
        scenario: &str,
        run: &str,
        items: &[NewItem],
        at: &str,
    ) -> Result<Added, StoreError> {
        let mut added = Added::default();
        for some in items.chunks(ROWS) {
            let mut owners = self.key_owners(scenario, some, false).await?;
            let mut put = Vec::with_capacity(some.len());
            for item in some {
                let owner = owners.get(item.key.as_str());
                let reason = owner.filter(|owner| !owner.passes_on()).map(|owner| owner.reason(run));
                if reason.is_none() {
                    let before = owners.insert(&item.key, Owner::new(run, item.n));
                    if let Some(before) = before.filter(Owner::hands_over)
                        && self.hand_over(&before, run, item.n, at).await?
                    {
                        if before.acted {
                            self.pass_results_on((&before.run, before.n), run, item, at).await?;
                        }
                        added.handed.push((before.run, before.n));
                    }
                }
                put.push((item, reason));
            }
            self.put_items(run, &put, at).await?;
            let own: Vec<&NewItem> = put.iter().filter(|(_, reason)| reason.is_none()).map(|p| p.0).collect();
            self.put_keys(scenario, run, &own).await?;
            let state = |skipped| if skipped { ItemState::Skipped } else { ItemState::Waiting };
            added.states.extend(put.iter().map(|(_, reason)| state(reason.is_some())));
        }
        Ok(added)
    }

    /// Whose the keys of `items` are.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn holders(&mut self, scenario: &str, items: &[NewItem]) -> Result<Vec<Holder>, StoreError> {
        let mut holders = Vec::with_capacity(items.len());
        for some in items.chunks(ROWS) {
            let owners = self.key_owners(scenario, some, true).await?;
            let holder = |item: &NewItem| {
                owners.get(item.key.as_str()).map_or(Holder::Nobody, |owner| owner.held_against(item))
            };
            holders.extend(some.iter().map(holder));
        }
        Ok(holders)
    }

    /// The item that was left lying, or came to rest behind its act, will not be worked on: another took its place. Says whether
    /// it still lay there.
    async fn hand_over(&mut self, left: &Owner, run: &str, n: u32, at: &str) -> Result<bool, StoreError> {
        let reason = format!("実行 …{} の {n} 件目が引き継ぎました。", tail(run));
        // Who took it up meanwhile goes on with it.
        let hand_over = "UPDATE items SET state = 'skipped', code = 'SHK0720', reason = $3, updated_at = $4
                         WHERE run_id = $1 AND n = $2 AND state = $5";
        let hand_over = sql(hand_over).bind(left.run.as_str()).bind(left.n).bind(reason).bind(at);
        Ok(hand_over.bind(left.state.word()).run(self.link()).await? == 1)
    }

    pub(super) async fn put_items(
        &mut self,
        run: &str,
        items: &[(&NewItem, Option<String>)],
        at: &str,
    ) -> Result<(), StoreError> {
        let mut add = rows_of(
            "INSERT INTO items (run_id, n, key, input, state, code, reason, updated_at) VALUES",
            (items.len(), 8),
            "",
        );
        for (item, reason) in items {
            let state = if reason.is_some() { ItemState::Skipped } else { ItemState::Waiting };
            add = add.bind(run).bind(item.n).seal("items.key", &item.key);
            add = add.seal("items.input", item.input.to_string()).bind(state.word());
            add = add.bind(reason.as_ref().map(|_| "SHK0720")).bind(reason.as_deref()).bind(at);
        }
        add.run(self.link()).await.map(drop)
    }

    async fn put_keys(&mut self, scenario: &str, run: &str, items: &[&NewItem]) -> Result<(), StoreError> {
        if items.is_empty() {
            return Ok(());
        }
        let mut own = rows_of(
            "INSERT INTO item_keys (scenario, key, run_id, n) VALUES",
            (items.len(), 4),
            "ON CONFLICT (scenario, key) DO UPDATE SET run_id = excluded.run_id, n = excluded.n",
        );
        for item in items {
            own = own.bind(scenario).alike("item_keys.key", &item.key).bind(run).bind(item.n);
        }
        own.run(self.link()).await.map(drop)
    }

    /// Who owns the keys of `items`; `inputs`: with what the list gave then.
    async fn key_owners<'i>(
        &mut self,
        scenario: &str,
        items: &'i [NewItem],
        inputs: bool,
    ) -> Result<HashMap<&'i str, Owner>, StoreError> {
        let input = if inputs { ", i.input" } else { "" };
        let owners = format!(
            "SELECT k.key, k.run_id, k.n, i.state, {LEFT_LYING} AS lying, {UNREAD} AS unread, {ACTED} AS acted,
                    {RESUMABLE} AS resumable{input}
             FROM item_keys k JOIN items i ON i.run_id = k.run_id AND i.n = k.n
             WHERE k.scenario = $1 AND k.key IN ({})",
            places(2, items.len())
        );
        let owners = items
            .iter()
            .fold(sql(owners).bind(scenario), |owners, item| owners.alike("item_keys.key", &item.key));
        let mut found = HashMap::new();
        for row in owners.all(self.link()).await? {
            let word = row.text("state")?;
            let state = ItemState::of(&word).ok_or(StoreError::Content(word))?;
            let (run, n) = (row.text("run_id")?, row.count("n")?);
            let (left, unread) = (row.int("lying")? > 0, row.int("unread")? > 0);
            let (acted, repair) =
                (row.int("acted")? > 0, if row.int("resumable")? > 0 { RESUME } else { "" });
            let input = if inputs { Some(row.open("items.input")?) } else { None };
            let owner = Owner { run, n, state, left, acted, unread, repair, input };
            found.insert(row.open("item_keys.key")?, owner);
        }
        Ok(items.iter().filter_map(|item| Some((item.key.as_str(), found.get(&item.key)?.clone()))).collect())
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
        let from = ItemState::ALL.into_iter().filter(|from| from.may_become(item.next));
        let from: Vec<&str> = from.map(ItemState::word).collect();
        let moved = sql(format!(
            "UPDATE items SET state = $3, step = $4, code = $5, reason = $6, updated_at = $7
             WHERE run_id = $1 AND n = $2 AND state IN ('{}')",
            from.join("', '")
        ))
        .bind(item.run)
        .bind(item.n)
        .bind(item.next.word())
        .bind(item.step)
        .bind(item.code)
        .bind(item.reason)
        .bind(item.at)
        .run(self.link())
        .await?;
        if moved == 1 {
            return Ok(());
        }
        let from = self.item_state(item.run, item.n).await?;
        Err(StoreError::Move { from: from.label().into(), to: item.next.label().into() })
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
