//! Every address × nobody and each role, against a table written by hand; tricks with paths, hosts and origins.

use crate::house::{Answer, House, PASSWORD};
use axum::http::Method;
use shoki::{
    console::routes::ROUTES,
    control::{checks, people::Role},
    store::{CheckKind, Strength},
};
use std::collections::BTreeMap;

/// Letters: author, a**p**prover, operator, a**u**ditor, a**d**min; `*` without signing in; `-` also while unfinished.
const EXPECTED: &[(&str, &str, &str)] = &[
    ("GET", "/assets/{name}", "*"),
    ("GET", "/sign-in", "*"),
    ("POST", "/sign-in", "*"),
    ("POST", "/sign-out", "-apoud"),
    ("GET", "/account", "-apoud"),
    ("POST", "/account", "-apoud"),
    ("GET", "/", "apoud"),
    ("GET", "/checks", "o"),
    ("POST", "/checks/next", "o"),
    ("GET", "/checks/{id}", "o"),
    ("POST", "/checks/{id}", "o"),
    ("POST", "/checks/{id}/open", "o"),
    ("POST", "/checks/{id}/field", "o"),
    ("POST", "/checks/{id}/stay", "o"),
    ("POST", "/checks/{id}/undo", "o"),
    ("POST", "/checks/{id}/leave", "o"),
    ("POST", "/checks/{id}/reopen", "o"),
    ("POST", "/checks/{id}/words", "o"),
    ("POST", "/checks/{id}/number", "o"),
    ("GET", "/checks/{id}/page/{at}", "o"),
    ("GET", "/checks/{id}/beside/{n}/{at}", "o"),
    ("GET", "/runs", "apoud"),
    ("GET", "/runs/{id}", "apoud"),
    ("GET", "/runs/{id}/live", "apoud"),
    ("GET", "/runs/{id}/items/{n}", "apoud"),
    ("GET", "/runs/{id}/outputs/{at}", "o"),
    ("POST", "/runs/{id}/stop", "apoud"),
    ("POST", "/runs/{id}/again", "o"),
    ("POST", "/runs/{id}/items/{n}/settle", "o"),
    ("GET", "/evidence/{id}/{file}", "o"),
    ("GET", "/stop", "apoud"),
    ("POST", "/stop", "apoud"),
    ("POST", "/stop/release", "od"),
    ("GET", "/schedule", "apoud"),
    ("POST", "/schedule/run", "o"),
    ("POST", "/schedule/skip", "o"),
    ("GET", "/scenarios", "apoud"),
    ("GET", "/scenarios/{id}", "apoud"),
    ("GET", "/scenarios/{id}/picture", "apoud"),
    ("POST", "/scenarios/{id}/submit", "a"),
    ("POST", "/scenarios/{id}/approve", "p"),
    ("POST", "/scenarios/{id}/reject", "p"),
    ("POST", "/scenarios/{id}/deploy", "o"),
    ("POST", "/scenarios/{id}/retire", "o"),
    ("POST", "/scenarios/{id}/start", "o"),
    ("GET", "/scenarios/{id}/handover", "apoud"),
    ("GET", "/forms", "apoud"),
    ("GET", "/forms/{id}", "apoud"),
    ("GET", "/forms/{id}/picture", "apoud"),
    ("POST", "/forms/{id}/try", "ao"),
    ("GET", "/savings", "apoud"),
    ("GET", "/savings/book", "apoud"),
    ("GET", "/audit", "apoud"),
    ("POST", "/audit/verify", "ud"),
    ("POST", "/audit/anchor", "ud"),
    ("POST", "/audit/bundle", "u"),
    ("GET", "/people", "pud"),
    ("GET", "/people/handlers", "pud"),
    ("POST", "/people/handlers", "d"),
    ("POST", "/people/add", "d"),
    ("POST", "/people/{id}/off", "d"),
    ("POST", "/people/{id}/propose", "d"),
    ("POST", "/people/proposals/{n}", "pd"),
    ("GET", "/settings", "pud"),
    ("POST", "/settings/secrets", "d"),
    ("POST", "/settings/secrets/forget", "d"),
    ("POST", "/settings/reach", "d"),
    ("POST", "/settings/days", "d"),
    ("POST", "/settings/days/remove", "d"),
    ("POST", "/settings/keep", "d"),
    ("POST", "/settings/keep/{n}", "p"),
    ("GET", "/machine", "apoud"),
];

fn letter(role: Role) -> char {
    match role {
        Role::Author => 'a',
        Role::Approver => 'p',
        Role::Operator => 'o',
        Role::Auditor => 'u',
        Role::Admin => 'd',
    }
}

/// The pattern with things that exist in its places.
fn filled(path: &str, run: &str) -> String {
    let names = [("{id}", run), ("{n}", "1"), ("{at}", "0"), ("{file}", "x.png"), ("{name}", "none.css")];
    names.iter().fold(path.to_owned(), |path, (from, to)| path.replace(from, to))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_is_open_to_whom_the_table_says_and_nobody_else() {
    let wanted: BTreeMap<(&str, &str), &str> = EXPECTED.iter().map(|(m, p, who)| ((*m, *p), *who)).collect();
    let there: Vec<_> = ROUTES.iter().map(|r| (r.method.as_str(), r.path)).collect();
    assert!(there.iter().all(|key| wanted.contains_key(key)), "an address without an expectation: {there:?}");
    assert_eq!(there.len(), wanted.len(), "an expectation without an address");
    let house = House::new().await;
    let run = house.night("", 20).await;
    for role in Role::ALL {
        for ((method, path), who) in &wanted {
            // Signing out would end the session for the addresses that follow.
            if *path == "/sign-out" || *path == "/account" && *method == "POST" {
                continue;
            }
            let id = format!("p{}", letter(role));
            let cookie = cookie(&house, &id, role).await;
            let path = filled(path, &run);
            let answer = match *method {
                "GET" => house.get(&path, &cookie).await,
                _ => house.post(&path, &cookie, "reason=test&outcome=x&id=nobody&name=x&password=x&scenario=none&at=none&change=reset&accepted=no&date=x&how=x&days=x&years=x").await,
            };
            let may = who.contains('*') || who.contains(letter(role));
            let refused = answer.status == 403 || (answer.status == 401 && *who != "*");
            assert_eq!(refused, !may, "{method} {path} as {role:?}: {}", answer.head);
            assert!(answer.status != 500 && answer.status != 405, "{method} {path}: {}", answer.head);
        }
    }
}

/// The cookie of the one person with this role; made once.
async fn cookie(house: &House, id: &str, role: Role) -> String {
    let kept = house.dir.path().join(format!("cookie-{id}"));
    if let Ok(known) = std::fs::read_to_string(&kept) {
        return known;
    }
    let cookie = house.person(id, &[role]).await;
    std::fs::write(&kept, &cookie).unwrap();
    cookie
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_house_lets_nobody_in_anywhere() {
    let house = House::new().await;
    for route in ROUTES {
        let path = filled(route.path, "01JABCDEFGHJKMNPQRSTVWXYZ0");
        let answer = match route.method {
            Method::GET => house.get(&path, "shoki-local=AAAA").await,
            _ => house.post(&path, "", "id=admin&password=admin&reason=x").await,
        };
        let open =
            route.path.starts_with("/assets") || (route.path == "/sign-in" && route.method == Method::GET);
        assert_eq!(answer.status == 401, !open, "{} {path}: {}", route.method, answer.head);
        assert!(!answer.body.contains("class=\"menu\""), "{path}");
    }
}

/// All there is below a case of which a person has the first turn, as its page and its script ask for it.
const BELOW_A_CASE: &[(&str, &str, &str)] = &[
    ("GET", "", ""),
    ("GET", "/page/0", ""),
    ("GET", "/beside/4/0", ""),
    ("JSON", "/words", r#"{"field":"氏名","text":"山"}"#),
    ("JSON", "/number", r#"{"field":"氏名","turn":1}"#),
    ("JSON", "/stay", r#"{"turn":1}"#),
    ("JSON", "/field", r#"{"field":"氏名","text":"x","turn":1,"done":true,"ms":1,"version":0}"#),
    ("JSON", "/undo", r#"{"turn":1}"#),
    ("FORM", "", "turn=1&act=finish&n0=%E6%B0%8F%E5%90%8D&v0=x&d0=1"),
    ("FORM", "/open", ""),
    ("FORM", "/reopen", ""),
];

async fn ask(house: &House, cookie: &str, (how, path, body): (&str, &str, &str)) -> Answer {
    match how {
        "GET" => house.get(path, cookie).await,
        "FORM" => house.post(path, cookie, body).await,
        _ => {
            let lines = [
                format!("Cookie: {cookie}"),
                format!("Origin: http://{}", house.address),
                "Sec-Fetch-Site: same-origin".into(),
                "Content-Type: application/json".into(),
            ];
            house.raw(&format!("POST {path}"), &lines.each_ref().map(String::as_str), body).await
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_handle_a_scenario_gets_at_nothing_of_its_cases() {
    let house = House::new().await;
    let yamada = house.person("yamada", &[Role::Operator]).await;
    let suzuki = house.person("suzuki", &[Role::Operator]).await;
    let run = house.night("", 20).await;
    let asked =
        async |n: u32, kind: CheckKind| house.store.open_check_of(&run, n, kind).await.unwrap().unwrap();
    let (had, free) = (asked(3, CheckKind::Check).await, asked(9, CheckKind::Check).await);
    let doubt = asked(11, CheckKind::InDoubt).await;
    // yamada has a case when suzuki becomes the one who handles them.
    checks::open(&house.store, &house.console.log, had, "yamada").await.unwrap();
    std::fs::write(house.dir.path().join("出力/発送簿.csv"), "氏名\n山田花子\n").unwrap();
    let mut tx = house.store.begin(Strength::Power).await.unwrap();
    tx.add_output(&run, "出力/発送簿.csv").await.unwrap();
    tx.set_handlers("ido", &["suzuki".into()]).await.unwrap();
    tx.commit().await.unwrap();
    for &(how, below, body) in BELOW_A_CASE {
        let path = format!("/checks/{had}{below}");
        let answer = ask(&house, &yamada, (how, &path, body)).await;
        assert_eq!(answer.status, 403, "{how} {path}: {}", answer.head);
    }
    let outcome = "f%3A%E7%B5%90%E6%9E%9C=%E6%9C%AA%E7%99%BB%E9%8C%B2";
    assert_eq!(house.post(&format!("/checks/{doubt}"), &yamada, outcome).await.status, 403);
    assert!(house.store.typed(had).await.unwrap().is_empty(), "nothing of it is kept");
    for id in [had, free, doubt] {
        assert!(house.store.check(id).await.unwrap().unwrap().answer.is_none(), "{id}");
    }
    // A case that nobody has is not had by staying with it: not by a stranger, and not by who may open it.
    let stay = format!("/checks/{free}/stay");
    for (cookie, status) in [(&yamada, 403), (&suzuki, 409)] {
        assert_eq!(ask(&house, cookie, ("JSON", &stay, r#"{"turn":0}"#)).await.status, status);
        assert_eq!(house.store.listed(free).await.unwrap().unwrap().held_by, None);
    }
    assert_eq!(house.post(&format!("/checks/{free}/open"), &suzuki, "").await.status, 303);
    assert_eq!(ask(&house, &suzuki, ("JSON", &stay, r#"{"turn":1}"#)).await.status, 200);
    // What the run has written holds the names of its cases.
    let book = format!("/runs/{run}/outputs/0");
    let page = format!("/runs/{run}");
    assert_eq!(house.get(&book, &yamada).await.status, 403);
    assert!(!house.get(&page, &yamada).await.body.contains(&book));
    let taken = house.get(&book, &suzuki).await;
    assert!(taken.status == 200 && taken.body.contains("山田花子"), "{}", taken.head);
    assert!(house.get(&page, &suzuki).await.body.contains(&book));
}

/// Other ways to write `/runs`, `/stop` and `/evidence/…`.
const TRICKS: &[&str] = &[
    "//runs",
    "/runs/",
    "/Runs",
    "/RUNS",
    "/runs;a=b",
    "/runs;",
    "/%2fruns",
    "/%2Fruns",
    "/runs%2f",
    "/runs/configs",
    "/x/configs",
    "/./runs",
    "/assets/../runs",
    "/assets/..%2fruns",
    "/sign-in/../runs",
    "/sign-in/runs",
    "/sign-in;/runs",
    "/runs/../runs",
    "/%72uns/",
    "/runs%00",
    "/runs%0d%0a",
    "/stop/release/",
    "/stop//release",
    "\\runs",
    "/..;/runs",
    "/health/../runs",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_path_written_otherwise_leads_nowhere() {
    let house = House::new().await;
    let operator = house.person("op", &[Role::Operator]).await;
    for path in TRICKS {
        let nobody = house.get(path, "").await;
        assert!(!nobody.body.contains("class=\"menu\"") && nobody.status >= 400, "{path}: {}", nobody.head);
        let known = house.get(path, &operator).await;
        assert!(known.status >= 400, "{path} as operator: {}", known.head);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_hosts_and_other_origins_are_refused_and_on_record() {
    let house = House::new().await;
    let cookie = house.person("op", &[Role::Operator]).await;
    let cookie_line = format!("Cookie: {cookie}");
    for host in ["evil.example", "127.0.0.1.evil.example", "evil.example:8080", ""] {
        let answer = house.raw("GET /runs", &[&format!("Host: {host}"), &cookie_line], "").await;
        assert!(matches!(answer.status, 421 | 400), "{host}: {}", answer.head);
    }
    let form = "Content-Type: application/x-www-form-urlencoded";
    let crossed: [&[&str]; 4] = [
        &["Origin: http://evil.example", "Sec-Fetch-Site: cross-site"],
        &["Origin: http://evil.example"],
        &["Sec-Fetch-Site: same-site"],
        &["Origin: null"],
    ];
    for lines in crossed {
        let lines = [&[cookie_line.as_str(), form][..], lines].concat();
        let answer = house.raw("POST /stop", &lines, "reason=x").await;
        assert_eq!(answer.status, 403, "{lines:?}");
    }
    let plain = house
        .raw(
            "POST /stop",
            &[&cookie_line, "Sec-Fetch-Site: same-origin", "Content-Type: text/plain"],
            "reason=x",
        )
        .await;
    assert_eq!(plain.status, 415);
    for path in ["/stop?reason=x", "/stop/release?reason=x", "/sign-out"] {
        house.get(path, &cookie).await;
    }
    assert!(house.store.open_stops().await.unwrap().is_empty(), "nothing was stopped");
    assert_eq!(house.get("/runs", &cookie).await.status, 200, "and nobody signed out");
    let log = house.log().await;
    for rule in ["console.host", "console.origin"] {
        assert!(log.iter().any(|l| l.contains("policy.deny") && l.contains(rule)), "{rule}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_what_a_browser_may_do() {
    let house = House::new().await;
    let cookie = house.person("op", &[Role::Operator]).await;
    for (path, cookie) in
        [("/", cookie.as_str()), ("/runs", &cookie), ("/nowhere", &cookie), ("/sign-in", ""), ("/", "")]
    {
        let answer = house.get(path, cookie).await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains("data:"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let inside = answer.body.to_lowercase();
        for bad in ["<script>", " style=", " onclick=", "javascript:", "http://", "https://"] {
            assert!(!inside.replace("http://www.w3.org", "").contains(bad), "{path} has {bad}");
        }
    }
    for method in ["TRACE", "OPTIONS", "PUT", "DELETE"] {
        let answer = house.raw(&format!("{method} /runs"), &[&format!("Cookie: {cookie}")], "").await;
        assert!(answer.status >= 400, "{method}: {}", answer.head);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_is_on_record_and_no_input_makes_a_second_line() {
    let house = House::new().await;
    let auditor = house.person("kansa", &[Role::Auditor]).await;
    let operator = house.person("op", &[Role::Operator]).await;
    assert_eq!(house.post("/stop/release", &auditor, "reason=x").await.status, 403);
    for evil in ["a%0d%0aX", "a%e2%80%a8b", "%00", "a%1b%5b31m"] {
        house.post("/stop", &operator, &format!("reason={evil}")).await;
        house.post("/sign-in", "", &format!("id={evil}&password={evil}")).await;
        house.get(&format!("/runs?scenario={evil}&state={evil}&id={evil}&said={evil}"), &operator).await;
    }
    let log = house.log().await;
    assert!(
        log.iter().any(|l| l.contains("authz.deny") && l.contains("kansa") && l.contains("stop/release")),
        "{log:#?}"
    );
    assert!(log.iter().all(|l| !l.trim_end().contains(['\n', '\r', '\u{1b}'])));
    assert!(!log.iter().any(|l| l.contains(PASSWORD)));
}
