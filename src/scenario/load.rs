//! Reads a scenario file: all its Problems at once, or the checked scenario.

use super::{
    Frame, Items, Retention, Savings, Scenario, Step, System,
    keys::Keys,
    lint::Lint,
    names::Names,
    part::PartsInUse,
    read_file::read_source,
    steps::Section,
    tree::{self, Node},
    units,
};
use crate::{
    calendar::OfficeCalendar,
    form::{FieldType, Forms},
    problem::{Problem, Source},
    step::{Catalog, Shape},
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The version of the language that is read.
const VERSION: u32 = 1;

/// What is known of the office when a scenario is read.
#[derive(Debug, Clone, Default)]
pub struct OfficeFacts {
    /// The values of `[settings]` in `shoki.toml`.
    pub settings: BTreeMap<String, String>,
    /// The office folder. None: the file is read outside any office, so whether the office supplies a setting is not asked.
    pub root: Option<PathBuf>,
    /// Its open days.
    pub calendar: OfficeCalendar,
}

/// Reads the scenario at `path`.
///
/// # Errors
/// All Problems of the file.
pub fn load(
    path: &Path,
    catalog: &Catalog,
    forms: &Forms,
    office: &OfficeFacts,
) -> Result<Scenario, Vec<Problem>> {
    let source = read_source(path).map_err(|problem| vec![problem])?;
    load_source(&Arc::new(source), catalog, forms, office)
}

/// Reads a scenario from its text; `path` is only shown.
///
/// # Errors
/// All Problems of the text.
pub fn load_text(
    path: &Path,
    text: &str,
    catalog: &Catalog,
    forms: &Forms,
    office: &OfficeFacts,
) -> Result<Scenario, Vec<Problem>> {
    load_source(&Arc::new(Source::new(path, text)), catalog, forms, office)
}

fn load_source(
    source: &Arc<Source>,
    catalog: &Catalog,
    forms: &Forms,
    office: &OfficeFacts,
) -> Result<Scenario, Vec<Problem>> {
    let (tree, problems) = tree::parse(source);
    let Some(tree) = tree else { return Err(problems) };
    let lint = Lint::new(source, problems);
    let (systems, ids) = (BTreeSet::new(), BTreeMap::new());
    let my_numbers = my_numbers(forms);
    let mut loader = Loader {
        lint,
        catalog,
        forms,
        office,
        systems,
        before: BTreeSet::new(),
        addresses: BTreeMap::new(),
        ids,
        my_numbers,
        schemas: BTreeMap::new(),
        place: Place::default(),
        parts: PartsInUse::default(),
    };
    let scenario = loader.scenario(&tree);
    let mut problems = loader.lint.into_problems();
    problems.extend(loader.parts.into_problems());
    match scenario {
        Some(scenario) if problems.is_empty() => Ok(scenario),
        _ => Err(problems),
    }
}

/// A scenario being read.
pub(super) struct Loader<'a> {
    /// What was found.
    pub lint: Lint,
    /// The actions that exist.
    pub catalog: &'a Catalog,
    /// The forms that exist.
    pub forms: &'a Forms,
    /// The office.
    pub office: &'a OfficeFacts,
    /// The words under `systems:`.
    pub systems: BTreeSet<String>,
    /// Ids of the steps `before`: what they give is the same for every item.
    pub before: BTreeSet<String>,
    /// Where the systems begin, as far as that is known at load.
    pub addresses: BTreeMap<String, String>,
    /// Ids of steps, and where each was given.
    pub ids: BTreeMap<String, Range<usize>>,
    /// Names of the forms' fields that hold a 個人番号.
    pub my_numbers: BTreeSet<String>,
    /// Schemas of the actions seen so far.
    pub schemas: BTreeMap<&'static str, Arc<serde_json::Value>>,
    /// The part or repetition being read.
    pub place: Place,
    /// The parts that are used.
    pub parts: PartsInUse,
}

/// Inside which parts and repetitions steps are being read.
#[derive(Clone, Default)]
pub(super) struct Place {
    /// What ids begin with.
    pub prefix: String,
    /// What is around.
    pub frames: Vec<Frame>,
    /// The system in whose session a part acts where its steps do not say.
    pub on: Option<String>,
    /// Inside a repetition, the names whose values may differ from turn to turn of the innermost one.
    pub differing: Option<BTreeSet<String>>,
    /// A key of the part being read is the same in every turn of the repetition around it.
    pub same_key: bool,
    /// Where the outermost part is used in the scenario file.
    pub used_at: Option<Range<usize>>,
    /// A part read without a scenario around it: systems and settings are not known.
    pub alone: bool,
}

/// The head of a scenario.
struct Head {
    id: Option<String>,
    title: Option<String>,
    owner: Option<String>,
    retention: Option<Retention>,
    saves: Option<Savings>,
}

impl Loader<'_> {
    fn scenario(&mut self, tree: &Node) -> Option<Scenario> {
        let mut keys = Keys::open(&mut self.lint, tree, "シナリオ")?;
        if !check_version(&mut self.lint, &mut keys, "shoki") {
            return None;
        }
        let head = self.head(&mut keys);
        let schedule = self.schedule(keys.get("schedule"));
        let settings = self.settings(keys.get("settings"));
        let everywhere = Names::everywhere(&settings);
        let systems = self.systems(keys.get("systems"), &everywhere);
        let mut names = everywhere;
        let before = self.steps(keys.get("before"), Section::Before, &mut names);
        self.before = before.iter().map(|s| s.id.clone()).collect();
        let after_names = names.clone();
        let items = self.items(keys.get("items"), &mut names);
        let steps = keys.need("steps");
        let steps = self.steps(steps, Section::Steps, &mut names);
        let after = self.after(keys.get("after"), after_names, &names);
        keys.close(&mut self.lint);
        self.check_unused(tree, &[&before, &steps]);
        self.check_unreachable(&steps);
        Some(Scenario {
            id: head.id?,
            title: head.title?,
            owner: head.owner?,
            retention: head.retention?,
            saves: head.saves,
            schedule,
            settings,
            systems,
            before,
            items,
            steps,
            after,
            sha256: digest(&self.lint.source.text),
            seal: self.seal(),
            parts: self.parts.files(),
            file: self.lint.source.path.clone(),
            text: self.lint.source.text.as_str().into(),
        })
    }

    /// What an approval fixes: the file, its parts, and the forms it names with their blank originals.
    fn seal(&self) -> String {
        let mut all = format!("shoki-seal/1\n{}\n", digest(&self.lint.source.text));
        for part in self.parts.files() {
            let _ = writeln!(all, "{}", part.sha256);
        }
        for (id, form) in self.forms.iter().filter(|(id, _)| self.lint.source.text.contains(id.as_str())) {
            let mut form = (**form).clone();
            let blank = std::fs::read(&form.page.blank).unwrap_or_default();
            form.page.blank = PathBuf::new();
            let text = serde_json::to_string(&form).unwrap_or_default();
            let _ = writeln!(all, "{id} {} {}", digest(&text), hex(&Sha256::digest(&blank)));
        }
        digest(&all)
    }

    fn head(&mut self, keys: &mut Keys<'_>) -> Head {
        Head {
            id: keys.need("id").and_then(|n| self.word(n)),
            title: keys.need("title").and_then(|n| self.lint.words(n)),
            owner: keys.need("owner").and_then(|n| self.lint.words(n)),
            retention: keys.need("retention").and_then(|n| self.retention(n)),
            saves: keys.get("saves").and_then(|n| self.saves(n)),
        }
    }

    /// An id that may become part of a file name.
    pub(super) fn word(&mut self, node: &Node) -> Option<String> {
        let text = self.lint.words(node)?;
        self.lint.check_word(node, &text, "名前");
        Some(text)
    }

    fn retention(&mut self, node: &Node) -> Option<Retention> {
        let text = self.lint.words(node)?;
        let found = units::retention(&text).map(Retention);
        if found.is_none() {
            let message = format!("「{text}」という保存年限はありません");
            self.lint.say("SHK0109", node.mark(), message, "1y 3y 5y 7y 10y 30y のどれかにします");
        }
        found
    }

    fn saves(&mut self, node: &Node) -> Option<Savings> {
        let mut keys = Keys::open(&mut self.lint, node, "saves ")?;
        let minutes = keys.need("minutes_by_hand").and_then(|n| self.lint.number(n));
        let measured = keys.get("note").and_then(|n| self.lint.words(n));
        keys.close(&mut self.lint);
        Some(Savings { minutes_by_hand: minutes?, note: measured })
    }

    fn settings(&mut self, node: Option<&Node>) -> Vec<String> {
        let nodes = node.map_or(&[][..], |n| self.lint.list(n));
        let mut all = Vec::new();
        for node in nodes {
            let Some(name) = self.lint.words(node) else { continue };
            if self.office.root.is_some() && !self.office.settings.contains_key(&name) {
                let message = format!("「{name}」の値が庁の設定にありません");
                let help = format!("shoki.toml の [settings] に {name} = \"…\" を書きます");
                self.lint.say("SHK0120", node.mark(), message, help);
            }
            all.push(name);
        }
        all
    }

    fn items(&mut self, node: Option<&Node>, names: &mut Names) -> Option<Items> {
        let Some(node) = node else {
            names.add("item", Shape::Any);
            return None;
        };
        let mut keys = Keys::open(&mut self.lint, node, "items ")?;
        let key = keys.get("key");
        if key.is_none() {
            let message = "items に「key」がありません";
            let help = "件を見分ける値を書き足します。例: key: ${{ item.sha256 }}-${{ item.page }}";
            self.lint.say("SHK0106", keys.at.clone(), message, help);
        }
        let (source, shape) = self.item_source(node, names);
        names.add("item", self.element(node, &shape));
        let key = key.and_then(|n| self.key_text(n, names, "key"));
        Some(Items { source: source?, key: key? })
    }

    /// The shape of one item: an element of the list, or of the `rows` of a table.
    fn element(&mut self, node: &Node, shape: &Shape) -> Shape {
        let rows = match shape {
            Shape::Map(keys) => keys.get("rows").cloned().unwrap_or(Shape::Text),
            other => other.clone(),
        };
        match rows {
            Shape::List(each) => Arc::unwrap_or_clone(each),
            Shape::Any => Shape::Any,
            _ => {
                let message = format!("items の動作の結果が一覧ではありません（{}です）", shape.label());
                let help = "一覧になる動作にします。例: document.pages、excel.read、csv.read、file.list";
                self.lint.say("SHK0722", node.mark(), message, help);
                Shape::Any
            }
        }
    }

    /// The step of `items:`, which is the map itself without its `key`.
    fn item_source(&mut self, node: &Node, names: &Names) -> (Option<Step>, Shape) {
        let tree::Kind::Map(entries) = &node.kind else { return (None, Shape::Any) };
        let rest =
            entries.iter().filter(|(k, _)| k.written(&self.lint.source) != Some("key")).cloned().collect();
        let step = Node { kind: tree::Kind::Map(rest), at: node.at.clone() };
        self.step(&step, "件の一覧", Section::Items, names)
    }

    /// The steps afterwards see what was done once before, and the items by their state, each with the outputs of its steps.
    fn after(&mut self, node: Option<&Node>, mut names: Names, of_steps: &Names) -> Vec<Step> {
        let item = Shape::list(of_steps.of_an_item(&names));
        names.add("items", Shape::map(ENDS.iter().map(|end| (*end, item.clone()))));
        self.before.clear();
        self.steps(node, Section::After, &mut names)
    }
}

impl Loader<'_> {
    fn systems(&mut self, node: Option<&Node>, everywhere: &Names) -> BTreeMap<String, System> {
        let Some(node) = node else { return BTreeMap::new() };
        let tree::Kind::Map(entries) = &node.kind else {
            Keys::open(&mut self.lint, node, "systems ");
            return BTreeMap::new();
        };
        let mut named = Vec::new();
        for (key, value) in entries {
            if let Some(id) = self.word(key) {
                self.systems.insert(id.clone());
                named.push((id, value));
            }
        }
        named
            .into_iter()
            .filter_map(|(id, value)| Some((id.clone(), self.system(id, value, everywhere)?)))
            .collect()
    }
}

/// Whether the file is not of a version newer than this program reads: then the rest of it is not looked at, for its mistakes
/// may be none.
pub(super) fn check_version(lint: &mut Lint, keys: &mut Keys<'_>, key: &'static str) -> bool {
    let Some(node) = keys.need(key) else { return true };
    let written = node.written(&lint.source).and_then(|text| text.parse::<u32>().ok()).filter(|v| *v > 0);
    let Some(version) = written else {
        let message = format!("「{key}」には書き方の版を数で書きます");
        lint.say("SHK0107", node.mark(), message, format!("「{key}: {VERSION}」と書きます"));
        return true;
    };
    if version > VERSION {
        let message = format!("版 {version} の書き方です。この書記が読めるのは版 {VERSION} までです");
        lint.say("SHK0124", node.mark(), message, "書記を新しくするか、版 1 の書き方に直します");
    }
    version <= VERSION
}

/// The lists under `items` in `after:`: one for each state, and all that are not done.
const ENDS: &[&str] = &[
    "waiting", "running", "done", "check", "approval", "stopped", "failed", "in_doubt", "skipped", "held",
    "others",
];

/// The names of all fields of type `my_number`.
pub(super) fn my_numbers(forms: &Forms) -> BTreeSet<String> {
    let fields = forms.values().flat_map(|f| f.fields.iter().chain(f.rows.iter().flat_map(|r| &r.fields)));
    fields.filter(|f| matches!(f.kind, FieldType::MyNumber)).map(|f| f.name.clone()).collect()
}

/// SHA-256 in hex.
pub(super) fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
