//! PDF pages, by PDFium.

use super::{OcrError, native::NativeParts, native::PDFIUM, page::Word, paper::DPI};
use image::DynamicImage;
use pdfium_render::prelude::{
    PdfDocument, PdfPage, PdfRenderConfig, Pdfium, PdfiumError, PdfiumInternalError,
};
use std::path::Path;

/// PDFium, bound once per process.
pub(super) struct Pdf(Pdfium);

/// A page that would be larger than this many pixels at 200 dpi is refused (more than A1), or longer than this many.
const MOST_PIXELS: f64 = 40e6;
const LONGEST_SIDE: f64 = 16_384.0;

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

    /// Page `n` (from 1) at 200 dpi, and the text it carries.
    pub(super) fn render(&self, bytes: &[u8], n: u32) -> Result<(DynamicImage, Vec<Word>), OcrError> {
        let document = self.open(bytes)?;
        let index = i32::try_from(n - 1).unwrap_or(i32::MAX);
        let page = document.pages().get(index as _).map_err(|e| unreadable(&e))?;
        let scale = DPI / 72.0;
        let (w, h) = (f64::from(page.width().value) * scale, f64::from(page.height().value) * scale);
        if w * h > MOST_PIXELS || w.max(h) > LONGEST_SIDE || w.min(h) < 1.0 {
            return Err(OcrError::unreadable("ページの大きさが扱える範囲（A1 まで）を超えています。"));
        }
        let config = PdfRenderConfig::new().scale_page_by_factor(scale as f32);
        let bitmap = page.render_with_config(&config).map_err(|e| unreadable(&e))?;
        let picture = bitmap.as_image().map_err(|e| unreadable(&e))?;
        Ok((picture, words(&page, scale, h)))
    }

    fn open<'a>(&'a self, bytes: &'a [u8]) -> Result<PdfDocument<'a>, OcrError> {
        self.0.load_pdf_from_byte_slice(bytes, None).map_err(|e| unreadable(&e))
    }
}

/// The text layer, piece by piece, in pixels from the top left.
fn words(page: &PdfPage<'_>, scale: f64, height: f64) -> Vec<Word> {
    let Ok(text) = page.text() else { return Vec::new() };
    let piece = |s: pdfium_render::prelude::PdfPageTextSegment<'_>| {
        let b = s.bounds();
        let (left, right) = (f64::from(b.left().value) * scale, f64::from(b.right().value) * scale);
        let (top, bottom) =
            (height - f64::from(b.top().value) * scale, height - f64::from(b.bottom().value) * scale);
        Word { text: s.text(), x: left, y: top, w: right - left, h: bottom - top }
    };
    text.segments().iter().map(piece).filter(|w| !w.text.trim().is_empty()).collect()
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
