//! `nursery.gather`: applications and certificates of work put together, one line for each child.

use super::table_rows::{self as rows, Line, fault, flat, line, text};
use crate::{
    form::Forms,
    rules::{
        Ratio,
        nursery::{Application, Certificate, Gathered, ParentFacts, gather},
    },
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
    text::{TimeOfDay, parse_date},
};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The papers as they were read and confirmed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NurseryGather {
    /// 利用調整の年度（4月からの年）。
    fiscal_year: Arg<i16>,
    /// 利用申込書: 束・申込日・保護者氏名・続柄・保護者住所・児童氏名・児童生年月日・理由・第1希望など。束が同じ紙を一世帯のものとします。
    applications: Arg<Vec<Value>>,
    /// 就労証明書: 束・証明日・本人氏名・就労開始・就労終了・就労日数。
    certificates: Arg<Vec<Value>>,
    /// 受付番号の頭に付ける文字。
    #[serde(default)]
    prefix: String,
}

/// What came together.
#[derive(Debug, Default, Serialize)]
pub struct Families {
    /// One line for each child, as nursery.score takes them.
    rows: Vec<Map<String, Value>>,
    /// What a person must look at: 受付番号・束・理由.
    doubts: Vec<Map<String, Value>>,
    /// Certificates that belong to nobody.
    strays: Vec<Map<String, Value>>,
}

impl Action for NurseryGather {
    const NAME: &'static str = "nursery.gather";
    const SUMMARY: &'static str = "保育の利用申込書と就労証明書を世帯ごとにまとめ、児童一人を一行にします。";
    const EXAMPLE: &'static str = "fiscal_year: 2026\napplications: ${{ 申込書.rows }}\ncertificates: ${{ 就労証明書.rows }}\nprefix: R8-\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Families;

    fn shape(&self, _forms: &Forms) -> Shape {
        Shape::map(["rows", "doubts", "strays"].map(|name| (name, Shape::list(Shape::Any))))
    }

    async fn run(&self, _cx: &StepContext) -> Result<Families, Failure> {
        let applications = flat(self.applications.get())?;
        let certificates = flat(self.certificates.get())?;
        let read =
            applications.iter().zip(1..).map(|(l, n)| application(l).map_err(|e| fault("申込書", n, &e)));
        let read = read.collect::<Result<Vec<_>, _>>()?;
        let work = certificates.iter().map(certificate).collect::<Vec<_>>();
        let (children, strays) = gather(&read, &work, *self.fiscal_year.get());
        let mut out = Families::default();
        for child in &children {
            let number = format!("{}{:05}", self.prefix, child.application + 1);
            let bundle = &read[child.application].bundle;
            out.rows.push(row(&applications[child.application], child, &number));
            let doubt =
                |why: &&str| line([("受付番号", json!(number)), ("束", json!(bundle)), ("理由", json!(why))]);
            out.doubts.extend(child.doubts.iter().map(doubt));
        }
        let stray = |(n, why): &(usize, &str)| line([("束", json!(work[*n].bundle)), ("理由", json!(why))]);
        out.strays = strays.iter().map(stray).collect();
        Ok(out)
    }
}

/// The application as given, with what the certificates add.
fn row(given: &Line, child: &Gathered, number: &str) -> Line {
    let parent = |facts: &ParentFacts| {
        // Cut after six decimals: a table of points must never see more hours than there are.
        let hours = facts.minutes.map(|m| Ratio::new(i128::from(m) * 1_000_000 / 60, 1_000_000));
        json!({"事由": facts.reason, "月時間": hours})
    };
    let mut row = given.clone();
    row.extend(line([
        ("受付番号", json!(number)),
        ("世帯", json!(format!("S{:04}", child.family))),
        ("年齢", json!(child.age)),
        ("父", parent(&child.father)),
        ("母", parent(&child.mother)),
        ("確認事項", json!(child.doubts.join("、"))),
    ]));
    row
}

fn day(row: &Line, key: &str) -> Option<Date> {
    parse_date(&text(row, key)).ok().and_then(|d| d.plain_date())
}

fn application(row: &Line) -> Result<Application, String> {
    let born = day(row, "児童生年月日");
    if born.is_none() {
        return Err("「児童生年月日」を日付として読めません".to_owned());
    }
    Ok(Application {
        bundle: text(row, "束"),
        applied: day(row, "申込日"),
        guardian: text(row, "保護者氏名"),
        relation: text(row, "続柄"),
        address: text(row, "保護者住所"),
        child: text(row, "児童氏名"),
        born,
        reason: text(row, "理由"),
    })
}

fn certificate(row: &Line) -> Certificate {
    let time = |key| TimeOfDay::parse(&text(row, key)).ok();
    Certificate {
        bundle: text(row, "束"),
        issued: day(row, "証明日"),
        name: text(row, "本人氏名"),
        times: time("就労開始").zip(time("就労終了")),
        days: rows::count(row, "就労日数").ok().flatten(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{super::bench, *};

    #[tokio::test]
    async fn papers_of_a_family_become_one_line() {
        let application = json!({"束": "1.pdf", "申込日": "2025-11-10", "保護者氏名": "山田 花子", "続柄": "母", "保護者住所": "市原市緑町1-2-3",
            "児童氏名": "山田 一", "児童生年月日": "令和5年5月1日", "理由": "就労", "第1希望": "さくら保育園"});
        let work = |bundle: &str, name: &str| json!({"束": bundle, "証明日": "2025-10-01", "本人氏名": name, "就労開始": "08:30", "就労終了": "17:15", "就労日数": "18"});
        let action: NurseryGather =
            bench::action(json!({"fiscal_year": 2026, "prefix": "R8-", "applications": [application],
            "certificates": [work("1.pdf", "山田花子"), work("9.pdf", "森 昌子")]}));
        let out = json!(action.run(&bench::context(".".as_ref())).await.unwrap());
        let row = &out["rows"][0];
        assert_eq!(
            (&row["受付番号"], &row["世帯"], &row["年齢"]),
            (&json!("R8-00001"), &json!("S0001"), &json!(2))
        );
        assert_eq!(
            (&row["母"], &row["第1希望"]),
            (&json!({"事由": "就労", "月時間": 157.5}), &json!("さくら保育園"))
        );
        assert_eq!((&out["doubts"], &out["strays"][0]["束"]), (&json!([]), &json!("9.pdf")));
    }

    #[tokio::test]
    async fn hours_that_never_end_as_a_decimal_are_cut() {
        let application = json!({"束": "1.pdf", "保護者氏名": "山田 花子", "続柄": "母", "児童氏名": "山田 一",
            "児童生年月日": "令和5年5月1日", "理由": "就労"});
        for (until, days, hours) in [
            ("17:10", "20", json!(173.333_333)),
            ("13:40", "14", json!(72.333_333)),
            ("17:30", "20", json!(180)),
        ] {
            let work = json!({"束": "1.pdf", "本人氏名": "山田花子", "就労開始": "08:30", "就労終了": until, "就労日数": days});
            let with =
                json!({"fiscal_year": 2026, "applications": [application.clone()], "certificates": [work]});
            let action: NurseryGather = bench::action(with);
            let out = json!(action.run(&bench::context(".".as_ref())).await.unwrap());
            assert_eq!(out["rows"][0]["母"]["月時間"], hours, "{until}");
        }
    }
}
