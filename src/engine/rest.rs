//! When nothing can move any more without a person: the steps `after`, and the state in which the run rests.

use super::{EngineError, Progress, dispatcher::Pass, scope};
use crate::{
    audit::{Counts, Event, Status},
    run::{ItemState, RunState},
    step::Failure,
    store::Strength,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

impl Pass {
    /// Ends the pass.
    pub(super) async fn rest(&self) -> Result<RunState, EngineError> {
        if let Some(state) = self.early().await? {
            return Ok(state);
        }
        let (mut state, mut reason) = (state_of(&self.engine.store.item_counts(&self.run.id).await?), None);
        if let Err(failure) = self.after(state).await? {
            if let Some(state) = self.early().await? {
                return Ok(state);
            }
            reason = Some(failure.message);
            state = RunState::Failed;
        }
        self.end(state, reason.as_deref()).await?;
        Ok(state)
    }

    /// The end of a pass that was stopped, is left, or waits; none: it goes on to its proper end.
    pub(super) async fn early(&self) -> Result<Option<RunState>, EngineError> {
        let brakes = [&self.brake, &self.engine.stop];
        if let Some(brake) = brakes.into_iter().find(|b| b.is_stop()) {
            self.end(RunState::Stopped, brake.reason().as_deref()).await?;
            return Ok(Some(RunState::Stopped));
        }
        if self.stopping() {
            return Ok(Some(RunState::Running));
        }
        let wait = self.wait.lock().expect("no panic while the wait is held").clone();
        let Some(wait) = wait else { return Ok(None) };
        let mut tx = self.engine.begin(Strength::Power).await?;
        tx.park_run(&self.run.id, wait.until.as_millisecond(), &wait.reason).await?;
        tx.commit().await?;
        self.engine.log.checkpoint().await?;
        Ok(Some(RunState::Running))
    }

    /// The steps `after`. They are done again whenever the run comes to rest, so that the ledger holds what is done by
    /// then; an irreversible one waits until every item is settled.
    async fn after(&self, state: RunState) -> Result<Result<(), Failure>, EngineError> {
        if self.scenario.after.is_empty() {
            return Ok(Ok(()));
        }
        (self.engine.watch)(Progress::After);
        let items = self.engine.store.items(&self.run.id).await?;
        let settled = state != RunState::WaitingForPeople;
        let due = |s: &&crate::scenario::Step| settled || !s.is_irreversible();
        let steps: Vec<_> = self.scenario.after.iter().filter(due).cloned().collect();
        let mut outputs: BTreeMap<u32, Map<String, Value>> = BTreeMap::new();
        for (n, result) in self.engine.store.all_results(&self.run.id).await? {
            outputs.entry(n).or_default().insert(result.step, result.output);
        }
        let mut names = Map::new();
        names.insert("items".into(), scope::of_items(&items, outputs));
        Ok(self.scene(&steps, names, true).await?.map(drop))
    }

    async fn end(&self, state: RunState, reason: Option<&str>) -> Result<(), EngineError> {
        let log = &self.engine.log;
        let counts = counts(&self.engine.store.item_counts(&self.run.id).await?);
        let mut tx = self.engine.begin(Strength::Power).await?;
        tx.move_run(&self.run.id, state, reason, &log.now()).await?;
        tx.release(Some(&self.run.id), "shoki", &log.now()).await?;
        let status = match state {
            RunState::Done => Status::Ok,
            RunState::WaitingForPeople => Status::Unknown,
            _ => Status::Ng,
        };
        let draft = log.system(Event::RunEnd).run(&self.run.id).counts(status, &counts);
        log.write(&mut tx, &draft.data("state", state.word())).await?;
        tx.commit().await?;
        self.engine.events.run(&self.run.id, &self.scenario.id, state, log.now());
        log.checkpoint().await?;
        Ok(())
    }
}

fn state_of(items: &[(ItemState, u32)]) -> RunState {
    let any = |wanted: fn(ItemState) -> bool| items.iter().any(|(state, _)| wanted(*state));
    // What waits now was answered in the moment in which the last worker ended.
    if any(|s| s.needs_people() || matches!(s, ItemState::Waiting | ItemState::Running)) {
        RunState::WaitingForPeople
    } else if any(|s| !matches!(s, ItemState::Done | ItemState::Skipped)) {
        RunState::DoneWithExceptions
    } else {
        RunState::Done
    }
}

fn counts(items: &[(ItemState, u32)]) -> Counts {
    let mut counts = Counts::default();
    for (state, n) in items {
        let n = u64::from(*n);
        match state {
            ItemState::Done => counts.ok += n,
            ItemState::Stopped | ItemState::Failed => counts.ng += n,
            ItemState::InDoubt => counts.unknown += n,
            ItemState::Skipped => counts.skipped += n,
            ItemState::Held => counts.held += n,
            ItemState::Check | ItemState::Approval | ItemState::Waiting | ItemState::Running => {
                counts.waiting += n;
            }
        }
    }
    counts
}
