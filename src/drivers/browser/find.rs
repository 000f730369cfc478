//! Finding what a person sees, and waiting until it can be acted on.

use super::{
    BrowserError, Cause, Lack, Screen,
    screen::{FramePath, POLL},
    wire::{self, Meaning},
};
use serde::Deserialize;
use serde_json::{Value, json};
use thirtyfour::{WebElement, error::WebDriverError};
use tokio::time::{Instant, sleep};

/// What may be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PressKind {
    /// A button or a link.
    #[default]
    Any,
    /// A button, an image button included.
    Button,
    /// A link.
    Link,
}

/// One condition on a row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPick {
    /// The column's heading; any column if none.
    pub column: Option<String>,
    /// The cell's whole text, white space and width aside.
    pub value: String,
}

/// Something to press: a button or a link by its text, in a certain row if there are several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Press {
    /// Its text, the text of its picture, `css=…` or `xpath=…`.
    pub name: String,
    /// What it may be.
    pub kind: PressKind,
    /// All must hold for the row it stands in.
    pub row: Vec<RowPick>,
}

impl Press {
    /// A button or link of that text.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// What is looked for.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub what: &'static str,
    pub name: String,
    pub arg: Value,
}

impl Query {
    /// A place to type in or to choose from a list.
    pub(super) fn field(name: &str) -> Self {
        Self::new("入力欄", "field", name)
    }

    /// A field that must take what is typed.
    pub(super) fn editable(name: &str) -> Self {
        let mut query = Self::field(name);
        query.arg["edit"] = json!(true);
        query
    }

    pub(super) fn radio(field: &str, option: &str) -> Self {
        let mut query = Self::new("選択肢", "radio", field);
        query.arg["option"] = json!(option);
        query.name = format!("{field}/{option}");
        query
    }

    pub(super) fn checkbox(name: &str) -> Self {
        Self::new("チェックボックス", "checkbox", name)
    }

    /// A file input; often hidden behind something prettier, so it need not receive a click.
    pub(super) fn file(name: &str) -> Self {
        let mut query = Self::new("ファイル欄", "file", name);
        query.arg["untouched"] = json!(true);
        query
    }

    pub(super) fn press(press: &Press) -> Self {
        let (what, only) = match press.kind {
            PressKind::Any => ("ボタンまたはリンク", Value::Null),
            PressKind::Button => ("ボタン", json!("button")),
            PressKind::Link => ("リンク", json!("link")),
        };
        let mut query = Self::new(what, "press", &press.name);
        query.arg["only"] = only;
        if !press.row.is_empty() {
            let row = press.row.iter().map(|p| json!({ "column": p.column, "value": p.value }));
            query.arg["row"] = row.collect();
        }
        query
    }

    fn new(what: &'static str, kind: &str, name: &str) -> Self {
        let mut arg = json!({ "kind": kind, "name": name });
        for how in ["css", "xpath"] {
            if let Some(path) = name.strip_prefix(how).and_then(|n| n.strip_prefix('=')) {
                arg[how] = json!(path);
            }
        }
        Self { what, name: name.to_owned(), arg }
    }
}

/// What was found: where it is and what it lacks.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Found {
    pub path: FramePath,
    n: usize,
    rank: f64,
    /// The label by which it was found.
    pub name: String,
    lacks: Option<String>,
    by: Option<String>,
    rect: [f64; 4],
    pub tag: String,
    pub charset: String,
    pub max: Option<usize>,
}

impl Found {
    fn lack(&self) -> Option<Lack> {
        let by = self.by.clone().unwrap_or_default();
        Some(match self.lacks.as_deref()? {
            "loaded" => Lack::Loaded,
            "visible" => Lack::Visible,
            "enabled" => Lack::Enabled,
            "editable" => Lack::Editable,
            "stable" => Lack::Stable,
            _ => Lack::Uncovered(by),
        })
    }

    fn place(&self) -> String {
        if self.path.is_empty() {
            self.name.clone()
        } else {
            format!("{}（枠 {:?}）", self.name, self.path)
        }
    }
}

/// One look.
enum Look {
    Ready(Box<Found>),
    NotYet(Cause),
}

impl Screen {
    /// Waits until exactly one element answers the query and can be acted on.
    pub(super) async fn ready(&mut self, query: &Query) -> Result<(Found, WebElement), BrowserError> {
        let deadline = self.deadline();
        let mut last_rect = None;
        loop {
            let cause = match self.look_in_all(query).await? {
                Look::Ready(found) => match self.element(&found.path, found.n).await {
                    Ok(element) if !moved(&mut last_rect, found.rect) => return Ok((*found, element)),
                    Ok(_) => Self::lacking(query, Lack::Stable),
                    Err(e) => self.again_or_fail(e).await?,
                },
                Look::NotYet(cause) => cause,
            };
            if Instant::now() > deadline {
                return Err(cause.into());
            }
            sleep(POLL).await;
        }
    }

    /// Whether something answers the query now, ready or not.
    pub(super) async fn is_there(&mut self, query: &Query) -> Result<bool, BrowserError> {
        let reply = self.ask::<Found>("find", query.arg.clone()).await?;
        Ok(reply.items.iter().any(|f| !matches!(f.lacks.as_deref(), Some("visible" | "enabled"))))
    }

    /// Looks in the current window, then in the others that are declared; stays where something was found.
    async fn look_in_all(&mut self, query: &Query) -> Result<Look, BrowserError> {
        let here = self.look(query).await?;
        if !matches!(here, Look::NotYet(Cause::NotFound { .. })) || self.popups.is_empty() {
            return Ok(here);
        }
        let home = self.window.clone();
        for window in self.popups.clone().into_iter().chain([self.main.clone()]).filter(|w| *w != home) {
            if self.try_switch(window).await?
                && let found @ Look::Ready(_) = self.look(query).await?
            {
                return Ok(found);
            }
        }
        self.try_switch(home).await?;
        Ok(here)
    }

    async fn look(&mut self, query: &Query) -> Result<Look, BrowserError> {
        let reply = self.ask::<Found>("find", query.arg.clone()).await?;
        let best = reply.items.iter().map(|f| f.rank).fold(f64::INFINITY, f64::min);
        let mut found: Vec<Found> = reply.items.into_iter().filter(|f| f.rank <= best).collect();
        let Query { what, name, .. } = query;
        match found.len() {
            0 => Ok(Look::NotYet(Cause::NotFound { what, name: name.clone(), seen: few(reply.seen) })),
            1 => {
                let found = found.remove(0);
                Ok(match found.lack() {
                    Some(lack) => Look::NotYet(Self::lacking(query, lack)),
                    None => Look::Ready(Box::new(found)),
                })
            }
            _ => {
                let found = found.iter().map(Found::place).collect();
                Ok(Look::NotYet(Cause::Ambiguous { what, name: name.clone(), found }))
            }
        }
    }

    fn lacking(query: &Query, lack: Lack) -> Cause {
        Cause::NotReady { what: query.what, name: query.name.clone(), lack }
    }

    /// For an act that the driver refused before doing anything: a reason to look again, or the end.
    pub(super) async fn again_or_fail(&mut self, e: WebDriverError) -> Result<Cause, BrowserError> {
        match wire::meaning(&e, self.page_timeout) {
            Meaning::Moved | Meaning::Gone => Ok(Cause::Driver(wire::message(&e))),
            _ => Err(self.fail(e).await),
        }
    }
}

/// Whether it stands elsewhere than in the look before.
fn moved(last: &mut Option<[f64; 4]>, now: [f64; 4]) -> bool {
    last.replace(now).is_some_and(|before| before.iter().zip(now).any(|(a, b)| (a - b).abs() > 1.0))
}

/// The first twelve different labels.
fn few(mut labels: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    labels.retain(|l| seen.insert(l.clone()));
    labels.truncate(12);
    labels
}
