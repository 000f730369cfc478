//! Whoever reads a line of writing.

use super::{OcrError, charset::Charset, ctc::Decoded};
use image::GrayImage;

/// Reads one line of writing: dark on white, any height.
pub(super) trait Recognizer {
    /// Reads the line as a text of these characters.
    fn read(&mut self, line: &GrayImage, charset: &Charset) -> Result<Decoded, OcrError>;
}
