//! How long pages take on a full store, and what 50 people cost. The long forms are commands of their own:
//! `cargo nextest run --release --locked --workspace --test console --run-ignored only --no-capture measure`.

use crate::house::{House, Program};
use shoki::control::people::Role;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Runs × items.
const NIGHTS: u32 = 1_000;
const ITEMS: u32 = 1_000;
/// Of so many runs the questions are open: 100 runs with 100 and some of 1,000.
const OPEN: u32 = 67;
/// How often each page is asked for.
const TIMES: usize = 40;

fn p95(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() * 95 / 100 - 1]
}

/// Milliseconds to the first byte and to the last.
async fn timed(address: &str, path: &str, cookie: &str) -> (f64, f64) {
    let begin = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let ask =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    let to_first = begin.elapsed().as_secs_f64() * 1000.0;
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert_eq!(&first[..], b"HTTP/1.1 200", "{path}");
    (to_first, begin.elapsed().as_secs_f64() * 1000.0)
}

/// Copies the night `run` so often, with its open questions for the first `open` of them.
async fn copies(house: &House, run: &str, count: u32, open: u32) {
    let place = format!("sqlite://{}", house.dir.path().join("state/shoki.db").display());
    let mut file = SqliteConnection::connect(&place).await.unwrap();
    for n in 0..count {
        let id = ulid::Ulid::new().to_string();
        let mut parts = vec![
            "INSERT INTO runs SELECT '{id}', scenario, sha256, state, date, settings, actor, listed, outputs, reason, created_at, ended_at, epoch, wake_at, worked_ms, worked_since, done, bad FROM runs WHERE id = '{run}'",
            "INSERT INTO items SELECT '{id}', n, key, input, state, step, code, reason, updated_at FROM items WHERE run_id = '{run}'",
        ];
        if n < open {
            parts.push("INSERT INTO checks (run_id, scenario, n, label, step, kind, questions, created_at) SELECT '{id}', scenario, n, label, step, kind, questions, created_at FROM checks WHERE run_id = '{run}'");
            parts.push("INSERT INTO worklist (id, scenario, run_id, n, step, kind, form, label, asked, created_at) SELECT c.id, w.scenario, '{id}', w.n, w.step, w.kind, '', w.label, 1, w.created_at FROM worklist w JOIN checks c ON c.run_id = '{id}' AND c.n = w.n AND c.kind = w.kind WHERE w.run_id = '{run}'");
        }
        sqlx::query("BEGIN IMMEDIATE").execute(&mut file).await.unwrap();
        for part in parts {
            let part = part.replace("{id}", &id).replace("{run}", run);
            sqlx::raw_sql(AssertSqlSafe(part)).execute(&mut file).await.unwrap();
        }
        sqlx::query("COMMIT").execute(&mut file).await.unwrap();
    }
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut file).await.unwrap();
    file.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: minutes to fill the store"]
async fn measure_pages_on_a_full_store() {
    let house = House::new().await;
    let cookie = house.person("yamada", &[Role::Operator, Role::Admin]).await;
    let run = house.night("", ITEMS).await;
    copies(&house, &run, NIGHTS - 1, OPEN).await;
    let open = house.store.count_open_checks().await.unwrap();
    println!("{NIGHTS} runs, {} items, {open} open questions", NIGHTS * ITEMS);
    let address = house.address.to_string();
    let mut pages: Vec<String> = crate::pages::pages(&run).into_iter().map(|(_, path)| path).collect();
    pages.extend(
        ["/checks", "/checks?words=0500", "/runs?state=waiting_for_people", "/audit?text=item"]
            .map(str::to_owned),
    );
    let mut worst = (0.0_f64, 0.0_f64);
    for page in pages {
        let (mut first, mut whole) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            let (to_first, to_last) = timed(&address, &page, &cookie).await;
            first.push(to_first);
            whole.push(to_last);
        }
        let (first, whole) = (p95(&mut first), p95(&mut whole));
        println!("{page}: p95 first byte {first:.1} ms, whole {whole:.1} ms");
        worst = (worst.0.max(first), worst.1.max(whole));
    }
    println!("worst: first byte {:.1} ms, whole {:.1} ms", worst.0, worst.1);
}

/// The cookies of 50 people who are signed in.
async fn fifty(house: &House) -> Vec<String> {
    let mut cookies = Vec::new();
    for n in 0..50 {
        cookies.push(house.really_signed_in(&format!("p{n:02}"), Role::Operator).await);
    }
    cookies
}

/// 50 people with live pages for so long: each asks for what goes on every 3 s, and opens a page every 20 s. Says memory in
/// MiB and the share of one core.
async fn fifty_people(lasting: Duration) -> (f64, f64) {
    let house = House::new().await;
    let run = house.night("", 200).await;
    let cookies = fifty(&house).await;
    let program = Program::of(house.dir.path());
    for cookie in &cookies {
        timed(&program.1, "/", cookie).await;
    }
    let (begin, (_, before)) = (Instant::now(), program.cost());
    let people: Vec<_> = (0_u64..)
        .zip(cookies)
        .map(|(n, cookie)| {
            let (address, live) = (program.1.clone(), format!("/runs/{run}/live"));
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(60 * n)).await;
                for round in 0_u64.. {
                    if begin.elapsed() > lasting {
                        break;
                    }
                    let page = if (round + n).is_multiple_of(7) { "/" } else { &live };
                    timed(&address, page, &cookie).await;
                    tokio::time::sleep(Duration::from_secs(3)).await;
                }
            })
        })
        .collect();
    for person in people {
        person.await.unwrap();
    }
    let (memory, after) = program.cost();
    (memory, (after - before) / begin.elapsed().as_secs_f64())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: a minute of 50 people"]
async fn measure_fifty_people() {
    let (memory, share) = fifty_people(Duration::from_mins(1)).await;
    println!("50 people: {memory:.0} MiB, {:.1} % of a core", share * 100.0);
    assert!(memory <= 100.0 && share <= 0.10);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_people_need_little_memory() {
    let (memory, _) = fifty_people(Duration::from_secs(4)).await;
    assert!(memory <= 100.0, "{memory:.0} MiB");
}
