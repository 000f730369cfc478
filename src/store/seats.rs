//! Signed-in sessions, over all machines: one robot account is never in more than its system allows.

use super::{Store, StoreError, Strength, Worker, link::sql};

impl Store {
    /// Takes one of `most` places of `seat` for the worker. Says its id; none when all are taken.
    ///
    /// # Errors
    /// [`StoreError::Lost`]; when the database refuses.
    pub async fn take_seat(
        &self,
        worker: &Worker,
        seat: &str,
        most: usize,
    ) -> Result<Option<String>, StoreError> {
        let mut tx = self.begin_as(worker, Strength::Process).await?;
        tx.alone(seat).await?;
        let taken = sql("SELECT count(*) AS taken FROM seats WHERE seat = $1").bind(seat);
        if u64::from(taken.one(tx.link()).await?.count("taken")?) >= most as u64 {
            return Ok(None);
        }
        let id = ulid::Ulid::new().to_string();
        sql("INSERT INTO seats (id, seat, epoch) VALUES ($1, $2, $3)")
            .bind(&id)
            .bind(seat)
            .bind(worker.epoch)
            .run(tx.link())
            .await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// Gives a place back.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn leave_seat(&self, id: &str) -> Result<(), StoreError> {
        let mut tx = self.begin(Strength::Process).await?;
        sql("DELETE FROM seats WHERE id = $1").bind(id).run(tx.link()).await?;
        tx.commit().await
    }
}
