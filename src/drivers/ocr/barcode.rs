//! QR and one-dimensional codes, by the port of `ZXing`.

use super::{clean::Cleaned, crop::Crop, field_reading::Draft, paper::PX_PER_MM};
use crate::form::Rect;
use image::{GrayImage, imageops};
use rxing::{BarcodeFormat, DecodeHints, helpers::detect_in_luma_with_hints};
use serde_json::Value;
use std::collections::HashSet;

/// Around the field a code may stand out, in mm; a QR code needs four of its squares of white around it.
const AROUND: f64 = 3.0;
/// Codes that carry a check of their own.
const CHECKED: [BarcodeFormat; 6] = [
    BarcodeFormat::QR_CODE,
    BarcodeFormat::CODE_128,
    BarcodeFormat::CODE_93,
    BarcodeFormat::EAN_13,
    BarcodeFormat::EAN_8,
    BarcodeFormat::UPC_A,
];
/// Codes without one: a damaged bar gives another text (NW-7 is Codabar).
const UNCHECKED: [BarcodeFormat; 3] = [BarcodeFormat::CODE_39, BarcodeFormat::ITF, BarcodeFormat::CODABAR];

/// Reads the code in `rect` of a registered page (`gray`, nothing removed); `page` says whether anything is there at all.
pub(super) fn read(gray: &GrayImage, page: &Cleaned, rect: Rect) -> Draft {
    let px = |mm: f64| (mm * PX_PER_MM).max(0.0).round() as u32;
    let (x, y) = (px(rect.x - AROUND), px(rect.y - AROUND));
    let part =
        imageops::crop_imm(gray, x, y, px(rect.w + 2.0 * AROUND), px(rect.h + 2.0 * AROUND)).to_image();
    let mut found: Vec<(String, bool)> = Vec::new();
    for times in [2, 1, 3] {
        let sized = imageops::resize(
            &part,
            part.width() * times,
            part.height() * times,
            imageops::FilterType::CatmullRom,
        );
        found.extend(decode(&sized));
        if settled(&found) {
            break;
        }
    }
    let Some((text, checked)) = found.first().cloned() else {
        return nothing(page, rect);
    };
    let agreed = found.iter().all(|(t, _)| *t == text);
    let sure = agreed && (checked || found.len() > 1);
    let probability = if sure { 0.9995 } else { 0.9 };
    let options = vec![(Value::String(text.clone()), probability)];
    let draft = Draft { raw: text, options, probability, ..Draft::default() };
    if agreed { draft } else { draft.ask("コードの読みが拡大のしかたで変わりました") }
}

/// One reading of a code with a check, or two equal ones of another.
fn settled(found: &[(String, bool)]) -> bool {
    found.first().is_some_and(|f| f.1) || found.len() > 1
}

fn decode(gray: &GrayImage) -> Option<(String, bool)> {
    let formats: HashSet<BarcodeFormat> = CHECKED.into_iter().chain(UNCHECKED).collect();
    let mut hints =
        DecodeHints { PossibleFormats: Some(formats), TryHarder: Some(true), ..DecodeHints::default() };
    let (w, h) = gray.dimensions();
    let code = detect_in_luma_with_hints(gray.as_raw().clone(), w, h, None, &mut hints).ok()?;
    let text = code.getText().trim().to_owned();
    (!text.is_empty()).then(|| (text, CHECKED.contains(code.getBarcodeFormat())))
}

/// No code was found: the field is empty, or what is there cannot be read.
fn nothing(page: &Cleaned, rect: Rect) -> Draft {
    let crop = Crop::new(page, rect);
    let share = crop.area() as f64 / (rect.w * rect.h * PX_PER_MM * PX_PER_MM).max(1.0);
    if share < 0.01 && !crop.cut {
        return Draft::empty(Value::Null, if crop.area() == 0 { 0.999 } else { 0.99 });
    }
    Draft { options: vec![(Value::Null, 0.0)], ..Draft::default() }
        .ask("コード（QR・バーコード）を読み取れません")
}
