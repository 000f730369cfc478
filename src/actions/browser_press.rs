//! `browser.press`: presses a button or a link that may be pressed again.

use super::on_screen::{Entries, Named, go_to, pressed};
use crate::{
    drivers::browser::{Dialogs, Follow, Press, PressKind, Reply, Session},
    step::{Action, Arg, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// What is pressed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserPress {
    /// ボタンの文字。絵のボタンは説明（alt）か絵のファイル名で指せます。そのほかの指し方は browser.fill と同じです。
    button: Option<Named>,
    /// リンクの文字。
    link: Option<Named>,
    /// ボタンでもリンクでもないものを含め、押すところに見える文字。
    text: Option<Named>,
    /// 同じものが表の各行にあるとき、どの行か。列の見出しと値を書きます。
    row: Option<Entries>,
    /// 同じ名前のものがいくつもあるとき、いちばん近くにある見出しの文字。
    near: Option<Arg<String>>,
    /// 同じ名前のものがいくつもあるとき、画面の順で何番目か（1 から）。
    #[schemars(range(min = 1))]
    nth: Option<usize>,
    /// 続けて二度押す（ダブルクリックする）なら true。一覧の行を二度押して開く画面に使います。text では、ボタンやリンクでない文字も指せます。
    #[serde(default)]
    double: bool,
    /// 必ず出る確認の窓の文の一部。OK を押します。
    confirm: Option<String>,
    /// 必ず出る確認の窓の文の一部。キャンセルを押します。
    cancel: Option<String>,
    /// 必ず出る、値を尋ねる窓の文の一部と、入れる値。
    prompt: Option<Entries>,
    /// 出るかもしれない警告の窓の文の一部。OK を押して進んでよいものだけを書きます。
    #[serde(default)]
    alerts: Vec<String>,
    /// 押すと別の画面が開くときは、その画面の題名。続く手順はその画面で行われ、閉じれば元に戻ります。
    opens: Option<String>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
}

impl BrowserPress {
    fn follow(&self) -> Follow {
        let confirm = self.confirm.iter().map(|part| (part.clone(), Reply::Ok));
        let cancel = self.cancel.iter().map(|part| (part.clone(), Reply::Cancel));
        let asked = self.prompt.iter().flat_map(Entries::iter);
        let asked = asked.map(|(part, value)| (part.to_owned(), Reply::Text(value.to_owned())));
        let dialogs =
            Dialogs { must: confirm.chain(asked).chain(cancel).collect(), may: self.alerts.clone() };
        Follow { opens: self.opens.clone(), dialogs }
    }
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
        let (spot, kind) = match (&self.button, &self.link, &self.text) {
            (Some(button), None, None) => (button, PressKind::Button),
            (None, Some(link), None) => (link, PressKind::Link),
            (None, None, Some(text)) => (text, PressKind::Any),
            _ => return Err(Failure::stop("SHK0725", "button、link、text のどれか一つを書きます。")),
        };
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let spot = spot.spot(self.near.as_ref(), self.nth, self.row.as_ref());
        let press = Press { double: self.double, ..pressed(spot, kind) };
        screen.press(&press, &self.follow()).await?;
        go_to(&mut screen, self.opens.as_ref()).await
    }
}
