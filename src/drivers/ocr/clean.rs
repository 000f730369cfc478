//! Takes away what was printed on the blank and what was stamped in red or blue, and leaves what somebody wrote.

use super::{
    blank::Blank,
    blob::blobs,
    mask::Mask,
    pale::{Known, Pale},
    paper::{PALE, PX_PER_MM},
    register::Registered,
    stamp_ink, tint,
};
use crate::form::Rect;
use image::GrayImage;

/// A page with only the writing left.
pub(super) struct Cleaned {
    /// The writing, dark on 255.
    pub gray: GrayImage,
    /// Where it is ink.
    pub ink: Mask,
    /// Red seal colour, without what the blank has in red.
    pub red: Mask,
    /// Blue and violet stamps.
    pub stamp: Mask,
    /// Something on the page, be it printed, is red, or a stamp: the scanner saw colour.
    pub in_colour: bool,
    /// Near printed matter of the blank: leftovers of rules lie here.
    pub print: Mask,
    /// Where the blank has a pale tone; none where it has none.
    pub tint: Option<Mask>,
    /// Where there is writing that is too pale for `ink`.
    pub faint: Pale,
}

/// Printed matter is taken away with this many pixels (0.25 mm) around it.
const AROUND: usize = 2;
/// A band of removed pixels no thicker than this may have been crossed by a stroke (1.8 mm).
const CROSSED: usize = 14;
/// How slanted a crossing stroke may be, in pixels over the band.
const SLANT: i32 = 3;
/// So many pixels of red or of a stamp (6 mm²) show that the page came in colour.
const COLOURED: usize = 400;
/// What is so far inside printed matter, in pixels, lies in a dark area, which tells nothing of the ink upon it; frames and
/// letters are thinner.
const SOLID: usize = 5;

impl Cleaned {
    /// The share of a rectangle (in mm) that a blue stamp's ink covered.
    pub(super) fn stamp_share(&self, r: Rect) -> f64 {
        let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
        let (w, h) = (px(r.w).max(1), px(r.h).max(1));
        self.stamp.window((px(r.x), px(r.y)), w, h).count() as f64 / f64::from(w * h)
    }
}

/// Cleans the page.
pub(super) fn clean(blank: &Blank, page: &Registered) -> Cleaned {
    let (mut base, mut red) = without_red(page);
    let print = blank.ink.grown(AROUND);
    let stamp = match &page.colour {
        Some(colour) => stamp_ink::take_out(&mut base, colour, &print),
        None => Mask::new(print.w, print.h),
    };
    let in_colour = red.bits.iter().chain(&stamp.bits).filter(|set| **set).take(COLOURED).count() == COLOURED;
    leave_out_print(&mut red, &print, blank);
    if let Some(tones) = &blank.tint {
        tint::take_out(&mut base, &mut red, &page.gray, tones);
    }
    let kept = crossings(&base, &print, blank);
    let dark = Mask::ink(&base);
    let mut gray = base;
    for (i, p) in gray.iter_mut().enumerate() {
        if print.bits[i] && !kept.bits[i] {
            *p = 255;
        }
    }
    let (ink, print) = (Mask::darker(&gray, PALE), blank.ink.grown(AROUND + 3));
    let tint = blank.tint.as_ref().map(|tones| Mask::darker(tones, 255));
    let known = Known { dark, writing: &gray, ink: &ink, colour: [&red, &stamp] };
    let faint = Pale::new(&page.gray, blank, known);
    Cleaned { gray, ink, red, stamp, in_colour, print, tint, faint }
}

/// Leaves out of `red` the frames and words that the blank has in red. A piece of which the most lies beside the print is no
/// part of it, as a seal over a printed ㊞, and stays whole.
fn leave_out_print(red: &mut Mask, print: &Mask, blank: &Blank) {
    if red.count() == 0 {
        return;
    }
    let solid = blank.ink.shrunk(SOLID);
    for piece in blobs(red) {
        let on: Vec<(i32, i32)> = piece.pixels.iter().copied().filter(|(x, y)| print.at(*x, *y)).collect();
        if on.len() * 2 < piece.pixels.len() {
            continue;
        }
        for (x, y) in on.into_iter().filter(|(x, y)| !solid.at(*x, *y)) {
            red.bits[y as usize * red.w + x as usize] = false;
        }
    }
}

/// The page as seen through a red glass: red seals vanish, black and blue writing stays.
fn without_red(page: &Registered) -> (GrayImage, Mask) {
    let mut gray = page.gray.clone();
    let mut red = Mask::new(gray.width() as usize, gray.height() as usize);
    if let Some(colour) = &page.colour {
        for (i, (p, c)) in gray.iter_mut().zip(colour.pixels()).enumerate() {
            let (r, other) = (i32::from(c[0]), i32::from(c[1].max(c[2])));
            if r - other > 28 {
                red.bits[i] = r - other > 45;
                *p = (*p).max((r * 255 / 215).min(255) as u8);
            }
        }
    }
    (gray, red)
}

/// Removed pixels that belong to a stroke which crossed a ruled line: ink goes on at both sides of the band.
fn crossings(page: &GrayImage, print: &Mask, blank: &Blank) -> Mask {
    let (w, h) = (print.w, print.h);
    let ink = Mask::darker(page, PALE);
    let mut kept = Mask::new(w, h);
    for x in 0..w {
        for (from, to) in bands(print, x, w, h) {
            let crossed = blank.rules.bits[(from + (to - from) / 2) * w + x];
            let touch =
                |y: i32| (-SLANT..=SLANT).any(|d| ink.at(x as i32 + d, y) && !print.at(x as i32 + d, y));
            if crossed && touch(from as i32 - 1) && touch(to as i32) {
                (from..to).for_each(|y| kept.bits[y * w + x] = page.as_raw()[y * w + x] < PALE);
            }
        }
    }
    for y in 0..h {
        for (from, to) in bands(print, y * w, 1, w) {
            let crossed = blank.rules.bits[y * w + from + (to - from) / 2];
            let touch =
                |x: i32| (-SLANT..=SLANT).any(|d| ink.at(x, y as i32 + d) && !print.at(x, y as i32 + d));
            if crossed && touch(from as i32 - 1) && touch(to as i32) {
                (from..to).for_each(|x| kept.bits[y * w + x] = page.as_raw()[y * w + x] < PALE);
            }
        }
    }
    kept
}

/// The bands of set pixels along one line of the mask (`n` pixels from `start`, `step` apart) that a stroke may have crossed.
fn bands(mask: &Mask, start: usize, step: usize, n: usize) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let mut begun = None;
    for i in 0..=n {
        let set = i < n && mask.bits[start + i * step];
        match (set, begun) {
            (true, None) => begun = Some(i),
            (false, Some(from)) => {
                if i - from <= CROSSED {
                    all.push((from, i));
                }
                begun = None;
            }
            _ => {}
        }
    }
    all
}
