//! What may stand in a log, a key, a note; and what a person is warned of.

use shoki::audit::{
    Actor, Draft, Event, Line, Note, Refused, Stamp, Value, Verdict, VerifierKey, recordable, tree,
};

use crate::log::{Log, RUN, check, heartbeat, key, sixty, stamp, system};

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
    let used = |name: &str| Draft::new(Event::SecretUse, &system()).data("name", name).seal(1, &at);
    assert!(used("電話(昼間)").is_ok() && used("異動者[1].氏名").is_ok() && used("ガス検針_２回目").is_ok());
    assert!(used("山田 太郎").is_err() && used("番号123456789018").is_err() && used("").is_err());
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
