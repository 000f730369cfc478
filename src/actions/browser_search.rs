//! `browser.search`: fills conditions, starts the search, reads the list that follows.

use super::on_screen::{Entries, PAGES, go_to, named, press, shape_of_rows};
use crate::{
    drivers::browser::{Search, Session, Table},
    form::Forms,
    step::{Action, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The conditions, the button, the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserSearch {
    /// 検索条件。入力欄の名前と値を、入れる順に書きます。空の値は欄を空にします。
    fields: Entries,
    /// 検索を始めるボタンの文字。
    press: String,
    /// 結果の一覧から読む列の見出し。同じ見出しの列がいくつかあるときは、上の見出しを付けて「異動前/住所」、または左から数えて「住所/2」のように書きます。どの行を読むかは `browser.read_table` と同じです。
    columns: Vec<String>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
    /// 次のページへ進むリンクまたはボタンの文字。なくなるか押せなくなるまで読みます。「1/3 ページ」の表示があるのに途中でなくなれば止まります。
    next: Option<String>,
    /// 該当がないときに画面または警告の窓に出る文。窓は何も承諾せずに閉じます。
    none: Option<String>,
    /// 出るかもしれない警告の窓の文の一部。OK を押して進んでよいものだけを書きます。
    #[serde(default)]
    alerts: Vec<String>,
    /// 読むページ数の上限（既定 20）。超えれば止まります。
    max_pages: Option<usize>,
}

/// The rows that were found.
#[derive(Debug, Serialize)]
pub struct Rows {
    rows: Vec<Map<String, Value>>,
    count: usize,
}

impl Action for BrowserSearch {
    const NAME: &'static str = "browser.search";
    const SUMMARY: &'static str = "画面で検索し、結果の一覧を最後のページまで読みます。";
    const EXAMPLE: &'static str = "fields: { 氏名: \"${{ 届出.氏名 }}\" }\npress: 検索実行\ncolumns: [宛名番号, 氏名, 住所]\n\
        next: 次頁\nnone: 該当者がありません\n";
    const EFFECT: Effect = Effect::Read;
    const NEEDS_SESSION: bool = true;
    type Output = Rows;

    fn shape(&self, _forms: &Forms) -> Shape {
        shape_of_rows(&self.columns)
    }

    async fn run(&self, cx: &StepContext) -> Result<Rows, Failure> {
        let session = cx.session::<Session>()?;
        let mut screen = session.screen().await;
        go_to(&mut screen, self.popup.as_ref()).await?;
        let search = Search {
            fields: self.fields.iter().map(|(field, value)| (field.to_owned(), value.to_owned())).collect(),
            press: press(&self.press),
            table: Table {
                columns: self.columns.clone(),
                next: self.next.clone(),
                none: self.none.clone(),
                max_pages: self.max_pages.unwrap_or(PAGES),
                alerts: self.alerts.clone(),
            },
        };
        let rows = named(&self.columns, screen.search(&search).await?);
        Ok(Rows { count: rows.len(), rows })
    }
}
