//! The program as an auditor uses it: files in a folder, words and exit codes out; never green by default.

#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use shoki_audit as audit;
use shoki_audit::{Files, Source, layout};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

#[path = "../../tests/audit/log.rs"]
#[expect(dead_code, reason = "only some of its parts are needed here")]
mod log;

use log::{Log, heartbeat, key, sixty, witness};

fn put(dir: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn folder(files: &Files) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let year = dir.path().join("2026");
    put(&year, files);
    (dir, year)
}

fn verify(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shoki-verify")).args(arguments).output().unwrap()
}

fn on(dir: &Path, more: &[&str]) -> (i32, String) {
    let all: Vec<&str> = [dir.to_str().unwrap()].into_iter().chain(more.iter().copied()).collect();
    let output = verify(&all);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[test]
fn each_verdict_has_its_word_and_its_exit_code() {
    let sound = sixty().files;
    let (_keep, dir) = folder(&sound);
    let (code, text) = on(&dir, &[]);
    assert_eq!((code, text.contains("整合 (CONSISTENT)")), (20, true), "{text}");
    for (name, change, code, word) in
        [("seg/000000.jsonl", "\"0041\"", 10, "改ざん"), ("checkpoint", "\n60\n", 11, "署名不正")]
    {
        let text = String::from_utf8(sound[name].clone()).unwrap();
        let (_keep, dir) = folder(&sound);
        fs::write(dir.join(name), text.replace(change, &change.replace('0', "1"))).unwrap();
        let (exit, said) = on(&dir, &[]);
        assert_eq!((exit, said.contains(word)), (code, true), "{said}");
    }
    let (_keep, dir) = folder(&sound);
    fs::remove_file(dir.join("seg/000000.jsonl")).unwrap();
    assert_eq!(on(&dir, &[]).0, 12);
    let (_keep, dir) = folder(&sound);
    fs::rename(dir.join("cp/000000000060.note"), dir.join("cp/000000000050.note")).unwrap();
    assert_eq!(on(&dir, &[]).0, 14);
}

#[test]
fn json_is_one_object_with_the_documented_keys() {
    let (_keep, dir) = folder(&sixty().files);
    let (code, text) = on(&dir, &["--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &value["verdict"], &value["entries"]), (20, &"CONSISTENT".into(), &60.into()));
    for key in ["exit", "checkpoints", "faults", "warnings", "last_anchor"] {
        assert!(!value[key].is_null() || key == "last_anchor", "{key}");
    }
}

#[test]
fn a_kept_checkpoint_a_key_and_a_policy_are_believed_before_the_folder() {
    let old = sixty();
    let (keep, dir) = folder(&old.files);
    let known = keep.path().join("known.note");
    let vkey = keep.path().join("office.vkey");
    fs::write(&known, &old.files["checkpoint"]).unwrap();
    fs::write(&vkey, &old.files["log.vkey"]).unwrap();
    let (known, vkey) = (known.to_str().unwrap(), vkey.to_str().unwrap());
    assert_eq!(on(&dir, &["--known", known, "--key", vkey]).0, 20);
    let mut forged = Log::open(0);
    (0..90_u64).for_each(|n| forged.write(&heartbeat().data("runs", n)));
    forged.checkpoint();
    let (_keep, anew) = folder(&forged.files);
    assert_eq!(on(&anew, &["--known", known]).0, 13);
    let mut stranger = Log::open(7);
    stranger.checkpoint();
    let (_keep, other) = folder(&stranger.files);
    assert_eq!((on(&other, &[]).0, on(&other, &["--key", vkey]).0), (20, 11));
    let mut note = sixty().checkpoint();
    note.cosign(&witness(), 1_775_000_100);
    fs::write(dir.join("checkpoint"), note.to_string()).unwrap();
    fs::write(dir.join("cp/000000000060.note"), note.to_string()).unwrap();
    let policy = keep.path().join("policy");
    let text = format!("log {}\nwitness K {}\nquorum K\n", key(0).verifier(), witness().verifier());
    fs::write(&policy, &text).unwrap();
    assert_eq!(on(&dir, &["--policy", policy.to_str().unwrap()]).0, 0);
    fs::write(&policy, text.replace("quorum K", "quorum X")).unwrap();
    let (code, said) = on(&dir, &["--policy", policy.to_str().unwrap()]);
    assert_eq!((code, said.contains("3 行目")), (1, true), "{said}");
}

#[test]
fn what_cannot_be_verified_is_said_and_never_green() {
    let dir = tempfile::tempdir().unwrap();
    let (code, said) = on(dir.path(), &[]);
    assert_eq!((code, said.contains("監査記録のフォルダーではありません")), (1, true), "{said}");
    let (code, _) = on(&dir.path().join("nowhere"), &[]);
    assert_eq!(code, 1);
    for wrong in [&[][..], &["a", "b"], &["a", "--format", "xml"], &["a", "--sample"], &["a", "--key"]] {
        assert_eq!(verify(wrong).status.code(), Some(1), "{wrong:?}");
    }
    assert_eq!(verify(&["--help"]).status.code(), Some(0));
    let file = dir.path().join("2026");
    fs::write(&file, "x").unwrap();
    assert_eq!(on(&file, &[]).0, 1);
}

/// A year that was closed, the next that opens with the closing checkpoint, both under `audit/`.
fn two_years(root: &Path, prev: &str, disposal: bool) {
    let mut old = sixty();
    old.write(&audit::Draft::new(audit::Event::LogClose, &log::system()));
    let closing = old.checkpoint();
    put(&root.join("audit/2026"), &old.files);
    let mut new = Log::open(0);
    new.files.clear();
    new.leaves.clear();
    new.tree = audit::Tree::new();
    new.key = key(5);
    new.files.insert("log.vkey".into(), format!("{}\n", key(5).verifier()).into_bytes());
    let prev = if prev.is_empty() { closing.to_string() } else { prev.to_owned() };
    new.write(&log::log_open().data("fy", 2027_u64).data("prev", prev.as_str()));
    if disposal {
        let draft = audit::Draft::new(audit::Event::RetentionPurge, &log::system());
        let root = closing.checkpoint.root.to_base64();
        let draft = draft.data("appr", "u-2").data("fy", 2026_u64).data("rule", "5y").data("root", root);
        new.write(&draft.data("size", closing.checkpoint.size));
    }
    new.checkpoint();
    put(&root.join("audit/2027"), &new.files);
}

#[test]
fn years_vouch_for_the_year_before() {
    let office = tempfile::tempdir().unwrap();
    two_years(office.path(), "", false);
    let (code, text) = on(office.path(), &["--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, value["years"].as_array().unwrap().len()), (20, 2), "{text}");
    assert_eq!((&value["entries"], &value["faults"]), (&62.into(), &serde_json::json!([])));
    // The old year is made anew with its stolen key: the new year knows better.
    let mut forged = Log::open(0);
    (0..90_u64).for_each(|n| forged.write(&heartbeat().data("runs", n)));
    forged.checkpoint();
    fs::remove_dir_all(office.path().join("audit/2026")).unwrap();
    put(&office.path().join("audit/2026"), &forged.files);
    assert_eq!(on(office.path(), &[]).0, 13);
}

#[test]
fn a_disposed_year_is_excused_only_by_the_record_of_its_disposal() {
    for (recorded, code) in [(true, 20), (false, 12)] {
        let office = tempfile::tempdir().unwrap();
        two_years(office.path(), "", recorded);
        fs::remove_dir_all(office.path().join("audit/2026/seg")).unwrap();
        let (exit, text) = on(office.path(), &[]);
        assert_eq!(exit, code, "{text}");
    }
}

#[test]
fn one_entry_is_proved_without_the_rest() {
    let files = sixty().files;
    let dir = tempfile::tempdir().unwrap();
    let vkey = dir.path().join("log.vkey");
    fs::write(&vkey, &files["log.vkey"]).unwrap();
    let vkey = vkey.to_str().unwrap();
    let file = dir.path().join("41.tlog-proof");
    let text = audit::prove(&files, 41).unwrap().to_string();
    fs::write(&file, &text).unwrap();
    let (code, said) = on(&file, &["--key", vkey]);
    assert_eq!((code, said.contains("\"seq\":41,")), (20, true), "{said}");
    assert_eq!(on(&file, &[]).0, 1, "without a key nothing is proved");
    fs::write(&file, text.replace("index 41", "index 40")).unwrap();
    assert_eq!(on(&file, &["--key", vkey]).0, 10);
    let forged = {
        let mut proof = audit::Proof::parse(text.as_bytes()).unwrap();
        proof.line = Some(b"{}".to_vec());
        proof.to_string()
    };
    fs::write(&file, forged).unwrap();
    assert_eq!(on(&file, &["--key", vkey]).0, 10);
    let other = dir.path().join("other.vkey");
    fs::write(&other, format!("{}\n", key(9).verifier())).unwrap();
    fs::write(&file, &text).unwrap();
    assert_eq!(on(&file, &["--key", other.to_str().unwrap()]).0, 11);
    for seq in [0, 59] {
        let proof = audit::prove(&files, seq).unwrap();
        assert_eq!(audit::Proof::parse(proof.to_string().as_bytes()).unwrap(), proof);
        proof.check(proof.line.as_ref().unwrap(), &key(0).verifier()).unwrap();
    }
    assert!(audit::prove(&files, 60).is_err());
    let mut cut = files;
    cut.remove(&layout::segment_file(0));
    assert!(audit::prove(&cut, 3).is_err() && cut.open("checkpoint").unwrap().is_some());
}
