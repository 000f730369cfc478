//! Notes, keys, policies, proofs: what is accepted prints as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shoki_audit::{Note, Policy, Proof, VerifierKey};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(Note::parse(note.to_string().as_bytes()), Ok(note));
    }
    if let Ok(proof) = Proof::parse(bytes) {
        assert_eq!(Proof::parse(proof.to_string().as_bytes()), Ok(proof));
    }
    let _ = Policy::parse(bytes);
    if let Some(key) = std::str::from_utf8(bytes).ok().and_then(|text| VerifierKey::parse(text).ok()) {
        assert_eq!(VerifierKey::parse(&key.to_string()), Ok(key));
    }
});
