//! What a section chief wants to know of a run.

use crate::{
    run::{ItemState, Reading},
    store::{Item, Run, Store, StoreError},
};
use std::collections::BTreeMap;

/// Items that came to rest in the same way for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The state.
    pub state: ItemState,
    /// Why, in Japanese.
    pub reason: String,
    /// The items' numbers.
    pub items: Vec<u32>,
}

/// A run in numbers.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The run.
    pub run: Run,
    /// All items.
    pub items: Vec<Item>,
    /// Items by state.
    pub counts: BTreeMap<ItemState, usize>,
    /// Pages that were read as a form.
    pub pages: usize,
    /// Fields with something in them.
    pub fields: usize,
    /// Of those, accepted without a person.
    pub passed: usize,
    /// Fields a person is asked or was asked to look at.
    pub doubtful: usize,
    /// Irreversible acts with a receipt.
    pub receipts: usize,
    /// Items that are not done, by state and reason.
    pub groups: Vec<Group>,
}

impl Summary {
    /// Adds up what is on record of `run`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of(store: &Store, run: Run) -> Result<Self, StoreError> {
        let items = store.items(&run.id).await?;
        let mut counts = BTreeMap::new();
        for item in &items {
            *counts.entry(item.state).or_insert(0) += 1;
        }
        let groups = groups(&items);
        let mut summary =
            Self { run, items, counts, pages: 0, fields: 0, passed: 0, doubtful: 0, receipts: 0, groups };
        // An item's first output with a `fit` is the page as it was read; later ones are as people confirmed it.
        let mut read = std::collections::BTreeSet::new();
        for (n, result) in store.all_results(&summary.run.id).await? {
            summary.receipts += usize::from(result.receipted);
            if result.output.get("fit").is_some() && read.insert(n) {
                summary.add_page(result.output.get("readings").cloned().unwrap_or_default());
            }
        }
        for check in store.open_checks(Some(&summary.run.id)).await? {
            summary.doubtful += check.questions.len();
        }
        Ok(summary)
    }

    fn add_page(&mut self, readings: serde_json::Value) {
        let readings: Vec<Reading> = serde_json::from_value(readings).unwrap_or_default();
        self.pages += 1;
        let written = readings.iter().filter(|r| !is_blank(&r.value) || !r.pass);
        for reading in written {
            self.fields += 1;
            self.passed += usize::from(reading.pass);
        }
    }

    /// How many items are in `state`.
    #[must_use]
    pub fn count(&self, state: ItemState) -> usize {
        self.counts.get(&state).copied().unwrap_or(0)
    }
}

fn is_blank(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null | serde_json::Value::Bool(false) => true,
        serde_json::Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn groups(items: &[Item]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for item in items.iter().filter(|i| i.state != ItemState::Done) {
        let reason = item.reason.clone().unwrap_or_default();
        match groups.iter_mut().find(|g| g.state == item.state && g.reason == reason) {
            Some(group) => group.items.push(item.n),
            None => groups.push(Group { state: item.state, reason, items: vec![item.n] }),
        }
    }
    groups.sort_by_key(|g| g.state);
    groups
}
