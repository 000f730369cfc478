//! What monitoring asks: `GET /health` in JSON, `GET /metrics` in Prometheus text; and `GET /events`, what happens to runs as
//! it happens (server-sent events). On this machine only, no personal data.
//! The console answers beside it.

use super::{OfficeError, Shared};
use crate::{app::desk::open_local, control::clock_fault, engine::RunEvent, store::StoreError};
use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{
        IntoResponse, Response,
        sse::{self, KeepAlive, Sse},
    },
    routing::get,
};
use futures_util::stream;
use serde_json::json;
use std::{convert::Infallible, fmt::Write as _, net::SocketAddr, sync::Arc};
use tokio::sync::{
    Semaphore, SemaphorePermit,
    broadcast::{Receiver, error::RecvError},
};

/// Who may listen to events at one time.
static LISTENERS: Semaphore = Semaphore::const_new(16);

/// Begins to answer, `console` beside what monitoring asks. Says where: port 0 is any that is free.
pub(super) async fn begin(
    shared: Arc<Shared>,
    console: Router,
    listen: SocketAddr,
) -> Result<SocketAddr, OfficeError> {
    let routes = Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/events", get(events))
        .layer(middleware::from_fn(local))
        .with_state(shared);
    open_local(routes.merge(console), listen).await
}

/// A page of the internet that points its own name at this machine does not get an answer.
async fn local(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
        next.run(request).await
    } else {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    }
}

async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let status = shared.status();
    let stuck = shared.engine.limits.pulse.overdue().is_some();
    let word = match (stuck, status.stopping, status.reasons.is_empty()) {
        (true, ..) => "stuck",
        (_, true, _) => "stopping",
        (_, _, false) => "attention",
        _ => "ok",
    };
    let body = json!({
        "status": word, "reasons": status.reasons, "scenarios": status.scheduled, "next_due": status.next_due,
        "runs_in_hand": status.runs_in_hand, "version": env!("CARGO_PKG_VERSION"),
    });
    let code = if stuck { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (code, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}

/// What happens to runs, from now on: `run` when a run moves, `item` when an item comes to rest, `missed` with a number when
/// the listener was too slow. Whoever connects again asks `shoki runs` for what was in between.
async fn events(State(shared): State<Arc<Shared>>) -> Response {
    let Ok(place) = LISTENERS.try_acquire() else {
        let full = "イベントを受け取っている接続が多すぎます。使っていない接続を閉じてください。";
        return (StatusCode::SERVICE_UNAVAILABLE, full).into_response();
    };
    let heard = shared.engine.events.listen();
    let next = |(mut heard, place): (Receiver<RunEvent>, SemaphorePermit<'static>)| async move {
        let event = match heard.recv().await {
            Ok(event) => told(&event),
            Err(RecvError::Lagged(missed)) => sse::Event::default().event("missed").data(missed.to_string()),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok::<_, Infallible>(event), (heard, place)))
    };
    Sse::new(stream::unfold((heard, place), next)).keep_alive(KeepAlive::default()).into_response()
}

fn told(event: &RunEvent) -> sse::Event {
    let name = if event.item.is_some() { "item" } else { "run" };
    sse::Event::default().event(name).data(json!(event).to_string())
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    match numbers(&shared).await {
        Ok(text) => (kind, text).into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}

/// A family of numbers, as Prometheus reads it.
fn family(text: &mut String, name: &str, kind: &str, help: &str, values: &[(String, f64)]) {
    let _ = write!(text, "# HELP shoki_{name} {help}\n# TYPE shoki_{name} {kind}\n");
    for (label, value) in values {
        let _ = writeln!(text, "shoki_{name}{label} {value}");
    }
}

async fn numbers(shared: &Shared) -> Result<String, StoreError> {
    let (engine, status) = (&shared.engine, shared.status());
    let store = &engine.store;
    let one = |value: f64| vec![(String::new(), value)];
    let count = |n: usize| one(u32::try_from(n).map_or(f64::MAX, f64::from));
    let state = |word: &str, n: u32| (format!("{{state=\"{word}\"}}"), f64::from(n));
    let runs: Vec<_> = store.count_runs().await?.iter().map(|(s, n)| state(s.word(), *n)).collect();
    let dues: Vec<_> = store.count_dues().await?.iter().map(|(s, n)| state(s.word(), *n)).collect();
    let checks = usize::try_from(store.waiting("", 0).await?.all).unwrap_or(usize::MAX);
    let stopped = store.open_stops().await?.iter().any(|s| s.run.is_none());
    let clock = clock_fault::fault(store, engine.clock.now()).await?.is_some();
    let mut text = String::new();
    let t = &mut text;
    family(t, "up", "gauge", "1 while the daemon works", &one(1.0));
    family(t, "attention", "gauge", "Reasons why a person should look", &count(status.reasons.len()));
    family(t, "scheduled_scenarios", "gauge", "Scenarios with schedules", &count(status.scheduled));
    family(t, "runs_in_hand", "gauge", "Runs being worked on", &count(status.runs_in_hand));
    family(t, "runs", "gauge", "Runs on record by state", &runs);
    family(t, "dues", "gauge", "Due moments on record by state", &dues);
    family(t, "open_checks", "gauge", "Looks that wait for a person", &count(checks));
    family(t, "emergency_stop", "gauge", "1 while everything is stopped", &one(f64::from(u8::from(stopped))));
    family(
        t,
        "clock_fault",
        "gauge",
        "1 while the clock stands before the last entry",
        &one(f64::from(u8::from(clock))),
    );
    let next = status.next_due.and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let seconds = |at: jiff::Timestamp| one(at.as_duration().as_secs_f64());
    family(
        t,
        "next_due_seconds",
        "gauge",
        "Next due moment, seconds since 1970",
        &next.map_or_else(Vec::new, seconds),
    );
    family(t, "resident_bytes", "gauge", "Memory of this process", &resident().map_or_else(Vec::new, one));
    Ok(text)
}

/// Memory of this process, in bytes.
fn resident() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u32 = text.split_whitespace().nth(1)?.parse().ok()?;
    let page = u32::try_from(rustix::param::page_size()).ok()?;
    Some(f64::from(pages) * f64::from(page))
}
