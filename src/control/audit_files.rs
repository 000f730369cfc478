//! The files of a log: appended to, made durable, never rewritten.

use crate::audit::layout;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// What stands in the newest segment file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct FileState {
    /// Entries in all segments together.
    pub entries: u64,
    /// Bytes of the newest segment, up to its last LF.
    pub bytes: u64,
    /// Bytes after the last LF: a line torn by a crash.
    pub torn: Vec<u8>,
}

/// Makes a file's new name durable.
pub(super) fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Writes a whole file so that readers see the old or the new one, never half of it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().expect("a file of the log lies in a folder");
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    sync_folder(dir)
}

/// The newest segment file of the log in `dir`.
fn newest_segment(dir: &Path) -> io::Result<Option<(u64, PathBuf)>> {
    let mut newest = None;
    for file in fs::read_dir(dir.join(layout::SEGMENT_DIR))? {
        let file = file?;
        let number = file.file_name().to_str().and_then(layout::segment_number);
        newest = newest.max(number.map(|n| (n, file.path())));
    }
    Ok(newest)
}

/// Looks at the newest segment.
pub(super) fn look(dir: &Path) -> io::Result<FileState> {
    let Some((number, path)) = newest_segment(dir)? else { return Ok(FileState::default()) };
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    let end = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let torn = bytes.split_off(end);
    let lines = bytes.split(|b| *b == b'\n').count() as u64 - 1;
    Ok(FileState { entries: number * layout::SEGMENT + lines, bytes: bytes.len() as u64, torn })
}

/// Every line from place `from` on, over all segments; a torn one is left out.
pub(super) fn lines_from(dir: &Path, from: u64) -> io::Result<Vec<String>> {
    let mut numbers: Vec<u64> = Vec::new();
    for file in fs::read_dir(dir.join(layout::SEGMENT_DIR))? {
        numbers.extend(file?.file_name().to_str().and_then(layout::segment_number));
    }
    numbers.sort_unstable();
    let mut lines = Vec::new();
    for number in numbers.into_iter().filter(|n| (n + 1) * layout::SEGMENT > from) {
        let text = fs::read_to_string(dir.join(layout::segment_file(number * layout::SEGMENT)))?;
        let end = text.rfind('\n').map_or(0, |at| at + 1);
        let skipped = usize::try_from(from.saturating_sub(number * layout::SEGMENT)).unwrap_or(usize::MAX);
        lines.extend(text[..end].lines().skip(skipped).map(ToOwned::to_owned));
    }
    Ok(lines)
}

/// The lines of the newest segment, with the place of the first.
pub(super) fn newest_lines(dir: &Path) -> io::Result<(u64, Vec<String>)> {
    let Some((number, path)) = newest_segment(dir)? else { return Ok((0, Vec::new())) };
    let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
    let end = text.rfind('\n').map_or(0, |at| at + 1);
    Ok((number * layout::SEGMENT, text[..end].lines().map(ToOwned::to_owned).collect()))
}

/// Cuts what a crash left of a line.
pub(super) fn cut_torn(dir: &Path, state: &FileState) -> io::Result<()> {
    if let Some((_, path)) = newest_segment(dir)? {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(state.bytes)?;
        file.sync_all()?;
    }
    Ok(())
}

/// Appends lines whose first has place `from`; all of them belong to one segment. Durable on return.
pub(super) fn append(dir: &Path, from: u64, lines: &[String]) -> io::Result<()> {
    let path = dir.join(layout::segment_file(from));
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    file.seek(SeekFrom::End(0))?;
    let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    if (from + lines.len() as u64).is_multiple_of(layout::SEGMENT) {
        seal(&file)?;
    }
    sync_folder(path.parent().expect("a segment lies in a folder"))
}

/// Writes `checkpoint` again when a crash left it absent or older than the newest note in `cp/`.
pub(super) fn restore_newest(dir: &Path) -> io::Result<()> {
    let mut newest = None;
    for file in fs::read_dir(dir.join(layout::CHECKPOINT_DIR))? {
        let file = file?;
        let size = file.file_name().to_str().and_then(layout::checkpoint_size);
        newest = newest.max(size.map(|size| (size, file.path())));
    }
    let Some((_, path)) = newest else { return Ok(()) };
    let (bytes, shown) = (fs::read(path)?, dir.join(layout::CHECKPOINT_FILE));
    if fs::read(&shown).ok().as_ref() == Some(&bytes) { Ok(()) } else { replace(&shown, &bytes) }
}

/// A full segment is never written again.
fn seal(file: &File) -> io::Result<()> {
    let mut rights = file.metadata()?.permissions();
    rights.set_readonly(true);
    file.set_permissions(rights)
}

/// Writes a tile and takes away the narrower ones of the same place that it replaces.
pub(super) fn put_tile(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().expect("a tile lies in a folder");
    fs::create_dir_all(dir)?;
    replace(path, bytes)?;
    let partial = dir.extension().is_some_and(|e| e == "p");
    if !partial {
        let narrower = path.with_extension("p");
        return if narrower.is_dir() { fs::remove_dir_all(narrower) } else { Ok(()) };
    }
    for file in fs::read_dir(dir)? {
        let file = file?.path();
        if file != path {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}
