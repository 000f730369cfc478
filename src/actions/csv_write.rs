//! `csv.write`: a list as a CSV file.

use super::faults;
use crate::{
    drivers::{
        csv::{CsvStyle, Encoding, Newline, csv_bytes},
        excel,
    },
    form::Forms,
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::BTreeMap};

/// The file, its form and its lines.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CsvWrite {
    /// 書き出すファイル（庁のフォルダーからの相対パス）。前の実行や職員が書いたものは、同じ場所の「前の版」フォルダーに、新しい20個まで残ります。
    file: String,
    /// 文字コード。
    encoding: Encoding,
    /// 改行。書かなければ crlf です。
    #[serde(default)]
    newline: Newline,
    /// 列の見出し。行の値の名前でもあります。
    columns: Vec<String>,
    /// 行の一覧。
    rows: Arg<Vec<Map<String, Value>>>,
    /// 見出しの行を書くか。書かなければ true です。
    #[serde(default = "yes")]
    header: bool,
    /// すべての値を引用符で囲むか。
    #[serde(default)]
    quote_all: bool,
    /// 文字コードにない文字の置き換え（例: { 𠮷: 吉 }）。
    #[serde(default)]
    substitutes: BTreeMap<String, String>,
}

const fn yes() -> bool {
    true
}

/// What was written.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct WrittenCsv {
    /// The file, from the office folder.
    file: String,
    /// The lines without the titles.
    rows: usize,
    /// Where what stood in the file before lies now, from the office folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    former: Option<String>,
}

impl Action for CsvWrite {
    const NAME: &'static str = "csv.write";
    const SUMMARY: &'static str = "一覧を、宣言した文字コードの CSV ファイルに書き出します。";
    const EXAMPLE: &'static str = "file: 出力/取込用.csv\nencoding: cp932\ncolumns: [宛名番号, 氏名]\nrows: ${{ items.done }}\nsubstitutes: { 𠮷: 吉 }\n";
    const EFFECT: Effect = Effect::Repeatable;
    type Output = WrittenCsv;

    fn shape(&self, _forms: &Forms) -> Shape {
        Shape::map([("file", Shape::Text), ("rows", Shape::Number)])
    }

    async fn run(&self, cx: &StepContext) -> Result<WrittenCsv, Failure> {
        let at = faults::place(cx, &self.file)?;
        let bytes = csv_bytes(&self.style()?, self.lines())?;
        let former = faults::write_over(cx, &self.file, at, || Ok(bytes)).await?;
        Ok(WrittenCsv { file: self.file.clone(), rows: self.rows.get().len(), former })
    }
}

impl CsvWrite {
    fn style(&self) -> Result<CsvStyle, Failure> {
        let mut substitutes = BTreeMap::new();
        for (from, to) in &self.substitutes {
            let mut chars = from.chars();
            let (Some(c), None) = (chars.next(), chars.next()) else {
                return Err(Failure::stop("SHK0608", "substitutes の左側には文字を一つだけ書いてください。"));
            };
            substitutes.insert(c, to.clone());
        }
        Ok(CsvStyle {
            encoding: self.encoding,
            newline: self.newline,
            quote_all: self.quote_all,
            substitutes,
        })
    }

    fn lines<'a>(&'a self) -> impl Iterator<Item = Vec<Cow<'a, str>>> {
        let titles = self.header.then(|| self.columns.iter().map(Cow::from).collect());
        let line = |row: &'a Map<String, Value>| self.columns.iter().map(|c| plain(row.get(c))).collect();
        titles.into_iter().chain(self.rows.get().iter().map(line))
    }
}

/// Text without its quotes, nothing for null, numbers as a person writes them, anything else as JSON.
fn plain(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => "".into(),
        Some(Value::String(text)) => text.into(),
        Some(Value::Number(number)) => excel::figures(number).into(),
        Some(other) => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::bench, *};
    use serde_json::json;

    #[test]
    fn a_whole_number_out_of_a_calculation_has_no_decimals() {
        let row =
            json!({"額": 7.5 * 2000.0, "時間": 7.5, "差": -0.0, "人数": 15, "番号": "015.0", "印": true});
        let columns = json!(["額", "時間", "差", "人数", "番号", "印", "ない"]);
        let with = json!({"file": "取込.csv", "encoding": "utf-8", "columns": columns, "rows": [row], "header": false});
        let action = bench::action::<CsvWrite>(with);
        let lines: Vec<_> = action.lines().collect();
        assert_eq!(lines, [["15000", "7.5", "0", "15", "015.0", "true", ""]]);
    }
}
