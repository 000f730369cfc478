//! What only the ink knows of a line of figures: a second number beside or below the first, a hyphen or a point between two
//! figures that no reader read.

use super::{
    blob::{Blob, blobs},
    crop::{Bounds, Crop},
    ctc::Decoded,
    field_reading::Draft,
};
use crate::form::{Field, FieldType};

/// A line, and what the first reader saw in it.
pub(super) struct Heard<'a> {
    line: Bounds,
    /// The characters from left to right, each with its place in pixels of the crop.
    seen: Vec<(char, i32)>,
    read: &'a Decoded,
}

impl<'a> Heard<'a> {
    /// `pad` is what was left white on each side of the line when it was read, in pixels.
    pub(super) fn new(line: Bounds, pad: i32, read: &'a Decoded) -> Self {
        let wide = f64::from(line.2 - line.0 + 1 + 2 * pad);
        let at = |p: &f64| (f64::from(line.0 - pad) + p * wide).round() as i32;
        Self { line, seen: read.seen().into_iter().zip(read.places.iter().map(at)).collect(), read }
    }

    fn height(&self) -> i32 {
        self.line.3 - self.line.1 + 1
    }
}

/// An amount has at most so many figures.
const AMOUNT: usize = 12;
/// And a number.
const NUMBER: usize = 20;

/// A person looks where the figures are not those of one number, or a sign between them was not read.
pub(super) fn asks(draft: Draft, crop: &Crop, field: &Field, lines: &[Heard<'_>]) -> Draft {
    match field.kind {
        FieldType::Digits | FieldType::Money if field.cells.is_none() => numbers(draft, crop, field, lines),
        FieldType::Address { .. } | FieldType::Text if unread(crop, lines, Sign::Hyphen) => {
            draft.ask("数字の間に、読み取れていない短い横線（ハイフン）があるようです")
        }
        FieldType::Email if unread(crop, lines, Sign::Point) => {
            draft.ask("文字の間に、読み取れていない点（ピリオド）があるようです")
        }
        FieldType::Email if unread(crop, lines, Sign::Hyphen) => {
            draft.ask("文字の間に、読み取れていない短い横線（ハイフン）があるようです")
        }
        _ => draft,
    }
}

fn numbers(draft: Draft, crop: &Crop, field: &Field, lines: &[Heard<'_>]) -> Draft {
    let money = field.kind == FieldType::Money;
    let count = lines.iter().flat_map(|l| &l.seen).filter(|(c, _)| c.is_ascii_digit()).count();
    let most = if money { AMOUNT } else { NUMBER };
    if count > most {
        return draft.ask("数字の桁数が多すぎます");
    }
    let beside = lines.iter().any(|line| two_beside(crop, line, money));
    if beside || crop.lines(2).len() > 1 {
        return draft.ask("数字が二つ並んで書かれているようです");
    }
    draft
}

/// Whether a gap parts the figures of a line in two numbers.
fn two_beside(crop: &Crop, heard: &Heard<'_>, money: bool) -> bool {
    let (b, seen) = (heard.line, &heard.seen);
    let digits = seen.iter().filter(|(c, _)| c.is_ascii_digit()).count();
    // Between figures that a comma parts nothing is measured.
    let pairs = seen.windows(2).filter(|w| w.iter().all(|(c, _)| c.is_ascii_digit()));
    let gaps: Vec<i32> = pairs.map(|w| widest_gap(crop, b, w[0].1, w[1].1)).collect();
    let inked = (b.0..=b.2).filter(|x| has_ink(crop, b, *x)).count();
    let glyph = inked as f64 / seen.len().max(1) as f64;
    let wide = wide(&gaps, glyph, f64::from(heard.height()));
    if wide.is_empty() {
        return false;
    }
    // A line in which a comma stands has no other way of grouping.
    if gaps.len() + 1 < digits {
        return true;
    }
    let ends = wide.iter().copied().chain([gaps.len()]);
    let begun = [0].into_iter().chain(wide.iter().map(|i| i + 1));
    let groups: Vec<usize> = begun.zip(ends).map(|(from, to)| to + 1 - from).collect();
    !grouped(&groups, money)
}

/// Groups that are one number: thousands of an amount, an account or a 個人番号 in fours.
fn grouped(groups: &[usize], money: bool) -> bool {
    match groups {
        [first, rest @ ..] if money => *first <= 3 && rest.iter().all(|n| *n == 3),
        groups => groups.len() > 2 && groups.iter().all(|n| *n == 4),
    }
}

/// After which figures there is a gap that no spacing makes; `glyph` and `height` are a figure's usual width and the line's
/// height, in pixels.
fn wide(gaps: &[i32], glyph: f64, height: f64) -> Vec<usize> {
    let mut sorted = gaps.to_vec();
    sorted.sort_unstable();
    // Of one gap there is no usual one.
    let usual = if sorted.len() > 1 { f64::from(sorted[(sorted.len() - 1) / 2]) } else { 0.4 * height };
    let least = (1.5 * glyph).max(0.9 * height).max(2.5 * usual);
    gaps.iter().enumerate().filter(|(_, gap)| f64::from(**gap) > least).map(|(i, _)| i).collect()
}

fn has_ink(crop: &Crop, b: Bounds, x: i32) -> bool {
    (b.1..=b.3).any(|y| crop.ink.at(x, y))
}

/// The most columns without ink in a row between two places.
fn widest_gap(crop: &Crop, b: Bounds, from: i32, to: i32) -> i32 {
    let (mut run, mut most) = (0, 0);
    for x in from..=to {
        run = if has_ink(crop, b, x) { 0 } else { run + 1 };
        most = most.max(run);
    }
    most
}

/// A small sign between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// A level stroke at half height.
    Hyphen,
    /// A point on the line.
    Point,
}

/// Less ink, in pixels, is a speck.
const SPECK: usize = 8;

/// Whether such a sign stands by itself between two characters that were read side by side: between figures, and in an
/// address for mail between letters too.
fn unread(crop: &Crop, lines: &[Heard<'_>], sign: Sign) -> bool {
    lines.iter().any(|heard| {
        let letters = heard.read.best().contains('@');
        let beside = |c: char| c.is_ascii_digit() || (letters && c.is_ascii_alphanumeric());
        let pairs: Vec<(i32, i32)> = heard
            .seen
            .windows(2)
            .filter(|w| beside(w[0].0) && beside(w[1].0))
            .map(|w| (w[0].1, w[1].1))
            .collect();
        !pairs.is_empty() && stands_between(crop, heard.line, &pairs, sign)
    })
}

fn stands_between(crop: &Crop, line: Bounds, pairs: &[(i32, i32)], sign: Sign) -> bool {
    let rows = |b: &Blob| b.bounds.1 >= line.1 && b.bounds.3 <= line.3;
    let pieces: Vec<Blob> = blobs(&crop.ink).into_iter().filter(rows).collect();
    pieces.iter().enumerate().any(|(i, piece)| {
        let middle = i32::midpoint(piece.bounds.0, piece.bounds.2);
        let Some((from, to)) = pairs.iter().find(|(from, to)| middle > *from && middle < *to) else {
            return false;
        };
        // The two characters beside it say how high a character is, and where it stands. A reader's places are not exact.
        let about = ((line.3 - line.1) / 6).max(2);
        let others = pieces.iter().enumerate().filter(|(k, _)| *k != i).map(|(_, other)| other);
        let near = |at: i32| {
            let tall = others.clone().filter(|o| o.bounds.0 <= at + about && o.bounds.2 >= at - about);
            tall.max_by_key(|o| o.h()).map(|o| o.bounds)
        };
        let (Some(left), Some(right)) = (near(*from), near(*to)) else { return false };
        // What stands above, below or in one of them is part of it.
        let wide = piece.w();
        let overlap = |o: &Blob| piece.bounds.2.min(o.bounds.2) - piece.bounds.0.max(o.bounds.0) + 1;
        let alone = others.clone().all(|o| overlap(o) * 4 <= wide);
        left != right && alone && piece.pixels.len() >= SPECK && is_sign(piece, left, right, sign)
    })
}

/// Whether a piece between these two characters is such a sign.
fn is_sign(piece: &Blob, left: Bounds, right: Bounds, sign: Sign) -> bool {
    let (top, base) = (f64::from(left.1 + right.1) / 2.0, f64::from(left.3 + right.3) / 2.0);
    let high = base - top + 1.0;
    let (w, h) = (f64::from(piece.w()), f64::from(piece.h()));
    let middle = f64::from(piece.bounds.1 + piece.bounds.3) / 2.0;
    match sign {
        Sign::Hyphen => {
            let half_way = (0.3..=0.7).contains(&((middle - top) / high));
            half_way && h < 0.25 * high && w >= 1.5 * h && (0.2 * high..=high).contains(&w)
        }
        Sign::Point => {
            let small = w < 0.3 * high && h < 0.3 * high && w < 2.0 * h && h < 2.0 * w;
            small && (f64::from(piece.bounds.3) - base).abs() < 0.15 * high
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Crop, Draft, Field, FieldType, Heard, asks, grouped, wide};
    use crate::{
        drivers::ocr::{
            ctc::Decoded,
            marks::tests::{Stroke, page},
            paper::PX_PER_MM,
        },
        form::Rect,
    };

    const PLACE: Rect = Rect { x: 5.0, y: 25.0, w: 50.0, h: 10.0 };

    fn field(kind: FieldType) -> Field {
        Field::plain(kind, PLACE)
    }

    /// Ones 4 mm high at these places, in mm.
    fn ones(at: &[f64]) -> Vec<Stroke> {
        at.iter().map(|x| ((*x, 28.0), (*x, 32.0), 0.4)).collect()
    }

    /// What is asked of a line with these strokes in which these characters were seen at these places, in mm.
    fn asked(kind: FieldType, strokes: &[Stroke], seen: &[(char, f64)]) -> Vec<String> {
        let crop = Crop::new(&page(strokes), PLACE);
        let line = crop.bounds.expect("something is written");
        let pad = Crop::pad(line, 30);
        let steps: Vec<[(char, f32); 1]> = seen.iter().map(|(c, _)| [(*c, 1.0)]).collect();
        let steps: Vec<(f32, &[(char, f32)])> = steps.iter().map(|step| (0.0, step.as_slice())).collect();
        let mut read = Decoded::of_steps(&steps);
        let wide = f64::from(line.2 - line.0 + 1 + 2 * pad);
        let from = f64::from(line.0 - pad - crop.inner.0) / PX_PER_MM + PLACE.x;
        let place = |(_, x): &(char, f64)| (x - from) * PX_PER_MM / wide;
        read.places = seen.iter().map(place).collect();
        asks(Draft::default(), &crop, &field(kind), &[Heard::new(line, pad, &read)]).reasons
    }

    /// Figures at these places.
    fn figures(at: &[f64]) -> Vec<(char, f64)> {
        at.iter().enumerate().map(|(i, x)| (if i % 2 == 0 { '1' } else { '7' }, *x)).collect()
    }

    #[test]
    fn two_numbers_in_a_line_are_asked_about_and_one_is_not() {
        let near: Vec<f64> = (0..5).map(|i| 8.0 + 2.0 * f64::from(i)).collect();
        let two: Vec<f64> = near.iter().copied().chain(near.iter().map(|x| x + 20.0)).collect();
        for kind in [FieldType::Digits, FieldType::Money] {
            let of = |at: &[f64]| asked(kind.clone(), &ones(at), &figures(at));
            assert!(of(&near).is_empty(), "{:?}", of(&near));
            assert!(of(&two).concat().contains("二つ並んで"), "{:?}", of(&two));
        }
        let phone = asked(FieldType::Phone, &ones(&two), &figures(&two));
        assert!(phone.is_empty(), "a telephone number has parts");
    }

    #[test]
    fn two_numbers_below_each_other_are_asked_about() {
        let below: Vec<Stroke> = [8.0, 10.0, 12.0]
            .iter()
            .flat_map(|x| [((*x, 25.6), (*x, 28.6), 0.4), ((*x, 31.4), (*x, 34.4), 0.4)])
            .collect();
        let at = figures(&[8.0, 10.0, 12.0]);
        assert!(asked(FieldType::Digits, &below, &at).concat().contains("二つ"));
        assert!(asked(FieldType::Digits, &ones(&[8.0, 10.0, 12.0]), &at).is_empty());
    }

    #[test]
    fn more_figures_than_an_amount_has_are_asked_about() {
        let at: Vec<f64> = (0..13).map(|i| 8.0 + 2.0 * f64::from(i)).collect();
        let of = |kind| asked(kind, &ones(&at), &figures(&at));
        assert!(of(FieldType::Money).concat().contains("桁数") && of(FieldType::Digits).is_empty());
    }

    #[test]
    fn gaps_are_wide_beside_the_usual_ones() {
        assert_eq!(wide(&[4, 5, 60, 4], 18.0, 32.0), [2]);
        assert!(wide(&[20, 24, 34, 22], 18.0, 32.0).is_empty(), "who writes wide writes wide all over");
        assert!(wide(&[4, 5, 20, 4], 18.0, 32.0).is_empty(), "less than a figure and a half");
        assert_eq!((wide(&[30], 14.0, 32.0).len(), wide(&[60], 14.0, 32.0).len()), (0, 1));
        assert!(wide(&[], 14.0, 32.0).is_empty());
    }

    #[test]
    fn thousands_and_fours_are_one_number() {
        assert!(grouped(&[2, 3, 3], true) && !grouped(&[5, 5], true) && !grouped(&[4, 3], true));
        assert!(grouped(&[4, 4, 4], false) && !grouped(&[4, 4], false) && !grouped(&[3, 3], false));
    }

    #[test]
    fn a_hyphen_between_figures_that_was_not_read_is_asked_about() {
        let address = || FieldType::Address { postal_code: None };
        let bar = |y: f64| ((11.4, y), (12.8, y), 0.4);
        let strokes = |y: f64| [ones(&[10.0, 14.2]), vec![bar(y)]].concat();
        let lost = figures(&[10.0, 14.2]);
        assert!(asked(address(), &strokes(30.0), &lost).concat().contains("ハイフン"));
        assert!(asked(FieldType::Text, &strokes(30.0), &lost).concat().contains("ハイフン"));
        let read = [('1', 10.0), ('-', 12.1), ('0', 14.2)];
        assert!(asked(address(), &strokes(30.0), &read).is_empty(), "it was read");
        assert!(asked(address(), &strokes(28.4), &lost).is_empty(), "the bar of a five");
        assert!(asked(address(), &strokes(31.8), &lost).is_empty(), "on the line");
        assert!(asked(address(), &ones(&[10.0, 12.1, 14.2]), &figures(&[10.0, 12.1, 14.2])).is_empty());
        let words = [('中', 10.0), ('央', 14.2)];
        assert!(asked(address(), &strokes(30.0), &words).is_empty(), "among letters it is part of one");
    }

    #[test]
    fn a_point_of_an_address_for_mail_that_was_not_read_is_asked_about() {
        let point = |y: f64| ((14.0, y), (14.2, y), 0.5);
        let letters = [10.0, 12.0, 16.0, 18.0];
        let seen = [('a', 10.0), ('@', 12.0), ('b', 16.0), ('c', 18.0)];
        let lost = [('@', 10.0), ('a', 12.0), ('b', 16.0), ('c', 18.0)];
        let of = |y: f64, seen: &[(char, f64)]| {
            asked(FieldType::Email, &[ones(&letters), vec![point(y)]].concat(), seen)
        };
        assert!(of(31.9, &lost).concat().contains("ピリオド"));
        assert!(of(31.9, &seen).is_empty(), "beside the @ nothing is said");
        assert!(of(28.4, &lost).is_empty(), "the dot of an i");
        assert!(asked(FieldType::Email, &ones(&letters), &lost).is_empty());
    }
}
