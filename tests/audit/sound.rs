//! A sound log raises no alarm; a changed one is never passed over in silence.

use proptest::prelude::*;
use shoki::audit::{Draft, Event, Options, Status, Verdict, verify};

use crate::log::{Log, RUN, check, heartbeat, sixty, system};

fn any_draft() -> impl Strategy<Value = Draft> {
    let item = "[A-Za-z0-9]{1,8}";
    let reason = "[ぁ-んァ-ヶ亜-腕a-z0-9、。\"\\\\]{0,20}"
        .prop_filter("no long numbers", |text| !shoki::audit::forbidden::has_spaced_digit_run(text));
    let sha = any::<[u8; 32]>().prop_map(|bytes| shoki::audit::tree::hex(&bytes));
    let of = |event| Draft::new(event, &system()).run(RUN);
    prop_oneof![
        (0_u64..99_999_999_999).prop_map(|n| heartbeat().data("runs", n)),
        item.prop_map(move |item| of(Event::ItemOpen).item(&item)),
        item.prop_map(move |item| of(Event::ItemEnd).item(&item).res(Status::Ng, Some("E1"))),
        reason.prop_map(move |why| of(Event::RunStop).data("reason", why)),
        sha.prop_map(move |sha: String| of(Event::FileOut).data("class", "output").data("sha256", sha)),
    ]
}

/// One thing a forger may do to a file.
#[derive(Debug, Clone)]
enum Forgery {
    Flip(u8),
    Insert(Vec<u8>),
    Remove(usize),
    Cut,
}

fn any_forgery() -> impl Strategy<Value = Forgery> {
    prop_oneof![
        (1_u8..).prop_map(Forgery::Flip),
        prop::collection::vec(any::<u8>(), 1..5).prop_map(Forgery::Insert),
        prop::collection::vec(prop::sample::select(b"\n {}\",:0aA".to_vec()), 1..3).prop_map(Forgery::Insert),
        (1_usize..300).prop_map(Forgery::Remove),
        Just(Forgery::Cut),
    ]
}

fn forge(bytes: &mut Vec<u8>, at: usize, forgery: &Forgery) {
    match forgery {
        Forgery::Flip(bits) => bytes[at] ^= bits,
        Forgery::Insert(more) => drop(bytes.splice(at..at, more.iter().copied())),
        Forgery::Remove(count) => drop(bytes.drain(at..(at + count).min(bytes.len()))),
        Forgery::Cut => bytes.truncate(at),
    }
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

    #[test]
    fn a_forged_file_is_never_green(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        forgery in any_forgery(),
    ) {
        let sound = sixty().files;
        let names: Vec<&String> = sound.keys().filter(|name| !name.starts_with("tile/")).collect();
        let name = names[file.index(names.len())];
        let mut files = sound.clone();
        let bytes = files.get_mut(name).unwrap();
        let at = at.index(bytes.len());
        forge(bytes, at, &forgery);
        if files != sound {
            let report = check(&files);
            prop_assert!(!report.verdict.is_good() && !report.faults.is_empty(), "{name} {at} {report:?}");
        }
    }
}
