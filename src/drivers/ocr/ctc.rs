//! From a model's steps to text: greedily without any rule (`raw`), and by beam search under the field's characters.

use super::{
    alphabet::{Alphabet, View},
    lexicon::Lexicon,
    model::Output,
};
use std::collections::HashMap;

/// What a line was read as.
#[derive(Debug, Clone, Default)]
pub(super) struct Decoded {
    /// Before any rule.
    pub raw: String,
    /// The texts the field allows and their probabilities, best first; never empty.
    pub texts: Vec<(String, f64)>,
    /// The mean over the characters of the best text, 0 to 1.
    pub mean: f64,
    /// The weakest character of the best text, 0 to 1.
    pub weakest: f64,
    /// What was seen and none of the field's characters can stand for, each with the number of characters before it: the 万 of
    /// 3万円 in digits.
    pub lost: Vec<(char, usize)>,
    /// For each character of the best text its place on the line, 0 (left) to 1 (right).
    pub places: Vec<f64>,
    /// And its probability, 0 to 1.
    pub sure: Vec<f64>,
    /// And what it is, with the step that showed it best.
    peaks: Vec<(char, usize)>,
    /// What was seen from left to right, to ask how well another text fits; empty for readers that do not say.
    steps: Vec<Step>,
}

/// How many texts are followed at once.
const BEAM: usize = 10;
/// Characters below this probability in a step are not followed.
const LEAST: f32 = 2e-4;
/// From this probability of characters that the field does not have, one of them is there. In 2,086 lines of the bench, right
/// readings lost specks, brackets and yen signs at most; a 万 among digits, a 養 before 子, a 翌 before a time are lost with 0.85
/// to 1.
const LOST: f32 = 0.5;

/// One step: the blank (spaces are none of its business and count as blank) and the likely characters, most likely first.
#[derive(Debug, Clone)]
struct Step {
    blank: f32,
    chars: Vec<(char, f32)>,
    /// What is more probable than not, and no character of the field.
    lost: Option<char>,
}

/// Decodes a model's output (`[1, steps, classes]`, each step summing to 1).
pub(super) fn decode(output: &Output, alphabet: &Alphabet, view: &View) -> Decoded {
    let classes = output.shape.last().copied().unwrap_or(1);
    // Of the thousands of classes of a step only a handful are likely: everything after this looks at those.
    let likely: Vec<Likely> = output.values.chunks_exact(classes).map(likely).collect();
    let raw = greedy(&likely, alphabet);
    let steps: Vec<Step> = likely.iter().map(|l| step(l, view)).collect();
    let texts = beam(&steps);
    let mut decoded = Decoded { raw, texts, ..Decoded::default() };
    trace(&mut decoded, &steps);
    decoded.steps = steps;
    decoded
}

impl Decoded {
    /// The natural logarithm of the probability that the line says exactly `text`. None for readers that do not say.
    pub(super) fn log_probability(&self, text: &str) -> Option<f64> {
        (!self.steps.is_empty()).then(|| forward(&self.steps, text))
    }

    /// The words of the list that fit what was seen, best first; none for readers that do not say.
    pub(super) fn words_of(&self, lexicon: &Lexicon) -> Vec<String> {
        walk(&self.steps, lexicon)
    }

    /// The characters whose probabilities `sure` has; empty for readers that do not say.
    pub(super) fn seen(&self) -> Vec<char> {
        self.peaks.iter().map(|(c, _)| *c).collect()
    }

    /// How sure it is of the `i`th of them where everything that `same` holds for is as good: another character, or none.
    pub(super) fn sure_of(&self, i: usize, same: impl Fn(Option<char>) -> bool) -> f64 {
        let step = &self.steps[self.peaks[i].1];
        let others = step.chars.iter().filter(|(c, _)| same(Some(*c))).map(|(_, p)| f64::from(*p));
        others.sum::<f64>() + if same(None) { f64::from(step.blank) } else { 0.0 }
    }

    /// The best text, `""` when there is none.
    pub(super) fn best(&self) -> &str {
        self.texts.first().map_or("", |(text, _)| text)
    }

    /// What is read from steps: the blank's probability, and the characters with theirs, most likely first.
    #[cfg(test)]
    pub(super) fn of_steps(steps: &[(f32, &[(char, f32)])]) -> Self {
        let step = |(blank, chars): &(f32, &[(char, f32)])| Step {
            blank: *blank,
            chars: chars.to_vec(),
            lost: None,
        };
        let steps: Vec<Step> = steps.iter().map(step).collect();
        let mut decoded = Self { texts: beam(&steps), ..Self::default() };
        trace(&mut decoded, &steps);
        decoded.steps = steps;
        decoded
    }

    /// A reader's answer without steps: Tesseract's.
    pub(super) fn plain(raw: String, text: String, confidence: f64) -> Self {
        let texts = vec![(text, confidence)];
        Self { raw, texts, mean: confidence, weakest: confidence, ..Self::default() }
    }
}

/// A character that a step does not hold at all.
const UNSEEN: f64 = 1e-6;

/// The forward algorithm of CTC over the text with blanks between.
fn forward(steps: &[Step], text: &str) -> f64 {
    let letters: Vec<char> = text.chars().collect();
    let states = 2 * letters.len() + 1;
    let p = |step: &Step, s: usize| {
        if s.is_multiple_of(2) {
            return f64::from(step.blank).max(UNSEEN);
        }
        step.chars
            .iter()
            .find(|(c, _)| *c == letters[s / 2])
            .map_or(UNSEEN, |(_, p)| f64::from(*p).max(UNSEEN))
    };
    let mut at = vec![0.0; states];
    at[0] = 1.0;
    let mut log = 0.0;
    for (i, step) in steps.iter().enumerate() {
        let mut next = vec![0.0; states];
        for (s, slot) in next.iter_mut().enumerate() {
            let skip = s >= 2 && s % 2 == 1 && letters[s / 2] != letters[s / 2 - 1];
            let before = at[s] + if s >= 1 { at[s - 1] } else { 0.0 } + if skip { at[s - 2] } else { 0.0 };
            let before = if i == 0 { f64::from(u8::from(s < 2)) } else { before };
            *slot = before * p(step, s);
        }
        let total: f64 = next.iter().sum::<f64>().max(1e-300);
        log += total.ln();
        at = next.into_iter().map(|v| v / total).collect();
    }
    let end = at[states - 1] + if states > 1 { at[states - 2] } else { 0.0 };
    log + end.max(1e-300).ln()
}

/// The classes of one step that are at all likely, with their probabilities; class 0 is always the first.
type Likely = Vec<(usize, f32)>;

fn likely(row: &[f32]) -> Likely {
    let rest = row.iter().enumerate().skip(1).filter(|(_, p)| **p >= LEAST);
    std::iter::once((0, row[0])).chain(rest.map(|(class, p)| (class, *p))).collect()
}

/// The most likely class of each step, repeats and blanks dropped.
fn greedy(steps: &[Likely], alphabet: &Alphabet) -> String {
    let mut last = 0;
    let mut text = String::new();
    for step in steps {
        let best = step.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(class, _)| *class);
        if best != last {
            text.extend(alphabet.char(best));
        }
        last = best;
    }
    text.trim().to_owned()
}

fn step(likely: &Likely, view: &View) -> Step {
    let mut blank = 0.0_f32;
    let mut chars: Vec<(char, f32)> = Vec::new();
    let mut others: Vec<(char, f32)> = Vec::new();
    for (class, p) in likely {
        let (c, weight) = view.get(*class).copied().unwrap_or(('\0', 0.0));
        if *class == 0 || c == ' ' {
            blank += p;
        } else if weight > 0.0 {
            add(&mut chars, c, p * weight);
        } else {
            add(&mut others, c, *p);
        }
    }
    let total = (blank + chars.iter().map(|(_, p)| p).sum::<f32>()).max(1e-6);
    for (_, p) in &mut chars {
        *p /= total;
    }
    chars.sort_by(|a, b| b.1.total_cmp(&a.1));
    chars.truncate(8);
    Step { blank: blank / total, chars, lost: lost(&others) }
}

/// Adds to the probability of a character.
fn add(all: &mut Vec<(char, f32)>, c: char, p: f32) {
    match all.iter_mut().find(|(known, _)| *known == c) {
        Some((_, sum)) => *sum += p,
        None => all.push((c, p)),
    }
}

/// The likeliest of the characters that the field does not have, where together they are more probable than not.
fn lost(others: &[(char, f32)]) -> Option<char> {
    let there = others.iter().map(|(_, p)| p).sum::<f32>() > LOST;
    let likeliest = others.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(c, _)| *c);
    likeliest.filter(|c| there && *c != '\0')
}

/// Words followed at once in a list.
const WALK: usize = 32;

/// Beam search that never leaves the tree: each place in the tree is one text.
fn walk(steps: &[Step], lexicon: &Lexicon) -> Vec<String> {
    let mut beams: HashMap<(usize, Option<char>), Ends> = HashMap::from([((0, None), (1.0, 0.0))]);
    for s in steps.iter().filter(|_| !steps.is_empty()) {
        let mut next: HashMap<(usize, Option<char>), Ends> = HashMap::new();
        for ((at, last), (b, n)) in &beams {
            next.entry((*at, *last)).or_default().0 += (b + n) * f64::from(s.blank).max(UNSEEN);
            for (c, p) in &s.chars {
                let p = f64::from(*p);
                if *last == Some(*c) {
                    next.entry((*at, *last)).or_default().1 += n * p;
                }
                let before = if *last == Some(*c) { *b } else { b + n };
                if let Some(to) = lexicon.step(*at, *c) {
                    next.entry((to, Some(*c))).or_default().1 += before * p;
                }
            }
        }
        let mut best: Vec<_> = next.into_iter().collect();
        best.sort_by(|a, b| (b.1.0 + b.1.1).total_cmp(&(a.1.0 + a.1.1)).then_with(|| a.0.cmp(&b.0)));
        best.truncate(WALK);
        let total = best.iter().map(|(_, (b, n))| b + n).sum::<f64>().max(1e-300);
        beams = best.into_iter().map(|(k, (b, n))| (k, (b / total, n / total))).collect();
    }
    let ended = beams.into_iter().filter_map(|((at, _), (b, n))| Some((lexicon.word(at)?, b + n)));
    let mut words: Vec<(&str, f64)> = ended.collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    words.into_iter().take(5).map(|(w, _)| w.to_owned()).collect()
}

/// The probability of a prefix: ending in a blank, ending in its last character.
type Ends = (f64, f64);

/// Prefix beam search; the probabilities of the texts that are left are made to sum to 1.
fn beam(steps: &[Step]) -> Vec<(String, f64)> {
    let mut beams: Vec<(String, Ends)> = vec![(String::new(), (1.0, 0.0))];
    for s in steps {
        if s.blank > 0.9995 {
            for (_, ends) in &mut beams {
                *ends = (ends.0 + ends.1, 0.0);
            }
            continue;
        }
        let mut next: HashMap<String, Ends> = HashMap::new();
        for (text, (b, n)) in &beams {
            let stay = next.entry(text.clone()).or_default();
            stay.0 += (b + n) * f64::from(s.blank);
            let last = text.chars().next_back();
            for (c, p) in &s.chars {
                let p = f64::from(*p);
                let grown = if last == Some(*c) {
                    next.entry(text.clone()).or_default().1 += n * p;
                    b * p
                } else {
                    (b + n) * p
                };
                if grown > 1e-9 {
                    let mut longer = text.clone();
                    longer.push(*c);
                    next.entry(longer).or_default().1 += grown;
                }
            }
        }
        beams = best(next);
    }
    normal(beams)
}

fn best(next: HashMap<String, Ends>) -> Vec<(String, Ends)> {
    let mut beams: Vec<(String, Ends)> = next.into_iter().collect();
    beams.sort_by(|a, b| (b.1.0 + b.1.1).total_cmp(&(a.1.0 + a.1.1)).then_with(|| a.0.cmp(&b.0)));
    beams.truncate(BEAM);
    beams
}

fn normal(beams: Vec<(String, Ends)>) -> Vec<(String, f64)> {
    let mut texts: Vec<(String, f64)> = beams.into_iter().map(|(text, (b, n))| (text, b + n)).collect();
    let total = texts.iter().map(|(_, p)| p).sum::<f64>().max(1e-12);
    for (_, p) in &mut texts {
        *p /= total;
    }
    texts.sort_by(|a, b| b.1.total_cmp(&a.1));
    texts
}

/// Signs that make another number of the digits beside them.
pub(super) fn is_multiplier(c: char) -> bool {
    "十拾百佰陌千仟阡万萬億兆半".contains(c)
}

/// Characters of a number, none of which looks like a multiplier; a yen sign does, and ナ in a reading.
fn of_number(c: char) -> bool {
    c.is_ascii_digit() || ",.円".contains(c)
}

/// Follows the best character of each step, which is nearly always the best text, for its confidence and its places, and for
/// what it leaves out.
fn trace(decoded: &mut Decoded, steps: &[Step]) {
    let mut runs: Vec<(char, f32, usize)> = Vec::new();
    let (mut last, mut gone) = (None, None);
    for (i, s) in steps.iter().enumerate() {
        let top = s.chars.first().filter(|(_, p)| *p > s.blank);
        match (top, last) {
            (Some((c, p)), Some(l)) if *c == l => {
                let run = runs.last_mut().expect("a run began with this character");
                if *p > run.1 {
                    *run = (*c, *p, i);
                }
            }
            (Some((c, p)), _) => runs.push((*c, *p, i)),
            _ => {}
        }
        // No picture of a 4 is a 千 at the same time: what little is left for a digit does not hide the sign.
        let hidden = |c: char| top.is_some_and(|(t, _)| !(is_multiplier(c) && of_number(*t)));
        let here = s.lost.filter(|c| !hidden(*c));
        if let Some(c) = here.filter(|_| here != gone) {
            decoded.lost.push((c, runs.len()));
        }
        gone = here;
        last = top.map(|(c, _)| *c);
    }
    let n = runs.len().max(1) as f64;
    decoded.mean = runs.iter().map(|r| f64::from(r.1)).sum::<f64>() / n;
    decoded.weakest = runs.iter().map(|r| f64::from(r.1)).fold(1.0, f64::min);
    decoded.places = runs.iter().map(|r| (r.2 as f64 + 0.5) / steps.len().max(1) as f64).collect();
    decoded.sure = runs.iter().map(|r| f64::from(r.1)).collect();
    decoded.peaks = runs.iter().map(|r| (r.0, r.2)).collect();
    if runs.is_empty() {
        (decoded.mean, decoded.weakest) = (0.0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoded, Step, View, beam, forward, trace};
    use std::sync::Arc;

    fn step(blank: f32, chars: &[(char, f32)]) -> Step {
        Step { blank, chars: chars.to_vec(), lost: None }
    }

    #[test]
    fn a_repeated_character_needs_a_blank_between() {
        let one = beam(&[step(0.1, &[('1', 0.9)]), step(0.1, &[('1', 0.9)])]);
        assert_eq!(one[0].0, "1");
        let twice = [step(0.1, &[('1', 0.9)]), step(0.9, &[('1', 0.1)]), step(0.1, &[('1', 0.9)])];
        assert!(forward(&twice, "11") > forward(&twice, "1"));
        let two = beam(&[step(0.1, &[('1', 0.9)]), step(0.9, &[('1', 0.1)]), step(0.1, &[('1', 0.9)])]);
        assert_eq!(two[0].0, "11");
    }

    #[test]
    fn probabilities_sum_to_one_and_doubt_is_seen() {
        let texts = beam(&[step(0.0, &[('1', 0.6), ('7', 0.4)])]);
        assert!((texts.iter().map(|t| t.1).sum::<f64>() - 1.0).abs() < 1e-6);
        assert!((texts[0].1 - 0.6).abs() < 1e-3 && texts[1].0 == "7");
    }

    #[test]
    fn a_multiplier_is_not_hidden_by_a_crumb_of_a_digit() {
        let chars = [('\0', 0.0), ('3', 1.0), ('4', 1.0), ('¥', 1.0), ('千', 0.0), ('半', 0.0), ('g', 0.0)];
        let view: View = Arc::new(chars.to_vec());
        let lost = |likely: &[Vec<(usize, f32)>]| {
            let steps: Vec<Step> = likely.iter().map(|likely| super::step(likely, &view)).collect();
            let mut decoded = Decoded::default();
            trace(&mut decoded, &steps);
            decoded.lost
        };
        let three = vec![(0, 0.01), (1, 0.99)];
        let crumb = |of: usize, sign: usize| vec![(0, 0.000_3), (of, 0.004), (sign, 0.995)];
        assert_eq!(lost(&[three.clone(), crumb(2, 4)]), [('千', 2)]);
        assert!(lost(&[three, crumb(2, 6)]).is_empty(), "another form of the digit");
        assert!(lost(&[crumb(3, 5)]).is_empty(), "a yen sign");
    }

    #[test]
    fn what_the_field_has_no_character_for_is_left_out_and_not_forgotten() {
        let view: View = Arc::new(vec![
            ('\0', 0.0),
            ('3', 1.0),
            ('円', 1.0),
            ('万', 0.0),
            ('萬', 0.0),
            ('島', 1.0),
            ('岛', 0.0),
        ]);
        let likely = [
            vec![(0, 0.02), (1, 0.98)],
            vec![(0, 0.1), (3, 0.45), (4, 0.45)],
            vec![(0, 0.3), (3, 0.7)],
            vec![(0, 0.1), (2, 0.9)],
            vec![(0, 0.7), (3, 0.3)],
            // Another form of a character that the field has: that character.
            vec![(0, 0.02), (5, 0.08), (6, 0.9)],
        ];
        let steps: Vec<Step> = likely.iter().map(|likely| super::step(likely, &view)).collect();
        let mut decoded = Decoded { texts: beam(&steps), ..Decoded::default() };
        trace(&mut decoded, &steps);
        assert_eq!((decoded.best(), decoded.lost.as_slice()), ("3円島", [('萬', 1), ('万', 1)].as_slice()));
    }
}
