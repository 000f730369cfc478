//! 朝のまとめ: what the night did, what waits for whom, what comes next.

use super::{Console, Page, Refusal, Signed, page::show as shown};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    page: Page,
}

/// What was just done.
#[derive(Deserialize)]
pub(super) struct Done {
    pub(super) said: Option<String>,
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Query(done): Query<Done>,
) -> Result<Response, Refusal> {
    let page = Page::of(&console, &signed, "朝のまとめ", "/").await?.said(done.said.as_deref());
    shown(&Start { page })
}
