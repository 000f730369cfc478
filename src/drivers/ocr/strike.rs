//! Corrections a person must see: text struck through, text blotted out.

use super::crop::Crop;

/// Something in the writing that no reader may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Correction {
    /// A line, or two, through the text.
    Struck,
    /// A blot over it.
    Blotted,
}

impl Correction {
    /// Why a person is asked.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Struck => "取り消し線のような線があります",
            Self::Blotted => "塗りつぶしか大きな汚れがあります",
        }
    }
}

/// Half the side of a square that is solid ink only in a blot, in pixels (2.1 mm: strokes of a marker that run into each other
/// on a bilevel scan are thinner).
const SOLID: i32 = 8;
/// So many such squares make a blot.
const BLOT: usize = 25;

/// Looks for corrections; `nominal` is the height of a character where it cannot be seen from the writing, in pixels.
pub(super) fn correction(crop: &Crop, nominal: i32) -> Option<Correction> {
    let b = crop.bounds?;
    if solid_squares(crop) >= BLOT {
        return Some(Correction::Blotted);
    }
    let (width, height) = (b.2 - b.0 + 1, b.3 - b.1 + 1);
    let letter = height.min(nominal * 3 / 2).max(nominal / 2);
    let longest = longest_stroke(crop, b);
    let whole = longest * 10 >= width * 9 && longest * 10 >= letter * 13;
    (whole || longest * 10 >= letter * 22).then_some(Correction::Struck)
}

fn solid_squares(crop: &Crop) -> usize {
    let (w, h) = (crop.ink.w as i32, crop.ink.h as i32);
    let solid =
        |x: i32, y: i32| (y - SOLID..=y + SOLID).all(|v| (x - SOLID..=x + SOLID).all(|u| crop.ink.at(u, v)));
    (0..h)
        .flat_map(|y| (0..w).map(move |x| (x, y)))
        .filter(|(x, y)| crop.ink.at(*x, *y) && solid(*x, *y))
        .count()
}

/// The longest straight stroke that is nearly level, in pixels; gaps of two pixels are bridged.
fn longest_stroke(crop: &Crop, b: (i32, i32, i32, i32)) -> i32 {
    let mut longest = 0;
    for slope in -5..=5 {
        let slope = f64::from(slope) * 0.02;
        for y in b.1..=b.3 {
            let (mut from, mut gap) = (None, 0);
            for x in b.0..=b.2 {
                let v = (f64::from(y) + slope * f64::from(x - b.0)).round() as i32;
                if crop.ink.at(x, v) {
                    let begun = *from.get_or_insert(x);
                    longest = longest.max(x - begun + 1);
                    gap = 0;
                } else {
                    gap += 1;
                    if gap > 2 {
                        from = None;
                    }
                }
            }
        }
    }
    longest
}
