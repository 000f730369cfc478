//! `browser.fill`: types a value into a field.

use super::on_screen::{Words, go_to};
use crate::{
    drivers::browser::Session,
    step::{Action, Arg, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Which field, and what goes into it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserFill {
    /// 入力欄の名前。画面で欄のそばにある文字を書きます（生年月日/年 のように見出しと単位でも指せます）。
    field: String,
    /// 入れる値。空なら欄を空にします。
    value: Arg<Words>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

impl Action for BrowserFill {
    const NAME: &'static str = "browser.fill";
    const SUMMARY: &'static str = "画面の入力欄に値を入れ、入ったことを確かめます。";
    const EXAMPLE: &'static str = "field: 宛名番号\nvalue: ${{ 該当.宛名番号 }}\n";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = ();

    async fn run(&self, cx: &StepContext) -> Result<(), Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        Ok(screen.fill(&self.field, &self.value.get().0).await?)
    }
}
