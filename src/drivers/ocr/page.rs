//! A page of a file as a picture of 200 dpi.

use super::{
    OcrError,
    native::NativeParts,
    paper::{DPI, flatten},
    pdf::{Pdf, is_pdf, named_pdf},
    resize, tiff_page,
};
use image::{DynamicImage, GrayImage, ImageFormat, ImageReader, Limits, RgbImage};
use std::{cell::OnceCell, fs, io::Cursor, path::Path};

/// A letter that a PDF carries, in pixels of 200 dpi from the top left.
#[derive(Clone, PartialEq)]
pub(super) struct Letter {
    /// The letter.
    pub c: char,
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
    /// It is painted, not only there to be searched for.
    pub shown: bool,
}

impl Letter {
    /// Its middle.
    pub(super) const fn middle(&self) -> (f64, f64) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// The letter in another frame: `to` brings points there.
    pub(super) fn within(&self, to: impl Fn((f64, f64)) -> (f64, f64)) -> Self {
        let (a, b) = (to((self.x, self.y)), to((self.x + self.w, self.y + self.h)));
        let (x, y) = (a.0.min(b.0), a.1.min(b.1));
        Self { x, y, w: (a.0 - b.0).abs(), h: (a.1 - b.1).abs(), ..self.clone() }
    }
}

/// A page at 200 dpi.
pub(super) struct Sheet {
    /// Grey, paper flattened to 255.
    pub gray: GrayImage,
    /// The same in colour, where the page has any.
    pub colour: Option<RgbImage>,
    /// The text layer of a PDF.
    pub letters: Vec<Letter>,
}

/// Largest file that is opened, in MiB: pictures at 600 dpi that are not packed are large.
const MOST_MB: u64 = 200;
/// Largest PDF, in MiB.
const MOST_PDF_MB: u64 = 100;
/// Largest picture, in pixels.
const MOST_PIXELS: u64 = 100_000_000;
/// Longest side of a picture, in pixels.
const LONGEST_SIDE: u32 = 16_384;

/// Opens files; PDFium is loaded when the first PDF comes.
pub(super) struct Pages {
    native: NativeParts,
    pdf: OnceCell<Pdf>,
}

impl Pages {
    /// Nothing is loaded yet.
    pub(super) fn new(native: NativeParts) -> Self {
        Self { native, pdf: OnceCell::new() }
    }

    fn pdf(&self) -> Result<&Pdf, OcrError> {
        if self.pdf.get().is_none() {
            let _ = self.pdf.set(Pdf::new(&self.native)?);
        }
        Ok(self.pdf.get().expect("it was just put there"))
    }

    /// How many pages the file has.
    pub(super) fn count(&self, file: &Path) -> Result<u32, OcrError> {
        self.count_in(file, &bytes_of(file)?)
    }

    /// Page `n` (from 1); `paper` is the size expected, in mm, for pictures that do not say their resolution.
    pub(super) fn load(&self, file: &Path, n: u32, paper: (f64, f64)) -> Result<Sheet, OcrError> {
        let first = self.load_as(file, n, &[paper], 0)?;
        first.ok_or_else(|| OcrError::unreadable("ページの大きさがわかりません。"))
    }

    /// Page `n` in one of the sizes it may have as one of these papers, 0 the likeliest; none where it cannot have so many.
    pub(super) fn load_as(
        &self,
        file: &Path,
        n: u32,
        papers: &[(f64, f64)],
        way: usize,
    ) -> Result<Option<Sheet>, OcrError> {
        let (picture, stated, letters) = self.picture(file, &bytes_of(file)?, n)?;
        let size = (f64::from(picture.width()), f64::from(picture.height()));
        let dpi = possible_dpi(size, stated, papers).get(way).copied();
        Ok(dpi.map(|dpi| sheet(picture, dpi, letters)))
    }

    fn count_in(&self, file: &Path, bytes: &[u8]) -> Result<u32, OcrError> {
        let n = match kind(file, bytes)? {
            Kind::Pdf => self.pdf()?.count(bytes)?,
            Kind::Tiff => tiff_page::count(bytes)?,
            Kind::Picture(format) => {
                let (w, h) = reader(bytes, format).into_dimensions().map_err(|_| broken_picture())?;
                check_size(w, h)?;
                1
            }
        };
        if n == 0 { Err(OcrError::unreadable("ページがありません。")) } else { Ok(n) }
    }

    /// Page `n` as it is in the file, the dots per inch it states across and down, and the text it carries.
    fn picture(&self, file: &Path, bytes: &[u8], n: u32) -> Result<Picture, OcrError> {
        check_page(n, self.count_in(file, bytes)?)?;
        match kind(file, bytes)? {
            Kind::Pdf => {
                let (picture, dpi, letters) = self.pdf()?.render(bytes, n)?;
                Ok((picture, Some((dpi, dpi)), letters))
            }
            Kind::Tiff => tiff_page::load(bytes, n).map(|(picture, dpi)| (picture, dpi, Vec::new())),
            Kind::Picture(format) => Ok((decode(bytes, format)?, stated_dpi(bytes, format), Vec::new())),
        }
    }
}

type Picture = (DynamicImage, Option<(f64, f64)>, Vec<Letter>);

/// The door of a reader, without the reading behind it: opens strangers' files. For fuzzers and tests; a run asks a
/// [`crate::drivers::readers::ReaderPool`], whose children stand behind walls.
pub struct FrontDoor(Pages);

impl FrontDoor {
    /// Nothing is loaded yet.
    #[must_use]
    pub fn new(native: NativeParts) -> Self {
        Self(Pages::new(native))
    }

    /// The first `most` pages of a file: width and height in pixels, as the file has them (a PDF at 200 dpi, or less where its
    /// page is large).
    ///
    /// # Errors
    /// When the file or one of these pages cannot be opened; the message is for people.
    pub fn open(&self, bytes: &[u8], most: u32) -> Result<Vec<(u32, u32)>, OcrError> {
        let nameless = Path::new("");
        let pages = self.0.count_in(nameless, bytes)?.min(most);
        let size =
            |n| self.0.picture(nameless, bytes, n).map(|(picture, ..)| (picture.width(), picture.height()));
        (1..=pages).map(size).collect()
    }
}

enum Kind {
    Pdf,
    Tiff,
    Picture(ImageFormat),
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, OcrError> {
    let facts = fs::metadata(file).map_err(|_| OcrError::unreadable("ファイルがありません。"))?;
    if facts.is_dir() {
        return Err(OcrError::unreadable(
            "これはフォルダーです。中のファイル（PDF・TIFF・PNG・JPEG）を指定してください。",
        ));
    }
    let size = facts.len();
    if size == 0 {
        return Err(OcrError::unreadable("空のファイルです（0 バイト）。もう一度スキャンしてください。"));
    }
    let too_large = |most| {
        OcrError::unreadable(format!(
            "ファイルが大きすぎます（{most} MB まで）。分けてスキャンしてください。"
        ))
    };
    if size > MOST_MB << 20 {
        return Err(too_large(MOST_MB));
    }
    let bytes = fs::read(file)
        .map_err(|e| OcrError::unreadable(format!("開けません（{e}）。権限を確かめてください。")))?;
    if size > MOST_PDF_MB << 20 && is_pdf(&bytes) {
        return Err(too_large(MOST_PDF_MB));
    }
    Ok(bytes)
}

/// What the first bytes say; the file's name does not count.
fn kind(file: &Path, bytes: &[u8]) -> Result<Kind, OcrError> {
    if is_pdf(bytes) {
        Ok(Kind::Pdf)
    } else if tiff_page::is_tiff(bytes) {
        Ok(Kind::Tiff)
    } else if bytes.starts_with(b"\x89PNG") {
        Ok(Kind::Picture(ImageFormat::Png))
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Ok(Kind::Picture(ImageFormat::Jpeg))
    } else if named_pdf(file) {
        Err(OcrError::unreadable(
            "名前は PDF ですが、中身が PDF ではないか、壊れています。もう一度スキャンしてください。",
        ))
    } else {
        Err(OcrError::unreadable("対応していない形式です。PDF、TIFF、PNG、JPEG のどれかで置いてください。"))
    }
}

fn check_page(n: u32, pages: u32) -> Result<(), OcrError> {
    if (1..=pages).contains(&n) {
        return Ok(());
    }
    Err(OcrError::unreadable(format!("{n} ページ目はありません（全 {pages} ページ）。")))
}

/// How many pages a file may have. None is left out in silence: a file with more is refused.
pub(super) const MOST_PAGES: u32 = 500;

/// Refuses files with more pages than a scanner takes at once.
pub(super) fn check_count(pages: u32) -> Result<u32, OcrError> {
    if pages <= MOST_PAGES {
        return Ok(pages);
    }
    Err(OcrError::unreadable(format!(
        "ページが多すぎます（{MOST_PAGES} ページまで）。ファイルを分けて置き直してください。"
    )))
}

/// Refuses pictures that would take too much memory.
pub(super) fn check_size(w: u32, h: u32) -> Result<(), OcrError> {
    if u64::from(w) * u64::from(h) <= MOST_PIXELS && w.min(h) >= 100 && w.max(h) <= LONGEST_SIDE {
        return Ok(());
    }
    Err(OcrError::unreadable(format!(
        "画像の大きさが扱える範囲を外れています（{w} × {h} 画素。一辺 100〜16,384 画素、全体で 1 億画素まで）。200〜300 dpi でスキャンし直してください。"
    )))
}

fn reader(bytes: &[u8], format: ImageFormat) -> ImageReader<Cursor<&[u8]>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(900 << 20);
    reader.limits(limits);
    reader
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, OcrError> {
    let (w, h) = reader(bytes, format).into_dimensions().map_err(|_| broken_picture())?;
    check_size(w, h)?;
    if format == ImageFormat::Jpeg && !has_end(bytes) {
        return Err(OcrError::unreadable(
            "画像ファイルが途中で切れています。もう一度スキャンするか、コピーし直してください。",
        ));
    }
    reader(bytes, format).decode().map(on_white).map_err(|_| broken_picture())
}

/// Whether a JPEG has its end. What a copy that broke off lacks, the decoder fills up with grey, which is paper to us.
fn has_end(jpeg: &[u8]) -> bool {
    // A marker is 0xff and a number. Among the packed data of a picture only those stand that begin it anew (0xd0 to 0xd7); a
    // 0xff of the data is followed by 0.
    let marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 1 | 0xd0..=0xd8 | 0xff);
    let mut at = 0;
    while let Some(rest) = jpeg.get(at..) {
        let Some(next) = rest.windows(2).position(marker) else { return false };
        if rest[next + 1] == 0xd9 {
            return true;
        }
        // A part with a length of its own: a small picture inside it has its own end.
        let length =
            rest.get(next + 2..next + 4).map_or(2, |b| usize::from(u16::from_be_bytes([b[0], b[1]])));
        at += next + 2 + length;
    }
    false
}

/// A picture that lets something shine through (an exported PNG), on white paper.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture;
    }
    let gray = !picture.color().has_color();
    let mut laid = picture.into_rgba8();
    for p in laid.pixels_mut() {
        let [.., alpha] = p.0;
        let (cover, shine) = (u16::from(alpha), u16::from(255 - alpha));
        let over = |value: u8| ((u16::from(value) * cover + 255 * shine) / 255) as u8;
        p.0 = [over(p.0[0]), over(p.0[1]), over(p.0[2]), 255];
    }
    let laid = DynamicImage::ImageRgba8(laid);
    if gray { DynamicImage::ImageLuma8(laid.into_luma8()) } else { DynamicImage::ImageRgb8(laid.into_rgb8()) }
}

fn broken_picture() -> OcrError {
    OcrError::unreadable("画像ファイルが壊れています。もう一度スキャンしてください。")
}

/// The resolution a PNG or JPEG states, dots per inch across and down.
fn stated_dpi(bytes: &[u8], format: ImageFormat) -> Option<(f64, f64)> {
    let be32 =
        |at: usize| bytes.get(at..at + 4).map(|b| f64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]])));
    if format == ImageFormat::Png {
        let at = bytes[..bytes.len().min(65_536)].windows(4).position(|w| w == b"pHYs")?;
        let metric = bytes.get(at + 12) == Some(&1);
        return metric.then(|| Some((be32(at + 4)? * 0.0254, be32(at + 8)? * 0.0254)))?;
    }
    let at = bytes[..bytes.len().min(64)].windows(5).position(|w| w == b"JFIF\0")?;
    let be16 = |at: usize| bytes.get(at..at + 2).map(|b| f64::from(u16::from_be_bytes([b[0], b[1]])));
    let per = match bytes.get(at + 7)? {
        1 => 1.0,
        2 => 2.54,
        _ => return None,
    };
    Some((be16(at + 8)? * per, be16(at + 10)? * per))
}

/// Glasses and trays that a smaller paper may lie on, in mm: A3, B4, Legal, A4, B5 and Letter.
const GLASSES: [(f64, f64); 6] =
    [(297.0, 420.0), (257.0, 364.0), (215.9, 355.6), (210.0, 297.0), (182.0, 257.0), (215.9, 279.4)];

/// A sheet longer than this, in mm, is none: a program wrote down 72 dpi because it had to write something.
const LONGEST_MM: f64 = 500.0;

/// The resolutions that a picture of so many pixels may have, likeliest first: the stated one where it gives one of the papers
/// expected within a tenth; else those that do, the stated one where it gives a larger sheet, and those of the usual glasses
/// that are larger than a paper.
fn possible_dpi(size: (f64, f64), stated: Option<(f64, f64)>, papers: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let laid = |(a, b): (f64, f64)| if size.0 > size.1 { (a.max(b), a.min(b)) } else { (a.min(b), a.max(b)) };
    let on = |sheet: (f64, f64)| (size.0 / laid(sheet).0 * 25.4, size.1 / laid(sheet).1 * 25.4);
    let close = |a: f64, b: f64, by: f64| (a / b - 1.0).abs() < by;
    let guessed: Vec<(f64, f64)> = papers.iter().map(|paper| on(*paper)).collect();
    let stated = stated.filter(|(x, y)| (size.0 / x).max(size.1 / y) * 25.4 <= LONGEST_MM);
    let gives = |dpi: &(f64, f64)| guessed.iter().any(|g| close(dpi.0, g.0, 0.1) && close(dpi.1, g.1, 0.1));
    if let Some(dpi) = stated.filter(gives) {
        return vec![dpi];
    }
    let even = |(x, y): (f64, f64)| (f64::midpoint(x, y), f64::midpoint(x, y));
    // A fax has different resolutions across and down; any other picture has one.
    let (whole, last): (Vec<_>, Vec<_>) = guessed.into_iter().partition(|(x, y)| close(*x, *y, 0.1));
    let over = |g: &&(f64, f64)| papers.iter().any(|paper| g.0 * g.1 > paper.0 * paper.1 * LARGER);
    let larger = GLASSES.iter().filter(over).map(|g| on(*g)).filter(|(x, y)| close(*x, *y, 0.02));
    let mut all: Vec<(f64, f64)> = Vec::new();
    for dpi in whole.into_iter().map(even).chain(stated).chain(larger.map(even)).chain(last) {
        let known = |d: &(f64, f64)| close(d.0, dpi.0, 0.03) && close(d.1, dpi.1, 0.03);
        if !all.iter().any(known) {
            all.push(dpi);
        }
    }
    all
}

/// A sheet with so many times the area of a paper is larger than it, not only cut or measured badly.
pub(super) const LARGER: f64 = 1.15;

/// The picture at 200 dpi, grey with flattened paper, and in colour where it has any. Each picture is let go as soon as the
/// next one is made: a page of 100 million pixels is large.
fn sheet(picture: DynamicImage, dpi: (f64, f64), letters: Vec<Letter>) -> Sheet {
    let size = |n: u32, dpi: f64| (f64::from(n) * DPI / dpi).round().clamp(100.0, 8_000.0) as u32;
    let (w, h) = (size(picture.width(), dpi.0), size(picture.height(), dpi.1));
    // A fax with half as many lines down as dots across has the right width already.
    let near = |a: u32, b: u32| a.abs_diff(b) < 8;
    let same = near(w, picture.width()) && near(h, picture.height());
    let coloured = coloured(&picture);
    let gray = picture.to_luma8();
    let colour = coloured.then(|| picture.into_rgb8());
    if same {
        return Sheet { gray: flatten(&gray), colour, letters };
    }
    let colour = colour.map(|c| resize::rgb(&c, w, h));
    let gray = resize::gray(&gray, w, h);
    let (sx, sy) = (DPI / dpi.0, DPI / dpi.1);
    let letters = letters.iter().map(|l| l.within(|(x, y)| (x * sx, y * sy))).collect();
    Sheet { gray: flatten(&gray), colour, letters }
}

/// Whether more than one pixel in 100,000 (0.6 mm² of a page) is clearly coloured: one short line in red makes two to six.
fn coloured(picture: &DynamicImage) -> bool {
    if !picture.color().has_color() {
        return false;
    }
    let vivid = |p: &[u8]| p[0].max(p[1]).max(p[2]) - p[0].min(p[1]).min(p[2]) > 60;
    // Every fifth pixel is looked at. A quotient would be cut off.
    let enough = |raw: &[u8], n: usize| {
        raw.chunks_exact(n).step_by(5).filter(|p| vivid(p)).count() * n * 500_000 > raw.len()
    };
    match picture {
        DynamicImage::ImageRgb8(p) => enough(p.as_raw(), 3),
        DynamicImage::ImageRgba8(p) => enough(p.as_raw(), 4),
        other => enough(other.to_rgb8().as_raw(), 3),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::{bytes_of, coloured, decode, possible_dpi, sheet};
    use image::{
        DynamicImage, GrayAlphaImage, GrayImage, ImageFormat, Luma, LumaA, Rgb, RgbImage, RgbaImage,
        codecs::jpeg::JpegEncoder,
    };
    use std::{io::Cursor, path::Path};

    const A4: (f64, f64) = (210.0, 297.0);
    const A5: (f64, f64) = (148.0, 210.0);

    fn near(dpi: (f64, f64), wanted: f64) -> bool {
        (dpi.0 / wanted - 1.0).abs() < 0.02 && (dpi.1 / wanted - 1.0).abs() < 0.02
    }

    #[test]
    fn a_short_red_line_makes_a_page_one_in_colour() {
        let with = |sampled: u32| {
            let mut page = RgbImage::from_pixel(1000, 1000, Rgb([255; 3]));
            (0..sampled).for_each(|i| page.put_pixel(5 * i, 0, Rgb([205, 42, 48])));
            coloured(&DynamicImage::ImageRgb8(page))
        };
        assert!(with(3) && !with(2));
    }

    #[test]
    fn a_folder_in_place_of_a_file_is_told_in_words() {
        let said = bytes_of(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err().to_string();
        assert!(said.contains("フォルダーです") && said.contains("PDF"), "{said}");
    }

    #[test]
    fn a_picture_of_the_paper_has_the_resolution_it_states_or_the_one_that_fits() {
        assert_eq!(possible_dpi((1654.0, 2339.0), Some((200.0, 200.0)), &[A4]), [(200.0, 200.0)]);
        let silent = possible_dpi((2480.0, 3508.0), None, &[A4]);
        assert!(near(silent[0], 300.0) && near(silent[1], 212.1), "the paper, then A3: {silent:?}");
        let wrong = possible_dpi((2480.0, 3508.0), Some((72.0, 72.0)), &[A4]);
        assert!(near(wrong[0], 300.0), "a camera's 72 dpi is no resolution: {wrong:?}");
        assert!(wrong.iter().all(|dpi| dpi.0 > 150.0), "nor is a page of a metre tried: {wrong:?}");
        let fax = possible_dpi((1728.0, 1169.0), Some((204.0, 98.0)), &[A4]);
        assert!(fax.contains(&(204.0, 98.0)), "half as fine down the page, it looks wide: {fax:?}");
    }

    #[test]
    fn a_picture_of_a_larger_glass_may_be_that() {
        let legal = possible_dpi((1700.0, 2800.0), None, &[A4]);
        assert!(legal.iter().any(|dpi| near(*dpi, 200.0)), "{legal:?}");
        let stated = possible_dpi((3307.0, 2339.0), Some((200.0, 200.0)), &[A4]);
        assert!(stated.iter().any(|dpi| near(*dpi, 200.0)), "{stated:?}");
        let all = possible_dpi((3307.0, 4677.0), None, &[A4]);
        assert!(all.iter().any(|dpi| near(*dpi, 283.0)), "A3 at 283 dpi: {all:?}");
    }

    #[test]
    fn a_picture_may_be_any_of_several_papers() {
        let slip = possible_dpi((1165.0, 1654.0), None, &[A4, A5]);
        assert!(near(slip[0], 141.0) && near(slip[1], 200.0), "{slip:?}");
        let stated = possible_dpi((1165.0, 1654.0), Some((200.0, 200.0)), &[A4, A5]);
        assert_eq!(stated, [(200.0, 200.0)], "what it states gives one of them");
        assert_eq!(possible_dpi((1654.0, 2339.0), Some((200.0, 200.0)), &[A5, A4]), [(200.0, 200.0)]);
    }

    #[test]
    fn a_fax_with_half_as_many_lines_becomes_as_high_as_it_was() {
        let fax = DynamicImage::ImageLuma8(GrayImage::from_pixel(1728, 1143, Luma([255])));
        assert_eq!(sheet(fax.clone(), (200.0, 100.0), Vec::new()).gray.dimensions(), (1728, 2286));
        assert_eq!(sheet(fax, (200.0, 200.0), Vec::new()).gray.dimensions(), (1728, 1143));
    }

    /// A JPEG of grey noise: packed data that holds many a 0xff.
    fn jpeg() -> Vec<u8> {
        let noise = |x: u32, y: u32| (x * 7_919 + y * 104_729 + x * y * 31) % 251;
        let page = GrayImage::from_fn(320, 400, |x, y| Luma([noise(x, y) as u8]));
        let mut file = Vec::new();
        page.write_with_encoder(JpegEncoder::new_with_quality(&mut file, 95)).unwrap();
        file
    }

    #[test]
    fn a_jpeg_that_broke_off_is_refused_and_a_whole_one_is_not() {
        let whole = jpeg();
        let read = |file: &[u8]| decode(file, ImageFormat::Jpeg).map_err(|e| e.to_string());
        assert!(read(&whole).is_ok());
        assert!(read(&[&whole[..], b"what a camera adds"].concat()).is_ok());
        // A small picture in the header ends long before the picture does.
        let small = [&b"\xff\xe1\x00\x0cExif\0\0"[..], b"\xff\xd8\xff\xd9"].concat();
        let exif = [&whole[..2], &small[..], &whole[2..]].concat();
        assert!(read(&exif).is_ok());
        for part in [60, 75, 99] {
            let cut = |file: &[u8]| file[..file.len() * part / 100].to_vec();
            for file in [cut(&whole), cut(&exif), [cut(&whole), vec![0; 5_000]].concat()] {
                let said = read(&file).unwrap_err();
                assert!(said.contains("途中で切れて"), "{part} %: {said}");
            }
        }
    }

    #[test]
    fn a_png_that_lets_paper_shine_through_lies_on_white() {
        let read = |picture: DynamicImage| {
            let mut file = Cursor::new(Vec::new());
            picture.write_to(&mut file, ImageFormat::Png).unwrap();
            decode(&file.into_inner(), ImageFormat::Png).unwrap()
        };
        let mut page = RgbaImage::from_pixel(200, 200, image::Rgba([0, 0, 0, 0]));
        page.put_pixel(10, 10, image::Rgba([0, 0, 0, 255]));
        page.put_pixel(20, 10, image::Rgba([200, 0, 0, 128]));
        let page = read(DynamicImage::ImageRgba8(page));
        assert!(!page.color().has_alpha());
        let gray = page.to_luma8();
        assert_eq!([gray.get_pixel(0, 0)[0], gray.get_pixel(10, 10)[0]], [255, 0]);
        assert_eq!(page.to_rgb8().get_pixel(20, 10).0, [227, 127, 127]);
        let faint = GrayAlphaImage::from_pixel(200, 200, LumaA([0, 51]));
        let faint = read(DynamicImage::ImageLumaA8(faint));
        assert!(!faint.color().has_color() && faint.to_luma8().get_pixel(5, 5)[0] == 204);
    }
}
