//! `shoki runs`: the newest runs.

use super::{Ended, Format, GOOD, print};
use crate::app::Office;
use clap::Args;
use serde_json::json;
use std::path::Path;

/// The newest runs.
#[derive(Debug, Args)]
pub struct Runs {
    /// 何件まで
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Runs {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let store = Office::open(office)?.store().await?;
        let runs = store.runs(self.limit).await?;
        if self.format == Format::Json {
            let list: Vec<_> = runs
                .iter()
                .map(|r| json!({ "id": r.id, "scenario": r.scenario, "state": r.state.word(), "date": r.date, "created_at": r.created_at, "ended_at": r.ended_at }))
                .collect();
            print::json(&json!({ "runs": list }));
            return Ok(GOOD);
        }
        if runs.is_empty() {
            print::out("まだ実行はありません。`shoki run シナリオ` で始められます。");
            return Ok(GOOD);
        }
        let head = ["実行", "シナリオ", "業務日", "状態"].map(str::to_owned).to_vec();
        let rows = runs
            .iter()
            .map(|r| vec![r.id.clone(), r.scenario.clone(), r.date.clone(), r.state.label().to_owned()]);
        print::out(&print::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()));
        Ok(GOOD)
    }
}
