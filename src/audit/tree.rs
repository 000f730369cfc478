//! The Merkle tree of RFC 6962: leaves, roots, the right edge that appends in O(log n), proofs.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256 value: a leaf, an inner value or a root. Shown and stored as base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Reads the base64 form (44 characters).
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The base64 form (44 characters).
    #[must_use]
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_base64()
    }
}

impl TryFrom<String> for Hash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_base64(&text).ok_or("not the base64 of 32 bytes")
    }
}

/// SHA-256 of the bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// The leaf of a line (without its LF): SHA-256(0x00 ‖ line).
#[must_use]
pub fn leaf(line: &[u8]) -> Hash {
    let mut hasher = LeafHasher::default();
    hasher.update(line);
    hasher.finish()
}

/// The value above two others: SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn above(left: Hash, right: Hash) -> Hash {
    let mut bytes = [1_u8; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    sha256(&bytes)
}

/// Computes the leaf of a line that arrives in pieces.
#[derive(Debug, Clone)]
pub struct LeafHasher(Sha256);

impl Default for LeafHasher {
    fn default() -> Self {
        Self(Sha256::new_with_prefix([0_u8]))
    }
}

impl LeafHasher {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The leaf of all pieces.
    #[must_use]
    pub fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

/// A tree reduced to its right edge: enough to append and to give the root, in O(log n) memory and time.
///
/// Serialises to `{"size":n,"edge":[base64,…]}`, which is what a store keeps between two appends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredTree")]
pub struct Tree {
    size: u64,
    /// Roots of the perfect subtrees, largest first; one per 1-bit of `size`.
    edge: Vec<Hash>,
}

/// What [`Tree`] is read from, before its shape is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredTree {
    size: u64,
    edge: Vec<Hash>,
}

impl TryFrom<StoredTree> for Tree {
    type Error = &'static str;

    fn try_from(stored: StoredTree) -> Result<Self, Self::Error> {
        let StoredTree { size, edge } = stored;
        if edge.len() == size.count_ones() as usize {
            Ok(Self { size, edge })
        } else {
            Err("the edge does not belong to a tree of this size")
        }
    }
}

impl Tree {
    /// A tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many leaves it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends one leaf.
    ///
    /// # Panics
    /// Never: the edge has one subtree per 1-bit of the size.
    pub fn append(&mut self, leaf: Hash) {
        let mut top = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.edge.pop().expect("one subtree per 1-bit of the size");
            top = above(left, top);
        }
        self.edge.push(top);
        self.size += 1;
    }

    /// The root; of an empty tree SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut from_right = self.edge.iter().rev().copied();
        let Some(last) = from_right.next() else { return sha256(b"") };
        from_right.fold(last, |right, left| above(left, right))
    }
}

impl Extend<Hash> for Tree {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.append(leaf));
    }
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let pair = |b: &u8| [b >> 4, b & 15].map(|half| char::from(DIGITS[usize::from(half)]));
    bytes.iter().flat_map(pair).collect()
}

/// The root over `leaves`.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::new();
    tree.extend(leaves.iter().copied());
    tree.root()
}

/// Where a tree of `size` ≥ 2 leaves is cut in two: the largest power of two below `size`.
fn cut(size: usize) -> usize {
    size.next_power_of_two() / 2
}

/// The inclusion proof of leaf `index` in the tree over `leaves`, lowest value first; `None` when there is no such leaf.
#[must_use]
pub fn inclusion(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    (index < leaves.len()).then(|| path(leaves, index))
}

fn path(leaves: &[Hash], index: usize) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(cut(leaves.len()));
    let (mut proof, other) = if index < left.len() {
        (path(left, index), root(right))
    } else {
        (path(right, index - left.len()), root(left))
    };
    proof.push(other);
    proof
}

/// Whether `proof` shows that `leaf` is number `index` of the tree with `size` leaves and this root. RFC 9162 §2.1.3.2.
#[must_use]
pub fn included(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut top) = (index, size - 1, leaf);
    for &other in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            top = above(other, top);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            top = above(top, other);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && top == root
}

/// The proof that the tree over the first `old` leaves is the beginning of the tree over `leaves`;
/// `None` when `old` is 0 or larger than the tree.
#[must_use]
pub fn consistency(leaves: &[Hash], old: usize) -> Option<Vec<Hash>> {
    (0 < old && old <= leaves.len()).then(|| prefix_proof(leaves, old, true))
}

/// `whole`: the old tree is a complete subtree here, so its root is known to the reader already.
fn prefix_proof(leaves: &[Hash], old: usize, whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(cut(leaves.len()));
    let (mut proof, other) = if old <= left.len() {
        (prefix_proof(left, old, whole), root(right))
    } else {
        (prefix_proof(right, old - left.len(), false), root(left))
    };
    proof.push(other);
    proof
}

/// Whether `proof` shows that the tree (`old`, `old_root`) is the beginning of (`new`, `new_root`). RFC 9162 §2.1.4.2.
#[must_use]
pub fn consistent(old: u64, old_root: Hash, new: u64, new_root: Hash, proof: &[Hash]) -> bool {
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 || old > new {
        return false;
    }
    let mut rest = proof.iter().copied();
    let first = if old.is_power_of_two() { Some(old_root) } else { rest.next() };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut old_top, mut new_top) = (first, first);
    for other in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_top = above(other, old_top);
            new_top = above(other, new_top);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_top = above(new_top, other);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_top == old_root && new_top == new_root
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn proofs_hold_for_every_tree_up_to_thirty_leaves() {
        let leaves: Vec<Hash> = (0..30_u8).map(|byte| leaf(&[byte])).collect();
        let wrong = sha256(b"x");
        for (size, many) in (1..=leaves.len()).zip(1_u64..) {
            let top = root(&leaves[..size]);
            for (index, at) in (0..size).zip(0_u64..) {
                let proof = inclusion(&leaves[..size], index).unwrap();
                assert!(included(leaves[index], at, many, &proof, top));
                assert!(!included(wrong, at, many, &proof, top));
            }
            for (old, few) in (1..=size).zip(1_u64..) {
                let proof = consistency(&leaves[..size], old).unwrap();
                assert!(consistent(few, root(&leaves[..old]), many, top, &proof));
                assert!(!consistent(few, wrong, many, top, &proof));
                assert!(!consistent(few, root(&leaves[..old]), many, wrong, &proof));
            }
        }
    }

    #[test]
    fn a_stored_tree_goes_on_where_it_was() {
        let mut grown = Tree::new();
        grown.extend((0..30_u8).map(|byte| leaf(&[byte])));
        let stored = serde_json::to_string(&grown).unwrap();
        let mut again: Tree = serde_json::from_str(&stored).unwrap();
        assert_eq!(again, grown);
        assert!(serde_json::from_str::<Tree>(&stored.replace("30", "31")).is_err());
        again.append(leaf(&[30]));
        let all: Vec<Hash> = (0..31_u8).map(|byte| leaf(&[byte])).collect();
        assert_eq!(again.root(), root(&all));
    }
}
