//! What stood in a file before it is written anew stays, unless the same step wrote it and nobody changed it since: the list of
//! this morning's run, what somebody wrote into it by hand.

use super::{
    FileFault,
    write::{NEW_FILE_MODE, prepare, replace},
};
use rustix::fs::getxattr;
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// The extended attribute that says who wrote a file, and what.
const MARK: &str = "user.shoki.written";
/// Former versions lie in this folder, beside the file.
const FOLDER: &str = "前の版";
/// Of one file, no more former versions stay than these, the newest.
const KEPT: usize = 20;
/// A mark is shorter.
const LONGEST_MARK: usize = 1024;

/// As [`write_whole`](super::write_whole). What another `writer` or a person put there stays as a former version, with `now` in
/// its name; gives its path. Of one file the last twenty stay; older ones are removed after the new one is written. On a disk
/// that keeps no extended attributes nobody knows who wrote, and every version stays.
///
/// # Errors
/// As [`FileFault`] says; then the file is as it was.
pub fn write_over(path: &Path, bytes: &[u8], writer: &str, now: &str) -> Result<Option<PathBuf>, FileFault> {
    let folder = prepare(path)?;
    let former = match fs::read(path) {
        Ok(old) if old == bytes || is_own(path, &old, writer) => None,
        Ok(_) => Some(keep(path, now).map_err(|e| FileFault::writing(path, e))?),
        Err(e) if e.kind() == ErrorKind::NotFound => None,
        Err(e) => return Err(FileFault::writing(path, e)),
    };
    let mark = mark(writer, bytes);
    let written = replace(folder, path, bytes, NEW_FILE_MODE, Some((MARK, &mark)));
    written.map_err(|e| FileFault::writing(path, e))?;
    // Without marks the writer's own versions pile up there too, and would push out what a person wrote.
    if let Some(former) = former.as_deref().filter(|_| is_own(path, bytes, writer)) {
        thin_out(path, former);
    }
    Ok(former)
}

/// Removes what is older than the last [`KEPT`] former versions of a file, and never the `newest`, which a clock that was put
/// back may date before the others. What cannot be removed stays: the file itself is written, and that is what counts.
fn thin_out(path: &Path, newest: &Path) {
    let Ok(entries) = fs::read_dir(path.with_file_name(FOLDER)) else { return };
    let (stem, ending) = parts(path);
    let of_file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        let tail = name.strip_prefix(&stem)?.strip_prefix('_')?.strip_suffix(&ending)?;
        let (now, number) = moment(tail)?;
        Some(((now.to_owned(), number), entry.path()))
    };
    let mut all: Vec<_> = entries.filter_map(Result::ok).filter_map(of_file).collect();
    all.retain(|(_, former)| former != newest);
    all.sort();
    let extra = (all.len() + 1).saturating_sub(KEPT);
    for (_, old) in all.into_iter().take(extra) {
        fs::remove_file(old).ok();
    }
}

/// When a former version was put away (`2026-04-01_083000`), and as which of that moment, by what stands behind the name of its
/// file; none for another file whose name only begins alike (`簿_控え` beside `簿`) and for what a person put there.
fn moment(tail: &str) -> Option<(&str, u32)> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (now, number) = tail.split_at_checked("2026-04-01_083000".len())?;
    let (day, time) = now.split_once('_')?;
    let fits = day.split('-').map(str::len).eq([4, 2, 2]) && day.split('-').all(digits) && digits(time);
    let number = match number.strip_prefix('_') {
        Some(number) => number.parse().ok()?,
        None if number.is_empty() => 1,
        None => return None,
    };
    fits.then_some((now, number))
}

/// The name of a file before and from its last dot.
fn parts(path: &Path) -> (String, String) {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    (stem, path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default())
}

fn mark(writer: &str, bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(format!("{writer} "), |text, b| format!("{text}{b:02x}"))
}

/// Whether the file is as this writer left it.
fn is_own(path: &Path, content: &[u8], writer: &str) -> bool {
    let mut found = [0; LONGEST_MARK];
    let Ok(length) = getxattr(path, MARK, &mut found[..]) else { return false };
    found.get(..length).is_some_and(|found| found == mark(writer, content).as_bytes())
}

/// A second name for the file's content, which the next writing leaves alone.
fn keep(path: &Path, now: &str) -> io::Result<PathBuf> {
    let folder = path.with_file_name(FOLDER);
    fs::create_dir_all(&folder)?;
    let (stem, ending) = parts(path);
    let mut n = 1;
    loop {
        let number = if n == 1 { String::new() } else { format!("_{n}") };
        let former = folder.join(format!("{stem}_{now}{number}{ending}"));
        match fs::hard_link(path, &former) {
            Ok(()) => return Ok(former),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => n += 1,
            // A network folder without links.
            Err(_) if !former.exists() => return fs::copy(path, &former).map(|_| former),
            Err(e) => return Err(e),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{FOLDER, KEPT, write_over};
    use std::fs;

    #[test]
    fn what_another_run_or_a_person_wrote_stays() {
        let dir = tempfile::tempdir().unwrap();
        let (file, formers) = (dir.path().join("一覧.csv"), dir.path().join(FOLDER));
        assert_eq!(write_over(&file, b"1", "run-a 0 ledger", "10-00").unwrap(), None);
        let former = write_over(&file, b"2", "run-b 0 ledger", "11-00").unwrap().unwrap();
        assert_eq!(
            (former.clone(), fs::read(&former).unwrap()),
            (formers.join("一覧_11-00.csv"), b"1".to_vec())
        );
        assert_eq!(fs::read(&file).unwrap(), b"2");

        fs::write(&file, b"2, sent on Monday").unwrap();
        let former = write_over(&file, b"3", "run-b 0 ledger", "11-00").unwrap().unwrap();
        assert_eq!(former, formers.join("一覧_11-00_2.csv"), "two at one time");
        assert_eq!(fs::read(former).unwrap(), b"2, sent on Monday");
        assert_eq!(write_over(&file, b"3", "run-c 0 ledger", "12-00").unwrap(), None, "the same content");
        assert_eq!(fs::read_dir(formers).unwrap().count(), 2);
    }

    #[test]
    fn the_last_twenty_stay_and_nothing_of_another_file_goes() {
        let dir = tempfile::tempdir().unwrap();
        let (file, formers) = (dir.path().join("簿.xlsx"), dir.path().join(FOLDER));
        fs::create_dir(&formers).unwrap();
        let others = [
            "簿_控え.xlsx",
            "簿_控え_2020-01-01_000000.xlsx",
            "簿_2020-01-01_2020-01-01_000000.xlsx",
            "簿_2020-01-01_000000.csv",
            "簿_2020-01.xlsx",
        ];
        for other in others {
            fs::write(formers.join(other), b"other").unwrap();
        }
        for n in 0..25 {
            // All within two seconds: the ninth and the tenth of one moment are not in the order of their names.
            let now = if n < 13 { "2026-04-01_083000" } else { "2026-04-01_083001" };
            write_over(&file, format!("{n}").as_bytes(), &format!("run-{n} 0 ledger"), now).unwrap();
        }
        let content = |name: fs::DirEntry| fs::read_to_string(name.path()).unwrap();
        let mut kept: Vec<String> = fs::read_dir(&formers).unwrap().map(|e| content(e.unwrap())).collect();
        kept.sort_by_key(|text| text.parse::<u32>().unwrap_or(u32::MAX));
        let wanted: Vec<String> =
            (4..24).map(|n| n.to_string()).chain(others.map(|_| "other".to_owned())).collect();
        assert_eq!(kept, wanted);
        assert_eq!(fs::read(&file).unwrap(), b"24");
        // The clock was put back: what was just put away is dated before all others, and stays.
        let former = write_over(&file, b"25", "run-25 0 ledger", "2026-03-31_083000").unwrap().unwrap();
        assert_eq!(fs::read(former).unwrap(), b"24");
        assert_eq!(fs::read_dir(&formers).unwrap().count(), KEPT + others.len());
    }
}
