//! What an act was done with, as a keyed print: whether it was the same is known, what it was is not.

use super::{
    NewItem, Store, StoreError, Tx,
    intents::{Intent, read},
    link::{ROWS, places, sql},
};
use std::collections::HashMap;

/// Bytes of the print of the questions; so short that they tell programs apart and nothing else.
const ASKED: usize = 8;
/// Bytes of the print of the answers.
const SAID: usize = 16;

impl Store {
    /// The print of an act: what was asked, as the scenario has it, and what was said. Nobody finds either from it without the
    /// key of the contents.
    #[must_use]
    pub fn print(&self, asked: &str, said: &str) -> String {
        let print = |of: &str, text: &str, bytes: usize| self.seal().print(of, text, bytes);
        format!("{}.{}", print("asked", asked, ASKED), print("said", &format!("{asked}\0{said}"), SAID))
    }

    /// Whether an item takes the place of `earlier`, which came to rest behind its act and not at its end: both bear one key.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn takes_over(&self, earlier: (&str, u32), now: (&str, u32)) -> Result<bool, StoreError> {
        let item = "SELECT key, state FROM items WHERE run_id = $1 AND n = $2";
        let old = self.maybe(sql(item).bind(earlier.0).bind(earlier.1)).await?;
        let new = self.maybe(sql(item).bind(now.0).bind(now.1)).await?;
        let (Some(old), Some(new)) = (old, new) else { return Ok(false) };
        let key = old.open("items.key")?;
        let left = ["failed", "held", "skipped"].contains(&old.text("state")?.as_str());
        Ok(left && !key.is_empty() && key == new.open("items.key")?)
    }
}

impl Tx<'_> {
    /// The acts that were done, with known values, by the items that own the keys of `items` and came to their end; by number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn done_acts(
        &mut self,
        scenario: &str,
        items: &[NewItem],
    ) -> Result<HashMap<u32, Vec<Intent>>, StoreError> {
        let mut found: HashMap<String, Vec<Intent>> = HashMap::new();
        for some in items.chunks(ROWS) {
            let acts = format!(
                "SELECT k.key, t.* FROM item_keys k JOIN items i ON i.run_id = k.run_id AND i.n = k.n
                 JOIN intents t ON t.run_id = k.run_id AND t.n = k.n
                 WHERE i.state IN ('done', 'stopped') AND t.state = 'done' AND t.print IS NOT NULL
                   AND k.scenario = $1 AND k.key IN ({}) ORDER BY t.idem",
                places(2, some.len())
            );
            let acts = some
                .iter()
                .fold(sql(acts).bind(scenario), |acts, item| acts.alike("item_keys.key", &item.key));
            for row in acts.all(self.link()).await? {
                found.entry(row.open("item_keys.key")?).or_default().push(read(&row)?);
            }
        }
        Ok(items.iter().filter_map(|item| Some((item.n, found.get(&item.key)?.clone()))).collect())
    }

    /// A person is told of other values than those the act was done with; from now on these are the known ones.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn renew_print(&mut self, idem: &str, print: &str) -> Result<(), StoreError> {
        sql("UPDATE intents SET print = $2 WHERE idem = $1").bind(idem).bind(print).run(self.link()).await?;
        Ok(())
    }

    /// Another item goes on behind an act that was done: it is that item's now.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn pass_act_on(&mut self, idem: &str, run: &str, n: u32) -> Result<(), StoreError> {
        let pass = "UPDATE intents SET run_id = $2, n = $3 WHERE idem = $1 AND state = 'done'";
        sql(pass).bind(idem).bind(run).bind(n).run(self.link()).await?;
        Ok(())
    }

    /// What `earlier` did up to its last act is on record for `item` of `run` too, which takes its place with the same input
    /// under the same scenario, and its acts are that item's: people are not asked again, and another answer cannot lead to a
    /// second act under another key. With another input or scenario the acts are taken over one by one, where they stand.
    pub(super) async fn pass_results_on(
        &mut self,
        earlier: (&str, u32),
        run: &str,
        item: &NewItem,
        at: &str,
    ) -> Result<(), StoreError> {
        let same =
            "SELECT i.input FROM items i JOIN runs o ON o.id = i.run_id JOIN runs r ON r.sha256 = o.sha256
                    WHERE i.run_id = $1 AND i.n = $2 AND r.id = $3";
        let same = sql(same).bind(earlier.0).bind(earlier.1).bind(run).maybe(self.link()).await?;
        let (input, now) = (same.map(|row| row.open("items.input")).transpose()?, item.input.to_string());
        if input.as_deref() != Some(now.as_str()) {
            return Ok(());
        }
        let pass = "INSERT INTO results (run_id, n, step, output, receipted, finished_at)
                    SELECT $3, $4, r.step, r.output, r.receipted, $5 FROM results r
                    WHERE r.run_id = $1 AND r.n = $2
                      AND r.rowid <= (SELECT max(s.rowid) FROM results s
                                      WHERE s.run_id = $1 AND s.n = $2 AND s.receipted <> 0)
                    ORDER BY r.rowid";
        let pass = sql(pass).bind(earlier.0).bind(earlier.1).bind(run).bind(item.n).bind(at);
        pass.run(self.link()).await?;
        let acts = "UPDATE intents SET run_id = $3, n = $4 WHERE run_id = $1 AND n = $2 AND state = 'done'";
        let acts = sql(acts).bind(earlier.0).bind(earlier.1).bind(run).bind(item.n);
        acts.run(self.link()).await.map(drop)
    }

    /// Adds an item that waits beside the one that owns its key, and does not become its owner.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_beside(&mut self, run: &str, item: &NewItem, at: &str) -> Result<(), StoreError> {
        self.put_items(run, &[(item, None)], at).await
    }
}
