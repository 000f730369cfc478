//! One story told to both databases: the same calls, the same answers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod confirming;
mod people;
mod sealed;
mod story;
mod turns;
mod workers;

use shoki::store::{ContentKey, Store, StoreError};
use std::sync::Arc;
use test_database::Server;

/// Where a store is, and how to open it once more.
enum Memory {
    /// In this folder.
    File(tempfile::TempDir),
    /// On a server, by the name of the database.
    Server(Arc<Server>, String),
}

impl Memory {
    /// An `SQLite` file.
    fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// A new database on the server.
    fn database(server: &Arc<Server>, name: &str) -> Self {
        let name = &name[..name.len().min(60)];
        assert_eq!(server.ask(&format!("CREATE DATABASE {name}")), "");
        Self::Server(Arc::clone(server), name.to_owned())
    }

    /// Both kinds. The names stand in messages.
    fn both(server: &Arc<Server>, name: &str) -> [(&'static str, Self); 2] {
        [("SQLite", Self::file()), ("PostgreSQL", Self::database(server, name))]
    }

    /// Opens it.
    async fn open(&self) -> Arc<Store> {
        Arc::new(self.try_open().await.unwrap())
    }

    /// Tries to open it.
    async fn try_open(&self) -> Result<Store, StoreError> {
        match self {
            Self::File(dir) => Store::open(&dir.path().join("shoki.db")).await,
            Self::Server(server, name) => {
                Store::connect(&server.url_of(name), &ContentKey::File(server.key())).await
            }
        }
    }
}
