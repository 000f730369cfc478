//! `shoki ocr bench DIR`: reads pages whose truth is known and says how good the readings are.
//!
//! DIR has `truth.json` and `scans/`; the forms are in DIR/forms or where `--forms` says. `fixtures/formbench` makes such
//! folders; an office can make one of its own verified pages.

use super::{Ended, Format, GOOD, PEOPLE, Stopped, ocr::reader_settings, ocr_score, print};
use crate::{
    app::Office,
    drivers::{
        ocr::{FieldReading, FormReading, OcrError},
        readers::{PoolConfig, ReaderPool},
    },
    form::{FieldType, Form, Forms},
    report::{Judged, distance},
    scenario,
};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use unicode_normalization::UnicodeNormalization;

/// Reads pages whose truth is known.
#[derive(Debug, Args)]
pub struct Bench {
    /// truth.json と scans/ のあるフォルダー
    dir: PathBuf,
    /// 帳票定義のフォルダー（既定: DIR/forms）
    #[arg(long, value_name = "フォルダー")]
    forms: Option<PathBuf>,
    /// 1項目1行の結果（文字は含みません）を書くファイル。`score` がこれを読みます
    #[arg(long, value_name = "ファイル")]
    save: Option<PathBuf>,
    /// 信頼度の図（SVG）を書くファイル
    #[arg(long, value_name = "ファイル")]
    svg: Option<PathBuf>,
    /// 誤って読んだ項目を、正解と並べて表示します（個人情報が表示されます）
    #[arg(long)]
    errors: bool,
    /// 同時に読む枚数（既定: コアの数）。1 枚の時間を測るときは 1
    #[arg(long, value_name = "数")]
    readers: Option<usize>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Deserialize)]
struct Truth {
    /// The form's id, where the pages do not say.
    form: Option<String>,
    pages: Vec<TruePage>,
}

#[derive(Deserialize)]
struct TruePage {
    file: String,
    #[serde(default = "one")]
    page: u32,
    #[serde(default)]
    form: Option<String>,
    /// A form that the page is not: it must be refused.
    #[serde(default)]
    against: Option<String>,
    #[serde(default)]
    style: Option<String>,
    #[serde(default)]
    look: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, TrueField>,
}

#[derive(Deserialize)]
struct TrueField {
    value: Value,
    /// Only a person can know it: struck through, illegible.
    #[serde(default)]
    person: bool,
}

/// How long one page may take: a busy machine must not count as a bad reading.
const PATIENCE: Duration = Duration::from_mins(10);

const fn one() -> u32 {
    1
}

/// What came of all pages.
#[derive(Default)]
struct Found {
    readings: Vec<Judged>,
    /// Pages of a form: read, refused.
    read: usize,
    refused: Vec<String>,
    /// Pages that are not the form: held against it, accepted.
    strangers: usize,
    accepted: Vec<String>,
    /// Wrong readings beside their truth, for `--errors`.
    errors: Vec<Vec<String>>,
    /// Why readings that were right went to a person, and how often.
    reasons: BTreeMap<String, usize>,
}

impl Bench {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let truth = self.truth()?;
        let forms = self.forms()?;
        let office = Office::open(office).ok();
        let usual = reader_settings(office.as_ref())?;
        let pool = ReaderPool::new(PoolConfig {
            readers: self.readers.unwrap_or(usual.readers),
            timeout: PATIENCE,
            reads: Vec::new(),
            office: None,
            ..usual
        });
        let begun = Instant::now();
        let found = self.read_all(pool, &forms, &truth).await?;
        let took = begun.elapsed();
        if let Some(file) = &self.save {
            ocr_score::save(file, &found.readings)?;
        }
        if let Some(file) = &self.svg {
            ocr_score::draw(file, &found.readings)?;
        }
        self.show(&found, took);
        Ok(if found.readings.iter().any(Judged::wrongly_passed) { PEOPLE } else { GOOD })
    }

    fn truth(&self) -> Result<Truth, Stopped> {
        let file = self.dir.join("truth.json");
        let text = fs::read_to_string(&file)
            .map_err(|e| Stopped::wrong(format!("正解のファイル {} を開けません: {e}", file.display())))?;
        let mut truth: Truth = serde_json::from_str(&text)
            .map_err(|e| Stopped::wrong(format!("{} の形が違います: {e}", file.display())))?;
        // Broken files and pages of no known form are tested elsewhere.
        truth.pages.retain(|p| p.form.is_some() || p.against.is_some());
        Ok(truth)
    }

    fn forms(&self) -> Result<Forms, Stopped> {
        let folder = self.forms.clone().unwrap_or_else(|| self.dir.join("forms"));
        let (forms, problems) = scenario::load_forms(&folder);
        if !problems.is_empty() || forms.is_empty() {
            print::out(&print::problems(&problems));
            return Err(Stopped::wrong(format!("{} に使える帳票定義がありません。", folder.display())));
        }
        Ok(forms)
    }

    /// All pages are asked for at once; the pool reads as many at a time as it has readers.
    async fn read_all(&self, pool: ReaderPool, forms: &Forms, truth: &Truth) -> Result<Found, Stopped> {
        let pool = Arc::new(pool);
        let mut asked = JoinSet::new();
        for (i, page) in truth.pages.iter().enumerate() {
            let form = page.form_of(truth, forms)?;
            let (pool, file, n) = (Arc::clone(&pool), self.dir.join("scans").join(&page.file), page.page);
            asked.spawn(async move { (i, pool.read_form(&file, n, &form).await, form) });
        }
        let bar = indicatif::ProgressBar::new(truth.pages.len() as u64);
        let mut found = Found::default();
        while let Some(done) = asked.join_next().await {
            let (i, read, form) = done.map_err(Stopped::technical)?;
            found.take(&truth.pages[i], &form, read);
            bar.inc(1);
        }
        bar.finish_and_clear();
        found.readings.sort_by(|a, b| a.page.cmp(&b.page));
        Ok(found)
    }

    fn show(&self, found: &Found, took: Duration) {
        let pages = found.pages();
        let each = took.as_secs_f64() / f64::from(u32::try_from(pages.max(1)).unwrap_or(u32::MAX));
        if self.format == Format::Json {
            return print::json(&json!({
                "pages": found.read, "refused": found.refused, "strangers": found.strangers, "accepted": found.accepted,
                "seconds_per_page": each, "score": ocr_score::numbers(&found.readings),
            }));
        }
        if self.errors {
            print::out(&print::table(&found.errors));
        }
        print::out(&ocr_score::table(&found.readings));
        let mut reasons: Vec<_> = found.reasons.iter().collect();
        reasons.sort_by(|a, b| b.1.cmp(a.1));
        print::out("正しく読めたのに人の確認になった理由:");
        reasons.iter().take(12).for_each(|(why, n)| print::out(&format!("  {n:>5}  {why}")));
        let refused = found.refused.join("、");
        print::out(&format!(
            "ページ: {} 枚を読み、{} 枚は帳票に合わず読みませんでした（{refused}）。別の帳票 {} 枚のうち {} 枚を誤って受け入れました（{}）。",
            found.read,
            found.refused.len(),
            found.strangers,
            found.accepted.len(),
            found.accepted.join("、"),
        ));
        print::out(&format!("1 ページ平均 {each:.2} 秒（{pages} 枚）"));
    }
}

impl TruePage {
    fn form_of(&self, truth: &Truth, forms: &Forms) -> Result<Arc<Form>, Stopped> {
        let id = self.form.as_ref().or(self.against.as_ref()).or(truth.form.as_ref());
        let form = id.and_then(|id| forms.get(id)).cloned();
        form.ok_or_else(|| {
            Stopped::wrong(format!("{} の帳票定義「{}」がありません。", self.file, id.map_or("-", |i| i)))
        })
    }

    fn name(&self) -> String {
        format!("{}#{}", self.file, self.page)
    }
}

impl Found {
    fn pages(&self) -> usize {
        self.read + self.refused.len() + self.strangers
    }

    fn take(&mut self, page: &TruePage, form: &Form, read: Result<FormReading, OcrError>) {
        if page.form.is_none() {
            self.strangers += 1;
            if let Ok(read) = read {
                self.accepted.push(format!("{} {:.2}", page.file, read.fit));
            }
            return;
        }
        match read {
            Ok(read) => {
                self.read += 1;
                for reading in &read.readings {
                    self.judge(page, form, reading);
                }
            }
            Err(e) => {
                let fit = if let OcrError::NotTheForm { fit, .. } = e {
                    format!(" {fit:.2}")
                } else {
                    e.to_string()
                };
                let look = page.look.as_deref().unwrap_or("-");
                self.refused.push(format!("{} {look}{fit}", page.file));
            }
        }
    }

    fn judge(&mut self, page: &TruePage, form: &Form, reading: &FieldReading) {
        let Some(truth) = page.fields.get(&reading.name) else { return };
        let places = form.places();
        let place = places.iter().find(|f| f.name == reading.name);
        let marks = place.is_some_and(|f| is_mark(&f.kind));
        let (wanted, got) = (plain(&truth.value), plain(&reading.value));
        let judged = Judged {
            page: page.name(),
            field: reading.name.clone(),
            style: page.style.clone().unwrap_or_else(|| "-".to_owned()),
            look: page.look.clone().unwrap_or_else(|| "-".to_owned()),
            kind: reading.kind.clone(),
            right: wanted == got,
            filled: marks || !wanted.is_empty(),
            pass: reading.pass,
            ask: reading.ask,
            person: truth.person,
            probability: reading.probability,
            distance: distance(&wanted, &got),
            letters: wanted.chars().count(),
            observed: reading.observed.clone(),
            marked: place.map_or_else(Vec::new, |f| marked(&f.kind, &truth.value)),
        };
        if judged.right && judged.filled && !judged.pass {
            for reason in &reading.reasons {
                *self.reasons.entry(without_numbers(reason)).or_default() += 1;
            }
        }
        if !judged.right || judged.wrongly_passed() {
            let said = format!("{:.3}{}", reading.probability, if reading.pass { " 通過" } else { "" });
            let reasons = reading.reasons.join("、");
            self.errors.push(vec![
                page.name(),
                judged.style.clone(),
                judged.look.clone(),
                reading.name.clone(),
                wanted,
                got,
                said,
                reasons,
            ]);
        }
        self.readings.push(judged);
    }
}

const fn is_mark(kind: &FieldType) -> bool {
    matches!(kind, FieldType::Choice { .. } | FieldType::Checkbox | FieldType::Stamp)
}

/// Which of a field's places are marked.
fn marked(kind: &FieldType, truth: &Value) -> Vec<bool> {
    let holds = |word: &str| match truth {
        Value::String(one) => one == word,
        Value::Array(many) => many.iter().any(|v| v == word),
        _ => false,
    };
    match kind {
        FieldType::Choice { options, .. } => options.iter().map(|(word, _)| holds(word)).collect(),
        FieldType::Checkbox | FieldType::Stamp => vec![truth == &Value::Bool(true)],
        _ => Vec::new(),
    }
}

/// The reason with its numbers taken out, for counting.
fn without_numbers(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()
}

/// The value as text in compatibility form (（ is (, Ａ is A). Spaces do not count, nor whether nothing is null, false for text, or empty.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.nfkc().filter(|c| !c.is_whitespace()).collect(),
        other => other.to_string(),
    }
}
