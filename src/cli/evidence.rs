//! `shoki evidence`: pictures that were kept. Who looks is on record; what is destroyed cannot come back.

use super::{Ended, GOOD, Stopped, print, run};
use crate::{
    app::Office,
    control::evidence::{self, EvidenceError, Rule, Vault},
};
use clap::{Args, Subcommand};
use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Pictures that were kept.
#[derive(Debug, Args)]
pub struct Evidence {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 実行の証跡の一覧
    List {
        /// 実行の ID
        run: String,
    },
    /// 証跡を1つ取り出します（誰が見たかが監査記録に残ります）
    Show {
        /// `shoki evidence list` や `shoki checks` に出る名前
        name: String,
        /// 書き出すファイル
        #[arg(long, value_name = "ファイル")]
        to: PathBuf,
    },
    /// 実行の証跡を復元できない形で消去します（本人とは別の承認者が必要です）
    Purge {
        /// 実行の ID
        run: String,
        /// 承認した人の ID
        #[arg(long, value_name = "ID")]
        approver: String,
    },
    /// 保存日数（`shoki.toml` の `evidence_days` と `contents_days`）を過ぎた証跡と読取値などを消去します
    Expire,
}

impl From<EvidenceError> for Stopped {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Gone(_) | EvidenceError::SamePerson => Self::wrong(error),
            _ => Self::technical(error),
        }
    }
}

impl Evidence {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let store = office.store().await?;
        let vault = Vault::of(&office.root);
        if let Act::List { run } = &self.act {
            let rows = store.evidence(run).await?;
            let line = |row: &crate::store::EvidenceRow| {
                let field = row.field.clone().unwrap_or_default();
                vec![row.file.clone(), row.n.to_string(), row.step.clone(), field, row.length.to_string()]
            };
            print::out(&print::table(&rows.iter().map(line).collect::<Vec<_>>()));
            return Ok(GOOD);
        }
        let log = office.log(&store).await?;
        let by = run::person();
        match &self.act {
            Act::List { .. } => {}
            Act::Show { name, to } => {
                let of = name.split('/').next().unwrap_or_default();
                let bytes = evidence::view(&store, &log, &vault, (of, name), &by).await?;
                write_private(to, &bytes)
                    .map_err(|e| Stopped::technical(format!("{} に書けません: {e}", to.display())))?;
                print::out(&format!("{} に書き出しました。見終わったら消してください。", to.display()));
            }
            Act::Purge { run, approver } => {
                let rule = Rule::People { by, approver: approver.clone() };
                let count = evidence::purge(&store, &log, &vault, run, &rule).await?;
                print::out(&format!("{count} 件の証跡を消去し、監査記録に残しました。"));
            }
            Act::Expire => {
                let days = office.config.audit.evidence_days;
                let runs = evidence::expire(&store, &log, &vault, days).await?;
                print::out(&format!("終わってから {days} 日を過ぎた {runs} 件の実行の証跡を消去しました。"));
                let days = office.config.audit.contents_days;
                let runs = evidence::expire_contents(&store, &log, days).await?;
                print::out(&format!(
                    "終わってから {days} 日を過ぎた {runs} 件の実行の中身（読取値・回答など）を消去しました。"
                ));
            }
        }
        log.checkpoint().await.map_err(Stopped::technical)?;
        Ok(GOOD)
    }
}

fn write_private(to: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(to)?;
    file.write_all(bytes)
}
