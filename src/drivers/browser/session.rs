//! One signed-in browser, from its start to its end.

use super::{
    BrowserError, BrowserSettings, Cause, Screen, SystemRules,
    launch::{self, Driver},
};
use std::{fmt, sync::Mutex as SyncMutex};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

/// One browser with a driver, a profile and a download folder of its own.
///
/// Dropping it ends driver and browser, and so does the end of this process, however it comes.
pub struct Session {
    screen: Mutex<Screen>,
    driver: SyncMutex<Option<Driver>>,
    _downloads: TempDir,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    /// Starts driver and browser; shows no page yet.
    ///
    /// # Errors
    /// When a program is missing or does not start.
    pub async fn start(settings: &BrowserSettings, rules: SystemRules) -> Result<Self, BrowserError> {
        let downloads = download_folder(settings).map_err(|e| Cause::BrowserStart(e.to_string()))?;
        let (driver, address) = match &settings.webdriver_url {
            Some(url) => (None, url.clone()),
            None => {
                Driver::start(settings, downloads.path()).await.map(|(driver, url)| (Some(driver), url))?
            }
        };
        let browser = launch::connect(&address, settings, &rules, downloads.path()).await?;
        let screen = Screen::new(browser, settings, rules, downloads.path().to_owned()).await;
        let screen = screen.map_err(|e| Cause::BrowserStart(super::wire::message(&e)))?;
        Ok(Self { screen: Mutex::new(screen), driver: SyncMutex::new(driver), _downloads: downloads })
    }

    /// The screen, for one act or a row of acts that belong together.
    pub async fn screen(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().await
    }

    /// Ends driver and browser and waits until they are gone. Acts after this are refused.
    ///
    /// # Panics
    /// When another thread panicked while closing.
    pub async fn close(&self) {
        let driver = self.driver.lock().expect("no panic while a session is closed").take();
        self.screen.lock().await.quit(driver.is_none()).await;
        if let Some(driver) = driver {
            driver.end().await;
        }
    }
}

fn download_folder(settings: &BrowserSettings) -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("shoki-download-");
    match &settings.download_dir {
        Some(dir) => builder.tempdir_in(dir),
        None => builder.tempdir(),
    }
}
