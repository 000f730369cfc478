//! How the items of a run stand, counted once. A run at rest changes only by being taken up again, which changes when it came
//! to rest, or by an answer of a person, which changes its open checks: as long as neither has changed, what was counted
//! before still holds. Counts are kept in memory only.

use super::{ReasonCount, Run, Store, StoreError, link::sql};
use crate::run::{ItemState, RunState};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Runs whose counts are kept; with more, all are counted again.
const KEPT: usize = 4_000;

/// Runs that are asked for at once.
const SOME: usize = 500;

/// How the items of a run stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Items in each state that any has.
    pub counts: Vec<(ItemState, u32)>,
    /// Why items are not done, the most frequent reason first.
    pub reasons: Vec<ReasonCount>,
}

impl Tally {
    fn sum(&self, states: &[ItemState]) -> u32 {
        self.counts.iter().filter(|(state, _)| states.contains(state)).map(|(_, n)| n).sum()
    }

    /// Items that are done.
    #[must_use]
    pub fn done(&self) -> u32 {
        self.sum(&[ItemState::Done])
    }

    /// Items that wait for people.
    #[must_use]
    pub fn people(&self) -> u32 {
        self.sum(&[ItemState::Check, ItemState::Approval, ItemState::InDoubt])
    }

    /// Items that stopped, failed or are held.
    #[must_use]
    pub fn bad(&self) -> u32 {
        self.sum(&[ItemState::Stopped, ItemState::Failed, ItemState::Held])
    }

    /// Items in all.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.counts.iter().map(|(_, n)| n).sum()
    }
}

/// What must be as it was for a count to hold: state, when it came to rest, how many checks are open and which.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Standing {
    state: RunState,
    ended_at: String,
    open: [i64; 2],
}

/// The counts that are kept.
#[derive(Default)]
pub(super) struct Tallies(Mutex<HashMap<String, (Standing, Arc<Tally>)>>);

impl Tallies {
    fn known(&self, run: &str, now: &Standing) -> Option<Arc<Tally>> {
        let kept = self.0.lock().expect("no panic while it is held");
        kept.get(run).filter(|(then, _)| then == now).map(|(_, tally)| Arc::clone(tally))
    }

    fn keep(&self, run: &str, standing: Standing, tally: &Arc<Tally>) {
        let mut kept = self.0.lock().expect("no panic while it is held");
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(run.to_owned(), (standing, Arc::clone(tally)));
    }
}

impl Store {
    /// How the items of each of `runs` stand, in their order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tallies(&self, runs: &[Run]) -> Result<Vec<Arc<Tally>>, StoreError> {
        let open = self.open_of(runs).await?;
        let mut all = Vec::with_capacity(runs.len());
        for run in runs {
            let Some(ended_at) = run.ended_at.clone() else {
                all.push(self.counted(&run.id).await?);
                continue;
            };
            let open = open.get(&run.id).copied().unwrap_or_default();
            let standing = Standing { state: run.state, ended_at, open };
            all.push(match self.kept().known(&run.id, &standing) {
                Some(known) => known,
                None => self.count_at_rest(run, standing).await?,
            });
        }
        Ok(all)
    }

    /// How the items of `run` stand.
    ///
    /// # Errors
    /// When the database refuses.
    ///
    /// # Panics
    /// Never: each run has a tally.
    pub async fn tally(&self, run: &Run) -> Result<Arc<Tally>, StoreError> {
        let one = self.tallies(std::slice::from_ref(run)).await?;
        Ok(one.into_iter().next().expect("each run has a tally"))
    }

    const fn kept(&self) -> &Tallies {
        match self {
            Self::File(file) => &file.tallies,
            Self::Server(server) => &server.tallies,
        }
    }

    /// Counts, and keeps it unless somebody has answered or resumed the run meanwhile.
    async fn count_at_rest(&self, run: &Run, standing: Standing) -> Result<Arc<Tally>, StoreError> {
        let tally = self.counted(&run.id).await?;
        let now = self.run(&run.id).await?;
        let same = now.is_some_and(|now| now.state == run.state && now.ended_at == run.ended_at);
        let open = self.open_of(std::slice::from_ref(run)).await?;
        if same && open.get(&run.id).copied().unwrap_or_default() == standing.open {
            self.kept().keep(&run.id, standing, &tally);
        }
        Ok(tally)
    }

    async fn counted(&self, run: &str) -> Result<Arc<Tally>, StoreError> {
        let (counts, reasons) = (self.item_counts(run).await?, self.item_reasons(run).await?);
        Ok(Arc::new(Tally { counts, reasons }))
    }

    /// How many checks of each run are open, and the sum of their numbers; runs without any are left out.
    async fn open_of(&self, runs: &[Run]) -> Result<HashMap<String, [i64; 2]>, StoreError> {
        let mut open = HashMap::new();
        for some in runs.chunks(SOME) {
            let places: Vec<String> = (1..=some.len()).map(|n| format!("${n}")).collect();
            let ask = sql(format!(
                "SELECT run_id, COUNT(*) AS n, CAST(SUM(id) AS BIGINT) AS ids FROM worklist
                 WHERE run_id IN ({}) GROUP BY run_id",
                places.join(", ")
            ));
            let ask = some.iter().fold(ask, |ask, run| ask.bind(&run.id));
            for row in self.all(ask).await? {
                open.insert(row.text("run_id")?, [row.int("n")?, row.int("ids")?]);
            }
        }
        Ok(open)
    }
}
