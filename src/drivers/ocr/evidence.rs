//! Pictures of fields for the person who decides.

use super::{paper::PX_PER_MM, register::Registered};
use crate::form::Rect;
use image::{DynamicImage, ImageFormat, Luma, Pixel, Rgb, codecs::jpeg::JpegEncoder, imageops};
use std::io::Cursor;

/// Shown around a field, in mm.
const AROUND: f64 = 3.0;

/// How good the picture of a whole page is, 1 to 100: thin strokes at 200 dpi stay sharp, a page takes 200 to 400 KB.
const PAGE_QUALITY: u8 = 80;

/// The field as it is on the page (registered, nothing removed) but for the `hidden` places, as a PNG file.
pub(super) fn picture(page: &Registered, rect: Rect, hidden: &[Rect]) -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    // A picture in memory is written without fail; an empty one (a box off the page) gives no picture.
    let _ = part(page, rect, hidden).write_to(&mut png, ImageFormat::Png);
    png.into_inner()
}

/// The whole page in the same way, as a JPEG file.
pub(super) fn whole(page: &Registered, paper: Rect, hidden: &[Rect]) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let _ =
        part(page, paper, hidden).write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, PAGE_QUALITY));
    jpeg
}

fn part(page: &Registered, rect: Rect, hidden: &[Rect]) -> DynamicImage {
    let px = |mm: f64| (mm * PX_PER_MM).max(0.0).round() as u32;
    let (x, y) = (px(rect.x - AROUND), px(rect.y - AROUND));
    let (w, h) = (px(rect.w + 2.0 * AROUND), px(rect.h + 2.0 * AROUND));
    if let Some(colour) = &page.colour {
        let mut part = imageops::crop_imm(colour, x, y, w, h).to_image();
        paint(&mut part, (x, y), hidden, Rgb([0, 0, 0]));
        DynamicImage::ImageRgb8(part)
    } else {
        let mut part = imageops::crop_imm(&page.gray, x, y, w, h).to_image();
        paint(&mut part, (x, y), hidden, Luma([0]));
        DynamicImage::ImageLuma8(part)
    }
}

/// Paints over places of the page (and 2 mm around, where writing may run out) in a part that begins at `origin`.
fn paint<P: Pixel<Subpixel = u8>>(
    part: &mut image::ImageBuffer<P, Vec<u8>>,
    origin: (u32, u32),
    hidden: &[Rect],
    ink: P,
) {
    let px = |mm: f64| (mm * PX_PER_MM).max(0.0).round() as u32;
    let (w, h) = part.dimensions();
    for r in hidden {
        let columns =
            px(r.x - 2.0).saturating_sub(origin.0)..px(r.x + r.w + 2.0).saturating_sub(origin.0).min(w);
        let rows =
            px(r.y - 2.0).saturating_sub(origin.1)..px(r.y + r.h + 2.0).saturating_sub(origin.1).min(h);
        for (x, y) in rows.flat_map(|y| columns.clone().map(move |x| (x, y))) {
            part.put_pixel(x, y, ink);
        }
    }
}
