//! Whether a market has any stable outcome at all: a complete search, for the few markets in which the placement finds none.
//! Families are decided one after another, those with the best claims first; a branch ends as soon as some family could have
//! something better whatever the undecided ones do.

use super::{Market, Outcome};
use std::collections::BTreeSet;

/// What the search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// An outcome that nothing blocks.
    Stable(Vec<Outcome>),
    /// There is none.
    None,
    /// The search was given up after so many branches.
    Unknown,
}

struct Search<'a> {
    market: &'a Market,
    /// For each child and group its claim as a number, smaller is better; the largest where it has none.
    claims: Vec<Vec<u32>>,
    /// For each family what it was given: a tuple, or its number of tuples for nothing.
    given: Vec<Option<usize>>,
    /// For each group, who may still come: children of undecided families.
    coming: Vec<BTreeSet<(u32, usize)>>,
    /// For each group, who sits there.
    sitting: Vec<BTreeSet<(u32, usize)>>,
    order: Vec<usize>,
    branches: usize,
}

/// Looks for a stable outcome in at most `limit` branches.
#[must_use]
pub fn search(market: &Market, limit: usize) -> Found {
    let mut search = Search::new(market, limit);
    match search.down(0) {
        Some(true) => Found::Stable(search.seats()),
        Some(false) => Found::None,
        None => Found::Unknown,
    }
}

impl<'a> Search<'a> {
    fn new(market: &'a Market, limit: usize) -> Self {
        let (children, groups) = (market.children.len(), market.groups.len());
        let mut all: Vec<_> = (0..children)
            .flat_map(|c| (0..groups).filter_map(move |g| market.standing(c, g).map(|s| (s, c, g))))
            .collect();
        all.sort();
        let mut claims = vec![vec![u32::MAX; groups]; children];
        let mut coming = vec![BTreeSet::new(); groups];
        for (n, (_, child, group)) in (0..).zip(all) {
            claims[child][group] = n;
            coming[group].insert((n, child));
        }
        let best =
            |f: &usize| market.families[*f].children.iter().flat_map(|c| claims[*c].iter().copied()).min();
        let mut order: Vec<usize> = (0..market.families.len()).collect();
        order.sort_by_key(best);
        let (given, sitting) = (vec![None; market.families.len()], vec![BTreeSet::new(); groups]);
        Self { market, claims, given, coming, sitting, order, branches: limit }
    }

    /// Decides the families from the `at`-th on. None: given up.
    fn down(&mut self, at: usize) -> Option<bool> {
        let Some(family) = self.order.get(at).copied() else { return Some(true) };
        for tuple in 0..=self.market.families[family].tuples.len() {
            self.branches = self.branches.checked_sub(1)?;
            self.put(family, tuple);
            if self.can_stand() && self.down(at + 1)? {
                return Some(true);
            }
            self.take(family, tuple);
        }
        Some(false)
    }

    fn put(&mut self, family: usize, tuple: usize) {
        for (child, group) in self.places(family, tuple) {
            self.sitting[group].insert((self.claims[child][group], child));
        }
        for child in &self.market.families[family].children {
            for (group, coming) in self.coming.iter_mut().enumerate() {
                coming.remove(&(self.claims[*child][group], *child));
            }
        }
        self.given[family] = Some(tuple);
    }

    fn take(&mut self, family: usize, tuple: usize) {
        for (child, group) in self.places(family, tuple) {
            self.sitting[group].remove(&(self.claims[child][group], child));
        }
        for child in &self.market.families[family].children {
            for (group, coming) in self.coming.iter_mut().enumerate() {
                if self.claims[*child][group] != u32::MAX {
                    coming.insert((self.claims[*child][group], *child));
                }
            }
        }
        self.given[family] = None;
    }

    /// Who of a family sits where with a tuple.
    fn places(&self, family: usize, tuple: usize) -> Vec<(usize, usize)> {
        let whole = &self.market.families[family];
        let Some(tuple) = whole.tuples.get(tuple) else { return Vec::new() };
        whole.children.iter().zip(tuple).filter_map(|(c, g)| g.map(|g| (*c, g))).collect()
    }

    /// Whether nobody sits too many, and everything better that a decided family could have may yet be blocked.
    fn can_stand(&self) -> bool {
        let room = self.sitting.iter().zip(&self.market.groups).all(|(s, g)| s.len() <= g.capacity);
        let decided = self.given.iter().enumerate().filter_map(|(f, t)| t.map(|t| (f, t)));
        room && decided
            .into_iter()
            .all(|(family, tuple)| (0..tuple).all(|better| self.may_be_blocked(family, better)))
    }

    fn may_be_blocked(&self, family: usize, tuple: usize) -> bool {
        let places = self.places(family, tuple);
        places.iter().any(|(_, group)| {
            let own: Vec<u32> =
                places.iter().filter(|(_, g)| g == group).map(|(c, g)| self.claims[*c][*g]).collect();
            let weakest = own.iter().copied().max().unwrap_or(0);
            let others = |set: &BTreeSet<(u32, usize)>| {
                set.range(..(weakest, 0)).filter(|(_, c)| self.market.children[*c].family != family).count()
            };
            let stronger = others(&self.sitting[*group]) + others(&self.coming[*group]);
            stronger + own.len() > self.market.groups[*group].capacity
        })
    }

    fn seats(&self) -> Vec<Outcome> {
        let mut seats = vec![None; self.market.children.len()];
        for (family, tuple) in self.given.iter().enumerate() {
            for (child, group) in self.places(family, tuple.unwrap_or(usize::MAX)) {
                seats[child] = Some(group);
            }
        }
        seats
    }
}
