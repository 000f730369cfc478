//! `shoki reference`: the reference of the languages as Markdown.

use super::{Ended, print};
use crate::{app::catalog, scenario};
use clap::Args;
use std::path::PathBuf;

/// The reference of the languages.
#[derive(Debug, Args)]
pub struct Reference {
    /// 書き出すファイル（書かなければ画面に出します）
    #[arg(long, short, value_name = "ファイル")]
    output: Option<PathBuf>,
}

impl Reference {
    pub fn run(&self) -> Ended {
        print::to(self.output.as_deref(), &scenario::reference(&catalog()))
    }
}
