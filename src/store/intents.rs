//! Intents and receipts of irreversible steps.

use super::{
    Store, StoreError, Strong, Tx,
    link::{Found, sql},
};
use crate::run::folded_key;

/// How far an irreversible act is known to have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentState {
    /// Announced; whether it happened is not known.
    Open,
    /// It happened.
    Done,
}

/// An announced irreversible act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The run that announced it.
    pub run_id: String,
    /// The item.
    pub n: u32,
    /// The step; one in a repetition without the numbers of its turns, or who is second on one form and first on the next
    /// would be entered twice.
    pub step: String,
    /// The business key; kept with its widths and blanks folded.
    pub once: String,
    /// ULID, the same in every log entry about it.
    pub idem: String,
    /// How far it is known to have come.
    pub state: IntentState,
    /// What the target gave in return.
    pub receipt: Option<String>,
    /// The worker that announced it.
    pub worker: i64,
    /// It was done and got no answer, so that the target may still be busy with it.
    pub unanswered: bool,
    /// Of the values it was done with; none: nothing is known of them.
    pub print: Option<String>,
}

pub(super) fn read(row: &Found) -> Result<Intent, StoreError> {
    let done = row.text("state")? == "done";
    Ok(Intent {
        run_id: row.text("run_id")?,
        n: row.count("n")?,
        step: row.text("step")?,
        once: row.open("intents.once")?,
        idem: row.text("idem")?,
        state: if done { IntentState::Done } else { IntentState::Open },
        receipt: row.maybe_open("intents.receipt")?,
        worker: row.int("epoch")?,
        unanswered: row.int("unanswered")? > 0,
        print: row.maybe_text("print")?,
    })
}

/// The step whatever the turn: `通知[2].登録` is `通知[].登録`.
fn of_all_turns(step: &str) -> String {
    let mut all = String::with_capacity(step.len());
    for (n, piece) in step.split('[').enumerate() {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        if n > 0 {
            all.push('[');
        }
        all.push_str(if n > 0 && rest.starts_with(']') { rest } else { piece });
    }
    all
}

impl Intent {
    /// Whether it announces what `step` does, in whichever turn.
    #[must_use]
    pub fn is_of(&self, step: &str) -> bool {
        of_all_turns(&self.step) == of_all_turns(step)
    }

    /// Whether it was announced under this business key.
    #[must_use]
    pub fn bears(&self, once: &str) -> bool {
        folded_key(&self.once) == folded_key(once)
    }
}

impl Store {
    /// The open intents of a run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_intents(&self, run: &str) -> Result<Vec<Intent>, StoreError> {
        let open = sql("SELECT * FROM intents WHERE run_id = $1 AND state = 'open' ORDER BY n").bind(run);
        self.all(open).await?.iter().map(read).collect()
    }
}

impl Tx<'_> {
    /// The intent under that business key, over all runs of the scenario.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn intent(
        &mut self,
        scenario: &str,
        step: &str,
        once: &str,
    ) -> Result<Option<Intent>, StoreError> {
        // Older programs kept keys as they were written. `done` comes before `open`.
        let known = "SELECT * FROM intents WHERE scenario = $1 AND step = $2 AND once IN ($3, $4)
                     ORDER BY state LIMIT 1 {update}";
        let known = sql(known).bind(scenario).bind(of_all_turns(step));
        let known = known.alike("intents.once", folded_key(once)).alike("intents.once", once);
        known.maybe(self.link()).await?.as_ref().map(read).transpose()
    }

    /// The open intent of an item at a step.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_intent(&mut self, run: &str, n: u32, step: &str) -> Result<Option<Intent>, StoreError> {
        let open = "SELECT * FROM intents WHERE run_id = $1 AND n = $2 AND state = 'open' ORDER BY idem";
        let rows = sql(open).bind(run).bind(n).all(self.link()).await?;
        let open = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        // One that was announced by an older program, and shares its key with another, bears a number.
        Ok(open.into_iter().find(|intent| intent.is_of(step)))
    }
}

impl Strong<'_> {
    /// Announces an act, unless one is on record under the same key. Says whether it did. Commit before
    /// acting.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_intent(
        &mut self,
        scenario: &str,
        intent: &Intent,
        at: &str,
    ) -> Result<bool, StoreError> {
        let add = "INSERT INTO intents (scenario, step, once, run_id, n, idem, state, created_at, epoch, print)
                   VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9) ON CONFLICT (scenario, step, once) DO NOTHING";
        let added = sql(add)
            .bind(scenario)
            .bind(of_all_turns(&intent.step))
            .alike("intents.once", folded_key(&intent.once))
            .bind(&intent.run_id)
            .bind(intent.n)
            .bind(&intent.idem)
            .bind(at)
            .bind(intent.worker)
            .bind(intent.print.as_deref())
            .run(self.link())
            .await?;
        Ok(added == 1)
    }

    /// It happened.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle_intent(
        &mut self,
        idem: &str,
        receipt: Option<&str>,
        at: &str,
    ) -> Result<(), StoreError> {
        sql("UPDATE intents SET state = 'done', receipt = $2, settled_at = $3 WHERE idem = $1")
            .bind(idem)
            .maybe_seal("intents.receipt", receipt)
            .bind(at)
            .run(self.link())
            .await?;
        Ok(())
    }

    /// It was done and got no answer.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn leave_unanswered(&mut self, idem: &str) -> Result<(), StoreError> {
        sql("UPDATE intents SET unanswered = 1 WHERE idem = $1").bind(idem).run(self.link()).await?;
        Ok(())
    }

    /// It is known not to have happened: the key is free again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn withdraw_intent(&mut self, idem: &str) -> Result<(), StoreError> {
        sql("DELETE FROM intents WHERE idem = $1 AND state = 'open'").bind(idem).run(self.link()).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::of_all_turns;

    #[test]
    fn a_step_is_the_same_in_every_turn() {
        for (step, all) in [
            ("登録", "登録"),
            ("通知[2].登録", "通知[].登録"),
            ("通知[12].人[3].受付.登録", "通知[].人[].受付.登録"),
            ("通知[].登録", "通知[].登録"),
        ] {
            assert_eq!(of_all_turns(step), all);
        }
    }
}
