//! Signed-in sessions of people, kept by the digest of their id.

use super::{
    Store, StoreError, Tx,
    link::{Found, sql},
};

/// A signed-in session of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// SHA-256 of the session's id, hex.
    pub digest: String,
    /// Whose.
    pub person: String,
    /// Where it was begun: `tls` or `local`.
    pub door: String,
    /// Milliseconds since 1970.
    pub begun_at: i64,
    /// When it was last used, milliseconds since 1970.
    pub seen_at: i64,
}

fn read(row: &Found) -> Result<Visit, StoreError> {
    Ok(Visit {
        digest: row.text("digest")?,
        person: row.text("person")?,
        door: row.text("door")?,
        begun_at: row.int("begun_at")?,
        seen_at: row.int("seen_at")?,
    })
}

impl Store {
    /// The session with this digest.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn visit(&self, digest: &str) -> Result<Option<Visit>, StoreError> {
        let one = sql("SELECT * FROM visits WHERE digest = $1").bind(digest);
        self.maybe(one).await?.as_ref().map(read).transpose()
    }

    /// Sessions used since `since`, newest use first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn visits_since(&self, since: i64) -> Result<Vec<Visit>, StoreError> {
        let live = sql("SELECT * FROM visits WHERE seen_at >= $1 ORDER BY seen_at DESC").bind(since);
        self.all(live).await?.iter().map(read).collect()
    }
}

impl Tx<'_> {
    /// Begins a session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_visit(&mut self, visit: &Visit) -> Result<(), StoreError> {
        let add = "INSERT INTO visits (digest, person, door, begun_at, seen_at) VALUES ($1, $2, $3, $4, $5)";
        sql(add)
            .bind(&visit.digest)
            .bind(&visit.person)
            .bind(&visit.door)
            .bind(visit.begun_at)
            .bind(visit.seen_at)
            .run(self.link())
            .await?;
        Ok(())
    }

    /// Notes that a session is used.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn touch_visit(&mut self, digest: &str, at: i64) -> Result<(), StoreError> {
        let touch = sql("UPDATE visits SET seen_at = $2 WHERE digest = $1 AND seen_at < $2");
        touch.bind(digest).bind(at).run(self.link()).await?;
        Ok(())
    }

    /// Ends a session. Says whose it was, if it was there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_visit(&mut self, digest: &str) -> Result<Option<String>, StoreError> {
        let end = sql("DELETE FROM visits WHERE digest = $1 RETURNING person").bind(digest);
        end.maybe(self.link()).await?.map(|row| row.text("person")).transpose()
    }

    /// Ends every session of a person. Says how many there were.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_visits_of(&mut self, person: &str) -> Result<u64, StoreError> {
        sql("DELETE FROM visits WHERE person = $1").bind(person).run(self.link()).await
    }

    /// Ends sessions begun before `begun` or not used since `seen`. Says which.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_old_visits(&mut self, begun: i64, seen: i64) -> Result<Vec<Visit>, StoreError> {
        let end = sql("DELETE FROM visits WHERE begun_at < $1 OR seen_at < $2 RETURNING *");
        end.bind(begun).bind(seen).all(self.link()).await?.iter().map(read).collect()
    }
}
