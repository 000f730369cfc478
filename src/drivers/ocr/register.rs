//! Registration: the page brought into the frame of the blank original, and how well it fits.

use super::{
    blank::Blank,
    coarse::{Laid, guess, half, turn},
    homography::{Homography, Pair},
    mask::Mask,
    page::Sheet,
    paper::DPI,
    warp::Warp,
};
use image::{GrayImage, RgbImage, imageops};

/// From this fit on a page is the form. Measured: registered pages of a form score 0.75 and more, other forms 0.3 and less.
pub(super) const FIT: f64 = 0.55;
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
    /// How much of the blank's printed matter lies on ink of the page, chance taken out: 0 to 1.
    pub fit: f64,
}

/// Lays the page onto the blank. Always gives the best there is; whether that is good enough, `fit` says.
pub(super) fn register(blank: &Blank, sheet: &Sheet) -> Option<Registered> {
    let ways = Laid::ways(&sheet.gray, blank.signature.is_wide());
    let guess = guess(&blank.signature, &ways)?;
    let upright = turn(&sheet.gray, guess.turns);
    let small = half(&upright);
    let mut map = halved(&guess.map);
    for reach in [9, 5] {
        let pairs = blank.far.find(&small, &map, reach);
        if pairs.len() >= 6 {
            map = Homography::fit_robust(&pairs, false).unwrap_or(map);
        }
    }
    let mut map = scaled(&map, 2.0);
    let mut pairs = blank.near.find(&upright, &map, 6);
    if pairs.len() >= 6 {
        map = Homography::fit_robust(&pairs, pairs.len() * 3 > blank.near.len()).unwrap_or(map);
        pairs.retain(|p| map.error(p) < BEND);
    }
    let warp = Warp::new(blank.ink.w, blank.ink.h, |p| bent(&map, &pairs, p));
    let gray = warp.gray(&upright);
    let colour = sheet.colour.as_ref().map(|c| warp.rgb(&turn_rgb(c, guess.turns)));
    let fit = fit(blank, &Mask::ink(&gray));
    Some(Registered { gray, colour, fit })
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

/// The flat map plus what the anchors around a point say about the paper's bend there.
fn bent(map: &Homography, pairs: &[Pair], at: (f64, f64)) -> (f64, f64) {
    let reach = 22.0 / 25.4 * DPI;
    let (mut dx, mut dy, mut total) = (0.0, 0.0, 0.35);
    for p in pairs {
        let d2 = (p.from.0 - at.0).powi(2) + (p.from.1 - at.1).powi(2);
        let weight = p.weight * (-d2 / (2.0 * reach * reach)).exp();
        if weight > 1e-3 {
            let flat = map.apply(p.from);
            dx += weight * (p.to.0 - flat.0);
            dy += weight * (p.to.1 - flat.1);
            total += weight;
        }
    }
    let (x, y) = map.apply(at);
    (x + dx / total, y + dy / total)
}

/// Half from the ruled lines, half from all other print, each with what chance would give taken out.
fn fit(blank: &Blank, page: &Mask) -> f64 {
    let near = page.grown(NEAR);
    let share = |rules: bool, dx: i32, dy: i32| {
        let (mut on, mut all) = (0_u32, 0_u32);
        for y in (0..blank.ink.h).step_by(2) {
            for x in 0..blank.ink.w {
                let i = y * blank.ink.w + x;
                if blank.ink.bits[i] && blank.rules.bits[i] == rules {
                    all += 1;
                    on += u32::from(near.at(x as i32 + dx, y as i32 + dy));
                }
            }
        }
        (all > 0).then(|| f64::from(on) / f64::from(all))
    };
    let above_chance = |rules: bool| {
        let away = [(23, 17), (-19, 29), (31, -21), (-27, -13)];
        let chance = away.iter().filter_map(|(dx, dy)| share(rules, *dx, *dy)).sum::<f64>() / 4.0;
        share(rules, 0, 0).map(|hit| ((hit - chance) / (1.0 - chance).max(0.05)).clamp(0.0, 1.0))
    };
    match (above_chance(true), above_chance(false)) {
        (Some(rules), Some(print)) => f64::midpoint(rules, print),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => 0.0,
    }
}
