//! A legacy system a scenario drives, and the signed-in session in which its steps act.
//!
//! The engine opens, keeps and closes sessions without knowing what they are: the composition root gives it a
//! [`SessionOpener`], and an action takes the driver's own type back out with [`SessionHandle::get`].

use super::Failure;
use serde::{Deserialize, Serialize};
use std::{any::Any, pin::Pin, sync::Arc};

/// A future without a name.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// When pictures of a system's screens may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HardCopy {
    /// Always.
    Allowed,
    /// Only when something went wrong.
    #[default]
    OnFailure,
    /// Never.
    Forbidden,
}

/// What is declared about one system, its settings already filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemFacts {
    /// Its word in the scenario: `juki`.
    pub id: String,
    /// Where it begins, e.g. `http://127.0.0.1:8080/`; `scheme://host:port` is the allow list.
    pub url: String,
    /// The name of the account that signs in; never the secret itself.
    pub account: Option<String>,
    /// When pictures may be kept.
    pub hard_copy: HardCopy,
    /// How many may be signed in at once.
    pub sessions: usize,
    /// Titles of windows that may appear by themselves and are closed.
    pub notices: Vec<String>,
    /// Texts of a page that says the session has run out.
    pub expired_when: Vec<String>,
    /// Texts of a page that says somebody else holds the record.
    pub locked_when: Vec<String>,
    /// Labels whose values are painted over in every picture.
    pub mask: Vec<String>,
}

/// A session, its type known only to the driver and its actions.
#[derive(Clone)]
pub struct SessionHandle(Arc<dyn Any + Send + Sync>);

impl SessionHandle {
    /// Wraps a driver's session.
    pub fn new<T: Any + Send + Sync>(session: Arc<T>) -> Self {
        Self(session)
    }

    /// The driver's session, if it is of that type.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(&self.0).downcast().ok()
    }
}

/// Starts a browser for a system and opens its first page; signing in is the scenario's part.
pub type OpenSession =
    dyn Fn(Arc<SystemFacts>) -> BoxFuture<'static, Result<SessionHandle, Failure>> + Send + Sync;
/// Ends a session, browser and driver included.
pub type CloseSession = dyn Fn(SessionHandle) -> BoxFuture<'static, ()> + Send + Sync;
/// A masked PNG of what is on the screen now, if one can be had.
pub type PictureOf = dyn Fn(SessionHandle) -> BoxFuture<'static, Option<Vec<u8>>> + Send + Sync;

/// How the engine gets and ends sessions. Closures, because there is one implementation and the engine must not know it.
pub struct SessionOpener {
    /// Starts one.
    pub open: Box<OpenSession>,
    /// Ends one.
    pub close: Box<CloseSession>,
    /// Photographs one.
    pub picture: Box<PictureOf>,
}
