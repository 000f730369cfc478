//! Logistic models as a file: which group of readings or marks has which weights, and from what they were learned.

use super::homography::solve;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Weights by group, and where they come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// In words: which pages, which seeds.
    pub source: String,
    /// How many readings.
    pub readings: usize,
    /// How many of them, marks apart, were wrong.
    pub wrong: usize,
    /// Group → weights, in the order of the group's numbers.
    pub groups: BTreeMap<String, Vec<f64>>,
    /// Slope and shift applied to the log-odds of texts at last: what an office's own confirmed readings changed.
    #[serde(default = "unchanged")]
    pub platt: (f64, f64),
    /// From when on (RFC 3339) an office's readings have their probability from this file; none: they always had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

const fn unchanged() -> (f64, f64) {
    (1.0, 0.0)
}

/// One example: what was seen, and whether it was so.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Numbers; the first is 1.
    pub features: Vec<f64>,
    /// Right, marked.
    pub yes: bool,
}

/// Groups of marks; they are learned each for themselves, texts with common weights and an offset per group.
const MARKS: [&str; 3] = ["circle", "box", "seal"];
/// So many marked and so many unmarked places are needed to learn a group of marks: a few clean ones are told apart by anything.
const ENOUGH_MARKS: usize = 50;
/// How strongly weights of marks are held near 0: hardly, because marks are nearly always told apart.
const HOLD: f64 = 0.01;
/// How strongly weights of texts are held near what they were: errors are few.
const HOLD_TEXTS: f64 = 2.0;

impl Learned {
    /// From the file's text.
    ///
    /// # Errors
    /// When it is no such file.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text.trim_start_matches('\u{feff}'))
    }

    /// The probability that `features` of this group are right or marked. A group that was not learned is never sure.
    #[must_use]
    pub fn probability(&self, group: &str, features: &[f64]) -> f64 {
        let Some(weights) = self.groups.get(group).filter(|w| w.len() == features.len()) else { return 0.5 };
        let z: f64 = weights.iter().zip(features).map(|(w, f)| w * f).sum();
        let (slope, shift) = if MARKS.contains(&group) { unchanged() } else { self.platt };
        sigmoid(slope * z + shift)
    }

    /// Learns from examples by group. Groups of marks with too few examples of a kind, and groups of texts with none, keep what
    /// `before` has.
    #[must_use]
    pub fn learn(examples: &BTreeMap<String, Vec<Example>>, before: &Self, source: String) -> Self {
        let mut groups = before.groups.clone();
        let is_mark = |group: &str| MARKS.contains(&group);
        for (group, list) in examples.iter().filter(|(g, _)| is_mark(g)) {
            let marked = list.iter().filter(|e| e.yes).count();
            if marked.min(list.len() - marked) >= ENOUGH_MARKS {
                groups.insert(group.clone(), fit(list));
            }
        }
        let texts: Vec<_> = examples.iter().filter(|(g, list)| !is_mark(g) && !list.is_empty()).collect();
        groups.extend(learn_texts(&texts, before));
        let readings: usize = examples.values().map(Vec::len).sum();
        let wrong = texts.iter().flat_map(|(_, list)| list.iter()).filter(|e| !e.yes).count();
        Self { source, readings, wrong, groups, platt: unchanged(), since: None }
    }

    /// The same with slope and shift learned from what it said and whether that was right, held near no change. What it was
    /// adjusted by before stays in.
    #[must_use]
    pub fn adjusted(&self, said: &[(f64, bool)], source: String) -> Self {
        let example = |(p, yes): &(f64, bool)| {
            let p = p.clamp(1e-6, 1.0 - 1e-6);
            Example { features: vec![1.0, (p / (1.0 - p)).ln()], yes: *yes }
        };
        let list: Vec<Example> = said.iter().map(example).collect();
        let weights = fit_from(&list, &[0.0, 1.0], 10.0);
        let wrong = said.iter().filter(|s| !s.1).count();
        let (slope, shift) = (weights[1].max(0.05), weights[0]);
        let platt = (slope * self.platt.0, slope * self.platt.1 + shift);
        Self { source, readings: said.len(), wrong, platt, ..self.clone() }
    }
}

/// Texts of all groups together: errors are too few to learn each group alone.
fn learn_texts(texts: &[(&String, &Vec<Example>)], before: &Learned) -> Vec<(String, Vec<f64>)> {
    let with_group = |at: usize, e: &Example| {
        let mut features = e.features.clone();
        features.extend((0..texts.len()).map(|i| f64::from(u8::from(i == at))));
        Example { features, yes: e.yes }
    };
    let groups = texts.iter().enumerate();
    let common: Vec<Example> =
        groups.flat_map(|(at, (_, list))| list.iter().map(move |e| with_group(at, e))).collect();
    if !common.iter().any(|e| e.yes) || common.iter().all(|e| e.yes) {
        return Vec::new();
    }
    let n = texts[0].1.first().map_or(0, |e| e.features.len());
    let known = texts.iter().find_map(|(group, _)| before.groups.get(*group).filter(|w| w.len() == n));
    let mut start = known.cloned().unwrap_or_else(|| vec![0.0; n]);
    start.extend(texts.iter().map(|_| 0.0));
    let weights = fit_from(&common, &start, HOLD_TEXTS);
    let of = |(i, (group, _)): (usize, &(&String, &Vec<Example>))| {
        let mut own = weights[..n].to_vec();
        own[0] += weights[n + i];
        ((*group).clone(), own)
    };
    texts.iter().enumerate().map(of).collect()
}

fn fit(examples: &[Example]) -> Vec<f64> {
    let n = examples.first().map_or(0, |e| e.features.len());
    fit_from(examples, &vec![0.0; n], HOLD)
}

/// Logistic regression by Newton's method; weights are held near `start`.
fn fit_from(examples: &[Example], start: &[f64], hold: f64) -> Vec<f64> {
    let n = start.len();
    let mut weights = start.to_vec();
    for _ in 0..60 {
        let mut system = vec![vec![0.0; n + 1]; n];
        for example in examples.iter().filter(|e| e.features.len() == n) {
            add(&mut system, example, &weights);
        }
        for i in 0..n {
            system[i][i] += hold;
            system[i][n] -= hold * (weights[i] - start[i]);
        }
        let Some(step) = solve(system) else { break };
        let (now, far) =
            (loss(examples, &weights, start, hold), step.iter().fold(0.0_f64, |m, s| m.max(s.abs())));
        // A whole step can jump over the valley and back for ever; half of it, and half of that, arrives.
        let nearer = (0..30).map(|n| 0.5_f64.powi(n)).map(|by| moved(&weights, &step, by));
        let Some(next) = nearer.into_iter().find(|w| loss(examples, w, start, hold) < now) else { break };
        weights = next;
        if far < 1e-6 {
            break;
        }
    }
    weights.iter().map(|w| (w * 10_000.0).round() / 10_000.0).collect()
}

/// The weights after a part of a step.
fn moved(weights: &[f64], step: &[f64], by: f64) -> Vec<f64> {
    weights.iter().zip(step).map(|(w, s)| w + by * s).collect()
}

/// What the fit makes small: the negative logarithm of the likelihood, and the distance from `start`.
fn loss(examples: &[Example], weights: &[f64], start: &[f64], hold: f64) -> f64 {
    let usable = examples.iter().filter(|e| e.features.len() == weights.len());
    let unlikely = usable.map(|e| {
        let z: f64 = weights.iter().zip(&e.features).map(|(w, f)| w * f).sum();
        let z = if e.yes { -z } else { z };
        if z > 30.0 { z } else { z.exp().ln_1p() }
    });
    let away: f64 = weights.iter().zip(start).map(|(w, s)| (w - s).powi(2)).sum();
    unlikely.sum::<f64>() + hold / 2.0 * away
}

/// Adds an example's part to Newton's system.
fn add(system: &mut [Vec<f64>], example: &Example, weights: &[f64]) {
    let n = weights.len();
    let z: f64 = weights.iter().zip(&example.features).map(|(w, f)| w * f).sum();
    let p = sigmoid(z);
    let curve = (p * (1.0 - p)).max(1e-6);
    let off = f64::from(u8::from(example.yes)) - p;
    for (line, a) in system.iter_mut().zip(&example.features) {
        for (slot, b) in line.iter_mut().zip(&example.features) {
            *slot += curve * a * b;
        }
        line[n] += off * a;
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

#[cfg(test)]
mod tests {
    use super::{Example, Learned};
    use std::collections::BTreeMap;

    fn example(x: f64, yes: bool) -> Example {
        Example { features: vec![1.0, x], yes }
    }

    #[test]
    fn what_separates_is_learned() {
        let list = (0..200).map(|i| f64::from(i) / 100.0 - 1.0).map(|x| example(x, x > 0.1)).collect();
        let all = BTreeMap::from([("box".to_owned(), list)]);
        let learned = Learned::learn(&all, &Learned::default(), "test".into());
        assert!(learned.probability("box", &[1.0, 0.9]) > 0.95);
        assert!(learned.probability("box", &[1.0, -0.5]) < 0.05);
        assert!((learned.probability("never seen", &[1.0]) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn an_office_with_more_errors_gets_lower_probabilities() {
        let said: Vec<(f64, bool)> = (0..400).map(|i| (0.98, i % 4 != 0)).collect();
        let groups = BTreeMap::from([("name".to_owned(), vec![0.0, 1.0])]);
        let base = Learned { groups, platt: (1.0, 0.0), ..Learned::default() };
        let adjusted = base.adjusted(&said, "checks".into());
        let (before, after) =
            (base.probability("name", &[1.0, 4.0]), adjusted.probability("name", &[1.0, 4.0]));
        assert!(after < before && after > 0.5, "{before} {after}");
    }

    #[test]
    fn the_file_comes_back_as_it_was() {
        let learned = Learned::learn(&BTreeMap::new(), &Learned::default(), "x".into());
        let text = serde_json::to_string(&learned).unwrap_or_default();
        assert_eq!(Learned::parse(&text).ok(), Some(learned));
    }

    #[test]
    fn who_calibrates_again_keeps_what_was_learned_before() {
        let groups = BTreeMap::from([("name".to_owned(), vec![0.0, 1.0])]);
        let shipped = Learned { groups, platt: (1.0, 0.0), ..Learned::default() };
        let said = |p: f64| (0..400).map(|i| (p, i % 4 != 0)).collect::<Vec<(f64, bool)>>();
        let once = shipped.adjusted(&said(0.98), "checks".into());
        // Since then three of four are right where it says 0.75.
        let twice = once.adjusted(&said(0.75), "checks".into());
        let name = |learned: &Learned| learned.probability("name", &[1.0, 4.0]);
        assert!((name(&once) - name(&twice)).abs() < 1e-3, "{} {}", name(&once), name(&twice));
        assert!(name(&twice) < name(&shipped) - 0.05);
        let thrice = twice.adjusted(&said(0.9), "checks".into());
        assert!(name(&thrice) < name(&twice), "it was too sure once more");
    }

    #[test]
    fn a_group_without_examples_keeps_what_it_had() {
        let kana = BTreeMap::from([("kana".to_owned(), vec![0.5, 2.0])]);
        let before = Learned { groups: kana, platt: (1.0, 0.0), ..Learned::default() };
        let names = (0..100).map(|i| example(f64::from(i % 2), i % 5 != 0)).collect();
        let all = BTreeMap::from([("kana".to_owned(), Vec::new()), ("name".to_owned(), names)]);
        let learned = Learned::learn(&all, &before, "test".into());
        assert_eq!(learned.groups.get("kana"), before.groups.get("kana"));
        assert_eq!(learned.groups.get("name").map(Vec::len), Some(2));
    }

    #[test]
    fn a_few_marks_teach_nothing() {
        let before = Learned {
            groups: BTreeMap::from([("circle".to_owned(), vec![-1.0, 3.0])]),
            platt: (1.0, 0.0),
            ..Learned::default()
        };
        let marks = |each: i32| {
            let list = (0..2 * each).map(|i| example(f64::from(i % 2), i % 2 == 1)).collect();
            Learned::learn(&BTreeMap::from([("circle".to_owned(), list)]), &before, "test".into())
        };
        assert_eq!(marks(1).groups, before.groups);
        let learned = marks(60);
        assert_ne!(learned.groups, before.groups);
        assert_eq!((learned.readings, learned.wrong), (120, 0), "a place without a mark is no wrong reading");
    }
}
