//! Copying and moving files. Doing it again gives the same state.

use super::{FileFault, fault::name_of, write};
use std::{fs, io::ErrorKind, path::Path};

/// Whether something was there to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Now.
    Now,
    /// Before: the target is there already, as it should be.
    Before,
}

/// Copies a file. A target with the same bytes is what is wanted; another target is replaced only where that is said.
///
/// # Errors
/// As [`FileFault`] says.
pub fn copy_file(from: &Path, to: &Path, replace: bool) -> Result<Done, FileFault> {
    let bytes = fs::read(from).map_err(|e| FileFault::reading(from, e))?;
    match fs::read(to) {
        Ok(there) if there == bytes => return Ok(Done::Before),
        Ok(_) if !replace => return Err(FileFault::Exists(name_of(to))),
        _ => {}
    }
    write::write_whole(to, &bytes)?;
    Ok(Done::Now)
}

/// Moves a file. Where the source is gone and the target is there, it was moved before.
///
/// # Errors
/// As [`FileFault`] says.
pub fn move_file(from: &Path, to: &Path, replace: bool) -> Result<Done, FileFault> {
    match (from.exists(), to.exists()) {
        (false, true) => return Ok(Done::Before),
        (false, false) => return Err(FileFault::Missing(name_of(from))),
        (true, true) if !replace && !same(from, to)? => return Err(FileFault::Exists(name_of(to))),
        _ => {}
    }
    write::prepare(to)?;
    match fs::rename(from, to) {
        Ok(()) => Ok(Done::Now),
        Err(e) if e.kind() == ErrorKind::CrossesDevices => {
            copy_file(from, to, true)?;
            fs::remove_file(from).map_err(|e| FileFault::writing(from, e))?;
            Ok(Done::Now)
        }
        Err(e) => Err(FileFault::writing(to, e)),
    }
}

fn same(a: &Path, b: &Path) -> Result<bool, FileFault> {
    let read = |path: &Path| fs::read(path).map_err(|e| FileFault::reading(path, e));
    Ok(read(a)? == read(b)?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_second_time_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b, c] = ["甲", "済/乙", "済/丙"].map(|name| dir.path().join(name));
        fs::write(&a, b"x").unwrap();
        assert_eq!(copy_file(&a, &b, false).unwrap(), Done::Now);
        assert_eq!(copy_file(&a, &b, false).unwrap(), Done::Before);
        assert_eq!(move_file(&a, &c, false).unwrap(), Done::Now);
        assert_eq!(move_file(&a, &c, false).unwrap(), Done::Before);
        assert!(!a.exists() && fs::read(&c).unwrap() == b"x");
    }

    #[test]
    fn another_file_is_not_lost() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b] = ["甲", "乙"].map(|name| dir.path().join(name));
        fs::write(&a, b"x").unwrap();
        fs::write(&b, b"y").unwrap();
        assert!(matches!(copy_file(&a, &b, false), Err(FileFault::Exists(name)) if name == "乙"));
        assert!(matches!(move_file(&a, &b, false), Err(FileFault::Exists(_))));
        assert_eq!(fs::read(&b).unwrap(), b"y");
        move_file(&a, &b, true).unwrap();
        assert_eq!(fs::read(&b).unwrap(), b"x");
        assert!(matches!(copy_file(&a, &b, true), Err(FileFault::Missing(_))));
    }
}
