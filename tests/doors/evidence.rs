//! Evidence: encrypted, committed to, shown on record, and destroyed for good.

use shoki::{
    audit::{Options, Verdict, verify_dir},
    clock::{Clock, ManualClock, SystemClock},
    control::{
        AuditLog, LogPlace,
        evidence::{EvidenceError, Rule, Vault, expire, expire_contents, purge, view},
    },
    run::RunState,
    store::{NewEvidence, NewRun, Store, Strength},
};
use std::{fs, path::Path, sync::Arc};

const RUN: &str = "01JQZ8E0000000000000000001";

pub async fn log_in(dir: &Path, store: &Arc<Store>, clock: Arc<dyn Clock>) -> AuditLog {
    let place = LogPlace {
        dir: dir.join("audit"),
        keys: dir.join("state/keys"),
        origin: "shoki.invalid/test/host".into(),
        program: "0".repeat(64),
        config: "0".repeat(64),
        outside: None,
    };
    fs::create_dir_all(&place.dir).unwrap();
    AuditLog::open(Arc::clone(store), place, clock).await.unwrap()
}

#[test]
fn a_blob_is_unreadable_on_disk_and_opens_only_as_it_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::of(dir.path());
    let kept = vault.put(RUN, "0001-01-a.crop.png", b"PICTURE OF A FIELD").unwrap();
    let path = dir.path().join("evidence").join(&kept.file);
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(7).any(|w| w == b"PICTURE"));
    assert_eq!(vault.get(&kept.file, &kept.commitment).unwrap(), b"PICTURE OF A FIELD");
    let twin = vault.put(RUN, "0001-01-b.crop.png", b"PICTURE OF A FIELD").unwrap();
    assert_ne!(twin.commitment, kept.commitment, "salted: equal pictures cannot be told from the log");
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        fs::write(&path, changed).unwrap();
        assert!(matches!(vault.get(&kept.file, &kept.commitment), Err(EvidenceError::Changed(_))), "{at}");
    }
    // Another blob in its place is refused, rightly sealed as it is.
    fs::copy(dir.path().join("evidence").join(&twin.file), &path).unwrap();
    assert!(vault.get(&kept.file, &kept.commitment).is_err());
    for wrong in ["../shoki.db", "a/b/c", "/etc/passwd", "x/../y", ""] {
        assert!(vault.get(wrong, &kept.commitment).is_err(), "{wrong}");
    }
}

#[test]
fn destroyed_evidence_cannot_be_opened_from_a_copy_either() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::of(dir.path());
    let kept = vault.put(RUN, "0001-01-a.crop.png", b"x").unwrap();
    let path = dir.path().join("evidence").join(&kept.file);
    let copy = fs::read(&path).unwrap();
    assert_eq!(vault.destroy(RUN).unwrap(), 1);
    assert!(!path.exists() && !dir.path().join(format!("state/keys/evidence/{RUN}.key")).exists());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, copy).unwrap();
    assert!(matches!(vault.get(&kept.file, &kept.commitment), Err(EvidenceError::Gone(_))));
}

async fn run_with_evidence(store: &Store, log: &AuditLog, vault: &Vault) -> String {
    let new = NewRun {
        id: RUN.into(),
        scenario: "s".into(),
        sha256: "0".repeat(64),
        date: "2026-11-21".into(),
        settings: serde_json::json!({}),
        actor: serde_json::json!({ "kind": "user", "id": "u-1" }),
        at: log.now(),
    };
    let kept = vault.put(RUN, "0001-01-a.crop.png", b"picture").unwrap();
    let mut tx = store.begin(Strength::Power).await.unwrap();
    tx.add_run(&new).await.unwrap();
    tx.move_run(RUN, RunState::Running, None, &log.now()).await.unwrap();
    let at = log.now();
    let evidence = NewEvidence {
        run: RUN,
        n: 1,
        step: "読取",
        kind: "crop.png",
        field: Some("氏名"),
        file: &kept.file,
        commitment: &kept.commitment,
        length: 7,
        at: &at,
    };
    tx.add_evidence(&evidence).await.unwrap();
    tx.move_run(RUN, RunState::Done, None, &log.now()).await.unwrap();
    tx.commit().await.unwrap();
    kept.file
}

fn events(dir: &Path) -> String {
    let year =
        fs::read_dir(dir.join("audit")).unwrap().map(|f| f.unwrap().path()).find(|p| p.is_dir()).unwrap();
    let report = verify_dir(&year, &Options::default()).unwrap();
    assert_eq!(report.verdict, Verdict::Consistent, "{report:?}");
    fs::read_to_string(year.join("seg/000000.jsonl")).unwrap()
}

#[tokio::test]
async fn who_looks_and_who_destroys_is_on_record() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&dir.path().join("shoki.db")).await.unwrap());
    let log = log_in(dir.path(), &store, Arc::new(SystemClock)).await;
    let vault = Vault::of(dir.path());
    let file = run_with_evidence(&store, &log, &vault).await;
    assert_eq!(view(&store, &log, &vault, (RUN, &file), "u-2").await.unwrap(), b"picture");
    let alone = Rule::People { by: "u-2".into(), approver: "u-2".into() };
    let refused = purge(&store, &log, &vault, RUN, &alone).await;
    assert!(matches!(refused, Err(EvidenceError::SamePerson)));
    let both = Rule::People { by: "u-2".into(), approver: "u-3".into() };
    assert_eq!(purge(&store, &log, &vault, RUN, &both).await.unwrap(), 1);
    assert!(view(&store, &log, &vault, (RUN, &file), "u-2").await.is_err());
    log.checkpoint().await.unwrap();
    let text = events(dir.path());
    assert!(
        text.contains("\"evd.view\"") && text.contains("\"evd.purge\"") && text.contains("u-3"),
        "{text}"
    );
}

#[tokio::test]
async fn evidence_expires_by_the_offices_rule() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&dir.path().join("shoki.db")).await.unwrap());
    let clock = Arc::new(ManualClock::new("2026-11-01T00:00:00Z".parse().unwrap()));
    let log = log_in(dir.path(), &store, Arc::<ManualClock>::clone(&clock)).await;
    let vault = Vault::of(dir.path());
    let file = run_with_evidence(&store, &log, &vault).await;
    clock.advance(jiff::SignedDuration::from_hours(7 * 24 - 1));
    assert_eq!(expire(&store, &log, &vault, 7).await.unwrap(), 0);
    clock.advance(jiff::SignedDuration::from_hours(2));
    assert_eq!(expire(&store, &log, &vault, 7).await.unwrap(), 1);
    assert!(!dir.path().join("evidence").join(&file).exists());
    log.checkpoint().await.unwrap();
    assert!(events(dir.path()).contains("\"rule\":\"days-7\""));
}

#[tokio::test]
async fn contents_expire_by_the_offices_rule_on_record() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&dir.path().join("shoki.db")).await.unwrap());
    let clock = Arc::new(ManualClock::new("2026-11-01T00:00:00Z".parse().unwrap()));
    let log = log_in(dir.path(), &store, Arc::<ManualClock>::clone(&clock)).await;
    run_with_evidence(&store, &log, &Vault::of(dir.path())).await;
    clock.advance(jiff::SignedDuration::from_hours(90 * 24 - 1));
    assert_eq!(expire_contents(&store, &log, 90).await.unwrap(), 0);
    clock.advance(jiff::SignedDuration::from_hours(2));
    assert_eq!(expire_contents(&store, &log, 90).await.unwrap(), 1);
    assert_eq!(expire_contents(&store, &log, 90).await.unwrap(), 0, "once");
    assert!(store.run(RUN).await.unwrap().unwrap().forgotten_at.is_some());
    log.checkpoint().await.unwrap();
    let text = events(dir.path());
    assert!(text.contains("\"rule\":\"days-90\"") && text.contains("\"what\":\"contents\""), "{text}");
}
