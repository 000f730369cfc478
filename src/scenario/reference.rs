//! The reference of the languages as Markdown, written from what the program itself knows: keys and arguments from the schemas,
//! actions, functions, Problems. `shoki reference` writes it; a test keeps the copy in the repository true.

use super::{
    flow::joined,
    schema::{form_schema, part_schema, scenario_schema},
};
use crate::{
    expr::{Call, functions},
    problem::{CODES, title},
    step::{ActionDef, Catalog, Effect},
};
use serde_json::Value;
use std::fmt::Write as _;

/// The whole reference.
#[must_use]
pub fn reference(catalog: &Catalog) -> String {
    let scenario = scenario_schema(catalog);
    let mut text = String::from(HEAD);
    text += "## シナリオ\n\n";
    keys(&mut text, &scenario, &scenario, "シナリオの項目");
    for (name, heading) in [
        ("saves", "saves（効果）"),
        ("schedule", "schedule（予定）の一つ"),
        ("system", "systems（対象システム）の一つ"),
        ("step", "手順"),
        ("each", "each（くり返し）"),
        ("retry", "retry（やり直し）"),
    ] {
        keys(&mut text, &scenario["$defs"][name], &scenario, heading);
    }
    text += "## 部品\n\n";
    let part = part_schema(catalog);
    keys(&mut text, &part, &part, "部品の項目");
    text += "## 帳票定義\n\n";
    let form = form_schema();
    keys(&mut text, &form, &form, "帳票定義の項目");
    for (name, heading) in [
        ("page", "page（用紙）"),
        ("field", "項目"),
        ("rows", "rows（くり返しの欄）"),
        ("check", "checks（項目どうしの確かめ）"),
    ] {
        keys(&mut text, &form["$defs"][name], &form, heading);
    }
    text += "## 動作\n\n";
    for action in catalog.0 {
        text += &action_page(action);
    }
    text += "## 式\n\n`${{ }}` の中に書きます。値は一度だけ埋め込まれ、埋め込まれた値が式として読まれることはありません。\n\n";
    function_table(&mut text);
    text += "## 問題の番号\n\n";
    for code in CODES {
        let _ = writeln!(text, "- `{}` {}", code.code, title(code.code).unwrap_or_default());
    }
    text
}

const HEAD: &str =
    "# 書記 シナリオの書き方（参照）\n\n`shoki reference` が書き出したものです。手で直しません。\n\n";

/// A table of the keys of a schema.
fn keys(text: &mut String, schema: &Value, root: &Value, heading: &str) {
    let _ = write!(text, "### {heading}\n\n| 項目 | 必須 | 内容 |\n|---|---|---|\n");
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, facts) in schema["properties"].as_object().into_iter().flatten() {
        let need = if required.contains(&key.as_str()) { "○" } else { "" };
        let _ = writeln!(text, "| `{key}` | {need} | {} |", about(facts, root));
    }
    text.push('\n');
}

/// What a key is: its description and the words it may be.
fn about(facts: &Value, root: &Value) -> String {
    let target = facts["$ref"].as_str().and_then(|r| root.pointer(r.strip_prefix('#')?));
    let described = facts["description"].as_str().or_else(|| target?["description"].as_str());
    let mut told = described.unwrap_or_default().replace('\n', " ").replace('|', "\\|");
    let all = words(facts, root);
    if !all.is_empty() {
        let words: Vec<String> = all.iter().map(|word| format!("`{word}`")).collect();
        told = format!("{told}（{}）", words.join("、"));
    }
    told
}

/// The words that a schema allows, alternatives and references followed.
fn words(schema: &Value, root: &Value) -> Vec<String> {
    let own = schema["enum"].as_array().into_iter().flatten().chain(schema.get("const"));
    let mut all: Vec<String> = own.filter_map(Value::as_str).map(str::to_owned).collect();
    if let Some(target) = schema["$ref"].as_str().and_then(|r| root.pointer(r.strip_prefix('#')?)) {
        all.extend(words(target, root));
    }
    for key in ["anyOf", "oneOf"] {
        all.extend(schema[key].as_array().into_iter().flatten().flat_map(|s| words(s, root)));
    }
    if all.len() > 20 { Vec::new() } else { all }
}

/// The page of one action.
fn action_page(action: &ActionDef) -> String {
    let effect = match action.effect {
        Effect::Read => "読むだけ",
        Effect::Repeatable => "変えるが、くり返しても同じ結果になる",
        Effect::Irreversible => "取り消せない（`once` が必要）",
    };
    let on = if action.needs_session { "。`on` が必要" } else { "" };
    let mut text = format!("### {}\n\n{}\n\n作用: {effect}{on}。\n\n", action.name, action.summary);
    let schema = action.schema().to_value();
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if let Some(properties) = schema["properties"].as_object() {
        text += "| 引数 | 必須 | 内容 |\n|---|---|---|\n";
        for (key, facts) in properties {
            let need = if required.contains(&key.as_str()) { "○" } else { "" };
            let _ = writeln!(text, "| `{key}` | {need} | {} |", about(facts, &schema));
        }
        text.push('\n');
    }
    let example: String = joined(action.example.lines().map(|line| format!("    {line}\n")));
    let _ = write!(text, "```yaml\n- do: {}\n  with:\n{example}```\n\n", action.name);
    text
}

/// Every function with its executed example.
fn function_table(text: &mut String) {
    *text += "| 名前 | 使う相手 | 返すもの | 内容 | 例 | 結果 |\n|---|---|---|---|---|---|\n";
    for def in functions() {
        let takes = match def.call {
            Call::Filter => format!("{} \\| {}", def.takes.label(), def.name),
            Call::Function => format!("{}(…)", def.name),
            Call::Test => format!("値 is {}", def.name),
        };
        let code = |text: &str| format!("`{}`", text.replace('|', "\\|"));
        let _ = writeln!(
            text,
            "| `{}` | {takes} | {} | {} | {} | {} |",
            def.name,
            def.gives.label(),
            def.summary,
            code(def.example),
            code(def.result)
        );
    }
    text.push('\n');
}
