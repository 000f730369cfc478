//! Backups: the whole record of an office in one `SQLite` file, from either database to either database.
//!
//! A record that was put back is older than the world: what was entered since is not on it. So it carries a mark
//! ([`RolledBack`]) until a person says that all of that is settled.

use super::{
    FileStore, ServerStore, Store, StoreError,
    link::{Arg, Found, Link, Sql, patient, sql},
    schema,
};
use serde::{Deserialize, Serialize};
use sqlx::{
    Connection, Executor, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The mark of a record that was put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledBack {
    /// When it was put back, RFC 3339.
    pub at: String,
    /// When the backup was made, RFC 3339.
    pub made: String,
    /// The last check on the backup: answers to later ones were given after it was put back.
    pub last_check: i64,
}

/// Where the mark stands.
const MARK: &str = "rolled_back";
/// Where a backup says when it was made.
const MADE: &str = "backup";
/// Numbers of workers that are left out, so that no process from before has the number of one from after.
const SKIPPED: i64 = 1_000_000;
/// Who is working or signed in now; of no use later.
const PRESENT: [&str; 5] = ["workers", "lost", "offers", "seats", "visits"];
/// Rows copied at a time.
const SOME: i64 = 2_000;

/// A table and its columns: name, and whether it is a number.
struct Table {
    name: String,
    columns: Vec<(String, bool)>,
    numbered: bool,
}

impl Table {
    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn put(&self, row: &Found) -> Result<Sql, StoreError> {
        let places: Vec<String> = (1..=self.columns.len()).map(|n| format!("${n}")).collect();
        let text = format!("INSERT INTO {} ({}) VALUES ({})", self.name, self.names(), places.join(", "));
        self.columns.iter().try_fold(sql(text), |put, (name, number)| {
            let value =
                if *number { Arg::Int(row.maybe_int(name)?) } else { Arg::Text(row.maybe_text(name)?) };
            Ok(put.bind(value))
        })
    }
}

async fn open(path: &Path, create: bool) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(create);
    Ok(SqliteConnection::connect_with(&options.journal_mode(SqliteJournalMode::Delete)).await?)
}

/// The tables of a file, as the file itself describes them.
async fn tables(file: &mut SqliteConnection) -> Result<Vec<Table>, StoreError> {
    let all =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut tables = Vec::new();
    for row in sql(all).all(Link::sqlite(file)).await? {
        let name = row.text("name")?;
        let columns = sql("SELECT name, type, pk FROM pragma_table_info($1)").bind(&name);
        let mut table = Table { name, columns: Vec::new(), numbered: false };
        for column in columns.all(Link::sqlite(file)).await? {
            let (column, kind) = (column.text("name")?, column.text("type")?);
            table.numbered |= column == "id" && kind == "INTEGER";
            table.columns.push((column, kind != "TEXT"));
        }
        if !PRESENT.contains(&table.name.as_str()) {
            tables.push(table);
        }
    }
    Ok(tables)
}

async fn set_meta(file: &mut SqliteConnection, key: &str, value: &str) -> Result<(), StoreError> {
    let set = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    sql(set).bind(key).bind(value).run(Link::sqlite(file)).await.map(drop)
}

async fn meta(file: &mut SqliteConnection, key: &str) -> Result<Option<String>, StoreError> {
    let value = sql("SELECT value FROM meta WHERE key = $1").bind(key).maybe(Link::sqlite(file)).await?;
    value.map(|row| row.text("value")).transpose()
}

impl Store {
    /// Copies the whole record into `file`, which must not be there, while others go on working.
    ///
    /// # Errors
    /// When the database or the disk refuses.
    pub async fn backup(&self, file: &Path, at: &str) -> Result<(), StoreError> {
        match self {
            Self::File(store) => store.backup(file).await?,
            Self::Server(store) => store.backup(file).await?,
        }
        let mut copy = open(file, false).await?;
        set_meta(&mut copy, MADE, at).await?;
        copy.close().await?;
        File::open(file).and_then(|f| f.sync_all()).map_err(StoreError::of_disk)
    }

    /// Puts the record of `backup` in the place of the database file at `path`, whose office nobody works in now. The
    /// file that was there stays beside it.
    ///
    /// # Errors
    /// When `backup` is no backup, damaged or made by a newer program, or the disk refuses.
    pub async fn restore_file(path: &Path, backup: &Path, at: &str) -> Result<RolledBack, StoreError> {
        let new = path.with_extension("restored");
        let mark = match copied(backup, &new, at).await {
            Ok(mark) => mark,
            Err(e) => {
                fs::remove_file(&new).ok();
                return Err(e);
            }
        };
        if path.exists() {
            // Its last changes go into the file itself, if it can be read at all.
            fold(path).await.ok();
        }
        set_aside(path, &at.replace([':', '.'], "")).map_err(StoreError::of_disk)?;
        fs::rename(&new, path).map_err(StoreError::of_disk)?;
        let dir = path.parent().unwrap_or(Path::new("."));
        File::open(dir).and_then(|d| d.sync_all()).map_err(StoreError::of_disk)?;
        Ok(mark)
    }

    /// Puts the record of `backup` in the place of what is on the server. Whoever works there now is refused from then on.
    ///
    /// # Errors
    /// As [`Self::restore_file`]; when this store is a file.
    pub async fn restore(&self, backup: &Path, at: &str) -> Result<RolledBack, StoreError> {
        let Self::Server(server) = self else { return Err(StoreError::Address("PostgreSQL".into())) };
        let work = tempfile::tempdir().map_err(StoreError::of_disk)?;
        let copy = work.path().join("backup");
        let mark = copied(backup, &copy, at).await?;
        server.fill(&mut open(&copy, false).await?).await?;
        Ok(mark)
    }

    /// The mark of a record that was put back, unless a person has said that all is settled.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rolled_back(&self) -> Result<Option<RolledBack>, StoreError> {
        let mark = self.maybe(sql("SELECT value FROM meta WHERE key = $1").bind(MARK)).await?;
        mark.map(|row| row.json("value")).transpose()
    }
}

impl super::Tx<'_> {
    /// A person has looked through what was entered after the backup.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_rolled_back(&mut self) -> Result<(), StoreError> {
        sql("DELETE FROM meta WHERE key = $1").bind(MARK).run(self.link()).await.map(drop)
    }
}

/// A copy of a backup that nobody else may read, whatever the backup's own permissions, up to date and marked.
async fn copied(backup: &Path, new: &Path, at: &str) -> Result<RolledBack, StoreError> {
    match fs::remove_file(new) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(StoreError::of_disk(e)),
        _ => {}
    }
    let mut from = File::open(backup).map_err(StoreError::of_disk)?;
    let mut to =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(new).map_err(StoreError::of_disk)?;
    io::copy(&mut from, &mut to).map_err(StoreError::of_disk)?;
    marked(new, at).await
}

/// Brings what stands in the write-ahead file into the database file.
async fn fold(path: &Path) -> Result<(), StoreError> {
    let mut old = open(path, false).await?;
    old.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    Ok(old.close().await?)
}

/// Keeps the database that was there, damaged or not, beside the new one. Its name stays until the new one takes it: a
/// crash in between leaves the old record, never none. A write-ahead file that stayed would be read into the new one.
fn set_aside(path: &Path, stamp: &str) -> io::Result<()> {
    let before = path.with_extension(format!("before-{stamp}"));
    if path.exists() && fs::hard_link(path, &before).is_err() {
        fs::rename(path, &before)?;
    }
    for suffix in ["-wal", "-shm"] {
        let with = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        match fs::rename(with(path), with(&before)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

/// Brings a copy of a backup up to date and marks it.
async fn marked(copy: &Path, at: &str) -> Result<RolledBack, StoreError> {
    let mut file = open(copy, false).await.map_err(|_| StoreError::NoBackup)?;
    let sound = sql("SELECT quick_check AS said FROM pragma_quick_check").one(Link::sqlite(&mut file)).await;
    if !sound.is_ok_and(|row| row.text("said").is_ok_and(|said| said == "ok")) {
        return Err(StoreError::NoBackup);
    }
    let made = meta(&mut file, MADE).await.ok().flatten().ok_or(StoreError::NoBackup)?;
    schema::upgrade_sqlite(&mut file).await?;
    for table in PRESENT {
        sql(format!("DELETE FROM {table}")).run(Link::sqlite(&mut file)).await?;
    }
    sql("UPDATE runs SET epoch = NULL").run(Link::sqlite(&mut file)).await?;
    let epochs = meta(&mut file, "epochs").await?.and_then(|e| e.parse().ok()).unwrap_or(0i64) + SKIPPED;
    set_meta(&mut file, "epochs", &epochs.to_string()).await?;
    let last = sql("SELECT coalesce(max(id), 0) AS id FROM checks").one(Link::sqlite(&mut file)).await?;
    let mark = RolledBack { at: at.to_owned(), made, last_check: last.int("id")? };
    set_meta(&mut file, MARK, &serde_json::to_string(&mark)?).await?;
    file.close().await?;
    File::open(copy).and_then(|f| f.sync_all()).map_err(StoreError::of_disk)?;
    Ok(mark)
}

impl FileStore {
    async fn backup(&self, file: &Path) -> Result<(), StoreError> {
        let mut reader = self.readers.acquire().await?;
        let into = sql("VACUUM INTO $1").bind(file.to_string_lossy().into_owned());
        into.run(Link::sqlite(&mut reader)).await.map(drop)
    }
}

impl ServerStore {
    async fn backup(&self, file: &Path) -> Result<(), StoreError> {
        let mut copy = open(file, true).await?;
        schema::upgrade_sqlite(&mut copy).await?;
        let tables = tables(&mut copy).await?;
        let mut reader = patient(self.readers.acquire()).await?;
        let mut snapshot = reader.begin().await?;
        snapshot.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
        copy.execute("BEGIN").await?;
        for table in &tables {
            take(&mut snapshot, &mut copy, table).await?;
        }
        copy.execute("COMMIT").await?;
        copy.close().await?;
        Ok(())
    }

    /// Replaces everything in one change.
    async fn fill(&self, copy: &mut SqliteConnection) -> Result<(), StoreError> {
        let tables = tables(copy).await?;
        let mut tx = patient(self.flusher.begin()).await?;
        for table in PRESENT {
            sql(format!("DELETE FROM {table}")).run(Link::postgres(&mut tx)).await?;
        }
        let names: Vec<&str> = tables.iter().map(|t| t.name.as_str()).collect();
        sql(format!("TRUNCATE {}", names.join(", "))).run(Link::postgres(&mut tx)).await?;
        // Items name their runs, so runs come first; the alphabet has them after.
        for table in
            tables.iter().filter(|t| t.name == "runs").chain(tables.iter().filter(|t| t.name != "runs"))
        {
            give(copy, &mut tx, table).await?;
        }
        patient(tx.commit()).await
    }
}

/// From the server into the file, in the order in which the rows came. Each table has a cursor of its own name: a fetch that
/// was prepared for another table's columns would be used again.
async fn take(from: &mut PgConnection, to: &mut SqliteConnection, table: &Table) -> Result<(), StoreError> {
    let (name, columns) = (&table.name, table.names());
    let order = if ["results", "evidence"].contains(&name.as_str()) { " ORDER BY rowid" } else { "" };
    let rows = sql(format!("DECLARE copy_of_{name} CURSOR FOR SELECT {columns} FROM {name}{order}"));
    rows.run(Link::postgres(from)).await?;
    loop {
        let some = sql(format!("FETCH {SOME} FROM copy_of_{name}")).all(Link::postgres(from)).await?;
        if some.is_empty() {
            return sql(format!("CLOSE copy_of_{name}")).run(Link::postgres(from)).await.map(drop);
        }
        for row in &some {
            table.put(row)?.run(Link::sqlite(to)).await?;
        }
    }
}

/// From the file onto the server, in the order in which the rows came.
async fn give(from: &mut SqliteConnection, to: &mut PgConnection, table: &Table) -> Result<(), StoreError> {
    let some = format!(
        "SELECT rowid AS place, {} FROM {} WHERE rowid > $1 ORDER BY rowid LIMIT {SOME}",
        table.names(),
        table.name
    );
    let mut last = 0;
    loop {
        let rows = sql(some.clone()).bind(last).all(Link::sqlite(from)).await?;
        for row in &rows {
            table.put(row)?.run(Link::postgres(to)).await?;
            last = row.int("place")?;
        }
        if rows.is_empty() {
            break;
        }
    }
    if table.numbered {
        let next = format!(
            "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {0}), false)",
            table.name
        );
        sql(next).all(Link::postgres(to)).await?;
    }
    Ok(())
}
