//! `browser.select`: chooses from a list, among radio buttons, or ticks a box.

use super::on_screen::{Words, go_to};
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
    /// 一覧、ラジオボタン、チェックボックスの名前。
    field: String,
    /// 選ぶもの。画面に出ている文字を書きます。
    option: Option<Arg<Words>>,
    /// チェックボックスのとき: true で付け、false で外します。
    checked: Option<Arg<bool>>,
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
        match (&self.option, &self.checked) {
            (Some(option), None) => Ok(screen.select(&self.field, &option.get().0).await?),
            (None, Some(checked)) => Ok(screen.check(&self.field, *checked.get()).await?),
            _ => Err(Failure::stop("SHK0725", "option と checked のどちらか一方を書きます。")),
        }
    }
}
