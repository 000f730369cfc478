//! How the faults of files and workbooks become failures, and how a path of a scenario becomes a place on the disk.

use super::paper_faults;
use crate::{
    drivers::{
        csv::{CsvFault, Unwritable},
        excel::{LedgerFault, TableFault},
        files::{self, FileFault},
        ocr::OcrError,
    },
    step::{Failure, StepContext},
};
use std::path::PathBuf;

/// The place of a path of the scenario, inside the office folder.
pub(super) fn place(cx: &StepContext, path: &str) -> Result<PathBuf, Failure> {
    cx.folder.resolve(path).map_err(|e| Failure::stop("SHK0605", e.to_string()))
}

/// The place of a file that must be there.
pub(super) fn existing(cx: &StepContext, path: &str) -> Result<PathBuf, Failure> {
    let at = place(cx, path)?;
    if at.is_file() { Ok(at) } else { Err(FileFault::Missing(path.to_owned()).into()) }
}

/// The path a file goes to: into a folder where `to` ends with `/`, else to `to` itself.
pub(super) fn destination(file: &str, to: &str) -> String {
    match (to.ends_with('/'), file.rsplit('/').next()) {
        (true, Some(name)) => format!("{to}{name}"),
        _ => to.to_owned(),
    }
}

/// Does slow work beside the others. A crash of a library ends the step, not the program.
pub(super) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let crashed = |_| {
        Failure::stop(
            "SHK0606",
            "ファイルの処理中に異常が起きました。ファイルが壊れていないか確かめてください。",
        )
    };
    tokio::task::spawn_blocking(work).await.map_err(crashed)?
}

/// Writes `file`, which lies at `at`, whole. What another run, item or step or a person put there stays as a former version;
/// gives its path from the office folder.
pub(super) async fn write_over(
    cx: &StepContext,
    file: &str,
    at: PathBuf,
    bytes: impl FnOnce() -> Result<Vec<u8>, Failure> + Send + 'static,
) -> Result<Option<String>, Failure> {
    let place = &cx.place;
    let writer = format!("{} {} {}", place.run, place.item.unwrap_or_default(), place.step);
    let now = cx.clock.local().strftime("%Y-%m-%d_%H%M%S").to_string();
    let written = beside(move || Ok(files::write_over(&at, &bytes()?, &writer, &now)?)).await?;
    let folder = file.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
    let from_office = |former: PathBuf| {
        let tail: PathBuf = former.components().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
        format!("{folder}{}", tail.display())
    };
    Ok(written.map(from_office))
}

/// What follows when the walled-in reader could not read a workbook; `file` is what the scenario calls it.
pub(super) fn unread(file: &str, error: &OcrError) -> Failure {
    let name = file.rsplit('/').next().unwrap_or(file);
    match error {
        OcrError::Crashed => TableFault::NoWorkbook(name.to_owned()).into(),
        OcrError::TimedOut { seconds } => {
            let what = format!("読込みが{seconds}秒で終わりません");
            TableFault::TooLarge { file: name.to_owned(), what }.into()
        }
        other => paper_faults::failure(other),
    }
}

impl From<FileFault> for Failure {
    fn from(fault: FileFault) -> Self {
        let message = fault.to_string();
        match fault {
            FileFault::Open { .. } => Self::again("SHK0601", message),
            FileFault::ReadOnly(_) | FileFault::Forbidden(_) => Self::again("SHK0602", message),
            FileFault::Full(_) => Self::again("SHK0603", message),
            FileFault::Missing(_) => Self::stop("SHK0604", message),
            FileFault::Exists(_) => Self::stop("SHK0611", message),
            FileFault::Other { .. } => Self::again("SHK0609", message),
        }
    }
}

impl From<CsvFault> for Failure {
    fn from(fault: CsvFault) -> Self {
        Self::stop("SHK0608", fault.to_string())
    }
}

impl From<Unwritable> for Failure {
    fn from(fault: Unwritable) -> Self {
        Self::stop("SHK0608", fault.to_string())
    }
}

impl From<LedgerFault> for Failure {
    fn from(fault: LedgerFault) -> Self {
        Self::stop("SHK0610", fault.to_string())
    }
}

impl From<TableFault> for Failure {
    fn from(fault: TableFault) -> Self {
        let message = fault.to_string();
        match fault {
            TableFault::NoWorkbook(_)
            | TableFault::Password(_)
            | TableFault::Macros(_)
            | TableFault::NamedWrongly { .. }
            | TableFault::TooLarge { .. }
            | TableFault::TooWide { .. } => Self::stop("SHK0606", message),
            _ => Self::stop("SHK0607", message),
        }
    }
}
