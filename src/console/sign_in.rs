//! Signing in and out, the first sign-in, and one's own account.

use super::{
    Console, Page, Refusal, Signed, assets,
    guard::{cookie, cookie_name, token},
    page::show as shown,
};
use crate::control::{
    checks,
    people::{Door, PeopleError, sign_in::Credentials},
};
use askama::Template;
use axum::{
    Extension, Form,
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Deserialize;
use std::{fmt::Write as _, net::SocketAddr, sync::Arc};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    office: &'a str,
    style: &'static str,
    id: &'a str,
    next: &'a str,
    fault: Option<String>,
}

fn page(console: &Console, id: &str, next: &str, fault: Option<String>) -> Html<String> {
    let page = SignIn { office: &console.name, style: assets::style(), id, next, fault };
    Html(page.render().unwrap_or_else(|_| "サインイン".into()))
}

/// An address of ours to go on to, and nothing else.
fn inside(next: &str) -> &str {
    let plain = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t']);
    if plain && next != "/sign-in" { next } else { "/" }
}

/// What whoever is not signed in gets instead of anything else.
pub(super) fn asked(console: &Console, get: bool, path: &str) -> Response {
    let next = if get { inside(path) } else { "/" };
    (StatusCode::UNAUTHORIZED, page(console, "", next, None)).into_response()
}

/// Where whoever has not finished setting up is led.
pub(super) fn unfinished(get: bool) -> Response {
    if get { Redirect::to("/account").into_response() } else { Refusal::NotAllowed.into_response() }
}

#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

pub(super) async fn show(State(console): State<Arc<Console>>, Query(query): Query<Next>) -> Response {
    page(&console, "", inside(&query.next), None).into_response()
}

#[derive(Deserialize)]
pub(super) struct Typed {
    id: String,
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn enter(
    State(console): State<Arc<Console>>,
    Extension(door): Extension<Door>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Response {
    let given = Credentials { id: typed.id.trim(), password: &typed.password, code: &typed.code };
    let before = token(&headers, door);
    match console.people.sign_in(given, (door, from.ip()), before.as_deref()).await {
        Ok(begun) => {
            let jar = CookieJar::new().add(cookie(door, begun.token));
            (jar, Redirect::to(inside(&typed.next))).into_response()
        }
        Err(error @ (PeopleError::Wrong | PeopleError::Wait(_))) => {
            let status = if matches!(error, PeopleError::Wait(_)) {
                StatusCode::TOO_MANY_REQUESTS
            } else {
                StatusCode::UNAUTHORIZED
            };
            (status, page(&console, typed.id.trim(), inside(&typed.next), Some(error.to_string())))
                .into_response()
        }
        Err(error) => Refusal::from(error).into_response(),
    }
}

pub(super) async fn leave(
    State(console): State<Arc<Console>>,
    Extension(door): Extension<Door>,
    signed: Signed,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    // What they were confirming is free for others; what they typed stays.
    checks::release(&console.store, &signed.id, None).await?;
    if let Some(token) = token(&headers, door) {
        console.people.sign_out(&token).await?;
    }
    let gone =
        Cookie::build((cookie_name(door), "")).path("/").secure(door == Door::Tls).http_only(true).build();
    Ok((CookieJar::new().remove(gone), Redirect::to("/sign-in")).into_response())
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    page: Page,
    /// Somebody else chose the password.
    initial: bool,
    /// The new second factor: letters, and a picture.
    factor: Option<(String, String)>,
    unfinished: bool,
    fault: Option<String>,
}

async fn account_page(
    console: &Console,
    signed: &Signed,
    fault: Option<String>,
) -> Result<Response, Refusal> {
    let person = &signed.guest.person;
    let title = if signed.guest.unfinished { "はじめての設定" } else { "自分のアカウント" };
    let lacks = console.people.lacks_factor(person);
    let factor = lacks.then(|| console.people.factor_shown(person)).flatten();
    let factor = factor.map(|(letters, url)| (grouped(&letters), picture(&url)));
    let page = Page::of(console, signed, title, "/account").await?;
    shown(&Account { page, initial: person.initial, factor, unfinished: signed.guest.unfinished, fault })
}

/// Letters in groups of four, to be typed.
fn grouped(letters: &str) -> String {
    let letters: Vec<char> = letters.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// A QR code as SVG; empty when the text is too long for one.
fn picture(text: &str) -> String {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return String::new() };
    let (size, mut path) = (code.size(), String::new());
    for (y, x) in
        (0..size).flat_map(|y| (0..size).map(move |x| (y, x))).filter(|(y, x)| code.get_module(*x, *y))
    {
        let _ = write!(path, "M{},{}h1v1h-1z", x + 4, y + 4);
    }
    let edge = size + 8;
    format!(
        "<svg class=\"qr\" viewBox=\"0 0 {edge} {edge}\" role=\"img\" aria-label=\"二要素目を登録するための二次元コード\"><path d=\"{path}\"/></svg>"
    )
}

pub(super) async fn account(
    State(console): State<Arc<Console>>,
    signed: Signed,
) -> Result<Response, Refusal> {
    account_page(&console, &signed, None).await
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    present: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    code: String,
}

pub(super) async fn set_account(
    State(console): State<Arc<Console>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    signed: Signed,
    Form(typed): Form<Chosen>,
) -> Result<Response, Refusal> {
    let (guest, door) = (&signed.guest, signed.door);
    let new = [typed.password.as_str(), typed.again.as_str()];
    let set = if guest.unfinished {
        console.people.finish(guest, door, new, &typed.code).await
    } else {
        console.people.change_password(guest, (door, from.ip()), &typed.present, new).await
    };
    match set {
        Ok(begun) => {
            let jar = CookieJar::new().add(cookie(door, begun.token));
            Ok((jar, Redirect::to("/?said=account")).into_response())
        }
        Err(PeopleError::Record(error)) => Err(error.into()),
        Err(error) => account_page(&console, &signed, Some(error.to_string())).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "",
            "/\n/x",
            "/sign-in",
        ] {
            assert_eq!(inside(bad), "/", "{bad:?}");
        }
        assert_eq!(inside("/runs/01ABC"), "/runs/01ABC");
    }

    #[test]
    fn the_picture_holds_no_text_of_others() {
        let svg = picture("otpauth://totp/%E6%B8%AF:suzuki?secret=ABC");
        assert!(
            svg.starts_with("<svg") && !svg.contains("otpauth") && grouped("ABCDEFGHIJ") == "ABCD EFGH IJ"
        );
    }
}
