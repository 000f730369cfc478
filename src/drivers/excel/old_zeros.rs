//! The cells of a workbook of older Excel (`.xls`) whose format fills numbers up with zeros: the library keeps no formats.

use super::{
    compound::{four, two, workbook_stream},
    guard::Refused,
    old_scan::{BOF, EOF, Entries, Entry},
    zeros::{ZeroFormat, ZeroPlaces},
};
use std::{collections::HashMap, sync::Arc};

/// The version of Excel 97 and later; before it, formats were kept otherwise.
const EXCEL_97: u16 = 0x0600;

const SHEET: u16 = 0x0085;
const STYLE: u16 = 0x00E0;
const FORMAT: u16 = 0x041E;
const NUMBER: u16 = 0x0203;
const SHORT_NUMBER: u16 = 0x027E;
const SHORT_NUMBERS: u16 = 0x00BD;
const FORMULA: u16 = 0x0006;

/// Such cells of each sheet, in the order of the workbook. It has been looked through before.
///
/// # Errors
/// When the workbook does not hold together.
pub(super) fn old_zeros(file: &[u8]) -> Result<Vec<ZeroPlaces>, Refused> {
    let stream = workbook_stream(file)?;
    let mut codes: HashMap<u16, Arc<ZeroFormat>> = HashMap::new();
    let (mut styles, mut sheets): (Vec<Option<u16>>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut entries = Entries(&stream);
    while let Some(entry) = entries.entry()? {
        match entry.kind {
            BOF if two(entry.data, 0) != Some(EXCEL_97) => return Ok(Vec::new()),
            SHEET => sheets.extend(four(entry.data, 0).and_then(|at| usize::try_from(at).ok())),
            STYLE => styles.push(two(entry.data, 2)),
            FORMAT => codes.extend(two(entry.data, 0).zip(format(entry.data))),
            EOF => break,
            _ => {}
        }
    }
    let formats: Vec<_> = styles.into_iter().map(|format| codes.get(&format?).cloned()).collect();
    if formats.iter().all(Option::is_none) {
        return Ok(Vec::new());
    }
    sheets.iter().map(|begin| places(stream.get(*begin..).ok_or(Refused::Broken)?, &formats)).collect()
}

/// The format that an entry describes, where it fills up.
fn format(data: &[u8]) -> Option<Arc<ZeroFormat>> {
    let (length, wide) = (usize::from(two(data, 2)?), data.get(4)? & 1 != 0);
    let letters = data.get(5..)?;
    let code = if wide {
        let letters = letters.as_chunks::<2>().0.iter().take(length);
        String::from_utf16_lossy(&letters.map(|b| u16::from_le_bytes(*b)).collect::<Vec<_>>())
    } else {
        letters.iter().take(length).map(|b| char::from(*b)).collect()
    };
    ZeroFormat::of(&code).map(Arc::new)
}

/// Such cells of the sheet that begins here.
fn places(rest: &[u8], formats: &[Option<Arc<ZeroFormat>>]) -> Result<ZeroPlaces, Refused> {
    let (mut found, mut entries, mut inside) = (ZeroPlaces::new(), Entries(rest), 0_usize);
    while let Some(entry) = entries.entry()? {
        match entry.kind {
            BOF => inside += 1,
            EOF if inside <= 1 => break,
            EOF => inside -= 1,
            // Charts stand inside of sheets and have cells of their own, which are not read.
            _ if inside > 1 => {}
            _ => {
                let format = |style: u16| formats.get(usize::from(style))?.clone();
                found.extend(numbers(&entry).filter_map(|(place, style)| Some((place, format(style)?))));
            }
        }
    }
    Ok(found)
}

/// The cells with a number that an entry holds, side by side: the place and the number of the style.
fn numbers(entry: &Entry<'_>) -> impl Iterator<Item = ((u32, u32), u16)> {
    let data = entry.data;
    let end = match entry.kind {
        NUMBER | SHORT_NUMBER | FORMULA => 6,
        SHORT_NUMBERS => data.len().saturating_sub(2),
        _ => 0,
    };
    let row = u32::from(two(data, 0).unwrap_or_default());
    let columns = u32::from(two(data, 2).unwrap_or_default())..;
    columns.zip((4..end).step_by(6)).filter_map(move |(column, at)| Some(((row, column), two(data, at)?)))
}
