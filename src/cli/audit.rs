//! `shoki audit verify DIR`: recomputes the log and says what it found.

use super::{Ended, Format, Stopped, print};
use crate::audit::{Note, Options, verify_dir};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The audit log.
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 監査記録を初めから計算し直して確かめます
    Verify(Verify),
}

/// Recomputes a log.
#[derive(Debug, Args)]
struct Verify {
    /// audit/2026 のような年度のフォルダー、または庁のフォルダー
    dir: PathBuf,
    /// 前に確かめたときの確定点（checkpoint の写し）
    #[arg(long, value_name = "ファイル")]
    known: Option<PathBuf>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Audit {
    pub fn run(&self) -> Ended {
        let Act::Verify(verify) = &self.act;
        let mut worst = None;
        let known: Vec<Note> = verify.known.as_deref().map(note).transpose()?.into_iter().collect();
        for dir in logs(&verify.dir)? {
            let options = Options { known: known.clone(), ..Options::default() };
            let report = verify_dir(&dir, &options)
                .map_err(|e| Stopped::technical(format!("{} を読めません: {e}", dir.display())))?;
            match verify.format {
                Format::Json => print::json(&serde_json::to_value(&report).map_err(Stopped::technical)?),
                Format::Text => print::out(&report.render_ja()),
            }
            worst = worst.max(Some((severity(report.exit), report.exit)));
        }
        Ok(worst.map_or(0, |(_, exit)| exit))
    }
}

/// A checkpoint that was kept elsewhere.
fn note(path: &std::path::Path) -> Result<Note, Stopped> {
    let bytes =
        std::fs::read(path).map_err(|e| Stopped::wrong(format!("--known のファイルを読めません: {e}")))?;
    Note::parse(&bytes).map_err(|e| Stopped::wrong(format!("--known のファイルは確定点ではありません: {e}")))
}

/// Faults weigh more than a log that is merely not anchored outside (20).
fn severity(exit: u8) -> u8 {
    match exit {
        0 => 0,
        20 => 1,
        other => other,
    }
}

/// The folders of single years in what was named.
fn logs(dir: &std::path::Path) -> Result<Vec<PathBuf>, Stopped> {
    let is_log = |d: &std::path::Path| d.join("seg").is_dir() || d.join("checkpoint").is_file();
    if is_log(dir) {
        return Ok(vec![dir.to_owned()]);
    }
    let parent = if dir.join("audit").is_dir() { dir.join("audit") } else { dir.to_owned() };
    let inside = std::fs::read_dir(&parent)
        .map_err(|e| Stopped::wrong(format!("{} を読めません: {e}", parent.display())))?;
    let mut years: Vec<PathBuf> =
        inside.filter_map(|f| f.ok().map(|f| f.path())).filter(|d| is_log(d)).collect();
    years.sort();
    if years.is_empty() {
        return Err(Stopped::wrong(format!("{} に監査記録がありません。", dir.display())));
    }
    Ok(years)
}
