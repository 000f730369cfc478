//! Who is asking, and whether they may. In front of every handler; a handler without it cannot be put into the table.

use super::{Console, refusal::Refusal, routes::Access, sign_in};
use crate::{
    audit::{Actor, Draft, Event},
    control::people::{Door, Guest, PeopleError, Role},
};
use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use std::sync::Arc;

/// Somebody who is signed in: what a handler is given.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The personal id, as the audit log knows it.
    pub id: String,
    /// What screens show.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// What signing out and own settings need.
    pub guest: Guest,
    /// Where they came in.
    pub door: Door,
}

impl Signed {
    /// Whether they have this role.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether an address of this access is open to them.
    #[must_use]
    pub fn may(&self, access: Access) -> bool {
        access.admits(&self.roles, self.guest.unfinished)
    }
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or(Refusal::SignIn)
    }
}

/// The name of the cookie. Browsers bind `__Host-` to this very host, and to encrypted connections; without encryption, on this
/// machine only, the cookie says by its name that it is another one.
pub(super) const fn cookie_name(door: Door) -> &'static str {
    match door {
        Door::Tls => "__Host-shoki",
        Door::Local => "shoki-local",
    }
}

/// The cookie of a session.
pub(super) fn cookie(door: Door, token: String) -> Cookie<'static> {
    let cookie =
        Cookie::build((cookie_name(door), token)).path("/").http_only(true).same_site(SameSite::Strict);
    cookie.secure(door == Door::Tls).build()
}

/// The session's id that the browser sent.
pub(super) fn token(headers: &HeaderMap, door: Door) -> Option<String> {
    CookieJar::from_headers(headers).get(cookie_name(door)).map(|c| c.value().to_owned())
}

/// What a guard knows of its line in the table.
#[derive(Clone)]
pub(super) struct Watch {
    pub(super) console: Arc<Console>,
    pub(super) access: Access,
    pub(super) door: Door,
    pub(super) path: &'static str,
}

/// What watches over addresses that do not exist.
#[derive(Clone)]
pub(super) struct Nowhere {
    pub(super) console: Arc<Console>,
    pub(super) door: Door,
}

async fn guest(console: &Console, headers: &HeaderMap, door: Door) -> Result<Option<Guest>, PeopleError> {
    let Some(token) = token(headers, door) else { return Ok(None) };
    // What a page asks by itself does not keep anybody signed in.
    let by_itself = headers.contains_key("x-live");
    console.people.guest(&token, door, !by_itself).await
}

/// Lets a request through to its handler, or not.
pub(super) async fn guard(State(watch): State<Watch>, mut request: Request, next: Next) -> Response {
    let guest = match guest(&watch.console, request.headers(), watch.door).await {
        Ok(guest) => guest,
        Err(error) => return Refusal::from(error).into_response(),
    };
    request.extensions_mut().insert(watch.door);
    let Some(guest) = guest else {
        if watch.access == Access::Open {
            return next.run(request).await;
        }
        return sign_in::asked(&watch.console, request.method() == Method::GET, request.uri().path());
    };
    let signed = Signed {
        id: guest.person.id.clone(),
        name: guest.person.name.clone(),
        roles: guest.roles.clone(),
        guest,
        door: watch.door,
    };
    if signed.may(watch.access) {
        request.extensions_mut().insert(signed);
        return next.run(request).await;
    }
    if signed.guest.unfinished {
        return sign_in::unfinished(request.method() == Method::GET);
    }
    let op = format!("{} {}", request.method(), watch.path);
    deny(&watch.console, &signed.id, &op).await;
    Refusal::NotAllowed.into_response()
}

/// Puts on record that somebody was not let in. That it cannot be recorded lets nobody in either.
async fn deny(console: &Console, person: &str, op: &str) {
    let op: String = op
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._:/@+-".contains(c) { c } else { '.' })
        .collect();
    let draft = Draft::new(Event::AuthzDeny, &Actor::User(person.to_owned())).data("op", op);
    if let Err(error) = console.people.record(&draft).await {
        tracing::error!(%error, "a denial is not on record");
    }
}

/// Whoever is not signed in does not learn which addresses exist.
pub(super) async fn nowhere(State(nowhere): State<Nowhere>, request: Request, next: Next) -> Response {
    let known = request.extensions().get::<MatchedPath>().is_some();
    let (get, path) = (request.method() == Method::GET, request.uri().path().to_owned());
    if !known && !matches!(guest(&nowhere.console, request.headers(), nowhere.door).await, Ok(Some(_))) {
        return sign_in::asked(&nowhere.console, get, &path);
    }
    let response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        return (StatusCode::METHOD_NOT_ALLOWED, Refusal::NotFound.page()).into_response();
    }
    response
}
