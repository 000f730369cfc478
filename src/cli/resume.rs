//! `shoki resume ID`: takes a run up again. Steps on record are not done again.

use super::{Ended, Format, Stopped, run};
use crate::{
    app::{Office, OfficeError},
    control::{acts, approvals},
    run::RunState,
    scenario::Scenario,
    store::{Run, Store},
};
use clap::Args;
use std::path::Path;

/// So many runs are looked through for one that can go on.
const RECENT: u32 = 100;

/// Takes a run up again.
#[derive(Debug, Args)]
pub struct Resume {
    /// 実行の ID（省略すると、終わっていない最新の実行）
    id: Option<String>,
    /// 実行後にシナリオが変わっていても、今のシナリオで続けます
    #[arg(long)]
    changed: bool,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Resume {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let store = office.store().await?;
        let found = match &self.id {
            Some(id) => store.run(id).await?.ok_or_else(|| run::no_run(id))?,
            None => newest(&store).await?,
        };
        let scenario = run::load(&office, &found.scenario)?;
        self.same(&found, &scenario)?;
        let log = office.log(&store).await?;
        approvals::may_run(&store, &log, &scenario, &run::person()).await?;
        if matches!(office.lock(), Err(OfficeError::Serving)) {
            acts::wake(&store, &log, &found, self.changed.then_some(&*scenario.sha256)).await?;
        }
        drop((log, store));
        run::go(&office, found, scenario, self.format).await
    }

    /// A run goes on with the scenario it began with, unless a person says otherwise.
    fn same(&self, run: &Run, scenario: &Scenario) -> Result<(), Stopped> {
        if self.changed || run.sha256 == scenario.sha256 {
            return Ok(());
        }
        let message = "実行を始めたあとでシナリオが変わっています。内容を確かめ、今のシナリオで続けるなら `--changed` を付けてください。";
        Err(Stopped::wrong(message))
    }
}

/// The newest run that is not done; where all are, the newest.
async fn newest(store: &Store) -> Result<Run, Stopped> {
    let runs = store.runs(RECENT).await?;
    let at = runs.iter().position(|run| run.state != RunState::Done).unwrap_or_default();
    runs.into_iter().nth(at).ok_or_else(|| Stopped::wrong("まだ実行はありません。"))
}
