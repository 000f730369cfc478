//! `browser.hover`: the mouse over something, without a click.

use super::on_screen::{Entries, Named, go_to};
use crate::{
    drivers::browser::Session,
    step::{Action, Arg, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Over what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserHover {
    /// マウスを置くところに見える文字。指し方は browser.fill と同じです。
    over: Named,
    /// 同じ名前のものがいくつもあるとき、いちばん近くにある見出しの文字。
    near: Option<Arg<String>>,
    /// 同じ名前のものがいくつもあるとき、画面の順で何番目か（1 から）。
    #[schemars(range(min = 1))]
    nth: Option<usize>,
    /// 表の各行にあるとき、どの行か。列の見出しと値を書きます。
    row: Option<Entries>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

impl Action for BrowserHover {
    const NAME: &'static str = "browser.hover";
    const SUMMARY: &'static str = "マウスを置くと開くメニューなどを、押さずに開きます。";
    const EXAMPLE: &'static str = "over: 異動\n";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = ();

    async fn run(&self, cx: &StepContext) -> Result<(), Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let spot = self.over.spot(self.near.as_ref(), self.nth, self.row.as_ref());
        Ok(screen.hover(&spot).await?)
    }
}
