//! The neural readers: PP-OCR recognition models, one line at a time, with their probabilities kept.

use super::{
    OcrError,
    alphabet::Alphabet,
    charset::Charset,
    ctc::{Decoded, decode},
    model::{Engine, Model},
    native::{NativeParts, Part},
    recognizer::Recognizer,
    resize,
};
use image::GrayImage;
use std::time::{Duration, Instant};

/// The height at which the models read, in pixels.
const HEIGHT: u32 = 48;
/// The narrowest picture they are given: below it single characters are read badly.
const NARROWEST: u32 = 64;
/// The widest: longer lines are squeezed.
const WIDEST: u32 = 1600;

/// A PP-OCR recognition model.
pub(super) struct PpOcr {
    model: Box<dyn Model>,
    alphabet: Alphabet,
    /// Time in the model so far.
    pub spent: Duration,
}

impl PpOcr {
    /// Loads it, checked.
    pub(super) fn load(engine: &Engine, native: &NativeParts, part: &Part) -> Result<Self, OcrError> {
        let (_, bytes) = native.load(part)?;
        let alphabet = Alphabet::of_model(part.name, &bytes)?;
        Ok(Self { model: engine.load(part, bytes)?, alphabet, spent: Duration::ZERO })
    }
}

impl Recognizer for PpOcr {
    fn read(&mut self, line: &GrayImage, charset: &Charset) -> Result<Decoded, OcrError> {
        let natural = f64::from(line.width()) * f64::from(HEIGHT) / f64::from(line.height().max(1));
        let w = (natural.round() as u32).clamp(8, WIDEST);
        let small = resize::gray(line, w, HEIGHT);
        let width = w.max(NARROWEST).next_multiple_of(8) as usize;
        let mut plane = vec![1.0_f32; HEIGHT as usize * width];
        for (x, y, p) in small.enumerate_pixels() {
            plane[y as usize * width + x as usize] = f32::from(p[0]) / 127.5 - 1.0;
        }
        let input = [plane.as_slice(); 3].concat();
        let begun = Instant::now();
        let output = self.model.run(input, HEIGHT as usize, width)?;
        self.spent += begun.elapsed();
        let view = self.alphabet.view(charset);
        let mut decoded = decode(&output, &self.alphabet, &view);
        let used = f64::from(w) / width as f64;
        decoded.places.iter_mut().for_each(|p| *p /= used);
        Ok(decoded)
    }
}
