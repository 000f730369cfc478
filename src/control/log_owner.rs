//! A log has one writer: where machines share a database, each needs a log of its own name.

use super::{LogError, LogPlace, log_place::refused};
use crate::store::{Store, Strength};
use std::{fs, io::ErrorKind};

/// Takes the name of the log for this machine, for good.
///
/// # Errors
/// When another machine has it, or nothing can be recorded.
pub(super) async fn claim(store: &Store, place: &LogPlace) -> Result<(), LogError> {
    if !store.is_shared() {
        return Ok(());
    }
    let machine = machine(place)?;
    let key = format!("machine {}", place.origin);
    if store.known(&key).await?.as_ref() == Some(&machine) {
        return Ok(());
    }
    let mut tx = store.begin(Strength::Power).await?;
    tx.alone_with_log(&place.origin).await?;
    if tx.meta(&key).await?.is_some_and(|known| known != machine) {
        return Err(LogError::TwoMachines(place.origin.clone()));
    }
    tx.set_meta(&key, &machine).await?;
    Ok(tx.commit().await?)
}

/// A name of this machine that no other has. It lies with the keys of the log, for it is they that only one may use.
fn machine(place: &LogPlace) -> Result<String, LogError> {
    let path = place.keys.join("machine");
    match fs::read_to_string(&path) {
        Ok(known) if !known.is_empty() => return Ok(known),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(refused(&path, error)),
        // Not there, or a crash left it empty.
        _ => {}
    }
    let new = ulid::Ulid::new().to_string();
    let made = fs::create_dir_all(&place.keys).and_then(|()| fs::write(&path, &new));
    made.map_err(|error| refused(&path, error))?;
    Ok(new)
}
