//! Marks: a circle around a printed option, a tick in a box, a seal. What is seen is put into a few numbers; how probable a
//! mark is with these numbers was learned from pages whose truth is known (`mark_model`), not set by hand.

use super::{
    blob::{Blob, blobs},
    clean::Cleaned,
    crop::{Crop, Taken},
    mark_model::{self, MarkGroup},
    mask::Mask,
    paper::PX_PER_MM,
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

/// What was seen at one place, and how probable a mark is there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// As `mark_model` has learned them.
    pub features: Vec<f64>,
    /// 0 to 1.
    pub marked: f64,
}

impl Seen {
    fn new(group: MarkGroup, features: Vec<f64>) -> Self {
        let marked = mark_model::probability(group, &features);
        Self { features, marked }
    }
}

/// Circles around printed options.
pub(super) fn circles(page: &Cleaned, options: &[Rect]) -> Vec<Seen> {
    let (ink, origin) = group_ink(page, options);
    options.iter().map(|r| Seen::new(MarkGroup::Circle, circle_features(&ink, origin, *r))).collect()
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
    Seen::new(MarkGroup::Box, features)
}

/// A seal: there or not.
pub(super) fn stamped(page: &Cleaned, rect: Rect) -> Seen {
    let crop = Crop::new(page, rect);
    let area = (rect.w * rect.h * PX_PER_MM * PX_PER_MM).max(1.0);
    let share = crop.area() as f64 / area + crop.red + page.stamp_share(rect);
    Seen::new(MarkGroup::Seal, vec![1.0, share.sqrt()])
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
mod tests {
    use super::{Seen, sets};

    fn seen(p: &[f64]) -> Vec<Seen> {
        p.iter().map(|p| Seen { features: Vec::new(), marked: *p }).collect()
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
