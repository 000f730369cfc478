//! `shoki handover SCENARIO`: 引継ぎ書 as one HTML page. `shoki flow SCENARIO`: its picture alone.

use super::{Ended, GOOD, Stopped, form::page_picture, print, run};
use crate::{
    app::Office,
    clock::{Clock, SystemClock},
    control::approvals,
    drivers::readers::ReaderPool,
    scenario::{self, HandoverFacts, Scenario},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use std::path::{Path, PathBuf};

/// 引継ぎ書.
#[derive(Debug, Args)]
pub struct Handover {
    /// シナリオの名前かファイル
    scenario: String,
    /// 書き出すファイル（書かなければ `引継ぎ書_名前.html`）
    #[arg(long, short, value_name = "ファイル")]
    output: Option<PathBuf>,
    /// 帳票の白紙の絵を入れません（読み取りの部品がない機械で）
    #[arg(long)]
    no_pictures: bool,
}

/// The picture of a scenario.
#[derive(Debug, Args)]
pub struct ScenarioPicture {
    /// シナリオの名前かファイル
    scenario: String,
    /// 書き出すファイル（書かなければ画面に SVG を出します）
    #[arg(long, short, value_name = "ファイル")]
    output: Option<PathBuf>,
}

impl Handover {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let scenario = run::load(&office, &self.scenario)?;
        let facts = HandoverFacts {
            office: office.config.office.name.clone(),
            date: SystemClock.today().to_string(),
            pictures: if self.no_pictures { Vec::new() } else { pictures(&office, &scenario).await? },
            history: history(&office, &scenario).await?,
        };
        let page = scenario::handover(&scenario, &office.forms, &facts);
        let output =
            self.output.clone().unwrap_or_else(|| PathBuf::from(format!("引継ぎ書_{}.html", scenario.id)));
        print::to(Some(&output), &page)?;
        print::out(&format!("{} を書きました。ブラウザーで開いて印刷できます。", output.display()));
        Ok(GOOD)
    }
}

impl ScenarioPicture {
    pub fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let scenario = run::load(&office, &self.scenario)?;
        let svg = scenario::flow(&scenario);
        print::to(self.output.as_deref(), &svg)
    }
}

/// The forms with their boxes.
async fn pictures(office: &Office, scenario: &Scenario) -> Result<Vec<(String, String)>, Stopped> {
    let pool = ReaderPool::new(office.reader_settings()?);
    let mut all = Vec::new();
    for (id, form) in office.forms.iter().filter(|(id, _)| scenario.text.contains(id.as_str())) {
        let page = page_picture(&pool, form, None).await?;
        let svg = scenario::form_picture(form, Some(&page), &[]);
        all.push((id.clone(), format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))));
    }
    Ok(all)
}

/// What happened to the scenario.
async fn history(office: &Office, scenario: &Scenario) -> Result<Vec<[String; 3]>, Stopped> {
    let store = office.store().await?;
    let all = approvals::history(&store, &scenario.id).await?;
    let row = |c: &approvals::Change| {
        let reason = c.reason.as_ref().map(|r| format!("（{r}）")).unwrap_or_default();
        let changed = if c.seal == scenario.seal { "" } else { "（今とは違う内容）" };
        [c.at.clone(), format!("{}{reason}{changed}", c.act.label()), c.by.clone()]
    };
    Ok(all.iter().map(row).collect())
}
