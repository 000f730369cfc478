//! What all readers together make of writing.

use super::{
    OcrError,
    charset::Charset,
    ctc::Decoded,
    model::Engine,
    native::{FIRST, NativeParts, THIRD},
    ppocr::PpOcr,
    recognizer::Recognizer,
    settle::settled,
    tess::Tess,
};
use image::GrayImage;

/// All readers, warm.
pub(super) struct Readers {
    first: PpOcr,
    second: Tess,
    /// Optional: without its model only the other two read.
    third: Option<PpOcr>,
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

impl Readers {
    /// Loads and checks everything.
    pub(super) fn start(native: &NativeParts) -> Result<Self, OcrError> {
        let second = Tess::start()?;
        let engine = Engine::choose(native)?;
        let first = PpOcr::load(&engine, native, &FIRST)?;
        let third = native.find(&THIRD).is_ok().then(|| PpOcr::load(&engine, native, &THIRD)).transpose()?;
        Ok(Self { first, second, third })
    }

    /// Only the first reader.
    pub(super) fn first(&mut self, line: &GrayImage, charset: &Charset) -> Result<Decoded, OcrError> {
        self.first.read(line, charset)
    }

    /// All readers on one line.
    pub(super) fn line(&mut self, line: &GrayImage, charset: &Charset) -> Result<Said, OcrError> {
        let first = self.first.read(line, charset)?;
        let third = self.third.as_mut().map(|r| r.read(line, charset)).transpose()?;
        let second = self.second.read(line, charset)?;
        Ok(together(&first, third.as_ref(), &second, charset))
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
        Ok((together(&first, third.as_ref(), &second, &charset), shares(&scores)))
    }
}

/// Joins what three readers said.
fn together(first: &Decoded, third: Option<&Decoded>, second: &Decoded, charset: &Charset) -> Said {
    let mut texts: Vec<String> = Vec::new();
    let said = first
        .texts
        .iter()
        .take(6)
        .chain(third.into_iter().flat_map(|d| d.texts.iter().take(6)))
        .chain(&second.texts);
    for (text, _) in said {
        if !text.is_empty() && !texts.contains(text) {
            texts.push(text.clone());
        }
    }
    let scores: Vec<f64> = texts.iter().map(|t| score(t, first, third, second.best())).collect();
    let settle = |text: &str| settled(text, charset);
    let mut options: Vec<(String, f64)> = Vec::new();
    for (text, share) in texts.iter().map(|t| settle(t)).zip(shares(&scores)) {
        match options.iter_mut().find(|(known, _)| *known == text) {
            Some((_, sum)) => *sum += share,
            None => options.push((text, share)),
        }
    }
    options.sort_by(|a, b| b.1.total_cmp(&a.1));
    Said {
        raw: first.raw.clone(),
        options,
        first: settle(first.best()),
        second: settle(second.best()),
        third: settle(third.unwrap_or(first).best()),
        weakest: (first.weakest, third.map_or(first.weakest, |d| d.weakest)),
        places: first.places.clone(),
    }
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
