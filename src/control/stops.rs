//! The emergency stop and its release.

use super::{AuditLog, acts::ActError};
use crate::{
    audit::{Actor, Counts, Draft, Event, Status},
    run::RunState,
    store::{Run, Stop, Store, Strength},
};

/// Stops a run, or everything. Nothing begins any more once this has returned; what an engine has in hand is finished.
/// A run that nobody has in hand is stopped at once.
///
/// # Errors
/// When the run is at rest already, or nothing can be recorded.
pub async fn stop(
    store: &Store,
    log: &AuditLog,
    run: Option<&Run>,
    reason: &str,
    by: &str,
) -> Result<(), ActError> {
    if let Some(run) = run.filter(|r| !matches!(r.state, RunState::Queued | RunState::Running)) {
        return Err(ActError::AtRest(run.state.label()));
    }
    let actor = Actor::User(by.to_owned());
    let mut tx = store.begin(Strength::Power).await?;
    if run.is_none() && tx.stopped(None).await?.is_some() {
        return Err(ActError::StoppedAlready);
    }
    let stop = Stop {
        id: ulid::Ulid::new().to_string(),
        run: run.map(|r| r.id.clone()),
        reason: reason.to_owned(),
        by: by.to_owned(),
        at: log.now(),
    };
    tx.add_stop(&stop).await?;
    let mut draft = Draft::new(Event::RunStop, &actor).data("reason", reason);
    if let Some(run) = run {
        draft = draft.run(&run.id);
    }
    log.write(&mut tx, &draft).await?;
    if let Some(run) = run
        && !tx.is_in_hand(&run.id).await?
    {
        tx.move_run(&run.id, RunState::Stopped, Some(&sentence(&stop)), &log.now()).await?;
        tx.release(Some(&run.id), by, &log.now()).await?;
        let ended = Draft::new(Event::RunEnd, &actor).run(&run.id).counts(Status::Ng, &Counts::default());
        log.write(&mut tx, &ended.data("state", RunState::Stopped.word())).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Why something is stopped, for people.
#[must_use]
pub fn sentence(stop: &Stop) -> String {
    format!("職員（{}）の指示で止めました: {}", stop.by, stop.reason)
}

/// Releases every stop. Runs that were stopped stay so until `resume`. Says how many stops there were.
///
/// # Errors
/// When nothing can be recorded.
pub async fn release(store: &Store, log: &AuditLog, reason: &str, by: &str) -> Result<u64, ActError> {
    let mut tx = store.begin(Strength::Power).await?;
    let released = tx.release(None, by, &log.now()).await?;
    if released > 0 {
        let draft = Draft::new(Event::ConfigSet, &Actor::User(by.to_owned())).data("key", "stop.release");
        let empty = crate::audit::tree::hex(&crate::audit::tree::sha256(b"").0);
        log.write(&mut tx, &draft.data("sha256", empty).data("reason", reason)).await?;
    }
    tx.commit().await?;
    Ok(released)
}
