//! Strokes where nothing reads them: beside a box, around the numbers of a date, on options of which none is marked.
//! Dust, what is left of print and strokes of a neighbour are none.

use super::{
    blob::{Blob, blobs},
    clean::Cleaned,
    crop::Bounds,
    mask::Mask,
    paper::PX_PER_MM,
    strike::{Surroundings, word_crossed},
};
use crate::form::Rect;
use image::{GrayImage, imageops};

/// Pieces of ink are seen whole so far around, in mm.
const REACH: f64 = 8.0;
/// A stroke is at least so long, in pixels (1.5 mm).
const LONG: i32 = 12;
/// So many pixels of a stroke have ink all around them. What is left of print is too thin for that, and dust too small.
const BODY: usize = 18;
/// So many such pixels upon a word (0.6 mm²) are more than what is left of it.
const ON_WORD: usize = 40;
/// So far around a word it is marked, in mm.
const AROUND_WORD: f64 = 2.0;
/// A stroke beside a box ends at most so far from it, in mm.
const BESIDE: f64 = 2.0;
/// And its middle lies at most so far from it, in mm: that of a tick in the next box is farther away.
const MIDDLE: f64 = 3.0;
/// A tick is at least so wide and high, in pixels (1 mm); what is left of a rule is flatter.
const TICK: i32 = 8;
/// A printed era begins at most so far before its year, in mm.
const ERA: f64 = 16.0;
/// A line through it goes on at its sides, in pixels.
const OVER: i32 = 6;
/// Its place is known with so much around it, in pixels.
const AROUND_PRINT: i32 = 3;

/// A rectangle with so many mm around it.
pub(super) fn with_around(r: Rect, mm: f64) -> Rect {
    Rect { x: r.x - mm, y: r.y - mm, w: r.w + 2.0 * mm, h: r.h + 2.0 * mm }
}

fn px(mm: f64) -> i32 {
    (mm * PX_PER_MM).round() as i32
}

/// Whether a stroke stands beside a box that is not marked.
pub(super) fn by_box(page: &Cleaned, r: Rect) -> bool {
    let (near, middle) = (with_around(r, BESIDE), with_around(r, MIDDLE));
    strokes(page, r).iter().any(|b| {
        let at = (i32::midpoint(b.bounds.0, b.bounds.2), i32::midpoint(b.bounds.1, b.bounds.3));
        let tick = b.w().min(b.h()) >= TICK && !is_print(page, b);
        tick && inside(at, middle) && b.pixels.iter().any(|at| inside(*at, near))
    })
}

/// Whether something is written at one of these printed words.
pub(super) fn at_words(page: &Cleaned, words: &[Rect]) -> bool {
    words.iter().any(|word| {
        let place = with_around(*word, AROUND_WORD);
        let ours = |b: &Blob| {
            let flat = b.w().min(b.h()) < TICK && is_print(page, b);
            !flat && within(b, &[place]) * 2 > b.pixels.len()
        };
        strokes(page, place).iter().any(ours) || body_in(page, *word) >= ON_WORD
    })
}

/// Whether a stroke of this area lies in none of these places.
pub(super) fn in_none_of(page: &Cleaned, area: Rect, places: &[Rect]) -> bool {
    strokes(page, area).iter().any(|b| {
        let ours = within(b, &[area]) * 5 >= b.pixels.len() * 4;
        ours && within(b, places) * 2 < b.pixels.len() && !is_print(page, b)
    })
}

/// Whether a level line goes through the word that is printed before the year.
pub(super) fn era_struck(page: &Cleaned, year: Rect) -> bool {
    let Some((x0, y0, x1, y1)) = era_word(page, year) else { return false };
    let room = px(REACH);
    let origin = (x0 - room, y0 - room);
    let (w, h) = (x1 - x0 + 2 * room, y1 - y0 + 2 * room);
    let hidden = page.print.window(origin, w, h).shrunk(2);
    let ink = page.ink.window(origin, w, h);
    let place = (room - OVER, room, x1 - x0 + room + OVER, y1 - y0 + room);
    Surroundings { ink: &ink, hidden: &hidden, place }.word_struck()
}

/// Whether a short line crosses that word on the page as it was, `seen`: of a line that ends with the word, what lies on the
/// word's own `print` is all that there is beside a few gaps.
pub(super) fn era_crossed(page: &Cleaned, seen: &GrayImage, print: &Mask, year: Rect) -> bool {
    let Some((x0, y0, x1, y1)) = era_word(page, year) else { return false };
    let origin = (x0 - OVER, y0 - OVER);
    let (w, h) = (x1 - x0 + 2 * OVER, y1 - y0 + 2 * OVER);
    let place = (OVER + AROUND_PRINT, OVER + AROUND_PRINT, w - OVER - AROUND_PRINT, h - OVER - AROUND_PRINT);
    let inside = origin.0 >= 0
        && origin.1 >= 0
        && origin.0 + w <= seen.width() as i32
        && origin.1 + h <= seen.height() as i32;
    if !inside {
        return false;
    }
    let seen = imageops::crop_imm(seen, origin.0 as u32, origin.1 as u32, w as u32, h as u32).to_image();
    word_crossed(&Mask::ink(&seen), &print.window(origin, w, h), place)
}

/// Where the word before the year stands, with a little around it: left, top, right, bottom in pixels of the page. It may stand
/// outside of the area that the form gives to the date.
fn era_word(page: &Cleaned, year: Rect) -> Option<Bounds> {
    let before = Rect { x: year.x - ERA, w: ERA, ..year };
    let room = px(REACH);
    let (x, y) = (px(before.x), px(before.y));
    let (w, h) = (px(before.w), px(before.h));
    let hidden = page.print.window((x - room, y - room), w + 2 * room, h + 2 * room).shrunk(2);
    let word = hidden.window((room, room), w, h);
    // Rules at the rim, and what reaches in from another line, are no part of the word.
    let is_letter = |b: &Blob| {
        let rim = b.bounds.0 == 0 || b.bounds.1 == 0 || b.bounds.3 == word.h as i32 - 1;
        !rim && b.w().min(b.h()) >= LONG
    };
    let mut letters: Vec<Bounds> = blobs(&word).iter().filter(|b| is_letter(b)).map(|b| b.bounds).collect();
    // From the year on to the left; behind a gap another word begins.
    letters.sort_unstable_by_key(|b| -b.2);
    let mut found = *letters.first()?;
    for b in &letters[1..] {
        if found.0 - b.2 > (found.3 - found.1) * 8 / 10 {
            break;
        }
        found = (found.0.min(b.0), found.1.min(b.1), found.2.max(b.2), found.3.max(b.3));
    }
    Some((found.0 + x, found.1 + y, found.2 + x, found.3 + y))
}

/// The strokes in and around an area, in pixels of the page.
fn strokes(page: &Cleaned, area: Rect) -> Vec<Blob> {
    let room = px(REACH);
    let origin = (px(area.x) - room, px(area.y) - room);
    let seen = page.ink.window(origin, px(area.w) + 2 * room, px(area.h) + 2 * room);
    let body = seen.shrunk(1);
    let mut all = blobs(&seen);
    all.retain(|b| {
        let thick = b.pixels.iter().filter(|(x, y)| body.at(*x, *y)).count();
        b.w().max(b.h()) >= LONG && thick >= BODY
    });
    for b in &mut all {
        let (x, y) = origin;
        b.bounds = (b.bounds.0 + x, b.bounds.1 + y, b.bounds.2 + x, b.bounds.3 + y);
        for at in &mut b.pixels {
            *at = (at.0 + x, at.1 + y);
        }
    }
    all
}

/// How many pixels of a rectangle have ink all around them.
fn body_in(page: &Cleaned, r: Rect) -> usize {
    page.ink.window((px(r.x), px(r.y)), px(r.w), px(r.h)).shrunk(1).count()
}

/// The most of it lies right beside print: what is left of it.
fn is_print(page: &Cleaned, b: &Blob) -> bool {
    let on = |(x, y): &&(i32, i32)| page.print.at(*x, *y);
    b.pixels.iter().filter(on).count() * 10 >= b.pixels.len() * 7
}

/// How many pixels of the piece lie in one of these places.
fn within(b: &Blob, places: &[Rect]) -> usize {
    b.pixels.iter().filter(|at| places.iter().any(|r| inside(**at, *r))).count()
}

fn inside((x, y): (i32, i32), r: Rect) -> bool {
    x >= px(r.x) && x < px(r.x + r.w) && y >= px(r.y) && y < px(r.y + r.h)
}

#[cfg(test)]
mod tests {
    use super::{at_words, by_box, era_crossed, era_struck, in_none_of};
    use crate::{
        drivers::ocr::{
            marks::tests::{BLACK, BOX, Stroke, WORD, double_line, draw, page, printed, ring, tick, written},
            mask::Mask,
        },
        form::Rect,
    };
    use image::imageops;

    /// A speck, a flat piece of a rule beside the box, dust.
    fn dirt() -> Vec<Stroke> {
        vec![
            ((18.2, 17.0), (18.5, 17.2), 0.5),
            ((14.0, 14.6), (26.0, 14.6), 0.2),
            ((33.0, 19.6), (33.3, 19.6), 0.4),
        ]
    }

    #[test]
    fn a_tick_beside_its_box_is_seen_and_those_of_the_neighbours_are_not() {
        let moved = |x: f64, y: f64| -> Vec<Stroke> {
            let by = |p: (f64, f64)| (p.0 + x, p.1 + y);
            tick().into_iter().map(|(a, b, wide)| (by(a), by(b), wide)).collect()
        };
        for (x, y) in [(-4.8, 0.0), (0.0, -4.2), (0.0, 4.9)] {
            assert!(by_box(&page(&moved(x, y)), BOX), "{x} {y}");
        }
        for (x, y) in [(-8.0, 0.0), (0.0, 7.0), (0.0, -7.0)] {
            assert!(!by_box(&page(&moved(x, y)), BOX), "{x} {y}");
        }
        assert!(!by_box(&page(&dirt()), BOX));
    }

    #[test]
    fn a_tick_on_a_word_or_a_ring_beside_it_is_seen() {
        let on_it = vec![((33.0, 16.0), (34.2, 18.0), 0.5), ((34.2, 18.0), (38.4, 12.4), 0.5)];
        let under = vec![((29.0, 19.6), (39.0, 19.7), 0.5)];
        for strokes in [on_it, under, ring((41.6, 17.0), (1.6, 1.6))] {
            assert!(at_words(&page(&strokes), &[WORD]));
        }
        let next = ring((50.0, 17.0), (5.0, 3.6));
        assert!(!at_words(&page(&[dirt(), next].concat()), &[WORD]) && !at_words(&page(&[]), &[WORD]));
    }

    #[test]
    fn what_is_written_outside_of_a_dates_parts_is_seen() {
        let (area, year) =
            (Rect { x: 26.0, y: 10.0, w: 30.0, h: 12.0 }, Rect { x: 44.0, y: 13.0, w: 8.0, h: 8.0 });
        let seen = |strokes: &[Stroke]| in_none_of(&page(strokes), area, &[year]);
        let era: [Stroke; 2] = [((30.0, 11.2), (35.0, 11.4), 0.5), ((32.0, 10.4), (32.4, 14.0), 0.5)];
        assert!(seen(&era));
        assert!(!seen(&[]) && !seen(&[((48.0, 14.0), (47.6, 19.6), 0.5)]));
        assert!(!seen(&[((30.0, 4.0), (33.0, 11.0), 0.5)]), "a stroke of the line above reaches in");
        assert!(!seen(&[((27.0, 12.0), (27.4, 12.0), 0.4)]), "a speck");
    }

    #[test]
    fn a_line_through_the_printed_era_is_seen() {
        let year = Rect { x: 41.0, y: 13.0, w: 8.0, h: 8.0 };
        let seen = |strokes: &[Stroke]| era_struck(&page(strokes), year);
        assert!(seen(&double_line(28.0, 40.2)));
        assert!(!seen(&[]) && !seen(&[((44.0, 14.0), (43.6, 19.6), 0.5)]));
        let bare = Rect { y: 40.0, ..year };
        assert!(!era_struck(&page(&double_line(28.0, 40.2)), bare), "no word stands there");
    }

    /// 平成 as it is printed before a year, moved by so many mm.
    fn era(by: f64) -> Vec<Stroke> {
        let lines: [&[(f64, f64)]; 6] = [
            &[(30.4, 15.2), (33.6, 15.2)],
            &[(30.0, 17.0), (34.0, 17.0)],
            &[(32.0, 15.2), (32.0, 18.8)],
            &[(39.0, 15.8), (35.2, 15.8), (35.0, 18.8)],
            &[(37.0, 14.8), (39.0, 18.8)],
            &[(35.2, 17.2), (36.6, 17.2), (36.4, 18.4)],
        ];
        let moved = |(x, y): (f64, f64)| (x + by, y + by);
        let strokes = |line: &[(f64, f64)]| -> Vec<Stroke> {
            line.windows(2).map(|ends| (moved(ends[0]), moved(ends[1]), 0.3)).collect()
        };
        lines.into_iter().flat_map(strokes).collect()
    }

    #[test]
    fn a_line_no_longer_than_the_printed_era_is_seen_and_print_beside_its_place_is_none() {
        let year = Rect { x: 42.0, y: 13.0, w: 8.0, h: 8.0 };
        let mut plain = printed();
        plain.pixels_mut().for_each(|p| p.0 = [255; 3]);
        let mut blank = plain.clone();
        draw(&mut blank, &era(0.0), BLACK);
        let print = Mask::ink(&imageops::grayscale(&blank));
        let crossed = |by: f64, strokes: &[Stroke]| {
            let mut sheet = plain.clone();
            draw(&mut sheet, &[&era(by)[..], strokes].concat(), BLACK);
            let cleaned = written(&blank, &[(strokes, BLACK)], false);
            era_crossed(&cleaned, &imageops::grayscale(&sheet), &print, year)
        };
        let level: [Stroke; 1] = [((29.8, 16.4), (39.2, 16.3), 0.35)];
        let slash: [Stroke; 1] = [((32.6, 19.2), (36.4, 14.4), 0.35)];
        for by in [-0.13, 0.0, 0.13] {
            assert!(crossed(by, &level) && crossed(by, &slash), "{by}");
            assert!(!crossed(by, &[]), "{by}");
            assert!(!crossed(by, &[((33.0, 16.0), (33.1, 16.1), 0.3)]), "{by}: a speck");
            assert!(!crossed(by, &[((44.0, 14.0), (43.6, 19.6), 0.5)]), "{by}: the year");
        }
    }
}
