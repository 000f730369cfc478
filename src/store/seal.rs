//! Contents at rest: what citizens wrote and people typed is encrypted before it reaches the database, under a key that is
//! not in it.
//!
//! A sealed text is `z1.` and, in base64, a nonce of 24 bytes and an XChaCha20-Poly1305 ciphertext bound to its column, so
//! that it cannot be moved to another. Where the database itself must find a text again (business keys), the nonce is made
//! from the text with HMAC-SHA-256: equal texts are equal when sealed, and nothing else about them shows.

use super::{StoreError, make_once};
use crate::audit::tree;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD as BASE64};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::{
    ExposeSecret, SecretBox,
    zeroize::{Zeroize, Zeroizing},
};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

const KEY: usize = 32;
const NONCE: usize = 24;
/// A block of SHA-256, in bytes.
const BLOCK: usize = 64;
/// How a sealed text begins.
const SIGN: &str = "z1.";
/// The permissions of group and others; the key must have none of them.
const OTHERS: u32 = 0o077;

/// Where the key of the contents comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentKey {
    /// A file of 32 bytes that only its owner may read. Made with a new database.
    File(PathBuf),
    /// Made now and nowhere kept: nobody opens these contents later.
    Passing,
}

impl ContentKey {
    /// The key of the database file at `path`: in the folder `keys` beside it.
    #[must_use]
    pub fn beside(path: &Path) -> Self {
        Self::File(path.with_file_name("keys").join("contents"))
    }

    fn place(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Passing => String::new(),
        }
    }

    /// The seal of a database that bears `mark`, or of a new one that bears none yet.
    pub(super) fn seal(&self, mark: Option<&str>) -> Result<Seal, StoreError> {
        let cannot = |e: io::Error| StoreError::ContentKey(format!("{}: {e}", self.place()));
        let key = match self {
            Self::Passing => fresh().map_err(cannot)?,
            Self::File(path) if mark.is_none() && !path.exists() => make(path).map_err(cannot)?,
            Self::File(path) if !path.exists() => return Err(StoreError::NoContentKey(self.place())),
            Self::File(path) => read(path).map_err(cannot)?,
        };
        let seal = Seal::new(&key);
        match mark {
            Some(mark) if mark != seal.mark => Err(StoreError::OtherContentKey(self.place())),
            _ => Ok(seal),
        }
    }
}

type Key = SecretBox<[u8; KEY]>;

fn fresh() -> io::Result<Key> {
    let mut bytes = [0; KEY];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let key = SecretBox::new(Box::new(bytes));
    bytes.zeroize();
    Ok(key)
}

/// Makes the file, unless another process was quicker; then its key is taken.
fn make(path: &Path) -> io::Result<Key> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let key = fresh()?;
    match make_once(path, key.expose_secret()) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => read(path),
        made => made.map(|()| key),
    }
}

fn read(path: &Path) -> io::Result<Key> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        let why = format!("他の利用者が読めます（許可 {mode:o}）。chmod 600 にしてください");
        return Err(io::Error::other(why));
    }
    let mut bytes = fs::read(path)?;
    let key = <[u8; KEY]>::try_from(bytes.as_slice()).map(|key| SecretBox::new(Box::new(key)));
    bytes.zeroize();
    key.map_err(|_| io::Error::other("鍵の長さが違います"))
}

/// HMAC-SHA-256 (RFC 2104) over `parts`, for keys no longer than a block.
fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; KEY] {
    let padded = |with: u8| {
        let mut block = Zeroizing::new([with; BLOCK]);
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block
    };
    let inner = parts.iter().fold(Sha256::new().chain_update(*padded(0x36)), Digest::chain_update);
    Sha256::new().chain_update(*padded(0x5c)).chain_update(inner.finalize()).finalize().into()
}

/// Seals and opens the contents of one database.
pub(super) struct Seal {
    cipher: XChaCha20Poly1305,
    nonces: Zeroizing<[u8; KEY]>,
    prints: Zeroizing<[u8; KEY]>,
    /// What the database bears, to know its key again: says nothing about the key.
    pub(super) mark: String,
}

impl Seal {
    fn new(key: &Key) -> Self {
        let part =
            |what: &str| Zeroizing::new(hmac(key.expose_secret(), &[b"shoki-contents/1 ", what.as_bytes()]));
        let mark = tree::hex(&part("mark")[..8]);
        let cipher = XChaCha20Poly1305::new_from_slice(&*part("cipher")).expect("32 bytes are a key");
        Self { cipher, nonces: part("nonces"), prints: part("prints"), mark }
    }

    /// Seals `text` for `column`, each time differently.
    pub(super) fn seal(&self, column: &str, text: &str) -> String {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).expect("the operating system has given random bytes before");
        self.with(nonce, column, text)
    }

    /// Seals `text` for `column` so that equal texts are equal.
    pub(super) fn alike(&self, column: &str, text: &str) -> String {
        let made = hmac(&*self.nonces, &[column.as_bytes(), &[0], text.as_bytes()]);
        self.with(*made.first_chunk().expect("24 is less than 32"), column, text)
    }

    /// A keyed print of `text`, of so many bytes in hex: equal texts have equal prints, and nothing else shows.
    pub(super) fn print(&self, what: &str, text: &str, bytes: usize) -> String {
        let made = hmac(&*self.prints, &[what.as_bytes(), &[0], text.as_bytes()]);
        tree::hex(&made[..bytes.min(KEY)])
    }

    fn with(&self, nonce: [u8; NONCE], column: &str, text: &str) -> String {
        let payload = Payload { msg: text.as_bytes(), aad: column.as_bytes() };
        let sealed =
            self.cipher.encrypt(&XNonce::from(nonce), payload).expect("texts are shorter than 256 GiB");
        format!("{SIGN}{}", BASE64.encode([&nonce[..], &sealed].concat()))
    }

    /// The text that was sealed for `column`.
    pub(super) fn open(&self, column: &str, sealed: &str) -> Result<String, StoreError> {
        let opened = || {
            let bytes = BASE64.decode(sealed.strip_prefix(SIGN)?).ok()?;
            let (nonce, msg) = bytes.split_first_chunk::<NONCE>()?;
            let payload = Payload { msg, aad: column.as_bytes() };
            String::from_utf8(self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?).ok()
        };
        opened().ok_or_else(|| StoreError::Content(column.to_owned()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn seal() -> Seal {
        ContentKey::Passing.seal(None).unwrap()
    }

    #[test]
    fn hmac_is_that_of_the_standard() {
        // RFC 4231, test case 2.
        let made = hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(tree::hex(&made), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn what_is_sealed_opens_in_its_column_only() {
        let seal = seal();
        let sealed = seal.seal("items.input", "山田 𠮷男");
        assert_eq!(seal.open("items.input", &sealed).unwrap(), "山田 𠮷男");
        assert!(seal.open("items.key", &sealed).is_err() && !sealed.contains("山田"));
        assert!(seal.open("items.input", "山田").is_err(), "what nobody sealed is not believed");
        assert!(ContentKey::Passing.seal(None).unwrap().open("items.input", &sealed).is_err(), "another key");
    }

    #[test]
    fn equal_texts_are_equal_only_where_they_must_be_found() {
        let seal = seal();
        assert_ne!(seal.seal("a.b", "x"), seal.seal("a.b", "x"));
        assert_eq!(seal.alike("a.b", "x"), seal.alike("a.b", "x"));
        assert_ne!(seal.alike("a.b", "x"), seal.alike("a.c", "x"));
        assert_eq!(seal.open("a.b", &seal.alike("a.b", "x")).unwrap(), "x");
    }

    #[test]
    fn a_print_says_only_whether_texts_are_the_same() {
        let seal = seal();
        assert_eq!(seal.print("said", "山田", 16), seal.print("said", "山田", 16));
        assert_ne!(seal.print("said", "山田", 16), seal.print("asked", "山田", 16));
        assert_ne!(
            seal.print("said", "山田", 16),
            ContentKey::Passing.seal(None).unwrap().print("said", "山田", 16)
        );
        assert_eq!(seal.print("said", "山田", 16).len(), 32);
    }

    #[test]
    fn every_changed_byte_is_found() {
        let seal = seal();
        let sealed = seal.seal("a.b", "123456789018");
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(seal.open("a.b", &String::from_utf8(bytes).unwrap()).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_key_is_made_once_and_never_instead_of_a_lost_one() {
        let dir = tempfile::tempdir().unwrap();
        let key = ContentKey::beside(&dir.path().join("shoki.db"));
        let (first, again) = (key.seal(None).unwrap(), key.seal(None).unwrap());
        assert_eq!(first.mark, again.mark);
        let path = dir.path().join("keys/contents");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(key.seal(Some(&first.mark)).err().unwrap().to_string().contains("chmod 600"));
        fs::remove_file(&path).unwrap();
        let lost = key.seal(Some(&first.mark)).err().unwrap();
        assert!(matches!(lost, StoreError::NoContentKey(_)) && !path.exists(), "{lost}");
        let other = ContentKey::Passing.seal(Some(&first.mark)).err().unwrap();
        assert!(matches!(other, StoreError::OtherContentKey(_)), "{other}");
    }
}
