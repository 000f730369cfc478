//! Printed options: whether the page has the blank's words in their places. A circle tells a place; a revised form may have the
//! same lines and labels, and its options in another order.

use super::{
    blob::{Blob, blobs},
    field_reading::Ground,
    mask::Mask,
    paper::{PALE, PX_PER_MM},
};
use crate::form::{DateParts, EraPlace, FieldType, MarkKind, Rect};
use image::GrayImage;

/// A word of the blank is there if the page's darkness correlates with it at least so much. Measured: of 1,584 words of 86
/// unaltered pages, faxes and black and white copies among them, the least does so by 0.67; of other words 98 in 100 by less than 0.55.
const SAME: f64 = 0.55;
/// On a coarse fax all words are poor. Where some word goes with the page at all (from here on), one that does so by a quarter
/// less than the best is another; where none does, all are.
const NONE: f64 = 0.4;
const POORER: f64 = 0.75;
/// Another option's word is there instead if it correlates at least so much, and by so much more than the word that should be
/// there. Measured: the right word always has the better of it, by 0.07 for 昭 and 明 on a fax and by more for all others.
const OTHER: f64 = 0.65;
const MORE: f64 = 0.05;
/// A word may lie so many pixels (1 mm) beside its place.
const REACH: i32 = 8;
/// Paper around a word that belongs to the comparison, in pixels.
const EDGE: i32 = 2;
/// What is looked at around the largest word, in pixels: more than a word may slip and the comparison needs.
const ROOM: i32 = REACH + EDGE + 4;
/// Ink that leaves a word's bounds by more pixels (0.4 mm) than the copier thickens strokes is not the word's: a ring, a line.
const OUT: i32 = 3;
/// Where less of a word than this is free of such ink, the word alone tells nothing.
const FREE: f64 = 0.5;
/// Fewer pixels of print are no word.
const SPECK: usize = 20;

/// Why a person must look at a field whose circled words are not the blank's.
pub(super) fn changed(ground: &Ground<'_>, kind: &FieldType) -> Option<&'static str> {
    let (print, _) = ground.laid?;
    let words: Vec<Word> = circled(kind).iter().filter_map(|r| Word::new(print, *r)).collect();
    differ(&words, ground.gray)
        .then_some("印刷された選択肢が白紙原本と違って見えます（様式の版を確かめてください）")
}

/// Where the words stand that are to be circled.
fn circled(kind: &FieldType) -> Vec<Rect> {
    let options = match kind {
        FieldType::Choice { mark: MarkKind::Circle, options, .. } => options,
        FieldType::Date { parts: Some(DateParts { era: EraPlace::Circled(eras), .. }) } => eras,
        _ => return Vec::new(),
    };
    options.iter().map(|(_, rect)| *rect).collect()
}

/// One of the words is not on the page, or another of them stands in its place. All are asked: where a ring hides one, its
/// place is found in that of the other.
fn differ(words: &[Word], page: &GrayImage) -> bool {
    let most = |side: fn(&Word) -> i32| words.iter().map(side).max().unwrap_or(0);
    let size = (most(Word::w) + 2 * ROOM, most(Word::h) + 2 * ROOM);
    let spots: Vec<Spot> = words.iter().map(|word| Spot::new(page, word, size)).collect();
    let likeness: Vec<f64> =
        words.iter().zip(&spots).filter_map(|(word, spot)| spot.likeness(word)).collect();
    let best = likeness.iter().copied().fold(0.0, f64::max);
    let need = if best < NONE { SAME } else { SAME.min(best * POORER) };
    let instead = |i: usize| {
        let mut others = words.iter().enumerate().filter(|(k, _)| *k != i);
        others.any(|(_, other)| spots[i].shows_rather(other, &words[i]))
    };
    likeness.iter().any(|found| *found < need) || (0..words.len()).any(instead)
}

/// An option's word as the blank has it.
struct Word {
    /// Its print, and nothing around it.
    print: Mask,
    /// The middle of it on the blank, in pixels.
    middle: (i32, i32),
}

impl Word {
    /// The print that lies whole in the option's place; none: there is no word.
    fn new(print: &Mask, r: Rect) -> Option<Self> {
        let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
        let (left, top) = (px(r.x), px(r.y));
        let (w, h) = (px(r.x + r.w) - left, px(r.y + r.h) - top);
        let pieces = blobs(&print.window((left, top), w, h));
        let whole = |b: &&Blob| b.bounds.0 > 0 && b.bounds.1 > 0 && b.bounds.2 < w - 1 && b.bounds.3 < h - 1;
        let letters: Vec<&Blob> = pieces.iter().filter(whole).collect();
        if letters.iter().map(|b| b.pixels.len()).sum::<usize>() < SPECK {
            return None;
        }
        let x0 = letters.iter().map(|b| b.bounds.0).min()?;
        let y0 = letters.iter().map(|b| b.bounds.1).min()?;
        let x1 = letters.iter().map(|b| b.bounds.2).max()? + 1;
        let y1 = letters.iter().map(|b| b.bounds.3).max()? + 1;
        let mut word = Mask::new((x1 - x0) as usize, (y1 - y0) as usize);
        for (x, y) in letters.iter().flat_map(|b| &b.pixels) {
            word.bits[(*y - y0) as usize * word.w + (*x - x0) as usize] = true;
        }
        Some(Self { print: word, middle: (left + i32::midpoint(x0, x1), top + i32::midpoint(y0, y1)) })
    }

    fn w(&self) -> i32 {
        self.print.w as i32
    }

    fn h(&self) -> i32 {
        self.print.h as i32
    }

    /// The word in the middle of paper of this size, its strokes as soft as a scanner's.
    fn pattern(&self, w: i32, h: i32) -> Pattern {
        let padded = self.print.window(((self.w() - w) / 2, (self.h() - h) / 2), w, h);
        let soft = |(x, y): (i32, i32)| {
            let around = (y - 1..=y + 1).flat_map(|v| (x - 1..=x + 1).map(move |u| (u, v)));
            around.filter(|(u, v)| padded.at(*u, *v)).count() as f64
        };
        let all = (0..h).flat_map(|y| (0..w).map(move |x| (x, y)));
        Pattern { w: padded.w, h: padded.h, dark: all.map(soft).collect() }
    }
}

/// What the page is compared with.
struct Pattern {
    w: usize,
    h: usize,
    /// 0 to 9, row by row.
    dark: Vec<f64>,
}

/// The page around the place of a word, which is its middle.
struct Spot {
    w: usize,
    h: usize,
    /// 0 to 255, row by row.
    dark: Vec<f64>,
    /// What is paper, or ink that may be the word's.
    free: Vec<bool>,
}

impl Spot {
    fn new(page: &GrayImage, word: &Word, (w, h): (i32, i32)) -> Self {
        let (left, top) = (word.middle.0 - w / 2, word.middle.1 - h / 2);
        // What lies left of the page or above it is far beyond its right or lower edge.
        let level = |(x, y): (i32, i32)| page.get_pixel_checked(x as u32, y as u32).map_or(u8::MAX, |p| p[0]);
        let all = (top..top + h).flat_map(|y| (left..left + w).map(move |x| (x, y)));
        let levels: Vec<u8> = all.map(level).collect();
        let bits = levels.iter().map(|level| *level < PALE).collect();
        let ink = Mask { w: w as usize, h: h as usize, bits };
        let dark = levels.iter().map(|level| f64::from(u8::MAX - level)).collect();
        Self { w: ink.w, h: ink.h, dark, free: free(&ink, word) }
    }

    /// How the page goes with the word; none: too much of it lies under a ring to say.
    fn likeness(&self, word: &Word) -> Option<f64> {
        let pattern = word.pattern(word.w() + 2 * EDGE, word.h() + 2 * EDGE);
        let (left, top) = self.corner(&pattern);
        let rows = pattern.dark.chunks_exact(pattern.w).enumerate();
        let free = rows.flat_map(|(y, row)| row.iter().zip(&self.free[(top + y) * self.w + left..]));
        let free: f64 = free.filter(|(_, free)| **free).map(|(dark, _)| dark).sum();
        if free < FREE * pattern.dark.iter().sum::<f64>() {
            return None;
        }
        // The bounds of a word that slipped cut it: as a whole it is there all the same.
        let within = self.best(&pattern, &self.free);
        Some(if within >= SAME { within } else { within.max(self.best(&pattern, &self.everything())) })
    }

    /// The other word is there rather than this one, both seen on as much paper.
    fn shows_rather(&self, other: &Word, word: &Word) -> bool {
        let (w, h) = (word.w().max(other.w()) + 2 * EDGE, word.h().max(other.h()) + 2 * EDGE);
        let everything = self.everything();
        let found = self.best(&other.pattern(w, h), &everything);
        found >= OTHER && found > self.best(&word.pattern(w, h), &everything) + MORE
    }

    /// All pixels, whatever ink they belong to.
    fn everything(&self) -> Vec<bool> {
        vec![true; self.dark.len()]
    }

    /// Where a pattern in the middle begins.
    fn corner(&self, pattern: &Pattern) -> (usize, usize) {
        (self.w / 2 - pattern.w / 2, self.h / 2 - pattern.h / 2)
    }

    /// The best correlation with the pattern within reach: every second place, then those next to the best.
    fn best(&self, pattern: &Pattern, counts: &[bool]) -> f64 {
        let (left, top) = self.corner(pattern);
        let at = |dx: i32, dy: i32| {
            let (x, y) = (left as i32 + dx, top as i32 + dy);
            self.correlation(pattern, (x as usize, y as usize), counts)
        };
        let steps = || (-REACH..=REACH).step_by(2);
        let places = steps().flat_map(|dy| steps().map(move |dx| (dx, dy)));
        let tried = places.map(|(dx, dy)| (at(dx, dy), dx, dy));
        let Some((_, x, y)) = tried.max_by(|a, b| a.0.total_cmp(&b.0)) else { return 0.0 };
        let next = (y - 1..=y + 1).flat_map(|dy| (x - 1..=x + 1).map(move |dx| (dx, dy)));
        next.map(|(dx, dy)| at(dx, dy)).fold(0.0, f64::max)
    }

    /// How the page's darkness goes with the pattern's, laid there: -1 to 1, and 0 where either is even.
    fn correlation(&self, pattern: &Pattern, (left, top): (usize, usize), counts: &[bool]) -> f64 {
        let mut sums = Sums::default();
        for (y, row) in pattern.dark.chunks_exact(pattern.w).enumerate() {
            let from = (top + y) * self.w + left;
            let page = self.dark[from..].iter().zip(&counts[from..]);
            for (word, (page, _)) in row.iter().zip(page).filter(|(_, (_, counts))| **counts) {
                sums.add(*word, *page);
            }
        }
        sums.correlation()
    }
}

/// All but the ink, and what lies next to it, that leaves the bounds of the word in the middle.
fn free(ink: &Mask, word: &Word) -> Vec<bool> {
    let (x0, y0) = (ink.w as i32 / 2 - word.w() / 2 - OUT, ink.h as i32 / 2 - word.h() / 2 - OUT);
    let (x1, y1) = (x0 + word.w() + 2 * OUT, y0 + word.h() + 2 * OUT);
    let leaves = |b: &&Blob| b.bounds.0 < x0 || b.bounds.1 < y0 || b.bounds.2 >= x1 || b.bounds.3 >= y1;
    let mut foreign = Mask::new(ink.w, ink.h);
    for (x, y) in blobs(ink).iter().filter(leaves).flat_map(|b| &b.pixels) {
        foreign.bits[*y as usize * foreign.w + *x as usize] = true;
    }
    foreign.grown(1).bits.into_iter().map(|bit| !bit).collect()
}

/// What a correlation is computed from.
#[derive(Default)]
struct Sums {
    n: f64,
    word: f64,
    page: f64,
    word_squared: f64,
    page_squared: f64,
    product: f64,
}

impl Sums {
    fn add(&mut self, word: f64, page: f64) {
        self.n += 1.0;
        self.word += word;
        self.page += page;
        self.word_squared += word * word;
        self.page_squared += page * page;
        self.product += word * page;
    }

    fn correlation(&self) -> f64 {
        let n = self.n.max(1.0);
        let spread = |squared: f64, sum: f64| (squared - sum * sum / n).max(0.0).sqrt();
        let both = spread(self.word_squared, self.word) * spread(self.page_squared, self.page);
        if both < 1.0 { 0.0 } else { (self.product - self.word * self.page / n) / both }
    }
}

#[cfg(test)]
mod tests {
    use super::{DateParts, EraPlace, FieldType, GrayImage, MarkKind, Mask, Rect, Word, circled, differ};
    use image::{Luma, imageops};

    /// The strokes of three letters: left, top, width, height in pixels.
    const LETTERS: [&[(i32, i32, i32, i32)]; 3] = [
        &[(0, 0, 28, 3), (0, 10, 28, 3), (0, 20, 28, 3), (12, 0, 3, 23)],
        &[(0, 0, 3, 23), (25, 0, 3, 23), (0, 5, 28, 3), (0, 20, 28, 3)],
        &[(12, 0, 3, 23), (2, 6, 24, 3), (4, 12, 3, 11), (21, 12, 3, 11)],
    ];

    /// Two options beside each other, in mm.
    const PLACES: [Rect; 2] =
        [Rect { x: 5.0, y: 5.0, w: 8.0, h: 7.0 }, Rect { x: 17.0, y: 5.0, w: 8.0, h: 7.0 }];

    /// A page with these letters in the two places.
    fn printed(letters: [usize; 2]) -> GrayImage {
        let mut page = GrayImage::from_pixel(240, 140, Luma([255]));
        for (letter, left) in letters.into_iter().zip([57, 151]) {
            for (x, y, w, h) in LETTERS[letter].iter().copied() {
                let inside = (y..y + h).flat_map(|y| (x..x + w).map(move |x| (x, y)));
                inside.for_each(|(x, y)| page.put_pixel((x + left) as u32, (y + 55) as u32, Luma([20])));
            }
        }
        page
    }

    /// A ring of a thick pen around a point of the page.
    fn ring(page: &mut GrayImage, (x, y): (f64, f64), (rx, ry): (f64, f64)) {
        for (px, py, p) in page.enumerate_pixels_mut() {
            let (dx, dy) = ((f64::from(px) - x) / rx, (f64::from(py) - y) / ry);
            if (dx.hypot(dy) - 1.0).abs() * rx.min(ry) < 2.5 {
                *p = Luma([40]);
            }
        }
    }

    /// Whether the page differs from a blank with the letters 0 and 1.
    fn asked(page: &GrayImage) -> bool {
        let blank = Mask::ink(&printed([0, 1]));
        let words: Vec<Word> = PLACES.iter().filter_map(|r| Word::new(&blank, *r)).collect();
        assert_eq!(words.len(), 2);
        differ(&words, page)
    }

    #[test]
    fn options_in_another_order_are_seen() {
        assert!(!asked(&printed([0, 1])));
        assert!(asked(&printed([1, 0])));
        let mut circled = printed([1, 0]);
        ring(&mut circled, (71.0, 66.0), (30.0, 22.0));
        assert!(asked(&circled));
        let mut crossed = printed([1, 0]);
        ring(&mut crossed, (76.0, 70.0), (18.0, 14.0));
        assert!(asked(&crossed), "where a ring hides one word, the other tells");
    }

    #[test]
    fn another_word_is_seen() {
        assert!(asked(&printed([2, 1])) && asked(&printed([0, 2])));
    }

    #[test]
    fn a_ring_or_a_poor_scan_changes_no_word() {
        for (middle, size) in
            [((71.0, 66.0), (30.0, 22.0)), ((76.0, 70.0), (22.0, 18.0)), ((71.0, 66.0), (17.0, 40.0))]
        {
            let mut page = printed([0, 1]);
            ring(&mut page, middle, size);
            assert!(!asked(&page), "{middle:?} {size:?}");
            assert!(!asked(&imageops::blur(&page, 1.2)), "{middle:?} {size:?}, soft");
        }
        let mut slipped = GrayImage::from_pixel(240, 140, Luma([255]));
        imageops::replace(&mut slipped, &printed([0, 1]), 5, -4);
        assert!(!asked(&slipped));
    }

    #[test]
    fn only_words_that_are_circled_are_compared() {
        let options = vec![("男".to_owned(), PLACES[0]), ("女".to_owned(), PLACES[1])];
        let choice = |mark| FieldType::Choice { mark, options: options.clone(), exactly: Some(1) };
        assert_eq!(circled(&choice(MarkKind::Circle)).len(), 2);
        assert!(circled(&choice(MarkKind::Check)).is_empty());
        let date = |era| {
            let part = PLACES[0];
            FieldType::Date { parts: Some(DateParts { era, year: part, month: part, day: part }) }
        };
        assert_eq!(circled(&date(EraPlace::Circled(options.clone()))).len(), 2);
        assert!(circled(&date(EraPlace::Printed("令和".to_owned()))).is_empty());
        let nothing = Mask::new(240, 140);
        assert!(Word::new(&nothing, PLACES[0]).is_none(), "nothing is printed there");
    }
}
