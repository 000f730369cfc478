//! Opening pages and pressing things that can be pressed again.

use super::{
    BrowserError, Cause, Screen,
    find::{Press, Query},
    rules::origin_of,
    screen::POLL,
    survey::Failed,
    wire::{self, Meaning},
};
use std::time::Duration;
use thirtyfour::error::WebDriverError;
use tokio::time::{Instant, sleep};

impl Screen {
    /// Opens an address in the current window.
    ///
    /// # Errors
    /// When its host is not on the allow list (nothing is requested then), it cannot be reached, or the page that
    /// comes breaks a rule.
    pub async fn open(&mut self, url: &str) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.open_page(url).await;
        self.note(result)
    }

    async fn open_page(&mut self, url: &str) -> Result<(), BrowserError> {
        let origin =
            origin_of(url).unwrap_or_else(|| url.split(['?', '#']).next().unwrap_or_default().to_owned());
        if !self.rules.allow.contains(&origin) {
            return Err(Cause::Foreign(origin).into());
        }
        self.use_window(None).await?;
        match self.browser.goto(url).await {
            Ok(()) => self.settle(false).await,
            Err(e) => Err(self.navigation_failed(e).await),
        }
    }

    /// What the browser's error page means. Names that are not allowed are not resolved, so a redirect to one ends here.
    pub(super) async fn error_page(&mut self, failed: &Failed) -> BrowserError {
        let wanted = self.unreachable_addresses().await;
        let mut origins = wanted.iter().chain(&failed.address).filter_map(|u| origin_of(u));
        if let Some(origin) = origins.find(|o| !self.rules.allows(o)) {
            return Cause::Foreign(origin).into();
        }
        if failed.host.is_empty() || self.rules.allows_host(&failed.host) {
            return Cause::Unreachable(failed.code.clone()).into();
        }
        Cause::Foreign(failed.host.clone()).into()
    }

    async fn navigation_failed(&mut self, e: WebDriverError) -> BrowserError {
        let error = self.fail(e).await;
        let Cause::Unreachable(code) = &error.cause else { return error };
        let failed = Failed { address: None, host: String::new(), code: code.clone() };
        self.error_page(&failed).await
    }

    /// Presses a button or link and waits for what follows. `opens` is the title of the window it opens, if it does;
    /// work in it begins with [`Screen::use_window`].
    ///
    /// # Errors
    /// When it is not there or not ready, or the screen does something undeclared.
    pub async fn press(&mut self, press: &Press, opens: Option<&str>) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.press_and_settle(press, opens).await;
        self.note(result)
    }

    pub(super) async fn press_and_settle(
        &mut self,
        press: &Press,
        opens: Option<&str>,
    ) -> Result<(), BrowserError> {
        self.survey(&[], true).await?;
        self.click(&Query::press(press)).await?;
        if let Some(title) = opens {
            let here = self.window.clone();
            self.use_window(Some(title)).await?;
            if let Err(e) = self.switch(here).await {
                return Err(self.fail(e).await);
            }
        }
        self.settle(true).await
    }

    /// Clicks once. A click that the driver refused because the page moved is tried again; no other is.
    pub(super) async fn click(&mut self, query: &Query) -> Result<(), BrowserError> {
        let deadline = self.deadline();
        loop {
            let (_, element) = self.ready(query).await?;
            let Err(e) = element.click().await else { return Ok(()) };
            match wire::meaning(&e, self.page_timeout) {
                Meaning::Moved if Instant::now() < deadline => sleep(POLL).await,
                // The click closed its own window.
                Meaning::Gone => return Ok(()),
                _ => return Err(self.fail(e).await),
            }
        }
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
