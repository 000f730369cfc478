//! The names that `${{ }}` may use, with their values at this moment.

use super::dispatcher::Pass;
use crate::{privacy, run::ItemState, store::Item};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Names every step of a run sees.
pub(super) fn of_run(pass: &Pass) -> Map<String, Value> {
    let mut scope = Map::new();
    scope.insert(
        "run".into(),
        json!({ "id": pass.run.id, "date": pass.run.date, "scenario": pass.run.scenario }),
    );
    scope.insert("today".into(), json!(pass.engine.clock.today().to_string()));
    scope.insert("now".into(), json!(pass.engine.clock.local().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()));
    scope.insert("settings".into(), Value::Object(pass.settings()));
    scope
}

/// The outputs whose ids stand directly behind `prefix`, under the rest of their ids.
pub(super) fn below<'o>(
    outputs: &'o Map<String, Value>,
    prefix: &'o str,
) -> impl Iterator<Item = (&'o str, &'o Value)> + 'o {
    let rest = move |(id, value): (&'o String, &'o Value)| {
        let name = id.strip_prefix(prefix).filter(|name| !name.contains(['.', '[']))?;
        Some((name, value))
    };
    outputs.iter().filter_map(rest)
}

/// Those of `all` whose names `text` spells. A ledger of ten thousand rows is not copied for steps that never look at it.
pub(super) fn spelled<'o>(
    all: impl Iterator<Item = (&'o str, &'o Value)>,
    is_spelled: impl Fn(&str) -> bool,
) -> impl Iterator<Item = (String, Value)> {
    all.filter(move |(name, _)| is_spelled(name)).map(|(name, value)| (name.to_owned(), value.clone()))
}

/// Whether one of the texts in `value` spells `name`.
pub(super) fn spells(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text.contains(name),
        Value::Array(list) => list.iter().any(|inner| spells(inner, name)),
        Value::Object(map) => map.iter().any(|(key, inner)| key.contains(name) || spells(inner, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// One item as the steps `after` see it: its state, its input, and the outputs of its steps by their ids.
pub(super) fn of_item(item: &Item, outputs: &Map<String, Value>) -> Value {
    let mut scope: Map<String, Value> = spelled(below(outputs, ""), |_| true).collect();
    scope.insert("item".into(), item.input.clone());
    scope.insert("n".into(), json!(item.n));
    scope.insert("state".into(), json!(item.state.word()));
    scope.insert("label".into(), json!(item.state.label()));
    scope.insert("reason".into(), json!(item.reason.clone().unwrap_or_default()));
    scope.insert("code".into(), json!(item.code.clone().unwrap_or_default()));
    scope.insert("step".into(), json!(item.step.clone().unwrap_or_default()));
    Value::Object(scope)
}

/// `items` of the steps `after`: a list for each state, and `others`: all that are not done.
pub(super) fn of_items(items: &[Item], mut outputs: BTreeMap<u32, Map<String, Value>>) -> Value {
    let mut lists: Map<String, Value> =
        ItemState::ALL.iter().map(|s| (s.word().to_owned(), Value::Array(Vec::new()))).collect();
    lists.insert("others".into(), Value::Array(Vec::new()));
    for item in items {
        let scope = of_item(item, &outputs.remove(&item.n).unwrap_or_default());
        if item.state != ItemState::Done {
            push(&mut lists, "others", scope.clone());
        }
        push(&mut lists, item.state.word(), scope);
    }
    Value::Object(lists)
}

fn push(lists: &mut Map<String, Value>, key: &str, scope: Value) {
    if let Some(Value::Array(list)) = lists.get_mut(key) {
        list.push(scope);
    }
}

/// What people call an item: the file and page it came from, without a My Number in its name, else its number.
pub(super) fn label(item: &Item) -> String {
    let file = item.input.get("file").and_then(Value::as_str);
    let page = item.input.get("page").and_then(Value::as_u64);
    let pages = item.input.get("pages").and_then(Value::as_u64).unwrap_or(1);
    let file = file.map(privacy::scrub);
    match (file, page) {
        (Some(file), Some(page)) if pages > 1 => format!("{file} {page}ページ目"),
        (Some(file), _) => file,
        _ => format!("{} 件目", item.n),
    }
}
