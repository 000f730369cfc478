//! Implementations that are not ours agree with us: `signed_note` on signatures, `ct-merkle` on roots and proofs.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;
use shoki::audit::{Files, Hash, Verdict, tree};
use signed_note::{Note, StandardVerifier, VerifierList};

use crate::log::{check, lines, sixty, with_lines};

/// A tree of the other implementation over these lines (with their LF).
pub fn other_tree(lines: &[Vec<u8>]) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    for line in lines {
        tree.push(line.strip_suffix(b"\n").unwrap_or(line).to_vec());
    }
    tree
}

fn root_of(tree: &MemoryBackedTree<Sha256, Vec<u8>>) -> Hash {
    Hash(tree.root().as_bytes().as_slice().try_into().unwrap())
}

/// Size and root a note vouches for, when the other implementation accepts its signature by the key in the folder.
fn vouched(files: &Files, note: &[u8]) -> Option<(u64, Hash)> {
    let vkey = std::str::from_utf8(files.get("log.vkey")?).ok()?.strip_suffix('\n')?;
    let verifier = StandardVerifier::new(vkey).ok()?;
    let note = Note::from_bytes(note).ok()?;
    note.verify(&VerifierList::new(vec![Box::new(verifier)])).ok()?;
    let text = std::str::from_utf8(note.text()).ok()?;
    let [_, size, root] = text.lines().collect::<Vec<_>>().try_into().ok()?;
    Some((size.parse().ok()?, Hash::from_base64(root)?))
}

/// Whether every checkpoint of the folder is rightly signed and fits the lines.
pub fn accepts(files: &Files) -> bool {
    let lines = files.get("seg/000000.jsonl").map(|_| lines(files)).unwrap_or_default();
    let notes = files.iter().filter(|(name, _)| name.starts_with("cp/") || *name == "checkpoint");
    let fits = |note: &Vec<u8>| {
        vouched(files, note).is_some_and(|(size, root)| {
            let size = usize::try_from(size).unwrap();
            size <= lines.len() && root_of(&other_tree(&lines[..size])) == root
        })
    };
    let judged: Vec<bool> = notes.map(|(_, note)| fits(note)).collect();
    !judged.is_empty() && judged.into_iter().all(|fits| fits)
}

#[test]
fn roots_and_inclusion_proofs_are_the_same() {
    let all = lines(&sixty().files);
    let leaves: Vec<Hash> = all.iter().map(|line| tree::leaf(line.strip_suffix(b"\n").unwrap())).collect();
    for size in 1..=all.len() {
        let other = other_tree(&all[..size]);
        assert_eq!(root_of(&other), tree::root(&leaves[..size]));
        for at in [0, size / 2, size - 1] {
            let ours = tree::inclusion(&leaves[..size], at).unwrap();
            let ours: Vec<u8> = ours.iter().flat_map(|hash| hash.0).collect();
            assert_eq!(other.prove_inclusion(at).as_bytes(), ours.as_slice());
        }
        let added = all.len() - size;
        let ours = tree::consistency(&leaves, size).unwrap();
        let ours: Vec<u8> = ours.iter().flat_map(|hash| hash.0).collect();
        assert_eq!(other_tree(&all).prove_consistency(added).as_bytes(), ours.as_slice());
    }
}

#[test]
fn signatures_are_judged_alike_whatever_byte_of_a_note_is_changed() {
    let sound = sixty().files;
    assert!(accepts(&sound));
    let (mut ours, mut others) = (0, 0);
    let note = sound["checkpoint"].clone();
    for at in 0..note.len() {
        let mut files = sound.clone();
        for name in ["checkpoint", "cp/000000000060.note"] {
            files.get_mut(name).unwrap()[at] ^= 1;
        }
        let report = check(&files);
        ours += u32::from(report.verdict != Verdict::BadSignature);
        others += u32::from(accepts(&files));
    }
    assert_eq!((ours, others), (0, 0), "no changed note is accepted by either");
}

#[test]
fn an_edited_entry_is_refused_by_both() {
    let sound = sixty().files;
    let mut all = lines(&sound);
    all[7] = String::from_utf8(all[7].clone()).unwrap().replace("0007", "0008").into_bytes();
    let files = with_lines(&sound, &all);
    assert!(!accepts(&files) && check(&files).verdict == Verdict::Invalid);
}
