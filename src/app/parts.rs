//! What must be there on a machine beside the program: native parts, a browser.

use crate::drivers::{browser::BrowserSettings, ocr::NativeParts};
use std::path::Path;

/// One thing that must be there.
pub struct Part {
    /// For people.
    pub what: String,
    /// Why it is not, and how to get it.
    pub fault: Option<String>,
}

/// The parts that reading paper and driving screens need. Looks for files only.
#[must_use]
pub fn parts(native: &NativeParts, browser: &BrowserSettings) -> Vec<Part> {
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
