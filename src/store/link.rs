//! One way to speak to two databases: a statement with `$1` placeholders, values of two types, columns read by name.
//!
//! What the two do not have in common is a word in braces: `{now}`, milliseconds since 1970 by the database's own clock;
//! `{update}`, `{skip}`, `{keep}`, how rows are locked, which `SQLite` never needs because it has one writer.
//!
//! Values are sealed on their way in and opened on their way out where a statement says so ([`Sql::seal`],
//! [`Found::open`]); the connection knows the seal.

use super::{StoreError, seal::Seal};
use serde_json::Value;
use sqlx::{
    AssertSqlSafe, PgConnection, Row as _, SqlSafeStr, SqlStr, SqliteConnection, postgres::PgRow,
    sqlite::SqliteRow,
};
use std::{borrow::Cow, sync::Arc, time::Duration};

/// How long a server may take to answer. A cut network must not hold a worker for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// The words in braces: as written, for `SQLite`, for `PostgreSQL`.
const WORDS: &[(&str, &str, &str)] = &[
    (
        "{now}",
        "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
    ),
    ("{update}", "", "FOR UPDATE"),
    ("{skip}", "", "FOR UPDATE SKIP LOCKED"),
    ("{keep}", "", "FOR KEY SHARE"),
];

/// A value given to a statement.
pub(super) enum Arg {
    Text(Option<String>),
    Int(Option<i64>),
    /// To be sealed for the column.
    Seal(&'static str, Option<String>),
    /// To be sealed for the column so that equal texts are equal.
    Alike(&'static str, String),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<&str>> for Arg {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(ToOwned::to_owned))
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<u32> for Arg {
    fn from(number: u32) -> Self {
        Self::Int(Some(number.into()))
    }
}

impl From<i16> for Arg {
    fn from(number: i16) -> Self {
        Self::Int(Some(number.into()))
    }
}

impl From<u64> for Arg {
    fn from(number: u64) -> Self {
        Self::Int(Some(i64::try_from(number).expect("no count here reaches 2^63")))
    }
}

impl From<bool> for Arg {
    fn from(yes: bool) -> Self {
        Self::Int(Some(yes.into()))
    }
}

/// A statement with its values.
pub(super) struct Sql {
    text: Cow<'static, str>,
    args: Vec<Arg>,
}

/// A statement.
pub(super) fn sql(text: impl Into<Cow<'static, str>>) -> Sql {
    Sql { text: text.into(), args: Vec::new() }
}

/// Rows put in with one statement.
pub(super) const ROWS: usize = 100;

/// A statement that puts in so many rows of so many values.
pub(super) fn rows_of(head: &str, (rows, columns): (usize, usize), tail: &str) -> Sql {
    let rows: Vec<String> = (0..rows).map(|at| format!("({})", places(at * columns + 1, columns))).collect();
    sql(format!("{head} {} {tail}", rows.join(", ")))
}

/// So many placeholders from `$first` on, as a list.
pub(super) fn places(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// A connection of one of the two databases.
pub(super) enum To<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// Where statements go.
pub(super) struct Link<'a> {
    to: To<'a>,
    seal: Option<&'a Arc<Seal>>,
}

impl<'a> Link<'a> {
    /// To an `SQLite` file, as it is: nothing is sealed or opened.
    pub(super) const fn sqlite(connection: &'a mut SqliteConnection) -> Self {
        Self { to: To::Sqlite(connection), seal: None }
    }

    /// To a `PostgreSQL` server, as it is: nothing is sealed or opened.
    pub(super) const fn postgres(connection: &'a mut PgConnection) -> Self {
        Self { to: To::Postgres(connection), seal: None }
    }

    /// With the seal of its contents.
    pub(super) const fn sealing(self, seal: &'a Arc<Seal>) -> Self {
        Self { to: self.to, seal: Some(seal) }
    }

    /// Whether it leads to a server.
    pub(super) const fn is_server(&self) -> bool {
        matches!(self.to, To::Postgres(_))
    }
}

enum Raw {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// A row of one of the two databases.
pub(super) struct Found {
    row: Raw,
    seal: Option<Arc<Seal>>,
}

/// What is sealed can only be used where a seal is known.
const KNOWN: &str = "contents are reached through the store";

/// The values as the database gets them.
fn sealed(args: Vec<Arg>, seal: Option<&Arc<Seal>>) -> Vec<Arg> {
    let seal = |arg| match arg {
        Arg::Seal(column, text) => Arg::Text(text.map(|text| seal.expect(KNOWN).seal(column, &text))),
        Arg::Alike(column, text) => Arg::Text(Some(seal.expect(KNOWN).alike(column, &text))),
        plain => plain,
    };
    args.into_iter().map(seal).collect()
}

/// The statement as sqlx wants it. Its text is made of constants of this module and counted placeholders only.
fn text(text: Cow<'static, str>, postgres: bool) -> SqlStr {
    if !text.contains('{') {
        return AssertSqlSafe(text).into_sql_str();
    }
    let mut text = text.into_owned();
    for (word, in_sqlite, in_postgres) in WORDS {
        text = text.replace(word, if postgres { in_postgres } else { in_sqlite });
    }
    AssertSqlSafe(text).into_sql_str()
}

/// Binds the values of a statement; the type follows from the connection it is used on.
macro_rules! bound {
    ($text:expr, $args:expr) => {{
        let mut query = sqlx::query($text);
        for arg in $args {
            query = match arg {
                Arg::Text(text) => query.bind(text),
                Arg::Int(number) => query.bind(number),
                Arg::Seal(..) | Arg::Alike(..) => unreachable!("they were sealed before"),
            };
        }
        query
    }};
}

/// Waits for a server, but not for ever.
pub(super) async fn patient<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    let waited = tokio::time::timeout(PATIENCE, work).await;
    Ok(waited.map_err(|_| StoreError::Away("30 秒たっても返事がありません".into()))??)
}

impl Sql {
    /// Adds the value of the next placeholder.
    pub(super) fn bind(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Adds the value of the next placeholder, sealed for `column`, `table.column`.
    pub(super) fn seal(self, column: &'static str, text: impl Into<String>) -> Self {
        self.bind(Arg::Seal(column, Some(text.into())))
    }

    /// As [`Self::seal`], or nothing.
    pub(super) fn maybe_seal(self, column: &'static str, text: Option<&str>) -> Self {
        self.bind(Arg::Seal(column, text.map(ToOwned::to_owned)))
    }

    /// As [`Self::seal`], so that equal texts are equal.
    pub(super) fn alike(self, column: &'static str, text: impl Into<String>) -> Self {
        self.bind(Arg::Alike(column, text.into()))
    }

    /// Does it. Says how many rows it changed.
    pub(super) async fn run(self, link: Link<'_>) -> Result<u64, StoreError> {
        let (sql, args) = (self.text, sealed(self.args, link.seal));
        Ok(match link.to {
            To::Sqlite(c) => bound!(text(sql, false), args).execute(c).await?.rows_affected(),
            To::Postgres(c) => patient(bound!(text(sql, true), args).execute(c)).await?.rows_affected(),
        })
    }

    /// Every row of the answer.
    pub(super) async fn all(self, link: Link<'_>) -> Result<Vec<Found>, StoreError> {
        let (sql, args, seal) = (self.text, sealed(self.args, link.seal), link.seal.cloned());
        let found = |row| Found { row, seal: seal.clone() };
        Ok(match link.to {
            To::Sqlite(c) => {
                let rows = bound!(text(sql, false), args).fetch_all(c).await?;
                rows.into_iter().map(Raw::Sqlite).map(found).collect()
            }
            To::Postgres(c) => {
                let rows = patient(bound!(text(sql, true), args).fetch_all(c)).await?;
                rows.into_iter().map(Raw::Postgres).map(found).collect()
            }
        })
    }

    /// The only row of the answer, if there is one.
    pub(super) async fn maybe(self, link: Link<'_>) -> Result<Option<Found>, StoreError> {
        let (sql, args, seal) = (self.text, sealed(self.args, link.seal), link.seal.cloned());
        let row = match link.to {
            To::Sqlite(c) => bound!(text(sql, false), args).fetch_optional(c).await?.map(Raw::Sqlite),
            To::Postgres(c) => {
                patient(bound!(text(sql, true), args).fetch_optional(c)).await?.map(Raw::Postgres)
            }
        };
        Ok(row.map(|row| Found { row, seal }))
    }

    /// The only row of the answer.
    pub(super) async fn one(self, link: Link<'_>) -> Result<Found, StoreError> {
        self.maybe(link).await?.ok_or_else(|| StoreError::Other(sqlx::Error::RowNotFound))
    }
}

impl Found {
    /// A text that is never null.
    pub(super) fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(match &self.row {
            Raw::Sqlite(row) => row.try_get(column)?,
            Raw::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A text, or nothing.
    pub(super) fn maybe_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(match &self.row {
            Raw::Sqlite(row) => row.try_get(column)?,
            Raw::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A number, or nothing.
    pub(super) fn maybe_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(match &self.row {
            Raw::Sqlite(row) => row.try_get(column)?,
            Raw::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A number that is never null.
    pub(super) fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.maybe_int(column)?.ok_or_else(|| StoreError::Content(column.to_owned()))
    }

    /// A number from 0 to 2³².
    pub(super) fn count(&self, column: &str) -> Result<u32, StoreError> {
        u32::try_from(self.int(column)?).map_err(|_| StoreError::Content(column.to_owned()))
    }

    /// A value kept as JSON.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        Ok(serde_json::from_str(&self.text(column)?)?)
    }

    /// A text that was sealed for `column`, `table.column`, or nothing.
    pub(super) fn maybe_open(&self, column: &str) -> Result<Option<String>, StoreError> {
        let name = column.split_once('.').map_or(column, |(_, name)| name);
        let seal = self.seal.as_ref().expect(KNOWN);
        self.maybe_text(name)?.map(|sealed| seal.open(column, &sealed)).transpose()
    }

    /// A sealed text that is never null.
    pub(super) fn open(&self, column: &str) -> Result<String, StoreError> {
        self.maybe_open(column)?.ok_or_else(|| StoreError::Content(column.to_owned()))
    }

    /// A sealed value, kept as JSON.
    pub(super) fn open_json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        Ok(serde_json::from_str(&self.open(column)?)?)
    }

    /// A sealed value, kept as JSON, or nothing.
    pub(super) fn maybe_open_json(&self, column: &str) -> Result<Option<Value>, StoreError> {
        Ok(self.maybe_open(column)?.as_deref().map(serde_json::from_str).transpose()?)
    }
}
