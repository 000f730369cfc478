//! The heading of a blank. 転居届 and 転入届 share their lines and nearly all their words; what they are, the heading says.

use super::{
    OcrError,
    blob::{Blob, blobs},
    charset::Charset,
    ctc::Decoded,
    mask::Mask,
    paper::PX_PER_MM,
    settle::look_alike,
    text_field::{Line, Readers, common},
};
use crate::form::Rect;
use image::{GrayImage, imageops};
use std::{cmp::Reverse, ops::Range, sync::OnceLock};
use unicode_normalization::UnicodeNormalization as _;

/// Headings stand in this share of the page, from its top.
const UPPER: f64 = 0.4;
/// Letters of a heading are so high, in mm.
const HEIGHT_MM: Range<f64> = 3.0..15.0;
/// So many times its height lies at most between two letters of a line: headings are widely spaced.
const GAP: f64 = 2.4;
/// A letter is at least so wide, of its height: what is thinner divides boxes.
const THIN: f64 = 0.45;
/// So many lines, the largest first, are tried.
const LINES: usize = 4;
/// With less than so many characters a line names no form.
const FEWEST: usize = 3;
/// Each character of a blank's heading is at least so sure; the largest print is.
const CLEAR: f64 = 0.9;
/// And each of those that a page has instead.
const SURE: f64 = 0.95;
/// And of the rest of the page's heading, which tells nothing apart.
const LEGIBLE: f64 = 0.5;
/// Below this, as a natural logarithm, the blank's heading is not what stands there (1 in 10,000).
const NOT_THERE: f64 = -9.2;
/// In longer headings one character may be misread.
const SHORT: usize = 12;
/// Around the heading's place so much is looked at, in pixels (0.9 mm): bent paper.
const MARGIN: u32 = 7;

/// Lines of large print on a blank, of which the first that can be read is its heading.
pub(super) struct Heading {
    /// Left, top, width, height in pixels of 200 dpi, and the picture.
    lines: Vec<([u32; 4], GrayImage)>,
    /// Which of the lines it is, and what it says; none where none can be read.
    read: OnceLock<Option<(usize, String)>>,
}

impl Heading {
    /// From the blank, its ink and the long lines in it.
    pub(super) fn choose(blank: &GrayImage, ink: &Mask, rules: &Mask) -> Self {
        let upper = (ink.h as f64 * UPPER) as i32;
        let rules = rules.grown(2);
        let bits = ink.bits.iter().zip(&rules.bits).map(|(ink, rule)| *ink && !*rule).collect();
        let letters = Mask { w: ink.w, h: ink.h, bits }.window((0, 0), ink.w as i32, upper);
        let size = blank.dimensions();
        let crop = |at: [u32; 4]| (at, cut(blank, at));
        let lines = lines(&blobs(&letters.grown(1))).into_iter().map(|b| crop(around(b, size))).collect();
        Self { lines, read: OnceLock::new() }
    }

    /// Whether a page in the blank's frame surely has another heading in its place. What cannot be read proves nothing, nor does
    /// a line into which one writes: `fields` are places of the form, in mm.
    pub(super) fn is_another(
        &self,
        readers: &mut Readers,
        page: &GrayImage,
        fields: &[Rect],
    ) -> Result<bool, OcrError> {
        let Some((line, own)) = self.read(readers)? else { return Ok(false) };
        let place = self.lines[*line].0;
        if fields.iter().any(|field| meet(place, *field)) {
            return Ok(false);
        }
        let picture = cut(page, place);
        let first = readers.first(&picture, &Charset::Free)?;
        if !is_other(own, &first) {
            return Ok(false);
        }
        let mut line = Line { picture, first, third: None, second: None };
        readers.ask([&mut line], &Charset::Free)?;
        Ok(line.second.is_none_or(|second| !plain(second.best()).contains(own.as_str())))
    }

    fn read(&self, readers: &mut Readers) -> Result<&Option<(usize, String)>, OcrError> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let mut found = None;
        for (n, (_, picture)) in self.lines.iter().enumerate() {
            let said = readers.first(picture, &Charset::Free)?;
            let text = plain(said.best());
            if said.weakest >= CLEAR && text.chars().count() >= FEWEST && text.chars().all(is_word) {
                found = Some((n, text));
                break;
            }
        }
        Ok(self.read.get_or_init(|| found))
    }
}

/// Whether a reader is sure of another text than the blank's.
fn is_other(own: &str, said: &Decoded) -> bool {
    let there = plain(said.best());
    let (length, most) = (there.chars().count(), own.chars().count());
    let comparable = length >= FEWEST && length * 2 >= most && length * 2 <= most * 3 + 2;
    let figures = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    let part = is_within(own, &there) || is_within(&there, own) || figures(&there) && !figures(own);
    let apart = strsim::levenshtein(own, &there) >= if most > SHORT { 2 } else { 1 };
    let silent = said.log_probability(own).is_none_or(|p| p < NOT_THERE);
    comparable && !part && apart && silent && said.weakest >= LEGIBLE && surety(own, said) >= SURE
}

/// How sure a reader is of those characters that the blank's heading does not have, 0 to 1.
fn surety(own: &str, said: &Decoded) -> f64 {
    let seen: Vec<char> = said.seen().into_iter().map(alike).collect();
    let borne = common(&seen.iter().collect::<String>(), own);
    let other = |(i, c): &(usize, &char)| c.is_alphanumeric() && !borne[*i];
    let sure = |(i, _): (usize, &char)| said.sure.get(i).copied().unwrap_or(said.weakest);
    seen.iter().enumerate().filter(other).map(sure).fold(1.0, f64::min)
}

/// Whether the characters of a text stand in another in this order: something was written between and beside them.
fn is_within(text: &str, other: &str) -> bool {
    let mut other = other.chars();
    text.chars().all(|c| other.any(|o| o == c))
}

/// Whether a place in pixels and one in mm have something in common.
fn meet([x, y, w, h]: [u32; 4], field: Rect) -> bool {
    let px = |mm: f64| mm * PX_PER_MM;
    let (x, y, w, h) = (f64::from(x), f64::from(y), f64::from(w), f64::from(h));
    x < px(field.x + field.w) && px(field.x) < x + w && y < px(field.y + field.h) && px(field.y) < y + h
}

/// Without spaces and marks, what looks alike as one character, and years without their number: next year's edition of a form
/// is that form.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.nfkc().filter(|c| c.is_alphanumeric()).map(look_alike) {
        if c == '年' {
            plain.truncate(plain.trim_end_matches(is_number).len());
        }
        plain.push(c);
    }
    // A long mark is read as the character 一, and back.
    plain.retain(|c| !matches!(c, 'ー' | '一'));
    plain
}

/// One character for all that are written or look like it.
fn alike(c: char) -> char {
    look_alike(c.nfkc().next().unwrap_or(c))
}

fn is_number(c: char) -> bool {
    c.is_ascii_digit() || "元〇一二三四五六七八九十".contains(c)
}

/// A letter of a Japanese heading; a picture or a logo is read as others.
fn is_word(c: char) -> bool {
    !c.is_ascii() && c.is_alphabetic()
}

/// The bounds of the lines of large print, the largest first (of two of one height the longer): left, top, right, bottom.
fn lines(blobs: &[Blob]) -> Vec<(i32, i32, i32, i32)> {
    let px = |mm: f64| (mm * PX_PER_MM) as i32;
    let high = px(HEIGHT_MM.start)..px(HEIGHT_MM.end);
    let is_letter = |b: &&Blob| high.contains(&b.h()) && f64::from(b.w()) >= THIN * f64::from(b.h());
    let mut seeds: Vec<&Blob> = blobs.iter().filter(is_letter).collect();
    seeds.sort_by_key(|b| Reverse(b.h()));
    let mut found: Vec<(i32, i32, i32, i32)> = Vec::new();
    for seed in seeds {
        let (x, y) =
            (i32::midpoint(seed.bounds.0, seed.bounds.2), i32::midpoint(seed.bounds.1, seed.bounds.3));
        if found.iter().any(|b| (b.0..=b.2).contains(&x) && (b.1..=b.3).contains(&y)) {
            continue;
        }
        let line = line(seed, blobs);
        let (w, h) = (line.2 - line.0, line.3 - line.1);
        if w * 2 >= h * 5 {
            found.push(line);
        }
    }
    found.sort_by_key(|b| Reverse((b.3 - b.1).pow(2) * (b.2 - b.0)));
    found.truncate(LINES);
    found
}

/// All that stands beside a letter, in its height, without a wide gap.
fn line(seed: &Blob, blobs: &[Blob]) -> (i32, i32, i32, i32) {
    let (top, bottom) = (seed.bounds.1, seed.bounds.3);
    let gap = (f64::from(seed.h()) * GAP) as i32;
    let beside = |b: &&Blob| {
        let middle = i32::midpoint(b.bounds.1, b.bounds.3);
        (top..=bottom).contains(&middle) && b.h() * 2 <= seed.h() * 3
    };
    let mut beside: Vec<&Blob> = blobs.iter().filter(beside).collect();
    beside.sort_by_key(|b| b.bounds.0);
    let mut line = seed.bounds;
    loop {
        let before = line;
        for b in &beside {
            if b.bounds.0 <= line.2 + gap && b.bounds.2 >= line.0 - gap {
                line = (
                    line.0.min(b.bounds.0),
                    line.1.min(b.bounds.1),
                    line.2.max(b.bounds.2),
                    line.3.max(b.bounds.3),
                );
            }
        }
        if line == before {
            return line;
        }
    }
}

/// With a margin, as left, top, width, height.
fn around((left, top, right, bottom): (i32, i32, i32, i32), (w, h): (u32, u32)) -> [u32; 4] {
    let near = |n: i32| n.cast_unsigned().saturating_sub(MARGIN);
    let far = |n: i32, most: u32| (n.cast_unsigned() + MARGIN + 1).min(most);
    let (x, y) = (near(left), near(top));
    [x, y, far(right, w) - x, far(bottom, h) - y]
}

fn cut(page: &GrayImage, [x, y, w, h]: [u32; 4]) -> GrayImage {
    imageops::crop_imm(page, x, y, w, h).to_image()
}

#[cfg(test)]
mod tests {
    use super::{Decoded, Rect, is_other, meet, plain};
    use std::slice;

    /// A line in which each character is this sure.
    fn said(text: &str, sure: f32) -> Decoded {
        let all: Vec<(char, f32)> = text.chars().map(|c| (c, sure)).collect();
        of_chars(&all)
    }

    /// A line in which all characters are sure but these.
    fn unsure(text: &str, which: &[(usize, f32)]) -> Decoded {
        let sure = |i: usize| which.iter().find(|(at, _)| *at == i).map_or(0.99, |(_, sure)| *sure);
        let all: Vec<(char, f32)> = text.chars().enumerate().map(|(i, c)| (c, sure(i))).collect();
        of_chars(&all)
    }

    fn of_chars(chars: &[(char, f32)]) -> Decoded {
        let steps: Vec<(f32, &[(char, f32)])> = chars
            .iter()
            .flat_map(|c| [((1.0 - c.1) / 2.0, slice::from_ref(c)), (0.999, [].as_slice())])
            .collect();
        Decoded::of_steps(&steps)
    }

    #[test]
    fn another_heading_is_another_form_and_a_doubt_is_not() {
        assert!(is_other("転居届", &said("転入届", 0.99)));
        assert!(!is_other("転居届", &said("転居届", 0.99)));
        assert!(!is_other("転居届", &said("転入届", 0.9)), "not sure");
        assert!(is_other("転居届（写）", &unsure("転入届（写）", &[(3, 0.6)])), "a mark tells nothing apart");
        assert!(is_other("市税転居届", &unsure("市税転入届", &[(0, 0.6)])), "nor what both have");
        assert!(!is_other("市税転居届", &unsure("市税転入届", &[(3, 0.9)])), "not sure of what is another");
        assert!(!is_other("市税転居届", &unsure("市税転入届", &[(0, 0.4)])), "hardly legible");
        assert!(!is_other("転居届", &said("転居届済", 0.99)), "stamped beside");
        assert!(!is_other("転居届", &said("居届", 0.99)), "cut off");
        assert!(!is_other("申告特例申請書", &said("申請書", 0.99)), "the rest is covered");
        assert!(!is_other("令和年月日", &said("令和八年三月日", 0.99)), "written between");
        assert!(!is_other("令和年月日", &said("令和8年3月", 0.99)), "written between, and one lost");
        assert!(!is_other("転居届", &said("転人届出済証明", 0.99)), "much more stands there");
        assert!(!is_other(
            "寄附金税額控除に係る申告特例申請書",
            &said("寄附金税額控除に係る申告特例申講書", 0.99)
        ));
    }

    #[test]
    fn a_line_that_a_field_lies_in_is_one_to_write_in() {
        let field = |x: f64, y: f64| Rect { x, y, w: 50.0, h: 8.0 };
        let place = [400, 100, 800, 60];
        assert!(
            meet(place, field(90.0, 15.0))
                && !meet(place, field(90.0, 25.0))
                && !meet(place, field(0.0, 15.0))
        );
    }

    #[test]
    fn spaces_marks_and_look_alikes_make_no_other_word() {
        assert_eq!(plain("住　民 異・動 届（写）"), "住民異動届写");
        assert_eq!(plain("ロ座"), plain("口座"));
        assert_eq!(plain("令和８年度　入所申込書"), plain("令和十一年度入所申込書"));
        assert_ne!(plain("様式第一号"), plain("様式第二号"));
    }
}
