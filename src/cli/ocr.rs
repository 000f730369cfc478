//! `shoki ocr FILE…`: readings of a form, or plain text. `shoki ocr bench` and `score` measure how good they are.

use super::{
    Ended, Format, GOOD, Stopped, WRONG, ocr_bench::Bench, ocr_calibrate::Calibrate, ocr_score::ScoreArgs,
    print,
};
use crate::{
    actions::page_json,
    app::Office,
    drivers::{
        ocr::NativeParts,
        readers::{PoolConfig, ReaderPool},
    },
    form::Form,
    scenario,
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Readings of a form, or plain text.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Ocr {
    #[command(subcommand)]
    measure: Option<Measure>,
    /// 読み取るファイル（PDF・TIFF・PNG・JPEG）
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// 帳票定義の名前かファイル
    #[arg(long, required_unless_present = "text", value_name = "帳票")]
    form: Option<String>,
    /// 帳票定義を使わず、文章として読みます
    #[arg(long, conflicts_with = "form")]
    text: bool,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How good the readings are.
#[derive(Debug, Subcommand)]
enum Measure {
    /// 正解付きのページをすべて読み、読取りの良さを表にします
    Bench(Bench),
    /// `bench --save` の結果、または庁で確認済みの項目から表を作り直します
    Score(ScoreArgs),
    /// 正解の分かっている結果から、確からしさの計算を学び直します
    Calibrate(Calibrate),
}

/// How the office reads paper; without an office, as usual.
pub(super) fn reader_settings(office: Option<&Office>) -> Result<PoolConfig, Stopped> {
    match office {
        Some(office) => Ok(office.reader_settings()?),
        None => PoolConfig::usual(NativeParts::default()).map_err(Stopped::technical),
    }
}

impl Ocr {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        match &self.measure {
            Some(Measure::Bench(bench)) => return bench.run(office).await,
            Some(Measure::Score(score)) => return score.run(office).await,
            Some(Measure::Calibrate(calibrate)) => return calibrate.run(office).await,
            None => {}
        }
        let office = Office::open(office).ok();
        let settings = reader_settings(office.as_ref())?;
        // The person at the terminal names any file; nothing can be written or sent all the same.
        let settings = PoolConfig { office: None, ..settings };
        let form = self.form.as_ref().map(|name| find_form(name, office.as_ref())).transpose()?;
        let pool = ReaderPool::new(settings);
        let mut pages = Vec::new();
        let mut unreadable = 0;
        for file in &self.files {
            let (read, failed) = self.file(&pool, file, form.as_deref()).await;
            pages.extend(read);
            unreadable += failed;
        }
        if self.format == Format::Json {
            print::json(&json!({ "pages": pages }));
        }
        Ok(if unreadable == 0 { GOOD } else { WRONG })
    }

    /// Reads every page of a file; one that cannot be read says why and does not stop the others.
    async fn file(&self, pool: &ReaderPool, file: &Path, form: Option<&Form>) -> (Vec<Value>, usize) {
        let count = match pool.count_pages(file).await {
            Ok(count) => count,
            Err(e) => {
                print::error(&format!("{}: {e}", file.display()));
                return (vec![json!({ "file": file, "page": null, "error": e.to_string() })], 1);
            }
        };
        let name = file.display().to_string();
        let (mut pages, mut failed) = (Vec::new(), 0);
        for page in 1..=count {
            let read = match form {
                Some(form) => pool.read_form(file, page, form).await.map(|r| page_json(&name, form, &r)),
                None => pool
                    .read_text(file, page)
                    .await
                    .map(|t| json!({ "file": file, "page": page, "text": t.text })),
            };
            let read = read.unwrap_or_else(|e| {
                failed += 1;
                print::error(&format!("{} {page}頁: {e}", file.display()));
                json!({ "file": file, "page": page, "error": e.to_string() })
            });
            if self.format == Format::Text {
                print::out(&in_words(&read));
            }
            pages.push(read);
        }
        (pages, failed)
    }
}

fn in_words(page: &Value) -> String {
    if let Some(text) = page["text"].as_str() {
        return text.to_owned();
    }
    let readings = page["readings"].as_array().cloned().unwrap_or_default();
    let head = format!(
        "{} {}頁  帳票との一致 {:.2}",
        page["file"].as_str().unwrap_or("-"),
        page["page"],
        page["fit"].as_f64().unwrap_or(0.0)
    );
    let row = |r: &Value| {
        let value = r["value"].as_str().map_or_else(|| r["value"].to_string(), ToOwned::to_owned);
        let mark = if r["pass"] == json!(true) { "○" } else { "要確認" };
        let name = r["name"].as_str().unwrap_or("-");
        vec![
            format!("  {name}"),
            value,
            format!("{:.3}", r["probability"].as_f64().unwrap_or(0.0)),
            mark.to_owned(),
        ]
    };
    format!("{head}\n{}", print::table(&readings.iter().map(row).collect::<Vec<_>>()))
}

/// A form of the office by its name, or the one in a file.
pub fn find_form(name: &str, office: Option<&Office>) -> Result<Arc<Form>, Stopped> {
    if let Some(form) = office.and_then(|o| o.forms.get(name)) {
        return Ok(Arc::clone(form));
    }
    let path = Path::new(name);
    if !path.is_file() {
        let known: Vec<&str> = office.iter().flat_map(|o| o.forms.keys()).map(String::as_str).collect();
        let known = if known.is_empty() { "（なし）".to_owned() } else { known.join("、") };
        return Err(Stopped::wrong(format!("帳票「{name}」はありません。forms/ にあるもの: {known}")));
    }
    scenario::load_form(path).map(Arc::new).map_err(|problems| {
        print::out(&print::problems(&problems));
        Stopped::wrong("帳票定義に誤りがあるため、読み取っていません。")
    })
}
