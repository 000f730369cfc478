//! Whether a placement can stand: no seat too many, nobody where they did not wish to go, and no family that could have
//! something it likes better without passing over anybody with a better claim.
//!
//! This module shares no code with the placement: it works on the market as given and compares claims one by one.

use super::{Market, Outcome};

/// A family that could have a better tuple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocking {
    /// The family's place in the market.
    pub family: usize,
    /// The tuple that it could have.
    pub tuple: usize,
}

/// What is wrong with a placement by itself, in Japanese; empty for a lawful one.
#[must_use]
pub fn unlawful(market: &Market, seats: &[Outcome]) -> Vec<String> {
    let mut faults = Vec::new();
    for (n, group) in market.groups.iter().enumerate() {
        let sitting = seats.iter().filter(|s| **s == Some(n)).count();
        if sitting > group.capacity {
            faults.push(format!("{}: {sitting}人（{}人まで）", group.seats.facility, group.capacity));
        }
    }
    for (child, seat) in market.children.iter().zip(seats) {
        let Some(group) = seat else { continue };
        let seats = &market.groups[*group].seats;
        let wished = child.applicant.wishes.contains(&seats.facility);
        let stays = child.applicant.current.as_ref() == Some(&seats.facility);
        let right_age = (seats.ages.0..=seats.ages.1).contains(&child.applicant.age);
        if !(wished || stays) || !right_age {
            faults.push(format!("受付番号 {}: 希望していない施設か年齢です", child.applicant.number));
        }
    }
    for family in &market.families {
        let own: Vec<_> = family.children.iter().map(|c| seats[*c]).collect();
        if own.iter().any(Option::is_some) && !family.tuples.contains(&own) {
            faults.push(format!("世帯 {}: 希望していない組み合わせです", family.number));
        }
    }
    faults
}

/// Every family that could have a better tuple, with the best such tuple.
#[must_use]
pub fn blocking(market: &Market, seats: &[Outcome]) -> Vec<Blocking> {
    let sitting: Vec<Vec<usize>> = (0..market.groups.len())
        .map(|g| (0..seats.len()).filter(|c| seats[*c] == Some(g)).collect())
        .collect();
    let one = |family| first_better(market, seats, &sitting, family).map(|tuple| Blocking { family, tuple });
    (0..market.families.len()).filter_map(one).collect()
}

fn first_better(market: &Market, seats: &[Outcome], sitting: &[Vec<usize>], family: usize) -> Option<usize> {
    let whole = &market.families[family];
    let now: Vec<_> = whole.children.iter().map(|c| seats[*c]).collect();
    let rank = whole.tuples.iter().position(|t| *t == now).unwrap_or(whole.tuples.len());
    whole.tuples[..rank].iter().position(|wanted| {
        let mut groups: Vec<_> = wanted.iter().flatten().copied().collect();
        groups.sort_unstable();
        groups.dedup();
        groups.iter().all(|group| has_room(market, &whole.children, wanted, *group, &sitting[*group]))
    })
}

/// Whether the family's children who want to go to a group fit beside those of others who have a better claim than the last of them.
fn has_room(
    market: &Market,
    children: &[usize],
    wanted: &[Outcome],
    group: usize,
    sitting: &[usize],
) -> bool {
    let own: Vec<_> =
        children.iter().zip(wanted).filter(|(_, w)| **w == Some(group)).map(|(c, _)| *c).collect();
    let Some(weakest) = own.iter().filter_map(|c| market.standing(*c, group)).max() else { return false };
    let others = sitting.iter().filter(|c| !children.contains(c));
    let stronger = others.filter(|c| market.standing(**c, group).is_some_and(|s| s < weakest)).count();
    stronger + own.len() <= market.groups[group].capacity
}
