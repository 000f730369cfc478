//! `browser.upload`: a file of the office folder into a file field.

use super::{
    faults,
    on_screen::{Named, go_to},
};
use crate::{
    drivers::browser::Session,
    step::{Action, Arg, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Which field, which file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserUpload {
    /// ファイル欄の名前。指し方は browser.fill と同じです。
    field: Named,
    /// 同じ名前のものがいくつもあるとき、いちばん近くにある見出しの文字。
    near: Option<Arg<String>>,
    /// 同じ名前のものがいくつもあるとき、画面の順で何番目か（1 から）。
    #[schemars(range(min = 1))]
    nth: Option<usize>,
    /// 入れるファイル（庁のフォルダーからの相対パス）。
    file: Arg<String>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

impl Action for BrowserUpload {
    const NAME: &'static str = "browser.upload";
    const SUMMARY: &'static str = "画面のファイル欄に、庁のフォルダーのファイルを入れます。送信はしません。";
    const EXAMPLE: &'static str = "field: 添付ファイル\nfile: 出力/異動者一覧.csv\n";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = ();

    async fn run(&self, cx: &StepContext) -> Result<(), Failure> {
        let file = faults::existing(cx, self.file.get())?;
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        Ok(screen.upload(self.field.spot(self.near.as_ref(), self.nth, None), &file).await?)
    }
}
