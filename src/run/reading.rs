//! What was read from paper.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A possible value and how probable it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The value.
    pub value: Value,
    /// 0 to 1.
    pub probability: f64,
}

/// One field of a form as it was read. `raw` is never overwritten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The field: `届出日`, `異動者[1].氏名`.
    pub name: String,
    /// The field's type: `date`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the first reader saw, before any rule.
    pub raw: String,
    /// Text; dates ISO; choice: the option or null; checkbox and stamp: true or false.
    pub value: Value,
    /// Calibrated probability that `value` is right, 0 to 1.
    pub probability: f64,
    /// Whether it may be used without a person.
    pub pass: bool,
    /// Where on the page, in mm from its top left: x, y, width, height.
    pub rect: [f64; 4],
    /// Other possible values, best first.
    pub candidates: Vec<Candidate>,
    /// Why it passed or did not, in Japanese.
    pub reasons: Vec<String>,
}
