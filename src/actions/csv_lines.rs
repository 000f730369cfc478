//! The lines of a CSV file, by way of a reader behind walls.

use super::{faults, paper_faults};
use crate::{
    drivers::{
        csv::{CsvFault, Encoding, Line, MOST_BYTES},
        files::FileFault,
        ocr::OcrError,
        readers::ReaderPool,
    },
    step::Failure,
};
use std::{fs::File, io::Read as _, path::Path};

/// The lines, or why the file is no list (inside); outside, why it could not be looked at.
pub(super) async fn csv_lines(
    pool: &ReaderPool,
    at: &Path,
    encoding: Encoding,
) -> Result<Result<Vec<Line>, CsvFault>, Failure> {
    let at = at.to_owned();
    let bytes = faults::beside(move || {
        let mut bytes = Vec::new();
        let file = File::open(&at).map_err(|e| FileFault::reading(&at, e))?;
        // Not one byte more than is needed to see that it is too large.
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|e| FileFault::reading(&at, e))?;
        Ok(bytes)
    });
    match pool.read_list(encoding, bytes.await?).await {
        Ok(read) => Ok(read),
        Err(OcrError::Crashed) => Ok(Err(CsvFault::Other)),
        Err(OcrError::TimedOut { .. }) => Ok(Err(CsvFault::TooLarge)),
        Err(other) => Err(paper_faults::failure(&other)),
    }
}
