//! One entry disclosed without the rest: C2SP tlog-proof, checked with nothing but the log's key.

use std::fmt;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::{MAX_NOTE, Note, NoteError, Signed};
use super::key::VerifierKey;
use super::layout::CHECKPOINT_FILE;
use super::source::{Lines, Source, read};
use super::tree::{Hash, included, inclusion, leaf};

/// The first line of the file.
const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// More hashes than any tree of 2^64 leaves needs are refused.
const MOST: usize = 64;

/// Why a proof was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not a tlog-proof.
    #[error("証明のファイル(.tlog-proof)として読めません")]
    Shape,
    /// The checkpoint in it.
    #[error("証明の中の確定点: {0}")]
    Note(#[from] NoteError),
    /// Signed by another key, or not rightly.
    #[error("証明の中の確定点の署名が、この検証鍵のものではありません")]
    Signature,
    /// The entry is not in the signed tree at this place.
    #[error("この記録は、署名された記録の中にありません。書き換えられているか、別の記録の証明です")]
    NotIncluded,
}

/// That an entry stands at a place of a signed log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Its place, from 0.
    pub index: u64,
    /// The siblings on the way to the root.
    pub path: Vec<Hash>,
    /// The checkpoint the path leads to.
    pub note: Note,
    /// The entry itself (without its LF), as the format's extra data.
    pub line: Option<Vec<u8>>,
}

/// Why there is no proof of an entry.
#[derive(Debug, thiserror::Error)]
pub enum CannotProve {
    /// No checkpoint, or one that cannot be read.
    #[error("最新の確定点(checkpoint)が読めません。{0}")]
    Checkpoint(String),
    /// The newest checkpoint does not cover it.
    #[error("seq {seq} は、最新の確定点({size} 件)より後です。確定点が出てから、もう一度行ってください")]
    NotYet {
        /// The entry.
        seq: u64,
        /// How many entries are covered.
        size: u64,
    },
    /// The entries are not what was signed.
    #[error("記録が確定点と合わないため、証明を作れません。先に記録を検証してください")]
    Unfit,
    /// A file cannot be read.
    #[error("監査記録のファイルが読めません: {0}")]
    Read(#[from] io::Error),
}

/// Makes the proof of entry `seq` under the newest checkpoint.
///
/// # Errors
/// When the checkpoint is missing, does not cover the entry, or does not fit the entries.
pub fn prove(source: &dyn Source, seq: u64) -> Result<Proof, CannotProve> {
    let bytes = read(source, CHECKPOINT_FILE, MAX_NOTE + 1)?.unwrap_or_default();
    let note = Note::parse(&bytes).map_err(|error| CannotProve::Checkpoint(error.to_string()))?;
    let size = note.checkpoint.size;
    if seq >= size {
        return Err(CannotProve::NotYet { seq, size });
    }
    let (mut lines, mut leaves, mut entry) = (Lines::of(source)?, Vec::new(), None);
    while (leaves.len() as u64) < size {
        let line = lines.next()?.ok_or(CannotProve::Unfit)?;
        if leaves.len() as u64 == seq {
            entry = Some(line.bytes);
        }
        leaves.push(line.leaf);
    }
    let path = usize::try_from(seq).ok().and_then(|at| inclusion(&leaves, at)).ok_or(CannotProve::Unfit)?;
    let fits = included(leaves[usize::try_from(seq).unwrap_or(0)], seq, size, &path, note.checkpoint.root);
    if fits { Ok(Proof { index: seq, path, note, line: entry }) } else { Err(CannotProve::Unfit) }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(line) = &self.line {
            writeln!(f, "extra {}", STANDARD.encode(line))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}

impl Proof {
    /// Reads a proof.
    ///
    /// # Errors
    /// When it is not exactly one.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ProofError::Shape)?;
        let (head, note) = text.split_once("\n\n").ok_or(ProofError::Shape)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(ProofError::Shape);
        }
        let mut next = lines.next().ok_or(ProofError::Shape)?;
        let mut line = None;
        if let Some(extra) = next.strip_prefix("extra ") {
            line = Some(STANDARD.decode(extra).map_err(|_| ProofError::Shape)?);
            next = lines.next().ok_or(ProofError::Shape)?;
        }
        let index = next.strip_prefix("index ").ok_or(ProofError::Shape)?;
        let number: u64 = index.parse().map_err(|_| ProofError::Shape)?;
        let path: Option<Vec<Hash>> = lines.map(Hash::from_base64).collect();
        let path = path.filter(|path| path.len() <= MOST && number.to_string() == index);
        Ok(Self {
            index: number,
            path: path.ok_or(ProofError::Shape)?,
            note: Note::parse(note.as_bytes())?,
            line,
        })
    }

    /// Whether `line` (without its LF) is the entry this proves, in the log of `key`.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self, line: &[u8], key: &VerifierKey) -> Result<(), ProofError> {
        let checkpoint = &self.note.checkpoint;
        let signed = matches!(self.note.signed_by(key), Signed::Yes(_)) && checkpoint.origin == key.name();
        if !signed {
            return Err(ProofError::Signature);
        }
        let fits = included(leaf(line), self.index, checkpoint.size, &self.path, checkpoint.root);
        if fits { Ok(()) } else { Err(ProofError::NotIncluded) }
    }
}
