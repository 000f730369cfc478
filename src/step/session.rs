//! A legacy system a scenario drives, and the signed-in session in which its steps act.
//!
//! The engine opens, keeps and closes sessions without knowing what they are: the composition root gives it a
//! [`SessionOpener`], and an action takes the driver's own type back out with [`SessionHandle::get`].

use super::Failure;
use secrecy::SecretString;
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

/// Name and password that a system asks for before it shows its first page (HTTP authentication).
#[derive(Debug, Clone)]
pub struct Door {
    /// The name.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// One thing that was done on a screen. Holds no value that was typed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScreenAct {
    /// What kind of thing it was done to: 入力欄, ボタン ….
    pub what: String,
    /// The label by which it was found.
    pub name: String,
    /// The names of the frames on the way there; empty for the window itself.
    pub frame: String,
    /// Its HTML element.
    pub tag: String,
    /// Where it stood in its frame: left, top, width, height, in CSS pixels.
    pub rect: [f64; 4],
    /// JPEG of the screen just before, masked.
    pub before: Option<Vec<u8>>,
    /// JPEG of the screen when what followed had settled, masked.
    pub after: Option<Vec<u8>>,
}

/// One document of a screen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SeenPage {
    /// The names of the frames on the way there; empty for the window itself.
    pub frame: String,
    /// The address without its query.
    pub url: String,
    /// The title.
    pub title: String,
    /// The visible text, masked.
    pub text: String,
}

/// What is to be seen of a session.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// What was done since the last look, in order.
    pub acts: Vec<ScreenAct>,
    /// PNG of the window, masked; none where none was wanted or can be had.
    pub picture: Option<Vec<u8>>,
    /// Every document of the window, from the top; empty unless the whole screen was wanted.
    pub pages: Vec<SeenPage>,
    /// The text of the undeclared dialog that is open.
    pub dialog: Option<String>,
}

/// How closely a session is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// What was done; asks the browser nothing.
    Acts,
    /// The whole screen too.
    Screen,
}

/// Starts a browser for a system and opens its first page; signing in is the scenario's part.
pub type OpenSession = dyn Fn(Arc<SystemFacts>, Option<Door>) -> BoxFuture<'static, Result<SessionHandle, Failure>>
    + Send
    + Sync;
/// Ends a session, browser and driver included.
pub type CloseSession = dyn Fn(SessionHandle) -> BoxFuture<'static, ()> + Send + Sync;
/// Whether a session that waited is still good for another item.
pub type CheckSession = dyn Fn(SessionHandle) -> BoxFuture<'static, bool> + Send + Sync;
/// What is to be seen of a session.
pub type LookAt = dyn Fn(SessionHandle, Look) -> BoxFuture<'static, Option<Seen>> + Send + Sync;

/// How the engine gets and ends sessions. Closures, because there is one implementation and the engine must not know it.
pub struct SessionOpener {
    /// Starts one.
    pub open: Box<OpenSession>,
    /// Ends one.
    pub close: Box<CloseSession>,
    /// Checks one before its next item.
    pub is_good: Box<CheckSession>,
    /// Looks at one.
    pub look: Box<LookAt>,
}
