//! What all readers together make of writing.

use super::{
    OcrError,
    charset::{Charset, Side},
    ctc::Decoded,
    layer::Witness,
    lexicon::Lexicon,
    look::Look,
    model::{Engine, Model},
    names::{Names, is_foreign},
    native::{DETECTOR, FIRST, NativeParts, THIRD},
    ppocr::PpOcr,
    recognizer::Recognizer,
    settle::{as_listed, parted, settled},
    tess::Tess,
    towns::corrected,
};
use crate::text::kana::fold_small;
use image::GrayImage;
use std::{mem, time::Duration};

/// All readers, warm.
pub(super) struct Readers {
    first: PpOcr,
    second: Tess,
    /// Optional: without its model only the other two read.
    third: Option<PpOcr>,
    /// One per process: ONNX Runtime allows no second.
    engine: Engine,
    /// Finds lines on a page; loaded when the first page without a form comes.
    detector: Option<Box<dyn Model>>,
    /// Names with readings, where the list is installed.
    pub names: Option<Names>,
}

/// One line of writing, and what the readers that were asked so far made of it.
pub(super) struct Line {
    pub(super) picture: GrayImage,
    pub(super) first: Decoded,
    pub(super) third: Option<Decoded>,
    /// None: not asked, because the other two leave no doubt.
    pub(super) second: Option<Decoded>,
}

/// What is known about a line before it is read.
#[derive(Default, Clone, Copy)]
pub(super) struct Hints<'a> {
    /// It probably begins with one of these.
    pub beginnings: &'a [String],
    /// They are those of a postal code, not of the whole country.
    pub of_code: bool,
    /// It is probably one of these words.
    pub lexicon: Option<&'a Lexicon>,
    /// The reading beside a name.
    pub kana: Option<&'a str>,
    /// What the text layer of the file says there.
    pub witness: Option<&'a Witness>,
}

/// What the readers said about one line.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// The first reader, before any rule.
    pub raw: String,
    /// The possible texts (no spaces) and their shares, best first.
    pub options: Vec<(String, f64)>,
    /// The first reader's own best text.
    pub first: String,
    /// The second reader's.
    pub second: String,
    /// The third reader's; the first's where there is no third.
    pub third: String,
    /// The weakest character, by the first and by the third reader; what stands in the town of the postal code does not count,
    /// and look-alikes that their neighbours tell apart count together.
    pub weakest: (f64, f64),
    /// The weakest of those where the second reader has another character, or none.
    pub unborne: f64,
    /// Where the first reader saw its characters, 0 (left) to 1 (right).
    pub places: Vec<f64>,
    /// What the first and the third reader saw besides, that the field does not hold and that may mean something.
    pub besides: (Option<char>, Option<char>),
    /// A small vowel was seen, and made large, in a reading that no list knows: it may be a name from abroad.
    pub foreign: bool,
    /// Two amounts stand there, in which the value would make one of their digits.
    pub parted: bool,
}

impl Said {
    /// What was written besides this text, by a reader that says it.
    pub(super) fn lost(&self, text: &str) -> Option<char> {
        let of = |says: &str, lost: Option<char>| lost.filter(|_| says == text);
        of(&self.first, self.besides.0).or_else(|| of(&self.third, self.besides.1))
    }
}

/// The narrowest picture of a line the first reader is given, in pixels at its height.
const FIRST_NARROWEST: u32 = 64;
/// And the third: of one or two digits on 64 pixels it is unsure, or reads none.
const THIRD_NARROWEST: u32 = 96;
/// How much the third reader counts beside the first.
const THIRD_WEIGHT: f64 = 0.8;
/// How much the second reader's agreement counts, as a factor.
const SECOND_BONUS: f64 = 8.0;
/// How much it counts that a line begins as its postal code says, as a logarithm.
const BEGINNING_BONUS: f64 = 6.0;

impl Readers {
    /// Loads and checks everything.
    pub(super) fn start(native: &NativeParts) -> Result<Self, OcrError> {
        let second = Tess::start()?;
        let engine = Engine::choose(native)?;
        let first = PpOcr::load(&engine, native, &FIRST, FIRST_NARROWEST)?;
        let third = native.find(&THIRD).is_ok();
        let third = third.then(|| PpOcr::load(&engine, native, &THIRD, THIRD_NARROWEST)).transpose()?;
        Ok(Self { first, second, third, engine, detector: None, names: Names::load(native)? })
    }

    /// The detector of lines.
    pub(super) fn detector(&mut self, native: &NativeParts) -> Result<&mut dyn Model, OcrError> {
        if self.detector.is_none() {
            let (_, bytes) = native.load(&DETECTOR)?;
            self.detector = Some(self.engine.load(&DETECTOR, bytes)?);
        }
        Ok(self.detector.as_mut().expect("it was just put there").as_mut())
    }

    /// Only the first reader.
    pub(super) fn first(&mut self, line: &GrayImage, charset: &Charset) -> Result<Decoded, OcrError> {
        self.first.read(line, charset)
    }

    /// The neural readers on one line; the second reader is asked where they leave a doubt, and always where there is only
    /// one of them.
    pub(super) fn hear(&mut self, picture: GrayImage, charset: &Charset) -> Result<Line, OcrError> {
        let first = self.first.read(&picture, charset)?;
        let third = self.third.as_mut().map(|r| r.read(&picture, charset)).transpose()?;
        let alone = third.is_none();
        let second = alone.then(|| self.second.read(&picture, charset)).transpose()?;
        Ok(Line { picture, first, third, second })
    }

    /// The second reader on lines that leave a doubt, where it was not asked yet.
    pub(super) fn ask<'a>(
        &mut self,
        lines: impl IntoIterator<Item = &'a mut Line>,
        charset: &Charset,
    ) -> Result<(), OcrError> {
        for line in lines {
            if line.second.is_none() {
                line.second = Some(self.second.read(&line.picture, charset)?);
            }
        }
        Ok(())
    }

    /// The neural readers on another look at a line; what the second said of it stays.
    pub(super) fn again(&mut self, line: &Line, look: Look, charset: &Charset) -> Result<Line, OcrError> {
        let picture = look.picture(&line.picture);
        let mut first = self.first.read(&picture, charset)?;
        let third = self.third.as_mut().map(|r| r.read(&picture, charset)).transpose()?;
        first.places.iter_mut().for_each(|p| *p = look.place(*p, &line.picture));
        Ok(Line { picture, first, third, second: line.second.clone() })
    }

    /// What the readers that were asked together make of a line. Where the second was not asked, everything counts as if it
    /// spoke against them: what is sure then stays so whatever it says.
    pub(super) fn said(&self, line: &Line, charset: &Charset, hints: Hints<'_>) -> Said {
        together(&line.heard(), charset, hints, self.names.as_ref())
    }

    /// Time in the neural models and in the second reader since this was last asked.
    pub(super) fn spent(&mut self) -> (Duration, Duration) {
        let third = self.third.as_mut().map(|r| mem::take(&mut r.spent)).unwrap_or_default();
        (mem::take(&mut self.first.spent) + third, mem::take(&mut self.second.spent))
    }
}

impl Line {
    /// A line that only the first reader heard.
    #[cfg(test)]
    pub(super) fn of(picture: GrayImage, first: Decoded) -> Self {
        Self { picture, first, third: None, second: None }
    }

    fn heard(&self) -> Heard<'_> {
        Heard { first: &self.first, third: self.third.as_ref(), second: self.second.as_ref() }
    }

    /// How well each of a few words fits the line: shares that sum to 1, in the order of the words; `charset` is made of them.
    pub(super) fn words(&self, charset: &Charset, words: &[String]) -> (Said, Vec<f64>) {
        let heard = self.heard();
        let scores: Vec<f64> = words.iter().map(|w| score(&charset.folded(w), &heard)).collect();
        let mut shares = shares(&scores);
        if self.second.is_none() {
            against(&mut shares);
        }
        (together(&heard, charset, Hints::default(), None), shares)
    }
}

/// What three readers said about a line.
struct Heard<'a> {
    first: &'a Decoded,
    third: Option<&'a Decoded>,
    /// None: not asked.
    second: Option<&'a Decoded>,
}

impl Heard<'_> {
    /// The second reader's text; empty where it was not asked.
    fn second(&self) -> &str {
        self.second.map_or("", Decoded::best)
    }
}

/// How much it counts that a line is a word of the field's list, as a logarithm.
const WORD_BONUS: f64 = 4.0;
/// How much it counts that a name is read as its フリガナ says.
const READ_BONUS: f64 = 1.5;

/// Joins what three readers said.
fn together(heard: &Heard<'_>, charset: &Charset, hints: Hints<'_>, names: Option<&Names>) -> Said {
    let towns: &[String] = if hints.of_code { hints.beginnings } else { &[] };
    let settle = |text: &str| as_listed(settled(text, charset), charset, towns);
    let proposed: Vec<(String, f64)> = proposals(heard, charset, hints)
        .into_iter()
        .flat_map(|t| {
            let base = score(&t, heard);
            resized(&settle(&t), charset, names).into_iter().map(move |(t, cost)| (t, base - cost))
        })
        .map(|(t, base)| {
            let more = worth(&t, charset, hints, names);
            (t, base + more)
        })
        .collect();
    let scores: Vec<f64> = proposed.iter().map(|(_, s)| *s).collect();
    let mut options: Vec<(String, f64)> = Vec::new();
    for ((text, _), share) in proposed.into_iter().zip(shares(&scores)) {
        match options.iter_mut().find(|(known, _)| *known == text) {
            Some((_, sum)) => *sum += share,
            None => options.push((text, share)),
        }
    }
    if heard.second.is_none() {
        let mut shares: Vec<f64> = options.iter().map(|o| o.1).collect();
        against(&mut shares);
        options.iter_mut().zip(shares).for_each(|(option, share)| option.1 = share);
    }
    options.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = options.first().map_or(String::new(), |o| o.0.clone());
    // Whether a kana was written small is not what the readers are asked, where a list of names knows.
    let known = matches!(charset, Charset::Kana) && names.is_some_and(|n| n.knows_kana(&best));
    // Where the postal code says how the line begins, agreement is about the rest.
    let begins = hints.of_code || hints.beginnings.iter().any(|b| best.starts_with(b.as_str()));
    let said = |text: &str| {
        let mended = corrected(text, hints.beginnings);
        let mended = mended.filter(|mended| begins || is_misread(text, mended, hints.beginnings));
        let text = settle(&mended.unwrap_or_else(|| text.to_owned()));
        if known && fold_small(&text) == fold_small(&best) { best.clone() } else { text }
    };
    let (weakest, unborne) = weakest(heard, &best, charset, hints);
    let third = heard.third.unwrap_or(heard.first);
    Said {
        raw: heard.first.raw.clone(),
        first: said(heard.first.best()),
        second: said(heard.second()),
        third: said(third.best()),
        weakest,
        unborne,
        places: heard.first.places.clone(),
        besides: (besides(heard.first, charset), besides(third, charset)),
        foreign: matches!(charset, Charset::Kana) && !known && is_foreign(heard.first, third),
        parted: matches!(charset, Charset::Money) && [heard.first, third].iter().any(|r| parted(r.best())),
        options,
    }
}

/// Whether a mended beginning mends letters inside it. Where it turns 奈良梨 into 奈良市, or 中央1 into 中央市1, the text begins
/// with the name of a town.
fn is_misread(text: &str, mended: &str, beginnings: &[String]) -> bool {
    let same = text.chars().rev().zip(mended.chars().rev()).take_while(|(a, b)| a == b).count();
    let changed: String = mended.chars().take(mended.chars().count() - same).collect();
    !beginnings.iter().any(|b| changed.starts_with(b.as_str()))
}

/// The first sign that a reader saw, that the field does not hold and that may mean something.
fn besides(reader: &Decoded, charset: &Charset) -> Option<char> {
    let side = |before: usize| Side::of(before, reader.sure.len());
    reader.lost.iter().find(|(c, before)| !charset.harmless(*c, side(*before))).map(|(c, _)| *c)
}

/// How sure the two neural readers are of their weakest characters: of all (but those that the postal code knows), and of
/// those that the second reader does not have.
fn weakest(heard: &Heard<'_>, best: &str, charset: &Charset, hints: Hints<'_>) -> ((f64, f64), f64) {
    let begun = hints.beginnings.iter().filter(|b| hints.of_code && best.starts_with(b.as_str()));
    let begun = begun.map(|b| b.chars().count()).max().unwrap_or(0);
    let borne = common(best, heard.second());
    let of = |reader: &Decoded| {
        // A reader that has another number of characters says nothing about single ones.
        let Some(sure) = certainty(reader, borne.len(), charset) else {
            return (reader.weakest, reader.weakest);
        };
        sure.into_iter().filter(|(at, _)| at.is_none_or(|at| at >= begun)).fold(
            (1.0_f64, 1.0_f64),
            |(all, left), (at, p)| {
                (all.min(p), if at.is_some_and(|at| borne[at]) { left } else { left.min(p) })
            },
        )
    };
    let first = of(heard.first);
    let third = heard.third.map_or(first, of);
    ((first.0, third.0), first.1.min(third.1))
}

/// Below this probability of a character it is asked whether the others would change the text.
const PLAIN: f64 = 0.99;

/// How sure a reader is of each character it saw, and which of the `length` characters of the text it is (none: one that is
/// left out, such as the yen sign of an amount). Characters that the neighbours tell apart, not the picture, count together.
/// None where it saw another number of characters.
fn certainty(reader: &Decoded, length: usize, charset: &Charset) -> Option<Vec<(Option<usize>, f64)>> {
    let seen = reader.seen();
    if seen.len() != reader.sure.len() {
        let known = reader.sure.len() == length;
        return known.then(|| reader.sure.iter().enumerate().map(|(i, p)| (Some(i), *p)).collect());
    }
    let means = |i: usize, other: Option<char>| {
        let text = seen.iter().enumerate().filter_map(|(k, c)| if k == i { other } else { Some(*c) });
        settled(&text.collect::<String>(), charset)
    };
    let meaning = settled(&seen.iter().collect::<String>(), charset);
    let left_out = |i: usize| seen.len() != length && means(i, None) == meaning;
    let mut at = 0;
    let mut out = Vec::with_capacity(seen.len());
    for (i, p) in reader.sure.iter().enumerate() {
        let place = (!left_out(i)).then_some(at);
        at += usize::from(place.is_some());
        let p = if *p < PLAIN { reader.sure_of(i, |c| means(i, c) == meaning) } else { *p };
        out.push((place, p));
    }
    (at == length).then_some(out)
}

/// Which characters of `text` stand, in order, in `other` too: a longest common subsequence.
pub(super) fn common(text: &str, other: &str) -> Vec<bool> {
    let (a, b): (Vec<char>, Vec<char>) = (text.chars().collect(), other.chars().collect());
    let mut best = vec![vec![0_u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            best[i][j] =
                if a[i] == b[j] { best[i + 1][j + 1] + 1 } else { best[i + 1][j].max(best[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut found) = (0, 0, vec![false; a.len()]);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            found[i] = true;
            (i, j) = (i + 1, j + 1);
        } else if best[i + 1][j] >= best[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// How much more probable a text is than the picture alone says, as a logarithm.
fn worth(text: &str, charset: &Charset, hints: Hints<'_>, names: Option<&Names>) -> f64 {
    let begins = hints.beginnings.iter().any(|b| text.starts_with(b.as_str()));
    let listed = hints.lexicon.is_some_and(|l| l.find(text).is_some());
    let witnessed = hints.witness.is_some_and(|w| w.text == text);
    let borne = match (charset, names) {
        (Charset::Name, Some(names)) => {
            let read = hints.kana.and_then(|kana| names.reads(text, kana)) == Some(true);
            names.bonus(text) + if read { READ_BONUS } else { 0.0 }
        }
        (Charset::Kana, Some(names)) => names.kana_bonus(text),
        _ => 0.0,
    };
    let known = [(begins, BEGINNING_BONUS), (listed, WORD_BONUS), (witnessed, SECOND_BONUS.ln())];
    borne + known.iter().filter(|(is, _)| *is).map(|(_, bonus)| bonus).sum::<f64>()
}

/// The text, and for readings the forms of it that the list of names knows, with what it costs to take them for it.
fn resized(text: &str, charset: &Charset, names: Option<&Names>) -> Vec<(String, f64)> {
    let known = names.filter(|_| matches!(charset, Charset::Kana)).map(|names| names.resized(text));
    [(text.to_owned(), 0.0)].into_iter().chain(known.unwrap_or_default()).collect()
}

/// Every text that a reader holds possible, each with its beginning mended, and the words of the list.
fn proposals(heard: &Heard<'_>, charset: &Charset, hints: Hints<'_>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut add = |text: String| {
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    };
    let third = heard.third.into_iter().flat_map(|d| d.texts.iter().take(6));
    let second = heard.second.into_iter().flat_map(|d| &d.texts);
    for (text, _) in heard.first.texts.iter().take(6).chain(third).chain(second) {
        add(text.clone());
        corrected(text, hints.beginnings).into_iter().for_each(&mut add);
    }
    hints.witness.map(|w| w.text.clone()).into_iter().for_each(&mut add);
    if let Some(lexicon) = hints.lexicon {
        let readers = std::iter::once(heard.first).chain(heard.third);
        readers.flat_map(|r| r.words_of(lexicon)).map(|word| charset.folded(&word)).for_each(&mut add);
    }
    texts
}

/// The logarithm of how well a text fits what the readers saw.
fn score(text: &str, heard: &Heard<'_>) -> f64 {
    let a = heard.first.log_probability(text).unwrap_or(-30.0).max(-30.0);
    let b = heard.third.and_then(|d| d.log_probability(text)).unwrap_or(a).max(-30.0);
    a + THIRD_WEIGHT * b + if heard.second() == text { SECOND_BONUS.ln() } else { 0.0 }
}

/// Shares in proportion to the exponentials of the scores.
fn shares(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
    let total: f64 = exps.iter().sum::<f64>().max(1e-300);
    exps.into_iter().map(|e| e / total).collect()
}

/// The shares if the second reader said the second best: the worst it can say to the best.
fn against(shares: &mut [f64]) {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
    if let Some(next) = order.get(1) {
        shares[*next] *= SECOND_BONUS;
    }
    let total: f64 = shares.iter().sum::<f64>().max(1e-300);
    for share in shares {
        *share /= total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(sure: &[f64]) -> Decoded {
        let weakest = sure.iter().copied().fold(1.0, f64::min);
        let mut decoded = Decoded::plain(String::new(), String::new(), weakest);
        decoded.sure = sure.to_vec();
        decoded
    }

    #[test]
    fn a_reader_that_was_not_asked_counts_as_one_that_says_the_second_best() {
        let mut sure = [0.000_1, 0.999_8, 0.000_1];
        against(&mut sure);
        assert!(sure[1] > 0.999 && (sure.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{sure:?}");
        let mut doubtful = [0.8, 0.2];
        against(&mut doubtful);
        assert!(doubtful[0] < doubtful[1], "what it could turn over is not sure: {doubtful:?}");
        against(&mut []);
    }

    #[test]
    fn what_cannot_change_the_text_leaves_no_doubt() {
        let sure = |reader: &Decoded, length, charset| {
            let sure = certainty(reader, length, charset).expect("as many characters");
            sure.into_iter().map(|(at, p)| (at, (p * 100.0).round() / 100.0)).collect::<Vec<_>>()
        };
        // The bar among kanji is the number one, whatever else it looks like; 土 for 士 is another word.
        let bar: &[(f32, &[(char, f32)])] = &[
            (0.0, &[('健', 1.0)]),
            (0.05, &[('ー', 0.55), ('一', 0.4)]),
            (0.0, &[('士', 0.7), ('土', 0.3)]),
        ];
        let name = Decoded::of_steps(bar);
        assert_eq!(sure(&name, 3, &Charset::Name), [(Some(0), 1.0), (Some(1), 0.95), (Some(2), 0.7)]);
        // A yen sign or none: the same amount. A yen sign or a seven: another.
        let yen: &[(f32, &[(char, f32)])] = &[
            (0.4, &[('¥', 0.5), ('7', 0.1)]),
            (0.0, &[('2', 1.0)]),
            (0.3, &[(',', 0.7)]),
            (0.0, &[('0', 1.0)]),
        ];
        let amount = Decoded::of_steps(yen);
        let expected = [(None, 0.9), (Some(0), 1.0), (None, 1.0), (Some(1), 1.0)];
        assert_eq!(sure(&amount, 2, &Charset::Money), expected);
        assert!(certainty(&amount, 3, &Charset::Money).is_none(), "another number of digits");
    }

    #[test]
    fn a_sign_that_the_field_does_not_hold_is_told_by_those_who_read_the_text() {
        let read = |lost: &[(char, usize)]| {
            let mut amount = Decoded::of_steps(&[(0.0, &[('3', 1.0)]), (0.0, &[('円', 1.0)])]);
            amount.lost = lost.to_vec();
            amount
        };
        let (first, third) = (read(&[('金', 0), ('万', 1)]), read(&[('|', 2)]));
        let said = |first: &Decoded, third: &Decoded| {
            let heard = Heard { first, third: Some(third), second: None };
            together(&heard, &Charset::Money, Hints::default(), None)
        };
        assert_eq!(
            (said(&first, &third).lost("3"), said(&third, &first).lost("3")),
            (Some('万'), Some('万'))
        );
        assert_eq!(said(&third, &third).lost("3"), None, "a rule beside it");
        assert_eq!(said(&first, &third).lost("30000"), None, "nobody says that");
    }

    /// What two readers make of a line that both see so: its characters, each with its probability.
    fn both(line: &[(char, f32)], charset: &Charset, hints: Hints<'_>) -> Said {
        let steps: Vec<[(char, f32); 1]> = line.iter().map(|letter| [*letter]).collect();
        let steps: Vec<(f32, &[(char, f32)])> =
            steps.iter().map(|step| (1.0 - step[0].1, step.as_slice())).collect();
        let reader = Decoded::of_steps(&steps);
        together(&Heard { first: &reader, third: Some(&reader), second: None }, charset, hints, None)
    }

    #[test]
    fn two_amounts_in_one_line_are_seen() {
        let parted = |text| both(&sure(text), &Charset::Money, Hints::default()).parted;
        assert!(parted("300-500円") && !parted("¥1,230円"));
    }

    #[test]
    fn a_word_of_a_list_is_proposed_as_the_readers_write_it() {
        let lexicon = Lexicon::new(&["Ａ 保育園".to_owned()], &Charset::Free);
        let hints = Hints { lexicon: Some(&lexicon), ..Hints::default() };
        let weak: Vec<(char, f32)> = "A保育園".chars().map(|c| (c, 0.45)).collect();
        assert_eq!(both(&weak, &Charset::Free, hints).options[0].0, "A保育園");
    }

    fn sure(text: &str) -> Vec<(char, f32)> {
        text.chars().map(|c| (c, 0.99)).collect()
    }

    #[test]
    fn a_town_is_written_as_the_list_writes_it() {
        let beginnings = ["津市天カ須賀".to_owned()];
        let hints = Hints { beginnings: &beginnings, of_code: true, ..Hints::default() };
        for read in ["津市天カ須賀1-2", "津市天力須賀1-2"] {
            let said = both(&sure(read), &Charset::Address, hints);
            assert_eq!(said.options[0].0, "津市天カ須賀1-2");
            assert!(said.first == said.options[0].0 && said.third == said.first, "{read}");
        }
        let elsewhere = both(&sure("協力1-2"), &Charset::Address, hints);
        assert_eq!(elsewhere.options[0].0, "協力1-2");
    }

    #[test]
    fn an_address_that_begins_with_its_town_is_no_misread_city() {
        let cities = ["中央市", "奈良市", "つくば市"].map(str::to_owned);
        let hints = Hints { beginnings: &cities, ..Hints::default() };
        for read in ["中央1-2", "奈良梨3"] {
            let said = both(&sure(read), &Charset::Address, hints);
            assert_eq!((said.options[0].0.as_str(), said.first.as_str()), (read, read));
        }
        let misread = both(&sure("つくは市1"), &Charset::Address, hints);
        assert_eq!(misread.first, "つくば市1", "it is not what the picture alone says, so a person is asked");
        assert_eq!(misread.options[0].0, "つくは市1");
    }

    #[test]
    fn a_small_vowel_in_a_name_that_no_list_knows_may_be_a_foreign_one() {
        let foreign = |text| both(&sure(text), &Charset::Kana, Hints::default()).foreign;
        assert!(foreign("グエンイェン") && !foreign("グエン"));
        assert!(!both(&sure("イェン"), &Charset::Free, Hints::default()).foreign);
    }

    #[test]
    fn what_two_texts_have_in_common_is_found_in_order() {
        assert_eq!(common("勤務先", "動務先"), [false, true, true]);
        assert_eq!(common("中央2-3", "中2ー3"), [true, false, true, false, true]);
        assert_eq!(common("山田", ""), [false, false]);
    }

    #[test]
    fn a_weak_character_is_borne_out_by_the_second_reader_or_by_the_postal_code() {
        let (first, third) = (reader(&[0.6, 0.99, 0.85, 0.99]), reader(&[0.7, 0.99, 0.95, 0.99]));
        let second = Decoded::plain("川口東X".to_owned(), "川口東X".to_owned(), 0.9);
        let heard = Heard { first: &first, third: Some(&third), second: Some(&second) };
        let plain = weakest(&heard, "山口東3", &Charset::Free, Hints::default());
        assert_eq!(plain, ((0.6, 0.7), 0.6), "the second reader has another first character");
        let beginnings = ["山口東".to_owned()];
        let hints = Hints { beginnings: &beginnings, of_code: true, ..Hints::default() };
        assert_eq!(weakest(&heard, "山口東3", &Charset::Free, hints), ((0.99, 0.99), 0.99));
        let cities = Hints { beginnings: &beginnings, ..Hints::default() };
        assert_eq!(
            weakest(&heard, "山口東3", &Charset::Free, cities),
            plain,
            "any city of the country bears nothing out"
        );
        assert_eq!(
            weakest(&heard, "山口東33", &Charset::Free, hints).0,
            (0.6, 0.7),
            "another number of characters"
        );
    }
}
