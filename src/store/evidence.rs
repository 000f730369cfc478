//! Where evidence lies. The bytes are files below `evidence/`; the audit log holds salted commitments only.

use super::{
    Store, StoreError, Tx,
    link::{Found, sql},
};

/// A kept blob to be put on record.
#[derive(Debug, Clone)]
pub struct NewEvidence<'a> {
    /// The run.
    pub run: &'a str,
    /// The item; 0 outside items.
    pub n: u32,
    /// The step.
    pub step: &'a str,
    /// `crop.png`, `screen.png`.
    pub kind: &'a str,
    /// The field of a crop.
    pub field: Option<&'a str>,
    /// Below `evidence/`.
    pub file: &'a str,
    /// SHA-256 over salt and blob, hex.
    pub commitment: &'a str,
    /// Bytes.
    pub length: i64,
    /// RFC 3339.
    pub at: &'a str,
}

/// A kept blob.
#[derive(Debug, Clone)]
pub struct EvidenceRow {
    /// The item; 0 outside items.
    pub n: u32,
    /// The step.
    pub step: String,
    /// `crop.png`, `screen.png`.
    pub kind: String,
    /// The field of a crop.
    pub field: Option<String>,
    /// Below `evidence/`.
    pub file: String,
    /// SHA-256 over salt and blob, hex.
    pub commitment: String,
    /// Bytes.
    pub length: i64,
}

fn read(row: &Found) -> Result<EvidenceRow, StoreError> {
    Ok(EvidenceRow {
        n: row.count("n")?,
        step: row.text("step")?,
        kind: row.text("kind")?,
        field: row.maybe_text("field")?,
        file: row.text("file")?,
        commitment: row.text("commitment")?,
        length: row.int("length")?,
    })
}

impl Store {
    /// What is kept of a run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn evidence(&self, run: &str) -> Result<Vec<EvidenceRow>, StoreError> {
        let kept = "SELECT n, step, kind, field, file, commitment, length FROM evidence
                    WHERE run_id = $1 ORDER BY n, rowid";
        self.all(sql(kept).bind(run)).await?.iter().map(read).collect()
    }

    /// What is kept of one item, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn evidence_of(&self, run: &str, n: u32) -> Result<Vec<EvidenceRow>, StoreError> {
        let kept = "SELECT n, step, kind, field, file, commitment, length FROM evidence
                    WHERE run_id = $1 AND n = $2 ORDER BY rowid";
        self.all(sql(kept).bind(run).bind(n)).await?.iter().map(read).collect()
    }

    /// One kept blob of a run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn evidence_at(&self, run: &str, file: &str) -> Result<Option<EvidenceRow>, StoreError> {
        let kept = "SELECT n, step, kind, field, file, commitment, length FROM evidence
                    WHERE file = $2 AND run_id = $1";
        self.maybe(sql(kept).bind(run).bind(file)).await?.as_ref().map(read).transpose()
    }

    /// Runs with evidence that came to rest for good before `until` (RFC 3339).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn runs_with_evidence_ended_before(&self, until: &str) -> Result<Vec<String>, StoreError> {
        let old = "SELECT DISTINCT r.id FROM runs r JOIN evidence e ON e.run_id = r.id
                   WHERE r.ended_at < $1 AND r.state IN ('done', 'done_with_exceptions', 'stopped', 'failed')";
        self.all(sql(old).bind(until)).await?.iter().map(|row| row.text("id")).collect()
    }
}

impl Tx<'_> {
    /// Puts a kept blob on record.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_evidence(&mut self, e: &NewEvidence<'_>) -> Result<(), StoreError> {
        let add =
            "INSERT INTO evidence (run_id, n, step, kind, field, file, commitment, salt, length, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let add = sql(add).bind(e.run).bind(e.n).bind(e.step).bind(e.kind).bind(e.field).bind(e.file);
        // The salt lies with the blob, encrypted: who destroys the one has destroyed the other.
        add.bind(e.commitment).bind("").bind(e.length).bind(e.at).run(self.link()).await?;
        Ok(())
    }

    /// Forgets where a run's evidence lies.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_evidence(&mut self, run: &str) -> Result<(), StoreError> {
        sql("DELETE FROM evidence WHERE run_id = $1").bind(run).run(self.link()).await?;
        Ok(())
    }
}
