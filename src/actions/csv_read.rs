//! `csv.read`: a list out of a CSV file.

use super::{
    csv_lines::csv_lines,
    faults,
    table_rows::{Line, list, table},
};
use crate::{
    drivers::{
        csv::{Encoding, even},
        readers::ReaderPool,
    },
    form::Forms,
    step::{Action, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// The file, its encoding, its columns.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CsvRead {
    /// 読み込むファイル（庁のフォルダーからの相対パス）。
    file: String,
    /// 文字コード。
    encoding: Encoding,
    /// 読む列の見出し。見出しの行がないファイルでは、左からの列の名前です。
    columns: Vec<String>,
    /// 見出しの行があるか。書かなければ true です。
    #[serde(default = "yes")]
    header: bool,
}

const fn yes() -> bool {
    true
}

impl Action for CsvRead {
    const NAME: &'static str = "csv.read";
    const SUMMARY: &'static str =
        "宣言した文字コードの CSV ファイルを読み込みます。値はすべて文字のままです。";
    const EXAMPLE: &'static str = "file: 受付/名簿.csv\nencoding: cp932\ncolumns: [宛名番号, 氏名]\n";
    const EFFECT: Effect = Effect::Read;
    /// `rows`: the lines from top to bottom; text, every value.
    type Output = Value;

    fn shape(&self, _forms: &Forms) -> Shape {
        let line = Shape::map(self.columns.iter().map(|c| (c.as_str(), Shape::Text)));
        Shape::map([("rows", Shape::list(line))])
    }

    async fn run(&self, cx: &StepContext) -> Result<Value, Failure> {
        let at = faults::existing(cx, &self.file)?;
        let pool = cx.driver::<ReaderPool>()?;
        let lines = csv_lines(&pool, &at, self.encoding).await??;
        Ok(table([("rows", list(self.rows(even(lines)?)?))]))
    }
}

impl CsvRead {
    fn rows(&self, lines: Vec<Vec<String>>) -> Result<Vec<Line>, Failure> {
        let places = self.places(lines.first())?;
        let row = |line: Vec<String>| {
            let value = |at: &usize| line.get(*at).map_or(Value::Null, |v| Value::String(v.clone()));
            self.columns.iter().zip(&places).map(|(c, at)| (c.clone(), value(at))).collect()
        };
        Ok(lines.into_iter().skip(usize::from(self.header)).map(row).collect())
    }

    /// The place of each column in a line.
    fn places(&self, first: Option<&Vec<String>>) -> Result<Vec<usize>, Failure> {
        if !self.header {
            return Ok((0..self.columns.len()).collect());
        }
        let titles = first.ok_or_else(|| Failure::stop("SHK0607", format!("「{}」は空です。", self.file)))?;
        let missing =
            |c: &str| Failure::stop("SHK0607", format!("「{}」に見出し「{c}」がありません。", self.file));
        let twice = |c: &str| {
            Failure::stop("SHK0607", format!("「{}」の見出し「{c}」が二列以上にあります。", self.file))
        };
        let place = |c: &String| {
            let mut found = titles.iter().enumerate().filter(|(_, t)| t.trim() == c).map(|(at, _)| at);
            let first = found.next().ok_or_else(|| missing(c))?;
            if found.next().is_none() { Ok(first) } else { Err(twice(c)) }
        };
        self.columns.iter().map(place).collect()
    }
}
