//! Room on the disk that is taken beforehand, so that a disk that is full to the last byte still takes the record of why the
//! work waits.

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// What the last records of a day need, many times over.
const WANTED: u64 = 8 << 20;
/// Of a small disk no more than this part is taken.
const PART: u64 = 40;

/// A file that is there for its length only.
#[derive(Debug)]
pub struct Reserve(PathBuf);

impl Reserve {
    /// The reserve in this folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self(folder.join("reserve"))
    }

    /// Takes the room, where there is enough of it. A disk that gives none is not full because of us.
    pub fn take(&self) {
        if self.0.exists() {
            return;
        }
        let Some(disk) = self.0.parent().and_then(|folder| statvfs(folder).ok()) else { return };
        let (free, all) = (disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
        let wanted = WANTED.min(all / PART);
        if free < wanted * 2 {
            return;
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.0);
        let taken = file.and_then(|file| Ok(fallocate(&file, FallocateFlags::empty(), 0, wanted)?));
        if taken.is_err() {
            self.give();
        }
    }

    /// Gives the room to the records that must be written now. Says whether there was any.
    pub fn give(&self) -> bool {
        let given = fs::remove_file(&self.0).is_ok();
        if given {
            tracing::warn!("the disk is full; the reserve is used");
        }
        given
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn the_room_is_really_taken_and_given_once() {
        let dir = tempfile::tempdir().unwrap();
        let reserve = Reserve::of(dir.path());
        reserve.take();
        let facts = fs::metadata(dir.path().join("reserve")).unwrap();
        assert!(facts.blocks() * 512 >= facts.len() && facts.len() > 0, "{facts:?}");
        reserve.take();
        assert!(reserve.give() && !reserve.give());
    }
}
