//! Connected pieces of ink.

use super::mask::Mask;

/// A connected piece of ink.
pub(super) struct Blob {
    /// Its pixels, (x, y) in the mask it was found in.
    pub pixels: Vec<(i32, i32)>,
    /// Left, top, right, bottom, all inside.
    pub bounds: (i32, i32, i32, i32),
}

impl Blob {
    /// Width in pixels.
    pub(super) const fn w(&self) -> i32 {
        self.bounds.2 - self.bounds.0 + 1
    }

    /// Height in pixels.
    pub(super) const fn h(&self) -> i32 {
        self.bounds.3 - self.bounds.1 + 1
    }
}

/// All pieces of a mask, diagonal neighbours counted as connected.
pub(super) fn blobs(mask: &Mask) -> Vec<Blob> {
    let mut left = mask.clone();
    let mut all = Vec::new();
    for y in 0..mask.h {
        let mut x = 0;
        while let Some(next) = left.bits[y * mask.w + x..(y + 1) * mask.w].iter().position(|set| *set) {
            x += next;
            all.push(take(&mut left, x as i32, y as i32));
        }
    }
    all
}

/// Takes the piece at (x, y) out of the mask.
fn take(left: &mut Mask, x: i32, y: i32) -> Blob {
    let mut blob = Blob { pixels: Vec::new(), bounds: (x, y, x, y) };
    let mut todo = vec![(x, y)];
    left.bits[y as usize * left.w + x as usize] = false;
    while let Some((x, y)) = todo.pop() {
        let b = &mut blob.bounds;
        *b = (b.0.min(x), b.1.min(y), b.2.max(x), b.3.max(y));
        blob.pixels.push((x, y));
        for (u, v) in (y - 1..=y + 1).flat_map(|v| (x - 1..=x + 1).map(move |u| (u, v))) {
            if left.at(u, v) {
                left.bits[v as usize * left.w + u as usize] = false;
                todo.push((u, v));
            }
        }
    }
    blob
}

#[cfg(test)]
mod tests {
    use super::{Mask, blobs};

    #[test]
    fn pieces_are_apart_and_complete() {
        let mut mask = Mask::new(6, 4);
        for (x, y) in [(0, 0), (1, 1), (2, 2), (5, 0), (5, 3)] {
            mask.bits[y * 6 + x] = true;
        }
        let mut sizes: Vec<usize> = blobs(&mask).iter().map(|b| b.pixels.len()).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 1, 3]);
    }
}
