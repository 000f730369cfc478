//! When nothing can move any more without a person: the steps `after`, and the state in which the run rests.

use super::{EngineError, Progress, dispatcher::Pass, event, scope};
use crate::{
    audit::{Counts, Event, Status},
    run::{ItemState, RunState},
    step::Failure,
    store::{Item, Strength},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

impl Pass {
    /// Ends the pass.
    pub(super) async fn rest(&self) -> Result<RunState, EngineError> {
        let items = self.engine.store.items(&self.run.id).await?;
        if let Some(state) = self.early(&items).await? {
            return Ok(state);
        }
        let (mut state, mut reason) = (state_of(&items), None);
        if let Err(failure) = self.after(&items).await? {
            if let Some(state) = self.early(&items).await? {
                return Ok(state);
            }
            reason = Some(failure.message);
            state = RunState::Failed;
        }
        self.end(state, reason.as_deref(), &items).await?;
        Ok(state)
    }

    /// The end of a pass that was stopped, is left, or waits; none: it goes on to its proper end.
    pub(super) async fn early(&self, items: &[Item]) -> Result<Option<RunState>, EngineError> {
        let brakes = [&self.brake, &self.engine.stop];
        if let Some(brake) = brakes.into_iter().find(|b| b.is_stop()) {
            self.end(RunState::Stopped, brake.reason().as_deref(), items).await?;
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
    async fn after(&self, items: &[Item]) -> Result<Result<(), Failure>, EngineError> {
        if self.scenario.after.is_empty() {
            return Ok(Ok(()));
        }
        (self.engine.watch)(Progress::After);
        let settled = state_of(items) != RunState::WaitingForPeople;
        let due = |s: &&crate::scenario::Step| settled || !s.is_irreversible();
        let steps: Vec<_> = self.scenario.after.iter().filter(due).cloned().collect();
        let mut outputs: BTreeMap<u32, Map<String, Value>> = BTreeMap::new();
        for (n, result) in self.engine.store.all_results(&self.run.id).await? {
            outputs.entry(n).or_default().insert(result.step, result.output);
        }
        let mut names = self.before.clone();
        names.insert("items".into(), scope::of_items(items, outputs));
        Ok(self.scene(&steps, names, true).await?.map(drop))
    }

    async fn end(&self, state: RunState, reason: Option<&str>, items: &[Item]) -> Result<(), EngineError> {
        let log = &self.engine.log;
        let mut tx = self.engine.begin(Strength::Power).await?;
        tx.move_run(&self.run.id, state, reason, &log.now()).await?;
        tx.release(Some(&self.run.id), "shoki", &log.now()).await?;
        let status = match state {
            RunState::Done => Status::Ok,
            RunState::WaitingForPeople => Status::Unknown,
            _ => Status::Ng,
        };
        let draft = log.system(Event::RunEnd).run(&self.run.id).counts(status, &counts(items));
        log.write(&mut tx, &draft.data("state", state.word())).await?;
        tx.commit().await?;
        event::run(&self.run.id, &self.scenario.id, state);
        log.checkpoint().await?;
        Ok(())
    }
}

fn state_of(items: &[Item]) -> RunState {
    let any = |wanted: fn(ItemState) -> bool| items.iter().any(|i| wanted(i.state));
    if any(ItemState::needs_people) {
        RunState::WaitingForPeople
    } else if any(|s| !matches!(s, ItemState::Done | ItemState::Skipped)) {
        RunState::DoneWithExceptions
    } else {
        RunState::Done
    }
}

fn counts(items: &[Item]) -> Counts {
    let mut counts = Counts::default();
    for item in items {
        match item.state {
            ItemState::Done => counts.ok += 1,
            ItemState::Stopped | ItemState::Failed => counts.ng += 1,
            ItemState::InDoubt => counts.unknown += 1,
            ItemState::Skipped => counts.skipped += 1,
            ItemState::Held => counts.held += 1,
            ItemState::Check | ItemState::Approval | ItemState::Waiting | ItemState::Running => {
                counts.waiting += 1;
            }
        }
    }
    counts
}
