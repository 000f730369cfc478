//! The pages of a case as pictures: the one the fields are on, and the others of the same document.

use super::handled::handled;
use crate::{
    console::{Console, Refusal, Signed},
    control::{checks::Case, evidence},
    store::{Check, EvidenceRow, Item},
};
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::sync::Arc;

/// Pages of one document lie beside each other in a run; so many to either side are looked through.
const NEAR: u32 = 20;

/// A picture of a page.
pub(super) struct Picture {
    /// Where it is.
    pub(super) href: String,
    /// For people.
    pub(super) label: String,
    /// It is the page the fields are on.
    pub(super) own: bool,
}

fn is_page(row: &EvidenceRow) -> bool {
    row.kind.starts_with("page.")
}

/// The pages that were kept of one item, with their places among its evidence. A step that was tried again has kept its page
/// again: the last is the one that was read.
fn pages(kept: &[EvidenceRow]) -> Vec<(usize, &EvidenceRow)> {
    let mut pages: Vec<(usize, &EvidenceRow)> = Vec::new();
    for (at, row) in kept.iter().enumerate().rev().filter(|(_, row)| is_page(row)) {
        if pages.iter().all(|(_, known)| known.field != row.field) {
            pages.push((at, row));
        }
    }
    pages.reverse();
    pages
}

fn label(row: &EvidenceRow) -> String {
    format!("{}ページ", row.field.clone().unwrap_or_default().replace('#', " "))
}

/// All pictures of the case; the page the fields are on comes first, then the other pages of the same document.
pub(super) async fn of(console: &Console, case: &Case) -> Result<Vec<Picture>, Refusal> {
    let check = &case.check;
    let kept = console.store.evidence_of(&check.run_id, check.n).await?;
    let paper = check.paper.as_ref().map(|p| format!("{}#{}", p.form, p.page));
    let own = |(at, row): (usize, &EvidenceRow)| Picture {
        href: format!("/checks/{}/page/{at}", check.id),
        label: label(row),
        own: row.field == paper,
    };
    let mut pictures: Vec<Picture> = pages(&kept).into_iter().map(own).collect();
    pictures.sort_by_key(|p| !p.own);
    for item in same_document(console, check).await? {
        let kept = console.store.evidence_of(&check.run_id, item.n).await?;
        pictures.extend(pages(&kept).into_iter().map(|(at, row)| Picture {
            href: format!("/checks/{}/beside/{}/{at}", check.id, item.n),
            label: format!("同じ書類の {}", label(row)),
            own: false,
        }));
    }
    Ok(pictures)
}

fn file(item: &Item) -> Option<&str> {
    item.input.get("file").and_then(Value::as_str)
}

/// The other items of the run that are pages of the same document.
async fn same_document(console: &Console, check: &Check) -> Result<Vec<Item>, Refusal> {
    let from = check.n.saturating_sub(NEAR + 1);
    let mut near = console.store.some_items(&check.run_id, None, from, 2 * NEAR + 1).await?;
    let Some(own) = near.iter().find(|item| item.n == check.n).and_then(file).map(str::to_owned) else {
        return Ok(Vec::new());
    };
    near.retain(|item| item.n != check.n && file(item) == Some(&own));
    Ok(near)
}

/// The check, if the person has it now.
async fn held(console: &Console, signed: &Signed, id: i64) -> Result<Check, Refusal> {
    let check = handled(console, signed, id).await?;
    let listed = console.store.listed(id).await?.ok_or(Refusal::NotFound)?;
    if listed.holder(console.log.moment().as_millisecond()) != Some(&signed.id) {
        return Err(Refusal::NotAllowed);
    }
    Ok(check)
}

/// A picture of a page of the case. Who looks is on record before they see it.
pub(in crate::console) async fn picture(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path((id, at)): Path<(i64, usize)>,
) -> Result<Response, Refusal> {
    let check = held(&console, &signed, id).await?;
    shown(&console, &signed, (&check.run_id, check.n), at).await
}

/// A picture of another page of the same document.
pub(in crate::console) async fn beside(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path((id, n, at)): Path<(i64, u32, usize)>,
) -> Result<Response, Refusal> {
    let check = held(&console, &signed, id).await?;
    if !same_document(&console, &check).await?.iter().any(|item| item.n == n) {
        return Err(Refusal::NotFound);
    }
    shown(&console, &signed, (&check.run_id, n), at).await
}

async fn shown(
    console: &Console,
    signed: &Signed,
    (run, n): (&str, u32),
    at: usize,
) -> Result<Response, Refusal> {
    let kept = console.store.evidence_of(run, n).await?;
    let row = kept.get(at).filter(|row| is_page(row)).ok_or(Refusal::NotFound)?;
    let bytes =
        evidence::view(&console.store, &console.log, &console.vault, (run, &row.file), &signed.id).await?;
    let kind = if row.kind == "page.jpg" { "image/jpeg" } else { "image/png" };
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}
