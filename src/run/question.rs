//! What a person is asked, and what they said.

use super::Candidate;
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
}

/// A person's answer to one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The field asked.
    pub field: String,
    /// The value the person stands for.
    pub value: Value,
}
