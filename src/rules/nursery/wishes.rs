//! What a family wants for several children, written out as tuples: a group for each child, best tuple first.

use super::market::{Child, Group};
use schemars::JsonSchema;
use serde::Deserialize;

/// No family has more tuples than this; a real family was seen with 800.
pub const MOST: usize = 2_000;
/// So many combinations are looked at before the best are kept.
const LOOKED_AT: usize = 200_000;

/// Which child may enter alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum First {
    /// 上の子から。
    #[serde(rename = "上の子")]
    Elder,
    /// 下の子から。
    #[serde(rename = "下の子")]
    Younger,
    /// どちらからでも。
    #[default]
    #[serde(rename = "どちらでも")]
    Either,
}

/// The choices A, B and C.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Together {
    /// 同じ施設に同時に入れるまで待つ。
    #[default]
    #[serde(rename = "A")]
    SameNursery,
    /// 別の施設でも、全員が同時に入れればよい。
    #[serde(rename = "B")]
    SameTime,
    /// 一人だけでも入りたい。
    #[serde(rename = "C")]
    AloneToo,
}

/// What a family with several children wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// A, B or C.
    pub together: Together,
    /// With C: who may enter alone.
    pub first: First,
    /// With B and C: the same nursery first, even where it is a lower wish.
    pub same_first: bool,
}

/// The children of a family as far as wishes go.
pub(super) struct Brood<'a> {
    /// For each child its groups, best first.
    wishes: Vec<Vec<usize>>,
    /// Where each child is now.
    current: Vec<Option<usize>>,
    groups: &'a [Group],
}

impl<'a> Brood<'a> {
    pub(super) fn of(members: &[usize], children: &[Child], groups: &'a [Group]) -> Self {
        let wishes = |c: &usize| children[*c].wishes.iter().map(|(g, _)| *g).collect();
        Self {
            wishes: members.iter().map(wishes).collect(),
            current: members.iter().map(|c| children[*c].current).collect(),
            groups,
        }
    }

    /// Whether all children are at one nursery.
    fn same(&self, tuple: &[Option<usize>]) -> bool {
        let name = |g: &Option<usize>| g.map(|g| &self.groups[g].seats.facility);
        tuple.windows(2).all(|two| name(&two[0]) == name(&two[1]))
    }

    /// The sum of the ranks of the wishes that a tuple fulfils.
    fn cost(&self, tuple: &[Option<usize>]) -> Vec<usize> {
        let rank = |(n, g): (usize, &Option<usize>)| {
            self.wishes[n].iter().position(|w| Some(*w) == *g).unwrap_or(self.wishes[n].len())
        };
        tuple.iter().enumerate().map(rank).collect()
    }
}

/// The tuples of a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tuples {
    /// Best first.
    pub all: Vec<Vec<Option<usize>>>,
    /// Whether some were left out.
    pub cut: bool,
}

/// Writes the wishes of a family out. Where nothing better can be had, a child who has a seat keeps it.
pub(super) fn tuples(brood: &Brood<'_>, wish: Wishes) -> Tuples {
    let (all, mut cut) = combinations(brood, wish.together == Together::AloneToo);
    let wanted = |t: &&Vec<Option<usize>>| match wish.together {
        _ if brood.wishes.len() == 1 => t[0].is_some(),
        Together::SameNursery => brood.same(t) && t[0].is_some(),
        Together::SameTime => t.iter().all(Option::is_some),
        Together::AloneToo => t.iter().any(Option::is_some),
    };
    let mut found: Vec<_> = all.iter().filter(wanted).cloned().collect();
    found.sort_by_cached_key(|t| order(brood, wish, t));
    let stay: Vec<_> = brood.current.clone();
    if stay.iter().any(Option::is_some) {
        let known = found.iter().position(|t| *t == stay);
        found.truncate(known.unwrap_or(found.len()).min(MOST - 1));
        found.push(stay);
    }
    cut |= found.len() > MOST;
    found.truncate(MOST);
    Tuples { all: found, cut }
}

/// The place of a tuple in a family's order: all placed before some, then as the family chose.
fn order(
    brood: &Brood<'_>,
    wish: Wishes,
    tuple: &[Option<usize>],
) -> (usize, Vec<bool>, bool, usize, Vec<usize>) {
    let alone = tuple.iter().filter(|g| g.is_none()).count();
    let who: Vec<bool> = match wish.first {
        First::Either => Vec::new(),
        First::Elder => tuple.iter().map(Option::is_none).collect(),
        First::Younger => tuple.iter().rev().map(Option::is_none).collect(),
    };
    let cost = brood.cost(tuple);
    let apart = wish.same_first && !brood.same(tuple);
    (alone, who, apart, cost.iter().sum(), cost)
}

/// Every combination of the children's wishes; where there are too many, of their first wishes only.
fn combinations(brood: &Brood<'_>, alone: bool) -> (Vec<Vec<Option<usize>>>, bool) {
    let choices = |n: usize, most: usize| {
        let mut own: Vec<_> = brood.wishes[n].iter().take(most).map(|g| Some(*g)).collect();
        if alone && brood.current[n].is_none() || own.is_empty() {
            own.push(None);
        }
        own
    };
    let longest = brood.wishes.iter().map(Vec::len).max().unwrap_or(0);
    let size = |most: usize| {
        (0..brood.wishes.len()).map(|n| choices(n, most).len()).try_fold(1_usize, usize::checked_mul)
    };
    let most = (1..=longest).rev().find(|m| size(*m).is_some_and(|s| s <= LOOKED_AT)).unwrap_or(1);
    let mut all = vec![Vec::new()];
    for n in 0..brood.wishes.len() {
        let own = choices(n, most);
        let longer = |tuple: &Vec<Option<usize>>| {
            own.iter().map(|g| [tuple.as_slice(), &[*g]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    (all, most < longest)
}
