//! `browser.press_key`: keys, for screens that are worked without a mouse.

use super::{
    key_names::{HeldKey, KeyName},
    on_screen::{Named, go_to},
};
use crate::{
    drivers::browser::{Dialogs, Session, Stroke},
    step::{Action, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Which keys, and where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserPressKey {
    /// 押すキーを順に。Enter、Tab、F1 から F12、Up、PageDown など。英字と数字は1文字で書きます。
    keys: Vec<KeyName>,
    /// 押している間ずっと押さえておくキー。
    #[serde(default)]
    hold: Vec<HeldKey>,
    /// 先にここへ移ってから押します。書かなければ、いまカーソルのあるところで押します。指し方は browser.fill と同じです。
    field: Option<Named>,
    /// 出るかもしれない警告の窓の文の一部。OK を押して進んでよいものだけを書きます。
    #[serde(default)]
    alerts: Vec<String>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

impl Action for BrowserPressKey {
    const NAME: &'static str = "browser.press_key";
    const SUMMARY: &'static str = "キーを押します。マウスを使わずに操作する画面に使います。";
    const EXAMPLE: &'static str = "keys: [Tab, F5]\n";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = ();

    async fn run(&self, cx: &StepContext) -> Result<(), Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let strokes: Vec<Stroke> = self.keys.iter().map(|key| key.stroke(&self.hold)).collect();
        let spot = self.field.as_ref().map(|f| f.spot(None, None, None));
        let dialogs = Dialogs { must: Vec::new(), may: self.alerts.clone() };
        Ok(screen.press_keys(spot.as_ref(), &strokes, &dialogs).await?)
    }
}
