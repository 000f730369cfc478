//! Reads a repetition: `each: {in, as, steps}`. It becomes the step that gives the list, and the one that gathers what the turns
//! gave; the turns between them are made by the engine when the list is known.

use super::{
    Each, Frame, OnFailure, Retry, Role, Step, inner,
    keys::Keys,
    load::Loader,
    names::{Names, RESERVED},
    steps::Section,
    tree::{Kind, Node},
};
use crate::{
    expr,
    step::{ActionDef, Shape},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

impl Loader<'_> {
    /// One repetition. Its steps are added to `all`; gives the shape of its output.
    pub(super) fn each(
        &mut self,
        node: &Node,
        id: &str,
        section: Section<'_>,
        names: &Names,
        all: &mut Vec<Step>,
    ) -> Shape {
        let Some(mut keys) = Keys::open(&mut self.lint, node, "手順") else { return Shape::Any };
        keys.get("id");
        let condition = keys.get("if").and_then(|n| self.condition(n, names));
        let body = keys.get("each");
        let place = keys.place("each");
        self.refuse_keys_of_actions(&mut keys, "each");
        keys.close(&mut self.lint);
        if matches!(section, Section::SignIn(_) | Section::SignOut(_) | Section::Probe(_)) {
            let message = "サインイン、サインアウト、probe の中では「each」を使えません";
            self.lint.say("SHK0118", place, message, "手順を一つずつ書きます");
            return Shape::Any;
        }
        let Some(mut keys) = body.and_then(|n| Keys::open(&mut self.lint, n, "each ")) else {
            return Shape::Any;
        };
        let list = keys.need("in").and_then(|n| self.list_of(n, names));
        let name = keys.need("as").and_then(|n| self.element_name(n, names));
        let steps = keys.need("steps");
        keys.close(&mut self.lint);
        let (list, element) = list.unwrap_or((Value::Null, Shape::Any));
        let mut inside = names.clone();
        let name = name.unwrap_or_default();
        inside.add(name.clone(), element);
        let outer = self.place.clone();
        let full = format!("{}{id}", outer.prefix);
        self.place.prefix = format!("{full}[].");
        self.place.frames.push(Frame::Turn { each: full.clone(), n: 0, name: name.clone() });
        self.place.differing = (!name.is_empty()).then(|| BTreeSet::from([name.clone()]));
        let inner_steps = self.steps(steps, section, &mut inside);
        let turn = own_shapes(&inner_steps, &self.place.prefix, &inside);
        self.place = outer;
        let at = node.mark().start..node.extent().end;
        let role = Role::Each(Arc::new(Each { id: full.clone(), name, steps: inner_steps }));
        let mut header = self.held(format!("{full}.in"), &inner::LIST, role, &at);
        (header.with, header.condition) = (json!({ "in": list }), condition);
        all.push(header);
        all.push(self.held(full, &inner::GIVES, Role::Gather, &at));
        Shape::list(turn)
    }

    /// The list of `in:` and the shape of its elements.
    fn list_of(&mut self, node: &Node, names: &Names) -> Option<(Value, Shape)> {
        if let Kind::List(_) = node.kind {
            self.check_texts(Some(node), names);
            return Some((node.untyped(&self.lint.source), Shape::Any));
        }
        let text = self.lint.words(node)?;
        names.check(&mut self.lint, node, &text);
        let shape = names.shape_of_text(&text);
        let element = match shape {
            Shape::List(each) => Arc::unwrap_or_clone(each),
            Shape::Any if text.contains("${{") => Shape::Any,
            other => {
                let message =
                    format!("「each」の in には一覧を書きます（ここにあるのは{}です）", other.label());
                self.lint.say("SHK0118", node.mark(), message, "例: in: ${{ 確認.異動者 }}");
                Shape::Any
            }
        };
        Some((text.into(), element))
    }

    /// The name of `as:`.
    fn element_name(&mut self, node: &Node, names: &Names) -> Option<String> {
        let name = self.lint.words(node)?;
        if !expr::is_name(&name) || RESERVED.contains(&name.as_str()) {
            let message = format!("「{name}」は名前に使えません");
            let help = "文字で始まり、記号や空白のない名前にします（例: 人）";
            self.lint.say("SHK0109", node.mark(), message, help);
        } else if names.shape(&name).is_some() {
            let message = format!("「{name}」はすでに使われている名前です");
            self.lint.say("SHK0111", node.mark(), message, "別の名前にします");
        }
        Some(name)
    }

    /// Keys that belong to single actions.
    pub(super) fn refuse_keys_of_actions(&mut self, keys: &mut Keys<'_>, word: &str) {
        for key in
            ["do", "each", "use", "with", "on", "retry", "timeout", "on_failure", "once", "probe", "secret"]
        {
            let own = key == word || word == "use" && matches!(key, "with" | "on");
            if keys.get(key).is_some() && !own {
                let message = format!("「{word}」の手順に「{key}」は書けません");
                let help = match key {
                    "do" | "each" | "use" => "別々の手順に分けます",
                    _ => "中の手順に書きます",
                };
                self.lint.say("SHK0118", keys.place(key), message, help);
            }
        }
    }

    /// A step that holds others together.
    pub(super) fn held(
        &self,
        id: String,
        action: &'static ActionDef,
        role: Role,
        at: &std::ops::Range<usize>,
    ) -> Step {
        Step {
            id,
            action,
            with: Value::Null,
            on: None,
            condition: None,
            retry: Retry::default(),
            timeout: None,
            on_failure: OnFailure::StopItem,
            once: None,
            probe: Vec::new(),
            secret: Vec::new(),
            frames: self.place.frames.clone(),
            role,
            at: self.place.used_at.clone().unwrap_or_else(|| at.clone()),
        }
    }
}

/// What one turn gives: the outputs of its steps.
fn own_shapes(steps: &[Step], prefix: &str, names: &Names) -> Shape {
    let ids = steps.iter().filter_map(|s| s.id.strip_prefix(prefix));
    let own = ids.filter(|id| !id.contains(['.', '[']));
    Shape::map(own.map(|id| (id.to_owned(), names.shape(id).unwrap_or_default())))
}
