//! `browser.fill`: types a value into a field.

use super::on_screen::{Entries, Named, Words, go_to};
use crate::{
    drivers::browser::{ReadBack, Session},
    step::{Action, Arg, Effect, Failure, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Which field, and what goes into it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserFill {
    /// 入力欄の名前。画面で欄のそばにある文字を書きます（生年月日/年 のように見出しと単位でも指せます）。画面に見える文字で見つからなければ `text=`、`right_of=`、`below=`、`placeholder=`、`name=`、`css=`、`xpath=` を付けて指せます。一覧にすれば、先に書いたものから順に探します。
    field: Named,
    /// 入れる値。空なら欄を空にします。日付・時刻・年月・数の欄には、`2026-11-23`、`令和8年11月23日`、`9:30`、`1,234` のどの書き方でも、欄の形に直して入れます。
    /// 同じ名前がラジオボタンのときは、その文字のものを選びます。
    value: Arg<Words>,
    /// 入れた後、画面の値が入れた値とどこまで違ってよいか。exact: 一字も違わない、width: 全角・半角だけ、separators: 空白と区切りも（既定）、
    /// digits: 数字だけを比べる。
    #[serde(default)]
    compare: Compare,
    /// 画面が値を別の形に直すとき（和暦にするなど）、直した後に出ているはずの値。compare の代わりに書きます。
    shows: Option<Arg<Words>>,
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

/// How far the value on the screen may differ from the one that was typed.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Compare {
    Exact,
    Width,
    #[default]
    Separators,
    Digits,
}

impl BrowserFill {
    fn read_back(&self) -> ReadBack {
        match (&self.shows, self.compare) {
            (Some(shown), _) => ReadBack::Shows(shown.get().0.clone()),
            (None, Compare::Exact) => ReadBack::Exact,
            (None, Compare::Width) => ReadBack::Width,
            (None, Compare::Separators) => ReadBack::Separators,
            (None, Compare::Digits) => ReadBack::Digits,
        }
    }
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
        let spot = self.field.spot(self.near.as_ref(), self.nth, self.row.as_ref());
        Ok(screen.fill(spot, &self.value.get().0, &self.read_back()).await?)
    }
}
