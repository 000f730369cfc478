//! `overtime.calculate`: a month of overtime sheets into hours and money, with every yen explained.

use super::{
    overtime_rows::{Employee, Roll, Tables, days_of, deal, employees},
    overtime_tables::{Aggregated, about},
    table_rows::{flat, line, text},
};
use crate::{
    calendar::fiscal_year,
    form::Forms,
    rules::overtime::{self, Days, Ordinance},
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, btree_map::Entry};

/// A list of lines, or of lists of lines.
type Table = Arg<Vec<Value>>;

/// The month, the rules, the tables.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OvertimeCalculate {
    /// 計算する月（2026-07、令和8年7月 など）。
    month: Arg<String>,
    /// 条例・規則。年度ごとに書けます。書かなければ国の例です。
    #[serde(default)]
    rules: Vec<Ordinance>,
    /// 別の規則を使う職員の区分（会計年度任用職員など）と、その規則。
    #[serde(default)]
    other_rules: BTreeMap<String, Vec<Ordinance>>,
    /// 支給しない職員の区分。書かなければ「管理職」です。
    #[serde(default = "managers")]
    unpaid: Vec<String>,
    /// 職員: 職員番号・氏名・所属・区分・職・給料月額・…手当・勤務時間・配当予算。給料が月の途中で変わる職員は、適用日を分けて二行。
    employees: Table,
    /// 命令簿の行: 職員番号・月日・自・至・休憩・区分・日の種類・命令自・命令至・命令権者印・シート。職員ごとの命令簿は { 職員番号, シート, rows } のまま渡せます。
    lines: Table,
    /// 行の見出しが違うときの対応（自: [実績/自, 開始] のように、ここでの名前: 表の見出しの一覧）。
    #[serde(default)]
    columns: BTreeMap<String, Vec<String>>,
    /// 内訳に付ける手当コード（"125": K125、休日135: K235、夜間25: K325 のように）。一つでも書いたら、出てくる区分のすべてに要ります。
    #[serde(default)]
    codes: BTreeMap<String, String>,
    /// 休暇・振替・出張: 職員番号・月日・自・至・種別。
    away: Option<Table>,
    /// 入退庁の記録: 職員番号・月日・入・出。
    badges: Option<Table>,
    /// 入退庁の記録との違いを何分まで認めるか。書かなければ30分です。
    #[serde(default = "half_an_hour")]
    tolerance: u32,
    /// 勤務割: 職員番号・月日・日の種類。暦と違う日だけ。
    roster: Option<Table>,
    /// 前月まで: 職員番号・年月・時間外分・休日勤務分。上限の確認に使います。
    earlier: Option<Table>,
    /// この月に支給済みの額: 職員番号・手当・支給割合・時間・金額。差額を出します。
    paid: Option<Table>,
    /// 取得した代休時間: 職員番号・分。
    lieu: Option<Table>,
}

fn managers() -> Vec<String> {
    vec!["管理職".to_owned()]
}

const fn half_an_hour() -> u32 {
    30
}

impl Action for OvertimeCalculate {
    const NAME: &'static str = "overtime.calculate";
    const SUMMARY: &'static str =
        "時間外勤務命令簿の1か月分から、支給割合ごとの時間と手当を、計算の説明付きで求めます。";
    const EXAMPLE: &'static str = "month: 2026-07\nrules:\n  - { fiscal_year: 2026, days_off: weekdays }\nemployees: ${{ 職員.rows }}\nlines: ${{ 命令簿.rows }}\ncolumns: { 自: [実績開始], 至: [実績終了] }\n";
    const EFFECT: Effect = Effect::Read;
    /// See [`Aggregated`].
    type Output = Value;

    fn shape(&self, _forms: &Forms) -> Shape {
        let lists = [
            "summary",
            "details",
            "pieces",
            "explanation",
            "limits",
            "differences",
            "decide",
            "stopped",
            "noted",
            "lieu",
            "corrections",
            "sections",
        ];
        let all = lists.map(|name| (name, Shape::list(Shape::Any)));
        Shape::map(all.into_iter().chain([("total", Shape::Number)]))
    }

    async fn run(&self, _cx: &StepContext) -> Result<Value, Failure> {
        let month = overtime::month_of(self.month.get())
            .ok_or_else(|| Failure::stop("SHK0613", "month を「2026-07」の形で書いてください。"))?;
        let tables = self.tables()?;
        let (mut all, strays) = employees(&tables, self.tolerance)?;
        let roll = Roll::of(&all);
        roll.hold(&mut all, &strays);
        let mut out = Aggregated::default();
        for row in deal(&mut all, &tables.lines) {
            let why = format!("職員の表にない職員番号です{}", roll.hint(&text(&row, "職員番号")));
            out.stopped.push(line([("職員番号", row["職員番号"].clone()), ("理由", json!(why))]));
        }
        out.stopped.extend(strays.iter().map(|stray| stray.shown(&roll)));
        let mut rules = BTreeMap::new();
        for employee in all.values() {
            let known = match rules.entry(employee.group.as_str()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.rules_of(&employee.group, month)?),
            };
            self.settle(employee, month, known.as_ref(), &mut out)?;
        }
        self.all_have_codes(&out)?;
        out.close();
        Ok(out.into_value())
    }
}

impl OvertimeCalculate {
    /// Where codes are given, every hour has one: a line without a code would be left out by payroll in silence.
    fn all_have_codes(&self, out: &Aggregated) -> Result<(), Failure> {
        let without = |row: &&Map<String, Value>| row["手当コード"] == json!("");
        let Some(row) = out.details.iter().find(without).filter(|_| !self.codes.is_empty()) else {
            return Ok(());
        };
        let word = row["手当の区分"].as_str().unwrap_or_default();
        let why =
            format!("codes に「{word}」の手当コードがありません。給与システムのコードを書き足してください。");
        Err(Failure::stop("SHK0613", why))
    }

    fn tables(&self) -> Result<Tables, Failure> {
        let table = |t: &Option<Table>| t.as_ref().map_or(Ok(Vec::new()), |t| flat(t.get()));
        let mut lines: Vec<_> = flat(self.lines.get())?.into_iter().flat_map(sheet_rows).collect();
        for line in &mut lines {
            for (ours, theirs) in self.columns.iter().flat_map(|(o, all)| all.iter().map(move |t| (o, t))) {
                if let Some(value) = line.remove(theirs) {
                    line.insert(ours.clone(), value);
                }
            }
            line.entry("職員番号").or_insert(Value::Null);
        }
        Ok(Tables {
            employees: flat(self.employees.get())?,
            lines,
            away: table(&self.away)?,
            badges: self.badges.as_ref().map(|t| flat(t.get())).transpose()?,
            roster: table(&self.roster)?,
            earlier: table(&self.earlier)?,
            paid: table(&self.paid)?,
            lieu: table(&self.lieu)?,
        })
    }

    /// The rules for a person in a month: those of its fiscal year, else those for all years, else the national model.
    /// None where the person's group has its own rules and none were given.
    fn ordinance(&self, group: &str, month: Date) -> Option<Ordinance> {
        let year = fiscal_year(month);
        let pick = |all: &[Ordinance]| {
            let of = |wanted| all.iter().find(|o| o.fiscal_year == wanted).cloned();
            of(year).or_else(|| of(0))
        };
        match self.other_rules.get(group) {
            Some(own) => pick(own),
            None if matches!(group, "" | "一般" | "常勤" | "正規" | "再任用") => {
                if self.rules.is_empty() { Some(Ordinance::default()) } else { pick(&self.rules) }
            }
            None => None,
        }
    }

    /// The rules for a group in a month with the days they name, see [`Self::ordinance`].
    fn rules_of(&self, group: &str, month: Date) -> Result<Option<(Ordinance, Days)>, Failure> {
        let Some(ordinance) = self.ordinance(group, month) else { return Ok(None) };
        let days = Days::of(&ordinance).map_err(|key| no_day(&key))?;
        Ok(Some((ordinance, days)))
    }

    fn settle(
        &self,
        employee: &Employee,
        month: Date,
        rules: Option<&(Ordinance, Days)>,
        out: &mut Aggregated,
    ) -> Result<(), Failure> {
        let has_lines = !employee.person.sheet.lines.is_empty();
        if self.unpaid.contains(&employee.group) {
            let why = "時間外勤務手当を支給しない区分の職員です";
            out.stopped.extend(has_lines.then(|| about(employee, why)));
            return Ok(());
        }
        if !employee.held.is_empty() {
            out.decide.extend(employee.held.iter().map(|why| about(employee, why)));
            return Ok(());
        }
        let Some((ordinance, known)) = rules else {
            let why = "この区分・年度の職員に使う規則がありません（rules・other_rules に書いてください）";
            out.decide.extend(has_lines.then(|| about(employee, why)));
            return Ok(());
        };
        for sheet in &employee.doubled {
            let why = format!("同じ職員・同じ月の命令簿が二つあります。先のものだけを数えました（{sheet}）");
            out.stopped.push(about(employee, &why));
        }
        let days = days_of(employee, known);
        let settled = employee.person.settle(month, ordinance, &days);
        let settled = settled.map_err(|e| Failure::stop("SHK0613", format!("{e}。")))?;
        out.add(employee, month, &settled, &self.codes);
        Ok(())
    }
}

/// The lines of a sheet that is given whole: each takes the number and the name of the sheet.
fn sheet_rows(mut sheet: Map<String, Value>) -> Vec<Map<String, Value>> {
    let Some(Value::Array(rows)) = sheet.remove("rows") else { return vec![sheet] };
    let whole = |(n, row): (usize, Value)| {
        let mut line = sheet.clone();
        line.insert("行".into(), json!(n));
        line.extend(row.as_object().cloned().unwrap_or_default());
        line
    };
    (1..).zip(rows).map(whole).collect()
}

fn no_day(key: &str) -> Failure {
    Failure::stop(
        "SHK0613",
        format!("holidays の「{key}」は日付ではありません（2026-07-06 の形で書きます）。"),
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{super::bench, *};

    async fn calculate(with: Value) -> Result<Value, Failure> {
        let action: OvertimeCalculate = bench::action(with);
        Ok(json!(action.run(&bench::context(".".as_ref())).await?))
    }

    fn staff() -> Value {
        json!([
            {"職員番号": "0101", "氏名": "山田 花子", "所属": "総務課", "給料月額": "257,500", "配当予算": 50_000},
            {"職員番号": "0102", "氏名": "川口 次郎", "所属": "総務課", "区分": "管理職", "給料月額": 400_000},
            {"職員番号": "0103", "氏名": "森 三郎", "所属": "土木課", "区分": "会計年度任用職員", "給料月額": 180_000}
        ])
    }

    fn worked_month() -> Value {
        json!([
            {"職員番号": "0101", "日": "R8.4.6", "始": "17:15", "終": "20:00"},
            {"職員番号": "0101", "日": "4月8日", "始": "17時15分", "終": "23:30"},
            {"職員番号": "0101", "日": "2026-04-04", "始": 0.375, "終": "17:00", "休憩": 60},
            {"職員番号": "0101", "日": "5", "始": "21:00", "終": "翌0:00"},
            {"職員番号": "0101", "日": "29", "始": "9:00", "終": "12:00"}
        ])
    }

    #[tokio::test]
    async fn the_worked_month_in_three_calendars() {
        let with = json!({"month": "令和8年4月", "employees": staff(), "lines": [worked_month()],
            "columns": {"月日": ["日"], "自": ["始"], "至": ["終"]},
            "codes": {"125": "K125", "135": "K135", "150": "K150", "160": "K160", "休日135": "H135"}});
        let out = calculate(with.clone()).await.unwrap();
        assert_eq!(out["total"], 51_173);
        let sum = &out["summary"][0];
        assert_eq!(
            (&sum["125"], &sum["150"], &sum["135"], &sum["160"], &sum["休日135"]),
            (&json!(8), &json!(2), &json!(8), &json!(2), &json!(3))
        );
        assert_eq!(out["noted"][0]["理由"], "終了「翌0:00」を 24:00 として計算しました");
        assert_eq!(out["sections"][0]["備考"], "予算を超えています");
        assert_eq!(out["explanation"].as_array().unwrap().last().unwrap()["説明"], "合計 51,173円");
        assert_eq!(
            (&out["details"][0]["金額"], &out["details"][0]["手当コード"]),
            (&json!(16_480), &json!("K125"))
        );
        let mut without = with;
        without["codes"].as_object_mut().unwrap().remove("160");
        let fault = calculate(without).await.unwrap_err();
        assert!(fault.message.contains("codes に「160」の手当コードがありません"), "{}", fault.message);
    }

    #[tokio::test]
    async fn other_groups_follow_other_rules() {
        let lines = json!([
            {"職員番号": "0102", "月日": "6", "自": "17:15", "至": "20:00"},
            {"職員番号": "0103", "月日": "6", "自": "17:15", "至": "20:15"},
            {"職員番号": "9999", "月日": "6", "自": "17:15", "至": "20:00"}
        ]);
        let without =
            calculate(json!({"month": "2026-04", "employees": staff(), "lines": lines})).await.unwrap();
        assert_eq!(without["total"], 0);
        assert_eq!(without["stopped"].as_array().unwrap().len(), 2);
        assert!(without["decide"][0]["理由"].as_str().unwrap().contains("規則がありません"));
        let own = json!({"会計年度任用職員": [{"rates": {"workday": {"day": 100, "night": 125}}}]});
        let with =
            calculate(json!({"month": "2026-04", "employees": staff(), "lines": lines, "other_rules": own}))
                .await
                .unwrap();
        assert_eq!(with["total"], 3 * 1_152);
    }

    #[tokio::test]
    async fn the_same_sheet_twice_counts_once() {
        let line = |sheet: &str| json!({"職員番号": "0101", "月日": "6", "自": "17:15", "至": "20:15", "シート": sheet});
        let out = calculate(
            json!({"month": "2026-04", "employees": staff(), "lines": [line("a.xlsx"), line("b.xlsx")]}),
        )
        .await
        .unwrap();
        assert_eq!(out["total"], 3 * 2_060);
        assert!(out["stopped"][0]["理由"].as_str().unwrap().contains("b.xlsx"));
    }

    #[tokio::test]
    async fn a_late_sheet_pays_the_difference_only() {
        let lines = json!([{"職員番号": "0101", "月日": "6", "自": "17:15", "至": "20:15"}]);
        let paid = json!([{"職員番号": "0101", "手当": "時間外勤務手当", "支給割合": 125, "時間": 2, "金額": 4_120}]);
        let out = calculate(json!({"month": "2026-04", "employees": staff(), "lines": lines, "paid": paid}))
            .await
            .unwrap();
        assert_eq!(
            (&out["corrections"][0]["時間"], &out["corrections"][0]["金額"]),
            (&json!(1), &json!(2_060))
        );
    }

    #[tokio::test]
    async fn of_several_marks_of_the_card_the_first_and_the_last_count() {
        let lines = json!([{"職員番号": "0101", "月日": "6", "自": "17:15", "至": "20:15"}]);
        let badge =
            |from: &str, to: &str| json!({"職員番号": "0101", "月日": "2026-04-06", "入": from, "出": to});
        let badges = json!([badge("8:20", "12:05"), badge("12:50", "20:20"), badge("", "18:00")]);
        let with = json!({"month": "2026-04", "employees": staff(), "lines": lines, "badges": badges});
        assert_eq!(calculate(with.clone()).await.unwrap()["differences"], json!([]));
        let mut early = with;
        early["badges"][1] = badge("12:50", "19:00");
        let found = calculate(early).await.unwrap();
        assert_eq!(found["differences"][0]["理由"], "終了 20:15 が入退庁の記録 19:00 と 75分違います");
    }

    /// Workbooks take the zeros in front away: 0101 becomes 101, and the log, the absences, what was paid would be nobody's.
    #[tokio::test]
    async fn a_person_is_not_paid_while_a_table_has_nearly_their_number() {
        let lines = json!([{"職員番号": "0101", "月日": "6", "自": "17:15", "至": "20:15"}]);
        let with = |table: &str, row: Value| {
            let mut with = json!({"month": "2026-04", "employees": staff(), "lines": lines});
            with[table] = json!([row, {"職員番号": "", "月日": null}]);
            with
        };
        for (table, name, row) in [
            ("away", "休暇・出張の表", json!({"月日": "2026-04-06", "種別": "休暇"})),
            ("badges", "入退庁の記録", json!({"月日": "2026-04-06", "入": "8:20", "出": "18:00"})),
            ("roster", "勤務割の表", json!({"月日": "2026-04-06", "日の種類": "週休日"})),
            ("earlier", "前月までの表", json!({"年月": "2026-03", "時間外分": 6_000})),
            ("paid", "支給済みの表", json!({"手当": "時間外勤務手当", "支給割合": 125, "金額": 2_060})),
            ("lieu", "代休時間の表", json!({"分": 60})),
        ] {
            for number in [json!(101), json!("101"), json!("０１０１"), json!("00101")] {
                let mut row = row.clone();
                row["職員番号"] = number;
                let out = calculate(with(table, row)).await.unwrap();
                let (stopped, decide) =
                    (out["stopped"][0]["理由"].as_str(), out["decide"][0]["理由"].as_str());
                assert_eq!(
                    (&out["total"], out["stopped"].as_array().unwrap().len()),
                    (&json!(0), 1),
                    "{out}"
                );
                assert!(stopped.unwrap().starts_with(&format!("{name}の1行目: 職員の表にない")), "{out}");
                assert!(stopped.unwrap().contains("「0101」"), "{out}");
                assert!(decide.unwrap().contains("よく似た職員番号"), "{out}");
                assert_eq!(out["decide"][0]["職員番号"], "0101");
            }
        }
    }

    #[tokio::test]
    async fn lines_of_numbers_that_nobody_has_are_named_once_and_nobody_is_held() {
        let lines = json!([
            {"職員番号": "0101", "月日": "6", "自": "17:15", "至": "20:15"},
            {"職員番号": 101, "月日": "7", "自": "17:15", "至": "20:15"}
        ]);
        let badge =
            |number: &str, day: &str| json!({"職員番号": number, "月日": day, "入": "8:20", "出": "20:20"});
        let badges = json!([
            badge("0101", "2026-04-06"),
            badge("0901", "2026-04-06"),
            badge("0901", "2026-04-07"),
            badge("", "2026-04-08")
        ]);
        let with = json!({"month": "2026-04", "employees": staff(), "lines": lines, "badges": badges});
        let out = calculate(with).await.unwrap();
        let stopped: Vec<_> =
            out["stopped"].as_array().unwrap().iter().map(|r| r["理由"].as_str().unwrap()).collect();
        assert_eq!(out["total"], 3 * 2_060, "{out}");
        assert_eq!(
            stopped,
            [
                "職員の表にない職員番号です（職員の表の「0101」の、先頭の0や全角が変わったものかもしれません）",
                "入退庁の記録の4行目: 職員番号がありません",
                "入退庁の記録の2行目ほか1行: 職員の表にない職員番号です"
            ]
        );
    }

    #[tokio::test]
    async fn pay_may_change_within_the_month() {
        let staff = json!([
            {"職員番号": "1", "氏名": "林", "所属": "課", "給料月額": 230_000, "適用日": "2026-01-01"},
            {"職員番号": "1", "氏名": "林", "所属": "課", "給料月額": 257_500, "適用日": "2026-04-10"}
        ]);
        let lines = json!([
            {"職員番号": "1", "月日": "9", "自": "17:15", "至": "19:15"},
            {"職員番号": "1", "月日": "10", "自": "17:15", "至": "19:15"}
        ]);
        let out = calculate(json!({"month": "2026-04", "employees": staff, "lines": lines})).await.unwrap();
        assert_eq!(out["total"], 2 * 1_840 + 2 * 2_060);
    }

    #[tokio::test]
    async fn mistakes_in_the_tables_are_named_by_their_line() {
        for (change, words) in [
            (json!([{"職員番号": "1", "給料月額": "千円くらい"}]), "職員の表の1行目: 「給料月額」"),
            (json!([{"給料月額": 1}]), "職員の表の1行目: 職員番号がありません"),
            (
                json!([{"職員番号": "1", "給料月額": 1}, {"職員番号": "1", "給料月額": 2}]),
                "同じ職員番号が二度",
            ),
            (json!([{"職員番号": "1", "給料月額": 1, "勤務時間": "昼"}]), "「勤務時間」を"),
            (json!(["山田"]), "表の行ではないもの"),
        ] {
            let fault =
                calculate(json!({"month": "2026-04", "employees": change, "lines": []})).await.unwrap_err();
            assert!(fault.message.contains(words), "{}", fault.message);
        }
        let fault = calculate(json!({"month": "四月", "employees": [], "lines": []})).await.unwrap_err();
        assert_eq!(fault.code, "SHK0613");
    }
}
