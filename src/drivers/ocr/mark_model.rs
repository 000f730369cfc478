//! How probable a mark is with what was seen: logistic models, learned by `shoki ocr calibrate` from generated pages.

use super::calibration::learned;

/// Kinds of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkGroup {
    /// A circle around a printed word.
    Circle,
    /// A small box.
    Box,
    /// A seal.
    Seal,
}

impl MarkGroup {
    /// The word in the calibration's file.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::Box => "box",
            Self::Seal => "seal",
        }
    }
}

/// The probability of a mark, 0 to 1.
pub(super) fn probability(group: MarkGroup, features: &[f64]) -> f64 {
    learned().probability(group.word(), features)
}
