//! The office folder: every path a scenario names stays inside it.

use crate::privacy::{holds_my_number, scrub};
use std::path::{Component, Path, PathBuf};

/// A path that no step may use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathRefused {
    /// It would leave the office folder.
    #[error("「{0}」は庁のフォルダーの外を指しています。フォルダー内の相対パスで書いてください。")]
    Outside(String),
    /// It is where shoki keeps its own record, keys and settings.
    #[error(
        "「{0}」は書記が記録や鍵を置く場所なので、シナリオからは使えません。受付/ や 出力/ などに置いてください。"
    )]
    Ours(String),
    /// Twelve digits that may be a My Number; names of files are seen by everybody.
    #[error(
        "ファイルの名前に個人番号と思われる12桁の数字があります（{0}）。名前には受付番号や日付など、個人番号でないものを使ってください。"
    )]
    Number(String),
}

/// What belongs to shoki itself: no step reads or writes there. The log could be lost, the passwords of robots be copied out.
const OURS: [&str; 4] = ["state", "audit", "evidence", "shoki.toml"];

/// The folder of one office.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
    /// A folder below `state/` where trial copies are written.
    scratch: Option<PathBuf>,
}

/// Whether a relative path is one of those that belong to shoki itself.
#[must_use]
pub fn is_ours(relative: &Path) -> bool {
    let first = relative.components().find_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    first.is_some_and(|name| OURS.contains(&name))
}

impl Folder {
    /// The folder at `root`, which exists.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root, scratch: None }
    }

    /// The same folder for a plan, which writes its copies to `scratch`.
    #[must_use]
    pub fn planning(self, scratch: PathBuf) -> Self {
        Self { scratch: Some(scratch), ..self }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The place of `relative` inside the folder. A link that leads outside is refused too.
    ///
    /// # Errors
    /// When the path is absolute, has `..`, leads outside through a link or to what is shoki's own, or has a My Number in it.
    pub fn resolve(&self, relative: &str) -> Result<PathBuf, PathRefused> {
        let path = Path::new(relative);
        if holds_my_number(&without_digests(relative)) {
            return Err(PathRefused::Number(scrub(relative)));
        }
        if !path.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir)) {
            return Err(PathRefused::Outside(relative.to_owned()));
        }
        let full = self.root.join(path);
        let root = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        let found = full.ancestors().find_map(|p| Some((p, p.canonicalize().ok()?)));
        match found {
            Some((known, real)) if real.starts_with(&root) => {
                let rest = full.strip_prefix(known).unwrap_or(Path::new(""));
                let real = real.join(rest);
                let inside = real.strip_prefix(&root).unwrap_or(&real);
                let trial = self.scratch.as_ref().is_some_and(|scratch| full.starts_with(scratch));
                if is_ours(inside) && !trial {
                    return Err(PathRefused::Ours(relative.to_owned()));
                }
                Ok(full)
            }
            _ => Err(PathRefused::Outside(relative.to_owned())),
        }
    }
}

/// The text with each SHA-256 as one letter: of fourteen digests one has twelve digits in a row by chance.
fn without_digests(text: &str) -> String {
    let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let digest = |word: &str| word.len() == 64 && word.contains(|c: char| c.is_ascii_lowercase());
    let (mut out, mut word) = (String::with_capacity(text.len()), String::new());
    for c in text.chars().map(Some).chain([None]) {
        if let Some(c) = c.filter(|c| hex(*c)) {
            word.push(c);
            continue;
        }
        out.push_str(if digest(&word) { "x" } else { &word });
        word.clear();
        out.extend(c);
    }
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    #[test]
    fn a_digest_in_a_name_is_no_my_number_and_a_number_beside_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path().canonicalize().unwrap());
        let digest = format!("{}123456789018{}", "a0".repeat(13), "f".repeat(26));
        assert_eq!(digest.len(), 64);
        assert!(folder.resolve(&format!("出力/取込用/{digest}.csv")).is_ok());
        assert!(folder.resolve(&format!("受付/紙_0101_{digest}.xlsx")).is_ok());
        for bad in [
            format!("出力/123456789018_{digest}.csv"),
            "出力/1234-5678-9018.csv".to_owned(),
            format!("{}123456789018", "1".repeat(52)),
        ] {
            assert!(matches!(folder.resolve(&bad), Err(PathRefused::Number(_))), "{bad}");
        }
    }

    #[test]
    fn what_is_shokis_own_is_out_of_reach() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for name in ["state", "audit", "出力"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        std::os::unix::fs::symlink(root.join("state"), root.join("出力/state")).unwrap();
        let folder = Folder::new(root.clone());
        for bad in [
            "state/shoki.db",
            "./audit/2026/seg/000000.jsonl",
            "evidence",
            "shoki.toml",
            "出力/state/keys/log",
        ] {
            assert_eq!(folder.resolve(bad), Err(PathRefused::Ours(bad.to_owned())));
        }
        for good in ["出力/state.xlsx", "受付/audit/a.csv", "states/a.csv"] {
            assert_eq!(folder.resolve(good), Ok(root.join(good)));
        }
        let planning = folder.planning(root.join("state/plan-1"));
        assert!(planning.resolve("state/plan-1/出力/a.xlsx").is_ok());
        assert!(planning.resolve("state/shoki.db").is_err());
    }
}
