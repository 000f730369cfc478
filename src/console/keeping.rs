//! 設定, what may be changed there: the office's own days, by an administrator; how long things are kept, asked for by one and
//! decided by an approver. Both stand in `shoki.toml` and hold at once.

use super::{
    Console, Refusal, Signed,
    asked::Decision,
    means::{Edited, SettingChange},
    settings::wrong,
    words,
};
use crate::{
    control::{
        people::PeopleError,
        settings::{self, Keep},
    },
    store::Proposal,
};
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use std::sync::Arc;

/// Proposals that are looked through, undecided ones first.
const PROPOSALS: u32 = 50;

/// What somebody asks for.
pub(super) struct Asking {
    pub(super) id: i64,
    pub(super) what: String,
    pub(super) reason: String,
    pub(super) by: String,
    pub(super) at: String,
    pub(super) own: bool,
}

/// What waits for an approver.
pub(super) async fn asking(console: &Console, signed: &Signed) -> Result<Vec<Asking>, Refusal> {
    let line = |p: Proposal| {
        let keep = Keep::asked(&p).filter(|_| p.decided_at.is_none())?;
        let (own, at) = (p.proposed_by == signed.id, words::moment(&p.proposed_at));
        Some(Asking { id: p.id, what: keep.label(), reason: p.reason, by: p.proposed_by, at, own })
    };
    Ok(console.store.proposals(PROPOSALS).await?.into_iter().filter_map(line).collect())
}

/// A refusal that belongs on the page; the others are pages of their own.
async fn told(console: &Console, signed: &Signed, error: PeopleError) -> Result<Response, Refusal> {
    match error {
        PeopleError::Record(error) => Err(error.into()),
        error => wrong(console, signed, error.to_string()).await,
    }
}

/// A day of the office's own.
#[derive(Deserialize)]
pub(super) struct Day {
    date: String,
    #[serde(default)]
    name: String,
    /// `open` or `closed`.
    how: String,
}

impl Day {
    fn is_open(&self) -> bool {
        self.how == "open"
    }
}

pub(super) async fn add(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(day): Form<Day>,
) -> Result<Response, Refusal> {
    let (date, name, open) = (day.date.trim().to_owned(), day.name.trim().to_owned(), day.is_open());
    let how = if open { "開庁" } else { "閉庁" };
    let what = format!("{how}日 {date}（{name}）を加える");
    days(&console, &signed, &SettingChange::AddDay { date, name, open }, &what).await
}

pub(super) async fn remove(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(day): Form<Day>,
) -> Result<Response, Refusal> {
    let (date, open) = (day.date.trim().to_owned(), day.is_open());
    let what = format!("{}日 {date} を外す", if open { "開庁" } else { "閉庁" });
    days(&console, &signed, &SettingChange::RemoveDay { date, open }, &what).await
}

/// On record first, then done.
async fn days(
    console: &Console,
    signed: &Signed,
    change: &SettingChange,
    what: &str,
) -> Result<Response, Refusal> {
    let edited = match (console.means.edit)(change) {
        Ok(edited) => edited,
        Err(why) => return wrong(console, signed, why).await,
    };
    let said = (what, edited.sha256.as_str());
    if let Err(error) = settings::note_days(&console.store, &console.log, said, &signed.id).await {
        return told(console, signed, error).await;
    }
    put(console, &edited)?;
    Ok(Redirect::to("/settings?said=saved").into_response())
}

fn put(console: &Console, edited: &Edited) -> Result<(), Refusal> {
    (console.means.put)(edited).map_err(Refusal::Not)
}

/// How long things are to be kept, and why.
#[derive(Deserialize)]
pub(super) struct Wanted {
    days: String,
    years: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn propose(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Refusal> {
    let Some(keep) = Keep::typed(&wanted.days, &wanted.years) else {
        let why = "証跡は1〜3650日、監査記録は1〜100年の数字で入力してください。";
        return wrong(&console, &signed, why.into()).await;
    };
    if (console.means.keep)() == Some(keep) {
        return wrong(&console, &signed, "今の設定と同じです。".into()).await;
    }
    let edited = match (console.means.edit)(&SettingChange::Keep(keep)) {
        Ok(edited) => edited,
        Err(why) => return wrong(&console, &signed, why).await,
    };
    let asked = (keep, wanted.reason.as_str(), edited.sha256.as_str());
    match settings::propose_keep(&console.store, &console.log, asked, &signed.id).await {
        Ok(_) => Ok(Redirect::to("/settings?said=keep_proposed").into_response()),
        Err(error) => told(&console, &signed, error).await,
    }
}

pub(super) async fn decide(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(n): Path<i64>,
    Form(decision): Form<Decision>,
) -> Result<Response, Refusal> {
    let proposal = console.store.proposals(PROPOSALS).await?.into_iter().find(|p| p.id == n);
    let keep = proposal.as_ref().and_then(Keep::asked).ok_or(Refusal::NotFound)?;
    let edited = match (console.means.edit)(&SettingChange::Keep(keep)) {
        Ok(edited) => edited,
        Err(why) => return wrong(&console, &signed, why).await,
    };
    let accepted = decision.is_yes();
    let said = (n, accepted, edited.sha256.as_str());
    if let Err(error) = settings::decide_keep(&console.store, &console.log, said, &signed.id).await {
        return told(&console, &signed, error).await;
    }
    if accepted {
        put(&console, &edited)?;
    }
    Ok(Redirect::to("/settings?said=decided").into_response())
}
