//! Writing a file whole: into a temporary file beside it, to the disk, then renamed.

use super::{FileFault, fault::name_of};
use rustix::fs::{XattrFlags, fsetxattr};
use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Read and write for all that the process's umask lets through, as any other program's new file.
pub(super) const NEW_FILE_MODE: u32 = 0o666;
/// Read and write for the owner alone.
const PRIVATE_MODE: u32 = 0o600;

/// Writes `bytes` to `path` so that there is either the old file or the whole new one, also after a power cut.
/// Makes the folder where it is missing; refuses where somebody has the file open in Excel or LibreOffice.
///
/// # Errors
/// As [`FileFault`] says; nothing is left behind.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FileFault> {
    write(path, bytes, NEW_FILE_MODE)
}

/// As [`write_whole`]; a new file can be read by its owner only.
///
/// # Errors
/// As [`FileFault`] says; nothing is left behind.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileFault> {
    write(path, bytes, PRIVATE_MODE)
}

fn write(path: &Path, bytes: &[u8], new_mode: u32) -> Result<(), FileFault> {
    let folder = prepare(path)?;
    replace(folder, path, bytes, new_mode, None).map_err(|e| FileFault::writing(path, e))
}

/// Makes sure that a file may be put at `path`; gives its folder, made where it was missing.
pub(super) fn prepare(path: &Path) -> Result<&Path, FileFault> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|e| FileFault::writing(folder, e))?;
    refuse_protected(folder)?;
    refuse_protected(path)?;
    refuse_open(path)?;
    Ok(folder)
}

/// Puts `bytes` in the place of what is there; `mark` is an extended attribute and its value, for disks that keep them.
pub(super) fn replace(
    folder: &Path,
    path: &Path,
    bytes: &[u8],
    new_mode: u32,
    mark: Option<(&str, &str)>,
) -> std::io::Result<()> {
    let mode = fs::metadata(path).map_or(new_mode, |old| old.permissions().mode());
    let mut builder = tempfile::Builder::new();
    let mut file = builder.prefix(".shoki-").permissions(Permissions::from_mode(mode)).tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Some((name, value)) = mark {
        fsetxattr(file.as_file(), name, value.as_bytes(), XattrFlags::empty()).ok();
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    File::open(folder)?.sync_all()
}

/// Honours a missing write permission even where the process could ignore it, as root can.
fn refuse_protected(path: &Path) -> Result<(), FileFault> {
    match fs::metadata(path) {
        Ok(facts) if facts.permissions().readonly() => Err(FileFault::ReadOnly(name_of(path))),
        _ => Ok(()),
    }
}

/// Excel puts `~$NAME` beside a workbook that it has open, LibreOffice `.~lock.NAME#`.
fn refuse_open(path: &Path) -> Result<(), FileFault> {
    let file = name_of(path);
    let marks = [format!("~${file}"), format!(".~lock.{file}#")].map(|mark| path.with_file_name(mark));
    let Some(mark) = marks.into_iter().find(|mark: &PathBuf| mark.exists()) else { return Ok(()) };
    let hint = format!(
        "誰も開いていないのにこの表示が出るときは、同じフォルダーの「{}」を消してください。",
        name_of(&mark)
    );
    Err(FileFault::Open { file, hint })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| name_of(&e.unwrap().path())).collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_the_whole_file_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("出力/簿.xlsx");
        write_whole(&path, b"first").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(names(&dir.path().join("出力")), ["簿.xlsx"]);
    }

    #[test]
    fn refuses_what_somebody_has_open() {
        for mark in ["~$簿.xlsx", ".~lock.簿.xlsx#"] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("簿.xlsx");
            fs::write(&path, b"old").unwrap();
            fs::write(dir.path().join(mark), b"").unwrap();
            let fault = write_whole(&path, b"new").unwrap_err();
            assert!(
                fault.to_string().contains("開いている人がいます") && fault.to_string().contains(mark),
                "{fault}"
            );
            assert_eq!(fs::read(&path).unwrap(), b"old");
        }
    }

    #[test]
    fn honours_a_folder_that_is_read_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("出力");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
        let fault = write_whole(&folder.join("簿.xlsx"), b"new").unwrap_err();
        assert!(matches!(&fault, FileFault::ReadOnly(name) if name == "出力"), "{fault}");
        assert_eq!(names(&folder), [""; 0]);
    }
}
