//! Compound files, in which older Excel keeps a workbook: sectors that hang together in chains. Only so much of them as leads
//! to the stream of the workbook, walked so that no chain is followed in a circle.

use super::guard::Refused;

/// The end of a chain.
const END: u32 = 0xFFFF_FFFE;
/// From here on, a number is no sector.
const RESERVED: u32 = 0xFFFF_FFFA;
/// From here on, an entry of the list of tables is none.
const NO_TABLE: u32 = 0xFFFF_FFFC;
/// Streams shorter than this lie in small sectors of their own, in bytes.
const SHORT: usize = 4_096;
/// A small sector, in bytes.
const SMALL_SECTOR: usize = 64;

/// A number of two bytes.
pub(super) fn two(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

/// A number of four bytes.
pub(super) fn four(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b))
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Sectors, and which one follows which.
struct Sectors<'a> {
    bytes: &'a [u8],
    size: usize,
    next: Vec<u32>,
}

impl Sectors<'_> {
    fn count(&self) -> usize {
        self.bytes.len().div_ceil(self.size)
    }

    fn sector(&self, number: u32) -> Option<&[u8]> {
        let at = index(number).checked_mul(self.size)?;
        let rest = self.bytes.get(at..).filter(|rest| !rest.is_empty())?;
        Some(&rest[..rest.len().min(self.size)])
    }

    /// `length` bytes of the chain that begins at `at`, or all when it is shorter; none when it leads in a circle or nowhere.
    fn chain(&self, mut at: u32, length: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for _ in 0..=self.count() {
            if at == END {
                return Some(bytes);
            }
            let sector = self.sector(at)?;
            bytes.extend_from_slice(&sector[..sector.len().min(length - bytes.len())]);
            if bytes.len() >= length {
                return Some(bytes);
            }
            at = *self.next.get(index(at))?;
        }
        None
    }
}

/// The sectors of a file with the table of what follows what.
fn sectors(file: &[u8]) -> Option<Sectors<'_>> {
    let size = match two(file, 30)? {
        9 => 512,
        12 => 4_096,
        _ => return None,
    };
    let mut sectors = Sectors { bytes: file.get(size..)?, size, next: Vec::new() };
    let mut tables: Vec<u32> = numbers(file.get(76..512)?).collect();
    let mut more = four(file, 68)?;
    for _ in 0..=sectors.count() {
        if more >= RESERVED {
            break;
        }
        tables.extend(numbers(sectors.sector(more)?));
        more = tables.pop()?;
    }
    tables.retain(|table| *table < NO_TABLE);
    // More tables than sectors: some are named twice, or the list leads in a circle.
    if more < RESERVED || tables.len() > sectors.count() {
        return None;
    }
    for table in tables {
        let next: Vec<u32> = numbers(sectors.sector(table)?).collect();
        sectors.next.extend(next);
    }
    Some(sectors)
}

/// A stream of the file.
struct Stream {
    name: String,
    start: u32,
    length: usize,
}

fn stream(entry: &[u8; 128], small: bool) -> Stream {
    let letters: Vec<u16> = entry[..64].as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)).collect();
    let name = letters.split(|letter| *letter == 0).next().unwrap_or_default();
    let (low, high) = (four(entry, 120).unwrap_or(0), four(entry, 124).unwrap_or(0));
    let length = u64::from(low) | if small { 0 } else { u64::from(high) << 32 };
    Stream {
        name: String::from_utf16_lossy(name),
        start: four(entry, 116).unwrap_or(END),
        length: usize::try_from(length).unwrap_or(usize::MAX),
    }
}

/// The stream of the workbook in a compound file.
///
/// # Errors
/// When there is none, or a chain leads in a circle.
pub(super) fn workbook_stream(file: &[u8]) -> Result<Vec<u8>, Refused> {
    found(file).ok_or(Refused::Broken)
}

fn found(file: &[u8]) -> Option<Vec<u8>> {
    let sectors = sectors(file)?;
    let entries = sectors.chain(four(file, 48)?, usize::MAX)?;
    let small = sectors.size == 512;
    let streams: Vec<Stream> =
        entries.as_chunks::<128>().0.iter().map(|entry| stream(entry, small)).collect();
    let root = streams.first()?;
    let tables = four(file, 64)?;
    let short = if tables > 0 {
        let bytes = sectors.chain(root.start, root.length)?;
        let next = sectors.chain(four(file, 60)?, index(tables).checked_mul(sectors.size)?)?;
        (bytes, numbers(&next).collect())
    } else {
        (Vec::new(), Vec::new())
    };
    let named = |name: &str| streams.iter().find(|stream| stream.name.eq_ignore_ascii_case(name));
    let book = named("Workbook").or_else(|| named("Book"))?;
    if book.length < SHORT {
        let short = Sectors { bytes: &short.0, size: SMALL_SECTOR, next: short.1 };
        short.chain(book.start, book.length)
    } else {
        sectors.chain(book.start, book.length)
    }
}
