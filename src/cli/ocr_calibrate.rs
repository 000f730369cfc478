//! `shoki ocr calibrate`: learns anew how probable readings are.
//!
//! From files of `bench --save` (pages whose truth is known) all weights are learned; from what people of the office confirmed
//! only a slope and a shift, because people see chiefly the doubtful readings; they come on top of those in force, with which
//! these readings had their probabilities. The file goes to `calibration.json` of the office, where the readers find it.

use super::{Ended, GOOD, Stopped, ocr_score, print};
use crate::{
    app::Office,
    drivers::ocr::{Example, Learned, UNCONFIRMED, shipped},
    report::Judged,
    run::Question,
    store::Check,
};
use clap::Args;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Learns how probable readings are.
#[derive(Debug, Args)]
pub struct Calibrate {
    /// `shoki ocr bench --save` が書いたファイル（省くと、庁で確認済みの項目）
    files: Vec<PathBuf>,
    /// 書くファイル（既定: 庁のフォルダーの calibration.json）
    #[arg(long, value_name = "ファイル")]
    into: Option<PathBuf>,
    /// 何から学んだか（ファイルに残ります）
    #[arg(long, default_value = "")]
    source: String,
}

/// So many confirmed readings are needed, and so many wrong ones among them.
const ENOUGH: (usize, usize) = (300, 10);

/// The office's own file, in its folder.
const OWN: &str = "calibration.json";

impl Calibrate {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = match (self.files.is_empty(), &self.into) {
            (false, Some(_)) => None,
            _ => Some(Office::open(office)?),
        };
        let own = office.as_ref().map(|office| office.root.join(OWN));
        let learned = match &office {
            Some(office) if self.files.is_empty() => from_checks(office).await?,
            _ => self.with_pages()?,
        };
        // What was read until now has its probability from what was in force until now.
        let since = own.is_some().then(|| format!("{:.3}", jiff::Timestamp::now()));
        let into = self.into.clone().or(own).unwrap_or_else(|| PathBuf::from(OWN));
        write(&into, &Learned { since, ..learned.clone() })?;
        print::out(&format!(
            "{} 項目（誤り {}）から学び、{} に書きました。",
            learned.readings,
            learned.wrong,
            into.display()
        ));
        Ok(GOOD)
    }

    fn with_pages(&self) -> Result<Learned, Stopped> {
        let readings = ocr_score::load(&self.files)?;
        enough(readings.len(), readings.iter().filter(|j| !j.right).count())?;
        Ok(Learned::learn(&examples(&readings), &shipped(), self.source.clone()))
    }
}

/// What is in force, adjusted by what people found of its readings.
async fn from_checks(office: &Office) -> Result<Learned, Stopped> {
    let before = in_force(&office.root.join(OWN))?;
    let said = said(&office.store().await?.answered_checks().await?, before.since.as_deref());
    enough(said.len(), said.iter().filter(|(_, right)| !right).count())?;
    Ok(before.adjusted(&said, format!("庁で確認済みの {} 項目", said.len())))
}

/// The office's own calibration; the shipped one where it has none.
fn in_force(own: &Path) -> Result<Learned, Stopped> {
    if !own.exists() {
        return Ok(shipped());
    }
    let broken = |e: &dyn std::fmt::Display| {
        Stopped::wrong(format!(
            "{} を読めません: {e}。控えから戻すか、このファイルを除いてからもう一度実行してください。",
            own.display()
        ))
    };
    let text = fs::read_to_string(own).map_err(|e| broken(&e))?;
    Learned::parse(&text).map_err(|e| broken(&e))
}

/// Written beside and renamed: a reader that starts in this moment finds the whole file, the old one or the new one.
fn write(into: &Path, learned: &Learned) -> Result<(), Stopped> {
    let text = serde_json::to_string_pretty(learned).map_err(Stopped::technical)?;
    let mut beside = into.as_os_str().to_owned();
    beside.push(".new");
    let written = fs::write(&beside, text + "\n").and_then(|()| fs::rename(&beside, into));
    written.map_err(|e| {
        // What is left of it is no use; the failure itself is told.
        let _ = fs::remove_file(&beside);
        Stopped::technical(format!("{} に書けません: {e}", into.display()))
    })
}

/// What the models said of texts, and whether it was so: of the readings since what is in force is in force.
fn said(checks: &[Check], since: Option<&str>) -> Vec<(f64, bool)> {
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let since = since.and_then(time);
    let recent = |check: &&Check| since.is_none_or(|since| time(&check.created_at) >= Some(since));
    let answered = checks.iter().filter(recent).filter_map(|check| Some((check, check.answer.as_ref()?)));
    let asked = answered.flat_map(|(check, answer)| check.questions.iter().map(move |q| (check, answer, q)));
    let texts = asked.filter(|(_, _, question)| said_by_a_model(question));
    let judged = texts.filter_map(|(check, answer, question)| {
        Some(ocr_score::judged(&check.run_id, question, answer.get(&question.field)?))
    });
    judged.map(|j| (j.probability, j.right)).collect()
}

/// The probability is that of the models of texts: those of marks, of empty fields, of codes, and of what is cut because nobody
/// bears it out come from elsewhere, and slope and shift do not change them.
fn said_by_a_model(question: &Question) -> bool {
    let other = ["", "choice", "checkbox", "stamp", "barcode"].contains(&question.manner.kind.as_str());
    let written = question.value.as_str().is_some_and(|text| !text.is_empty());
    !other && written && (question.probability - UNCONFIRMED).abs() > 1e-9
}

/// Too few readings teach nothing and would make probabilities worse.
fn enough(readings: usize, wrong: usize) -> Result<(), Stopped> {
    if readings >= ENOUGH.0 && wrong >= ENOUGH.1 {
        return Ok(());
    }
    Err(Stopped::wrong(format!(
        "学ぶには足りません（{readings} 項目、うち誤り {wrong}。{} 項目、誤り {} 以上が必要です）。確認を続けてからもう一度実行してください。",
        ENOUGH.0, ENOUGH.1,
    )))
}

/// Examples by group; the numbers of marks are cut into one example per place.
fn examples(readings: &[Judged]) -> BTreeMap<String, Vec<Example>> {
    let mut all: BTreeMap<String, Vec<Example>> = BTreeMap::new();
    for judged in readings {
        let Some((group, numbers)) = &judged.observed else { continue };
        let list = all.entry(group.clone()).or_default();
        if judged.marked.is_empty() {
            // What a person sees whatever the probability teaches nothing about what passes.
            if !judged.ask {
                list.push(Example { features: numbers.clone(), yes: judged.right });
            }
            continue;
        }
        let each = (numbers.len() / judged.marked.len()).max(1);
        let places = numbers.chunks_exact(each).zip(&judged.marked);
        list.extend(places.map(|(seen, yes)| Example { features: seen.to_vec(), yes: *yes }));
    }
    all
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::{Check, Learned, OWN, Question, fs, in_force, said, shipped, write};
    use crate::{run::Manner, store::CheckKind};
    use serde_json::{Value, json};

    /// A question that was asked at that hour, and answered with `right`.
    fn check(hour: u8, kind: &str, value: Value, probability: f64) -> Check {
        let manner = Manner { kind: kind.to_owned(), ..Manner::default() };
        let question = Question { probability, manner, ..Question::plain("欄", value, "") };
        Check {
            id: 1,
            run_id: "1".to_owned(),
            scenario: "写し".to_owned(),
            n: 1,
            label: "a.png".to_owned(),
            step: "確認".to_owned(),
            kind: CheckKind::Check,
            questions: vec![question],
            paper: None,
            answer: Some(json!({ "欄": "right" })),
            answered_by: Some("佐藤".to_owned()),
            created_at: format!("2026-11-22T{hour:02}:00:00Z"),
        }
    }

    #[test]
    fn only_what_the_models_in_force_said_of_texts_is_learned_from() {
        let checks = [
            check(8, "text", json!("right"), 0.9),
            check(10, "text", json!("right"), 0.97),
            check(10, "person_name", json!("wrong"), 0.7),
            check(10, "text", json!("wrong"), 0.98),
            check(10, "text", json!(""), 0.999),
            check(10, "choice", json!("right"), 0.4),
            check(10, "stamp", json!(true), 0.6),
            check(10, "barcode", json!("wrong"), 0.9),
        ];
        assert_eq!(said(&checks, Some("2026-11-22T09:00:00Z")), [(0.97, true), (0.7, false)].to_vec());
        assert_eq!(said(&checks, None).len(), 3);
    }

    #[test]
    fn the_file_is_there_whole_or_what_was_before() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join(OWN);
        assert!(in_force(&own).is_ok_and(|learned| learned == shipped()));
        let learned = Learned { platt: (0.5, -1.0), ..shipped() };
        assert!(write(&own, &learned).is_ok() && in_force(&own).is_ok_and(|read| read == learned));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        assert!(write(&folder.path().join("none/there.json"), &learned).is_err());
        fs::write(&own, "{").unwrap();
        assert!(in_force(&own).is_err(), "what is broken is not taken for the shipped one");
    }
}
