//! A place on the form and what may stand there.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A rectangle in mm from the top left of the page.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// The rectangle as the JSON output has it: x, y, width, height.
    #[must_use]
    pub const fn array(self) -> [f64; 4] {
        [self.x, self.y, self.w, self.h]
    }

    /// Moved right and down, in mm.
    #[must_use]
    pub fn moved(self, dx: f64, dy: f64) -> Self {
        Self { x: self.x + dx, y: self.y + dy, ..self }
    }
}

/// Where the era of a date stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EraPlace {
    /// Printed on the form: `令和`.
    Printed(String),
    /// One of these printed words is circled: 明 大 昭 平 令.
    Circled(Vec<(String, Rect)>),
}

/// The handwritten parts of a date whose 年 月 日 are printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DateParts {
    /// The era.
    pub era: EraPlace,
    /// The year's digits (or 元).
    pub year: Rect,
    /// The month's digits.
    pub month: Rect,
    /// The day's digits.
    pub day: Rect,
}

/// How people mark one of several printed options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MarkKind {
    /// A circle around the printed word (丸囲み); its box is the word's.
    #[default]
    Circle,
    /// A tick or a cross in a small box; its box is that one.
    Check,
    /// A small box filled in.
    Fill,
}

/// What may stand in a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FieldType {
    /// Anything.
    Text,
    /// A person's name.
    PersonName,
    /// A reading in katakana.
    Furigana,
    /// An address; `postal_code` names the field whose towns help to read it.
    Address {
        /// The field with the postal code.
        postal_code: Option<String>,
    },
    /// A date; without parts the whole box is one text.
    Date {
        /// Where its numbers stand.
        parts: Option<DateParts>,
    },
    /// A time of day.
    Time,
    /// Seven digits.
    PostalCode,
    /// A telephone number.
    Phone,
    /// Digits, kept as text.
    Digits,
    /// An amount in yen.
    Money,
    /// 個人番号, twelve digits.
    MyNumber,
    /// 法人番号, thirteen digits.
    CorporateNumber,
    /// One or several of printed options, marked.
    Choice {
        /// How people mark them.
        mark: MarkKind,
        /// The options in the order of the form.
        options: Vec<(String, Rect)>,
        /// How many must be marked.
        exactly: Option<u32>,
    },
    /// Marked or not.
    Checkbox,
    /// One word of a list.
    Code {
        /// The words.
        list: Vec<String>,
    },
    /// An e-mail address.
    Email,
    /// A barcode.
    Barcode,
    /// A seal or stamp: there or not.
    Stamp,
}

impl FieldType {
    /// The word after `type:`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::PersonName => "person_name",
            Self::Furigana => "furigana",
            Self::Address { .. } => "address",
            Self::Date { .. } => "date",
            Self::Time => "time",
            Self::PostalCode => "postal_code",
            Self::Phone => "phone",
            Self::Digits => "digits",
            Self::Money => "money",
            Self::MyNumber => "my_number",
            Self::CorporateNumber => "corporate_number",
            Self::Choice { .. } => "choice",
            Self::Checkbox => "checkbox",
            Self::Code { .. } => "code",
            Self::Email => "email",
            Self::Barcode => "barcode",
            Self::Stamp => "stamp",
        }
    }

    /// What people call it: `date` is 日付.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Text => "文字",
            Self::PersonName => "氏名",
            Self::Furigana => "フリガナ",
            Self::Address { .. } => "住所",
            Self::Date { .. } => "日付",
            Self::Time => "時刻",
            Self::PostalCode => "郵便番号",
            Self::Phone => "電話番号",
            Self::Digits => "数字",
            Self::Money => "金額",
            Self::MyNumber => "個人番号",
            Self::CorporateNumber => "法人番号",
            Self::Choice { .. } => "選択",
            Self::Checkbox => "チェック",
            Self::Code { .. } => "決まった言葉",
            Self::Email => "電子メール",
            Self::Barcode => "バーコード",
            Self::Stamp => "印",
        }
    }
}

/// A place on the form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its word: `届出日`; inside rows, after expansion, `異動者[1].氏名`.
    pub name: String,
    /// What may stand there.
    pub kind: FieldType,
    /// Where, in mm. For a choice the smallest rectangle around its options.
    pub rect: Rect,
    /// Whether an empty field is a mistake.
    pub required: bool,
    /// Into how many equally wide boxes the rectangle is divided.
    pub cells: Option<u32>,
    /// How many lines of writing it holds.
    pub lines: u32,
    /// The probability from which it passes without a person; none: the type's own.
    pub threshold: Option<f64>,
    /// A CSV file of the office with the words that are likely there, one a line; absolute.
    #[serde(default)]
    pub lexicon: Option<PathBuf>,
    /// Whether two people must stand for its value before it is used.
    #[serde(default)]
    pub two: bool,
    /// Whether a person types its value twice.
    #[serde(default)]
    pub twice: bool,
}

#[cfg(test)]
impl Field {
    /// A field of one line of which nothing is asked.
    pub(crate) fn plain(kind: FieldType, rect: Rect) -> Self {
        Self {
            name: "欄".to_owned(),
            kind,
            rect,
            required: false,
            cells: None,
            lines: 1,
            threshold: None,
            lexicon: None,
            two: false,
            twice: false,
        }
    }
}
