//! Attached zips: old and AES encryption, names in CP932, and limits that are counted while unpacking.

use super::{ArchiveFault, Attachment};
use crate::text::cp932;
use std::io::{Cursor, Read};
use zip::{ZipArchive, read::ZipReadOptions, result::ZipError};

/// The most that comes out of one archive, in MiB.
pub(super) const LARGEST: u64 = 256;
/// The most files in one archive.
const MOST: usize = 1_000;

/// The files of a zip. Of `passwords` the first that opens it is used.
///
/// # Errors
/// When it is no zip, too large, or no password opens it.
pub fn unpack(bytes: &[u8], passwords: &[String]) -> Result<Vec<Attachment>, ArchiveFault> {
    within(bytes, passwords, LARGEST << 20)
}

/// The files of a zip, as long as they have room.
fn within(bytes: &[u8], passwords: &[String], mut room: u64) -> Result<Vec<Attachment>, ArchiveFault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ArchiveFault::NoArchive)?;
    if archive.len() > MOST {
        return Err(ArchiveFault::TooLarge);
    }
    let mut files = Vec::new();
    for n in 0..archive.len() {
        let (folder, locked) = {
            let entry = archive.by_index_raw(n).map_err(|_| ArchiveFault::NoArchive)?;
            (entry.is_dir(), entry.encrypted())
        };
        if folder {
            continue;
        }
        let keys = passwords.iter().map(|p| Some(p.as_bytes()));
        let keys: Vec<Option<&[u8]>> = if locked { keys.collect() } else { vec![None] };
        let file = one(&mut archive, n, &keys, room)?;
        room -= file.bytes.len() as u64;
        files.push(file);
    }
    Ok(files)
}

/// One file with the first key that opens it. A wrong password passes the first look once in 256 tries; the checksum at the
/// end tells.
fn one(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    n: usize,
    keys: &[Option<&[u8]>],
    room: u64,
) -> Result<Attachment, ArchiveFault> {
    for key in keys {
        let mut entry = match archive.by_index_with_options(n, ZipReadOptions::new().password(*key)) {
            Ok(entry) => entry,
            Err(ZipError::InvalidPassword) => continue,
            Err(_) => return Err(ArchiveFault::NoArchive),
        };
        let name = readable(entry.name_raw());
        let mut bytes = Vec::new();
        match entry.by_ref().take(room + 1).read_to_end(&mut bytes) {
            Ok(_) if bytes.len() as u64 > room => return Err(ArchiveFault::TooLarge),
            Ok(_) => return Ok(Attachment { name, bytes }),
            Err(_) if key.is_some() => {}
            Err(_) => return Err(ArchiveFault::NoArchive),
        }
    }
    Err(ArchiveFault::Password)
}

/// The last part of a name, which Windows writes in CP932 and others in UTF-8.
fn readable(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => cp932::decode(raw).unwrap_or_else(|_| "添付".to_owned()),
    };
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::{AesMode, ZipWriter, write::SimpleFileOptions};

    fn packed(options: SimpleFileOptions, bytes: &[u8]) -> Vec<u8> {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        out.add_directory("寄附/", SimpleFileOptions::default()).unwrap();
        out.start_file("寄附/一覧.csv", options).unwrap();
        out.write_all(bytes).unwrap();
        out.finish().unwrap().into_inner()
    }

    #[test]
    fn with_and_without_a_password() {
        let plain = packed(SimpleFileOptions::default(), b"1,2");
        assert_eq!(
            unpack(&plain, &[]).unwrap(),
            [Attachment { name: "一覧.csv".into(), bytes: b"1,2".to_vec() }]
        );
        let locked =
            packed(SimpleFileOptions::default().with_aes_encryption(AesMode::Aes256, "正しい"), b"1,2");
        assert!(matches!(unpack(&locked, &[]), Err(ArchiveFault::Password)));
        assert!(matches!(unpack(&locked, &["違う".into()]), Err(ArchiveFault::Password)));
        let found = unpack(&locked, &["違う".into(), "正しい".into()]).unwrap();
        assert_eq!(found[0].bytes, b"1,2");
    }

    #[test]
    fn what_is_no_archive_or_too_much_is_refused() {
        assert!(matches!(unpack(b"PK?", &[]), Err(ArchiveFault::NoArchive)));
        let whole = packed(SimpleFileOptions::default(), &vec![b'x'; 100_000]);
        assert!(matches!(unpack(&whole[..whole.len() / 2], &[]), Err(ArchiveFault::NoArchive)));
        let bomb = packed(SimpleFileOptions::default(), &vec![0; 1 << 20]);
        assert!(bomb.len() < 1 << 12, "a bomb is small");
        assert!(matches!(within(&bomb, &[], 1 << 16), Err(ArchiveFault::TooLarge)));
    }

    #[test]
    fn names_of_windows() {
        assert_eq!(readable(&cp932::encode("寄附\\一覧.csv").unwrap()), "一覧.csv");
        assert_eq!(readable("../../一覧.csv".as_bytes()), "一覧.csv");
    }
}
