//! `nursery.score`: points of applications for nursery places, every point explained.

use super::table_rows::{flat, line, number, text};
use crate::{
    form::Forms,
    rules::{
        Ratio,
        nursery::{Facts, Scored, Table, score},
    },
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
    text::yes_no,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The table of points and the applications.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NurseryScore {
    /// 利用調整の年度（4月からの年）。
    fiscal_year: Arg<i16>,
    /// 指数表。年度ごとに書けます。`fiscal_year` に合うものを使います。
    tables: Vec<Table>,
    /// 申込みの一覧。1行が児童一人で、指数表の条件に使う名前の値を持ちます。保護者の値は「父.週時間」「母.週時間」のように書きます。
    applications: Arg<Vec<Value>>,
    /// 児童を見分ける列。書かなければ「受付番号」です。
    #[serde(default = "number_column")]
    key: String,
    /// 保護者の呼び方（列の頭の言葉）。書かなければ父と母です。
    #[serde(default = "father_and_mother")]
    parents: Vec<String>,
}

fn number_column() -> String {
    "受付番号".to_owned()
}

fn father_and_mother() -> Vec<String> {
    ["父", "母"].map(str::to_owned).to_vec()
}

/// The scored applications.
#[derive(Debug, Default, Serialize)]
pub struct ScoredAll {
    /// The applications with 指数, 階級, 同点キー, in their order.
    rows: Vec<Map<String, Value>>,
    /// One line for each point.
    explanation: Vec<Map<String, Value>>,
    /// What a person must look at.
    doubts: Vec<Map<String, Value>>,
}

impl Action for NurseryScore {
    const NAME: &'static str = "nursery.score";
    const SUMMARY: &'static str =
        "保育所等の利用申込みの指数を、指数表から計算します。一点ごとの根拠も出します。";
    const EXAMPLE: &'static str = "fiscal_year: 2026\ntables:\n  - parents:\n      combine: sum\n      criteria:\n        - { name: 週40時間以上, points: 10, when: { at_least: { 週時間: 40 } } }\n    ties: [{ name: 所得の低い順, by: 所得割 }]\napplications: ${{ 申込.rows }}\n";
    const EFFECT: Effect = Effect::Read;
    type Output = ScoredAll;

    fn shape(&self, _forms: &Forms) -> Shape {
        Shape::map(["rows", "explanation", "doubts"].map(|name| (name, Shape::list(Shape::Any))))
    }

    async fn run(&self, _cx: &StepContext) -> Result<ScoredAll, Failure> {
        let table = self.table()?;
        let mut out = ScoredAll::default();
        for (n, row) in (1..).zip(flat(self.applications.get())?) {
            let id = text(&row, &self.key);
            if id.is_empty() {
                let why = format!("申込みの{n}行目に「{}」がありません。元の表を直してください。", self.key);
                return Err(Failure::stop("SHK0612", why));
            }
            let (household, parents) = self.facts(&row);
            let mut scored = score(table, &household, &parents);
            if parents.len() < self.parents.len() && yes_no(&text(&row, "ひとり親")) != Some(true) {
                let why = "保護者の一方の値がありません。ひとり親の世帯なら「ひとり親」に○を書いてください";
                scored.doubts.push(why.to_owned());
            }
            let strange = parents.iter().flat_map(|(whom, facts)| impossible_hours(whom, facts));
            scored.doubts.extend(strange);
            out.add(&id, &self.key, row, &scored);
        }
        Ok(out)
    }
}

impl NurseryScore {
    fn table(&self) -> Result<&Table, Failure> {
        let year = *self.fiscal_year.get();
        let of = |wanted| self.tables.iter().find(|t| t.fiscal_year == wanted);
        let missing =
            || Failure::stop("SHK0613", format!("{year}年度の指数表がありません。tables に書いてください。"));
        of(year).or_else(|| of(0)).ok_or_else(missing)
    }

    /// The facts of the household, and those of each parent of whom something is written. A parent may be written as
    /// `父.事由` in flat tables or as a map under 父.
    fn facts(&self, row: &Map<String, Value>) -> (Facts, Vec<(String, Facts)>) {
        let own = |parent: &String| -> Facts {
            let prefix = format!("{parent}.");
            let flat = row.iter().filter_map(|(k, v)| Some((k.strip_prefix(&prefix)?.to_owned(), v.clone())));
            let inner = row.get(parent).and_then(Value::as_object).cloned().unwrap_or_default();
            let written = |v: &Value| !matches!(v, Value::Null) && v.as_str() != Some("");
            flat.chain(inner).filter(|(_, v)| written(v)).collect()
        };
        let parents: Vec<_> = self.parents.iter().map(|p| (p.clone(), own(p))).collect();
        (row.clone(), parents.into_iter().filter(|(_, facts)| !facts.is_empty()).collect())
    }
}

/// Hours of work that no month or week has.
fn impossible_hours(whom: &str, facts: &Facts) -> Vec<String> {
    let bounds = [("月時間", 744), ("週時間", 168), ("日時間", 24), ("週日数", 7), ("月日数", 31)];
    let strange = |(name, most): &(&str, i64)| {
        let Ok(Some(hours)) = number(facts, name) else { return false };
        hours < Ratio::ZERO || hours > Ratio::whole(*most)
    };
    let said = |(name, _)| format!("{whom}の「{name}」がありえない値です。就労証明書を確かめてください");
    bounds.into_iter().filter(strange).map(said).collect()
}

impl ScoredAll {
    fn add(&mut self, id: &str, key: &str, mut row: Map<String, Value>, scored: &Scored) {
        for step in &scored.explanation {
            let mut one = line([(key, json!(id))]);
            if let Value::Object(step) = json!(step) {
                one.extend(step);
            }
            self.explanation.push(one);
        }
        let lines = scored
            .explanation
            .iter()
            .map(|s| format!("{} {}（{}）{}点", s.whom, s.item, s.because, s.points));
        row.insert("指数".into(), json!(scored.points.total));
        row.insert("階級".into(), json!(scored.rank));
        row.insert("階級順".into(), json!(scored.points.rank));
        row.insert("同点キー".into(), json!(scored.keys.iter().map(|key| key.decimal()).collect::<Vec<_>>()));
        row.insert("指数の内訳".into(), json!(lines.collect::<Vec<_>>().join("\n")));
        row.insert("要確認".into(), json!(scored.doubts.join("、")));
        self.doubts.extend(scored.doubts.iter().map(|d| line([(key, json!(id)), ("理由", json!(d))])));
        self.rows.push(row);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{super::bench, *};

    async fn run(with: Value) -> Result<Value, Failure> {
        let action: NurseryScore = bench::action(with);
        Ok(json!(action.run(&bench::context(".".as_ref())).await?))
    }

    fn tables() -> Value {
        let table = |year: i16, points: u32| {
            json!({"fiscal_year": year, "parents": {"combine": "sum", "criteria": [
                {"name": "週40時間以上", "points": points, "when": {"at_least": {"週時間": 40}}}]},
                "ties": [{"name": "所得の低い順", "by": "所得割"}]})
        };
        json!([table(2025, 9), table(2026, 10)])
    }

    #[tokio::test]
    async fn the_table_of_the_fiscal_year_is_applied_to_each_parent() {
        let rows = json!([{"受付番号": "1", "父.週時間": 40, "母.週時間": "39.99", "所得割": 52_000},
            {"受付番号": "2", "父": {"週時間": 41}, "母.週時間": "", "所得割": ""}]);
        let with = |year: i16| json!({"fiscal_year": year, "tables": tables(), "applications": rows});
        let out = run(with(2026)).await.unwrap();
        assert_eq!((&out["rows"][0]["指数"], &out["rows"][1]["指数"]), (&json!(10), &json!(10)));
        assert_eq!(out["rows"][0]["同点キー"], json!(["52000"]));
        assert_eq!(out["rows"][0]["指数の内訳"], "父 週40時間以上（週時間 40（40以上））10点");
        let doubts: Vec<_> =
            out["doubts"].as_array().unwrap().iter().map(|d| d["受付番号"].as_str().unwrap()).collect();
        assert_eq!(doubts, ["1", "2"]);
        assert!(out["doubts"][0]["理由"] == "母に当てはまる事由がありません");
        assert_eq!(run(with(2025)).await.unwrap()["rows"][0]["指数"], 9);
        assert_eq!(run(with(2024)).await.unwrap_err().code, "SHK0613");
    }

    #[tokio::test]
    async fn a_key_with_many_decimals_is_written_in_full() {
        let rows =
            json!([{"受付番号": "1", "父.週時間": 40, "母.週時間": 40, "所得割": 65.333_333_333_333_33}]);
        let out = run(json!({"fiscal_year": 2026, "tables": tables(), "applications": rows})).await.unwrap();
        assert_eq!(out["rows"][0]["同点キー"], json!(["65.333333333333"]));
    }

    #[tokio::test]
    async fn a_key_that_is_not_known_can_be_read_back_too() {
        let rows = json!([{"受付番号": "1", "父.週時間": 40, "母.週時間": 40}]);
        let out = run(json!({"fiscal_year": 2026, "tables": tables(), "applications": rows})).await.unwrap();
        let key = Ratio::parse(out["rows"][0]["同点キー"][0].as_str().unwrap()).unwrap();
        assert!(key > Ratio::whole(99_999_999_999));
    }

    #[tokio::test]
    async fn hours_that_nobody_can_work_are_for_a_person() {
        let rows = json!([{"受付番号": "1", "父.週時間": 169, "母.週時間": 40}, {"受付番号": "2", "父.週時間": -5, "母.週時間": 168}]);
        let out = run(json!({"fiscal_year": 2026, "tables": tables(), "applications": rows})).await.unwrap();
        let strange =
            |n: usize| out["rows"][n]["要確認"].as_str().unwrap().contains("父の「週時間」がありえない値");
        assert!(strange(0) && strange(1), "{}", out["doubts"]);
        assert!(!out["doubts"].to_string().contains("母"), "{}", out["doubts"]);
    }

    #[tokio::test]
    async fn an_application_without_a_number_is_named_by_its_line() {
        let fault =
            run(json!({"fiscal_year": 2026, "tables": tables(), "applications": [{"受付番号": ""}]})).await;
        assert_eq!(
            fault.unwrap_err().message,
            "申込みの1行目に「受付番号」がありません。元の表を直してください。"
        );
    }
}
