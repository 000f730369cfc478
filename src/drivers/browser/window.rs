//! Windows: the main one, those that were declared, and those that open by themselves.

use super::{
    BrowserError, Cause, Screen,
    error::without_numbers,
    screen::{Brings, POLL},
};
use std::time::Duration;
use thirtyfour::{
    WindowHandle,
    error::{WebDriverError, WebDriverErrorInner, WebDriverResult},
};
use tokio::time::{Instant, sleep};

/// How long a window that shows something may be without a title or an address.
const NAMELESS: Duration = Duration::from_secs(2);

/// Whether a window without an address shows anything. A form that is only there to send something does not.
const SHOWS: &str = "
    const b = document.body;
    if (!b) return false;
    const large = (e) => e.getBoundingClientRect().width > 1 && e.getBoundingClientRect().height > 1;
    const parts = 'input, button, select, textarea, img, object, embed, iframe, frame';
    return !!(b.innerText || '').trim() || [...b.querySelectorAll(parts)].some(large);";

/// Whether a window was no longer there.
pub(super) fn is_closed(e: &WebDriverError) -> bool {
    matches!(**e, WebDriverErrorInner::NoSuchWindow(_))
}

/// What a window says of itself. One that is just going says null, which is nothing.
fn unless_going<T>(answer: WebDriverResult<T>) -> WebDriverResult<Option<T>> {
    match answer {
        Err(e) if matches!(*e, WebDriverErrorInner::Json(_)) => Ok(None),
        answer => answer.map(Some),
    }
}

/// Compares titles as a person does.
fn same_title(title: &str, wanted: &str) -> bool {
    let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    squeeze(title).contains(&squeeze(wanted))
}

impl Screen {
    /// Works in the main window, or in the open window whose title contains `title`; waits for it to open.
    ///
    /// # Errors
    /// When no such window opens in time, or the session is broken.
    pub async fn use_window(&mut self, title: Option<&str>) -> Result<(), BrowserError> {
        self.usable()?;
        let result = match title {
            None => self.use_main().await,
            Some(title) => self.use_popup(title).await,
        };
        self.note(result)
    }

    async fn use_main(&mut self) -> Result<(), BrowserError> {
        if self.window == self.main {
            return Ok(());
        }
        match self.switch(self.main.clone()).await {
            Ok(()) => Ok(()),
            Err(e) => Err(self.fail(e).await),
        }
    }

    async fn use_popup(&mut self, title: &str) -> Result<(), BrowserError> {
        let (deadline, here) = (self.deadline(), self.window.clone());
        loop {
            match self.find_window(title).await {
                Ok(Some(found)) => {
                    return match self.adopt(found, here).await {
                        Ok(()) => Ok(()),
                        Err(e) => Err(self.fail(e).await),
                    };
                }
                Ok(None) if Instant::now() < deadline => sleep(POLL).await,
                Ok(None) => {
                    return Err(Cause::NotFound { what: "画面", name: title.to_owned(), seen: vec![] }.into());
                }
                Err(e) => return Err(self.fail(e).await),
            }
        }
    }

    /// Goes to the window of that title if it is open; it counts as declared then.
    pub(super) async fn enter_if_open(&mut self, title: &str) -> Result<bool, BrowserError> {
        let here = self.window.clone();
        let entered = match self.find_window(title).await {
            Ok(Some(found)) => self.adopt(found, here).await.map(|()| true),
            Ok(None) => Ok(false),
            Err(e) => Err(e),
        };
        match entered {
            Ok(entered) => Ok(entered),
            Err(e) => Err(self.fail(e).await),
        }
    }

    /// Goes to a window; says whether it is still open.
    pub(super) async fn try_switch(&mut self, window: WindowHandle) -> Result<bool, BrowserError> {
        match self.switch(window).await {
            Ok(()) => Ok(true),
            Err(e) if is_closed(&e) => match self.leave_closed_window().await {
                Ok(_) => Ok(false),
                Err(e) => Err(self.fail(e).await),
            },
            Err(e) => Err(self.fail(e).await),
        }
    }

    /// From now on the window counts as declared, and as entered from another.
    async fn adopt(&mut self, window: WindowHandle, from: WindowHandle) -> WebDriverResult<()> {
        if !self.popups.contains(&window) {
            self.prepare_window().await?;
            self.blank.retain(|w| *w != window);
            self.entered.push((window.clone(), from));
            self.popups.push(window);
        }
        Ok(())
    }

    /// Finds a window by its title and stays in it; otherwise stays where it was.
    async fn find_window(&mut self, title: &str) -> WebDriverResult<Option<WindowHandle>> {
        let here = self.window.clone();
        let mut open = self.browser.windows().await?;
        open.retain(|w| *w != self.main);
        if let Some(at) = open.iter().position(|w| *w == here) {
            open.swap(0, at);
        }
        for window in open {
            match self.is_titled(&window, title).await {
                Ok(true) => return Ok(Some(window)),
                Err(e) if !is_closed(&e) => return Err(e),
                // Another one, or one that has closed by itself meanwhile.
                _ => {}
            }
        }
        if self.window != here {
            self.back_to(here).await?;
        }
        Ok(None)
    }

    /// Goes to a window; says whether its title contains `title`.
    async fn is_titled(&mut self, window: &WindowHandle, title: &str) -> WebDriverResult<bool> {
        if *window != self.window {
            self.switch(window.clone()).await?;
        }
        Ok(same_title(&self.title().await?, title))
    }

    /// Goes back to a window, or to where work goes on if it has closed by itself meanwhile.
    async fn back_to(&mut self, window: WindowHandle) -> WebDriverResult<()> {
        match self.switch(window.clone()).await {
            Err(e) if is_closed(&e) => {
                self.window = window;
                self.leave_closed_window().await.map(drop)
            }
            switched => switched,
        }
    }

    async fn title(&self) -> WebDriverResult<String> {
        unless_going(self.browser.title().await).map(Option::unwrap_or_default)
    }

    /// Closes declared notices; any other window that nobody declared is an error.
    pub(super) async fn obey_windows(&mut self) -> Result<(), BrowserError> {
        match self.unknown_window().await {
            Ok(None) => Ok(()),
            Ok(Some(title)) if title.is_empty() => Err(Cause::Window("題名なし".into()).into()),
            Ok(Some(title)) => Err(Cause::Window(without_numbers(&title)).into()),
            Err(e) => Err(self.fail(e).await),
        }
    }

    async fn unknown_window(&mut self) -> WebDriverResult<Option<String>> {
        let open = self.leave_closed_window().await?;
        self.blank.retain(|w| open.contains(w));
        let here = self.window.clone();
        for window in open {
            if window == self.main || self.popups.contains(&window) {
                continue;
            }
            let unknown = match self.look_into(window).await {
                // It has closed by itself meanwhile.
                Err(e) if is_closed(&e) => None,
                looked => looked?,
            };
            self.back_to(here.clone()).await?;
            if unknown.is_some() {
                return Ok(unknown);
            }
        }
        Ok(None)
    }

    /// Goes to a window that nobody declared. A declared notice is closed; the title of any other is given.
    async fn look_into(&mut self, window: WindowHandle) -> WebDriverResult<Option<String>> {
        self.switch(window.clone()).await?;
        let Some(title) = self.first_title(window).await? else { return Ok(None) };
        if !self.rules.notices.iter().any(|n| same_title(&title, n)) {
            return Ok(Some(title));
        }
        self.browser.close_window().await?;
        Ok(None)
    }

    /// Whether the current window shows anything; one that does not say so shows nothing yet.
    async fn shows_something(&self) -> bool {
        let shown = self.browser.execute(SHOWS, vec![]).await;
        shown.is_ok_and(|shown| shown.json().as_bool() == Some(true))
    }

    /// The title of a window that has just opened, which has none for a moment. None where nothing at all has come for as long
    /// as anything may take: perhaps a file is to come, and the browser closes the window then. What comes later is looked at
    /// later.
    async fn first_title(&mut self, window: WindowHandle) -> WebDriverResult<Option<String>> {
        let started = Instant::now();
        let brings_file = self.brings == Brings::File;
        loop {
            let title = self.title().await?;
            let address = unless_going(self.browser.current_url().await)?;
            let bare = address.is_none_or(|address| address.as_str() == "about:blank");
            let waited = started.elapsed();
            if title.is_empty() && (bare || brings_file) && !self.shows_something().await {
                if self.blank.contains(&window) {
                    return Ok(None);
                }
                if waited > self.wait || brings_file && self.has_file() {
                    self.blank.push(window);
                    return Ok(None);
                }
            } else if !bare && !title.is_empty() || waited > self.wait.min(NAMELESS) {
                self.blank.retain(|w| *w != window);
                return Ok(Some(title));
            }
            sleep(POLL).await;
        }
    }
}
