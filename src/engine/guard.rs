//! Irreversible steps: intent, act, receipt; and what follows when the receipt is missing.

use super::{
    EngineError,
    attempt::{Halt, text},
    dispatcher::item_id,
    item::Work,
    late,
    probe::Found,
};
use crate::{
    audit::{Draft, Event, Status},
    control::stops,
    scenario::{Frame, Step},
    step::{Effect, Failure},
    store::{Intent, IntentState, StepResult, Strength},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// How long an item waits for another that is just doing the same.
const OTHER_ITEM: Duration = Duration::from_mins(1);

/// What stands in the way of an act.
enum Way {
    /// Nothing: it is announced under this id.
    Free(String),
    /// This item announced it before, and it is not known what came of it.
    Mine(Intent),
    /// Another item is doing the same.
    Theirs,
    /// It was done before.
    Done(Intent),
    /// A person has stopped the run, or everything.
    Stopped,
}

/// What follows an announcement on a record that may be older than the world.
enum Ahead {
    Act,
    Settled(Result<(), Halt>),
}

impl Work<'_> {
    /// Announces, acts, takes the receipt. Never acts while an earlier announcement is open.
    pub(super) async fn guarded(&mut self, at: usize, attempt: u32) -> Result<Result<(), Halt>, EngineError> {
        let step = &*Arc::clone(&self.steps[at]);
        let once = match self.once(step) {
            Ok(once) => once,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let idem = match self.clear_way(step, &once).await? {
            Way::Free(idem) => match self.look_after_restore(at, &idem).await? {
                Ahead::Act => idem,
                Ahead::Settled(settled) => return Ok(settled),
            },
            Way::Done(known) => return self.was_done(step, &known).await,
            Way::Stopped => return Ok(Err(Halt::Back)),
            Way::Theirs => {
                let message = "同じ届出を別の件が処理しています。終わってから `shoki resume` で続けます。";
                return Ok(Err(Failure::hold("SHK0727", message).into()));
            }
            Way::Mine(intent) => return self.own_doubt(at, &once, &intent).await,
        };
        self.pass.engine.tenure.make_sure().await?;
        match self.call(step, self.scope(step), attempt).await? {
            Ok(output) => {
                let receipt = output.get("receipt").and_then(Value::as_str).map(ToOwned::to_owned);
                self.receipt(step, &idem, output, receipt.as_deref(), None).await?;
                Ok(Ok(()))
            }
            Err(failure) if failure.untouched => {
                let draft = self.result_entry(step, &idem, Status::Ng, None);
                self.withdraw(&idem, &draft).await?;
                Ok(Err(failure.into()))
            }
            Err(failure) => self.settle_doubt(at, &idem, failure).await,
        }
    }

    /// The same was done before. Where it was another item, that ends this one, unless this one takes its place; in a
    /// repetition the turns beside it go on, and where it was this item itself, it goes on too.
    async fn was_done(&mut self, step: &Step, known: &Intent) -> Result<Result<(), Halt>, EngineError> {
        let run = self.pass.run.id.as_str();
        let own = known.run_id == run && known.n == self.n;
        let in_turn = step.frames.iter().any(|frame| matches!(frame, Frame::Turn { .. }));
        if !own && !in_turn {
            let earlier = (known.run_id.as_str(), known.n);
            let goes_on = self.pass.engine.store.takes_over(earlier, (run, self.n)).await?;
            if let Some(failure) = self.tell(step, known, goes_on) {
                return Ok(Err(failure.into()));
            }
            if goes_on {
                return self.take_over(step, known).await.map(Ok);
            }
            return Ok(Err(Halt::Already(already(known))));
        }
        let engine = &self.pass.engine;
        let at = engine.log.now();
        let output = json!({ "receipt": known.receipt, "found_by": "once" });
        let result = StepResult { step: step.id.clone(), output, receipted: false };
        let mut tx = engine.begin(Strength::Process).await?;
        tx.add_result(&self.pass.run.id, self.n, &result, &at).await?;
        let draft = self.result_entry(step, &known.idem, Status::Skipped, known.receipt.as_deref());
        engine.log.write(&mut tx, &draft).await?;
        tx.commit().await?;
        self.outputs.insert(result.step, result.output);
        Ok(Ok(()))
    }

    /// The item before this one came to rest behind the act. This one goes on there, with what the act gave, on a fresh screen:
    /// what was typed for it is not sent.
    async fn take_over(&mut self, step: &Step, known: &Intent) -> Result<(), EngineError> {
        if let Some(on) = &step.on {
            self.drop_session(on).await;
        }
        let engine = &self.pass.engine;
        let results = engine.store.results(&known.run_id, known.n).await?;
        let given = results.into_iter().find(|r| r.receipted && r.step == step.id).map(|r| r.output);
        let output = given.unwrap_or_else(|| json!({ "receipt": known.receipt, "found_by": "once" }));
        let result = StepResult { step: step.id.clone(), output, receipted: true };
        let mut tx = engine.begin_strong().await?;
        tx.pass_act_on(&known.idem, &self.pass.run.id, self.n).await?;
        tx.add_result(&self.pass.run.id, self.n, &result, &engine.log.now()).await?;
        let draft = self.result_entry(step, &known.idem, Status::Skipped, known.receipt.as_deref());
        engine.log.write(&mut tx, &draft).await?;
        tx.commit().await?;
        self.receipted.insert(result.step.clone());
        self.outputs.insert(result.step, result.output);
        Ok(())
    }

    /// This item announced `intent`, and what came of it is not known: looked up where it was announced, which may have been
    /// another turn of a repetition. What did not happen begins again from a clean announcement, on a clean screen.
    async fn own_doubt(
        &mut self,
        at: usize,
        once: &str,
        intent: &Intent,
    ) -> Result<Result<(), Halt>, EngineError> {
        let announcer = if intent.bears(once) { Some(at) } else { self.announcer(intent) };
        let cause = if announcer.is_some() {
            match self.crashed(intent).await? {
                cause if cause.code == NOT_DONE && intent.unanswered => late::left_unanswered(),
                cause => cause,
            }
        } else {
            // What is looked up now is not what was announced then: that it is not there says nothing.
            let message = "登録を予告したときと今とで、一度だけの鍵（once）が違います。予告した内容で登録されていないかも確かめてください。";
            Failure::again(NOT_SURE, message)
        };
        let settled = self.settle_doubt(announcer.unwrap_or(at), &intent.idem, cause).await?;
        match (settled, announcer) {
            (Ok(()), Some(other)) if other != at => {
                let message = "繰り返しの別の回の登録を確かめたため、この回の手順をやり直します。";
                Ok(Err(Failure::again(NOT_DONE, message).into()))
            }
            (settled, _) => Ok(settled),
        }
    }

    /// Where the steps stand that announced `intent`, by its key.
    fn announcer(&self, intent: &Intent) -> Option<usize> {
        let bears = |step: &Step| self.once(step).is_ok_and(|once| intent.bears(&once));
        self.steps.iter().position(|step| {
            step.action.effect == Effect::Irreversible && intent.is_of(&step.id) && bears(step)
        })
    }

    /// On a record that was put back from a backup nothing is known of what was entered after the backup was made. So
    /// every act is looked up before it is done, and what nobody can look up is left to a person.
    async fn look_after_restore(&mut self, at: usize, idem: &str) -> Result<Ahead, EngineError> {
        let step = &*Arc::clone(&self.steps[at]);
        let store = &self.pass.engine.store;
        let Some(mark) = store.rolled_back().await? else { return Ok(Ahead::Act) };
        let answers = store.answers(&self.pass.run.id, self.n).await?;
        let looked = answers.iter().any(|a| {
            a.id > mark.last_check && a.step == step.id && a.kind == crate::store::CheckKind::InDoubt
        });
        if looked {
            return Ok(Ahead::Act);
        }
        let message = "記録を控えから戻したため、その後に登録されたかもしれません。";
        let cause = Failure::again("SHK0752", message);
        Ok(match self.probe(step).await? {
            Found::Yes(receipt) => {
                let output = json!({ "receipt": receipt, "found_by": "probe" });
                let draft = self.resolve_entry(step, idem, true, receipt.as_deref());
                self.receipt(step, idem, output, receipt.as_deref(), Some(draft)).await?;
                Ahead::Settled(Ok(()))
            }
            // The probe has taken the screen away.
            Found::No => match self.ready(at).await? {
                Ok(()) => Ahead::Act,
                Err(halt) => {
                    let draft = self.resolve_entry(step, idem, false, None);
                    self.withdraw(idem, &draft).await?;
                    Ahead::Settled(Err(halt))
                }
            },
            Found::Unclear(why) => Ahead::Settled(self.leave_open(step, idem, &cause, &why).await?),
        })
    }

    fn once(&self, step: &Step) -> Result<String, Failure> {
        let template = step.once.as_deref().unwrap_or_default();
        let once = text(template, self.scope(step))?;
        let empty = once.split('/').any(|part| part.trim().is_empty() || part == "null");
        if empty {
            return Err(Failure::stop(
                "SHK0728",
                "一度だけの鍵（once）に空の部分があるため、登録していません。",
            ));
        }
        Ok(once)
    }

    /// Announces the act, or says what stands in its way.
    async fn clear_way(&self, step: &Step, once: &str) -> Result<Way, EngineError> {
        let waited = std::time::Instant::now();
        loop {
            let way = self.announce(step, once).await?;
            if !matches!(way, Way::Theirs) || waited.elapsed() > OTHER_ITEM || self.pass.stopping() {
                return Ok(way);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn announce(&self, step: &Step, once: &str) -> Result<Way, EngineError> {
        let engine = &self.pass.engine;
        let run = &self.pass.run;
        let mut tx = engine.begin_strong().await?;
        // What this item announced last may bear another key by now: a date in it, or what a screen said then.
        if let Some(open) = tx.open_intent(&run.id, self.n, &step.id).await? {
            return Ok(Way::Mine(open));
        }
        if let Some(known) = tx.intent(&run.scenario, &step.id, once).await? {
            return Ok(match known.state {
                IntentState::Open => Way::Theirs,
                IntentState::Done => Way::Done(known),
            });
        }
        if let Some(stop) = tx.stopped(Some(&run.id)).await? {
            self.pass.brake.stop(Some(stops::sentence(&stop)));
            return Ok(Way::Stopped);
        }
        let idem = ulid::Ulid::new().to_string();
        let intent = Intent {
            run_id: run.id.clone(),
            n: self.n,
            step: step.id.clone(),
            once: once.to_owned(),
            idem: idem.clone(),
            state: IntentState::Open,
            receipt: None,
            worker: engine.tenure.worker.epoch,
            unanswered: false,
            print: self.print(step),
        };
        if !tx.add_intent(&run.scenario, &intent, &engine.log.now()).await? {
            // Another machine announced the same between our look and this line.
            return Ok(Way::Theirs);
        }
        let draft = engine
            .log
            .system(Event::StepIntent)
            .run(&run.id)
            .item(&item_id(self.n))
            .step(&step.id)
            .idem(&idem);
        engine.log.write(&mut tx, &self.targeted(draft, step, None)).await?;
        tx.commit().await?;
        Ok(Way::Free(idem))
    }

    /// Puts the receipt on record: the act is done, whoever found that out.
    async fn receipt(
        &mut self,
        step: &Step,
        idem: &str,
        output: Value,
        receipt: Option<&str>,
        resolved: Option<Draft>,
    ) -> Result<(), EngineError> {
        let engine = &self.pass.engine;
        let at = engine.log.now();
        let mut tx = engine.begin_strong().await?;
        tx.settle_intent(idem, receipt, &at).await?;
        let result = StepResult { step: step.id.clone(), output: output.clone(), receipted: true };
        tx.add_result(&self.pass.run.id, self.n, &result, &at).await?;
        let draft = resolved.unwrap_or_else(|| self.result_entry(step, idem, Status::Ok, receipt));
        engine.log.write(&mut tx, &draft).await?;
        tx.commit().await?;
        self.receipted.insert(step.id.clone());
        self.outputs.insert(step.id.clone(), output);
        Ok(())
    }

    /// The act was announced and its end is not known, because of `cause`. Looks it up, or leaves it to a person.
    async fn settle_doubt(
        &mut self,
        at: usize,
        idem: &str,
        cause: Failure,
    ) -> Result<Result<(), Halt>, EngineError> {
        let step = &*Arc::clone(&self.steps[at]);
        self.note_unanswered(idem, &cause).await?;
        let found = match self.probe(step).await? {
            Found::No => self.look_again(step, &cause).await?,
            found => Some(found),
        };
        let Some(found) = found else { return Ok(Err(Halt::Back)) };
        match found {
            Found::Yes(receipt) => {
                let output = json!({ "receipt": receipt, "found_by": "probe" });
                let draft = self.resolve_entry(step, idem, true, receipt.as_deref());
                self.receipt(step, idem, output, receipt.as_deref(), Some(draft)).await?;
                Ok(Ok(()))
            }
            Found::No if cause.code == NOT_SURE => self.leave_open(step, idem, &cause, "").await,
            Found::No if self.may_come(&cause) => {
                let why = "画面を何度か調べましたが見つかりません。遅れて登録されるかもしれません";
                self.leave_open(step, idem, &cause, why).await
            }
            Found::No => {
                let draft = self.resolve_entry(step, idem, false, None);
                self.withdraw(idem, &draft).await?;
                Ok(Err(cause.into()))
            }
            Found::Unclear(why) => self.leave_open(step, idem, &cause, &why).await,
        }
    }

    /// Nobody can tell: a person decides.
    async fn leave_open(
        &self,
        step: &Step,
        idem: &str,
        cause: &Failure,
        why: &str,
    ) -> Result<Result<(), Halt>, EngineError> {
        let engine = &self.pass.engine;
        let mut tx = engine.begin_strong().await?;
        let draft = engine.log.system(Event::StepUnknown).run(&self.pass.run.id).item(&item_id(self.n));
        engine.log.write(&mut tx, &draft.step(&step.id).idem(idem).data("code", cause.code)).await?;
        tx.commit().await?;
        let message = format!("登録されたかどうか分かりません（{} {why}）。", cause.message);
        Ok(Err(Halt::Doubt(step.id.clone(), Failure::stop("SHK0729", message))))
    }

    /// What to say of an act that was announced and whose announcer does not go on with it. A worker that was only given
    /// up may still be about to act, so that "not there" is not yet "will not be there".
    async fn crashed(&self, intent: &Intent) -> Result<Failure, EngineError> {
        let engine = &self.pass.engine;
        let own = intent.worker == engine.tenure.worker.epoch;
        if own || engine.store.has_ended(intent.worker).await? {
            let message =
                "登録の途中でプログラムが止まりました。登録されていないことを確かめ、やり直します。";
            return Ok(Failure::again(NOT_DONE, message));
        }
        let message =
            "登録の途中だった機械からの連絡が途絶えました。その機械が止まっていることも確かめてください。";
        Ok(Failure::again(NOT_SURE, message))
    }

    /// It is known not to have happened: the key is free again, and `draft` says how that is known.
    async fn withdraw(&self, idem: &str, draft: &Draft) -> Result<(), EngineError> {
        let engine = &self.pass.engine;
        let mut tx = engine.begin_strong().await?;
        tx.withdraw_intent(idem).await?;
        engine.log.write(&mut tx, draft).await?;
        tx.commit().await?;
        Ok(())
    }

    fn resolve_entry(&self, step: &Step, idem: &str, done: bool, receipt: Option<&str>) -> Draft {
        let log = &self.pass.engine.log;
        let draft =
            log.system(Event::StepResolve).run(&self.pass.run.id).item(&item_id(self.n)).step(&step.id);
        self.targeted(draft.idem(idem).data("by", "probe").data("done", done), step, receipt)
    }
}

/// The code of an act that may have happened, or may still happen, though it is not found.
const NOT_SURE: &str = "SHK0750";

/// The code of an act that is known not to have happened after a crash.
pub(super) const NOT_DONE: &str = "SHK0730";

fn already(known: &Intent) -> String {
    let receipt = known.receipt.as_deref().map(|r| format!("、受付番号 {r}")).unwrap_or_default();
    format!("同じ届出は登録済みです（{} 件目{receipt}）。二重には登録していません。", known.n)
}
