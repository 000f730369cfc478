//! 状態: machines, the queue, the disk, the clock, who is signed in.

use super::{Console, Page, Refusal, Signed, page::show as shown};
use crate::{control::clock_fault, run::RunState, store::Machine};
use askama::Template;
use axum::{extract::State, response::Response};
use std::{path::Path, sync::Arc};

/// Sessions used in so many milliseconds count as present.
const PRESENT: i64 = 10 * 60 * 1000;

#[derive(Template)]
#[template(path = "machine.html")]
struct Now {
    page: Page,
    machines: Vec<Machine>,
    runs: Vec<(&'static str, &'static str, u32)>,
    disks: Vec<Disk>,
    facts: Vec<(&'static str, String, bool)>,
    parts: Vec<(String, Option<String>)>,
    seats: Vec<(String, u32)>,
}

struct Disk {
    what: &'static str,
    free: String,
    percent: u64,
    low: bool,
}

fn disk(what: &'static str, place: &Path) -> Option<Disk> {
    let facts = rustix::fs::statvfs(place).ok()?;
    let (free, all) = (facts.f_bavail * facts.f_frsize, facts.f_blocks * facts.f_frsize);
    let used = 100 - (free * 100).checked_div(all).unwrap_or(0).min(100);
    let tenths = free * 10 / (1 << 30);
    let free = format!("{}.{} GiB", tenths / 10, tenths % 10);
    Some(Disk { what, free, percent: used, low: used >= 90 })
}

pub(super) async fn show(State(console): State<Arc<Console>>, signed: Signed) -> Result<Response, Refusal> {
    let page = Page::of(&console, &signed, "状態", "/machine").await?;
    let counts = console.store.count_runs().await?;
    let of = |state: RunState| counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    let clock = clock_fault::fault(&console.store, console.log.moment()).await?;
    let present = console.store.visits_since(console.log.moment().as_millisecond() - PRESENT).await?;
    let places =
        [("記録（state/）", "state"), ("監査記録（audit/）", "audit"), ("証跡（evidence/）", "evidence")];
    let broken = (console.library)().iter().filter(|l| l.scenario.is_none()).count();
    shown(&Now {
        page,
        parts: (console.means.parts)(),
        seats: console.store.seats_taken().await?,
        machines: console.store.machines().await?,
        runs: RunState::ALL.iter().map(|s| (s.word(), s.label(), of(*s))).collect(),
        disks: places.iter().filter_map(|(what, dir)| disk(what, &console.root.join(dir))).collect(),
        facts: vec![
            ("時計", clock.as_ref().map_or_else(|| "正常".into(), ToString::to_string), clock.is_some()),
            ("誤りのあるシナリオ", format!("{broken} 件"), broken > 0),
            ("サインイン中", format!("{} 人", present.len()), false),
            ("職員待ち", format!("{} 件", console.store.count_open_checks().await?), false),
            ("書記の版", env!("CARGO_PKG_VERSION").into(), false),
        ],
    })
}
