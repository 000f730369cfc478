//! `browser.read_table`: a list on the screen.

use super::on_screen::{PAGES, go_to, named, shape_of_rows};
use crate::{
    drivers::browser::{Session, Table},
    form::Forms,
    step::{Action, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowserReadTable {
    /// 読む列の見出し。これらがそろった一覧を読みます。同じ見出しの列がいくつかあるときは、上の見出しを付けて「異動前/住所」、または左から数えて「住所/2」のように書きます。見出しの繰り返し、1マスだけの行（「該当なし」など）、いくつかの列にまたがる合計の行は読みません。列ごとに分かれた合計の行（表の足の行を含む）は、表示のとおり1行として読みます。隠れたマスと、ふりがなは読みません。
    columns: Vec<String>,
    /// 別に開いた画面で行うときは、その画面の題名。
    popup: Option<String>,
    /// 次のページへ進むリンクまたはボタンの文字。なくなるか押せなくなるまで読みます。「1/3 ページ」の表示があるのに途中でなくなれば止まります。
    next: Option<String>,
    /// 一覧が空のときに画面または警告の窓に出る文。窓は何も承諾せずに閉じます。
    none: Option<String>,
    /// 出るかもしれない警告の窓の文の一部。OK を押して進んでよいものだけを書きます。
    #[serde(default)]
    alerts: Vec<String>,
    /// 読むページ数の上限（既定 20）。超えれば止まります。
    max_pages: Option<usize>,
}

/// The rows of the list.
#[derive(Debug, Serialize)]
pub struct Rows {
    rows: Vec<Map<String, Value>>,
    count: usize,
}

impl Action for BrowserReadTable {
    const NAME: &'static str = "browser.read_table";
    const SUMMARY: &'static str = "画面の一覧表を、最後のページまで表示のとおりに読みます。";
    const EXAMPLE: &'static str = "columns: [異動日, 異動事由, 状態]\nnext: 次頁\n";
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
        let table = Table {
            columns: self.columns.clone(),
            next: self.next.clone(),
            none: self.none.clone(),
            max_pages: self.max_pages.unwrap_or(PAGES),
            alerts: self.alerts.clone(),
        };
        let rows = named(&self.columns, screen.read_table(&table).await?);
        Ok(Rows { count: rows.len(), rows })
    }
}
