//! The tables that a month of overtime gives, under the titles that a workbook shows.

use super::{
    overtime_rows::Employee,
    table_rows::{Line, line, list, table},
};
use crate::{
    rules::{
        Ratio,
        overtime::{self, Fault, Outcome, Settled, differences},
    },
    text::TimeOfDay,
};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The tables that follow from a month. Keys are the titles that a workbook shows.
#[derive(Debug, Default)]
pub(super) struct Aggregated {
    /// 集計: one line a person.
    pub summary: Vec<Line>,
    /// 内訳: one line a person, allowance and rate.
    pub details: Vec<Line>,
    /// 明細: one line a stretch of work under one rate.
    pieces: Vec<Line>,
    /// 計算の説明: every line that explains a yen.
    explanation: Vec<Line>,
    /// 上限警告.
    limits: Vec<Line>,
    /// 差異一覧: sheet and IC-card log.
    differences: Vec<Line>,
    /// 要判断: what the head of a section decides.
    pub decide: Vec<Line>,
    /// 中止: lines that do not count.
    pub stopped: Vec<Line>,
    /// 補正: lines that count, in another way than written.
    noted: Vec<Line>,
    /// 代休時間 that can be given.
    lieu: Vec<Line>,
    /// 追給・返納.
    corrections: Vec<Line>,
    /// 所属ごとの合計と配当予算.
    sections: Vec<Line>,
    /// All yen.
    pub total: i64,
}

/// A line about a person as a whole.
pub(super) fn about(employee: &Employee, why: &str) -> Line {
    about_with(employee, why, [])
}

/// A line about a person with more values.
fn about_with<const N: usize>(employee: &Employee, why: &str, more: [(&str, Value); N]) -> Line {
    let whole = [
        ("所属", json!(employee.section)),
        ("職員番号", json!(employee.number)),
        ("氏名", json!(employee.name)),
        ("理由", json!(why)),
    ];
    whole.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn hours(minutes: u32) -> Ratio {
    Ratio::new(i128::from(minutes), 60)
}

impl Aggregated {
    /// Adds a person's month.
    pub fn add(
        &mut self,
        employee: &Employee,
        month: Date,
        settled: &Settled,
        codes: &BTreeMap<String, String>,
    ) {
        for fault in &settled.faults {
            self.list(fault.outcome).push(faulty(employee, fault));
        }
        let corrections = differences(&settled.pay, &employee.paid);
        if !employee.paid.is_empty() {
            self.corrections.extend(corrections.iter().map(|d| {
                let own = [
                    ("手当", json!(d.allowance)),
                    ("支給割合", json!(d.percent)),
                    ("時間", json!(d.hours)),
                    ("金額", json!(d.yen)),
                ];
                about_with(employee, "", own)
            }));
        }
        if settled.pay.pieces.is_empty() {
            return;
        }
        self.total += settled.pay.yen;
        self.summary.push(summary(employee, month, settled));
        self.add_pay(employee, month, settled, codes);
        for note in &settled.limits {
            let after = if employee.special { "特例業務（事後の検証が必要）" } else { "" };
            let own = [
                ("状態", json!(note.standing)),
                ("上限", json!(note.limit)),
                ("実績", json!(note.actual)),
                ("上限値", json!(note.allowed)),
                ("備考", json!(after)),
            ];
            self.limits.push(about_with(employee, "", own));
        }
        if settled.lieu.minutes > 0 {
            let own = [
                ("与えられる分", json!(settled.lieu.minutes)),
                ("4時間の回数", json!(settled.lieu.half_days)),
                ("1日の回数", json!(settled.lieu.whole_days)),
            ];
            self.lieu.push(about_with(employee, "", own));
        }
    }

    fn list(&mut self, outcome: Outcome) -> &mut Vec<Line> {
        match outcome {
            Outcome::Noted => &mut self.noted,
            Outcome::Differs => &mut self.differences,
            Outcome::Decide => &mut self.decide,
            Outcome::Stopped => &mut self.stopped,
        }
    }

    fn add_pay(
        &mut self,
        employee: &Employee,
        month: Date,
        settled: &Settled,
        codes: &BTreeMap<String, String>,
    ) {
        let whole = |ratio: Ratio| if ratio.is_whole() { json!(ratio.floor()) } else { json!(ratio) };
        for pay in &settled.pay.lines {
            let own = [
                ("手当", json!(pay.allowance)),
                ("支給割合", json!(pay.percent)),
                ("分", json!(pay.minutes)),
                ("時間", whole(pay.hours)),
                ("時間単価", json!(pay.hourly)),
                ("1時間当たり", whole(pay.premium)),
                ("金額", json!(pay.yen)),
                ("説明", json!(pay.why)),
                ("年月", json!(month.strftime("%Y-%m").to_string())),
                ("手当の区分", json!(word(pay))),
                ("手当コード", json!(codes.get(&word(pay)).cloned().unwrap_or_default())),
            ];
            self.details.push(about_with(employee, "", own));
        }
        for piece in &settled.pay.pieces {
            let clock = |m| json!(TimeOfDay::from_minutes(m).map(|t| t.to_string()));
            let own = [
                ("月日", json!(piece.day.to_string())),
                ("曜日", json!(weekday(piece.day))),
                ("自", clock(piece.from)),
                ("至", clock(piece.to)),
                ("区分", json!(piece.class.label())),
                ("深夜", json!(piece.night)),
                ("60時間超", json!(piece.over)),
                ("支給割合", json!(piece.percent)),
                ("分", json!(piece.minutes())),
            ];
            self.pieces.push(about_with(employee, "", own));
        }
        let lines = (1..).zip(&settled.pay.explanation);
        self.explanation
            .extend(lines.map(|(n, why)| about_with(employee, "", [("行", json!(n)), ("説明", json!(why))])));
    }

    /// The tables by name; nothing is copied.
    pub fn into_value(self) -> Value {
        table([
            ("summary", list(self.summary)),
            ("details", list(self.details)),
            ("pieces", list(self.pieces)),
            ("explanation", list(self.explanation)),
            ("limits", list(self.limits)),
            ("differences", list(self.differences)),
            ("decide", list(self.decide)),
            ("stopped", list(self.stopped)),
            ("noted", list(self.noted)),
            ("lieu", list(self.lieu)),
            ("corrections", list(self.corrections)),
            ("sections", list(self.sections)),
            ("total", json!(self.total)),
        ])
    }

    /// The sums by section.
    pub fn close(&mut self) {
        let mut sections: BTreeMap<String, (i64, i64, usize)> = BTreeMap::new();
        for row in &self.summary {
            let of = |key: &str| row[key].as_i64().unwrap_or(0);
            let sum = sections.entry(row["所属"].as_str().unwrap_or_default().to_owned()).or_default();
            *sum = (sum.0 + of("手当額"), sum.1 + of("配当予算"), sum.2 + 1);
        }
        let section = |(name, (yen, budget, people)): (String, (i64, i64, usize))| {
            let over = if budget > 0 && yen > budget { "予算を超えています" } else { "" };
            line([
                ("所属", json!(name)),
                ("人数", json!(people)),
                ("手当額", json!(yen)),
                ("配当予算", json!(budget)),
                ("備考", json!(over)),
            ])
        };
        self.sections = sections.into_iter().map(section).collect();
    }
}

fn faulty(employee: &Employee, fault: &Fault) -> Line {
    let place = fault.line.checked_sub(1).and_then(|n| employee.places.get(n)).cloned().unwrap_or_default();
    let day = fault.day.map(|d| d.to_string()).unwrap_or_default();
    about_with(employee, &fault.why, [("行", json!(place)), ("月日", json!(day))])
}

fn summary(employee: &Employee, month: Date, settled: &Settled) -> Line {
    let month = month.strftime("%Y-%m").to_string();
    let mut row = about_with(
        employee,
        "",
        [
            ("年月", json!(month)),
            ("時間外分", json!(settled.hours.plain)),
            ("休日勤務分", json!(settled.hours.whole - settled.hours.plain)),
            ("時間外時間", json!(hours(settled.hours.plain))),
            ("手当額", json!(settled.pay.yen)),
            ("配当予算", json!(employee.budget)),
        ],
    );
    for pay in &settled.pay.lines {
        let word = word(pay);
        let before = row.get(&word).and_then(Value::as_i64).unwrap_or(0);
        row.insert(word, json!(before + pay.hours.floor()));
    }
    row
}

/// The short word of an allowance and rate: 125, 休日135, 夜間25.
fn word(pay: &overtime::PayLine) -> String {
    match pay.allowance {
        overtime::Allowance::Overtime => pay.percent.to_string(),
        overtime::Allowance::Holiday => format!("休日{}", pay.percent),
        overtime::Allowance::Night => format!("夜間{}", pay.percent),
    }
}

fn weekday(day: Date) -> &'static str {
    match day.weekday() {
        jiff::civil::Weekday::Monday => "月",
        jiff::civil::Weekday::Tuesday => "火",
        jiff::civil::Weekday::Wednesday => "水",
        jiff::civil::Weekday::Thursday => "木",
        jiff::civil::Weekday::Friday => "金",
        jiff::civil::Weekday::Saturday => "土",
        jiff::civil::Weekday::Sunday => "日",
    }
}
