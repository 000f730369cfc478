//! Why a child did not get a place it wished for more: what a notice of refusal must say.

use super::{Market, Outcome};

/// One wish that was not fulfilled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The child's place in the market.
    pub child: usize,
    /// Which wish, from 1.
    pub wish: usize,
    /// The nursery.
    pub facility: String,
    /// Why, in Japanese.
    pub why: String,
}

/// The wishes of a child above what it got, with the reason for each. Children of other families are not named, only the
/// claim of the last one who got in.
#[must_use]
pub fn refusals(market: &Market, seats: &[Outcome], child: usize) -> Vec<Refusal> {
    let own = &market.children[child];
    let got = own.wishes.iter().position(|(g, _)| seats[child] == Some(*g)).unwrap_or(own.wishes.len());
    let one = |(n, (group, _)): (usize, &(usize, super::market::Standing))| Refusal {
        child,
        wish: n + 1,
        facility: market.groups[*group].seats.facility.clone(),
        why: why(market, seats, child, *group),
    };
    let moved = own.wishes.iter().enumerate().take(got).filter(|(_, (g, _))| own.current != Some(*g));
    moved.map(one).collect()
}

fn why(market: &Market, seats: &[Outcome], child: usize, group: usize) -> String {
    let age = market.children[child].applicant.age;
    let capacity = market.groups[group].capacity;
    if capacity == 0 {
        return format!("{age}歳児の募集がありませんでした");
    }
    let sitting = (0..seats.len()).filter(|c| seats[*c] == Some(group));
    let last = sitting.filter_map(|c| market.standing(c, group)).max();
    let full = seats.iter().filter(|s| **s == Some(group)).count() >= capacity;
    let (Some(last), Some(own)) = (last.filter(|_| full), market.standing(child, group)) else {
        return "きょうだいが希望の条件でそろって入れる空きがありませんでした".to_owned();
    };
    if own < last {
        return "きょうだいが希望の条件でそろって入れる空きがありませんでした".to_owned();
    }
    if !last.other_seat {
        let open = market.groups[group].seats.open;
        return format!("空き{open}人。在園中の児童が引き続き利用するため、入れる席がありませんでした");
    }
    let (own_points, last_points) = (-own.minus_points, -last.minus_points);
    if (own.rank, own_points) == (last.rank, last_points) {
        return format!(
            "定員{capacity}人。指数 {own_points} は最後に内定した児童と同じですが、同点のときの順位が後でした"
        );
    }
    format!("定員{capacity}人。指数 {own_points} が最後に内定した児童の指数 {last_points} に届きませんでした")
}
