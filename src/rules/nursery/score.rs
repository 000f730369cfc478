//! Applying a table of points to an application.

use super::{
    Adjustment, Combine, Condition, Facts, Table,
    condition::{self, Found},
    table::{Criterion, Group, Sum, TieBreak},
};
use crate::rules::Ratio;
use serde::Serialize;

/// One line of the explanation: each point is in exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Whose: 父, 母, 世帯, or the name of a group.
    #[serde(rename = "対象")]
    pub whom: String,
    /// The line of the table.
    #[serde(rename = "項目")]
    pub item: String,
    /// The facts by which it holds.
    #[serde(rename = "根拠")]
    pub because: String,
    /// What it adds.
    #[serde(rename = "点")]
    pub points: Ratio,
}

/// What an application has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Points {
    /// Points.
    pub total: Ratio,
    /// The rank, in tables of ranks; the smaller number is the better rank.
    pub rank: Option<usize>,
}

/// A scored application.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scored {
    /// Points and rank.
    pub points: Points,
    /// The rank's letter.
    pub rank: Option<String>,
    /// The keys that tell equal points apart, smaller first, in the order of the table.
    pub keys: Vec<Ratio>,
    /// Every point, explained. The sum of the points is the total.
    pub explanation: Vec<Step>,
    /// What a person must look at.
    pub doubts: Vec<String>,
}

/// The key for equal points that sorts after every number that is known; twelve digits, as many as are read back.
#[must_use]
pub fn last_key() -> Ratio {
    Ratio::whole(999_999_999_999)
}

/// Scores an application: the facts of the household and child, and those of each parent with their word (父, 母).
#[must_use]
pub fn score(table: &Table, household: &Facts, parents: &[(String, Facts)]) -> Scored {
    let mut scorer = Scorer { table, scored: Scored::default(), chosen: Vec::new() };
    scorer.parents(parents);
    for group in &table.adjustments {
        scorer.group(group, household);
    }
    scorer.scored.keys = table.ties.iter().map(|tie| scorer.key(tie, household)).collect();
    scorer.scored.points.total = scorer.scored.explanation.iter().map(|s| s.points).sum();
    scorer.scored.rank = scorer.scored.points.rank.map(|n| table.parents.ranks[n].clone());
    scorer.scored
}

struct Scorer<'a> {
    table: &'a Table,
    scored: Scored,
    /// The criterion of each parent.
    chosen: Vec<Option<&'a Criterion>>,
}

impl<'a> Scorer<'a> {
    fn holds(&mut self, condition: &Condition, facts: &Facts, item: &str) -> Option<String> {
        match condition.check(facts) {
            Found::Holds(because) => Some(because),
            Found::Fails => None,
            Found::Unreadable(name) => {
                self.doubt(format!("「{item}」の「{name}」を数として読めません"));
                None
            }
            Found::Unclear(name) => {
                self.doubt(format!(
                    "「{item}」の「{name}」が「はい」とも「いいえ」とも読めません（○・×・有・無で書きます）"
                ));
                None
            }
        }
    }

    fn doubt(&mut self, doubt: String) {
        if !self.scored.doubts.contains(&doubt) {
            self.scored.doubts.push(doubt);
        }
    }

    fn step(&mut self, whom: &str, item: impl Into<String>, because: impl Into<String>, points: Ratio) {
        let (whom, item, because) = (whom.to_owned(), item.into(), because.into());
        self.scored.explanation.push(Step { whom, item, because, points });
    }

    /// The place of a rank in the table's order.
    fn rank_of(&mut self, letter: Option<&String>) -> Option<usize> {
        let letter = letter?;
        let found = self.table.parents.ranks.iter().position(|r| r == letter);
        if found.is_none() {
            self.doubt(format!("階級「{letter}」が ranks にありません"));
        }
        found
    }

    /// Both parents: the best criterion of each, their own adjustments, then combined.
    fn parents(&mut self, parents: &[(String, Facts)]) {
        let mut each = Vec::new();
        for (whom, facts) in parents {
            each.push(self.parent(whom, facts));
        }
        if let (1, Some(absent)) = (parents.len(), self.table.parents.absent) {
            self.step("世帯", "保護者が一人の世帯", "もう一人の保護者の分", absent);
            each.push((absent, None));
        }
        match self.table.parents.combine {
            Combine::Sum => {}
            Combine::Mean => self.combined(&each, "保護者の平均", |all| {
                all.iter().copied().sum::<Ratio>()
                    / Ratio::new(i128::try_from(all.len().max(1)).unwrap_or(1), 1)
            }),
            Combine::Min => self.combined(&each, "保護者の低い方", |all| {
                all.iter().copied().min().unwrap_or_default()
            }),
            Combine::WorstRank => self.scored.points.rank = each.iter().filter_map(|(_, rank)| *rank).max(),
        }
    }

    /// Replaces the sum of the parents' points by another number: the difference becomes a line of its own.
    fn combined(&mut self, each: &[(Ratio, Option<usize>)], name: &str, by: impl Fn(&[Ratio]) -> Ratio) {
        let all: Vec<_> = each.iter().map(|(points, _)| *points).collect();
        let shown = all.iter().map(Ratio::to_string).collect::<Vec<_>>().join("、");
        let (sum, own) = (all.iter().copied().sum::<Ratio>(), by(&all));
        self.step("世帯", name, format!("{shown} → {own}"), own - sum);
    }

    fn parent(&mut self, whom: &str, facts: &Facts) -> (Ratio, Option<usize>) {
        let mut best: Option<(&'a Criterion, String, Option<usize>)> = None;
        for criterion in &self.table.parents.criteria {
            let Some(because) = self.holds(&criterion.when, facts, &criterion.name) else { continue };
            let rank = self.rank_of(criterion.rank.as_ref());
            if best.as_ref().is_none_or(|(b, _, r)| better((criterion, rank), (b, *r))) {
                best = Some((criterion, because, rank));
            }
        }
        self.chosen.push(best.as_ref().map(|b| b.0));
        let Some((criterion, because, rank)) = best else {
            self.doubt(format!("{whom}に当てはまる事由がありません"));
            let worst = self.table.parents.ranks.len().checked_sub(1);
            return (Ratio::ZERO, worst);
        };
        self.step(whom, &criterion.name, because, criterion.points);
        let mut points = criterion.points;
        for item in &self.table.parents.adjustments {
            let Some(because) = self.holds(&item.when, facts, &item.name) else { continue };
            self.step(whom, &item.name, because, item.points);
            points = points + item.points;
        }
        (points, rank)
    }

    fn group(&mut self, group: &'a Group, household: &Facts) {
        let mut held = Vec::new();
        for item in &group.items {
            if let Some(because) = self.holds(&item.when, household, &item.name) {
                held.push((item, because));
            }
        }
        for (item, _) in &held {
            if let Some(rank) = self.rank_of(item.rank.as_ref()) {
                self.scored.points.rank = Some(rank);
            }
        }
        let counted = counted(group, &held);
        for (n, (item, because)) in held.iter().enumerate() {
            let points = counted[n];
            let because = if points == item.points {
                because.clone()
            } else {
                format!("{because}（{}により {} 点を {points} 点として数える）", rule(group), item.points)
            };
            self.step(&group.name, &item.name, because, points);
        }
    }

    fn key(&mut self, tie: &TieBreak, household: &Facts) -> Ratio {
        if let Some(condition) = &tie.when {
            let holds = self.holds(condition, household, &tie.name).is_some();
            return Ratio::whole(i64::from(!holds));
        }
        if !tie.criteria.is_empty() {
            let place =
                |c: Option<&Criterion>| c.and_then(|c| tie.criteria.iter().position(|n| *n == c.name));
            let places = self.chosen.iter().map(|c| place(*c).unwrap_or(tie.criteria.len()));
            return Ratio::new(places.max().and_then(|n| i128::try_from(n).ok()).unwrap_or(0), 1);
        }
        let Some(name) = &tie.by else { return Ratio::ZERO };
        match condition::number(household, name) {
            Ok(Some(number)) if tie.largest_first => -number,
            Ok(Some(number)) => number,
            Ok(None) => last_key(),
            Err(()) => {
                self.doubt(format!("同点の順位「{}」の「{name}」を数として読めません", tie.name));
                last_key()
            }
        }
    }
}

/// Whether the first criterion is the better one: by rank where there are ranks, else by points.
fn better(first: (&Criterion, Option<usize>), second: (&Criterion, Option<usize>)) -> bool {
    match (first.1, second.1) {
        (Some(a), Some(b)) if a != b => a < b,
        _ => first.0.points > second.0.points,
    }
}

/// What each held item of a group counts.
fn counted(group: &Group, held: &[(&Adjustment, String)]) -> Vec<Ratio> {
    let points: Vec<_> = held.iter().map(|(item, _)| item.points).collect();
    let chosen = match group.how {
        Sum::All => return points,
        Sum::First => 0,
        Sum::Lowest => (0..points.len()).rev().min_by_key(|n| points[*n]).unwrap_or(0),
        Sum::Highest | Sum::MaxPlus => (0..points.len()).rev().max_by_key(|n| points[*n]).unwrap_or(0),
    };
    let more = if group.how == Sum::MaxPlus { group.each_more } else { Ratio::ZERO };
    points.iter().enumerate().map(|(n, points)| if n == chosen { *points } else { more }).collect()
}

/// The rule of a group in words.
fn rule(group: &Group) -> String {
    match group.how {
        Sum::All => "合計".to_owned(),
        Sum::Highest => "いちばん高いものだけを数える決まり".to_owned(),
        Sum::Lowest => "いちばん低いものだけを数える決まり".to_owned(),
        Sum::First => "先に当てはまるものだけを数える決まり".to_owned(),
        Sum::MaxPlus => format!("いちばん高いものに一つごとに {} 点を足す決まり", group.each_more),
    }
}
