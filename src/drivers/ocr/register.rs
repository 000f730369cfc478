//! Registration: the page brought into the frame of the blank original, and how well it fits.

use super::{
    blank::Blank,
    coarse::{guess, half, turn},
    homography::{Homography, Pair},
    labels::OWN,
    mask::Mask,
    page::Sheet,
    paper::{PALE, PX_PER_MM},
    warp::Warp,
};
use crate::form::Rect;
use image::{GrayImage, RgbImage, imageops};
use std::ops::Range;

/// From this fit on a page is the form. Measured: registered pages of a form score 0.75 and more, other forms 0.3 and less.
pub(super) const FIT: f64 = 0.55;
/// From this fit on no other size of the page is tried.
pub(super) const CLEAR: f64 = 0.75;
/// A page that bears other words than the blank's fits no better than this, however well the lines lie.
pub(super) const OTHER: f64 = FIT - 0.05;
/// Ink within this many pixels (0.25 mm) of printed matter of the blank counts as found.
const NEAR: usize = 2;
/// How far the page may be bent against the best flat map, in pixels (0.5 mm).
const BEND: f64 = 4.0;

/// A page in the frame of its blank.
pub(super) struct Registered {
    /// Grey, paper flattened.
    pub gray: GrayImage,
    /// In colour, where the page has any.
    pub colour: Option<RgbImage>,
    /// How much of the blank's printed matter lies on ink of the page, chance taken out: 0 to 1. With other words in the same
    /// lines it is too little to be the form.
    pub fit: f64,
    /// How the page lay; none for a picture that was laid onto nothing.
    pub place: Option<Place>,
}

/// How a page lay before it was brought into the blank's frame, and how well it lies now, place by place.
pub(super) struct Place {
    /// From the blank to the upright page, in pixels of 200 dpi.
    pub map: Homography,
    /// Quarter turns to the right that brought the page upright.
    pub turns: u8,
    /// The page as it came, width and height in pixels.
    pub size: (u32, u32),
    /// Where printed matter was found again.
    pub found: Found,
}

/// Where the blank's printed matter was found again.
pub(super) struct Found {
    /// The page's ink and what lies next to it.
    near: Mask,
    /// All that is darker than paper, however pale, and what lies around it.
    about: Mask,
    /// The share of all printed matter that lies on ink.
    whole: f64,
}

/// Printed matter this far around a place tells whether the place is where it should be, in mm.
const AROUND_MM: f64 = 7.0;
/// Less printed matter than this, in pixels, tells nothing.
const ENOUGH: usize = 250;
/// A place where less than this share is found again, against the whole page, may have slipped.
const SLIPPED: f64 = 0.5;
/// It has, where so many times as much is found a little beside: otherwise the copier lost it.
const BESIDE: f64 = 1.5;
/// How far beside, in pixels (3.8 mm), and in which steps.
const SLIP: i32 = 30;
const STEP: usize = 5;

/// A place may lie beyond the page's edge by so many pixels (1 mm): no letter is lost there.
const OUTSIDE: f64 = 8.0;
/// Printed matter this far around a place tells whether the place is on the page at all, in mm: not what lies farther, for a
/// cut margin is not the matter of fields that it does not touch.
const BESIDE_MM: f64 = 3.0;
/// Printed matter within so many pixels (1 mm) of anything on the page counts as there: bent paper lost nothing.
const ABOUT: usize = 8;
/// Where less than this share is there, against the whole page, nothing is.
const LOST: f64 = 0.15;
/// Of a part of a place, less printed matter than this, in pixels, tells nothing.
const ENOUGH_OF_PART: usize = 150;
/// Parts are about so long, in mm.
const PART_MM: f64 = 30.0;
/// A pixel with print this far away on all four sides lies in a grey or black area. What is no line and no letter may come
/// out so pale that nothing is left of it.
const SOLID: i32 = 5;

impl Place {
    /// A corner of the place (in mm of the blank) lies beyond the page's edge.
    pub(super) fn outside(&self, r: Rect) -> bool {
        let (w, h) = if self.turns % 2 == 1 { (self.size.1, self.size.0) } else { self.size };
        let beyond = |x: f64, y: f64| {
            let (x, y) = self.map.apply((x * PX_PER_MM, y * PX_PER_MM));
            x.min(y) < -OUTSIDE || x > f64::from(w) + OUTSIDE || y > f64::from(h) + OUTSIDE
        };
        let (right, bottom) = (r.x + r.w, r.y + r.h);
        beyond(r.x, r.y) || beyond(right, r.y) || beyond(r.x, bottom) || beyond(right, bottom)
    }
}

impl Found {
    fn new(ink: &Mask, near: Mask, about: Mask) -> Self {
        let on = ink.bits.iter().zip(&near.bits).filter(|(ink, near)| **ink && **near).count();
        Self { whole: on as f64 / ink.count().max(1) as f64, near, about }
    }

    /// Of the blank's print (`ink`) around this place, or around a part of it, nothing is on the page: the sheet is torn, folded
    /// or covered there, or its picture broke off.
    pub(super) fn lost(&self, ink: &Mask, r: Rect) -> bool {
        let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
        let xs = px(r.x - BESIDE_MM)..px(r.x + r.w + BESIDE_MM);
        let ys = px(r.y - BESIDE_MM)..px(r.y + r.h + BESIDE_MM);
        let (across, down) = (parts(&xs), parts(&ys));
        self.gone(ink, &xs, &ys) || down.iter().any(|y| across.iter().any(|x| self.gone(ink, x, y)))
    }

    /// There is print on the blank, and nothing on the page.
    fn gone(&self, ink: &Mask, xs: &Range<i32>, ys: &Range<i32>) -> bool {
        let solid = |x: i32, y: i32| {
            let upright = ink.at(x, y - SOLID) && ink.at(x, y + SOLID);
            upright && ink.at(x - SOLID, y) && ink.at(x + SOLID, y)
        };
        let (mut print, mut there) = (0_usize, 0_usize);
        for y in ys.clone() {
            for x in xs.clone().filter(|x| ink.at(*x, y) && !solid(*x, y)) {
                print += 1;
                there += usize::from(self.about.at(x, y));
            }
        }
        print >= ENOUGH_OF_PART && (there as f64) < LOST * self.whole * print as f64
    }

    /// The page slipped here: the blank's print (`ink`) around this place does not lie on the page's, but on what is beside.
    pub(super) fn slipped(&self, ink: &Mask, r: Rect) -> bool {
        let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
        let (x0, y0) = (px(r.x - AROUND_MM), px(r.y - AROUND_MM));
        let (x1, y1) = (px(r.x + r.w + AROUND_MM), px(r.y + r.h + AROUND_MM));
        let print = (y0..y1).flat_map(|y| (x0..x1).map(move |x| (x, y)));
        let print: Vec<(i32, i32)> = print.filter(|(x, y)| ink.at(*x, *y)).collect();
        if print.len() < ENOUGH {
            return false;
        }
        let on = |dx: i32, dy: i32| print.iter().filter(|(x, y)| self.near.at(x + dx, y + dy)).count() as f64;
        let here = on(0, 0);
        if here >= SLIPPED * self.whole * print.len() as f64 {
            return false;
        }
        let reach = || (-SLIP..=SLIP).step_by(STEP);
        reach().any(|dy| reach().any(|dx| on(dx, dy) > BESIDE * here))
    }
}

/// Two parts or more of about [`PART_MM`]: a tear goes through the middle of a place as well.
fn parts(all: &Range<i32>) -> Vec<Range<i32>> {
    let (length, about) = (all.end - all.start, (PART_MM * PX_PER_MM) as i32);
    let n = (length / about).max(2);
    let at = |i: i32| all.start + length * i / n;
    (0..n).map(|i| at(i)..at(i + 1)).collect()
}

/// Lays the page onto the blank. Always gives the best there is; whether that is good enough, `fit` says.
pub(super) fn register(blank: &Blank, sheet: &Sheet) -> Option<Registered> {
    let ways = blank.signature.ways(&sheet.gray);
    let guess = guess(&blank.signature, &ways)?;
    let upright = turn(&sheet.gray, guess.turns);
    let small = half(&upright);
    let mut map = halved(&guess.map);
    // A rough guess is off by millimetres at the far end of the page: what was found nearer brings the rest within reach.
    for reach in [9, 5, 14, 9, 5] {
        let pairs = blank.far.find(&small, &map, reach);
        if pairs.len() >= 6 {
            map = Homography::fit_robust(&pairs, false).unwrap_or(map);
        }
        let good = pairs.iter().filter(|p| map.error(p) < BEND / 2.0).count();
        if reach == 5 && good * 10 >= blank.far.len() * MOST_OF {
            break;
        }
    }
    let (map, pairs) = nearer(blank, &upright, scaled(&map, 2.0));
    let warp = Warp::bent(blank.ink.w, blank.ink.h, &map, &pairs);
    let gray = warp.gray(&upright);
    let colour = sheet.colour.as_ref().map(|c| warp.rgb(&turn_rgb(c, guess.turns)));
    let near = Mask::ink(&gray).grown(NEAR);
    let fit = borne(blank, &gray, fit(blank, &near));
    let found = Found::new(&blank.ink, near, Mask::darker(&gray, PALE).grown(ABOUT));
    let size = sheet.gray.dimensions();
    Some(Registered { gray, colour, fit, place: Some(Place { map, turns: guess.turns, size, found }) })
}

/// So many of ten anchors are most of them: the others are written over, or lost on the copier.
const MOST_OF: usize = 6;

/// The last fractions of a millimetre, in up to three rounds, and the pairs that bear the map out.
fn nearer(blank: &Blank, upright: &GrayImage, mut map: Homography) -> (Homography, Vec<Pair>) {
    let mut best = Vec::new();
    for _ in 0..3 {
        let mut pairs = blank.near.find(upright, &map, 6);
        if pairs.len() < 6 {
            break;
        }
        let found = Homography::fit_robust(&pairs, pairs.len() * 3 > blank.near.len()).unwrap_or(map);
        pairs.retain(|p| found.error(p) < BEND);
        if pairs.len() <= best.len() {
            break;
        }
        (map, best) = (found, pairs);
        if best.len() * 10 >= blank.near.len() * MOST_OF {
            break;
        }
    }
    (map, best)
}

fn halved(map: &Homography) -> Homography {
    scaled(map, 0.5)
}

/// The same map between pictures `by` times as large.
fn scaled(map: &Homography, by: f64) -> Homography {
    let m = map.0;
    Homography([m[0], m[1], m[2] * by, m[3], m[4], m[5] * by, m[6] / by, m[7] / by, 1.0])
}

fn turn_rgb(page: &RgbImage, turns: u8) -> RgbImage {
    match turns {
        1 => imageops::rotate90(page),
        2 => imageops::rotate180(page),
        3 => imageops::rotate270(page),
        _ => page.clone(),
    }
}

/// `near` is the page's ink and what lies next to it. Half from the ruled lines, half from all other print, each with what chance would give taken out.
fn fit(blank: &Blank, near: &Mask) -> f64 {
    let share = |points: &[(i32, i32)], dx: i32, dy: i32| {
        let on = points.iter().filter(|(x, y)| near.at(x + dx, y + dy)).count();
        (!points.is_empty()).then(|| on as f64 / points.len() as f64)
    };
    let above_chance = |points: &[(i32, i32)]| {
        let away = [(23, 17), (-19, 29), (31, -21), (-27, -13)];
        let chance = away.iter().filter_map(|(dx, dy)| share(points, *dx, *dy)).sum::<f64>() / 4.0;
        share(points, 0, 0).map(|hit| ((hit - chance) / (1.0 - chance).max(0.05)).clamp(0.0, 1.0))
    };
    let [rules, print] = &blank.points;
    match (above_chance(rules), above_chance(print)) {
        (Some(rules), Some(print)) => f64::midpoint(rules, print),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => 0.0,
    }
}

/// The fit of a page in the blank's frame, its words asked too where lines and ink would take it for the form: along a line of
/// text any text is ink.
fn borne(blank: &Blank, gray: &GrayImage, fit: f64) -> f64 {
    if fit < FIT {
        return fit;
    }
    match blank.labels.borne(&half(gray)) {
        Some(share) if share < OWN => fit.min(OTHER),
        _ => fit,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Blank, CLEAR, FIT, Found, GrayImage, Homography, Mask, NEAR, Place, Rect, borne, fit, imageops,
    };
    use crate::{drivers::ocr::labels::tests::table, form::PageSpec};
    use std::path::PathBuf;

    /// Ruled lines every 4 mm; those below `from` are moved down by `slip` pixels, or gone.
    fn lines(from: usize, slip: Option<usize>) -> Mask {
        let mut page = Mask::new(800, 800);
        for y in (16..780).step_by(31) {
            let to = if y < from { Some(y) } else { slip.map(|s| y + s) };
            for y in to.into_iter().flat_map(|y| y..(y + 3).min(800)) {
                page.bits[y * 800 + 40..y * 800 + 760].fill(true);
            }
        }
        page
    }

    #[test]
    fn a_part_of_the_page_that_slipped_is_seen() {
        let blank = lines(800, None);
        let low = Rect { x: 20.0, y: 80.0, w: 30.0, h: 6.0 };
        let high = Rect { x: 20.0, y: 20.0, ..low };
        let seen = |page: Mask| Found::new(&blank, page.grown(2), page.grown(8));
        let slipped = seen(lines(500, Some(12)));
        assert!(slipped.slipped(&blank, low) && !slipped.slipped(&blank, high));
        assert!(!seen(lines(800, None)).slipped(&blank, low));
        let faded = seen(lines(500, None));
        assert!(!faded.slipped(&blank, low), "what the copier lost did not slip");
        let far = Rect { x: 60.0, ..low };
        let nothing = Mask::new(800, 800);
        assert!(!seen(nothing.clone()).slipped(&nothing, far));
    }

    #[test]
    fn a_part_of_the_page_that_is_gone_is_seen() {
        let blank = lines(800, None);
        let seen = |page: Mask| Found::new(&blank, page.grown(2), page.grown(8));
        let low = Rect { x: 20.0, y: 80.0, w: 30.0, h: 6.0 };
        let high = Rect { y: 20.0, ..low };
        // The last line that is there ends at 484 pixels, 61.5 mm.
        let torn = seen(lines(500, None));
        assert!(torn.lost(&blank, low) && !torn.lost(&blank, high));
        let (through, above) = (Rect { y: 57.0, h: 16.0, ..low }, Rect { y: 50.0, ..low });
        assert!(torn.lost(&blank, through), "half of the place is gone");
        assert!(!torn.lost(&blank, above), "what is gone farther down is not the matter of this field");
        assert!(!seen(lines(800, None)).lost(&blank, low));
        assert!(!seen(lines(500, Some(4))).lost(&blank, low), "bent paper lost nothing");
        let nothing = Mask::new(800, 800);
        assert!(!torn.lost(&nothing, low), "where nothing is printed, nothing tells");
    }

    #[test]
    fn a_grey_area_that_came_out_white_is_no_hole_in_the_page() {
        let (mut blank, mut page) = (lines(800, None), lines(800, None));
        for y in 600..700 {
            blank.bits[y * 800 + 100..y * 800 + 700].fill(true);
        }
        page.bits[590 * 800..710 * 800].fill(false);
        let faint = Found::new(&blank, page.grown(2), page.grown(8));
        assert!(!faint.lost(&blank, Rect { x: 20.0, y: 74.0, w: 30.0, h: 7.0 }));
    }

    #[test]
    fn a_place_beyond_the_edge_of_the_page_is_seen() {
        // The page's lowest third is missing, and it lies on its side.
        let map = Homography::affine(1.0, 0.0, 0.0, 0.0, 1.0, 0.0);
        let blank = Mask::new(800, 900);
        let found = Found::new(&blank, blank.clone(), blank.clone());
        let page = Place { map, turns: 1, size: (600, 800), found };
        let field = Rect { x: 20.0, y: 60.0, w: 40.0, h: 8.0 };
        assert!(!page.outside(field));
        assert!(page.outside(Rect { y: 72.0, ..field }), "its lower edge is at 80 mm, the page's at 76.2");
        assert!(!page.outside(Rect { y: 69.0, ..field }), "less than a millimetre is missing");
        assert!(page.outside(Rect { x: 70.0, w: 35.0, ..field }), "to the right");
        assert!(!page.outside(Rect { x: 0.0, y: 0.0, ..field }));
    }

    #[test]
    fn another_form_in_the_same_table_is_not_the_form() {
        let spec = PageSpec { width: 127.0, height: 127.0, blank: PathBuf::new() };
        let blank = Blank::new(&spec, &table(1));
        let laid = |page: &GrayImage| {
            let lines_and_ink = fit(&blank, &Mask::ink(page).grown(NEAR));
            (lines_and_ink, borne(&blank, page, lines_and_ink))
        };
        let (before, after) = laid(&table(2));
        assert!(before >= FIT && after < FIT, "{before} {after}");
        for page in [table(1), imageops::blur(&table(1), 1.0)] {
            let (before, after) = laid(&page);
            assert!(after > CLEAR && (before - after).abs() < 1e-12, "{before} {after}");
        }
    }
}
