//! A log after its record was put back from a backup: what stands in files and is not on record any more is taken back
//! onto the record, so that the log goes on where it ended, and the log says what happened.

use super::{LogError, LogPlace, audit_files, outside::Outside};
use crate::{
    audit::{Note, layout},
    store::{RolledBack, Store, Strength, Tx},
};
use std::{fs, path::Path};

/// Takes the lines that stand in files beyond the record back onto the record, for every year that has files.
///
/// # Errors
/// When the files do not continue the record, so that one of the two was changed, or the database refuses.
pub(super) async fn take_back(store: &Store, place: &LogPlace) -> Result<(), LogError> {
    if store.rolled_back().await?.is_none() {
        return Ok(());
    }
    let years = fs::read_dir(&place.dir).into_iter().flatten().flatten();
    let mut years: Vec<i16> = years.filter_map(|dir| dir.file_name().to_str()?.parse().ok()).collect();
    years.sort_unstable();
    let mut tx = store.begin(Strength::Power).await?;
    for fy in years {
        let dir = place.dir.join(fy.to_string());
        if dir.join(layout::SEGMENT_DIR).is_dir() {
            take_back_year(&mut tx, place, fy, &dir).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn take_back_year(tx: &mut Tx<'_>, place: &LogPlace, fy: i16, dir: &Path) -> Result<(), LogError> {
    let refused = |error| LogError::File { place: dir.display().to_string(), error };
    let mut known = tx.tree(&place.origin, fy).await?.map_or(0, |tree| tree.size());
    let lines = audit_files::lines_from(dir, known).map_err(refused)?;
    let note = fs::read(dir.join(layout::CHECKPOINT_FILE)).ok().and_then(|bytes| Note::parse(&bytes).ok());
    let end = known + lines.len() as u64;
    let mut stops =
        place.outside.as_ref().map(|o| Outside::of(o, &place.origin, fy).sizes()).unwrap_or_default();
    stops.extend(note.as_ref().map(|note| note.checkpoint.size));
    stops.push(end);
    stops.retain(|size| (known + 1..=end).contains(size));
    stops.sort_unstable();
    stops.dedup();
    let mut rest = lines.as_slice();
    for stop in stops {
        let (some, later) =
            rest.split_at(usize::try_from(stop - known).unwrap_or(rest.len()).min(rest.len()));
        let tree = tx.put_back(&place.origin, fy, some).await?;
        match &note {
            Some(note) if note.checkpoint.size == stop && note.checkpoint.root != tree.root() => {
                return Err(LogError::Tampered("控えの記録と監査記録のファイルが続いていません".into()));
            }
            Some(note) if note.checkpoint.size >= stop => {
                tx.add_checkpoint(&place.origin, fy, stop, tree.root()).await?;
                if note.checkpoint.size == stop {
                    tx.sign_checkpoint(&place.origin, fy, stop, &note.to_string()).await?;
                }
            }
            _ => {}
        }
        (known, rest) = (stop, later);
    }
    // The starts of the program are counted in the lines.
    let epoch = |line: &String| serde_json::from_str::<serde_json::Value>(line).ok()?.get("ep")?.as_u64();
    if let Some(starts) = lines.iter().rev().find_map(epoch) {
        tx.set_meta(&format!("epoch {}", place.origin), &starts.to_string()).await?;
    }
    Ok(())
}

/// The mark of a record that was put back, if this log has not told of it yet.
///
/// # Errors
/// When the database refuses.
pub(super) async fn untold(store: &Store, place: &LogPlace) -> Result<Option<RolledBack>, LogError> {
    let Some(mark) = store.rolled_back().await? else { return Ok(None) };
    let mut tx = store.begin(Strength::Process).await?;
    let told = tx.meta(&told_key(place)).await?;
    Ok(Some(mark).filter(|mark| told.as_ref() != Some(&mark.at)))
}

/// Where it stands of which restore a log has told.
pub(super) fn told_key(place: &LogPlace) -> String {
    format!("told {}", place.origin)
}
