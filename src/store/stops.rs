//! Emergency stops: what a person has stopped, until it is released.

use super::{
    Store, StoreError, Tx,
    link::{Found, sql},
};

/// An emergency stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// ULID.
    pub id: String,
    /// The run; none: everything.
    pub run: Option<String>,
    /// Why, as the person wrote it.
    pub reason: String,
    /// Who.
    pub by: String,
    /// RFC 3339.
    pub at: String,
}

fn read(row: &Found) -> Result<Stop, StoreError> {
    Ok(Stop {
        id: row.text("id")?,
        run: row.maybe_text("run_id")?,
        reason: row.text("reason")?,
        by: row.text("stopped_by")?,
        at: row.text("stopped_at")?,
    })
}

impl Store {
    /// Stops with an id after `id`, released or not; oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn stops_after(&self, id: &str, limit: u32) -> Result<Vec<Stop>, StoreError> {
        let new = sql("SELECT * FROM stops WHERE id > $1 ORDER BY id LIMIT $2").bind(id).bind(limit);
        self.all(new).await?.iter().map(read).collect()
    }

    /// Stops that were not released, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_stops(&self) -> Result<Vec<Stop>, StoreError> {
        let open = sql("SELECT * FROM stops WHERE released_at IS NULL ORDER BY id");
        self.all(open).await?.iter().map(read).collect()
    }
}

impl Tx<'_> {
    /// The stop that holds for a run; for everything when no run is given.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn stopped(&mut self, run: Option<&str>) -> Result<Option<Stop>, StoreError> {
        let open = "SELECT * FROM stops WHERE released_at IS NULL AND (run_id IS NULL OR run_id = $1)
                    ORDER BY id LIMIT 1";
        let row = sql(open).bind(run.unwrap_or_default()).maybe(self.link()).await?;
        row.as_ref().map(read).transpose()
    }

    /// Stops a run, or everything.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_stop(&mut self, stop: &Stop) -> Result<(), StoreError> {
        let add =
            "INSERT INTO stops (id, run_id, reason, stopped_by, stopped_at) VALUES ($1, $2, $3, $4, $5)";
        sql(add)
            .bind(&stop.id)
            .bind(stop.run.as_deref())
            .bind(&stop.reason)
            .bind(&stop.by)
            .bind(&stop.at)
            .run(self.link())
            .await?;
        Ok(())
    }

    /// Releases the stop of a run; all stops when no run is given. Says how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release(&mut self, run: Option<&str>, by: &str, at: &str) -> Result<u64, StoreError> {
        let release = "UPDATE stops SET released_by = $2, released_at = $3
                       WHERE released_at IS NULL AND ($1 = '' OR run_id = $1)";
        sql(release).bind(run.unwrap_or_default()).bind(by).bind(at).run(self.link()).await
    }
}
