//! One step with its tries: condition, arguments, session, time limit, evidence, record.

use super::{
    EngineError,
    dispatcher::item_id,
    item::{End, Work},
};
use crate::{
    audit::{Event, Status},
    expr,
    scenario::{Role, Step},
    step::{Effect, Failure, FailureKind, Place, Prepared, StepContext},
    store::{StepResult, Strength},
};
use serde_json::{Map, Value};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// How long one try may take where the scenario does not say; `seconds` of the action come on top.
const TIME_LIMIT: Duration = Duration::from_mins(2);

/// Why a try did not give an output.
pub(super) enum Halt {
    /// It failed.
    Fail(Failure),
    /// A step before it, done again on a fresh screen, failed.
    Earlier(String, Failure),
    /// The same business key was done before, by another item.
    Already(String),
    /// The act of this step may have happened.
    Doubt(String, Failure),
    /// A person has said stop before the act was announced.
    Back,
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Fail(failure)
    }
}

/// An expression that could not be worked out; the message has no values in it.
pub(super) fn unworkable(error: &expr::ExprError) -> Failure {
    Failure::stop("SHK0724", format!("式を計算できません: {error}"))
}

/// What failed before the action began has reached nothing outside.
fn not_begun(failure: Failure) -> Failure {
    Failure { untouched: true, ..failure }
}

/// A text with its `${{ }}` filled; a whole-value number becomes its digits.
pub(super) fn text(template: &str, scope: Map<String, Value>) -> Result<String, Failure> {
    let value =
        expr::render(&Value::String(template.to_owned()), &scope.into()).map_err(|e| unworkable(&e))?;
    Ok(value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
}

impl Work<'_> {
    /// Does the step at `at`, tries included, and puts it on record.
    pub(super) async fn step(&mut self, at: usize) -> Result<Result<(), End>, EngineError> {
        let step = &*Arc::clone(&self.steps[at]);
        let failed = |failure| Ok(Err(End::Failed(step.id.clone(), failure)));
        match self.is_left_out(step) {
            Ok(false) => {}
            Ok(true) => return self.record(step, Value::Null, false).await.map(Ok),
            Err(failure) => return failed(failure),
        }
        if matches!(step.role, Role::Gather) {
            return self.record(step, self.gathered(&step.id), false).await.map(Ok);
        }
        let mut wait = step.retry.wait;
        for attempt in 1.. {
            match self.attempt(at, attempt).await? {
                Ok(()) => return Ok(Ok(())),
                Err(Halt::Already(reason)) => return Ok(Err(End::Already(step.id.clone(), reason))),
                Err(Halt::Doubt(id, failure)) => return Ok(Err(End::Doubt(id, failure))),
                Err(Halt::Back) => return Ok(Err(End::Back)),
                Err(Halt::Fail(failure)) => {
                    if self.was_last(step, &failure, attempt).await {
                        return failed(self.at_a_shut_door(step, failure).await?);
                    }
                }
                Err(Halt::Earlier(id, failure)) => {
                    if self.was_last(step, &failure, attempt).await {
                        return Ok(Err(End::Failed(id, failure)));
                    }
                }
            }
            self.pass.sleep(wait).await;
            wait *= 2;
        }
        unreachable!("the tries are counted")
    }

    /// Whether the step's `if` is false now.
    pub(super) fn is_left_out(&self, step: &Step) -> Result<bool, Failure> {
        if self.is_in_left_out_part(step) {
            return Ok(true);
        }
        let Some(condition) = &step.condition else { return Ok(false) };
        expr::truth(condition, &self.scope(step).into()).map(|holds| !holds).map_err(|e| unworkable(&e))
    }

    /// Whether no further try follows a failure. After a technical one the next try begins in a fresh session.
    async fn was_last(&mut self, step: &Step, failure: &Failure, attempt: u32) -> bool {
        let again = failure.kind == FailureKind::Again;
        if let Some(on) = &step.on
            && (failure.session_broken || again)
        {
            self.drop_session(on).await;
        }
        !again || attempt >= step.retry.times || self.pass.stopping()
    }

    async fn attempt(&mut self, at: usize, attempt: u32) -> Result<Result<(), Halt>, EngineError> {
        let step = &*Arc::clone(&self.steps[at]);
        if let Err(halt) = self.ready(at).await? {
            return Ok(Err(halt));
        }
        if step.action.effect == Effect::Irreversible {
            return self.guarded(at, attempt).await;
        }
        match self.call(step, self.scope(step), attempt).await? {
            Ok(output) => self.record(step, output, false).await.map(Ok),
            Err(failure) => Ok(Err(failure.into())),
        }
    }

    /// Signs in where needed, and does again what was on a screen that is gone.
    pub(super) async fn ready(&mut self, at: usize) -> Result<Result<(), Halt>, EngineError> {
        let Some(on) = self.steps[at].on.clone() else { return Ok(Ok(())) };
        if !self.leases.contains_key(&on) {
            let entered = self.sign_in(&on).await?;
            self.shut_out = entered.is_err();
            match entered {
                Ok(lease) => self.leases.insert(on.clone(), lease),
                Err(failure) => return Ok(Err(failure.into())),
            };
        } else if let Err(failure) = self.still_open(&on) {
            self.drop_session(&on).await;
            return Ok(Err(failure.into()));
        }
        if !self.leases.get_mut(&on).is_some_and(|lease| std::mem::take(&mut lease.fresh)) {
            return Ok(Ok(()));
        }
        for before in 0..at {
            if !self.is_redone(before, &on) {
                continue;
            }
            let step = &*Arc::clone(&self.steps[before]);
            let output = match self.is_left_out(step) {
                Ok(true) => Ok(Value::Null),
                Ok(false) if matches!(step.role, Role::Gather) => Ok(self.gathered(&step.id)),
                Ok(false) => self.call(step, self.scope(step), 1).await?,
                Err(failure) => Err(failure),
            };
            match output {
                Ok(output) => self.record(step, output, false).await?,
                Err(failure) => {
                    self.leases.entry(on).and_modify(|lease| lease.fresh = true);
                    return Ok(Err(Halt::Earlier(step.id.clone(), failure)));
                }
            }
        }
        Ok(Ok(()))
    }

    /// One call of the action, with its evidence kept whatever its end.
    pub(super) async fn call(
        &self,
        step: &Step,
        mut scope: Map<String, Value>,
        attempt: u32,
    ) -> Result<Result<Value, Failure>, EngineError> {
        match self.secrets(step).await? {
            Ok(secrets) => scope.extend(secrets),
            Err(failure) => return Ok(Err(not_begun(failure))),
        }
        let prepared = expr::render(&step.with, &scope.into()).map_err(|e| unworkable(&e)).and_then(|with| {
            let seconds = with.get("seconds").and_then(Value::as_u64).unwrap_or_default();
            let action = step.action.parse_filled(with);
            let action =
                action.map_err(|e| Failure::stop("SHK0725", format!("引数の値が合いません: {e}")))?;
            Ok((action, TIME_LIMIT + Duration::from_secs(seconds)))
        });
        let (action, usual) = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => return Ok(Err(not_begun(failure))),
        };
        let cx = self.context(step, attempt);
        let limit = step.timeout.unwrap_or(usual);
        let cx = Arc::new(cx);
        let began = Instant::now();
        let outcome = self.within(limit, action, Arc::clone(&cx)).await;
        let outcome = match outcome {
            Ok(output) => Ok(output),
            Err(failure) => Err(self.met_a_door(step, failure).await?),
        };
        let mut kept = std::mem::take(&mut *cx.kept.lock().expect("no panic while evidence is added"));
        kept.extend(self.look(step, (attempt, began), outcome.as_ref().err()).await);
        self.keep(step, kept).await?;
        Ok(outcome)
    }

    /// Acts beside us, so that neither an act that holds its thread nor a panic ends more than this step.
    async fn within(
        &self,
        limit: Duration,
        action: Box<dyn Prepared>,
        cx: Arc<StepContext>,
    ) -> Result<Value, Failure> {
        let limits = &self.pass.engine.limits;
        let _beat = limits.pulse.begin(limit + limits.stuck);
        let mut act = tokio::spawn(async move { action.run(&cx).await });
        match tokio::time::timeout(limit, &mut act).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => {
                let message = "この手順の処理中にプログラムの異常が起きました。ほかの件は続けます。";
                Err(Failure::stop("SHK0760", message).with_broken_session())
            }
            Err(_) => {
                act.abort();
                // A thread that does not come back is seen by the watchdog, for the beat goes on until it does.
                act.await.ok();
                let message = format!("{} 秒たっても終わりませんでした。", limit.as_secs());
                Err(Failure::again("SHK0726", message).with_broken_session())
            }
        }
    }

    fn context(&self, step: &Step, attempt: u32) -> StepContext {
        let engine = &self.pass.engine;
        let lease = step.on.as_ref().and_then(|on| self.leases.get(on));
        StepContext {
            folder: Arc::clone(&engine.folder),
            forms: Arc::clone(&engine.forms),
            clock: Arc::clone(&engine.clock),
            place: Place {
                run: self.pass.run.id.clone(),
                scenario: self.pass.scenario.id.clone(),
                item: (self.n > 0).then_some(self.n),
                step: step.id.clone(),
                attempt,
            },
            resources: engine.resources.clone(),
            system: lease.map(|l| Arc::clone(&l.facts)),
            session: lease.map(|l| l.session.clone()),
            answer: self.answers.get(&step.id).cloned(),
            kept: Mutex::new(Vec::new()),
        }
    }

    /// Puts a finished step on record, with the entries its output calls for.
    pub(super) async fn record(
        &mut self,
        step: &Step,
        output: Value,
        receipted: bool,
    ) -> Result<(), EngineError> {
        let engine = &self.pass.engine;
        let at = engine.log.now();
        let leaves =
            output.get("file").and_then(Value::as_str).filter(|_| step.action.effect == Effect::Repeatable);
        let read = self.ocr_entry(step, &output);
        let run = &self.pass.run.id;
        if leaves.is_none() && read.is_none() {
            let result = StepResult { step: step.id.clone(), output, receipted };
            engine.store.put_result(&engine.tenure.worker, run, self.n, &result, &at).await?;
            self.outputs.insert(result.step, result.output);
            return Ok(());
        }
        let strength = if leaves.is_some() { Strength::Power } else { Strength::Process };
        let mut tx = engine.begin(strength).await?;
        if let Some(draft) = read {
            engine.log.write(&mut tx, &draft).await?;
        }
        if let Some(file) = leaves {
            for file in [Some(file), output.get("former").and_then(Value::as_str)].into_iter().flatten() {
                tx.add_output(run, file).await?;
            }
            if let Some(draft) = self.file_entry(step, file, &output) {
                engine.log.write(&mut tx, &draft).await?;
            }
        }
        let result = StepResult { step: step.id.clone(), output, receipted };
        tx.add_result(run, self.n, &result, &at).await?;
        tx.commit().await?;
        self.outputs.insert(result.step, result.output);
        Ok(())
    }

    /// `ocr.read`: which fields, how sure; never what was read.
    fn ocr_entry(&self, step: &Step, output: &Value) -> Option<crate::audit::Draft> {
        let readings = output.get("readings")?.as_array()?;
        let form = output.get("form")?.as_str()?;
        if step.action.name != "ocr.form" {
            return None;
        }
        let fields = readings.iter().map(|r| {
            let percent = r.get("probability").and_then(Value::as_f64).unwrap_or(0.0) * 100.0;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a percentage between 0 and 100"
            )]
            let percent = percent.clamp(0.0, 100.0).floor() as u64;
            crate::audit::Value::map([
                ("f", r.get("name").and_then(Value::as_str).unwrap_or("?").into()),
                ("p", percent.into()),
                ("pass", r.get("pass").and_then(Value::as_bool).unwrap_or(false).into()),
            ])
        });
        let draft = self.pass.engine.log.system(Event::OcrRead).run(&self.pass.run.id).item(&item_id(self.n));
        Some(
            draft
                .step(&step.id)
                .data("form", form)
                .data("fields", crate::audit::Value::List(fields.collect())),
        )
    }

    /// `file.out`: a digest and how many rows; never the name, which the author may have built from data.
    fn file_entry(&self, step: &Step, file: &str, output: &Value) -> Option<crate::audit::Draft> {
        let path = self.pass.engine.folder.resolve(file).ok()?;
        let bytes = std::fs::read(path).ok()?;
        let sha = crate::audit::tree::hex(&crate::audit::tree::sha256(&bytes).0);
        let draft = self.pass.engine.log.system(Event::FileOut).run(&self.pass.run.id).step(&step.id);
        let draft = draft.data("class", "output").data("sha256", sha).data("len", bytes.len() as u64);
        let rows = output.get("rows").and_then(Value::as_u64);
        Some(if let Some(rows) = rows { draft.data("rows", rows) } else { draft })
    }

    /// `step.result` of an irreversible step.
    pub(super) fn result_entry(
        &self,
        step: &Step,
        idem: &str,
        status: Status,
        receipt: Option<&str>,
    ) -> crate::audit::Draft {
        let log = &self.pass.engine.log;
        let draft =
            log.system(Event::StepResult).run(&self.pass.run.id).item(&item_id(self.n)).step(&step.id);
        let draft = draft.idem(idem).res(status, None);
        self.targeted(draft, step, receipt)
    }

    /// Adds the target system of a step.
    pub(super) fn targeted(
        &self,
        draft: crate::audit::Draft,
        step: &Step,
        receipt: Option<&str>,
    ) -> crate::audit::Draft {
        let on = step.on.as_deref().unwrap_or("-");
        let account = self.pass.scenario.systems.get(on).and_then(|s| s.account.as_deref()).unwrap_or("-");
        let receipt = receipt.filter(|r| crate::audit::recordable(r));
        draft.target(on, account, step.action.name, receipt)
    }
}
