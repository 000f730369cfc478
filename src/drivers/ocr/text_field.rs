//! What all readers together make of writing.

use super::{
    OcrError,
    charset::Charset,
    ctc::Decoded,
    lexicon::Lexicon,
    model::{Engine, Model},
    names::{Names, small_kana},
    native::{DETECTOR, FIRST, NativeParts, THIRD},
    ppocr::PpOcr,
    recognizer::Recognizer,
    settle::settled,
    tess::Tess,
    towns::corrected,
};
use crate::text::kana::{fold_small, large};
use image::GrayImage;

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

/// What is known about a line before it is read.
#[derive(Default, Clone, Copy)]
pub(super) struct Hints<'a> {
    /// It probably begins with one of these.
    pub beginnings: &'a [String],
    /// It is probably one of these words.
    pub lexicon: Option<&'a Lexicon>,
    /// The reading beside a name.
    pub kana: Option<&'a str>,
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
    /// The weakest character, by the first and by the third reader.
    pub weakest: (f64, f64),
    /// Where the first reader saw its characters, 0 (left) to 1 (right).
    pub places: Vec<f64>,
}

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
        let first = PpOcr::load(&engine, native, &FIRST)?;
        let third = native.find(&THIRD).is_ok().then(|| PpOcr::load(&engine, native, &THIRD)).transpose()?;
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

    /// All readers on one line.
    pub(super) fn line(&mut self, line: &GrayImage, charset: &Charset) -> Result<Said, OcrError> {
        self.line_with(line, charset, Hints::default())
    }

    /// All readers on one line of which something is known.
    pub(super) fn line_with(
        &mut self,
        line: &GrayImage,
        charset: &Charset,
        hints: Hints<'_>,
    ) -> Result<Said, OcrError> {
        let first = self.first.read(line, charset)?;
        let third = self.third.as_mut().map(|r| r.read(line, charset)).transpose()?;
        let second = self.second.read(line, charset)?;
        let heard = Heard { first: &first, third: third.as_ref(), second: &second };
        Ok(together(&heard, charset, hints, self.names.as_ref()))
    }

    /// How well each of a few words fits the line: shares that sum to 1, in the order of the words.
    pub(super) fn words(&mut self, line: &GrayImage, words: &[String]) -> Result<(Said, Vec<f64>), OcrError> {
        let charset = Charset::Words(words.to_vec());
        let first = self.first.read(line, &charset)?;
        let third = self.third.as_mut().map(|r| r.read(line, &charset)).transpose()?;
        let second = self.second.read(line, &charset)?;
        let folded: Vec<String> =
            words.iter().map(|w| w.chars().map(|c| charset.fold(c)).collect()).collect();
        let scores: Vec<f64> =
            folded.iter().map(|w| score(w, &first, third.as_ref(), second.best())).collect();
        let heard = Heard { first: &first, third: third.as_ref(), second: &second };
        Ok((together(&heard, &charset, Hints::default(), None), shares(&scores)))
    }
}

/// What three readers said about a line.
struct Heard<'a> {
    first: &'a Decoded,
    third: Option<&'a Decoded>,
    second: &'a Decoded,
}

/// How much it counts that a line is a word of the field's list, as a logarithm.
const WORD_BONUS: f64 = 4.0;
/// What it costs to take a kana for its small or large form.
const RESIZED: f64 = 2.0;
/// How much it counts that a name is read as its フリガナ says.
const READ_BONUS: f64 = 1.5;

/// Joins what three readers said.
fn together(heard: &Heard<'_>, charset: &Charset, hints: Hints<'_>, names: Option<&Names>) -> Said {
    let settle = |text: &str| settled(text, charset);
    // Where the postal code says how the line begins, agreement is about the rest.
    let own = |text: &str| settle(&corrected(text, hints.beginnings).unwrap_or_else(|| text.to_owned()));
    let proposed: Vec<(String, f64)> = proposals(heard, hints)
        .into_iter()
        .flat_map(|t| {
            let base = score(&t, heard.first, heard.third, heard.second.best());
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
    options.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = options.first().map_or(String::new(), |o| o.0.clone());
    // Whether a kana was written small is not what the readers are asked, where a list of names knows.
    let known = matches!(charset, Charset::Kana) && names.is_some_and(|n| n.knows_kana(&best));
    let said = |text: &str| {
        let text = own(text);
        if known && fold_small(&text) == fold_small(&best) { best.clone() } else { text }
    };
    Said {
        raw: heard.first.raw.clone(),
        first: said(heard.first.best()),
        second: said(heard.second.best()),
        third: said(heard.third.unwrap_or(heard.first).best()),
        weakest: (heard.first.weakest, heard.third.map_or(heard.first.weakest, |d| d.weakest)),
        places: heard.first.places.clone(),
        options,
    }
}

/// How much more probable a text is than the picture alone says, as a logarithm.
fn worth(text: &str, charset: &Charset, hints: Hints<'_>, names: Option<&Names>) -> f64 {
    let begins = hints.beginnings.iter().any(|b| text.starts_with(b.as_str()));
    let listed = hints.lexicon.is_some_and(|l| l.find(text).is_some());
    let borne = match (charset, names) {
        (Charset::Name, Some(names)) => {
            let read = hints.kana.and_then(|kana| names.reads(text, kana)) == Some(true);
            names.bonus(text) + if read { READ_BONUS } else { 0.0 }
        }
        (Charset::Kana, Some(names)) => names.kana_bonus(text),
        _ => 0.0,
    };
    borne + if begins { BEGINNING_BONUS } else { 0.0 } + if listed { WORD_BONUS } else { 0.0 }
}

/// The text, and for readings the forms of it with one or two kana in the other size that the list of names knows.
fn resized(text: &str, charset: &Charset, names: Option<&Names>) -> Vec<(String, f64)> {
    let mut all = vec![(text.to_owned(), 0.0)];
    let Some(names) = names.filter(|n| matches!(charset, Charset::Kana) && !n.knows_kana(text)) else {
        return all;
    };
    let letters: Vec<char> = text.chars().collect();
    let other = |c: char| small_kana(c).or_else(|| (large(c) != c).then(|| large(c)));
    let places: Vec<usize> = (1..letters.len()).filter(|i| other(letters[*i]).is_some()).take(6).collect();
    for set in 1_u32..1 << places.len() {
        if set.count_ones() > 2 {
            continue;
        }
        let mut form = letters.clone();
        for (k, i) in places.iter().enumerate().filter(|(k, _)| set & (1 << k) != 0) {
            debug_assert!(k < 6);
            form[*i] = other(form[*i]).unwrap_or(form[*i]);
        }
        let form: String = form.into_iter().collect();
        if names.knows_kana(&form) {
            all.push((form, RESIZED * f64::from(set.count_ones())));
        }
    }
    all
}

/// Every text that a reader holds possible, each with its beginning mended, and the words of the list.
fn proposals(heard: &Heard<'_>, hints: Hints<'_>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut add = |text: String| {
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    };
    let third = heard.third.into_iter().flat_map(|d| d.texts.iter().take(6));
    for (text, _) in heard.first.texts.iter().take(6).chain(third).chain(&heard.second.texts) {
        add(text.clone());
        corrected(text, hints.beginnings).into_iter().for_each(&mut add);
    }
    if let Some(lexicon) = hints.lexicon {
        let readers = std::iter::once(heard.first).chain(heard.third);
        readers.flat_map(|r| r.words_of(lexicon)).for_each(&mut add);
    }
    texts
}

/// The logarithm of how well a text fits what the readers saw.
fn score(text: &str, first: &Decoded, third: Option<&Decoded>, second: &str) -> f64 {
    let a = first.log_probability(text).unwrap_or(-30.0).max(-30.0);
    let b = third.and_then(|d| d.log_probability(text)).unwrap_or(a).max(-30.0);
    a + THIRD_WEIGHT * b + if second == text { SECOND_BONUS.ln() } else { 0.0 }
}

/// Shares in proportion to the exponentials of the scores.
fn shares(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
    let total: f64 = exps.iter().sum::<f64>().max(1e-300);
    exps.into_iter().map(|e| e / total).collect()
}
