//! Evidence: encrypted below `evidence/`, with salted commitments on record and in the log.

use super::{EngineError, dispatcher::item_id, item::Work};
use crate::{
    audit::{Event, tree},
    control::{LogError, evidence::EvidenceError},
    scenario::Step,
    step::Blob,
    store::{NewEvidence, Strength},
};
use std::io;

impl Work<'_> {
    /// Keeps what a step wants kept.
    pub(super) async fn keep(&self, step: &Step, blobs: Vec<Blob>) -> Result<(), EngineError> {
        if blobs.is_empty() {
            return Ok(());
        }
        let engine = &self.pass.engine;
        let run = &self.pass.run.id;
        let at = engine.log.now();
        let mut draft = engine.log.system(Event::EvidenceKeep).run(run).item(&item_id(self.n)).step(&step.id);
        let mut tx = engine.begin(Strength::Process).await?;
        for blob in blobs {
            let name = self
                .name(step, &blob)
                .map_err(|error| LogError::File { place: "evidence/".into(), error })?;
            let kept = engine.vault.put(run, &name, &blob.bytes).map_err(unkept)?;
            draft = draft.evidence(blob.kind, &kept.commitment, kept.len);
            let evidence = NewEvidence {
                run,
                n: self.n,
                step: &step.id,
                kind: blob.kind,
                field: blob.field.as_deref(),
                file: &kept.file,
                commitment: &kept.commitment,
                length: i64::try_from(kept.len).unwrap_or(i64::MAX),
                at: &at,
            };
            tx.add_evidence(&evidence).await?;
        }
        engine.log.write(&mut tx, &draft).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A name that says nothing but its place: item, running number, kind.
    fn name(&self, step: &Step, blob: &Blob) -> io::Result<String> {
        let mut random = [0; 4];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let at = self.steps.iter().position(|s| s.id == step.id).map_or(0, |at| at + 1);
        Ok(format!("{:04}-{at:02}-{}.{}", self.n, tree::hex(&random), blob.kind))
    }
}

fn unkept(error: EvidenceError) -> LogError {
    match error {
        EvidenceError::Record(error) => error,
        EvidenceError::File { place, error } => LogError::File { place, error },
        other => LogError::File { place: "evidence/".into(), error: io::Error::other(other.to_string()) },
    }
}
