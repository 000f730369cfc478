//! Names and passwords of the systems' accounts, encrypted at rest.
//!
//! `accounts.enc` is JSON, `{"version": 1, "accounts": {NAME: BASE64}}`; each value is a nonce of 24 bytes and an
//! XChaCha20-Poly1305 ciphertext bound to its name, so that it cannot be moved to another. The key of 32 bytes lies beside it
//! in `key`, which only its owner may read: whoever copies the office folder without the key has nothing.

use super::files::{FileFault, write_private};
use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretBox, SecretString, zeroize::Zeroize};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// The permissions of group and others; the key must have none of them.
const OTHERS: u32 = 0o077;
/// What every ciphertext is bound to besides its name.
const CONTEXT: &str = "shoki-account/1";

/// What an account signs in with.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user's id.
    pub user: String,
    /// The password; printed as `[REDACTED]`.
    pub password: SecretString,
}

/// Why an account cannot be had or kept.
#[derive(Debug, thiserror::Error)]
pub enum AccountFault {
    /// Nobody registered it.
    #[error("アカウント「{0}」が登録されていません。`shoki account set {0}` で登録してください。")]
    Unknown(String),
    /// Others than its owner may use the key.
    #[error("鍵「{file}」を他の利用者が読めます（許可 {mode:o}）。`chmod 600 {file}` を実行してください。")]
    OpenKey {
        /// The key.
        file: String,
        /// Its permissions.
        mode: u32,
    },
    /// The key is not 32 bytes long.
    #[error(
        "鍵「{0}」が壊れています。控えから戻すか、鍵と accounts.enc を消してアカウントを登録し直してください。"
    )]
    BrokenKey(String),
    /// The ciphertext was changed or moved, or belongs to another key.
    #[error(
        "アカウント「{0}」を復号できません。書き換えられたか、鍵が違います。`shoki account set {0}` で登録し直してください。"
    )]
    Changed(String),
    /// The file is not what this program writes.
    #[error("アカウントのファイル「{0}」が壊れています。控えから戻すか、消して登録し直してください。")]
    BrokenFile(String),
    /// The operating system gives no random bytes.
    #[error("乱数を得られないため暗号化できません。")]
    NoRandom,
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileFault),
}

/// The accounts of an office.
pub struct Accounts {
    folder: PathBuf,
    key: SecretBox<[u8; KEY_BYTES]>,
}

/// The file, as JSON.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    version: u32,
    accounts: BTreeMap<String, String>,
}

/// What is encrypted.
#[derive(Serialize, Deserialize)]
struct Plain {
    user: String,
    password: String,
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.password.zeroize();
    }
}

impl Accounts {
    /// Opens the accounts in `folder` (`state/secrets`); the first time, makes the folder and a key.
    ///
    /// # Errors
    /// When the key is missing its protection, is broken, or cannot be made.
    pub fn open(folder: &Path) -> Result<Self, AccountFault> {
        Self::open_with(folder, &folder.join("key"))
    }

    /// The same with a key that lies elsewhere, as a credential that systemd hands over; one in `folder` is made.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(folder: &Path, path: &Path) -> Result<Self, AccountFault> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|e| FileFault::writing(folder, e))?;
        if !path.exists() && path.starts_with(folder) {
            make_key(folder, path)?;
        }
        Ok(Self { folder: folder.to_owned(), key: read_key(path)? })
    }

    /// Keeps an account under a name; replaces the one that was there.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn set(&self, name: &str, user: &str, password: &SecretString) -> Result<(), AccountFault> {
        let plain = Plain { user: user.to_owned(), password: password.expose_secret().to_owned() };
        let mut bytes = json(&plain);
        let sealed = self.seal(name, &bytes);
        bytes.zeroize();
        let sealed = sealed?;
        self.change(|all| {
            all.insert(name.to_owned(), sealed);
        })
    }

    /// Forgets an account.
    ///
    /// # Errors
    /// When it is not there, or the file cannot be read or written.
    pub fn remove(&self, name: &str) -> Result<(), AccountFault> {
        let mut there = false;
        self.change(|all| there = all.remove(name).is_some())?;
        if there { Ok(()) } else { Err(AccountFault::Unknown(name.to_owned())) }
    }

    /// The account of that name.
    ///
    /// # Errors
    /// When it is not there, was changed by another hand, or the file cannot be read.
    pub fn get(&self, name: &str) -> Result<Account, AccountFault> {
        let all = self.read()?.accounts;
        let sealed = all.get(name).ok_or_else(|| AccountFault::Unknown(name.to_owned()))?;
        let mut bytes = self.unseal(name, sealed).ok_or_else(|| AccountFault::Changed(name.to_owned()))?;
        let plain = serde_json::from_slice::<Plain>(&bytes);
        bytes.zeroize();
        let plain = plain.map_err(|_| AccountFault::Changed(name.to_owned()))?;
        Ok(Account { user: plain.user.clone(), password: plain.password.clone().into() })
    }

    /// The names of all accounts, sorted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn names(&self) -> Result<Vec<String>, AccountFault> {
        Ok(self.read()?.accounts.into_keys().collect())
    }

    fn file(&self) -> PathBuf {
        self.folder.join("accounts.enc")
    }

    fn read(&self) -> Result<Sealed, AccountFault> {
        let path = self.file();
        if !path.exists() {
            return Ok(Sealed { version: 1, ..Sealed::default() });
        }
        let bytes = fs::read(&path).map_err(|e| FileFault::reading(&path, e))?;
        let sealed = serde_json::from_slice::<Sealed>(&bytes).ok().filter(|s| s.version == 1);
        sealed.ok_or_else(|| AccountFault::BrokenFile(path.display().to_string()))
    }

    /// Changes the file while no other process does.
    fn change(&self, act: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), AccountFault> {
        let folder = File::open(&self.folder).and_then(|f| f.lock().map(|()| f));
        let _locked = folder.map_err(|e| FileFault::writing(&self.folder, e))?;
        let mut sealed = self.read()?;
        act(&mut sealed.accounts);
        let bytes = json(&sealed);
        Ok(write_private(&self.file(), &bytes)?)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.expose_secret().into())
    }

    fn seal(&self, name: &str, plain: &[u8]) -> Result<String, AccountFault> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| AccountFault::NoRandom)?;
        let payload = Payload { msg: plain, aad: &bound_to(name) };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).expect("a password is short");
        Ok(BASE64_STANDARD.encode([&nonce[..], &sealed].concat()))
    }

    fn unseal(&self, name: &str, sealed: &str) -> Option<Vec<u8>> {
        let bytes = BASE64_STANDARD.decode(sealed).ok()?;
        let (nonce, msg) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg, aad: &bound_to(name) }).ok()
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("texts are JSON")
}

fn bound_to(name: &str) -> Vec<u8> {
    [CONTEXT.as_bytes(), &[0], name.as_bytes()].concat()
}

/// Makes a key, unless another process was quicker.
fn make_key(folder: &Path, path: &Path) -> Result<(), AccountFault> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|_| AccountFault::NoRandom)?;
    let written = write_key(folder, path, &key);
    key.zeroize();
    match written {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(FileFault::writing(path, e).into()),
        _ => Ok(()),
    }
}

/// Temporary files are readable by their owner only from the first moment.
fn write_key(folder: &Path, path: &Path, key: &[u8]) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(key)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|e| e.error)?;
    File::open(folder)?.sync_all()
}

fn read_key(path: &Path) -> Result<SecretBox<[u8; KEY_BYTES]>, AccountFault> {
    let unreadable = |e| FileFault::reading(path, e);
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
    let file = path.display().to_string();
    if mode & OTHERS != 0 {
        return Err(AccountFault::OpenKey { file, mode });
    }
    let mut bytes = fs::read(path).map_err(unreadable)?;
    let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice());
    bytes.zeroize();
    Ok(SecretBox::new(Box::new(key.map_err(|_| AccountFault::BrokenKey(file))?)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn office() -> (tempfile::TempDir, Accounts) {
        let dir = tempfile::tempdir().unwrap();
        let accounts = Accounts::open(&dir.path().join("state/secrets")).unwrap();
        accounts.set("juki", "robot01", &"ぱすわーど#1".into()).unwrap();
        accounts.set("zei", "robot02", &"other".into()).unwrap();
        (dir, accounts)
    }

    fn edit(accounts: &Accounts, change: impl FnOnce(&mut BTreeMap<String, String>)) {
        let mut sealed = accounts.read().unwrap();
        change(&mut sealed.accounts);
        fs::write(accounts.file(), serde_json::to_vec(&sealed).unwrap()).unwrap();
    }

    #[test]
    fn what_is_kept_comes_back_also_after_a_restart() {
        let (dir, accounts) = office();
        accounts.set("juki", "robot01", &"二つ目".into()).unwrap();
        let again = Accounts::open(&dir.path().join("state/secrets")).unwrap();
        let account = again.get("juki").unwrap();
        assert_eq!((account.user.as_str(), account.password.expose_secret()), ("robot01", "二つ目"));
        assert_eq!(again.names().unwrap(), ["juki", "zei"]);
        again.remove("zei").unwrap();
        assert!(matches!(again.get("zei"), Err(AccountFault::Unknown(_))));
        assert!(matches!(again.remove("zei"), Err(AccountFault::Unknown(_))));
    }

    #[test]
    fn nothing_is_readable_on_the_disk_or_in_a_log() {
        let (_dir, accounts) = office();
        let file = fs::read_to_string(accounts.file()).unwrap();
        assert!(!file.contains("robot01") && !file.contains("other"));
        assert!(!format!("{:?}", accounts.get("zei").unwrap()).contains("other"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&accounts.file()), 0o600);
        assert_eq!((mode(&accounts.folder.join("key")), mode(&accounts.folder)), (0o600, 0o700));
    }

    #[test]
    fn a_ciphertext_under_another_name_is_refused() {
        let (_dir, accounts) = office();
        edit(&accounts, |all| {
            let moved = all["zei"].clone();
            all.insert("juki".to_owned(), moved);
        });
        assert!(matches!(accounts.get("juki"), Err(AccountFault::Changed(name)) if name == "juki"));
        assert!(accounts.get("zei").is_ok());
    }

    #[test]
    fn a_changed_byte_is_refused_wherever_it_is() {
        let (_dir, accounts) = office();
        let whole = BASE64_STANDARD.decode(&accounts.read().unwrap().accounts["juki"]).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            edit(&accounts, |all| {
                all.insert("juki".to_owned(), BASE64_STANDARD.encode(&bytes));
            });
            assert!(matches!(accounts.get("juki"), Err(AccountFault::Changed(_))), "byte {at}");
        }
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let (_dir, accounts) = office();
        let key = accounts.folder.join("key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        let fault = Accounts::open(&accounts.folder).err().unwrap();
        assert!(fault.to_string().contains("許可 640") && fault.to_string().contains("chmod 600"), "{fault}");
    }

    #[test]
    fn a_broken_key_or_file_is_refused() {
        let (_dir, accounts) = office();
        fs::write(accounts.file(), b"{}").unwrap();
        assert!(matches!(accounts.names(), Err(AccountFault::BrokenFile(_))));
        fs::write(accounts.folder.join("key"), b"short").unwrap();
        assert!(matches!(Accounts::open(&accounts.folder), Err(AccountFault::BrokenKey(_))));
    }

    #[test]
    fn two_that_begin_at_once_share_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("secrets");
        std::thread::scope(|scope| {
            for n in 0..4 {
                let folder = &folder;
                scope.spawn(move || {
                    Accounts::open(folder).unwrap().set(&format!("a{n}"), "u", &"p".into()).unwrap();
                });
            }
        });
        let accounts = Accounts::open(&folder).unwrap();
        assert_eq!(accounts.names().unwrap().len(), 4);
        assert!((0..4).all(|n| accounts.get(&format!("a{n}")).is_ok()));
    }
}
