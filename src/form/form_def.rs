//! A form: its page, its fields, and what must hold between them.

use super::{DateParts, EraPlace, Field, FieldType, Rect};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// The forms of an office by id.
pub type Forms = BTreeMap<String, Arc<Form>>;

/// The paper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageSpec {
    /// Width in mm.
    pub width: f64,
    /// Height in mm.
    pub height: f64,
    /// The blank original, a PDF or a picture; absolute.
    pub blank: PathBuf,
}

/// A block that repeats downwards (or sideways).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// Its word: `異動者`.
    pub name: String,
    /// How many there are.
    pub count: u32,
    /// From one to the next, in mm: right, down.
    pub pitch: (f64, f64),
    /// How many of the first must be filled where a field is `required`.
    pub required_rows: u32,
    /// The fields of the first.
    pub fields: Vec<Field>,
}

/// Something that must hold between fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossCheck {
    /// An expression over the fields, without its `${{ }}`.
    pub that: String,
    /// What is said when it does not hold.
    pub otherwise: String,
    /// The fields a person then looks at.
    pub fields: Vec<String>,
}

/// A paper form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// Its word: `住民異動届`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The paper.
    pub page: PageSpec,
    /// Single fields.
    pub fields: Vec<Field>,
    /// Repeated blocks.
    pub rows: Vec<Rows>,
    /// Checks across fields.
    pub checks: Vec<CrossCheck>,
}

impl Form {
    /// Every field with its place, rows written out as `異動者[1].氏名`.
    #[must_use]
    pub fn places(&self) -> Vec<Field> {
        let mut all = self.fields.clone();
        for rows in &self.rows {
            for n in 1..=rows.count {
                all.extend(rows.fields.iter().map(|f| rows.nth(f, n)));
            }
        }
        all
    }
}

impl Rows {
    /// The field `f` in the `n`-th repetition, from 1.
    fn nth(&self, f: &Field, n: u32) -> Field {
        let (dx, dy) = (self.pitch.0 * f64::from(n - 1), self.pitch.1 * f64::from(n - 1));
        let name = format!("{}[{n}].{}", self.name, f.name);
        let required = f.required && n <= self.required_rows;
        Field { name, kind: moved(&f.kind, dx, dy), rect: f.rect.moved(dx, dy), required, ..f.clone() }
    }
}

/// The type with all its own places moved.
fn moved(kind: &FieldType, dx: f64, dy: f64) -> FieldType {
    let shift = |list: &[(String, Rect)]| list.iter().map(|(w, r)| (w.clone(), r.moved(dx, dy))).collect();
    match kind {
        FieldType::Choice { mark, options, exactly } => {
            FieldType::Choice { mark: *mark, options: shift(options), exactly: *exactly }
        }
        FieldType::Date { parts: Some(p) } => {
            let era = match &p.era {
                EraPlace::Printed(word) => EraPlace::Printed(word.clone()),
                EraPlace::Circled(list) => EraPlace::Circled(shift(list)),
            };
            let [year, month, day] = [p.year, p.month, p.day].map(|r| r.moved(dx, dy));
            FieldType::Date { parts: Some(DateParts { era, year, month, day }) }
        }
        other => other.clone(),
    }
}
