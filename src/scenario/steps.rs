//! Reads steps: their keys, the action and its arguments, the names they may use.

use super::{
    Frame, OnFailure, Retry, Role, Step,
    arguments::Arguments,
    keys::Keys,
    lint::suggestion,
    load::Loader,
    names::{Names, RESERVED, bare},
    tree::{Kind, Node},
    units,
};
use crate::{
    expr,
    problem::closest,
    step::{ActionDef, Effect, Shape},
};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

/// Which list of steps is being read.
#[derive(Clone, Copy)]
pub(super) enum Section<'a> {
    /// `before:`.
    Before,
    /// `items:`.
    Items,
    /// `steps:`.
    Steps,
    /// `after:`.
    After,
    /// `sign_in:` of that system.
    SignIn(&'a str),
    /// `sign_out:` of that system.
    SignOut(&'a str),
    /// `probe:` of a step that acts in that system.
    Probe(Option<&'a str>),
}

impl<'a> Section<'a> {
    /// The name of the `n`-th step where the author gave none; different in every section, so that none collide.
    fn default_id(self, n: usize) -> String {
        let word = match self {
            Self::Before => "準備",
            Self::Items => "件の一覧",
            Self::Steps => "手順",
            Self::After => "後処理",
            Self::SignIn(_) => "サインイン",
            Self::SignOut(_) => "サインアウト",
            Self::Probe(_) => "確かめ",
        };
        format!("{word}{n}")
    }

    /// The system in whose session a step acts that does not say it itself.
    const fn system(self) -> Option<&'a str> {
        match self {
            Self::SignIn(system) | Self::SignOut(system) => Some(system),
            Self::Probe(system) => system,
            _ => None,
        }
    }

    /// Whether something irreversible may happen there.
    const fn may_be_irreversible(self) -> bool {
        matches!(self, Self::Before | Self::Steps | Self::After)
    }
}

impl Loader<'_> {
    /// The steps of a list. Their ids and shapes are added to `names` as they come.
    pub(super) fn steps(
        &mut self,
        node: Option<&Node>,
        section: Section<'_>,
        names: &mut Names,
    ) -> Vec<Step> {
        let nodes = node.map_or(&[][..], |n| self.lint.list(n));
        let ids: Vec<String> =
            nodes.iter().enumerate().map(|(n, node)| self.id(node, section, n + 1)).collect();
        for id in &ids {
            names.add_later(id);
        }
        let mut all = Vec::new();
        for (node, id) in nodes.iter().zip(ids) {
            let shape = match composed(node, &self.lint.source) {
                Some("use") => self.part(node, &id, section, names, &mut all),
                Some(_) => self.each(node, &id, section, names, &mut all),
                None => {
                    let (step, shape) = self.step(node, &id, section, names);
                    all.extend(step);
                    shape
                }
            };
            if !RESERVED.contains(&id.as_str()) {
                if let Some(differing) = &mut self.place.differing {
                    differing.insert(id.clone());
                }
                names.add(id, shape);
            }
        }
        all
    }

    /// The id of a step, its own or the default one.
    fn id(&mut self, node: &Node, section: Section<'_>, n: usize) -> String {
        let written = match &node.kind {
            Kind::Map(entries) => entries.iter().find(|(k, _)| k.written(&self.lint.source) == Some("id")),
            _ => None,
        };
        let Some((_, node)) = written else { return section.default_id(n) };
        let Some(id) = self.lint.words(node) else { return section.default_id(n) };
        self.check_id(node, &id);
        id
    }

    /// That an id can be a name and is free.
    fn check_id(&mut self, node: &Node, id: &str) {
        if RESERVED.contains(&id) {
            let message = format!("「{id}」は決まった意味のある名前なので、手順の名前にできません");
            self.lint.say("SHK0109", node.mark(), message, "別の名前にします");
        } else if !expr::is_name(id) {
            let message = format!("「{id}」は名前に使えません");
            self.lint.say(
                "SHK0109",
                node.mark(),
                message,
                "文字で始まり、記号や空白のない名前にします（例: 発送登録）",
            );
        } else {
            // The number of a turn, which is not known yet, has up to five digits.
            let turns = self.place.prefix.matches("[]").count();
            self.lint.check_recordable(node, &format!("{}{id}{}", self.place.prefix, "・".repeat(5 * turns)));
        }
        if let Some(first) = self.ids.insert(format!("{}{id}", self.place.prefix), node.mark()) {
            let line = self.lint.source.place(&first).line;
            let message = format!("「{id}」という手順が2つあります");
            let problem = self.lint.problem("SHK0111", node.mark(), message);
            self.lint
                .problems
                .push(problem.labelled("2つ目です").with_help(format!("{line}行目と別の名前にします")));
        }
    }

    /// One step and the shape of its output.
    pub(super) fn step(
        &mut self,
        node: &Node,
        id: &str,
        section: Section<'_>,
        names: &Names,
    ) -> (Option<Step>, Shape) {
        let Some(mut keys) = Keys::open(&mut self.lint, node, "手順") else { return (None, Shape::Any) };
        keys.get("id");
        let action = keys.need("do").and_then(|n| Some((self.action(n)?, n)));
        let on = self.on(&mut keys, section, action.is_some_and(|(a, _)| a.needs_session));
        let with = keys.get("with");
        let secret = keys.get("secret").map_or_else(Vec::new, |n| self.secret(n, action.map(|(a, _)| a)));
        let condition = keys.get("if").and_then(|n| self.condition(n, names));
        let retry = keys.get("retry").and_then(|n| self.retry(n));
        let timeout = keys.get("timeout").and_then(|n| self.duration(n));
        let on_failure = keys.get("on_failure").and_then(|n| self.lint.choice(n, ON_FAILURE));
        let once = keys.get("once").and_then(|n| self.key_text(n, names, "once"));
        let probe = keys.get("probe");
        let probe_steps = match probe {
            Some(_) => self.steps(probe, Section::Probe(on.as_deref()), &mut names.clone()),
            None => Vec::new(),
        };
        let at = keys.at.clone();
        let has_once = keys.has("once");
        keys.close(&mut self.lint);
        let names = &*with_secrets(names, &secret);
        let Some((action, word)) = action else {
            self.check_texts(with, names);
            return (None, Shape::Any);
        };
        self.check_effect(action, word, has_once, probe, section);
        self.check_asking(action, word, on_failure, section);
        if action.needs_session && on.is_none() && !self.place.alone {
            let message = format!("「{}」には対象システムの指定「on:」が必要です", action.name);
            self.lint.say("SHK0114", word.mark(), message, self.systems_help());
        }
        let (with, shape) = self.with(action, word, with, &at, names);
        let step = Step {
            id: format!("{}{id}", self.place.prefix),
            action,
            with: with.unwrap_or_default(),
            on,
            condition,
            retry: retry.unwrap_or_default(),
            timeout,
            on_failure: on_failure.unwrap_or_default(),
            once,
            probe: probe_steps,
            secret,
            frames: self.place.frames.clone(),
            role: Role::Act,
            at: self.place.used_at.clone().unwrap_or_else(|| node.mark().start..node.extent().end),
        };
        (Some(step), shape)
    }

    /// The action of `do:`.
    fn action(&mut self, node: &Node) -> Option<&'static ActionDef> {
        let name = self.lint.words(node)?;
        let found = self.catalog.get(&name);
        if found.is_none() {
            let names = self.catalog.0.iter().map(|a| a.name);
            let help = match closest(&name, names).or_else(|| same_verb(&name, self.catalog.0)) {
                Some(near) => format!("もしかして `{near}` ですか"),
                None => "使える動作は `shoki actions` で分かります".to_owned(),
            };
            self.lint.say("SHK0110", node.mark(), format!("「{name}」という動作はありません"), help);
        }
        found
    }

    /// The system of `on:`, or the one of the section, or, for an action that needs one, of the part.
    pub(super) fn on(
        &mut self,
        keys: &mut Keys<'_>,
        section: Section<'_>,
        needs_session: bool,
    ) -> Option<String> {
        let Some(node) = keys.get("on") else {
            let around = self.place.on.clone().filter(|_| needs_session);
            return section.system().map(str::to_owned).or(around);
        };
        let name = self.lint.words(node)?;
        if !self.place.alone && !self.systems.contains(&name) {
            let known: Vec<&str> = self.systems.iter().map(String::as_str).collect();
            let help = if known.is_empty() {
                format!("systems: に「{name}」を書き足します")
            } else {
                suggestion(&name, &known)
            };
            self.lint.say("SHK0113", node.mark(), format!("「{name}」という対象システムはありません"), help);
        }
        Some(name)
    }

    /// The accounts of `secret:`.
    fn secret(&mut self, node: &Node, action: Option<&ActionDef>) -> Vec<String> {
        if let Some(action) = action.filter(|a| !a.needs_session && !a.name.starts_with("mail.")) {
            let message = format!(
                "「{}」の手順では秘密の値を使えません。記録や出力に残るおそれがあります",
                action.name
            );
            let help = "画面に入力する動作（browser.fill など）の手順に書きます";
            self.lint.say("SHK0129", node.mark(), message, help);
        }
        let nodes = self.lint.list(node);
        nodes.iter().filter_map(|n| self.word(n)).collect()
    }

    fn systems_help(&self) -> String {
        match self.systems.first() {
            Some(system) => format!("手順に「on: {system}」を書き足します"),
            None => "systems: に対象システムを書き、手順に「on: その名前」を書き足します".to_owned(),
        }
    }

    /// The expression of `if:`.
    pub(super) fn condition(&mut self, node: &Node, names: &Names) -> Option<String> {
        let text = self.lint.words(node)?;
        let before = self.lint.problems.len();
        let condition = names.check_condition(&mut self.lint, node, &text);
        if self.lint.problems.len() == before && never_changes(&condition) {
            let (message, help) = match expr::truth(&condition, &expr::Scope::default()) {
                Ok(true) => ("この条件はいつも成り立ちます", "「if」を取り除くか、条件を直します"),
                Ok(false) => (
                    "この条件は決して成り立たないため、この手順は行われません",
                    "条件を直すか、要らない手順を取り除きます",
                ),
                Err(_) => return Some(condition),
            };
            self.lint.say("SHK0134", node.mark(), message, help);
        }
        Some(condition)
    }

    /// `retry: {times, wait}`.
    fn retry(&mut self, node: &Node) -> Option<Retry> {
        let mut keys = Keys::open(&mut self.lint, node, "retry ")?;
        let default = Retry::default();
        let times = keys.get("times").and_then(|n| self.lint.count(n, 1, 20));
        let wait = keys.get("wait").and_then(|n| self.duration(n));
        keys.close(&mut self.lint);
        Some(Retry { times: times.unwrap_or(default.times), wait: wait.unwrap_or(default.wait) })
    }

    /// A duration such as `20s`.
    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        let text = self.lint.words(node)?;
        let found = units::duration(&text);
        if found.is_none() {
            let message = format!("「{text}」は時間の長さとして読めません");
            self.lint.say(
                "SHK0109",
                node.mark(),
                message,
                "数に s（秒）、m（分）、h（時間）を付けます。例: 20s、5m",
            );
        }
        found
    }

    /// A text that identifies something and therefore must refer to something that differs.
    pub(super) fn key_text(&mut self, node: &Node, names: &Names, key: &str) -> Option<String> {
        let text = self.lint.words(node)?;
        self.check_my_number(node, &text);
        let before = self.lint.problems.len();
        let used = names.check(&mut self.lint, node, &text);
        let is_sound = self.lint.problems.len() == before;
        if used.iter().any(|name| name == "now") {
            let message =
                format!("「{key}」に今の時刻が入っています。やり直すたびに変わり、二度目を見分けられません");
            self.lint.say("SHK0116", node.mark(), message, "届出ごとに決まっている値だけにします");
            return Some(text);
        }
        let fixed = |name: &String| {
            ["settings", "today", "now", "run"].contains(&name.as_str()) || self.before.contains(name)
        };
        if !text.contains("${{") || used.iter().all(fixed) {
            let message = format!("「{key}」が件ごとに変わりません。2件目から処理済みと見なされます");
            self.lint.say(
                "SHK0116",
                node.mark(),
                message,
                match key {
                    "key" => "件を区別できる値を入れます。例: ${{ item.sha256 }}-${{ item.page }}",
                    _ => "件を区別できる値を入れます。例: ${{ 照会.宛名番号 }}/${{ 確認.届出日 }}",
                },
            );
        } else if is_sound && !self.differs(node) {
            let help = "回ごとに違う値を入れます。例: ${{ 人.宛名番号 }}/${{ 確認.届出日 }}";
            self.same_key(node.mark(), "「once」", help);
        }
        Some(text)
    }

    /// Whether something under a node may differ from turn to turn of the repetition around; true outside of any.
    pub(super) fn differs(&self, node: &Node) -> bool {
        let Some(differing) = &self.place.differing else { return true };
        match &node.kind {
            Kind::Text(text) => match expr::references(text) {
                Ok(used) => used.iter().any(|reference| differing.contains(&reference.path[0])),
                Err(_) => true,
            },
            Kind::List(items) => items.iter().any(|n| self.differs(n)),
            Kind::Map(entries) => entries.iter().any(|(_, n)| self.differs(n)),
            _ => false,
        }
    }

    /// Says that a key is the same in every turn of the repetition around. Inside a part that is said where the part is used,
    /// for there lies the fault.
    pub(super) fn same_key(&mut self, at: Range<usize>, what: &str, help: &str) {
        if let Some(Frame::Part(_)) = self.place.frames.last() {
            self.place.same_key = true;
            return;
        }
        let message =
            format!("{what}がくり返し（each）の回ごとに変わりません。2回目から登録済みと見なされます");
        self.lint.say("SHK0116", at, message, help);
    }

    /// What the effect of an action asks for.
    fn check_effect(
        &mut self,
        action: &ActionDef,
        word: &Node,
        has_once: bool,
        probe: Option<&Node>,
        section: Section<'_>,
    ) {
        let irreversible = action.effect == Effect::Irreversible;
        let name = action.name;
        if irreversible && !section.may_be_irreversible() {
            let message = format!("「{name}」は取り消せない動作なので、ここには書けません");
            let help = match section {
                Section::SignIn(_) => "ログインのボタンは browser.press で押します",
                _ => "読むだけの動作にします",
            };
            self.lint.say("SHK0115", word.mark(), message, help);
        } else if irreversible && !has_once {
            let message = format!("「{name}」は取り消せない動作なのに「once」がありません");
            self.lint.say(
                "SHK0115",
                word.mark(),
                message,
                "二重登録を防ぐキーを書きます。例: once: ${{ 照会.宛名番号 }}/${{ 確認.届出日 }}",
            );
        } else if !irreversible && (has_once || probe.is_some()) {
            let message = format!("「{name}」はやり直せる動作なので「once」「probe」は要りません");
            self.lint.say("SHK0115", word.mark(), message, "「once」と「probe」を取り除きます");
        }
    }

    /// People are asked about items only.
    fn check_asking(
        &mut self,
        action: &ActionDef,
        word: &Node,
        failing: Option<OnFailure>,
        section: Section<'_>,
    ) {
        let asking = match failing {
            _ if action.name.starts_with("person.") => action.name,
            Some(OnFailure::Ask) => "on_failure: ask",
            _ => return,
        };
        if !matches!(section, Section::Steps) {
            let message = format!("「{asking}」は職員に尋ねるので、ここには書けません");
            self.lint.say("SHK0145", word.mark(), message, "件ごとの手順（steps:）に書きます");
        }
    }

    /// The arguments of a step and the shape of its output.
    fn with(
        &mut self,
        action: &'static ActionDef,
        word: &Node,
        with: Option<&Node>,
        at: &Range<usize>,
        names: &Names,
    ) -> (Option<Value>, Shape) {
        let before = self.lint.problems.len();
        let schema = self.schema(action);
        let empty = Node { kind: Kind::Map(Vec::new()), at: word.at.clone() };
        let node = with.filter(|n| n.kind != Kind::Null).unwrap_or(&empty);
        let value = Arguments::new(action.name, &schema, names).read(&mut self.lint, node);
        self.check_texts(with, names);
        self.check_arguments(action, with, word);
        self.check_columns(with, names);
        if action.name == "value.set" {
            self.check_value_names(with);
            self.follow_my_numbers(with);
        }
        let Some(value) = value else { return (None, Shape::Any) };
        if self.lint.problems.len() > before {
            return (Some(value), self.shape(action, value_or_empty(with, &self.lint.source)));
        }
        match action.parse(value.clone()) {
            Ok(prepared) => {
                let shape = match prepared.shape(self.forms) {
                    Shape::Any => passed_on(&value, names),
                    shape => filled(shape, &value, names),
                };
                (Some(value), shape)
            }
            Err(words) => {
                let told = if words.is_ascii() {
                    "引数の組み合わせが正しくありません".to_owned()
                } else {
                    words
                };
                let at = with.map_or_else(|| at.clone(), Node::mark);
                let help = format!("`shoki actions {}` の例を見ます", action.name);
                self.lint.say("SHK0112", at, told, help);
                (Some(value), Shape::Any)
            }
        }
    }

    /// The schema of an action, made once for a file.
    fn schema(&mut self, action: &'static ActionDef) -> Arc<Value> {
        Arc::clone(self.schemas.entry(action.name).or_insert_with(|| Arc::new(action.schema().to_value())))
    }

    /// The shape as far as arguments with other mistakes give one, so that one mistake does not hide the next.
    fn shape(&self, action: &ActionDef, with: Value) -> Shape {
        action.parse(with).map_or(Shape::Any, |prepared| prepared.shape(self.forms))
    }

    /// Every `${{ }}` in the texts under a node.
    pub(super) fn check_texts(&mut self, node: Option<&Node>, names: &Names) {
        let Some(node) = node else { return };
        match &node.kind {
            Kind::Text(text) => drop(names.check(&mut self.lint, node, text)),
            Kind::List(items) => items.iter().for_each(|n| self.check_texts(Some(n), names)),
            Kind::Map(entries) => entries.iter().for_each(|(_, n)| self.check_texts(Some(n), names)),
            _ => {}
        }
    }
}

const ON_FAILURE: &[(&str, OnFailure)] =
    &[("stop_item", OnFailure::StopItem), ("ask", OnFailure::Ask), ("continue", OnFailure::Continue)];

/// Whether a condition uses no name at all.
fn never_changes(condition: &str) -> bool {
    expr::references_in(condition).is_ok_and(|used| used.is_empty())
}

/// The key that makes an entry more than a single action.
fn composed<'n>(node: &'n Node, source: &crate::problem::Source) -> Option<&'n str> {
    let Kind::Map(entries) = &node.kind else { return None };
    let mut keys = entries.iter().rev().filter_map(|(key, _)| match &key.kind {
        Kind::Text(text) => Some(text.as_str()),
        _ => key.written(source).map(|_| ""),
    });
    keys.find(|key| matches!(*key, "use" | "each"))
}

/// The names of a step that may use secrets.
fn with_secrets<'n>(names: &'n Names, secret: &[String]) -> Cow<'n, Names> {
    if secret.is_empty() {
        return Cow::Borrowed(names);
    }
    let account = || Shape::map([("user", Shape::Text), ("password", Shape::Text)]);
    let mut names = names.clone();
    names.add("secret", Shape::map(secret.iter().map(|name| (name.clone(), account()))));
    Cow::Owned(names)
}

/// The shape of what an action gives back as it got it: `person.check` gives its readings.
fn passed_on(with: &Value, names: &Names) -> Shape {
    let readings = with.get("readings").and_then(Value::as_str).map(bare);
    readings.and_then(|name| names.shape(name.trim())).unwrap_or_default()
}

/// The shape with what the expressions of its own keys give: `value.set` gives what it is given.
fn filled(shape: Shape, with: &Value, names: &Names) -> Shape {
    let Shape::Map(keys) = shape else { return shape };
    let known = |(key, shape): (&String, &Shape)| {
        let text =
            with.get(key).and_then(Value::as_str).filter(|t| *shape == Shape::Any && t.contains("${{"));
        let shape = text.map_or_else(|| shape.clone(), |t| names.shape_of_text(t));
        (key.clone(), shape)
    };
    Shape::map(keys.iter().map(known))
}

/// The value of a `with:` as it stands.
fn value_or_empty(with: Option<&Node>, source: &crate::problem::Source) -> Value {
    with.map_or_else(|| Value::Object(Map::new()), |n| n.untyped(source))
}

/// An action with the same noun, or the same verb, where only one has it.
fn same_verb(name: &str, catalog: &'static [ActionDef]) -> Option<&'static str> {
    let mut by_part: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    for action in catalog {
        let (noun, verb) = action.name.split_once('.').unwrap_or((action.name, ""));
        by_part.entry(noun).or_default().push(action.name);
        by_part.entry(verb).or_default().push(action.name);
    }
    name.split('.').find_map(|part| match by_part.get(part).map(Vec::as_slice) {
        Some([only]) => Some(*only),
        _ => None,
    })
}
