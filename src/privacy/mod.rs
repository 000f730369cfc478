//! Personal data known by class: how secret a value is, values that do not print, My Numbers found in any text, and
//! pictures painted over.

pub mod class;
pub mod detect;
pub mod masked;
pub mod picture;
mod quiet_panic;
mod scrubbing;

pub use class::DataClass;
pub use detect::{Found, find_my_numbers, holds_my_number, scrub};
pub use masked::Masked;
pub use picture::{PixelRect, paint_over};
pub use quiet_panic::quiet_panics;
pub use scrubbing::Scrubbing;
