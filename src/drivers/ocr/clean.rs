//! Takes away what was printed on the blank and what was stamped in red or blue, and leaves what somebody wrote.

use super::{
    blank::Blank,
    mask::Mask,
    paper::{PALE, PX_PER_MM},
    register::Registered,
    stamp_ink,
};
use crate::form::Rect;
use image::GrayImage;

/// A page with only the writing left.
pub(super) struct Cleaned {
    /// The writing, dark on 255.
    pub gray: GrayImage,
    /// Where it is ink.
    pub ink: Mask,
    /// Red seal colour.
    pub red: Mask,
    /// Blue and violet stamps.
    pub stamp: Mask,
    /// Near printed matter of the blank: leftovers of rules lie here.
    pub print: Mask,
}

/// Printed matter is taken away with this many pixels (0.25 mm) around it.
const AROUND: usize = 2;
/// A band of removed pixels no thicker than this may have been crossed by a stroke (1.8 mm).
const CROSSED: usize = 14;
/// How slanted a crossing stroke may be, in pixels over the band.
const SLANT: i32 = 3;

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
    let (mut base, red) = without_red(page);
    let print = blank.ink.grown(AROUND);
    let stamp = match &page.colour {
        Some(colour) => stamp_ink::take_out(&mut base, colour, &print),
        None => Mask::new(print.w, print.h),
    };
    let kept = crossings(&base, &print, blank);
    let mut gray = base;
    for (i, p) in gray.iter_mut().enumerate() {
        if print.bits[i] && !kept.bits[i] {
            *p = 255;
        }
    }
    Cleaned { ink: Mask::darker(&gray, PALE), gray, red, stamp, print: blank.ink.grown(AROUND + 3) }
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
