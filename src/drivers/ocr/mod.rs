//! Reading paper: pages in, readings out. The work is done by child processes of the same binary (`shoki reader`), which also
//! read workbooks: both are files of strangers.
//!
//! - parent: [`ReaderPool`] asks, [`OcrError`] says why not
//! - child: [`reader_main`]; one page goes `page` → `register` → `clean` → `crop` → recognisers → decoding → probability
//!
//! Reading order: `read_form.rs`, then what it calls.
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
mod charset;
mod clean;
mod coarse;
mod crop;
mod ctc;
mod date_text;
mod error;
mod evidence;
mod field_reading;
mod homography;
mod kanji_in_use;
mod layer;
mod learned;
mod lexicon;
mod mark_model;
mod marks;
mod mask;
mod model;
mod name_text;
mod names;
mod native;
mod number_text;
mod onnx_facts;
mod page;
mod page_text;
mod paper;
mod pdf;
mod pool;
mod ppocr;
mod read_form;
mod reader;
mod reading;
mod recognizer;
mod register;
mod settle;
mod sort;
mod stamp_ink;
mod strike;
mod tess;
mod text_field;
mod tiff_page;
mod towns;
mod unread;
mod warp;
mod wire;

pub use calibration::shipped;
pub use error::OcrError;
pub use learned::{Example, Learned};
pub use native::{NativeParts, Runtime};
pub use page::FrontDoor;
pub use pool::{PoolConfig, ReaderPool};
pub use reader::{probe_main, reader_main};
pub use reading::{FieldCandidate, FieldReading, FormFit, FormReading, PageText, SortedPage};
pub use towns::Towns;
