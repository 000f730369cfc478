//! Files that were made to burst their reader (S-40 to S-45): each is refused with a sentence, soon, with little memory, and
//! the next file is read by the same pool. Run with `--nocapture` it prints what each took.

use shoki::drivers::{
    excel::{Column, TableFault, Wanted},
    ocr::{NativeParts, OcrError},
    readers::{PoolConfig, ReaderPool},
};
use std::{
    fmt::Write as _,
    fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use zip::{ZipWriter, write::SimpleFileOptions};

/// The longest that a refusal may take. Alone on a machine it is 2 s (20 s for a page of a PDF); this one may be busy.
const LONGEST: Duration = Duration::from_secs(15);

/// A file, the most memory its reader may take in MiB, and what the refusal must not lack.
pub(crate) struct Bomb {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) most: u64,
    pub(crate) says: &'static str,
}

pub(crate) fn bomb(name: &'static str, most: u64, says: &'static str, bytes: Vec<u8>) -> Bomb {
    Bomb { name, bytes, most, says }
}

pub(crate) fn pool(office: &Path) -> ReaderPool {
    let usual = PoolConfig::usual(NativeParts::default()).unwrap();
    let program = env!("CARGO_BIN_EXE_shoki").into();
    ReaderPool::new(PoolConfig { program, readers: 1, office: Some(office.to_owned()), ..usual })
}

/// The most memory that the pool's idle reader ever had, in MiB.
fn most_memory(pool: &ReaderPool) -> u64 {
    let [reader] = pool.idle_readers()[..] else { return 0 };
    let status = fs::read_to_string(format!("/proc/{reader}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() >> 10
}

pub(crate) fn packed<'a>(parts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A sound workbook with one more part, or with another sheet.
fn book(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write(0, 0, "氏名").unwrap();
    let sound = book.save_to_buffer().unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(sound)).unwrap();
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for n in 0..archive.len() {
        let mut part = archive.by_index(n).unwrap();
        let mut all = Vec::new();
        std::io::Read::read_to_end(&mut part, &mut all).unwrap();
        parts.push((part.name().unwrap().into_owned(), all));
    }
    parts.retain(|(there, _)| there != name);
    parts.push((name.to_owned(), bytes.to_vec()));
    packed(parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
}

/// Says of every part of an archive that it holds ten bytes.
pub(crate) fn lying(mut archive: Vec<u8>) -> Vec<u8> {
    for (sign, at) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        let found: Vec<usize> = (0..archive.len() - 4).filter(|n| &archive[*n..n + 4] == sign).collect();
        for n in found {
            archive[n + at..n + at + 4].copy_from_slice(&10_u32.to_le_bytes());
        }
    }
    archive
}

/// An archive whose list names its first part twice, under two names.
pub(crate) fn overlapping(mut archive: Vec<u8>) -> Vec<u8> {
    let sign = |archive: &[u8], sign: &[u8]| archive.windows(4).position(|w| w == sign).unwrap();
    let (list, end) = (sign(&archive, b"PK\x01\x02"), sign(&archive, b"PK\x05\x06"));
    let name = usize::from(u16::from_le_bytes([archive[list + 28], archive[list + 29]]));
    let mut again = archive[list..list + 46 + name].to_vec();
    again[46] = b'Z';
    for at in [30, 32] {
        again[at..at + 2].fill(0);
    }
    let longer = u32::try_from(again.len()).unwrap();
    let length = u32::from_le_bytes(*archive[end + 12..].first_chunk().unwrap()) + longer;
    archive[end + 12..end + 16].copy_from_slice(&length.to_le_bytes());
    for at in [8, 10] {
        archive[end + at] += 1;
    }
    archive.splice(end..end, again);
    archive
}

fn books() -> Vec<Bomb> {
    let one = "xl/worksheets/sheet1.xml";
    let sheet = |cells: &str| format!("<worksheet><sheetData>{cells}</sheetData></worksheet>").into_bytes();
    let broken = "壊れていないか";
    let attributes: String = (0..800_000).fold(String::new(), |mut all, n| {
        let _ = write!(all, " a{n}=\"\"");
        all
    });
    let names: Vec<String> = (0..10_001).map(|n| format!("p{n}")).collect();
    let ods_cell = "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell office:value=\"1\" table:number-columns-repeated=\"16384\"/></table:table-row>";
    let ods = format!("<a><table:table table:name=\"x\">{ods_cell}</table:table></a>");
    let kind = "application/vnd.oasis.opendocument.spreadsheet";
    let old = fs::read("fixtures/workbooks/旧形式.xls").unwrap();
    let mut turned = old.clone();
    // The first entry of the table of sectors now follows itself.
    turned[512..516].copy_from_slice(&0_u32.to_le_bytes());
    turned[48..52].copy_from_slice(&0_u32.to_le_bytes());
    vec![
        bomb("bomb.xlsx", 256, "異常に大きく", book("xl/media/a.png", &vec![0; 90 << 20])),
        bomb("lying.xlsx", 256, "「lying.xlsx」", lying(book("xl/media/a.png", &vec![0; 90 << 20]))),
        bomb("overlapping.xlsx", 256, broken, overlapping(book("xl/a.xml", b"<x/>"))),
        bomb("parts.xlsx", 256, "部品が多すぎ", packed(names.iter().map(|name| (name.as_str(), &b""[..])))),
        bomb("slip.xlsx", 256, broken, book("../../x.xml", b"<x/>")),
        bomb(
            "entity.xlsx",
            256,
            broken,
            book(one, b"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><worksheet>&e;</worksheet>"),
        ),
        bomb("attributes.xlsx", 256, broken, book(one, format!("<worksheet{attributes}/>").as_bytes())),
        bomb("deep.xlsx", 256, "「deep.xlsx」", book("xl/workbook.xml", "<a>".repeat(300_000).as_bytes())),
        bomb(
            "far.xlsx",
            256,
            "離れた場所",
            book(
                one,
                &sheet("<row><c r=\"A1\"><v>1</v></c></row><row><c r=\"XFD1048576\"><v>1</v></c></row>"),
            ),
        ),
        bomb(
            "nested.xlsx",
            256,
            broken,
            packed([("a.zip", packed([("b.xlsx", book("x.xml", b"<x/>").as_slice())]).as_slice())]),
        ),
        bomb(
            "million.ods",
            256,
            "離れた場所",
            packed([
                ("mimetype", kind.as_bytes()),
                ("META-INF/manifest.xml", b"<m/>"),
                ("content.xml", ods.as_bytes()),
            ]),
        ),
        bomb("binary.xlsb", 256, "xlsb", packed([("xl/workbook.bin", &b"x"[..])])),
        bomb("half.xls", 256, broken, old[..old.len() / 2].to_vec()),
        bomb("circle.xls", 256, broken, turned),
    ]
}

#[tokio::test]
async fn workbooks_that_would_burst_their_reader_are_refused_in_time_and_little_memory() {
    let office = tempfile::tempdir().unwrap();
    for bomb in books() {
        let (pool, file) = (pool(office.path()), office.path().join(bomb.name));
        fs::write(&file, &bomb.bytes).unwrap();
        let wanted = || Wanted {
            header: 1,
            columns: vec![Column { title: "氏名".into(), ..Column::default() }],
            ..Wanted::default()
        };
        let begun = Instant::now();
        let refused: TableFault = pool.read_table(&file, wanted()).await.unwrap().unwrap_err();
        took(&bomb, begun, &pool);
        assert!(refused.to_string().contains(bomb.says), "{}: {refused}", bomb.name);
        let sound = office.path().join("sound.xlsx");
        fs::write(&sound, book("xl/extra.xml", b"<x/>")).unwrap();
        let next = pool.read_table(&sound, wanted()).await.unwrap();
        assert!(next.is_ok(), "the next file is read: {next:?}");
    }
}

pub(crate) fn took(bomb: &Bomb, begun: Instant, pool: &ReaderPool) {
    let (time, memory) = (begun.elapsed(), most_memory(pool));
    println!("{:<18}{:>8} bytes {time:>12.3?} {memory:>5} MiB", bomb.name, bomb.bytes.len());
    assert!(time < LONGEST, "{}: {time:?}", bomb.name);
    assert!(memory <= bomb.most, "{}: {memory} MiB", bomb.name);
}

/// A chunk of a PNG.
fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind[..], data].concat();
    let sum = !body.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |s, _| if s & 1 == 1 { s >> 1 ^ 0xedb8_8320 } else { s >> 1 })
    });
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &body, &sum.to_be_bytes()].concat()
}

/// A PNG of that size, with chunks as they are.
fn png(w: u32, h: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let head = [&w.to_be_bytes()[..], &h.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(*b"IHDR", &head), chunks.concat(), chunk(*b"IEND", &[])].concat()
}

/// 64 MiB of zeros and some, deflated, as they stand in a PNG.
fn deflated() -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image::GrayImage::new(8_192, 8_192).write_to(&mut file, image::ImageFormat::Png).unwrap();
    let (file, mut data, mut at) = (file.into_inner(), Vec::new(), 8);
    while at + 12 <= file.len() {
        let length = u32::from_be_bytes(*file[at..].first_chunk().unwrap()) as usize;
        if &file[at + 4..at + 8] == b"IDAT" {
            data.extend(&file[at + 8..at + 8 + length]);
        }
        at += 12 + length;
    }
    data
}

/// A TIFF of one directory with these tags, whose next directory is at `next`.
fn tiff(tags: &[(u16, u16, u32)], next: u32) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend(u16::try_from(tags.len()).unwrap().to_le_bytes());
    for (tag, kind, value) in tags {
        file.extend(tag.to_le_bytes().iter().chain(&kind.to_le_bytes()).chain(&1_u32.to_le_bytes()));
        file.extend(value.to_le_bytes());
    }
    file.extend(next.to_le_bytes());
    file.extend([0; 64]);
    file
}

/// A PDF of one page: what else its catalogue says, its size in points, and its content with what the stream says of it.
fn pdf(catalogue: &str, side: u32, (says, content): (&str, &[u8])) -> Vec<u8> {
    let mut file = format!(
        "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R{catalogue}>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 {side} {side}]/Contents 4 0 R>>endobj\n4 0 obj<</Length {}{says}>>stream\n",
        content.len()
    )
    .into_bytes();
    file.extend(content);
    file.extend(b"\nendstream endobj\ntrailer<</Root 1 0 R/Size 5>>\n%%EOF\n");
    file
}

fn pages() -> Vec<Bomb> {
    let text = |text: &str| text.as_bytes().to_vec();
    let colour = image::RgbImage::from_fn(400, 400, |x, y| image::Rgb([(x % 250) as u8, (y % 250) as u8, 7]));
    let mut jpeg = Cursor::new(Vec::new());
    colour.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let mut jpeg = jpeg.into_inner();
    let size = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap() + 5;
    jpeg[size..size + 4].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    let profile = chunk(*b"iCCP", &[&b"p\0\0"[..], &deflated()].concat());
    let huge = [
        (256, 4, 60_000),
        (257, 4, 60_000),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (278, 4, 60_000),
        (279, 4, 64),
    ];
    let small = [
        (256, 4, 100),
        (257, 4, 100),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (278, 4, 100),
        (279, 4, 64),
    ];
    vec![
        bomb("flood.png", 1_024, "大きさ", png(20_000, 20_000, &[chunk(*b"IDAT", &[])])),
        bomb("flood2.png", 1_024, "大きさ", png(16_384, 16_384, &[chunk(*b"IDAT", &deflated())])),
        bomb("long.png", 1_024, "大きさ", png(1_000_000, 1, &[chunk(*b"IDAT", &[])])),
        bomb("profile.png", 1_024, "壊れ", png(1_000, 1_000, &[profile, chunk(*b"IDAT", &[])])),
        bomb("half.png", 1_024, "壊れ", png(3_000, 3_000, &[chunk(*b"IDAT", &deflated()[..900])])),
        bomb("flood.jpg", 1_024, "大きさ", jpeg),
        bomb("flood.tif", 1_024, "大きさ", tiff(&huge, 0)),
        bomb("circle.tif", 1_024, "壊れ", tiff(&small, 8)),
        bomb("short.tif", 1_024, "壊れ", tiff(&small, 0)),
        bomb("picture.gif", 1_024, "対応していない", b"GIF89a\xff\xff\xff\xff".to_vec()),
        bomb("large.pdf", 512, "大きさ", pdf("", 14_400, ("", b""))),
        bomb(
            "deep.pdf",
            512,
            "壊れ",
            [
                &b"%PDF-1.7\n1 0 obj"[..],
                "[".repeat(10_380).as_bytes(),
                b"endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
            ]
            .concat(),
        ),
        bomb(
            "circle.pdf",
            512,
            "壊れ",
            text(
                "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\ntrailer<</Root 1 0 R/Prev 9>>\n%%EOF",
            ),
        ),
        bomb("half.pdf", 512, "壊れ", text("%PDF-1.7\n1 0 obj<</Type/Catalog")),
    ]
}

/// Without the native parts no page is opened; says so.
fn ready() {
    let missing = NativeParts::default().missing().join(", ");
    assert!(missing.is_empty(), "{missing} がありません。sh installer/native.sh を実行してください。");
}

#[tokio::test]
async fn pages_that_would_burst_their_reader_are_refused_in_time_and_little_memory() {
    ready();
    let office = tempfile::tempdir().unwrap();
    let sound = office.path().join("sound.pdf");
    fs::write(&sound, pdf("", 595, ("", b"0 0 9 9 re f"))).unwrap();
    for bomb in pages() {
        let (pool, file) = (pool(office.path()), office.path().join(bomb.name));
        fs::write(&file, &bomb.bytes).unwrap();
        let begun = Instant::now();
        let refused = pool.read_text(&file, 1).await.map(|text| text.lines.len());
        took(&bomb, begun, &pool);
        let refused = refused.unwrap_err();
        assert!(
            !matches!(refused, OcrError::Crashed | OcrError::TimedOut { .. }),
            "{}: {refused:?}",
            bomb.name
        );
        assert!(refused.to_string().contains(bomb.says), "{}: {refused}", bomb.name);
        assert_eq!(pool.count_pages(&sound).await, Ok(1), "the next file is read");
    }
}

/// A PDF that wants to run a program, carries a file, points outside and unpacks to 64 MiB is a page like any other: what it
/// wants does not happen, and it does not burst.
#[tokio::test]
async fn a_pdf_with_programs_and_places_outside_is_only_a_page() {
    ready();
    let office = tempfile::tempdir().unwrap();
    let told: PathBuf = office.path().join("told");
    let wishes = format!(
        "/OpenAction<</S/JavaScript/JS(app.launchURL('http://127.0.0.1:9/');)>>/AA<</O<</S/Launch/F({0})>>>>\
         /Names<</EmbeddedFiles<</Names[(a.exe)<</Type/Filespec/F(a.exe)/EF<</F 4 0 R>>>>]>>>>",
        told.display()
    );
    for (name, content) in [
        ("outside.pdf", pdf(&wishes, 595, ("/F(/etc/passwd)/FFilter/ASCIIHexDecode", b""))),
        ("unpacks.pdf", pdf("", 595, ("/Filter/FlateDecode", &deflated()))),
    ] {
        let (pool, file) = (pool(office.path()), office.path().join(name));
        fs::write(&file, &content).unwrap();
        let begun = Instant::now();
        let text = pool.read_text(&file, 1).await.unwrap();
        let (time, memory) = (begun.elapsed(), most_memory(&pool));
        println!("{name:<18}{:>8} bytes {time:>12.3?} {memory:>5} MiB", content.len());
        assert!(
            text.lines.is_empty() && time < LONGEST * 2 && memory < 1_024,
            "{name}: {time:?}, {memory} MiB"
        );
        assert!(!told.exists());
    }
}
