//! `onestop.check`: one-stop applications of furusato tax against the donations they belong to.

use super::table_rows::{self as rows, Line, fault, flat, line, text};
use crate::{
    form::Forms,
    rules::furusato::{Donation, Form, OneStop, Rules, Verdict, check_form},
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
    text::{EraList, parse_date, width, yes_no},
};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The donations, the applications, what the city decides for itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnestopCheck {
    /// 寄附の一覧（donation.read の rows）。
    donations: Arg<Vec<Value>>,
    /// 申請書の一覧。届いた順に、整理番号・提出日・寄附年分・氏名・住所・個人番号・寄附年月日・寄附金額・確認1・確認2・本人確認・宛先・受付日。
    forms: Arg<Vec<Value>>,
    /// 自庁の扱い。
    #[serde(default)]
    rules: Rules,
}

/// The verdicts.
#[derive(Debug, Default, Serialize)]
pub struct Checked {
    /// 受付台帳: every application with its verdict, without 個人番号.
    rows: Vec<Map<String, Value>>,
    /// 不備の一覧: with the sentence for the letter.
    defects: Vec<Map<String, Value>>,
    /// Applications accepted.
    accepted: usize,
}

impl Action for OnestopCheck {
    const NAME: &'static str = "onestop.check";
    const SUMMARY: &'static str =
        "ワンストップ特例申請書を、期限・確認欄・個人番号・寄附の記録と照らし合わせます。";
    const EXAMPLE: &'static str = "donations: ${{ 寄附.rows }}\nforms: ${{ 申請書.rows }}\nrules: { roll_over: true, municipality: 市原市 }\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Checked;

    fn shape(&self, _forms: &Forms) -> Shape {
        let lists = ["rows", "defects"].map(|name| (name, Shape::list(Shape::Any)));
        Shape::map(lists.into_iter().chain([("accepted", Shape::Number)]))
    }

    async fn run(&self, _cx: &StepContext) -> Result<Checked, Failure> {
        let read = |table: &str, values: &[Value]| Ok::<_, Failure>((table.to_owned(), flat(values)?));
        let (table, lines) = read("寄附の一覧", self.donations.get())?;
        let donations = (1..).zip(&lines).map(|(n, l)| donation(l).map_err(|why| fault(&table, n, &why)));
        let donations = donations.collect::<Result<Vec<_>, _>>()?;
        let (table, lines) = read("申請書の一覧", self.forms.get())?;
        let (mut out, mut before) = (Checked::default(), Vec::new());
        for (n, row) in (1..).zip(&lines) {
            let (form, arrived) = form(row).map_err(|why| fault(&table, n, &why))?;
            let seen = check_form(&form, arrived, &donations, &before, &self.rules)
                .map_err(|e| Failure::stop("SHK0613", format!("{e}。")))?;
            out.add(row, &seen, seen.donation.map(|d| donations[d].number.as_str()));
            if let (Verdict::Accepted, Some(donation)) = (seen.verdict, seen.donation) {
                before.push((form, donation));
            }
        }
        Ok(out)
    }
}

impl Checked {
    fn add(&mut self, row: &Line, seen: &crate::rules::furusato::Seen, donation: Option<&str>) {
        let why = seen.reasons.iter().map(|(_, why)| why.as_str()).collect::<Vec<_>>();
        let mut whole = row.clone();
        whole.remove("個人番号");
        whole.extend(line([
            ("結果", json!(seen.verdict)),
            ("寄附の受付番号", json!(donation)),
            ("理由", json!(why.join("、"))),
        ]));
        self.accepted += usize::from(seen.verdict == Verdict::Accepted);
        if seen.verdict == Verdict::Defect {
            let mut letter = whole.clone();
            let wrong =
                seen.reasons.iter().filter(|(v, _)| *v == Verdict::Defect).map(|(_, why)| format!("・{why}"));
            letter.insert("手紙の文".into(), json!(wrong.collect::<Vec<_>>().join("\n")));
            self.defects.push(letter);
        }
        self.rows.push(whole);
    }
}

fn day(row: &Line, key: &str) -> Result<Option<Date>, String> {
    match text(row, key) {
        t if t.is_empty() => Ok(None),
        t => {
            let read = parse_date(&t).ok().and_then(|d| d.plain_date());
            read.map(Some).ok_or_else(|| format!("「{key}」を日付として読めません"))
        }
    }
}

/// A mark that must be there: what is unclear is none.
fn marked(row: &Line, key: &str) -> bool {
    yes_no(&text(row, key)) == Some(true)
}

fn donation(row: &Line) -> Result<Donation, String> {
    let paid = day(row, "入金日")?;
    Ok(Donation {
        number: text(row, "受付番号"),
        applied: day(row, "申込日")?,
        paid,
        name: text(row, "寄附者氏名"),
        furigana: text(row, "フリガナ"),
        postal_code: text(row, "郵便番号"),
        address: text(row, "住所"),
        phone: text(row, "電話番号"),
        email: text(row, "メール"),
        yen: rows::yen(row, "寄附金額")?.ok_or("「寄附金額」がありません")?,
        gift: text(row, "返礼品コード"),
        purpose: text(row, "使い道"),
        message: text(row, "応援メッセージ"),
        one_stop: match text(row, "ワンストップ").as_str() {
            "オンライン" => OneStop::Online,
            "希望しない" => OneStop::No,
            "受付済" => OneStop::Received,
            _ => OneStop::Paper,
        },
        certificate: paid.is_some(),
    })
}

/// 寄附年分, as 8 (令和8年), 令和8, 令和元年, 平成30年 or 2026.
fn year(row: &Line) -> Result<Option<i16>, String> {
    let written = width::remove_spaces(&width::fold_width(&text(row, "寄附年分")));
    if written.is_empty() {
        return Ok(None);
    }
    let eras = EraList::standard();
    let bare = written.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (era, rest) = eras.leading(bare).map_or((None, bare), |(era, rest)| (Some(era), rest));
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let number = if rest.starts_with('元') { Some(1) } else { digits.parse::<i16>().ok() };
    let year = match (era, number) {
        (Some(era), Some(year)) => eras.western_year(era, year).ok(),
        (None, Some(year @ 1..100)) => Some(2018 + year),
        (None, year) => year,
        (Some(_), None) => None,
    };
    let known = year.filter(|year| (2008..3000).contains(year));
    known.map(Some).ok_or_else(|| "「寄附年分」を年として読めません".to_owned())
}

fn form(row: &Line) -> Result<(Form, Date), String> {
    let arrived = day(row, "受付日")?.ok_or("「受付日」がありません")?;
    let papers = Some(text(row, "本人確認")).filter(|t| !t.is_empty()).and_then(|t| yes_no(&t));
    let form = Form {
        number: text(row, "整理番号"),
        name: text(row, "氏名"),
        address: text(row, "住所"),
        my_number: width::fold_width(&text(row, "個人番号")).chars().filter(char::is_ascii_digit).collect(),
        submitted: day(row, "提出日")?,
        year: year(row)?,
        given: day(row, "寄附年月日")?,
        yen: rows::yen(row, "寄附金額")?,
        first_mark: marked(row, "確認1"),
        second_mark: marked(row, "確認2"),
        papers,
        addressee: text(row, "宛先"),
    };
    Ok((form, arrived))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{super::bench, *};

    #[tokio::test]
    async fn a_ledger_without_my_numbers_and_letters_for_what_is_missing() {
        let donations = json!([{"受付番号": "A1", "寄附者氏名": "山田 太郎", "住所": "市原市緑町1-2-3", "寄附金額": 10_000, "入金日": "2025-12-20", "ワンストップ": "希望する"}]);
        let form = |second: &str, day: &str| {
            json!({"整理番号": "A1", "氏名": "山田太郎", "住所": "千葉県市原市緑町１－２－３", "個人番号": "1234 5678 9018", "寄附年月日": "令和7年12月20日",
                "寄附金額": "１０，０００円", "確認1": "○", "確認2": second, "本人確認": "済", "受付日": day})
        };
        let forms = json!([
            form("", "2026-01-05"),
            form("○", "2026-01-06"),
            form("○", "2026-01-07"),
            form("○", "2026-01-13")
        ]);
        let action: OnestopCheck = bench::action(json!({"donations": donations, "forms": forms}));
        let out = json!(action.run(&bench::context(".".as_ref())).await.unwrap());
        let verdicts: Vec<_> =
            out["rows"].as_array().unwrap().iter().map(|r| r["結果"].as_str().unwrap()).collect();
        assert_eq!(verdicts, ["不備", "受付", "重複", "期限後"]);
        assert_eq!(out["accepted"], 1);
        assert_eq!(out["defects"][0]["手紙の文"], "・②申請先が5団体以下であることの確認欄に印がありません");
        assert!(!out.to_string().contains("5678"), "no My Number in what is kept");
    }

    #[tokio::test]
    async fn full_width_digits_are_digits() {
        let donations = json!([{"受付番号": "A1", "寄附者氏名": "山田 太郎", "住所": "市原市緑町1-2-3", "寄附金額": 10_000, "入金日": "2025-12-20"}]);
        for number in ["１２３４ ５６７８ ９０１８", "1234５６７８９０18"] {
            let form = json!({"整理番号": "A1", "氏名": "山田太郎", "住所": "市原市緑町1-2-3", "個人番号": number, "寄附年分": "７",
                "寄附年月日": "令和7年12月20日", "寄附金額": "10000", "確認1": "○", "確認2": "○", "本人確認": "済", "受付日": "2026-01-05"});
            let action: OnestopCheck =
                bench::action(json!({"donations": donations.clone(), "forms": [form]}));
            let out = json!(action.run(&bench::context(".".as_ref())).await.unwrap());
            assert_eq!(out["rows"][0]["結果"], "受付", "{number}: {out}");
        }
    }

    #[test]
    fn years_as_written() {
        let of = |written: &str| year(&line([("寄附年分", json!(written))]));
        for (written, expected) in [
            ("8", 2026),
            ("令和８年", 2026),
            ("令和 8 年分", 2026),
            ("R7", 2025),
            ("（令和7年）", 2025),
            ("令和元年", 2019),
            ("元年", 2019),
            ("平成30年", 2018),
            ("H31", 2019),
            ("2026年", 2026),
        ] {
            assert_eq!(of(written), Ok(Some(expected)), "{written}");
        }
        assert_eq!(of(""), Ok(None));
        for bad in ["令和", "昭和60年", "1999", "来年", "平成99年"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
