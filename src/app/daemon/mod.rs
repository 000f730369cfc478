//! `shoki serve`: engine and schedule in one process, as long as the machine is on.
//!
//! - `plans`: the scenario files, read again when they change; `remembered`: what they said at the last start.
//! - `watchman`: ends a process whose work hangs beyond every limit; its runs go on after the restart.
//! - `herald`: the morning's digest, and calls about failures. `http`: what monitoring asks; `notify`: what systemd is told.

mod herald;
mod http;
mod notify;
mod plans;
mod remembered;
mod watchman;

use super::{Office, OfficeError, desk};
use crate::{
    calendar::due::in_words,
    console::{Entrance, router},
    control::{acts, approvals, changes, clock_fault, evidence},
    engine::{Brake, Engine, EngineError},
    run::RunState,
    schedule::Watcher,
    store::{Due, Run, StoreError, Strength},
};
use herald::Herald;
use jiff::Timestamp;
use plans::Plans;
use std::{
    collections::BTreeMap,
    future::poll_fn,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
};

/// How often the clock, the store and the files are looked at, at most.
const TICK: Duration = Duration::from_secs(1);
/// How often scenario files are looked at.
const FILES_EVERY: Duration = Duration::from_secs(10);
/// A run whose people answer goes on so long after the last answer, or at once after the last question.
const QUIET: jiff::SignedDuration = jiff::SignedDuration::from_secs(20);
/// A run that broke off is tried again after so long, at the latest.
const AGAIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);
/// How long steps in hand may take after the first SIGTERM, and after the second.
const LAST_STEPS: [Duration; 2] = [Duration::from_secs(9), Duration::from_secs(1)];

/// What the daemon knows about itself, for those who ask from outside.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// Why a person should look, in Japanese.
    pub reasons: Vec<String>,
    /// The next due moment, RFC 3339.
    pub next_due: Option<String>,
    /// Scenarios with schedules.
    pub scheduled: usize,
    /// Runs being worked on.
    pub runs_in_hand: usize,
    /// It ends after the steps in hand.
    pub stopping: bool,
}

/// What the parts of the daemon share.
pub struct Shared {
    engine: Arc<Engine>,
    status: Mutex<Status>,
    /// When the main loop last came round.
    beat: Mutex<Instant>,
}

impl Shared {
    fn status(&self) -> Status {
        self.status.lock().expect("no panic while the status is held").clone()
    }

    fn set(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status.lock().expect("no panic while the status is held"));
    }
}

/// The daemon of one office.
struct Daemon {
    shared: Arc<Shared>,
    plans: Plans,
    watcher: Watcher,
    herald: Herald,
    /// Each says its run, and whether it broke off.
    passes: JoinSet<(String, bool)>,
    /// Runs that broke off and are not yet given back.
    broken: Vec<String>,
    breaks: Breaks,
    /// Runs worked on at once.
    most: usize,
    last: Last,
}

/// How often runs broke off, without a pass in between that came to rest.
#[derive(Default)]
struct Breaks(BTreeMap<String, u32>);

impl Breaks {
    /// A pass of a run has ended.
    fn note(&mut self, run: &str, broke: bool) {
        if broke {
            *self.0.entry(run.to_owned()).or_default() += 1;
        } else {
            self.0.remove(run);
        }
    }

    /// The runs that did so more than once: trying again alone does not help them.
    fn repeated(&self) -> Vec<(String, u32)> {
        self.0.iter().filter(|(_, times)| **times > 1).map(|(run, times)| (run.clone(), *times)).collect()
    }
}

/// When things that are not done at every tick were last done.
struct Last {
    files: Instant,
    tidied: Instant,
    /// The day on which evidence was last looked through.
    expired: Option<jiff::civil::Date>,
    /// What the clock said.
    wall: Timestamp,
    /// Whether it stood before what is on record.
    behind: bool,
}

/// Runs until a signal ends it. `ready` is told what to say to the person who started it.
///
/// # Errors
/// When it cannot begin, or its record cannot be written any more.
pub async fn serve(office: Office, listen: SocketAddr, ready: impl Fn(&str)) -> Result<(), OfficeError> {
    let _lock = office.lock_for("serve")?;
    let most = office.config.engine.runs;
    let engine = office.engine(Arc::new(|_| {}), Arc::<Brake>::default()).await?;
    let shared = Arc::new(Shared {
        engine: Arc::clone(&engine),
        status: Mutex::default(),
        beat: Mutex::new(Instant::now()),
    });
    let office = Arc::new(office);
    let console = office.console(&engine.store, &engine.log)?;
    let routes = router(&console, &Entrance::local());
    let address = http::begin(Arc::clone(&shared), routes, listen).await?;
    let far = desk::open_door(&office, &console)?;
    let mut term = listen_for(SignalKind::terminate())?;
    let mut int = listen_for(SignalKind::interrupt())?;
    let watcher = Watcher::new(office.calendar());
    let now = Instant::now();
    let last = Last { files: now, tidied: now, expired: None, wall: engine.clock.now(), behind: false };
    let herald = Herald::new(&office, &console);
    let plans = Plans::new(office);
    let (passes, broken) = (JoinSet::new(), Vec::new());
    let breaks = Breaks::default();
    let mut daemon = Daemon { shared, plans, watcher, herald, passes, broken, breaks, most, last };
    daemon.begin().await?;
    watchman::begin(Arc::clone(&daemon.shared));
    notify::tell("READY=1");
    ready(&format!("{}\n{}", daemon.greeting(address), desk::greeting(address, far)));
    let outcome = daemon.work(&mut term, &mut int).await;
    notify::tell("STOPPING=1");
    daemon.end(&mut term, &mut int).await;
    outcome
}

fn listen_for(kind: SignalKind) -> Result<Signal, OfficeError> {
    signal(kind).map_err(|error| OfficeError::Folder { place: "signal".into(), error })
}

impl Daemon {
    /// Reads the scenarios and finds what came due while nobody watched.
    async fn begin(&mut self) -> Result<(), OfficeError> {
        let engine = Arc::clone(&self.shared.engine);
        let all = self.plans.read();
        engine.store.offer(&engine.tenure.worker, &self.plans.digests()).await?;
        changes::note(&engine.store, &engine.log, &self.plans.found()).await?;
        self.watcher.begin(all, &engine.store, &engine.clock.local()).await?;
        for problem in self.plans.problems() {
            tracing::warn!(code = problem.code, file = %problem.source.path.display(), "a scenario is not planned");
        }
        tracing::info!(scenarios = self.watcher.count(), version = env!("CARGO_PKG_VERSION"), "ready");
        Ok(())
    }

    fn greeting(&self, address: SocketAddr) -> String {
        let next = self.watcher.next().map_or_else(
            || "予定はありません".to_owned(),
            |at| format!("次は {} {}", in_words(at.date()), at.strftime("%H:%M")),
        );
        let problems = match self.plans.problems().len() {
            0 => String::new(),
            n => format!(
                "。誤りが {n} 件あり、そのシナリオは予定に入っていません（`shoki schedule next` で確かめてください）"
            ),
        };
        format!(
            "書記が動いています。予定のあるシナリオ {} 件、{next}{problems}。状態: http://{address}/health",
            self.watcher.count()
        )
    }

    /// The main loop, until a signal or an error that only a new start can mend.
    async fn work(&mut self, term: &mut Signal, int: &mut Signal) -> Result<(), OfficeError> {
        loop {
            if let Err(error) = self.tick().await {
                tracing::error!(%error, "the record refuses");
                if only_a_restart_helps(&error) {
                    return Err(error);
                }
                self.shared.set(|s| s.reasons = vec![error.to_string()]);
            }
            *self.shared.beat.lock().expect("no panic while the beat is held") = Instant::now();
            if self.shared.engine.limits.pulse.overdue().is_none() {
                notify::tell("WATCHDOG=1");
            }
            tokio::select! {
                () = tokio::time::sleep(self.pause()) => {}
                Some(ended) = self.passes.join_next() => self.ended(ended.ok()),
                _ = term.recv() => return Ok(()),
                _ = int.recv() => return Ok(()),
            }
        }
    }

    /// A pass has ended; none: it was cut off.
    fn ended(&mut self, pass: Option<(String, bool)>) {
        let Some((run, broke)) = pass else { return };
        self.breaks.note(&run, broke);
        self.broken.extend(broke.then_some(run));
    }

    /// Which runs break off again and again and are still tried.
    async fn breaking(&mut self) -> Result<Vec<String>, OfficeError> {
        let engine = Arc::clone(&self.shared.engine);
        let mut reasons = Vec::new();
        for (id, times) in self.breaks.repeated() {
            let run = engine.store.run(&id).await?;
            if run.is_some_and(|run| matches!(run.state, RunState::Queued | RunState::Running)) {
                reasons.push(format!("実行 {id} が {times} 回続けて異常終了し、間を置いて試し直しています。ログで原因を確かめてください。続けないなら `shoki stop {id}` で止めてください。"));
            } else {
                self.breaks.note(&id, false);
            }
        }
        Ok(reasons)
    }

    /// Until the next due moment, but no longer than a tick.
    fn pause(&self) -> Duration {
        let now = self.shared.engine.clock.now();
        let due = self.watcher.next().map(|at| at.timestamp().duration_since(now));
        due.and_then(|d| Duration::try_from(d).ok()).map_or(TICK, |d| d.clamp(Duration::from_millis(5), TICK))
    }

    async fn tick(&mut self) -> Result<(), OfficeError> {
        let engine = Arc::clone(&self.shared.engine);
        let now = engine.clock.local();
        clock_fault::note(&engine.store, now.timestamp(), self.last.wall).await?;
        self.last.wall = now.timestamp();
        if self.last.files.elapsed() >= FILES_EVERY {
            self.last.files = Instant::now();
            self.reread().await?;
        }
        while let Some(run) = self.broken.last().cloned() {
            self.put_off(&run, "記録できない状態が起きたため、間を置いて続けます。").await?;
            self.broken.pop();
        }
        let mut reasons = self.plans.reasons();
        if let Some(reason) = self.may_begin().await? {
            reasons.push(reason);
        } else {
            self.watcher.look(&engine.store, &engine.log, &now).await?.iter().for_each(say);
            reasons.extend(self.take_up().await?);
        }
        reasons.extend(self.breaking().await?);
        reasons.extend(self.herald.look(&now));
        self.keep_house().await?;
        let next_due = self.watcher.next().map(crate::control::dues::moment);
        let (scheduled, runs_in_hand) = (self.watcher.count(), self.passes.len());
        self.shared.set(|s| *s = Status { reasons, next_due, scheduled, runs_in_hand, stopping: false });
        Ok(())
    }

    /// Why nothing may begin now, if so.
    async fn may_begin(&mut self) -> Result<Option<String>, OfficeError> {
        let engine = Arc::clone(&self.shared.engine);
        if let Some(fault) = clock_fault::fault(&engine.store, engine.clock.now()).await? {
            self.last.behind = true;
            return Ok(Some(fault.to_string()));
        }
        if self.last.behind {
            // A person may have turned the marks of the schedules back.
            self.watcher.rewind(&engine.store, &engine.clock.local()).await?;
            self.last.behind = false;
        }
        Ok(engine.room().err().map(|e| e.to_string()))
    }

    /// Scenario files that changed are read again, and the office's own days.
    async fn reread(&mut self) -> Result<(), OfficeError> {
        let engine = Arc::clone(&self.shared.engine);
        let (calendar, now) = (self.plans.live().calendar.clone(), engine.clock.local());
        let held = self.watcher.set_calendar(calendar, &engine.store, &engine.log, &now).await?;
        held.iter().for_each(say);
        let untold = self.plans.changed(&now);
        if untold.is_empty() {
            return Ok(());
        }
        tracing::info!(changes = untold.len(), "scenarios were changed");
        engine.store.offer(&engine.tenure.worker, &self.plans.digests()).await?;
        changes::note(&engine.store, &engine.log, &self.plans.found()).await?;
        for (found_at, change) in untold {
            change.gone.iter().for_each(|id| self.watcher.forget(id));
            change.spoiled.iter().for_each(|id| self.watcher.spoil(id));
            for watched in change.watched {
                self.watcher.change(watched, &engine.store, &found_at).await?;
            }
        }
        self.plans.told();
        Ok(())
    }

    /// Takes up runs that are free: new ones, those whose hour has come, those a dead process left, those that were
    /// answered. Says what a person should know.
    async fn take_up(&mut self) -> Result<Option<String>, OfficeError> {
        let engine = Arc::clone(&self.shared.engine);
        let stops = engine.store.open_stops().await?;
        if let Some(stop) = stops.iter().find(|s| s.run.is_none()) {
            return Ok(Some(format!(
                "緊急停止中です（{}）。解除は `shoki stop --release` です。",
                stop.reason
            )));
        }
        let quiet = format!("{:.3}", engine.clock.now() - QUIET);
        for run in engine.store.answered_runs(&quiet).await? {
            // Another run of the scenario goes first; this one is asked again at the next tick.
            if let Err(acts::ActError::Record(e)) = acts::wake(&engine.store, &engine.log, &run, None).await {
                return Err(e.into());
            }
        }
        let places = self.most.saturating_sub(self.passes.len());
        if places > 0 {
            let most = u32::try_from(places).unwrap_or(u32::MAX);
            let mut claimed = engine.store.claim_runs(&engine.tenure.worker, most).await?.into_iter();
            while let Some(run) = claimed.next() {
                let id = run.id.clone();
                if let Err(error) = self.pass(run).await {
                    // They are ours and nobody works on them.
                    self.broken.push(id);
                    self.broken.extend(claimed.map(|run| run.id));
                    return Err(error);
                }
            }
        }
        let stranded = engine.store.has_stranded_run().await?;
        Ok(stranded.then(|| "シナリオが実行の途中で変わったため、続けられない実行があります。`shoki runs` で確かめ、`shoki resume ID --changed` で続けてください。".into()))
    }

    async fn pass(&mut self, run: Run) -> Result<(), OfficeError> {
        let engine = Arc::clone(&self.shared.engine);
        let scenario = match self.plans.scenario(&run) {
            Some(scenario) => Arc::new(scenario),
            None => return self.put_off(&run.id, "シナリオを読めないため待っています。").await,
        };
        // A part or a form may have been changed after the run was put on record.
        if let Some(reason) = approvals::refused(&engine.store, &scenario).await? {
            return self.put_off(&run.id, &reason).await;
        }
        tracing::info!(
            run = run.id,
            scenario = run.scenario,
            resumed = (run.state != RunState::Queued),
            "run begins"
        );
        self.passes.spawn(broke_off(run.id.clone(), engine.execute(run, scenario)));
        Ok(())
    }

    /// A run that cannot go on now is tried again later.
    async fn put_off(&self, run: &str, reason: &str) -> Result<(), OfficeError> {
        let engine = &self.shared.engine;
        let later = engine.clock.now() + engine.limits.look_again.min(AGAIN);
        let mut tx = engine.store.begin(Strength::Process).await?;
        tx.park_run(run, later.as_millisecond(), reason).await?;
        Ok(tx.commit().await?)
    }

    /// Heartbeats, and the runs of other machines that are not heard of any more.
    async fn keep_house(&mut self) -> Result<(), OfficeError> {
        let engine = Arc::clone(&self.shared.engine);
        if self.last.tidied.elapsed() >= engine.tenure.worker.lease / 2 {
            self.last.tidied = Instant::now();
            for late in engine.store.dismiss_late().await? {
                tracing::warn!(machine = late.name, "a machine is not heard of; its runs are free");
            }
        }
        engine.log.tend().await?;
        if engine.room().is_ok() {
            engine.limits.take_room();
        }
        self.expire(&engine).await;
        Ok(())
    }

    /// Once a day evidence and contents beyond their days are destroyed. What cannot be destroyed now is tried again tomorrow.
    async fn expire(&mut self, engine: &Engine) {
        let today = engine.clock.today();
        if self.last.expired.replace(today) == Some(today) {
            return;
        }
        let audit = self.plans.live().audit.clone();
        match evidence::expire(&engine.store, &engine.log, &engine.vault, audit.evidence_days).await {
            Ok(0) => {}
            Ok(runs) => tracing::info!(runs, "evidence has expired"),
            Err(error) => tracing::warn!(%error, "evidence could not be destroyed"),
        }
        match evidence::expire_contents(&engine.store, &engine.log, audit.contents_days).await {
            Ok(0) => {}
            Ok(runs) => tracing::info!(runs, "contents have expired"),
            Err(error) => tracing::warn!(%error, "contents could not be erased"),
        }
    }

    /// Lets the steps in hand come to their end, at most 10 s, after a second signal at most 2 s. Then everything that is
    /// still open is cut off; what was announced is looked up at the next start.
    async fn end(mut self, term: &mut Signal, int: &mut Signal) {
        let engine = Arc::clone(&self.shared.engine);
        self.shared.set(|s| s.stopping = true);
        engine.stop.leave();
        tracing::info!(runs = self.passes.len(), "stopping");
        let mut until = tokio::time::Instant::now() + LAST_STEPS[0];
        let mut signals = 1;
        while !self.passes.is_empty() {
            tokio::select! {
                _ = self.passes.join_next() => {}
                () = tokio::time::sleep_until(until) => break,
                _ = term.recv() => signals += 1,
                _ = int.recv() => signals += 1,
            }
            if signals > 1 {
                until = until.min(tokio::time::Instant::now() + LAST_STEPS[1]);
            }
        }
        self.passes.abort_all();
        let last_words = async {
            engine.tenure.end().await.ok();
            engine.log.checkpoint().await.ok();
        };
        tokio::time::timeout(Duration::from_millis(700), last_words).await.ok();
        tracing::info!("stopped");
    }
}

/// The run, and whether this pass of it broke off: with an error, or in a panic. Otherwise nobody would give it back.
async fn broke_off(id: String, pass: impl Future<Output = Result<RunState, EngineError>>) -> (String, bool) {
    let mut pass = pin!(pass);
    let unharmed = |cx: &mut Context<'_>| {
        let polled = catch_unwind(AssertUnwindSafe(|| pass.as_mut().poll(cx)));
        polled.map_or(Poll::Ready(None), |poll| poll.map(Some))
    };
    let broke = match poll_fn(unharmed).await {
        Some(Ok(state)) => {
            tracing::info!(run = id, state = state.word(), "run rests");
            false
        }
        // Somebody was quicker.
        Some(Err(EngineError::Taken(_))) => false,
        Some(Err(error)) => {
            tracing::error!(run = id, %error, "run broke off");
            true
        }
        None => {
            tracing::error!(run = id, "run broke off in a panic");
            true
        }
    };
    (id, broke)
}

/// What became of a due moment, for the journal.
fn say(due: &Due) {
    let state = due.state.word();
    tracing::info!(scenario = due.scenario, at = due.at, state, run = due.run, "due");
}

/// Whether the record will not be written again in this process.
fn only_a_restart_helps(error: &OfficeError) -> bool {
    use crate::control::LogError;
    let OfficeError::Record(error) = error else { return false };
    matches!(error, LogError::Tampered(_) | LogError::Store(StoreError::Lost | StoreError::Disk))
}

impl From<acts::ActError> for OfficeError {
    fn from(error: acts::ActError) -> Self {
        match error {
            acts::ActError::Record(error) => Self::Record(error),
            other => Self::Record(StoreError::Content(other.to_string()).into()),
        }
    }
}

impl From<EngineError> for OfficeError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Record(error) => Self::Record(error),
            other => Self::Record(StoreError::Content(other.to_string()).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pass(end: &str) -> Result<RunState, EngineError> {
        tokio::task::yield_now().await;
        match end {
            "done" => Ok(RunState::Done),
            "taken" => Err(EngineError::Taken("r".into())),
            "broken" => Err(EngineError::Broken("on purpose".into())),
            _ => panic!("on purpose"),
        }
    }

    #[tokio::test]
    async fn a_run_whose_pass_panics_is_known_as_broken_off() {
        for (end, broken) in [("done", false), ("taken", false), ("broken", true), ("panic", true)] {
            let known = broke_off("r".into(), pass(end)).await;
            assert_eq!(known, ("r".to_owned(), broken), "{end}");
        }
    }

    #[test]
    fn a_run_that_breaks_off_again_and_again_is_told_of_until_it_rests() {
        let mut breaks = Breaks::default();
        breaks.note("r", true);
        assert!(breaks.repeated().is_empty(), "once may be chance");
        breaks.note("other", true);
        breaks.note("r", true);
        assert_eq!(breaks.repeated(), [("r".to_owned(), 2)]);
        breaks.note("r", false);
        assert!(breaks.repeated().is_empty());
    }
}
