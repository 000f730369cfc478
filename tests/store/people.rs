//! People, sessions, proposals, and what pages ask: the same on both databases.

use crate::Memory;
use serde_json::json;
use shoki::{
    run::{ItemState, RunState},
    store::{CheckKind, NewItem, NewRun, RunFilter, Store, Strength, Visit},
};
use std::{sync::Arc, time::Duration};
use test_database::{Disk, Server};

const AT: &str = "2026-11-20T23:25:00.000Z";

async fn people(store: &Store) {
    let mut tx = store.begin(Strength::Power).await.unwrap();
    assert!(tx.add_person("suzuki", "鈴木", "$argon2id$", AT).await.unwrap());
    assert!(!tx.add_person("suzuki", "別人", "x", AT).await.unwrap(), "one id, one person");
    for role in ["operator", "author"] {
        assert!(tx.grant("suzuki", role, AT).await.unwrap());
    }
    assert!(!tx.grant("suzuki", "author", AT).await.unwrap());
    tx.offer_totp("suzuki", "sealed").await.unwrap();
    tx.take_totp("suzuki").await.unwrap();
    assert!(tx.use_totp("suzuki", 60).await.unwrap() && !tx.use_totp("suzuki", 60).await.unwrap());
    tx.note_sign_in("suzuki", AT).await.unwrap();
    tx.commit().await.unwrap();
    let person = store.person("suzuki").await.unwrap().unwrap();
    assert_eq!(
        (person.roles.as_slice(), person.initial, person.enabled),
        (&["author".to_owned(), "operator".into()][..], true, true)
    );
    assert_eq!((person.totp.as_deref(), person.totp_next, person.totp_used), (Some("sealed"), None, 60));
    let mut tx = store.begin(Strength::Power).await.unwrap();
    assert!(tx.revoke("suzuki", "author").await.unwrap() && !tx.revoke("suzuki", "author").await.unwrap());
    tx.set_password("suzuki", "new", true).await.unwrap();
    tx.enable_person("suzuki", false).await.unwrap();
    tx.set_handlers("ido", &["suzuki".into()]).await.unwrap();
    tx.commit().await.unwrap();
    let all = store.people().await.unwrap();
    assert_eq!((all.len(), all[0].totp.as_deref(), all[0].enabled, all[0].roles.len()), (1, None, false, 1));
    assert!(store.handles("suzuki", "ido").await.unwrap() && !store.handles("tanaka", "ido").await.unwrap());
    assert!(store.handles("tanaka", "zangyo").await.unwrap(), "where nobody is named, everybody is meant");
    assert_eq!(store.handlers().await.unwrap().len(), 1);
}

async fn visits(store: &Store) {
    let visit = |digest: &str, begun_at| Visit {
        digest: digest.into(),
        person: "suzuki".into(),
        door: "tls".into(),
        begun_at,
        seen_at: begun_at,
    };
    let mut tx = store.begin(Strength::Power).await.unwrap();
    for (digest, at) in [("a", 100), ("b", 200), ("c", 300)] {
        tx.add_visit(&visit(digest, at)).await.unwrap();
    }
    tx.touch_visit("b", 250).await.unwrap();
    assert_eq!(tx.end_visit("a").await.unwrap().as_deref(), Some("suzuki"));
    assert_eq!(tx.end_visit("a").await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(store.visit("b").await.unwrap().unwrap().seen_at, 250);
    assert_eq!(store.visits_since(260).await.unwrap().len(), 1);
    let mut tx = store.begin(Strength::Power).await.unwrap();
    assert_eq!(tx.end_old_visits(250, 0).await.unwrap().len(), 1, "begun too long ago");
    assert_eq!(tx.end_visits_of("suzuki").await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn proposals(store: &Store) {
    let mut tx = store.begin(Strength::Power).await.unwrap();
    let id = tx.propose("grant", &json!({ "user": "suzuki" }), "当番", ("admin", AT)).await.unwrap();
    assert!(tx.decide_proposal(id, true, ("tanaka", AT)).await.unwrap());
    assert!(!tx.decide_proposal(id, false, ("sato", AT)).await.unwrap(), "decided once");
    let kept = tx.proposal(id).await.unwrap().unwrap();
    assert_eq!((kept.accepted, kept.decided_by.as_deref()), (Some(true), Some("tanaka")));
    tx.commit().await.unwrap();
    assert_eq!(store.proposals(10).await.unwrap().len(), 1);
}

async fn views(store: &Store) {
    let id = ulid::Ulid::new().to_string();
    let mut tx = store.begin(Strength::Power).await.unwrap();
    let run = NewRun {
        id: id.clone(),
        scenario: "ido".into(),
        sha256: "0".repeat(64),
        date: "2026-11-20".into(),
        settings: json!({}),
        actor: json!({ "kind": "user", "id": "suzuki" }),
        at: AT.into(),
    };
    tx.add_run(&run).await.unwrap();
    for n in 1..=3 {
        tx.add_item("ido", &id, &NewItem { n, key: n.to_string(), input: json!({}) }, AT).await.unwrap();
    }
    tx.commit().await.unwrap();
    let filter = RunFilter {
        scenario: Some("ido".into()),
        state: Some(RunState::Queued),
        date: Some("2026-11".into()),
        ..RunFilter::default()
    };
    assert_eq!(store.some_runs(&filter, 10).await.unwrap().len(), 1);
    let tail = RunFilter { id: Some(id[20..].to_owned()), ..RunFilter::default() };
    assert_eq!(store.some_runs(&tail, 10).await.unwrap().len(), 1);
    let older = RunFilter { before: Some(id.clone()), ..RunFilter::default() };
    assert!(store.some_runs(&older, 10).await.unwrap().is_empty());
    assert_eq!(store.recent_runs(0, false, 10).await.unwrap().len(), 1);
    assert_eq!(store.item_counts(&id).await.unwrap(), [(ItemState::Waiting, 3)]);
    assert!(store.item_reasons(&id).await.unwrap().is_empty());
    assert_eq!(store.some_items(&id, Some(ItemState::Waiting), 1, 10).await.unwrap().len(), 2);
    assert_eq!(store.some_items(&id, None, 0, 2).await.unwrap().len(), 2);
    assert_eq!(store.item(&id, 2).await.unwrap().unwrap().n, 2);
    assert!(store.step_moments(&id, 1).await.unwrap().is_empty());
    assert_eq!((store.count_open_checks().await.unwrap(), store.open_counts().await.unwrap().len()), (0, 0));
    assert_eq!(store.open_check_of(&id, 1, CheckKind::Check).await.unwrap(), None);
    assert!(!store.somebody_works().await.unwrap());
    store.enlist("host01", "home", "here", Duration::from_secs(30)).await.unwrap();
    assert!(store.somebody_works().await.unwrap());
    let machines = store.machines().await.unwrap();
    assert_eq!((machines.len(), machines[0].alive, machines[0].runs), (1, true, 0));
    let parts = ["x".to_owned(), String::new(), String::new()];
    assert!(store.search_log(("shoki.invalid/x", 2026), 100, &parts, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_signs_in_and_what_pages_ask() {
    let server = Arc::new(Server::start(Disk::Fast));
    for (name, memory) in Memory::both(&server, "people") {
        println!("{name}");
        let store = memory.open().await;
        people(&store).await;
        visits(&store).await;
        proposals(&store).await;
        views(&store).await;
    }
}
