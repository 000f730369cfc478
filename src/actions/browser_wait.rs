//! `browser.wait`: until a text has gone: 処理中….

use super::on_screen::go_to;
use crate::{
    drivers::browser::Session,
    step::{Action, Arg, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// What is waited for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserWait {
    /// 消えるのを待つ文（「処理中です」など）。
    gone: Arg<String>,
    /// 待つ秒数（既定 60）。
    seconds: Option<u64>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

impl Action for BrowserWait {
    const NAME: &'static str = "browser.wait";
    const SUMMARY: &'static str = "「処理中」などの文が画面から消えるまで待ちます。";
    const EXAMPLE: &'static str = "gone: 処理中です\nseconds: 120\n";
    const EFFECT: Effect = Effect::Read;
    const NEEDS_SESSION: bool = true;
    type Output = ();

    async fn run(&self, cx: &StepContext) -> Result<(), Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let limit = Duration::from_secs(self.seconds.unwrap_or(60));
        Ok(screen.expect_gone(self.gone.get(), limit).await?)
    }
}
