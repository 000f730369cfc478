//! 確認: what waits for a person, and the screen on which they compare readings with the paper.
//!
//! The screen works without scripts as a plain form. With `check.js` it shows one field after the other, keeps what is typed
//! at once, and never needs the mouse. Pictures are cut out of one picture of the page by SVG, so that the next field needs
//! nothing from the machine.
//!
//! - `list`: the work list. `screen`: one case; `pictures`: its pages. `keep`: what a screen sends. `words`: what helps while
//!   one types. `view`: a field as a template shows it. `handled`: whom a case concerns, in front of all of them.

mod handled;
mod keep;
mod list;
mod pictures;
mod screen;
mod view;
mod words;

pub(super) use keep::{field, leave, reopen, send, stay, undo};
pub(super) use list::{next, open, show as list};
pub(super) use pictures::{beside, picture};
pub(super) use screen::show as screen;
pub(super) use view::kind_label;
pub(super) use words::{number, words};
