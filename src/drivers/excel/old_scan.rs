//! Looks through a workbook of older Excel (`.xls`) before the library reads it, which reads all sheets at once: cells far apart,
//! sheets that share their bytes, one long word shown in a million cells, sizes that are not true.

use super::{
    compound::{four, two, workbook_stream},
    guard::Refused,
    sheet_scan::{Extent, MOST_CELLS, MOST_WORDS},
};

/// Cells of the largest sheet that older Excel knows: what a sheet may say of its own size.
const LARGEST_SHEET: u64 = 65_536 * 256;
/// The most pieces in which a long entry may be continued: the longest list of words of a true workbook has 6,000.
const MOST_PIECES: usize = 20_000;
/// The longest name of a sheet, in characters.
const LONGEST_NAME: u8 = 31;
/// What a formula may become when names stand in it, in bytes, all formulas together.
const MOST_FORMULAS: u64 = 512 << 20;
/// A reference in a formula takes at least three bytes and becomes about so many without a name, in bytes.
const REFERENCE: u64 = 24;

/// The end of the stream's first part, of a sheet, of a chart.
pub(super) const EOF: u16 = 0x000A;
/// Their begin.
pub(super) const BOF: u16 = 0x0809;
const CONTINUE: u16 = 0x003C;

/// An entry of the stream, and the pieces that continue it.
pub(super) struct Entry<'a> {
    /// What it is.
    pub kind: u16,
    /// Its first piece.
    pub data: &'a [u8],
    more: Vec<&'a [u8]>,
}

/// The entries of a stream one after another.
pub(super) struct Entries<'a>(pub &'a [u8]);

impl<'a> Entries<'a> {
    fn piece(&mut self) -> Option<(u16, &'a [u8])> {
        let (kind, length) = (two(self.0, 0)?, two(self.0, 2)?);
        let (data, rest) = self.0.get(4..)?.split_at_checked(length.into())?;
        self.0 = rest;
        Some((kind, data))
    }

    /// The next one.
    ///
    /// # Errors
    /// When it is longer than the stream.
    pub fn entry(&mut self) -> Result<Option<Entry<'a>>, Refused> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (kind, data) = self.piece().ok_or(Refused::Broken)?;
        let mut more = Vec::new();
        while self.0.len() > 4 && two(self.0, 0) == Some(CONTINUE) {
            more.push(self.piece().ok_or(Refused::Broken)?.1);
        }
        if more.len() > MOST_PIECES { Err(Refused::Broken) } else { Ok(Some(Entry { kind, data, more })) }
    }
}

/// What the first part of the stream says of the rest.
#[derive(Default)]
struct Contents {
    /// Where each sheet begins.
    sheets: Vec<usize>,
    /// The most bytes each shared word can have.
    shared: Vec<u64>,
    /// The most bytes the longest name of a sheet or place can have.
    longest: u64,
}

/// What all sheets hold together.
#[derive(Default)]
struct Count {
    cells: u64,
    words: u64,
    formulas: u64,
}

/// Looks through a compound file.
///
/// # Errors
/// When it must not be read.
pub(super) fn look_through_old(file: &[u8]) -> Result<(), Refused> {
    let stream = workbook_stream(file)?;
    let contents = contents(&stream)?;
    let (mut count, mut walked) = (Count::default(), 0);
    for begin in &contents.sheets {
        let rest = stream.get(*begin..).ok_or(Refused::Broken)?;
        walked += sheet(rest, &contents, &mut count)?;
        // Sheets lie one behind the other; together they are no longer than the stream.
        if walked > stream.len() {
            return Err(Refused::Broken);
        }
    }
    Ok(())
}

fn contents(stream: &[u8]) -> Result<Contents, Refused> {
    let (mut found, mut entries) = (Contents::default(), Entries(stream));
    while let Some(entry) = entries.entry()? {
        match entry.kind {
            0x002F if two(entry.data, 0) != Some(0) => return Err(Refused::Password),
            0x0085 => {
                let begin = four(entry.data, 0).and_then(|at| usize::try_from(at).ok());
                found.sheets.push(begin.ok_or(Refused::Broken)?);
                let length = *entry.data.get(6).filter(|l| **l <= LONGEST_NAME).ok_or(Refused::Broken)?;
                found.longest = found.longest.max(u64::from(length) * 3);
            }
            0x0018 => {
                let length = *entry.data.get(3).ok_or(Refused::Broken)?;
                found.longest = found.longest.max(u64::from(length) * 3);
            }
            0x00FC => found.shared = Words::of(&entry).all().ok_or(Refused::Broken)?,
            EOF => break,
            _ => {}
        }
    }
    Ok(found)
}

/// The list of shared words while it is read.
struct Words<'a> {
    now: &'a [u8],
    more: std::slice::Iter<'a, &'a [u8]>,
}

impl<'a> Words<'a> {
    fn of(entry: &'a Entry<'a>) -> Self {
        Self { now: entry.data, more: entry.more.iter() }
    }

    fn next_piece(&mut self) -> bool {
        self.more.next().is_some_and(|piece| {
            self.now = piece;
            true
        })
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        while bytes > 0 {
            if self.now.is_empty() && !self.next_piece() {
                return None;
            }
            let here = bytes.min(self.now.len());
            self.now = &self.now[here..];
            bytes -= here;
        }
        Some(())
    }

    /// Passes over so many characters; where they go on in another piece, it says anew how wide they are.
    fn characters(&mut self, mut count: usize, mut wide: bool) -> Option<()> {
        loop {
            let width = 1 + usize::from(wide);
            let here = count.min(self.now.len() / width);
            self.now = &self.now[here * width..];
            count -= here;
            if count == 0 {
                return Some(());
            }
            if !self.next_piece() {
                return None;
            }
            let (flags, rest) = self.now.split_first()?;
            (wide, self.now) = (flags & 1 != 0, rest);
        }
    }

    /// The most bytes each word can have; none when the list does not hold together.
    fn all(mut self) -> Option<Vec<u64>> {
        let (mut words, mut total) = (Vec::new(), 0);
        self.now = self.now.get(8..)?;
        while !self.now.is_empty() || self.next_piece() {
            if self.now.is_empty() {
                words.push(0);
                continue;
            }
            let (count, flags) = (two(self.now, 0)?, *self.now.get(2)?);
            let mut head = 3;
            let runs = if flags & 8 == 0 {
                0
            } else {
                head += 2;
                two(self.now, head - 2)?
            };
            let phonetic = if flags & 4 == 0 {
                0
            } else {
                head += 4;
                four(self.now, head - 4)?
            };
            self.now = self.now.get(head..)?;
            self.characters(count.into(), flags & 1 != 0)?;
            self.skip(usize::from(runs) * 4)?;
            self.skip(usize::try_from(phonetic).ok()?)?;
            words.push(u64::from(count) * 3);
            total += u64::from(count) * 3 + 24;
            if total > MOST_WORDS {
                return None;
            }
        }
        Some(words)
    }
}

/// Looks at one sheet; says how many bytes of the stream it takes.
fn sheet(rest: &[u8], book: &Contents, count: &mut Count) -> Result<usize, Refused> {
    let (mut entries, mut extent) = (Entries(rest), Extent::default());
    // Charts stand inside of sheets and have cells of their own, which are not read.
    let (mut begun, mut inside) = (false, 0_usize);
    while let Some(entry) = entries.entry()? {
        match entry.kind {
            BOF if begun => inside += 1,
            BOF => begun = true,
            EOF if inside == 0 => break,
            EOF => inside -= 1,
            _ if inside > 0 => {}
            0x0200 => dimensions(entry.data)?,
            kind => cell(kind, entry.data, book, &mut extent, count)?,
        }
    }
    count.cells += extent.cells();
    if count.cells > MOST_CELLS {
        Err(Refused::TooWide(count.cells))
    } else {
        Ok(rest.len() - entries.0.len())
    }
}

/// What a sheet says of its size is believed by the library, which makes room for it.
fn dimensions(data: &[u8]) -> Result<(), Refused> {
    let wide = data.len() >= 14;
    let rows = if wide {
        four(data, 0).zip(four(data, 4))
    } else {
        two(data, 0).zip(two(data, 2)).map(|(first, end)| (first.into(), end.into()))
    };
    let at = if wide { 8 } else { 4 };
    let ((first, end), (left, right)) =
        rows.zip(two(data, at).zip(two(data, at + 2))).ok_or(Refused::Broken)?;
    let left = if left > 255 || right < left { 0 } else { left };
    let rows = u64::from(end.saturating_sub(first).max(1));
    let columns = u64::from(right.saturating_sub(left).max(1));
    if end < first && end > 0 || rows * columns > LARGEST_SHEET { Err(Refused::Broken) } else { Ok(()) }
}

/// Counts what a cell takes: its place, its words, its formula.
fn cell(
    kind: u16,
    data: &[u8],
    book: &Contents,
    extent: &mut Extent,
    count: &mut Count,
) -> Result<(), Refused> {
    let words = match kind {
        0x0203 | 0x0205 | 0x027E | 0x00BD => 0,
        0x0204 | 0x00D6 => u64::from(two(data, 6).ok_or(Refused::Broken)?) * 3,
        // What a formula shows: its place was said before.
        0x0207 => {
            count.words += u64::from(two(data, 0).ok_or(Refused::Broken)?) * 3;
            return enough(count);
        }
        0x00FD => {
            let word = four(data, 6).and_then(|at| usize::try_from(at).ok()).ok_or(Refused::Broken)?;
            book.shared.get(word).copied().unwrap_or(0)
        }
        0x0006 => {
            count.formulas += data.len() as u64 * (book.longest + REFERENCE) / 3;
            0
        }
        _ => return Ok(()),
    };
    count.words += words;
    let (row, column) = two(data, 0).zip(two(data, 2)).ok_or(Refused::Broken)?;
    extent.add(u64::from(row) + 1, u64::from(column) + 1)?;
    if kind == 0x00BD {
        let last = data.len().checked_sub(2).and_then(|at| two(data, at)).ok_or(Refused::Broken)?;
        extent.add(u64::from(row) + 1, u64::from(last) + 1)?;
    }
    enough(count)
}

fn enough(count: &Count) -> Result<(), Refused> {
    if count.words > MOST_WORDS {
        Err(Refused::TooLarge("文字が多すぎます"))
    } else if count.formulas > MOST_FORMULAS {
        Err(Refused::TooLarge("式が多すぎます"))
    } else {
        Ok(())
    }
}
