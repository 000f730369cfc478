//! Files that are made once and must be whole: keys. A key of which a killed process wrote half would lock an office out.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

/// Makes the file at `path` with these bytes, readable by its owner only. Whenever the process ends, it is there whole or not
/// at all.
///
/// # Errors
/// When it is there already ([`io::ErrorKind::AlreadyExists`]), or cannot be written.
pub fn make_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Temporary files are readable by their owner only from the first moment.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|e| e.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    #[test]
    fn a_key_is_made_once_and_for_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.key");
        make_once(&path, b"first").unwrap();
        assert_eq!(make_once(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else stays");
    }
}
