//! The doors through which strangers' files come in: pages (PDF, TIFF, PNG, JPEG) and workbooks. What opens has a size that may
//! be; what does not is refused with a sentence in Japanese.

use shoki::drivers::{
    excel::{Column, Wanted, table_in, workbook},
    ocr::{FrontDoor, NativeParts, OcrError, Runtime},
};
use std::{
    io::{Cursor, Write},
    sync::Once,
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// So many pages of a file are opened.
const PAGES: u32 = 2;

static QUIET: Once = Once::new();

thread_local! {
    static DOOR: FrontDoor =
        FrontDoor::new(NativeParts { folder: None, runtime: Runtime::Auto, tessdata: None, calibration: None });
}

/// A page of any kind. The checksums of a PNG are made right first, so that its contents are reached.
///
/// # Panics
/// When a promise is broken.
pub fn page(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    sum_up(&mut bytes);
    match DOOR.with(|door| door.open(&bytes, PAGES)) {
        Ok(pages) => assert!(pages.iter().all(|(w, h)| (1..=16_384).contains(w) && (1..=16_384).contains(h))),
        Err(OcrError::NativeMissing { part }) => {
            panic!("{part} is not on this machine: sh installer/native.sh")
        }
        Err(error) => assert!(!error.to_string().is_ascii(), "not in Japanese: {error}"),
    }
}

/// Puts the right checksum behind every chunk of a PNG.
fn sum_up(bytes: &mut [u8]) {
    let mut at = 8;
    while bytes.starts_with(b"\x89PNG") && at + 12 <= bytes.len() {
        let length = u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize;
        let end = at + 8 + length;
        if end + 4 > bytes.len() {
            return;
        }
        let sum = crc32fast::hash(&bytes[at + 4..end]);
        bytes[end..end + 4].copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
}

/// The parts of the workbook that [`book`] puts its input into, and what they hold when they are sound.
const PARTS: [(&str, &str); 7] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
    ),
    (
        "xl/sharedStrings.xml",
        r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="2" uniqueCount="2"><si><t>氏名</t></si><si><t xml:space="preserve">髙橋　花子</t></si></sst>"#,
    ),
    (
        "xl/styles.xml",
        r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="[$-411]ge.m.d"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>"#,
    ),
    (
        "xl/worksheets/sheet1.xml",
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:B3"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>日付</t></is></c></row><row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" s="1"><v>46113</v></c></row><row r="3"><c r="A3"><f>SUM(B2:B2)</f><v>46113</v></c><c r="B3" t="e"><v>#N/A</v></c></row></sheetData><mergeCells count="1"><mergeCell ref="A4:B5"/></mergeCells></worksheet>"#,
    ),
];

/// A workbook: the first byte says which part the rest stands for, or that the rest is the whole file.
///
/// # Panics
/// When a promise is broken.
pub fn book(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else { return };
    let which = usize::from(*which) % (PARTS.len() + 1);
    let file = if which == PARTS.len() { rest.to_vec() } else { packed(which, rest) };
    let column = |title: &str| Column { title: title.to_owned(), ..Column::default() };
    let wanted = Wanted {
        header: 1,
        columns: vec![column("氏名"), column("日付")],
        cells: vec![("左上".to_owned(), "A1".to_owned())],
        until: Some("月計".to_owned()),
        ..Wanted::default()
    };
    // A panic of the library is caught where it is called; libFuzzer would end the process before.
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    if let Err(fault) = workbook(file, "台帳.xlsx").and_then(|book| table_in(book, "台帳.xlsx", &wanted))
    {
        assert!(!fault.to_string().is_ascii(), "not in Japanese: {fault}");
    }
}

/// A sound workbook but for one part.
fn packed(which: usize, part: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (n, (name, sound)) in PARTS.iter().enumerate() {
        archive.start_file(*name, stored).expect("names are good");
        archive.write_all(if n == which { part } else { sound.as_bytes() }).expect("memory can be written");
    }
    archive.finish().expect("memory can be written").into_inner()
}

/// What the fuzzer of workbooks begins with: every part, sound, and whole workbooks of all kinds.
///
/// # Panics
/// When the workbook of older Excel is not in the repository.
#[must_use]
pub fn book_seeds() -> Vec<Vec<u8>> {
    let parts = (0_u8..).zip(PARTS).map(|(n, (_, sound))| [&[n], sound.as_bytes()].concat());
    let old = std::fs::read(super::root().join("fixtures/workbooks/旧形式.xls")).expect("it is there");
    let whole = [packed(PARTS.len(), &[]), open_document(), old];
    parts.chain(whole.iter().map(|file| [&[7], file.as_slice()].concat())).collect()
}

/// A sound `OpenDocument` workbook.
fn open_document() -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, part) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<manifest:manifest xmlns:manifest=\"m\"></manifest:manifest>"),
        (
            "content.xml",
            r#"<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet><table:table table:name="表"><table:table-row><table:table-cell office:value-type="string"><text:p>氏名<text:s text:c="2"/></text:p></table:table-cell><table:table-cell office:value-type="date" office:date-value="2026-04-01"/></table:table-row><table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="2"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#,
        ),
    ] {
        archive.start_file(name, stored).expect("names are good");
        archive.write_all(part.as_bytes()).expect("memory can be written");
    }
    archive.finish().expect("memory can be written").into_inner()
}

/// What the fuzzer of pages begins with: small pages of every kind.
///
/// # Panics
/// When a picture cannot be written to memory.
#[must_use]
pub fn page_seeds() -> Vec<Vec<u8>> {
    use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbImage};
    let gray = GrayImage::from_fn(120, 104, |x, y| Luma([if (x / 9 + y / 7) % 2 == 0 { 250 } else { 20 }]));
    let colour = RgbImage::from_fn(104, 120, |x, y| image::Rgb([200, (x % 250) as u8, (y % 250) as u8]));
    let pictures = [DynamicImage::ImageLuma8(gray), DynamicImage::ImageRgb8(colour)];
    let written = |picture: &DynamicImage, format| {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).expect("memory can be written");
        file.into_inner()
    };
    let kinds = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff];
    let drawn = pictures.iter().flat_map(|p| kinds.map(|format| written(p, format)));
    drawn.chain([fax(), PDF.as_bytes().to_vec()]).collect()
}

/// A G4 page of 104 × 100 white pixels, as a fax writes it.
fn fax() -> Vec<u8> {
    let tags: [(u16, u16, u32); 9] = [
        (256, 3, 104), // width
        (257, 3, 100), // height
        (258, 3, 1),   // bits
        (259, 3, 4),   // G4
        (262, 3, 0),   // 0 is white
        (273, 4, 122), // where
        (277, 3, 1),   // samples
        (278, 3, 100), // lines in the strip
        (279, 4, 16),  // bytes
    ];
    let mut file = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, value) in tags {
        file.extend(tag.to_le_bytes().iter().chain(&kind.to_le_bytes()).chain(&1_u32.to_le_bytes()));
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    // "V0" of every line is a single 1; then the end of the block.
    file.extend([0xff; 12]);
    file.extend([0xf0, 0x01, 0x00, 0x10]);
    file
}

/// A page with text, a picture, a form and an annotation.
const PDF: &str = "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
    2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 120 160]/Rotate 90/Resources<</Font<</F 4 0 R>>/XObject<</I 5 0 R/X 6 0 R>>>>/Contents 7 0 R/Annots[<</Type/Annot/Subtype/Square/Rect[5 5 20 20]>>]>>endobj\n\
    4 0 obj<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/90ms-RKSJ-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/A/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/DW 1000>>]>>endobj\n\
    5 0 obj<</Type/XObject/Subtype/Image/Width 4/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/ASCIIHexDecode/Length 17>>stream\n00ff00ff80408040>\nendstream endobj\n\
    6 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 16>>stream\n0 0 9 9 re f q Q\nendstream endobj\n\
    7 0 obj<</Length 74>>stream\nq 40 0 0 20 10 10 cm /I Do Q BT /F 12 Tf 10 90 Td (abc) Tj ET /X Do 1 w S\nendstream endobj\n\
    trailer<</Root 1 0 R/Size 8>>\n%%EOF\n";
