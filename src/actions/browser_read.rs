//! `browser.read`: the values beside labels.

use super::on_screen::go_to;
use crate::{
    drivers::browser::Session,
    form::Forms,
    step::{Action, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Which values.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserRead {
    /// 読む項目の見出し。結果は同じ名前で使えます。答えを列から選ぶ表では、選ばれた列の見出しが読めます。
    labels: Vec<String>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

impl Action for BrowserRead {
    const NAME: &'static str = "browser.read";
    const SUMMARY: &'static str = "画面の見出しのそばにある値を、表示のとおりに読みます。";
    const EXAMPLE: &'static str = "labels: [宛名番号, 氏名, 住所]\n";
    const EFFECT: Effect = Effect::Read;
    const NEEDS_SESSION: bool = true;
    type Output = Map<String, Value>;

    fn shape(&self, _forms: &Forms) -> Shape {
        Shape::map(self.labels.iter().map(|l| (l.as_str(), Shape::Text)))
    }

    async fn run(&self, cx: &StepContext) -> Result<Self::Output, Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let labels: Vec<&str> = self.labels.iter().map(String::as_str).collect();
        let values = screen.read(&labels).await?;
        Ok(values.into_iter().map(|(label, value)| (label, value.into())).collect())
    }
}
