//! Signed checkpoints: C2SP tlog-checkpoint bodies in C2SP signed notes, with timed cosignatures of witnesses.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::key::{KeyKind, SigningKey, VerifierKey, is_key_name};
use super::tree::Hash;

/// A note longer than this is refused (bytes); a real one has a few hundred.
pub const MAX_NOTE: usize = 16 * 1024;
/// A note with more signature lines than this is refused.
const MAX_SIGNATURES: usize = 16;

/// The state of a log that a signature vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// The three lines that are signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

/// Why a text is not a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`MAX_NOTE`], not UTF-8, or with control characters.
    #[error("確定点のファイルが文字として読めないか、大きすぎます")]
    Text,
    /// No blank line between text and signatures, or the last line has no end.
    #[error("確定点に本文と署名を分ける空行がないか、最後の行が切れています")]
    Parts,
    /// The body is not exactly origin, size and root.
    #[error("確定点の本文が「名前・件数・ルート」の3行ではありません")]
    Body,
    /// A signature line that cannot be read.
    #[error("確定点の署名の行が読めません")]
    SignatureLine,
}

/// One signature line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The id of the key.
    pub id: [u8; 4],
    /// What follows the id.
    bytes: Vec<u8>,
}

impl NoteSignature {
    fn parse(line: &str) -> Option<Self> {
        let (name, base64) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = STANDARD.decode(base64).ok()?;
        let (id, rest) = bytes.split_first_chunk::<4>()?;
        (is_key_name(name) && !rest.is_empty()).then(|| Self {
            name: name.to_owned(),
            id: *id,
            bytes: rest.to_vec(),
        })
    }

    /// Whether this line claims to be by `key`.
    #[must_use]
    pub fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "— {} {}", self.name, STANDARD.encode([&self.id[..], &self.bytes].concat()))
    }
}

/// What a key says about a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The key has signed it; a witness also says when (seconds since 1970).
    Yes(Option<u64>),
    /// There is no line by this key.
    Absent,
    /// There is a line by this key and it is not right.
    Wrong,
}

/// A checkpoint with its signature lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// Who signed, in the order of the lines.
    pub signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// When it is not exactly a checkpoint with at least one signature line.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE {
            return Err(NoteError::Text);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| NoteError::Text)?;
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(NoteError::Text);
        }
        let (body, lines) = text.rsplit_once("\n\n").ok_or(NoteError::Parts)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Parts)?;
        let checkpoint = body_of(body).ok_or(NoteError::Body)?;
        let signatures: Option<Vec<_>> = lines.split('\n').map(NoteSignature::parse).collect();
        let signatures =
            signatures.filter(|all| all.len() <= MAX_SIGNATURES).ok_or(NoteError::SignatureLine)?;
        Ok(Self { checkpoint, signatures })
    }

    /// What `key` says about this note. One wrong line is enough to be [`Signed::Wrong`].
    #[must_use]
    pub fn signed_by(&self, key: &VerifierKey) -> Signed {
        let mut answer = Signed::Absent;
        for signature in self.signatures.iter().filter(|signature| signature.is_by(key)) {
            answer = self.check(key, signature);
            if answer == Signed::Wrong {
                break;
            }
        }
        answer
    }

    fn check(&self, key: &VerifierKey, signature: &NoteSignature) -> Signed {
        let body = self.checkpoint.to_string();
        let (time, signature, message) = match key.kind() {
            KeyKind::Log => (None, signature.bytes.as_slice(), body),
            KeyKind::Witness => {
                let Some((time, rest)) = signature.bytes.split_first_chunk::<8>() else {
                    return Signed::Wrong;
                };
                let time = u64::from_be_bytes(*time);
                (Some(time), rest, cosigned_text(time, &body))
            }
        };
        match signature.try_into() {
            Ok(signature) if key.verifies(message.as_bytes(), signature) => Signed::Yes(time),
            _ => Signed::Wrong,
        }
    }

    /// Adds the cosignature of a witness at `time` (seconds since 1970).
    pub fn cosign(&mut self, key: &SigningKey, time: u64) {
        let message = cosigned_text(time, &self.checkpoint.to_string());
        let bytes = [&time.to_be_bytes()[..], &key.sign(message.as_bytes())].concat();
        self.push(key, bytes);
    }

    fn push(&mut self, key: &SigningKey, bytes: Vec<u8>) {
        self.signatures.push(NoteSignature { name: key.name().to_owned(), id: key.verifier().id(), bytes });
    }
}

impl SigningKey {
    /// Signs that the log named by this key has `size` entries with this `root`.
    ///
    /// The caller must have put (`size`, `root`) on disk before, and never asks for a smaller size than the last.
    #[must_use]
    pub fn checkpoint(&self, size: u64, root: Hash) -> Note {
        let checkpoint = Checkpoint { origin: self.name().to_owned(), size, root };
        let signature = self.sign(checkpoint.to_string().as_bytes()).to_vec();
        let mut note = Note { checkpoint, signatures: Vec::new() };
        note.push(self, signature);
        note
    }
}

/// The text of the file: body, blank line, signature lines.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.checkpoint)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(f))
    }
}

fn cosigned_text(time: u64, body: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{body}")
}

/// Reads the body without its last LF.
fn body_of(body: &str) -> Option<Checkpoint> {
    let mut lines = body.split('\n');
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    let number: u64 = size.parse().ok()?;
    let plain = lines.next().is_none() && number.to_string() == size && is_key_name(origin);
    plain.then_some(())?;
    Some(Checkpoint { origin: origin.to_owned(), size: number, root: Hash::from_base64(root)? })
}
