//! The first guess of how a page lies: which way up, how skewed, how scaled, how shifted. Within about a millimetre.

use super::{
    homography::Homography,
    mask::Mask,
    page::LARGER,
    paper::{DPI, INK},
};
use image::{GrayImage, imageops};

/// Pixels per millimetre at the half resolution used here (100 dpi).
const HALF_PX_PER_MM: f64 = DPI / 2.0 / 25.4;
/// How far a page may be shifted, in mm.
const SHIFT_MM: f64 = 22.0;
/// How far a page may be skewed, in degrees.
const SKEW_DEG: f64 = 6.0;
/// How many guesses per axis are tried in the plane.
const GUESSES: usize = 5;

/// What is kept of a blank for the first guess, at 100 dpi: little enough to keep hundreds.
pub(super) struct Signature {
    /// How much ink lies at each column, and at each row.
    across: Vec<f64>,
    down: Vec<f64>,
    /// Some of its ink, as points.
    sample: Vec<(f64, f64)>,
    middle: (f64, f64),
    /// Wider than high.
    wide: bool,
}

/// A page after some quarter turns, made straight.
pub(super) struct Laid {
    turns: u8,
    wide: bool,
    middle: (f64, f64),
    sin: f64,
    cos: f64,
    across: Vec<f64>,
    down: Vec<f64>,
    ink: Mask,
    /// The share of a random point to lie on ink.
    chance: f64,
}

/// A guess.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guess {
    /// Quarter turns to the right that bring the page upright.
    pub turns: u8,
    /// From the blank at 200 dpi to the upright page at 200 dpi.
    pub map: Homography,
    /// How much of the blank's ink meets ink, above chance.
    pub score: f64,
}

impl Signature {
    /// From a blank's picture of 200 dpi with flattened paper.
    pub(super) fn new(gray: &GrayImage) -> Self {
        let half = half(gray);
        let points = ink_points(&half);
        Self {
            across: profile(points.iter().map(|p| p.0)),
            down: profile(points.iter().map(|p| p.1)),
            sample: thinned(&points, 3_000),
            middle: middle(&half),
            wide: half.width() > half.height(),
        }
    }
}

impl Laid {
    /// The ways in which a page of 200 dpi may lie so that it is as wide or as high as wanted; all where `any`.
    pub(super) fn ways(page: &GrayImage, wide: bool, any: bool) -> Vec<Self> {
        let half = half(page);
        let same = wide == (page.width() > page.height());
        let turns: &[u8] = match (any, same) {
            (true, _) => &[0, 1, 2, 3],
            (false, true) => &[0, 2],
            (false, false) => &[1, 3],
        };
        turns.iter().map(|n| Self::new(&turn(&half, *n), *n)).collect()
    }

    /// The blank may lie on the page so: as it is wide or high, or because the page is larger.
    fn takes(&self, blank: &Signature) -> bool {
        let room = |page: f64, blank: f64| page > blank * 0.9;
        let larger = self.middle.0 * self.middle.1 > blank.middle.0 * blank.middle.1 * LARGER;
        let room = room(self.middle.0, blank.middle.0) && room(self.middle.1, blank.middle.1);
        self.wide == blank.wide || (larger && room)
    }

    fn new(half: &GrayImage, turns: u8) -> Self {
        let points = ink_points(half);
        let (sin, cos) = skew(&thinned(&points, 30_000)).sin_cos();
        // Turned about its middle: about a corner, the other end of a skewed page would be shifted by centimetres.
        let (cx, cy) = middle(half);
        let about = |(x, y): &(f64, f64)| {
            let (dx, dy) = (x - cx, y - cy);
            (dx * cos + dy * sin + cx, dy * cos - dx * sin + cy)
        };
        let straight: Vec<_> = points.iter().map(about).collect();
        let ink = Mask::ink(half).grown(2);
        Self {
            turns,
            wide: half.width() > half.height(),
            middle: (cx, cy),
            sin,
            cos,
            across: profile(straight.iter().map(|p| p.0)),
            down: profile(straight.iter().map(|p| p.1)),
            chance: ink.count() as f64 / ink.bits.len().max(1) as f64,
            ink,
        }
    }
}

/// The middle of a picture.
fn middle(gray: &GrayImage) -> (f64, f64) {
    (f64::from(gray.width()) / 2.0, f64::from(gray.height()) / 2.0)
}

fn ink_points(gray: &GrayImage) -> Vec<(f64, f64)> {
    let ink = |(x, y, p): (u32, u32, &image::Luma<u8>)| (p[0] < INK).then(|| (f64::from(x), f64::from(y)));
    gray.enumerate_pixels().filter_map(ink).collect()
}

/// At most about `n` of the points, evenly taken.
fn thinned(points: &[(f64, f64)], n: usize) -> Vec<(f64, f64)> {
    points.iter().step_by((points.len() / n).max(1)).copied().collect()
}

/// The picture at half its size, each pixel the mean of four.
pub(super) fn half(gray: &GrayImage) -> GrayImage {
    let (w, h) = (gray.width() / 2, gray.height() / 2);
    let (raw, stride) = (gray.as_raw(), gray.width() as usize);
    let mut out = Vec::with_capacity((w * h) as usize);
    for y in 0..h as usize {
        let (a, b) = (&raw[2 * y * stride..], &raw[(2 * y + 1) * stride..]);
        out.extend((0..w as usize).map(|x| {
            let sum =
                u16::from(a[2 * x]) + u16::from(a[2 * x + 1]) + u16::from(b[2 * x]) + u16::from(b[2 * x + 1]);
            (sum / 4) as u8
        }));
    }
    GrayImage::from_raw(w, h, out).expect("as many values as pixels")
}

/// The best guess over the ways in which the page may lie.
pub(super) fn guess(blank: &Signature, ways: &[Laid]) -> Option<Guess> {
    let guesses = ways.iter().filter(|w| w.takes(blank)).filter_map(|way| guess_laid(blank, way));
    guesses.max_by(|a, b| a.score.total_cmp(&b.score))
}

impl Signature {
    /// The ways in which a page of 200 dpi may lie on this blank.
    pub(super) fn ways(&self, page: &GrayImage) -> Vec<Laid> {
        // The blank's middle is at half the page's resolution.
        let ((x, y), (bx, by)) = (middle(page), self.middle);
        Laid::ways(page, self.wide, x * y > 4.0 * bx * by * LARGER)
    }
}

/// The picture after quarter turns to the right.
pub(super) fn turn(gray: &GrayImage, turns: u8) -> GrayImage {
    match turns {
        1 => imageops::rotate90(gray),
        2 => imageops::rotate180(gray),
        3 => imageops::rotate270(gray),
        _ => gray.clone(),
    }
}

/// The best guess for a page that lies so.
fn guess_laid(blank: &Signature, page: &Laid) -> Option<Guess> {
    let (sin, cos) = (page.sin, page.cos);
    let (cx, cy) = page.middle;
    let xs = fits(&blank.across, &page.across, (blank.middle.0, cx));
    let ys = fits(&blank.down, &page.down, (blank.middle.1, cy));
    let maps = xs.iter().flat_map(|x| ys.iter().map(move |y| (*x, *y)));
    let maps = maps.map(|((sx, tx), (sy, ty))| {
        let (dx, dy) = (tx - cx, ty - cy);
        let to = (cos * dx - sin * dy + cx, sin * dx + cos * dy + cy);
        Homography::affine(cos * sx, -sin * sy, to.0, sin * sx, cos * sy, to.1)
    });
    let scored = maps.map(|map| (hits(&map, &blank.sample, &page.ink) - page.chance, map));
    let (score, map) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Guess { turns: page.turns, map: doubled(map), score })
}

/// The share of the points that come to lie on ink.
fn hits(map: &Homography, points: &[(f64, f64)], ink: &Mask) -> f64 {
    let on = |p: &&(f64, f64)| {
        let (x, y) = map.apply(**p);
        ink.at(x.round() as i32, y.round() as i32)
    };
    points.iter().filter(on).count() as f64 / points.len().max(1) as f64
}

/// An affine map of 100 dpi pixels as one of 200 dpi pixels.
fn doubled(map: Homography) -> Homography {
    let m = map.0;
    Homography::affine(m[0], m[1], m[2] * 2.0, m[3], m[4], m[5] * 2.0)
}

/// The slope of the page's lines, in radians: the angle under which its rows are sharpest.
fn skew(points: &[(f64, f64)]) -> f64 {
    let sharpest = |from: f64, to: f64, step: f64| {
        let n = ((to - from) / step).round() as i32;
        let angles = (0..=n).map(|i| (from + step * f64::from(i)).to_radians());
        angles.map(|a| (sharpness(points, a), a)).max_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, a)| a)
    };
    let rough = sharpest(-SKEW_DEG, SKEW_DEG, 0.25).to_degrees();
    sharpest(rough - 0.25, rough + 0.25, 0.05)
}

fn sharpness(points: &[(f64, f64)], angle: f64) -> f64 {
    let slope = angle.tan();
    let mut rows = vec![0_u32; 4096];
    for (x, y) in points {
        let row = (y - x * slope) as i64 + 512;
        if let Some(n) = usize::try_from(row).ok().and_then(|r| rows.get_mut(r)) {
            *n += 1;
        }
    }
    rows.iter().map(|n| f64::from(*n) * f64::from(*n)).sum()
}

/// Offset of coordinate 0 in a profile, so that a shifted page does not fall out of it.
const PAD: i64 = 256;
/// Length of a profile: 13 inches and twice the offset.
const LENGTH: usize = 2048;

/// How much ink lies at each coordinate, with only the peaks (ruled lines, lines of print) left, as a unit vector.
fn profile(coordinates: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut counts = vec![0.0; LENGTH];
    for c in coordinates {
        let at = c.round() as i64 + PAD;
        if let Some(n) = usize::try_from(at).ok().and_then(|i| counts.get_mut(i)) {
            *n += 1.0;
        }
    }
    let mean = |i: usize, r: usize| {
        let around = &counts[i.saturating_sub(r)..(i + r + 1).min(LENGTH)];
        around.iter().sum::<f64>() / around.len() as f64
    };
    let peaks: Vec<f64> = (0..LENGTH).map(|i| (mean(i, 1) - mean(i, 14)).max(0.0).sqrt()).collect();
    let norm = peaks.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-9);
    peaks.into_iter().map(|v| v / norm).collect()
}

/// The best (scale, shift) pairs that bring the blank's profile onto the page's, best first. The sheet may lie at either end
/// of the picture or in its middle: `middles` are those of the blank and of the page.
fn fits(blank: &[f64], page: &[f64], middles: (f64, f64)) -> Vec<(f64, f64)> {
    let peaks: Vec<(f64, f64)> = blank
        .iter()
        .enumerate()
        .filter(|(_, v)| **v > 0.004)
        .map(|(i, v)| ((i as i64 - PAD) as f64, *v))
        .collect();
    let reach = (SHIFT_MM * HALF_PX_PER_MM) as i64;
    let mut all = Vec::new();
    for s in 0..=30 {
        let scale = 0.94 + 0.004 * f64::from(s);
        let scaled: Vec<(i64, f64)> =
            peaks.iter().map(|(c, v)| ((c * scale).round() as i64 + PAD, *v)).collect();
        let end = (2.0 * (middles.1 - scale * middles.0)).round() as i64;
        let first = end.min(0) - reach;
        let shifts = (end.max(0) + reach - first + 1) as usize;
        let scores = correlated(&scaled, page, first, shifts);
        all.extend(scores.into_iter().zip(first..).map(|(score, shift)| (score, scale, shift as f64)));
    }
    distinct(all)
}

/// How much of the page lies under the peaks for each of `n` shifts from `first` on. All shifts of a peak are added at once, which
/// the processor does side by side.
fn correlated(peaks: &[(i64, f64)], page: &[f64], first: i64, n: usize) -> Vec<f64> {
    let mut scores = vec![0.0; n];
    for (at, weight) in peaks {
        // Of the shifts, those that leave the peak on the page.
        let begin = at + first;
        let from = usize::try_from(-begin).unwrap_or(0).min(n);
        let begin = usize::try_from(begin).unwrap_or(0).min(page.len());
        for (score, value) in scores[from..].iter_mut().zip(&page[begin..]) {
            *score += weight * value;
        }
    }
    scores
}

/// The best of the scored fits, no two of them nearly alike.
fn distinct(mut all: Vec<(f64, f64, f64)>) -> Vec<(f64, f64)> {
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut chosen: Vec<(f64, f64)> = Vec::new();
    for (_, scale, shift) in all.into_iter().take(2_000) {
        // Compared in the middle of a page, where a change of scale and one of shift look alike.
        let middle = |s: f64, t: f64| s * 500.0 + t;
        let near = |c: &(f64, f64)| {
            (middle(c.0, c.1) - middle(scale, shift)).abs() < 4.0 && (c.0 - scale).abs() < 0.013
        };
        if !chosen.iter().any(near) {
            chosen.push((scale, shift));
        }
        if chosen.len() == GUESSES {
            break;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::correlated;

    #[test]
    fn peaks_that_a_shift_takes_off_the_page_count_nothing() {
        let page: Vec<f64> = (0..40).map(|i| f64::from(i * 7919 % 31)).collect();
        let peaks = [(3_i64, 0.5), (20, 2.0), (39, 1.0), (70, 4.0)];
        for (first, n) in [(-90_i64, 200_usize), (-5, 11), (0, 1), (36, 9)] {
            let value = |at: i64| usize::try_from(at).ok().and_then(|i| page.get(i)).copied().unwrap_or(0.0);
            let score = |shift: i64| peaks.iter().map(|(at, v)| v * value(at + shift)).sum::<f64>();
            let wanted: Vec<f64> = (first..).take(n).map(score).collect();
            assert_eq!(correlated(&peaks, &page, first, n), wanted, "{first}");
        }
    }
}
