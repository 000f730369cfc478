//! Ink that no character was read from: the last letter of a name under a seal, a word the readers skipped. All readers can
//! agree on what is left; only the ink knows that something is missing.

use super::{
    crop::{Bounds, Crop},
    text_field::Said,
};

/// Ink farther from every character than this many times their distance is not part of one.
const FAR: f64 = 1.25;
/// Less such ink, in pixels (0.5 mm²), is a speck.
const SPECK: usize = 32;

/// Whether ink is left over in the line; `pad` is what [`Crop::line`] left white on each side of it, in pixels.
pub(super) fn unread(crop: &Crop, line: Bounds, pad: i32, said: &Said) -> bool {
    let wide = f64::from(line.2 - line.0 + 1 + 2 * pad);
    let middles: Vec<f64> = said.places.iter().map(|p| f64::from(line.0 - pad) + p * wide).collect();
    let Some(reach) = reach(&middles, f64::from(line.3 - line.1 + 1)) else { return false };
    let far = |x: i32| middles.iter().all(|m| (f64::from(x) - m).abs() > reach);
    let rows = || line.1..=line.3;
    let left = (line.0..=line.2).filter(|x| far(*x)).map(|x| rows().filter(|y| crop.ink.at(x, *y)).count());
    left.sum::<usize>() >= SPECK
}

/// How far a character's ink may reach from its middle: by the usual distance of two, or by the height of the line where
/// there are too few. None without characters.
fn reach(middles: &[f64], height: f64) -> Option<f64> {
    let mut steps: Vec<f64> = middles.windows(2).map(|m| (m[1] - m[0]).abs()).collect();
    steps.sort_by(f64::total_cmp);
    match (middles.len(), steps.as_slice()) {
        (0, _) => None,
        (1 | 2, _) => Some(FAR * height),
        (_, steps) => Some(FAR * steps[(steps.len() - 1) / 2].max(height / 3.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::reach;

    #[test]
    fn characters_reach_as_far_as_they_stand_apart() {
        assert!(reach(&[], 60.0).is_none());
        let name = reach(&[40.0, 100.0, 210.0], 110.0).unwrap_or_default();
        assert!(
            name < 80.0,
            "a gap between the parts of a name, and a seal that makes the line high, count little: {name}"
        );
        assert!(reach(&[50.0], 60.0) >= Some(60.0));
    }
}
