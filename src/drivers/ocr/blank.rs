//! The blank original of a form, rendered once per reader.

use super::{
    anchors::Anchors,
    coarse::{Signature, half},
    mask::Mask,
    paper::{PX_PER_MM, flatten},
};
use crate::form::PageSpec;
use image::{GrayImage, imageops};

/// The blank original and all that registration and clean-up need of it, at 200 dpi.
pub(super) struct Blank {
    /// Its printed matter.
    pub ink: Mask,
    /// The long straight lines among it.
    pub rules: Mask,
    /// For the first guess.
    pub signature: Signature,
    /// For bringing it nearer, at 100 dpi.
    pub far: Anchors,
    /// For the last fraction of a millimetre, at 200 dpi.
    pub near: Anchors,
}

/// Shortest ruled line, in mm: longer than any stroke of a printed character.
const RULE_MM: f64 = 9.0;

impl Blank {
    /// From the rendered page.
    pub(super) fn new(page: &PageSpec, rendered: &GrayImage) -> Self {
        let gray = sized(page, rendered);
        let ink = Mask::ink(&gray);
        let rules = ink.rules((RULE_MM * PX_PER_MM) as usize);
        let signature = Signature::new(&gray);
        let far = Anchors::choose(&half(&gray), 56, 26);
        let near = Anchors::choose(&gray, 112, 34);
        Self { ink, rules, signature, far, near }
    }
}

/// The rendered page at exactly the size the form says, its paper at 255.
pub(super) fn sized(page: &PageSpec, rendered: &GrayImage) -> GrayImage {
    let (w, h) = ((page.width * PX_PER_MM).round() as u32, (page.height * PX_PER_MM).round() as u32);
    if rendered.dimensions() == (w, h) {
        return flatten(rendered);
    }
    flatten(&imageops::resize(rendered, w, h, imageops::FilterType::Triangle))
}
