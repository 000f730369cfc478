//! Reading paper: pages in, readings out, or an [`OcrError`] that says why not. The work is done in the child processes of
//! [`super::readers`].
//!
//! One page goes `page` → `register` → `clean` → `crop` → recognisers → decoding → probability. Reading order: `read_form.rs`,
//! then what it calls.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "pixel arithmetic: pictures are limited to 100 million pixels, so every index fits i32 and f32"
)]
#![expect(
    clippy::many_single_char_names,
    reason = "coordinates and matrices are written as geometry writes them"
)]

mod alphabet;
mod anchors;
mod barcode;
mod blank;
mod blob;
mod calibration;
mod cells;
mod changed_letters;
mod charset;
mod clean;
mod coarse;
mod crop;
mod ctc;
mod date_text;
mod ditto;
mod email_text;
mod error;
mod evidence;
mod field_reading;
mod figures;
mod heading;
mod holes;
mod homography;
mod kanji_in_use;
mod labels;
mod layer;
mod learned;
mod lexicon;
mod look;
mod mark_model;
mod mark_reading;
mod marks;
mod mask;
mod model;
mod name_text;
mod names;
mod native;
mod number_text;
mod onnx_facts;
mod options;
mod overflow;
mod page;
mod page_text;
mod pale;
mod paper;
mod pdf;
mod ppocr;
mod read_form;
mod reading;
mod recognizer;
mod red_seal;
mod register;
mod resize;
mod settle;
mod sort;
mod stamp_ink;
mod stray;
mod strike;
mod struck_figure;
mod tess;
mod text_field;
mod tiff_page;
mod tint;
mod towns;
mod unread;
mod warp;
mod writing;

pub use calibration::{UNCONFIRMED, shipped};
pub use error::OcrError;
pub use learned::{Example, Learned};
pub use native::{NativeParts, Runtime};
pub use page::FrontDoor;
pub use reading::{FieldCandidate, FieldReading, FormFit, FormReading, PageText, SortedPage, Took};
pub use towns::Towns;
pub(super) use {
    read_form::Desk,
    sort::{Outline, sort},
};
