//! `excel.read`: a table out of a workbook.

use super::{
    faults,
    table_rows::{list, table},
};
use crate::{
    drivers::{
        excel::{CellType, Column, HiddenChoice, Wanted},
        readers::ReaderPool,
    },
    form::Forms,
    step::{Action, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, num::NonZeroU32};

/// The workbook, the sheet, the columns.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcelRead {
    /// 読み込むファイル（.xlsx .xls .ods、庁のフォルダーからの相対パス）。
    file: String,
    /// シートの名前。書かなければ、Excel で見えている最初のシートです（非表示のシートとグラフだけのシートは飛ばします）。
    sheet: Option<String>,
    /// 見出しのある行（1から数えます）。書かなければ1行目です。
    header_row: Option<NonZeroU32>,
    /// 読む列。見出しが二段なら「異動前/住所」のように書けます。型が text、date、wareki の列では、上下に結合したセルの文字と日付は、結合したどの行の値にもなります。数と時間は、二重に数えないよう、いちばん上の行だけの値になります。エラーのセル（#N/A など）、型が date か wareki の列にある日付でない値（「－」などの線だけのセルは除きます）、型が integer の列にある小数は、値にせず、セルの位置を示して止まります。表示形式（0000、000-0000 など）が付けるゼロは、型が text、date、wareki の列では見えるとおりに読みます（.xlsx と .xls）。
    #[serde(default)]
    columns: Vec<ColumnArg>,
    /// 表の外の一つのセル（名前: 位置。例: 職員番号: C3）。
    #[serde(default)]
    cells: BTreeMap<String, String>,
    /// 表の終わりの行の、いちばん左の言葉（例: 月計）。この行から下は読みません。
    until: Option<String>,
    /// 非表示の行（絞り込みで隠れた行も）をどうするか。read は読み、skip は飛ばします。書かなければ、隠れた行のある表は読まずに、その行数を示して止まります。
    hidden_rows: Option<HiddenChoice>,
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
    /// なくてもよい列か。見出しがない表では、値はどの行も空になります。
    #[serde(default)]
    optional: bool,
}

impl Action for ExcelRead {
    const NAME: &'static str = "excel.read";
    const SUMMARY: &'static str = "Excel ファイルの表を読み込みます。";
    const EXAMPLE: &'static str = "file: 受付/名簿.xlsx\nheader_row: 3\ncolumns:\n  - { title: 宛名番号 }\n  \
        - { title: 生年月日, type: date }\n  - { title: 金額, type: money }\n";
    const EFFECT: Effect = Effect::Read;
    /// `rows`, the lines from top to bottom, and `cells`, the single cells by name.
    type Output = Value;

    fn shape(&self, _forms: &Forms) -> Shape {
        let line = Shape::map(self.columns.iter().map(|c| (c.title.as_str(), shape_of(c.kind))));
        let cells = Shape::map(self.cells.keys().map(|name| (name.as_str(), Shape::Text)));
        Shape::map([("rows", Shape::list(line)), ("cells", cells)])
    }

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let at = faults::existing(cx, &self.file)?;
        let column = |c: &ColumnArg| Column {
            title: c.title.clone(),
            kind: c.kind,
            optional: c.optional,
            ..Column::default()
        };
        let columns = self.columns.iter().map(column).collect();
        let wanted = Wanted {
            sheet: self.sheet.clone(),
            header: self.header_row.map_or(1, NonZeroU32::get),
            columns,
            cells: self.cells.iter().map(|(name, at)| (name.clone(), at.clone())).collect(),
            until: self.until.clone(),
            hidden: self.hidden_rows,
        };
        let read = cx.driver::<ReaderPool>()?.read_table(&at, wanted).await;
        let read = read.map_err(|why| faults::unread(&self.file, &why))??;
        Ok(table([("rows", list(read.rows)), ("cells", Value::Object(read.cells))]))
    }
}

/// What a column holds: only text where every cell is read as text. A column of numbers keeps as text what is none.
fn shape_of(kind: CellType) -> Shape {
    match kind {
        CellType::Text | CellType::Date | CellType::Wareki => Shape::Text,
        CellType::Integer | CellType::Money | CellType::Decimal | CellType::Counter => Shape::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::bench, *};
    use crate::expr::infer;
    use serde_json::json;

    #[test]
    fn nobody_calculates_with_a_column_of_text() {
        let columns = json!([{"title": "単価"}, {"title": "締切", "type": "date"}, {"title": "数量", "type": "integer"}]);
        let with = json!({"file": "注文.xlsx", "columns": columns, "cells": {"税率": "B1"}});
        let table = bench::action::<ExcelRead>(with).shape(&Forms::new());
        let names = |name: &str| (name == "表").then(|| table.clone());
        let faults = |text: &str| infer(text, &names).1.len();
        for bad in ["表.rows[0].単価 * 2", "表.rows[0].単価 + 1", "表.rows[0].締切 - 1", "表.cells.税率 * 2"]
        {
            assert_eq!(faults(bad), 1, "{bad}");
        }
        for good in ["(表.rows[0].単価 | int) * 2", "表.rows[0].数量 * 2", "表.rows[0].締切 | wareki"]
        {
            assert_eq!(faults(good), 0, "{good}");
        }
    }
}
