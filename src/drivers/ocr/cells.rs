//! A row of boxes with one character each: read as a row, and box by box where the row leaves a doubt.

use super::{
    OcrError,
    charset::Charset,
    crop::{Bounds, Crop},
    text_field::{Line, Readers},
};
use crate::text::width;
use image::{GrayImage, imageops};

/// A row of boxes as it was read.
pub(super) struct Boxed {
    /// The row as a whole.
    pub whole: Line,
    /// The pictures of the boxes that have ink.
    pub filled: Vec<GrayImage>,
    /// Box by box, by the first reader, empty boxes left out; none: not read, because the row leaves no doubt.
    pub boxes: Option<String>,
    /// Before which characters an empty box stands.
    pub gaps: Vec<usize>,
    /// How many boxes hold a sign for themselves that is no character of the value; 0 until they are read.
    signs: usize,
}

impl Boxed {
    /// Reads the row box by box, and by the second reader.
    pub(super) fn ask(&mut self, readers: &mut Readers, charset: &Charset) -> Result<(), OcrError> {
        readers.ask([&mut self.whole], charset)?;
        let mut each = String::new();
        let mut signs = Vec::with_capacity(self.filled.len());
        for picture in &self.filled {
            let read = readers.first(picture, charset)?;
            signs.push(is_sign(&read.raw, charset));
            each.push_str(read.best());
        }
        self.signs = count(&signs, charset);
        self.boxes = Some(each);
        Ok(())
    }

    /// Whether the text has a character for each box, the same as the boxes for themselves where these were read.
    pub(super) fn bears_out(&self, text: &str) -> bool {
        let full = text.chars().count() == self.filled.len();
        full && self.boxes.as_ref().is_none_or(|boxes| boxes == text)
    }

    /// Whether the text has a character for each box, but for those with a sign for themselves. If not, a character was lost
    /// or made of nothing, whatever the readers say.
    pub(super) fn as_many(&self, text: &str, charset: &Charset) -> bool {
        let voiced = text.chars().filter(|c| width::unvoiced(*c) != *c).count();
        // The mark of a voiced kana in a box for itself: then the text has that kana.
        let signs = if matches!(charset, Charset::Kana) && self.signs > voiced { 0 } else { self.signs };
        let letters = text.chars().count();
        letters == self.filled.len() || letters + signs == self.filled.len()
    }

    /// A text of the row with a space where a box was left empty; as it is where it has another length than the row.
    pub(super) fn with_gaps(&self, text: &str) -> String {
        if self.gaps.is_empty() || text.chars().count() != self.filled.len() {
            return text.to_owned();
        }
        let mut out = String::new();
        for (i, c) in text.chars().enumerate() {
            if self.gaps.contains(&i) {
                out.push(' ');
            }
            out.push(c);
        }
        out
    }
}

/// Whether what a box was read as is a sign for itself: the yen before an amount, a voicing mark.
fn is_sign(raw: &str, charset: &Charset) -> bool {
    let signs = match charset {
        Charset::Money => "¥￥\\Y円金也-",
        Charset::Kana => "゛゜\"”`°",
        _ => "",
    };
    !raw.is_empty() && raw.chars().all(|c| signs.contains(charset.fold(c)))
}

/// How many of the boxes, of which it is known whether each is one, are signs for themselves. Of an amount only those before
/// and behind the digits: one between them parts two amounts.
fn count(signs: &[bool], charset: &Charset) -> usize {
    if !matches!(charset, Charset::Money) {
        return signs.iter().filter(|sign| **sign).count();
    }
    let before = signs.iter().take_while(|sign| **sign).count();
    before + signs[before..].iter().rev().take_while(|sign| **sign).count()
}

/// Reads the row. None when nothing is written.
pub(super) fn read(
    readers: &mut Readers,
    crop: &Crop,
    n: u32,
    charset: &Charset,
) -> Result<Option<Boxed>, OcrError> {
    let row = boxes(crop, n);
    let first = row.iter().position(Option::is_some);
    let last = row.iter().rposition(Option::is_some);
    let (Some(first), Some(last)) = (first, last) else { return Ok(None) };
    let mut gaps = Vec::new();
    let mut so_far = 0;
    for b in &row[first..=last] {
        if b.is_none() && gaps.last() != Some(&so_far) {
            gaps.push(so_far);
        }
        so_far += usize::from(b.is_some());
    }
    let filled: Vec<Bounds> = row.into_iter().flatten().collect();
    let whole = readers.hear(closed_up(crop, &filled), charset)?;
    let height = (crop.inner.3 - crop.inner.1) / 2;
    let filled = filled.iter().map(|b| crop.line(*b, height)).collect();
    Ok(Some(Boxed { whole, filled, boxes: None, gaps, signs: 0 }))
}

/// The ink's bounds in each of the `n` boxes.
fn boxes(crop: &Crop, n: u32) -> Vec<Option<Bounds>> {
    let (x0, x1) = (f64::from(crop.inner.0), f64::from(crop.inner.2 + 1));
    let width = (x1 - x0) / f64::from(n.max(1));
    let mut all: Vec<Option<Bounds>> = vec![None; n as usize];
    let mut areas = vec![0_usize; n as usize];
    for blob in super::blob::blobs(&crop.ink) {
        let wide = f64::from(blob.w()) > 1.35 * width;
        let middle = f64::from(blob.bounds.0 + blob.bounds.2) / 2.0;
        for (x, y) in &blob.pixels {
            let at = if wide { f64::from(*x) } else { middle };
            let i = (((at - x0) / width).floor().max(0.0) as usize).min(all.len() - 1);
            let b = all[i].unwrap_or((*x, *y, *x, *y));
            all[i] = Some((b.0.min(*x), b.1.min(*y), b.2.max(*x), b.3.max(*y)));
            areas[i] += 1;
        }
    }
    all.into_iter().zip(areas).map(|(b, area)| b.filter(|_| area >= 14)).collect()
}

/// The boxes' contents side by side at the distance of ordinary writing.
fn closed_up(crop: &Crop, filled: &[Bounds]) -> GrayImage {
    let top = filled.iter().map(|b| b.1).min().unwrap_or(0);
    let bottom = filled.iter().map(|b| b.3).max().unwrap_or(0);
    let height = bottom - top + 1;
    let (pad, space) = ((height * 15 / 100).max(3), (height * 35 / 100).max(4));
    let width: i32 = filled.iter().map(|b| b.2 - b.0 + 1 + space).sum::<i32>() + 2 * pad;
    let mut row = GrayImage::from_pixel(width.max(1) as u32, (height + 2 * pad) as u32, image::Luma([255]));
    let mut x = pad + space / 2;
    for b in filled {
        let piece = crop.cut_out((b.0, top, b.2, bottom), 0);
        imageops::replace(&mut row, &piece, i64::from(x), i64::from(pad));
        x += b.2 - b.0 + 1 + space;
    }
    row
}

#[cfg(test)]
mod tests {
    use super::{Boxed, Charset, GrayImage, Line, count, is_sign};
    use crate::drivers::ocr::ctc::Decoded;

    fn filled(boxes: usize, signs: usize) -> Boxed {
        let (picture, read) = (GrayImage::new(1, 1), Decoded::default());
        let whole = Line::of(picture.clone(), read);
        Boxed { whole, filled: vec![picture; boxes], boxes: None, gaps: Vec::new(), signs }
    }

    #[test]
    fn a_box_too_many_is_a_character_that_was_lost() {
        let amount = |boxes, signs, text| filled(boxes, signs).as_many(text, &Charset::Money);
        assert!(amount(5, 0, "12300") && amount(6, 1, "12300"), "a yen sign in the first box");
        assert!(!amount(6, 0, "12300") && !amount(4, 0, "12300"));
        let kana = |boxes, signs, text| filled(boxes, signs).as_many(text, &Charset::Kana);
        assert!(kana(3, 0, "ヤマダ") && kana(4, 1, "ヤマダ"), "the voicing mark in a box for itself");
        assert!(!kana(4, 1, "ヤマタ") && !kana(4, 0, "ヤマダ"));
    }

    #[test]
    fn a_sign_between_the_digits_of_an_amount_is_none_of_it() {
        let signs =
            |row: &str, charset: &Charset| count(&row.chars().map(|c| c == '-').collect::<Vec<_>>(), charset);
        assert_eq!((signs("--123-", &Charset::Money), signs("12-300", &Charset::Money)), (3, 0));
        assert_eq!((signs("-1-2", &Charset::Money), signs("--", &Charset::Money)), (1, 2));
        assert_eq!(signs("1-2-", &Charset::Kana), 2, "a voicing mark stands behind its kana");
    }

    #[test]
    fn signs_are_told_from_characters() {
        for (raw, charset, sign) in [
            ("¥", Charset::Money, true),
            ("ー", Charset::Money, true),
            ("▲", Charset::Money, false),
            ("1", Charset::Money, false),
            ("", Charset::Money, false),
            ("ﾞ", Charset::Kana, true),
            ("ノ", Charset::Kana, false),
            ("¥", Charset::Name, false),
        ] {
            assert_eq!(is_sign(raw, &charset), sign, "{raw}");
        }
    }
}
