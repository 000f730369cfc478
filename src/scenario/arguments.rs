//! Reads a step's `with:` against the JSON Schema of its action: unknown and missing keys, types, words. The tree becomes
//! the JSON value that the action parses; a scalar stays text where the schema wants text.

use super::{
    keys::{misspelt as misspelt_key, unknown_key},
    lint::Lint,
    names::Names,
    tree::{Kind, Node, number},
};
use crate::step::Shape;
use serde_json::{Map, Value};

/// How deep schemas may refer to each other.
const DEEPEST: usize = 32;

/// Reads nodes against one root schema.
pub(super) struct Arguments<'s> {
    action: &'s str,
    root: &'s Value,
    names: &'s Names,
}

impl<'s> Arguments<'s> {
    /// For this action, against its schema.
    pub(super) const fn new(action: &'s str, root: &'s Value, names: &'s Names) -> Self {
        Self { action, root, names }
    }

    /// The value of `node`; Problems where it does not fit.
    pub(super) fn read(&self, lint: &mut Lint, node: &Node) -> Option<Value> {
        self.convert(lint, node, self.root, "with")
    }

    /// What a schema allows, alternatives written out and references followed.
    fn alternatives(&self, schema: &'s Value) -> Vec<&'s Value> {
        let mut found = Vec::new();
        self.collect(schema, &mut found, 0);
        found
    }

    fn collect(&self, schema: &'s Value, found: &mut Vec<&'s Value>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let reference =
            schema.get("$ref").and_then(Value::as_str).and_then(|r| self.root.pointer(r.strip_prefix('#')?));
        if let Some(target) = reference {
            return self.collect(target, found, depth + 1);
        }
        let inner = ["anyOf", "oneOf", "allOf"].iter().find_map(|k| schema.get(*k)).and_then(Value::as_array);
        match inner {
            Some(list) => list.iter().for_each(|s| self.collect(s, found, depth + 1)),
            None => found.push(schema),
        }
    }

    fn convert(&self, lint: &mut Lint, node: &Node, schema: &'s Value, what: &str) -> Option<Value> {
        let all = self.alternatives(schema);
        let open = is_open(node);
        if open && all.iter().any(|s| takes_open(s)) {
            self.check_kind(lint, node, &all);
            return node.written(&lint.source).map(Value::from);
        }
        let literal: Vec<&Value> = all.into_iter().filter(|s| !is_open_pattern(s)).collect();
        if !open && let Some(words) = words_of(&literal) {
            return word(lint, node, &words);
        }
        let mut fitting: Vec<&Value> = literal.iter().copied().filter(|s| accepts(s, node)).collect();
        fitting.sort_by_key(|s| !is_exact(s, node));
        match fitting[..] {
            [] if open => {
                let help = "決まった値を書きます";
                lint.say("SHK0107", node.mark(), "ここには ${{ }} を書けません", help);
                None
            }
            [] => {
                lint.wrong_kind(node, &wanted(&literal));
                None
            }
            [only] => self.convert_as(lint, node, only, what),
            _ => self.first_fitting(lint, node, &fitting, what),
        }
    }

    /// That what a `${{ }}` gives may be what the argument takes.
    fn check_kind(&self, lint: &mut Lint, node: &Node, all: &[&Value]) {
        let Kind::Text(text) = &node.kind else { return };
        let kind = match self.names.shape_of_text(text) {
            Shape::Any => return,
            Shape::Text => "string",
            Shape::Number => "number",
            Shape::Flag => "boolean",
            Shape::List(_) => "array",
            Shape::Map(_) => "object",
        };
        let plain: Vec<&Value> = all.iter().copied().filter(|s| !is_open_pattern(s)).collect();
        let takes = |kinds: Vec<&str>| {
            kinds.is_empty() || kinds.contains(&kind) || kind == "number" && kinds.contains(&"integer")
        };
        let also = |s: &&Value| s.get("x-expression").and_then(Value::as_str) == Some(kind);
        if plain.is_empty() || plain.iter().any(|s| takes(kinds_of(s)) || also(s)) {
            return;
        }
        let (given, wanted) = (self.names.shape_of_text(text).label(), wanted(&plain));
        let message = format!("{wanted}を書くところに、{given}になる式があります");
        let help = match (kind, wanted.as_str()) {
            ("object", "一覧") => "一覧の項目を選びます（例: ${{ 照会.rows }}）".to_owned(),
            ("array", "文字") => "`| join('、')` で一つの文にするか、一つを選びます".to_owned(),
            ("string", "整数" | "数") => "`| int` を付けて数にします".to_owned(),
            ("number", "文字") => "`| string` を付けて文字にします".to_owned(),
            _ => format!("{wanted}になる式に直します"),
        };
        lint.say("SHK0206", node.mark(), message, help);
    }

    /// The first alternative that gives no Problem; the Problems of the nearest where all do.
    fn first_fitting(
        &self,
        lint: &mut Lint,
        node: &Node,
        fitting: &[&'s Value],
        what: &str,
    ) -> Option<Value> {
        let before = lint.problems.len();
        let mut nearest: Option<Vec<_>> = None;
        for schema in fitting {
            let value = self.convert_as(lint, node, schema, what);
            let found = lint.problems.split_off(before);
            if found.is_empty() {
                return value;
            }
            if nearest.as_ref().is_none_or(|n| found.len() < n.len()) {
                nearest = Some(found);
            }
        }
        lint.problems.extend(nearest.unwrap_or_default());
        None
    }

    fn convert_as(&self, lint: &mut Lint, node: &Node, schema: &'s Value, what: &str) -> Option<Value> {
        if kinds_of(schema).is_empty() {
            return Some(node.untyped(&lint.source));
        }
        let wants = |kind: &str| kinds_of(schema).contains(&kind);
        match &node.kind {
            Kind::Null => Some(Value::Null),
            Kind::List(items) => self.list(lint, node, items, schema, what),
            Kind::Map(entries) => self.map(lint, node, entries, schema, what),
            Kind::Flag(flag) if wants("boolean") => Some(Value::Bool(*flag)),
            Kind::Number if wants("integer") || wants("number") => figure(lint, node, schema),
            _ => node.written(&lint.source).map(Value::from),
        }
    }

    fn list(
        &self,
        lint: &mut Lint,
        node: &Node,
        items: &[Node],
        schema: &'s Value,
        what: &str,
    ) -> Option<Value> {
        let size = |key: &str| schema.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let (least, most) = (size("minItems").unwrap_or(0), size("maxItems").unwrap_or(usize::MAX));
        if !(least..=most).contains(&items.len()) {
            let wanted = if least == most { format!("{least}個") } else { format!("{least}個以上") };
            lint.say(
                "SHK0107",
                node.mark(),
                format!("一覧の数が合いません（{}個あります）", items.len()),
                format!("{wanted}書きます"),
            );
            return None;
        }
        let prefix = schema.get("prefixItems").and_then(Value::as_array);
        let mut all = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let each = prefix.and_then(|p| p.get(index)).or_else(|| schema.get("items"));
            all.push(match each {
                Some(each) => self.convert(lint, item, each, what),
                None => Some(item.untyped(&lint.source)),
            });
        }
        all.into_iter().collect::<Option<Vec<_>>>().map(Value::Array)
    }

    fn map(
        &self,
        lint: &mut Lint,
        node: &Node,
        entries: &[(Node, Node)],
        schema: &'s Value,
        what: &str,
    ) -> Option<Value> {
        let others = schema.get("additionalProperties").filter(|s| s.is_object() || **s == Value::Bool(true));
        let known: Vec<&str> =
            properties_of(schema).into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let (mut read, mut good) = (Map::new(), true);
        for (key, value) in entries {
            let name = key.written(&lint.source).unwrap_or_default().to_owned();
            let Some(inner) = properties_of(schema).and_then(|p| p.get(&name)).or(others) else {
                unknown_key(lint, key, &name, &format!("「{}」の {what} ", self.action), &known);
                good = false;
                continue;
            };
            match self.convert(lint, value, inner, &name) {
                Some(value) => drop(read.insert(name, value)),
                None => good = false,
            }
        }
        let misspelt = entries.iter().filter_map(|(key, _)| key.written(&lint.source));
        let misspelt: Vec<&str> = misspelt
            .filter(|name| !known.contains(name))
            .filter_map(|name| misspelt_key(name, &known))
            .collect();
        good &= self.complete(lint, node, (entries, &misspelt), schema, what);
        good.then_some(Value::Object(read))
    }

    /// Whether every required key is there; a Problem for each that is not.
    fn complete(
        &self,
        lint: &mut Lint,
        node: &Node,
        (entries, misspelt): (&[(Node, Node)], &[&str]),
        schema: &Value,
        what: &str,
    ) -> bool {
        let required =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let has =
            |name: &str, lint: &Lint| entries.iter().any(|(k, _)| k.written(&lint.source) == Some(name));
        let mut good = true;
        for name in required {
            if !has(name, lint) {
                good = false;
                // A misspelt key has its Problem, and so has a submit that does not look at what follows.
                if misspelt.contains(&name) || (self.action, name) == ("browser.submit", "expect") {
                    continue;
                }
                let message = format!("「{}」の {what} に「{name}」がありません", self.action);
                let help = match name {
                    "encoding" => {
                        "文字コードを書きます。例: encoding: cp932（Excel で開く CSV はふつう cp932）".into()
                    }
                    _ => format!("「{name}: …」を書き足します"),
                };
                lint.say("SHK0106", node.mark(), message, help);
            }
        }
        good
    }
}

/// The named keys of a schema.
fn properties_of(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

/// Whether a node is a text with an expression.
fn is_open(node: &Node) -> bool {
    matches!(&node.kind, Kind::Text(text) if text.contains("${{"))
}

/// Whether a schema is the `${{ }}` side of an `Arg`.
fn is_open_pattern(schema: &Value) -> bool {
    schema.get("pattern").and_then(Value::as_str).is_some_and(|p| p.contains(r"\$\{\{"))
}

/// Whether an expression may stand there: an `Arg`, plain text, anything.
fn takes_open(schema: &Value) -> bool {
    let kinds = kinds_of(schema);
    is_open_pattern(schema) || kinds.is_empty() || kinds.contains(&"string") && words_of(&[schema]).is_none()
}

/// The types a schema names; none: anything.
fn kinds_of(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if schema.get("properties").is_some() => vec!["object"],
        _ if schema.get("enum").is_some() || schema.get("const").is_some() => vec!["string"],
        _ => Vec::new(),
    }
}

/// The words of an enumeration, when every alternative (null aside) is one.
fn words_of<'a>(alternatives: &[&'a Value]) -> Option<Vec<&'a str>> {
    let mut words = Vec::new();
    for schema in alternatives.iter().filter(|s| kinds_of(s) != ["null"]) {
        match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
            (Some(Value::String(word)), _) => words.push(word.as_str()),
            (_, Some(list)) => words.extend(list.iter().filter_map(Value::as_str)),
            _ => return None,
        }
    }
    (!words.is_empty()).then_some(words)
}

/// One of the words.
fn word(lint: &mut Lint, node: &Node, words: &[&str]) -> Option<Value> {
    let word = lint.text(node)?;
    if words.contains(&word.as_str()) {
        return Some(Value::String(word));
    }
    lint.unknown_word(node, &word, words);
    None
}

/// Whether a node may be read by a schema.
fn accepts(schema: &Value, node: &Node) -> bool {
    let kinds = kinds_of(schema);
    let any = |wanted: &[&str]| kinds.iter().any(|k| wanted.contains(k));
    kinds.is_empty()
        || match node.kind {
            Kind::Null => any(&["null"]),
            Kind::Flag(_) => any(&["boolean", "string"]),
            Kind::Number => any(&["integer", "number", "string"]),
            Kind::Text(_) => any(&["string"]),
            Kind::List(_) => any(&["array"]),
            Kind::Map(_) => any(&["object"]),
        }
}

/// Whether a schema wants just that kind, so that it is tried before one that would take it as text.
fn is_exact(schema: &Value, node: &Node) -> bool {
    match node.kind {
        Kind::Flag(_) => kinds_of(schema).contains(&"boolean"),
        Kind::Number => kinds_of(schema).iter().any(|k| matches!(*k, "integer" | "number")),
        _ => true,
    }
}

/// A number within the schema's bounds.
fn figure(lint: &mut Lint, node: &Node, schema: &Value) -> Option<Value> {
    let whole = kinds_of(schema).contains(&"integer");
    let found = node.written(&lint.source).and_then(number).filter(|n| !whole || n.is_i64());
    let Some(found) = found else {
        lint.wrong_kind(node, if whole { "整数" } else { "数" });
        return None;
    };
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let value = found.as_f64().unwrap_or_default();
    if bound("minimum").is_some_and(|least| value < least)
        || bound("maximum").is_some_and(|most| value > most)
    {
        let limit = |key: &str| bound(key).map_or(String::new(), |n| n.to_string());
        let help = format!("{}〜{} の範囲で書きます", limit("minimum"), limit("maximum"));
        lint.say("SHK0107", node.mark(), "数が範囲の外です", help);
        return None;
    }
    Some(Value::Number(found))
}

/// The kinds that are wanted, in words.
fn wanted(alternatives: &[&Value]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for kind in alternatives.iter().flat_map(|s| kinds_of(s)) {
        let name = match kind {
            "string" => "文字",
            "integer" => "整数",
            "number" => "数",
            "boolean" => "true か false ",
            "array" => "一覧",
            "object" => "項目の組",
            _ => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join("または")
}
