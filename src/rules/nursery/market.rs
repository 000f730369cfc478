//! Places, children and families, ready to be matched.

use super::{Wishes, wishes};
use crate::rules::Ratio;
use std::collections::BTreeMap;

/// The places of one nursery for some ages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seats {
    /// The nursery.
    pub facility: String,
    /// The youngest and oldest class, by age on 1 April.
    pub ages: (u8, u8),
    /// Open seats, without those of children who ask to move away.
    pub open: u32,
}

/// A child who asks for a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applicant {
    /// The application's number, unique; decides last of all, the lower first.
    pub number: String,
    /// The family's number.
    pub family: String,
    /// The class by age on 1 April.
    pub age: u8,
    /// The nurseries wished for, best first.
    pub wishes: Vec<String>,
    /// The rank in tables of ranks, smaller is better.
    pub rank: usize,
    /// Points.
    pub points: Ratio,
    /// More points at single nurseries (a sibling is there).
    pub bonus: BTreeMap<String, Ratio>,
    /// The keys that tell equal points apart, smaller first.
    pub ties: Vec<Ratio>,
    /// The nursery where the child is now and may stay.
    pub current: Option<String>,
}

/// How good a child's claim to a place is. The smaller is the better; no two are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// False for the seat the child has now: nobody can take it away.
    pub other_seat: bool,
    /// The rank.
    pub rank: usize,
    /// The points, negative so that more sorts first.
    pub minus_points: Ratio,
    /// The keys for equal points.
    pub ties: Vec<Ratio>,
    /// The lot, where lots are drawn.
    pub lot: u64,
    /// The place of its number among all applications: 2 is before 10.
    pub turn: usize,
}

/// One group of places: a nursery and its ages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What was given.
    pub seats: Seats,
    /// Seats in all: the open ones and those of children who ask to move.
    pub capacity: usize,
}

/// A child in the market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// What was given.
    pub applicant: Applicant,
    /// Its family's place in the list of families.
    pub family: usize,
    /// The group where it is now.
    pub current: Option<usize>,
    /// The groups it wishes for, best first, the present one last, and its claim to each.
    pub wishes: Vec<(usize, Standing)>,
}

/// The children who are placed together, the elder first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Its number.
    pub number: String,
    /// Its children, the elder first.
    pub children: Vec<usize>,
    /// What it wishes, best first: a group for each child, or none.
    pub tuples: Vec<Vec<Option<usize>>>,
    /// Whether wishes were left out because there are too many.
    pub cut: bool,
}

/// Where a child ends.
pub type Outcome = Option<usize>;

/// Everything that is needed to place children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Market {
    /// The groups of places.
    pub groups: Vec<Group>,
    /// The children, by application number.
    pub children: Vec<Child>,
    /// The families.
    pub families: Vec<Family>,
    /// What a person should see: wishes for places that do not exist and the like.
    pub notes: Vec<String>,
}

/// Why a market cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarketFault {
    /// Two applications have one number.
    #[error("受付番号「{0}」が二度あります")]
    TwiceChild(String),
    /// Two groups of one nursery have one age.
    #[error("施設「{0}」の同じ年齢の空きが二度あります")]
    TwiceSeats(String),
}

impl Market {
    /// Makes a market. `together` says what families with several children want; a family without an entry waits for
    /// places at one nursery. With a seed, lots are drawn before the application numbers decide.
    ///
    /// # Errors
    /// When a number or a group of places is there twice.
    pub fn new(
        seats: Vec<Seats>,
        mut applicants: Vec<Applicant>,
        together: &BTreeMap<String, Wishes>,
        seed: Option<u64>,
    ) -> Result<Self, MarketFault> {
        applicants.sort_by_cached_key(|a| (natural(&a.number), a.number.clone()));
        let mut market = Self::default();
        let mut places = BTreeMap::new();
        for seats in seats {
            for age in seats.ages.0..=seats.ages.1 {
                if places.insert((seats.facility.clone(), age), market.groups.len()).is_some() {
                    return Err(MarketFault::TwiceSeats(seats.facility));
                }
            }
            market.groups.push(Group { capacity: seats.open as usize, seats });
        }
        let mut families: BTreeMap<String, usize> = BTreeMap::new();
        for applicant in applicants {
            market.add(applicant, &places, &mut families, seed)?;
        }
        for family in 0..market.families.len() {
            market.write_out(family, together);
        }
        Ok(market)
    }

    fn add(
        &mut self,
        applicant: Applicant,
        places: &BTreeMap<(String, u8), usize>,
        families: &mut BTreeMap<String, usize>,
        seed: Option<u64>,
    ) -> Result<(), MarketFault> {
        if self.children.last().is_some_and(|c| c.applicant.number == applicant.number) {
            return Err(MarketFault::TwiceChild(applicant.number));
        }
        let group = |facility: &String| places.get(&(facility.clone(), applicant.age)).copied();
        let current = applicant.current.as_ref().and_then(group);
        let turn = self.children.len();
        if let Some(group) = current {
            self.groups[group].capacity += 1;
        }
        let mut wished = Vec::new();
        for facility in applicant.wishes.iter().chain(&applicant.current) {
            match group(facility) {
                Some(group) if wished.iter().all(|(g, _)| *g != group) => {
                    wished.push((group, standing(&applicant, facility, current == Some(group), turn, seed)));
                }
                Some(_) => {}
                None => self.notes.push(format!(
                    "受付番号 {}: 施設「{facility}」に{}歳児の枠がありません",
                    applicant.number, applicant.age
                )),
            }
            if current.is_some() && group(facility) == current {
                break;
            }
        }
        let next = self.families.len();
        let family = *families.entry(applicant.family.clone()).or_insert(next);
        if family == next {
            let number = applicant.family.clone();
            self.families.push(Family { number, children: Vec::new(), tuples: Vec::new(), cut: false });
        }
        self.families[family].children.push(self.children.len());
        self.children.push(Child { applicant, family, current, wishes: wished });
        Ok(())
    }

    /// Writes a family's wishes out.
    fn write_out(&mut self, family: usize, together: &BTreeMap<String, Wishes>) {
        let family = &mut self.families[family];
        family.children.sort_by_key(|c| std::cmp::Reverse(self.children[*c].applicant.age));
        let wish = together.get(&family.number).copied().unwrap_or_default();
        let written =
            wishes::tuples(&wishes::Brood::of(&family.children, &self.children, &self.groups), wish);
        if written.cut {
            self.notes.push(format!(
                "世帯 {}: きょうだいの希望の組み合わせが多すぎるため、上位 {} 通りだけを使いました",
                family.number,
                written.all.len()
            ));
        }
        (family.tuples, family.cut) = (written.all, written.cut);
    }

    /// A child's claim to a group that it wishes for.
    #[must_use]
    pub fn standing(&self, child: usize, group: usize) -> Option<&Standing> {
        self.children[child].wishes.iter().find(|(g, _)| *g == group).map(|(_, s)| s)
    }

    /// Applications whose claims were equal up to the lot or the number, by their numbers.
    #[must_use]
    pub fn equal_claims(&self) -> Vec<Vec<String>> {
        let mut alike: BTreeMap<(u8, usize, Ratio, Vec<Ratio>), Vec<String>> = BTreeMap::new();
        for child in &self.children {
            let a = &child.applicant;
            alike.entry((a.age, a.rank, -a.points, a.ties.clone())).or_default().push(a.number.clone());
        }
        alike.into_values().filter(|all| all.len() > 1).collect()
    }
}

fn standing(
    applicant: &Applicant,
    facility: &str,
    own_seat: bool,
    turn: usize,
    seed: Option<u64>,
) -> Standing {
    let bonus = applicant.bonus.get(facility).copied().unwrap_or_default();
    Standing {
        other_seat: !own_seat,
        rank: applicant.rank,
        minus_points: -(applicant.points + bonus),
        ties: applicant.ties.clone(),
        lot: seed.map_or(0, |seed| lot(seed, &applicant.number)),
        turn,
    }
}

/// A number so that texts sort as people count: runs of digits are filled up with zeros, `R8-2` comes before `R8-10`.
fn natural(number: &str) -> String {
    let (mut out, mut digits) = (String::new(), String::new());
    for c in crate::text::width::fold_width(number).chars() {
        if c.is_ascii_digit() {
            digits.push(c);
        } else {
            out += &filled(&mut digits);
            out.push(c);
        }
    }
    out + filled(&mut digits).as_str()
}

/// The run of digits in twenty places; nothing stays nothing.
fn filled(digits: &mut String) -> String {
    let run = std::mem::take(digits);
    if run.is_empty() { run } else { format!("{run:0>20}") }
}

/// The lot of an application: the same number and seed give the same lot everywhere.
#[must_use]
pub fn lot(seed: u64, number: &str) -> u64 {
    let hash = number
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
    mixed(seed ^ hash)
}

/// The finish of `SplitMix64`: every bit of the input moves every bit of the output.
pub(super) const fn mixed(seed: u64) -> u64 {
    let a = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let b = (a ^ (a >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let c = (b ^ (b >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    c ^ (c >> 31)
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_sort_as_people_count() {
        let mut all = ["R8-10", "10", "R8-2", "２", "R8-00003", "1", "A", ""];
        all.sort_by_key(|n| natural(n));
        assert_eq!(all, ["", "1", "２", "10", "A", "R8-2", "R8-00003", "R8-10"]);
    }
}
