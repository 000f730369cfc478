//! What the reader gives back. `actions` turns it into the words of a run.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// A possible value and how probable it is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldCandidate {
    /// The value.
    pub value: Value,
    /// 0 to 1.
    pub probability: f64,
}

/// One field as it was read.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldReading {
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
    pub candidates: Vec<FieldCandidate>,
    /// Why it passed or did not, in Japanese.
    pub reasons: Vec<String>,
    /// A person must look whatever the probability.
    pub ask: bool,
    /// What the probability was computed from: the group of types and its numbers, for calibration. No text.
    pub observed: Option<(String, Vec<f64>)>,
}

/// A page read as a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormReading {
    /// The form's id.
    pub form: String,
    /// The page, from 1.
    pub page: u32,
    /// How well the blank's printed matter lies on the page, 0 to 1.
    pub fit: f64,
    /// Every field in the order of the form.
    pub readings: Vec<FieldReading>,
    /// Pictures (PNG) of the fields that did not pass: the field's name and the picture, base64.
    pub crops: Vec<FieldPicture>,
    /// The whole page (JPEG) where a field did not pass, for the person who looks: places of a 個人番号 are painted over.
    pub whole: Option<FieldPicture>,
    /// What it took.
    pub took: Took,
}

/// Where a reader's time for a page went, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Took {
    /// From the file to the readings and the pictures for people.
    pub whole: f64,
    /// Of it until the page lay on its blank, cleaned; the reading of its heading left out.
    pub laying: f64,
    /// Of it in the neural readers' models, for the heading and for the fields.
    pub models: f64,
    /// Of it in the second reader.
    pub second: f64,
}

/// Which form a page is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SortedPage {
    /// The page, from 1.
    pub page: u32,
    /// The form's id; none: unsortable.
    pub form: Option<String>,
    /// The forms that were looked at closely, best first.
    pub fits: Vec<FormFit>,
    /// Why the page could not be sorted, in Japanese.
    pub reason: Option<String>,
}

/// How well a page fits a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormFit {
    /// The form's id.
    pub form: String,
    /// 0 to 1.
    pub fit: f64,
}

/// A picture of one field, or of the page.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldPicture {
    /// The field; empty for the page.
    pub field: String,
    /// The file.
    #[serde(with = "base64_bytes")]
    pub bytes: Vec<u8>,
}

/// The text of a page.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PageText {
    /// All lines, top to bottom, joined by newlines.
    pub text: String,
    /// The lines.
    pub lines: Vec<TextLine>,
}

/// One line of text on a page.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    /// The text.
    pub text: String,
    /// The mean probability of its characters, 0 to 1.
    pub probability: f64,
    /// Where on the page, in mm from its top left: x, y, width, height.
    pub rect: [f64; 4],
}

// What people wrote is personal: a debug print shows where, never what.

impl fmt::Debug for FieldCandidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldCandidate(***, {:.3})", self.probability)
    }
}

impl fmt::Debug for FieldReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldReading({}, ***, {:.3}, pass: {})", self.name, self.probability, self.pass)
    }
}

impl fmt::Debug for FieldPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldPicture({}, {} bytes)", self.field, self.bytes.len())
    }
}

impl fmt::Debug for PageText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageText({} lines)", self.lines.len())
    }
}

impl fmt::Debug for TextLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextLine(***, {:.3})", self.probability)
    }
}

/// Bytes as base64 text.
mod base64_bytes {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes them.
    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    /// Reads them.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}
