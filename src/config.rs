//! `shoki.toml`, to each module its part.

use serde::Deserialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The file in the office folder.
pub const FILE: &str = "shoki.toml";

/// What an office has set. Unknown keys are refused.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `postgres://user@server/database` where several machines work together; else a file in `state/`.
    pub store: Option<String>,
    /// 庁.
    pub office: OfficePart,
    /// Values that scenarios ask for in `settings:`.
    pub settings: BTreeMap<String, String>,
    /// The browser.
    pub browser: BrowserPart,
    /// Reading paper.
    pub reading: ReadingPart,
    /// Runs.
    pub engine: EnginePart,
    /// The audit log and evidence.
    pub audit: AuditPart,
}

/// The office itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OfficePart {
    /// The city's name, for titles.
    pub name: String,
    /// The name of this machine's audit log; never changes.
    pub origin: String,
}

impl Default for OfficePart {
    fn default() -> Self {
        Self { name: "○○市".into(), origin: "shoki.invalid/city/host01".into() }
    }
}

/// The browser.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrowserPart {
    /// Where chromedriver lies.
    pub chromedriver: Option<PathBuf>,
    /// Where Chromium lies.
    pub chromium: Option<PathBuf>,
    /// A `WebDriver` that runs elsewhere.
    pub webdriver_url: Option<String>,
    /// Without a visible window.
    pub headless: bool,
    /// Seconds a page may take.
    pub page_seconds: u64,
    /// Seconds something may take to appear on a loaded page.
    pub wait_seconds: u64,
}

impl Default for BrowserPart {
    fn default() -> Self {
        let (chromedriver, chromium, webdriver_url) = (None, None, None);
        Self { chromedriver, chromium, webdriver_url, headless: true, page_seconds: 60, wait_seconds: 10 }
    }
}

/// Reading paper.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadingPart {
    /// The folder of native parts.
    pub native: Option<PathBuf>,
    /// Reader processes at once.
    pub readers: usize,
    /// Whether readers work where they cannot be walled in.
    pub sandbox: Sandbox,
}

/// Whether readers of paper need their walls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sandbox {
    /// As far as the kernel has them; `shoki doctor` says what is missing.
    #[default]
    Usual,
    /// A reader without walls does not work.
    Required,
}

impl Default for ReadingPart {
    fn default() -> Self {
        Self { native: None, readers: 2, sandbox: Sandbox::Usual }
    }
}

/// Runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnginePart {
    /// Items worked on at once.
    pub workers: usize,
    /// A machine that is not heard of for so many seconds gives its runs to others.
    pub lease_seconds: u64,
}

impl Default for EnginePart {
    fn default() -> Self {
        Self { workers: 3, lease_seconds: 30 }
    }
}

/// The audit log and evidence.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditPart {
    /// A folder of another department that gets a copy of the newest checkpoint every hour.
    pub outside: Option<PathBuf>,
    /// Days evidence is kept after its run has ended.
    pub evidence_days: u32,
    /// Fiscal years a log is kept after its own.
    pub retention_years: u16,
}

impl Default for AuditPart {
    fn default() -> Self {
        Self { outside: None, evidence_days: 7, retention_years: 7 }
    }
}

/// Why `shoki.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not there.
    #[error(
        "{0} に shoki.toml がありません。`shoki init {0}` で庁のフォルダーを作るか、`--office フォルダー` で場所を指定してください。"
    )]
    Missing(PathBuf),
    /// Not readable.
    #[error("{file} を読めません: {error}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        error: std::io::Error,
    },
    /// Not right.
    #[error("{file} に誤りがあります。\n{error}")]
    Wrong {
        /// The file.
        file: PathBuf,
        /// Line, column and what was expected.
        error: Box<toml::de::Error>,
    },
}

impl Config {
    /// Reads the file of the office in `dir`. Gives back its bytes too, for their digest.
    ///
    /// # Errors
    /// When it is missing, unreadable or not right.
    pub fn read(dir: &Path) -> Result<(Self, Vec<u8>), ConfigError> {
        let file = dir.join(FILE);
        let bytes = std::fs::read(&file).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                ConfigError::Missing(dir.to_owned())
            } else {
                ConfigError::Unreadable { file: file.clone(), error }
            }
        })?;
        let text = String::from_utf8_lossy(&bytes);
        let config = toml::from_str(&text).map_err(|e| ConfigError::Wrong { file, error: Box::new(e) })?;
        Ok((config, bytes))
    }
}
