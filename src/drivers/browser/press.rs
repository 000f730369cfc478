//! Opening pages and pressing things that can be pressed again.

use super::{
    BrowserError, Cause, Lack, Screen,
    dialog::Dialogs,
    fill::may_come,
    find::{Found, Press, Query},
    rules::origin_of,
    screen::POLL,
    survey::Failed,
    wire::{self, Meaning},
};
use std::time::Duration;
use thirtyfour::{
    WebElement,
    action_chain::ActionChain,
    error::{WebDriverError, WebDriverErrorInfo, WebDriverResult},
};
use tokio::time::{Instant, sleep};

/// What is declared to follow a press.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Follow {
    /// The title of the window it opens; work in it begins with [`Screen::use_window`].
    pub opens: Option<String>,
    /// The dialogs it brings.
    pub dialogs: Dialogs,
}

impl Screen {
    /// Opens an address in the current window.
    ///
    /// # Errors
    /// When its host is not on the allow list (nothing is requested then), it cannot be reached, or the page that
    /// comes breaks a rule.
    pub async fn open(&mut self, url: &str) -> Result<(), BrowserError> {
        self.open_past(url, &Dialogs::default()).await
    }

    /// The same, with warnings that may come when the page opens and are answered.
    ///
    /// # Errors
    /// As [`Screen::open`].
    pub async fn open_past(&mut self, url: &str, dialogs: &Dialogs) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.go(url, url, dialogs).await;
        self.note(result)
    }

    /// Opens an address behind HTTP authentication; the browser keeps name and password for the rest of the session.
    ///
    /// # Errors
    /// As [`Screen::open`]; [`Cause::Unauthorized`] when the system does not take them.
    pub async fn open_as(&mut self, url: &str, user: &str, password: &str) -> Result<(), BrowserError> {
        self.usable()?;
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let address = format!("{scheme}://{}:{}@{rest}", encoded(user), encoded(password));
        let result = self.go(url, &address, &Dialogs::default()).await;
        self.note(result)?;
        // Once more without them: addresses that a page builds on its own must not carry them.
        self.open(url).await
    }

    /// Goes to `address`, which is `url` but for a name and a password.
    async fn go(&mut self, url: &str, address: &str, dialogs: &Dialogs) -> Result<(), BrowserError> {
        let origin =
            origin_of(url).unwrap_or_else(|| url.split(['?', '#']).next().unwrap_or_default().to_owned());
        if !self.rules.allow.contains(&origin) {
            return Err(Cause::Foreign(origin).into());
        }
        self.kept.clear();
        self.use_window(None).await?;
        let mut result = match self.browser.goto(address).await {
            Ok(()) => self.settle(false).await,
            Err(e) => Err(self.navigation_failed(e).await),
        };
        let started = Instant::now();
        while let Err(e) = &result
            && !dialogs.may.is_empty()
            && started.elapsed() < self.page_timeout
            && self.is_answered(e, dialogs).await?
        {
            result = self.settle(false).await;
        }
        result
    }

    /// What the browser's error page means. Names that are not allowed are not resolved, so a redirect to one ends here.
    pub(super) async fn error_page(&mut self, failed: &Failed) -> BrowserError {
        let wanted = self.unreachable_addresses().await;
        let mut origins = wanted.iter().chain(&failed.address).filter_map(|u| origin_of(u));
        if let Some(origin) = origins.find(|o| !self.rules.allows(o)) {
            return Cause::Foreign(origin).into();
        }
        if failed.host.is_empty() || self.rules.allows_host(&failed.host) {
            return wire::unreachable(failed.code.clone()).into();
        }
        Cause::Foreign(failed.host.clone()).into()
    }

    async fn navigation_failed(&mut self, e: WebDriverError) -> BrowserError {
        let error = self.fail(e).await;
        let Cause::Unreachable(code) = &error.cause else { return error };
        let failed = Failed { address: None, host: String::new(), code: code.clone() };
        self.error_page(&failed).await
    }

    /// Presses a button or link, answers the declared dialogs and waits for what follows.
    ///
    /// # Errors
    /// When it is not there or not ready, a declared dialog does not come, or the screen does something undeclared.
    pub async fn press(&mut self, press: &Press, follow: &Follow) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.press_and_settle(press, follow).await;
        self.note(result)
    }

    pub(super) async fn press_and_settle(
        &mut self,
        press: &Press,
        follow: &Follow,
    ) -> Result<(), BrowserError> {
        self.mark += 1;
        let result = match self.click_wholly(&Query::press(press)).await? {
            Ok(()) => self.follow_press(follow).await,
            Err(e) => Err(self.fail(e).await),
        };
        self.picture_after().await;
        result
    }

    /// Clicks what may be clicked again until it is a whole click, or what is clicked has gone away: a page that moves while the
    /// mouse is down gets no click, and one that acts on the mouse's going down needs none.
    pub(super) async fn click_wholly(&mut self, query: &Query) -> Result<WebDriverResult<()>, BrowserError> {
        let marking = query.clone().marking(self.mark);
        let deadline = self.deadline();
        loop {
            let clicked = self.click_once(&marking).await?;
            if !matches!(clicked, Ok(false)) || !self.is_there(query).await? {
                return Ok(clicked.map(|_| ()));
            }
            if Instant::now() > deadline {
                return Err(Self::lacking(query, Lack::Stable).into());
            }
        }
    }

    pub(super) async fn follow_press(&mut self, follow: &Follow) -> Result<(), BrowserError> {
        let limit = self.page_timeout.min(self.wait);
        self.answer_all(&follow.dialogs, limit).await?;
        let started = Instant::now();
        while started.elapsed() < self.page_timeout {
            let result = self.settle_press(follow.opens.as_deref()).await;
            match result {
                Err(e) if !follow.dialogs.may.is_empty() && self.is_answered(&e, &follow.dialogs).await? => {}
                other => return other,
            }
        }
        Err(Cause::Timeout { what: "次々に出る警告の窓".into(), limit: self.page_timeout }.into())
    }

    async fn settle_press(&mut self, opens: Option<&str>) -> Result<(), BrowserError> {
        if let Some(title) = opens {
            let here = self.window.clone();
            self.use_window(Some(title)).await?;
            // One that has closed itself leaves the work to the window that it opened.
            self.try_switch(here).await?;
        }
        // The window that was to come is what the press has begun.
        self.settle(opens.is_none()).await
    }

    /// Clicks once. A click that did not happen because the page moved is tried again; no other is. Inside: what the driver
    /// said of a click that may have happened, and whether it was a whole one.
    async fn click_once(&mut self, query: &Query) -> Result<WebDriverResult<bool>, BrowserError> {
        let deadline = self.deadline();
        loop {
            let found = self.find_for_picture(&query.watched()).await?;
            self.still_stands().await?;
            let clicked = match self.aim(query, &found, None).await {
                Ok(()) => self.click_aimed(query).await,
                Err(e) => Err(e),
            };
            match clicked {
                Err(e) if may_come(&e.cause) && Instant::now() < deadline => sleep(POLL).await,
                clicked => return clicked,
            }
        }
    }

    /// Moves the mouse there, and looks whether it can still be clicked then: the way there takes as long as it is to stand still.
    /// It lacks something where it has moved or is covered now.
    ///
    /// Where the page knows its place in the window, the mouse goes there; what the driver has got hold of, or what stands in a frame
    /// of others, is pointed at by the driver.
    pub(super) async fn aim(
        &mut self,
        query: &Query,
        found: &Found,
        element: Option<&WebElement>,
    ) -> Result<(), BrowserError> {
        let place = found.points.get(found.path.len()).filter(|_| element.is_none());
        let frame = if place.is_some() { &[][..] } else { &found.path };
        self.try_enter(query, frame).await?;
        let moved = match (place, element) {
            (Some(place), _) => {
                let [x, y] = place.map(whole);
                self.mouse().move_to(x, y).perform().await
            }
            (None, Some(element)) => self.mouse().move_to_element_center(element).perform().await,
            (None, None) => match self.element_of(found).await {
                Ok(element) => self.mouse().move_to_element_center(&element).perform().await,
                Err(e) => Err(e),
            },
        };
        if let Err(e) = moved {
            self.again_or_fail(e).await?;
            return Err(Self::lacking(query, Lack::Stable).into());
        }
        self.find(query, Instant::now()).await?;
        // A look at the other frames may have led away; the mouse presses where it is in the frame that it was moved in.
        self.try_enter(query, frame).await
    }

    /// Goes to a frame; what is looked for lacks something where it has gone.
    async fn try_enter(&mut self, query: &Query, frame: &[u16]) -> Result<(), BrowserError> {
        match self.enter(frame).await {
            Ok(()) => Ok(()),
            Err(e) => {
                self.again_or_fail(e).await?;
                Err(Self::lacking(query, Lack::Stable).into())
            }
        }
    }

    /// See [`Self::click_once`], of what the mouse is over. It lacks something where the page moved and no click happened.
    pub(super) async fn click_aimed(&mut self, query: &Query) -> Result<WebDriverResult<bool>, BrowserError> {
        let is_double = query.is_double();
        let e = match self.click_here(is_double).await {
            Ok(whole) => {
                self.kept.clear();
                return Ok(Ok(whole));
            }
            Err(e) => e,
        };
        match wire::meaning(&e, self.page_timeout) {
            Meaning::Moved => {
                let error = self.fail(e).await;
                let moves = matches!(error.cause, Cause::Gone(_));
                Err(if moves { Self::lacking(query, Lack::Stable).into() } else { error })
            }
            // The click closed its own window.
            Meaning::Gone => Ok(Ok(true)),
            // It was ready a moment ago: the dialog is what the clicks brought.
            Meaning::Dialog if is_double => {
                self.kept.clear();
                Ok(Ok(true))
            }
            _ => Ok(Err(e)),
        }
    }

    /// Clicks on what the mouse is over. One that the page moved away under the click is refused as if the driver had not clicked: the
    /// guard that the script of the page left there keeps the click from whatever lies in its place now. Says whether it was a whole
    /// click: where the page moves while the mouse is down, none comes.
    ///
    /// The driver's own click waits for pictures between its steps, and takes up to four times as long.
    pub(super) async fn click_here(&self, is_double: bool) -> WebDriverResult<bool> {
        let mouse = self.mouse();
        let mouse = if is_double { mouse.double_click() } else { mouse.click() };
        mouse.perform().await?;
        self.reached().await
    }

    /// A mouse that takes no time on its way.
    fn mouse(&self) -> ActionChain {
        self.browser.action_chain_with_delay(None, Some(Duration::ZERO))
    }

    /// What the guard tells of the click.
    async fn reached(&self) -> WebDriverResult<bool> {
        let guard = "return window.__shokiGuard ? window.__shokiGuard() : null;";
        // Where a dialog is open, or the page is gone, it was reached.
        let reached = self.browser.execute(guard, vec![]).await.ok().map(|r| r.json().clone());
        let reached = reached.unwrap_or_default();
        if reached.as_bool() == Some(false) {
            let moved = "the page moved under the click".to_owned();
            return Err(WebDriverError::StaleElementReference(WebDriverErrorInfo::new(moved)));
        }
        Ok(reached.as_str() != Some("begun"))
    }

    /// Waits until a text is on the screen.
    ///
    /// # Errors
    /// When it is not there within `limit`, or the screen breaks a rule meanwhile.
    pub async fn expect(&mut self, text: &str, limit: Duration) -> Result<(), BrowserError> {
        self.usable()?;
        self.mark += 1;
        let result = self.wait_for(text, 0, limit).await;
        self.note(result)
    }

    /// Waits until a text is no longer on the screen: 処理中….
    ///
    /// # Errors
    /// When it is still there after `limit`, or the screen breaks a rule meanwhile.
    pub async fn expect_gone(&mut self, text: &str, limit: Duration) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.wait_until_gone(text, limit).await;
        self.note(result)
    }

    async fn wait_until_gone(&mut self, text: &str, limit: Duration) -> Result<(), BrowserError> {
        let started = Instant::now();
        while self.survey(&[text], false).await?.count(0) > 0 {
            if started.elapsed() > limit {
                return Err(Cause::Timeout { what: format!("「{text}」の表示"), limit }.into());
            }
            sleep(POLL).await;
        }
        self.settle(false).await
    }
}

/// The whole pixel of a place in a window.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a place in a window is a few thousand pixels from its corner"
)]
fn whole(place: f64) -> i64 {
    place.floor() as i64
}

/// Percent-encoded for the part of an address before the `@`.
fn encoded(text: &str) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~".contains(b);
    text.bytes().map(|b| if plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
