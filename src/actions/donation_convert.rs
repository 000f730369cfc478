//! `donation.convert`: a portal's CSV of furusato-tax donations into the file that a management system imports.

use super::{
    donation_read::{fresh, no_master},
    faults,
};
use crate::{
    drivers::{
        csv::{CsvStyle, Encoding, Newline, csv_bytes},
        files,
    },
    form::Forms,
    rules::furusato::{Donation, DonationColumn, Note},
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The portal's file, the master of purposes, the file to import.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DonationConvert {
    /// ポータルの CSV ファイル（`Shift_JIS`、庁のフォルダーからの相対パス）。
    file: Arg<String>,
    /// 使い道のマスター。書くと、ないものを一覧にし、取込用のファイルは書きません。マスターは書き換えません。
    #[serde(default = "no_master")]
    purposes: Arg<BTreeSet<String>>,
    /// これまでに取り込んだファイルのフォルダー（なくてもかまいません）。書くと、そこで入金済みの寄附を、入金日のない古い行で未入金に戻しません。
    taken: Option<String>,
    /// 書き出す取込用のファイル（庁のフォルダーからの相対パス）。
    to: String,
    /// 書き出す文字コード。
    encoding: Encoding,
    /// 書き出す列: 受付番号・申込日・入金日・寄附者氏名・フリガナ・郵便番号・住所・電話番号・メール・寄附金額・返礼品コード・使い道・応援メッセージ・ワンストップ・受領証明書から選びます。
    columns: Vec<DonationColumn>,
}

/// What was read and written; no donor is in it.
#[derive(Debug, Serialize)]
pub struct Converted {
    /// The file to import, from the office folder; none where a purpose is unknown: nothing is written then.
    file: Option<String>,
    /// The donations in it.
    rows: usize,
    /// The lines below the titles.
    lines: usize,
    /// Lines for a person.
    faults: Vec<Note>,
    /// Lines that were mended or left out.
    notes: Vec<Note>,
    /// Lines left out because a file taken before says more.
    older: usize,
    /// Purposes to add to the master, by a person.
    unknown_purposes: BTreeSet<String>,
}

impl Action for DonationConvert {
    const NAME: &'static str = "donation.convert";
    const SUMMARY: &'static str = "ふるさと納税ポータルの CSV を確かめ、管理システムの取込用の CSV に直します。寄附者の情報は、実行の記録を通りません。";
    const EXAMPLE: &'static str = "file: 受付/ポータル.csv\npurposes: [子育て, 防災]\nto: 出力/取込用.csv\nencoding: cp932\ncolumns: [受付番号, 入金日, 寄附者氏名, 寄附金額, 使い道]\n";
    const EFFECT: Effect = Effect::Repeatable;
    type Output = Converted;

    fn shape(&self, _forms: &Forms) -> Shape {
        let lists = ["faults", "notes", "unknown_purposes"].map(|name| (name, Shape::list(Shape::Any)));
        let numbers = ["rows", "lines", "older"].map(|name| (name, Shape::Number));
        Shape::map([("file", Shape::Text)].into_iter().chain(lists).chain(numbers))
    }

    async fn run(&self, cx: &StepContext) -> Result<Converted, Failure> {
        let at = faults::existing(cx, self.file.get())?;
        let to = faults::place(cx, &self.to)?;
        let (file, purposes) = (self.file.get().clone(), self.purposes.get().clone());
        let taken = self.taken.as_ref().map(|folder| faults::place(cx, folder)).transpose()?;
        let (encoding, columns, shown) = (self.encoding, self.columns.clone(), self.to.clone());
        faults::beside(move || {
            let (portal, older) = fresh(&at, &file, &purposes, taken.as_deref())?;
            let good = portal.unknown_purposes.is_empty();
            if good {
                files::write_whole(&to, &import_file(encoding, &columns, &portal.donations)?)?;
            }
            Ok(Converted {
                file: good.then_some(shown),
                rows: portal.donations.len(),
                lines: portal.lines,
                faults: portal.faults,
                notes: portal.notes,
                older,
                unknown_purposes: portal.unknown_purposes,
            })
        })
        .await
    }
}

fn import_file(
    encoding: Encoding,
    columns: &[DonationColumn],
    donations: &[Donation],
) -> Result<Vec<u8>, Failure> {
    let style = CsvStyle { encoding, newline: Newline::Crlf, quote_all: false, substitutes: BTreeMap::new() };
    let titles = columns.iter().map(|c| c.title().into()).collect();
    let lines = donations.iter().map(|d| columns.iter().map(|c| d.shown(*c)).collect());
    Ok(csv_bytes::<Vec<_>>(&style, std::iter::once(titles).chain(lines))?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{super::bench, *};
    use crate::text::cp932;
    use serde_json::{Value, json};
    use std::{fs, path::Path};

    async fn convert(dir: &Path, purposes: Value) -> Converted {
        let with = json!({"file": "p.csv", "purposes": purposes, "to": "取込.csv", "encoding": "cp932",
            "columns": ["受付番号", "入金日", "寄附者氏名", "寄附金額", "ワンストップ", "受領証明書", "応援メッセージ"]});
        bench::action::<DonationConvert>(with).run(&bench::context(dir)).await.unwrap()
    }

    fn portal(dir: &Path) {
        let text = "受付番号,入金日,寄附者氏名,寄附金額,使い道,ワンストップ,応援メッセージ\r\n\
            =\"0012\",2025/12/01 9:00,髙橋 一郎,\"10,000円\",防災,希望する,\"一,二\"\r\n0013,,森 昌子,5000,子育て,不要,\r\n";
        fs::write(dir.join("p.csv"), cp932::encode(text).unwrap()).unwrap();
    }

    #[tokio::test]
    async fn donations_stand_in_the_columns_that_the_system_wants() {
        let dir = tempfile::tempdir().unwrap();
        portal(dir.path());
        let out = convert(dir.path(), json!(["防災", "子育て"])).await;
        let (lines, rows) = (out.lines, out.rows);
        assert_eq!((out.file.as_deref(), lines, rows, out.notes.len()), (Some("取込.csv"), 2, 2, 1));
        let written = cp932::decode(&fs::read(dir.path().join("取込.csv")).unwrap()).unwrap();
        let expected = "受付番号,入金日,寄附者氏名,寄附金額,ワンストップ,受領証明書,応援メッセージ\r\n\
            0012,2025-12-01,髙橋 一郎,10000,希望する,○,\"一,二\"\r\n0013,,森 昌子,5000,希望しない,,\r\n";
        assert_eq!(written, expected);
        assert!(!json!(out).to_string().contains("森"), "no donor in the record");
    }

    #[tokio::test]
    async fn with_an_unknown_purpose_nothing_is_written() {
        let dir = tempfile::tempdir().unwrap();
        portal(dir.path());
        let out = convert(dir.path(), json!(["防災"])).await;
        assert_eq!((out.file, out.unknown_purposes), (None, BTreeSet::from(["子育て".to_owned()])));
        assert!(!dir.path().join("取込.csv").exists());
    }

    #[test]
    fn a_column_that_no_donation_has_is_found_at_load() {
        let with = json!({"file": "p.csv", "to": "t.csv", "encoding": "cp932", "columns": ["氏 名"]});
        assert!(serde_json::from_value::<DonationConvert>(with).is_err());
    }
}
