//! Writing that goes on beyond the right edge of its field: what stands out there was not read, and the value lost its end.
//!
//! A character upon the edge itself is seen by [`Crop`]; here the next one stands wholly outside.

use super::{
    blob::{Blob, blobs},
    clean::Cleaned,
    crop::{Bounds, Crop, is_stroke},
    paper::PX_PER_MM,
    reading::FieldReading,
    stray::with_around,
};
use crate::form::{Field, FieldType, Rect};

/// So far beyond the edge is looked, in mm.
const REACH: f64 = 12.0;
/// A field that begins so near, in mm, leaves no room to write beside the edge.
const NEXT: f64 = 4.0;
/// So far around the other fields their own writing may stand out, in mm.
const AROUND: f64 = 3.0;
/// No line of writing is higher than this, in pixels (10 mm).
const HIGHEST: i32 = 79;
/// What is left of a rule is narrower than this, in pixels (1 mm).
const WIDE: i32 = 8;

/// A person looks at every field whose writing goes on beyond its edge.
pub(super) fn check(page: &Cleaned, fields: &[Field], readings: &mut [FieldReading]) {
    for field in fields.iter().filter(|field| is_written(&field.kind)) {
        let Some(reading) = readings.iter_mut().find(|r| r.name == field.name) else { continue };
        if goes_on(page, field, &others(fields, field)) {
            reading.pass = false;
            reading.ask = true;
            reading.reasons.push("枠の右の外まで書かれています（外の文字は読んでいません）".to_owned());
        }
    }
}

/// Whether characters are written there.
const fn is_written(kind: &FieldType) -> bool {
    !matches!(
        kind,
        FieldType::Choice { .. }
            | FieldType::Checkbox
            | FieldType::Stamp
            | FieldType::Barcode
            | FieldType::Date { parts: Some(_) }
    )
}

/// Where writing may be that of another field. A place for a seal has none: the seal itself is a ring.
fn others(fields: &[Field], field: &Field) -> Vec<Rect> {
    let others = fields.iter().filter(|o| o.name != field.name && !matches!(o.kind, FieldType::Stamp));
    others.flat_map(places).collect()
}

/// Where something of a field may stand.
fn places(field: &Field) -> Vec<Rect> {
    match &field.kind {
        FieldType::Choice { options, .. } => {
            options.iter().map(|(_, rect)| *rect).chain([field.rect]).collect()
        }
        _ => vec![field.rect],
    }
}

/// Whether a line of the field has its next character outside.
fn goes_on(page: &Cleaned, field: &Field, others: &[Rect]) -> bool {
    let r = field.rect;
    let right = r.x + r.w;
    let level = |o: &Rect| (o.y + o.h).min(r.y + r.h) - o.y.max(r.y) > 0.3 * o.h.min(r.h);
    if others.iter().any(|o| level(o) && o.x > right - 1.0 && o.x < right + NEXT) {
        return false;
    }
    let crop = Crop::new(page, r);
    // A character upon the edge is asked about already.
    if crop.cut {
        return false;
    }
    let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
    let origin = (px(r.x) - crop.inner.0, px(r.y) - crop.inner.1);
    let on_page = |b: Bounds| (b.0 + origin.0, b.1 + origin.1, b.2 + origin.0, b.3 + origin.1);
    let lines: Vec<Bounds> = crop.lines(field.lines).into_iter().map(on_page).collect();
    let edge = px(right);
    // Only where a line comes near to the edge is there anything to see.
    let near: Vec<Bounds> = lines.into_iter().filter(|b| (edge - b.2) * 2 <= height(*b)).collect();
    if near.is_empty() {
        return false;
    }
    let outside = outside(page, r, others);
    near.iter().any(|line| outside.iter().any(|b| is_next(line, *b, edge)))
}

fn height(line: Bounds) -> i32 {
    (line.3 - line.1 + 1).min(HIGHEST)
}

/// Whether a piece is the character after the end of a line that reaches the edge.
fn is_next(line: &Bounds, piece: Bounds, edge: i32) -> bool {
    let high = height(*line);
    let (h, middle) = (piece.3 - piece.1 + 1, i32::midpoint(piece.1, piece.3));
    let close = piece.0 > line.2 - high / 4 && (piece.0 - line.2) * 10 <= high * 6;
    let beyond = i32::midpoint(piece.0, piece.2) > edge;
    close && beyond && h * 10 >= high * 4 && h * 10 <= high * 13 && middle >= line.1 && middle <= line.3
}

/// The pieces of ink to the right of a field, in pixels of the page, that are of no other field, no print and no seal.
fn outside(page: &Cleaned, r: Rect, others: &[Rect]) -> Vec<Bounds> {
    let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
    // Pieces that the window cuts off at its left edge are the field's own.
    let origin = (px(r.x + r.w - AROUND), px(r.y - AROUND));
    let (w, h) = (px(AROUND + REACH), px(r.h + 2.0 * AROUND));
    let seen = page.ink.window(origin, w, h);
    let pieces = blobs(&seen);
    let of_others = |(x, y): (i32, i32)| {
        let (x, y) = (f64::from(x) / PX_PER_MM, f64::from(y) / PX_PER_MM);
        let inside = |o: Rect| x >= o.x && x <= o.x + o.w && y >= o.y && y <= o.y + o.h;
        others.iter().any(|o| inside(with_around(*o, AROUND)))
    };
    // What stands inside of a ring is the print of a seal.
    let ringed = |b: &Blob| {
        let around = |o: &Blob| {
            let (a, c) = (o.bounds, b.bounds);
            a.0 < c.0 && a.1 < c.1 && a.2 > c.2 && a.3 > c.3
        };
        pieces.iter().any(around)
    };
    let ours = |b: &&Blob| {
        let cut = b.bounds.0 == 0 || b.bounds.1 == 0 || b.bounds.2 == w - 1 || b.bounds.3 == h - 1;
        let printed = b.pixels.iter().filter(|(x, y)| page.print.at(x + origin.0, y + origin.1)).count();
        let middle = (i32::midpoint(b.bounds.0, b.bounds.2), i32::midpoint(b.bounds.1, b.bounds.3));
        // A rule beside the edge cuts through a character; what is left of the rule itself is thin.
        let rule = printed * 2 >= b.pixels.len() && b.w() < WIDE;
        let stroke = !cut && is_stroke(b, &page.gray, origin) && !rule;
        stroke && !ringed(b) && !of_others((middle.0 + origin.0, middle.1 + origin.1))
    };
    let moved = |b: &Blob| {
        let (x, y) = origin;
        (b.bounds.0 + x, b.bounds.1 + y, b.bounds.2 + x, b.bounds.3 + y)
    };
    pieces.iter().filter(ours).map(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::{Field, FieldType, Rect, goes_on, others};
    use crate::drivers::ocr::marks::tests::{BLACK, Stroke, draw, page, printed, ring, written};

    const PLACE: Rect = Rect { x: 10.0, y: 25.0, w: 20.0, h: 8.0 };

    fn field(lines: u32) -> Field {
        Field { lines, ..Field::plain(FieldType::Address { postal_code: None }, PLACE) }
    }

    /// Letters 4 mm high that begin at these places, in mm.
    fn letters(at: &[f64]) -> Vec<Stroke> {
        let letter = |x: f64| {
            let corners = [(x, 27.0), (x + 2.4, 27.0), (x + 2.4, 31.0), (x, 31.0), (x, 27.0)];
            corners.windows(2).map(|c| (c[0], c[1], 0.4)).collect::<Vec<Stroke>>()
        };
        at.iter().flat_map(|x| letter(*x)).collect()
    }

    fn seen(strokes: &[Stroke], others: &[Rect]) -> bool {
        goes_on(&page(strokes), &field(1), others)
    }

    #[test]
    fn a_character_after_the_edge_is_seen() {
        assert!(seen(&letters(&[12.0, 16.0, 20.0, 24.0, 27.0, 30.6]), &[]));
        assert!(seen(&letters(&[12.0, 16.0, 20.0, 24.0, 27.0, 30.6, 34.0]), &[]));
        assert!(!seen(&letters(&[12.0, 16.0, 20.0, 24.0, 27.0]), &[]));
        assert!(!seen(&[], &[]));
    }

    #[test]
    fn what_stands_apart_or_belongs_to_another_field_does_not_go_on() {
        let full = letters(&[12.0, 16.0, 20.0, 24.0, 27.0]);
        let with = |more: &[Stroke]| [&full[..], more].concat();
        assert!(!seen(&with(&letters(&[36.0])), &[]), "a note farther away");
        assert!(!seen(&letters(&[12.0, 16.0, 31.0]), &[]), "the line ends before the edge");
        let next = Rect { x: 31.0, ..PLACE };
        assert!(!seen(&with(&letters(&[31.4])), &[next]), "the next field");
        let below = Rect { x: 20.0, y: 31.0, w: 30.0, h: 6.0 };
        let low = ((32.0, 33.2), (32.0, 36.0), 0.4);
        assert!(!seen(&with(&[low]), &[below]), "the field below");
        assert!(!seen(&with(&[((30.6, 31.0), (30.8, 31.1), 0.4)]), &[]), "a speck");
        assert!(!seen(&with(&ring((35.0, 29.0), (4.4, 4.4))), &[]), "a seal without colour");
    }

    #[test]
    fn a_character_upon_the_rule_beside_the_edge_is_seen() {
        let mut blank = printed();
        draw(&mut blank, &[((31.6, 22.0), (31.6, 36.0), 0.3)], BLACK);
        let seen = |strokes: &[Stroke]| goes_on(&written(&blank, &[(strokes, BLACK)], false), &field(1), &[]);
        assert!(seen(&letters(&[12.0, 16.0, 20.0, 24.0, 27.0, 30.4])));
        assert!(!seen(&letters(&[12.0, 16.0, 20.0, 24.0, 27.0])), "the rule alone");
    }

    #[test]
    fn a_place_for_a_seal_has_no_writing_of_its_own() {
        let named = |name: &str, kind: FieldType| Field { name: name.to_owned(), kind, ..field(1) };
        let fields = [named("所在地", FieldType::Text), named("社印", FieldType::Stamp)];
        assert!(others(&fields, &fields[0]).is_empty());
        assert_eq!(others(&fields, &fields[1]), [PLACE]);
    }

    #[test]
    fn each_line_of_a_field_has_its_own_end() {
        let page = page(&letters(&[12.0, 16.0, 20.0, 24.0, 27.0, 30.6]));
        assert!(goes_on(&page, &field(2), &[]));
    }
}
