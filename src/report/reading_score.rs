//! How good readings are: exact rates, character errors, and the share that passes without a person at a proven error rate.
//! Pure: readings beside their truth in, numbers out. Nothing here holds a text.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One reading beside its truth. No text: only whether it was right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact about one reading; none excludes another")]
pub struct Judged {
    /// The page, for finding it again.
    pub page: String,
    /// The field.
    pub field: String,
    /// How it was written: `printed`, `handwriting`, `kanjivg 1.0`.
    pub style: String,
    /// What happened to the page: `fax`, `skewed`.
    pub look: String,
    /// The field's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The value is the truth.
    pub right: bool,
    /// Something is written there, or a mark is meant to be judged there.
    pub filled: bool,
    /// It was used without a person.
    pub pass: bool,
    /// A person looks whatever the probability.
    pub ask: bool,
    /// The truth itself can only be known by a person: passing is a fault even if the value is right.
    pub person: bool,
    /// 0 to 1.
    pub probability: f64,
    /// Characters to change, add or take away to get the truth.
    pub distance: usize,
    /// Characters of the truth.
    pub letters: usize,
    /// What the probability was computed from, for calibration: the group and its numbers.
    #[serde(default)]
    pub observed: Option<(String, Vec<f64>)>,
    /// For marks: which of the places are truly marked, in the order of the numbers.
    #[serde(default)]
    pub marked: Vec<bool>,
}

/// The error rates at which coverage is reported.
pub const AT_ERROR: [f64; 3] = [0.001, 0.005, 0.01];

/// The numbers of one group of readings.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Score {
    /// Readings that count: filled fields and marks.
    pub fields: usize,
    /// Of those, right.
    pub right: usize,
    /// Of those, passed without a person.
    pub passed: usize,
    /// Passed and wrong, empty fields included.
    pub wrong_passed: usize,
    /// Passed in all, empty fields included.
    pub all_passed: usize,
    /// Character errors over characters.
    pub cer: f64,
    /// The share that could pass at 0.1, 0.5 and 1 % error, had the threshold been set knowing the truth.
    pub coverage: [f64; 3],
}

impl Score {
    /// The numbers of these readings.
    pub fn of<'a>(readings: impl IntoIterator<Item = &'a Judged>) -> Self {
        let all: Vec<&Judged> = readings.into_iter().collect();
        let filled: Vec<&Judged> = all.iter().copied().filter(|j| j.filled).collect();
        let count = |list: &[&Judged], is: fn(&Judged) -> bool| list.iter().filter(|j| is(j)).count();
        let letters: usize = filled.iter().map(|j| j.letters).sum();
        let distance: usize = filled.iter().map(|j| j.distance).sum();
        Self {
            fields: filled.len(),
            right: count(&filled, |j| j.right),
            passed: count(&filled, |j| j.pass),
            wrong_passed: count(&all, Judged::wrongly_passed),
            all_passed: count(&all, |j| j.pass),
            cer: share(distance, letters),
            coverage: coverage(&filled),
        }
    }

    /// The share that is right.
    #[must_use]
    pub fn exact(&self) -> f64 {
        share(self.right, self.fields)
    }

    /// The share that passes without a person.
    #[must_use]
    pub fn pass_rate(&self) -> f64 {
        share(self.passed, self.fields)
    }

    /// The share of wrong ones among all that passed.
    #[must_use]
    pub fn error_rate(&self) -> f64 {
        share(self.wrong_passed, self.all_passed)
    }
}

impl Judged {
    /// A person was not asked and should have been.
    #[must_use]
    pub fn wrongly_passed(&self) -> bool {
        self.pass && (self.person || !self.right)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of fields are far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// For each of [`AT_ERROR`] the largest share of readings, most probable first, of which no more are wrong. Readings of the
/// same probability are taken together; those a person sees anyway never count as covered.
fn coverage(filled: &[&Judged]) -> [f64; 3] {
    let mut sorted: Vec<&Judged> = filled.iter().copied().filter(|j| !j.ask).collect();
    sorted.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let mut best = [0.0; 3];
    let (mut n, mut wrong) = (0, 0);
    for group in sorted.chunk_by(|a, b| (a.probability - b.probability).abs() < 1e-12) {
        n += group.len();
        wrong += group.iter().filter(|j| !j.right || j.person).count();
        for (slot, limit) in best.iter_mut().zip(AT_ERROR) {
            if share(wrong, n) <= limit {
                *slot = share(n, filled.len());
            }
        }
    }
    best
}

/// The word for all styles or all types.
pub const ALL: &str = "すべて";

/// Scores by style and type, with the sums under [`ALL`].
#[must_use]
pub fn by_style_and_type(readings: &[Judged]) -> BTreeMap<(String, String), Score> {
    let mut groups: BTreeMap<(String, String), Vec<&Judged>> = BTreeMap::new();
    for j in readings {
        for style in [j.style.as_str(), ALL] {
            for kind in [j.kind.as_str(), ALL] {
                groups.entry((style.to_owned(), kind.to_owned())).or_default().push(j);
            }
        }
    }
    groups.into_iter().map(|(key, list)| (key, Score::of(list))).collect()
}

/// How many characters must be changed, added or taken away.
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut line: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            next.push((line[j] + usize::from(x != *y)).min(line[j + 1] + 1).min(next[j] + 1));
        }
        line = next;
    }
    line[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{Judged, Score, distance};

    fn judged(right: bool, pass: bool, probability: f64) -> Judged {
        Judged {
            page: "p".into(),
            field: "f".into(),
            style: "printed".into(),
            look: "office".into(),
            kind: "text".into(),
            right,
            filled: true,
            pass,
            ask: false,
            person: false,
            probability,
            distance: usize::from(!right),
            letters: 4,
            observed: None,
            marked: Vec::new(),
        }
    }

    #[test]
    fn coverage_ends_before_the_first_error_that_is_too_many() {
        let list = [
            judged(true, true, 0.99),
            judged(true, true, 0.98),
            judged(false, false, 0.6),
            judged(true, false, 0.5),
        ];
        let score = Score::of(&list);
        assert_eq!((score.fields, score.right, score.passed, score.wrong_passed), (4, 3, 2, 0));
        assert!((score.coverage[0] - 0.5).abs() < 1e-9 && (score.cer - 1.0 / 16.0).abs() < 1e-9);
    }

    #[test]
    fn ties_are_not_broken_in_our_favour() {
        let list = [judged(true, true, 0.9), judged(false, true, 0.9)];
        assert!(Score::of(&list).coverage[2].abs() < 1e-9);
    }

    #[test]
    fn a_value_only_a_person_can_know_must_not_pass() {
        let struck = Judged { person: true, ..judged(true, true, 0.99) };
        assert_eq!(Score::of(&[struck]).wrong_passed, 1);
    }

    #[test]
    fn distances() {
        assert_eq!(
            (distance("天久保", "天久保"), distance("", "ab"), distance("三丁日", "三丁目")),
            (0, 2, 1)
        );
    }
}
