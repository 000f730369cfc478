//! 200 strings that would run somewhere where something is not escaped, in every stored field, on every page of every role.

use crate::{
    house::House,
    pages::{Driver, pages, signed},
};
use serde_json::{Value, json};
use shoki::control::people::{Role, manage::Change};
use sqlx::{Connection as _, SqliteConnection};

/// What breaks out of where a text may stand.
const BEFORE: [&str; 10] =
    ["", "\">", "'>", "</td>", "</title>", "</script>", "</textarea>", "-->", "]]>", "\u{2028}\\\"`}}"];

/// What would then run.
const THEN: [&str; 20] = [
    "<script>window.xss=1</script>",
    "<ScRiPt src=//evil.invalid/x.js></sCrIpT>",
    "<img src=x onerror=window.xss=1>",
    "<img src=x onerror=\"window.xss=1\">",
    "<svg onload=window.xss=1>",
    "<svg/onload=window.xss=1//",
    "<svg><script>window.xss=1</script></svg>",
    "<body onload=window.xss=1>",
    "<input autofocus onfocus=window.xss=1>",
    "<select autofocus onfocus=window.xss=1>",
    "<details open ontoggle=window.xss=1>",
    "<video><source onerror=window.xss=1></video>",
    "<iframe srcdoc='<script>parent.xss=1</script>'></iframe>",
    "<iframe src=javascript:parent.xss=1></iframe>",
    "<object data=data:text/html;base64,PHNjcmlwdD5wYXJlbnQueHNzPTE8L3NjcmlwdD4=></object>",
    "<a href=javascript:window.xss=1 autofocus>x</a>",
    "<math><mtext></p><style><img src=x onerror=window.xss=1></style></mtext></math>",
    "<form action=javascript:window.xss=1><button autofocus>x</button></form>",
    "<meta http-equiv=refresh content=0;url=javascript:window.xss=1>",
    "{{constructor.constructor('window.xss=1')()}}${window.xss=1}<b style=background:url(javascript:window.xss=1)>",
];

fn strings() -> Vec<String> {
    BEFORE.iter().flat_map(|before| THEN.iter().map(move |then| format!("{before}{then}"))).collect()
}

/// Every column in clear that holds words of people, of paper or of systems, and is shown somewhere. What citizens wrote is
/// sealed in the database; it is put there by the night itself.
const COLUMNS: &[(&str, &str)] = &[
    ("runs", "reason"),
    ("items", "step"),
    ("items", "code"),
    ("items", "reason"),
    ("results", "step"),
    ("evidence", "step"),
    ("evidence", "field"),
    ("checks", "step"),
    ("checks", "answered_by"),
    ("worklist", "step"),
    ("worklist", "form"),
    ("dues", "why"),
    ("dues", "reason"),
    ("dues", "decided_by"),
    ("people", "name"),
    ("proposals", "reason"),
    ("stops", "reason"),
    ("stops", "stopped_by"),
    ("told", "who"),
    ("workers", "name"),
];

/// Puts the strings into every field: into each line of a table another ten of them, so that all are in each column that has
/// twenty lines, and into a column of few lines all at once.
async fn poison(house: &House, all: &[String]) {
    let place = format!("sqlite://{}", house.dir.path().join("state/shoki.db").display());
    let mut file = SqliteConnection::connect(&place).await.unwrap();
    let parts: Vec<String> = all.chunks(10).map(<[String]>::concat).collect();
    for (table, column) in COLUMNS {
        let count = format!("SELECT count(*) FROM {table}");
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(&mut file).await.unwrap();
        let set = format!("UPDATE {table} SET {column} = $1 WHERE rowid % 20 = $2");
        for (n, part) in (0_i64..).zip(&parts) {
            let words = if count < 20 { all.concat() } else { part.clone() };
            let set = sqlx::query(sqlx::AssertSqlSafe(set.clone())).bind(words).bind(n);
            set.execute(&mut file).await.unwrap();
        }
    }
    let actor = json!({ "kind": "user", "id": all.concat() }).to_string();
    sqlx::query("UPDATE runs SET actor = $1").bind(actor).execute(&mut file).await.unwrap();
    file.close().await.unwrap();
}

/// Nothing ran, and nothing that could run came to be: also what the page's policy would have stopped is found.
const LOOK: &str = r"
const faults = [];
if (window.xss) faults.push('something ran');
for (const e of document.querySelectorAll('*')) {
  for (const a of e.attributes) {
    if (a.name.startsWith('on')) faults.push('handler: ' + e.outerHTML.slice(0, 80));
    if (/^(href|src|action|formaction|data|srcdoc)$/.test(a.name) && /^\s*(javascript|data):/i.test(a.value) && a.value !== 'data:,') faults.push('address: ' + a.value.slice(0, 80));
  }
}
for (const s of document.scripts) if (!s.src.startsWith(location.origin + '/assets/') || s.textContent) faults.push('script: ' + s.outerHTML.slice(0, 80));
for (const e of document.querySelectorAll('iframe, object, embed, video, math, meta[http-equiv]')) faults.push(e.tagName);
return faults;";

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_strings_in_every_stored_field_never_run() {
    let all = strings();
    assert_eq!(all.len(), 200);
    let house = House::new().await;
    let operator = house.person("yamada", &[Role::Operator, Role::Author, Role::Approver, Role::Admin]).await;
    let auditor = house.person("kansa", &[Role::Auditor]).await;
    let run = house.night(&all.concat(), 60).await;
    house.console.people.propose(Change::Grant(Role::Author), "kansa", "試験", "yamada").await.ok();
    house.post("/stop", &operator, "reason=test").await;
    poison(&house, &all).await;
    let driver = Driver::start().await;
    let check = house.store.open_check_of(&run, 3, shoki::store::CheckKind::Check).await.unwrap().unwrap();
    for cookie in [&operator, &auditor] {
        let browser = signed(&house, &driver, cookie, true).await;
        let mut places: Vec<String> = pages(&run).into_iter().map(|(_, path)| path).collect();
        places.extend((1..=20).map(|n| format!("/runs/{run}/items/{n}")));
        places.extend(["/checks".to_owned(), format!("/checks/{check}"), "/audit?text=item".to_owned()]);
        if cookie == &operator {
            house.post(&format!("/checks/{check}/open"), &operator, "").await;
        }
        for path in places {
            browser.goto(format!("http://{}{path}", house.address)).await.unwrap();
            let faults = browser.execute(LOOK, Vec::<Value>::new()).await.unwrap();
            let faults: Vec<String> = faults.convert().unwrap();
            assert!(faults.is_empty(), "{path}: {faults:#?}");
        }
        browser.quit().await.unwrap();
    }
}
