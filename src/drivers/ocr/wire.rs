//! What parent and child say to each other: one JSON object per line.

use super::{
    OcrError,
    reading::{FormReading, PageText, SortedPage},
};
use crate::{
    drivers::excel::{SheetTable, TableFault, Wanted},
    form::{Form, PageSpec},
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What the parent asks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    /// How many pages?
    Count {
        /// The file.
        file: PathBuf,
    },
    /// The fields of a form.
    Form {
        /// The file.
        file: PathBuf,
        /// The page, from 1.
        page: u32,
        /// The form.
        form: Box<Form>,
    },
    /// Which form is it?
    Sort {
        /// The file.
        file: PathBuf,
        /// The page, from 1.
        page: u32,
        /// The forms' ids and papers.
        forms: Vec<(String, PageSpec)>,
    },
    /// All text.
    Text {
        /// The file.
        file: PathBuf,
        /// The page, from 1.
        page: u32,
    },
    /// The form's blank original, or a page laid onto it, as a picture.
    Picture {
        /// The form.
        form: Box<Form>,
        /// The page; none: the blank.
        scan: Option<(PathBuf, u32)>,
    },
    /// A table of a workbook.
    Table {
        /// The file.
        file: PathBuf,
        /// What of it.
        wanted: Box<Wanted>,
    },
}

/// What the child answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// So many pages.
    Count(u32),
    /// The fields.
    Form(FormReading),
    /// The text.
    Text(PageText),
    /// Which form.
    Sorted(SortedPage),
    /// A PNG file.
    Picture(#[serde(with = "base64_bytes")] Vec<u8>),
    /// A table.
    Table(SheetTable),
    /// Why a workbook is not read.
    NoTable(TableFault),
    /// Why not.
    Failed(OcrError),
}

/// Bytes as base64 text.
pub(super) mod base64_bytes {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes them.
    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    /// Reads them.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}
