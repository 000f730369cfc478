//! Looking up on the target's own screen whether an irreversible act happened.

use super::{EngineError, item::Work};
use crate::{scenario::Step, step::Failure};
use serde_json::Value;

/// What was found.
pub(super) enum Found {
    /// It happened; what the target gave in return, where the screen shows it.
    Yes(Option<String>),
    /// It did not happen.
    No,
    /// Nobody can tell, and why.
    Unclear(String),
}

/// How often a probe is tried, each time in a fresh session.
const TRIES: u32 = 3;

impl Work<'_> {
    /// Runs the step's `probe`. Its screen is not the item's, so what follows starts from a fresh screen.
    pub(super) async fn probe(&mut self, step: &Step) -> Result<Found, EngineError> {
        if step.probe.is_empty() {
            return Ok(Found::Unclear("調べ方（probe）が書かれていません".into()));
        }
        let mut last = String::new();
        for _ in 0..TRIES {
            if let Some(on) = &step.on {
                self.drop_session(on).await;
            }
            match self.probe_once(step).await? {
                Ok(output) => return Ok(read(&output)),
                Err(failure) => last = failure.message,
            }
            if self.pass.stopping() {
                break;
            }
        }
        Ok(Found::Unclear(last))
    }

    async fn probe_once(&mut self, step: &Step) -> Result<Result<Value, Failure>, EngineError> {
        if let Some(on) = &step.on {
            match self.sign_in(on).await? {
                Ok(lease) => self.leases.insert(on.clone(), lease),
                Err(failure) => return Ok(Err(failure)),
            };
        }
        // What is looked up goes on no record; later steps do not see it.
        let known = self.outputs.clone();
        let found = self.unrecorded(&step.probe, step.on.as_deref()).await;
        self.outputs = known;
        found
    }

    /// Does steps without putting them on record; each sees what those before it gave. A step acts in `on` unless it says
    /// otherwise. Gives the output of the last one.
    pub(super) async fn unrecorded(
        &mut self,
        steps: &[Step],
        on: Option<&str>,
    ) -> Result<Result<Value, Failure>, EngineError> {
        let mut output = Value::Null;
        for step in steps {
            let step = Step { on: step.on.clone().or_else(|| on.map(str::to_owned)), ..step.clone() };
            output = match self.is_left_out(&step) {
                Ok(true) => Value::Null,
                Ok(false) => match self.call(&step, self.scope(&step), 1).await? {
                    Ok(output) => output,
                    Err(failure) => return Ok(Err(failure)),
                },
                Err(failure) => return Ok(Err(failure)),
            };
            self.outputs.insert(step.id.clone(), output.clone());
        }
        Ok(Ok(output))
    }
}

fn read(output: &Value) -> Found {
    match output.get("found") {
        Some(Value::Bool(true)) => {
            let receipt = output.get("receipt").and_then(Value::as_str).filter(|r| !r.is_empty());
            Found::Yes(receipt.map(ToOwned::to_owned))
        }
        Some(Value::Bool(false)) => Found::No,
        _ => Found::Unclear("probe の最後の手順に found（true か false）がありません".into()),
    }
}
