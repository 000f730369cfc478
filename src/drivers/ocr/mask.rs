//! Yes or no per pixel.

use super::paper::INK;
use image::GrayImage;

/// Yes or no per pixel.
#[derive(Clone)]
pub(super) struct Mask {
    /// Width in pixels.
    pub w: usize,
    /// Height in pixels.
    pub h: usize,
    /// Row by row, `w * h` values.
    pub bits: Vec<bool>,
}

impl Mask {
    /// All no.
    pub(super) fn new(w: usize, h: usize) -> Self {
        Self { w, h, bits: vec![false; w * h] }
    }

    /// Where a picture with flattened paper is ink.
    pub(super) fn ink(gray: &GrayImage) -> Self {
        Self::darker(gray, INK)
    }

    /// Where a picture is darker than `level`.
    pub(super) fn darker(gray: &GrayImage, level: u8) -> Self {
        let bits = gray.as_raw().iter().map(|p| *p < level).collect();
        Self { w: gray.width() as usize, h: gray.height() as usize, bits }
    }

    /// The value there; outside it is no.
    pub(super) fn at(&self, x: i32, y: i32) -> bool {
        x >= 0
            && y >= 0
            && (x as usize) < self.w
            && (y as usize) < self.h
            && self.bits[y as usize * self.w + x as usize]
    }

    /// The part of `w` × `h` pixels that begins at `origin`; outside is no.
    pub(super) fn window(&self, origin: (i32, i32), w: i32, h: i32) -> Self {
        let mut out = Self::new(w.max(1) as usize, h.max(1) as usize);
        for y in 0..out.h {
            for x in 0..out.w {
                out.bits[y * out.w + x] = self.at(origin.0 + x as i32, origin.1 + y as i32);
            }
        }
        out
    }

    /// Grown by `r` pixels in all directions (a square).
    pub(super) fn grown(&self, r: usize) -> Self {
        self.grown_along(r, 0).grown_along(0, r)
    }

    /// Shrunk by `r` pixels in all directions (a square); what lies outside does not count as no.
    pub(super) fn shrunk(&self, r: usize) -> Self {
        let mut empty = self.clone();
        for bit in &mut empty.bits {
            *bit = !*bit;
        }
        let mut out = empty.grown(r);
        for bit in &mut out.bits {
            *bit = !*bit;
        }
        out
    }

    /// Grown by `rx` sideways or `ry` up and down; one of them is 0.
    fn grown_along(&self, rx: usize, ry: usize) -> Self {
        let mut out = self.clone();
        for y in 0..self.h {
            let row = y * self.w;
            for x in 0..self.w {
                if self.bits[row + x] {
                    for v in y.saturating_sub(ry)..=(y + ry).min(self.h - 1) {
                        let from = v * self.w + x.saturating_sub(rx);
                        let to = v * self.w + (x + rx).min(self.w - 1);
                        out.bits[from..=to].fill(true);
                    }
                }
            }
        }
        out
    }

    /// How many are yes.
    pub(super) fn count(&self) -> usize {
        self.bits.iter().filter(|b| **b).count()
    }

    /// The part that lies in long straight horizontal or vertical runs: ruled lines. `run` in pixels.
    pub(super) fn rules(&self, run: usize) -> Self {
        let mut out = Self::new(self.w, self.h);
        for y in 0..self.h {
            mark_runs(&mut out.bits, &self.bits, y * self.w, 1, self.w, run);
        }
        for x in 0..self.w {
            mark_runs(&mut out.bits, &self.bits, x, self.w, self.h, run);
        }
        out
    }
}

/// Marks the runs of at least `run` along one line of the picture: `len` pixels from `start`, `step` apart.
fn mark_runs(out: &mut [bool], bits: &[bool], start: usize, step: usize, len: usize, run: usize) {
    let mut begun = 0;
    for i in 0..=len {
        if i < len && bits[start + i * step] {
            continue;
        }
        if i - begun >= run {
            (begun..i).for_each(|k| out[start + k * step] = true);
        }
        begun = i + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn long_runs_are_rules_and_short_ones_are_not() {
        let mut mask = Mask::new(10, 3);
        (0..8).for_each(|x| mask.bits[x] = true);
        (0..3).for_each(|x| mask.bits[20 + x] = true);
        let rules = mask.rules(5);
        assert_eq!(rules.count(), 8);
        assert!(rules.at(7, 0) && !rules.at(8, 0) && !rules.at(0, 2));
    }

    #[test]
    fn growing_stays_inside_the_picture() {
        let mut mask = Mask::new(5, 4);
        mask.bits[0] = true;
        let grown = mask.grown(2);
        assert_eq!(grown.count(), 9);
        assert!(grown.at(2, 2) && !grown.at(3, 0) && !grown.at(-1, 0));
    }
}
