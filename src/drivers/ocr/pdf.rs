//! PDF pages, by PDFium.

use super::{OcrError, native::NativeParts, native::PDFIUM, page::Letter, paper::DPI};
use image::DynamicImage;
use pdfium_render::prelude::{
    PdfDocument, PdfPage, PdfPageTextChar, PdfPageTextRenderMode, PdfRenderConfig, Pdfium, PdfiumError,
    PdfiumInternalError,
};
use std::path::Path;

/// PDFium, bound once per process.
pub(super) struct Pdf(Pdfium);

/// A page that would have more pixels than this at 200 dpi (more than A1), or a longer side, is drawn coarser: a scan whose
/// program made one point of each pixel is a sheet of a metre, and has more pixels than it needs all the same.
const MOST_PIXELS: f64 = 40e6;
/// A little less than the longest side of a picture: sides are rounded.
const LONGEST_SIDE: f64 = 16_380.0;
/// A page that would be drawn coarser than this, in pixels per point, is refused.
const COARSEST: f64 = 0.5;

impl Pdf {
    /// Loads the library.
    pub(super) fn new(native: &NativeParts) -> Result<Self, OcrError> {
        let (path, _) = native.load(&PDFIUM)?;
        let broken =
            |e: PdfiumError| OcrError::NativeBroken { part: path.display().to_string(), why: e.to_string() };
        Ok(Self(Pdfium::new(Pdfium::bind_to_library(&path).map_err(broken)?)))
    }

    /// How many pages the document has.
    pub(super) fn count(&self, bytes: &[u8]) -> Result<u32, OcrError> {
        super::page::check_count(u32::try_from(self.open(bytes)?.pages().len()).unwrap_or(0))
    }

    /// Page `n` (from 1) at 200 dpi or less, at how many, and the text it carries.
    pub(super) fn render(&self, bytes: &[u8], n: u32) -> Result<(DynamicImage, f64, Vec<Letter>), OcrError> {
        let document = self.open(bytes)?;
        let index = i32::try_from(n - 1).unwrap_or(i32::MAX);
        let page = document.pages().get(index as _).map_err(|e| unreadable(&e))?;
        let scale =
            scale((f64::from(page.width().value), f64::from(page.height().value))).ok_or_else(|| {
                OcrError::unreadable(
                    "ページの大きさが扱える範囲を外れています。200〜300 dpi でスキャンし直してください。",
                )
            })?;
        let config = PdfRenderConfig::new().scale_page_by_factor(scale as f32);
        let bitmap = page.render_with_config(&config).map_err(|e| unreadable(&e))?;
        let picture = bitmap.as_image().map_err(|e| unreadable(&e))?;
        let letters = letters(&page, &config);
        Ok((picture, scale * 72.0, letters))
    }

    fn open<'a>(&'a self, bytes: &'a [u8]) -> Result<PdfDocument<'a>, OcrError> {
        self.0.load_pdf_from_byte_slice(bytes, None).map_err(|e| unreadable(&e))
    }
}

/// Pixels per point for a page of so many points; none where it is too large, or no page.
fn scale((w, h): (f64, f64)) -> Option<f64> {
    let fits = (MOST_PIXELS / (w * h)).sqrt().min(LONGEST_SIDE / w.max(h));
    let scale = (DPI / 72.0).min(fits);
    (scale >= COARSEST && w.min(h) * scale >= 1.0).then_some(scale)
}

/// A page with more letters than this is no page of a form: its text layer is left alone.
const MOST_LETTERS: usize = 20_000;

/// The text layer, letter by letter, in pixels from the top left of the page as it is shown.
fn letters(page: &PdfPage<'_>, config: &PdfRenderConfig) -> Vec<Letter> {
    let Ok(text) = page.text() else { return Vec::new() };
    let chars = text.chars();
    if chars.len() > MOST_LETTERS {
        return Vec::new();
    }
    chars.iter().filter_map(|c| letter(page, config, &c)).collect()
}

/// One letter; none for spaces, and for what PDFium adds between words.
fn letter(page: &PdfPage<'_>, config: &PdfRenderConfig, c: &PdfPageTextChar<'_>) -> Option<Letter> {
    let said = c.unicode_char().filter(|c| !c.is_whitespace() && !c.is_control())?;
    let b = c.tight_bounds().ok()?;
    // PDFium knows how the page is turned and cut.
    let at = |x, y| page.points_to_pixels(x, y, config).ok().map(|(x, y)| (f64::from(x), f64::from(y)));
    let (a, b) = (at(b.left(), b.top())?, at(b.right(), b.bottom())?);
    let shown = c.render_mode().is_ok_and(|mode| mode != PdfPageTextRenderMode::Invisible);
    let (x, y) = (a.0.min(b.0), a.1.min(b.1));
    Some(Letter { c: said, x, y, w: (a.0 - b.0).abs(), h: (a.1 - b.1).abs(), shown })
}

/// PDFium's reason in the words of a person.
fn unreadable(error: &PdfiumError) -> OcrError {
    OcrError::unreadable(match error {
        PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::PasswordError) => {
            "パスワード付きの PDF です。パスワードを外して置き直してください。"
        }
        PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::SecurityError) => {
            "閲覧が制限された PDF です。制限を外して置き直してください。"
        }
        _ => "PDF が壊れています。もう一度スキャンしてください。",
    })
}

/// The path is a PDF by its first bytes.
pub(super) fn is_pdf(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(1024)].windows(5).any(|w| w == b"%PDF-")
}

/// Whether the file's ending says that it is a PDF.
pub(super) fn named_pdf(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf"))
}

#[cfg(test)]
mod tests {
    use super::{DPI, MOST_PIXELS, scale};

    #[test]
    fn a_page_with_a_point_for_each_pixel_is_drawn_coarser_and_a_huge_one_not_at_all() {
        let usual = |dpi: f64| (210.0 / 25.4 * dpi, 297.0 / 25.4 * dpi);
        for page in [usual(72.0), usual(200.0)] {
            assert!(scale(page).is_some_and(|s| (s - DPI / 72.0).abs() < 1e-9), "{page:?}");
        }
        for dpi in [231.0, 300.0, 400.0, 600.0] {
            let (w, h) = usual(dpi);
            assert!(scale((w, h)).is_some_and(|s| s > 1.0 && w * h * s * s < MOST_PIXELS * 1.001), "{dpi}");
        }
        assert!([(14_400.0, 14_400.0), (0.0, 0.0), (0.0, 842.0)].iter().all(|page| scale(*page).is_none()));
        assert!(scale((3.0, 14_400.0)).is_some_and(|s| 14_400.0 * s < 16_384.0));
    }
}
