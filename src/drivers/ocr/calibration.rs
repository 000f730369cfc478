//! From what was observed about a reading to the probability that it is right, and from which probability it passes.

use super::learned::Learned;
use crate::form::FieldType;
use std::{env, fs, path::Path, sync::LazyLock};

/// Names an office's own file in the reader's environment.
pub(super) const CALIBRATION: &str = "SHOKI_OCR_CALIBRATION";
/// Made by `shoki ocr calibrate` from pages of `fixtures/formbench`; the file says which.
const SHIPPED: &str = include_str!("data/calibration.json");

/// What was observed about a reading of text. All 0 to 1 unless said otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observed {
    /// The share of the value among all that the neural readers together hold possible.
    pub share: f64,
    /// The first reader's weakest character.
    pub first: f64,
    /// The third reader's weakest character.
    pub third: f64,
    /// The first reader, left alone, says this value.
    pub first_agrees: bool,
    /// The third reader, left alone, says this value.
    pub third_agrees: bool,
    /// What the second reader, left alone, says to it.
    pub second: Second,
    /// A name that is in no list of names.
    pub unlisted: bool,
    /// Grammar, number of digits, list of words: the value fits; none: there is nothing to fit.
    pub grammar: Option<bool>,
    /// A row of boxes read as a whole and box by box says the same; none: no boxes.
    pub boxes: Option<bool>,
    /// Another field says the same: a name is read as its フリガナ says; none: nothing to compare.
    pub vote: Option<bool>,
    /// Characters in the value.
    pub letters: usize,
    /// How well the page fits the blank.
    pub fit: f64,
}

/// What the second reader says to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Second {
    /// The same.
    Same,
    /// The same where the neural readers are not sure of a character.
    WhereWeak,
    /// Something else.
    Other,
}

impl Second {
    /// From what it says, and how sure the neural readers are where it says something else.
    pub(super) fn new(same: bool, unborne: f64) -> Self {
        match (same, unborne >= SURE) {
            (true, _) => Self::Same,
            (false, true) => Self::WhereWeak,
            (false, false) => Self::Other,
        }
    }
}

/// A group of types that fail alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Digits with a grammar.
    Number,
    /// Names of persons.
    Name,
    /// Kana.
    Kana,
    /// Addresses and free text.
    Text,
    /// One of a list.
    Listed,
}

impl Group {
    /// The group of a type; marks have none.
    pub(super) const fn of(kind: &FieldType) -> Option<Self> {
        Some(match kind {
            FieldType::PersonName => Self::Name,
            FieldType::Furigana => Self::Kana,
            FieldType::Address { .. } | FieldType::Text | FieldType::Email => Self::Text,
            FieldType::Code { .. } => Self::Listed,
            FieldType::Choice { .. } | FieldType::Checkbox | FieldType::Stamp | FieldType::Barcode => {
                return None;
            }
            _ => Self::Number,
        })
    }

    /// Below this probability of the weakest character no agreement helps: on generated pages 動務先 for 勤務先 and 高橋 for 髙橋
    /// were agreed upon by all readers, with a weakest character of 0.82 and less. Kana are often weak only in their size.
    const fn likely(self) -> f64 {
        match self {
            Self::Name | Self::Text => 0.83,
            Self::Number | Self::Listed => 0.7,
            Self::Kana => 0.5,
        }
    }

    /// The word in the calibration's data.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::Kana => "kana",
            Self::Text => "text",
            Self::Listed => "listed",
        }
    }
}

impl Observed {
    /// Whether the readers bear each other out: the two neural ones say the same, and either the second reader, which
    /// makes mistakes of another kind, agrees (on the whole, or where they are not sure), or another field does, or both
    /// are sure of every character. They can be sure of 由 for 田: for a name that is in no list, being sure is not enough.
    /// Where the single boxes say another thing than the row, a misread character is one of two that both could be.
    /// Nothing else ever passes: the neural readers learned from the same pictures and can be wrong together, and a grammar
    /// is content with a day that lost a digit.
    pub(super) fn confirmed(&self, group: Group) -> bool {
        let weakest = self.first.min(self.third);
        let second = match self.second {
            Second::Same => true,
            Second::WhereWeak => !self.unlisted,
            Second::Other => false,
        };
        let another = (second || self.vote == Some(true)) && weakest >= group.likely();
        let alike = self.first_agrees && self.third_agrees && self.boxes != Some(false);
        alike && (another || (weakest >= SURE && !self.unlisted))
    }
}

/// From this probability of its weakest character a neural reader is sure.
const SURE: f64 = 0.9;
/// What is not confirmed is never more probable than this, which is below every threshold.
pub const UNCONFIRMED: f64 = 0.98;

/// The natural logarithm of the odds, cut at ±7.
pub(super) fn log_odds(p: f64) -> f64 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln().clamp(-7.0, 7.0)
}

/// Features of the logistic model, in the order of its weights.
pub(super) fn features(o: &Observed) -> [f64; 10] {
    let flag = |b: bool| f64::from(u8::from(b));
    let known = |b: Option<bool>| b.map_or(0.0, |b| if b { 1.0 } else { -1.0 });
    [
        1.0,
        log_odds(o.share),
        log_odds(o.first.min(o.third)),
        flag(o.first_agrees && o.third_agrees),
        flag(o.second == Second::Same),
        known(o.grammar),
        known(o.boxes),
        known(o.vote),
        (o.letters as f64).ln_1p(),
        o.fit,
    ]
}

/// The probability that a reading of text is right.
pub(super) fn probability(group: Group, observed: &Observed) -> f64 {
    let p = learned().probability(group.word(), &features(observed));
    if observed.confirmed(group) { p } else { p.min(UNCONFIRMED) }
}

/// What was learned: by default from generated pages, where an office has its own file from its own pages.
pub(super) fn learned() -> &'static Learned {
    static LEARNED: LazyLock<Learned> =
        LazyLock::new(|| env::var_os(CALIBRATION).map_or_else(shipped, |path| own(Path::new(&path))));
    &LEARNED
}

/// An office's own file. One that cannot be read is not replaced by the shipped one, with which more may pass than the office
/// found right: without any group nothing is sure, and everything goes to a person.
fn own(path: &Path) -> Learned {
    let text = fs::read_to_string(path).ok();
    text.and_then(|text| Learned::parse(&text).ok()).unwrap_or_default()
}

/// What the program was shipped with.
///
/// # Panics
/// Never: the file inside the program is tested.
#[must_use]
pub fn shipped() -> Learned {
    Learned::parse(SHIPPED).expect("the shipped file is tested")
}

/// From which probability a field of this type passes without a person.
pub(super) const fn threshold(kind: &FieldType) -> f64 {
    match kind {
        FieldType::MyNumber | FieldType::CorporateNumber | FieldType::Money => 0.998,
        FieldType::Date { .. } | FieldType::PostalCode | FieldType::Digits => 0.995,
        _ => 0.99,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::{Group, Observed, Second, own, shipped};
    use std::fs;

    fn observed(weakest: f64, second: Second, unlisted: bool) -> Observed {
        Observed {
            share: 1.0,
            first: weakest,
            third: weakest,
            first_agrees: true,
            third_agrees: true,
            second,
            unlisted,
            grammar: None,
            boxes: None,
            vote: None,
            letters: 4,
            fit: 1.0,
        }
    }

    #[test]
    fn two_who_learned_from_the_same_pictures_need_a_third_or_must_be_sure() {
        let confirmed = |o: &Observed| o.confirmed(Group::Name);
        assert!(confirmed(&observed(0.95, Second::Other, false)));
        assert!(!confirmed(&observed(0.85, Second::Other, false)));
        assert!(confirmed(&observed(0.85, Second::WhereWeak, false)));
        assert!(
            !confirmed(&observed(0.5, Second::Same, false)),
            "what nobody is sure of, agreement does not help"
        );
    }

    #[test]
    fn a_name_that_nobody_bears_needs_a_witness() {
        let sure = observed(0.99, Second::WhereWeak, true);
        assert!(!sure.confirmed(Group::Name));
        assert!(Observed { vote: Some(true), ..sure }.confirmed(Group::Name));
        assert!(observed(0.99, Second::Same, true).confirmed(Group::Name));
    }

    #[test]
    fn what_the_second_reader_says_counts_where_the_others_are_not_sure() {
        assert_eq!(Second::new(true, 0.1), Second::Same);
        assert_eq!((Second::new(false, 0.95), Second::new(false, 0.6)), (Second::WhereWeak, Second::Other));
    }

    #[test]
    fn a_calibration_that_cannot_be_read_is_sure_of_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("calibration.json");
        let sure = [5.0; 10];
        let whole = serde_json::to_string(&shipped()).unwrap();
        assert!(shipped().probability("number", &sure) > 0.9);
        for damaged in [&whole[..whole.len() / 2], "", "{}"] {
            fs::write(&file, damaged).unwrap();
            assert!((own(&file).probability("number", &sure) - 0.5).abs() < 1e-9, "{damaged}");
        }
        assert!((own(&folder.path().join("gone.json")).probability("number", &sure) - 0.5).abs() < 1e-9);
        fs::write(&file, format!("\u{feff}{whole}")).unwrap();
        assert_eq!(own(&file), shipped(), "an editor may have put its mark before it");
    }
}
