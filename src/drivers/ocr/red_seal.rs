//! A 訂正印, or a line in red, on figures. Red is taken out of the page by its colour: what stands under it is read as if it
//! still held.

use super::{blob::blobs, clean::Cleaned, mask::Mask, paper::PX_PER_MM, stray::with_around};
use crate::form::{FieldType, Form, Rect};

/// A page lies at most so far off its blank, in pixels: what is red there is the blank's.
const OFF: usize = 3;
/// Pieces of a seal lie at most twice so far from each other, in pixels (1 mm).
const JOINED: usize = 4;
/// A piece of red is seen whole so far around, in mm: a seal.
const REACH: f64 = 12.0;
/// A seal may stand out of its place by so much, in mm.
const SLIPPED: f64 = 2.0;
/// So many red pixels (0.6 mm²) in a piece are more than the rim of something that reaches in: of a line through one figure, the black of
/// the figure hides a part.
const MARK: usize = 40;
/// A scanner whose colours lie a little beside each other gives black ink a red edge so wide, in pixels (0.25 mm); of a seal or
/// a line at least one pixel in so many lies farther away from the ink.
const EDGE: usize = 2;
const FARTHER: usize = 4;

/// Where red on a page is nobody's correction.
pub(super) struct RedPlaces<'a> {
    /// The blank's print, however pale.
    print: &'a Mask,
    /// Places of seals, in mm.
    seals: Vec<Rect>,
}

impl<'a> RedPlaces<'a> {
    /// From the blank's print and the form.
    pub(super) fn new(print: &'a Mask, form: &Form) -> Self {
        let seals = form.places().into_iter().filter(|field| field.kind == FieldType::Stamp);
        Self { print, seals: seals.map(|field| field.rect).collect() }
    }

    /// Whether something red lies in the place (in mm) that is neither the blank's nor belongs to the place of a seal.
    pub(super) fn corrected(&self, page: &Cleaned, place: Rect) -> bool {
        let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
        if page.red.window((px(place.x), px(place.y)), px(place.w), px(place.h)).count() < MARK {
            return false;
        }
        let seen = with_around(place, REACH);
        let (origin, w, h) = ((px(seen.x), px(seen.y)), px(seen.w), px(seen.h));
        let mut red = page.red.window(origin, w, h);
        // A dark red line is ink too, and no edge of itself.
        let mut ink = page.ink.window(origin, w, h);
        ink.bits.iter_mut().zip(&red.bits).for_each(|(ink, red)| *ink &= !*red);
        let along = ink.grown(EDGE);
        let print = self.print.window(origin, w, h).grown(OFF);
        red.bits.iter_mut().zip(&print.bits).for_each(|(red, print)| *red &= !*print);
        let inside = |(x, y): (i32, i32), r: Rect| {
            let (x, y) = (x + origin.0, y + origin.1);
            x >= px(r.x) && x < px(r.x + r.w) && y >= px(r.y) && y < px(r.y + r.h)
        };
        let seals: Vec<Rect> = self.seals.iter().map(|seal| with_around(*seal, SLIPPED)).collect();
        blobs(&red.grown(JOINED)).into_iter().any(|piece| {
            let ink: Vec<(i32, i32)> = piece.pixels.into_iter().filter(|(x, y)| red.at(*x, *y)).collect();
            let of_seal = ink.iter().any(|at| seals.iter().any(|seal| inside(*at, *seal)));
            let farther = ink.iter().filter(|(x, y)| !along.at(*x, *y)).count();
            let here = ink.iter().filter(|at| inside(**at, place)).count();
            !of_seal && farther * FARTHER >= ink.len() && here >= MARK
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{MARK, RedPlaces};
    use crate::{
        drivers::ocr::{
            crop::Crop,
            field_reading::{Draft, Ground, figures},
            marks::tests::{BLACK, SEAL, Stroke, printed, ring, written},
            mask::Mask,
        },
        form::Rect,
    };
    use image::GrayImage;

    const RED: [u8; 3] = [205, 42, 48];
    const PLACE: Rect = Rect { x: 30.0, y: 24.0, w: 20.0, h: 12.0 };

    /// Whether a correction is seen in the place on a page with this red, on which nothing else is red.
    fn corrected(red: &[Stroke]) -> bool {
        corrected_in(red, RED)
    }

    fn corrected_in(red: &[Stroke], ink: [u8; 3]) -> bool {
        let figure: &[Stroke] = &[((40.0, 26.0), (40.0, 33.0), 0.5)];
        let page = written(&printed(), &[(figure, BLACK), (red, ink)], true);
        let print = Mask::new(page.red.w, page.red.h);
        RedPlaces { print: &print, seals: vec![SEAL] }.corrected(&page, PLACE)
    }

    #[test]
    fn a_small_red_seal_or_a_red_line_is_a_correction() {
        assert!(corrected(&ring((40.0, 30.0), (2.6, 2.6))) && corrected(&ring((45.0, 27.0), (2.6, 2.6))));
        assert!(corrected(&[((37.0, 29.0), (44.0, 29.3), 0.4)]));
        assert!(
            corrected_in(&[((38.4, 29.0), (42.0, 29.2), 0.4)], [128, 32, 40]),
            "dark, through one figure"
        );
    }

    #[test]
    fn a_seal_of_its_own_place_a_rim_and_specks_are_none() {
        assert!(!corrected(&[]));
        // Beside the place of a seal, over the edge of the figures.
        assert!(!corrected(&ring((25.5, 31.0), (6.0, 4.7))));
        assert!(!corrected(&ring((40.0, 39.6), (3.0, 3.6))), "the rim of a seal in the line below");
        assert!(!corrected(&[((33.0, 27.0), (33.2, 27.2), 0.5), ((46.0, 31.0), (46.2, 31.0), 0.5)]));
    }

    #[test]
    fn the_red_edge_that_a_scanner_gives_black_ink_is_none() {
        let figures: Vec<Stroke> = [34.0, 40.0, 46.0].map(|x| ring((x, 30.0), (1.6, 2.9))).concat();
        let edge: Vec<Stroke> =
            figures.iter().map(|(a, b, wide)| ((a.0 + 0.25, a.1), (b.0 + 0.25, b.1), *wide)).collect();
        let corrected = |more: &[Stroke]| {
            let page = written(&printed(), &[(&edge, RED), (&figures, BLACK), (more, RED)], true);
            assert!(page.red.count() >= MARK);
            let print = Mask::new(page.red.w, page.red.h);
            RedPlaces { print: &print, seals: Vec::new() }.corrected(&page, PLACE)
        };
        assert!(!corrected(&[]));
        assert!(corrected(&[((33.0, 29.0), (47.0, 29.3), 0.4)]), "a line through them");
        assert!(corrected(&ring((43.0, 29.0), (2.6, 2.6))), "a seal beside them");
    }

    #[test]
    fn the_blanks_own_red_is_none_however_pale() {
        let frame: &[Stroke] = &[((32.0, 26.0), (48.0, 26.0), 0.5), ((32.0, 34.0), (48.0, 34.0), 0.5)];
        let page = written(&printed(), &[(frame, [250, 150, 150])], true);
        assert!(
            RedPlaces { print: &Mask::new(page.red.w, page.red.h), seals: Vec::new() }
                .corrected(&page, PLACE)
        );
        let mut print = Mask::new(page.red.w, page.red.h);
        print.bits.iter_mut().zip(&page.red.bits).for_each(|(print, red)| *print = *red);
        assert!(!RedPlaces { print: &print, seals: Vec::new() }.corrected(&page, PLACE));
    }

    #[test]
    fn a_person_is_asked_about_figures_that_were_corrected() {
        let asked = |line: &[Stroke], red: &[Stroke], raw: &str| {
            let strokes = [&ring((36.0, 29.0), (1.6, 2.9))[..], line].concat();
            let page = written(&printed(), &[(strokes.as_slice(), BLACK), (red, RED)], true);
            let (print, gray) = (Mask::new(page.red.w, page.red.h), GrayImage::new(1, 1));
            let red = Some(RedPlaces { print: &print, seals: Vec::new() });
            let ground = Ground { red, ..Ground::bare(&page, &gray) };
            let crop = Crop::new(&page, PLACE);
            figures(&ground, &crop, PLACE, raw, Draft::default()).reasons.join(" ")
        };
        let (line, seal): (&[Stroke], _) =
            (&[((33.0, 29.2), (39.2, 28.9), 0.35)], ring((45.0, 29.0), (2.6, 2.6)));
        assert_eq!(asked(&[], &[], "0"), "");
        assert!(asked(line, &[], "0").contains("訂正の線") && asked(line, &[], "0円").contains("訂正の線"));
        assert_eq!(asked(line, &[], "0年"), "", "the bars of 年 go out on both sides");
        assert!(asked(&[], &seal, "0").contains("訂正印"));
    }
}
