//! The office folder: every path a scenario names stays inside it.

use crate::privacy::{holds_my_number, scrub};
use std::path::{Component, Path, PathBuf};

/// A path that no step may use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathRefused {
    /// It would leave the office folder.
    #[error("「{0}」は庁のフォルダーの外を指しています。フォルダー内の相対パスで書いてください。")]
    Outside(String),
    /// Twelve digits that may be a My Number; names of files are seen by everybody.
    #[error(
        "ファイルの名前に個人番号と思われる12桁の数字があります（{0}）。名前には受付番号や日付など、個人番号でないものを使ってください。"
    )]
    Number(String),
}

/// The folder of one office.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `root`, which exists.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self(root)
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.0
    }

    /// The place of `relative` inside the folder. A link that leads outside is refused too.
    ///
    /// # Errors
    /// When the path is absolute, has `..`, leads outside through a link, or has a My Number in it.
    pub fn resolve(&self, relative: &str) -> Result<PathBuf, PathRefused> {
        let path = Path::new(relative);
        if holds_my_number(relative) {
            return Err(PathRefused::Number(scrub(relative)));
        }
        if !path.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir)) {
            return Err(PathRefused::Outside(relative.to_owned()));
        }
        let full = self.0.join(path);
        let known = full.ancestors().find_map(|p| p.canonicalize().ok());
        let root = self.0.canonicalize().unwrap_or_else(|_| self.0.clone());
        match known {
            Some(real) if real.starts_with(&root) => Ok(full),
            _ => Err(PathRefused::Outside(relative.to_owned())),
        }
    }
}
