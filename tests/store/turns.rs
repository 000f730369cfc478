//! What older programs announced in repetitions is found under the names of today.

use crate::{Memory, sealed::do_it};
use shoki::store::{Intent, IntentState};
use std::sync::Arc;
use test_database::{Disk, Server};

const AT: &str = "2026-11-20T21:00:00.000Z";
const RUN: &str = "01KAH0000000000000000000T1";
const ALL_TURNS: &str = include_str!("../../src/store/migrations/0010_all_turns.sql");

/// Announced: the id, which is that of the item too, the key, the step as an older program called it, and whether it was done.
const OLD: [(u32, &str, &str, bool); 6] = [
    (1, "内側", "通知[].人[2].登録", true),
    (2, "両方", "通知[].人[].登録", false),
    (3, "両方", "通知[1].人[2].登録", true),
    (4, "二度", "通知[1].人[123456].登録", true),
    (5, "二度", "通知[10].人[3].登録", true),
    (6, "一重", "通知[].登録", false),
];

fn intent(n: u32, once: &str) -> Intent {
    Intent {
        run_id: RUN.into(),
        n,
        step: format!("手順{n}"),
        once: once.into(),
        idem: format!("I{n}"),
        state: IntentState::Open,
        receipt: None,
        worker: 0,
        unanswered: false,
        print: None,
    }
}

#[tokio::test]
async fn what_was_announced_with_the_numbers_of_turns_is_found() {
    let server = Arc::new(Server::start(Disk::Fast));
    for (name, memory) in Memory::both(&server, "turns") {
        let store = memory.open().await;
        let mut tx = store.begin_strong().await.unwrap();
        let mut statements = Vec::new();
        for (n, once, step, done) in OLD {
            assert!(tx.add_intent("転入", &intent(n, once), AT).await.unwrap());
            if done {
                tx.settle_intent(&format!("I{n}"), Some("R-1"), AT).await.unwrap();
            }
            statements.push(format!("UPDATE intents SET step = '{step}' WHERE idem = 'I{n}'; "));
        }
        tx.commit().await.unwrap();
        drop(store);
        do_it(&memory, &statements.concat());
        do_it(&memory, ALL_TURNS);
        let store = memory.open().await;
        let mut tx = store.begin_strong().await.unwrap();
        for (once, step, idem) in [
            ("内側", "通知[7].人[1].登録", "I1"),
            ("両方", "通知[1].人[1].登録", "I3"),
            ("二度", "通知[1].人[1].登録", "I4"),
            ("一重", "通知[3].登録", "I6"),
        ] {
            let known = tx.intent("転入", step, once).await.unwrap().map(|known| known.idem);
            assert_eq!(known.as_deref(), Some(idem), "{name}: {once}");
        }
        let open = tx.open_intent(RUN, 2, "通知[4].人[1].登録").await.unwrap();
        assert_eq!(open.map(|open| open.idem).as_deref(), Some("I2"), "{name}: its doubt is not forgotten");
        assert_eq!(tx.open_intent(RUN, 2, "通知[4].登録").await.unwrap(), None, "{name}: another step");
    }
}
