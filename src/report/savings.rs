//! 効果: what was saved, by scenario and month: minutes by hand, by the machine, by the people who check. Measured, not claimed:
//! the machine's and the people's minutes are what they took; the minutes by hand are what the scenario says that one case
//! took, with the note on how that was measured.

use crate::store::{Store, StoreError};
use rust_xlsxwriter::{Chart, ChartType, Format, Workbook, Worksheet, XlsxError};
use std::collections::{BTreeMap, BTreeSet};

/// What one case takes by hand, as the scenario says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ByHand {
    /// What people call the scenario.
    pub title: String,
    /// Minutes; none: nobody measured it.
    pub minutes: Option<f64>,
    /// When and how it was measured.
    pub note: Option<String>,
}

/// One scenario in one month.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The scenario.
    pub scenario: String,
    /// What people call it.
    pub title: String,
    /// `2026-11`.
    pub month: String,
    /// Cases that are done.
    pub done: u32,
    /// Minutes they would have taken by hand; none: nobody measured that.
    pub by_hand: Option<f64>,
    /// Minutes in which the machine worked.
    pub machine: f64,
    /// Minutes in which people checked readings.
    pub checking: f64,
    /// Fields they confirmed.
    pub fields: u32,
    /// Of them changed.
    pub changed: u32,
    /// How the minutes by hand were measured.
    pub note: Option<String>,
}

impl Saved {
    /// Minutes of people that were saved: by hand, less those of checking. The machine's are nobody's.
    #[must_use]
    pub fn saved(&self) -> Option<f64> {
        self.by_hand.map(|by_hand| by_hand - self.checking)
    }
}

/// All scenarios and months.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Savings {
    /// The newest month first, then by title.
    pub lines: Vec<Saved>,
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a month are far below 2^52")]
fn minutes(ms: u64) -> f64 {
    ms as f64 / 60_000.0
}

impl Savings {
    /// Adds up what is on record.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of(store: &Store, known: &BTreeMap<String, ByHand>) -> Result<Self, StoreError> {
        let (worked, spent) = (store.worked().await?, store.spent().await?);
        let keys: BTreeSet<(&str, &str)> = worked
            .iter()
            .map(|w| (w.scenario.as_str(), w.month.as_str()))
            .chain(spent.iter().map(|s| (s.scenario.as_str(), s.month.as_str())))
            .collect();
        let line = |(scenario, month): (&str, &str)| {
            let worked = worked.iter().find(|w| w.scenario == scenario && w.month == month);
            let spent = spent.iter().find(|s| s.scenario == scenario && s.month == month);
            let (done, hand) = (worked.map_or(0, |w| w.done), known.get(scenario));
            Saved {
                scenario: scenario.to_owned(),
                title: hand.map_or_else(|| scenario.to_owned(), |h| h.title.clone()),
                month: month.to_owned(),
                done,
                by_hand: hand.and_then(|h| h.minutes).map(|each| each * f64::from(done)),
                machine: minutes(worked.map_or(0, |w| w.ms)),
                checking: minutes(spent.map_or(0, |s| s.ms)),
                fields: spent.map_or(0, |s| s.fields),
                changed: spent.map_or(0, |s| s.changed),
                note: hand.and_then(|h| h.note.clone()),
            }
        };
        let mut lines: Vec<Saved> = keys.into_iter().map(line).collect();
        lines.sort_by(|a, b| b.month.cmp(&a.month).then_with(|| a.title.cmp(&b.title)));
        Ok(Self { lines })
    }

    /// Months with their minutes by hand, by machine, of checking; the oldest first.
    #[must_use]
    pub fn months(&self) -> Vec<(String, [f64; 3])> {
        let mut months: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
        for line in &self.lines {
            let sum = months.entry(&line.month).or_default();
            sum[0] += line.by_hand.unwrap_or(0.0);
            sum[1] += line.machine;
            sum[2] += line.checking;
        }
        months.into_iter().map(|(month, sums)| (month.to_owned(), sums)).collect()
    }

    /// The workbook: every line with its numbers, months with a chart, and how it was measured.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let bold = Format::new().set_bold();
        self.write_lines(book.add_worksheet(), &bold)?;
        self.write_months(book.add_worksheet(), &bold)?;
        write_how(book.add_worksheet())?;
        book.save_to_buffer()
    }

    fn write_lines(&self, sheet: &mut Worksheet, bold: &Format) -> Result<(), XlsxError> {
        const HEADS: [&str; 10] = [
            "月",
            "業務",
            "完了件数",
            "手作業なら（分）",
            "書記（分）",
            "確認（分）",
            "減った時間（分）",
            "確認した項目",
            "うち訂正",
            "手作業の時間の測り方",
        ];
        sheet.set_name("効果")?;
        heads(sheet, bold, &HEADS)?;
        let number = Format::new().set_num_format("#,##0.0");
        for (row, line) in (1..).zip(&self.lines) {
            sheet.write_string(row, 0, &line.month)?;
            sheet.write_string(row, 1, &line.title)?;
            sheet.write_number(row, 2, line.done)?;
            let times = [line.by_hand, Some(line.machine), Some(line.checking), line.saved()];
            for (column, time) in (3..).zip(times) {
                if let Some(time) = time {
                    sheet.write_number_with_format(row, column, time, &number)?;
                }
            }
            sheet.write_number(row, 7, line.fields)?;
            sheet.write_number(row, 8, line.changed)?;
            sheet.write_string(row, 9, line.note.as_deref().unwrap_or_default())?;
        }
        sheet.autofit();
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        Ok(())
    }

    fn write_months(&self, sheet: &mut Worksheet, bold: &Format) -> Result<(), XlsxError> {
        sheet.set_name("月別")?;
        heads(sheet, bold, &["月", "手作業なら（分）", "書記（分）", "確認（分）"])?;
        let number = Format::new().set_num_format("#,##0.0");
        let months = self.months();
        for (row, (month, sums)) in (1..).zip(&months) {
            sheet.write_string(row, 0, month)?;
            for (column, sum) in (1..).zip(sums) {
                sheet.write_number_with_format(row, column, *sum, &number)?;
            }
        }
        sheet.autofit();
        let last = u32::try_from(months.len()).unwrap_or(u32::MAX);
        if last > 0 {
            let mut chart = Chart::new(ChartType::Column);
            chart.title().set_name("月ごとの時間（分）");
            for column in 1..=3_u16 {
                let series = chart.add_series();
                series.set_name(("月別", 0, column)).set_categories(("月別", 1, 0, last, 0));
                series.set_values(("月別", 1, column, last, column));
            }
            sheet.insert_chart(1, 5, &chart)?;
        }
        Ok(())
    }
}

fn heads(sheet: &mut Worksheet, bold: &Format, texts: &[&str]) -> Result<(), XlsxError> {
    for (column, text) in (0..).zip(texts) {
        sheet.write_string_with_format(0, column, *text, bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// How each number was measured, for the page and the workbook.
pub const HOW: [(&str, &str); 4] = [
    (
        "手作業なら",
        "完了した件数に、シナリオの saves.minutes_by_hand（1件を手で処理した時間。測り方はその note）を掛けた値です。書かれていないシナリオは空欄です。",
    ),
    ("書記", "実行が動いていた時間です。職員を待っていた時間、停電や停止の時間は含みません。"),
    ("確認", "職員が確認画面で各項目に使った時間の合計です。1分を超える操作のない時間は数えません。"),
    ("減った時間", "「手作業なら」から「確認」を引いた値です。書記の時間は人の時間ではないので引きません。"),
];

fn write_how(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("測り方")?;
    for (row, (what, how)) in (0..).zip(HOW) {
        sheet.write_string(row, 0, what)?;
        sheet.write_string(row, 1, how)?;
    }
    sheet.autofit();
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use calamine::{Data, Reader, Xlsx};

    fn saved(month: &str, by_hand: Option<f64>, checking: f64) -> Saved {
        Saved {
            scenario: "ido".into(),
            title: "住民異動届".into(),
            month: month.into(),
            done: 40,
            by_hand,
            machine: 12.5,
            checking,
            fields: 9,
            changed: 2,
            note: Some("2026年4月に20件を計測".into()),
        }
    }

    #[test]
    fn what_is_saved_is_time_of_people() {
        assert_eq!(saved("2026-11", Some(120.0), 20.0).saved(), Some(100.0));
        assert_eq!(saved("2026-11", None, 20.0).saved(), None, "nobody measured it, so nobody claims it");
    }

    #[test]
    fn the_workbook_holds_the_same_numbers() {
        let savings =
            Savings { lines: vec![saved("2026-11", Some(120.0), 20.0), saved("2026-10", None, 5.0)] };
        assert_eq!(savings.months()[1], ("2026-11".into(), [120.0, 12.5, 20.0]));
        let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(savings.workbook().unwrap())).unwrap();
        let sheet = book.worksheet_range("効果").unwrap();
        assert_eq!(sheet.get_value((1, 6)), Some(&Data::Float(100.0)));
        assert_eq!(sheet.get_value((2, 6)).filter(|c| **c != Data::Empty), None);
        let months = book.worksheet_range("月別").unwrap();
        assert_eq!(months.get_value((2, 1)), Some(&Data::Float(120.0)));
    }
}
