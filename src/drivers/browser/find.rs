//! Finding what a person sees, and waiting until it can be acted on.

use super::{
    BrowserError, Cause, Lack, Screen,
    screen::{FramePath, POLL},
    wire::{self, Meaning},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use thirtyfour::{
    WebElement,
    error::{WebDriverError, WebDriverResult},
};
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

/// How something on a screen is told from everything else there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spot {
    /// Its names, the preferred one first: what a person sees (a label, a text), or a name that says how it is meant:
    /// `text=…`, `right_of=…`, `below=…`, `placeholder=…`, `name=…`, `css=…`, `xpath=…`.
    pub names: Vec<String>,
    /// The heading or label it belongs to or stands nearest to, where several have its name.
    pub near: Option<String>,
    /// Which of several, from 1, in the order of the page.
    pub nth: Option<usize>,
    /// All must hold for the row it stands in.
    pub row: Vec<RowPick>,
}

impl Spot {
    /// Something of that name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { names: vec![name.into()], ..Self::default() }
    }

    /// The preferred name, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }
}

impl From<&str> for Spot {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

/// Something to press: a button or a link by its text, in a certain row if there are several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Press {
    /// Which one.
    pub spot: Spot,
    /// What it may be.
    pub kind: PressKind,
    /// Whether it takes two clicks in a row.
    pub double: bool,
}

impl Press {
    /// A button or link of that text.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { spot: Spot::named(name), ..Self::default() }
    }

    /// The same, which must be of that kind.
    #[must_use]
    pub fn only(mut self, kind: PressKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same in the row for which all of this holds.
    #[must_use]
    pub fn in_row(mut self, row: Vec<RowPick>) -> Self {
        self.spot.row = row;
        self
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
    pub(super) fn field(spot: &Spot) -> Self {
        Self::new("入力欄", "field", spot)
    }

    /// A field that must take what is typed.
    pub(super) fn editable(spot: &Spot) -> Self {
        let mut query = Self::field(spot);
        query.arg["edit"] = json!(true);
        query
    }

    /// It gets the focus as soon as it is ready, and what it holds is selected: what is typed then replaces that.
    pub(super) fn taken(mut self) -> Self {
        self.arg["take"] = json!(true);
        self
    }

    /// Looking for it leaves this number in every document.
    pub(super) fn marking(mut self, mark: u64) -> Self {
        self.arg["put"] = json!(mark);
        self
    }

    /// Bars over what is not to be seen are taken away before it is looked for.
    pub(super) fn unmasking(&self) -> Self {
        let mut query = self.clone();
        query.arg["unmask"] = json!(true);
        query
    }

    pub(super) fn radio(spot: &Spot, option: &str) -> Self {
        let mut query = Self::new("選択肢", "radio", spot);
        query.arg["option"] = json!(option);
        query.name = format!("{}/{option}", query.name);
        query.clicked()
    }

    pub(super) fn checkbox(spot: &Spot) -> Self {
        Self::new("チェックボックス", "checkbox", spot).clicked()
    }

    /// A file input; often hidden behind something prettier, so it need not receive a click.
    pub(super) fn file(spot: &Spot) -> Self {
        let mut query = Self::new("ファイル欄", "file", spot);
        query.arg["untouched"] = json!(true);
        query
    }

    pub(super) fn press(press: &Press) -> Self {
        let (what, only) = match press.kind {
            PressKind::Any => ("ボタンまたはリンク", Value::Null),
            PressKind::Button => ("ボタン", json!("button")),
            PressKind::Link => ("リンク", json!("link")),
        };
        let mut query = Self::new(what, "press", &press.spot);
        query.arg["only"] = only;
        query.arg["double"] = json!(press.double);
        query.clicked()
    }

    /// Looking for it begins to watch whether it stands still; the mouse may go there meanwhile.
    pub(super) fn watched(&self) -> Self {
        let mut query = self.clone();
        query.arg["still"] = json!(false);
        query.arg["watch"] = json!(true);
        query
    }

    /// The driver gets hold of it, where it stands in the frame that commands go to.
    fn held(&self) -> Self {
        let mut query = self.clone();
        query.arg["held"] = json!(true);
        query
    }

    pub(super) fn is_double(&self) -> bool {
        self.arg["double"] == json!(true)
    }

    /// Whatever shows that text or has that label.
    pub(super) fn anything(spot: &Spot) -> Self {
        Self::new("部品", "any", spot)
    }

    /// The heading that something is to stand near.
    fn heading(near: &str) -> Self {
        let mut query = Self::new("near: に書いた見出し", "heading", &Spot::named(near));
        query.arg["untouched"] = json!(true);
        query
    }

    /// Tells of each that is found what it lacks and what it does; nothing is done to any of them.
    fn each(mut self) -> Self {
        self.arg["each"] = json!(true);
        self.arg["untouched"] = json!(true);
        self.arg["still"] = json!(false);
        self
    }

    /// It is going to be clicked, so it must have stood still for two pictures since it was watched, or else from now on.
    fn clicked(mut self) -> Self {
        self.arg["still"] = json!(true);
        self
    }

    fn new(what: &'static str, kind: &str, spot: &Spot) -> Self {
        let Spot { names, near, nth, row } = spot;
        let mut arg = json!({ "kind": kind, "names": names, "near": near, "nth": nth });
        if !row.is_empty() {
            arg["row"] = row.iter().map(|p| json!({ "column": p.column, "value": p.value })).collect();
        }
        Self { what, name: spot.name().to_owned(), arg }
    }
}

/// What was found: where it is and what it lacks.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Found {
    pub path: FramePath,
    /// The names of the frames on the way there; empty for the window itself.
    pub frame: String,
    n: usize,
    rank: f64,
    /// The label by which it was found.
    pub name: String,
    lacks: Option<String>,
    by: Option<String>,
    pub rect: [f64; 4],
    /// Where a click lands: in its own frame, then in each around it, as far as the page may know them.
    #[serde(default)]
    pub points: Vec<[f64; 2]>,
    pub tag: String,
    /// The `type` of an input; `editable` where the page lets one write into a piece of it.
    pub kind: String,
    pub charset: String,
    pub max: Option<usize>,
    /// The element itself, where it stands in the frame that was asked.
    el: Option<Value>,
    /// Whether it is a box that is ticked.
    pub checked: bool,
    /// What a press of it does, where that was asked for and the page says it.
    does: Option<String>,
    /// That of the whole screen, see [`super::ask::Reply`].
    #[serde(skip)]
    pub sign: String,
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

    /// Neither hidden nor greyed.
    fn is_usable(&self) -> bool {
        !matches!(self.lacks.as_deref(), Some("visible" | "enabled"))
    }

    fn place(&self) -> String {
        if self.frame.is_empty() {
            format!("{}（{}）", self.name, self.tag)
        } else {
            format!("{}（{}、枠 {}）", self.name, self.tag, self.frame)
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
        let (query, deadline) = (query.held(), self.deadline());
        loop {
            let found = self.find(&query, deadline).await?;
            let cause = match self.element_of(&found).await {
                Ok(element) => return Ok((found, element)),
                Err(e) => self.again_or_fail(e).await?,
            };
            if Instant::now() > deadline {
                return Err(cause.into());
            }
            sleep(POLL).await;
        }
    }

    /// The same, without getting hold of it for the driver: until `deadline`, with one look at least.
    pub(super) async fn find(&mut self, query: &Query, deadline: Instant) -> Result<Found, BrowserError> {
        loop {
            let cause = match self.look_in_all(query).await? {
                Look::Ready(_) if self.awaits(deadline) => Self::lacking(query, Lack::Loaded),
                Look::Ready(found) => {
                    self.note_act(query.what, &found);
                    return Ok(*found);
                }
                Look::NotYet(cause) => cause,
            };
            if Instant::now() > deadline {
                return Err(cause.into());
            }
            sleep(POLL).await;
        }
    }

    pub(super) async fn element_of(&mut self, found: &Found) -> WebDriverResult<WebElement> {
        match &found.el {
            Some(el) => WebElement::from_json(el.clone(), Arc::clone(&self.browser)),
            None => self.element(&found.path, found.n).await,
        }
    }

    /// Whether something answers the query now, ready or not.
    pub(super) async fn is_there(&mut self, query: &Query) -> Result<bool, BrowserError> {
        let mut arg = query.arg.clone();
        // Whether it stands still takes two frames to see.
        arg["still"] = json!(false);
        let reply = self.ask::<Found>("find", arg).await?;
        Ok(reply.items.iter().any(Found::is_usable))
    }

    /// The press, if there is something to press now. Where several do the same, as the links to the next page above and below a
    /// list do, it is the first of them.
    pub(super) async fn if_there(&mut self, mut press: Press) -> Result<Option<Press>, BrowserError> {
        let query = Query::press(&press).each();
        let found = self.ask::<Found>("find", query.arg).await?.items;
        if !found.iter().any(Found::is_usable) {
            return Ok(None);
        }
        let first = &found[0].does;
        if found.len() > 1 && first.is_some() && found.iter().all(|f| f.is_usable() && f.does == *first) {
            press.spot.nth = Some(1);
        }
        Ok(Some(press))
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
        let sign = reply.sign;
        let best = reply.items.iter().map(|f| f.rank).fold(f64::INFINITY, f64::min);
        let mut found: Vec<Found> = reply.items.into_iter().filter(|f| f.rank <= best).collect();
        let Query { what, name, .. } = query;
        match found.len() {
            0 => Ok(Look::NotYet(self.unfound(query, reply.seen).await?)),
            1 => {
                let found = Found { sign, ..found.remove(0) };
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

    /// Why there is nothing: where the heading that it is to stand near is not there either, that is said.
    async fn unfound(&mut self, query: &Query, seen: Vec<String>) -> Result<Cause, BrowserError> {
        if let Some(near) = query.arg["near"].as_str() {
            let Query { what, name, arg } = Query::heading(near);
            let reply = self.ask::<Found>("find", arg).await?;
            if reply.items.is_empty() {
                return Ok(Cause::NotFound { what, name, seen: few(reply.seen) });
            }
        }
        Ok(Cause::NotFound { what: query.what, name: query.name.clone(), seen: few(seen) })
    }

    pub(super) fn lacking(query: &Query, lack: Lack) -> Cause {
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

/// The first twelve different labels.
fn few(mut labels: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    labels.retain(|l| seen.insert(l.clone()));
    labels.truncate(12);
    labels
}
