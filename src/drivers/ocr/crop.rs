//! What somebody wrote in one rectangle of the form.

use super::{
    blob::{Blob, blobs},
    clean::Cleaned,
    mask::Mask,
    paper::{INK, PX_PER_MM},
};
use crate::form::Rect;
use image::GrayImage;

/// Left, top, right, bottom in pixels; all inside.
pub(super) type Bounds = (i32, i32, i32, i32);

/// The writing in one rectangle, its surroundings blanked out.
pub(super) struct Crop {
    /// Dark on 255; the rectangle with [`MARGIN`] around.
    pub gray: GrayImage,
    /// Where it is ink.
    pub ink: Mask,
    /// Around all ink; none when nothing is written.
    pub bounds: Option<Bounds>,
    /// The rectangle inside the picture.
    pub inner: Bounds,
    /// How much of the rectangle is red seal colour, 0 to 1.
    pub red: f64,
    /// What was taken out of the rectangle itself because of its colour.
    pub taken: Taken,
    /// Ink runs out of the picture, or over the rectangle's edge on its own line.
    pub cut: bool,
}

/// Writing may stand out of its rectangle by this much, in pixels (1.5 mm).
const MARGIN: i32 = 12;
/// A piece of ink with fewer pixels is dust, unless it stands close to a larger one: a voicing mark, a dot.
const DUST: usize = 12;
/// Close, in pixels (0.9 mm).
const CLOSE: usize = 7;
/// Less ink than this (0.4 mm²) is no writing.
const NOTHING: usize = 26;

impl Crop {
    /// The writing in `rect`.
    pub(super) fn new(page: &Cleaned, rect: Rect) -> Self {
        let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
        let inner = (px(rect.x), px(rect.y), px(rect.x + rect.w), px(rect.y + rect.h));
        let (x0, y0) = (inner.0 - MARGIN, inner.1 - MARGIN);
        let (w, h) = (inner.2 - inner.0 + 2 * MARGIN, inner.3 - inner.1 + 2 * MARGIN);
        let seen = page.ink.window((x0, y0), w, h);
        let inner = (MARGIN, MARGIN, w - MARGIN - 1, h - MARGIN - 1);
        let pieces = blobs(&seen);
        let tall = pieces.iter().map(Blob::h).max().unwrap_or(0);
        let (large, small): (Vec<&Blob>, Vec<&Blob>) = pieces
            .iter()
            .filter(|b| belongs(b, inner) && !leftover(b, page, (x0, y0), tall))
            .partition(|b| is_stroke(b, &page.gray, (x0, y0)));
        let mut ink = Mask::new(w.max(1) as usize, h.max(1) as usize);
        for blob in &large {
            put(&mut ink, blob);
        }
        let close = ink.grown(CLOSE);
        for blob in small.iter().filter(|b| b.pixels.len() > 2 && close.at(b.pixels[0].0, b.pixels[0].1)) {
            put(&mut ink, blob);
        }
        let near = ink.grown(1);
        let gray = GrayImage::from_fn(ink.w as u32, ink.h as u32, |x, y| {
            let (u, v) = (x as i32 + x0, y as i32 + y0);
            let inside =
                u >= 0 && v >= 0 && (u as u32) < page.gray.width() && (v as u32) < page.gray.height();
            let show = inside && near.at(x as i32, y as i32);
            image::Luma([if show { page.gray.get_pixel(u as u32, v as u32)[0] } else { 255 }])
        });
        let bounds = around(&ink).filter(|_| ink.count() >= NOTHING);
        let over = |b: &Blob| {
            straddles(b, inner) && is_stroke(b, &page.gray, (x0, y0)) && !on_print(b, page, (x0, y0))
        };
        let cut = large.iter().any(|b| touches_edge(b, w, h)) || pieces.iter().any(over);
        let red = page.red.window((x0, y0), w, h).count() as f64 / f64::from((w * h).max(1));
        Self { gray, ink, bounds, inner, red, taken: Taken::new(page, rect), cut }
    }

    /// Ink in pixels.
    pub(super) fn area(&self) -> usize {
        self.ink.count()
    }

    /// The part of the picture in these bounds, with `pad` white pixels around.
    pub(super) fn cut_out(&self, b: Bounds, pad: i32) -> GrayImage {
        let (w, h) = (b.2 - b.0 + 1 + 2 * pad, b.3 - b.1 + 1 + 2 * pad);
        GrayImage::from_fn(w.max(1) as u32, h.max(1) as u32, |x, y| {
            let (u, v) = (x as i32 + b.0 - pad, y as i32 + b.1 - pad);
            let inside = u >= b.0 && u <= b.2 && v >= b.1 && v <= b.3;
            image::Luma([if inside { self.at(u, v) } else { 255 }])
        })
    }

    fn at(&self, x: i32, y: i32) -> u8 {
        let inside = x >= 0 && y >= 0 && (x as u32) < self.gray.width() && (y as u32) < self.gray.height();
        if inside { self.gray.get_pixel(x as u32, y as u32)[0] } else { 255 }
    }

    /// The lines of writing, at most `most`, from top to bottom.
    pub(super) fn lines(&self, most: u32) -> Vec<Bounds> {
        let Some(b) = self.bounds else { return Vec::new() };
        if most <= 1 {
            return vec![b];
        }
        let mut groups = row_groups(&self.ink, b);
        while groups.len() > most as usize {
            merge_closest(&mut groups);
        }
        let tallest = groups.iter().map(|g| g.1 - g.0).max().unwrap_or(0);
        while groups.len() > 1 && groups.iter().any(|g| (g.1 - g.0) * 10 < tallest * 4) {
            merge_closest(&mut groups);
        }
        groups.into_iter().filter_map(|(y0, y1)| around_rows(&self.ink, y0, y1)).collect()
    }

    /// The picture of one line as the readers want it: white around, and never blown up more than a line of writing would be.
    pub(super) fn line(&self, b: Bounds, least_height: i32) -> GrayImage {
        let more = ((least_height - (b.3 - b.1 + 1)).max(0) + 1) / 2;
        self.cut_out((b.0, b.1 - more, b.2, b.3 + more), Self::pad(b, least_height))
    }

    /// What [`Self::line`] leaves white around a line, in pixels.
    pub(super) fn pad(b: Bounds, least_height: i32) -> i32 {
        ((b.3 - b.1 + 1).max(least_height) * 12 / 100).max(3)
    }
}

/// Pixels of a rectangle of the page that were taken out because of their colour.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    red: usize,
    stamp: usize,
}

/// So many red pixels (1.3 mm²) are more than the rim of a seal that reaches in: a mark, or something written in red.
const RED_MARK: usize = 80;
/// So many of a blue stamp (0.6 mm²) may have covered a stroke in blue.
const STAMP_MARK: usize = 40;

impl Taken {
    /// Counts them.
    pub(super) fn new(page: &Cleaned, rect: Rect) -> Self {
        let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
        let count = |mask: &Mask| mask.window((px(rect.x), px(rect.y)), px(rect.w), px(rect.h)).count();
        Self { red: count(&page.red), stamp: count(&page.stamp) }
    }

    /// A blue stamp lies on the place: blue writing went with it.
    pub(super) const fn stamped(self) -> bool {
        self.stamp >= STAMP_MARK
    }

    /// Enough went to have been writing or a mark itself.
    pub(super) const fn something(self) -> bool {
        self.stamped() || self.red >= RED_MARK
    }
}

/// How many pixels of the piece lie in the rectangle.
fn within(blob: &Blob, inner: Bounds) -> usize {
    let inside = |(x, y): &&(i32, i32)| *x >= inner.0 && *x <= inner.2 && *y >= inner.1 && *y <= inner.3;
    blob.pixels.iter().filter(inside).count()
}

/// Most of the piece lies in the rectangle.
fn belongs(blob: &Blob, inner: Bounds) -> bool {
    within(blob, inner) * 2 >= blob.pixels.len()
}

/// A piece that does not belong, though one in so many of its pixels lies in the rectangle, may be a character of it: a 1
/// begun beside its box is left out, and what remains of 12 is a sound 2.
const STRADDLES: usize = 5;

/// The piece does not belong and yet lies in the rectangle with a good part, its middle neither above nor below: a line
/// written above or below reaches in with its feet or its heads.
fn straddles(blob: &Blob, inner: Bounds) -> bool {
    let inside = within(blob, inner);
    let middle = blob.bounds.1 + blob.bounds.3;
    let beside = middle >= 2 * inner.1 && middle <= 2 * inner.3;
    beside && inside >= 2 * DUST && inside * STRADDLES >= blob.pixels.len() && !belongs(blob, inner)
}

/// More than dust: large enough, and dark somewhere or larger still (pencil).
pub(super) fn is_stroke(blob: &Blob, gray: &GrayImage, origin: (i32, i32)) -> bool {
    let dark = |(x, y): &(i32, i32)| gray.get_pixel((x + origin.0) as u32, (y + origin.1) as u32)[0] < INK;
    blob.pixels.len() >= 5 * DUST || (blob.pixels.len() >= DUST && blob.pixels.iter().any(dark))
}

fn put(ink: &mut Mask, blob: &Blob) {
    for (x, y) in &blob.pixels {
        ink.bits[*y as usize * ink.w + *x as usize] = true;
    }
}

/// A thin sliver along a printed rule that registration left over.
fn leftover(blob: &Blob, page: &Cleaned, origin: (i32, i32), tall: i32) -> bool {
    let thin = blob.w().min(blob.h()) <= 3 || (blob.pixels.len() < 40 && blob.h() * 3 < tall);
    thin && on_print(blob, page, origin)
}

/// Most of the piece lies where the blank is printed.
fn on_print(blob: &Blob, page: &Cleaned, origin: (i32, i32)) -> bool {
    let beside = |(x, y): &&(i32, i32)| page.print.at(x + origin.0, y + origin.1);
    blob.pixels.iter().filter(beside).count() * 10 >= blob.pixels.len() * 7
}

const fn touches_edge(blob: &Blob, w: i32, h: i32) -> bool {
    blob.bounds.0 == 0 || blob.bounds.1 == 0 || blob.bounds.2 == w - 1 || blob.bounds.3 == h - 1
}

/// The bounds of all that is set.
pub(super) fn around(mask: &Mask) -> Option<Bounds> {
    around_rows(mask, 0, mask.h as i32 - 1)
}

/// The bounds of what is set between two rows.
fn around_rows(mask: &Mask, y0: i32, y1: i32) -> Option<Bounds> {
    let mut b: Option<Bounds> = None;
    for y in y0..=y1 {
        for x in 0..mask.w as i32 {
            if mask.at(x, y) {
                let c = b.unwrap_or((x, y, x, y));
                b = Some((c.0.min(x), c.1.min(y), c.2.max(x), c.3.max(y)));
            }
        }
    }
    b
}

/// Rows with ink, grouped where at least two empty rows lie between.
fn row_groups(ink: &Mask, b: Bounds) -> Vec<(i32, i32)> {
    let mut groups: Vec<(i32, i32)> = Vec::new();
    for y in b.1..=b.3 {
        if (b.0..=b.2).any(|x| ink.at(x, y)) {
            match groups.last_mut() {
                Some(last) if y - last.1 <= 2 => last.1 = y,
                _ => groups.push((y, y)),
            }
        }
    }
    groups
}

/// Joins the two neighbours with the smallest gap.
fn merge_closest(groups: &mut Vec<(i32, i32)>) {
    let gap = |i: &usize| groups[i + 1].0 - groups[*i].1;
    if let Some(i) = (0..groups.len() - 1).min_by_key(gap) {
        let next = groups.remove(i + 1);
        groups[i].1 = next.1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Crop, Rect};
    use crate::drivers::ocr::{
        field_reading::empty_text,
        marks::tests::{Stroke, page},
    };

    const PLACE: Rect = Rect { x: 40.0, y: 25.0, w: 10.0, h: 10.0 };

    #[test]
    fn a_character_over_the_edge_of_its_place_is_seen() {
        let crop = |stroke: Stroke| Crop::new(&page(&[stroke]), PLACE);
        // Two fifths of it inside, to the left and to the right.
        for over in [((38.8, 30.0), (40.8, 30.0), 0.5), ((49.2, 27.0), (51.2, 29.0), 0.5)] {
            let crop = crop(over);
            assert!(crop.cut && crop.bounds.is_none(), "what is left out is not passed over");
            assert!(empty_text(&crop).person);
        }
        let inside = crop(((42.0, 27.0), (42.0, 33.0), 0.5));
        assert!(!inside.cut && inside.bounds.is_some());
        let beside = crop(((38.8, 27.0), (39.3, 33.0), 0.5));
        assert!(!beside.cut && !empty_text(&beside).person, "what lies wholly beside is another field's");
        let above = crop(((45.0, 23.9), (45.0, 25.4), 0.5));
        assert!(!above.cut, "the line above reaches in with its feet");
    }
}
