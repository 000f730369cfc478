//! Looking again for an act that is not there yet: a slow system may enter it after the first look.

use super::{EngineError, item::Work, probe::Found};
use crate::{scenario::Step, step::Failure};
use std::time::Duration;

/// The press got no answer: a page or a step whose time was over.
const NO_ANSWER: [&str; 2] = ["SHK0504", "SHK0726"];

/// The line was cut behind the press, or whoever pressed is gone; the system has long done what it does, or will soon.
const CUT: [&str; 3] = ["SHK0502", "SHK0503", super::guard::NOT_DONE];

/// How long is waited before each look, in sixtieths of the whole time: most is entered soon.
const WAITS: [u32; 4] = [5, 10, 15, 30];
const WHOLE: u32 = 60;
/// The one wait of what was cut, as a part of the whole time.
const ONCE: u32 = 6;

/// Whether nobody knows how long the system will still be busy with the act.
pub(super) fn is_unanswered(cause: &Failure) -> bool {
    NO_ANSWER.contains(&cause.code)
}

/// What an act is in doubt for that was left without an answer when the pass ended.
pub(super) fn left_unanswered() -> Failure {
    Failure::again(NO_ANSWER[0], "ボタンを押したあと応答がないまま、確かめている途中で止まりました。")
}

/// How long is waited before each further look.
fn waits(cause: &Failure, late: Duration) -> Vec<Duration> {
    if late.is_zero() {
        Vec::new()
    } else if is_unanswered(cause) {
        WAITS.iter().map(|part| late * *part / WHOLE).collect()
    } else if CUT.contains(&cause.code) {
        vec![late / ONCE]
    } else {
        Vec::new()
    }
}

impl Work<'_> {
    /// Puts on record that an act got no answer, before the first look: whoever takes this up after a crash knows that it may
    /// come late.
    pub(super) async fn note_unanswered(&self, idem: &str, cause: &Failure) -> Result<(), EngineError> {
        if self.may_come(cause) {
            let mut tx = self.pass.engine.begin_strong().await?;
            tx.leave_unanswered(idem).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Looks again for an act that was not found at the first look. None: somebody said stop meanwhile; the act stays
    /// announced, and is looked for when the run goes on. Nothing is held while it waits: no session, no change.
    pub(super) async fn look_again(
        &mut self,
        step: &Step,
        cause: &Failure,
    ) -> Result<Option<Found>, EngineError> {
        for wait in waits(cause, self.pass.engine.limits.late) {
            if let Some(on) = &step.on {
                self.drop_session(on).await;
            }
            self.pass.sleep(wait).await;
            if self.pass.stopping() {
                return Ok(None);
            }
            match self.probe(step).await? {
                Found::No => {}
                found => return Ok(Some(found)),
            }
        }
        Ok(Some(Found::No))
    }

    /// Whether an act that was never found may still come, so that it is not done again.
    pub(super) fn may_come(&self, cause: &Failure) -> bool {
        is_unanswered(cause) && !self.pass.engine.limits.late.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(code: &'static str, late: u64) -> Vec<u64> {
        let waits = waits(&Failure::again(code, ""), Duration::from_secs(late));
        waits.iter().map(Duration::as_secs).collect()
    }

    #[test]
    fn what_got_no_answer_is_looked_for_longer_than_what_was_cut() {
        assert_eq!(seconds("SHK0504", 60), [5, 10, 15, 30]);
        assert_eq!(seconds("SHK0726", 120), [10, 20, 30, 60]);
        assert_eq!((seconds("SHK0502", 60), seconds("SHK0730", 60)), (vec![10], vec![10]));
        assert!(seconds("SHK0507", 60).is_empty(), "a refusal is an answer");
        assert!(seconds("SHK0504", 0).is_empty() && seconds("SHK0730", 0).is_empty(), "it is off");
    }
}
