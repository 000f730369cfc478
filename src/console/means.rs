//! What the console has of the office beside its memory: lists that help while one types, readers of paper, accounts, and
//! whether a system answers. The console knows none of the drivers behind them; the composition root gives them.

use crate::{control::settings::Keep, form::Form};
use std::{
    collections::BTreeMap,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

/// Something that is waited for.
pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Suggestions for an address: of its postal code and what is typed so far.
pub type Towns = Box<dyn Fn(&str, &str) -> Vec<String> + Send + Sync>;
/// The words of a list of the office, by its file.
pub type Words = Box<dyn Fn(&Path) -> Arc<Vec<String>> + Send + Sync>;
/// A form drawn over its blank original, or over a page of a scan that was read for it, as SVG text.
pub type Draw = Box<dyn Fn(Arc<Form>, Option<(PathBuf, u32)>) -> Later<Result<Drawn, String>> + Send + Sync>;
/// Changes the accounts of the office.
pub type Change = Box<dyn Fn(AccountChange) -> Result<(), String> + Send + Sync>;
/// Whether the system at an address answers: how, in Japanese.
pub type Reach = Box<dyn Fn(String) -> Later<Result<String, String>> + Send + Sync>;

/// `shoki.toml` with a change in it.
pub type Edit = Box<dyn Fn(&SettingChange) -> Result<Edited, String> + Send + Sync>;
/// Writes `shoki.toml`.
pub type Put = Box<dyn Fn(&Edited) -> Result<(), String> + Send + Sync>;

/// A form as it was drawn, and what was read on it.
pub struct Drawn {
    /// The picture with its page inside, as SVG text of ours.
    pub svg: String,
    /// What was read, in the order of the form.
    pub read: Vec<ReadField>,
    /// How well the page fits the form, 0 to 1; none: nothing was read.
    pub fit: Option<f64>,
}

/// A field of a page that was tried.
pub struct ReadField {
    /// Its name.
    pub name: String,
    /// The value for people; numbers of persons are not shown.
    pub value: String,
    /// How probable it is, in percent.
    pub percent: String,
    /// Whether it would pass without a person.
    pub pass: bool,
    /// Why not.
    pub reasons: String,
}

/// What is done to an account of the office.
pub enum AccountChange {
    /// Keeps user and password under a name.
    Set {
        /// The name that scenarios use.
        name: String,
        /// The user's id.
        user: String,
        /// The password.
        password: String,
    },
    /// Forgets it.
    Remove(String),
}

/// A day of the office's own.
pub struct OwnDay {
    /// As it is written: `2026-06-23`, or `11-30` for each year.
    pub date: String,
    /// For people.
    pub shown: String,
    /// What people call it.
    pub name: String,
    /// It is open; else closed.
    pub open: bool,
}

/// What is changed in `shoki.toml`.
pub enum SettingChange {
    /// A day of the office's own more.
    AddDay {
        /// `2026-06-23`, or `11-30` for each year.
        date: String,
        /// What people call it.
        name: String,
        /// It is open; else closed.
        open: bool,
    },
    /// A day less.
    RemoveDay {
        /// As it is written.
        date: String,
        /// Of the open ones.
        open: bool,
    },
    /// How long things are kept.
    Keep(Keep),
}

/// `shoki.toml` with a change, which is checked and not written.
pub struct Edited {
    /// What the file said.
    pub before: String,
    /// What it will say.
    pub text: String,
    /// SHA-256 of that, hex.
    pub sha256: String,
}

/// The means of one office.
pub struct Means {
    /// Addresses by postal code.
    pub towns: Towns,
    /// Lists of words.
    pub words: Words,
    /// Forms over paper.
    pub draw: Draw,
    /// The names of the accounts that are kept.
    pub accounts: Box<dyn Fn() -> Result<Vec<String>, String> + Send + Sync>,
    /// Changes one of them.
    pub change: Change,
    /// Connections to systems.
    pub reach: Reach,
    /// What reading paper and driving screens need on this machine: what, and why it is not there.
    pub parts: Box<dyn Fn() -> Vec<(String, Option<String>)> + Send + Sync>,
    /// The values of `[settings]`.
    pub settings: BTreeMap<String, String>,
    /// What `shoki.toml` says, for people: label and value.
    pub facts: Box<dyn Fn() -> Vec<(&'static str, String)> + Send + Sync>,
    /// The office's own closed and open days.
    pub days: Box<dyn Fn() -> Vec<OwnDay> + Send + Sync>,
    /// How long things are kept.
    pub keep: Box<dyn Fn() -> Option<Keep> + Send + Sync>,
    /// `shoki.toml` with a change in it; nothing is written.
    pub edit: Edit,
    /// Writes it.
    pub put: Put,
}

impl Default for Means {
    /// Without any of it.
    fn default() -> Self {
        fn absent<T: Send + 'static>() -> Later<Result<T, String>> {
            Box::pin(async { Err("この庁では使えません。".to_owned()) })
        }
        Self {
            towns: Box::new(|_, _| Vec::new()),
            words: Box::new(|_| Arc::default()),
            draw: Box::new(|_, _| absent()),
            accounts: Box::new(|| Ok(Vec::new())),
            change: Box::new(|_| Err("この庁では使えません。".to_owned())),
            reach: Box::new(|_| absent()),
            parts: Box::new(Vec::new),
            settings: BTreeMap::new(),
            facts: Box::new(Vec::new),
            days: Box::new(Vec::new),
            keep: Box::new(|| None),
            edit: Box::new(|_| Err("この庁では使えません。".to_owned())),
            put: Box::new(|_| Err("この庁では使えません。".to_owned())),
        }
    }
}
