//! Mistakes shown with place, cause and repair.
//!
//! - [`Problem`]: one mistake: a code, a sentence, a place in a [`Source`], a repair.
//! - [`render`]: a picture of all Problems, the caret right under Japanese; [`Problem::json`]: the same for programs.
//! - [`explain`]: the page of a code, for `shoki explain SHK0101`.

mod codes;
mod picture;
#[expect(clippy::module_inception, reason = "the file is named for the type it holds")]
mod problem;
mod source;

pub use codes::{CODES, Code, explain, title};
pub use picture::render;
pub use problem::{Problem, closest};
pub use source::{Place, Source};
