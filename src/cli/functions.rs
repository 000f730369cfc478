//! `shoki functions`: what may be called in `${{ }}`, each with an example that a test executes.

use super::{Ended, Format, GOOD, Stopped, print};
use crate::expr::{Call, functions};
use clap::Args;
use serde_json::{Value, json};

/// What may be called in expressions.
#[derive(Debug, Args)]
pub struct Functions {
    /// 名前の一部（省略するとすべて）
    name: Option<String>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Functions {
    pub fn run(&self) -> Ended {
        let wanted = self.name.as_deref().unwrap_or_default();
        let all: Vec<_> =
            functions().iter().filter(|f| f.name.contains(wanted) || f.summary.contains(wanted)).collect();
        if all.is_empty() {
            return Err(Stopped::wrong(format!(
                "「{wanted}」に合う関数はありません。`shoki functions` で一覧を見てください。"
            )));
        }
        match self.format {
            Format::Json => {
                let one = |f: &&crate::expr::FunctionDef| {
                    let call = match f.call {
                        Call::Function => "function",
                        Call::Filter => "filter",
                        Call::Test => "test",
                    };
                    let result: Value = serde_json::from_str(f.result).unwrap_or_default();
                    json!({ "name": f.name, "call": call, "summary": f.summary, "example": f.example, "result": result })
                };
                print::json(&json!({ "functions": all.iter().map(one).collect::<Vec<_>>() }));
            }
            Format::Text => {
                let row = |f: &&crate::expr::FunctionDef| {
                    vec![f.name.to_owned(), f.summary.to_owned(), format!("{} → {}", f.example, f.result)]
                };
                print::out(&print::table(&all.iter().map(row).collect::<Vec<_>>()));
            }
        }
        Ok(GOOD)
    }
}
