//! `browser.expect`: a text must be on the screen.

use super::on_screen::go_to;
use crate::{
    drivers::browser::Session,
    step::{Action, Arg, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// Which text.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserExpect {
    /// 画面に出ているはずの文。空白と全角・半角の違いは数えません。
    text: Arg<String>,
    /// 待つ秒数（既定 10）。
    seconds: Option<u64>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

impl Action for BrowserExpect {
    const NAME: &'static str = "browser.expect";
    const SUMMARY: &'static str = "思ったとおりの画面になったことを、出ている文で確かめます。";
    const EXAMPLE: &'static str = "text: 業務メニュー\n";
    const EFFECT: Effect = Effect::Read;
    const NEEDS_SESSION: bool = true;
    type Output = ();

    async fn run(&self, cx: &StepContext) -> Result<(), Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let limit = Duration::from_secs(self.seconds.unwrap_or(10));
        Ok(screen.expect(self.text.get(), limit).await?)
    }
}
