//! Reads a form file (帳票定義): the page, its fields, repeated rows, checks across fields.

use super::{
    blank_file,
    form_field::{Page, overlap},
    keys::Keys,
    lint::{Lint, suggestion},
    load::check_version,
    names::Names,
    read_file::read_source,
    tree::{self, Node},
    units,
};
use crate::{
    expr,
    form::{CrossCheck, Field, FieldType, Form, Forms, PageSpec, Rect, Rows},
    problem::{Problem, Source},
    step::Shape,
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Names beside the fields in the output of `ocr.form`.
const RESERVED: &[&str] = &["readings", "form", "page", "fit"];

/// Paper sizes in mm, upright.
const SIZES: &[(&str, (f64, f64))] = &[
    ("A3", (297.0, 420.0)),
    ("A4", (210.0, 297.0)),
    ("A5", (148.0, 210.0)),
    ("B4", (257.0, 364.0)),
    ("B5", (182.0, 257.0)),
];

/// Reads the form at `path`; its blank original is looked for beside it.
///
/// # Errors
/// All Problems of the file.
pub fn load_form(path: &Path) -> Result<Form, Vec<Problem>> {
    let source = read_source(path).map_err(|problem| vec![problem])?;
    load_form_text(path, &source.text)
}

/// Reads a form from its text as if it stood at `path`.
///
/// # Errors
/// All Problems of the text.
pub fn load_form_text(path: &Path, text: &str) -> Result<Form, Vec<Problem>> {
    let source = Arc::new(Source::new(path, text));
    let (tree, problems) = tree::parse(&source);
    let Some(tree) = tree else { return Err(problems) };
    let mut reader =
        FormReader { lint: Lint::new(&source, problems), seen: BTreeSet::new(), broken: Vec::new() };
    let form = reader.form(&tree);
    let problems = reader.lint.into_problems();
    match form {
        Some(form) if problems.is_empty() => Ok(form),
        _ => Err(problems),
    }
}

/// Reads every `.yaml` file of a folder. Forms without a Problem are there even when others have some.
#[must_use]
pub fn load_forms(folder: &Path) -> (Forms, Vec<Problem>) {
    let (mut forms, mut problems) = (Forms::new(), Vec::new());
    for path in yaml_files(folder) {
        match load_form(&path) {
            Ok(form) => {
                if let Some(first) = forms.get(&form.id) {
                    let message = format!("「{}」という帳票が2つあります（{}）", form.id, first.title);
                    problems.push(
                        Problem::of_file("SHK0302", &path, message).with_help("どちらかの id を変えます"),
                    );
                }
                forms.insert(form.id.clone(), Arc::new(form));
            }
            Err(found) => problems.extend(found),
        }
    }
    (forms, problems)
}

/// The `.yaml` files of a folder, sorted; none where it cannot be read.
fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let mut all: Vec<PathBuf> =
        entries.filter(|p| p.extension().is_some_and(|e| e == "yaml" || e == "yml")).collect();
    all.sort();
    all
}

/// A form being read.
pub(super) struct FormReader {
    /// What was found.
    pub lint: Lint,
    /// Names already given.
    seen: BTreeSet<String>,
    /// Names of fields that have Problems, so that checks do not call them unknown.
    pub broken: Vec<String>,
}

impl FormReader {
    fn form(&mut self, tree: &Node) -> Option<Form> {
        let mut keys = Keys::open(&mut self.lint, tree, "帳票定義")?;
        if !check_version(&mut self.lint, &mut keys, "shoki_form") {
            return None;
        }
        let id = keys.need("id").and_then(|n| self.form_id(n));
        let title = keys.need("title").and_then(|n| self.lint.words(n));
        let page = keys.need("page").and_then(|n| self.page(n));
        let size = page.as_ref().map_or(Page::LARGEST, |p| Page { width: p.width, height: p.height });
        let fields = keys.need("fields").map_or_else(Vec::new, |n| self.fields(n, size, (0.0, 0.0)));
        let rows = keys.get("rows").map_or_else(Vec::new, |n| self.all_rows(n, size));
        let checks = keys.get("checks").map_or_else(Vec::new, |n| self.checks(n, &fields, &rows));
        keys.close(&mut self.lint);
        Some(Form { id: id?, title: title?, page: page?, fields, rows, checks })
    }

    fn form_id(&mut self, node: &Node) -> Option<String> {
        let id = self.lint.words(node)?;
        self.lint.check_word(node, &id, "帳票の名前");
        Some(id)
    }

    fn page(&mut self, node: &Node) -> Option<PageSpec> {
        let mut keys = Keys::open(&mut self.lint, node, "page ")?;
        let size = keys.need("size").and_then(|n| self.size(n));
        let sideways = keys.get("orientation").and_then(|n| self.lint.choice(n, ORIENTATION));
        let size = match (size, sideways) {
            (Some((a, b)), Some(true)) => Some((f64::max(a, b), f64::min(a, b))),
            (Some((width, height)), Some(false)) if width > height => {
                let help = "size を [短い辺, 長い辺] の順にするか、orientation を landscape（横長）にします";
                self.lint.say(
                    "SHK0301",
                    keys.place("orientation"),
                    "orientation は portrait（縦長）なのに、size が横長です",
                    help,
                );
                size
            }
            _ => size,
        };
        let blank = keys.need("blank").and_then(|n| self.blank(n, size));
        keys.close(&mut self.lint);
        let (width, height) = size?;
        Some(PageSpec { width, height, blank: blank? })
    }

    /// `A4`, or width and height in mm.
    fn size(&mut self, node: &Node) -> Option<(f64, f64)> {
        if let tree::Kind::List(sides) = &node.kind {
            let sides: Vec<f64> = sides.iter().filter_map(|n| self.lint.number(n)).collect();
            if let [width, height] = sides[..]
                && (10.0..=1500.0).contains(&width)
                && (10.0..=1500.0).contains(&height)
            {
                return Some((width, height));
            }
            self.lint.say(
                "SHK0301",
                node.mark(),
                "用紙の大きさとして使えません",
                "[幅, 高さ] をミリで書きます",
            );
            return None;
        }
        self.lint.choice(node, SIZES)
    }

    /// The blank original beside the form file, as far as it can be known without reading paper.
    fn blank(&mut self, node: &Node, size: Option<(f64, f64)>) -> Option<PathBuf> {
        let path = self.beside(node, "白紙の様式", "SHK0306")?;
        if path.is_file()
            && let Some((message, help)) = blank_file::mistake(&path, size)
        {
            self.lint.say("SHK0306", node.mark(), message, help);
        }
        Some(std::path::absolute(&path).unwrap_or(path))
    }

    /// A file in the form's own folder; `what` is the label that people know it by.
    pub(super) fn beside(&mut self, node: &Node, what: &str, code: &'static str) -> Option<PathBuf> {
        let name = self.lint.words(node)?;
        let folder = self.lint.source.path.parent().map(Path::to_path_buf).unwrap_or_default();
        if units::leaves_office(&name) {
            let message = format!("{what}は帳票定義と同じフォルダーの中に置きます");
            self.lint.say(code, node.mark(), message, "ファイル名だけを書きます");
            return None;
        }
        let path = folder.join(&name);
        if !path.is_file() {
            let message = format!("{what}「{name}」がありません");
            let place = folder.display().to_string();
            let place = if place.is_empty() { "帳票定義と同じフォルダー" } else { &place };
            let help = format!("{place} に置きます");
            self.lint.say(code, node.mark(), message, help);
        }
        Some(path)
    }

    /// A list of fields; `reach` is how far rows move them at most.
    fn fields(&mut self, node: &Node, page: Page, reach: (f64, f64)) -> Vec<Field> {
        let nodes = self.lint.list(node);
        let mut all: Vec<(Field, &Node)> = Vec::new();
        for node in nodes {
            if let Some(field) = self.field(node, page, reach) {
                all.push((field, node));
            }
        }
        let postal: Vec<String> = named(&all, |kind| matches!(kind, FieldType::PostalCode));
        for (field, node) in &all {
            if let FieldType::Address { postal_code: Some(name) } = &field.kind
                && !postal.contains(name)
            {
                let known: Vec<&str> = postal.iter().map(String::as_str).collect();
                let message = format!("「{name}」という郵便番号の項目（type: postal_code）がありません");
                let help = if known.is_empty() {
                    "郵便番号の項目を足します".into()
                } else {
                    suggestion(name, &known)
                };
                self.lint.say("SHK0304", node.mark(), message, help);
            }
        }
        all.into_iter().map(|(field, _)| field).collect()
    }

    /// The name of a field or of rows.
    pub(super) fn name(&mut self, node: &Node, taken: &str) -> Option<String> {
        let name = self.lint.words(node)?;
        if RESERVED.contains(&name.as_str()) {
            let message = format!("「{name}」は読取結果で使う名前なので、項目の名前にできません");
            self.lint.say("SHK0305", node.mark(), message, "別の名前にします");
        } else if !expr::is_name(&name) {
            let message = format!("「{name}」は項目の名前に使えません");
            self.lint.say(
                "SHK0305",
                node.mark(),
                message,
                "文字で始まり、記号や空白のない名前にします（例: 異動前住所）",
            );
        } else {
            self.lint.check_recordable(node, &name);
        }
        if !self.seen.insert(format!("{taken}{name}")) {
            let message = format!("「{name}」という項目が2つあります");
            self.lint.say("SHK0302", node.mark(), message, "どちらかの名前を変えます");
        }
        Some(name)
    }

    fn all_rows(&mut self, node: &Node, page: Page) -> Vec<Rows> {
        let nodes = self.lint.list(node);
        nodes.iter().filter_map(|n| self.rows(n, page)).collect()
    }

    fn rows(&mut self, node: &Node, page: Page) -> Option<Rows> {
        let mut keys = Keys::open(&mut self.lint, node, "rows ")?;
        let name = keys.need("name").and_then(|n| self.name(n, ""));
        let count = keys.need("count").and_then(|n| self.lint.count(n, 1, 200));
        let pitch = keys.need("pitch").and_then(|n| self.pitch(n));
        let required_rows =
            keys.get("required_rows").and_then(|n| self.lint.count(n, 0, count.unwrap_or(200)));
        let (right, down) = pitch.unwrap_or_default();
        let last = f64::from(count.unwrap_or(1).saturating_sub(1));
        let outer = std::mem::take(&mut self.seen);
        let fields = keys.need("fields");
        let fields = fields.map_or_else(Vec::new, |n| self.fields(n, page, (right * last, down * last)));
        self.seen = outer;
        if let Some(field) = fields.iter().find(|f| overlap(f.rect, f.rect.moved(right, down)))
            && pitch.is_some()
            && last > 0.0
        {
            let message = format!("くり返しの間隔が狭く、「{}」が次のくり返しと重なります", field.name);
            let help = "次のくり返しまでを [右へ, 下へ] のミリで書きます。例: [0, 14]";
            self.lint.say("SHK0301", keys.place("pitch"), message, help);
        }
        keys.close(&mut self.lint);
        Some(Rows {
            name: name?,
            count: count?,
            pitch: pitch?,
            required_rows: required_rows.unwrap_or(1),
            fields,
        })
    }

    fn pitch(&mut self, node: &Node) -> Option<(f64, f64)> {
        let sides: Vec<f64> = self.lint.list(node).iter().filter_map(|n| self.lint.number(n)).collect();
        if let [right, down] = sides[..] {
            return Some((right, down));
        }
        self.lint.say(
            "SHK0301",
            node.mark(),
            "くり返しの間隔として読めません",
            "[右へ, 下へ] をミリで書きます。例: [0, 14]",
        );
        None
    }

    fn checks(&mut self, node: &Node, fields: &[Field], rows: &[Rows]) -> Vec<CrossCheck> {
        let (mut names, mut places) = (check_names(fields, rows), check_places(fields, rows));
        for name in &self.broken {
            names.add_if_unknown(name);
            places.push(name.clone());
            places.extend(rows.iter().map(|r| format!("{}.{name}", r.name)));
        }
        let nodes = self.lint.list(node);
        nodes.iter().filter_map(|n| self.check(n, &names, &places)).collect()
    }

    fn check(&mut self, node: &Node, names: &Names, places: &[String]) -> Option<CrossCheck> {
        let mut keys = Keys::open(&mut self.lint, node, "checks ")?;
        let that = keys.need("that").and_then(|n| Some((n, self.lint.words(n)?)));
        let that = that.map(|(n, text)| names.check_condition(&mut self.lint, n, &text));
        let otherwise = keys.need("else").and_then(|n| self.lint.words(n));
        let fields = keys.need("fields").map_or_else(Vec::new, |n| self.check_fields(n, places));
        keys.close(&mut self.lint);
        Some(CrossCheck { that: that?, otherwise: otherwise?, fields })
    }

    fn check_fields(&mut self, node: &Node, places: &[String]) -> Vec<String> {
        let mut all = Vec::new();
        for node in self.lint.list(node) {
            let Some(name) = self.lint.words(node) else { continue };
            if !places.contains(&name) {
                let known: Vec<&str> = places.iter().map(String::as_str).collect();
                let message = format!("「{name}」という項目はこの帳票にありません");
                self.lint.say("SHK0304", node.mark(), message, suggestion(&name, &known));
            }
            all.push(name);
        }
        all
    }
}

const ORIENTATION: &[(&str, bool)] = &[("portrait", false), ("landscape", true)];

/// The names of the fields of a type.
fn named(fields: &[(Field, &Node)], wanted: fn(&FieldType) -> bool) -> Vec<String> {
    fields.iter().filter(|(f, _)| wanted(&f.kind)).map(|(f, _)| f.name.clone()).collect()
}

/// The names that a check's expression may use: fields, rows as lists, today.
fn check_names(fields: &[Field], rows: &[Rows]) -> Names {
    let mut names = Names::default();
    names.add("today", Shape::Text);
    for field in fields {
        names.add(field.name.clone(), field_shape(field));
    }
    for rows in rows {
        let keys = rows.fields.iter().map(|f| (f.name.clone(), field_shape(f)));
        names.add(rows.name.clone(), Shape::list(Shape::map(keys)));
    }
    names
}

/// The shape of a field's value.
fn field_shape(field: &Field) -> Shape {
    match field.kind {
        FieldType::Checkbox | FieldType::Stamp => Shape::Flag,
        FieldType::Choice { exactly, .. } if exactly != Some(1) => Shape::Any,
        _ => Shape::Text,
    }
}

/// The names of fields that a check may send to a person: `届出日`, `異動者`, `異動者.氏名`, `異動者[1].氏名`.
fn check_places(fields: &[Field], rows: &[Rows]) -> Vec<String> {
    let mut all: Vec<String> = fields.iter().map(|f| f.name.clone()).collect();
    for rows in rows {
        all.push(rows.name.clone());
        all.extend(rows.fields.iter().map(|f| format!("{}.{}", rows.name, f.name)));
        for n in 1..=rows.count {
            all.extend(rows.fields.iter().map(|f| format!("{}[{n}].{}", rows.name, f.name)));
        }
    }
    all
}

/// The smallest rectangle around all of these; none where there are none.
pub(super) fn around(rects: impl IntoIterator<Item = Rect>) -> Option<Rect> {
    rects.into_iter().reduce(|a, b| {
        let (x, y) = (a.x.min(b.x), a.y.min(b.y));
        Rect { x, y, w: (a.x + a.w).max(b.x + b.w) - x, h: (a.y + a.h).max(b.y + b.h) - y }
    })
}
