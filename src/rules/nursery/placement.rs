//! Placing children: deferred acceptance for single children, families with several children one after another in an order
//! that changes whenever one of them displaces another (sorted deferred acceptance, Ashlagi et al. 2014, Sun et al. 2025).
//!
//! With several children in a family a stable outcome need not exist. What is left after the orders are exhausted is mended
//! step by step; what cannot be mended is searched completely as far as that takes no long time; what then is left is for
//! `stability` to find.

use super::{Found, Market, Outcome, market::mixed, queue::Hall, search};
use std::collections::{BTreeSet, VecDeque};

/// So many orders are tried from one beginning.
const ORDERS: usize = 300;
/// So many beginnings are tried.
const BEGINNINGS: u64 = 8;
/// So much work goes into mending, in tuples looked at.
const MENDING: usize = 4_000_000;
/// So much work goes into the complete search, in tuples looked at.
const SEARCHING: usize = 40_000_000;

/// Where everybody goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The group of each child, in the order of the market.
    pub seats: Vec<Outcome>,
    /// How often the order of the families was changed.
    pub restarts: usize,
    /// Steps of mending that were needed; zero for nearly every market.
    pub mended: usize,
    /// Whether it is proved that no stable outcome exists: what then blocks cannot be avoided.
    pub unavoidable: bool,
}

/// Places the children of a market. The same market gives the same placement.
///
/// # Panics
/// Never: single children displace only single children while no others sit.
#[must_use]
pub fn place(market: &Market) -> Placement {
    let alone = |f: &usize| market.families[*f].children.len() == 1;
    let (singles, mut siblings): (Vec<_>, Vec<_>) = (0..market.families.len()).partition(alone);
    let mut first = Hall::empty(market);
    for family in singles {
        let cascade = settle(&mut first, market, VecDeque::from([family]), None);
        assert!(cascade.is_none(), "no family with several children sits yet");
    }
    siblings.sort_by_cached_key(|f| claim(market, *f));
    let mut restarts = 0;
    let mut best: Option<(usize, Hall<'_>)> = None;
    for beginning in 0..BEGINNINGS {
        let order = shuffled(&siblings, beginning);
        let (hall, tries) = sorted(market, &first, order);
        restarts += tries;
        let Some(hall) = hall else { continue };
        let faults = (0..market.families.len()).filter(|f| hall.better(*f).is_some()).count();
        if best.as_ref().is_none_or(|(least, _)| faults < *least) {
            best = Some((faults, hall));
        }
        if faults == 0 {
            break;
        }
    }
    let (faults, hall) = best.unwrap_or((usize::MAX, first));
    let (hall, mended) = if faults == 0 { (hall, 0) } else { mend(market, hall) };
    let unsettled = (0..market.families.len()).any(|f| hall.better(f).is_some());
    match unsettled.then(|| search(market, SEARCHING / work(market))) {
        Some(Found::Stable(seats)) => Placement { seats, restarts, mended, unavoidable: false },
        found => Placement { seats: hall.seat, restarts, mended, unavoidable: found == Some(Found::None) },
    }
}

/// The tuples of a market; at least one.
fn work(market: &Market) -> usize {
    market.families.iter().map(|f| f.tuples.len()).sum::<usize>().max(1)
}

/// A family's best claim: where its order begins.
fn claim(market: &Market, family: usize) -> Option<super::market::Standing> {
    let children = &market.families[family].children;
    children.iter().filter_map(|c| market.children[*c].wishes.first()).map(|(_, s)| s.clone()).min()
}

/// The order of a beginning: the first is as given, the others are mixed by their number.
fn shuffled(families: &[usize], beginning: u64) -> Vec<usize> {
    let mut order = families.to_vec();
    if beginning > 0 {
        order.sort_by_key(|f| mixed(beginning << 32 | *f as u64));
    }
    order
}

/// Sits families with several children in this order, changing it whenever one displaces another. None where orders repeat.
fn sorted<'m>(market: &'m Market, first: &Hall<'m>, mut order: Vec<usize>) -> (Option<Hall<'m>>, usize) {
    let mut seen = BTreeSet::new();
    for tries in 0..ORDERS {
        if !seen.insert(order.clone()) {
            return (None, tries);
        }
        let mut hall = first.clone();
        match order.iter().find_map(|f| insert(&mut hall, market, *f).map(|displaced| (*f, displaced))) {
            None => return (Some(hall), tries),
            Some((by, displaced)) => move_before(&mut order, by, displaced),
        }
    }
    (None, ORDERS)
}

/// Moves `by` right before `displaced`.
fn move_before(order: &mut Vec<usize>, by: usize, displaced: usize) {
    order.retain(|f| *f != by);
    let at = order.iter().position(|f| *f == displaced).expect("it sat, so it is in the order");
    order.insert(at, by);
}

/// Sits one family with several children. Gives back the family that it displaces, if any; a tuple by which it would
/// in the end displace itself is passed over.
fn insert(hall: &mut Hall<'_>, market: &Market, family: usize) -> Option<usize> {
    for tuple in 0..market.families[family].tuples.len() {
        if !hall.can_have(family, tuple) {
            continue;
        }
        hall.mark();
        match settle(hall, market, VecDeque::new(), Some((family, tuple))) {
            None => return None,
            Some(displaced) if displaced == family => hall.undo(),
            Some(displaced) => return Some(displaced),
        }
    }
    None
}

/// Lets families sit, and those single children whom they displace, until all rest. Ends at once when a family with several
/// children is displaced, and gives it back.
fn settle(
    hall: &mut Hall<'_>,
    market: &Market,
    mut waiting: VecDeque<usize>,
    start: Option<(usize, usize)>,
) -> Option<usize> {
    let mut lost = start.map(|(family, tuple)| hall.sit(family, tuple)).unwrap_or_default();
    let mut from: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    loop {
        for child in lost.drain(..) {
            let family = market.children[child].family;
            if market.families[family].children.len() > 1 {
                return Some(family);
            }
            from.insert(family, hall.tuple[family] + 1);
            hall.set_tuple(family, market.families[family].tuples.len());
            waiting.push_back(family);
        }
        let family = waiting.pop_front()?;
        let next = from.get(&family).copied().unwrap_or(0);
        let tuples = next..market.families[family].tuples.len();
        if let Some(tuple) = tuples.into_iter().find(|t| hall.can_have(family, *t)) {
            lost = hall.sit(family, tuple);
        }
    }
}

/// Lets one unsatisfied family after another have what it can have, in a mixed order, and keeps the best outcome seen.
fn mend<'m>(market: &'m Market, mut hall: Hall<'m>) -> (Hall<'m>, usize) {
    let count = |hall: &Hall<'_>| {
        (0..market.families.len()).filter(|f| hall.better(*f).is_some()).collect::<Vec<_>>()
    };
    let steps = (MENDING / work(market)).clamp(50, 5_000);
    let mut best = (usize::MAX, hall.clone());
    for step in 0..steps {
        let unsatisfied = count(&hall);
        if unsatisfied.len() < best.0 {
            best = (unsatisfied.len(), hall.clone());
        }
        let dice = usize::try_from(mixed(step as u64) >> 33).expect("31 bits");
        let Some(n) = dice.checked_rem(unsatisfied.len()) else {
            return (hall, step);
        };
        let family = unsatisfied[n];
        let tuple = hall.better(family).expect("it was just found");
        hall.mark();
        hall.stand_up(family);
        for child in hall.sit(family, tuple) {
            hall.stand_up(market.children[child].family);
        }
    }
    (best.1, steps)
}
