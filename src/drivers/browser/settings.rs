//! Which programs drive the screens, and how long anything may take.

use std::{path::PathBuf, time::Duration};

/// Which programs drive the screens, and how long anything may take.
#[derive(Debug, Clone)]
pub struct BrowserSettings {
    /// chromedriver; `/usr/bin/chromedriver` unless set.
    pub chromedriver: Option<PathBuf>,
    /// Chromium; found by chromedriver unless set.
    pub chromium: Option<PathBuf>,
    /// A `WebDriver` that runs elsewhere (Selenium Grid); nothing is started here then.
    pub webdriver_url: Option<String>,
    /// The program that has the hidden command `keeper`; this program itself unless set.
    pub keeper: Option<PathBuf>,
    /// Without a visible window.
    pub headless: bool,
    /// How long one page may take to load.
    pub page_timeout: Duration,
    /// How long something may take to appear on a loaded page.
    pub wait: Duration,
    /// Where downloads arrive; each session makes a folder of its own in it. The system's temporary folder unless set.
    pub download_dir: Option<PathBuf>,
}

impl Default for BrowserSettings {
    fn default() -> Self {
        Self {
            chromedriver: None,
            chromium: None,
            webdriver_url: None,
            keeper: None,
            headless: true,
            page_timeout: Duration::from_mins(1),
            wait: Duration::from_secs(10),
            download_dir: None,
        }
    }
}

impl BrowserSettings {
    /// The chromedriver to start.
    #[must_use]
    pub fn chromedriver_path(&self) -> PathBuf {
        self.chromedriver.clone().unwrap_or_else(|| PathBuf::from("/usr/bin/chromedriver"))
    }
}
