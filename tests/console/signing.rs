//! Signing in: passwords, second factors, sessions, and how they end.

use crate::house::{DESK, House, PASSWORD};
use shoki::control::people::{
    Door, PeopleError, Role, manage::Change, second_factor::SecondFactors, sign_in::Credentials,
};

use std::fmt::Write as _;

fn coded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, b| {
        write!(all, "%{b:02X}").unwrap();
        all
    })
}

fn typed(id: &str, password: &str, code: &str) -> String {
    format!("id={}&password={}&code={}", coded(id), coded(password), coded(code))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_bound_and_what_is_wrong_is_not_said() {
    let house = House::new().await;
    house.person("suzuki", &[Role::Operator]).await;
    let wrong = house.post("/sign-in", "", &typed("suzuki", "違うパスワードです。", "")).await;
    let unknown = house.post("/sign-in", "", &typed("nobody", "違うパスワードです。", "")).await;
    assert_eq!((wrong.status, unknown.status), (401, 401));
    assert_eq!(wrong.body.replace("suzuki", "X"), unknown.body.replace("nobody", "X"), "the same answer");
    assert!(wrong.cookie().is_none());
    let right = house.post("/sign-in", "", &typed("suzuki", PASSWORD, "")).await;
    let cookie = right.header("set-cookie").unwrap().to_owned();
    assert_eq!(right.status, 303);
    assert!(
        cookie.starts_with("shoki-local=")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    assert!(cookie.contains("Path=/") && !cookie.contains("Domain"), "{cookie}");
    let value = cookie.split([';', '=']).nth(1).unwrap().to_owned();
    assert_eq!(value.len(), 43, "256 bits");
    let database = std::fs::read(house.dir.path().join("state/shoki.db-wal")).unwrap();
    assert!(!database.windows(value.len()).any(|w| w == value.as_bytes()), "only its digest is kept");
    let again = house.post("/sign-in", &format!("shoki-local={value}"), &typed("suzuki", PASSWORD, "")).await;
    assert_ne!(again.cookie(), right.cookie());
    assert_eq!(house.get("/", &right.cookie().unwrap()).await.status, 401, "the session before has ended");
    let log = house.log().await;
    for event in ["auth.ok", "auth.ng", "user.add", "role.grant"] {
        assert!(log.iter().any(|l| l.contains(event)), "{event}");
    }
    assert!(!log.iter().any(|l| l.contains("nobody")), "what a stranger typed may be a password");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_with_sign_out_idleness_age_and_every_change_of_the_person() {
    let house = House::new().await;
    let people = &house.console.people;
    let alive = async |cookie: &str| house.get("/", cookie).await.status == 200;
    let one = house.person("one", &[Role::Operator]).await;
    assert!(alive(&one).await);
    house.post("/sign-out", &one, "").await;
    assert!(!alive(&one).await, "signed out");
    let two = house.person("two", &[Role::Operator]).await;
    people.change_now(Change::Grant(Role::Author), "two", "test", "x").await.unwrap();
    assert!(!alive(&two).await, "a role was given");
    let three = house.person("three", &[Role::Operator]).await;
    people.disable("three", "test", "異動").await.unwrap();
    assert!(!alive(&three).await, "disabled");
    let four = house.person("four", &[Role::Operator]).await;
    house.pass(9 * 60);
    assert!(alive(&four).await);
    house.pass(9 * 60);
    let live = house.raw("GET /", &[&format!("Cookie: {four}"), "X-Live: 1"], "").await;
    assert_eq!(live.status, 200);
    house.pass(2 * 60);
    assert!(!alive(&four).await, "what a page asks by itself keeps nobody signed in");
    let five = house.person("five", &[Role::Operator]).await;
    for _ in 0..(12 * 60 / 9) {
        house.pass(9 * 60);
        assert!(alive(&five).await);
    }
    house.pass(60);
    assert!(!alive(&five).await, "twelve hours");
    let log = house.log().await;
    for why in ["\"user\"", "\"idle\"", "\"expired\"", "\"admin\""] {
        assert!(log.iter().any(|l| l.contains("auth.out") && l.contains(why)), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_second_factor_a_password_gives_nothing_and_no_code_counts_twice() {
    let house = House::with("").await;
    let people = &house.console.people;
    let initial = people.add("suzuki", "鈴木", "test").await.unwrap();
    people.change_now(Change::Grant(Role::Operator), "suzuki", "test", "x").await.unwrap();
    let first = house.post("/sign-in", "", &typed("suzuki", &initial, "")).await;
    let unfinished = first.cookie().unwrap();
    for path in ["/", "/runs", "/stop"] {
        let answer = house.get(path, &unfinished).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/account")), "{path}");
    }
    assert_eq!(house.post("/stop", &unfinished, "reason=x").await.status, 403);
    assert!(house.get("/account", &unfinished).await.body.contains("<svg class=\"qr\""));
    let factors = SecondFactors::of(&house.dir.path().join("state/keys"), "x");
    let sealed = house.store.person("suzuki").await.unwrap().unwrap().totp_next.unwrap();
    let code = || {
        factors
            .code("suzuki", &sealed, u64::try_from(house.console.log.moment().as_second()).unwrap())
            .unwrap()
    };
    let form = |code: &str| format!("{}&again={}", typed("x", PASSWORD, code), coded(PASSWORD));
    let wrong = house.post("/account", &unfinished, &form("000000")).await;
    assert!(wrong.body.contains("確認コードが違います"), "{}", wrong.head);
    let done = house.post("/account", &unfinished, &form(&code())).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(house.get("/", &unfinished).await.status, 401, "a new session has begun");
    assert_eq!(house.get("/", &done.cookie().unwrap()).await.status, 200);
    assert_eq!(
        house.post("/sign-in", "", &typed("suzuki", PASSWORD, "")).await.status,
        401,
        "a password alone"
    );
    assert_eq!(
        house.post("/sign-in", "", &typed("suzuki", PASSWORD, &code())).await.status,
        401,
        "the code has counted"
    );
    house.pass(60);
    assert_eq!(house.post("/sign-in", "", &typed("suzuki", PASSWORD, &code())).await.status, 303);
    let kept = house.store.person("suzuki").await.unwrap().unwrap().totp.unwrap();
    assert_eq!(kept, sealed);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_agrees_at_the_machine_is_who_they_say_has_the_role_and_is_on_record() {
    let house = House::new().await;
    house.person("tanaka", &[Role::Approver]).await;
    house.person("suzuki", &[Role::Operator]).await;
    let people = &house.console.people;
    let initial = people.add("sato", "佐藤", "test").await.unwrap();
    people.change_now(Change::Grant(Role::Approver), "sato", "test", "x").await.unwrap();
    let vouch =
        async |id, password| people.vouch(Credentials { id, password, code: "" }, Role::Approver).await;
    for (id, password, what) in [
        ("tanaka", "朝顔", "a wrong password"),
        ("suzuki", PASSWORD, "another role"),
        ("sato", initial.as_str(), "a first password that others know"),
        ("nobody", PASSWORD, "nobody"),
    ] {
        assert!(matches!(vouch(id, password).await, Err(PeopleError::Wrong)), "{what}");
    }
    vouch("tanaka", PASSWORD).await.unwrap();
    let log = house.log().await;
    assert!(log.last().unwrap().contains("auth.out") && log.last().unwrap().contains("tanaka"), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_get_slow_and_roles_need_two() {
    let house = House::new().await;
    let people = &house.console.people;
    house.person("suzuki", &[Role::Admin]).await;
    house.person("tanaka", &[Role::Approver]).await;
    let statuses = async |n: usize| {
        let mut all = Vec::new();
        for _ in 0..n {
            all.push(house.post("/sign-in", "", &typed("suzuki", "間違ったパスワードです", "")).await.status);
        }
        all
    };
    assert_eq!(statuses(5).await, [401, 401, 401, 429, 429]);
    let given = Credentials { id: "suzuki", password: PASSWORD, code: "" };
    people.sign_in(given, (Door::Local, DESK), None).await.expect("from the own desk it goes on");
    let asked =
        people.propose(Change::Grant(Role::Operator), "suzuki", "当番のため", "suzuki").await.unwrap();
    let own = people.decide(asked, true, "suzuki").await;
    assert!(matches!(own, Err(PeopleError::SamePerson)), "nobody decides about themselves");
    people.decide(asked, true, "tanaka").await.unwrap();
    assert!(matches!(people.decide(asked, true, "tanaka").await, Err(PeopleError::Decided)));
    assert_eq!(house.store.person("suzuki").await.unwrap().unwrap().roles, ["admin", "operator"]);
    let auditor = people.propose(Change::Grant(Role::Auditor), "tanaka", "監査", "suzuki").await;
    assert!(matches!(auditor, Err(PeopleError::Combination)), "an auditor is nothing else");
    assert!(matches!(people.disable("suzuki", "tanaka", "x").await, Err(PeopleError::LastAdmin)));
}
