//! Every attack on a log gives the exact verdict and names the place.

use shoki::audit::{Files, Note, Options, Policy, Report, Verdict, layout, tree, verify};

use crate::log::{Log, check, heartbeat, key, lines, names, sixty, with_lines, witness};

#[test]
fn every_changed_byte_is_found_and_its_entry_named() {
    let log = sixty();
    let clean = check(&log.files);
    assert_eq!(clean.verdict, Verdict::Consistent);
    assert!(clean.faults.is_empty() && clean.warnings.is_empty(), "{clean:?}");
    let halves = [0, 1].map(|half| {
        let files = log.files.clone();
        std::thread::spawn(move || flip_all(files, half))
    });
    for half in halves {
        half.join().unwrap();
    }
}

/// Changes every second byte of every file in turn.
fn flip_all(mut files: Files, half: usize) {
    let sound = files.clone();
    for (name, bytes) in &sound {
        for at in (half..bytes.len()).step_by(2) {
            files.get_mut(name).unwrap()[at] ^= 1;
            found(name, bytes, at, &check(&files));
            files.get_mut(name).unwrap()[at] ^= 1;
        }
    }
}

/// What must be said about the change of byte `at` of the file `name`.
fn found(name: &str, bytes: &[u8], at: usize, report: &Report) {
    let place = || format!("{name} byte {at}: {report:?}");
    if name.starts_with("tile/") {
        assert_eq!(report.verdict, Verdict::Consistent, "{}", place());
        assert_eq!(report.warnings[0].seq, Some(at as u64 / 32), "{}", place());
    } else if name.starts_with("seg/") {
        let seq = bytes[..at].split(|byte| *byte == b'\n').count() - 1;
        let verdict = if at + 1 == bytes.len() { Verdict::Truncated } else { Verdict::Invalid };
        assert_eq!(report.verdict, verdict, "{}", place());
        assert!(names(report, seq), "{}", place());
    } else {
        assert_eq!(report.verdict, Verdict::BadSignature, "{}", place());
        assert!(report.faults[0].what.contains(name), "{}", place());
    }
}

#[test]
fn without_tiles_the_range_between_checkpoints_is_named() {
    let mut files = sixty().files;
    files.retain(|name, _| !name.starts_with("tile/"));
    let text = String::from_utf8(files["seg/000000.jsonl"].clone()).unwrap();
    files.insert("seg/000000.jsonl".to_owned(), text.replace("\"0041\"", "\"0141\"").into_bytes());
    let report = check(&files);
    assert_eq!((report.verdict, report.covered), (Verdict::Invalid, 32));
    assert_eq!(report.faults[0].seq, Some(32));
    assert!(report.faults[0].what.contains("seq 59"), "{}", report.faults[0].what);
}

#[test]
fn dropped_and_doubled_entries_are_named() {
    let log = sixty();
    let sound = lines(&log.files);
    for i in 0..60 {
        let mut dropped = sound.clone();
        dropped.remove(i);
        let report = check(&with_lines(&log.files, &dropped));
        let verdict = if i == 59 { Verdict::Truncated } else { Verdict::Invalid };
        assert_eq!(report.verdict, verdict, "{i} {report:?}");
        assert!(names(&report, i), "{i} {report:?}");
        let mut doubled = sound.clone();
        doubled.insert(i, sound[i].clone());
        let report = check(&with_lines(&log.files, &doubled));
        assert_eq!(report.verdict, Verdict::Invalid, "{i} {report:?}");
        assert!(names(&report, i + 1), "{i} {report:?}");
    }
}

#[test]
fn swapped_entries_are_named() {
    let log = sixty();
    let sound = lines(&log.files);
    for i in 0..60 {
        for j in i + 1..60 {
            let mut swapped = sound.clone();
            swapped.swap(i, j);
            let report = check(&with_lines(&log.files, &swapped));
            assert_eq!(report.verdict, Verdict::Invalid);
            assert!(names(&report, i), "{i} {j} {report:?}");
        }
    }
}

#[test]
fn renumbering_after_a_drop_does_not_help() {
    let log = sixty();
    let mut kept = lines(&log.files);
    kept.remove(40);
    for (seq, line) in kept.iter_mut().enumerate().skip(40) {
        let text = String::from_utf8(line.clone()).unwrap();
        *line = text.replace(&format!("\"seq\":{},", seq + 1), &format!("\"seq\":{seq},")).into_bytes();
    }
    let report = check(&with_lines(&log.files, &kept));
    assert_eq!(report.verdict, Verdict::Invalid);
    assert_eq!(report.faults[0].seq, Some(40), "{report:?}");
}

#[test]
fn a_cut_tail_is_truncated() {
    let log = sixty();
    let sound = lines(&log.files);
    for left in 0..60 {
        let report = check(&with_lines(&log.files, &sound[..left]));
        assert_eq!((report.verdict, report.exit), (Verdict::Truncated, 12), "{left} {report:?}");
        assert_eq!(report.faults[0].seq, Some(left as u64));
    }
}

#[test]
fn an_older_state_diverges_from_what_is_known() {
    let log = sixty();
    let known = Note::parse(&log.files["checkpoint"]).unwrap();
    let options = Options { known: vec![known], ..Options::default() };
    let report = verify(&log.files, &options).unwrap();
    assert_eq!((report.verdict, report.last_anchor.unwrap().size), (Verdict::Consistent, 60));
    for left in 32..=60 {
        let mut old = with_lines(&log.files, &lines(&log.files)[..left]);
        old.insert("checkpoint".to_owned(), old["cp/000000000032.note"].clone());
        old.remove("cp/000000000060.note");
        old.retain(|name, _| !name.starts_with("tile/"));
        let report = check(&old);
        assert_eq!(report.verdict, Verdict::Consistent, "nothing in the folder shows it: {report:?}");
        assert_eq!(report.warnings.is_empty(), left == 32, "{left} {report:?}");
        let report = verify(&old, &options).unwrap();
        assert_eq!((report.verdict, report.exit), (Verdict::Diverged, 13), "{left} {report:?}");
    }
}

#[test]
fn a_log_made_anew_with_the_stolen_key_diverges_from_what_is_known() {
    let known = Note::parse(&sixty().files["checkpoint"]).unwrap();
    let mut forged = Log::open(0);
    for number in 1..80_u64 {
        forged.write(&heartbeat().data("runs", number));
    }
    forged.checkpoint();
    assert_eq!(check(&forged.files).verdict, Verdict::Consistent);
    let options = Options { known: vec![known], ..Options::default() };
    assert_eq!(verify(&forged.files, &options).unwrap().verdict, Verdict::Diverged);
}

#[test]
fn another_key_is_noticed() {
    let log = sixty();
    let mut files = log.files.clone();
    files.insert("log.vkey".to_owned(), format!("{}\n", key(9).verifier()).into_bytes());
    let report = check(&files);
    assert_eq!((report.verdict, report.exit, report.covered), (Verdict::BadSignature, 11, 0));
    let mut anew = Log::open(9);
    anew.checkpoint();
    assert_eq!(check(&anew.files).verdict, Verdict::Consistent, "nothing in the folder shows it");
    let pinned = Options { policy: Policy::of(vec![key(0).verifier()], Vec::new(), 0), ..Options::default() };
    assert_eq!(verify(&anew.files, &pinned).unwrap().verdict, Verdict::BadSignature);
    assert_eq!(verify(&log.files, &pinned).unwrap().verdict, Verdict::Consistent);
    let known = Note::parse(&log.files["checkpoint"]).unwrap();
    let known = Options { known: vec![known], ..Options::default() };
    assert_eq!(verify(&anew.files, &known).unwrap().verdict, Verdict::BadSignature);
}

#[test]
fn a_checkpoint_that_forks_the_log_is_named() {
    let mut log = sixty();
    let fork = key(0).checkpoint(40, tree::sha256(b"another log"));
    log.files.insert(layout::checkpoint_file(40), fork.to_string().into_bytes());
    let report = check(&log.files);
    assert_eq!((report.verdict, report.covered), (Verdict::Invalid, 60));
    assert!(report.faults[0].what.contains("cp/000000000040.note"), "{report:?}");
}

#[test]
fn missing_files_are_never_green() {
    let log = sixty();
    for (name, verdict) in [
        ("log.vkey", Verdict::BadSignature),
        ("seg/000000.jsonl", Verdict::Truncated),
        ("checkpoint", Verdict::Format),
        ("cp/000000000060.note", Verdict::Format),
    ] {
        let mut files = log.files.clone();
        files.remove(name);
        let report = check(&files);
        assert_eq!(report.verdict, verdict, "{name} {report:?}");
        assert!(!report.faults.is_empty());
    }
    let mut files = log.files.clone();
    files.retain(|name, _| !name.starts_with('c'));
    assert_eq!(check(&files).verdict, Verdict::BadSignature);
    assert!(verify(&Files::new(), &Options::default()).is_err());
}

#[test]
fn witnesses_make_it_witnessed_and_their_line_counts() {
    let mut log = sixty();
    let mut note = log.checkpoint();
    note.cosign(&witness(), 1_775_000_100);
    log.keep(&note);
    let options =
        Options { policy: Policy::of(Vec::new(), vec![witness().verifier()], 1), ..Options::default() };
    let report = verify(&log.files, &options).unwrap();
    assert_eq!((report.verdict, report.exit), (Verdict::Witnessed, 0), "{report:?}");
    assert_eq!(report.last_anchor.unwrap().size, 60);
    let stale = Options { anchor_hours: -1, ..options.clone() };
    assert_eq!(verify(&log.files, &stale).unwrap().verdict, Verdict::Consistent);
    assert_eq!(check(&log.files).warnings.len(), 1, "an unknown signature is said");
    let at = note.to_string().len() - 20;
    for name in ["checkpoint", "cp/000000000060.note"] {
        log.files.get_mut(name).unwrap()[at] ^= 1;
    }
    assert_eq!(verify(&log.files, &options).unwrap().verdict, Verdict::BadSignature);
}
