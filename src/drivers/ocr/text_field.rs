//! What all readers together make of writing.

use super::{
    OcrError,
    charset::Charset,
    ctc::Decoded,
    model::{Engine, Model},
    native::{DETECTOR, FIRST, NativeParts, THIRD},
    ppocr::PpOcr,
    recognizer::Recognizer,
    settle::settled,
    tess::Tess,
    towns::corrected,
};
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
        Ok(Self { first, second, third, engine, detector: None })
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
        self.line_beginning(line, charset, &[])
    }

    /// All readers on one line that probably begins with one of these words.
    pub(super) fn line_beginning(
        &mut self,
        line: &GrayImage,
        charset: &Charset,
        beginnings: &[String],
    ) -> Result<Said, OcrError> {
        let first = self.first.read(line, charset)?;
        let third = self.third.as_mut().map(|r| r.read(line, charset)).transpose()?;
        let second = self.second.read(line, charset)?;
        Ok(together(&first, third.as_ref(), &second, charset, beginnings))
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
        Ok((together(&first, third.as_ref(), &second, &charset, &[]), shares(&scores)))
    }
}

/// Joins what three readers said.
fn together(
    first: &Decoded,
    third: Option<&Decoded>,
    second: &Decoded,
    charset: &Charset,
    beginnings: &[String],
) -> Said {
    let settle = |text: &str| settled(text, charset);
    // Where the postal code says how the line begins, agreement is about the rest.
    let own = |text: &str| settle(&corrected(text, beginnings).unwrap_or_else(|| text.to_owned()));
    let mut options: Vec<(String, f64)> = Vec::new();
    let proposed: Vec<(String, f64)> = proposals(first, third, second, beginnings)
        .into_iter()
        .map(|t| {
            let known = beginnings.iter().any(|b| t.starts_with(b.as_str()));
            let score = score(&t, first, third, second.best()) + if known { BEGINNING_BONUS } else { 0.0 };
            (t, score)
        })
        .collect();
    let scores: Vec<f64> = proposed.iter().map(|(_, s)| *s).collect();
    for (text, share) in proposed.iter().map(|(t, _)| settle(t)).zip(shares(&scores)) {
        match options.iter_mut().find(|(known, _)| *known == text) {
            Some((_, sum)) => *sum += share,
            None => options.push((text, share)),
        }
    }
    options.sort_by(|a, b| b.1.total_cmp(&a.1));
    Said {
        raw: first.raw.clone(),
        options,
        first: own(first.best()),
        second: own(second.best()),
        third: own(third.unwrap_or(first).best()),
        weakest: (first.weakest, third.map_or(first.weakest, |d| d.weakest)),
        places: first.places.clone(),
    }
}

/// Every text that a reader holds possible, and each with its beginning mended.
fn proposals(
    first: &Decoded,
    third: Option<&Decoded>,
    second: &Decoded,
    beginnings: &[String],
) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut add = |text: String| {
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    };
    let third = third.into_iter().flat_map(|d| d.texts.iter().take(6));
    for (text, _) in first.texts.iter().take(6).chain(third).chain(&second.texts) {
        add(text.clone());
        corrected(text, beginnings).into_iter().for_each(&mut add);
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
