//! `browser.press`: presses a button or a link that may be pressed again.

use super::on_screen::{Entries, go_to, press};
use crate::{
    drivers::browser::{PressKind, Session},
    step::{Action, Arg, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// What is pressed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserPress {
    /// ボタンの文字。
    button: Option<Arg<String>>,
    /// リンクの文字。
    link: Option<Arg<String>>,
    /// 同じものが表の各行にあるとき、どの行か。列の見出しと値を書きます。
    row: Option<Entries>,
    /// 押すと別の画面が開くときは、その画面の題名。続く手順はその画面で行われ、閉じれば元に戻ります。
    opens: Option<String>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

impl Action for BrowserPress {
    const NAME: &'static str = "browser.press";
    const SUMMARY: &'static str =
        "画面のボタンやリンクを押します。取り消せない登録には browser.submit を使います。";
    const EXAMPLE: &'static str = "button: 選択\nrow: { 宛名番号: \"${{ 該当.宛名番号 }}\" }\n";
    const EFFECT: Effect = Effect::Repeatable;
    const NEEDS_SESSION: bool = true;
    type Output = ();

    async fn run(&self, cx: &StepContext) -> Result<(), Failure> {
        let (name, kind) = match (&self.button, &self.link) {
            (Some(button), None) => (button.get(), PressKind::Button),
            (None, Some(link)) => (link.get(), PressKind::Link),
            _ => return Err(Failure::stop("SHK0725", "button と link のどちらか一方を書きます。")),
        };
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        screen.press(&press(name, kind, self.row.as_ref()), self.opens.as_deref()).await?;
        go_to(&mut screen, self.opens.as_ref()).await
    }
}
