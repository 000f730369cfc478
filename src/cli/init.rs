//! `shoki init DIR`: an office that can be worked in.

use super::{Ended, GOOD, Stopped, print};
use clap::Args;
use std::{fs, path::PathBuf};

/// Makes an office.
#[derive(Debug, Args)]
pub struct Init {
    /// 作るフォルダー
    dir: PathBuf,
    /// 市区町村の名前
    #[arg(long, default_value = "○○市")]
    name: String,
}

/// The folders of an office.
pub const FOLDERS: [&str; 4] = ["scenarios", "forms", "受付", "出力"];

/// A `shoki.toml` with every part explained.
pub fn config(name: &str, settings: &[(&str, &str)]) -> String {
    let settings = settings.iter().map(|(k, v)| format!("{k} = {}", toml::Value::from(*v)));
    let settings = settings.collect::<Vec<_>>().join("\n");
    format!(
        "# 書記（shoki）の設定。書かない項目は既定の値になります。\n\
         [office]\n\
         name = {}\n\
         # 監査記録の名前。この機械で一度決めたら変えません。\n\
         origin = \"shoki.invalid/city/host01\"\n\
         \n\
         # シナリオの settings: に書いた名前の値\n\
         [settings]\n{settings}\n\
         \n\
         [engine]\n\
         # 同時に処理する件数\n\
         workers = 3\n\
         \n\
         # 庁独自の閉庁日（毎年なら \"11-30\"）と、休日に開く日\n\
         # [calendar]\n\
         # closed = [{{ date = \"11-30\", name = \"開市記念日\" }}]\n\
         # open = [{{ date = \"2027-03-28\", name = \"日曜開庁\" }}]\n",
        toml::Value::from(name)
    )
}

impl Init {
    pub fn run(&self) -> Ended {
        if self.dir.join(crate::config::FILE).exists() {
            return Err(Stopped::wrong(format!(
                "{} には庁のフォルダーがすでにあります。",
                self.dir.display()
            )));
        }
        let cannot =
            |e: std::io::Error| Stopped::technical(format!("{} を作れません: {e}", self.dir.display()));
        for folder in FOLDERS {
            fs::create_dir_all(self.dir.join(folder)).map_err(cannot)?;
        }
        fs::write(self.dir.join(crate::config::FILE), config(&self.name, &[])).map_err(cannot)?;
        print::out(&format!(
            "{} に庁のフォルダーを作りました。\n  scenarios/  シナリオ\n  forms/      帳票定義と白紙の様式\n  受付/       読み取る紙（PDF・TIFF・PNG・JPEG）\n  出力/       台帳",
            self.dir.display()
        ));
        Ok(GOOD)
    }
}
