//! Pictures of fields for the person who decides.

use super::{paper::PX_PER_MM, register::Registered};
use crate::form::Rect;
use image::{DynamicImage, ImageFormat, imageops};
use std::io::Cursor;

/// Shown around a field, in mm.
const AROUND: f64 = 3.0;

/// The field as it is on the page (registered, nothing removed), as a PNG file.
pub(super) fn picture(page: &Registered, rect: Rect) -> Vec<u8> {
    let px = |mm: f64| (mm * PX_PER_MM).max(0.0).round() as u32;
    let (x, y) = (px(rect.x - AROUND), px(rect.y - AROUND));
    let (w, h) = (px(rect.w + 2.0 * AROUND), px(rect.h + 2.0 * AROUND));
    let part = match &page.colour {
        Some(colour) => DynamicImage::ImageRgb8(imageops::crop_imm(colour, x, y, w, h).to_image()),
        None => DynamicImage::ImageLuma8(imageops::crop_imm(&page.gray, x, y, w, h).to_image()),
    };
    let mut png = Cursor::new(Vec::new());
    // A picture in memory is written without fail; an empty one (a box off the page) gives no picture.
    let _ = part.write_to(&mut png, ImageFormat::Png);
    png.into_inner()
}
