//! The console: what staff see in the morning. It shows records and passes acts to [`crate::control`]; it decides nothing and
//! does not know the engine.
//!
//! - [`routes`]: every address, with the roles it is for, in one table; what is not in it does not exist.
//! - `guard`: who is asking, and whether they may; [`Signed`] is what a page is given. `secure`: headers, hosts, origins.
//! - `page`: the frame around every page; `refusal`: what a page says instead; [`words`]: moments and words for people;
//!   `assets`: the stylesheet and the script. [`means`]: what comes from outside the console.
//! - one file or folder per page, its HTML beside the others in `pages/`.

mod act_words;
mod asked;
mod assets;
mod audit;
mod checks;
mod door;
mod forms;
mod guard;
mod handlers;
mod keeping;
mod machine;
pub mod means;
mod page;
mod people;
mod refusal;
pub mod routes;
mod runs;
mod savings;
mod scenarios;
mod schedule;
mod secure;
mod settings;
mod sign_in;
mod start;
pub mod words;

pub use door::{Entrance, router};
pub use guard::Signed;
pub use means::Means;
pub use page::Page;
pub use refusal::Refusal;

use crate::{
    calendar::OpenDays,
    control::{AuditLog, evidence::Vault, people::People},
    form::Forms,
    problem::Problem,
    scenario::Scenario,
    store::Store,
};
use std::{path::PathBuf, sync::Arc};

/// A scenario file of the office, as it is now.
#[derive(Clone)]
pub struct Loaded {
    /// Where it lies.
    pub file: PathBuf,
    /// The id it says, or its file's name while it has mistakes.
    pub id: String,
    /// The title it says, or its id.
    pub title: String,
    /// The scenario; none while it has mistakes.
    pub scenario: Option<Arc<Scenario>>,
    /// Its mistakes.
    pub problems: Vec<Problem>,
}

/// The scenario files of the office, read again when they change.
pub type Library = Box<dyn Fn() -> Arc<Vec<Loaded>> + Send + Sync>;

/// What the console needs of an office.
pub struct Console {
    /// The city's name.
    pub name: String,
    /// The office's folder.
    pub root: PathBuf,
    /// The name of this machine's audit log.
    pub origin: String,
    /// What is remembered.
    pub store: Arc<Store>,
    /// What is put on record.
    pub log: Arc<AuditLog>,
    /// Pictures that were kept.
    pub vault: Vault,
    /// Who may sign in.
    pub people: People,
    /// The office's open days, as they are now.
    pub calendar: OpenDays,
    /// Its scenarios.
    pub library: Library,
    /// Its forms.
    pub forms: Arc<Forms>,
    /// What else it has.
    pub means: Means,
}

impl Console {
    /// What people call a scenario.
    #[must_use]
    pub fn title(&self, scenario: &str) -> String {
        let all = (self.library)();
        all.iter().find(|l| l.id == scenario).map_or_else(|| scenario.to_owned(), |l| l.title.clone())
    }

    /// A scenario as its file is now.
    #[must_use]
    pub fn loaded(&self, scenario: &str) -> Option<Loaded> {
        (self.library)().iter().find(|l| l.id == scenario).cloned()
    }
}
