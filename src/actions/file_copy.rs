//! `file.copy`: a file is copied to another place.

use super::faults;
use crate::{
    drivers::files::{self, Done},
    form::Forms,
    step::{Action, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From where to where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileCopy {
    /// 元のファイル（庁のフォルダーからの相対パス）。
    file: String,
    /// 先。末尾が「/」ならフォルダーで、名前はそのままです。
    to: String,
    /// 先に別の内容のファイルがあるとき、置き換えてよいか。
    #[serde(default)]
    replace: bool,
}

/// Where it is now.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// The path from the office folder.
    file: String,
    /// Whether it was there before.
    before: bool,
}

impl Action for FileCopy {
    const NAME: &'static str = "file.copy";
    const SUMMARY: &'static str = "ファイルを写します。先に別のファイルがあれば止まります。";
    const EXAMPLE: &'static str = "file: 受付/名簿.xlsx\nto: 控え/\n";
    const EFFECT: Effect = Effect::Repeatable;
    type Output = Copied;

    fn shape(&self, _forms: &Forms) -> Shape {
        Shape::map([("file", Shape::Text), ("before", Shape::Flag)])
    }

    async fn run(&self, cx: &StepContext) -> Result<Copied, Failure> {
        let file = faults::destination(&self.file, &self.to);
        let (from, to, replace) = (faults::place(cx, &self.file)?, faults::place(cx, &file)?, self.replace);
        let done = faults::beside(move || Ok(files::copy_file(&from, &to, replace)?)).await?;
        Ok(Copied { file, before: done == Done::Before })
    }
}
