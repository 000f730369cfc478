//! `shoki doctor`: what is missing on this machine, and how to get it.

use super::{Ended, GOOD, TECHNICAL, print};
use crate::{
    app::Office,
    drivers::{browser::BrowserSettings, ocr::NativeParts},
};
use clap::Args;
use std::path::Path;

/// What is missing on this machine.
#[derive(Debug, Args)]
pub struct Doctor {}

/// One thing that must be there.
struct Part {
    what: String,
    /// Why not, and how to get it.
    fault: Option<String>,
}

impl Doctor {
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "every command has the same shape")]
    pub fn run(&self, office: Option<&Path>) -> Ended {
        let found = Office::open(office).ok();
        let (native, browser) = found.as_ref().map_or_else(
            || (NativeParts::default(), BrowserSettings::default()),
            |o| (o.native_parts(), o.browser_settings()),
        );
        let parts = parts(&native, &browser);
        for part in &parts {
            match &part.fault {
                None => print::out(&format!("  あり  {}", part.what)),
                Some(fault) => print::out(&format!("× なし  {}\n        {fault}", part.what)),
            }
        }
        let missing = parts.iter().filter(|p| p.fault.is_some()).count();
        print::out(&if missing == 0 {
            "\n必要なものはすべてそろっています。".to_owned()
        } else {
            format!("\n{missing} 件足りません。")
        });
        Ok(if missing == 0 { GOOD } else { TECHNICAL })
    }
}

fn parts(native: &NativeParts, browser: &BrowserSettings) -> Vec<Part> {
    let missing = native.missing();
    let fault = (!missing.is_empty())
        .then(|| format!("{} がありません。`sh installer/native.sh` で入ります。", missing.join("、")));
    let mut parts = vec![Part { what: "読み取りの部品（PDFium、PP-OCR）".into(), fault }];
    parts.push(Part { what: "Tesseract の日本語データ".into(), fault: tesseract_fault(native) });
    let chromedriver = browser.chromedriver_path();
    let install = "Debian では `apt-get install chromium chromium-driver` で入ります。";
    let missing =
        |path: &Path| (!path.is_file()).then(|| format!("{} がありません。{install}", path.display()));
    parts.push(Part { what: "chromedriver".into(), fault: missing(&chromedriver) });
    let chromium = browser.chromium.clone().unwrap_or_else(|| "/usr/bin/chromium".into());
    parts.push(Part { what: "Chromium".into(), fault: missing(&chromium) });
    parts
}

/// Where Debian keeps Tesseract's data, unless the environment says otherwise.
fn tesseract_fault(native: &NativeParts) -> Option<String> {
    let set = native.tessdata.clone().or_else(|| std::env::var_os("TESSDATA_PREFIX").map(Into::into));
    let dir = set.unwrap_or_else(|| "/usr/share/tesseract-ocr/5/tessdata".into());
    let file = dir.join("jpn.traineddata");
    let install = "Debian では `apt-get install tesseract-ocr tesseract-ocr-jpn` で入ります。";
    (!file.is_file()).then(|| format!("{} がありません。{install}", file.display()))
}
