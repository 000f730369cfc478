//! One item, from where it stands on record to where it comes to rest.

use super::{
    EngineError, Progress,
    dispatcher::{Pass, item_id},
    film::Film,
    scope,
    sessions::Lease,
    told::Renewed,
    unfold,
};
use crate::{
    audit::{Event, Status},
    run::{ItemState, Question},
    scenario::{Frame, OnFailure, Role, Step},
    step::{AskKind, Effect, Failure, FailureKind},
    store::{CheckKind, Item, Moved, NewCheck, Strength},
};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, LazyLock},
};

/// Why an item does not go on now.
pub(super) enum End {
    /// All steps are on record.
    Done,
    /// The pass is being stopped.
    Back,
    /// A step failed.
    Failed(String, Failure),
    /// The same business key was done before, by another item.
    Already(String, String),
    /// An irreversible act has an unknown outcome.
    Doubt(String, Failure),
}

impl End {
    /// The failure in it, for steps that belong to no item.
    pub(super) fn failure(self) -> Option<Failure> {
        match self {
            Self::Done => None,
            Self::Back => {
                Some(Failure::again("SHK0723", "停止の指示で止めました。`shoki resume` で続けられます。"))
            }
            Self::Failed(_, f) | Self::Doubt(_, f) => Some(f),
            Self::Already(_, reason) => Some(Failure::stop("SHK0721", reason)),
        }
    }
}

/// Which steps are run, and what their expressions see besides the run's own names.
pub(super) struct Scene<'a> {
    /// The item; 0 for steps that belong to none.
    pub(super) n: u32,
    pub(super) steps: &'a [Step],
    pub(super) names: Map<String, Value>,
    /// Whether steps on record are done again unless receipted (`after`).
    pub(super) replay: bool,
    /// Nothing of it is on record yet, and nobody has been asked about it.
    pub(super) fresh: bool,
}

/// What a person is asked after a failure under `on_failure: ask`.
const TRY_AGAIN: &str = "もう一度試す";

static NOTHING: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// An item being worked on.
pub(super) struct Work<'a> {
    pub(super) pass: &'a Pass,
    pub(super) n: u32,
    /// The steps, those of repetitions written out as far as it is known how often.
    pub(super) steps: Vec<Arc<Step>>,
    /// Outputs of the steps `before`; none while signing in.
    pub(super) before: &'a Map<String, Value>,
    pub(super) names: Map<String, Value>,
    /// Outputs on record, by step.
    pub(super) outputs: Map<String, Value>,
    pub(super) receipted: HashSet<String>,
    /// What people answered, by step: the newest answer.
    pub(super) answers: HashMap<String, Value>,
    pub(super) leases: BTreeMap<String, Lease>,
    /// The last try failed before it was signed in.
    pub(super) shut_out: bool,
    /// What is on record as told when a person is asked about this item.
    pub(super) renewed: Option<Renewed>,
    /// What was done on screens.
    pub(super) film: Film,
}

impl<'a> Work<'a> {
    pub(super) async fn load(pass: &'a Pass, scene: Scene<'a>) -> Result<Self, EngineError> {
        let store = &pass.engine.store;
        let (before, names) = (&pass.before, scene.names);
        let mut work = Self { before, names, ..Self::at_the_door(pass, scene.n, Vec::new()) };
        if scene.fresh {
            work.steps = unfold::unfold(scene.steps, &work.outputs);
            return Ok(work);
        }
        for result in store.results(&pass.run.id, scene.n).await? {
            if result.receipted {
                work.receipted.insert(result.step.clone());
            }
            if result.receipted || !scene.replay {
                work.outputs.insert(result.step, result.output);
            }
        }
        for check in store.answers(&pass.run.id, scene.n).await? {
            if let (CheckKind::Check | CheckKind::Approval, Some(answer)) = (check.kind, check.answer) {
                work.add_answer(check.step, answer);
            }
        }
        work.steps = unfold::unfold(scene.steps, &work.outputs);
        Ok(work)
    }

    /// Work without a record: signing in.
    pub(super) fn at_the_door(pass: &'a Pass, n: u32, steps: Vec<Arc<Step>>) -> Self {
        let (outputs, receipted) = (Map::new(), HashSet::new());
        Self {
            pass,
            n,
            steps,
            before: &NOTHING,
            names: Map::new(),
            outputs,
            receipted,
            answers: HashMap::new(),
            leases: BTreeMap::new(),
            shut_out: false,
            renewed: None,
            film: Film::default(),
        }
    }

    /// Later answers stand over earlier ones, field by field: a person asked again need not repeat the rest.
    fn add_answer(&mut self, step: String, answer: Value) {
        match (self.answers.get_mut(&step), answer) {
            (Some(Value::Object(known)), Value::Object(new)) => known.extend(new),
            (_, answer) => drop(self.answers.insert(step, answer)),
        }
    }

    /// Does the steps that are not on record, in order.
    pub(super) async fn go(&mut self) -> Result<End, EngineError> {
        match self.told_end() {
            Some((step, Ok(reason))) => return Ok(End::Already(step, reason)),
            Some((step, Err(failure))) => return Ok(End::Failed(step, failure)),
            None => {}
        }
        let mut at = 0;
        while at < self.steps.len() {
            let step = Arc::clone(&self.steps[at]);
            at += 1;
            if self.outputs.contains_key(&step.id) {
                continue;
            }
            if self.pass.stopping() {
                return Ok(End::Back);
            }
            if self.is_refused(&step) {
                let message = "職員がやり直さないと決めたため、この件を中止しました。";
                return Ok(End::Failed(step.id.clone(), Failure::stop("SHK0705", message)));
            }
            match self.step(at - 1).await? {
                Ok(()) => {
                    let turns = unfold::turns(&step, &self.outputs);
                    self.steps.splice(at..at, turns);
                }
                Err(End::Failed(id, failure)) => {
                    if let Some(end) = self.after_failure(&step, id, failure).await? {
                        return Ok(end);
                    }
                }
                Err(end) => return Ok(end),
            }
        }
        Ok(End::Done)
    }

    /// What `on_failure` makes of a failure; none: the item goes on.
    async fn after_failure(
        &mut self,
        step: &Step,
        id: String,
        failure: Failure,
    ) -> Result<Option<End>, EngineError> {
        let ours = matches!(failure.kind, FailureKind::Again | FailureKind::Stop);
        match step.on_failure {
            OnFailure::Continue if ours => {
                self.record(step, Value::Null, false).await?;
                Ok(None)
            }
            OnFailure::Ask if ours => {
                let question = Question::plain(TRY_AGAIN, json!(true), &failure.message);
                let ask =
                    crate::step::Ask { kind: AskKind::Approval, questions: vec![question], paper: None };
                // The answer is looked for under the step that asks, also where one done again before it failed.
                Ok(Some(End::Failed(step.id.clone(), Failure::ask(failure.code, failure.message, ask))))
            }
            _ => Ok(Some(End::Failed(id, failure))),
        }
    }

    /// The names that the expressions of a step see now: inside a part its arguments and its own steps, inside a repetition
    /// the element and the steps of the turn too.
    pub(super) fn scope(&self, step: &Step) -> Map<String, Value> {
        let texts = [step.once.as_deref(), step.condition.as_deref()];
        let spells = |name: &str| {
            texts.iter().flatten().any(|text| text.contains(name)) || scope::spells(&step.with, name)
        };
        let mut scope = scope::of_run(self.pass);
        for names in [self.before, &self.names, &self.outputs] {
            scope.extend(scope::spelled(scope::below(names, ""), spells));
        }
        for frame in &step.frames {
            match frame {
                Frame::Part(id) => {
                    scope = scope::of_run(self.pass);
                    scope.extend(self.names.get("account").map(|a| ("account".to_owned(), a.clone())));
                    let given = self.outputs.get(&format!("{id}.with")).cloned();
                    scope.insert("with".into(), given.unwrap_or_default());
                }
                Frame::Turn { each, n, name } => {
                    let list = self.outputs.get(&format!("{each}.in"));
                    let element = list.and_then(|l| l.get(n.checked_sub(1)?)).cloned();
                    scope.insert(name.clone(), element.unwrap_or_default());
                }
            }
            scope.extend(scope::spelled(scope::below(&self.outputs, &frame.prefix()), spells));
        }
        scope
    }

    /// What the turns of a repetition gave, as its output.
    pub(super) fn gathered(&self, each: &str) -> Value {
        let Some(Value::Array(list)) = self.outputs.get(&format!("{each}.in")) else { return Value::Null };
        let turn = |n: usize| {
            scope::spelled(scope::below(&self.outputs, &format!("{each}[{n}].")), |_| true).collect()
        };
        (1..=list.len()).map(|n| Value::Object(turn(n))).collect()
    }

    /// Whether a part around the step is left out.
    pub(super) fn is_in_left_out_part(&self, step: &Step) -> bool {
        let left_out = |frame: &Frame| match frame {
            Frame::Part(id) => self.outputs.get(&format!("{id}.with")) == Some(&Value::Null),
            Frame::Turn { .. } => false,
        };
        step.frames.iter().any(left_out)
    }

    /// Whether people answered the step itself. What they answered of a step on a screen is only that it may be tried again.
    pub(super) fn is_answered(&self, step: &Step) -> bool {
        step.on.is_none() && self.answers.contains_key(&step.id)
    }

    /// Whether a person was asked to try a failed step again, and refused.
    fn is_refused(&self, step: &Step) -> bool {
        self.answers.get(&step.id).is_some_and(|answer| answer.get(TRY_AGAIN) == Some(&json!(false)))
    }

    /// Whether the step at `at` has to be done again when `system` was signed in to anew: screens are not on record, so
    /// all that was done on them since the last receipt is done again. What people answered stays.
    pub(super) fn is_redone(&self, at: usize, system: &str) -> bool {
        let step = &self.steps[at];
        let on_screen = |s: &Arc<Step>| s.on.as_deref() == Some(system);
        let after_receipt = !self.steps[at..].iter().any(|s| self.receipted.contains(&s.id));
        let after_first = self.steps[..=at].iter().any(|s| on_screen(s) && !self.receipted.contains(&s.id));
        let same_side = on_screen(step) || (step.on.is_none() && step.action.effect == Effect::Read);
        // How often something is repeated stays as it was decided, or turns on record would change their meaning. An act
        // that cannot be undone and is on record without a receipt was left out, and stays so.
        let decided = matches!(step.role, Role::Each(_)) || step.action.effect == Effect::Irreversible;
        let settled = decided || self.is_answered(step) || self.receipted.contains(&step.id);
        self.outputs.contains_key(&step.id) && after_receipt && after_first && same_side && !settled
    }

    /// Gives back the sessions. Says the outputs.
    pub(super) async fn leave(mut self, end: &End) -> Map<String, Value> {
        for (on, lease) in std::mem::take(&mut self.leases) {
            self.give_up(&on, lease, Some(end)).await;
        }
        self.outputs
    }

    /// Gives a session back, at the item's end or while the item waits. One on whose screens something was begun and not
    /// brought to its end is ended: the next item would send what stands there.
    pub(super) async fn give_up(&self, on: &str, lease: Lease, end: Option<&End>) {
        if self.leaves_work_on(on, end) {
            self.pass.end_session(lease).await;
        } else {
            self.pass.pools.give_back(lease).await;
        }
    }

    /// Whether something stands on that system's screens that was not brought to its end.
    fn leaves_work_on(&self, system: &str, end: Option<&End>) -> bool {
        let on_screen = self.steps.iter().rev().filter(|s| s.on.as_deref() == Some(system));
        let since: Vec<&Arc<Step>> = on_screen
            .take_while(|s| !self.receipted.contains(&s.id))
            .filter(|s| s.action.effect != Effect::Read)
            .collect();
        // One that was left out by its `if` is on record and has touched nothing.
        let done = |s: &Step| self.outputs.contains_key(&s.id) && !matches!(self.is_left_out(s), Ok(true));
        let begun = since.iter().any(|s| done(s));
        match end {
            // Steps behind the last act may leave what they like; an act that was not done leaves what was typed for it.
            Some(End::Done) => begun && since.iter().any(|s| s.action.effect == Effect::Irreversible),
            // What failed may have typed before it did.
            Some(End::Failed(id, _) | End::Doubt(id, _)) => begun || since.iter().any(|s| s.id == *id),
            _ => begun,
        }
    }
}

impl Pass {
    /// Works on one claimed item until it comes to rest. `known`: something about it is on record.
    pub(super) async fn item(&self, item: Item, known: bool) -> Result<(), EngineError> {
        let label = scope::label(&item);
        (self.engine.watch)(Progress::Began { n: item.n, label: label.clone() });
        let mut names = Map::new();
        names.insert("item".into(), item.input);
        let scene = Scene { n: item.n, steps: &self.scenario.steps, names, replay: false, fresh: !known };
        let mut work = Work::load(self, scene).await?;
        let end = work.go().await?;
        work.keep_film(&end).await?;
        let renewed = work.renewed.take();
        work.leave(&end).await;
        let (state, reason) = self.settle(item.n, &label, &end, renewed).await?;
        let (_, step, code, _) = resting_place(&end);
        self.spend(state, step, code);
        let of = (self.run.id.as_str(), self.run.scenario.as_str(), item.n);
        self.engine.events.item(of, state, code, self.engine.log.now());
        (self.engine.watch)(Progress::Rested { n: item.n, label, state, reason });
        Ok(())
    }

    /// Puts on record where the item came to rest.
    async fn settle(
        &self,
        n: u32,
        label: &str,
        end: &End,
        renewed: Option<Renewed>,
    ) -> Result<(ItemState, Option<String>), EngineError> {
        let log = &self.engine.log;
        let at = log.now();
        let (state, step, code, reason) = resting_place(end);
        let strength = if state.needs_people() { Strength::Power } else { Strength::Process };
        let mut tx = self.engine.begin(strength).await?;
        let moved = Moved { run: &self.run.id, n, next: state, step, code, reason, at: &at };
        tx.move_item(&moved).await?;
        if let Some(check) = self.question(n, label, end) {
            tx.add_check(&check, &at).await?;
        }
        if let (ItemState::Approval, Some((idem, print))) = (state, renewed) {
            tx.renew_print(&idem, &print).await?;
        }
        if state != ItemState::Waiting {
            let status = match state {
                ItemState::Done => Status::Ok,
                ItemState::Skipped => Status::Skipped,
                ItemState::InDoubt => Status::Unknown,
                _ => Status::Ng,
            };
            let draft = log.system(Event::ItemEnd).run(&self.run.id).item(&item_id(n)).res(status, code);
            log.write(&mut tx, &draft.data("state", state.word())).await?;
        }
        tx.commit().await?;
        Ok((state, reason.map(ToOwned::to_owned)))
    }

    /// What a person is asked because of this end.
    fn question(&self, n: u32, label: &str, end: &End) -> Option<NewCheck> {
        let mut paper = None;
        let (step, kind, questions) = match end {
            End::Failed(step, failure) => {
                let ask = failure.ask.as_ref()?;
                let kind = if ask.kind == AskKind::Check { CheckKind::Check } else { CheckKind::Approval };
                paper.clone_from(&ask.paper);
                (step, kind, ask.questions.clone())
            }
            End::Doubt(step, failure) => (step, CheckKind::InDoubt, doubt(failure)),
            _ => return None,
        };
        let (run_id, step) = (self.run.id.clone(), step.clone());
        let (scenario, label) = (self.run.scenario.clone(), label.to_owned());
        Some(NewCheck { run_id, scenario, n, label, step, kind, questions, paper })
    }
}

/// What a person says about an act with unknown outcome.
fn doubt(failure: &Failure) -> Vec<Question> {
    let ask =
        format!("{} 対象システムの画面で、登録済みか未登録かを確かめて答えてください。", failure.message);
    let receipt = "登録済みのとき、画面にある受付番号（分からなければ空のまま）";
    vec![Question::plain("結果", Value::Null, ask), Question::plain("受付番号", json!(""), receipt)]
}

pub(super) type Place<'a> = (ItemState, Option<&'a str>, Option<&'a str>, Option<&'a str>);

pub(super) fn resting_place(end: &End) -> Place<'_> {
    match end {
        End::Done => (ItemState::Done, None, None, None),
        End::Back => (ItemState::Waiting, None, None, None),
        End::Already(step, reason) => (ItemState::Skipped, Some(step), Some("SHK0721"), Some(reason)),
        End::Doubt(step, f) => (ItemState::InDoubt, Some(step), Some(f.code), Some(&f.message)),
        End::Failed(step, f) => {
            let state = match (f.kind, &f.ask) {
                (FailureKind::Again, _) => ItemState::Failed,
                (FailureKind::Hold, _) => ItemState::Held,
                (FailureKind::Ask, Some(ask)) if ask.kind == AskKind::Approval => ItemState::Approval,
                (FailureKind::Ask, Some(_)) => ItemState::Check,
                (FailureKind::Stop | FailureKind::Ask, _) => ItemState::Stopped,
            };
            (state, Some(step), Some(f.code), Some(&f.message))
        }
    }
}
