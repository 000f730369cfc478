//! Who may change runs, and who has which run.
//!
//! A worker is one start of the program in one office folder. It holds a lease; when it does not renew it in time,
//! another worker gives its runs back, and from then on every change it tries is refused. A program that gets the lock of
//! an office folder knows that the worker before it in that folder has ended.

use super::{
    Run, ServerStore, Store, StoreError, Strength, Tx,
    link::{Link, ROWS, patient, rows_of, sql},
    runs,
    tx::ME,
};
use std::time::Duration;

/// One start of the program that may change runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Grows with every start; never used again.
    pub epoch: i64,
    /// The machine, as its audit log is called.
    pub name: String,
    /// Whoever does not renew for so long loses its runs.
    pub lease: Duration,
}

/// The book-keeping value that counts workers.
const EPOCHS: &str = "epochs";
/// How often a lease is looked at that may be that of a copied office folder.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The book-keeping value that says where an office folder stood when it was last at work.
fn stands_key(home: &str) -> String {
    format!("stands {home}")
}

fn ms(lease: Duration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap_or(i64::MAX)
}

impl Store {
    /// Whether any machine may change runs now.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn somebody_works(&self) -> Result<bool, StoreError> {
        Ok(self.maybe(sql("SELECT epoch FROM workers WHERE lease_until > {now} LIMIT 1")).await?.is_some())
    }

    /// Makes this process a worker named `name` in the office folder `home`, whose lock it holds: the workers before it
    /// there have ended, and their runs and sessions are free. `stands` says where the folder is: the start of the machine
    /// and the path.
    ///
    /// # Errors
    /// [`StoreError::Copied`] when a copy of the folder is at work elsewhere, [`StoreError::Namesake`] when another office
    /// folder is at work under that name; when the database refuses.
    pub async fn enlist(
        &self,
        name: &str,
        home: &str,
        stands: &str,
        lease: Duration,
    ) -> Result<Worker, StoreError> {
        let namesake =
            sql("SELECT epoch FROM workers WHERE name = $1 AND home <> $2 AND lease_until > {now}");
        if self.maybe(namesake.bind(name).bind(home)).await?.is_some() {
            return Err(StoreError::Namesake(name.to_owned()));
        }
        self.no_copy_works(home, stands).await?;
        let mut tx = self.begin(Strength::Power).await?;
        tx.alone(EPOCHS).await?;
        let before =
            sql("SELECT epoch FROM workers WHERE home = $1 UNION SELECT epoch FROM lost WHERE home = $1");
        for row in before.bind(home).all(tx.link()).await? {
            tx.dismiss(row.int("epoch")?).await?;
        }
        sql("DELETE FROM lost WHERE home = $1").bind(home).run(tx.link()).await?;
        let epoch = tx.meta(EPOCHS).await?.and_then(|e| e.parse().ok()).unwrap_or(0i64) + 1;
        tx.set_meta(EPOCHS, &epoch.to_string()).await?;
        tx.set_meta(&stands_key(home), stands).await?;
        sql("INSERT INTO workers (epoch, name, home, lease_until) VALUES ($1, $2, $3, {now} + $4)")
            .bind(epoch)
            .bind(name)
            .bind(home)
            .bind(ms(lease))
            .run(tx.link())
            .await?;
        tx.commit().await?;
        Ok(Worker { epoch, name: name.to_owned(), lease })
    }

    /// A worker that stood where we stand has ended, for we hold its lock. One that stood elsewhere, on a copy of the folder or
    /// before the machine was started anew, has ended when it does not renew its lease.
    async fn no_copy_works(&self, home: &str, stands: &str) -> Result<(), StoreError> {
        if !self.is_shared() || self.known(&stands_key(home)).await?.is_none_or(|known| known == stands) {
            return Ok(());
        }
        let mut first = None;
        loop {
            let live =
                sql("SELECT max(lease_until) AS until FROM workers WHERE home = $1 AND lease_until > {now}");
            let until =
                self.maybe(live.bind(home)).await?.map(|row| row.maybe_int("until")).transpose()?.flatten();
            match (until, first) {
                (None, _) => return Ok(()),
                (Some(until), Some(first)) if until > first => return Err(StoreError::Copied),
                (until, _) => first = until,
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// The worker goes on working.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when its work was given to others; when the database refuses.
    pub async fn renew(&self, worker: &Worker) -> Result<(), StoreError> {
        match self {
            Self::Server(server) => server.renew_for(worker.epoch, worker.lease).await,
            Self::File(_) => {
                let mut tx = self.begin_as(worker, Strength::Process).await?;
                let renewed = renewal(worker.epoch, worker.lease).run(tx.link()).await?;
                tx.commit().await?;
                if renewed == 1 { Ok(()) } else { Err(StoreError::Lost) }
            }
        }
    }

    /// The worker ends: what it still has is free.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn leave(&self, worker: &Worker) -> Result<(), StoreError> {
        let mut tx = self.begin(Strength::Process).await?;
        tx.dismiss(worker.epoch).await?;
        sql("DELETE FROM lost WHERE epoch = $1").bind(worker.epoch).run(tx.link()).await?;
        tx.commit().await
    }

    /// Gives back the runs of workers whose lease has run out. Says which workers: number and name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn dismiss_late(&self) -> Result<Vec<Worker>, StoreError> {
        let late = sql("SELECT epoch, name FROM workers WHERE lease_until < {now}");
        let mut gone = Vec::new();
        for row in self.all(late).await? {
            let (epoch, name) = (row.int("epoch")?, row.text("name")?);
            let mut tx = self.begin(Strength::Power).await?;
            let lost = "INSERT INTO lost (epoch, name, home)
                        SELECT epoch, name, home FROM workers WHERE epoch = $1 AND lease_until < {now} {update}";
            // Another worker may have been quicker, or it has renewed in the meantime.
            if sql(lost).bind(epoch).run(tx.link()).await? == 1 {
                tx.dismiss(epoch).await?;
                tx.commit().await?;
                gone.push(Worker { epoch, name, lease: Duration::ZERO });
            }
        }
        Ok(gone)
    }

    /// Replaces the list of scenarios, by the SHA-256 of their files, that the worker can run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn offer(&self, worker: &Worker, scenarios: &[String]) -> Result<(), StoreError> {
        let mut tx = self.begin_as(worker, Strength::Process).await?;
        sql("DELETE FROM offers WHERE epoch = $1").bind(worker.epoch).run(tx.link()).await?;
        for some in scenarios.chunks(ROWS) {
            let (head, tail) =
                ("INSERT INTO offers (epoch, sha256) VALUES", "ON CONFLICT (epoch, sha256) DO NOTHING");
            let put = some.iter().fold(rows_of(head, (some.len(), 2), tail), |put, sha256| {
                put.bind(worker.epoch).bind(sha256)
            });
            put.run(tx.link()).await?;
        }
        tx.commit().await
    }

    /// Gives the worker the oldest run that nobody has, is not at rest, and whose scenario it offers.
    ///
    /// # Errors
    /// [`StoreError::Lost`]; when the database refuses.
    pub async fn claim_run(&self, worker: &Worker) -> Result<Option<Run>, StoreError> {
        Ok(self.claim_runs(worker, 1).await?.pop())
    }

    /// As [`Self::claim_run`], at most `most` at once, oldest first: for who has so many places free.
    ///
    /// # Errors
    /// As [`Self::claim_run`].
    pub async fn claim_runs(&self, worker: &Worker, most: u32) -> Result<Vec<Run>, StoreError> {
        let claim = format!(
            "{ME}, next AS MATERIALIZED (
               SELECT r.id FROM runs r
               WHERE r.epoch IS NULL AND r.state IN ('queued', 'running')
                 AND (r.wake_at IS NULL OR r.wake_at <= {{now}})
                 AND EXISTS (SELECT 1 FROM me)
                 AND EXISTS (SELECT 1 FROM offers o WHERE o.epoch = $1 AND o.sha256 = r.sha256)
               ORDER BY r.id LIMIT $2 {{skip}})
             UPDATE runs SET epoch = $1 WHERE id IN (SELECT id FROM next) RETURNING *"
        );
        let rows = self.at_once(sql(claim).bind(worker.epoch).bind(most)).await?;
        if rows.is_empty() {
            self.still_here(worker).await?;
        }
        let mut claimed: Vec<Run> = rows.iter().map(runs::read).collect::<Result<_, _>>()?;
        claimed.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(claimed)
    }

    /// Whether it is known that the worker of that number has ended, and with it everything it may have been doing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn has_ended(&self, epoch: i64) -> Result<bool, StoreError> {
        let there =
            sql("SELECT epoch FROM lost WHERE epoch = $1 UNION SELECT epoch FROM workers WHERE epoch = $1");
        Ok(self.maybe(there.bind(epoch)).await?.is_none())
    }
}

fn renewal(epoch: i64, lease: Duration) -> super::link::Sql {
    sql("UPDATE workers SET lease_until = {now} + $2 WHERE epoch = $1").bind(epoch).bind(ms(lease))
}

impl ServerStore {
    /// Renews a lease and makes everything that was committed before durable.
    pub(super) async fn renew_for(&self, epoch: i64, lease: Duration) -> Result<(), StoreError> {
        let mut connection = patient(self.flusher.acquire()).await?;
        match renewal(epoch, lease).run(Link::postgres(&mut connection)).await? {
            1 => Ok(()),
            _ => Err(StoreError::Lost),
        }
    }
}

impl Tx<'_> {
    /// The worker may change nothing any more; its runs and sessions are free.
    async fn dismiss(&mut self, epoch: i64) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM workers WHERE epoch = $1",
            "UPDATE runs SET epoch = NULL WHERE epoch = $1",
            "DELETE FROM seats WHERE epoch = $1",
            "DELETE FROM offers WHERE epoch = $1",
        ] {
            sql(statement).bind(epoch).run(self.link()).await?;
        }
        Ok(())
    }

    /// The run is the worker's, in whose name the change is made, unless another worker has it. Says whether.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_run(&mut self, id: &str) -> Result<bool, StoreError> {
        let take = sql("UPDATE runs SET epoch = $2 WHERE id = $1 AND (epoch IS NULL OR epoch = $2)");
        let epoch = self.worker().unwrap_or_default();
        Ok(take.bind(id).bind(epoch).run(self.link()).await? == 1)
    }
}
