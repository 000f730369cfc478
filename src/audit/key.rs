//! Keys of signed notes (C2SP): the verifier key a file holds, the signing key a process holds.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use sha2::{Digest, Sha256};

/// What a key signs: notes (type 0x01) or timed cosignatures of checkpoints (type 0x04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519 over the text of the note.
    Log,
    /// Ed25519 over `cosignature/v1`, a time and the text of the checkpoint.
    Witness,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Witness => 0x04,
        }
    }
}

/// Why a verifier key was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `name+hash+base64`.
    #[error(
        "検証鍵の形が「名前+識別子+base64」ではありません。発行元から受け取った1行をそのまま使ってください"
    )]
    Shape,
    /// The name is empty or holds a space, `+` or a control character.
    #[error("検証鍵の名前に使えない文字があります")]
    Name,
    /// The key id is not that of this name and key: a character was changed.
    #[error("検証鍵の識別子が鍵と合いません。文字が変わっています")]
    Id,
    /// Neither type 0x01 nor 0x04, or not a point of the curve.
    #[error("検証鍵の種類が Ed25519 (0x01, 0x04) ではありません")]
    Kind,
}

/// Whether `name` may name a key: not empty, no white space, no `+`, no control characters.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    let fits = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
    !name.is_empty() && name.len() <= 255 && name.chars().all(fits)
}

/// The key id of C2SP signed-note: the first 4 bytes of SHA-256(name ‖ LF ‖ type ‖ key).
fn key_id(name: &str, kind: KeyKind, public: &[u8; 32]) -> [u8; 4] {
    let hash =
        Sha256::new_with_prefix(name).chain_update([b'\n', kind.byte()]).chain_update(public).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A public key with its name: one line, `name+hash+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    public: VerifyingKey,
    id: [u8; 4],
}

impl VerifierKey {
    fn new(name: String, kind: KeyKind, public: VerifyingKey) -> Self {
        let id = key_id(&name, kind, public.as_bytes());
        Self { name, kind, public, id }
    }

    /// Reads a verifier key without a line end.
    ///
    /// # Errors
    /// When the shape, the name, the id or the kind is not right.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Shape);
        };
        if !is_key_name(name) {
            return Err(KeyError::Name);
        }
        let bytes = STANDARD.decode(key).map_err(|_| KeyError::Shape)?;
        let (&kind, public) = bytes.split_first().ok_or(KeyError::Shape)?;
        let kind = match kind {
            0x01 => KeyKind::Log,
            0x04 => KeyKind::Witness,
            _ => return Err(KeyError::Kind),
        };
        let public: [u8; 32] = public.try_into().map_err(|_| KeyError::Shape)?;
        let public = VerifyingKey::from_bytes(&public).map_err(|_| KeyError::Kind)?;
        let parsed = Self::new(name.to_owned(), kind, public);
        if parsed.id_hex() == id { Ok(parsed) } else { Err(KeyError::Id) }
    }

    /// The name; of a log its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The four bytes that stand before its signatures.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    fn id_hex(&self) -> String {
        format!("{:08x}", u32::from_be_bytes(self.id))
    }

    /// Whether `signature` (64 bytes) is this key's over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.public.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.kind.byte()];
        bytes.extend_from_slice(self.public.as_bytes());
        write!(f, "{}+{}+{}", self.name, self.id_hex(), STANDARD.encode(bytes))
    }
}

/// A private key with its name. Zeroed when dropped; never printed.
pub struct SigningKey {
    name: String,
    kind: KeyKind,
    /// Zeroes itself on drop.
    secret: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// The key of the log `origin` from its 32 secret bytes.
    ///
    /// # Errors
    /// When `origin` cannot name a key.
    pub fn log(origin: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::of(origin, KeyKind::Log, seed)
    }

    /// The key of the witness `name` from its 32 secret bytes.
    ///
    /// # Errors
    /// When `name` cannot name a key.
    pub fn witness(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::of(name, KeyKind::Witness, seed)
    }

    fn of(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name);
        }
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        Ok(Self { name: name.to_owned(), kind, secret })
    }

    /// The name; of a log its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey::new(self.name.clone(), self.kind, self.secret.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, ************)", self.name)
    }
}
