//! Starting driver and browser, and ending them.

use super::{
    BrowserSettings, Cause, SystemRules,
    error::BrowserError,
    keeper::{self, MARK},
    patience::Patience,
    rules::host_of,
    wire,
};
use std::{path::Path, process::Stdio, sync::Arc, time::Duration};
use thirtyfour::{
    Capabilities, ChromiumCapabilities, ChromiumLikeCapabilities as _, TimeoutConfiguration, WebDriver,
    error::WebDriverResult, session::handle::SessionHandle,
};
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// How long chromedriver may take to say its port. On a loaded machine it takes about a second.
const DRIVER_START: Duration = Duration::from_mins(1);
/// How long the keeper may take to end everything.
const DRIVER_END: Duration = Duration::from_secs(15);

/// How much longer than a page the driver may take for a command. What is beyond counts as a driver that hangs.
const BEYOND: Duration = Duration::from_secs(3);

/// Chromium without questions, updates and calls home.
const FLAGS: &[&str] = &[
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-features=Translate,MediaRouter",
    "--disable-popup-blocking",
    "--lang=ja",
    "--window-size=1280,1024",
];

/// A driver that we started, behind its keeper. Dropping it closes the keeper's standard input, and that ends
/// driver and browser.
pub(super) struct Driver {
    keeper: Child,
    mark: String,
}

impl Driver {
    /// Starts chromedriver; gives its address. `downloads` is deleted at the end, even if we are killed.
    pub(super) async fn start(
        settings: &BrowserSettings,
        downloads: &Path,
    ) -> Result<(Self, String), BrowserError> {
        let program = settings.chromedriver_path();
        if !program.is_file() {
            return Err(Cause::DriverMissing(program.display().to_string()).into());
        }
        let mut keeper =
            spawn(settings, &program, downloads).map_err(|e| Cause::DriverStart(e.to_string()))?;
        let stdout = keeper.stdout.take().expect("the keeper's standard output is piped");
        let driver = Self { keeper, mark: downloads.display().to_string() };
        let port = timeout(DRIVER_START, port_of(stdout)).await;
        let port = port.ok().flatten().ok_or_else(|| Cause::DriverStart("応答がありません".into()))?;
        Ok((driver, format!("http://127.0.0.1:{port}")))
    }

    /// Ends driver and browser and waits until they are gone.
    pub(super) async fn end(mut self) {
        drop(self.keeper.stdin.take());
        match timeout(DRIVER_END, self.keeper.wait()).await {
            Ok(Ok(status)) if status.success() => {}
            ended => {
                tracing::warn!(?ended, "the keeper of a browser did not end as it should");
                let mark = self.mark;
                let _swept = tokio::task::spawn_blocking(move || keeper::sweep(&mark)).await;
            }
        }
    }
}

fn spawn(settings: &BrowserSettings, program: &Path, downloads: &Path) -> std::io::Result<Child> {
    let keeper = settings.keeper.clone().map_or_else(std::env::current_exe, Ok)?;
    Command::new(keeper)
        .arg("keeper")
        .arg(downloads)
        .arg("--")
        .arg(program)
        .args(["--port=0", "--allowed-ips=127.0.0.1"])
        .env(MARK, downloads)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Ctrl-C goes to the whole foreground group; the keeper must outlive us.
        .process_group(0)
        .spawn()
}

/// Reads `… started successfully on port N.`, whose line has no end; goes on reading afterwards so that the driver never
/// blocks on a full pipe.
async fn port_of(mut stdout: ChildStdout) -> Option<u16> {
    let mut said = vec![];
    while stdout.read_buf(&mut said).await.ok()? > 0 {
        if let Some(port) = port_in(&String::from_utf8_lossy(&said)) {
            tokio::spawn(async move { tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await });
            return Some(port);
        }
    }
    None
}

fn port_in(said: &str) -> Option<u16> {
    let (port, _) = said.split_once("started successfully on port ")?.1.split_once('.')?;
    port.parse().ok()
}

/// Opens a browser at the driver's address.
pub(super) async fn connect(
    address: &str,
    settings: &BrowserSettings,
    rules: &SystemRules,
    downloads: &Path,
) -> Result<Arc<SessionHandle>, BrowserError> {
    let client = Patience::new().map_err(|e| Cause::BrowserStart(e.to_string()))?;
    let capabilities = capabilities(settings, rules, downloads).map_err(|e| start_failed(&e))?;
    // What a command adds would take the place of `hub` in `http://grid:4444/wd/hub`.
    let address = format!("{}/", address.trim_end_matches('/'));
    let driver = WebDriver::builder(address, capabilities).client(client.clone()).connect().await;
    let driver = driver.map_err(|e| start_failed(&e))?;
    let handle = Arc::clone(driver.handle());
    // The keeper ends the browser; the library's own clean-up on drop would block a thread. It cannot have quit already.
    let _fresh = driver.leak();
    let times = TimeoutConfiguration::new(
        Some(settings.page_timeout),
        Some(settings.page_timeout),
        Some(Duration::ZERO),
    );
    handle.update_timeouts(times).await.map_err(|e| start_failed(&e))?;
    client.set(settings.page_timeout + BEYOND);
    Ok(handle)
}

fn start_failed(e: &thirtyfour::error::WebDriverError) -> BrowserError {
    wire::not_started(e).into()
}

fn capabilities(
    settings: &BrowserSettings,
    rules: &SystemRules,
    downloads: &Path,
) -> WebDriverResult<Capabilities> {
    let mut caps = ChromiumCapabilities::new();
    caps.as_mut().set("browserName", "chrome")?;
    // A dialog stays until we answer it; by default the next command would answer it with "cancel".
    // The question whether a page with unsaved input is left is none that chromedriver ever shows: it leaves.
    caps.as_mut().set("unhandledPromptBehavior", "ignore")?;
    if let Some(binary) = &settings.chromium {
        caps.set_binary(&binary.display().to_string())?;
    }
    for flag in FLAGS {
        caps.add_arg(flag)?;
    }
    if settings.headless {
        caps.add_arg("--headless=new")?;
    }
    if rustix::process::geteuid().is_root() {
        caps.add_arg("--no-sandbox")?;
    }
    if let Some(hosts) = host_rules(rules) {
        caps.add_arg(&hosts)?;
    }
    caps.add_experimental_option("prefs", preferences(downloads))?;
    Ok(caps.into())
}

/// No name but the allowed ones is ever resolved, so that not even a redirect's request leaves the machine.
/// Not with a proxy, whose own name would be lost.
fn host_rules(rules: &SystemRules) -> Option<String> {
    let proxy = ["http_proxy", "https_proxy", "all_proxy"];
    if rules.allow.is_empty() || proxy.iter().any(|v| std::env::var_os(v).is_some_and(|v| !v.is_empty())) {
        return None;
    }
    let hosts = rules.allow.iter().filter_map(|origin| host_of(origin));
    Some(
        hosts
            .fold("--host-resolver-rules=MAP * ~NOTFOUND".to_owned(), |all, host| all + " , EXCLUDE " + host),
    )
}

fn preferences(downloads: &Path) -> serde_json::Value {
    serde_json::json!({
        // No connection is opened ahead of time: see `ONE_CONNECTION` in `screen.rs`.
        "net.network_prediction_options": 2,
        "download.default_directory": downloads,
        "download.prompt_for_download": false,
        "plugins.always_open_pdf_externally": true,
        "credentials_enable_service": false,
        "profile.password_manager_enabled": false,
        "profile.password_manager_leak_detection": false,
        "intl.accept_languages": "ja",
        // In which old systems write the names of files, and pages that do not say it: what a browser in Japan takes them for.
        "intl.charset_default": "Shift_JIS",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_once_it_is_whole() {
        assert_eq!(port_in("on port 0\nChromeDriver was started successfully on port 343"), None);
        assert_eq!(port_in("on port 0\nChromeDriver was started successfully on port 34307."), Some(34307));
    }
}
