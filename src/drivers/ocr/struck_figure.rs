//! A single figure struck out, or written over with a slash: the line is shorter than what [`super::strike`] takes for a
//! correction, and the figures that are left make a sound value that nobody meant.
//!
//! What tells such a line from a stroke of the figure itself: it is straight, it goes on at both sides where the figure has
//! ended, and the figure lies on both sides of it. The bar of a 4 ends at its left where the figure begins, that of a 7 lies
//! under its roof, the flag of a 5 and the foot of a 2 have nothing beyond them.

use super::{
    blob::{Blob, blobs},
    crop::Crop,
    mask::Mask,
};
use std::ops::RangeInclusive;

/// Why a person is asked.
pub(super) const STRUCK: &str = "訂正の線が引かれた数字があるようです";

/// A piece of ink lower than this, in pixels (1.8 mm), is no figure; one so many times as wide as high is more than a few
/// that touch each other.
const LOWEST: i32 = 14;
const WIDEST: i32 = 5;
/// Less ink than this (0.4 mm²) is no figure.
const LEAST: usize = 26;
/// Level lines rise or fall by so many degrees at most, and slashes by so many: what is steeper may be a 1 or the foot of a 7.
const LEVEL: RangeInclusive<i32> = -12..=12;
const SLASH: RangeInclusive<i32> = 24..=57;
/// A line is at least so long and at most so thick, of the figure's height.
const LONG: f64 = 0.45;
const THICK: f64 = 0.3;
/// Lines are at least so long and may be so thick, in pixels, however small the figure is.
const LONG_PX: f64 = 10.0;
const THICK_PX: f64 = 6.0;
/// The lines of 二重線 lie at least so far from each other, in pixels, at most so far, of the figure's height, and share so much
/// of their length.
const APART_PX: i32 = 3;
const APART: f64 = 0.5;
const SHARED: f64 = 0.7;
/// So much belongs to a line on each side of it, in pixels: its soft edges, its unevenness.
const EDGE: f64 = 1.5;
/// The figure reaches so far beyond the line on both sides, of its height.
const BEYOND: f64 = 0.16;
/// Without its lines it has so many pixels, and so many in each column that counts.
const REST: usize = 12;
const COLUMN: u32 = 2;
/// On one side of the line it stands over so much of its own width, 0 to 1.
const MOST: f64 = 0.6;
/// A 1 stands over about half of the way of a slash on either side of it: at least over so much.
const CROSSING: f64 = 0.35;

/// A line that joins figures to each other rises or falls by so many degrees at most, is so long, in pixels and of the figures'
/// height, and so thick, in pixels.
const JOINS: f64 = 8.5;
const JOINS_LONG: f64 = 0.5;
const JOINS_PX: f64 = 12.0;
const JOINS_THICK: i32 = 7;
/// It passes through so many strokes of the figures, or through one fewer where one of its ends lies free for so many pixels: a
/// bar ends at a stroke or passes through one.
const STROKES: usize = 3;
const FREE: i32 = 4;
/// A stroke is looked for in these rows above and below a line, counted from it; it leans by so many pixels at most.
const NEXT: RangeInclusive<i32> = 2..=4;
const LEANS: i32 = 2;

/// Whether a line goes through one of the figures and out of it on both sides, or joins it to its neighbours.
pub(super) fn figure_struck(crop: &Crop) -> bool {
    blobs(&crop.ink).iter().filter(|piece| is_figure(piece)).any(is_struck)
}

/// Whether a piece of ink is as large as a figure, or a few that touch each other.
pub(super) fn is_figure(piece: &Blob) -> bool {
    piece.h() >= LOWEST && piece.w() <= WIDEST * piece.h() && piece.pixels.len() >= LEAST
}

fn is_struck(figure: &Blob) -> bool {
    let (x0, y0, _, _) = figure.bounds;
    let mut ink = Mask::new(figure.w() as usize, figure.h() as usize);
    for (x, y) in &figure.pixels {
        ink.bits[(y - y0) as usize * ink.w + (x - x0) as usize] = true;
    }
    let turned = |angle: i32, limits| Turned::new(figure, &ink, angle, limits).crossed();
    let mut steep = SLASH.step_by(3).flat_map(|angle| [angle, -angle]);
    LEVEL.step_by(2).any(|angle| turned(angle, &Limits::LEVEL))
        || steep.any(|angle| turned(angle, &Limits::SLASH))
}

/// What a line of one kind must have.
struct Limits {
    /// It goes on at both sides by so much, of the figure's height, and by so many pixels.
    out: f64,
    out_px: f64,
    /// On its other side the figure stands over so much of its own width, 0 to 1: the bar of a 4 has its foot there alone.
    least: f64,
    /// The same where it is not much wider on either side.
    crossing: f64,
}

impl Limits {
    const LEVEL: Self = Self { out: 0.16, out_px: 5.0, least: 0.45, crossing: f64::INFINITY };
    const SLASH: Self = Self { out: 0.1, out_px: 4.0, least: 0.5, crossing: CROSSING };
}

/// A straight piece of ink: its first and last row, and where it begins and ends along them.
#[derive(Clone, Copy)]
struct Band {
    rows: (i32, i32),
    from: i32,
    to: i32,
}

/// A figure in the directions of a line: along it, and across it. Both are counted from the middle of the figure.
struct Turned<'a> {
    figure: &'a Blob,
    ink: &'a Mask,
    /// The figure's middle in that mask.
    middle: (f64, f64),
    /// The line's direction: cosine and sine.
    way: (f64, f64),
    height: f64,
    limits: &'a Limits,
}

impl<'a> Turned<'a> {
    fn new(figure: &'a Blob, ink: &'a Mask, degrees: i32, limits: &'a Limits) -> Self {
        let middle = (f64::from(figure.w() - 1) / 2.0, f64::from(figure.h() - 1) / 2.0);
        let (sin, cos) = f64::from(degrees).to_radians().sin_cos();
        Self { figure, ink, middle, way: (cos, sin), height: f64::from(figure.h()), limits }
    }

    /// The figure's pixels: along the line, and across it.
    fn points(&self) -> impl Iterator<Item = (i32, f64)> {
        let ((x0, y0, _, _), (cos, sin)) = (self.figure.bounds, self.way);
        self.figure.pixels.iter().map(move |(x, y)| {
            let (dx, dy) = (f64::from(x - x0) - self.middle.0, f64::from(y - y0) - self.middle.1);
            ((dx * cos + dy * sin).round() as i32, dy * cos - dx * sin)
        })
    }

    /// One line, or two beside each other, crosses the figure.
    fn crossed(&self) -> bool {
        let bands = self.bands();
        let near = |pair: &&[Band]| {
            let by = pair[1].rows.0 - pair[0].rows.1;
            by >= APART_PX && f64::from(by) <= APART * self.height
        };
        bands.iter().any(|band| self.crosses(&[*band]) || self.joins(band))
            || bands.windows(2).filter(near).any(|pair| beside(pair) && self.crosses(pair))
    }

    /// So far from the middle there may be ink.
    fn reach(&self) -> i32 {
        self.middle.0.hypot(self.middle.1).ceil() as i32 + 1
    }

    /// Neighbouring rows that have a long run of ink each, where they are few enough to be a line.
    fn bands(&self) -> Vec<Band> {
        let long = (LONG * self.height).max(LONG_PX);
        let mut all: Vec<Band> = Vec::new();
        for row in -self.reach()..=self.reach() {
            let Some((from, to)) = self.longest(row).filter(|run| f64::from(run.1 - run.0 + 1) >= long)
            else {
                continue;
            };
            match all.last_mut().filter(|band| band.rows.1 == row - 1) {
                Some(band) => {
                    *band = Band { rows: (band.rows.0, row), from: band.from.min(from), to: band.to.max(to) };
                }
                None => all.push(Band { rows: (row, row), from, to }),
            }
        }
        let thickest = (THICK * self.height).max(THICK_PX);
        all.retain(|band| f64::from(band.rows.1 - band.rows.0 + 1) <= thickest);
        all
    }

    /// The longest run of ink in a row; one pixel without ink does not end it.
    fn longest(&self, row: i32) -> Option<(i32, i32)> {
        let ink = |along: i32| self.at(along, row);
        let mut longest: Option<(i32, i32)> = None;
        let mut run: Option<(i32, i32)> = None;
        let (first, last) = self.span(f64::from(row));
        for along in (first..=last).filter(|along| ink(*along)) {
            let from = run.filter(|(_, last)| along - last <= 2).map_or(along, |(from, _)| from);
            run = Some((from, along));
            if longest.is_none_or(|(a, b)| along - from > b - a) {
                longest = run;
            }
        }
        longest
    }

    /// The ink at a place along the line and across it.
    fn at(&self, along: i32, row: i32) -> bool {
        let ((cos, sin), (u, v)) = (self.way, (f64::from(along), f64::from(row)));
        let x = nearest(self.middle.0 + u * cos - v * sin);
        self.ink.at(x, nearest(self.middle.1 + u * sin + v * cos))
    }

    /// The places along a row that may lie in the mask: beyond them is no ink.
    fn span(&self, row: f64) -> (i32, i32) {
        let (cos, sin) = self.way;
        let inside = |at: f64, step: f64, size: usize| {
            let (one, other) = ((-1.0 - at) / step, (size as f64 - at) / step);
            (one.min(other), one.max(other))
        };
        let across = inside(self.middle.0 - row * sin, cos, self.ink.w);
        let down = inside(self.middle.1 + row * cos, sin, self.ink.h);
        let (from, to) = (across.0.max(down.0), across.1.min(down.1));
        ((from.floor() as i32).max(-self.reach()), (to.ceil() as i32).min(self.reach()))
    }

    /// These lines go out of the figure on both sides, and it lies above and below them.
    fn crosses(&self, lines: &[Band]) -> bool {
        let (Some(upper), Some(lower)) = (lines.first(), lines.last()) else { return false };
        let from = lines.iter().map(|line| line.from).min().unwrap_or(0);
        let to = lines.iter().map(|line| line.to).max().unwrap_or(0);
        let (top, bottom) = (f64::from(upper.rows.0), f64::from(lower.rows.1));
        let apart = |across: f64| {
            let clear = |line: &Band| {
                across < f64::from(line.rows.0) - EDGE || across > f64::from(line.rows.1) + EDGE
            };
            lines.iter().all(clear)
        };
        let rest: Vec<(i32, f64)> = self.points().filter(|(_, across)| apart(*across)).collect();
        let highest = rest.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
        let lowest = rest.iter().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
        if rest.len() < REST || (top - highest).min(lowest - bottom) < BEYOND * self.height {
            return false;
        }
        let all = self.columns(&rest, |_| true);
        let (Some(first), Some(last)) =
            (all.iter().position(|n| *n >= COLUMN), all.iter().rposition(|n| *n >= COLUMN))
        else {
            return false;
        };
        let width = (last - first + 1) as f64;
        let (first, last) = (first as i32 - self.reach(), last as i32 - self.reach());
        let out = (self.limits.out * self.height).max(self.limits.out_px);
        let share = |side: &dyn Fn(f64) -> bool| {
            self.columns(&rest, side).iter().filter(|n| **n >= COLUMN).count() as f64 / width
        };
        let (above, below) = (share(&|across| across < top), share(&|across| across > bottom));
        let enough = if above.max(below) >= MOST { self.limits.least } else { self.limits.crossing };
        f64::from((first - from).min(to - last)) >= out && above.min(below) >= enough
    }

    /// A line that ends in the figures beside the one it strikes out, so that it goes out of no piece of ink: it passes through
    /// more strokes than any bar of a figure.
    fn joins(&self, band: &Band) -> bool {
        let ((top, bottom), long) = (band.rows, (JOINS_LONG * self.height).max(JOINS_PX));
        if self.way.1.abs() > JOINS.to_radians().sin()
            || bottom - top >= JOINS_THICK
            || f64::from(band.to - band.from + 1) < long
        {
            return false;
        }
        let across = |beyond: &dyn Fn(f64) -> f64| self.points().map(|p| beyond(p.1)).fold(0.0, f64::max);
        let reaches = across(&|y| f64::from(top) - y).min(across(&|y| y - f64::from(bottom)));
        if reaches < BEYOND * self.height {
            return false;
        }
        let stroke = |along: i32, row: &dyn Fn(i32) -> i32| {
            (along - LEANS..=along + LEANS).any(|place| NEXT.clone().all(|n| self.at(place, row(n))))
        };
        let passed = |along: &i32| stroke(*along, &|n| top - n) && stroke(*along, &|n| bottom + n);
        let places: Vec<i32> = (band.from - 1..=band.to + 1).filter(passed).collect();
        let strokes = places.chunk_by(|one, next| one + 1 == *next).count();
        let bare = |along: i32| NEXT.clone().all(|n| !self.at(along, top - n) && !self.at(along, bottom + n));
        let is_free = (band.from..=band.from + FREE).all(bare) || (band.to - FREE..=band.to).all(bare);
        strokes >= STROKES || strokes + 1 == STROKES && is_free
    }

    /// How many of these points each place along the line has, of those on the wanted side of it.
    fn columns(&self, points: &[(i32, f64)], wanted: impl Fn(f64) -> bool) -> Vec<u32> {
        let mut columns = vec![0; 2 * self.reach() as usize + 1];
        for (along, _) in points.iter().filter(|(_, across)| wanted(*across)) {
            columns[(along + self.reach()) as usize] += 1;
        }
        columns
    }
}

/// The pixel at a place in or beside a mask. Tens of thousands are asked for on a figure, and to round takes its time.
const fn nearest(at: f64) -> i32 {
    if at <= -0.5 { -1 } else { (at + 0.5) as i32 }
}

/// Two lines of about the same length beside each other.
fn beside(pair: &[Band]) -> bool {
    let shared = pair[0].to.min(pair[1].to) - pair[0].from.max(pair[1].from);
    let whole = pair[0].to.max(pair[1].to) - pair[0].from.min(pair[1].from);
    f64::from(shared) >= SHARED * f64::from(whole)
}

#[cfg(test)]
mod tests {
    use super::figure_struck;
    use crate::{
        drivers::ocr::{
            crop::Crop,
            marks::tests::{Stroke, page},
        },
        form::Rect,
    };

    const PLACE: Rect = Rect { x: 30.0, y: 23.0, w: 14.0, h: 12.0 };

    fn through(points: &[(f64, f64)], wide: f64) -> Vec<Stroke> {
        points.windows(2).map(|pair| (pair[0], pair[1], wide)).collect()
    }

    /// A piece of an ellipse: its middle, how wide and high it is, and from where to where it goes, in degrees.
    fn arc((x, y): (f64, f64), (rx, ry): (f64, f64), from: f64, to: f64) -> Vec<(f64, f64)> {
        let at = |n: i32| {
            let (sin, cos) = (from + (to - from) * f64::from(n) / 12.0).to_radians().sin_cos();
            (x + rx * cos, y + ry * sin)
        };
        (0..=12).map(at).collect()
    }

    /// The figures 0 to 9, about as hands write them: the 5 with a long flag, the 7 with a bar.
    fn figures() -> Vec<Vec<Stroke>> {
        let pen = |points: &[(f64, f64)]| through(points, 0.45);
        let two = [arc((36.0, 27.6), (1.6, 1.6), -170.0, 30.0), vec![(34.2, 31.8), (37.8, 31.9)]];
        let three =
            [arc((35.8, 27.4), (1.5, 1.4), -160.0, 90.0), arc((35.8, 30.4), (1.7, 1.6), -90.0, 160.0)];
        let five = [vec![(34.5, 26.1), (34.3, 28.6)], arc((35.6, 30.1), (1.8, 1.9), -130.0, 150.0)];
        let six = [vec![(37.0, 26.0), (34.6, 29.0)], arc((36.0, 30.3), (1.6, 1.6), 180.0, -170.0)];
        let nine = [arc((36.0, 27.8), (1.5, 1.7), 0.0, 360.0), vec![(37.5, 27.8), (36.8, 32.0)]];
        let four = pen(&[(36.4, 26.0), (34.1, 30.1), (38.0, 30.0)]);
        let seven = pen(&[(34.2, 26.2), (37.6, 26.2), (35.4, 32.0)]);
        let eight = pen(&arc((36.0, 27.4), (1.2, 1.4), 0.0, 360.0));
        vec![
            pen(&arc((36.0, 29.0), (1.6, 2.9), 0.0, 360.0)),
            pen(&[(35.0, 27.0), (36.2, 26.0), (36.0, 32.0)]),
            pen(&two.concat()),
            pen(&three.concat()),
            [four, pen(&[(36.8, 28.0), (36.7, 32.2)])].concat(),
            [pen(&five.concat()), pen(&[(34.4, 26.1), (38.4, 25.8)])].concat(),
            pen(&six.concat()),
            [seven, pen(&[(35.0, 29.2), (37.4, 29.0)])].concat(),
            [eight, pen(&arc((36.0, 30.5), (1.5, 1.7), 0.0, 360.0))].concat(),
            pen(&nine.concat()),
        ]
    }

    /// Whether each figure is seen as struck out by these lines.
    fn struck(lines: &[Stroke]) -> Vec<bool> {
        let seen =
            |figure: Vec<Stroke>| figure_struck(&Crop::new(&page(&[&figure[..], lines].concat()), PLACE));
        figures().into_iter().map(seen).collect()
    }

    /// Whether the figure `n` is among those that are struck out.
    fn among(seen: &[bool], wanted: &[usize]) -> bool {
        wanted.iter().all(|n| seen[*n])
    }

    #[test]
    fn figures_as_they_are_written_are_not_struck_out() {
        assert_eq!(struck(&[]), [false; 10]);
    }

    #[test]
    fn the_bars_of_a_yen_sign_strike_nothing_out() {
        let yen = [
            through(&[(34.0, 26.0), (36.0, 28.6), (38.0, 26.0)], 0.45),
            through(&[(36.0, 28.6), (36.0, 32.0)], 0.45),
            through(&[(34.6, 29.2), (37.4, 29.2)], 0.45),
            through(&[(34.6, 30.4), (37.4, 30.4)], 0.45),
        ];
        assert!(!figure_struck(&Crop::new(&page(&yen.concat()), PLACE)));
    }

    #[test]
    fn a_line_two_lines_or_a_slash_through_a_figure_is_seen() {
        let one = through(&[(33.0, 29.2), (39.2, 28.9)], 0.35);
        assert!(among(&struck(&one), &[0, 1, 2, 3, 6, 8, 9]));
        let two = [(28.6, 28.4), (29.6, 29.5)].map(|(y, end)| through(&[(33.0, y), (39.2, end)], 0.35));
        assert!(among(&struck(&two.concat()), &[0, 2, 3, 4, 6, 8]));
        let slash = through(&[(33.6, 32.4), (38.6, 25.8)], 0.35);
        assert!(among(&struck(&slash), &[0, 1, 3, 4, 6, 7, 8, 9]));
        let back = through(&[(33.6, 25.8), (38.6, 32.4)], 0.35);
        assert!(among(&struck(&back), &[0, 1, 4, 5, 6, 8, 9]));
    }

    #[test]
    fn a_line_that_joins_a_figure_to_its_neighbours_is_seen() {
        let nought = |x: f64| through(&arc((x, 29.0), (1.5, 2.9), 0.0, 360.0), 0.45);
        let row = [33.0, 36.6, 40.2].map(nought).concat();
        assert!(!figure_struck(&Crop::new(&page(&row), PLACE)));
        // From inside the first nought to inside the last.
        let line = through(&[(33.0, 29.1), (40.0, 28.9)], 0.35);
        assert!(figure_struck(&Crop::new(&page(&[row, line].concat()), PLACE)));
        let four = |x: f64| {
            let stem = through(&[(x + 2.7, 28.0), (x + 2.6, 32.2)], 0.45);
            [through(&[(x + 2.3, 26.0), (x, 30.1), (x + 3.2, 30.0)], 0.45), stem].concat()
        };
        assert!(!figure_struck(&Crop::new(&page(&[four(32.0), four(37.0)].concat()), PLACE)));
    }

    #[test]
    fn a_hyphen_beside_figures_and_two_that_touch_are_not_struck_out() {
        let hyphen = through(&[(37.6, 29.0), (39.4, 29.0)], 0.45);
        assert_eq!(struck(&hyphen), [false; 10]);
        let ones = [35.0, 39.0].map(|x| through(&[(x, 26.0), (x, 32.0)], 0.45)).concat();
        let joined = [ones, through(&[(35.0, 29.0), (39.0, 29.0)], 0.45)].concat();
        assert!(!figure_struck(&Crop::new(&page(&joined), PLACE)));
    }
}
