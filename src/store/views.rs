//! What pages ask of runs and items: parts of long lists, and counts. Never a whole night at once.

use super::{
    CheckKind, Item, Run, Store, StoreError,
    items::read as read_item,
    link::{Found, sql},
    runs::read as read_run,
};
use crate::run::{ItemState, RunState};

/// Lines of the log that one search looks through.
const STRETCH: u64 = 200_000;

/// Which runs are wanted; all that is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Of this scenario.
    pub scenario: Option<String>,
    /// In this state.
    pub state: Option<RunState>,
    /// Of this business date, or a beginning of it: `2026-11`.
    pub date: Option<String>,
    /// With an id that begins or ends so.
    pub id: Option<String>,
    /// Older than the run with this id.
    pub before: Option<String>,
}

/// Items that stand in one state for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonCount {
    /// The state.
    pub state: ItemState,
    /// Why, in Japanese.
    pub reason: String,
    /// How many.
    pub count: u32,
    /// The first of them.
    pub first: u32,
}

/// Questions that wait for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCount {
    /// The scenario.
    pub scenario: String,
    /// The kind of question: `check`, `approval`, `in_doubt`, or another word.
    pub kind: String,
    /// How many.
    pub count: u32,
}

/// A finished step, without its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepMoment {
    /// The step's id.
    pub step: String,
    /// An irreversible step with a receipt.
    pub receipted: bool,
    /// RFC 3339.
    pub finished_at: String,
}

/// A machine that may change runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// As its audit log is called.
    pub name: String,
    /// Whether its lease holds.
    pub alive: bool,
    /// Runs it has in hand.
    pub runs: u32,
}

/// What came of several runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunSums {
    /// How many runs.
    pub runs: u32,
    /// Items that are done.
    pub done: u32,
    /// Items that stopped, failed or are held.
    pub bad: u32,
}

/// Words in braces of the statements about recent runs. What is under way is counted, what is at rest was.
fn in_full(text: &str) -> String {
    let items = |states: &str| {
        format!("(SELECT count(*) FROM items i WHERE i.run_id = runs.id AND i.state IN ({states}))")
    };
    text.replace(
        "{recent}",
        "id IN (SELECT id FROM runs WHERE id >= $1
                UNION SELECT id FROM runs WHERE state IN ('queued', 'running', 'waiting_for_people'))",
    )
    .replace("{done}", &items("'done'"))
    .replace("{bad}", &items("'stopped', 'failed', 'held'"))
}

/// The first id of a run begun at `since` (milliseconds since 1970).
fn begun(since: u64) -> String {
    ulid::Ulid::from_parts(since, 0).to_string()
}

fn item_state(row: &Found) -> Result<ItemState, StoreError> {
    let word = row.text("state")?;
    ItemState::of(&word).ok_or(StoreError::Content(word))
}

impl Store {
    /// At most `limit` runs of those wanted, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn some_runs(&self, filter: &RunFilter, limit: u32) -> Result<Vec<Run>, StoreError> {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        let some = "SELECT * FROM runs WHERE ($1 = '' OR scenario = $1) AND ($2 = '' OR state = $2)
                    AND ($3 = '' OR date LIKE $3 || '%')
                    AND ($4 = '' OR id LIKE $4 || '%' OR id LIKE '%' || $4)
                    AND ($5 = '' OR id < $5) ORDER BY id DESC LIMIT $6";
        let some = sql(some)
            .bind(given(&filter.scenario))
            .bind(filter.state.map(RunState::word).unwrap_or_default())
            .bind(plain(&given(&filter.date)))
            .bind(plain(&given(&filter.id)).to_uppercase())
            .bind(given(&filter.before))
            .bind(limit);
        self.all(some).await?.iter().map(read_run).collect()
    }

    /// Runs begun since the moment `since` (milliseconds since 1970), and older ones that are not at rest; at most `limit`,
    /// newest first. `troubled`: only those that say a reason, or of which items stopped, failed or are held.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn recent_runs(&self, since: u64, troubled: bool, limit: u32) -> Result<Vec<Run>, StoreError> {
        let recent = "SELECT * FROM runs WHERE {recent} AND ($2 = 0 OR reason IS NOT NULL
                      OR CASE WHEN ended_at IS NULL THEN {bad} ELSE bad END > 0) ORDER BY id DESC LIMIT $3";
        let recent = sql(in_full(recent)).bind(begun(since)).bind(troubled).bind(limit);
        self.all(recent).await?.iter().map(read_run).collect()
    }

    /// What came of the runs that [`Self::recent_runs`] means.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn recent_sums(&self, since: u64) -> Result<RunSums, StoreError> {
        let sums = "SELECT COUNT(*) AS n,
            CAST(COALESCE(SUM(CASE WHEN ended_at IS NULL THEN {done} ELSE done END), 0) AS BIGINT) AS done,
            CAST(COALESCE(SUM(CASE WHEN ended_at IS NULL THEN {bad} ELSE bad END), 0) AS BIGINT) AS bad
            FROM runs WHERE {recent}";
        let Some(row) = self.maybe(sql(in_full(sums)).bind(begun(since))).await? else {
            return Ok(RunSums::default());
        };
        Ok(RunSums { runs: row.count("n")?, done: row.count("done")?, bad: row.count("bad")? })
    }

    /// Runs that ended badly after the moment `after` (RFC 3339), or at that very moment with an id after `id`; oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn runs_ended_badly(&self, after: &str, id: &str, limit: u32) -> Result<Vec<Run>, StoreError> {
        let bad = "SELECT * FROM runs WHERE state IN ('failed', 'stopped', 'done_with_exceptions')
                   AND (ended_at > $1 OR (ended_at = $1 AND id > $2)) ORDER BY ended_at, id LIMIT $3";
        self.all(sql(bad).bind(after).bind(id).bind(limit)).await?.iter().map(read_run).collect()
    }

    /// How many items of a run are in each state.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn item_counts(&self, run: &str) -> Result<Vec<(ItemState, u32)>, StoreError> {
        let counts = sql("SELECT state, count(*) AS n FROM items WHERE run_id = $1 GROUP BY state").bind(run);
        self.all(counts).await?.iter().map(|row| Ok((item_state(row)?, row.count("n")?))).collect()
    }

    /// Why items of a run are not done, the most frequent reason first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn item_reasons(&self, run: &str) -> Result<Vec<ReasonCount>, StoreError> {
        let reasons = "SELECT state, coalesce(reason, '') AS reason, count(*) AS n, min(n) AS first FROM items
                       WHERE run_id = $1 AND state IN ('check', 'approval', 'stopped', 'failed', 'in_doubt', 'skipped', 'held')
                       GROUP BY state, reason ORDER BY count(*) DESC, min(n) LIMIT 50";
        let read = |row: &Found| {
            let (state, reason) = (item_state(row)?, row.text("reason")?);
            Ok(ReasonCount { state, reason, count: row.count("n")?, first: row.count("first")? })
        };
        self.all(sql(reasons).bind(run)).await?.iter().map(read).collect()
    }

    /// At most `limit` items of a run after the `after`th, of all states or of one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn some_items(
        &self,
        run: &str,
        state: Option<ItemState>,
        after: u32,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        let some = match state {
            Some(state) => {
                sql("SELECT * FROM items WHERE run_id = $1 AND n > $2 AND state = $3 ORDER BY n LIMIT $4")
                    .bind(run)
                    .bind(after)
                    .bind(state.word())
            }
            None => sql("SELECT * FROM items WHERE run_id = $1 AND n > $2 ORDER BY n LIMIT $3")
                .bind(run)
                .bind(after),
        };
        self.all(some.bind(limit)).await?.iter().map(read_item).collect()
    }

    /// The `n`th item of a run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn item(&self, run: &str, n: u32) -> Result<Option<Item>, StoreError> {
        let one = sql("SELECT * FROM items WHERE run_id = $1 AND n = $2").bind(run).bind(n);
        self.maybe(one).await?.as_ref().map(read_item).transpose()
    }

    /// When the steps of an item (0: of `before` and `after`) were finished, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn step_moments(&self, run: &str, n: u32) -> Result<Vec<StepMoment>, StoreError> {
        let steps = sql(
            "SELECT step, receipted, finished_at FROM results WHERE run_id = $1 AND n = $2 ORDER BY rowid",
        );
        let read = |row: &Found| {
            let (step, receipted) = (row.text("step")?, row.int("receipted")? != 0);
            Ok(StepMoment { step, receipted, finished_at: row.text("finished_at")? })
        };
        self.all(steps.bind(run).bind(n)).await?.iter().map(read).collect()
    }

    /// What waits for people, by scenario and kind.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_counts(&self) -> Result<Vec<OpenCount>, StoreError> {
        let open = "SELECT scenario, kind, count(*) AS n FROM worklist GROUP BY scenario, kind ORDER BY scenario, kind";
        let read = |row: &Found| {
            Ok(OpenCount { scenario: row.text("scenario")?, kind: row.text("kind")?, count: row.count("n")? })
        };
        self.all(sql(open)).await?.iter().map(read).collect()
    }

    /// The open question about an item, if there is one of this kind.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_check_of(&self, run: &str, n: u32, kind: CheckKind) -> Result<Option<i64>, StoreError> {
        let open =
            "SELECT id FROM checks WHERE run_id = $1 AND n = $2 AND kind = $3 AND answer IS NULL LIMIT 1";
        let open = sql(open).bind(run).bind(n).bind(kind.word());
        self.maybe(open).await?.map(|row| row.int("id")).transpose()
    }

    /// Lines of `log` of the year `fy` before the place `before` that hold all of `parts`, newest first; at most `limit`, out
    /// of a stretch of 200,000 lines.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn search_log(
        &self,
        (log, fy): (&str, i16),
        before: u64,
        parts: &[String; 3],
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let found = "SELECT line FROM entries WHERE log = $1 AND fy = $2 AND seq < $3 AND seq >= $4
                     AND line LIKE '%' || $5 || '%' AND line LIKE '%' || $6 || '%' AND line LIKE '%' || $7 || '%'
                     ORDER BY seq DESC LIMIT $8";
        let found = sql(found).bind(log).bind(fy).bind(before).bind(before.saturating_sub(STRETCH));
        let found = parts.iter().fold(found, |found, part| found.bind(part.replace(['%', '_'], "")));
        self.all(found.bind(limit)).await?.iter().map(|row| row.text("line")).collect()
    }

    /// Systems in which somebody is signed in now, and in how many windows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn seats_taken(&self) -> Result<Vec<(String, u32)>, StoreError> {
        let taken = sql("SELECT seat, count(*) AS n FROM seats GROUP BY seat ORDER BY seat");
        self.all(taken).await?.iter().map(|row| Ok((row.text("seat")?, row.count("n")?))).collect()
    }

    /// The machines that may change runs.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn machines(&self) -> Result<Vec<Machine>, StoreError> {
        let all = "SELECT w.name, CAST(CASE WHEN w.lease_until > {now} THEN 1 ELSE 0 END AS BIGINT) AS alive,
                   (SELECT count(*) FROM runs r WHERE r.epoch = w.epoch) AS n FROM workers w ORDER BY w.name";
        let read = |row: &Found| {
            Ok(Machine { name: row.text("name")?, alive: row.int("alive")? != 0, runs: row.count("n")? })
        };
        self.all(sql(all)).await?.iter().map(read).collect()
    }
}

/// Without the signs that mean something to `LIKE`.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}
