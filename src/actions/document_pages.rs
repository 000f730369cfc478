//! `document.pages`: the pages of the scans in a folder, one item each.

use super::paper_faults;
use crate::{
    drivers::{ocr::OcrError, readers::ReaderPool},
    form::Forms,
    step::{Action, Effect, Failure, Shape, StepContext},
};
use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt::Write, fs, path::Path};

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
    /// Of the whole file, lower-case hex.
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
        let pool = cx.driver::<ReaderPool>()?;
        let mut all = Vec::new();
        for name in names {
            let file = format!("{}/{name}", self.folder.trim_end_matches('/'));
            all.extend(pages(&pool, &folder.join(&name), &file).await?);
        }
        Ok(all)
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, Failure> {
    let built = GlobBuilder::new(pattern).case_insensitive(true).literal_separator(true).build();
    let wrong = |_| {
        Failure::stop(
            "SHK0725",
            format!("ファイル名の型「{pattern}」が正しくありません（例: *.{{pdf,tif,png}}）。"),
        )
    };
    built.map(|g| g.compile_matcher()).map_err(wrong)
}

/// The names of the files that match, sorted; hidden files and those Office keeps while a file is open are left out.
fn names(folder: &Path, glob: &GlobMatcher) -> Option<Vec<String>> {
    let files = fs::read_dir(folder).ok()?.filter_map(Result::ok).filter(|e| e.path().is_file());
    let names = files.filter_map(|e| e.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|n| !n.starts_with('.') && !n.starts_with("~$") && glob.is_match(n)).collect();
    names.sort();
    Some(names)
}

/// The pages of one file; a file that cannot be read is one page with the reason.
async fn pages(pool: &ReaderPool, at: &Path, file: &str) -> Result<Vec<Scanned>, Failure> {
    let broken = |sha256: String, why: String| Scanned {
        file: file.to_owned(),
        page: 1,
        pages: 0,
        sha256,
        broken: Some(why),
    };
    let sha256 = match digest(at.to_owned()).await {
        Ok(sha256) => sha256,
        Err(why) => return Ok(vec![broken(format!("unreadable-{file}"), why)]),
    };
    let page =
        |n, pages| Scanned { file: file.to_owned(), page: n, pages, sha256: sha256.clone(), broken: None };
    match pool.count_pages(at).await {
        Ok(pages) => Ok((1..=pages).map(|n| page(n, pages)).collect()),
        Err(why @ (OcrError::Unreadable { .. } | OcrError::Crashed | OcrError::TimedOut { .. })) => {
            Ok(vec![broken(sha256, why.to_string())])
        }
        Err(other) => Err(paper_faults::failure(&other)),
    }
}

/// The SHA-256 of a file as lower-case hex, computed beside the others.
async fn digest(at: std::path::PathBuf) -> Result<String, String> {
    let hashed = tokio::task::spawn_blocking(move || fs::read(at).map(|bytes| Sha256::digest(&bytes))).await;
    let bytes = hashed.map_err(|e| e.to_string())?.map_err(|e| format!("ファイルを開けません（{e}）。"))?;
    Ok(bytes.iter().fold(String::with_capacity(64), |mut hex, b| {
        let _ = write!(hex, "{b:02x}");
        hex
    }))
}
