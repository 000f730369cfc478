//! Which columns hold contents; and sealing what an older program wrote in clear.

use super::{
    FileStore, ServerStore, Store, StoreError,
    link::{Arg, Found, Link, patient, sql},
    schema::UPGRADE_LOCK,
    seal::{ContentKey, Seal},
};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use std::sync::Arc;

/// Where a database bears the mark of its key.
const MARK: &str = "content_key";
/// Rows sealed at a time.
const SOME: i64 = 2_000;

/// The columns with contents of a table.
struct Contents {
    table: &'static str,
    /// Its primary key; `true`: a number.
    key: &'static [(&'static str, bool)],
    columns: &'static [&'static str],
    /// Sealed so that equal texts are equal, because the database looks for them.
    alike: &'static [&'static str],
}

/// Everything that citizens wrote, systems showed or people typed. All else in the tables is numbers, states, times, ids
/// and messages without personal data.
const CONTENTS: &[Contents] = &[
    Contents {
        table: "runs",
        key: &[("id", false)],
        columns: &["runs.settings", "runs.outputs"],
        alike: &[],
    },
    Contents {
        table: "items",
        key: &[("run_id", false), ("n", true)],
        columns: &["items.key", "items.input"],
        alike: &[],
    },
    Contents {
        table: "item_keys",
        key: &[("scenario", false), ("key", false)],
        columns: &[],
        alike: &["item_keys.key"],
    },
    Contents {
        table: "results",
        key: &[("run_id", false), ("n", true), ("step", false)],
        columns: &["results.output"],
        alike: &[],
    },
    Contents {
        table: "intents",
        key: &[("idem", false)],
        columns: &["intents.receipt"],
        alike: &["intents.once"],
    },
    Contents {
        table: "checks",
        key: &[("id", true)],
        columns: &["checks.questions", "checks.answer", "checks.label", "checks.paper"],
        alike: &[],
    },
    Contents {
        table: "typed",
        key: &[("check_id", true), ("field", false), ("person", false)],
        columns: &["typed.text"],
        alike: &[],
    },
    Contents { table: "worklist", key: &[("id", true)], columns: &["worklist.label"], alike: &[] },
];

/// One connection of either database, for statements one after another.
enum Way<'a> {
    File(&'a mut SqliteConnection),
    Server(&'a mut PgConnection),
}

impl Way<'_> {
    fn link(&mut self) -> Link<'_> {
        match self {
            Self::File(connection) => Link::sqlite(connection),
            Self::Server(connection) => Link::postgres(connection),
        }
    }

    async fn mark(&mut self) -> Result<Option<String>, StoreError> {
        let mark = sql("SELECT value FROM meta WHERE key = $1").bind(MARK).maybe(self.link()).await?;
        mark.map(|row| row.text("value")).transpose()
    }

    /// The seal of the database. One that bears no mark yet gets it, and all its contents are sealed.
    async fn begin(&mut self, key: &ContentKey) -> Result<(Seal, bool), StoreError> {
        let mark = self.mark().await?;
        let seal = key.seal(mark.as_deref())?;
        if mark.is_some() {
            return Ok((seal, false));
        }
        let mut old = false;
        for contents in CONTENTS {
            old |= self.seal_all(contents, &seal).await?;
        }
        let put = sql("INSERT INTO meta (key, value) VALUES ($1, $2)").bind(MARK).bind(&seal.mark);
        put.run(self.link()).await?;
        Ok((seal, old))
    }

    /// Seals every row of a table. Says whether there were any.
    async fn seal_all(&mut self, contents: &Contents, seal: &Seal) -> Result<bool, StoreError> {
        let names: Vec<&str> = contents.key.iter().map(|(name, _)| *name).collect();
        let order = names.join(", ");
        let all = format!("SELECT * FROM {} ORDER BY {order} LIMIT {SOME} OFFSET $1", contents.table);
        // A table whose key is sealed changes its order meanwhile: all of it at once.
        let whole = format!("SELECT * FROM {}", contents.table);
        let keyed = contents.alike.iter().any(|c| names.contains(&short(c)));
        let mut done = 0i64;
        loop {
            let rows = if keyed { sql(whole.clone()) } else { sql(all.clone()).bind(done) };
            let rows = rows.all(self.link()).await?;
            for row in &rows {
                contents.sealing(row, seal)?.run(self.link()).await?;
            }
            done += i64::try_from(rows.len()).unwrap_or(i64::MAX);
            if keyed || rows.is_empty() {
                return Ok(done > 0);
            }
        }
    }
}

/// `items.key` → `key`.
fn short(column: &'static str) -> &'static str {
    column.split_once('.').map_or(column, |(_, name)| name)
}

impl Contents {
    /// The change that seals one row.
    fn sealing(&self, row: &Found, seal: &Seal) -> Result<super::link::Sql, StoreError> {
        let columns: Vec<&'static str> = self.columns.iter().chain(self.alike).copied().collect();
        let set: Vec<String> = (1..).zip(&columns).map(|(n, c)| format!("{} = ${n}", short(c))).collect();
        let place = columns.len() + 1;
        let same: Vec<String> = (place..).zip(self.key).map(|(n, (k, _))| format!("{k} = ${n}")).collect();
        let mut change =
            sql(format!("UPDATE {} SET {} WHERE {}", self.table, set.join(", "), same.join(" AND ")));
        for column in &columns {
            let sealed = row.maybe_text(short(column))?.map(|text| {
                if self.alike.contains(column) { seal.alike(column, &text) } else { seal.seal(column, &text) }
            });
            change = change.bind(Arg::Text(sealed));
        }
        self.key.iter().try_fold(change, |change, (name, number)| {
            let value =
                if *number { Arg::Int(row.maybe_int(name)?) } else { Arg::Text(row.maybe_text(name)?) };
            Ok(change.bind(value))
        })
    }
}

/// The seal of an `SQLite` file.
pub(super) async fn of_file(file: &mut SqliteConnection, key: &ContentKey) -> Result<Arc<Seal>, StoreError> {
    if let Some(mark) = Way::File(file).mark().await? {
        return key.seal(Some(&mark)).map(Arc::new);
    }
    // What is written over must not stay in free pages.
    file.execute("PRAGMA secure_delete = ON").await?;
    file.execute("BEGIN IMMEDIATE").await?;
    let begun = Way::File(file).begin(key).await;
    let (seal, old) = match begun {
        Ok(begun) => begun,
        Err(e) => {
            file.execute("ROLLBACK").await.ok();
            return Err(e);
        }
    };
    file.execute("COMMIT").await?;
    if old {
        // Others may hold the file at this moment; then the write-ahead file is emptied later.
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.ok();
        file.execute("VACUUM").await.ok();
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.ok();
    }
    Ok(Arc::new(seal))
}

/// The seal of a `PostgreSQL` database.
pub(super) async fn of_server(server: &mut PgConnection, key: &ContentKey) -> Result<Arc<Seal>, StoreError> {
    let mut tx = patient(server.begin()).await?;
    tx.execute(UPGRADE_LOCK).await?;
    let (seal, _) = Way::Server(&mut tx).begin(key).await?;
    patient(tx.commit()).await?;
    Ok(Arc::new(seal))
}

impl FileStore {
    /// The connection with the seal of its contents.
    pub(super) fn link<'a>(&'a self, connection: &'a mut SqliteConnection) -> Link<'a> {
        Link::sqlite(connection).sealing(&self.seal)
    }
}

impl ServerStore {
    /// The connection with the seal of its contents.
    pub(super) fn link<'a>(&'a self, connection: &'a mut PgConnection) -> Link<'a> {
        Link::postgres(connection).sealing(&self.seal)
    }
}

impl Store {
    /// The seal of its contents.
    pub(super) const fn seal(&self) -> &Arc<Seal> {
        match self {
            Self::File(file) => &file.seal,
            Self::Server(server) => &server.seal,
        }
    }
}
