//! The paper's own brightness taken out, so that white is 255 and one threshold serves the whole page.

use image::{GrayImage, imageops};

/// Pixels per inch to which every page and blank is brought.
pub(super) const DPI: f64 = 200.0;
/// Pixels per millimetre at [`DPI`].
pub(super) const PX_PER_MM: f64 = DPI / 25.4;
/// Below this brightness (0 to 255, paper at 255) a pixel is ink.
pub(super) const INK: u8 = 168;
/// Below this brightness a pixel may belong to writing: thin strokes and pencil are this pale.
pub(super) const PALE: u8 = 202;
/// Side of a tile in which the paper's brightness is measured, in pixels (about 6 mm).
const TILE: u32 = 48;

/// The picture with its paper at 255.
pub(super) fn flatten(gray: &GrayImage) -> GrayImage {
    let (w, h) = gray.dimensions();
    let (tw, th) = (w.div_ceil(TILE), h.div_ceil(TILE));
    let tiles = GrayImage::from_fn(tw, th, |tx, ty| image::Luma([paper_level(gray, tx * TILE, ty * TILE)]));
    let level = imageops::resize(&spread(&tiles), w, h, imageops::FilterType::Triangle);
    let mut out = gray.clone();
    for (p, l) in out.iter_mut().zip(level.iter()) {
        *p = ((u32::from(*p) * 255) / u32::from((*l).max(1))).min(255) as u8;
    }
    out
}

/// The brightness that one pixel in ten of the tile exceeds.
fn paper_level(gray: &GrayImage, x0: u32, y0: u32) -> u8 {
    let (x1, y1) = ((x0 + TILE).min(gray.width()), (y0 + TILE).min(gray.height()));
    let mut histogram = [0_u32; 256];
    for y in (y0..y1).step_by(2) {
        for x in (x0..x1).step_by(2) {
            histogram[usize::from(gray.get_pixel(x, y)[0])] += 1;
        }
    }
    let mut left = histogram.iter().sum::<u32>() / 10;
    for (level, n) in histogram.iter().enumerate().rev() {
        if *n > left {
            return level as u8;
        }
        left -= n;
    }
    255
}

/// Each tile takes the brightest of its neighbours, so that a tile full of ink does not pass for dark paper;
/// darker than 110 is never paper.
fn spread(tiles: &GrayImage) -> GrayImage {
    let (w, h) = tiles.dimensions();
    GrayImage::from_fn(w, h, |x, y| {
        let around = (y.saturating_sub(1)..(y + 2).min(h))
            .flat_map(|v| (x.saturating_sub(1)..(x + 2).min(w)).map(move |u| (u, v)));
        image::Luma([around.map(|(u, v)| tiles.get_pixel(u, v)[0]).max().unwrap_or(255).max(110)])
    })
}
