//! Evidence: files below `evidence/`, with salted commitments on record.

use super::{EngineError, item::Work};
use crate::{
    audit::tree,
    control::LogError,
    scenario::Step,
    step::Blob,
    store::{NewEvidence, Strength},
};
use std::{fs, io, os::unix::fs::DirBuilderExt, path::PathBuf};

/// `SHA-256("shoki-evd/1\n" ‖ salt ‖ blob)`, hex.
fn commitment(salt: &[u8; 32], blob: &[u8]) -> String {
    tree::hex(&tree::sha256(&[b"shoki-evd/1\n", &salt[..], blob].concat()).0)
}

impl Work<'_> {
    /// Keeps what a step wants kept.
    pub(super) async fn keep(&self, step: &Step, blobs: Vec<Blob>) -> Result<(), EngineError> {
        if blobs.is_empty() {
            return Ok(());
        }
        let engine = &self.pass.engine;
        let at = engine.log.now();
        let mut tx = engine.begin(Strength::Process).await?;
        for blob in blobs {
            let (file, salt) =
                self.put(step, &blob).map_err(|error| LogError::File { place: "evidence/".into(), error })?;
            let (salt_hex, commitment) = (tree::hex(&salt), commitment(&salt, &blob.bytes));
            let evidence = NewEvidence {
                run: &self.pass.run.id,
                n: self.n,
                step: &step.id,
                kind: blob.kind,
                field: blob.field.as_deref(),
                file: &file,
                commitment: &commitment,
                salt: &salt_hex,
                length: i64::try_from(blob.bytes.len()).unwrap_or(i64::MAX),
                at: &at,
            };
            tx.add_evidence(&evidence).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Writes one blob. The name says nothing but its place: item, running number, kind.
    fn put(&self, step: &Step, blob: &Blob) -> io::Result<(String, [u8; 32])> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(io::Error::other)?;
        let at = self.steps.iter().position(|s| s.id == step.id).map_or(0, |at| at + 1);
        let name = format!("{:04}-{at:02}-{}.{}", self.n, tree::hex(&salt[..4]), blob.kind);
        let dir: PathBuf = self.pass.engine.folder.root().join("evidence").join(&self.pass.run.id);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        fs::write(dir.join(&name), &blob.bytes)?;
        Ok((format!("{}/{name}", self.pass.run.id), salt))
    }
}
