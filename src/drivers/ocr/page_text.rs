//! All text of a page: every line the detector finds, as the text layer has it where that says what the picture says.

use super::{
    OcrError,
    charset::Charset,
    layer::in_order,
    model::Model,
    native::NativeParts,
    page::{Letter, Sheet},
    paper::PX_PER_MM,
    reading::{PageText, TextLine},
    resize,
    text_field::Readers,
};
use image::{GrayImage, imageops};
use unicode_normalization::UnicodeNormalization;

fn page(lines: Vec<TextLine>) -> PageText {
    let text = lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join("\n");
    PageText { text, lines }
}

/// The side of the picture given to the detector is at most this, in pixels.
const LONGEST: u32 = 1_280;
/// The detector is at least this sure of a pixel of text.
const TEXT: f32 = 0.3;

/// Finds and reads all lines.
pub(super) fn read(readers: &mut Readers, native: &NativeParts, sheet: &Sheet) -> Result<PageText, OcrError> {
    let mut lines = Vec::new();
    for (x, y, w, h) in detect(readers.detector(native)?, &sheet.gray)? {
        let picture = imageops::crop_imm(&sheet.gray, x, y, w, h).to_image();
        let said = readers.first(&picture, &Charset::Free)?;
        if said.raw.is_empty() {
            continue;
        }
        let mm = |px: u32| (f64::from(px) / PX_PER_MM * 10.0).round() / 10.0;
        let (text, probability) = match layer_says(&sheet.letters, (x, y, w, h), &said.raw) {
            Some(text) => (text, 1.0),
            None => (said.raw, said.mean),
        };
        lines.push(TextLine { text, probability, rect: [mm(x), mm(y), mm(w), mm(h)] });
    }
    Ok(page(lines))
}

/// What the text layer says in a rectangle, where the picture says nearly the same: four letters of five. A layer that says
/// something else is a scanner's bad guess, or somebody's trick.
fn layer_says(letters: &[Letter], (x, y, w, h): (u32, u32, u32, u32), seen: &str) -> Option<String> {
    let inside = |l: &&Letter| {
        let (u, v) = l.middle();
        u > f64::from(x) && u < f64::from(x + w) && v > f64::from(y) && v < f64::from(y + h)
    };
    let text = in_order(letters.iter().filter(inside).collect());
    let plain = |text: &str| text.nfkc().filter(|c| !c.is_whitespace()).collect::<String>();
    (!text.is_empty() && strsim::normalized_levenshtein(&plain(&text), &plain(seen)) >= 0.8).then_some(text)
}

/// The rectangles (x, y, width, height in pixels) of lines of text, top to bottom.
fn detect(model: &mut dyn Model, gray: &GrayImage) -> Result<Vec<(u32, u32, u32, u32)>, OcrError> {
    let scale = (f64::from(LONGEST) / f64::from(gray.width().max(gray.height()))).min(1.0);
    let side = |n: u32| ((f64::from(n) * scale / 32.0).round().max(1.0) * 32.0) as u32;
    let (w, h) = (side(gray.width()), side(gray.height()));
    let small = resize::gray(gray, w, h);
    let plane: Vec<f32> = small.as_raw().iter().map(|p| f32::from(*p) / 127.5 - 1.0).collect();
    let output = model.run([plane.as_slice(); 3].concat(), h as usize, w as usize)?;
    let mut mask = super::mask::Mask::new(w as usize, h as usize);
    mask.bits.iter_mut().zip(&output.values).for_each(|(b, p)| *b = *p > TEXT);
    let (fx, fy) = (f64::from(gray.width()) / f64::from(w), f64::from(gray.height()) / f64::from(h));
    let blobs = super::blob::blobs(&mask);
    let mut found: Vec<_> = blobs
        .iter()
        .filter(|b| b.w() >= 3 && b.h() >= 3)
        .map(|b| {
            // The detector marks the core of a line: it grows by area × 1.6 / perimeter on each side.
            let grow = f64::from(b.w() * b.h()) * 1.6 / f64::from(2 * (b.w() + b.h()));
            let (x0, y0) = ((f64::from(b.bounds.0) - grow) * fx, (f64::from(b.bounds.1) - grow) * fy);
            let (x1, y1) = ((f64::from(b.bounds.2 + 1) + grow) * fx, (f64::from(b.bounds.3 + 1) + grow) * fy);
            let (x0, y0) = (x0.max(0.0) as u32, y0.max(0.0) as u32);
            (x0, y0, (x1 as u32).min(gray.width()) - x0, (y1 as u32).min(gray.height()) - y0)
        })
        .collect();
    found.sort_by_key(|(x, y, _, h)| ((y + h / 2) / 24, *x));
    Ok(found)
}
