//! `shoki submit`, `approve`, `reject`, `deploy`, `retire`: change control of scenarios.

use super::{Ended, GOOD, print, run};
use crate::{
    app::Office,
    control::{
        approvals::{self, By, ChangeAct},
        people::manage::reason,
    },
};
use clap::Args;
use std::path::Path;

/// Which scenario, and why.
#[derive(Debug, Args)]
pub struct Approval {
    /// シナリオの名前かファイル
    scenario: String,
    /// 理由（個人情報を書かないでください）
    #[arg(long, value_name = "文")]
    reason: Option<String>,
}

impl Approval {
    pub async fn run(&self, act: ChangeAct, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let scenario = run::load(&office, &self.scenario)?;
        let store = office.store().await?;
        let log = office.log(&store).await?;
        let by = By { person: run::person(), reason: self.reason.as_deref().map(reason).transpose()? };
        match act {
            ChangeAct::Submit => approvals::submit(&store, &log, &scenario, &by).await?,
            ChangeAct::Approve => approvals::approve(&store, &log, &scenario, &by).await?,
            ChangeAct::Reject => approvals::reject(&store, &log, &scenario, &by).await?,
            ChangeAct::Retire => approvals::retire(&store, &log, &scenario, &by).await?,
            ChangeAct::Deploy => approvals::deploy(&store, &log, &scenario, &by).await?,
        }
        print::out(&format!(
            "シナリオ「{}」の{}を記録しました（{}、内容の指紋 {}…）。",
            scenario.id,
            act.label(),
            by.person,
            &scenario.seal[..12]
        ));
        Ok(GOOD)
    }
}
