//! The audit logs' side of the database: entries not yet in files, each tree's right edge, checkpoints.

use super::{
    Store, StoreError, Tx,
    link::{Found, ROWS, Sql, rows_of, sql},
};
use crate::audit::{Draft, Hash, Stamp, Tree};

/// A checkpoint that was decided on disk and perhaps not signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCheckpoint {
    /// Entries it covers.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// The signed note, once there.
    pub note: Option<String>,
}

/// An entry that gets its place when its change is made.
pub(super) struct Pending {
    log: String,
    fy: i16,
    draft: Draft,
    stamp: Stamp,
}

fn number(value: i64) -> u64 {
    u64::try_from(value).expect("sizes and places in the log are never negative")
}

fn read(row: &Found) -> Result<PendingCheckpoint, StoreError> {
    let root = Hash::from_base64(&row.text("root")?);
    let root = root.ok_or_else(|| StoreError::Content("checkpoints.root".into()))?;
    Ok(PendingCheckpoint { size: number(row.int("size")?), root, note: row.maybe_text("note")? })
}

impl Store {
    /// At most `limit` lines of `log` of the year `fy` from place `from`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn log_lines(
        &self,
        log: &str,
        fy: i16,
        from: u64,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        // By place, not by count: a log has no gaps.
        let lines =
            "SELECT line FROM entries WHERE log = $1 AND fy = $2 AND seq >= $3 AND seq < $4 ORDER BY seq";
        let lines = sql(lines).bind(log).bind(fy).bind(from).bind(from + u64::from(limit));
        self.all(lines).await?.iter().map(|row| row.text("line")).collect()
    }

    /// The newest checkpoint of `log` of the year `fy`, signed or not.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_checkpoint(&self, log: &str, fy: i16) -> Result<Option<PendingCheckpoint>, StoreError> {
        let last =
            "SELECT size, root, note FROM checkpoints WHERE log = $1 AND fy = $2 ORDER BY size DESC LIMIT 1";
        self.maybe(sql(last).bind(log).bind(fy)).await?.as_ref().map(read).transpose()
    }
}

impl Store {
    /// The newest line of the log named `log`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_line(&self, log: &str) -> Result<Option<String>, StoreError> {
        let newest = sql("SELECT line FROM entries WHERE log = $1 ORDER BY fy DESC, seq DESC LIMIT 1");
        self.maybe(newest.bind(log)).await?.map(|row| row.text("line")).transpose()
    }

    /// The fiscal years of the log named `log`, newest first, each with how many places it has.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn log_years(&self, log: &str) -> Result<Vec<(i16, u64)>, StoreError> {
        let years = "SELECT t.fy, (SELECT coalesce(max(e.seq), -1) + 1 FROM entries e WHERE e.log = t.log AND e.fy = t.fy)
                     AS n FROM trees t WHERE t.log = $1 ORDER BY t.fy DESC";
        let read = |row: &Found| {
            let fy = i16::try_from(row.int("fy")?).map_err(|_| StoreError::Content("trees.fy".into()))?;
            Ok((fy, number(row.int("n")?)))
        };
        self.all(sql(years).bind(log)).await?.iter().map(read).collect()
    }

    /// A value of the office's own book-keeping.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn known(&self, key: &str) -> Result<Option<String>, StoreError> {
        let value = sql("SELECT value FROM meta WHERE key = $1").bind(key);
        self.maybe(value).await?.map(|row| row.text("value")).transpose()
    }
}

impl Tx<'_> {
    /// The tree of `log` of the year `fy`; none when it has no entry. Until the change ends nobody else appends to it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tree(&mut self, log: &str, fy: i16) -> Result<Option<Tree>, StoreError> {
        let tree = sql("SELECT tree FROM trees WHERE log = $1 AND fy = $2 {update}").bind(log).bind(fy);
        tree.maybe(self.link()).await?.map(|row| row.json("tree")).transpose()
    }

    /// Whether this change holds entries of the year `fy` already.
    #[must_use]
    pub fn reports(&self, fy: i16) -> bool {
        self.entries.iter().any(|entry| entry.fy == fy)
    }

    /// Adds an entry. It gets its place in `log` of the year `fy` when the change is made.
    pub fn append(&mut self, log: &str, fy: i16, draft: Draft, stamp: Stamp) {
        self.entries.push(Pending { log: log.to_owned(), fy, draft, stamp });
    }

    /// Until the change ends nobody else opens `log`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn alone_with_log(&mut self, log: &str) -> Result<(), StoreError> {
        self.alone(format!("log {log}")).await
    }

    /// Gives the entries added so far their places now, so that [`Self::tree`] has them: a log is closed over all of them.
    ///
    /// # Errors
    /// When an entry holds what no log may hold, or the database refuses.
    pub async fn place_entries(&mut self) -> Result<(), StoreError> {
        self.write_entries().await
    }

    /// Gives the entries their places. They come last, so that every change locks the log last.
    pub(super) async fn write_entries(&mut self) -> Result<(), StoreError> {
        let entries = std::mem::take(&mut self.entries);
        for group in entries.chunk_by(|a, b| (&a.log, a.fy) == (&b.log, b.fy)) {
            self.write_group(group).await?;
        }
        Ok(())
    }

    async fn write_group(&mut self, group: &[Pending]) -> Result<(), StoreError> {
        let (log, mut fy) = (group[0].log.as_str(), group[0].fy);
        let mut tree = self.tree(log, fy).await?;
        // Another process has closed this year since: what is closed stays closed.
        if let Some(newest) = self.newest_year(log).await?.filter(|newest| *newest > fy) {
            fy = newest;
            tree = self.tree(log, fy).await?;
        }
        let mut tree = tree.unwrap_or_default();
        for some in group.chunks(ROWS) {
            let mut put = put_lines(some.len());
            for entry in some {
                let line = entry.draft.seal(tree.size(), &entry.stamp);
                let line = line.map_err(|e| StoreError::Entry(e.to_string()))?;
                tree.append(line.leaf);
                put = put.bind(log).bind(fy).bind(line.seq).bind(line.text);
            }
            put.run(self.link()).await?;
        }
        self.put_tree(log, fy, &tree).await
    }

    /// The newest fiscal year of `log`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_year(&mut self, log: &str) -> Result<Option<i16>, StoreError> {
        let newest = sql("SELECT max(fy) AS fy FROM trees WHERE log = $1").bind(log);
        let fy = newest.one(self.link()).await?.maybe_int("fy")?;
        fy.map(|fy| i16::try_from(fy).map_err(|_| StoreError::Content("trees.fy".into()))).transpose()
    }

    /// The root decided on for `size` entries of `log` of the year `fy`, if a checkpoint of that size was ever due.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn checkpoint_root(
        &mut self,
        log: &str,
        fy: i16,
        size: u64,
    ) -> Result<Option<Hash>, StoreError> {
        let root = sql("SELECT root FROM checkpoints WHERE log = $1 AND fy = $2 AND size = $3");
        let Some(row) = root.bind(log).bind(fy).bind(size).maybe(self.link()).await? else { return Ok(None) };
        let bad = || StoreError::Content("checkpoints.root".into());
        Hash::from_base64(&row.text("root")?).ok_or_else(bad).map(Some)
    }

    /// Decides on a checkpoint: commit with [`super::Strength::Power`] before it is signed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_checkpoint(
        &mut self,
        log: &str,
        fy: i16,
        size: u64,
        root: Hash,
    ) -> Result<(), StoreError> {
        let add = "INSERT INTO checkpoints (log, fy, size, root) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (log, fy, size) DO NOTHING";
        sql(add).bind(log).bind(fy).bind(size).bind(root.to_base64()).run(self.link()).await?;
        Ok(())
    }

    /// Keeps the signed note of a checkpoint.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sign_checkpoint(
        &mut self,
        log: &str,
        fy: i16,
        size: u64,
        note: &str,
    ) -> Result<(), StoreError> {
        let sign = "UPDATE checkpoints SET note = $4 WHERE log = $1 AND fy = $2 AND size = $3";
        sql(sign).bind(log).bind(fy).bind(size).bind(note).run(self.link()).await?;
        Ok(())
    }

    /// Puts lines that are in files already back on record, after those that are. Says the tree then.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_back(&mut self, log: &str, fy: i16, lines: &[String]) -> Result<Tree, StoreError> {
        let mut tree = self.tree(log, fy).await?.unwrap_or_default();
        for line in lines {
            let put = put_lines(1).bind(log).bind(fy).bind(tree.size()).bind(line);
            put.run(self.link()).await?;
            tree.append(crate::audit::tree::leaf(line.as_bytes()));
        }
        self.put_tree(log, fy, &tree).await?;
        Ok(tree)
    }

    async fn put_tree(&mut self, log: &str, fy: i16, tree: &Tree) -> Result<(), StoreError> {
        let put = "INSERT INTO trees (log, fy, tree) VALUES ($1, $2, $3)
                   ON CONFLICT (log, fy) DO UPDATE SET tree = excluded.tree";
        sql(put).bind(log).bind(fy).bind(serde_json::to_string(tree)?).run(self.link()).await?;
        Ok(())
    }

    /// Forgets the entries of a year that was disposed of; its tree and checkpoints stay.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_log(&mut self, log: &str, fy: i16) -> Result<(), StoreError> {
        let forget = sql("DELETE FROM entries WHERE log = $1 AND fy = $2").bind(log).bind(fy);
        forget.run(self.link()).await.map(drop)
    }

    /// What was written before logs had names belongs to `log`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn adopt_log(&mut self, log: &str) -> Result<(), StoreError> {
        for statement in [
            "UPDATE entries SET log = $1 WHERE log = ''",
            "UPDATE trees SET log = $1 WHERE log = ''",
            "UPDATE checkpoints SET log = $1 WHERE log = ''",
            "UPDATE meta SET key = key || ' ' || $1 WHERE key = 'epoch' OR (key LIKE 'note-%' AND key NOT LIKE '% %')",
        ] {
            sql(statement).bind(log).run(self.link()).await?;
        }
        Ok(())
    }

    /// A value of the office's own book-keeping.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn meta(&mut self, key: &str) -> Result<Option<String>, StoreError> {
        let value = sql("SELECT value FROM meta WHERE key = $1 {update}").bind(key);
        value.maybe(self.link()).await?.map(|row| row.text("value")).transpose()
    }

    /// Sets a value of the office's own book-keeping.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        let set = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        sql(set).bind(key).bind(value).run(self.link()).await?;
        Ok(())
    }
}

/// The statement that puts in `lines` lines.
fn put_lines(lines: usize) -> Sql {
    rows_of("INSERT INTO entries (log, fy, seq, line) VALUES", (lines, 4), "")
}
