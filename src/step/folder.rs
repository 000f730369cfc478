//! The office folder: every path a scenario names stays inside it.

use std::path::{Component, Path, PathBuf};

/// A path that would leave the office folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("「{0}」は庁のフォルダーの外を指しています。フォルダー内の相対パスで書いてください。")]
pub struct OutsideOffice(pub String);

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
    /// When the path is absolute, has `..`, or leads outside through a link.
    pub fn resolve(&self, relative: &str) -> Result<PathBuf, OutsideOffice> {
        let path = Path::new(relative);
        if !path.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir)) {
            return Err(OutsideOffice(relative.to_owned()));
        }
        let full = self.0.join(path);
        let known = full.ancestors().find_map(|p| p.canonicalize().ok());
        let root = self.0.canonicalize().unwrap_or_else(|_| self.0.clone());
        match known {
            Some(real) if real.starts_with(&root) => Ok(full),
            _ => Err(OutsideOffice(relative.to_owned())),
        }
    }
}
