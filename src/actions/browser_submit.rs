//! `browser.submit`: the press that cannot be undone.

use super::{
    key_names::{Chords, HeldKey},
    on_screen::{Entries, Named, go_to, pressed},
};
use crate::{
    drivers::browser::{Keys, Press, PressKind, Session, Submit},
    form::Forms,
    step::{Action, Arg, Effect, Failure, Shape, StepContext, filled},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is pressed, and everything that follows it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserSubmit {
    /// 押すボタン（またはリンク）の文字。press か keys のどちらか一つを書きます。
    press: Option<Named>,
    /// ボタンの代わりに押すキー。F12、Enter、Ctrl+S、Alt+R など。続けて押すときは一覧で書きます。
    keys: Option<Chords>,
    /// キーを押している間ずっと押さえておくキー。
    #[serde(default)]
    hold: Vec<HeldKey>,
    /// 先にここへ移ってからキーを押します。書かなければ、いまカーソルのあるところで押します。指し方は browser.fill と同じです。
    field: Option<Named>,
    /// 同じボタンが表の各行にあるとき、どの行か。列の見出しと値を書きます。
    row: Option<Entries>,
    /// 同じ名前のものがいくつもあるとき、いちばん近くにある見出しの文字。
    near: Option<Arg<String>>,
    /// 同じ名前のものがいくつもあるとき、画面の順で何番目か（1 から）。
    #[schemars(range(min = 1))]
    nth: Option<usize>,
    /// 必ず出る確認の窓の文の一部。OK を押します。ほかの窓が出れば何も押さずに止まります。
    confirm: Option<String>,
    /// 出るかもしれない警告の窓の文の一部。OK を押して進んでよいものだけを書きます。
    #[serde(default)]
    alerts: Vec<String>,
    /// 登録できたことを示す文。押す前から出ている文は数えません。
    expect: String,
    /// 登録を断られたことを示す文。
    #[serde(default)]
    error_when: Vec<String>,
    /// 続く画面から読み取る受付番号の見出し。
    receipt: Option<String>,
    /// 待つ秒数。書かなければページの待ち時間と同じです。
    seconds: Option<u64>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
    /// 押すと結果が別の画面に出るときは、その画面の題名。expect と receipt はその画面で探し、続く手順もそこで行われます。
    opens: Option<String>,
}

/// By what a submit is done.
#[derive(Debug)]
pub enum Means {
    /// A button or a link.
    Button(Press),
    /// Keys.
    Keys(Keys),
}

/// What the arguments of a `browser.submit` would press, their expressions already worked out.
///
/// # Errors
/// When the arguments do not fit.
pub fn submit_means(with: serde_json::Value) -> Result<Means, String> {
    let submit = filled(|| serde_json::from_value::<BrowserSubmit>(with)).map_err(|e| e.to_string())?;
    submit.means().map_err(str::to_owned)
}

/// What came back.
#[derive(Debug, Serialize)]
pub struct Receipt {
    receipt: Option<String>,
}

impl BrowserSubmit {
    fn means(&self) -> Result<Means, &'static str> {
        let (near, nth, row) = (self.near.as_ref(), self.nth, self.row.as_ref());
        match (&self.press, &self.keys) {
            (Some(_), None) if self.field.is_some() || !self.hold.is_empty() => {
                Err("field と hold は、keys を書くときだけ使えます。")
            }
            (Some(press), None) => Ok(Means::Button(pressed(press.spot(near, nth, row), PressKind::Any))),
            (None, Some(_)) if self.field.is_none() && (near.is_some() || nth.is_some() || row.is_some()) => {
                Err("near、nth、row は、press か field を書くときだけ使えます。")
            }
            (None, Some(keys)) => {
                let field = self.field.as_ref().map(|field| field.spot(near, nth, row));
                Ok(Means::Keys(Keys { strokes: keys.strokes(&self.hold), field }))
            }
            _ => Err("press か keys のどちらか一つを書きます。"),
        }
    }
}

impl Action for BrowserSubmit {
    const NAME: &'static str = "browser.submit";
    const SUMMARY: &'static str =
        "登録など取り消せないボタン（またはキー）を一度だけ押し、控えの番号を読み取ります。";
    const EXAMPLE: &'static str =
        "press: 登録\nconfirm: よろしいですか\nexpect: 登録しました\nreceipt: 受付番号\n";
    const EFFECT: Effect = Effect::Irreversible;
    const NEEDS_SESSION: bool = true;
    type Output = Receipt;

    fn shape(&self, _forms: &Forms) -> Shape {
        Shape::map([("receipt", Shape::Text)])
    }

    async fn run(&self, cx: &StepContext) -> Result<Receipt, Failure> {
        // Nothing was pressed: it is no act in doubt.
        let unfit = |said| Failure { untouched: true, ..Failure::stop("SHK0725", said) };
        let (press, keys) = match self.means().map_err(unfit)? {
            Means::Button(press) => (press, None),
            Means::Keys(keys) => (Press::default(), Some(keys)),
        };
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let submit = Submit {
            press,
            keys,
            opens: self.opens.clone(),
            confirm: self.confirm.clone(),
            alerts: self.alerts.clone(),
            expect: self.expect.clone(),
            error_when: self.error_when.clone(),
            receipt: self.receipt.clone(),
            limit: self.seconds.map(Duration::from_secs),
        };
        cx.may_act()?;
        Ok(Receipt { receipt: screen.submit(&submit).await? })
    }
}
