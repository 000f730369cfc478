//! The screen of one browser: which window and frame is in use, and how the page is asked.

use super::{
    BrowserError, BrowserSettings, Cause, SystemRules,
    error::without_numbers,
    film::{Pictures, Shot},
    kept::Kept,
    window::is_closed,
    wire::{self, Meaning},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc, time::Duration};
use thirtyfour::{
    RequestData, SessionId, WebElement, WindowHandle,
    common::command::{Command, FormatRequestData},
    error::{WebDriverError, WebDriverErrorInfo, WebDriverResult},
    session::{handle::SessionHandle, http::CmdResponse},
};
use tokio::time::{Instant, sleep, timeout};

/// How often a page is looked at while something is waited for.
pub(super) const POLL: Duration = Duration::from_millis(25);
/// Until the next look, when a page has been looked at so often. Most of what is waited for comes at once.
pub(super) fn pause(looks: u32) -> Duration {
    POLL.min(Duration::from_millis(6) + Duration::from_millis(4) * looks)
}

/// Asks for a new connection for every request. Chromium sends a request again by itself, a POST too, when a connection that
/// it used before breaks before the answer, and the system would then register twice.
const ONE_CONNECTION: (&str, &str) = ("Connection", "close");
/// The script that looks at a page; its parts use each other. It stays in the window for the looks that follow: it is long, and to
/// send and read it takes longer than to look.
const SCRIPT: &str = concat!(
    "const look = (window, document, given) => (function () {\n",
    include_str!("page/frames.js"),
    include_str!("page/requests.js"),
    include_str!("page/labels.js"),
    include_str!("page/tables.js"),
    include_str!("page/kinds.js"),
    include_str!("page/near.js"),
    include_str!("page/find.js"),
    include_str!("page/read.js"),
    include_str!("page/wording.js"),
    include_str!("page/evidence.js"),
    include_str!("page/answer.js"),
    "}).apply(null, given);
    Object.defineProperty(window, Symbol.for('shoki'), { value: look, configurable: true });
    return look(window, document, arguments);",
);
/// Looks with the script that an earlier look has left: in the topmost window, which stays when frames go, or else in this one.
const LOOK: &str = "
    let look = null;
    try {
        look = window.top[Symbol.for('shoki')];
    } catch (e) {
        // It belongs to others.
    }
    look = look || window[Symbol.for('shoki')];
    return look ? look(window, document, arguments) : 'unknown';";

/// What every document runs before its own scripts.
const EARLY: &str = concat!(
    "(() => {",
    include_str!("page/requests.js"),
    include_str!("page/timers.js"),
    "requestsOf(window); timersOf(window); })();"
);

/// The way to a frame: its number in each window from the top. Empty is the window itself.
pub(super) type FramePath = Vec<u16>;

/// What the script of `page/` answers; `items` as the command gives them.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(super) struct Reply<T> {
    pub frames: Vec<super::survey::Frame>,
    pub items: Vec<T>,
    opaque: Vec<FramePath>,
    stray: bool,
    pub seen: Vec<String>,
    pub hidden: usize,
    /// Another one as soon as the documents show something else; empty where it was not asked for.
    pub sign: String,
    /// Whether what a page has asked its server for after the last act is still on its way.
    busy: bool,
}

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
    at: Option<FramePath>,
    /// The number that the last press left in every document, so that a new document is known by its absence.
    pub(super) mark: u64,
    /// Whether what the page has asked its server for was on its way at the last look.
    pub(super) busy: bool,
    pub(super) broken: bool,
    /// The text of the dialog that broke the session.
    pub(super) dialog: Option<String>,
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
            broken: false,
            dialog: None,
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
        self.broken
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
        self.broken = true;
    }

    pub(super) fn usable(&self) -> Result<(), BrowserError> {
        if self.broken { Err(Cause::Broken.into()) } else { Ok(()) }
    }

    /// Notes what an act ended with.
    pub(super) fn note<T>(&mut self, result: Result<T, BrowserError>) -> Result<T, BrowserError> {
        if let Err(e) = &result {
            self.broken |= e.breaks_session();
        }
        result
    }

    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.wait
    }

    /// An error that is final for the act in progress.
    pub(super) async fn fail(&mut self, e: WebDriverError) -> BrowserError {
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
        self.broken = true;
        self.dialog = Some(text.clone());
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

    /// Asks the script of `page/` in all frames of the current window, those of other origins included.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        command: &str,
        arg: Value,
    ) -> Result<Reply<T>, BrowserError> {
        let started = Instant::now();
        loop {
            match self.ask_all(command, &arg).await {
                Ok(reply) => return Ok(reply),
                Err(e) => self.recover(e, started).await?,
            }
        }
    }

    /// After an error that may only mean that the page was being replaced: gets ready for another look.
    async fn recover(&mut self, e: WebDriverError, started: Instant) -> Result<(), BrowserError> {
        match wire::meaning(&e, self.page_timeout) {
            Meaning::Gone | Meaning::Moved if started.elapsed() < self.page_timeout => {
                self.at = None;
                let window = self.window.clone();
                if let Err(e) = self.leave_closed_window().await {
                    return Err(self.fail(e).await);
                }
                if self.window == window {
                    sleep(POLL).await;
                }
                Ok(())
            }
            _ => Err(self.fail(e).await),
        }
    }

    pub(super) async fn ask_all<T: DeserializeOwned>(
        &mut self,
        command: &str,
        arg: &Value,
    ) -> WebDriverResult<Reply<T>> {
        let mut reply = self.ask_here::<T>(command, arg).await?;
        if reply.stray {
            self.at = None;
            self.enter(&[]).await?;
            reply = self.ask_here(command, arg).await?;
        }
        while let Some(path) = reply.opaque.pop() {
            if let Some(more) = self.ask_frame::<T>(command, arg, &path).await? {
                reply.frames.extend(more.frames);
                reply.items.extend(more.items);
                reply.opaque.extend(more.opaque);
                reply.seen.extend(more.seen);
                reply.hidden += more.hidden;
                reply.sign += &more.sign;
                reply.busy |= more.busy;
            }
        }
        self.busy = reply.busy;
        Ok(reply)
    }

    /// Asks a frame of another origin. One that cannot be entered (an error page of the browser) counts as empty.
    async fn ask_frame<T: DeserializeOwned>(
        &mut self,
        command: &str,
        arg: &Value,
        path: &FramePath,
    ) -> WebDriverResult<Option<Reply<T>>> {
        self.enter(&[]).await?;
        self.enter(path).await?;
        let mut arg = arg.clone();
        arg["base"] = json!(path);
        self.ask_here(command, &arg).await.map(Some)
    }

    async fn ask_here<T: DeserializeOwned>(
        &mut self,
        command: &str,
        arg: &Value,
    ) -> WebDriverResult<Reply<T>> {
        if self.at.is_none() {
            self.enter(&[]).await?;
        }
        let args = vec![json!(command), arg.clone()];
        let mut answer = self.browser.execute(LOOK, args.clone()).await?;
        if answer.json() == "unknown" {
            // From the topmost window all frames of its origin can be seen, and it is left there.
            if arg["base"].is_null() {
                self.enter(&[]).await?;
            }
            answer = self.browser.execute(SCRIPT, args).await?;
        }
        if answer.json().is_null() {
            // A dialog opened while the script ran; asking again says so.
            return Err(WebDriverError::StaleElementReference(WebDriverErrorInfo::new("no answer".into())));
        }
        answer.convert()
    }

    /// Asks once, for something that may as well be left out.
    pub(super) async fn ask_once(&mut self, command: &str, arg: &Value) -> Option<()> {
        self.ask_all::<Value>(command, arg).await.ok().map(drop)
    }

    /// A command of the browser's own protocol; none if it fails.
    pub(super) async fn devtools(&self, name: &'static str, parameters: Value) -> Option<Value> {
        self.browser.cmd(Devtools(name, parameters)).await.and_then(CmdResponse::value).ok()
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
