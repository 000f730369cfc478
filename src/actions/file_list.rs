//! `file.list`: the files of a folder.

use super::faults;
use crate::{
    drivers::files::{self, Listed},
    form::Forms,
    step::{Action, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The folder and the pattern.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileList {
    /// フォルダー（庁のフォルダーからの相対パス）。
    folder: String,
    /// ファイル名の型。`*.{pdf,tif}` のように書けます。書かなければすべてです。
    #[serde(default = "all")]
    pattern: String,
}

fn all() -> String {
    "*".to_owned()
}

/// One file.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// The path from the office folder.
    file: String,
    /// The name without the folder.
    name: String,
    /// The length in bytes.
    size: u64,
    /// When it was last written, in UTC.
    written: Option<String>,
    /// The SHA-256 of the bytes, in hex.
    sha256: String,
}

impl Action for FileList {
    const NAME: &'static str = "file.list";
    const SUMMARY: &'static str = "フォルダーにあるファイルの一覧を名前の順に作ります。書き込みの途中のファイルは、次の実行で取り上げます。";
    const EXAMPLE: &'static str = "folder: 受付/名簿\npattern: \"*.{xlsx,csv}\"\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Vec<FileFacts>;

    fn shape(&self, _forms: &Forms) -> Shape {
        let text = |key| (key, Shape::Text);
        let keys = [text("file"), text("name"), ("size", Shape::Number), text("written"), text("sha256")];
        Shape::list(Shape::map(keys))
    }

    async fn run(&self, cx: &StepContext) -> Result<Self::Output, Failure> {
        let folder = faults::place(cx, &self.folder)?;
        let unclear =
            |_| Failure::stop("SHK0607", format!("ファイル名の型「{}」を読み取れません。", self.pattern));
        let pattern = files::name_pattern(&self.pattern).map_err(unclear)?;
        let listed = faults::beside(move || Ok(files::list(&folder, &pattern)?)).await?;
        Ok(listed.into_iter().map(|l| self.facts(l)).collect())
    }
}

impl FileList {
    fn facts(&self, listed: Listed) -> FileFacts {
        let file = format!("{}/{}", self.folder.trim_end_matches('/'), listed.name);
        let written = listed.written.map(|t| t.to_string());
        FileFacts { file, name: listed.name, size: listed.size, written, sha256: listed.sha256 }
    }
}
