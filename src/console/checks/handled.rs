//! Whose case it is: who does not look after the cases of its scenario (取扱者名簿) gets at nothing of it, however they ask.

use crate::{
    console::{Console, Refusal, Signed},
    store::Check,
};

/// The check, if the person looks after the cases of its scenario. Whatever stands below `/checks/{id}` begins with it, but
/// for letting a case go.
pub(super) async fn handled(console: &Console, signed: &Signed, id: i64) -> Result<Check, Refusal> {
    let check = console.store.check(id).await?.ok_or(Refusal::NotFound)?;
    if !console.store.handles(&signed.id, &check.scenario).await? {
        return Err(Refusal::NotAllowed);
    }
    Ok(check)
}
