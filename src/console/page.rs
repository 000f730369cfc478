//! The frame around every page: menu, who is signed in, and what everybody must see at once.

use super::{Console, Refusal, Signed, assets, routes::MENU, words};
use crate::control::{people::Role, stops};
use askama::Template;
use axum::response::{Html, IntoResponse, Response};

/// An entry of the menu.
pub struct MenuItem {
    /// Where it leads.
    pub href: &'static str,
    /// What it says.
    pub label: &'static str,
    /// It is where we are.
    pub here: bool,
    /// What waits there.
    pub waits: Option<u32>,
}

/// What the layout shows besides the page itself. A template that extends `base.html` holds it as `page`.
pub struct Page {
    /// The page's title.
    pub title: String,
    /// The city.
    pub office: String,
    /// Who is signed in, for people.
    pub who: String,
    /// When the page was made: a sheet of paper says it.
    pub now: String,
    /// Their roles, for people.
    pub roles: String,
    /// The menu.
    pub menu: Vec<MenuItem>,
    /// Why everything stands still, if it does.
    pub stopped: Option<String>,
    /// Whether a stop may be released by this person.
    pub may_release: bool,
    /// Whether somebody works on runs.
    pub engine: bool,
    /// Whether nothing can be recorded, so that only looking is possible.
    pub frozen: bool,
    /// What was just done.
    pub said: Option<&'static str>,
    /// The stylesheet.
    pub style: &'static str,
    /// The script.
    pub script: &'static str,
}

impl Page {
    /// The frame for `signed` of the page at `here` of the menu.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of(console: &Console, signed: &Signed, title: &str, here: &str) -> Result<Self, Refusal> {
        let open = console.store.count_open_checks().await?;
        let stop = console.store.open_stops().await?.into_iter().find(|s| s.run.is_none());
        let engine = console.store.somebody_works().await?;
        let frozen = console.store.is_frozen().await?;
        let waits = |href: &str| (href == "/checks" && open > 0).then_some(open);
        let entry = |(href, label, _): &(&'static str, &'static str, _)| MenuItem {
            href,
            label,
            here: *href == here,
            waits: waits(href),
        };
        let roles: Vec<&str> = signed.roles.iter().map(|role| role.label()).collect();
        Ok(Self {
            title: title.to_owned(),
            office: console.name.clone(),
            who: signed.name.clone(),
            now: words::full(&console.log.now()),
            roles: roles.join("・"),
            menu: MENU.iter().filter(|(_, _, access)| signed.may(*access)).map(entry).collect(),
            stopped: stop.as_ref().map(stops::sentence),
            may_release: signed.is(Role::Operator) || signed.is(Role::Admin),
            engine,
            frozen,
            said: None,
            style: assets::style(),
            script: assets::address("console.js"),
        })
    }

    /// With the sentence for what was just done, by its word in the address. Only sentences of ours are shown.
    #[must_use]
    pub fn said(mut self, word: Option<&str>) -> Self {
        self.said = word.and_then(super::words::said);
        self
    }
}

/// A template as an answer.
pub(super) fn show(page: &impl Template) -> Result<Response, Refusal> {
    Ok(Html(page.render()?).into_response())
}
