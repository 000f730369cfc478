//! The audit log's side of the database: entries not yet in files, the tree's right edge, checkpoints.

use super::{Store, StoreError, Tx};
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

fn number(value: i64) -> u64 {
    u64::try_from(value).expect("sizes and places in the log are never negative")
}

fn column(value: u64) -> i64 {
    i64::try_from(value).expect("no log has 2^63 entries")
}

fn read((size, root, note): (i64, String, Option<String>)) -> Result<PendingCheckpoint, StoreError> {
    let root = Hash::from_base64(&root).ok_or_else(|| StoreError::Content("checkpoints.root".into()))?;
    Ok(PendingCheckpoint { size: number(size), root, note })
}

impl Store {
    /// At most `limit` lines of the log of `fy` from place `from`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn log_lines(&self, fy: i16, from: u64, limit: u32) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT line FROM entries WHERE fy = $1 AND seq >= $2 ORDER BY seq LIMIT $3";
        Ok(sqlx::query_scalar(sql).bind(fy).bind(column(from)).bind(limit).fetch_all(&self.readers).await?)
    }

    /// The newest checkpoint of `fy`, signed or not.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_checkpoint(&self, fy: i16) -> Result<Option<PendingCheckpoint>, StoreError> {
        let sql = "SELECT size, root, note FROM checkpoints WHERE fy = $1 ORDER BY size DESC LIMIT 1";
        sqlx::query_as(sql).bind(fy).fetch_optional(&self.readers).await?.map(read).transpose()
    }

    /// The newest fiscal year before `fy` that has a log.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn log_before(&self, fy: i16) -> Result<Option<i16>, StoreError> {
        let sql = "SELECT max(fy) FROM trees WHERE fy < $1";
        Ok(sqlx::query_scalar(sql).bind(fy).fetch_one(&self.readers).await?)
    }
}

impl Tx<'_> {
    /// The tree of the log of `fy`; none when that log has no entry.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tree(&mut self, fy: i16) -> Result<Option<Tree>, StoreError> {
        let text: Option<String> = sqlx::query_scalar("SELECT tree FROM trees WHERE fy = $1")
            .bind(fy)
            .fetch_optional(self.connection())
            .await?;
        Ok(text.as_deref().map(serde_json::from_str).transpose()?)
    }

    /// Appends an entry to the log of `fy`. Says how many entries the log has now.
    ///
    /// # Errors
    /// When the entry holds what no log may hold, or the database refuses. Then nothing may be done that it would have reported.
    pub async fn append(&mut self, fy: i16, draft: &Draft, stamp: &Stamp) -> Result<u64, StoreError> {
        let mut tree = self.tree(fy).await?.unwrap_or_default();
        let line = draft.seal(tree.size(), stamp).map_err(|e| StoreError::Entry(e.to_string()))?;
        tree.append(line.leaf);
        sqlx::query("INSERT INTO entries (fy, seq, line) VALUES ($1, $2, $3)")
            .bind(fy)
            .bind(column(line.seq))
            .bind(line.text)
            .execute(self.connection())
            .await?;
        sqlx::query("INSERT INTO trees (fy, tree) VALUES ($1, $2) ON CONFLICT (fy) DO UPDATE SET tree = excluded.tree")
            .bind(fy)
            .bind(serde_json::to_string(&tree)?)
            .execute(self.connection())
            .await?;
        Ok(tree.size())
    }

    /// The newest fiscal year that has a log.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_log(&mut self) -> Result<Option<i16>, StoreError> {
        Ok(sqlx::query_scalar("SELECT max(fy) FROM trees").fetch_one(self.connection()).await?)
    }

    /// The root decided on for `size` entries of the log of `fy`, if a checkpoint of that size was ever due.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn checkpoint_root(&mut self, fy: i16, size: u64) -> Result<Option<Hash>, StoreError> {
        let sql = "SELECT root FROM checkpoints WHERE fy = $1 AND size = $2";
        let root: Option<String> =
            sqlx::query_scalar(sql).bind(fy).bind(column(size)).fetch_optional(self.connection()).await?;
        let bad = || StoreError::Content("checkpoints.root".into());
        root.map(|text| Hash::from_base64(&text).ok_or_else(bad)).transpose()
    }

    /// Decides on a checkpoint: commit with [`super::Strength::Power`] before it is signed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_checkpoint(&mut self, fy: i16, size: u64, root: Hash) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO checkpoints (fy, size, root) VALUES ($1, $2, $3)";
        sqlx::query(sql)
            .bind(fy)
            .bind(column(size))
            .bind(root.to_base64())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Keeps the signed note of a checkpoint.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sign_checkpoint(&mut self, fy: i16, size: u64, note: &str) -> Result<(), StoreError> {
        let sql = "UPDATE checkpoints SET note = $3 WHERE fy = $1 AND size = $2";
        sqlx::query(sql).bind(fy).bind(column(size)).bind(note).execute(self.connection()).await?;
        Ok(())
    }

    /// A value of the office's own book-keeping.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn meta(&mut self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT value FROM meta WHERE key = $1")
            .bind(key)
            .fetch_optional(self.connection())
            .await?)
    }

    /// Sets a value of the office's own book-keeping.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        sqlx::query(sql).bind(key).bind(value).execute(self.connection()).await?;
        Ok(())
    }
}
