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
        let mut scope = self.scope();
        let mut output = Value::Null;
        for look in &step.probe {
            // A step of a probe acts where the probed step acts, unless it says otherwise.
            let look = Step { on: look.on.clone().or_else(|| step.on.clone()), ..look.clone() };
            output = match self.call(&look, scope.clone(), 1).await? {
                Ok(output) => output,
                Err(failure) => return Ok(Err(failure)),
            };
            scope.insert(look.id.clone(), output.clone());
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
