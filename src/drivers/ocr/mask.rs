//! Yes or no per pixel.

use super::paper::INK;
use image::GrayImage;
use std::mem;

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
        let inside = |at: i32, n: usize| usize::try_from(at).unwrap_or(0).min(n);
        let end = |at: i32, n: usize| at.saturating_add(i32::try_from(n).unwrap_or(i32::MAX));
        let (from, to) = (inside(origin.0, self.w), inside(end(origin.0, out.w), self.w));
        for y in inside(origin.1, self.h)..inside(end(origin.1, out.h), self.h) {
            if from < to {
                let at = (y as i32 - origin.1) as usize * out.w + (from as i32 - origin.0) as usize;
                out.bits[at..at + to - from].copy_from_slice(&self.bits[y * self.w + from..y * self.w + to]);
            }
        }
        out
    }

    /// Grown by `r` pixels in all directions (a square).
    pub(super) fn grown(&self, r: usize) -> Self {
        self.grown_sideways(r).grown_upright(r)
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

    /// Grown by `r` sideways.
    fn grown_sideways(&self, r: usize) -> Self {
        let mut out = Self::new(self.w, self.h);
        // A row with `r` pixels of paper on both sides; each of its pixels takes up ever more of those to its right.
        let (mut row, mut wider) = (vec![false; self.w + 2 * r], vec![false; self.w + 2 * r]);
        let rows = self.bits.chunks_exact(self.w.max(1)).zip(out.bits.chunks_exact_mut(self.w.max(1)));
        for (seen, grown) in rows {
            row.fill(false);
            row[r..r + self.w].copy_from_slice(seen);
            let mut taken = 1;
            while taken < 2 * r + 1 {
                let step = taken.min(2 * r + 1 - taken);
                wider.copy_from_slice(&row);
                wider.iter_mut().zip(&row[step..]).for_each(|(near, far)| *near |= *far);
                mem::swap(&mut row, &mut wider);
                taken += step;
            }
            grown.copy_from_slice(&row[..self.w]);
        }
        out
    }

    /// Grown by `r` up and down.
    fn grown_upright(&self, r: usize) -> Self {
        let mut out = Self::new(self.w, self.h);
        // How many set pixels of each column lie near the row in hand.
        let mut near = vec![0_u16; self.w];
        let row = |y: usize| &self.bits[y * self.w..(y + 1) * self.w];
        for y in 0..self.h + r {
            if y < self.h {
                near.iter_mut().zip(row(y)).for_each(|(n, set)| *n += u16::from(*set));
            }
            if y > 2 * r {
                near.iter_mut().zip(row(y - 2 * r - 1)).for_each(|(n, set)| *n -= u16::from(*set));
            }
            if y >= r {
                let grown = &mut out.bits[(y - r) * self.w..(y - r + 1) * self.w];
                grown.iter_mut().zip(&near).for_each(|(g, n)| *g = *n > 0);
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
    fn growing_and_cutting_out_are_what_they_are_pixel_by_pixel() {
        let mut mask = Mask::new(23, 17);
        (0..mask.bits.len()).filter(|i| i * 7919 % 31 == 0).for_each(|i| mask.bits[i] = true);
        for r in 0..4 {
            let near = |x: i32, y: i32| {
                let r = r as i32;
                (y - r..=y + r).any(|v| (x - r..=x + r).any(|u| mask.at(u, v)))
            };
            let grown = mask.grown(r);
            assert!((0..17).all(|y| (0..23).all(|x| grown.at(x, y) == near(x, y))), "{r}");
        }
        for origin in [(-3, -2), (5, 4), (20, 15), (40, 3), (-30, -30)] {
            let part = mask.window(origin, 9, 6);
            assert!(
                (0..6).all(|y| (0..9).all(|x| part.at(x, y) == mask.at(origin.0 + x, origin.1 + y))),
                "{origin:?}"
            );
        }
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
