//! One pass of a run: before, the list of items, the workers, after.

use super::{
    Engine, EngineError, Progress,
    attempt::unworkable,
    brake::{self, Brake, Wait},
    budget::Streak,
    item::{Scene, Work},
    scope,
    sessions::Pools,
    unfold,
};
use crate::{
    audit::{Event, Status},
    control::stops,
    expr,
    run::{ItemState, RunState},
    scenario::{Scenario, Step},
    step::{Effect, Failure},
    store::{Holder, Moved, NewItem, Run, StoreError, Strength, Tx},
};
use serde_json::{Map, Value};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// One go at a run.
pub(super) struct Pass {
    pub(super) engine: Arc<Engine>,
    pub(super) run: Run,
    pub(super) scenario: Arc<Scenario>,
    pub(super) pools: Pools,
    /// Outputs of the steps `before`, by their ids.
    pub(super) before: Map<String, Value>,
    /// Ends this pass after the step in hand.
    pub(super) brake: Arc<Brake>,
    /// Until when the run rests, if items wait for something that comes by itself.
    pub(super) wait: Mutex<Option<Wait>>,
    /// Failures of one kind in a row.
    pub(super) streak: Streak,
}

/// Items of a list put on record before their entries are written out.
const LISTED: usize = 1000;
/// How long a run waits for a database that went away.
const AWAY: Duration = Duration::from_mins(10);

impl Engine {
    /// Takes a run on from where it stands until nothing can move without a person. Items that failed or were held are
    /// tried again. Says the state in which the run came to rest; `running` when it waits for an hour, or this process leaves.
    /// While the database is away it waits, and then goes on from what is on record.
    ///
    /// # Errors
    /// When nothing can be recorded any more. The run is then still `running`; `resume` takes it up.
    pub async fn execute(
        self: Arc<Self>,
        run: Run,
        scenario: Arc<Scenario>,
    ) -> Result<RunState, EngineError> {
        let id = run.id.clone();
        let mut next = run;
        loop {
            let ended = Box::pin(Arc::clone(&self).pass(next, Arc::clone(&scenario))).await;
            match ended {
                Err(e) if e.is_away() && self.comes_back().await? => {
                    let gone = || EngineError::Broken(format!("実行 {id} の記録がありません"));
                    next = self.store.run(&id).await?.ok_or_else(gone)?;
                }
                Err(e) if self.is_full(&e) && self.limits.give_room() => {
                    return self.wait_for_room(&id).await;
                }
                ended => return ended,
            }
        }
    }

    /// Whether it was for want of room that nothing could be recorded.
    fn is_full(&self, why: &EngineError) -> bool {
        why.is_full() || why.is_disk() && self.room().is_err()
    }

    /// Records, in the room that was kept for it, why the run waits.
    async fn wait_for_room(&self, run: &str) -> Result<RunState, EngineError> {
        let (until, why) = (self.clock.now() + self.limits.look_again, StoreError::Full.to_string());
        let mut tx = self.begin(Strength::Power).await?;
        tx.park_run(run, until.as_millisecond(), &why).await?;
        tx.commit().await?;
        self.log.checkpoint().await?;
        Ok(RunState::Running)
    }

    /// Waits for the database. Says whether it is there again, and this worker's runs still its own.
    async fn comes_back(&self) -> Result<bool, EngineError> {
        let began = Instant::now();
        while began.elapsed() < AWAY && !self.stop.is_on() {
            match self.tenure.renew().await {
                Ok(()) => return Ok(true),
                Err(StoreError::Away(why)) => tracing::warn!(why, "the database is away"),
                Err(e) => return Err(e.into()),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(false)
    }

    async fn pass(self: Arc<Self>, run: Run, scenario: Arc<Scenario>) -> Result<RunState, EngineError> {
        self.room()?;
        self.take_up(&run, &scenario).await?;
        let brake = Arc::<Brake>::default();
        let _asking = brake::ask(&self, &run.id, &brake);
        let pools = match Pools::of(&self, &run, &scenario) {
            Ok(pools) => pools,
            Err(failure) => return self.fail(&run, &failure).await,
        };
        let (wait, streak) = (Mutex::default(), Streak::default());
        let (engine, before) = (Arc::clone(&self), Map::new());
        let mut pass = Pass { engine, run, scenario, pools, before, brake, wait, streak };
        let prepared = pass.prepare().await;
        if !matches!(prepared, Ok(Ok(()))) {
            pass.leave_systems().await;
        }
        if let Err(failure) = prepared? {
            return match pass.early().await? {
                Some(state) => Ok(state),
                None => self.fail(&pass.run, &failure).await,
            };
        }
        let pass = Arc::new(pass);
        let worked = pass.work().await;
        let state = match worked {
            Ok(()) => pass.rest().await,
            Err(e) => Err(e),
        };
        pass.leave_systems().await;
        state
    }

    /// The run is this worker's, and goes on.
    async fn take_up(&self, run: &Run, scenario: &Scenario) -> Result<(), EngineError> {
        let at = self.log.now();
        let again = run.state != RunState::Queued;
        let stale = if run.listed { self.stale_looks(run, scenario).await? } else { Vec::new() };
        let mut tx = self.begin(Strength::Power).await?;
        if !tx.take_run(&run.id).await? {
            return Err(EngineError::Taken(run.id.clone()));
        }
        if let Some(stop) = tx.stopped(None).await? {
            return Err(EngineError::Stopped(stops::sentence(&stop)));
        }
        tx.move_run(&run.id, RunState::Running, None, &at).await?;
        for (n, steps) in &stale {
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            tx.forget_results(&run.id, *n, &steps).await?;
        }
        if run.listed {
            tx.wake_items(&run.id, &[ItemState::Running, ItemState::Failed, ItemState::Held], &at).await?;
        }
        let mut draft =
            self.log.system(Event::RunStart).run(&run.id).scenario(&scenario.id, 1, &scenario.sha256, None);
        if again {
            draft = draft.data("resume", true);
        }
        self.log.write(&mut tx, &draft).await?;
        tx.commit().await?;
        self.events.run(&run.id, &scenario.id, RunState::Running, at);
        Ok(())
    }

    /// What held items saw on screens and in files when they were held. It is looked at again, for that is what they waited
    /// for; receipts and answers of people stay, and what came before an answer.
    async fn stale_looks(
        &self,
        run: &Run,
        scenario: &Scenario,
    ) -> Result<Vec<(u32, Vec<String>)>, EngineError> {
        let mut stale = Vec::new();
        for item in self.store.some_items(&run.id, Some(ItemState::Held), 0, u32::MAX).await? {
            let results = self.store.results(&run.id, item.n).await?;
            let answers = self.store.answers(&run.id, item.n).await?;
            let outputs = results.iter().map(|r| (r.step.clone(), r.output.clone())).collect();
            let steps = unfold::unfold(&scenario.steps, &outputs);
            let receipted = |s: &Arc<Step>| results.iter().any(|r| r.receipted && r.step == s.id);
            let from = steps.iter().rposition(receipted).map_or(0, |at| at + 1);
            let answered = |s: &Step| s.on.is_none() && answers.iter().any(|a| a.step == s.id);
            let settled = steps.iter().rposition(|s| answered(s)).map_or(0, |at| at + 1);
            let looks = |at: &usize| steps[*at].on.is_some() || *at >= settled && reads_a_file(&steps[*at]);
            let first = (from..steps.len()).find(looks).unwrap_or(steps.len());
            let looks = steps[first..].iter().filter(|s| !answered(s)).map(|s| s.id.clone());
            stale.push((item.n, looks.collect()));
        }
        Ok(stale)
    }

    /// The run could not begin: it says why, and `resume` tries again.
    async fn fail(&self, run: &Run, failure: &Failure) -> Result<RunState, EngineError> {
        let mut tx = self.begin(Strength::Power).await?;
        tx.move_run(&run.id, RunState::Failed, Some(&failure.message), &self.log.now()).await?;
        let counts = crate::audit::Counts::default();
        let draft = self.log.system(Event::RunEnd).run(&run.id).counts(crate::audit::Status::Ng, &counts);
        self.log.write(&mut tx, &draft.data("state", RunState::Failed.word())).await?;
        tx.commit().await?;
        self.events.run(&run.id, &run.scenario, RunState::Failed, self.log.now());
        self.log.checkpoint().await?;
        Ok(RunState::Failed)
    }
}

impl Pass {
    /// The office's values with what `--set` gave on top.
    pub(super) fn settings(&self) -> Map<String, Value> {
        let office = self.engine.settings.iter().map(|(k, v)| (k.clone(), Value::String(v.clone())));
        let mut all: Map<String, Value> = office.collect();
        if let Value::Object(given) = &self.run.settings {
            all.extend(given.clone());
        }
        all
    }

    async fn prepare(&mut self) -> Result<Result<(), Failure>, EngineError> {
        let scenario = Arc::clone(&self.scenario);
        match self.scene(&scenario.before, Map::new(), false).await? {
            Ok(outputs) => self.before = outputs,
            Err(failure) => return Ok(Err(failure)),
        }
        if self.run.listed { Ok(Ok(())) } else { self.list().await }
    }

    /// Runs steps that belong to no item. Their outputs are on record as those of item 0.
    pub(super) async fn scene(
        &self,
        steps: &[Step],
        names: Map<String, Value>,
        replay: bool,
    ) -> Result<Result<Map<String, Value>, Failure>, EngineError> {
        let mut work = Work::load(self, Scene { n: 0, steps, names, replay, fresh: false }).await?;
        let end = work.go().await?;
        let outputs = work.leave(&end).await;
        Ok(match end.failure() {
            None => Ok(outputs),
            Some(failure) => Err(failure),
        })
    }

    /// Asks where the items come from, and puts all of them on record at once.
    async fn list(&mut self) -> Result<Result<(), Failure>, EngineError> {
        let scenario = Arc::clone(&self.scenario);
        let (new, partial) = match &scenario.items {
            None => {
                let only = NewItem { n: 1, key: self.run.id.clone(), input: Value::Null };
                (vec![only], BTreeSet::new())
            }
            Some(items) => {
                let mut outputs =
                    match self.scene(std::slice::from_ref(&items.source), Map::new(), false).await? {
                        Ok(outputs) => outputs,
                        Err(failure) => return Ok(Err(failure)),
                    };
                let list = outputs.remove(&items.source.id).unwrap_or_default();
                match self.keyed(list, &items.key) {
                    Ok(listed) => listed,
                    Err(failure) => return Ok(Err(failure)),
                }
            }
        };
        self.add(new, &partial).await?;
        Ok(Ok(()))
    }

    /// The elements of a list with their keys, and the numbers of those of whose key a part is empty. One without a key gets its
    /// place in this run for one.
    fn keyed(&self, list: Value, key: &str) -> Result<(Vec<NewItem>, BTreeSet<u32>), Failure> {
        // A table is a list of its rows.
        let list = match list {
            Value::Object(mut table) if table.contains_key("rows") => {
                table.remove("rows").unwrap_or_default()
            }
            other => other,
        };
        let Value::Array(list) = list else {
            return Err(Failure::stop("SHK0722", "items の動作の結果が一覧ではありません。"));
        };
        let mut scope = scope::of_run(self);
        scope.extend(scope::spelled(scope::below(&self.before, ""), |name| key.contains(name)));
        let (mut new, mut partial) = (Vec::with_capacity(list.len()), BTreeSet::new());
        for (n, input) in (1..).zip(list) {
            scope.insert("item".into(), input.clone());
            let key = expr::render_key(key, &scope.clone().into()).map_err(|e| unworkable(&e))?;
            if key.as_ref().is_some_and(|key| key.partial) {
                partial.insert(n);
            }
            new.push(NewItem { n, key: key.map_or_else(|| self.place_of(n), |key| key.text), input });
        }
        Ok((new, partial))
    }

    /// What an item without a key is known by.
    fn place_of(&self, n: u32) -> String {
        format!("{}#{n}", self.run.id)
    }

    /// A key of which a part is empty is good only where nothing else bears it, in this list or on record, but the same item
    /// again. Elsewhere the item gets its place in this run for a key.
    async fn tell_apart(
        &self,
        tx: &mut Tx<'_>,
        new: &mut [NewItem],
        partial: &BTreeSet<u32>,
    ) -> Result<(), EngineError> {
        if partial.is_empty() {
            return Ok(());
        }
        let some: Vec<NewItem> = new.iter().filter(|item| partial.contains(&item.n)).cloned().collect();
        let holders = tx.holders(&self.scenario.id, &some).await?;
        let mixed_up = mixed_up(new, &some, &holders);
        for item in new.iter_mut().filter(|item| mixed_up.contains(&item.n)) {
            item.key = self.place_of(item.n);
        }
        Ok(())
    }

    /// An item that cannot be told from others is not worked on; `partial`: for a part of its key is empty.
    async fn refuse(&self, tx: &mut Tx<'_>, n: u32, partial: bool, at: &str) -> Result<(), EngineError> {
        let (run, code) = (self.run.id.as_str(), Some("SHK0737"));
        let reason = Some(if partial {
            "件を見分けるキー（key）の一部が空で、ほかの件と見分けられないため、処理していません。"
        } else {
            "件を見分けるキー（key）が空のため、処理していません。"
        });
        for next in [ItemState::Running, ItemState::Stopped] {
            tx.move_item(&Moved { run, n, next, step: None, code, reason, at }).await?;
        }
        let draft = self.engine.log.system(Event::ItemEnd).run(run).item(&item_id(n));
        let draft = draft.res(Status::Ng, code).data("state", ItemState::Stopped.word());
        Ok(self.engine.log.write(tx, &draft).await?)
    }

    async fn add(&mut self, mut new: Vec<NewItem>, partial: &BTreeSet<u32>) -> Result<(), EngineError> {
        let log = &self.engine.log;
        let at = log.now();
        let mut skipped = 0;
        let mut tx = self.engine.begin(Strength::Power).await?;
        self.tell_apart(&mut tx, &mut new, partial).await?;
        for some in new.chunks(LISTED) {
            let told = self.tell(&mut tx, some, &at).await?;
            let rest = without(some, &told);
            let added = tx.add_items(&self.scenario.id, &self.run.id, &rest, &at).await?;
            skipped += added.states.iter().filter(|state| **state == ItemState::Skipped).count();
            for (run, n) in &added.handed {
                let draft = log.system(Event::ItemEnd).run(run).item(&item_id(*n));
                let draft = draft.res(Status::Skipped, Some("SHK0720"));
                log.write(&mut tx, &draft.data("state", ItemState::Skipped.word())).await?;
            }
            for item in some {
                let draft = log.system(Event::ItemOpen).run(&self.run.id).item(&item_id(item.n));
                log.write(&mut tx, &draft).await?;
                let sha = item.input.get("sha256").and_then(Value::as_str);
                if let Some(sha) = sha.filter(|sha| is_digest(sha)) {
                    let draft = log.system(Event::FileIn).run(&self.run.id).item(&item_id(item.n));
                    log.write(&mut tx, &draft.data("class", "paper").data("sha256", sha)).await?;
                }
                if self.scenario.items.is_some() && item.key == self.place_of(item.n) {
                    self.refuse(&mut tx, item.n, partial.contains(&item.n), &at).await?;
                }
            }
            for n in told {
                log.write(&mut tx, &self.told_entry(n)).await?;
            }
            // Entries of a long list do not pile up in memory.
            tx.place_entries().await?;
        }
        tx.set_listed(&self.run.id).await?;
        tx.commit().await?;
        (self.engine.watch)(Progress::Listed { items: new.len(), skipped });
        Ok(())
    }

    /// Workers take waiting items until there are none.
    async fn work(self: &Arc<Self>) -> Result<(), EngineError> {
        let mut workers = JoinSet::new();
        for _ in 0..self.engine.workers.max(1) {
            let pass = Arc::clone(self);
            workers.spawn(async move { pass.worker().await });
        }
        let mut outcome = Ok(());
        while let Some(ended) = workers.join_next().await {
            let ended = ended.unwrap_or_else(|e| Err(EngineError::Broken(e.to_string())));
            if let Err(e) = ended {
                // The other workers end at their next step: nothing can be recorded any more.
                self.brake.leave();
                outcome = outcome.and(Err(e));
            }
        }
        outcome
    }

    async fn worker(&self) -> Result<(), EngineError> {
        while !self.stopping() {
            if let Err(lacking) = self.engine.room() {
                self.wait_until(
                    self.engine.clock.now() + self.engine.limits.look_again,
                    &lacking.to_string(),
                );
                return Ok(());
            }
            let (engine, now) = (&self.engine, self.engine.log.now());
            let claimed = engine.store.claim_item(&engine.tenure.worker, &self.run.id, &now).await?;
            let Some((item, known)) = claimed else { return Ok(()) };
            self.item(item, known).await?;
            self.engine.log.checkpoint_if_due().await?;
        }
        Ok(())
    }
}

/// The numbers of those of `some` whose keys something else bears too: in the list `all`, or on record as `holders` say of each.
fn mixed_up(all: &[NewItem], some: &[NewItem], holders: &[Holder]) -> BTreeSet<u32> {
    let mut bearers: HashMap<&str, Vec<&NewItem>> = HashMap::new();
    for item in all {
        bearers.entry(&item.key).or_default().push(item);
    }
    let is_mixed_up = |item: &NewItem, holder: Holder| {
        let mut others = bearers[item.key.as_str()].iter().filter(|other| other.n != item.n);
        match holder {
            Holder::Nobody => others.next().is_some(),
            // It is the one on record, unless the list gives that twice now.
            Holder::Alike => others.any(|other| other.input == item.input),
            Holder::Another => true,
        }
    };
    let pairs = some.iter().zip(holders).filter(|(item, holder)| is_mixed_up(item, **holder));
    pairs.map(|(item, _)| item.n).collect()
}

/// Those of `some` that are not among `told`.
fn without<'i>(some: &'i [NewItem], told: &BTreeSet<u32>) -> Cow<'i, [NewItem]> {
    if told.is_empty() {
        return Cow::Borrowed(some);
    }
    some.iter().filter(|item| !told.contains(&item.n)).cloned().collect()
}

/// Whether what a step gave can be another thing when it is done again: the file was put there or corrected since.
fn reads_a_file(step: &Step) -> bool {
    step.action.effect == Effect::Read
        && ["file.", "csv.", "excel."].iter().any(|family| step.action.name.starts_with(family))
}

/// Whether a text is a SHA-256 as the log writes it. A list gives others too: of a file that could not be read, or out of a
/// column of that name.
fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// An item's number as the log writes it.
pub(super) fn item_id(n: u32) -> String {
    format!("{n:04}")
}
