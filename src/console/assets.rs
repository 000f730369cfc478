//! The stylesheet and the scripts, in the program itself. Their addresses hold their digest, so browsers keep them for good.

use super::Refusal;
use crate::audit::tree;
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use std::sync::LazyLock;

struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const ASSETS: &[Asset] = &[
    Asset { name: "console.css", kind: "text/css; charset=utf-8", text: include_str!("assets/console.css") },
    Asset {
        name: "console.js",
        kind: "text/javascript; charset=utf-8",
        text: include_str!("assets/console.js"),
    },
    Asset { name: "check.css", kind: "text/css; charset=utf-8", text: include_str!("assets/check.css") },
    Asset { name: "check.js", kind: "text/javascript; charset=utf-8", text: include_str!("assets/check.js") },
    Asset {
        name: "check_help.js",
        kind: "text/javascript; charset=utf-8",
        text: include_str!("assets/check_help.js"),
    },
];

/// Where each asset is found: `/assets/1a2b3c4d-console.css`.
static PLACES: LazyLock<Vec<String>> = LazyLock::new(|| ASSETS.iter().map(place).collect());

fn place(asset: &Asset) -> String {
    let digest = tree::hex(&tree::sha256(asset.text.as_bytes()).0[..4]);
    format!("/assets/{digest}-{}", asset.name)
}

/// The address of the asset called `name`.
///
/// # Panics
/// When there is none: a page names one that is not in the list.
pub(super) fn address(name: &str) -> &'static str {
    let at = ASSETS.iter().position(|a| a.name == name).expect("pages name assets that exist");
    &PLACES[at]
}

/// The address of the stylesheet.
pub(super) fn style() -> &'static str {
    address("console.css")
}

pub(super) async fn serve(Path(name): Path<String>) -> Response {
    let wanted = format!("/assets/{name}");
    let Some(at) = PLACES.iter().position(|place| *place == wanted) else {
        return Refusal::NotFound.into_response();
    };
    let kept = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    ([(header::CONTENT_TYPE, ASSETS[at].kind), kept], ASSETS[at].text).into_response()
}
