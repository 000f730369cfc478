//! The blank original of a form, rendered once per reader.

use super::{
    anchors::Anchors,
    coarse::{Signature, half},
    heading::Heading,
    labels::Labels,
    mask::Mask,
    pale,
    paper::{PX_PER_MM, flatten},
    resize, tint,
};
use crate::form::PageSpec;
use image::GrayImage;

/// The blank original and all that registration and clean-up need of it, at 200 dpi.
pub(super) struct Blank {
    /// Its printed matter.
    pub ink: Mask,
    /// The long straight lines among it.
    pub rules: Mask,
    /// Its areas in a pale tone, 255 elsewhere; none where it has none.
    pub tint: Option<GrayImage>,
    /// Its printed matter however pale, these areas left out.
    pub faint: Mask,
    /// Pixels of every second row of these lines, and of all other print.
    pub points: [Vec<(i32, i32)>; 2],
    /// For the first guess.
    pub signature: Signature,
    /// For bringing it nearer, at 100 dpi.
    pub far: Anchors,
    /// For the last fraction of a millimetre, at 200 dpi.
    pub near: Anchors,
    /// Its words, at 100 dpi: another form may have the same lines.
    pub labels: Labels,
    /// What it calls itself: another form may have most of the same words.
    pub heading: Heading,
}

/// Shortest ruled line, in mm: longer than any stroke of a printed character.
const RULE_MM: f64 = 9.0;

impl Blank {
    /// From the rendered page.
    pub(super) fn new(page: &PageSpec, rendered: &GrayImage) -> Self {
        let gray = sized(page, rendered);
        let ink = Mask::ink(&gray);
        let rules = ink.rules((RULE_MM * PX_PER_MM) as usize);
        let points = [true, false].map(|rule| {
            let all = (0..ink.h).step_by(2).flat_map(|y| (0..ink.w).map(move |x| (x, y)));
            let wanted = |(x, y): &(usize, usize)| {
                let i = y * ink.w + x;
                ink.bits[i] && rules.bits[i] == rule
            };
            all.filter(wanted).map(|(x, y)| (x as i32, y as i32)).collect()
        });
        let signature = Signature::new(&gray);
        let small = half(&gray);
        let far = Anchors::choose(&small, 56, 26);
        let near = Anchors::choose(&gray, 112, 34);
        let labels = Labels::choose(&small, &ink);
        let tint = tint::of_blank(&gray);
        let heading = Heading::choose(&gray, &ink, &rules);
        let faint = pale::printed(&gray, tint.as_ref());
        Self { ink, rules, tint, faint, points, signature, far, near, labels, heading }
    }
}

/// The rendered page at exactly the size the form says, its paper at 255.
pub(super) fn sized(page: &PageSpec, rendered: &GrayImage) -> GrayImage {
    let (w, h) = ((page.width * PX_PER_MM).round() as u32, (page.height * PX_PER_MM).round() as u32);
    if rendered.dimensions() == (w, h) {
        return flatten(rendered);
    }
    flatten(&resize::gray(rendered, w, h))
}
