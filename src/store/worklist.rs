//! The work list: what waits for a person, who works on it, and until when it is theirs.
//!
//! What an item is called is sealed, so the database cannot look for words in it: names that were opened once stay in memory,
//! by their check's number, and are looked through there.

use super::{
    CheckKind, NewCheck, Store, StoreError, Tx,
    link::{Found, Sql, sql},
};
use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{Mutex, MutexGuard},
};
use unicode_normalization::UnicodeNormalization as _;

/// Names that stay in memory; beyond that all are forgotten.
const NAMES: usize = 50_000;
/// Rows that are asked for by their numbers at once.
const SOME: usize = 1_000;

/// An open check as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The check.
    pub id: i64,
    /// The scenario of its run.
    pub scenario: String,
    /// The run.
    pub run_id: String,
    /// The item.
    pub n: u32,
    /// The step.
    pub step: String,
    /// The kind of look.
    pub kind: CheckKind,
    /// The form; empty where there is no paper.
    pub form: String,
    /// What the item is called.
    pub label: String,
    /// How many fields a person is asked about.
    pub asked: u32,
    /// How many of them somebody has confirmed.
    pub typed: u32,
    /// Who did a first look and may not do the second.
    pub passed_by: Option<String>,
    /// Who works on it, or did last.
    pub held_by: Option<String>,
    /// Until when it is theirs, ms since 1970.
    pub held_until: i64,
    /// Grows each time it passes to another person.
    pub turn: u32,
    /// When it was asked, RFC 3339.
    pub created_at: String,
}

impl Listed {
    /// Who works on it at `now` (ms since 1970).
    #[must_use]
    pub fn holder(&self, now: i64) -> Option<&str> {
        self.held_by.as_deref().filter(|_| self.held_until > now)
    }

    /// Whether `person` could begin it at `now`.
    #[must_use]
    pub fn is_free_for(&self, person: &str, now: i64) -> bool {
        self.holder(now).is_none_or(|holder| holder == person) && self.passed_by.as_deref() != Some(person)
    }
}

/// Which of the open checks a list shows.
#[derive(Debug, Clone, Default)]
pub struct Worklist {
    /// Of this scenario.
    pub scenario: Option<String>,
    /// On this form.
    pub form: Option<String>,
    /// Of this run.
    pub run: Option<String>,
    /// Of this kind.
    pub kind: Option<CheckKind>,
    /// With this in what the item is called, or with this number.
    pub words: Option<String>,
    /// For whom.
    pub whose: Whose,
    /// The person who looks.
    pub person: String,
    /// The present moment, ms since 1970.
    pub now: i64,
}

/// For whom a list is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Whose {
    /// All that is open.
    #[default]
    All,
    /// What the person could begin.
    Free,
    /// What the person works on.
    Mine,
    /// What others work on.
    Others,
    /// What waits for a second person.
    Second,
}

impl Whose {
    /// The word in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Free => "free",
            Self::Mine => "mine",
            Self::Others => "others",
            Self::Second => "second",
        }
    }
}

/// How many checks wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// In all.
    pub all: u32,
    /// Readings that the person could begin.
    pub free: u32,
    /// For a second person.
    pub second: u32,
    /// Fields in all.
    pub fields: u32,
}

/// Whether `{person}` could begin a row at `{now}`: nobody has it, they did not look first, and they look after its scenario.
const FREE: &str = "((held_by IS NULL OR held_by = {person} OR held_until <= {now})
    AND (passed_by IS NULL OR passed_by <> {person})
    AND (NOT EXISTS (SELECT 1 FROM handlers h WHERE h.scenario = worklist.scenario)
      OR EXISTS (SELECT 1 FROM handlers h WHERE h.scenario = worklist.scenario AND h.person = {person})))";

/// [`FREE`] with the numbers of its two values.
fn free(person: &str, now: &str) -> String {
    FREE.replace("{person}", person).replace("{now}", now)
}

/// `{free}` stands for [`FREE`].
const WHERE: &str = "WHERE ($1 = '' OR scenario = $1) AND ($2 = '' OR form = $2) AND ($3 = '' OR run_id = $3)
    AND ($4 = '' OR kind = $4)
    AND ($5 = 'all' OR ($5 = 'free' AND {free}) OR ($5 = 'mine' AND held_by = $6 AND held_until > $7)
      OR ($5 = 'others' AND held_by <> $6 AND held_until > $7) OR ($5 = 'second' AND passed_by IS NOT NULL))";

/// For comparing only: wide and narrow letters, large and small ones are the same.
fn folded(text: &str) -> String {
    text.trim().nfkc().collect::<String>().to_lowercase()
}

/// What open checks are called, folded, by their numbers. A check keeps its name and its number.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<i64, String>>);

impl Names {
    fn known(&self) -> MutexGuard<'_, HashMap<i64, String>> {
        self.0.lock().expect("no panic while it is held")
    }

    /// Those of `ids` whose names are not known yet; room is made for them.
    fn unknown(&self, ids: &[i64]) -> Vec<i64> {
        let mut known = self.known();
        let unknown: Vec<i64> = ids.iter().copied().filter(|id| !known.contains_key(id)).collect();
        if known.len() + unknown.len() <= NAMES {
            return unknown;
        }
        known.clear();
        ids.to_vec()
    }
}

/// `(1, 2, 3)`.
fn listed(ids: &[i64]) -> String {
    let mut text = String::from("(0");
    for id in ids {
        let _ = write!(text, ", {id}");
    }
    text + ")"
}

impl Worklist {
    /// What is to be found in what the item is called, or its number.
    fn wanted(&self) -> Option<String> {
        self.words.as_deref().map(folded).filter(|words| !words.is_empty())
    }

    /// `head` with the conditions, their values bound, and `tail`.
    fn ask(&self, head: &str, tail: &str) -> Sql {
        let text = format!("{head} {} {tail}", WHERE.replace("{free}", &free("$6", "$7")));
        sql(text)
            .bind(self.scenario.as_deref().unwrap_or_default())
            .bind(self.form.as_deref().unwrap_or_default())
            .bind(self.run.as_deref().unwrap_or_default())
            .bind(self.kind.map_or("", CheckKind::word))
            .bind(self.whose.word())
            .bind(&self.person)
            .bind(self.now)
    }
}

fn read(row: &Found) -> Result<Listed, StoreError> {
    Ok(Listed {
        id: row.int("id")?,
        scenario: row.text("scenario")?,
        run_id: row.text("run_id")?,
        n: row.count("n")?,
        step: row.text("step")?,
        kind: CheckKind::of(&row.text("kind")?),
        form: row.text("form")?,
        label: row.open("worklist.label")?,
        asked: row.count("asked")?,
        typed: row.count("typed")?,
        passed_by: row.maybe_text("passed_by")?,
        held_by: row.maybe_text("held_by")?,
        held_until: row.int("held_until")?,
        turn: row.count("turn")?,
        created_at: row.text("created_at")?,
    })
}

impl Store {
    /// A part of the work list, oldest first, and how many there are in all.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn worklist(
        &self,
        list: &Worklist,
        from: u32,
        most: u32,
    ) -> Result<(Vec<Listed>, u32), StoreError> {
        if let Some(words) = list.wanted() {
            let found = self.named(list, &words).await?;
            let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
            let part: Vec<i64> = found.into_iter().skip(from as usize).take(most as usize).collect();
            let part = self.by_number("SELECT * FROM worklist", &part).await?;
            return Ok((part.iter().map(read).collect::<Result<_, _>>()?, count));
        }
        let count = self.all(list.ask("SELECT COUNT(*) AS n FROM worklist", "")).await?;
        let count = count.first().map_or(Ok(0), |row| row.count("n"))?;
        let part = list.ask("SELECT * FROM worklist", "ORDER BY id LIMIT $8 OFFSET $9");
        let part = self.all(part.bind(most).bind(from)).await?;
        Ok((part.iter().map(read).collect::<Result<_, _>>()?, count))
    }

    /// The numbers of the list with `words` in what the item is called, or of that number, in order.
    async fn named(&self, list: &Worklist, words: &str) -> Result<Vec<i64>, StoreError> {
        let ids = self.all(list.ask("SELECT id FROM worklist", "ORDER BY id")).await?;
        let mut ids = ids.iter().map(|row| row.int("id")).collect::<Result<Vec<_>, _>>()?;
        let names = match self {
            Self::File(file) => &file.names,
            Self::Server(server) => &server.names,
        };
        for row in self.by_number("SELECT id, label FROM worklist", &names.unknown(&ids)).await? {
            names.known().insert(row.int("id")?, folded(&row.open("worklist.label")?));
        }
        let known = names.known();
        ids.retain(|id| known.get(id).is_some_and(|name| name.contains(words)) || id.to_string() == words);
        Ok(ids)
    }

    /// Rows by their numbers, in order.
    async fn by_number(&self, head: &str, ids: &[i64]) -> Result<Vec<Found>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(SOME) {
            found.extend(self.all(sql(format!("{head} WHERE id IN {} ORDER BY id", listed(some)))).await?);
        }
        Ok(found)
    }

    /// The open check of that number as a list shows it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn listed(&self, id: i64) -> Result<Option<Listed>, StoreError> {
        let one = sql("SELECT * FROM worklist WHERE id = $1").bind(id);
        self.maybe(one).await?.as_ref().map(read).transpose()
    }

    /// The next check of the list after `after` that `list.person` could begin; from the start when none follows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn next_free(&self, list: &Worklist, after: i64) -> Result<Option<Listed>, StoreError> {
        let free = Worklist { whose: Whose::Free, ..list.clone() };
        if let Some(words) = list.wanted() {
            let mut found = self.named(&Worklist { kind: Some(CheckKind::Check), ..free }, &words).await?;
            found.retain(|id| *id != after);
            let next = found.iter().position(|id| *id > after).unwrap_or(0);
            return match found.get(next) {
                Some(id) => self.listed(*id).await,
                None => Ok(None),
            };
        }
        for tail in [
            "AND kind = 'check' AND id > $8 ORDER BY id LIMIT 1",
            "AND kind = 'check' AND id < $8 ORDER BY id LIMIT 1",
        ] {
            let next = self.maybe(free.ask("SELECT * FROM worklist", tail).bind(after)).await?;
            if let Some(next) = next {
                return read(&next).map(Some);
            }
        }
        Ok(None)
    }

    /// How many checks wait, for `person` at `now` (ms since 1970).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn waiting(&self, person: &str, now: i64) -> Result<Waiting, StoreError> {
        let count = format!(
            "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(asked), 0) AS BIGINT) AS fields,
            COUNT(passed_by) AS second,
            COUNT(CASE WHEN kind = 'check' AND {} THEN 1 END) AS free FROM worklist",
            free("$1", "$2")
        );
        let Some(row) = self.maybe(sql(count).bind(person).bind(now)).await? else {
            return Ok(Waiting::default());
        };
        Ok(Waiting {
            all: row.count("n")?,
            free: row.count("free")?,
            second: row.count("second")?,
            fields: row.count("fields")?,
        })
    }

    /// Each scenario and form that has open checks, and how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn waiting_by_scenario(&self) -> Result<Vec<(String, String, u32)>, StoreError> {
        let count = "SELECT scenario, form, COUNT(*) AS n FROM worklist GROUP BY scenario, form ORDER BY scenario, form";
        let rows = self.all(sql(count)).await?;
        rows.iter().map(|row| Ok((row.text("scenario")?, row.text("form")?, row.count("n")?))).collect()
    }
}

impl Tx<'_> {
    /// Puts an open check on the list.
    pub(super) async fn list_check(&mut self, id: i64, check: &NewCheck, at: &str) -> Result<(), StoreError> {
        let put = "INSERT INTO worklist (id, scenario, run_id, n, step, kind, form, label, asked, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        sql(put)
            .bind(id)
            .bind(&check.scenario)
            .bind(&check.run_id)
            .bind(check.n)
            .bind(&check.step)
            .bind(check.kind.word())
            .bind(check.paper.as_ref().map_or("", |p| p.form.as_str()))
            .seal("worklist.label", &check.label)
            .bind(check.questions.len() as u64)
            .bind(at)
            .run(self.link())
            .await?;
        Ok(())
    }

    /// The open check as a list shows it. Until the change ends, nobody else changes who has it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn listed(&mut self, id: i64) -> Result<Option<Listed>, StoreError> {
        let one = sql("SELECT * FROM worklist WHERE id = $1 {update}").bind(id);
        one.maybe(self.link()).await?.as_ref().map(read).transpose()
    }

    /// The check is `by`'s until `until` (ms since 1970), as the `turn`-th person's.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hold_check(&mut self, id: i64, by: &str, turn: u32, until: i64) -> Result<(), StoreError> {
        let hold = "UPDATE worklist SET held_by = $2, turn = $3, held_until = $4 WHERE id = $1";
        sql(hold).bind(id).bind(by).bind(turn).bind(until).run(self.link()).await?;
        Ok(())
    }

    /// What `by` holds is free for others: one check, or all. What was typed stays. Says how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release_checks(&mut self, by: &str, id: Option<i64>) -> Result<u64, StoreError> {
        let free = "UPDATE worklist SET held_until = 0 WHERE held_by = $1 AND held_until > 0 AND ($2 = 0 OR id = $2)";
        sql(free).bind(by).bind(id.unwrap_or(0)).run(self.link()).await
    }

    /// `by` has done a first look; another person must do the second.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn pass_check_on(&mut self, id: i64, by: &str) -> Result<(), StoreError> {
        let pass = "UPDATE worklist SET passed_by = $2, held_until = 0 WHERE id = $1";
        sql(pass).bind(id).bind(by).run(self.link()).await?;
        Ok(())
    }
}
