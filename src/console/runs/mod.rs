//! 実行: the list, one run, one item; and what a person does to them.
//!
//! - `list`: with filters, page by page; `run`: one run as a time line, live; `item`: one case with its steps and pictures.
//! - `acts`: stop, resume, settle what is in doubt.

mod acts;
mod item;
mod list;
mod run;

pub(super) use acts::{again, release, settle, stop, stop_all, stop_form};
pub(super) use item::{picture, show as item};
pub(super) use list::show as list;
pub(super) use run::{attached, live, output, show as run};

use super::{Console, Refusal};
use crate::store::Run;
use serde_json::Value;

/// The run with exactly this id.
async fn find(console: &Console, id: &str) -> Result<Run, Refusal> {
    let found = console.store.run(id).await?.filter(|run| run.id == id);
    found.ok_or(Refusal::NotFound)
}

/// Who or what began a run.
fn begun_by(run: &Run) -> String {
    let text = |key| run.actor.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    match text("kind").as_str() {
        "schedule" => "予定".into(),
        _ => text("id"),
    }
}
