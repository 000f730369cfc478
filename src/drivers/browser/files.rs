//! Files that come from a page and go to one.

use super::{
    BrowserError, Cause, Screen,
    find::{Press, Query, Spot},
    press::Follow,
    screen::POLL,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, sleep};

impl Screen {
    /// Presses and waits for the file that arrives; it lies there until the next download, in a folder that goes with the
    /// session.
    ///
    /// # Errors
    /// When no file is complete within `limit`, it is empty, or the screen does something undeclared.
    pub async fn download(&mut self, press: &Press, limit: Duration) -> Result<PathBuf, BrowserError> {
        self.usable()?;
        let result = self.download_file(press, limit).await;
        self.note(result)
    }

    async fn download_file(&mut self, press: &Press, limit: Duration) -> Result<PathBuf, BrowserError> {
        clear(&self.downloads)?;
        let before = files_in(&self.downloads);
        self.press_and_settle(press, &Follow::default()).await?;
        let started = Instant::now();
        let mut last = BTreeMap::new();
        loop {
            let now = files_in(&self.downloads);
            let arriving = now.keys().any(|f| is_arriving(f));
            let new = now.iter().find(|(file, _)| !before.contains_key(*file));
            match new {
                Some((file, size)) if !arriving && now == last => return complete(file, *size),
                _ if started.elapsed() > limit => {
                    let so_far = if now.len() > before.len() {
                        "途中まで届いています"
                    } else {
                        "何も届いていません"
                    };
                    return Err(Cause::Timeout { what: format!("ダウンロード（{so_far}）"), limit }.into());
                }
                _ => last = now,
            }
            sleep(POLL * 4).await;
        }
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
