//! `shoki ocr score`: how good readings are, from what `bench --save` kept or from what people of the office confirmed.

use super::{Ended, Format, GOOD, Stopped, print};
use crate::{
    app::Office,
    report::{self, AT_ERROR, Judged, Score},
};
use clap::Args;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// How good readings are.
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// `shoki ocr bench --save` が書いたファイル（省くと、庁で確認済みの項目）
    files: Vec<PathBuf>,
    /// 信頼度の図（SVG）を書くファイル
    #[arg(long, value_name = "ファイル")]
    svg: Option<PathBuf>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl ScoreArgs {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let readings =
            if self.files.is_empty() { confirmed(&Office::open(office)?).await? } else { load(&self.files)? };
        if readings.is_empty() {
            return Err(Stopped::wrong(
                "採点できる項目がありません。確認が済んだ項目がまだないか、ファイルが空です。",
            ));
        }
        if let Some(file) = &self.svg {
            draw(file, &readings)?;
        }
        match self.format {
            Format::Json => print::json(&json!({ "score": numbers(&readings) })),
            Format::Text => print::out(&table(&readings)),
        }
        Ok(GOOD)
    }
}

/// Writes one line per reading; no text of the readings is among it.
pub fn save(file: &Path, readings: &[Judged]) -> Result<(), Stopped> {
    let lines: Vec<String> = readings.iter().filter_map(|j| serde_json::to_string(j).ok()).collect();
    fs::write(file, lines.join("\n") + "\n").map_err(|e| cannot_write(file, &e))
}

/// Reads what [`save`] wrote.
pub fn load(files: &[PathBuf]) -> Result<Vec<Judged>, Stopped> {
    let mut all = Vec::new();
    for file in files {
        let text = fs::read_to_string(file)
            .map_err(|e| Stopped::wrong(format!("{} を開けません: {e}", file.display())))?;
        for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            let broken = |e| Stopped::wrong(format!("{} の {} 行目を読めません: {e}", file.display(), i + 1));
            all.push(serde_json::from_str(line).map_err(broken)?);
        }
    }
    Ok(all)
}

/// Draws the reliability diagram.
pub fn draw(file: &Path, readings: &[Judged]) -> Result<(), Stopped> {
    fs::write(file, report::svg(&report::bins(readings))).map_err(|e| cannot_write(file, &e))
}

fn cannot_write(file: &Path, e: &std::io::Error) -> Stopped {
    Stopped::technical(format!("{} に書けません: {e}", file.display()))
}

/// What people of the office confirmed: the value that was read beside the one they settled on.
pub async fn confirmed(office: &Office) -> Result<Vec<Judged>, Stopped> {
    let store = office.store().await?;
    let mut all = Vec::new();
    for check in store.answered_checks().await? {
        let answer = check.answer.unwrap_or_default();
        let judged =
            check.questions.iter().filter_map(|q| Some(judged(&check.run_id, q, answer.get(&q.field)?)));
        all.extend(judged);
    }
    Ok(all)
}

/// A reading beside what a person of the office settled on.
pub fn judged(run: &str, question: &crate::run::Question, answer: &Value) -> Judged {
    let words = |v: &Value| v.as_str().map_or_else(|| v.to_string(), |t| t.split_whitespace().collect());
    let (read, settled): (String, String) = (words(&question.value), words(answer));
    Judged {
        page: run.to_owned(),
        field: question.field.clone(),
        style: "庁の確認".to_owned(),
        look: "-".to_owned(),
        kind: "-".to_owned(),
        right: read == settled,
        filled: true,
        pass: false,
        ask: false,
        person: false,
        probability: question.probability,
        distance: report::distance(&settled, &read),
        letters: settled.chars().count(),
        observed: None,
        marked: Vec::new(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.2}", share * 100.0)
}

/// The table by style and type.
pub fn table(readings: &[Judged]) -> String {
    let heads = ["書き方", "型", "項目", "正", "CER", "通過", "通過の誤り", "0.1%で", "0.5%で", "1%で"];
    let mut lines = vec![heads.map(str::to_owned).to_vec()];
    for ((style, kind), s) in report::by_style_and_type(readings).iter().filter(|(_, s)| s.fields > 0) {
        let mut line =
            vec![style.clone(), kind.clone(), s.fields.to_string(), percent(s.exact()), percent(s.cer)];
        line.extend([percent(s.pass_rate()), format!("{} / {}", s.wrong_passed, s.all_passed)]);
        line.extend(s.coverage.iter().map(|c| percent(*c)));
        lines.push(line);
    }
    print::table(&lines)
}

/// The same as JSON: style → type → numbers.
pub fn numbers(readings: &[Judged]) -> Value {
    let one = |((style, kind), s): (&(String, String), &Score)| {
        let coverage: Vec<Value> = AT_ERROR
            .iter()
            .zip(s.coverage)
            .map(|(at, share)| json!({ "at_error": at, "share": share }))
            .collect();
        json!({
            "style": style, "type": kind, "fields": s.fields, "exact": s.exact(), "cer": s.cer, "passed": s.pass_rate(),
            "wrong_passed": s.wrong_passed, "error_rate": s.error_rate(), "coverage": coverage,
        })
    };
    let groups: Vec<Value> = report::by_style_and_type(readings).iter().map(one).collect();
    json!({ "groups": groups, "reliability": report::bins(readings) })
}
