//! Pages of a TIFF file, G4 fax pages included.

use super::{OcrError, page::MOST_PAGES};
use image::{DynamicImage, GrayImage, RgbImage};
use std::{borrow::Cow, collections::BTreeSet, io::Cursor, ops::RangeInclusive};
use tiff::{
    ColorType, TiffError,
    decoder::{ChunkType, Decoder, DecodingResult, Limits, ifd::Value},
    tags::Tag,
};

/// A TIFF file by its first bytes.
pub(super) fn is_tiff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*")
}

/// How many pages the file has.
pub(super) fn count(bytes: &[u8]) -> Result<u32, OcrError> {
    let mut decoder = open(bytes)?;
    let mut n = 1;
    while decoder.more_images() && n <= MOST_PAGES {
        decoder.next_image().map_err(|e| broken(&e))?;
        n += 1;
    }
    super::page::check_count(n)
}

/// Page `n` (from 1) and its dots per inch across and down, if it says.
pub(super) fn load(bytes: &[u8], n: u32) -> Result<(DynamicImage, Option<(f64, f64)>), OcrError> {
    let mut decoder = open(bytes)?;
    for _ in 1..n {
        decoder.next_image().map_err(|e| broken(&e))?;
    }
    let (w, h) = decoder.dimensions().map_err(|e| broken(&e))?;
    super::page::check_size(w, h)?;
    if !strips_are_there(&mut decoder, bytes.len() as u64) {
        return Err(broken_off());
    }
    let dpi = resolution(&mut decoder);
    let kind = decoder.colortype().map_err(|e| broken(&e))?;
    let cover = Cover::of(&mut decoder);
    let data = pixels(&mut decoder)?;
    Ok((picture(kind, (w, h), data, cover)?, dpi))
}

/// A file as its decoder reads it.
type File<'a> = Decoder<Cursor<Cow<'a, [u8]>>>;

fn open(bytes: &[u8]) -> Result<File<'_>, OcrError> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = 400 << 20;
    let file = Directories::new(bytes).readable();
    Decoder::new(Cursor::new(file)).map(|d| d.with_limits(limits)).map_err(|e| broken(&e))
}

/// The strips of a page in JPEG lie in the file whole: the decoder fills up with grey what one of them lacks. Of other kinds it
/// says so itself.
fn strips_are_there(decoder: &mut File<'_>, length: u64) -> bool {
    if decoder.get_tag_u32(Tag::Compression).ok() != Some(JPEG) {
        return true;
    }
    let kinds = [(Tag::StripOffsets, Tag::StripByteCounts), (Tag::TileOffsets, Tag::TileByteCounts)];
    kinds.into_iter().all(|(from, bytes)| {
        let (from, bytes) = (numbers(decoder, from), numbers(decoder, bytes));
        from.iter().zip(&bytes).all(|(from, n)| from.saturating_add(*n) <= length)
    })
}

fn numbers(decoder: &mut File<'_>, tag: Tag) -> Vec<u64> {
    decoder.get_tag_u64_vec(tag).unwrap_or_default()
}

/// What the page has for its pixels, one after another.
fn pixels(decoder: &mut File<'_>) -> Result<Vec<u8>, OcrError> {
    let planes = decoder.image_buffer_layout().map_err(|e| broken(&e))?.planes;
    // tiff 0.11.3 takes the last tiles of all planes but the first for whole ones, and panics.
    if planes > 1 && matches!(decoder.get_chunk_type(), ChunkType::Tile) {
        return Err(unsupported());
    }
    let mut read = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut read).map_err(|e| broken(&e))?;
    let DecodingResult::U8(data) = read else { return Err(unsupported()) };
    if data.len() < layout.complete_len {
        return Err(broken(&TiffError::LimitsExceeded));
    }
    Ok(if planes > 1 { interleaved(&data, planes) } else { data })
}

/// All red, then all green, then all blue, to one pixel after another.
fn interleaved(data: &[u8], planes: usize) -> Vec<u8> {
    let mut pixels = vec![0; data.len()];
    for (plane, values) in data.chunks_exact(data.len() / planes).enumerate() {
        for (pixel, value) in pixels.chunks_exact_mut(planes).zip(values) {
            pixel[plane] = *value;
        }
    }
    pixels
}

fn picture(
    kind: ColorType,
    (w, h): (u32, u32),
    data: Vec<u8>,
    cover: Cover,
) -> Result<DynamicImage, OcrError> {
    let made = match kind {
        ColorType::Gray(1) => GrayImage::from_raw(w, h, unpacked(w, h, &data)).map(DynamicImage::ImageLuma8),
        ColorType::Gray(8) => GrayImage::from_raw(w, h, data).map(DynamicImage::ImageLuma8),
        ColorType::RGB(8) => RgbImage::from_raw(w, h, data).map(DynamicImage::ImageRgb8),
        ColorType::YCbCr(8) => RgbImage::from_raw(w, h, rgb(data)).map(DynamicImage::ImageRgb8),
        ColorType::RGBA(8) => RgbImage::from_raw(w, h, on_white(&data, cover)).map(DynamicImage::ImageRgb8),
        _ => return Err(unsupported()),
    };
    made.ok_or_else(broken_off)
}

/// How the colours of a pixel that lets paper shine through are written down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cover {
    /// As they would be without that.
    Apart,
    /// Darkened by it already.
    Mixed,
}

impl Cover {
    fn of(decoder: &mut File<'_>) -> Self {
        let extra = decoder.get_tag_u32_vec(Tag::ExtraSamples).unwrap_or_default();
        if extra.first() == Some(&1) { Self::Mixed } else { Self::Apart }
    }
}

/// Pixels of red, green, blue and cover, on white paper. Where no pixel covers anything, the fourth value is none: some programs
/// leave it 0.
fn on_white(data: &[u8], kind: Cover) -> Vec<u8> {
    let covers = data.chunks_exact(4).any(|p| p[3] > 0);
    let over = |value: u8, cover: u8| {
        let own = u16::from(value) * u16::from(cover) / 255;
        let own = if kind == Cover::Mixed { value } else { own as u8 };
        own.saturating_add(255 - cover)
    };
    let laid = |p: &[u8]| [p[0], p[1], p[2]].map(|value| if covers { over(value, p[3]) } else { value });
    data.chunks_exact(4).flat_map(laid).collect()
}

/// Brightness and two differences of colour, as a JPEG has them, to red, green and blue.
fn rgb(mut data: Vec<u8>) -> Vec<u8> {
    for p in data.chunks_exact_mut(3) {
        let (y, blue, red) = (f32::from(p[0]), f32::from(p[1]) - 128.0, f32::from(p[2]) - 128.0);
        let mixed = [y + 1.402 * red, y - 0.344_136 * blue - 0.714_136 * red, y + 1.772 * blue];
        p.copy_from_slice(&mixed.map(|value| value.round() as u8));
    }
    data
}

/// One bit per pixel to one byte per pixel; 1 is white after the decoder has looked at the file's own convention.
fn unpacked(w: u32, h: u32, data: &[u8]) -> Vec<u8> {
    let stride = w.div_ceil(8) as usize;
    let bit = |i: usize| {
        let (x, y) = (i % w as usize, i / w as usize);
        data.get(y * stride + x / 8).is_none_or(|b| b >> (7 - x % 8) & 1 == 1)
    };
    (0..(w * h) as usize).map(|i| if bit(i) { 255 } else { 0 }).collect()
}

/// Resolutions of scanners and faxes, in dots per inch. Others are there because a program had to write something: 0, 1, 65,535.
const USUAL_DPI: RangeInclusive<f64> = 50.0..=4_800.0;

/// Dots per inch across and down.
fn resolution(decoder: &mut File<'_>) -> Option<(f64, f64)> {
    let per = match decoder.get_tag_u32(Tag::ResolutionUnit) {
        Ok(3) => 2.54,
        Ok(1) => return None,
        _ => 1.0,
    };
    let mut dpi = |tag| number(decoder, tag).map(|dots| dots * per).filter(|dpi| USUAL_DPI.contains(dpi));
    let x = dpi(Tag::XResolution)?;
    Some((x, dpi(Tag::YResolution).unwrap_or(x)))
}

/// The value of a tag as a number: the decoder turns no fraction into one, and resolutions are fractions.
fn number(decoder: &mut File<'_>, tag: Tag) -> Option<f64> {
    Some(match decoder.find_tag(tag).ok()?? {
        Value::Rational(part, whole) => f64::from(part) / f64::from(whole),
        Value::Float(number) => f64::from(number),
        Value::Double(number) => number,
        other => f64::from(other.into_u32().ok()?),
    })
}

/// What the decoder does not take as it stands in a file, put as it does.
struct Directories<'a> {
    bytes: Cow<'a, [u8]>,
    /// The lowest byte of a number comes first.
    little: bool,
    /// Where the strips begin whose bits were turned round: two pages may share one.
    turned: BTreeSet<usize>,
    /// How many bytes may still be turned round: as many as the file has.
    left: usize,
}

/// The values of one tag: short ones or long ones, how many, and where they stand.
#[derive(Clone, Copy)]
struct Values {
    short: bool,
    count: usize,
    at: usize,
}

/// Tags by their number, as the directories are read here before the decoder reads them.
const HEIGHT: u32 = 257;
const COMPRESSION: u32 = 259;
const BIT_ORDER: u32 = 266;
const ROWS_PER_STRIP: u32 = 278;
/// Where strips, or tiles, begin, and how long they are.
const STRIPS: [(u32, u32); 2] = [(273, 279), (324, 325)];
/// Kinds of compression: none, G4, runs of bytes; and JPEG.
const IN_BITS: [u32; 3] = [1, 4, 32_773];
const JPEG: u32 = 7;

impl<'a> Directories<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let little = bytes.starts_with(b"II");
        Self { bytes: Cow::Borrowed(bytes), little, turned: BTreeSet::new(), left: bytes.len() }
    }

    /// Goes through the directories; one that leads back to an earlier one finds nothing left to do there.
    fn readable(mut self) -> Cow<'a, [u8]> {
        let mut next = self.number(4, false);
        for _ in 0..=MOST_PAGES {
            let Some(at) = next.filter(|at| *at > 0).map(|at| at as usize) else { break };
            self.end_strips(at);
            self.turn_bits(at);
            next = self.number(at, true).and_then(|n| self.number(at + 2 + 12 * n as usize, false));
        }
        self.bytes
    }

    /// A page that is one strip may say that its strip goes on for ever: 4,294,967,295 rows. It has no more than the page.
    fn end_strips(&mut self, directory: usize) {
        let (rows, height) = (self.tag(directory, ROWS_PER_STRIP), self.first(directory, HEIGHT));
        if let (Some(rows), Some(height)) = (rows, height)
            && self.value(rows, 0).is_some_and(|said| said > height)
        {
            self.put(rows, height);
        }
    }

    /// Fax modems send the lowest bit of a byte first, and some programs write them down so.
    fn turn_bits(&mut self, directory: usize) {
        let compression = self.first(directory, COMPRESSION).unwrap_or(1);
        let Some(order) = self.tag(directory, BIT_ORDER) else { return };
        if self.value(order, 0) != Some(2) || !IN_BITS.contains(&compression) {
            return;
        }
        for (from, length) in STRIPS {
            if let (Some(from), Some(length)) = (self.tag(directory, from), self.tag(directory, length)) {
                self.turn_strips(from, length);
            }
        }
        self.put(order, 1);
    }

    fn turn_strips(&mut self, from: Values, length: Values) {
        for i in 0..from.count {
            let (Some(at), Some(n)) = (self.value(from, i), self.value(length, i)) else { return };
            let at = (at as usize).min(self.bytes.len());
            let end = at.saturating_add(n as usize).min(self.bytes.len());
            if end - at > self.left {
                return;
            }
            if self.turned.insert(at) {
                self.left -= end - at;
                for byte in &mut self.bytes.to_mut()[at..end] {
                    *byte = byte.reverse_bits();
                }
            }
        }
    }

    /// The values of a tag of the directory; none where it has no such tag, or one of another kind.
    fn tag(&self, directory: usize, wanted: u32) -> Option<Values> {
        let count = self.number(directory, true)? as usize;
        let mut places = (0..count).map(|i| directory + 2 + 12 * i);
        let at = places.find(|at| self.number(*at, true) == Some(wanted))?;
        let short = match self.number(at + 2, true)? {
            3 => true,
            4 => false,
            _ => return None,
        };
        let count = self.number(at + 4, false)? as usize;
        let inside = count.saturating_mul(if short { 2 } else { 4 }) <= 4;
        let at = if inside { at + 8 } else { self.number(at + 8, false)? as usize };
        Some(Values { short, count, at })
    }

    /// The first value of a tag.
    fn first(&self, directory: usize, wanted: u32) -> Option<u32> {
        self.value(self.tag(directory, wanted)?, 0)
    }

    fn value(&self, values: Values, i: usize) -> Option<u32> {
        let at = values.at + i * if values.short { 2 } else { 4 };
        if i < values.count { self.number(at, values.short) } else { None }
    }

    /// The number of two or four bytes that stands there.
    fn number(&self, at: usize, short: bool) -> Option<u32> {
        let mut four = [0; 4];
        let n = if short { 2 } else { 4 };
        four[..n].copy_from_slice(self.bytes.get(at..at.checked_add(n)?)?);
        if !self.little {
            four[..n].reverse();
        }
        Some(u32::from_le_bytes(four))
    }

    /// Writes the first value of a tag.
    fn put(&mut self, values: Values, number: u32) {
        let mut four = number.to_le_bytes();
        let n = if values.short { 2 } else { 4 };
        if !self.little {
            four[..n].reverse();
        }
        if let Some(place) = self.bytes.to_mut().get_mut(values.at..values.at + n) {
            place.copy_from_slice(&four[..n]);
        }
    }
}

fn broken_off() -> OcrError {
    OcrError::unreadable("TIFF の途中でデータが切れています。もう一度スキャンしてください。")
}

fn broken(error: &TiffError) -> OcrError {
    match error {
        TiffError::UnsupportedError(_) => unsupported(),
        TiffError::LimitsExceeded => OcrError::unreadable("画像が大きすぎます（1 億画素まで）。"),
        _ => OcrError::unreadable("TIFF が壊れています。もう一度スキャンしてください。"),
    }
}

fn unsupported() -> OcrError {
    OcrError::unreadable(
        "対応していない形式の TIFF です。白黒（G4）、グレー 8 ビット、カラー 24 ビットで保存してください。",
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::{count, load};
    use image::{DynamicImage, Rgb, RgbImage, codecs::jpeg::JpegEncoder};
    use std::io::Cursor;
    use tiff::{
        encoder::{Rational, TiffEncoder, colortype::Gray8},
        tags::{self, ResolutionUnit},
    };

    /// A tag: its number, 3 for a short value or 4 for a long one, the value.
    type Tag = (u16, u16, u32);

    /// A TIFF of one page that is one strip: its tags, to which those of the strip are added, and the strip.
    fn tiff(little: bool, tags: &[Tag], strip: &[u8]) -> Vec<u8> {
        let begins = 8 + 2 + 12 * (tags.len() + 2) + 4;
        let mut all = tags.to_vec();
        all.push((273, 4, u32::try_from(begins).unwrap()));
        all.push((279, 4, u32::try_from(strip.len()).unwrap()));
        all.sort_unstable();
        let ordered = |mut bytes: Vec<u8>| {
            if !little {
                bytes.reverse();
            }
            bytes
        };
        let short = |n: u16| ordered(n.to_le_bytes().to_vec());
        let long = |n: u32| ordered(n.to_le_bytes().to_vec());
        let mut file = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        file.extend(long(8));
        file.extend(short(u16::try_from(all.len()).unwrap()));
        for (tag, kind, value) in all {
            let mut written = if kind == 3 { short(u16::try_from(value).unwrap()) } else { long(value) };
            written.resize(4, 0);
            file.extend([short(tag), short(kind), long(1), written].concat());
        }
        [file, long(0), strip.to_vec()].concat()
    }

    /// The tags of a page in black and white of 104 × 100 pixels: its compression, and what is special about it.
    fn bits(compression: u32, special: Tag) -> [Tag; 7] {
        [(256, 3, 104), (257, 3, 100), (258, 3, 1), (259, 3, compression), (262, 3, 0), (277, 3, 1), special]
    }

    /// 100 rows of 104 pixels in G4, in each of them black from 20 to 40.
    fn g4() -> Vec<u8> {
        // 20 white, 20 black, the rest white; then each row as the one above; the end.
        let first = ["001", "0001000", "00001101000", "1"].concat();
        let code = [first, "111".repeat(99), "000000000001".repeat(2)].concat();
        let byte =
            |bits: &[u8]| (0..8).fold(0_u8, |byte, i| byte << 1 | u8::from(bits.get(i) == Some(&b'1')));
        code.as_bytes().chunks(8).map(byte).collect()
    }

    fn black_from_20_to_40(file: &[u8]) -> bool {
        let (page, _): (DynamicImage, _) = load(file, 1).unwrap();
        let gray = page.to_luma8();
        let right = |(x, _, p): (u32, u32, &image::Luma<u8>)| (p[0] == 0) == (20..40).contains(&x);
        gray.dimensions() == (104, 100) && gray.enumerate_pixels().all(right)
    }

    #[test]
    fn a_strip_that_is_said_to_go_on_for_ever_ends_with_the_page() {
        for little in [true, false] {
            for rows in [100, 4_294_967_295] {
                let file = tiff(little, &bits(4, (278, 4, rows)), &g4());
                assert_eq!(count(&file).unwrap(), 1);
                assert!(black_from_20_to_40(&file), "{rows} rows, little {little}");
            }
        }
    }

    #[test]
    fn bits_that_stand_the_other_way_round_are_read_the_other_way_round() {
        let row: Vec<u8> = [&[0_u8, 0, 0x0f, 0xff, 0xff][..], &[0; 8]].concat();
        for little in [true, false] {
            for (compression, strip) in [(4, g4()), (1, row.repeat(100))] {
                let turned: Vec<u8> = strip.iter().copied().map(u8::reverse_bits).collect();
                let usual = tiff(little, &bits(compression, (266, 3, 1)), &strip);
                let other = tiff(little, &bits(compression, (266, 3, 2)), &turned);
                assert!(black_from_20_to_40(&usual), "{compression}, little {little}");
                assert!(black_from_20_to_40(&other), "{compression}, little {little}, turned");
            }
        }
    }

    #[test]
    fn a_jpeg_in_a_tiff_has_its_colours_and_all_of_its_rows() {
        let page =
            RgbImage::from_fn(160, 120, |x, _| Rgb(if x < 80 { [200, 30, 40] } else { [30, 60, 180] }));
        let mut jpeg = Vec::new();
        page.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 95)).unwrap();
        let tags =
            [(256, 3, 160), (257, 3, 120), (258, 3, 8), (259, 3, 7), (262, 3, 6), (277, 3, 3), (278, 3, 120)];
        let file = tiff(true, &tags, &jpeg);
        let read = load(&file, 1).unwrap().0.to_rgb8();
        for (x, colour) in [(20, [200, 30, 40]), (140, [30, 60, 180])] {
            let seen = read.get_pixel(x, 60).0;
            assert!(seen.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 6), "{seen:?} for {colour:?}");
        }
        let said = load(&file[..file.len() - jpeg.len() / 4], 1).unwrap_err().to_string();
        assert!(said.contains("途中でデータが切れて"), "{said}");
    }

    /// The resolution of a page that states these fractions.
    fn stated(unit: ResolutionUnit, x: (u32, u32), y: (u32, u32)) -> Option<(f64, f64)> {
        let mut file = Cursor::new(Vec::new());
        {
            let mut encoder = TiffEncoder::new(&mut file).unwrap();
            let mut page = encoder.new_image::<Gray8>(100, 100).unwrap();
            page.resolution_unit(unit);
            page.x_resolution(Rational { n: x.0, d: x.1 });
            page.y_resolution(Rational { n: y.0, d: y.1 });
            page.write_data(&[255; 10_000]).unwrap();
        }
        load(&file.into_inner(), 1).unwrap().1
    }

    #[test]
    fn a_page_has_the_resolution_that_it_states_in_fractions() {
        let scan = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/paper/scans/受付0013.tif");
        let scan = std::fs::read(scan).unwrap();
        assert_eq!(load(&scan, 2).unwrap().1, Some((200.0, 200.0)));
        assert_eq!(stated(ResolutionUnit::Inch, (204, 1), (98, 1)), Some((204.0, 98.0)));
        let metric = stated(ResolutionUnit::Centimeter, (80, 1), (77, 2)).unwrap();
        assert!((metric.0 - 203.2).abs() < 0.01 && (metric.1 - 97.79).abs() < 0.01, "{metric:?}");
    }

    #[test]
    fn a_resolution_that_can_be_none_is_none() {
        assert_eq!(stated(ResolutionUnit::None, (200, 1), (200, 1)), None);
        for nonsense in [(0, 0), (0, 1), (200, 0), (1, 1), (u32::MAX, 1)] {
            assert_eq!(stated(ResolutionUnit::Inch, nonsense, nonsense), None, "{nonsense:?}");
            assert_eq!(stated(ResolutionUnit::Inch, (200, 1), nonsense), Some((200.0, 200.0)));
        }
    }

    #[test]
    fn colours_that_stand_one_after_another_in_the_file_are_laid_together() {
        let mut file = Cursor::new(Vec::new());
        {
            let mut encoder = TiffEncoder::new(&mut file).unwrap();
            let mut page = encoder.image_directory().unwrap();
            // Two strips for each colour: 60 rows and 40.
            let mut strips = Vec::new();
            let mut lengths = Vec::new();
            for (left, right) in [(200_u8, 30), (30, 60), (40, 180)] {
                for rows in [60, 40] {
                    let strip = [[left; 60], [right; 60]].concat().repeat(rows);
                    strips.push(u32::try_from(page.write_data(&strip[..]).unwrap()).unwrap());
                    lengths.push(u32::try_from(strip.len()).unwrap());
                }
            }
            for (tag, value) in [
                (tags::Tag::ImageWidth, 120_u32),
                (tags::Tag::ImageLength, 100),
                (tags::Tag::BitsPerSample, 8),
                (tags::Tag::Compression, 1),
                (tags::Tag::PhotometricInterpretation, 2),
                (tags::Tag::SamplesPerPixel, 3),
                (tags::Tag::RowsPerStrip, 60),
                (tags::Tag::PlanarConfiguration, 2),
            ] {
                page.write_tag(tag, value).unwrap();
            }
            page.write_tag(tags::Tag::StripOffsets, &strips[..]).unwrap();
            page.write_tag(tags::Tag::StripByteCounts, &lengths[..]).unwrap();
            page.finish().unwrap();
        }
        let read = load(&file.into_inner(), 1).unwrap().0.to_rgb8();
        for y in [5, 95] {
            assert_eq!(read.get_pixel(20, y).0, [200, 30, 40]);
            assert_eq!(read.get_pixel(100, y).0, [30, 60, 180]);
        }
    }

    #[test]
    fn a_page_that_lets_paper_shine_through_lies_on_white() {
        // All clear, half clear, black.
        let row = |half: [u8; 4]| [[0_u8; 4].repeat(40), half.repeat(40), [0, 0, 0, 255].repeat(20)].concat();
        let read = |extra: Tag, row: &[u8]| {
            let tags =
                [(256, 3, 100), (257, 3, 100), (258, 3, 8), (259, 3, 1), (262, 3, 2), (277, 3, 4), extra];
            let page = load(&tiff(true, &tags, &row.repeat(100)), 1).unwrap().0.to_rgb8();
            [20, 60, 90].map(|x| page.get_pixel(x, 50).0)
        };
        let wanted = [[255; 3], [227, 127, 127], [0; 3]];
        assert_eq!(read((338, 3, 2), &row([200, 0, 0, 128])), wanted);
        assert_eq!(read((338, 3, 1), &row([100, 0, 0, 128])), wanted, "darkened already");
        // A fourth value that nobody filled in.
        let plain = [[255_u8, 255, 255, 0].repeat(80), [0; 4].repeat(20)].concat();
        assert_eq!(read((278, 3, 100), &plain), [[255; 3], [255; 3], [0; 3]]);
    }
}
