//! `excel.write`: a ledger as a workbook.

use super::faults;
use crate::{
    drivers::excel::{Cell, CellType, Column, Ledger, LedgerSheet, figures},
    form::Forms,
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The workbook, its first sheet, and further sheets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcelWrite {
    /// 書き出すファイル（庁のフォルダーからの相対パス、.xlsx）。前の実行や職員が書いたものは、同じ場所の「前の版」フォルダーに、新しい20個まで残ります。
    file: String,
    /// 表の上に置く題名。
    title: String,
    /// シートの名前。書かなければ題名です。
    #[serde(default)]
    sheet: String,
    /// 題名の下に小さく置く文。
    #[serde(default)]
    note: String,
    /// 列。
    columns: Vec<ColumnArg>,
    /// 行の一覧。列の見出しを名前とする値の組です。
    rows: Arg<Vec<Map<String, Value>>>,
    /// Word の差し込み印刷に使うシートか。題名と作成日を書かず、見出しを1行目に置きます。
    #[serde(default)]
    mail_merge: bool,
    /// 二枚目以降のシート。
    #[serde(default)]
    sheets: Vec<SheetArg>,
}

/// One column.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ColumnArg {
    /// 見出し。
    title: String,
    /// 値の型。書かなければ text です。
    #[serde(rename = "type", default)]
    kind: CellType,
    /// 行のどの値か（例: 確認.届出日）。書かなければ見出しと同じ名前の値です。
    from: Option<String>,
    /// 幅の上限（半角文字数）。書かなければ中身と用紙に合わせます。
    width: Option<f64>,
    /// 式（例: "[時間]*[1時間当たり]"）。[ ] は同じ行の、その見出しの値です。行の値は、開いて再計算されるまでの値になります。行に値がなければ、再計算されるまで空です。
    formula: Option<String>,
    /// 表の下に合計を置くか。「△300」「９００円」のような値は数として足します。数でない値（「未定」など）がある行は合計から漏れるため、書き出さずに知らせます。空の値はかまいません。
    #[serde(default)]
    total: bool,
}

/// A further sheet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SheetArg {
    /// シートの名前。
    name: String,
    /// 表の上に置く題名。
    title: String,
    /// 題名の下に小さく置く文。
    #[serde(default)]
    note: String,
    /// 列。
    columns: Vec<ColumnArg>,
    /// 行の一覧。
    rows: Arg<Vec<Map<String, Value>>>,
    /// この名前の値ごとに一枚のシートにする（例: 職員番号）。シートの名前の後ろに値が付きます。シートの名前に使えない文字は除き、長ければ切り、同じ名前になれば番号を付けます。
    per: Option<String>,
    /// Word の差し込み印刷に使うシートか。題名と作成日を書かず、見出しを1行目に置きます。
    #[serde(default)]
    mail_merge: bool,
}

/// What was written.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The file, from the office folder.
    file: String,
    /// The lines of the first sheet.
    rows: usize,
    /// Where what stood in the file before lies now, from the office folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    former: Option<String>,
}

impl Action for ExcelWrite {
    const NAME: &'static str = "excel.write";
    const SUMMARY: &'static str = "一覧を、印刷できる体裁の Excel ファイルに書き出します。";
    const EXAMPLE: &'static str = "file: 出力/発送簿_${{ run.date }}.xlsx\ntitle: 住民異動届受理通知 発送簿\ncolumns:\n  \
        - { title: 番号, type: counter }\n  - { title: 届出日, type: date, from: 確認.届出日 }\n  \
        - { title: 宛名番号, from: 照会.宛名番号 }\nrows: ${{ items.done }}\n";
    const EFFECT: Effect = Effect::Repeatable;
    type Output = Written;

    fn shape(&self, _forms: &Forms) -> Shape {
        Shape::map([("file", Shape::Text), ("rows", Shape::Number)])
    }

    async fn run(&self, cx: &StepContext) -> Result<Written, Failure> {
        if !self.file.to_lowercase().ends_with(".xlsx") {
            return Err(Failure::stop(
                "SHK0610",
                format!("「{}」の末尾を .xlsx にしてください。", self.file),
            ));
        }
        let at = faults::place(cx, &self.file)?;
        let rows = self.rows.get().len();
        let ledger = Ledger { sheets: self.all_sheets(), made: cx.clock.local() };
        let former = faults::write_over(cx, &self.file, at, move || Ok(ledger.bytes()?)).await?;
        Ok(Written { file: self.file.clone(), rows, former })
    }
}

impl ExcelWrite {
    fn all_sheets(&self) -> Vec<LedgerSheet> {
        let first = sheet(&self.sheet, &self.title, &self.note, &self.columns, self.rows.get());
        let first = LedgerSheet { mail_merge: self.mail_merge, ..first };
        let others = self.sheets.iter().flat_map(SheetArg::all);
        [first].into_iter().chain(others).collect()
    }
}

impl SheetArg {
    /// The sheet, or one for each value by which it is divided, in the order in which the values first appear.
    fn all(&self) -> Vec<LedgerSheet> {
        let Some(per) = &self.per else {
            let whole = sheet(&self.name, &self.title, &self.note, &self.columns, self.rows.get());
            return vec![LedgerSheet { mail_merge: self.mail_merge, ..whole }];
        };
        let mut parts: Vec<(String, Vec<&Map<String, Value>>)> = Vec::new();
        let mut places = HashMap::new();
        for row in self.rows.get() {
            let value = look_up(row, per).map_or_else(String::new, plain);
            let at = *places.entry(value).or_insert_with_key(|value| {
                parts.push((value.clone(), Vec::new()));
                parts.len() - 1
            });
            parts[at].1.push(row);
        }
        let one = |(value, rows): (String, Vec<_>)| {
            let title = format!("{}　{value}", self.title);
            let divided = sheet(&self.name, &title, &self.note, &self.columns, rows);
            LedgerSheet { mail_merge: self.mail_merge, part: Some(value), ..divided }
        };
        parts.into_iter().map(one).collect()
    }
}

/// A value as it stands in the title of a sheet.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => figures(number),
        other => other.to_string(),
    }
}

fn sheet<'a>(
    name: &str,
    title: &str,
    note: &str,
    columns: &[ColumnArg],
    rows: impl IntoIterator<Item = &'a Map<String, Value>>,
) -> LedgerSheet {
    let column = |c: &ColumnArg| Column {
        title: c.title.clone(),
        kind: c.kind,
        width: c.width,
        formula: c.formula.clone(),
        total: c.total,
        optional: false,
    };
    LedgerSheet {
        name: name.to_owned(),
        part: None,
        title: title.to_owned(),
        note: note.to_owned(),
        columns: columns.iter().map(column).collect(),
        rows: (1..).zip(rows).map(|(n, row)| line(columns, n, row)).collect(),
        mail_merge: false,
    }
}

/// The cells of one row (from 1).
fn line(columns: &[ColumnArg], n: i64, row: &Map<String, Value>) -> Vec<Cell> {
    let value = |c: &ColumnArg| look_up(row, c.from.as_deref().unwrap_or(&c.title));
    columns.iter().map(|c| Cell::of(value(c).unwrap_or(&Value::Null), c.kind, n)).collect()
}

/// The value under a name, or under a path of names with dots between.
fn look_up<'a>(row: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    row.get(path).or_else(|| {
        let (first, rest) = path.split_once('.')?;
        look_up(row.get(first)?.as_object()?, rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_sheet_for_each_value_is_named_without_the_noise_of_a_calculation() {
        assert_eq!([json!(3.0), json!(3), json!("3"), json!(2.5)].map(|v| plain(&v)), ["3", "3", "3", "2.5"]);
    }

    #[test]
    fn a_column_takes_its_value_from_where_it_says() {
        let row = json!({"確認": {"届出日": "2026-04-01", "異動": {"区分": "転入"}}, "氏.名": "林"});
        let row = row.as_object().expect("a map");
        assert_eq!(look_up(row, "確認.異動.区分"), Some(&json!("転入")));
        assert_eq!(look_up(row, "氏.名"), Some(&json!("林")));
        assert_eq!(look_up(row, "確認.ない.区分"), None);
    }
}
