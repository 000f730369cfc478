//! A maildir (`new`, `cur`), or a folder of `.eml` files: what a relay puts where the network of the mail ends.

use super::MailFault;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The largest message that is read, in MiB.
const LARGEST: u64 = 64;

/// The bytes of a letter that [`maildir`] found.
///
/// # Errors
/// When it cannot be read, or is larger than 64 MiB.
pub fn letter(path: &Path) -> Result<Vec<u8>, MailFault> {
    if fs::metadata(path)?.len() > LARGEST << 20 {
        return Err(MailFault::TooLarge(LARGEST));
    }
    Ok(fs::read(path)?)
}

/// The letters of a folder, by the names of their files.
///
/// # Errors
/// When the folder is not there or cannot be read.
pub fn maildir(folder: &Path, shown: &str) -> Result<Vec<PathBuf>, MailFault> {
    if !folder.is_dir() {
        return Err(MailFault::NoFolder(shown.to_owned()));
    }
    let inner: Vec<_> = ["cur", "new"].map(|d| folder.join(d)).into_iter().filter(|d| d.is_dir()).collect();
    let (places, any_name) = if inner.is_empty() { (vec![folder.to_owned()], false) } else { (inner, true) };
    let mut files = Vec::new();
    for place in places {
        for entry in fs::read_dir(place)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let wanted = any_name || name.to_lowercase().ends_with(".eml");
            if wanted && !name.starts_with('.') && entry.file_type()?.is_file() {
                files.push((name, entry.path()));
            }
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{super::Mail, *};

    #[test]
    fn both_shapes_of_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("b.EML"), "Subject: b\r\n\r\n").unwrap();
        fs::write(at("a.eml"), "Subject: a\r\n\r\n").unwrap();
        fs::write(at("note.txt"), "Subject: no\r\n\r\n").unwrap();
        let subjects = || -> Vec<String> {
            let found = maildir(dir.path(), "メール").unwrap();
            found.iter().map(|path| Mail::parse(&letter(path).unwrap()).unwrap().subject).collect()
        };
        assert_eq!(subjects(), ["a", "b"]);
        fs::create_dir_all(at("new")).unwrap();
        fs::create_dir_all(at("cur")).unwrap();
        fs::write(at("new/2.host"), "Subject: new\r\n\r\n").unwrap();
        fs::write(at("cur/1.host:2,S"), "Subject: seen\r\n\r\n").unwrap();
        assert_eq!(subjects(), ["seen", "new"]);
        assert!(maildir(&at("none"), "なし").unwrap_err().to_string().contains("「なし」がありません"));
    }
}
