//! The published test vector, byte for byte.

use std::path::Path;

use shoki::audit::{
    Actor, Counts, Draft, Entry, Event, Hash, Note, Options, Signed, Status, tree, verify_dir,
};

use crate::log::{RUN, SHA, key, log_open, stamp, system, witness};

fn vector(file: &str) -> String {
    std::fs::read_to_string(Path::new("fixtures/audit/vector").join(file)).unwrap()
}

fn hashes(file: &str) -> Vec<Hash> {
    vector(file).lines().map(|line| Hash::from_base64(line).unwrap()).collect()
}

fn vector_drafts() -> [(Draft, &'static str, u64); 5] {
    let schedule = Actor::Schedule("nightly-zei".to_owned());
    let start =
        Draft::new(Event::RunStart, &schedule).run(RUN).scenario("juminzei-ocr", 3, SHA, Some("u-0031"));
    let step = |event| Draft::new(event, &system()).run(RUN).item("0001").step("submit");
    let intent = step(Event::StepIntent).idem("01JQZ8E0000000000000000002");
    let receipt = step(Event::StepResult).res(Status::Ok, None);
    let counts = Counts { ok: 1, ..Counts::default() };
    [
        (log_open(), "2026-03-31T15:00:00Z", 1_000_000),
        (start, "2026-04-01T16:00:00.120Z", 90_000_120_000_000),
        (
            intent.target("zei", "robot-zei-01", "submit", None),
            "2026-04-01T16:00:07.002Z",
            90_007_002_000_000,
        ),
        (
            receipt.evidence("screenshot", &"cd".repeat(32), 48_211),
            "2026-04-01T16:00:09.310Z",
            90_009_310_000_000,
        ),
        (
            Draft::new(Event::RunEnd, &system()).run(RUN).counts(Status::Ok, &counts),
            "2026-04-01T16:00:09.481Z",
            90_009_481_000_000,
        ),
    ]
}

#[test]
fn the_published_vector_is_written_byte_for_byte() {
    let (mut written, mut leaves) = (String::new(), Vec::new());
    for (seq, (draft, ts, mono)) in vector_drafts().iter().enumerate() {
        let line = draft.seal(seq as u64, &stamp(ts, *mono)).unwrap();
        assert_eq!(Entry::parse(line.text.as_bytes()).unwrap().seq(), line.seq);
        written.push_str(&line.text);
        written.push('\n');
        leaves.push(line.leaf);
    }
    assert_eq!(written, vector("seg/000000.jsonl"));
    assert_eq!(written.len(), 1_463);
    assert_eq!(leaves, hashes("leaves.txt"));
}

#[test]
fn the_published_vector_is_signed_byte_for_byte() {
    assert_eq!(format!("{}\n", key(0).verifier()), vector("log.vkey"));
    assert_eq!(format!("{}\n", witness().verifier()), vector("witness.vkey"));
    let root = tree::root(&hashes("leaves.txt"));
    let mut note = key(0).checkpoint(5, root);
    assert_eq!(note.to_string(), vector("checkpoint"));
    note.cosign(&witness(), 1_775_088_000);
    assert_eq!(note.to_string(), vector("cosigned.note"));
    assert_eq!(Note::parse(vector("cosigned.note").as_bytes()).unwrap(), note);
    assert_eq!(note.signed_by(&key(0).verifier()), Signed::Yes(None));
    assert_eq!(note.signed_by(&witness().verifier()), Signed::Yes(Some(1_775_088_000)));
    assert_eq!(note.signed_by(&key(1).verifier()), Signed::Absent);
}

#[test]
fn the_published_inclusion_proof_is_ours() {
    let (leaves, proof) = (hashes("leaves.txt"), hashes("proof-3.txt"));
    let root = tree::root(&leaves);
    assert_eq!(tree::inclusion(&leaves, 3).unwrap(), proof);
    assert!(tree::included(leaves[3], 3, 5, &proof, root));
    assert!(!tree::included(leaves[3], 2, 5, &proof, root));
    assert!(!tree::included(leaves[2], 3, 5, &proof, root));
}

#[test]
fn the_published_vector_verifies_from_its_folder() {
    let report = verify_dir(Path::new("fixtures/audit/vector"), &Options::default()).unwrap();
    assert_eq!((report.entries, report.covered, report.checkpoints), (5, 5, 1));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["verdict"], "CONSISTENT");
    assert_eq!(json["exit"], 20);
    assert_eq!(json["faults"], serde_json::json!([]));
    assert_eq!(json["last_anchor"], serde_json::Value::Null);
    assert!(report.render_ja().starts_with("判定: 整合 (CONSISTENT)\n"));
}
