//! Where the files of a log lie: names of segments, checkpoints and tiles; which fiscal year a moment belongs to.
//!
//! Order of writing, so that a crash or a reader in between is never mistaken for a forger: lines to the segment (fsync) ·
//! tiles, new before old ones are deleted · `cp/<size>.note` (temporary file, fsync, rename) · `checkpoint` (same). At start-up
//! a `checkpoint` that is absent or older than the newest note in `cp/` is written again from it.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::tree::Hash;

/// Entries per segment.
pub const SEGMENT: u64 = 65_536;
/// Leaves per tile (C2SP tlog-tiles).
pub const TILE: u64 = 256;
/// The verifier key of the log.
pub const KEY_FILE: &str = "log.vkey";
/// The newest signed checkpoint.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// The folder of segments.
pub const SEGMENT_DIR: &str = "seg";
/// The folder of all checkpoints ever issued.
pub const CHECKPOINT_DIR: &str = "cp";
/// The folder of the lowest level of tiles: the leaves.
pub const TILE_DIR: &str = "tile/0";

/// The segment with entry `seq`, relative to the folder of the log.
#[must_use]
pub fn segment_file(seq: u64) -> String {
    format!("{SEGMENT_DIR}/{:06}.jsonl", seq / SEGMENT)
}

/// The number of the line of entry `seq` in its segment, from 1.
#[must_use]
pub fn segment_line(seq: u64) -> u64 {
    seq % SEGMENT + 1
}

/// The checkpoint of `size` entries, relative to the folder of the log.
#[must_use]
pub fn checkpoint_file(size: u64) -> String {
    format!("{CHECKPOINT_DIR}/{size:012}.note")
}

/// The size a file name in [`CHECKPOINT_DIR`] stands for.
#[must_use]
pub fn checkpoint_size(file_name: &str) -> Option<u64> {
    let digits = file_name.strip_suffix(".note")?;
    let size = digits.parse().ok()?;
    (format!("{size:012}") == digits).then_some(size)
}

/// The number of the segment a file name in [`SEGMENT_DIR`] stands for.
#[must_use]
pub fn segment_number(file_name: &str) -> Option<u64> {
    let digits = file_name.strip_suffix(".jsonl")?;
    let number: u64 = digits.parse().ok()?;
    let fits = number < u64::MAX / SEGMENT && format!("{number:06}") == digits;
    fits.then_some(number)
}

/// The file of tile `number` with `width` leaves (1 to 256; under 256 it is a partial tile), relative to the folder of the log.
#[must_use]
pub fn tile_file(number: u64, width: u64) -> String {
    let mut parts = vec![format!("{:03}", number % 1000)];
    let mut rest = number / 1000;
    while rest > 0 {
        parts.push(format!("x{:03}", rest % 1000));
        rest /= 1000;
    }
    parts.reverse();
    let name = parts.join("/");
    if width < TILE { format!("{TILE_DIR}/{name}.p/{width}") } else { format!("{TILE_DIR}/{name}") }
}

/// The tiles that a log which grew from `from` to `to` entries has to write: (number, width).
///
/// Tile (n, w) holds the leaves of entries `256 n .. 256 n + w`. Partial tiles of earlier checkpoints may be deleted.
pub fn tiles(from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> {
    let numbers = if from < to { from / TILE..to.div_ceil(TILE) } else { 0..0 };
    numbers.map(move |number| (number, TILE.min(to - number * TILE)))
}

/// The bytes of a tile: its leaves one after the other.
#[must_use]
pub fn tile_bytes(leaves: &[Hash]) -> Vec<u8> {
    leaves.iter().flat_map(|leaf| leaf.0).collect()
}

/// The fiscal year (April to March, Japan's time) of a moment; also the name of the folder under `audit/`.
///
/// # Panics
/// Never: nine hours are a valid offset.
#[must_use]
pub fn fiscal_year(ts: Timestamp) -> i16 {
    let japan = TimeZone::fixed(Offset::from_hours(9).expect("nine hours are a valid offset"));
    let date = ts.to_zoned(japan).date();
    if date.month() < 4 { date.year() - 1 } else { date.year() }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn files_and_years_have_their_names() {
        let year = |ts: &str| fiscal_year(ts.parse().unwrap());
        assert_eq!((year("2026-03-31T14:59:59Z"), year("2026-03-31T15:00:00Z")), (2025, 2026));
        assert_eq!(tile_file(1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(tile_file(0, 5), "tile/0/000.p/5");
        assert_eq!(segment_file(65_536), "seg/000001.jsonl");
        assert_eq!(checkpoint_file(95), "cp/000000000095.note");
        assert_eq!(tiles(250, 520).collect::<Vec<_>>(), [(0, 256), (1, 256), (2, 8)]);
    }
}
