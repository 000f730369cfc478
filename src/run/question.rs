//! What a person is asked, and what they said.

use super::{Candidate, Reading};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One doubtful value, shown to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The field: `異動者[1].氏名`, or a word of the step's own.
    pub field: String,
    /// What is thought to be right; null where nothing is known.
    pub value: Value,
    /// Other possible values.
    pub candidates: Vec<Candidate>,
    /// How probable `value` is, 0 to 1.
    pub probability: f64,
    /// Why a person is asked, in Japanese.
    pub reasons: Vec<String>,
    /// What the page shows, in mm from its top left: x, y, width, height.
    pub rect: Option<[f64; 4]>,
    /// What may be answered, and how it is to be confirmed.
    #[serde(default)]
    pub manner: Manner,
}

/// What may be answered to a question, and by how many people how often.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manner {
    /// The field's type: `date`; empty where it is not known.
    pub kind: String,
    /// The words one may answer with; empty: any.
    pub options: Vec<String>,
    /// Whether an empty answer is a mistake.
    pub required: bool,
    /// Whether two people must stand for the same value, the second not seeing the first's.
    pub two: bool,
    /// Whether the value is typed twice.
    pub twice: bool,
    /// Of an address: the field with its postal code.
    pub postal_code: Option<String>,
}

impl Question {
    /// A question about something that is on no paper.
    #[must_use]
    pub fn plain(field: impl Into<String>, value: Value, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            value,
            candidates: Vec::new(),
            probability: 0.0,
            reasons: vec![reason.into()],
            rect: None,
            manner: Manner::default(),
        }
    }

    /// A question about a reading.
    #[must_use]
    pub fn about(reading: &Reading, manner: Manner) -> Self {
        Self {
            field: reading.name.clone(),
            value: reading.value.clone(),
            candidates: reading.candidates.clone(),
            probability: reading.probability,
            reasons: reading.reasons.clone(),
            rect: Some(reading.rect),
            manner: Manner { kind: reading.kind.clone(), ..manner },
        }
    }
}

impl Paper {
    /// A4 upright, in mm.
    #[must_use]
    pub const fn a4() -> (f64, f64) {
        (210.0, 297.0)
    }
}

/// The paper behind the questions of one look, so that a person sees the doubtful fields among all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    /// The form.
    pub form: String,
    /// The page of the file, from 1.
    pub page: u32,
    /// Its width and height in mm.
    #[serde(default = "Paper::a4")]
    pub size: (f64, f64),
    /// The fields that are not asked for. A person may correct them all the same.
    pub others: Vec<Question>,
}
