//! What a person decides is about what they had before them, and all that waits for a decision is before them.

use crate::house::House;
use shoki::{
    control::people::Role,
    store::{Due, DueState, Strength},
};
use std::{path::Path, process::Command};

/// The seal that a scenario's page sends along.
fn seal(page: &str) -> String {
    let from = page.split("name=\"seal\" value=\"").nth(1).expect("the form says what it is about");
    from.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_a_version_that_they_have_not_seen() {
    let house = House::new().await;
    let author = house.person("sakura", &[Role::Author]).await;
    let approver = house.person("momiji", &[Role::Approver]).await;
    let first = seal(&house.get("/scenarios/ido", &author).await.body);
    let sent = house.post("/scenarios/ido/submit", &author, &format!("seal={first}")).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let page = house.get("/scenarios/ido", &approver).await.body;
    assert!(seal(&page) == first && page.contains("承認する"));
    // While the page is open, the author changes the file and submits it again.
    let file = house.dir.path().join("scenarios/ido.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("発送簿", "発送簿（改訂）")).unwrap();
    let stale = house.post("/scenarios/ido/submit", &author, &format!("seal={first}")).await;
    assert_eq!(stale.status, 409, "what was changed meanwhile is not submitted unseen either");
    let second = seal(&house.get("/scenarios/ido", &author).await.body);
    assert_ne!(first, second);
    assert_eq!(house.post("/scenarios/ido/submit", &author, &format!("seal={second}")).await.status, 303);
    for act in ["approve", "reject"] {
        for old in [format!("seal={first}&reason=test"), "reason=test".to_owned()] {
            let answer = house.post(&format!("/scenarios/ido/{act}"), &approver, &old).await;
            assert_eq!(answer.status, 409, "{act} {old}");
            assert!(answer.body.contains("画面を開いたあとで内容が変わっています"), "{}", answer.body);
        }
    }
    let page = house.get("/scenarios/ido", &approver).await.body;
    assert!(page.contains("承認する") && page.contains("発送簿（改訂）"));
    let sent = format!("seal={}", seal(&page));
    assert_eq!(house.post("/scenarios/ido/approve", &approver, &sent).await.status, 303);
}

/// Moments of another scenario that began by themselves, one a minute, after everything else.
async fn busy(house: &House, count: u32) {
    let started = |n: u32| Due {
        scenario: "jippun".into(),
        at: format!("2026-11-20T{:02}:{:02}:00+09:00", n / 60, n % 60),
        state: DueState::Started,
        why: "毎日".into(),
        reason: None,
        run: None,
        decided_by: None,
    };
    let dues: Vec<Due> = (0..count).map(started).collect();
    let mut tx = house.store.begin(Strength::Process).await.unwrap();
    tx.add_dues(&dues, &house.console.log.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// What the shell lists.
fn listed(office: &Path, more: &[&str]) -> Vec<serde_json::Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoki"));
    command.args(["schedule", "list", "--format", "json", "--office"]).arg(office).args(more);
    let said = command.output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    told["dues"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_held_does_not_vanish_behind_what_started_since() {
    let house = House::new().await;
    let operator = house.person("yamada", &[Role::Operator]).await;
    house.night("", 1).await;
    busy(&house, 400).await;
    let page = house.get("/schedule", &operator).await.body;
    let held = "2026-11-19T20:30:00+09:00";
    assert!(page.contains(&format!("name=\"at\" value=\"{held}\"")), "somebody can still decide");
    assert!(page.contains("最近の予定") && page.matches("jippun").count() <= 51);
    let open = listed(house.dir.path(), &["--open"]);
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["at"], held);
    assert_eq!(open[0]["state"], "held");
    assert_eq!(listed(house.dir.path(), &["--limit", "7"]).len(), 7);
}
