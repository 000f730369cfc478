//! The second reader: Tesseract with Debian's `jpn` data. Weak on handwriting, but its mistakes are its own.

use super::{OcrError, charset::Charset, ctc::Decoded, recognizer::Recognizer, resize};
use image::{GrayImage, imageops};
use std::{
    env,
    ffi::CString,
    path::Path,
    time::{Duration, Instant},
};
use tesseract::plumbing::TessBaseApi;

/// Tesseract, kept warm.
pub(super) struct Tess {
    api: TessBaseApi,
    /// The characters it is held to now.
    held: &'static str,
    /// Time in Tesseract so far.
    pub spent: Duration,
}

/// Lines are brought to this height in pixels, white margin included.
const HEIGHT: u32 = 56;

impl Tess {
    /// Starts it with the Japanese data.
    pub(super) fn start() -> Result<Self, OcrError> {
        if env::var_os("TESSDATA_PREFIX").is_some_and(|d| !Path::new(&d).join("jpn.traineddata").is_file()) {
            return Err(OcrError::NoTesseractData);
        }
        let mut api = TessBaseApi::create();
        let _ = api.set_variable(c"debug_file", c"/dev/null");
        api.init_4(None, Some(c"jpn"), 1).map_err(|_| OcrError::NoTesseractData)?;
        api.set_page_seg_mode(7);
        Ok(Self { api, held: "", spent: Duration::ZERO })
    }

    /// Holds it to a few characters; empty: all.
    fn hold(&mut self, few: &'static str) {
        if self.held != few {
            let list = CString::new(few).expect("the lists hold no zero byte");
            let _ = self.api.set_variable(c"tessedit_char_whitelist", &list);
            self.held = few;
        }
    }

    fn text(&mut self, line: &GrayImage) -> Option<(String, f64)> {
        let (w, h) = (i32::try_from(line.width()).ok()?, i32::try_from(line.height()).ok()?);
        self.api.set_image(line.as_raw(), w, h, 1, w).ok()?;
        self.api.set_source_resolution(300);
        self.api.recognize().ok()?;
        let text = self.api.get_utf8_text().ok()?.as_ref().to_string_lossy().into_owned();
        Some((
            text.split_whitespace().collect::<Vec<_>>().join(" "),
            f64::from(self.api.mean_text_conf()) / 100.0,
        ))
    }
}

impl Recognizer for Tess {
    fn read(&mut self, line: &GrayImage, charset: &Charset) -> Result<Decoded, OcrError> {
        self.hold(charset.few().unwrap_or(""));
        let framed = framed(line);
        let begun = Instant::now();
        let (raw, confidence) = self.text(&framed).unwrap_or_default();
        self.spent += begun.elapsed();
        let text: String =
            raw.chars().map(|c| charset.fold(c)).filter(|c| charset.weight(*c) > 0.0).collect();
        Ok(Decoded::plain(raw, text.replace(' ', ""), confidence))
    }
}

/// The line at the height Tesseract likes, with white around it.
fn framed(line: &GrayImage) -> GrayImage {
    let inner = HEIGHT - 16;
    let w = (f64::from(line.width()) * f64::from(inner) / f64::from(line.height().max(1)))
        .round()
        .clamp(4.0, 2_400.0) as u32;
    let small = resize::gray(line, w, inner);
    let mut out = GrayImage::from_pixel(w + 24, HEIGHT, image::Luma([255]));
    imageops::replace(&mut out, &small, 12, 8);
    out
}
