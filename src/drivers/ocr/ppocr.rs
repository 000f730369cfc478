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
/// The widest: longer lines are squeezed.
const WIDEST: u32 = 1600;

/// A PP-OCR recognition model.
pub(super) struct PpOcr {
    model: Box<dyn Model>,
    alphabet: Alphabet,
    /// The narrowest picture it is given, in pixels: below it single characters are read badly.
    narrowest: u32,
    /// Time in the model so far.
    pub spent: Duration,
}

impl PpOcr {
    /// Loads it, checked; narrower lines than `narrowest` get white on both sides.
    pub(super) fn load(
        engine: &Engine,
        native: &NativeParts,
        part: &Part,
        narrowest: u32,
    ) -> Result<Self, OcrError> {
        let (_, bytes) = native.load(part)?;
        let alphabet = Alphabet::of_model(part.name, &bytes)?;
        Ok(Self { model: engine.load(part, bytes)?, alphabet, narrowest, spent: Duration::ZERO })
    }
}

impl Recognizer for PpOcr {
    fn read(&mut self, line: &GrayImage, charset: &Charset) -> Result<Decoded, OcrError> {
        let natural = f64::from(line.width()) * f64::from(HEIGHT) / f64::from(line.height().max(1));
        let w = (natural.round() as u32).clamp(8, WIDEST);
        let small = resize::gray(line, w, HEIGHT);
        let width = w.max(self.narrowest).next_multiple_of(8) as usize;
        let left = (width - w as usize) / 2;
        let mut plane = vec![1.0_f32; HEIGHT as usize * width];
        for (x, y, p) in small.enumerate_pixels() {
            plane[y as usize * width + left + x as usize] = f32::from(p[0]) / 127.5 - 1.0;
        }
        let input = [plane.as_slice(); 3].concat();
        let begun = Instant::now();
        let output = self.model.run(input, HEIGHT as usize, width)?;
        self.spent += begun.elapsed();
        let view = self.alphabet.view(charset);
        let mut decoded = decode(&output, &self.alphabet, &view);
        let on_line = |p: f64| (p * width as f64 - left as f64) / f64::from(w);
        decoded.places.iter_mut().for_each(|p| *p = on_line(*p));
        Ok(decoded)
    }
}
