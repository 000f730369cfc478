//! Brings a picture into the blank's frame.

use image::{GrayImage, RgbImage};

/// Between two knots of the net, in pixels.
const STEP: usize = 16;

/// For every pixel of the blank's frame its place on the page, kept at the knots of a net.
pub(super) struct Warp {
    w: usize,
    h: usize,
    cols: usize,
    knots: Vec<(f32, f32)>,
}

impl Warp {
    /// A frame of `w` × `h` pixels; `place` says where a point of it lies on the page.
    pub(super) fn new(w: usize, h: usize, place: impl Fn((f64, f64)) -> (f64, f64)) -> Self {
        let (cols, rows) = (w / STEP + 2, h / STEP + 2);
        let knot = |i: usize| {
            let (x, y) = place((((i % cols) * STEP) as f64, ((i / cols) * STEP) as f64));
            (x as f32, y as f32)
        };
        Self { w, h, cols, knots: (0..cols * rows).map(knot).collect() }
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
