//! Anchors: places of the blank that can be found again on a page, and finding them (normalised cross correlation).

use super::{homography::Homography, homography::Pair, warp::sample};
use image::GrayImage;

/// A place of the blank with its surroundings.
pub(super) struct Anchor {
    /// Its middle in the blank, in pixels of its level.
    at: (i32, i32),
    /// The surroundings, mean 0 and length 1, `side * side` values.
    patch: Vec<f32>,
}

/// The anchors of one resolution.
pub(super) struct Anchors {
    /// Width and height of a patch, in pixels.
    side: usize,
    /// The places.
    list: Vec<Anchor>,
}

/// Below this correlation an anchor was not found.
const FOUND: f64 = 0.55;

impl Anchors {
    /// The best anchor of each tile of `tile` pixels; patches of `side` pixels.
    pub(super) fn choose(blank: &GrayImage, tile: u32, side: usize) -> Self {
        let soft = image::imageops::blur(blank, 0.8);
        let margin = side as u32 / 2 + 2;
        let (w, h) = blank.dimensions();
        let tiles = (0..h / tile).flat_map(|ty| (0..w / tile).map(move |tx| (tx * tile, ty * tile)));
        let best = tiles.filter_map(|(x0, y0)| {
            let inside =
                (y0..y0 + tile).step_by(2).flat_map(|y| (x0..x0 + tile).step_by(2).map(move |x| (x, y)));
            let inside =
                inside.filter(|(x, y)| *x > margin && *y > margin && *x + margin < w && *y + margin < h);
            let scored = inside.map(|(x, y)| (cornerness(&soft, x, y), (x as i32, y as i32)));
            scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 400.0).map(|(_, at)| at)
        });
        let list = best.filter_map(|at| Some(Anchor { at, patch: unit(&cut(&soft, at, side))? })).collect();
        Self { side, list }
    }

    /// Where the anchors are on the page, searched within `reach` pixels around where `map` puts them.
    pub(super) fn find(&self, page: &GrayImage, map: &Homography, reach: usize) -> Vec<Pair> {
        self.list.iter().filter_map(|a| self.find_one(a, page, map, reach)).collect()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    fn find_one(&self, anchor: &Anchor, page: &GrayImage, map: &Homography, reach: usize) -> Option<Pair> {
        let n = self.side + 2 * reach;
        let origin = (f64::from(anchor.at.0) - (n / 2) as f64, f64::from(anchor.at.1) - (n / 2) as f64);
        let window = Window::new(page, map, origin, n);
        let span = 2 * reach + 1;
        let scores: Vec<f64> = (0..span * span)
            .map(|i| window.correlation(&anchor.patch, self.side, i % span, i / span))
            .collect();
        let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]))?;
        let (x, y) = (best % span, best / span);
        if scores[best] < FOUND || x == 0 || y == 0 || x + 1 == span || y + 1 == span {
            return None;
        }
        let fine = |a: f64, b: f64, c: f64| {
            if a + c - 2.0 * b < -1e-9 { 0.5 * (a - c) / (a + c - 2.0 * b) } else { 0.0 }
        };
        let dx = x as f64 - reach as f64 + fine(scores[best - 1], scores[best], scores[best + 1]);
        let dy = y as f64 - reach as f64 + fine(scores[best - span], scores[best], scores[best + span]);
        let from = (f64::from(anchor.at.0), f64::from(anchor.at.1));
        Some(Pair { from, to: map.apply((from.0 + dx, from.1 + dy)), weight: scores[best] * scores[best] })
    }
}

/// The smaller eigenvalue of the structure tensor in a 7 × 7 window: high where there is structure in both directions.
fn cornerness(gray: &GrayImage, x: u32, y: u32) -> f64 {
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    let at = |u: u32, v: u32| f64::from(gray.get_pixel(u, v)[0]);
    for v in y - 3..=y + 3 {
        for u in x - 3..=x + 3 {
            let (dx, dy) = (at(u + 1, v) - at(u - 1, v), at(u, v + 1) - at(u, v - 1));
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
    }
    let (half, root) = (f64::midpoint(xx, yy), (((xx - yy) / 2.0).powi(2) + xy * xy).sqrt());
    (half - root) / 49.0
}

/// The square of `side` pixels around a place.
pub(super) fn cut(gray: &GrayImage, (x, y): (i32, i32), side: usize) -> Vec<f32> {
    let (x0, y0) = (x as usize - side / 2, y as usize - side / 2);
    let stride = gray.width() as usize;
    (0..side * side).map(|i| f32::from(gray.as_raw()[(y0 + i / side) * stride + x0 + i % side])).collect()
}

/// The page seen through a map in a square, and the sums over all that lies above and left of each of its places.
pub(super) struct Window {
    /// Side of the square, in pixels.
    n: usize,
    /// `n * n` values.
    values: Vec<f32>,
    /// `(n + 1) * (n + 1)` sums of values and of their squares.
    sums: Vec<(u32, u32)>,
}

impl Window {
    /// The square of `n` pixels from `origin`.
    pub(super) fn new(page: &GrayImage, map: &Homography, origin: (f64, f64), n: usize) -> Self {
        let (w, h) = (page.width() as usize, page.height() as usize);
        // A patch is small: the map is as good as affine in it.
        let base = map.apply(origin);
        let right = map.apply((origin.0 + n as f64, origin.1));
        let down = map.apply((origin.0, origin.1 + n as f64));
        let (ax, ay) = ((right.0 - base.0) / n as f64, (right.1 - base.1) / n as f64);
        let (bx, by) = ((down.0 - base.0) / n as f64, (down.1 - base.1) / n as f64);
        let mut values = Vec::with_capacity(n * n);
        let mut sums = vec![(0, 0); (n + 1) * (n + 1)];
        for v in 0..n {
            let mut row = (0, 0);
            for u in 0..n {
                let (x, y) = (u as f64, v as f64);
                let at = ((base.0 + ax * x + bx * y) as f32, (base.1 + ay * x + by * y) as f32);
                let value = u32::from(sample(page.as_raw(), w, h, at.0, at.1));
                values.push(value as f32);
                row = (row.0 + value, row.1 + value * value);
                let above = sums[v * (n + 1) + u + 1];
                sums[(v + 1) * (n + 1) + u + 1] = (above.0 + row.0, above.1 + row.1);
            }
        }
        Self { n, values, sums }
    }

    /// The correlation of a unit patch with the square of `side` pixels at (x, y).
    pub(super) fn correlation(&self, patch: &[f32], side: usize, x: usize, y: usize) -> f64 {
        let mut dots = [0.0_f32; LANES];
        for v in 0..side {
            let from = (y + v) * self.n + x;
            add_products(&mut dots, &patch[v * side..(v + 1) * side], &self.values[from..from + side]);
        }
        let corner = |x: usize, y: usize| self.sums[y * (self.n + 1) + x];
        let (a, b) = (corner(x, y), corner(x + side, y));
        let (c, d) = (corner(x, y + side), corner(x + side, y + side));
        let sum = f64::from(d.0 + a.0 - b.0 - c.0);
        let squares = f64::from(d.1 + a.1 - b.1 - c.1);
        let variance = squares - sum * sum / (side * side) as f64;
        if variance < 1.0 { 0.0 } else { f64::from(dots.iter().sum::<f32>()) / variance.sqrt() }
    }
}

/// So many sums side by side: the processor adds to all of them at once.
const LANES: usize = 8;

/// Adds the products of two rows, lane by lane.
fn add_products(sums: &mut [f32; LANES], a: &[f32], b: &[f32]) {
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (i, (p, q)) in a.remainder().iter().zip(b.remainder()).enumerate() {
        sums[i] += p * q;
    }
    for (p, q) in a.zip(b) {
        for i in 0..LANES {
            sums[i] += p[i] * q[i];
        }
    }
}

/// Mean 0 and length 1; none for a flat patch.
pub(super) fn unit(patch: &[f32]) -> Option<Vec<f32>> {
    let mean = patch.iter().sum::<f32>() / patch.len() as f32;
    let norm = patch.iter().map(|v| (v - mean).powi(2)).sum::<f32>().sqrt();
    (norm > 1.0).then(|| patch.iter().map(|v| (v - mean) / norm).collect())
}
