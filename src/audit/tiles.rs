//! Leaves kept beside the log (C2SP tiles, level 0): never trusted, but once their root is the signed one they name the
//! very entry that was changed.

use std::io;

use super::layout::{TILE, tile_file};
use super::source::{Place, Source, read};
use super::tree::{Hash, Tree};

/// So many ranges of changed entries are remembered.
const MOST: usize = 10_000;

/// Reads leaves from tiles, one tile in memory.
pub(super) struct Tiles<'a> {
    source: &'a dyn Source,
    cached: Option<(u64, Vec<Hash>)>,
}

impl<'a> Tiles<'a> {
    pub(super) fn of(source: &'a dyn Source) -> Self {
        Self { source, cached: None }
    }

    /// The leaf of entry `seq`, when a tile has it.
    pub(super) fn leaf(&mut self, seq: u64) -> io::Result<Option<Hash>> {
        let number = seq / TILE;
        if self.cached.as_ref().is_none_or(|(cached, _)| *cached != number) {
            self.cached = Some((number, self.load(number)?));
        }
        let leaves = self.cached.as_ref().map(|(_, leaves)| leaves);
        Ok(leaves.and_then(|leaves| leaves.get(usize::try_from(seq % TILE).ok()?).copied()))
    }

    fn load(&self, number: u64) -> io::Result<Vec<Hash>> {
        let full = tile_file(number, TILE);
        let file = match read(self.source, &full, 32 * 256)? {
            Some(bytes) => Some(bytes),
            None => self.load_partial(&full)?,
        };
        let (leaves, _) = file.as_deref().unwrap_or_default().as_chunks::<32>();
        Ok(leaves.iter().copied().map(Hash).collect())
    }

    /// The widest partial tile in `<tile>.p/`.
    fn load_partial(&self, full: &str) -> io::Result<Option<Vec<u8>>> {
        let folder = format!("{full}.p");
        let names = self.source.names(&folder)?;
        match names.iter().filter_map(|name| name.parse::<u64>().ok()).max() {
            Some(width) => read(self.source, &format!("{folder}/{width}"), 32 * 256),
            None => Ok(None),
        }
    }

    /// The root over the first `size` leaves, when the tiles have so many.
    pub(super) fn root(&mut self, size: u64) -> io::Result<Option<Hash>> {
        let mut tree = Tree::new();
        for seq in 0..size {
            let Some(leaf) = self.leaf(seq)? else { return Ok(None) };
            tree.append(leaf);
        }
        Ok(Some(tree.root()))
    }
}

/// Entries whose leaf is not the one kept in the tiles, as ranges.
#[derive(Default)]
pub(super) struct Suspects(Vec<Suspect>);

/// Neighbouring entries that differ from the tiles.
#[derive(Clone, Copy)]
pub(super) struct Suspect {
    pub(super) first: u64,
    pub(super) last: u64,
    /// Where the first of them stands now.
    pub(super) place: Place,
}

impl Suspects {
    pub(super) fn add(&mut self, seq: u64, place: Place) {
        let full = self.0.len() >= MOST;
        match self.0.last_mut() {
            Some(range) if range.last + 1 == seq => range.last = seq,
            _ if full => {}
            _ => self.0.push(Suspect { first: seq, last: seq, place }),
        }
    }

    pub(super) fn ranges(&self) -> &[Suspect] {
        &self.0
    }
}
