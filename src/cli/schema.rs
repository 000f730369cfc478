//! `shoki schema scenario|part|form|config`: JSON Schemas (draft 2020-12) for editors.

use super::{Ended, print};
use crate::{
    app::catalog,
    config::config_schema,
    scenario::{form_schema, part_schema, scenario_schema},
};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// A JSON Schema for editors.
#[derive(Debug, Args)]
pub struct Schema {
    /// どのファイルのものか
    #[arg(value_enum)]
    of: Of,
    /// 書き出すファイル（書かなければ画面に出します）
    #[arg(long, short, value_name = "ファイル")]
    output: Option<PathBuf>,
}

/// The files that have a schema.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Of {
    /// A scenario.
    Scenario,
    /// A part.
    Part,
    /// A form.
    Form,
    /// `shoki.toml`.
    Config,
}

impl Schema {
    pub fn run(&self) -> Ended {
        let schema = match self.of {
            Of::Scenario => scenario_schema(&catalog()),
            Of::Part => part_schema(&catalog()),
            Of::Form => form_schema(),
            Of::Config => config_schema(),
        };
        print::to(self.output.as_deref(), &format!("{schema:#}\n"))
    }
}
