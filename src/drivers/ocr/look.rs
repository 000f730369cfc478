//! Another look: a line that leaves a doubt is read again from a slightly different picture. What a neural reader is unsure of
//! often hangs on where its steps fall; what it is sure of in two pictures, and reads alike, it has seen.

use super::{OcrError, field_reading::Draft, resize};
use image::{GrayImage, imageops};

/// How a line is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Its characters a little wider.
    Wider,
    /// With less white above and below, so that its characters become larger.
    Closer,
}

/// The order in which they are tried. Narrower is none of them: it read a printed 髙 for 高, surely.
const LOOKS: [Look; 2] = [Look::Wider, Look::Closer];
/// So much wider.
const WIDER: f64 = 1.15;
/// What is cut off each side of the line, by its height: a third of the white that it was given.
const CLOSER: f64 = 0.033;

impl Look {
    /// The picture of a line (dark on white, with white around), seen this way.
    pub(super) fn picture(self, line: &GrayImage) -> GrayImage {
        let (w, h) = line.dimensions();
        match self {
            Self::Wider => resize::gray(line, (f64::from(w) * WIDER).round() as u32, h),
            Self::Closer => {
                let cut = self.cut(h).min(w / 4).min(h / 4);
                imageops::crop_imm(line, cut, cut, w - 2 * cut, h - 2 * cut).to_image()
            }
        }
    }

    /// A place in that picture, 0 (left) to 1 (right), as a place in the line.
    pub(super) fn place(self, at: f64, line: &GrayImage) -> f64 {
        let (w, h) = line.dimensions();
        let cut = f64::from(self.cut(h).min(w / 4).min(h / 4));
        (cut + at * (f64::from(w) - 2.0 * cut)) / f64::from(w.max(1))
    }

    /// What it cuts off each side of a line so high, in pixels.
    fn cut(self, height: u32) -> u32 {
        match self {
            Self::Wider => 0,
            Self::Closer => ((f64::from(height) * CLOSER).round() as u32).max(1),
        }
    }
}

/// Looks again at a field that would not pass from `need` on. A look that reads the same and passes settles it; one that
/// reads something else leaves it to a person, as it was.
pub(super) fn again(
    draft: Draft,
    need: f64,
    mut look: impl FnMut(Look) -> Result<Draft, OcrError>,
) -> Result<Draft, OcrError> {
    if draft.person || draft.settled(need) {
        return Ok(draft);
    }
    for way in LOOKS {
        let seen = look(way)?;
        if seen.person || seen.value() != draft.value() {
            break;
        }
        if seen.settled(need) {
            let reason = "少し大きくして読み直し、同じ読みでした".to_owned();
            let reasons = seen.reasons.into_iter().chain([reason]).collect();
            return Ok(Draft { raw: draft.raw, reasons, ..seen });
        }
    }
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::{Look, again};
    use crate::drivers::ocr::{
        calibration::{Group, Observed, Second},
        field_reading::Draft,
    };
    use image::{GrayImage, Luma};
    use serde_json::json;

    #[test]
    fn places_are_those_of_the_line_whatever_the_look() {
        let line = GrayImage::from_fn(300, 60, |x, _| Luma([if (140..160).contains(&x) { 0 } else { 255 }]));
        for look in [Look::Wider, Look::Closer] {
            let seen = look.picture(&line);
            let dark: Vec<u32> =
                (0..seen.width()).filter(|x| seen.get_pixel(*x, seen.height() / 2)[0] < 128).collect();
            let middle = f64::from(dark[0] + dark[dark.len() - 1] + 1) / 2.0 / f64::from(seen.width());
            let place = look.place(middle, &line);
            assert!((place - 0.5).abs() < 0.005, "{look:?}: {place}");
            assert!(seen.width() * line.height() > line.width() * seen.height(), "{look:?} makes it larger");
        }
        assert_eq!(Look::Closer.picture(&GrayImage::new(2, 2)).dimensions(), (2, 2));
    }

    fn draft(value: &str, weakest: f64) -> Draft {
        let observed = Observed {
            share: 1.0,
            first: weakest,
            third: weakest,
            first_agrees: true,
            third_agrees: true,
            second: Second::Other,
            unlisted: false,
            grammar: None,
            boxes: None,
            vote: None,
            letters: 3,
            fit: 1.0,
        };
        let probability = if weakest > 0.9 { 0.999 } else { 0.98 };
        let options = vec![(json!(value), 1.0)];
        Draft { options, probability, observed: Some((Group::Text, observed)), ..Draft::default() }
    }

    #[test]
    fn a_look_settles_what_it_reads_alike_and_nothing_else() {
        let need = 0.99;
        let seen = again(draft("中央", 0.5), need, |_| Ok(draft("中央", 0.99))).expect("no reader failed");
        assert!(seen.settled(need) && seen.reasons.len() == 1);
        let other = again(draft("中央", 0.5), need, |_| Ok(draft("中史", 0.99))).expect("no reader failed");
        assert!(!other.settled(need) && other.value() == Some(&json!("中央")));
        let mut looks = 0;
        let unsure = again(draft("中央", 0.5), need, |_| {
            looks += 1;
            Ok(draft("中央", 0.6))
        });
        assert!(!unsure.expect("no reader failed").settled(need) && looks == 2, "{looks}");
        let mut looked = false;
        let asked = again(draft("中央", 0.5).ask("印影"), need, |_| {
            looked = true;
            Ok(draft("中央", 0.99))
        });
        assert!(asked.expect("no reader failed").person && !looked, "a person looks anyway");
    }
}
