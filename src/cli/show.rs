//! One run on paper: what came of it, and what a person does next.

use super::{Ended, Format, GOOD, print, watch::attention};
use crate::{
    privacy,
    report::Summary,
    run::{ItemState, RunState},
    store::{Item, Run, Store},
};
use serde_json::{Value, json};

/// Prints a run.
pub async fn print(store: &Store, run: Run, format: Format) -> Ended {
    let summary = Summary::of(store, run).await?;
    match format {
        Format::Json => print::json(&in_json(&summary)),
        Format::Text => print::out(&in_words(&summary)),
    }
    Ok(GOOD)
}

fn in_json(summary: &Summary) -> Value {
    let states = ItemState::ALL.into_iter();
    let counts: serde_json::Map<String, Value> =
        states.map(|s| (s.word().to_owned(), json!(summary.count(s)))).collect();
    let cases: Vec<Value> = summary
        .items
        .iter()
        .map(|i| json!({ "n": i.n, "state": i.state.word(), "step": i.step, "code": i.code, "reason": i.reason, "file": file_of(i), "page": i.input.get("page") }))
        .collect();
    let run = &summary.run;
    json!({ "run": {
        "id": run.id, "scenario": run.scenario, "state": run.state.word(), "date": run.date,
        "items": counts, "cases": cases, "outputs": run.outputs, "reason": run.reason,
        "created_at": run.created_at, "ended_at": run.ended_at, "forgotten_at": run.forgotten_at,
    } })
}

/// The file of an item, without a My Number that somebody put into its name.
fn file_of(item: &Item) -> Option<String> {
    item.input.get("file").and_then(Value::as_str).map(privacy::scrub)
}

/// The run in words: counts, then every item that needs attention, then what to do.
pub fn in_words(summary: &Summary) -> String {
    let run = &summary.run;
    let mut lines = vec![
        format!("実行 {}  {}  {}", run.id, run.scenario, run.state.label()),
        format!("  受付 {} 件", summary.items.len()),
    ];
    for (state, count) in &summary.counts {
        lines.push(format!("  {}{count:>5} 件", print::fill(state.label(), 20)));
    }
    if let Some(reason) = &run.reason {
        lines.push(format!("  理由: {reason}"));
    }
    if run.forgotten_at.is_some() {
        lines.push("  読取値・回答などの中身は、保存する日数が過ぎたため消去しました。".into());
    }
    lines.extend(run.outputs.iter().map(|file| format!("  出力: {file}")));
    let open: Vec<_> = summary.items.iter().filter(|i| attention(i.state)).collect();
    if !open.is_empty() {
        lines.push(String::new());
        let rows: Vec<Vec<String>> = open
            .iter()
            .map(|i| {
                let file = file_of(i).unwrap_or_else(|| "-".to_owned());
                let page = i.input.get("page").map(|p| format!("{p}頁")).unwrap_or_default();
                let reason = i.reason.clone().unwrap_or_default();
                vec![format!("  {:>4}", i.n), i.state.label().into(), format!("{file} {page}"), reason]
            })
            .collect();
        lines.push(print::table(&rows));
    }
    lines.extend(advice(summary));
    lines.join("\n")
}

fn advice(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    if summary.run.forgotten_at.is_some() {
        return lines;
    }
    if summary.run.state == RunState::WaitingForPeople {
        lines.push(String::new());
        lines.push("職員の確認を待っています。`shoki checks` で内容を見て、`shoki checks answer 番号 --set 項目=値` で答え、".into());
        lines.push(format!("`shoki resume {}` で続けてください。", summary.run.id));
    }
    if summary.run.wake_at.is_some() {
        lines.push(String::new());
        lines.push(format!(
            "待っています。`shoki serve` が動いていれば自動で続き、なければ `shoki resume {}` で続けられます。",
            summary.run.id
        ));
    } else if matches!(summary.run.state, RunState::Running | RunState::Stopped) {
        lines.push(String::new());
        lines.push(format!(
            "途中で止まっています。`shoki resume {}` で続けられます（済んだ処理は繰り返しません）。",
            summary.run.id
        ));
    }
    lines
}
