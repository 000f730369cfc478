//! How long pages take on a full store. A command of its own:
//! `cargo nextest run --locked --test console --run-ignored only --no-capture full_store`.

use crate::house::House;
use shoki::control::people::Role;
use std::time::Instant;

/// Runs × items; one item in ten waits for a person.
const NIGHTS: u32 = 100;
const ITEMS: u32 = 1_000;
/// How often each page is asked for.
const TIMES: usize = 20;

fn p95(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() * 95 / 100 - 1]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: a minute to fill the store"]
async fn pages_on_a_full_store() {
    let house = House::new().await;
    let cookie = house.person("yamada", &[Role::Operator, Role::Admin]).await;
    let mut run = String::new();
    for _ in 0..NIGHTS {
        run = house.night("", ITEMS).await;
    }
    let open = house.store.count_open_checks().await.unwrap();
    println!("{NIGHTS} runs, {} items, {open} open questions", NIGHTS * ITEMS);
    let pages = [
        "/",
        "/runs",
        &format!("/runs/{run}"),
        &format!("/runs/{run}/items/11"),
        "/schedule",
        "/scenarios",
        "/audit",
        "/people",
        "/machine",
    ];
    for page in pages {
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let begin = Instant::now();
            let answer = house.get(page, &cookie).await;
            times.push(begin.elapsed().as_secs_f64() * 1000.0);
            assert_eq!(answer.status, 200, "{page}");
        }
        println!("{page}: p95 {:.1} ms", p95(times));
    }
}
