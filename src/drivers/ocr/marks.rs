//! Marks: a circle around a printed option, a tick in a box, a seal.

use super::{
    blob::{Blob, blobs},
    clean::Cleaned,
    crop::Crop,
    mask::Mask,
    paper::PX_PER_MM,
};
use crate::form::Rect;

/// How much of the way around each option is ink, and how much ink there is in all.
pub(super) struct Circles {
    /// For each option 0 to 1.
    pub covered: Vec<f64>,
    /// Ink around all options, in pixels, printed matter not counted.
    pub ink: usize,
}

/// Rays cast around an option.
const RAYS: u32 = 48;
/// Pieces of ink with fewer pixels are dust.
const DUST: usize = 14;

/// Looks for circles around printed options.
pub(super) fn circles(page: &Cleaned, options: &[Rect]) -> Circles {
    let (ink, origin) = group_ink(page, options);
    let covered = options.iter().map(|r| covered(&ink, origin, *r)).collect();
    Circles { covered, ink: ink.count() }
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
    let (w, h) = (x1 - x0 + 2 * px(reach), y1 - y0 + 2 * px(reach));
    let mut seen = Mask::new(w.max(1) as usize, h.max(1) as usize);
    for y in 0..seen.h {
        for x in 0..seen.w {
            seen.bits[y * seen.w + x] = page.ink.at(origin.0 + x as i32, origin.1 + y as i32);
        }
    }
    let ours = |b: &&Blob| {
        let x = i32::midpoint(b.bounds.0, b.bounds.2) + origin.0;
        let y = i32::midpoint(b.bounds.1, b.bounds.3) + origin.1;
        b.pixels.len() >= DUST && x > x0 - slack && x < x1 + slack && y > y0 - slack && y < y1 + slack
    };
    let mut ink = Mask::new(seen.w, seen.h);
    for (x, y) in blobs(&seen).iter().filter(ours).flat_map(|b| &b.pixels) {
        ink.bits[*y as usize * ink.w + *x as usize] = true;
    }
    (ink, origin)
}

/// The share of rays from the option's middle that meet ink between half and one and a half of the way to its edge.
fn covered(ink: &Mask, origin: (i32, i32), r: Rect) -> f64 {
    let (cx, cy) = (
        (r.x + r.w / 2.0) * PX_PER_MM - f64::from(origin.0),
        (r.y + r.h / 2.0) * PX_PER_MM - f64::from(origin.1),
    );
    let (rx, ry) = (r.w / 2.0 * PX_PER_MM, r.h / 2.0 * PX_PER_MM);
    let meets = |ray: &u32| {
        let (sin, cos) = (f64::from(*ray) / f64::from(RAYS) * std::f64::consts::TAU).sin_cos();
        let steps = (rx.max(ry) * 1.2).ceil() as i32;
        (0..=steps).any(|i| {
            let rho = 0.5 + f64::from(i) / f64::from(steps);
            ink.at((cx + rho * rx * cos).round() as i32, (cy + rho * ry * sin).round() as i32)
        })
    };
    f64::from((0..RAYS).filter(meets).count() as u32) / f64::from(RAYS)
}

/// Which of the options is meant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Marked {
    /// Nothing is marked.
    None(f64),
    /// This one, with its probability.
    One(usize, f64),
    /// More than one.
    Several(Vec<usize>),
    /// There is something, but it is no circle around one of them.
    Unclear(usize),
}

/// From so much of the way around an option counts as circled.
const CIRCLED: f64 = 0.62;

impl Circles {
    /// Decides; normalised within the group.
    pub(super) fn marked(&self) -> Marked {
        let mut order: Vec<usize> = (0..self.covered.len()).collect();
        order.sort_by(|a, b| self.covered[*b].total_cmp(&self.covered[*a]));
        let Some(best) = order.first().copied() else { return Marked::None(1.0) };
        let (top, next) = (self.covered[best], order.get(1).map_or(0.0, |i| self.covered[*i]));
        if top < 0.2 && self.ink < 60 {
            return Marked::None(if self.ink < 20 { 0.999 } else { 0.97 });
        }
        if next >= CIRCLED {
            return Marked::Several(order.into_iter().filter(|i| self.covered[*i] >= CIRCLED).collect());
        }
        if top < CIRCLED {
            return Marked::Unclear(best);
        }
        Marked::One(best, sigmoid(14.0 * (top - 0.45)) * sigmoid(16.0 * (top - next - 0.05)))
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// Whether a box is ticked, and how sure that is.
pub(super) fn ticked(page: &Cleaned, rect: Rect) -> (bool, f64) {
    let crop = Crop::new(page, rect);
    let share = crop.area() as f64 / (rect.w * rect.h * PX_PER_MM * PX_PER_MM).max(1.0);
    if share > 0.02 {
        (true, sigmoid((share - 0.02) * 300.0))
    } else {
        (false, sigmoid((0.02 - share) * 350.0))
    }
}

/// Whether a seal is there, and how sure that is.
pub(super) fn stamped(page: &Cleaned, rect: Rect) -> (bool, f64) {
    let crop = Crop::new(page, rect);
    let share = crop.area() as f64 / (rect.w * rect.h * PX_PER_MM * PX_PER_MM).max(1.0);
    let share = share.max(crop.red);
    if share > 0.012 {
        (true, sigmoid((share - 0.012) * 400.0))
    } else {
        (false, sigmoid((0.012 - share) * 600.0))
    }
}
