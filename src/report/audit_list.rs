//! What an auditor wants to look through without reading the log: runs, acts of people, people, as a workbook.

use crate::audit::{Entry, Event, Value};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use std::collections::BTreeMap;

/// The most rows of a sheet; what is beyond is said in the last one.
const MOST: u32 = 1_000_000;

/// A run as the log tells it.
#[derive(Default)]
struct RunLine {
    scenario: String,
    version: String,
    began: String,
    ended: String,
    status: String,
    counts: [Option<u64>; 6],
    /// Cases that were taken in.
    opened: u64,
    acts: u64,
}

impl RunLine {
    /// What was taken in less what became of it: nothing, when every case is accounted for. None while a run has no end.
    fn difference(&self) -> Option<i64> {
        let settled = self.counts.iter().copied().collect::<Option<Vec<u64>>>();
        let number = |n: u64| i64::try_from(n).ok();
        Some(number(self.opened)? - number(settled?.iter().sum())?)
    }
}

/// Something a person did.
struct Act {
    ts: String,
    seq: u64,
    who: String,
    what: String,
    run: String,
    item: String,
    step: String,
}

/// Collects entries in the order of the log.
#[derive(Default)]
pub struct AuditList {
    runs: BTreeMap<String, RunLine>,
    acts: Vec<Act>,
}

const COUNTS: [(&str, &str); 6] = [
    ("ok", "完了"),
    ("ng", "中止・失敗"),
    ("unknown", "実施不明"),
    ("skipped", "済みのため省略"),
    ("held", "保留"),
    ("waiting", "職員待ち"),
];

impl AuditList {
    /// Takes the next entry.
    pub fn add(&mut self, entry: &Entry) {
        let actor = entry.value().get("actor");
        let of_actor =
            |key| actor.and_then(|actor| actor.get(key)).and_then(Value::as_text).unwrap_or_default();
        let text = |key| entry.text(key).unwrap_or_default().to_owned();
        if let Some(run) = entry.text("run") {
            self.note(run, entry);
        }
        if of_actor("kind") == "user" {
            let (who, what) = (of_actor("id").to_owned(), entry.event().name().to_owned());
            let (run, item, step) = (text("run"), text("item"), text("step"));
            self.acts.push(Act { ts: text("ts"), seq: entry.seq(), who, what, run, item, step });
        }
    }

    fn note(&mut self, id: &str, entry: &Entry) {
        let run = self.runs.entry(id.to_owned()).or_default();
        let ts = entry.text("ts").unwrap_or_default();
        match entry.event() {
            Event::RunStart => {
                let scenario = entry.value().get("scn");
                let of = |key| scenario.and_then(|s| s.get(key));
                of("id").and_then(Value::as_text).unwrap_or_default().clone_into(&mut run.scenario);
                run.version = of("ver").and_then(Value::as_int).map(|v| v.to_string()).unwrap_or_default();
                if run.began.is_empty() {
                    ts.clone_into(&mut run.began);
                }
            }
            Event::RunEnd => {
                ts.clone_into(&mut run.ended);
                let res = entry.value().get("res");
                let of = |key| res.and_then(|r| r.get(key));
                of("status").and_then(Value::as_text).unwrap_or_default().clone_into(&mut run.status);
                run.counts = COUNTS.map(|(key, _)| of(key).and_then(Value::as_int));
            }
            Event::ItemOpen => run.opened += 1,
            Event::StepIntent => run.acts += 1,
            _ => {}
        }
    }

    /// The workbook.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let bold = Format::new().set_bold();
        self.write_runs(book.add_worksheet(), &bold)?;
        self.write_acts(book.add_worksheet(), &bold)?;
        self.write_people(book.add_worksheet(), &bold)?;
        book.save_to_buffer()
    }

    fn write_runs(&self, sheet: &mut Worksheet, bold: &Format) -> Result<(), XlsxError> {
        sheet.set_name("実行")?;
        let heads = ["実行", "シナリオ", "版", "開始", "終了", "結果"].into_iter();
        let heads = heads.chain(COUNTS.iter().map(|(_, label)| *label)).chain([
            "登録などの予告",
            "受付",
            "受付との差",
        ]);
        head(sheet, bold, heads)?;
        for (row, (id, run)) in (1..MOST).zip(&self.runs) {
            let texts = [id, &run.scenario, &run.version, &run.began, &run.ended, &run.status];
            for (column, text) in (0..).zip(texts) {
                sheet.write_string(row, column, text.as_str())?;
            }
            for (column, count) in
                (6..).zip(run.counts.iter().copied().chain([Some(run.acts), Some(run.opened)]))
            {
                if let Some(count) = count.and_then(|count| u32::try_from(count).ok()) {
                    sheet.write_number(row, column, f64::from(count))?;
                }
            }
            if let Some(difference) = run.difference().and_then(|n| i32::try_from(n).ok()) {
                sheet.write_number(row, 14, f64::from(difference))?;
            }
        }
        finish(sheet);
        Ok(())
    }

    fn write_acts(&self, sheet: &mut Worksheet, bold: &Format) -> Result<(), XlsxError> {
        sheet.set_name("操作")?;
        head(sheet, bold, ["日時(UTC)", "seq", "操作者", "操作", "実行", "件", "手順"].into_iter())?;
        for (row, act) in (1..MOST).zip(&self.acts) {
            let seq = act.seq.to_string();
            for (column, text) in
                (0..).zip([&act.ts, &seq, &act.who, &act.what, &act.run, &act.item, &act.step])
            {
                sheet.write_string(row, column, text.as_str())?;
            }
        }
        if self.acts.len() >= MOST as usize {
            sheet.write_string(MOST, 0, "これより後は、監査記録そのものを見てください。")?;
        }
        finish(sheet);
        Ok(())
    }

    fn write_people(&self, sheet: &mut Worksheet, bold: &Format) -> Result<(), XlsxError> {
        sheet.set_name("人")?;
        head(sheet, bold, ["操作者", "操作の数", "最初", "最後"].into_iter())?;
        let mut people: BTreeMap<&str, (u32, &str, &str)> = BTreeMap::new();
        for act in &self.acts {
            let person = people.entry(&act.who).or_insert((0, &act.ts, &act.ts));
            *person = (person.0 + 1, person.1.min(&act.ts), person.2.max(&act.ts));
        }
        for (row, (who, (count, first, last))) in (1..MOST).zip(people) {
            sheet.write_string(row, 0, who)?;
            sheet.write_number(row, 1, f64::from(count))?;
            sheet.write_string(row, 2, first)?;
            sheet.write_string(row, 3, last)?;
        }
        finish(sheet);
        Ok(())
    }

    /// How many runs, acts of people and people there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let people: std::collections::BTreeSet<&str> = self.acts.iter().map(|act| act.who.as_str()).collect();
        (self.runs.len(), self.acts.len(), people.len())
    }
}

fn head<'a>(
    sheet: &mut Worksheet,
    bold: &Format,
    heads: impl Iterator<Item = &'a str>,
) -> Result<(), XlsxError> {
    for (column, text) in (0..).zip(heads) {
        sheet.write_string_with_format(0, column, text, bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn finish(sheet: &mut Worksheet) {
    sheet.autofit();
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use calamine::{Data, Reader, Xlsx};
    use std::io::Cursor;

    #[test]
    fn what_was_taken_in_is_compared_with_what_became_of_it() {
        let run = "01JQZ8E0000000000000000001";
        let common = |seq: u64, ev: &str, rest: &str| {
            let actor = "\"actor\":{\"id\":\"shokid\",\"kind\":\"system\"},\"boot\":\"5f0c1a9e\"";
            format!(
                "{{{actor},\"ep\":1,\"ev\":\"{ev}\",{rest}\"mono\":1,\"run\":\"{run}\",\"seq\":{seq},\"ts\":\"2026-04-01T16:00:00.120Z\",\"v\":1}}"
            )
        };
        let mut list = AuditList::default();
        for seq in 0..5 {
            let line = common(seq, "item.open", &format!("\"item\":\"000{seq}\","));
            list.add(&Entry::parse(line.as_bytes()).unwrap());
        }
        let at = |list: &AuditList, column: u32| {
            let mut book: Xlsx<_> = Xlsx::new(Cursor::new(list.workbook().unwrap())).unwrap();
            book.worksheet_range("実行").unwrap().get_value((1, column)).cloned()
        };
        assert!(matches!(at(&list, 14), None | Some(Data::Empty)), "a run without an end has no difference");
        let counts = "\"res\":{\"held\":0,\"ng\":1,\"ok\":2,\"skipped\":1,\"status\":\"ng\",\"unknown\":0,\"waiting\":0},";
        let end = common(5, "run.end", "").replace("\"run\":", &format!("{counts}\"run\":"));
        list.add(&Entry::parse(end.as_bytes()).unwrap());
        assert_eq!(at(&list, 13), Some(Data::Float(5.0)));
        assert_eq!(at(&list, 14), Some(Data::Float(1.0)), "one case is missing, and the list says so");
    }
}
