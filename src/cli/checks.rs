//! `shoki checks`: what waits for a person, and their answers.

use super::{Ended, Format, GOOD, Stopped, print, run};
use crate::{
    app::Office,
    control::{
        acts::{self, Answer},
        checks::Finished,
    },
    run::Question,
    store::{Check, Store},
};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, path::Path};

/// What waits for a person.
#[derive(Debug, Args)]
pub struct Checks {
    #[command(subcommand)]
    act: Option<Act>,
    /// この実行のものだけ
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 確認に答えます
    Answer(AnswerArgs),
}

/// A person's answer.
#[derive(Debug, Args)]
struct AnswerArgs {
    /// 確認番号（`shoki checks` の左端）
    id: i64,
    /// 項目の正しい値（項目=値、くり返し可。2回入力する項目は同じ項目を2度書きます）
    #[arg(long = "set", value_name = "項目=値")]
    set: Vec<String>,
    /// `--set` で書かない項目は読取値のとおりとします
    #[arg(long)]
    as_read: bool,
}

impl Checks {
    pub async fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let store = office.store().await?;
        match &self.act {
            None => self.list(&store).await,
            Some(Act::Answer(args)) => {
                let log = office.log(&store).await?;
                let (values, again) = typed(&args.set)?;
                let answer = Answer { id: args.id, values, again, as_read: args.as_read, by: run::person() };
                let (check, finished) = acts::answer(&store, &log, answer).await?;
                log.checkpoint().await.map_err(Stopped::technical)?;
                print::out(&said(&check, &finished));
                Ok(GOOD)
            }
        }
    }

    async fn list(&self, store: &Store) -> Ended {
        let checks = store.open_checks(self.run.as_deref()).await?;
        if self.format == Format::Json {
            let list: Vec<Value> =
                checks.iter().flat_map(|c| c.questions.iter().map(|q| in_json(c, q))).collect();
            print::json(&json!({ "checks": list }));
            return Ok(GOOD);
        }
        if checks.is_empty() {
            print::out("確認を待つ項目はありません。");
            return Ok(GOOD);
        }
        for check in &checks {
            print::out(&in_words(store, check).await?);
        }
        print::out(
            "答え方: `shoki checks answer 番号 --set 項目=値 …`（ほかが読取値のとおりなら `--as-read` を付けます）",
        );
        Ok(GOOD)
    }
}

fn said(check: &Check, finished: &Finished) -> String {
    let (id, n) = (check.id, check.n);
    match finished {
        Finished::Answered => {
            format!(
                "確認 {id} の回答を記録しました（{n} 件目）。`shoki resume {}` で続けます。",
                check.run_id
            )
        }
        Finished::Second(fields) => format!(
            "確認 {id} の回答を記録しました（{n} 件目）。項目「{}」は、別の職員の確認を待っています。",
            fields.join("、")
        ),
        Finished::Disagreed(fields) => format!(
            "確認 {id} は2人の値が一致しません（項目「{}」）。別の職員が紙を見て、もう一度答えてください。",
            fields.join("、")
        ),
    }
}

type Values = Map<String, Value>;

/// What was typed, and what was typed a second time.
fn typed(set: &[String]) -> Result<(Values, Values), Stopped> {
    let (mut first, mut second) = (Map::new(), Map::new());
    for text in set {
        let Some((field, value)) = text.split_once('=') else {
            return Err(Stopped::wrong(format!("`--set {text}` は「項目=値」の形で書いてください。")));
        };
        let field = field.trim().to_owned();
        let list = if first.contains_key(&field) { &mut second } else { &mut first };
        list.insert(field, json!(value));
    }
    Ok((first, second))
}

fn in_json(check: &Check, question: &Question) -> Value {
    json!({
        "id": check.id, "run": check.run_id, "item": check.n, "step": check.step, "kind": check.kind.word(),
        "field": question.field, "value": question.value, "candidates": question.candidates,
        "probability": question.probability, "reasons": question.reasons, "rect": question.rect,
    })
}

/// One check for a person: where the paper is, then each field with what was read, why it is asked, and its picture.
async fn in_words(store: &Store, check: &Check) -> Result<String, Stopped> {
    let items = store.items(&check.run_id).await?;
    let input = items.iter().find(|i| i.n == check.n).map(|i| i.input.clone()).unwrap_or_default();
    let file = input.get("file").and_then(Value::as_str).unwrap_or("-");
    let page = input.get("page").map(|p| format!(" {p}頁")).unwrap_or_default();
    let evidence = store.evidence(&check.run_id).await?;
    let crops: BTreeMap<&str, &str> = evidence
        .iter()
        .filter(|e| e.n == check.n)
        .filter_map(|e| Some((e.field.as_deref()?, e.file.as_str())))
        .collect();
    let mut lines = vec![format!("確認 {}  {} 件目  {file}{page}", check.id, check.n)];
    for question in &check.questions {
        lines.push(format!("    {}  読取値: {}", question.field, shown(&question.value)));
        lines.extend(question.reasons.iter().map(|r| format!("        {r}")));
        let others: Vec<String> = question.candidates.iter().map(|c| shown(&c.value)).collect();
        if !others.is_empty() {
            lines.push(format!("        候補: {}", others.join("、")));
        }
        if let Some(crop) = crops.get(question.field.as_str()) {
            lines.push(format!("        画像: `shoki evidence show {crop} --to 画像.png` で取り出します"));
        }
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

/// A value as a person reads it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "（なし）".into(),
        Value::Bool(true) => "あり".into(),
        Value::Bool(false) => "なし".into(),
        Value::String(text) if text.is_empty() => "（空欄）".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
