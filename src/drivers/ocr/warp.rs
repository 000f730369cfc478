//! Brings a picture into the blank's frame.

use super::{
    homography::{Homography, Pair},
    paper::DPI,
};
use image::{GrayImage, RgbImage};

/// Between two knots of the net, in pixels.
const STEP: usize = 16;
/// A pair tells of the paper around it so far, in pixels (22 mm).
const REACH: f64 = 22.0 / 25.4 * DPI;
/// The paper keeps its flat place against what is told about it with this weight.
const STIFF: f64 = 0.35;

/// For every pixel of the blank's frame its place on the page, kept at the knots of a net.
pub(super) struct Warp {
    w: usize,
    h: usize,
    cols: usize,
    knots: Vec<(f32, f32)>,
}

impl Warp {
    /// A frame of `w` × `h` pixels, laid by the flat map and what the pairs around a point say about the paper's bend there.
    pub(super) fn bent(w: usize, h: usize, map: &Homography, pairs: &[Pair]) -> Self {
        let (cols, rows) = (w / STEP + 2, h / STEP + 2);
        let mut bends = vec![(0.0, 0.0, STIFF); cols * rows];
        for p in pairs {
            let flat = map.apply(p.from);
            let (dx, dy) = (p.to.0 - flat.0, p.to.1 - flat.1);
            // How near a knot is, is how near its column is times how near its row is.
            let near = |n: usize, at: f64| -> Vec<f64> {
                (0..n).map(|i| (-((i * STEP) as f64 - at).powi(2) / (2.0 * REACH * REACH)).exp()).collect()
            };
            let (across, down) = (near(cols, p.from.0), near(rows, p.from.1));
            for (row, y) in bends.chunks_exact_mut(cols).zip(down.iter().map(|y| p.weight * y)) {
                for (bend, x) in row.iter_mut().zip(&across) {
                    let weight = x * y;
                    if weight > 1e-3 {
                        *bend = (bend.0 + weight * dx, bend.1 + weight * dy, bend.2 + weight);
                    }
                }
            }
        }
        let knot = |(i, (dx, dy, total)): (usize, (f64, f64, f64))| {
            let (x, y) = map.apply((((i % cols) * STEP) as f64, ((i / cols) * STEP) as f64));
            ((x + dx / total) as f32, (y + dy / total) as f32)
        };
        Self { w, h, cols, knots: bends.into_iter().enumerate().map(knot).collect() }
    }

    /// Calls `put` with each pixel's index and its place on the page.
    fn each(&self, mut put: impl FnMut(usize, f32, f32)) {
        for y in 0..self.h {
            let fy = (y % STEP) as f32 / STEP as f32;
            let row = (y / STEP) * self.cols;
            for x0 in (0..self.w).step_by(STEP) {
                let i = row + x0 / STEP;
                let left = mix(self.knots[i], self.knots[i + self.cols], fy);
                let right = mix(self.knots[i + 1], self.knots[i + 1 + self.cols], fy);
                let (dx, dy) = ((right.0 - left.0) / STEP as f32, (right.1 - left.1) / STEP as f32);
                for k in 0..STEP.min(self.w - x0) {
                    put(y * self.w + x0 + k, left.0 + dx * k as f32, left.1 + dy * k as f32);
                }
            }
        }
    }

    /// The grey picture in the frame; what lies outside the page is white.
    pub(super) fn gray(&self, page: &GrayImage) -> GrayImage {
        let mut out = vec![255; self.w * self.h];
        let (pw, ph) = (page.width() as usize, page.height() as usize);
        self.each(|i, x, y| out[i] = sample(page.as_raw(), pw, ph, x, y));
        GrayImage::from_raw(self.w as u32, self.h as u32, out).expect("as many values as pixels")
    }

    /// The colour picture in the frame.
    pub(super) fn rgb(&self, page: &RgbImage) -> RgbImage {
        let mut out = vec![255; self.w * self.h * 3];
        let (pw, ph) = (page.width() as usize, page.height() as usize);
        self.each(|i, x, y| {
            if let Some(between) = Between::new(pw, ph, x, y) {
                for (c, value) in out[i * 3..i * 3 + 3].iter_mut().enumerate() {
                    *value = between.value(page.as_raw(), 3, c);
                }
            }
        });
        RgbImage::from_raw(self.w as u32, self.h as u32, out).expect("three values per pixel")
    }
}

fn mix(a: (f32, f32), b: (f32, f32), f: f32) -> (f32, f32) {
    (a.0 + (b.0 - a.0) * f, a.1 + (b.1 - a.1) * f)
}

/// The brightness of a grey picture between four pixels; 255 outside.
#[inline]
pub(super) fn sample(raw: &[u8], w: usize, h: usize, x: f32, y: f32) -> u8 {
    Between::new(w, h, x, y).map_or(255, |between| between.value(raw, 1, 0))
}

/// A place between four pixels.
struct Between {
    /// The upper left one of them.
    at: usize,
    /// From one row to the next.
    w: usize,
    fx: f32,
    fy: f32,
}

impl Between {
    /// None outside a picture of `w` × `h` pixels.
    #[inline]
    fn new(w: usize, h: usize, x: f32, y: f32) -> Option<Self> {
        // What is positive is cut to the next smaller number; what is not lies outside.
        let (x0, y0) = (x as i32 as usize, y as i32 as usize);
        let inside = x >= 0.0 && y >= 0.0 && x0 + 1 < w && y0 + 1 < h;
        inside.then(|| Self { at: y0 * w + x0, w, fx: x - x0 as f32, fy: y - y0 as f32 })
    }

    /// The value of channel `c` of `n`.
    #[inline]
    fn value(&self, raw: &[u8], n: usize, c: usize) -> u8 {
        let (upper, lower) = (self.at * n + c, (self.at + self.w) * n + c);
        let (a, b) = (f32::from(raw[upper]), f32::from(raw[upper + n]));
        let (d, e) = (f32::from(raw[lower]), f32::from(raw[lower + n]));
        let (top, bottom) = (a + (b - a) * self.fx, d + (e - d) * self.fx);
        (top + (bottom - top) * self.fy + 0.5) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::{Homography, Pair, REACH, STIFF, Warp};
    use image::{GrayImage, Luma};

    #[test]
    fn paper_bends_where_pairs_say_so_and_keeps_its_place_far_from_them() {
        let map = Homography::affine(1.0, 0.0, 2.0, 0.0, 1.0, 3.0);
        let pairs = [((320.0, 320.0), 5.0), ((480.0, 320.0), 1.0)].map(|(from, off)| Pair {
            from,
            to: (from.0 + 2.0 + off, from.1 + 3.0),
            weight: 0.9,
        });
        let warp = Warp::bent(1600, 800, &map, &pairs);
        let mut seen = Vec::new();
        warp.each(|i, x, y| seen.push((i, x, y)));
        // At the knots, by the same rule point by point.
        for (x, y) in [(320, 320), (400, 320), (480, 480), (1520, 720)] {
            let (i, u, v) = seen[y * 1600 + x];
            let near = |p: &Pair| {
                let d2 = (p.from.0 - x as f64).powi(2) + (p.from.1 - y as f64).powi(2);
                p.weight * (-d2 / (2.0 * REACH * REACH)).exp()
            };
            let off = |p: &Pair| p.to.0 - p.from.0 - 2.0;
            let total = STIFF + pairs.iter().map(near).sum::<f64>();
            let bend = pairs.iter().map(|p| near(p) * off(p)).sum::<f64>() / total;
            let error = (f64::from(u) - x as f64 - 2.0 - bend).hypot(f64::from(v) - y as f64 - 3.0);
            assert!(i == y * 1600 + x && error < 0.01, "{x} {y}: {u} {v}, bent by {bend}");
        }
    }

    #[test]
    fn what_lies_outside_of_the_page_is_white() {
        let page = GrayImage::from_pixel(60, 60, Luma([10]));
        let laid = Warp::bent(60, 60, &Homography::affine(1.0, 0.0, 20.0, 0.0, 1.0, 0.0), &[]).gray(&page);
        assert_eq!((laid.get_pixel(10, 10)[0], laid.get_pixel(50, 10)[0]), (10, 255));
    }
}
