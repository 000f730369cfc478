//! Policies: a mistake in one is named with its line, and never used in part.

use shoki::audit::{Options, Policy, PolicyError, SigningKey, Verdict, verify};

use crate::log::{key, seed, sixty, witness};

fn vkey(name: &str, first: u8) -> String {
    SigningKey::witness(name, &seed(first)).unwrap().verifier().to_string()
}

fn text(quorum: &str) -> String {
    let (log, a, b) = (key(0).verifier(), witness().verifier(), vkey("shoki.invalid/b", 0x40));
    let c = vkey("shoki.invalid/c", 0x60);
    format!(
        "# 方針\n\nlog {log}\nwitness KANSA {a}\nwitness SOMU {b} http://x.invalid/\nwitness GIKAI {c}\n\
         group OTHERS any SOMU GIKAI\ngroup BOTH all KANSA OTHERS\nquorum {quorum}\n"
    )
}

#[test]
fn groups_say_who_must_have_signed() {
    let met =
        |quorum: &str, signed: &[usize]| Policy::parse(text(quorum).as_bytes()).unwrap().is_met_by(signed);
    assert!(met("KANSA", &[0]) && !met("KANSA", &[1, 2]));
    assert!(met("OTHERS", &[2]) && !met("OTHERS", &[0]));
    assert!(met("BOTH", &[0, 1]) && !met("BOTH", &[1, 2]) && !met("BOTH", &[0]));
    assert!(!met("none", &[0, 1, 2]), "without a quorum nothing is witnessed");
}

#[test]
fn mistakes_are_named_with_their_line() {
    let sound = text("KANSA");
    let said = |from: &str, to: &str| Policy::parse(sound.replace(from, to).as_bytes()).unwrap_err();
    assert_eq!(said("quorum KANSA", "quorum KANNSA"), PolicyError::Unknown(9, "KANNSA".into()));
    assert_eq!(said("quorum", "quorom"), PolicyError::Word(9, "quorom".into()));
    assert_eq!(said("any SOMU GIKAI", "3 SOMU GIKAI"), PolicyError::Number(7, 3));
    assert_eq!(said("any SOMU GIKAI", "0 SOMU GIKAI"), PolicyError::Number(7, 0));
    assert_eq!(said("witness SOMU", "witness KANSA"), PolicyError::Twice(5, "KANSA".into()));
    assert_eq!(said("quorum KANSA\n", ""), PolicyError::Quorum);
    assert!(matches!(said("+AQOh", "+AQOi"), PolicyError::Key(3, _)));
    assert_eq!(said("log ", "# "), PolicyError::NoLog);
    assert!(matches!(said("log ", "witness X "), PolicyError::Kind(3)));
    assert!(matches!(said("quorum KANSA", "quorum KANSA SOMU"), PolicyError::Shape(9, ..)));
    assert!(said("quorum", "quorom").to_string().contains("9 行目: 「quorom」"));
}

#[test]
fn a_witness_of_the_policy_makes_it_witnessed_and_another_office_is_refused() {
    let mut log = sixty();
    let mut note = log.checkpoint();
    note.cosign(&witness(), 1_775_000_100);
    log.keep(&note);
    let policy =
        |text: String| Options { policy: Policy::parse(text.as_bytes()).unwrap(), ..Options::default() };
    assert_eq!(verify(&log.files, &policy(text("KANSA"))).unwrap().verdict, Verdict::Witnessed);
    assert_eq!(verify(&log.files, &policy(text("BOTH"))).unwrap().verdict, Verdict::Consistent);
    let other = SigningKey::log("shoki.invalid/other-city/host01", &seed(3)).unwrap().verifier();
    let report = verify(&log.files, &policy(format!("log {other}\nquorum none\n"))).unwrap();
    assert_eq!(report.verdict, Verdict::BadSignature);
    assert!(report.faults[0].what.contains("別の記録"), "{report:?}");
}
