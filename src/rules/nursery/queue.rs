//! The held places of every group, with a log so that a try can be undone.

use super::Market;
use std::collections::BTreeSet;

/// Where everybody sits at a moment of the matching.
#[derive(Debug, Clone)]
pub(super) struct Hall<'a> {
    market: &'a Market,
    /// For each child, its groups with the claim as a number: smaller is better, unique in all.
    claims: Vec<Vec<(usize, u32)>>,
    /// Who sits where: claim and child.
    held: Vec<BTreeSet<(u32, usize)>>,
    /// The group of each child.
    pub(super) seat: Vec<Option<usize>>,
    /// The tuple each family has; its number of tuples where it has none.
    pub(super) tuple: Vec<usize>,
    /// What was changed, so that it can be undone.
    journal: Vec<Change>,
}

/// One change, with what was before.
#[derive(Debug, Clone, Copy)]
enum Change {
    Seat(usize, Option<usize>),
    Tuple(usize, usize),
}

impl<'a> Hall<'a> {
    /// Nobody sits.
    pub(super) fn empty(market: &'a Market) -> Self {
        let mut all: Vec<_> = market
            .children
            .iter()
            .enumerate()
            .flat_map(|(c, child)| child.wishes.iter().map(move |(g, s)| (s, c, *g)))
            .collect();
        all.sort();
        let mut claims = vec![Vec::new(); market.children.len()];
        for (n, (_, child, group)) in (0..).zip(all) {
            claims[child].push((group, n));
        }
        Self {
            market,
            claims,
            held: vec![BTreeSet::new(); market.groups.len()],
            seat: vec![None; market.children.len()],
            tuple: market.families.iter().map(|f| f.tuples.len()).collect(),
            journal: Vec::new(),
        }
    }

    /// Where the journal stands; what was written before can no longer be undone.
    pub(super) fn mark(&mut self) {
        self.journal.clear();
    }

    /// Undoes everything since the mark.
    pub(super) fn undo(&mut self) {
        while let Some(change) = self.journal.pop() {
            match change {
                Change::Seat(child, before) => self.put(child, before),
                Change::Tuple(family, before) => self.tuple[family] = before,
            }
        }
    }

    /// Moves a child without a note in the journal.
    fn put(&mut self, child: usize, group: Option<usize>) {
        if let Some(old) = self.seat[child] {
            let claim = self.claim(child, old);
            self.held[old].remove(&(claim, child));
        }
        if let Some(new) = group {
            let claim = self.claim(child, new);
            self.held[new].insert((claim, child));
        }
        self.seat[child] = group;
    }

    fn move_to(&mut self, child: usize, group: Option<usize>) {
        self.journal.push(Change::Seat(child, self.seat[child]));
        self.put(child, group);
    }

    /// Notes which tuple a family has now.
    pub(super) fn set_tuple(&mut self, family: usize, tuple: usize) {
        self.journal.push(Change::Tuple(family, self.tuple[family]));
        self.tuple[family] = tuple;
    }

    fn claim(&self, child: usize, group: usize) -> u32 {
        let found = self.claims[child].iter().find(|(g, _)| *g == group);
        found.expect("a tuple names only groups that its child wishes for").1
    }

    /// Whether a family can have a tuple: for each group, those with better claims than its last own child leave room.
    pub(super) fn can_have(&self, family: usize, tuple: usize) -> bool {
        let family = &self.market.families[family];
        let wanted =
            || family.children.iter().zip(&family.tuples[tuple]).filter_map(|(c, g)| g.map(|g| (*c, g)));
        wanted().all(|(_, group)| {
            let own: Vec<_> = wanted().filter(|(_, g)| *g == group).map(|(c, g)| self.claim(c, g)).collect();
            let lowest = own.iter().copied().max().expect("at least this child");
            let better =
                self.held[group].range(..(lowest, 0)).filter(|(_, c)| !family.children.contains(c)).count();
            better + own.len() <= self.market.groups[group].capacity
        })
    }

    /// Seats a family and gives back the children who lose their seats by it.
    pub(super) fn sit(&mut self, family: usize, tuple: usize) -> Vec<usize> {
        let market = self.market;
        let whole = &market.families[family];
        let mut lost = Vec::new();
        self.set_tuple(family, tuple);
        for (child, group) in whole.children.iter().zip(&whole.tuples[tuple]) {
            if group.is_some() {
                self.move_to(*child, *group);
            }
        }
        for group in whole.tuples[tuple].iter().flatten() {
            while self.held[*group].len() > market.groups[*group].capacity {
                let child = self.held[*group].last().expect("more than the capacity sit here").1;
                self.move_to(child, None);
                lost.push(child);
            }
        }
        lost
    }

    /// A family stands up, with all its children.
    pub(super) fn stand_up(&mut self, family: usize) {
        let market = self.market;
        self.set_tuple(family, market.families[family].tuples.len());
        for child in &market.families[family].children {
            self.move_to(*child, None);
        }
    }

    /// The best tuple that a family would rather have and can have.
    pub(super) fn better(&self, family: usize) -> Option<usize> {
        (0..self.tuple[family]).find(|tuple| self.can_have(family, *tuple))
    }
}
