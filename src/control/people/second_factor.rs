//! The second factor: codes of six digits that an app or a small device makes without any network (RFC 6238).

use crate::store::make_once;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::zeroize::Zeroizing;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use totp_rs::{Builder, Secret, Totp};

const KEY: usize = 32;
const NONCE: usize = 24;
/// The length RFC 4226 recommends.
const SECRET: usize = 20;
/// What every ciphertext is bound to besides its person.
const CONTEXT: &str = "shoki-totp/1";
/// Seconds a code stands for.
const STEP: u64 = 30;

/// Keeps the secrets of second factors sealed in the database. The key is the file `people.key` among the office's keys;
/// several machines with one database need the same file.
#[derive(Debug, Clone)]
pub struct SecondFactors {
    key: PathBuf,
    office: String,
}

impl SecondFactors {
    /// Those whose key lies in the folder `keys`; `office` is the name an app shows.
    #[must_use]
    pub fn of(keys: &Path, office: &str) -> Self {
        Self { key: keys.join("people.key"), office: office.to_owned() }
    }

    fn cipher(&self) -> io::Result<XChaCha20Poly1305> {
        let bytes = Zeroizing::new(match fs::read(&self.key) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => self.make()?,
            read => read?,
        });
        XChaCha20Poly1305::new_from_slice(&bytes)
            .map_err(|_| io::Error::other("the key is not 32 bytes long"))
    }

    fn make(&self) -> io::Result<Vec<u8>> {
        let key = random::<KEY>()?;
        match make_once(&self.key, &key) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => fs::read(&self.key),
            made => made.map(|()| key.to_vec()),
        }
    }

    /// A new secret for `person`, sealed.
    ///
    /// # Errors
    /// When the key cannot be read or made.
    pub fn fresh(&self, person: &str) -> io::Result<String> {
        let secret = Zeroizing::new(random::<SECRET>()?);
        let nonce = random::<NONCE>()?;
        let aad = format!("{CONTEXT} {person}");
        let payload = Payload { msg: &*secret, aad: aad.as_bytes() };
        let sealed = self.cipher()?.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| io::Error::other("it cannot be sealed"))?;
        Ok(BASE64_STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    fn open(&self, person: &str, sealed: &str) -> io::Result<Totp> {
        let broken = || io::Error::other("the second factor cannot be opened: another key, or it was moved");
        let bytes = BASE64_STANDARD_NO_PAD.decode(sealed).map_err(|_| broken())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        let aad = format!("{CONTEXT} {person}");
        let payload = Payload { msg: sealed, aad: aad.as_bytes() };
        let secret = self.cipher()?.decrypt(&XNonce::from(*nonce), payload).map_err(|_| broken())?;
        let totp = Builder::new().with_secret(Secret::from(secret)).with_account_name(person.to_owned());
        totp.with_issuer(Some(self.office.clone())).build().map_err(io::Error::other)
    }

    /// The step of the code, if it is right at `seconds` since 1970, half a minute early or late allowed.
    ///
    /// # Errors
    /// When the secret cannot be opened.
    pub fn step(&self, person: &str, sealed: &str, code: &str, seconds: u64) -> io::Result<Option<i64>> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let step = self.open(person, sealed)?.check(&digits, seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    /// What a person types or scans into their app: the secret in letters, and the address that a QR code holds.
    ///
    /// # Errors
    /// When the secret cannot be opened.
    pub fn shown(&self, person: &str, sealed: &str) -> io::Result<(String, String)> {
        let totp = self.open(person, sealed)?;
        Ok((totp.secret().to_base32(), totp.to_url().map_err(io::Error::other)?))
    }

    /// The code of a sealed secret at a moment: what the person's app would show.
    ///
    /// # Errors
    /// When the secret cannot be opened.
    pub fn code(&self, person: &str, sealed: &str, seconds: u64) -> io::Result<String> {
        Ok(self.open(person, sealed)?.generate(seconds / STEP * STEP).to_string())
    }
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_code_counts_for_its_person_and_its_minute() {
        let dir = tempfile::tempdir().unwrap();
        let factors = SecondFactors::of(dir.path(), "港北市");
        let sealed = factors.fresh("suzuki").unwrap();
        let (now, code) = (1_800_000_015, factors.code("suzuki", &sealed, 1_800_000_015).unwrap());
        assert_eq!(factors.step("suzuki", &sealed, &code, now).unwrap(), Some(60_000_000));
        assert_eq!(
            factors.step("suzuki", &sealed, &format!("{} {}", &code[..3], &code[3..]), now + 20).unwrap(),
            Some(60_000_000)
        );
        assert_eq!(factors.step("suzuki", &sealed, &code, now + 90).unwrap(), None);
        assert_eq!(factors.step("suzuki", &sealed, "", now).unwrap(), None);
        assert!(factors.step("tanaka", &sealed, &code, now).is_err(), "it was moved to another person");
        let (letters, url) = factors.shown("suzuki", &sealed).unwrap();
        assert!(letters.len() == 32 && url.starts_with("otpauth://totp/"), "{letters} {url}");
        assert!(SecondFactors::of(dir.path(), "港北市").shown("suzuki", &sealed).is_ok(), "the key is kept");
    }
}
