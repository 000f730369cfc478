//! Nursery places (保育所等利用調整): points with every point explained, and the placement.
//!
//! - [`Table`]: a city's table of points for one fiscal year, as data; [`score`] applies it to an application.
//! - [`Wishes`]: what a family wants for its children together, written out as an ordered list of tuples.
//! - [`Market`]: places, children, families; [`place`] finds who goes where; [`blocking`] checks it without sharing its code.
//! - `Refusal`: why a child was not placed where it wished.
//! - [`gather`]: the papers of families, put together as one line for each child.

mod childless;
mod complete;
mod condition;
mod market;
mod papers;
mod placement;
mod queue;
mod reasons;
mod score;
mod stability;
mod table;
mod wishes;

#[cfg(test)]
mod score_vectors;

pub use childless::{Childless, childless, even_ties};
pub use complete::{Found, search};
pub use condition::{Condition, Facts};
pub use market::{Applicant, Child, Family, Group, Market, MarketFault, Outcome, Seats, Standing, lot};
pub use papers::{Application, Certificate, Gathered, ParentFacts, gather};
pub use placement::{Placement, place};
pub use reasons::{Refusal, refusals};
pub use score::{Points, Scored, Step, last_key, score};
pub use stability::{Blocking, blocking, unlawful};
pub use table::{Adjustment, Combine, Criterion, Group as AdjustmentGroup, Parents, Sum, Table, TieBreak};
pub use wishes::{First, MOST, Together, Tuples, Wishes};
