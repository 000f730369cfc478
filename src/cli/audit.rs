//! `shoki audit`: verify the log, take its checkpoint out of the machine, disclose parts of it.

use super::{Ended, Format, Stopped, print};
use crate::audit::{Note, Options, Policy, VerifierKey, VerifyError, office, verify_office};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

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
    /// 信じる鍵と立会者を書いた方針
    #[arg(long, value_name = "ファイル")]
    policy: Option<PathBuf>,
    /// 運用を始めたときに受け取った検証鍵（log.vkey）
    #[arg(long, value_name = "ファイル")]
    key: Vec<PathBuf>,
    /// 前に確かめたときの確定点（checkpoint の写し）
    #[arg(long, value_name = "ファイル")]
    known: Vec<PathBuf>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Audit {
    pub fn run(&self) -> Ended {
        match &self.act {
            Act::Verify(verify) => verify.run(),
        }
    }
}

impl Verify {
    fn run(&self) -> Ended {
        let years = verify_office(&self.dir, &self.options()?).map_err(|why| {
            let said = format!("{}: {why}", self.dir.display());
            if matches!(why, VerifyError::NotALog) { Stopped::wrong(said) } else { Stopped::technical(said) }
        })?;
        match self.format {
            Format::Json => print::json(&office::json(&years)),
            Format::Text => years.iter().for_each(|year| print::out(&year.report.render_ja())),
        }
        Ok(office::worst(&years).exit())
    }

    fn options(&self) -> Result<Options, Stopped> {
        let mut policy = match &self.policy {
            Some(path) => Policy::parse(&read(path)?).map_err(|e| wrong(path, &e))?,
            None => Policy::default(),
        };
        for path in &self.key {
            let text = String::from_utf8_lossy(&read(path)?).into_owned();
            policy.logs.push(VerifierKey::parse(text.trim_end()).map_err(|e| wrong(path, &e))?);
        }
        let known = self.known.iter().map(|path| Note::parse(&read(path)?).map_err(|e| wrong(path, &e)));
        Ok(Options { policy, known: known.collect::<Result<_, _>>()?, ..Options::default() })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Stopped> {
    std::fs::read(path).map_err(|e| wrong(path, &e))
}

fn wrong(path: &Path, why: &dyn std::fmt::Display) -> Stopped {
    Stopped::wrong(format!("{}: {why}", path.display()))
}
