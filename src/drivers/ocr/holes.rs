//! Figures that enclose more than their shape does: a line through a 0 makes two holes of its one, and a 6 that was written over a 0
//! has three. Of what was written over or struck out a reader still makes a figure, and is sure of it.

use super::{
    blob::{Blob, blobs},
    crop::Crop,
    mask::Mask,
    struck_figure::is_figure,
};
use crate::text::width;

/// Why a person is asked.
pub(super) const WRITTEN_OVER: &str = "書き直しか訂正の線で、輪が余分にできた数字があるようです";

/// What is smaller, in pixels (0.1 mm²), is a gap in the ink.
const LEAST: usize = 6;

/// Whether one of the figures that were read there encloses more than it should. Where other characters than figures and their
/// separators were read, nothing is known.
pub(super) fn too_many(crop: &Crop, raw: &str) -> bool {
    let raw = width::ascii_to_halfwidth(raw);
    let is_open = |c: char| c.is_whitespace() || width::is_dash(c) || ",.:/()".contains(c);
    if raw.chars().any(|c| !c.is_ascii_digit() && !is_open(c)) {
        return false;
    }
    let digits: Vec<char> = raw.chars().filter(char::is_ascii_digit).collect();
    let mut pieces: Vec<Blob> = blobs(&crop.ink).into_iter().filter(is_figure).collect();
    pieces.sort_unstable_by_key(|piece| piece.bounds.0);
    let holes: Vec<usize> = pieces.iter().map(holes).collect();
    if digits.is_empty() {
        return false;
    }
    if digits.len() == holes.len() {
        // Some write all of their noughts with a slash.
        let noughts = || digits.iter().zip(&holes).filter(|(digit, _)| **digit == '0').map(|(_, n)| *n);
        let nought = if noughts().all(|n| n == 2) { 2 } else { 1 };
        return digits.iter().zip(&holes).any(|(digit, n)| *n > own(*digit, nought));
    }
    // Between two that touch there may be one more.
    let joints = digits.len().saturating_sub(holes.len());
    holes.iter().sum::<usize>() > digits.iter().map(|digit| own(*digit, 1)).sum::<usize>() + joints
}

/// How many holes a figure has at most.
const fn own(digit: char, nought: usize) -> usize {
    match digit {
        '0' => nought,
        '4' | '6' | '9' => 1,
        '8' => 2,
        _ => 0,
    }
}

/// How many pieces of white lie within the ink.
fn holes(piece: &Blob) -> usize {
    let (x0, y0, _, _) = piece.bounds;
    let mut white = Mask::new(piece.w() as usize + 2, piece.h() as usize + 2);
    white.bits.fill(true);
    for (x, y) in &piece.pixels {
        let (x, y) = ((x - x0 + 1) as usize, (y - y0 + 1) as usize);
        white.bits[y * white.w + x] = false;
    }
    let mut found = 0;
    for at in 0..white.bits.len() {
        // The first is what lies around.
        let size = fill(&mut white, at);
        found += usize::from(at > 0 && size >= LEAST);
    }
    found
}

/// Takes the white around a place away, across no corner; says how much it was.
fn fill(white: &mut Mask, at: usize) -> usize {
    let (mut todo, mut size) = (vec![at], 0);
    while let Some(at) = todo.pop() {
        if !std::mem::replace(&mut white.bits[at], false) {
            continue;
        }
        size += 1;
        let (x, y) = (at % white.w, at / white.w);
        todo.extend((x > 0).then(|| at - 1));
        todo.extend((x + 1 < white.w).then_some(at + 1));
        todo.extend((y > 0).then(|| at - white.w));
        todo.extend((y + 1 < white.h).then_some(at + white.w));
    }
    size
}

#[cfg(test)]
mod tests {
    use super::too_many;
    use crate::{
        drivers::ocr::{
            crop::Crop,
            marks::tests::{Stroke, page, ring},
        },
        form::Rect,
    };

    const PLACE: Rect = Rect { x: 30.0, y: 23.0, w: 16.0, h: 12.0 };

    fn nought(x: f64) -> Vec<Stroke> {
        ring((x, 29.0), (1.6, 2.9))
    }

    fn asked(strokes: &[&[Stroke]], raw: &str) -> bool {
        too_many(&Crop::new(&page(&strokes.concat()), PLACE), raw)
    }

    #[test]
    fn a_wave_through_a_nought_and_a_six_over_one_are_seen() {
        let wave: [Stroke; 2] = [((34.6, 29.4), (36.0, 28.6), 0.35), ((36.0, 28.6), (37.6, 29.4), 0.35)];
        assert!(asked(&[&nought(36.0), &wave, &nought(40.4)], "00"));
        assert!(asked(&[&nought(36.0), &wave, &nought(40.4)], "０:０"));
        let bowl = ring((36.2, 30.4), (1.5, 1.5));
        assert!(asked(&[&nought(36.0), &bowl], "6"));
        let one: &[Stroke] = &[((42.0, 26.2), (42.0, 31.8), 0.5)];
        assert!(asked(&[&nought(36.0), &wave, one], "71"), "a struck figure that has no hole");
    }

    #[test]
    fn figures_as_they_are_written_enclose_nothing_more() {
        assert!(!asked(&[&nought(36.0), &nought(40.4)], "00"));
        let eight = [ring((36.0, 27.6), (1.2, 1.4)), ring((36.0, 30.4), (1.5, 1.5))].concat();
        assert!(!asked(&[&eight, &nought(40.4)], "80") && asked(&[&eight, &nought(40.4)], "60"));
        let slash: &[Stroke] = &[((34.9, 31.0), (37.1, 27.0), 0.35)];
        assert!(!asked(&[&nought(36.0), slash], "0"), "a nought with a slash");
        assert!(asked(&[&nought(36.0), slash, &nought(40.4)], "00"), "and one without");
    }

    #[test]
    fn where_figures_touch_one_hole_more_may_lie_between_them() {
        let two = [nought(35.0), nought(38.0)].concat();
        assert!(!asked(&[&two], "00"));
        let across: &[Stroke] = &[((33.4, 28.4), (40.0, 28.6), 0.35), ((33.4, 30.0), (40.0, 29.8), 0.35)];
        assert!(asked(&[&two, across], "00"));
    }

    #[test]
    fn of_other_characters_nothing_is_known() {
        let eight = [ring((36.0, 27.6), (1.2, 1.4)), ring((36.0, 30.4), (1.5, 1.5))].concat();
        assert!(!asked(&[&eight], "R6") && !asked(&[&eight], "¥6") && !asked(&[&eight], ""));
    }
}
