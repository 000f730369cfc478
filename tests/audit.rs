//! The audit log keeps its promise: whoever changes a byte, drops, swaps or doubles an entry or cuts the tail is found,
//! with the place; and a sound log never raises an alarm. The format is that of the published test vector.

#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::path::Path;

use proptest::prelude::*;
use shoki::audit::layout::{self, TILE};
use shoki::audit::{
    Actor, Counts, Draft, Entry, Event, Files, Hash, Line, Note, Options, Refused, Report, Signed,
    SigningKey, Stamp, Status, Tree, Value, Verdict, VerifierKey, recordable, tree, verify, verify_dir,
};

const ORIGIN: &str = "shoki.invalid/example-city/host01";
const RUN: &str = "01JQZ8E0000000000000000001";
const SHA: &str = "abababababababababababababababababababababababababababababababab";

fn stamp(ts: &str, mono: u64) -> Stamp {
    Stamp { ts: ts.parse().unwrap(), mono, boot: "5f0c1a9e".to_owned(), ep: 1 }
}

fn system() -> Actor {
    Actor::System("shokid".to_owned())
}

fn heartbeat() -> Draft {
    Draft::new(Event::Heartbeat, &system())
}

fn log_open() -> Draft {
    Draft::new(Event::LogOpen, &system())
        .data("fy", 2026_u64)
        .data("origin", ORIGIN)
        .data("prev", Value::Null)
        .data("spec", "shoki-audit/1")
}

fn seed(first: u8) -> [u8; 32] {
    std::array::from_fn(|i| first + u8::try_from(i).unwrap())
}

fn key(first: u8) -> SigningKey {
    SigningKey::log(ORIGIN, &seed(first)).unwrap()
}

fn witness() -> SigningKey {
    SigningKey::witness("shoki.invalid/example-city/audit-office", &seed(0x20)).unwrap()
}

/// Writes a log as the store does, in memory.
struct Log {
    files: Files,
    leaves: Vec<Hash>,
    tree: Tree,
    key: SigningKey,
}

impl Log {
    /// A log with its first entry.
    fn open(first: u8) -> Self {
        let mut log = Self { files: Files::new(), leaves: Vec::new(), tree: Tree::new(), key: key(first) };
        let vkey = format!("{}\n", log.key.verifier());
        log.files.insert("log.vkey".to_owned(), vkey.into_bytes());
        log.write(&log_open());
        log
    }

    fn write(&mut self, draft: &Draft) {
        let seq = self.tree.size();
        let ts = 1_775_000_000_000 + i64::try_from(seq).unwrap() * 1_000;
        let ts = jiff::Timestamp::from_millisecond(ts).unwrap().to_string();
        self.push(&draft.seal(seq, &stamp(&ts, (seq + 1) * 1_000_000_000)).unwrap());
    }

    fn push(&mut self, line: &Line) {
        let segment = self.files.entry(layout::segment_file(line.seq)).or_default();
        segment.extend_from_slice(line.text.as_bytes());
        segment.push(b'\n');
        self.leaves.push(line.leaf);
        self.tree.append(line.leaf);
    }

    fn checkpoint(&mut self) -> Note {
        let size = self.tree.size();
        let note = self.key.checkpoint(size, self.tree.root());
        self.keep(&note);
        self.files.retain(|name, _| !name.contains(".p/"));
        for (number, width) in layout::tiles(0, size) {
            let first = usize::try_from(number * TILE).unwrap();
            let leaves = &self.leaves[first..first + usize::try_from(width).unwrap()];
            self.files.insert(layout::tile_file(number, width), layout::tile_bytes(leaves));
        }
        note
    }

    fn keep(&mut self, note: &Note) {
        let text = note.to_string().into_bytes();
        self.files.insert(layout::checkpoint_file(note.checkpoint.size), text.clone());
        self.files.insert("checkpoint".to_owned(), text);
    }
}

/// 60 entries, checkpoints at 32 and 60.
fn sixty() -> Log {
    let mut log = Log::open(0);
    for number in 1..60_u64 {
        let item = format!("{number:04}");
        let person = Actor::User("u-0031".to_owned());
        let changed = Value::map([("changed", true.into()), ("f", "氏名".into())]);
        log.write(&match number % 4 {
            0 => heartbeat().data("runs", number),
            1 => Draft::new(Event::ItemOpen, &system()).run(RUN).item(&item),
            2 => Draft::new(Event::OcrConfirm, &person)
                .run(RUN)
                .item(&item)
                .step("確認")
                .data("fields", vec![changed]),
            _ => Draft::new(Event::ItemEnd, &system()).run(RUN).item(&item).res(Status::Ok, None),
        });
        if number == 31 {
            log.checkpoint();
        }
    }
    log.checkpoint();
    log
}

fn check(files: &Files) -> Report {
    verify(files, &Options::default()).unwrap()
}

fn lines(files: &Files) -> Vec<Vec<u8>> {
    files["seg/000000.jsonl"].split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn with_lines(files: &Files, lines: &[Vec<u8>]) -> Files {
    let mut files = files.clone();
    files.insert("seg/000000.jsonl".to_owned(), lines.concat());
    files
}

fn names(report: &Report, seq: usize) -> bool {
    report.faults.iter().any(|fault| fault.seq == Some(seq as u64))
}

fn vector(file: &str) -> String {
    std::fs::read_to_string(Path::new("fixtures/audit/vector").join(file)).unwrap()
}

fn hashes(file: &str) -> Vec<Hash> {
    vector(file).lines().map(|line| Hash::from_base64(line).unwrap()).collect()
}

// ── the published vector

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

// ── attacks

#[test]
fn every_changed_byte_is_found_and_its_entry_named() {
    let log = sixty();
    let clean = check(&log.files);
    assert_eq!(clean.verdict, Verdict::Consistent);
    assert!(clean.faults.is_empty() && clean.warnings.is_empty(), "{clean:?}");
    let mut files = log.files.clone();
    for (name, bytes) in &log.files {
        for at in 0..bytes.len() {
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
        let seq = bytes[..at].iter().filter(|&&byte| byte == b'\n').count();
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
    let pinned = Options { trusted: Some(key(0).verifier()), ..Options::default() };
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
    let options = Options { witnesses: vec![witness().verifier()], quorum: 1, ..Options::default() };
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

// ── what stands in the log

#[test]
fn entries_beyond_the_newest_checkpoint_are_counted() {
    let mut log = sixty();
    log.write(&heartbeat());
    let report = check(&log.files);
    assert_eq!((report.verdict, report.entries, report.covered), (Verdict::Consistent, 61, 60));
    assert_eq!(report.warnings[0].seq, Some(60));
    log.files.get_mut("seg/000000.jsonl").unwrap().extend_from_slice(b"{\"v\":1}\n");
    assert_eq!(check(&log.files).verdict, Verdict::Format);
}

#[test]
fn signed_lines_against_the_format_are_a_format_violation() {
    let good = heartbeat().seal(1, &stamp("2026-04-01T00:00:00Z", 5)).unwrap().text;
    for bad in [
        good.replace("\"v\":1", "\"v\":1,\"v\":1"),
        good.replace("\"v\":1", "\"v\":2"),
        good.replace("\"ev\":\"hb\"", "\"ev\":\"hc\""),
        good.replace("\"v\":1", "\"山田\":\"太郎\",\"v\":1"),
        good.replace("\"mono\":5", "\"mono\":5.5"),
        good.replace("shokid", "123456789018"),
        good.replace("shokid", &"x".repeat(70_000)),
    ] {
        let mut log = Log::open(0);
        log.push(&Line { seq: 1, leaf: tree::leaf(bad.as_bytes()), text: bad });
        log.checkpoint();
        let report = check(&log.files);
        assert_eq!((report.verdict, report.exit), (Verdict::Format, 14), "{report:?}");
        assert_eq!(report.faults[0].seq, Some(1));
        assert!(!format!("{report:?}").contains("山田"));
    }
}

#[test]
fn personal_numbers_and_unknown_members_are_refused_when_written() {
    let at = stamp("2026-04-01T00:00:00Z", 1);
    let person = Actor::User("u-1".to_owned());
    let stop = |reason: &str| Draft::new(Event::RunStop, &person).data("reason", reason).seal(1, &at);
    for reason in [
        "123456789018",
        "１２３４５６７８９０１８",
        "1234-5678-9018",
        "1234 5678 9018",
        "一二三四五六七八九〇一八",
        "①②③④⑤⑥⑦⑧⑨⓪①⑧",
        "番号は1234　5678　9018です",
    ] {
        assert_eq!(stop(reason), Err(Refused::Digits("data.reason".to_owned())), "{reason}");
    }
    assert!(stop("窓口 090-1234-5678 から連絡。2026年4月1日 12時30分に停止").is_ok());
    let open = |item: &str| Draft::new(Event::ItemOpen, &system()).run(RUN).item(item).seal(1, &at);
    assert!(open("0001").is_ok() && open(RUN).is_ok() && open(&format!("{}-12", "0".repeat(64))).is_ok());
    for item in ["123456789018", "a123456789018b", "1234-5678-9018", "山田", "a b", ""] {
        assert!(open(item).is_err(), "{item}");
    }
    let beat = |key, value: Value| heartbeat().data(key, value).seal(1, &at);
    let number = Value::Int(123_456_789_018);
    assert_eq!(beat("runs", number), Err(Refused::BadValue("data.runs".to_owned())));
    assert_eq!(beat("who", "x".into()), Err(Refused::UnknownKey("data.who".to_owned())));
    let without = Draft::new(Event::ItemOpen, &system()).run(RUN).seal(1, &at);
    assert_eq!(without, Err(Refused::MissingKey("item".to_owned())));
    assert!(recordable("R08-000123") && recordable("20260401-0012"));
    assert!(!recordable("202604010012") && !recordable("受付12"));
}

#[test]
fn clocks_gaps_epochs_and_open_intents_are_warned_of() {
    let intent = Draft::new(Event::StepIntent, &system()).run(RUN).item("0001").step("発送登録");
    let intent = intent.idem("01JQZ8E0000000000000000002").target("juki", "juki_robot", "登録", None);
    let minute = 60_000_000_000;
    let mut log = Log::open(0);
    for (draft, ts, mono, ep) in [
        (intent, "2026-04-01T00:00:01Z", 2_000_000_000, 1),
        (heartbeat(), "2026-03-31T23:59:58Z", 3_000_000_000, 1),
        (heartbeat(), "2026-04-01T00:00:00Z", 4_000_000_000, 3),
        (heartbeat(), "2026-04-01T00:00:00Z", 21 * minute + 5_000_000_000, 3),
        (heartbeat(), "2026-04-01T00:00:00Z", 0, 2),
    ] {
        log.push(&draft.seal(log.tree.size(), &Stamp { ep, ..stamp(ts, mono) }).unwrap());
    }
    log.checkpoint();
    let report = check(&log.files);
    assert_eq!(report.verdict, Verdict::Consistent);
    let mut seqs: Vec<u64> = report.warnings.iter().map(|warning| warning.seq.unwrap()).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, [1, 2, 3, 4, 5], "{:?}", report.warnings);
}

// ── keys and notes

#[test]
fn keys_and_notes_that_are_not_exact_are_refused() {
    let vkey = key(0).verifier().to_string();
    assert_eq!(VerifierKey::parse(&vkey).unwrap().to_string(), vkey);
    for at in 0..vkey.len() {
        let mut bytes = vkey.clone().into_bytes();
        bytes[at] ^= 1;
        assert!(VerifierKey::parse(&String::from_utf8(bytes).unwrap()).is_err(), "{at}");
    }
    let note = key(0).checkpoint(5, tree::root(&[])).to_string();
    assert!(Note::parse(note.as_bytes()).is_ok());
    for bad in [
        note.replace("\n5\n", "\n05\n"),
        note.replace("\n5\n", "\n5\nmore\n"),
        note.trim_end().to_owned(),
        note.replace('—', "-"),
    ] {
        assert!(Note::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(format!("{:?}", key(0)).ends_with("************)"));
}

// ── no false alarm

fn any_draft() -> impl Strategy<Value = Draft> {
    let item = "[A-Za-z0-9]{1,8}";
    let reason = "[ぁ-んァ-ヶ亜-腕a-z0-9、。\"\\\\]{0,20}"
        .prop_filter("no long numbers", |text| !shoki::audit::forbidden::has_spaced_digit_run(text));
    let sha = any::<[u8; 32]>().prop_map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    let of = |event| Draft::new(event, &system()).run(RUN);
    prop_oneof![
        (0_u64..99_999_999_999).prop_map(|n| heartbeat().data("runs", n)),
        item.prop_map(move |item| of(Event::ItemOpen).item(&item)),
        item.prop_map(move |item| of(Event::ItemEnd).item(&item).res(Status::Ng, Some("E1"))),
        reason.prop_map(move |why| of(Event::RunStop).data("reason", why)),
        sha.prop_map(move |sha: String| of(Event::FileOut).data("class", "output").data("sha256", sha)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sound_log_raises_no_alarm(
        drafts in prop::collection::vec((any_draft(), prop::bool::weighted(0.1)), 0..40),
    ) {
        let mut log = Log::open(0);
        for (draft, sign) in &drafts {
            log.write(draft);
            if *sign {
                log.checkpoint();
            }
        }
        let options = Options { known: vec![log.checkpoint()], ..Options::default() };
        let report = verify(&log.files, &options).unwrap();
        prop_assert_eq!(report.verdict, Verdict::Consistent);
        prop_assert!(report.faults.is_empty() && report.warnings.is_empty(), "{:?}", report);
        prop_assert_eq!(report.covered, drafts.len() as u64 + 1);
    }
}
