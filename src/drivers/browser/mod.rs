//! Legacy screens, driven through `WebDriver` by what a person sees.
//!
//! - [`BrowserSettings`]: which chromedriver, which Chromium, how long to wait.
//! - [`SystemRules`]: what one system's screens may do by themselves; everything else stops the session.
//! - [`Session`]: one signed-in browser with a driver and a profile of its own; [`Screen`] are the acts in it.
//! - [`BrowserError`]: what went wrong, what follows from it ([`Kind`]), and whether something was already pressed.
//! - [`keeper`]: the small parent process that ends driver and browser whatever happens to us.
//!
//! The page is read by one script, that of `page/`, which walks all frames of a window and answers with what it found.

mod ask;
mod charset;
mod dialog;
mod entry;
mod error;
mod evidence;
mod files;
mod fill;
mod film;
mod find;
pub mod keeper;
mod kept;
mod keyed;
mod launch;
mod patience;
mod press;
mod read;
mod rules;
mod screen;
mod search;
mod separators;
mod session;
mod settings;
mod submit;
mod survey;
mod touch;
mod window;
mod wire;

pub use dialog::{Dialogs, Reply};
pub use error::{BrowserError, Cause, Kind, Lack};
pub use evidence::{Evidence, FramePage};
pub use fill::ReadBack;
pub use film::{Pictures, Shot};
pub use find::{Press, PressKind, RowPick, Spot};
pub use keyed::Keys;
pub use press::Follow;
pub use read::Table;
pub use rules::{SystemRules, origin_of};
pub use screen::Screen;
pub use search::Search;
pub use session::Session;
pub use settings::BrowserSettings;
pub use submit::Submit;
pub use touch::{HELD, KEYS, Stroke};
