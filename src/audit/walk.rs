//! One pass over all entries of a log: format, sequence, roots; what it saw is judged afterwards.

use std::io;

use jiff::Timestamp;

use super::entry::Entry;
use super::event::Event;
use super::layout::SEGMENT;
use super::notes::Vouched;
use super::report::{Findings, Purge, Verdict};
use super::source::{Lines, Place, RawLine, Source};
use super::tiles::{Suspects, Tiles};
use super::tree::{Hash, Tree};
use super::value::Value;
use super::watch::Watch;

/// A size at which the root must be a given one.
struct Mark {
    /// Which of the checkpoints that were given.
    index: usize,
    size: u64,
    root: Hash,
}

/// What one pass has seen.
pub(super) struct Walk<'a> {
    /// How many lines.
    pub(super) entries: u64,
    /// Per checkpoint given, whether its root is that of the entries; `None` when there are too few of them.
    pub(super) fits: Vec<Option<bool>>,
    /// Entries that differ from the tiles.
    pub(super) suspects: Suspects,
    /// The newest time any entry has.
    pub(super) newest: Option<Timestamp>,
    /// Disposals of other years' logs.
    pub(super) purges: Vec<Purge>,
    /// `seq` of the last line minus its position; 0 in a sound log.
    shift: i128,
    tree: Tree,
    /// Checkpoints not yet reached, largest first.
    marks: Vec<Mark>,
    tiles: Tiles<'a>,
    watch: Watch,
    origin: Option<&'a str>,
    closed: bool,
    misplaced: bool,
}

impl<'a> Walk<'a> {
    /// Reads all entries; `checkpoints` are compared on the way.
    pub(super) fn through<'v>(
        source: &'a dyn Source,
        checkpoints: impl Iterator<Item = &'v Vouched>,
        origin: Option<&'a str>,
        findings: &mut Findings,
    ) -> io::Result<Self> {
        let mut walk = Self::new(source, checkpoints, origin);
        walk.reach_marks();
        let mut lines = Lines::of(source)?;
        while let Some(line) = lines.next()? {
            walk.step(&line, findings)?;
        }
        walk.newest = walk.watch.newest();
        std::mem::take(&mut walk.watch).finish(findings);
        Ok(walk)
    }

    fn new<'v>(
        source: &'a dyn Source,
        checkpoints: impl Iterator<Item = &'v Vouched>,
        origin: Option<&'a str>,
    ) -> Self {
        let mark = |(index, note): (usize, &Vouched)| Mark { index, size: note.size, root: note.root };
        let mut marks: Vec<Mark> = checkpoints.enumerate().map(mark).collect();
        marks.sort_by_key(|mark| std::cmp::Reverse(mark.size));
        Self {
            entries: 0,
            fits: vec![None; marks.len()],
            suspects: Suspects::default(),
            newest: None,
            purges: Vec::new(),
            shift: 0,
            tree: Tree::new(),
            marks,
            tiles: Tiles::of(source),
            watch: Watch::default(),
            origin,
            closed: false,
            misplaced: false,
        }
    }

    /// The `seq` the next line has when nothing is missing before it but what was reported already.
    pub(super) fn expected(&self) -> u64 {
        u64::try_from(i128::from(self.entries) + self.shift).unwrap_or(self.entries)
    }

    fn step(&mut self, line: &RawLine, findings: &mut Findings) -> io::Result<()> {
        let expected = self.expected();
        if !line.ended {
            let what = format!("{} が途中で切れています(改行がありません)", line.place);
            findings.warn(Some(expected), what);
            return Ok(());
        }
        self.check_file(line.place, findings);
        let entry = Entry::parse(&line.bytes);
        let own = entry.as_ref().ok().map(Entry::seq);
        self.compare_with_tile(line, expected, own)?;
        match entry {
            Ok(entry) => self.see(&entry, line.place, findings),
            Err(why) => findings.fault(Verdict::Format, Some(expected), format!("{}: {why}", line.place)),
        }
        self.tree.append(line.leaf);
        self.entries += 1;
        self.reach_marks();
        Ok(())
    }

    fn reach_marks(&mut self) {
        while self.marks.last().is_some_and(|mark| mark.size == self.tree.size()) {
            let mark = self.marks.pop().expect("there is a last mark");
            self.fits[mark.index] = Some(mark.root == self.tree.root());
        }
    }

    fn see(&mut self, entry: &Entry, place: Place, findings: &mut Findings) {
        self.check_sequence(entry, place, findings);
        self.check_ends(entry, place, findings);
        self.purges.extend(purge(entry));
        self.watch.see(entry, findings);
    }

    fn check_sequence(&mut self, entry: &Entry, place: Place, findings: &mut Findings) {
        let (seq, expected) = (entry.seq(), self.expected());
        if seq == expected {
            return;
        }
        let shift = i128::from(seq) - i128::from(self.entries);
        // Coming back into step is the end of a disturbance that was reported where it began.
        if shift != 0 || self.shift == 0 {
            let why =
                if seq > expected { "間の記録が抜けている" } else { "記録が重複している" };
            let what = format!(
                "{place} に seq {seq} があります。ここは seq {expected} のはずです。{why}か、順序が入れ替わっています"
            );
            findings.fault(Verdict::Invalid, Some(expected), what);
        }
        self.shift = shift;
    }

    /// `log.open` is first and names this log; nothing follows `log.close`.
    fn check_ends(&mut self, entry: &Entry, place: Place, findings: &mut Findings) {
        let seq = Some(entry.seq());
        let is_open = entry.event() == Event::LogOpen;
        if is_open != (self.entries == 0) {
            let what = format!("{place}: log.open は最初の記録だけでなければなりません");
            findings.fault(Verdict::Format, seq, what);
        }
        let named = entry.data("origin").and_then(Value::as_text);
        if is_open && self.origin.is_some() && named != self.origin {
            let what = format!(
                "{place}: log.open の origin が log.vkey の名前と違います。別の記録の鍵か、別の記録のファイルです"
            );
            findings.fault(Verdict::Invalid, seq, what);
        }
        if self.closed {
            let what = format!("{place}: log.close の後に記録があります");
            findings.fault(Verdict::Format, seq, what);
        }
        self.closed |= entry.event() == Event::LogClose;
    }

    /// Every line stands in the segment of its number; said once.
    fn check_file(&mut self, place: Place, findings: &mut Findings) {
        let expected = self.expected();
        if place.segment == expected / SEGMENT || self.misplaced {
            return;
        }
        self.misplaced = true;
        let what = format!(
            "{place} は、seq {expected} の場所ではありません(1ファイルは {SEGMENT} 件)。\
             ファイルが欠けているか、行が別のファイルに移されています"
        );
        findings.fault(Verdict::Invalid, Some(expected), what);
    }

    fn compare_with_tile(&mut self, line: &RawLine, expected: u64, own: Option<u64>) -> io::Result<()> {
        let Some(kept) = self.tiles.leaf(expected)? else { return Ok(()) };
        if kept == line.leaf {
            return Ok(());
        }
        let moved = match own {
            Some(own) if own != expected => self.tiles.leaf(own)? == Some(line.leaf),
            _ => false,
        };
        if !moved {
            self.suspects.add(expected, line.place);
        }
        Ok(())
    }
}

fn purge(entry: &Entry) -> Option<Purge> {
    if entry.event() != Event::RetentionPurge {
        return None;
    }
    let number = |key| entry.data(key).and_then(Value::as_int);
    let root = entry.data("root").and_then(Value::as_text)?.to_owned();
    Some(Purge { fy: number("fy")?, size: number("size")?, root })
}
