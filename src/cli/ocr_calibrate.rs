//! `shoki ocr calibrate`: learns anew how probable readings are.
//!
//! From files of `bench --save` (pages whose truth is known) all weights are learned; from what people of the office confirmed
//! only a slope and a shift, because people see chiefly the doubtful readings. The file goes to `calibration.json` of the
//! office, where the readers find it.

use super::{Ended, GOOD, Stopped, ocr_score, print};
use crate::{
    app::Office,
    drivers::ocr::{Example, Learned, shipped},
    report::Judged,
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

impl Calibrate {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let from_pages = !self.files.is_empty();
        let (readings, into) = if from_pages && self.into.is_some() {
            (ocr_score::load(&self.files)?, self.into.clone().unwrap_or_default())
        } else {
            let office = Office::open(office)?;
            let into = self.into.clone().unwrap_or_else(|| office.root.join("calibration.json"));
            let readings = if from_pages {
                ocr_score::load(&self.files)?
            } else {
                ocr_score::confirmed(&office).await?
            };
            (readings, into)
        };
        enough(&readings)?;
        let learned = if from_pages {
            Learned::learn(&examples(&readings), &shipped(), self.source.clone())
        } else {
            let said: Vec<(f64, bool)> = readings.iter().map(|j| (j.probability, j.right)).collect();
            shipped().adjusted(&said, format!("庁で確認済みの {} 項目", readings.len()))
        };
        let text = serde_json::to_string_pretty(&learned).map_err(Stopped::technical)?;
        fs::write(&into, text + "\n")
            .map_err(|e| Stopped::technical(format!("{} に書けません: {e}", into.display())))?;
        print::out(&format!(
            "{} 項目（誤り {}）から学び、{} に書きました。",
            learned.readings,
            learned.wrong,
            into.display()
        ));
        Ok(GOOD)
    }
}

/// Too few readings teach nothing and would make probabilities worse.
fn enough(readings: &[Judged]) -> Result<(), Stopped> {
    let wrong = readings.iter().filter(|j| !j.right).count();
    if readings.len() >= ENOUGH.0 && wrong >= ENOUGH.1 {
        return Ok(());
    }
    Err(Stopped::wrong(format!(
        "学ぶには足りません（{} 項目、うち誤り {wrong}。{} 項目、誤り {} 以上が必要です）。確認を続けてからもう一度実行してください。",
        readings.len(),
        ENOUGH.0,
        ENOUGH.1,
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
