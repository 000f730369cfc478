//! Where a verifier reads a log from: a folder, or files in memory; line by line, never a whole segment.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::entry::MAX_LINE;
use super::layout::{SEGMENT, SEGMENT_DIR, segment_file, segment_line, segment_number};
use super::tree::{Hash, LeafHasher};

/// Read-only access to the files of one log, by names relative to its folder.
pub trait Source {
    /// The names in a folder, sorted; none when the folder is absent.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    fn names(&self, folder: &str) -> io::Result<Vec<String>>;

    /// The bytes of a file; `None` when it is absent.
    ///
    /// # Errors
    /// When the file is there and cannot be opened.
    fn open(&self, file: &str) -> io::Result<Option<Box<dyn BufRead + '_>>>;
}

/// A folder of this machine.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The log in this folder.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Source for Folder {
    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = match self.0.join(folder).read_dir() {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let name =
            |entry: io::Result<std::fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        let mut names = entries.map(name).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    fn open(&self, file: &str) -> io::Result<Option<Box<dyn BufRead + '_>>> {
        match File::open(self.0.join(file)) {
            Ok(file) => Ok(Some(Box::new(BufReader::with_capacity(1 << 18, file)))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Files in memory, by name.
pub type Files = BTreeMap<String, Vec<u8>>;

impl Source for Files {
    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let inside = |file: &String| {
            let name = file.strip_prefix(folder)?.strip_prefix('/')?;
            Some(name.split('/').next().unwrap_or(name).to_owned())
        };
        let mut names: Vec<String> = self.keys().filter_map(inside).collect();
        names.dedup();
        Ok(names)
    }

    fn open(&self, file: &str) -> io::Result<Option<Box<dyn BufRead + '_>>> {
        Ok(self.get(file).map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn BufRead>))
    }
}

/// The first `limit` bytes of a file; `None` when it is absent.
pub(super) fn read(source: &dyn Source, file: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let Some(reader) = source.open(file)? else { return Ok(None) };
    let mut bytes = Vec::new();
    reader.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// A line of a segment file.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The number of the segment.
    pub(super) segment: u64,
    /// The number of the line in it, from 1.
    pub(super) line: u64,
}

impl Place {
    /// Where entry `seq` belongs.
    pub(super) fn of(seq: u64) -> Self {
        Self { segment: seq / SEGMENT, line: segment_line(seq) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} の {} 行目", segment_file(self.segment * SEGMENT), self.line)
    }
}

/// One line as it was read.
pub(super) struct RawLine {
    pub(super) place: Place,
    /// Its leaf, over the whole line.
    pub(super) leaf: Hash,
    /// The line without its LF, cut after one byte more than an entry may have.
    pub(super) bytes: Vec<u8>,
    /// Whether there was an LF.
    pub(super) ended: bool,
}

/// The lines of all segments, in order.
pub(super) struct Lines<'a> {
    source: &'a dyn Source,
    /// Numbers of the segments still to be read, last first.
    segments: Vec<u64>,
    open: Option<Box<dyn BufRead + 'a>>,
    /// The line read last.
    place: Place,
}

impl<'a> Lines<'a> {
    pub(super) fn of(source: &'a dyn Source) -> io::Result<Self> {
        let names = source.names(SEGMENT_DIR)?;
        let mut segments: Vec<u64> = names.iter().filter_map(|name| segment_number(name)).collect();
        segments.sort_by(|a, b| b.cmp(a));
        Ok(Self { source, segments, open: None, place: Place { segment: 0, line: 0 } })
    }

    pub(super) fn next(&mut self) -> io::Result<Option<RawLine>> {
        loop {
            if let Some(reader) = &mut self.open {
                if let Some((leaf, bytes, ended)) = read_line(reader.as_mut())? {
                    self.place.line += 1;
                    return Ok(Some(RawLine { place: self.place, leaf, bytes, ended }));
                }
                self.open = None;
            }
            let Some(segment) = self.segments.pop() else { return Ok(None) };
            self.open = self.source.open(&segment_file(segment * SEGMENT))?;
            self.place = Place { segment, line: 0 };
        }
    }
}

/// Reads to the next LF: the leaf of all bytes before it, at most `MAX_LINE` + 1 of them, and whether there was an LF.
fn read_line(reader: &mut dyn BufRead) -> io::Result<Option<(Hash, Vec<u8>, bool)>> {
    let (mut hasher, mut bytes, mut any) = (LeafHasher::default(), Vec::new(), false);
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(any.then(|| (hasher.finish(), bytes, false)));
        }
        any = true;
        let end = chunk.iter().position(|&byte| byte == b'\n');
        let piece = &chunk[..end.unwrap_or(chunk.len())];
        hasher.update(piece);
        bytes.extend_from_slice(&piece[..piece.len().min(MAX_LINE + 1 - bytes.len())]);
        let used = piece.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(Some((hasher.finish(), bytes, true)));
        }
    }
}
