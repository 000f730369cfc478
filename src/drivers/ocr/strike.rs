//! Corrections a person must see: text struck through or blotted out, a mark or its printed word with a line through it.

use super::{
    crop::{Bounds, Crop},
    mask::Mask,
};
use std::ops::RangeInclusive;

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

/// The longest straight stroke that is nearly level, in pixels.
fn longest_stroke(crop: &Crop, b: Bounds) -> i32 {
    let ink = |(x, y): (i32, i32)| Some(crop.ink.at(x, y));
    let all = level_lines(b.1..=b.3, b.0, 5).flat_map(|line| stretches(b.0..=b.2, |x| ink(line.at(x))));
    all.map(|(from, to)| to - from + 1).max().unwrap_or(0)
}

/// A straight line over the picture.
#[derive(Clone, Copy)]
struct Line {
    /// Where it begins.
    from: (f64, f64),
    /// How far it goes with each step.
    step: (f64, f64),
}

impl Line {
    /// A line from left to right through a place, each step one pixel to the right from the picture's left edge.
    fn level((x, y): (i32, i32), slope: f64) -> Self {
        Self { from: (0.0, f64::from(y) - slope * f64::from(x)), step: (1.0, slope) }
    }

    /// The same from top to bottom.
    fn upright((x, y): (i32, i32), slope: f64) -> Self {
        Self { from: (f64::from(x) - slope * f64::from(y), 0.0), step: (slope, 1.0) }
    }

    /// The pixel after so many steps.
    fn at(self, n: i32) -> (i32, i32) {
        let n = f64::from(n);
        ((self.from.0 + self.step.0 * n).round() as i32, (self.from.1 + self.step.1 * n).round() as i32)
    }
}

/// The lines that pass the column `x` in one of these rows and rise or fall by at most `steep` pixels in 50.
fn level_lines(rows: RangeInclusive<i32>, x: i32, steep: i32) -> impl Iterator<Item = Line> {
    let slopes = (-steep..=steep).map(|n| f64::from(n) * 0.02);
    slopes.flat_map(move |slope| rows.clone().map(move |y| Line::level((x, y), slope)))
}

/// So many pixels without ink do not end a stroke.
const GAP: u32 = 2;

/// Where ink goes on along a line: the first and the last step of each stretch. `seen` says whether there is ink; where it
/// cannot say, a stroke may go on.
fn stretches(steps: RangeInclusive<i32>, seen: impl Fn(i32) -> Option<bool>) -> Vec<(i32, i32)> {
    let mut all = Vec::new();
    let (mut begun, mut last, mut gap) = (None, 0, 0);
    for n in steps {
        if seen(n) == Some(false) {
            gap += 1;
            if gap > GAP {
                all.extend(begun.take().map(|from| (from, last)));
            }
        } else {
            begun = begun.or(Some(n));
            (last, gap) = (n, 0);
        }
    }
    all.extend(begun.map(|from| (from, last)));
    all
}

/// A printed word that is crossed out is at least so many times as wide as high, of 10: in one character alone, a bar of it is
/// as long as a line.
const WORD: i32 = 14;
/// A level line is ink over so much of the word's width, a slash over so much of its height, of 100.
const OVER_WIDTH: i32 = 60;
const OVER_HEIGHT: i32 = 85;
/// And so much of it, of 100, lies where the word has no strokes: of the word's own strokes nothing does. In dense kanji there
/// is not much more room between them.
const LEVEL_NEW: i32 = 10;
const SLASH_NEW: i32 = 12;
/// The word's strokes are so much wider on a page that lies a little off its blank, in pixels.
const LEVEL_OFF: usize = 2;
const SLASH_OFF: usize = 3;

/// A short line, level or slanted, crosses the printed word in the place; `ink` is the page with its print, and `print` that of
/// the blank.
pub(super) fn word_crossed(ink: &Mask, print: &Mask, place: Bounds) -> bool {
    let (x0, y0, x1, y1) = place;
    let (w, h) = (x1 - x0 + 1, y1 - y0 + 1);
    if h < WORD || w * 10 < h * WORD {
        return false;
    }
    let crossed = |line: Line, steps: RangeInclusive<i32>, least: i32, known: &Mask, share: i32| {
        let fresh = |n: &i32| {
            let (x, y) = line.at(*n);
            ink.at(x, y) && !known.at(x, y)
        };
        let seen = |n: i32| {
            let (x, y) = line.at(n);
            Some(ink.at(x, y))
        };
        stretches(steps, seen).into_iter().any(|(from, to)| {
            let long = to - from + 1;
            long * 100 >= least && (from..=to).filter(fresh).count() as i32 * 100 >= share * long
        })
    };
    let (level, slash) = (print.grown(LEVEL_OFF), print.grown(SLASH_OFF));
    let mut lines = level_lines(y0 + h / 5..=y1 - h / 5, i32::midpoint(x0, x1), 5);
    if lines.any(|line| crossed(line, x0..=x1, OVER_WIDTH * w, &level, LEVEL_NEW)) {
        return true;
    }
    let mut slopes = (5..=18).flat_map(|n| [0.1 * f64::from(n), -0.1 * f64::from(n)]);
    let through = |x: i32, slope: f64| Line::upright((x, i32::midpoint(y0, y1)), slope);
    slopes.any(|slope| {
        (x0..=x1).any(|x| crossed(through(x, slope), y0..=y1, OVER_HEIGHT * h, &slash, SLASH_NEW))
    })
}

/// A place for a mark and what surrounds it.
pub(super) struct Surroundings<'a> {
    /// Where there is ink.
    pub ink: &'a Mask,
    /// Where print was taken away, and ink with it.
    pub hidden: &'a Mask,
    /// The place, in pixels of these masks.
    pub place: Bounds,
}

/// A line out of a box goes on at least so far, in pixels (1.5 mm).
const BEYOND: i32 = 12;
/// The printed frame of a box reaches so far out of its place, in pixels.
const FRAME: i32 = 3;
/// So many pixels of ink beyond the frame are a stroke's, not what is left of the frame.
const SHOWN: usize = 4;
/// So many pixels of ink (1 mm) on each side of a word are a line's through it; where a circle passes there are fewer.
const PAST_WORD: usize = 8;

impl Surroundings<'_> {
    /// A line goes through the box: nearly level and out of it at a side, as 二重線 does, or straight through all that
    /// surrounds it. A tick that begins in its box and leaves it is steeper, and goes out once. Where the box is `filled`,
    /// strokes may reach out of it as far as the print beside it.
    pub(super) fn crossed_out(&self, filled: bool) -> bool {
        self.level_line(filled) || self.passing_line()
    }

    /// A nearly level line goes through the printed word in the middle of the place and out of it on both sides.
    pub(super) fn word_struck(&self) -> bool {
        let (x0, y0, x1, y1) = self.place;
        let (middle, rim, past) = (i32::midpoint(x0, x1), (y1 - y0 + 1) * 35 / 100, PAST_WORD as i32);
        let ink = |line: Line, from: i32, to: i32| {
            let beside = |n: &i32| self.seen(line.at(*n)) == Some(true) && !self.is_hidden(line.at(*n));
            (from..=to).filter(beside).count()
        };
        level_lines(y0 + rim..=y1 - rim, middle, 5).any(|line| {
            let found = stretches(x0 - past..=x1 + past, |n| self.seen(line.at(n)));
            let through = |(from, to): &(i32, i32)| {
                ink(line, *from, middle - 1) >= PAST_WORD && ink(line, middle + 1, *to) >= PAST_WORD
            };
            found.iter().filter(|(from, to)| *from < middle && *to > middle).any(through)
        })
    }

    /// A nearly level line through most of the box and out of it at the left or at the right.
    fn level_line(&self, filled: bool) -> bool {
        let (x0, y0, x1, y1) = self.place;
        let (quarter, rim) = ((x1 - x0 + 1) / 4, (y1 - y0 + 1) * 15 / 100);
        level_lines(y0 + rim..=y1 - rim, i32::midpoint(x0, x1), 3).any(|line| {
            let ink = |n: &i32| self.is_ink(line.at(*n));
            let count = |from: i32, to: i32| (from..=to).filter(ink).count();
            let leaves = |(from, to): &(i32, i32)| {
                // What is hidden goes on; the strokes of a filled box end with their ink.
                let first = (*from..=*to).find(|n| !filled || ink(n)).unwrap_or(*to);
                let last = (*from..=*to).rfind(|n| !filled || ink(n)).unwrap_or(*from);
                let right = *from <= x0 + quarter && last >= x1 + BEYOND;
                let left = *to >= x1 - quarter && first <= x0 - BEYOND;
                (right && count(x1 + FRAME + 1, last) >= SHOWN)
                    || (left && count(first, x0 - FRAME - 1) >= SHOWN)
            };
            let all = 0..=self.ink.w as i32 - 1;
            count(x0, x1) >= self.third() && stretches(all, |n| self.seen(line.at(n))).iter().any(leaves)
        })
    }

    /// A straight line of any direction through the box, in at one edge of what surrounds it and out at another.
    fn passing_line(&self) -> bool {
        let (x0, y0, x1, y1) = self.place;
        let (x, y) = (i32::midpoint(x0, x1), i32::midpoint(y0, y1));
        let reach = (x1 - x0).min(y1 - y0) * 35 / 100;
        let slopes = || (-20..=20).map(|n| f64::from(n) * 0.05);
        (-reach..=reach).any(|by| {
            slopes().any(|slope| {
                self.passes(Line::level((x, y + by), slope), x)
                    || self.passes(Line::upright((x + by, y), slope), y)
            })
        })
    }

    /// The line, which is in the box after `middle` steps, is ink from edge to edge.
    fn passes(&self, line: Line, middle: i32) -> bool {
        if self.seen(line.at(middle)) == Some(false) {
            return false;
        }
        let steps = 0..self.ink.w.max(self.ink.h) as i32;
        let mut within = steps.filter(|n| self.holds(line.at(*n)));
        let Some(first) = within.next() else { return false };
        let last = within.next_back().unwrap_or(first);
        let ink = |from: i32, to: i32, slack: i32, inside: bool| {
            let wanted = |p: (i32, i32)| self.is_ink(p) && self.in_place(p, slack) == inside;
            (from..=to).filter(|n| wanted(line.at(*n))).count()
        };
        let whole = |(from, to): &(i32, i32)| *from <= first + 1 && *to >= last - 1;
        stretches(first..=last, |n| self.seen(line.at(n))).iter().any(whole)
            && ink(first, middle, FRAME, false) > SHOWN
            && ink(middle, last, FRAME, false) > SHOWN
            && ink(first, last, 0, true) >= self.third()
    }

    /// A third of the box's shorter side, in pixels.
    fn third(&self) -> usize {
        let (x0, y0, x1, y1) = self.place;
        ((x1 - x0).min(y1 - y0) + 1).max(3) as usize / 3
    }

    fn holds(&self, (x, y): (i32, i32)) -> bool {
        x >= 0 && y >= 0 && x < self.ink.w as i32 && y < self.ink.h as i32
    }

    fn in_place(&self, (x, y): (i32, i32), slack: i32) -> bool {
        let (x0, y0, x1, y1) = self.place;
        x >= x0 - slack && x <= x1 + slack && y >= y0 - slack && y <= y1 + slack
    }

    fn is_ink(&self, (x, y): (i32, i32)) -> bool {
        self.ink.at(x, y)
    }

    fn is_hidden(&self, (x, y): (i32, i32)) -> bool {
        self.hidden.at(x, y)
    }

    /// Whether there is ink; none where it would have gone with the print.
    fn seen(&self, at: (i32, i32)) -> Option<bool> {
        if self.is_ink(at) { Some(true) } else { (!self.is_hidden(at)).then_some(false) }
    }
}
