//! Windows: the main one, those that were declared, and those that open by themselves.

use super::{BrowserError, Cause, Screen, error::without_numbers, screen::POLL};
use thirtyfour::{
    WindowHandle,
    error::{WebDriverErrorInner, WebDriverResult},
};
use tokio::time::{Instant, sleep};

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
        let deadline = self.deadline();
        loop {
            match self.find_window(title).await {
                Ok(Some(found)) => {
                    return match self.adopt(found).await {
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

    /// Goes to a window; says whether it is still open.
    pub(super) async fn try_switch(&mut self, window: WindowHandle) -> Result<bool, BrowserError> {
        match self.switch(window).await {
            Ok(()) => Ok(true),
            Err(e) if matches!(*e, WebDriverErrorInner::NoSuchWindow(_)) => {
                match self.leave_closed_window().await {
                    Ok(_) => Ok(false),
                    Err(e) => Err(self.fail(e).await),
                }
            }
            Err(e) => Err(self.fail(e).await),
        }
    }

    /// From now on the window counts as declared.
    async fn adopt(&mut self, window: WindowHandle) -> WebDriverResult<()> {
        if !self.popups.contains(&window) {
            self.use_connections_once().await?;
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
            if window != self.window {
                self.switch(window.clone()).await?;
            }
            if same_title(&self.title().await?, title) {
                return Ok(Some(window));
            }
        }
        if self.window != here {
            self.switch(here).await?;
        }
        Ok(None)
    }

    async fn title(&self) -> WebDriverResult<String> {
        self.browser.title().await
    }

    /// Closes declared notices; any other window that nobody declared is an error.
    pub(super) async fn obey_windows(&mut self) -> Result<(), BrowserError> {
        match self.unknown_window().await {
            Ok(None) => Ok(()),
            Ok(Some(title)) => Err(Cause::Window(without_numbers(&title)).into()),
            Err(e) => Err(self.fail(e).await),
        }
    }

    async fn unknown_window(&mut self) -> WebDriverResult<Option<String>> {
        let open = self.leave_closed_window().await?;
        let here = self.window.clone();
        for window in open {
            if window == self.main || self.popups.contains(&window) {
                continue;
            }
            self.switch(window).await?;
            let title = self.first_title().await?;
            if !self.rules.notices.iter().any(|n| same_title(&title, n)) {
                self.switch(here).await?;
                return Ok(Some(title));
            }
            self.browser.close_window().await?;
            self.switch(here.clone()).await?;
        }
        Ok(None)
    }

    /// The title of a window that has just opened, which has none for a moment.
    async fn first_title(&self) -> WebDriverResult<String> {
        let started = Instant::now();
        loop {
            let title = self.title().await?;
            let address = self.browser.current_url().await?;
            let blank = title.is_empty() || address.as_str() == "about:blank";
            if !blank || started.elapsed() > self.wait.min(std::time::Duration::from_secs(2)) {
                return Ok(title);
            }
            sleep(POLL).await;
        }
    }
}
