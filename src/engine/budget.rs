//! The error budget of a run: a fault that comes again and again is not tried on every item of the night.

use super::dispatcher::Pass;
use crate::run::ItemState;
use std::sync::Mutex;

/// Failures of one kind in a row.
#[derive(Debug, Default)]
pub(super) struct Streak(Mutex<(String, u32)>);

impl Streak {
    /// Notes how an item ended: with the signature of its failure, or well. Says how many such failures came in a row.
    fn note(&self, signature: Option<String>) -> u32 {
        let mut streak = self.0.lock().expect("no panic while the streak is held");
        match signature {
            None => *streak = (String::new(), 0),
            Some(signature) if signature == streak.0 => streak.1 += 1,
            Some(signature) => *streak = (signature, 1),
        }
        streak.1
    }
}

impl Pass {
    /// Stops the run when the same failure has come too often in a row. Cases that are not right in themselves do not
    /// count, unless a screen refused them: an unexpected dialog on every item is one fault, not two hundred.
    pub(super) fn spend(&self, state: ItemState, step: Option<&str>, code: Option<&str>) {
        let on_screen = self.scenario.steps.iter().any(|s| Some(s.id.as_str()) == step && s.on.is_some());
        let signature = match state {
            ItemState::Done => None,
            ItemState::Failed => Some(()),
            ItemState::Stopped if on_screen => Some(()),
            _ => return,
        };
        let (step, code) = (step.unwrap_or_default(), code.unwrap_or_default());
        let count = self.streak.note(signature.map(|()| format!("{step} {code}")));
        let budget = self.engine.limits.failures_in_a_row;
        if budget > 0 && count >= budget {
            self.brake.stop(Some(format!(
                "同じ失敗（手順「{step}」、{code}）が {count} 件続いたため止めました。原因を取り除いてから `shoki resume` で続けてください。"
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_failure_in_a_row_counts() {
        let streak = Streak::default();
        let note = |s: Option<&str>| streak.note(s.map(ToOwned::to_owned));
        assert_eq!([note(Some("a")), note(Some("a")), note(Some("b")), note(Some("b"))], [1, 2, 1, 2]);
        assert_eq!([note(None), note(Some("b"))], [0, 1]);
    }
}
