//! A workbook is looked through before it is opened: what is too large, packed to burst, locked, full of programs or no
//! workbook at all is named, so that the library that reads it meets only workbooks.

use super::{
    hidden::{HiddenBySheet, old_hidden},
    ods_scan::look_through_ods,
    old_scan::look_through_old,
    old_zeros::old_zeros,
    sheet_scan::{Formulas, Scan, holds_words},
    table::TableFault,
    zeros::Zeros,
};
use calamine::{Ods, OdsError, Reader, Sheets, Xls, XlsError, Xlsx, XlsxError};
use std::{
    fs::File,
    io::{Cursor, Read},
    panic::{self, AssertUnwindSafe},
    path::Path,
};
use zip::{ZipArchive, read::ZipFile};

/// The largest workbook, in bytes.
const LARGEST_FILE: u64 = 50 << 20;
/// The most parts in a workbook.
const MOST_PARTS: usize = 10_000;
/// The largest part when it is unpacked, in bytes.
const LARGEST_PART: u64 = 100 << 20;
/// All parts together when they are unpacked, in bytes.
const LARGEST_WHOLE: u64 = 512 << 20;
/// How many times larger a part may become by unpacking.
const STRETCH: u64 = 200;
/// Smaller parts may stretch more, in bytes: a small table of one repeated word does.
const SMALL: u64 = 1 << 20;

const ZIP: &[u8] = b"PK\x03\x04";
/// The compound files of older Office versions; a newer workbook with a password is wrapped in one, too.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// A workbook in memory, of whichever kind.
pub type Workbook = Sheets<Cursor<Vec<u8>>>;

/// A workbook that may be read.
pub struct Opened {
    /// The workbook.
    pub book: Workbook,
    /// What its formulas show: one that no program has calculated yet looks empty.
    pub(super) formulas: Formulas,
    /// Whether some sheet may have merged cells.
    pub merged: bool,
    /// Where formats fill numbers up with zeros.
    pub(super) zeros: Zeros,
    /// Rows that nobody sees.
    pub(super) hidden: HiddenBySheet,
}

impl From<Workbook> for Opened {
    fn from(book: Workbook) -> Self {
        let (formulas, zeros) = (Formulas::default(), Zeros::default());
        Self { book, formulas, merged: true, zeros, hidden: HiddenBySheet::new() }
    }
}

/// Opens a workbook after looking through it. The content says of what kind it is, not the name.
///
/// # Errors
/// When it is no workbook, damaged, locked with a password, has macros or is larger than may be read.
pub fn open_workbook(path: &Path) -> Result<Opened, TableFault> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = whole(path).map_err(|why| why.told(&name))?;
    workbook(bytes, &name)
}

/// A workbook from its bytes; `name` is what messages call it.
///
/// # Errors
/// As [`open_workbook`].
pub fn workbook(bytes: Vec<u8>, name: &str) -> Result<Opened, TableFault> {
    let opened = move || {
        if bytes.starts_with(ZIP) {
            packed(bytes)
        } else if bytes.starts_with(COMPOUND) {
            compound(bytes)
        } else {
            Err(named_wrongly(&bytes))
        }
    };
    surviving(name, || opened().map_err(|why| why.told(name)))
}

/// Does what a library for workbooks does. Where it panics over a damaged file, the file is no workbook.
pub(super) fn surviving<T>(
    name: &str,
    work: impl FnOnce() -> Result<T, TableFault>,
) -> Result<T, TableFault> {
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|_| Err(TableFault::NoWorkbook(name.to_owned())))
}

/// Why a workbook is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Broken,
    Password,
    Macros,
    Web,
    Csv,
    /// The binary kind of newer Excel (`.xlsb`): nobody needs it, and its reader would need a scan of its own.
    Binary,
    TooLarge(&'static str),
    /// A cell far away from the others makes the sheet this large, in cells.
    TooWide(u64),
}

impl Refused {
    fn told(self, name: &str) -> TableFault {
        let file = name.to_owned();
        match self {
            Self::Broken => TableFault::NoWorkbook(file),
            Self::Password => TableFault::Password(file),
            Self::Macros => TableFault::Macros(file),
            Self::Web => TableFault::NamedWrongly { file, kind: "ウェブページ（HTML）".into() },
            Self::Csv => {
                TableFault::NamedWrongly { file, kind: "文字だけのファイル（CSV など）".into() }
            }
            Self::Binary => {
                TableFault::NamedWrongly { file, kind: "バイナリー形式のブック（xlsb）".into() }
            }
            Self::TooLarge(what) => TableFault::TooLarge { file, what: what.to_owned() },
            Self::TooWide(cells) => TableFault::TooWide { file, cells },
        }
    }
}

fn whole(path: &Path) -> Result<Vec<u8>, Refused> {
    let file = File::open(path).map_err(|_| Refused::Broken)?;
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|_| Refused::Broken)?;
    if bytes.len() as u64 > LARGEST_FILE {
        Err(Refused::TooLarge("ファイルが 50 MB を超えています"))
    } else {
        Ok(bytes)
    }
}

/// Legacy systems give web pages and text the name of a workbook; Excel opens them, after a warning.
fn named_wrongly(bytes: &[u8]) -> Refused {
    let start: Vec<u8> = bytes.iter().take(2_000).map(u8::to_ascii_lowercase).collect();
    let has = |word: &[u8]| start.windows(word.len()).any(|w| w == word);
    if has(b"<html") || has(b"<table") || has(b"<!doctype html") {
        Refused::Web
    } else if !start.is_empty() && !start.contains(&0) && (start.contains(&b',') || start.contains(&b'\t')) {
        Refused::Csv
    } else {
        Refused::Broken
    }
}

/// Whether a compound file has a storage or stream of that name.
fn has_stream(bytes: &[u8], name: &str) -> bool {
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(wide.len()).any(|w| w == wide)
}

fn compound(bytes: Vec<u8>) -> Result<Opened, Refused> {
    if has_stream(&bytes, "EncryptedPackage") {
        return Err(Refused::Password);
    }
    if has_stream(&bytes, "_VBA_PROJECT_CUR") {
        return Err(Refused::Macros);
    }
    look_through_old(&bytes)?;
    let zeros = Zeros::Old(old_zeros(&bytes)?);
    let rows = old_hidden(&bytes)?;
    let book = Xls::new(Cursor::new(bytes)).map(Sheets::Xls).map_err(|e| match e {
        XlsError::Password => Refused::Password,
        _ => Refused::Broken,
    });
    let book = book?;
    let hidden = book.sheets_metadata().iter().map(|sheet| sheet.name.clone()).zip(rows).collect();
    Ok(Opened { zeros, hidden, ..Opened::from(book) })
}

fn packed(bytes: Vec<u8>) -> Result<Opened, Refused> {
    let (names, scan) = look_through(&bytes)?;
    let has = |name: &str| names.iter().any(|n| n == name);
    if has("xl/workbook.bin") {
        return Err(Refused::Binary);
    }
    let bytes = Cursor::new(bytes);
    let book = if has("content.xml") {
        Ods::new(bytes).map(Sheets::Ods).map_err(|e: OdsError| locked(matches!(e, OdsError::Password)))
    } else {
        Xlsx::new(bytes).map(Sheets::Xlsx).map_err(|e: XlsxError| locked(matches!(e, XlsxError::Password)))
    };
    let zeros = if scan.zeros { Zeros::Styled } else { Zeros::Nowhere };
    let hidden = if has("content.xml") { scan.hidden_ods } else { scan.hidden.by_sheet() };
    Ok(Opened { book: book?, formulas: scan.formulas, merged: scan.merged, zeros, hidden })
}

const fn locked(password: bool) -> Refused {
    if password { Refused::Password } else { Refused::Broken }
}

/// Unpacks everything once, counting; keeps nothing but the names and what the scan noticed.
fn look_through(bytes: &[u8]) -> Result<(Vec<String>, Scan), Refused> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refused::Broken)?;
    if archive.len() > MOST_PARTS {
        return Err(Refused::TooLarge("中の部品が多すぎます"));
    }
    let names = apart(&mut archive)?;
    if names.iter().any(|name| name.ends_with("vbaProject.bin")) {
        return Err(Refused::Macros);
    }
    let mut scan = Scan::default();
    let mut total = 0;
    // Shared words first: sheets only point at them.
    let mut order: Vec<(usize, &String)> = names.iter().enumerate().collect();
    order.sort_by_key(|(_, name)| !holds_words(name));
    // Which of several the library takes is not for us to guess.
    if order.get(1).is_some_and(|(_, name)| holds_words(name)) {
        return Err(Refused::Broken);
    }
    for (n, name) in order {
        total += part(&mut archive, n, name, &mut scan)?;
        if total > LARGEST_WHOLE {
            return Err(Refused::TooLarge("展開すると 512 MB を超えます"));
        }
    }
    Ok((names, scan))
}

/// The names of the parts. No two parts share bytes of the file, and none has a name that leads out of it.
fn apart(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Vec<String>, Refused> {
    let (mut names, mut places) = (Vec::new(), Vec::new());
    for n in 0..archive.len() {
        let part = archive.by_index_raw(n).map_err(|_| Refused::Broken)?;
        part.enclosed_name().ok_or(Refused::Broken)?;
        names.push(part.name().map_err(|_| Refused::Broken)?.into_owned());
        let start = part.data_start().ok_or(Refused::Broken)?;
        places.push((start, start.saturating_add(part.compressed_size())));
    }
    places.sort_unstable();
    if places.windows(2).any(|pair| pair[0].1 > pair[1].0) { Err(Refused::Broken) } else { Ok(names) }
}

/// Unpacks one part and looks at it where it is XML. Says how many bytes it has.
fn part(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    n: usize,
    name: &str,
    scan: &mut Scan,
) -> Result<u64, Refused> {
    let part = archive.by_index(n).map_err(|e| match e {
        zip::result::ZipError::UnsupportedArchive(what) if what.contains("assword") => Refused::Password,
        _ => Refused::Broken,
    })?;
    let most = part.compressed_size().saturating_mul(STRETCH).clamp(SMALL, LARGEST_PART);
    let bytes = unpacked(part, most)?;
    if [".xml", ".rels", ".vml"].iter().any(|end| name.ends_with(end)) {
        scan.look(name, &bytes)?;
    }
    if name == "content.xml" {
        scan.hidden_ods = look_through_ods(&bytes)?;
    }
    Ok(bytes.len() as u64)
}

fn unpacked(part: ZipFile<'_, Cursor<&[u8]>>, most: u64) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    part.take(most + 1).read_to_end(&mut bytes).map_err(|_| Refused::Broken)?;
    if bytes.len() as u64 > most {
        return Err(Refused::TooLarge("展開すると異常に大きくなります"));
    }
    Ok(bytes)
}
