//! `shoki actions`: the actions that exist, derived from their own facts.

use super::{Ended, Format, GOOD, Stopped, print};
use crate::{
    app::catalog,
    problem::closest,
    step::{ActionDef, Effect},
};
use clap::Args;
use serde_json::{Value, json};

/// The actions that exist.
#[derive(Debug, Args)]
pub struct Actions {
    /// 動作の名前（`ocr.form` など）。省略すると一覧
    name: Option<String>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Actions {
    pub fn run(&self) -> Ended {
        let catalog = catalog();
        let Some(name) = &self.name else {
            match self.format {
                Format::Json => {
                    print::json(&json!({ "actions": catalog.0.iter().map(in_json).collect::<Vec<_>>() }));
                }
                Format::Text => {
                    let rows: Vec<_> =
                        catalog.0.iter().map(|a| vec![a.name.to_owned(), a.summary.to_owned()]).collect();
                    print::out(&print::table(&rows));
                }
            }
            return Ok(GOOD);
        };
        let Some(action) = catalog.get(name) else {
            let near = closest(name, catalog.0.iter().map(|a| a.name));
            let near = near.map(|n| format!("もしかして `{n}` ですか。")).unwrap_or_default();
            return Err(Stopped::wrong(format!(
                "動作「{name}」はありません。{near}`shoki actions` で一覧を見てください。"
            )));
        };
        match self.format {
            Format::Json => print::json(&in_json(action)),
            Format::Text => print::out(&in_words(action)),
        }
        Ok(GOOD)
    }
}

fn in_json(action: &ActionDef) -> Value {
    json!({
        "name": action.name, "summary": action.summary, "effect": action.effect, "needs_session": action.needs_session,
        "example": action.example, "schema": action.schema(),
    })
}

/// The reference of one action.
pub fn in_words(action: &ActionDef) -> String {
    let effect = match action.effect {
        Effect::Read => "読むだけ（何も変えない）",
        Effect::Repeatable => "変えるが、繰り返しても同じ結果になる",
        Effect::Irreversible => "取り消せない（once: が必要。登録の前に予告、後に控えを記録する）",
    };
    let mut lines =
        vec![action.name.to_owned(), format!("  {}", action.summary), format!("  作用: {effect}")];
    if action.needs_session {
        lines.push("  on: （対象システム）が必要".into());
    }
    lines.push("  引数 (with):".into());
    lines.extend(arguments(action));
    lines.push("  例:".into());
    lines.push(format!("    - do: {}\n      with:", action.name));
    lines.extend(action.example.lines().map(|l| format!("        {l}")));
    lines.join("\n")
}

fn arguments(action: &ActionDef) -> Vec<String> {
    let schema = action.schema().to_value();
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|r| r.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = schema["properties"].as_object() else { return vec!["    （自由）".into()] };
    let rows: Vec<Vec<String>> = properties
        .iter()
        .map(|(key, facts)| {
            let need = if required.contains(&key.as_str()) { "必須" } else { "任意" };
            let about = facts["description"].as_str().unwrap_or_default().replace('\n', " ");
            vec![format!("    {key}"), need.into(), about]
        })
        .collect();
    vec![print::table(&rows)]
}
