//! A whole folder: one file of the published log is replaced by anything; the verifier ends, and is green only for what was signed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shoki_audit::{Files, Options, verify};

const FILES: [(&str, &[u8]); 3] = [
    ("log.vkey", include_bytes!("../../fixtures/audit/vector/log.vkey")),
    ("seg/000000.jsonl", include_bytes!("../../fixtures/audit/vector/seg/000000.jsonl")),
    ("checkpoint", include_bytes!("../../fixtures/audit/vector/checkpoint")),
];

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let mut files: Files = FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    files.insert("cp/000000000005.note".to_owned(), FILES[2].1.to_vec());
    let (name, sound) = FILES[usize::from(*which) % FILES.len()];
    files.insert(name.to_owned(), bytes.to_vec());
    if let Ok(report) = verify(&files, &Options::default()) {
        // Entries after the signed ones are not covered by anything yet.
        let beyond = name.starts_with("seg/") && bytes.starts_with(sound);
        assert!(!report.verdict.is_good() || bytes == sound || beyond);
    }
});
