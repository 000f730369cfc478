//! Marks: a circle around a printed option, a tick in a box, a seal. What is seen is put into a few numbers; how probable a
//! mark is with these numbers was learned from pages whose truth is known (`mark_model`), not set by hand.

use super::{
    blob::{Blob, blobs},
    clean::Cleaned,
    crop::{self, Crop, Taken},
    mark_model::{self, MarkGroup},
    mask::Mask,
    paper::PX_PER_MM,
    stray,
    strike::Surroundings,
    tint,
};
use crate::form::Rect;

/// Rays cast around an option.
const RAYS: u32 = 48;
/// Pieces of ink with fewer pixels are dust.
const DUST: usize = 14;
/// A mark may stand out of its box by this much, in mm.
const OUT: f64 = 2.5;

/// A circle runs this far around its option, in mm.
const AROUND_MM: f64 = 1.5;
/// Less of the middle of a box than this is ink where no mark is in it.
const UNTOUCHED: f64 = 0.02;
/// From this share of its middle on a box is filled; two lines through it leave more white.
const FILLED: f64 = 0.6;
/// A stroke that passes a box meets a quarter of the rays from its middle; a circle around it, even one that its frame has
/// swallowed in part, more than this.
const ENCIRCLED: f64 = 0.35;
/// No seal is smaller than this, in mm.
const SMALLEST_SEAL: f64 = 5.0;
/// What is so wide and so high is larger than a letter of a name, in mm: the usual seals measure 9 and more.
const LARGER_THAN_LETTERS: f64 = 8.0;
/// A seal, or a letter of a name beside it, may reach so far out of its place, in mm.
const SEAL_OUT: f64 = 6.0;
/// Of something smaller so many rays from its middle end at a round or square rim: of a seal nearly all, of nine letters in
/// ten fewer.
const RIMMED: f64 = 0.88;

/// What was seen at one place, and how probable a mark is there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// As `mark_model` has learned them.
    pub features: Vec<f64>,
    /// 0 to 1.
    pub marked: f64,
    /// Why a person must look however probable it is.
    pub doubt: Option<Doubt>,
}

impl Seen {
    fn new(group: MarkGroup, features: Vec<f64>) -> Self {
        let marked = mark_model::probability(group, &features);
        Self { features, marked, doubt: None }
    }
}

/// What the shape or the colour of a mark leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// A line goes through it: struck out, or the line belongs elsewhere.
    Struck,
    /// Nothing is in the middle of the box, and what is beside it does not go around it.
    Beside,
    /// Only ink without colour, on a page where seals have theirs.
    Colourless,
    /// Less ink than any seal has.
    Small,
    /// As large as a letter, and without a rim.
    Letter,
    /// Ink without colour where the blank has a tone.
    Toned,
}

impl Doubt {
    /// Why a person is asked.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Struck => "印を付ける所を、取り消し線のような線が通っています",
            Self::Beside => "枠の中に印がなく、枠の外に線があります",
            Self::Colourless => "印影の色がなく、黒などのインクだけがあります（署名か汚れかもしれません）",
            Self::Small => "印影にしては、インクが小さすぎます",
            Self::Letter => "印影の形に見えません（氏名などの文字かもしれません）",
            Self::Toned => "地色（網掛け）のある所で、印影かどうかを見分けられません",
        }
    }
}

/// Circles around printed options.
pub(super) fn circles(page: &Cleaned, options: &[Rect]) -> Vec<Seen> {
    let (ink, origin) = group_ink(page, options);
    let hidden = page.print.window(origin, ink.w as i32, ink.h as i32).shrunk(2);
    let seen = |r: &Rect| {
        let around = Surroundings { ink: &ink, hidden: &hidden, place: place(origin, *r) };
        let doubt = around.word_struck().then_some(Doubt::Struck);
        Seen { doubt, ..Seen::new(MarkGroup::Circle, circle_features(&ink, origin, *r)) }
    };
    options.iter().map(seen).collect()
}

/// Where a rectangle (in mm) lies in a window that begins at `origin`: left, top, right, bottom in pixels, all inside.
fn place(origin: (i32, i32), r: Rect) -> (i32, i32, i32, i32) {
    let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
    (px(r.x) - origin.0, px(r.y) - origin.1, px(r.x + r.w) - origin.0 - 1, px(r.y + r.h) - origin.1 - 1)
}

/// The ink that belongs to a group of options, without dust, and where its picture begins on the page. A circle of the
/// next group may reach in here: a piece belongs where its middle is.
fn group_ink(page: &Cleaned, options: &[Rect]) -> (Mask, (i32, i32)) {
    let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
    let reach = options.iter().map(|r| r.w.max(r.h)).fold(4.0, f64::max);
    let (x0, y0) = (
        options.iter().map(|r| px(r.x)).min().unwrap_or(0),
        options.iter().map(|r| px(r.y)).min().unwrap_or(0),
    );
    let x1 = options.iter().map(|r| px(r.x + r.w)).max().unwrap_or(0);
    let y1 = options.iter().map(|r| px(r.y + r.h)).max().unwrap_or(0);
    let (origin, slack) = ((x0 - px(reach), y0 - px(reach)), px(1.2));
    let seen = page.ink.window(origin, x1 - x0 + 2 * px(reach), y1 - y0 + 2 * px(reach));
    let ours = |b: &Blob| {
        let x = i32::midpoint(b.bounds.0, b.bounds.2) + origin.0;
        let y = i32::midpoint(b.bounds.1, b.bounds.3) + origin.1;
        b.pixels.len() >= DUST && x > x0 - slack && x < x1 + slack && y > y0 - slack && y < y1 + slack
    };
    (of_blobs(&seen, ours), origin)
}

/// The mask with only the pieces that are wanted.
fn of_blobs(seen: &Mask, wanted: impl Fn(&Blob) -> bool) -> Mask {
    let mut ink = Mask::new(seen.w, seen.h);
    for (x, y) in blobs(seen).iter().filter(|b| wanted(b)).flat_map(|b| &b.pixels) {
        ink.bits[*y as usize * ink.w + *x as usize] = true;
    }
    ink
}

/// How much of the way around an option is ink, how closed that way is, and how much ink lies on the word itself.
fn circle_features(ink: &Mask, origin: (i32, i32), r: Rect) -> Vec<f64> {
    let (covered, closed) = around(ink, origin, r, (0.5, 1.5));
    let (near, _) = around(ink, origin, r, (0.75, 1.25));
    let on_word = share_in(ink, origin, shrunk(r, 0.25 * r.w, 0.25 * r.h));
    vec![1.0, covered, closed, near, on_word.sqrt()]
}

/// The share of rays from the middle of `r` that meet ink between `from` and `to` of the way to its edge, and 1 minus the
/// widest gap between two of them.
fn around(ink: &Mask, origin: (i32, i32), r: Rect, (from, to): (f64, f64)) -> (f64, f64) {
    let (cx, cy) = (
        (r.x + r.w / 2.0) * PX_PER_MM - f64::from(origin.0),
        (r.y + r.h / 2.0) * PX_PER_MM - f64::from(origin.1),
    );
    let (rx, ry) = (r.w / 2.0 * PX_PER_MM, r.h / 2.0 * PX_PER_MM);
    let steps = (rx.max(ry) * 1.2).ceil() as i32;
    let meets = |ray: u32| {
        let (sin, cos) = (f64::from(ray) / f64::from(RAYS) * std::f64::consts::TAU).sin_cos();
        (0..=steps).any(|i| {
            let rho = from + (to - from) * f64::from(i) / f64::from(steps);
            ink.at((cx + rho * rx * cos).round() as i32, (cy + rho * ry * sin).round() as i32)
        })
    };
    let hits: Vec<bool> = (0..RAYS).map(meets).collect();
    let (mut gap, mut widest) = (0_u32, 0_u32);
    for hit in hits.iter().chain(&hits) {
        gap = if *hit { 0 } else { gap + 1 };
        widest = widest.max(gap.min(RAYS));
    }
    let covered = hits.iter().filter(|h| **h).count() as f64 / f64::from(RAYS);
    (covered, 1.0 - f64::from(widest) / f64::from(RAYS))
}

fn shrunk(r: Rect, dx: f64, dy: f64) -> Rect {
    Rect { x: r.x + dx, y: r.y + dy, w: r.w - 2.0 * dx, h: r.h - 2.0 * dy }
}

/// The share of a rectangle that is ink.
fn share_in(ink: &Mask, origin: (i32, i32), r: Rect) -> f64 {
    let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
    let (x0, y0) = (px(r.x) - origin.0, px(r.y) - origin.1);
    let (w, h) = (px(r.w).max(1), px(r.h).max(1));
    let inside = (y0..y0 + h).flat_map(|y| (x0..x0 + w).map(move |x| (x, y)));
    inside.filter(|(x, y)| ink.at(*x, *y)).count() as f64 / f64::from(w * h)
}

/// A small box: ticked, crossed, filled, circled, or left alone.
pub(super) fn ticked(page: &Cleaned, r: Rect) -> Seen {
    let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
    let origin = (px(r.x - OUT), px(r.y - OUT));
    let (w, h) = (px(r.w + 2.0 * OUT), px(r.h + 2.0 * OUT));
    let seen = page.ink.window(origin, w, h);
    // What is left of the box's own frame lies right beside its place and is thin; a circle around the box is farther out.
    let near = page.print.window(origin, w, h).shrunk(2);
    let frame = |b: &Blob| {
        let on = |(x, y): &&(i32, i32)| near.at(*x, *y);
        b.w().min(b.h()) <= 4 && b.pixels.iter().filter(on).count() * 10 >= b.pixels.len() * 8
    };
    let touches = |b: &Blob| {
        let (x0, y0, slack) = (px(OUT), px(OUT), px(0.6));
        b.bounds.2 >= x0 - slack
            && b.bounds.0 <= x0 + px(r.w) + slack
            && b.bounds.3 >= y0 - slack
            && b.bounds.1 <= y0 + px(r.h) + slack
    };
    let ink = of_blobs(&seen, |b| b.pixels.len() >= DUST && touches(b) && !frame(b));
    let core = share_in(&ink, origin, shrunk(r, 0.2 * r.w, 0.2 * r.h));
    let (ring, _) = around(&ink, origin, r, (0.7, 1.9));
    let reach = blobs(&ink).iter().map(|b| b.w().max(b.h())).max().unwrap_or(0);
    let reach = f64::from(reach) / (r.w.max(r.h) * PX_PER_MM).max(1.0);
    let features = vec![1.0, core.sqrt(), share_in(&ink, origin, r).sqrt(), ring, reach.min(1.5)];
    let seen = Seen::new(MarkGroup::Box, features);
    let around = Surroundings { ink: &ink, hidden: &near, place: place(origin, r) };
    let doubt = if seen.marked <= 0.5 {
        stray::by_box(page, r).then_some(Doubt::Beside)
    } else if around.crossed_out(core >= FILLED) {
        Some(Doubt::Struck)
    } else {
        (core < UNTOUCHED && ring < ENCIRCLED).then_some(Doubt::Beside)
    };
    Seen { doubt, ..seen }
}

/// A seal: there or not.
pub(super) fn stamped(page: &Cleaned, rect: Rect) -> Seen {
    let crop = Crop::new(page, rect);
    let area = (rect.w * rect.h * PX_PER_MM * PX_PER_MM).max(1.0);
    let share = crop.area() as f64 / area + crop.red + page.stamp_share(rect);
    let seen = Seen::new(MarkGroup::Seal, vec![1.0, share.sqrt()]);
    let doubt = if seen.marked > 0.5 { seal_doubt(page, rect, &crop) } else { None };
    Seen { doubt, ..seen }
}

/// What speaks against a seal. Red ink or a stamp's is one; black ink may be, where the scanner sees no colour.
fn seal_doubt(page: &Cleaned, rect: Rect, crop: &Crop) -> Option<Doubt> {
    if crop.taken.something() {
        return None;
    }
    if page.in_colour {
        return Some(Doubt::Colourless);
    }
    if tint::toned(page, rect) {
        return Some(Doubt::Toned);
    }
    let ink = whole_pieces(page, rect, crop);
    let (w, h) = crop::around(&ink).map_or((0, 0), |b| (b.2 - b.0 + 1, b.3 - b.1 + 1));
    let below = |side: i32, mm: f64| f64::from(side) < mm * PX_PER_MM;
    if below(w.max(h), SMALLEST_SEAL) {
        return Some(Doubt::Small);
    }
    (below(w.min(h), LARGER_THAN_LETTERS) && rimmed(&ink) < RIMMED).then_some(Doubt::Letter)
}

/// The pieces of ink of a place, also what of them reaches out of it.
fn whole_pieces(page: &Cleaned, rect: Rect, crop: &Crop) -> Mask {
    let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
    let room = px(SEAL_OUT);
    let seen =
        page.ink.window((px(rect.x) - room, px(rect.y) - room), px(rect.w) + 2 * room, px(rect.h) + 2 * room);
    let by = (crop.inner.0 - room, crop.inner.1 - room);
    of_blobs(&seen, |b| b.pixels.iter().any(|(x, y)| crop.ink.at(x + by.0, y + by.1)))
}

/// The share of rays from the middle of the ink whose last ink lies at a round rim of its bounds, or at a square one, whichever
/// is more.
fn rimmed(ink: &Mask) -> f64 {
    let Some((x0, y0, x1, y1)) = crop::around(ink) else { return 0.0 };
    let (cx, cy) = (f64::from(x0 + x1) / 2.0, f64::from(y0 + y1) / 2.0);
    let (rx, ry) = (f64::from(x1 - x0 + 1) / 2.0, f64::from(y1 - y0 + 1) / 2.0);
    let (mut round, mut square) = (0_u32, 0_u32);
    for ray in 0..RAYS {
        let (sin, cos) = (f64::from(ray) / f64::from(RAYS) * std::f64::consts::TAU).sin_cos();
        // From far out, in fiftieths of the way to the round rim.
        let last = (15..=72)
            .rev()
            .map(|n| f64::from(n) / 50.0)
            .find(|way| ink.at((cx + way * rx * cos).round() as i32, (cy + way * ry * sin).round() as i32));
        let Some(last) = last else { continue };
        round += u32::from((0.84..=1.12).contains(&last));
        square += u32::from((0.84..=1.04).contains(&(last * sin.abs().max(cos.abs()))));
    }
    f64::from(round.max(square)) / f64::from(RAYS)
}

/// Something red, or a blue stamp, was taken out where a mark of these options would be: it may have been the mark.
pub(super) fn coloured(page: &Cleaned, options: &[Rect]) -> bool {
    options.iter().any(|r| Taken::new(page, shrunk(*r, -AROUND_MM, -AROUND_MM)).something())
}

/// Which options are marked: the sets that are possible with `exactly` so many, and their shares, most probable first. The
/// empty set (nothing marked) is always possible.
pub(super) fn sets(seen: &[Seen], exactly: Option<u32>) -> Vec<(Vec<usize>, f64)> {
    let p = |i: usize| seen[i].marked.clamp(1e-6, 1.0 - 1e-6);
    let odds = |i: &usize| p(*i) / (1.0 - p(*i));
    let mut order: Vec<usize> = (0..seen.len()).collect();
    order.sort_by(|a, b| p(*b).total_cmp(&p(*a)));
    let most = exactly.map_or(order.len(), |n| n as usize).min(order.len());
    let mut all: Vec<(Vec<usize>, f64)> = vec![(Vec::new(), 1.0)];
    if most == 1 {
        all.extend(order.iter().map(|i| (vec![*i], odds(i))));
        // Two marks where one is wanted: possible on paper, no value here; it takes its share of the certainty.
        let two: f64 = order.first().map_or(0.0, odds) * order.iter().skip(1).map(odds).sum::<f64>();
        all.push((order.iter().copied().take(2).collect(), two));
    } else {
        let best: Vec<usize> = order.iter().copied().filter(|i| p(*i) > 0.5).collect();
        for i in &order {
            let mut other = best.clone();
            match other.iter().position(|k| k == i) {
                Some(at) => drop(other.remove(at)),
                None => other.push(*i),
            }
            other.sort_unstable();
            if !other.is_empty() {
                all.push((other.clone(), other.iter().map(odds).product()));
            }
        }
        let mut best = best;
        best.sort_unstable();
        if !best.is_empty() {
            all.push((best.clone(), best.iter().map(odds).product()));
        }
    }
    let total: f64 = all.iter().map(|s| s.1).sum();
    for set in &mut all {
        set.1 /= total;
    }
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Doubt, Seen, circles, coloured, sets, stamped, ticked};
    use crate::{
        drivers::ocr::{
            blank::Blank,
            clean::{Cleaned, clean},
            crop::Crop,
            paper::PX_PER_MM,
            register::Registered,
        },
        form::{PageSpec, Rect},
    };
    use image::{Rgb, RgbImage, imageops};
    use std::{f64::consts::TAU, path::PathBuf};

    /// From where to where, in mm, and how wide.
    pub(in crate::drivers::ocr) type Stroke = ((f64, f64), (f64, f64), f64);

    /// A printed box on a sheet of 60 × 40 mm.
    pub(in crate::drivers::ocr) const BOX: Rect = Rect { x: 20.0, y: 15.0, w: 3.6, h: 3.6 };
    /// A printed word on it, with room for a circle.
    pub(in crate::drivers::ocr) const WORD: Rect = Rect { x: 27.0, y: 13.0, w: 14.0, h: 7.6 };
    /// Room for a seal.
    pub(in crate::drivers::ocr) const SEAL: Rect = Rect { x: 4.0, y: 25.0, w: 14.0, h: 12.0 };

    pub(in crate::drivers::ocr) const BLACK: [u8; 3] = [30, 30, 30];
    const RED: [u8; 3] = [205, 42, 48];

    fn distance((x, y): (f64, f64), ((ax, ay), (bx, by), _): Stroke) -> f64 {
        let (dx, dy) = (bx - ax, by - ay);
        let along = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        (x - ax - along * dx).hypot(y - ay - along * dy)
    }

    pub(in crate::drivers::ocr) fn draw(sheet: &mut RgbImage, strokes: &[Stroke], ink: [u8; 3]) {
        let mm = |px: u32| (f64::from(px) + 0.5) / PX_PER_MM;
        for (x, y, p) in sheet.enumerate_pixels_mut() {
            if strokes.iter().any(|s| distance((mm(x), mm(y)), *s) < s.2 / 2.0) {
                *p = Rgb(ink);
            }
        }
    }

    /// The blank: a box's frame and the bars of a word.
    pub(in crate::drivers::ocr) fn printed() -> RgbImage {
        let (x0, y0, x1, y1) = (BOX.x, BOX.y, BOX.x + BOX.w, BOX.y + BOX.h);
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)];
        let frame = corners.windows(2).map(|c| (c[0], c[1], 0.25));
        let word = (0..9).map(|i| ((30.0 + f64::from(i), 15.2), (30.0 + f64::from(i), 18.4), 0.3));
        let mut sheet = RgbImage::from_pixel(472, 315, Rgb([255; 3]));
        draw(&mut sheet, &frame.chain(word).collect::<Vec<Stroke>>(), BLACK);
        sheet
    }

    /// A page with strokes in these inks, cleaned; grey where the scanner saw no colour.
    fn scanned(inks: &[(&[Stroke], [u8; 3])], in_colour: bool) -> Cleaned {
        written(&printed(), inks, in_colour)
    }

    /// The same on another blank.
    pub(in crate::drivers::ocr) fn written(
        blank: &RgbImage,
        inks: &[(&[Stroke], [u8; 3])],
        in_colour: bool,
    ) -> Cleaned {
        let spec = PageSpec { width: 60.0, height: 40.0, blank: PathBuf::new() };
        let mut page = blank.clone();
        for (strokes, ink) in inks {
            draw(&mut page, strokes, *ink);
        }
        let gray = imageops::grayscale(&page);
        let registered = Registered { gray, colour: in_colour.then_some(page), fit: 1.0, place: None };
        clean(&Blank::new(&spec, &imageops::grayscale(blank)), &registered)
    }

    /// A grey page with these strokes.
    pub(in crate::drivers::ocr) fn page(strokes: &[Stroke]) -> Cleaned {
        scanned(&[(strokes, BLACK)], false)
    }

    /// A tick that begins in the box and leaves it.
    pub(in crate::drivers::ocr) fn tick() -> Vec<Stroke> {
        vec![((20.4, 16.6), (21.4, 18.1), 0.5), ((21.4, 18.1), (24.0, 14.6), 0.5)]
    }

    /// 二重線 from one place to another.
    pub(in crate::drivers::ocr) fn double_line(from: f64, to: f64) -> Vec<Stroke> {
        [16.4, 17.3].map(|y| ((from, y), (to, y + 0.1), 0.35)).to_vec()
    }

    pub(in crate::drivers::ocr) fn ring((x, y): (f64, f64), (rx, ry): (f64, f64)) -> Vec<Stroke> {
        let at = |i: u32| {
            let (sin, cos) = (f64::from(i) / 40.0 * TAU).sin_cos();
            (x + rx * cos, y + ry * sin)
        };
        (0..40).map(|i| (at(i), at(i + 1), 0.42)).collect()
    }

    #[test]
    fn whatever_way_a_box_is_marked_it_is_not_asked_about() {
        let cross = vec![((20.3, 15.3), (23.3, 18.3), 0.45), ((23.3, 15.3), (20.3, 18.3), 0.45)];
        let fill = (0..6).map(|i| f64::from(i) * 0.6 + 15.3).map(|y| ((20.3, y), (23.3, y + 0.1), 0.6));
        let over = (0..6).map(|i| f64::from(i) * 0.6 + 15.3).map(|y| ((19.3, y), (24.4, y + 0.1), 0.6));
        let large = vec![((19.0, 14.8), (21.5, 18.4), 0.5), ((21.5, 18.4), (26.6, 12.0), 0.5)];
        for (name, strokes) in [
            ("tick", tick()),
            ("large tick", large),
            ("cross", cross),
            ("filled", fill.collect()),
            ("filled beyond its edge", over.collect()),
            ("circle", ring((21.8, 16.8), (2.6, 2.6))),
        ] {
            let seen = ticked(&page(&strokes), BOX);
            assert!(seen.marked > 0.99 && seen.doubt.is_none(), "{name}: {seen:?}");
        }
        let empty = ticked(&page(&[]), BOX);
        assert!(empty.marked < 0.01 && empty.doubt.is_none(), "{empty:?}");
    }

    #[test]
    fn a_line_through_a_box_or_beside_it_is_asked_about() {
        let struck = [tick(), double_line(17.8, 40.0)].concat();
        for (name, strokes, doubt) in [
            ("二重線", double_line(17.8, 40.0), Doubt::Struck),
            ("二重線 from inside of the box", double_line(20.3, 40.0), Doubt::Struck),
            ("二重線 over a tick", struck, Doubt::Struck),
            ("one line", vec![((18.0, 16.6), (40.0, 17.2), 0.35)], Doubt::Struck),
            ("a slanted line", vec![((17.0, 20.6), (26.6, 13.0), 0.4)], Doubt::Struck),
            ("a line down the page", vec![((21.6, 0.0), (21.9, 40.0), 0.4)], Doubt::Struck),
            ("the tick of the box below", vec![((24.1, 15.5), (23.8, 23.0), 0.5)], Doubt::Beside),
        ] {
            let seen = ticked(&page(&strokes), BOX);
            assert!(seen.marked > 0.5 && seen.doubt == Some(doubt), "{name}: {seen:?}");
        }
    }

    #[test]
    fn a_word_that_is_struck_out_is_asked_about_circled_or_not() {
        let circle = ring((34.0, 16.8), (6.6, 3.6));
        let doubt = |strokes: &[Stroke]| circles(&page(strokes), &[WORD])[0].clone();
        let circled = doubt(&circle);
        assert!(circled.marked > 0.99 && circled.doubt.is_none(), "{circled:?}");
        assert_eq!(doubt(&[]).doubt, None);
        for strokes in [double_line(27.7, 40.4), [circle, double_line(27.7, 40.4)].concat()] {
            assert_eq!(doubt(&strokes).doubt, Some(Doubt::Struck));
        }
    }

    #[test]
    fn a_seal_without_its_colour_is_asked_about_where_the_page_has_colour() {
        let seal: &[Stroke] = &ring((11.0, 31.0), (4.7, 4.7));
        let elsewhere: &[Stroke] = &ring((48.0, 31.0), (4.7, 4.7));
        let stroke: &[Stroke] = &[((8.0, 30.0), (10.6, 31.4), 0.5)];
        let seen = |inks: &[(&[Stroke], [u8; 3])], in_colour: bool| stamped(&scanned(inks, in_colour), SEAL);
        let red = seen(&[(seal, RED)], true);
        assert!(red.marked > 0.99 && red.doubt.is_none(), "{red:?}");
        let grey = seen(&[(seal, BLACK)], false);
        assert!(grey.marked > 0.99 && grey.doubt.is_none(), "{grey:?}");
        let black = seen(&[(seal, BLACK), (elsewhere, RED)], true);
        assert!(black.marked > 0.99 && black.doubt == Some(Doubt::Colourless), "{black:?}");
        let small = seen(&[(stroke, BLACK)], false);
        assert!(small.marked > 0.5 && small.doubt == Some(Doubt::Small), "{small:?}");
        assert_eq!(seen(&[(elsewhere, RED)], true).doubt, None, "nothing there");
    }

    #[test]
    fn a_letter_in_the_place_of_a_seal_is_asked_about_and_a_seal_that_slipped_is_not() {
        let seen = |strokes: &[Stroke]| stamped(&page(strokes), SEAL);
        // 玉 that begins in the place of the name.
        let bars = [28.2, 31.0, 33.8].map(|y| ((3.0, y), (8.6, y), 0.5));
        let letter =
            [&bars[..], &[((5.8, 28.2), (5.8, 33.8), 0.5), ((7.0, 32.0), (7.8, 33.0), 0.5)]].concat();
        let found = seen(&letter);
        assert!(found.marked > 0.99 && found.doubt == Some(Doubt::Letter), "{found:?}");
        let broken: Vec<Stroke> = ring((11.0, 31.0), (4.7, 4.7)).into_iter().skip(7).collect();
        for seal in [ring((8.0, 28.4), (4.7, 4.7)), broken, ring((11.0, 31.0), (3.2, 3.2))] {
            let found = seen(&seal);
            assert!(found.marked > 0.99 && found.doubt.is_none(), "{found:?}");
        }
    }

    #[test]
    fn a_tick_right_beside_its_box_is_asked_about() {
        let beside = tick().into_iter().map(|(a, b, wide)| ((a.0 - 4.8, a.1), (b.0 - 4.8, b.1), wide));
        let seen = ticked(&page(&beside.collect::<Vec<Stroke>>()), BOX);
        assert!(seen.marked < 0.5 && seen.doubt == Some(Doubt::Beside), "{seen:?}");
    }

    #[test]
    fn what_the_blank_has_in_red_is_no_seal_and_the_seal_upon_it_is_one() {
        let (x0, y0, x1, y1) = (SEAL.x, SEAL.y, SEAL.x + SEAL.w, SEAL.y + SEAL.h);
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)];
        let frame: Vec<Stroke> = corners.windows(2).map(|c| (c[0], c[1], 0.3)).collect();
        let mut blank = printed();
        draw(&mut blank, &[frame, ring((11.0, 31.0), (2.0, 2.0))].concat(), RED);
        let page = |inks: &[(&[Stroke], [u8; 3])]| written(&blank, inks, true);
        let left = page(&[]);
        let none = stamped(&left, SEAL);
        assert!(none.marked < 0.01 && none.doubt.is_none(), "{none:?}");
        assert!(!coloured(&left, &[SEAL]) && Crop::new(&left, SEAL).red < 0.001, "nothing is taken for ink");
        // Around the printed ㊞, and a small one across it.
        let across = [ring((11.0, 31.0), (3.2, 3.2)), vec![((8.0, 31.0), (14.0, 31.0), 0.4)]].concat();
        for seal in [ring((11.0, 31.0), (4.7, 4.7)), across] {
            let seen = stamped(&page(&[(seal.as_slice(), RED)]), SEAL);
            assert!(seen.marked > 0.99 && seen.doubt.is_none(), "{seen:?}");
        }
        let dark = stamped(&page(&[(ring((11.0, 31.0), (4.7, 4.7)).as_slice(), BLACK)]), SEAL);
        assert_eq!(dark.doubt, Some(Doubt::Colourless), "the red print shows that the scanner saw colour");
    }

    fn seen(p: &[f64]) -> Vec<Seen> {
        p.iter().map(|p| Seen { features: Vec::new(), marked: *p, doubt: None }).collect()
    }

    #[test]
    fn one_clear_mark_is_sure_and_two_are_not() {
        let one = sets(&seen(&[0.001, 0.999, 0.001]), Some(1));
        assert!(one[0].0 == [1] && one[0].1 > 0.995);
        let two = sets(&seen(&[0.99, 0.99, 0.001]), Some(1));
        assert!(two[0].0.len() == 2, "two marks are seen as two");
        let none = sets(&seen(&[0.001, 0.001]), Some(1));
        assert!(none[0].0.is_empty() && none[0].1 > 0.99);
    }

    #[test]
    fn several_may_be_marked_where_that_is_allowed() {
        let many = sets(&seen(&[0.999, 0.001, 0.999]), None);
        assert!(many[0].0 == [0, 2] && many[0].1 > 0.99);
        assert!((many.iter().map(|s| s.1).sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
