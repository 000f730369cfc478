//! This process as one of several workers on one database: its lease, renewed in the background.
//!
//! A database refuses the changes of a worker whose runs were given to others. A legacy screen cannot: so an act is
//! begun only while the lease is sure to hold, by a clock that goes on while the process or the machine sleeps.

use crate::store::{Store, StoreError, Worker};
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::task::AbortHandle;

/// A lease is renewed so many times before it would run out.
const RENEWALS: u32 = 3;

/// A worker at work.
pub struct Tenure {
    /// Its number, name and lease.
    pub worker: Worker,
    store: Arc<Store>,
    held: Arc<Held>,
    renewals: AbortHandle,
}

/// Until when the lease is sure to hold, in milliseconds of the clock since the machine's start; 0: it is lost.
struct Held(AtomicU64);

/// The clock that counts sleep too.
fn since_start() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(now.tv_sec).unwrap_or(0), u64::try_from(now.tv_nsec).unwrap_or(0));
    seconds * 1000 + nanos / 1_000_000
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Tenure {
    /// Makes this process a worker, and keeps its lease until the tenure is dropped. The caller holds the lock of the
    /// office folder `home`, which lies at `path`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin(
        store: Arc<Store>,
        name: &str,
        home: &str,
        path: &Path,
        lease: Duration,
    ) -> Result<Arc<Self>, StoreError> {
        let asked = since_start();
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let stands = format!("{} {}", boot.trim(), path.display());
        let worker = store.enlist(name, home, &stands, lease).await?;
        let held = Arc::new(Held(AtomicU64::new(asked + ms(lease))));
        let task = tokio::spawn(keep(Arc::clone(&store), worker.clone(), Arc::clone(&held)));
        Ok(Arc::new(Self { worker, store, held, renewals: task.abort_handle() }))
    }

    /// Whether nobody else can have got this worker's runs by now.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        since_start() < self.held.0.load(Ordering::SeqCst)
    }

    /// Asks the database where the clock cannot tell.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when the runs were given to others; when the database refuses.
    pub async fn make_sure(&self) -> Result<(), StoreError> {
        if self.is_sure() { Ok(()) } else { self.renew().await }
    }

    /// Renews the lease now.
    ///
    /// # Errors
    /// As [`Self::make_sure`].
    pub async fn renew(&self) -> Result<(), StoreError> {
        renew(&self.store, &self.worker, &self.held).await
    }

    /// Ends: what this worker still has is free for others at once.
    ///
    /// # Errors
    /// When the database refuses; then others get it when the lease runs out.
    pub async fn end(&self) -> Result<(), StoreError> {
        self.renewals.abort();
        self.store.leave(&self.worker).await
    }
}

impl Drop for Tenure {
    fn drop(&mut self) {
        self.renewals.abort();
    }
}

async fn renew(store: &Store, worker: &Worker, held: &Held) -> Result<(), StoreError> {
    let asked = since_start();
    let renewed = store.renew(worker).await;
    match renewed {
        Ok(()) => held.0.store(asked + ms(worker.lease), Ordering::SeqCst),
        Err(StoreError::Lost) => held.0.store(0, Ordering::SeqCst),
        Err(_) => {}
    }
    renewed
}

/// Renews the lease until it is lost. While the database is away the lease runs out by itself.
async fn keep(store: Arc<Store>, worker: Worker, held: Arc<Held>) {
    loop {
        tokio::time::sleep(worker.lease / RENEWALS).await;
        match renew(&store, &worker, &held).await {
            Ok(()) => {}
            Err(StoreError::Lost) => {
                tracing::error!(epoch = worker.epoch, "the lease was lost; nothing is done any more");
                return;
            }
            Err(e) => tracing::warn!(error = %e, "the lease could not be renewed"),
        }
    }
}
