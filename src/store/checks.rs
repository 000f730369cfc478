//! What people are asked and what they answered.

use super::{
    Store, StoreError, Strong, Tx, Typed,
    link::{Found, sql},
};
use crate::run::{Paper, Question};
use serde_json::Value;

/// What kind of look a person takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckKind {
    /// Compares and corrects readings.
    Check,
    /// Allows or refuses something.
    Approval,
    /// Says whether an irreversible act happened.
    InDoubt,
}

impl CheckKind {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Approval => "approval",
            Self::InDoubt => "in_doubt",
        }
    }

    /// The label on screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Check => "読取値の確認",
            Self::Approval => "承認",
            Self::InDoubt => "登録結果の確認",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "approval" => Self::Approval,
            "in_doubt" => Self::InDoubt,
            _ => Self::Check,
        }
    }
}

/// One look of a person at one step of one item.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its number, unique in the office.
    pub id: i64,
    /// The run.
    pub run_id: String,
    /// The run's scenario.
    pub scenario: String,
    /// The item.
    pub n: u32,
    /// What the item is called: its file and page.
    pub label: String,
    /// The step.
    pub step: String,
    /// The kind of look.
    pub kind: CheckKind,
    /// What is asked.
    pub questions: Vec<Question>,
    /// The paper behind them.
    pub paper: Option<Paper>,
    /// Field → value, once answered.
    pub answer: Option<Value>,
    /// Who answered.
    pub answered_by: Option<String>,
    /// When it was asked, RFC 3339.
    pub created_at: String,
}

/// A look that is to be asked for.
#[derive(Debug, Clone)]
pub struct NewCheck {
    /// The run.
    pub run_id: String,
    /// The run's scenario.
    pub scenario: String,
    /// The item.
    pub n: u32,
    /// What the item is called: its file and page.
    pub label: String,
    /// The step.
    pub step: String,
    /// The kind of look.
    pub kind: CheckKind,
    /// What is asked.
    pub questions: Vec<Question>,
    /// The paper behind them.
    pub paper: Option<Paper>,
}

fn read(row: &Found) -> Result<Check, StoreError> {
    let paper = row.maybe_open_json("checks.paper")?.map(serde_json::from_value).transpose()?;
    Ok(Check {
        id: row.int("id")?,
        run_id: row.text("run_id")?,
        scenario: row.text("scenario")?,
        n: row.count("n")?,
        label: row.open("checks.label")?,
        step: row.text("step")?,
        kind: CheckKind::of(&row.text("kind")?),
        questions: row.open_json("checks.questions")?,
        paper,
        answer: row.maybe_open_json("checks.answer")?,
        answered_by: row.maybe_text("answered_by")?,
        created_at: row.text("created_at")?,
    })
}

impl Store {
    /// How many questions of all runs wait for a person.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count_open_checks(&self) -> Result<u32, StoreError> {
        let count = sql("SELECT COUNT(*) AS n FROM worklist");
        self.maybe(count).await?.map_or(Ok(0), |row| row.count("n"))
    }

    /// What waits for a person, oldest first; of one run or of all.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_checks(&self, run: Option<&str>) -> Result<Vec<Check>, StoreError> {
        let open = match run {
            Some(run) => {
                sql("SELECT * FROM checks WHERE answer IS NULL AND run_id = $1 ORDER BY id").bind(run)
            }
            None => sql("SELECT * FROM checks WHERE answer IS NULL ORDER BY id"),
        };
        self.all(open).await?.iter().map(read).collect()
    }

    /// Every check of readings that a person has answered, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answered_checks(&self) -> Result<Vec<Check>, StoreError> {
        let answered = sql("SELECT * FROM checks WHERE answer IS NOT NULL AND kind = 'check' ORDER BY id");
        self.all(answered).await?.iter().map(read).collect()
    }

    /// The check of that number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn check(&self, id: i64) -> Result<Option<Check>, StoreError> {
        let check = sql("SELECT * FROM checks WHERE id = $1").bind(id);
        self.maybe(check).await?.as_ref().map(read).transpose()
    }

    /// The case that `person` has answered last, with what its item is called, as long as nothing was done with the answer.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_answered(&self, person: &str) -> Result<Option<(i64, String)>, StoreError> {
        let last = "SELECT c.id, c.label, i.state, r.step AS used FROM checks c
                    JOIN items i ON i.run_id = c.run_id AND i.n = c.n
                    LEFT JOIN results r ON r.run_id = c.run_id AND r.n = c.n AND r.step = c.step
                    WHERE c.answered_by = $1 AND c.kind = 'check' ORDER BY c.answered_at DESC, c.id DESC LIMIT 1";
        let last = self.maybe(sql(last).bind(person)).await?;
        let open = |row: Found| {
            let open = row.text("state")? == "waiting" && row.maybe_text("used")?.is_none();
            Ok(open.then_some((row.int("id")?, row.open("checks.label")?)))
        };
        last.map(open).transpose().map(Option::flatten)
    }

    /// The newest answer to a step of an item, and the steps of the item that were ever answered.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answers(&self, run: &str, n: u32) -> Result<Vec<Check>, StoreError> {
        let answered =
            sql("SELECT * FROM checks WHERE run_id = $1 AND n = $2 AND answer IS NOT NULL ORDER BY id");
        self.all(answered.bind(run).bind(n)).await?.iter().map(read).collect()
    }
}

impl Tx<'_> {
    /// Asks a person. Says the number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_check(&mut self, check: &NewCheck, at: &str) -> Result<i64, StoreError> {
        let ask = "INSERT INTO checks (run_id, scenario, n, label, step, kind, questions, paper, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
        let paper = check.paper.as_ref().map(serde_json::to_string).transpose()?;
        let ask = sql(ask)
            .bind(&check.run_id)
            .bind(&check.scenario)
            .bind(check.n)
            .seal("checks.label", &check.label)
            .bind(&check.step)
            .bind(check.kind.word())
            .seal("checks.questions", serde_json::to_string(&check.questions)?)
            .maybe_seal("checks.paper", paper.as_deref())
            .bind(at);
        let id = ask.one(self.link()).await?.int("id")?;
        self.list_check(id, check, at).await?;
        Ok(id)
    }
}

impl Strong<'_> {
    /// Puts an answer on record and takes the check off the work list. False when somebody answered before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answer_check(
        &mut self,
        id: i64,
        answer: &Value,
        by: &str,
        at: &str,
    ) -> Result<bool, StoreError> {
        let put = "UPDATE checks SET answer = $2, answered_by = $3, answered_at = $4 WHERE id = $1 AND answer IS NULL";
        let done = sql(put)
            .bind(id)
            .seal("checks.answer", answer.to_string())
            .bind(by)
            .bind(at)
            .run(self.link())
            .await?;
        if done == 1 {
            sql("DELETE FROM worklist WHERE id = $1").bind(id).run(self.link()).await?;
            self.forget_typed(id).await?;
        }
        Ok(done == 1)
    }

    /// Takes an answer back: the check waits for a person again. Who stood for a value of the answer stands for it again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn reopen_check(&mut self, check: &Check, by: &str) -> Result<(), StoreError> {
        let open = "UPDATE checks SET answer = NULL, answered_by = NULL, answered_at = NULL WHERE id = $1";
        sql(open).bind(check.id).run(self.link()).await?;
        let again = NewCheck {
            run_id: check.run_id.clone(),
            scenario: check.scenario.clone(),
            n: check.n,
            label: check.label.clone(),
            step: check.step.clone(),
            kind: check.kind,
            questions: check.questions.clone(),
            paper: check.paper.clone(),
        };
        self.list_check(check.id, &again, &check.created_at).await?;
        let typed = self.typed(check.id).await?;
        for (field, value) in check.answer.as_ref().and_then(Value::as_object).into_iter().flatten() {
            let people = stood_for(check, &typed, field, by);
            for person in &people {
                let put = "UPDATE typed SET text = $4 WHERE check_id = $1 AND field = $2 AND person = $3";
                let put = sql(put).bind(check.id).bind(field).bind(*person);
                put.seal("typed.text", value.to_string()).run(self.link()).await?;
            }
            if let Some(first) = people.iter().find(|person| **person != by).filter(|_| people.len() == 2) {
                self.pass_check_on(check.id, first).await?;
            }
        }
        // Nobody stands for what is not known any more.
        sql("DELETE FROM typed WHERE check_id = $1 AND text IS NULL").bind(check.id).run(self.link()).await?;
        Ok(())
    }
}

/// Who stood for the value that the answer has in `field`. One person's field has the newest value; where two agreed, only
/// two that are alone are known to be these two, else `by` is taken.
fn stood_for<'a>(check: &Check, typed: &'a [Typed], field: &str, by: &str) -> Vec<&'a str> {
    let mut standing: Vec<&Typed> = typed.iter().filter(|t| t.done && t.field == field).collect();
    standing.sort_by_key(|t| t.seq);
    let others = check.paper.iter().flat_map(|p| &p.others);
    let two = check.questions.iter().chain(others).any(|q| q.field == field && q.manner.two);
    if two && standing.len() == 2 {
        return standing.iter().map(|t| t.person.as_str()).collect();
    }
    let own = standing.iter().find(|t| two && t.person == by);
    own.or(standing.last()).map(|t| t.person.as_str()).into_iter().collect()
}
