//! Pages of a TIFF file, G4 fax pages included.

use super::{OcrError, page::MOST_PAGES};
use image::{DynamicImage, GrayImage, RgbImage};
use std::io::Cursor;
use tiff::{
    ColorType, TiffError,
    decoder::{Decoder, DecodingResult, Limits},
    tags::Tag,
};

/// A TIFF file by its first bytes.
pub(super) fn is_tiff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*")
}

/// How many pages the file has.
pub(super) fn count(bytes: &[u8]) -> Result<u32, OcrError> {
    let mut decoder = open(bytes)?;
    let mut n = 1;
    while decoder.more_images() && n <= MOST_PAGES {
        decoder.next_image().map_err(|e| broken(&e))?;
        n += 1;
    }
    super::page::check_count(n)
}

/// Page `n` (from 1) and its dots per inch across and down, if it says.
pub(super) fn load(bytes: &[u8], n: u32) -> Result<(DynamicImage, Option<(f64, f64)>), OcrError> {
    let mut decoder = open(bytes)?;
    for _ in 1..n {
        decoder.next_image().map_err(|e| broken(&e))?;
    }
    let (w, h) = decoder.dimensions().map_err(|e| broken(&e))?;
    super::page::check_size(w, h)?;
    let dpi = resolution(&mut decoder);
    let kind = decoder.colortype().map_err(|e| broken(&e))?;
    let DecodingResult::U8(data) = decoder.read_image().map_err(|e| broken(&e))? else {
        return Err(unsupported());
    };
    Ok((picture(kind, w, h, data)?, dpi))
}

fn open(bytes: &[u8]) -> Result<Decoder<Cursor<&[u8]>>, OcrError> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = 400 << 20;
    Decoder::new(Cursor::new(bytes)).map(|d| d.with_limits(limits)).map_err(|e| broken(&e))
}

fn picture(kind: ColorType, w: u32, h: u32, data: Vec<u8>) -> Result<DynamicImage, OcrError> {
    let made = match kind {
        ColorType::Gray(1) => GrayImage::from_raw(w, h, unpacked(w, h, &data)).map(DynamicImage::ImageLuma8),
        ColorType::Gray(8) => GrayImage::from_raw(w, h, data).map(DynamicImage::ImageLuma8),
        ColorType::RGB(8) => RgbImage::from_raw(w, h, data).map(DynamicImage::ImageRgb8),
        ColorType::RGBA(8) => {
            let rgb = data.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
            RgbImage::from_raw(w, h, rgb).map(DynamicImage::ImageRgb8)
        }
        _ => return Err(unsupported()),
    };
    made.ok_or_else(|| {
        OcrError::unreadable("TIFF の途中でデータが切れています。もう一度スキャンしてください。")
    })
}

/// One bit per pixel to one byte per pixel; 1 is white after the decoder has looked at the file's own convention.
fn unpacked(w: u32, h: u32, data: &[u8]) -> Vec<u8> {
    let stride = w.div_ceil(8) as usize;
    let bit = |i: usize| {
        let (x, y) = (i % w as usize, i / w as usize);
        data.get(y * stride + x / 8).is_none_or(|b| b >> (7 - x % 8) & 1 == 1)
    };
    (0..(w * h) as usize).map(|i| if bit(i) { 255 } else { 0 }).collect()
}

/// Dots per inch across and down.
fn resolution(decoder: &mut Decoder<Cursor<&[u8]>>) -> Option<(f64, f64)> {
    let per = match decoder.get_tag_u32(Tag::ResolutionUnit) {
        Ok(3) => 2.54,
        Ok(1) => return None,
        _ => 1.0,
    };
    let x = decoder.get_tag_f64(Tag::XResolution).ok()?;
    let y = decoder.get_tag_f64(Tag::YResolution).unwrap_or(x);
    Some((x * per, y * per))
}

fn broken(error: &TiffError) -> OcrError {
    match error {
        TiffError::UnsupportedError(_) => unsupported(),
        TiffError::LimitsExceeded => OcrError::unreadable("画像が大きすぎます（1 億画素まで）。"),
        _ => OcrError::unreadable("TIFF が壊れています。もう一度スキャンしてください。"),
    }
}

fn unsupported() -> OcrError {
    OcrError::unreadable(
        "対応していない形式の TIFF です。白黒（G4）、グレー 8 ビット、カラー 24 ビットで保存してください。",
    )
}
