//! `shoki stop ID|--all`: the emergency stop, and its release.

use super::{Ended, GOOD, Stopped, print, run};
use crate::{app::Office, control::stops};
use clap::Args;
use std::path::Path;

/// Stops a run, or everything.
#[derive(Debug, Args)]
pub struct StopArgs {
    /// 実行の ID
    #[arg(required_unless_present_any = ["all", "release"], conflicts_with_all = ["all", "release"])]
    id: Option<String>,
    /// すべての実行を止め、解除するまで何も開始しません
    #[arg(long, conflicts_with = "release")]
    all: bool,
    /// 緊急停止を解除します（止めた実行は `shoki resume` で続けます）
    #[arg(long)]
    release: bool,
    /// 理由（監査記録に残ります。個人情報は書かないでください）
    #[arg(long, default_value = "理由の記入なし")]
    reason: String,
}

impl StopArgs {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let store = office.store().await?;
        let log = office.log(&store).await?;
        let by = run::person();
        if self.release {
            let released = stops::release(&store, &log, &self.reason, &by).await?;
            print::out(match released {
                0 => "緊急停止はかかっていません。",
                _ => "緊急停止を解除しました。止めた実行は `shoki resume ID` で続けられます。",
            });
            return Ok(GOOD);
        }
        let found = match &self.id {
            Some(id) => Some(store.run(id).await?.ok_or_else(|| run::no_run(id))?),
            None => None,
        };
        stops::stop(&store, &log, found.as_ref(), &self.reason, &by).await?;
        print::out(&match &found {
            Some(run) => format!("実行 {} を止めました。処理中の手順が終わりしだい止まります。", run.id),
            None => "すべて止めました。新しいことは何も始まりません。処理中の手順は終わりしだい止まります。解除は `shoki stop --release` です。".into(),
        });
        Ok(GOOD)
    }
}

impl From<crate::control::LogError> for Stopped {
    fn from(e: crate::control::LogError) -> Self {
        Self::technical(e)
    }
}
