//! Areas that the blank has in a pale tone (網掛け, a shaded place for a seal): the tone goes, as paper's does. What it hides
//! instead, a dark ground, a pattern of dots or a tone that the scanner made black, is for a person.

use super::{blob::blobs, clean::Cleaned, mask::Mask, paper::PX_PER_MM};
use crate::form::Rect;
use image::{GrayImage, Luma};

/// From this brightness on it is paper.
const PAPER: u8 = 245;
/// A tone is even this far around, in pixels: the soft edges of rules and letters are narrower.
const EVEN: usize = 4;
/// The page may be off its blank by so much, in pixels.
const OFF: usize = 2;
/// Letters on a tone leave holes in it, up to twice this wide, in pixels (1.5 mm).
const HOLES: usize = 6;
/// Red ink is darker than a red tone by more than this, of 255.
const DARKER: u8 = 40;
/// What is printed all over stays printed when it is made narrower by so much, in pixels; rules and the frames of boxes do not.
const ALL_OVER: i32 = 8;

/// The blank's pale tones, 255 elsewhere; none where it has none.
pub(super) fn of_blank(gray: &GrayImage) -> Option<GrayImage> {
    let (mut even, dark) = (Mask::darker(gray, PAPER), Mask::ink(gray));
    even.bits.iter_mut().zip(&dark.bits).for_each(|(pale, dark)| *pale &= !*dark);
    let even = even.shrunk(EVEN);
    if even.count() == 0 {
        return None;
    }
    let mut tones = GrayImage::from_pixel(gray.width(), gray.height(), Luma([255]));
    for area in blobs(&even.grown(EVEN + OFF + HOLES).shrunk(HOLES)) {
        let inside = |(x, y): &&(i32, i32)| even.at(*x, *y);
        let level = |(x, y): &(i32, i32)| gray.get_pixel(*x as u32, *y as u32)[0];
        let mut levels: Vec<u8> = area.pixels.iter().filter(inside).map(level).collect();
        levels.sort_unstable();
        let Some(usual) = levels.get(levels.len() / 2).copied() else { continue };
        for at in &area.pixels {
            let tone = if inside(&at) { level(at) } else { usual };
            tones.put_pixel(at.0 as u32, at.1 as u32, Luma([tone]));
        }
    }
    Some(tones)
}

/// Takes the tones out of a page, and out of what is red on it; `seen` is the page as it was.
pub(super) fn take_out(base: &mut GrayImage, red: &mut Mask, seen: &GrayImage, tones: &GrayImage) {
    for (i, (p, tone)) in base.iter_mut().zip(tones.iter()).enumerate() {
        if *tone < 255 {
            *p = (u32::from(*p) * 255 / u32::from((*tone).max(1))).min(255) as u8;
            red.bits[i] &= seen.as_raw()[i].saturating_add(DARKER) < *tone;
        }
    }
}

/// At least a quarter of the place has a tone.
pub(super) fn toned(page: &Cleaned, rect: Rect) -> bool {
    let (origin, (w, h)) = window(rect);
    page.tint.as_ref().is_some_and(|tint| tint.window(origin, w, h).count() * 4 >= (w * h) as usize)
}

/// Why writing in the place cannot be seen, or be told from the ground it stands on.
pub(super) fn hides(page: &Cleaned, rect: Rect) -> Option<&'static str> {
    let ((x, y), (w, h)) = window(rect);
    let all = page.print.window((x - ALL_OVER, y - ALL_OVER), w + 2 * ALL_OVER, h + 2 * ALL_OVER);
    let covered = all.shrunk(ALL_OVER as usize).window((ALL_OVER, ALL_OVER), w, h);
    if covered.count() * 5 > 3 * (w * h) as usize {
        return Some("この欄は地色か模様が濃く、記入を読み取れません");
    }
    let tint = page.tint.as_ref().filter(|_| toned(page, rect))?.window((x, y), w, h);
    let ink = page.ink.window((x, y), w, h);
    let inked = tint.bits.iter().zip(&ink.bits).filter(|(tint, ink)| **tint && **ink).count();
    // The strokes of a full line of kanji cover a fifth of their place.
    (inked * 20 >= tint.count() * 7).then_some("この欄の地色（網掛け）が濃く写り、記入と見分けられません")
}

/// Where a rectangle (in mm) begins on the page, and its width and height, in pixels.
fn window(rect: Rect) -> ((i32, i32), (i32, i32)) {
    let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
    ((px(rect.x), px(rect.y)), (px(rect.w).max(1), px(rect.h).max(1)))
}

#[cfg(test)]
mod tests {
    use super::{hides, of_blank, toned};
    use crate::{
        drivers::ocr::marks::{
            Doubt, stamped,
            tests::{BLACK, SEAL, Stroke, draw, printed, ring, written},
        },
        form::Rect,
    };
    use image::{GrayImage, Luma, Rgb, RgbImage};

    /// Over the whole place of the seal.
    const ALL: &[Stroke] = &[((5.0, 31.0), (17.0, 31.0), 11.0)];

    /// A printed page with a place for a seal in this colour.
    fn shaded(tone: [u8; 3]) -> RgbImage {
        let mut sheet = printed();
        draw(&mut sheet, &[((28.0, 5.0), (56.0, 5.0), 0.6)], BLACK);
        draw(&mut sheet, ALL, tone);
        sheet
    }

    #[test]
    fn a_shaded_place_is_no_seal_and_a_seal_upon_it_is_asked_about() {
        let seal = ring((11.0, 31.0), (4.7, 4.7));
        for level in [172, 191, 205, 230] {
            let blank = shaded([level; 3]);
            let empty = stamped(&written(&blank, &[], false), SEAL);
            assert!(empty.marked < 0.01 && empty.doubt.is_none(), "{level}: {empty:?}");
            let page = written(&blank, &[(seal.as_slice(), BLACK)], false);
            let there = stamped(&page, SEAL);
            assert!(there.marked > 0.99 && there.doubt == Some(Doubt::Toned), "{level}: {there:?}");
            assert_eq!(hides(&page, SEAL), None);
        }
    }

    #[test]
    fn a_place_shaded_in_red_is_no_seal_and_a_red_seal_upon_it_is_one() {
        let blank = shaded([255, 205, 205]);
        let empty = stamped(&written(&blank, &[], true), SEAL);
        assert!(empty.marked < 0.01, "{empty:?}");
        let seal = ring((11.0, 31.0), (4.7, 4.7));
        let there = stamped(&written(&blank, &[(seal.as_slice(), [205, 42, 48])], true), SEAL);
        assert!(there.marked > 0.99 && there.doubt.is_none(), "{there:?}");
    }

    #[test]
    fn what_a_dark_ground_or_dots_hide_is_said() {
        let why = |blank: &RgbImage| hides(&written(blank, &[], false), SEAL);
        assert!(why(&shaded([150; 3])).is_some_and(|why| why.contains("濃く")));
        let mut dots = shaded([255; 3]);
        let dotted = |x: u32, y: u32| y > 180 && y.is_multiple_of(4) && x.is_multiple_of(4);
        for (_, _, p) in dots.enumerate_pixels_mut().filter(|(x, y, _)| dotted(*x, *y)) {
            *p = Rgb([0; 3]);
        }
        assert!(why(&dots).is_some());
        assert_eq!(why(&shaded([191; 3])), None);
        assert_eq!(why(&shaded([255; 3])), None);
    }

    #[test]
    fn a_tone_that_the_scanner_made_black_is_asked_about() {
        let (blank, level) = (shaded([191; 3]), [90; 3]);
        let page = written(&blank, &[(ALL, level)], false);
        assert!(toned(&page, SEAL) && hides(&page, SEAL).is_some_and(|why| why.contains("見分け")));
        assert!(!toned(&page, Rect { x: 30.0, ..SEAL }));
    }

    #[test]
    fn soft_edges_are_no_tone() {
        let ramp = |x: u32| Luma([[0, 90, 180, 230, 255, 255, 255, 255][(x % 8) as usize]]);
        assert!(of_blank(&GrayImage::from_fn(200, 100, |x, _| ramp(x))).is_none());
    }
}
