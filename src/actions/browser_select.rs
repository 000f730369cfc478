//! `browser.select`: chooses from a list, among radio buttons, or ticks a box.

use super::on_screen::{Entries, Named, Words, go_to};
use crate::{
    drivers::browser::Session,
    step::{Action, Arg, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Which field, and what is chosen.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserSelect {
    /// 一覧、ラジオボタン、チェックボックスの名前。指し方は browser.fill と同じです。
    field: Named,
    /// 選ぶもの。画面に出ている文字を書きます。問が行、答えが列の表では、field に行の見出し、ここに列の見出しを書きます。
    option: Option<Arg<Words>>,
    /// チェックボックスのとき: true で付け、false で外します。行と列の表では、field に 税務/閲覧 のように行の見出しと列の見出しを書きます。
    checked: Option<Arg<bool>>,
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

impl Action for BrowserSelect {
    const NAME: &'static str = "browser.select";
    const SUMMARY: &'static str = "画面の一覧・ラジオボタンから選ぶ、またはチェックを付け外しします。";
    const EXAMPLE: &'static str = "field: 異動事由\noption: 転居\n";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = ();

    async fn run(&self, cx: &StepContext) -> Result<(), Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let spot = self.field.spot(self.near.as_ref(), self.nth, self.row.as_ref());
        match (&self.option, &self.checked) {
            (Some(option), None) => Ok(screen.select(spot, &option.get().0).await?),
            (None, Some(checked)) => Ok(screen.check(spot, *checked.get()).await?),
            _ => Err(Failure::stop("SHK0725", "option と checked のどちらか一方を書きます。")),
        }
    }
}
