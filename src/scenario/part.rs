//! Reads a part: a file of steps that scenarios share, with typed arguments. Where it is used its steps stand in the scenario as
//! if they were written there, under names of their own.

use super::{
    Frame, PartFile, Role, Step,
    inner::{self, ArgumentKind, KINDS},
    keys::{Keys, unknown_key},
    lint::Lint,
    load::{Loader, OfficeFacts, Place, check_version, digest, my_numbers},
    names::Names,
    read_file::read_source,
    steps::Section,
    tree::{self, Kind, Node},
    units,
};
use crate::{
    expr,
    form::Forms,
    problem::{Problem, Source},
    step::{Catalog, Shape},
};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How many steps the parts of one scenario may bring along.
const MOST_STEPS: usize = 5_000;

/// How many parts may be inside each other.
const DEEPEST: usize = 16;

/// An argument that a part takes.
struct Argument {
    name: String,
    kind: ArgumentKind,
    default: Option<Value>,
}

/// A part that was read as YAML.
type Read = Option<(Arc<Source>, Arc<Node>)>;

/// The parts that a scenario uses.
#[derive(Default)]
pub(super) struct PartsInUse {
    files: Vec<(PathBuf, Read)>,
    open: Vec<PathBuf>,
    problems: Vec<Problem>,
    steps: usize,
}

impl PartsInUse {
    /// The files, for the record.
    pub(super) fn files(&self) -> Vec<PartFile> {
        let facts = |(file, read): &(PathBuf, Read)| {
            let (source, tree) = read.as_ref()?;
            let title = match &tree.kind {
                Kind::Map(entries) => entries.iter().find(|(k, _)| k.written(source) == Some("title")),
                _ => None,
            };
            let title = title.and_then(|(_, v)| v.written(source)).unwrap_or_default().to_owned();
            Some(PartFile { file: file.clone(), title, sha256: digest(&source.text) })
        };
        self.files.iter().filter_map(facts).collect()
    }

    /// What is wrong in the parts, each mistake once.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut seen = BTreeSet::new();
        let key = |p: &Problem| (p.source.path.clone(), p.span.start, p.code, p.message.clone());
        self.problems.into_iter().filter(|p| seen.insert(key(p))).collect()
    }
}

/// Reads a part by itself: all its Problems, none where it is good.
#[must_use]
pub fn load_part(path: &Path, catalog: &Catalog, forms: &Forms, office: &OfficeFacts) -> Vec<Problem> {
    let source = match read_source(path) {
        Ok(source) => Arc::new(source),
        Err(problem) => return vec![problem],
    };
    let (tree, problems) = tree::parse(&source);
    let Some(tree) = tree else { return problems };
    let mut loader = Loader {
        lint: Lint::new(&source, problems),
        catalog,
        forms,
        office,
        systems: BTreeSet::new(),
        before: BTreeSet::new(),
        addresses: BTreeMap::new(),
        ids: BTreeMap::new(),
        my_numbers: my_numbers(forms),
        schemas: BTreeMap::new(),
        place: Place { alone: true, ..Place::default() },
        parts: PartsInUse { open: vec![path.to_path_buf()], ..PartsInUse::default() },
    };
    let mut names = Names::everywhere(&[]);
    names.add("settings", Shape::Any);
    names.add("account", Shape::Any);
    loader.part_file(&tree, &names, Section::Steps, &mut Vec::new());
    let mut problems = loader.lint.into_problems();
    problems.extend(loader.parts.into_problems());
    problems
}

impl Loader<'_> {
    /// One use of a part. Its steps are added to `all`; gives the shape of what it gives back.
    pub(super) fn part(
        &mut self,
        node: &Node,
        id: &str,
        section: Section<'_>,
        names: &Names,
        all: &mut Vec<Step>,
    ) -> Shape {
        let Some(mut keys) = Keys::open(&mut self.lint, node, "手順") else { return Shape::Any };
        keys.get("id");
        let file = keys.get("use");
        let on = self.on(&mut keys, section, true);
        let condition = keys.get("if").and_then(|n| self.condition(n, names));
        let with = keys.get("with");
        self.refuse_keys_of_actions(&mut keys, "use");
        keys.close(&mut self.lint);
        self.check_texts(with, names);
        let used = file.map_or(0..0, Node::mark);
        let Some((path, read, file)) = file.and_then(|n| self.open_part(n)) else { return Shape::Any };
        let Some((source, tree)) = read else { return Shape::Any };
        let at = self.place.used_at.clone().unwrap_or_else(|| node.mark().start..node.extent().end);
        let takes = quietly(&source, |lint| takes(lint, &tree));
        let values = self.given(with, &takes, &file, names);
        let differs = with.is_some_and(|n| self.differs(n));
        let full = format!("{}{id}", self.place.prefix);
        let mut header =
            self.held(format!("{full}.with"), &inner::ARGUMENTS, Role::Arguments(full.clone()), &at);
        let kinds: Map<String, Value> = takes.iter().map(|a| (a.name.clone(), json!(a.kind))).collect();
        let defaults: Map<String, Value> =
            takes.iter().filter_map(|a| Some((a.name.clone(), a.default.clone()?))).collect();
        header.with = json!({ "kinds": kinds, "defaults": defaults, "values": values });
        header.condition = condition;
        all.push(header);
        let (shape, same_key) =
            self.inside(&Inside { path, source, tree, full, on, differs, at }, section, names, all);
        if same_key {
            let help = "部品の with に、回ごとに違う値を書きます。例: ${{ 人.宛名番号 }}";
            self.same_key(used, "部品の中の「once」", help);
        }
        shape
    }

    /// Reads the steps of a part in its own file, with its own names. Says the shape of what it gives back, and whether a key in
    /// it is the same in every turn of the repetition around it.
    fn inside(
        &mut self,
        part: &Inside,
        section: Section<'_>,
        names: &Names,
        all: &mut Vec<Step>,
    ) -> (Shape, bool) {
        let outer = self.place.clone();
        let lint = std::mem::replace(&mut self.lint, Lint::new(&part.source, Vec::new()));
        self.parts.open.push(part.path.clone());
        self.place.prefix = format!("{}.", part.full);
        self.place.frames.push(Frame::Part(part.full.clone()));
        self.place.on = part.on.clone().or(self.place.on.take());
        self.place.used_at = Some(part.at.clone());
        self.place.same_key = false;
        if let Some(differing) = &mut self.place.differing {
            *differing = part.differs.then(|| "with".to_owned()).into_iter().collect();
        }
        let before = all.len();
        let gives = self.part_file(&part.tree, &names.of_a_part(), section, all);
        self.parts.steps += all.len() - before;
        let Place { frames, same_key, .. } = std::mem::replace(&mut self.place, outer);
        self.parts.open.pop();
        let inner = std::mem::replace(&mut self.lint, lint);
        self.parts.problems.extend(inner.into_problems());
        let (values, shape) = gives;
        let mut giving = self.held(part.full.clone(), &inner::GIVES, Role::Act, &part.at);
        (giving.with, giving.frames) = (Value::Object(values), frames);
        all.push(giving);
        (shape, same_key)
    }

    /// The body of a part: what it takes, its steps, what it gives back.
    fn part_file(
        &mut self,
        tree: &Node,
        around: &Names,
        section: Section<'_>,
        all: &mut Vec<Step>,
    ) -> (Map<String, Value>, Shape) {
        let nothing = (Map::new(), Shape::Any);
        let Some(mut keys) = Keys::open(&mut self.lint, tree, "部品") else { return nothing };
        if !check_version(&mut self.lint, &mut keys, "shoki_part") {
            return nothing;
        }
        keys.need("title").and_then(|n| self.lint.words(n));
        keys.get("takes");
        let takes = takes(&mut self.lint, tree);
        let mut names = around.clone();
        names.add("with", Shape::map(takes.iter().map(|a| (a.name.clone(), shape_of(a.kind)))));
        let steps = keys.need("steps");
        all.extend(self.steps(steps, section, &mut names));
        let gives = keys.get("gives").map(|n| self.gives(n, &names)).unwrap_or_default();
        keys.close(&mut self.lint);
        let shape = Shape::map(gives.iter().map(|(key, (_, shape))| (key.clone(), shape.clone())));
        (gives.into_iter().map(|(key, (value, _))| (key, value)).collect(), shape)
    }

    fn gives(&mut self, node: &Node, names: &Names) -> BTreeMap<String, (Value, Shape)> {
        let Kind::Map(entries) = &node.kind else {
            self.lint.wrong_kind(node, "「名前: 値」の組");
            return BTreeMap::new();
        };
        self.check_texts(Some(node), names);
        let mut all = BTreeMap::new();
        for (key, value) in entries {
            let Some(name) = self.lint.words(key) else { continue };
            let shape = match &value.kind {
                Kind::Text(text) => names.shape_of_text(text),
                _ => Shape::Any,
            };
            all.insert(name, (value.untyped(&self.lint.source), shape));
        }
        all
    }

    /// The file of `use:`, read as YAML; what is wrong with it is said once.
    fn open_part(&mut self, node: &Node) -> Option<(PathBuf, Read, String)> {
        let name = self.lint.words(node)?;
        if name.contains("${{") || units::leaves_office(&name) {
            let message = "部品の場所は、シナリオのフォルダーからの相対パスで書きます";
            self.lint.say("SHK0130", node.mark(), message, "例: use: parts/サインイン.yaml");
            return None;
        }
        let path = self.part_path(node, &name)?;
        if let Some(first) = self.parts.open.iter().position(|p| *p == path) {
            let round: Vec<String> =
                self.parts.open[first..].iter().chain([&path]).map(|p| file_name(p)).collect();
            let message = format!("部品が自分自身を使っています（{}）", round.join(" → "));
            self.lint.say("SHK0131", node.mark(), message, "どこかの「use」を取り除きます");
            return None;
        }
        if self.parts.steps > MOST_STEPS || self.parts.open.len() > DEEPEST {
            self.lint.say(
                "SHK0131",
                node.mark(),
                "部品の中の部品が多すぎます",
                "部品の組み合わせを減らします",
            );
            return None;
        }
        if let Some((_, read)) = self.parts.files.iter().find(|(p, _)| *p == path) {
            return Some((path, read.clone(), name));
        }
        let read = match read_source(&path) {
            Err(problem) => {
                self.parts.problems.push(problem);
                None
            }
            Ok(source) => {
                let source = Arc::new(source);
                let (tree, problems) = tree::parse(&source);
                self.parts.problems.extend(problems);
                tree.map(|tree| (source, Arc::new(tree)))
            }
        };
        self.parts.files.push((path.clone(), read.clone()));
        Some((path, read, name))
    }

    /// Where a part lies: beside the file that uses it, or in the office.
    fn part_path(&mut self, node: &Node, name: &str) -> Option<PathBuf> {
        let beside = self.lint.source.path.parent().map(Path::to_path_buf).unwrap_or_default();
        let above = beside.parent().map(Path::to_path_buf);
        let places = [Some(beside), above, self.office.root.clone()];
        let found = places.into_iter().flatten().map(|dir| dir.join(name)).find(|p| p.exists());
        if found.is_none() {
            let message = format!("部品「{name}」がありません");
            let help =
                "シナリオと同じフォルダーか、庁のフォルダーからの場所を書きます。例: parts/サインイン.yaml";
            self.lint.say("SHK0130", node.mark(), message, help);
        }
        found
    }

    /// The values that a scenario gives to a part.
    fn given(
        &mut self,
        with: Option<&Node>,
        takes: &[Argument],
        file: &str,
        names: &Names,
    ) -> Map<String, Value> {
        let none = Vec::new();
        let entries = match with.map(|n| &n.kind) {
            Some(Kind::Map(entries)) => entries,
            Some(Kind::Null) | None => &none,
            Some(_) => {
                self.lint.wrong_kind(with.expect("it is there"), "「名前: 値」の組");
                return Map::new();
            }
        };
        let known: Vec<&str> = takes.iter().map(|a| a.name.as_str()).collect();
        let mut values = Map::new();
        for (key, value) in entries {
            let name = key.written(&self.lint.source).unwrap_or_default().to_owned();
            let Some(argument) = takes.iter().find(|a| a.name == name) else {
                unknown_key(&mut self.lint, key, &name, &format!("部品「{file}」の with "), &known);
                continue;
            };
            self.check_given(value, argument, names);
            values.insert(name, value.untyped(&self.lint.source));
        }
        for argument in takes.iter().filter(|a| a.default.is_none() && !values.contains_key(&a.name)) {
            let at = with.map_or_else(|| 0..0, Node::mark);
            let message = format!("部品「{file}」に渡す「{}」がありません", argument.name);
            self.lint.say("SHK0132", at, message, format!("「{}: …」を書き足します", argument.name));
        }
        values
    }

    /// That a value fits the argument it is given for.
    fn check_given(&mut self, node: &Node, argument: &Argument, names: &Names) {
        let fits = match &node.kind {
            Kind::Text(text) if text.contains("${{") => {
                let wanted = shape_of(argument.kind);
                names.shape_of_text(text).may_be(&wanted)
            }
            _ => argument.kind.takes(&node.untyped(&self.lint.source)),
        };
        if !fits {
            let wanted = argument.kind.label();
            let message = format!("「{}」には{wanted}を渡します", argument.name);
            self.lint.say("SHK0132", node.mark(), message, format!("{wanted}になる値に直します"));
        }
    }
}

/// A part about to be read where it is used.
struct Inside {
    path: PathBuf,
    source: Arc<Source>,
    tree: Arc<Node>,
    full: String,
    on: Option<String>,
    /// Whether what it is given may differ from turn to turn of the repetition around it.
    differs: bool,
    at: Range<usize>,
}

/// What is read from a part's file without saying its mistakes; they are said when its steps are read.
fn quietly<T>(source: &Arc<Source>, read: impl FnOnce(&mut Lint) -> T) -> T {
    read(&mut Lint::new(source, Vec::new()))
}

/// The arguments of `takes:`.
fn takes(lint: &mut Lint, tree: &Node) -> Vec<Argument> {
    let Kind::Map(entries) = &tree.kind else { return Vec::new() };
    let found = entries.iter().find(|(k, _)| matches!(&k.kind, Kind::Text(t) if t == "takes"));
    let Some((_, node)) = found else { return Vec::new() };
    let Kind::Map(entries) = &node.kind else {
        if node.kind != Kind::Null {
            lint.wrong_kind(node, "「名前: { type: 種類 }」の組");
        }
        return Vec::new();
    };
    entries.iter().filter_map(|(key, value)| argument(lint, key, value)).collect()
}

fn argument(lint: &mut Lint, key: &Node, node: &Node) -> Option<Argument> {
    let name = lint.words(key)?;
    if !expr::is_name(&name) {
        let message = format!("「{name}」は名前に使えません");
        lint.say("SHK0109", key.mark(), message, "文字で始まり、記号や空白のない名前にします（例: 氏名）");
    }
    let mut keys = Keys::open(lint, node, "takes の値")?;
    let kind = keys.need("type").and_then(|n| lint.choice(n, KINDS));
    keys.get("about").and_then(|n| lint.words(n));
    let default = keys.get("default");
    keys.close(lint);
    let kind = kind.unwrap_or(ArgumentKind::Any);
    let value = default.map(|n| n.untyped(&lint.source));
    if let (Some(node), Some(value)) = (default, &value) {
        if value.as_str().is_some_and(|t| t.contains("${{")) {
            lint.say("SHK0107", node.mark(), "ここには ${{ }} を書けません", "決まった値を書きます");
        } else if !value.is_null() && !kind.takes(value) {
            lint.wrong_kind(node, kind.label());
        }
    }
    Some(Argument { name, kind, default: value })
}

/// The shape of an argument inside its part.
fn shape_of(kind: ArgumentKind) -> Shape {
    match kind {
        ArgumentKind::Text | ArgumentKind::Date => Shape::Text,
        ArgumentKind::Number => Shape::Number,
        ArgumentKind::Flag => Shape::Flag,
        ArgumentKind::List => Shape::list(Shape::Any),
        ArgumentKind::Map | ArgumentKind::Any => Shape::Any,
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
