//! A folder of another department that keeps copies of checkpoints: what has left the machine cannot be changed on it.

use crate::audit::{MAX_NOTE, Note, Signed, VerifierKey};
use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Where the store remembers when a checkpoint of the log `origin` last left: a moment, a space, a size.
#[must_use]
pub fn last(origin: &str) -> String {
    format!("anchored {origin}")
}

/// The copies of one log. Files are only ever added: `ORIGIN/2026-000000000095-1a2b3c4d.note`, where the last part begins
/// the root, so that the two sides of a fork lie beside each other.
#[derive(Debug, Clone)]
pub struct Outside {
    folder: PathBuf,
    fy: i16,
}

impl Outside {
    /// The copies of the log `origin` of `fy` in `folder`.
    #[must_use]
    pub fn of(folder: &Path, origin: &str, fy: i16) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' };
        Self { folder: folder.join(origin.chars().map(plain).collect::<String>()), fy }
    }

    /// Where a checkpoint's copy lies.
    #[must_use]
    pub fn file(&self, note: &Note) -> PathBuf {
        let root = crate::audit::tree::hex(&note.checkpoint.root.0[..4]);
        self.folder.join(format!("{}-{:012}-{root}.note", self.fy, note.checkpoint.size))
    }

    /// Adds a checkpoint. One that is there already stays.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn put(&self, note: &Note) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.folder)?;
        let path = self.file(note);
        if !path.exists() {
            // Whole or not at all, and readable by the other department.
            let readable = Permissions::from_mode(0o644);
            let mut file = tempfile::Builder::new().permissions(readable).tempfile_in(&self.folder)?;
            file.write_all(note.to_string().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|e| e.error)?;
            File::open(&self.folder)?.sync_all()?;
        }
        Ok(path)
    }

    /// How many entries the copies say they cover, as their names have it.
    #[must_use]
    pub fn sizes(&self) -> Vec<u64> {
        let year = format!("{}-", self.fy);
        let names = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let size = |name: String| name.strip_prefix(&year)?.split('-').next()?.parse().ok();
        names.filter_map(|file| size(file.file_name().into_string().ok()?)).collect()
    }

    /// The copies that `key` has signed, smallest first.
    #[must_use]
    pub fn notes(&self, key: &VerifierKey) -> Vec<Note> {
        let year = format!("{}-", self.fy);
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let ours = files.filter(|file| file.file_name().to_string_lossy().starts_with(&year));
        let read = |path: PathBuf| {
            let small = path.metadata().ok()?.len() <= MAX_NOTE as u64;
            Note::parse(&fs::read(path).ok().filter(|_| small)?).ok()
        };
        let signed = |note: &Note| matches!(note.signed_by(key), Signed::Yes(_));
        let mut notes: Vec<Note> = ours.filter_map(|file| read(file.path())).filter(signed).collect();
        notes.sort_by_key(|note| note.checkpoint.size);
        notes
    }
}
