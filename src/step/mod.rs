//! The seam: what an action is, and what it is given. Actions, engine and scenario meet here and nowhere else.
//!
//! - [`Action`]: one kind of step; [`ActionDef`] keeps its facts; [`Catalog`] finds them by name.
//! - [`Arg`]: an argument, literal or `${{ }}`; the engine fills every `${{ }}` before [`Action::run`].
//! - [`StepContext`]: the office folder, the forms, the clock, the signed-in session, a person's answer.
//! - [`Failure`]: again, stop, ask or hold, with a sentence in Japanese.
//! - [`SystemFacts`] / [`SessionHandle`]: a legacy system and the session in which a step acts.

mod action;
mod arg;
mod context;
mod failure;
mod folder;
mod session;

pub use crate::expr::Shape;
pub use action::{Action, ActionDef, Catalog, Effect, Prepared};
pub use arg::Arg;
pub(crate) use arg::filled;
pub use context::{Blob, Permit, Place, Resources, StepContext};
pub use failure::{Ask, AskKind, Failure, FailureKind};
pub use folder::{Folder, PathRefused, is_ours};
pub use session::{
    BoxFuture, CheckSession, CloseSession, Door, HardCopy, Look, LookAt, OpenSession, ScreenAct, Seen,
    SeenPage, SessionHandle, SessionOpener, SystemFacts,
};
