//! The files of a folder.

use super::{FileFault, fault::name_of};
use globset::{GlobBuilder, GlobMatcher};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};
use unicode_normalization::UnicodeNormalization as _;

/// A file that was changed so short a time ago may still be written.
const FRESH: Duration = Duration::from_secs(10);
/// One that is written grows within this time: a scanner, a copy over the network.
const PAUSE: Duration = Duration::from_secs(2);

/// One file of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it is.
    pub path: PathBuf,
    /// Its name without the folder.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last written, where the file system knows.
    pub written: Option<Timestamp>,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// A pattern of file names, such as `*.{pdf,tif}`; case makes no difference. It fits names in composed form (NFC).
///
/// # Errors
/// When the pattern cannot be understood.
pub fn name_pattern(pattern: &str) -> Result<GlobMatcher, globset::Error> {
    let composed: String = pattern.nfc().collect();
    let glob = GlobBuilder::new(&composed).case_insensitive(true).literal_separator(true).build()?;
    Ok(glob.compile_matcher())
}

/// The files of `folder` whose names fit, sorted by name. Hidden files and the marks of open workbooks are left out,
/// subfolders are not entered. A name that came from a Mac, where プ is two characters, fits as it looks and stays as it is.
///
/// # Errors
/// When the folder or a file of it cannot be read.
pub fn list(folder: &Path, pattern: &GlobMatcher) -> Result<Vec<Listed>, FileFault> {
    let entries = fs::read_dir(folder).map_err(|e| FileFault::reading(folder, e))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| FileFault::reading(folder, e))?.path();
        let name = name_of(&path);
        let composed: String = name.nfc().collect();
        if path.is_file() && pattern.is_match(&composed) && !name.starts_with('.') && !name.starts_with("~$")
        {
            paths.push(path);
        }
    }
    paths.sort();
    finished(paths).into_iter().map(listed).collect()
}

/// Those of the files that nobody is writing: what was changed a moment ago is looked at again, and left to the next time where
/// it grew meanwhile.
#[must_use]
pub fn finished(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let seen: Vec<Option<(u64, SystemTime)>> = paths.iter().map(|path| state(path)).collect();
    let now = SystemTime::now();
    let is_fresh = |at: SystemTime| now.duration_since(at).is_ok_and(|age| age < FRESH);
    if !seen.iter().flatten().any(|(_, at)| is_fresh(*at)) {
        return paths;
    }
    thread::sleep(PAUSE);
    let still = |(path, before): &(PathBuf, Option<(u64, SystemTime)>)| {
        let still = state(path) == *before;
        if !still {
            tracing::warn!(file = name_of(path), "it is still being written and is left to the next run");
        }
        still
    };
    paths.into_iter().zip(seen).filter(still).map(|(path, _)| path).collect()
}

/// The length, and when it was last changed.
fn state(path: &Path) -> Option<(u64, SystemTime)> {
    let facts = fs::metadata(path).ok()?;
    Some((facts.len(), facts.modified().ok()?))
}

fn listed(path: PathBuf) -> Result<Listed, FileFault> {
    let facts = fs::metadata(&path).map_err(|e| FileFault::reading(&path, e))?;
    let written = facts.modified().ok().and_then(|t| Timestamp::try_from(t).ok());
    let sha256 = digest(&path).map_err(|e| FileFault::reading(&path, e))?;
    Ok(Listed { name: name_of(&path), size: facts.len(), written, sha256, path })
}

/// The SHA-256 of a file, in hex.
fn digest(path: &Path) -> io::Result<String> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut hasher = Sha256::new();
    loop {
        let piece = reader.fill_buf()?;
        let read = piece.len();
        if read == 0 {
            break;
        }
        hasher.update(piece);
        reader.consume(read);
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use std::slice;

    #[test]
    fn a_file_that_grows_is_left_to_the_next_time() {
        let dir = tempfile::tempdir().unwrap();
        let (whole, part) = (dir.path().join("a.csv"), dir.path().join("b.csv"));
        fs::write(&whole, b"1").unwrap();
        let mut file = File::create(&part).unwrap();
        let slow = thread::spawn(move || {
            for _ in 0..30 {
                io::Write::write_all(&mut file, b"1\n").unwrap();
                thread::sleep(Duration::from_millis(100));
            }
        });
        assert_eq!(finished(vec![whole.clone(), part.clone()]), slice::from_ref(&whole));
        slow.join().unwrap();
        assert_eq!(finished(vec![whole.clone(), part.clone()]), [whole, part]);
    }

    #[test]
    fn lists_what_fits_in_order() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.PDF", "a.tif", "c.xlsx", "~$c.pdf", ".hidden.pdf"] {
            fs::write(dir.path().join(name), b"abc").unwrap();
        }
        fs::create_dir(dir.path().join("d.pdf")).unwrap();
        let found = list(dir.path(), &name_pattern("*.{pdf,tif}").unwrap()).unwrap();
        assert_eq!(found.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["a.tif", "b.PDF"]);
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((found[0].size, found[0].sha256.as_str()), (3, abc));
        assert!(matches!(
            list(&dir.path().join("ない"), &name_pattern("*").unwrap()),
            Err(FileFault::Missing(_))
        ));
    }

    #[test]
    fn a_name_from_a_mac_fits_as_it_looks_and_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["ワンストッフ\u{309A}_001.pdf", "ワンストップ_002.pdf"];
        for name in names.iter().chain(&["ワンストフ_003.pdf"]) {
            fs::write(dir.path().join(name), b"abc").unwrap();
        }
        for pattern in ["ワンストップ*.pdf", "ワンストッフ\u{309A}*.pdf"] {
            let found = list(dir.path(), &name_pattern(pattern).unwrap()).unwrap();
            assert_eq!(found.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), names, "{pattern}");
        }
    }
}
