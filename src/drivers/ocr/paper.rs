//! The paper's own brightness taken out, so that white is 255 and one threshold serves the whole page.

use super::resize;
use image::GrayImage;

/// Pixels per inch to which every page and blank is brought.
pub(super) const DPI: f64 = 200.0;
/// Pixels per millimetre at [`DPI`].
pub(super) const PX_PER_MM: f64 = DPI / 25.4;
/// Below this brightness (0 to 255, paper at 255) a pixel is ink.
pub(super) const INK: u8 = 168;
/// Below this brightness a pixel may belong to writing: thin strokes and pencil are this pale.
pub(super) const PALE: u8 = 202;
/// One pixel in so many of a form is ink at least.
const INK_SHARE: usize = 250;
/// Where even the darkest ink of a page is lighter than this, its ink is made darker.
const PALE_INK: usize = 100;
/// Where the darkest is lighter than this, there is no ink to speak of.
const FAINTEST: usize = 205;
/// Side of a tile in which the paper's brightness is measured, in pixels (about 6 mm).
const TILE: u32 = 48;

/// The picture with its paper at 255.
pub(super) fn flatten(gray: &GrayImage) -> GrayImage {
    let (w, h) = gray.dimensions();
    let (tw, th) = (w.div_ceil(TILE), h.div_ceil(TILE));
    let tiles = GrayImage::from_fn(tw, th, |tx, ty| image::Luma([paper_level(gray, tx * TILE, ty * TILE)]));
    let level = resize::gray(&spread(&tiles), w, h);
    let mut out = gray.clone();
    // Division by a byte, as a multiplication: exact below 2^16.
    let inverse: Vec<u64> = (0..=255).map(|l: u64| (1 << 24) / l.max(1) + 1).collect();
    for (p, l) in out.iter_mut().zip(level.iter()) {
        *p = ((u64::from(*p) * 255 * inverse[usize::from(*l)]) >> 24).min(255) as u8;
    }
    strengthened(out)
}

/// The picture with ink as dark as ink is, where all of it is pale: a copy of a copy, a scanner set too light, a tired toner.
/// Grey areas and blank paper stay what they are: on them less than the ink of a form is dark.
fn strengthened(mut flat: GrayImage) -> GrayImage {
    let mut histogram = [0_usize; 256];
    for p in flat.iter() {
        histogram[usize::from(*p)] += 1;
    }
    let ink = flat.len() / INK_SHARE;
    let mut below = 0;
    let darkest = histogram.iter().position(|n| {
        below += n;
        below > ink
    });
    let Some(darkest @ PALE_INK..=FAINTEST) = darkest else { return flat };
    for p in flat.iter_mut() {
        let missing = (255 - usize::from(*p)) * 255 / (255 - darkest);
        *p = 255 - missing.min(255) as u8;
    }
    flat
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Paper of one grey with strokes of another, one pixel in twenty.
    fn page(paper: u8, ink: u8) -> GrayImage {
        GrayImage::from_fn(400, 400, |x, _| image::Luma([if x % 20 == 0 { ink } else { paper }]))
    }

    #[test]
    fn pale_ink_on_light_or_dark_paper_becomes_ink() {
        for (paper, ink) in [(255, 150), (255, 190), (200, 140), (180, 20)] {
            let flat = flatten(&page(paper, ink));
            let (dark, light) = (flat.get_pixel(200, 200)[0], flat.get_pixel(210, 200)[0]);
            assert!(dark < 40 && light == 255, "{paper} {ink}: {dark} {light}");
        }
    }

    #[test]
    fn blank_paper_stays_blank_and_good_ink_what_it_is() {
        assert!(flatten(&page(240, 236)).iter().all(|p| *p > 245));
        assert_eq!(flatten(&page(255, 90)).get_pixel(200, 200)[0], 90);
    }
}
