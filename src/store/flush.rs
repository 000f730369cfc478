//! Making what was committed survive a power cut, once for all who wait for it at the same time.

use super::StoreError;
use std::{
    fs::File,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::Mutex;

/// Counts who asked and up to whom it was done, so that one flush serves all who asked before it began.
#[derive(Default)]
pub(super) struct Shared {
    asked: AtomicU64,
    done: Mutex<u64>,
}

impl Shared {
    /// Returns when a flush that began after this call has ended well; `flush` is called if nobody else does it.
    pub(super) async fn wait<F>(&self, flush: impl FnOnce() -> F) -> Result<(), StoreError>
    where
        F: Future<Output = Result<(), StoreError>>,
    {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut done = self.done.lock().await;
        if *done >= mine {
            return Ok(());
        }
        let up_to = self.asked.load(Ordering::SeqCst);
        flush().await?;
        *done = up_to;
        Ok(())
    }
}

/// `SQLite`'s write-ahead file, which holds every commit that is not yet in the database file.
///
/// After a failed fsync Linux counts the lost pages as written (<https://wiki.postgresql.org/wiki/Fsync_Errors>), so that
/// a second try would say yes to what is gone. After the first failure nothing is recorded by this process any more.
pub(super) struct WalFile {
    file: Arc<File>,
    pub(super) broken: AtomicBool,
}

impl WalFile {
    /// Opens the file beside the database at `path`. Its name is made durable too.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        let file = File::open(&name)?;
        let dir = path.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(dir)?.sync_all()?;
        Ok(Self { file: Arc::new(file), broken: AtomicBool::new(false) })
    }

    /// Whether nothing can be written to it: its disk was made read-only, or has failed.
    pub(super) fn is_frozen(&self) -> bool {
        let read_only = rustix::fs::fstatvfs(&self.file)
            .is_ok_and(|facts| facts.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY));
        read_only || self.broken.load(Ordering::SeqCst)
    }

    /// Fsyncs it. Says whether all that was ever committed is known to be there.
    pub(super) async fn flush(&self) -> bool {
        let file = Arc::clone(&self.file);
        let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
        matches!(synced, Ok(Ok(()))) && !self.broken.load(Ordering::SeqCst)
    }
}
