//! The words printed on a blank, as small pictures: whether a page in its frame bears these words, or others in the same lines.
//!
//! Forms of one office share their tables: on another form of the same template all ruled lines are found, and where the
//! blank has words there are words. Only a word itself tells. Each picture is compared with what the page has in its place,
//! and with what it has where the blank has other words: what blur, copier or fax take, they take from both.

use super::{
    anchors::{Window, cut, unit},
    homography::Homography,
    mask::Mask,
    paper::PX_PER_MM,
};
use image::{GrayImage, imageops};
use std::ops::RangeInclusive;

/// Side of a picture, in pixels of 100 dpi (4.6 mm): a character or two, and no more than fits between ruled lines.
const SIDE: usize = 18;
/// Within so many pixels (1.8 mm) a word is sought around its place: bent paper, and rows that slipped a little.
const REACH: usize = 7;
/// One word is taken from each square of so many pixels (10 mm).
const TILE: usize = 40;
/// At most so many words are taken.
const MOST: usize = 60;
/// A picture has so many pixels of letters at 200 dpi, out of 1296: less is a dot or a dash, more is a black area.
const LETTERS: RangeInclusive<u32> = 120..=700;
/// Straight runs from this length on, in mm, are no part of a letter but of a frame or a row of boxes.
const LINE_MM: f64 = 4.0;
/// With so many other places a word is compared: where another word stands, one in five is most like its picture by chance.
const RIVALS: usize = 4;
/// A place is another only if the blank itself has less than this correlation with the word there.
const ALIKE: f64 = 0.6;
/// Below this correlation there is nothing: cut off, covered, lost on the copier. That tells nothing.
const SEEN: f64 = 0.25;
/// Fewer words than this prove nothing.
const ENOUGH: usize = 12;
/// Where less than this share of the words are the blank's, the page is another form. Measured in the frames of formbench's
/// six blanks: copies of copies, fax (dark, of copies) and 75 dpi keep 0.94 and more, too pale a fax and pages scribbled all
/// over 0.76, such pages by fax 0.64; other words in the same table have 0.16 to 0.43.
pub(super) const OWN: f64 = 0.5;

/// A map onto the same place.
const SAME: Homography = Homography::affine(1.0, 0.0, 0.0, 0.0, 1.0, 0.0);

/// Words of a blank.
pub(super) struct Labels {
    /// The upper left corners of their pictures, in pixels of 100 dpi.
    places: Vec<(usize, usize)>,
    /// Those that can be told from others.
    list: Vec<Label>,
}

/// One word.
struct Label {
    /// Which of the places is its own.
    own: usize,
    /// Its picture, mean 0 and length 1.
    picture: Vec<f32>,
    /// Places where the blank has something else.
    rivals: Vec<usize>,
}

impl Labels {
    /// From the blank at 100 dpi and its ink at 200 dpi.
    pub(super) fn choose(blank: &GrayImage, ink: &Mask) -> Self {
        let places = places(blank, ink);
        let windows = windows(blank, &places);
        let soft = imageops::blur(blank, 0.8);
        let middle = |i: usize| ((places[i].0 + SIDE / 2) as i32, (places[i].1 + SIDE / 2) as i32);
        let label = |own: usize| {
            let picture = unit(&cut(&soft, middle(own), SIDE))?;
            // Neighbours are often of one kind: the next ones in question lie a few rows on.
            let others = (1..places.len()).map(|k| (own + k * STRIDE) % places.len()).filter(|i| *i != own);
            let unlike = others.filter(|i| best(&picture, &windows[*i]) < ALIKE);
            let rivals: Vec<usize> = unlike.take(RIVALS).collect();
            (rivals.len() == RIVALS).then_some(Label { own, picture, rivals })
        };
        let list = (0..places.len()).filter_map(label).collect();
        Self { places, list }
    }

    /// Of the words that can be made out on a page in the blank's frame (100 dpi), the share that are the blank's: more like
    /// their picture than all their rivals are. None where too few can be made out.
    pub(super) fn borne(&self, page: &GrayImage) -> Option<f64> {
        let windows = windows(page, &self.places);
        let own = |label: &Label| {
            let here = best(&label.picture, &windows[label.own]);
            let like_no_other = || label.rivals.iter().all(|r| best(&label.picture, &windows[*r]) < here);
            (here >= SEEN).then(like_no_other)
        };
        let judged: Vec<bool> = self.list.iter().filter_map(own).collect();
        let borne = judged.iter().filter(|own| **own).count();
        (judged.len() >= ENOUGH).then(|| borne as f64 / judged.len() as f64)
    }
}

/// From one place to the next in question; a prime, so that in most lists all are met.
const STRIDE: usize = 7;

/// The place with the most ink of letters, and no ruled line, in each tile; evenly thinned to [`MOST`].
fn places(blank: &GrayImage, ink: &Mask) -> Vec<(usize, usize)> {
    let lines = ink.rules((LINE_MM * PX_PER_MM) as usize).grown(2);
    let bits = ink.bits.iter().zip(&lines.bits).map(|(ink, line)| *ink && !*line).collect();
    let letters = Sums::new(&Mask { w: ink.w, h: ink.h, bits });
    let lines = Sums::new(&lines);
    let (w, h) = (blank.width() as usize, blank.height() as usize);
    let tiles = (0..h / TILE).flat_map(|ty| (0..w / TILE).map(move |tx| (tx * TILE, ty * TILE)));
    let densest = tiles.filter_map(|(x0, y0)| {
        let rows = (y0..y0 + TILE).step_by(2);
        let all = rows.flat_map(|y| (x0..x0 + TILE).step_by(2).map(move |x| (x, y)));
        let inside = all.filter(|(x, y)| x + SIDE < w && y + SIDE < h);
        let clear = inside.filter(|at| lines.square(*at) == 0);
        let counted = clear.map(|at| (letters.square(at), at)).filter(|(n, _)| LETTERS.contains(n));
        counted.max_by_key(|(n, _)| *n).map(|(_, at)| at)
    });
    let all: Vec<(usize, usize)> = densest.collect();
    let step = all.len().div_ceil(MOST).max(1);
    all.into_iter().step_by(step).collect()
}

/// What a page has around each place.
fn windows(page: &GrayImage, places: &[(usize, usize)]) -> Vec<Window> {
    let corner = |c: usize| c as f64 - REACH as f64;
    let window =
        |(x, y): &(usize, usize)| Window::new(page, &SAME, (corner(*x), corner(*y)), SIDE + 2 * REACH);
    places.iter().map(window).collect()
}

/// The best correlation of a picture anywhere in a window.
fn best(picture: &[f32], window: &Window) -> f64 {
    let span = 2 * REACH + 1;
    let all = (0..span * span).map(|i| window.correlation(picture, SIDE, i % span, i / span));
    all.fold(-1.0, f64::max)
}

/// How many pixels of a mask are set above and left of each place.
struct Sums {
    /// Places in a row.
    w: usize,
    /// Row by row.
    sums: Vec<u32>,
}

impl Sums {
    fn new(mask: &Mask) -> Self {
        let w = mask.w + 1;
        let mut sums = vec![0_u32; w * (mask.h + 1)];
        for y in 0..mask.h {
            let mut row = 0;
            for x in 0..mask.w {
                row += u32::from(mask.bits[y * mask.w + x]);
                sums[(y + 1) * w + x + 1] = sums[y * w + x + 1] + row;
            }
        }
        Self { w, sums }
    }

    /// How many are set in a picture's square; its corner is given in pixels of half the mask's resolution.
    fn square(&self, (x, y): (usize, usize)) -> u32 {
        let at = |x: usize, y: usize| self.sums[y * self.w + x];
        let (left, top) = (2 * x, 2 * y);
        let (right, bottom) = (left + 2 * SIDE, top + 2 * SIDE);
        at(right, bottom) + at(left, top) - at(right, top) - at(left, bottom)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Labels, Mask, OWN};
    use crate::drivers::ocr::coarse::half;
    use image::{GrayImage, Luma, imageops};

    /// A table with a word of three characters in each of its cells; the characters come from `seed`. At 200 dpi.
    pub(in crate::drivers::ocr) fn table(seed: u32) -> GrayImage {
        let mut page = GrayImage::from_pixel(1000, 1000, Luma([255]));
        let mut fill = |x: u32, y: u32, w: u32, h: u32| {
            for (u, v) in (y..y + h).flat_map(|v| (x..x + w).map(move |u| (u, v))) {
                page.put_pixel(u, v, Luma([20]));
            }
        };
        for i in 0..=9 {
            fill(50, 50 + i * 100, 902, 2);
        }
        for i in 0..=5 {
            fill(50 + i * 180, 50, 2, 902);
        }
        let mut state = seed;
        let mut next = |n: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % n
        };
        for (row, column) in (0..9).flat_map(|row| (0..5).map(move |column| (row, column))) {
            for character in 0..3 {
                let (x, y) = (66 + column * 180 + character * 30, 88 + row * 100);
                for part in (0..9).filter(|_| next(2) == 0) {
                    fill(x + part % 3 * 9, y + part / 3 * 9, 8, 8);
                }
            }
        }
        page
    }

    #[test]
    fn a_page_bears_the_words_of_its_own_blank_however_worn_it_is() {
        let blank = table(1);
        let labels = Labels::choose(&half(&blank), &Mask::ink(&blank));
        let share = |page: &GrayImage| labels.borne(&half(page)).unwrap_or(-1.0);
        let (own, other) = (share(&blank), share(&table(2)));
        assert!(own > 0.9 && (0.0..OWN).contains(&other), "{own} {other}");
        let blurred = imageops::blur(&blank, 2.5);
        let mut moved = GrayImage::from_pixel(1000, 1000, Luma([255]));
        imageops::overlay(&mut moved, &blurred, 6, -6);
        let worn = share(&moved);
        assert!(worn > 0.75, "{worn}");
    }

    #[test]
    fn a_page_that_lost_its_words_proves_nothing() {
        let blank = table(1);
        let labels = Labels::choose(&half(&blank), &Mask::ink(&blank));
        assert_eq!(labels.borne(&GrayImage::from_pixel(500, 500, Luma([255]))), None);
        let empty = GrayImage::from_pixel(1000, 1000, Luma([255]));
        assert_eq!(Labels::choose(&half(&empty), &Mask::ink(&empty)).borne(&half(&blank)), None);
    }
}
