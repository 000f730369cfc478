//! `shoki checks`: what waits for a person, and their answers.

use super::{Ended, Format, GOOD, Stopped, print, run};
use crate::{
    app::Office,
    control::{
        acts::{self, Answer},
        checks::Finished,
    },
    privacy,
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

/// Whether what was read is shown in the console only, where each look at it goes on record.
fn is_secret(question: &Question) -> bool {
    question.manner.kind == "my_number"
}

fn in_json(check: &Check, question: &Question) -> Value {
    let secret = is_secret(question);
    let (value, candidates) =
        if secret { (Value::Null, json!([])) } else { (question.value.clone(), json!(question.candidates)) };
    json!({
        "id": check.id, "run": check.run_id, "item": check.n, "step": check.step, "kind": check.kind.word(),
        "field": question.field, "value": value, "candidates": candidates, "secret": secret,
        "probability": question.probability, "reasons": question.reasons, "rect": question.rect,
    })
}

/// One field for a person: what was read, why it is asked, what else it may be, and its picture.
fn lines_of(question: &Question, crop: Option<&str>) -> Vec<String> {
    let secret = is_secret(question);
    let read =
        if secret { "（個人番号は表示しません）".to_owned() } else { shown(&question.value) };
    let mut lines = vec![format!("    {}  読取値: {read}", question.field)];
    lines.extend(question.reasons.iter().map(|r| format!("        {r}")));
    let others: Vec<String> = question.candidates.iter().map(|c| shown(&c.value)).collect();
    if !secret && !others.is_empty() {
        lines.push(format!("        候補: {}", others.join("、")));
    }
    if let Some(crop) = crop {
        lines.push(format!("        画像: `shoki evidence show {crop} --to 画像.png` で取り出します"));
    }
    lines
}

/// One check for a person: where the paper is, then each field with what was read, why it is asked, and its picture.
async fn in_words(store: &Store, check: &Check) -> Result<String, Stopped> {
    let items = store.items(&check.run_id).await?;
    let input = items.iter().find(|i| i.n == check.n).map(|i| i.input.clone()).unwrap_or_default();
    let file = input.get("file").and_then(Value::as_str).map_or_else(|| "-".to_owned(), privacy::scrub);
    let page = input.get("page").map(|p| format!(" {p}頁")).unwrap_or_default();
    let evidence = store.evidence(&check.run_id).await?;
    let crops: BTreeMap<&str, &str> = evidence
        .iter()
        .filter(|e| e.n == check.n)
        .filter_map(|e| Some((e.field.as_deref()?, e.file.as_str())))
        .collect();
    let mut lines = vec![format!("確認 {}  {} 件目  {file}{page}", check.id, check.n)];
    for question in &check.questions {
        lines.extend(lines_of(question, crops.get(question.field.as_str()).copied()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        run::{Candidate, Manner},
        store::CheckKind,
    };

    #[test]
    fn a_my_number_is_never_printed() {
        let manner = Manner { kind: "my_number".into(), ..Manner::default() };
        let candidates = vec![Candidate { value: json!("123456789026"), probability: 0.2 }];
        let number = Question {
            candidates,
            manner,
            ..Question::plain("個人番号", json!("123456789018"), "2人で確認します")
        };
        let name = Question::plain("氏名", json!("髙橋"), "確からしさが低い");
        let check = Check {
            id: 1,
            run_id: "r".into(),
            scenario: "s".into(),
            n: 1,
            label: "l".into(),
            step: "確認".into(),
            kind: CheckKind::Check,
            questions: vec![number, name],
            paper: None,
            answer: None,
            answered_by: None,
            created_at: "2026-11-20T08:00:00.000Z".into(),
        };
        let [number, name] = check.questions.as_slice() else { panic!("two are asked") };
        let printed = lines_of(number, None).join("\n") + in_json(&check, number).to_string().as_str();
        assert!(!printed.contains("123456789"), "{printed}");
        assert!(
            printed.contains("（個人番号は表示しません）") && printed.contains("2人で確認します"),
            "{printed}"
        );
        assert_eq!(in_json(&check, number)["secret"], true);
        assert_eq!(
            (&in_json(&check, name)["value"], &in_json(&check, name)["secret"]),
            (&json!("髙橋"), &json!(false))
        );
        assert!(lines_of(name, None)[0].ends_with("読取値: 髙橋"));
    }
}
