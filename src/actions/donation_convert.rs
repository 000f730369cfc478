//! `donation.convert`: a portal's CSV of furusato-tax donations into the file that a management system imports.

use super::{
    donation_read::{PortalDesk, no_master},
    faults,
};
use crate::{
    drivers::{
        csv::{CsvStyle, Encoding, Newline, csv_bytes},
        files,
        readers::ReaderPool,
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
        let taken = self.taken.as_ref().map(|folder| faults::place(cx, folder)).transpose()?;
        let desk = PortalDesk { pool: cx.driver::<ReaderPool>()? };
        let (portal, older) = desk.fresh(&at, self.file.get(), self.purposes.get(), taken.as_deref()).await?;
        let (encoding, columns, shown) = (self.encoding, self.columns.clone(), self.to.clone());
        faults::beside(move || {
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
