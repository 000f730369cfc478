//! What several actions on paper have in common: how a page is named, and how the reader's faults become failures.

use crate::{
    drivers::ocr::OcrError,
    step::{Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::PathBuf;

/// One page of one file, as `document.pages` gives it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PageArg {
    /// 庁のフォルダーからの相対パス。
    pub file: String,
    /// 1から数えたページ。書かなければ1です。
    #[serde(default = "first")]
    pub page: u32,
    /// ファイルのページ数（document.pages が付けます）。
    #[serde(default, rename = "pages")]
    _pages: Option<u32>,
    /// ファイルの SHA-256（document.pages が付けます）。
    #[serde(default, rename = "sha256")]
    _sha256: Option<String>,
    /// 読めない理由（document.pages が付けます）。
    #[serde(default)]
    pub broken: Option<String>,
}

const fn first() -> u32 {
    1
}

impl PageArg {
    /// Where the file is; a page that was found broken stops here.
    pub(super) fn place(&self, cx: &StepContext) -> Result<PathBuf, Failure> {
        if let Some(why) = &self.broken {
            return Err(Failure::stop("SHK0401", why.clone()));
        }
        cx.folder.resolve(&self.file).map_err(|e| Failure::stop("SHK0605", e.to_string()))
    }
}

/// What follows when the reader could not read.
pub(super) fn failure(error: &OcrError) -> Failure {
    let message = error.to_string();
    match error {
        OcrError::Unreadable { .. } | OcrError::Crashed => Failure::stop("SHK0401", message),
        OcrError::NotTheForm { .. } | OcrError::AnotherHeading { .. } => Failure::stop("SHK0402", message),
        OcrError::BadBlank { .. } => Failure::stop("SHK0405", message),
        OcrError::TimedOut { .. } => Failure::again("SHK0404", message),
        OcrError::CannotStart { .. }
        | OcrError::NativeMissing { .. }
        | OcrError::NativeDamaged { .. }
        | OcrError::NativeBroken { .. }
        | OcrError::NotWalled { .. }
        | OcrError::NoTesseractData => Failure::again("SHK0403", message),
    }
}
