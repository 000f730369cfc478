//! Runs items through steps, so that nothing is lost and nothing is done twice.
//!
//! - [`Engine::execute`]: one pass of a run, from start or resume until nothing can move without a person.
//! - `dispatcher`: before, the list of items, the workers, after.
//! - `item`: one item from where it stands; `attempt`: one step with its tries; `guard`: intent, act, receipt, doubt.
//! - `late`: how often is looked for an act that got no answer, before it may be done again or a person decides.
//! - `unfold`: repetitions written out, so that everything else sees a plain list of steps.
//! - `sessions`: who is signed in where; a fresh session gets the screen steps since the last receipt done again.
//! - `told`: one key with other contents than were entered: a person is told, nothing is entered.
//! - `turned_away`: passwords that were not taken, so that nobody's account is locked while nobody looks.
//! - `film`: what was done on the screens of an item, kept as one HTML file.
//! - `brake`: the emergency stop, and what lets a run wait for an hour; `budget`: the same failure again and again;
//!   `limits`: room on the disk, and the pulse of the work; `reserve`: room taken beforehand; [`watchdog`]: the end of a process in which that pulse stands still.
//! - `event`: the stream of what happens, for who follows it in the journal or over HTTP.
//! - `tenure`: this process as one of several workers; who lost its lease changes nothing and acts no more.
//!
//! Every change of state is one transaction with its audit entry. An error of store or log ends the pass at once
//! (no log, no action); what was on record is taken up by `shoki resume`.

mod attempt;
mod brake;
mod budget;
mod dispatcher;
mod event;
mod film;
mod film_page;
mod guard;
mod item;
mod keep;
mod late;
mod limits;
mod parts;
mod probe;
mod reserve;
mod rest;
mod scope;
mod sessions;
mod tenure;
mod told;
mod turned_away;
mod unfold;
pub mod watchdog;

pub use brake::Brake;
pub use event::{Events, RunEvent};
pub use limits::{Beat, Limits, Pulse};
pub use parts::{AccountSource, Credentials, Engine, EngineError, Progress, Watch};
pub use reserve::Reserve;
pub use tenure::Tenure;
pub use turned_away::TurnedAway;
