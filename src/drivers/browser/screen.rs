//! The screen of one browser: which window and frame is in use, and how the page is asked.

use super::{
    BrowserError, BrowserSettings, Cause, SystemRules,
    error::without_numbers,
    film::{Pictures, Shot},
    kept::Kept,
    window::is_closed,
    wire::{self, Meaning},
};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc, time::Duration};
use thirtyfour::{
    RequestData, SessionId, WebElement, WindowHandle,
    common::command::{Command, FormatRequestData},
    error::{WebDriverError, WebDriverResult},
    session::{handle::SessionHandle, http::CmdResponse},
};
use tokio::time::{Instant, timeout};

/// How often a page is looked at while something is waited for.
pub(super) const POLL: Duration = Duration::from_millis(25);
/// Until the next look, when a page has been looked at so often. Most of what is waited for comes at once.
pub(super) fn pause(looks: u32) -> Duration {
    POLL.min(Duration::from_millis(6) + Duration::from_millis(4) * looks)
}

/// Asks for a new connection for every request. Chromium sends a request again by itself, a POST too, when a connection that
/// it used before breaks before the answer, and the system would then register twice.
const ONE_CONNECTION: (&str, &str) = ("Connection", "close");
/// What every document runs before its own scripts.
const EARLY: &str = concat!(
    "(() => {",
    include_str!("page/requests.js"),
    include_str!("page/timers.js"),
    "requestsOf(window); timersOf(window); })();"
);

/// The way to a frame: its number in each window from the top. Empty is the window itself.
pub(super) type FramePath = Vec<u16>;

/// A command of the browser's own protocol.
#[derive(Debug)]
struct Devtools(&'static str, Value);

impl FormatRequestData for Devtools {
    fn format_request(&self, session: &SessionId) -> RequestData {
        let address = format!("session/{session}/goog/cdp/execute");
        RequestData::new(reqwest::Method::POST, address).add_body(json!({ "cmd": self.0, "params": self.1 }))
    }
}

/// Where every item begins. A system may open its real window while one signs in.
#[derive(Clone)]
struct Home {
    /// The window in which work goes on.
    window: WindowHandle,
    /// All that were declared and are open.
    popups: Vec<WindowHandle>,
}

/// What the press that was last done is to bring besides a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brings {
    /// Nothing.
    Nothing,
    /// A file: a window that shows nothing is one that brings it.
    File,
}

/// Whether work can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Good,
    /// Not after what has happened.
    Broken,
    /// Nobody declared the dialog that stands open; what it says.
    Dialog(String),
    /// A page that did not answer in time, or a driver; asked for a picture, it would not either.
    Silent,
}

/// The screen of one browser, and all acts on it. Got from [`super::Session::screen`].
///
/// After an error that [`BrowserError::breaks_session`], every act is refused with [`Cause::Broken`].
pub struct Screen {
    pub(super) browser: Arc<SessionHandle>,
    pub(super) rules: SystemRules,
    pub(super) wait: Duration,
    pub(super) page_timeout: Duration,
    pub(super) downloads: PathBuf,
    pub(super) main: WindowHandle,
    pub(super) window: WindowHandle,
    /// Windows that were declared and are open.
    pub(super) popups: Vec<WindowHandle>,
    /// From which window each declared one was entered first, in that order.
    pub(super) entered: Vec<(WindowHandle, WindowHandle)>,
    /// What was typed since the last press.
    pub(super) kept: Vec<Kept>,
    /// Windows that nobody declared and in which nothing has come for as long as anything may take.
    pub(super) blank: Vec<WindowHandle>,
    /// Where items begin; none while one signs in.
    home: Option<Home>,
    /// The frame commands go to. `None` while it is being changed, and so after an act that was cancelled half way.
    pub(super) at: Option<FramePath>,
    /// The number that the last press left in every document, so that a new document is known by its absence.
    pub(super) mark: u64,
    /// Whether what the page has asked its server for was on its way at the last look.
    pub(super) busy: bool,
    pub(super) state: State,
    /// What the last press is to bring besides a page.
    pub(super) brings: Brings,
    /// What was done and not yet collected.
    pub(super) film: Vec<Shot>,
    /// The last picture and the sign of the screen when it was taken.
    pub(super) last_picture: Option<(String, Vec<u8>)>,
    /// When pictures are taken.
    pub(super) pictures: Pictures,
    /// Whether a stroke may have left keys down.
    pub(super) holds_keys: bool,
}

impl Screen {
    pub(super) async fn new(
        browser: Arc<SessionHandle>,
        settings: &BrowserSettings,
        rules: SystemRules,
        downloads: PathBuf,
    ) -> WebDriverResult<Self> {
        let main = browser.window().await?;
        let screen = Self {
            browser,
            rules,
            wait: settings.wait,
            page_timeout: settings.page_timeout,
            downloads,
            window: main.clone(),
            main,
            popups: vec![],
            entered: vec![],
            kept: vec![],
            blank: vec![],
            home: None,
            at: None,
            mark: 0,
            busy: false,
            state: State::Good,
            brings: Brings::Nothing,
            film: vec![],
            last_picture: None,
            pictures: Pictures::default(),
            holds_keys: false,
        };
        screen.prepare_window().await?;
        Ok(screen)
    }

    /// For the current window; each has its own headers, and its own script for the documents to come. Where the driver takes no such
    /// script, a document is watched from the first look on.
    pub(super) async fn prepare_window(&self) -> WebDriverResult<()> {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": EARLY })).await;
        let (name, value) = ONE_CONNECTION;
        let headers = json!({ "headers": { name: value } });
        self.browser.cmd(Devtools("Network.enable", json!({}))).await?;
        self.browser.cmd(Devtools("Network.setExtraHTTPHeaders", headers)).await.map(drop)
    }

    /// How long something may take to appear; the default comes from the settings.
    pub fn set_wait(&mut self, wait: Duration) {
        self.wait = wait;
    }

    /// Whether an earlier error has made the session unusable.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.state != State::Good
    }

    /// Whether the session is good for another item: goes back to the window in which items begin, closes windows that were left
    /// open, and holds the screen against the rules.
    ///
    /// Called for the first time when the session has just signed in, it only notes which windows are open and in which one work
    /// goes on: every item is to find them.
    ///
    /// # Errors
    /// What is not as it should be; the session is to be replaced then.
    pub async fn check_between(&mut self) -> Result<(), BrowserError> {
        self.usable()?;
        let Some(home) = self.home.clone() else {
            self.home = Some(Home { window: self.window.clone(), popups: self.popups.clone() });
            return Ok(());
        };
        self.kept.clear();
        let result = self.tidy_up(home).await;
        self.film.clear();
        self.note(result)
    }

    async fn tidy_up(&mut self, home: Home) -> Result<(), BrowserError> {
        if !self.blank.is_empty() {
            // Something may have come in them since.
            self.obey_windows().await?;
        }
        if let Err(e) = self.close_popups(home).await {
            return Err(self.fail(e).await);
        }
        self.settle(false).await
    }

    async fn close_popups(&mut self, home: Home) -> WebDriverResult<()> {
        self.leave_closed_window().await?;
        let open = std::mem::take(&mut self.popups);
        let (stay, left): (Vec<_>, Vec<_>) = open.into_iter().partition(|p| home.popups.contains(p));
        self.entered.retain(|(window, _)| stay.contains(window));
        self.popups = stay;
        for window in left.into_iter().chain(std::mem::take(&mut self.blank)) {
            match self.close(window).await {
                Err(e) if !is_closed(&e) => return Err(e),
                // It is closed, by us or by itself.
                _ => self.window = self.main.clone(),
            }
        }
        self.switch(home.window).await
    }

    pub(super) async fn close(&mut self, window: WindowHandle) -> WebDriverResult<()> {
        self.switch(window).await?;
        self.browser.close_window().await
    }

    /// Refuses all further acts; a browser that others started is asked to end.
    pub(super) async fn quit(&mut self, remote: bool) {
        if remote {
            let ended = self.browser.cmd(Command::DeleteSession);
            let _already_gone = timeout(Duration::from_secs(10), ended).await;
        }
        self.state = State::Broken;
    }

    pub(super) fn usable(&self) -> Result<(), BrowserError> {
        if self.is_broken() { Err(Cause::Broken.into()) } else { Ok(()) }
    }

    /// Notes what an act ended with.
    pub(super) fn note<T>(&mut self, result: Result<T, BrowserError>) -> Result<T, BrowserError> {
        if let Err(e) = &result
            && e.breaks_session()
            && self.state == State::Good
        {
            self.state = State::Broken;
        }
        result
    }

    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.wait
    }

    /// An error that is final for the act in progress.
    pub(super) async fn fail(&mut self, e: WebDriverError) -> BrowserError {
        if wire::is_silence(&e) {
            self.state = State::Silent;
        }
        match wire::meaning(&e, self.page_timeout) {
            Meaning::Error(e) => e,
            Meaning::Dialog => self.undeclared_dialog().await,
            // A dialog that opens while a command runs makes it fail in many ways.
            Meaning::Gone | Meaning::Moved if self.browser.get_alert_text().await.is_ok() => {
                self.undeclared_dialog().await
            }
            Meaning::Gone | Meaning::Moved => Cause::Gone(wire::message(&e)).into(),
        }
    }

    /// The error for an open dialog; the dialog stays open.
    pub(super) async fn undeclared_dialog(&mut self) -> BrowserError {
        let text = self.browser.get_alert_text().await.unwrap_or_default();
        let text = without_numbers(&text);
        self.state = State::Dialog(text.clone());
        Cause::Dialog(text).into()
    }

    /// Goes to a frame of the current window, if not there already.
    pub(super) async fn enter(&mut self, path: &[u16]) -> WebDriverResult<()> {
        if self.at.as_deref() == Some(path) {
            return Ok(());
        }
        let at = self.at.take();
        // A step down from where we are spares the way from the top.
        let known = at.filter(|at| path.starts_with(at));
        if known.is_none() {
            self.browser.enter_default_frame().await?;
        }
        for number in &path[known.map_or(0, |at| at.len())..] {
            self.browser.enter_frame(*number).await?;
        }
        self.at = Some(path.to_vec());
        Ok(())
    }

    /// Goes to another window.
    pub(super) async fn switch(&mut self, window: WindowHandle) -> WebDriverResult<()> {
        self.at = None;
        self.browser.switch_to_window(window.clone()).await?;
        self.window = window;
        Ok(())
    }

    /// Goes back to the window from which the current one was entered, or else to the one in which items begin or the main one,
    /// if the current one has closed; gives the windows that are open.
    pub(super) async fn leave_closed_window(&mut self) -> WebDriverResult<Vec<WindowHandle>> {
        let open = self.browser.windows().await?;
        self.popups.retain(|p| open.contains(p));
        if !open.contains(&self.window) {
            self.switch(self.window_behind(&open)).await?;
        }
        Ok(open)
    }

    /// Where work goes on when the current window has closed.
    fn window_behind(&self, open: &[WindowHandle]) -> WindowHandle {
        let mut closed = &self.window;
        // Each was entered from one that was entered before it.
        for (window, from) in self.entered.iter().rev() {
            if window == closed {
                if open.contains(from) {
                    return from.clone();
                }
                closed = from;
            }
        }
        let home = self.home.as_ref().map(|home| &home.window).filter(|home| open.contains(home));
        home.unwrap_or(&self.main).clone()
    }

    /// A command of the browser's own protocol; none if it fails.
    pub(super) async fn devtools(&self, name: &'static str, parameters: Value) -> Option<Value> {
        self.try_devtools(name, parameters).await.ok()
    }

    pub(super) async fn try_devtools(&self, name: &'static str, parameters: Value) -> WebDriverResult<Value> {
        self.browser.cmd(Devtools(name, parameters)).await.and_then(CmdResponse::value)
    }

    /// The addresses that the browser could not show, in the current window and its frames.
    pub(super) async fn unreachable_addresses(&self) -> Vec<String> {
        let tree = self.devtools("Page.getFrameTree", json!({})).await.unwrap_or_default();
        let mut open = vec![&tree["frameTree"]];
        let mut found = vec![];
        while let Some(frame) = open.pop() {
            found.extend(frame["frame"]["unreachableUrl"].as_str().map(str::to_owned));
            open.extend(frame["childFrames"].as_array().into_iter().flatten());
        }
        found
    }

    /// The element that the script put under a number in a frame.
    pub(super) async fn element(&mut self, path: &[u16], number: usize) -> WebDriverResult<WebElement> {
        self.enter(path).await?;
        let script = "return window.__shoki[arguments[0]];";
        self.browser.execute(script, vec![json!(number)]).await?.element()
    }
}
