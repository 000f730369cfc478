//! Files that come from a page and go to one.

use super::{
    BrowserError, Cause, Dialogs, Screen,
    find::{Press, Query, Spot},
    press::Follow,
    screen::{Brings, POLL},
    window::is_closed,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use thirtyfour::WindowHandle;
use tokio::time::{Instant, sleep};

/// What is said of a file that is not there yet.
const PARTLY: &str = "途中まで届いています";
/// The browser itself gives up on a name that is too long for the disk with what it adds to it meanwhile.
const NOTHING: &str = "何も届いていません。名前が 244 バイトを超えるファイルも届きません";

impl Screen {
    /// Presses and waits for the file that arrives; it lies there until the next download, in a folder that goes with the
    /// session.
    ///
    /// # Errors
    /// When no file is complete within `limit`, it is empty, or the screen does something undeclared.
    pub async fn download(&mut self, press: &Press, limit: Duration) -> Result<PathBuf, BrowserError> {
        self.download_past(press, &[], limit).await
    }

    /// The same where warnings may come, which are answered with OK: parts of their texts.
    ///
    /// # Errors
    /// As [`Self::download`].
    pub async fn download_past(
        &mut self,
        press: &Press,
        alerts: &[String],
        limit: Duration,
    ) -> Result<PathBuf, BrowserError> {
        self.usable()?;
        self.brings = Brings::File;
        let result = self.download_file(press, alerts, limit).await;
        self.brings = Brings::Nothing;
        self.note(result)
    }

    async fn download_file(
        &mut self,
        press: &Press,
        alerts: &[String],
        limit: Duration,
    ) -> Result<PathBuf, BrowserError> {
        clear(&self.downloads)?;
        let (before, blank) = (files_in(&self.downloads), self.blank.clone());
        let dialogs = Dialogs { must: vec![], may: alerts.to_vec() };
        self.press_and_settle(press, &Follow { opens: None, dialogs: dialogs.clone() }).await?;
        let file = self.wait_for_file(&before, &dialogs, limit).await?;
        self.close_blank(&blank).await?;
        Ok(file)
    }

    async fn wait_for_file(
        &mut self,
        before: &BTreeMap<PathBuf, u64>,
        dialogs: &Dialogs,
        limit: Duration,
    ) -> Result<PathBuf, BrowserError> {
        let started = Instant::now();
        let mut last = BTreeMap::new();
        loop {
            if !dialogs.may.is_empty() {
                self.answer(dialogs).await?;
            }
            let now = files_in(&self.downloads);
            let arriving = now.keys().any(|f| is_arriving(f));
            let new = now.iter().find(|(file, _)| !before.contains_key(*file));
            match new {
                Some((file, size)) if !arriving && now == last => return complete(file, *size),
                _ if started.elapsed() > limit => {
                    let so_far = if now.len() > before.len() { PARTLY } else { NOTHING };
                    return Err(Cause::Timeout { what: format!("ダウンロード（{so_far}）"), limit }.into());
                }
                _ => last = now,
            }
            sleep(POLL * 4).await;
        }
    }

    /// Closes the windows that have only brought the file. One that shows something is one that nobody declared.
    async fn close_blank(&mut self, before: &[WindowHandle]) -> Result<(), BrowserError> {
        self.obey_windows().await?;
        let here = self.window.clone();
        let (stay, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.blank).into_iter().partition(|w| before.contains(w));
        self.blank = stay;
        if left.is_empty() {
            return Ok(());
        }
        for window in left {
            match self.close(window).await {
                Err(e) if !is_closed(&e) => return Err(self.fail(e).await),
                _ => {}
            }
        }
        self.try_switch(here).await.map(drop)
    }

    /// Whether a file has come, or has begun to, since the folder was cleared for it.
    pub(super) fn has_file(&self) -> bool {
        !files_in(&self.downloads).is_empty()
    }

    /// Puts a file into a file field.
    ///
    /// # Errors
    /// As [`Screen::fill`].
    pub async fn upload(&mut self, field: impl Into<Spot>, file: &Path) -> Result<(), BrowserError> {
        self.usable()?;
        let result = self.upload_file(&field.into(), file).await;
        self.note(result)
    }

    async fn upload_file(&mut self, field: &Spot, file: &Path) -> Result<(), BrowserError> {
        let (_, element) = self.ready(&Query::file(field)).await?;
        match element.send_keys(file.display().to_string()).await {
            Ok(()) => self.settle_after_input().await,
            Err(e) => Err(self.fail(e).await),
        }
    }
}

/// Chromium's own names for what has not arrived yet: `.org.chromium.Chromium.X1y2Z3`, then `一覧.csv.crdownload`.
fn is_arriving(file: &Path) -> bool {
    let hidden = file.file_name().is_some_and(|n| n.to_string_lossy().starts_with(".org.chromium."));
    hidden || file.extension().is_some_and(|e| e == "crdownload" || e == "tmp")
}

fn complete(file: &Path, size: u64) -> Result<PathBuf, BrowserError> {
    if size == 0 {
        Err(Cause::Download("空のファイルです".into()).into())
    } else {
        Ok(file.to_owned())
    }
}

/// Takes away what arrived before: the browser would call another file of the same name 「一覧 (1).csv」.
fn clear(folder: &Path) -> Result<(), BrowserError> {
    for file in files_in(folder).into_keys().filter(|f| !is_arriving(f)) {
        fs::remove_file(&file)
            .map_err(|e| Cause::Download(format!("前に届いたファイルを消せません: {e}")))?;
    }
    Ok(())
}

/// Name and size of every file in a folder, which is our own and flat.
fn files_in(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|e| Some((e.path(), e.metadata().ok()?.len()))).collect()
}
