//! `shoki form show FORM`: the boxes of a form on its page, with a scan also what was read, as a picture.

use super::{Ended, Format, GOOD, Stopped, ocr::find_form, print};
use crate::{
    app::{Office, OfficeError},
    config::ConfigError,
    drivers::{
        ocr::NativeParts,
        readers::{PoolConfig, ReaderPool},
    },
    form::Form,
    scenario::{Written, form_picture},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Pixels per mm of the picture.
const SCALE: f64 = 6.0;

/// Forms.
#[derive(Debug, Args)]
pub struct FormArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 読み取る場所を、用紙の上に描きます
    Show(Show),
}

/// Draws a form.
#[derive(Debug, Args)]
struct Show {
    /// 帳票定義の名前かファイル
    form: String,
    /// この紙を読み、読取値も描きます
    #[arg(long, value_name = "ファイル")]
    scan: Option<PathBuf>,
    /// 紙のページ（1 から）
    #[arg(long, default_value_t = 1)]
    page: u32,
    /// 書き出すファイル（.png か .svg）
    #[arg(long, short, value_name = "ファイル")]
    output: Option<PathBuf>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl FormArgs {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let Act::Show(show) = &self.act;
        show.run(office).await
    }
}

impl Show {
    async fn run(&self, office: Option<&Path>) -> Ended {
        let office = match Office::open(office) {
            Ok(office) => Some(office),
            Err(wrong @ OfficeError::Config(ConfigError::Wrong(_))) => return Err(wrong.into()),
            Err(_) => None, // a form is shown without an office too
        };
        let form = find_form(&self.form, office.as_ref())?;
        let settings = match &office {
            // The person at the terminal names any file; nothing can be written or sent all the same.
            Some(office) => PoolConfig { office: None, ..office.reader_settings()? },
            None => PoolConfig::usual(NativeParts::default()).map_err(Stopped::technical)?,
        };
        let pool = ReaderPool::new(settings);
        let scan = self.scan.as_deref().map(|file| (file, self.page));
        let read = match scan {
            Some((file, page)) => readings(&pool, file, page, &form).await?,
            None => Vec::new(),
        };
        let svg = form_picture(&form, Some(&page_picture(&pool, &form, scan).await?), &read);
        let output = self.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.png", form.id)));
        let cannot =
            |e: std::io::Error| Stopped::technical(format!("{} に書き込めません: {e}", output.display()));
        if output.extension().is_some_and(|e| e == "svg") {
            std::fs::write(&output, &svg).map_err(cannot)?;
        } else {
            let chromium = office.as_ref().and_then(|o| o.config.browser.chromium.clone());
            let size = (form.page.width * SCALE, form.page.height * SCALE);
            photograph(&svg, size, chromium, &output)?;
        }
        match self.format {
            Format::Json => print::json(
                &json!({ "file": output.display().to_string(), "fields": form.places().len(), "readings": read.len() }),
            ),
            Format::Text => print::out(&format!(
                "{} に、項目 {} か所を描きました。",
                output.display(),
                form.places().len()
            )),
        }
        Ok(GOOD)
    }
}

/// What was read, as text.
async fn readings(pool: &ReaderPool, file: &Path, page: u32, form: &Form) -> Result<Vec<Written>, Stopped> {
    let read = pool.read_form(file, page, form).await.map_err(Stopped::wrong)?;
    let secret = |name: &str| form.places().iter().any(|f| f.name == name && f.kind.word() == "my_number");
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "✓".to_owned(),
        Value::Null | Value::Bool(false) => String::new(),
        other => other.to_string(),
    };
    let written = read.readings.iter().map(|r| {
        let value = if secret(&r.name) { "（個人番号）".to_owned() } else { text(&r.value) };
        Written { name: r.name.clone(), value, pass: r.pass }
    });
    Ok(written.collect())
}

/// The page as a `data:` address.
pub async fn page_picture(
    pool: &ReaderPool,
    form: &Form,
    scan: Option<(&Path, u32)>,
) -> Result<String, Stopped> {
    let png = pool.picture(form, scan).await.map_err(Stopped::wrong)?;
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}

/// An SVG as a PNG file, drawn by Chromium, which has the Japanese fonts.
fn photograph(svg: &str, size: (f64, f64), chromium: Option<PathBuf>, output: &Path) -> Result<(), Stopped> {
    let failed = |e: std::io::Error| Stopped::technical(format!("絵を作れません: {e}"));
    let dir = tempfile::tempdir().map_err(failed)?;
    let (page, picture) = (dir.path().join("page.html"), dir.path().join("page.png"));
    let html = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><style>html,body{{margin:0}}svg{{width:{}px;height:{}px;display:block}}</style>{svg}",
        size.0, size.1
    );
    std::fs::write(&page, html).map_err(failed)?;
    let program = chromium.unwrap_or_else(|| PathBuf::from("chromium"));
    let ended = Command::new(&program)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
        ])
        .arg(format!("--user-data-dir={}", dir.path().join("profile").display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("--window-size={:.0},{:.0}", size.0, size.1))
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let drawn = ended.is_ok_and(|status| status.success()) && picture.is_file();
    if !drawn {
        let message = format!(
            "PNG にするための Chromium（{}）が動きません。`shoki doctor` で確かめるか、`-o 名前.svg` で書き出してください。",
            program.display()
        );
        return Err(Stopped::technical(message));
    }
    std::fs::copy(&picture, output).map(drop).map_err(failed)
}
