//! `document.pages`: the pages of the scans in a folder, one item each.

use super::{faults, paper_faults};
use crate::{
    drivers::{files, ocr::OcrError, readers::ReaderPool},
    form::Forms,
    step::{Action, Effect, Failure, Shape, StepContext},
    text::cp932,
};
use globset::GlobMatcher;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    ffi::{OsStr, OsString},
    fmt::Write,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};
use unicode_normalization::UnicodeNormalization as _;

/// The folder and the files in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentPages {
    /// スキャンした書類を置くフォルダー（庁のフォルダーからの相対パス）。
    folder: String,
    /// ファイル名の型。書かなければ PDF、TIFF、PNG、JPEG のすべてです。大文字と小文字は区別しません。
    #[serde(default = "all_scans")]
    pattern: String,
}

fn all_scans() -> String {
    "*.{pdf,tif,tiff,png,jpg,jpeg}".to_owned()
}

/// One page of one file.
#[derive(Debug, Serialize)]
pub struct Scanned {
    /// Relative to the office folder.
    file: String,
    /// From 1.
    page: u32,
    /// How many the file has; 0 when that cannot be known.
    pages: u32,
    /// Of the whole file, lower-case hex. A file that may be read another day has a mark instead that is no digest.
    sha256: String,
    /// Why the file cannot be read.
    broken: Option<String>,
}

impl Action for DocumentPages {
    const NAME: &'static str = "document.pages";
    const SUMMARY: &'static str = "フォルダーにあるスキャン書類を、1ページずつの一覧にします。";
    const EXAMPLE: &'static str = "folder: 受付/住民異動届\npattern: \"*.{pdf,tif,png}\"\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Vec<Scanned>;

    fn shape(&self, _forms: &Forms) -> Shape {
        let keys = [
            ("file", Shape::Text),
            ("page", Shape::Number),
            ("pages", Shape::Number),
            ("sha256", Shape::Text),
            ("broken", Shape::Any),
        ];
        Shape::list(Shape::map(keys))
    }

    async fn run(&self, cx: &StepContext) -> Result<Vec<Scanned>, Failure> {
        let folder = cx.folder.resolve(&self.folder).map_err(|e| Failure::stop("SHK0605", e.to_string()))?;
        let glob = glob(&self.pattern)?;
        let missing = || {
            Failure::stop(
                "SHK0604",
                format!("フォルダー「{}」がありません。作るか、名前を確かめてください。", self.folder),
            )
        };
        let names = names(&folder, &glob).ok_or_else(missing)?;
        let places: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
        let places = faults::beside(move || Ok(files::finished(places))).await?;
        let pool = cx.driver::<ReaderPool>()?;
        let mut all = Vec::new();
        for at in places {
            let name = at.file_name().unwrap_or_default();
            let file = format!("{}/{}", self.folder.trim_end_matches('/'), shown(name));
            all.extend(pages(&pool, &at, &file).await?);
        }
        Ok(all)
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, Failure> {
    let wrong = |_| {
        Failure::stop(
            "SHK0725",
            format!("ファイル名の型「{pattern}」が正しくありません（例: *.{{pdf,tif,png}}）。"),
        )
    };
    files::name_pattern(pattern).map_err(wrong)
}

/// The names of the files that match, sorted; hidden files and those Office keeps while a file is open are left out.
fn names(folder: &Path, glob: &GlobMatcher) -> Option<Vec<OsString>> {
    let files = fs::read_dir(folder).ok()?.filter_map(Result::ok).filter(|e| e.path().is_file());
    let wanted = |name: &OsString| {
        let composed: String = name.to_string_lossy().nfc().collect();
        !composed.starts_with('.') && !composed.starts_with("~$") && glob.is_match(&composed)
    };
    let mut names: Vec<OsString> = files.map(|e| e.file_name()).filter(wanted).collect();
    names.sort();
    Some(names)
}

/// A name for people: one that is no UTF-8 comes from an old archive or share, and is CP932 then.
fn shown(name: &OsStr) -> String {
    let lossy = || name.to_string_lossy().into_owned();
    let old = || cp932::decode(name.as_bytes()).unwrap_or_else(|_| lossy());
    name.to_str().map_or_else(old, str::to_owned)
}

/// The pages of one file; a file that cannot be read is one page with the reason.
async fn pages(pool: &ReaderPool, at: &Path, file: &str) -> Result<Vec<Scanned>, Failure> {
    let sha256 = match digest(at.to_owned()).await {
        Ok(sha256) => sha256,
        Err(why) => return Ok(vec![broken(file, stand_in(file), why)]),
    };
    if at.file_name().and_then(OsStr::to_str).is_none() {
        let why = "ファイルの名前が古い文字コードで付いているため、読めません。名前を付け直してください（次の実行で読みます）。";
        return Ok(vec![broken(file, stand_in(&sha256), why.to_owned())]);
    }
    counted(file, sha256, pool.count_pages(at).await)
}

/// What is known of a file's pages once they were counted.
fn counted(file: &str, sha256: String, found: Result<u32, OcrError>) -> Result<Vec<Scanned>, Failure> {
    let page =
        |n, pages| Scanned { file: file.to_owned(), page: n, pages, sha256: sha256.clone(), broken: None };
    match found {
        Ok(pages) => Ok((1..=pages).map(|n| page(n, pages)).collect()),
        // The same bytes cannot be read tomorrow either.
        Err(why @ OcrError::Unreadable { .. }) => Ok(vec![broken(file, sha256, why.to_string())]),
        Err(why @ (OcrError::Crashed | OcrError::TimedOut { .. })) => {
            Ok(vec![broken(file, stand_in(&sha256), why.to_string())])
        }
        Err(other) => Err(paper_faults::failure(&other)),
    }
}

/// The one page that stands for a file which cannot be read.
fn broken(file: &str, sha256: String, why: String) -> Scanned {
    Scanned { file: file.to_owned(), page: 1, pages: 0, sha256, broken: Some(why) }
}

/// In place of a file's digest where another day may show its pages: the item that stops today must not own the key of page 1,
/// or that page would count as done. It cannot be taken for a digest, or the log would say that such a file came in.
fn stand_in(of: &str) -> String {
    format!("unread-{}", sha256(of.as_bytes()))
}

/// The SHA-256 of a file as lower-case hex, computed beside the others.
async fn digest(at: PathBuf) -> Result<String, String> {
    let hashed = tokio::task::spawn_blocking(move || fs::read(at).map(|bytes| sha256(&bytes))).await;
    hashed.map_err(|e| e.to_string())?.map_err(|e| format!("ファイルを開けません（{e}）。"))
}

/// The SHA-256 as lower-case hex.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, b| {
        let _ = write!(hex, "{b:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::{super::bench, *};
    use crate::{
        drivers::{ocr::NativeParts, readers::PoolConfig},
        step::Resources,
    };
    use serde_json::json;
    use std::sync::Arc;

    /// Whether the log would take it for the digest of a file.
    fn is_digest(text: &str) -> bool {
        text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
    }

    #[test]
    fn a_name_from_a_mac_fits_as_it_looks_and_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = ["ワンストッフ\u{309A}_001.pdf", "ワンストップ_002.pdf"];
        for name in there.iter().chain(&["ワンストフ_003.pdf"]) {
            fs::write(folder.path().join(name), "%PDF-1.7").expect("a file");
        }
        for pattern in ["ワンストップ*.pdf", "ワンストッフ\u{309A}*.pdf"] {
            let fitting = names(folder.path(), &glob(pattern).expect("a pattern")).expect("a list");
            assert_eq!(fitting, there, "{pattern}");
        }
    }

    #[tokio::test]
    async fn a_name_that_is_no_utf_8_is_one_broken_page() {
        let office = tempfile::tempdir().expect("a folder");
        let folder = office.path().join("受付");
        fs::create_dir(&folder).expect("a folder");
        let old = OsStr::from_bytes(b"\x93\xCD\x8Fo.PDF");
        fs::write(folder.join(old), "%PDF-1.7").expect("a file");
        // No reader starts before a page is asked for.
        let pool = ReaderPool::new(PoolConfig::usual(NativeParts::default()).expect("a program"));
        let resources = Resources::default().with(Arc::new(pool));
        let cx = StepContext { resources, ..bench::context(office.path()) };
        let with = json!({"folder": "受付"});
        let found = bench::action::<DocumentPages>(with).run(&cx).await.expect("a list");
        let [page] = found.as_slice() else { panic!("one page: {found:?}") };
        assert_eq!((page.file.as_str(), page.page), ("受付/届出.PDF", 1));
        assert!(page.broken.as_deref().is_some_and(|why| why.contains("名前を付け直して")), "{page:?}");
        assert!(!is_digest(&page.sha256), "{page:?}");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_opened_is_one_broken_page_without_a_digest() {
        let pool = ReaderPool::new(PoolConfig::usual(NativeParts::default()).expect("a program"));
        let found = pages(&pool, Path::new("/nowhere/届出.pdf"), "受付/届出.pdf").await.expect("a list");
        let [page] = found.as_slice() else { panic!("one page: {found:?}") };
        assert!(page.broken.is_some() && !is_digest(&page.sha256), "{page:?}");
    }

    #[test]
    fn a_count_that_failed_by_chance_does_not_own_the_key_of_page_one() {
        let whole = sha256(b"scan");
        let count = |found| counted("受付/届出.pdf", whole.clone(), found).expect("a list");
        assert_eq!(count(Ok(2)).iter().map(|p| p.page).collect::<Vec<_>>(), [1, 2]);
        for by_chance in [OcrError::Crashed, OcrError::TimedOut { seconds: 60 }] {
            let found = count(Err(by_chance));
            let [page] = found.as_slice() else { panic!("one page: {found:?}") };
            assert!(page.broken.is_some() && !is_digest(&page.sha256), "{page:?}");
        }
        let damaged = count(Err(OcrError::Unreadable { why: "壊れています".to_owned() }));
        assert!(damaged[0].broken.is_some() && damaged[0].sha256 == whole, "{damaged:?}");
    }
}
