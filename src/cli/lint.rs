//! `shoki lint`: every Problem of scenarios and forms.

use super::{Ended, Format, GOOD, Stopped, WRONG, print};
use crate::{
    app::{Office, OfficeError, catalog},
    config::ConfigError,
    form::Forms,
    problem::Problem,
    scenario::{self, OfficeFacts},
    text::cp932,
};
use clap::Args;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How much of a file is looked at to see what it is, in bytes: what is larger is refused anyway.
const LOOKED_AT: u64 = 1 << 20;

/// Every Problem of scenarios and forms.
#[derive(Debug, Args)]
pub struct Lint {
    /// シナリオ、部品、帳票定義、またはそのフォルダー。省略すると庁のすべて
    paths: Vec<PathBuf>,
    /// シフト JIS のファイルを UTF-8 に直します（元のファイルは .bak として残ります）
    #[arg(long)]
    to_utf8: bool,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Lint {
    pub fn run(&self, office: Option<&Path>) -> Ended {
        let files = self.files(office)?;
        if self.to_utf8 {
            return to_utf8(&files);
        }
        let files: Vec<Found> = files.into_iter().map(Found::at).collect();
        let mut seen = BTreeSet::new();
        let mut problems: Vec<Problem> = self.settings(office)?.into_iter().collect();
        problems.extend(check_all(&files, office));
        // A part is read by itself and wherever it is used.
        let place = |p: &Problem| p.source.path.canonicalize().unwrap_or_else(|_| p.source.path.clone());
        problems.retain(|p| seen.insert((place(p), p.span.start, p.code, p.message.clone())));
        problems.extend(same_ids(&files, Kind::Scenario, "SHK0111", "シナリオ"));
        problems.extend(same_ids(&files, Kind::Form, "SHK0302", "帳票"));
        match self.format {
            Format::Json => {
                print::json(&json!({ "problems": problems.iter().map(Problem::json).collect::<Vec<_>>() }));
            }
            Format::Text if problems.is_empty() => {
                print::out(&format!("{} 件のファイルに誤りはありません。", files.len()));
            }
            Format::Text => {
                print::out(&print::problems(&problems));
                let code = problems[0].code;
                print::out(&format!("番号の説明は `shoki explain {code}` のように見られます。"));
            }
        }
        Ok(if problems.is_empty() { GOOD } else { WRONG })
    }
}

impl Lint {
    /// What is wrong with the settings of an office that is read as a whole: then its scenarios are read all the same.
    fn settings(&self, office: Option<&Path>) -> Result<Option<Problem>, Stopped> {
        if !self.paths.is_empty() {
            return Ok(None);
        }
        match Office::open(Some(office.unwrap_or(Path::new(".")))) {
            Ok(_) => Ok(None),
            Err(OfficeError::Config(ConfigError::Wrong(problem))) => Ok(Some(*problem)),
            Err(other) => Err(other.into()),
        }
    }

    /// The files that are meant: those given, or all of the office.
    fn files(&self, office: Option<&Path>) -> Result<Vec<PathBuf>, Stopped> {
        let root = office.unwrap_or(Path::new("."));
        let all = ["scenarios", "parts", "forms"].map(|folder| root.join(folder));
        let mut paths = self.paths.clone();
        if paths.is_empty() {
            self.settings(office)?;
            paths.extend(all.into_iter().filter(|folder| folder.is_dir()));
        }
        let (mut files, mut seen) = (Vec::new(), BTreeSet::new());
        for path in &paths {
            let missing = |_| Stopped::wrong(format!("{} がないか、読む権限がありません。", path.display()));
            collect(path, &mut files, &mut seen).map_err(missing)?;
        }
        if files.is_empty() {
            return Err(Stopped::wrong("シナリオ（.yaml）が見つかりません。"));
        }
        Ok(files)
    }
}

/// Rewrites files that are `Shift_JIS`; the others stay as they are.
fn to_utf8(files: &[PathBuf]) -> Ended {
    for file in files {
        let cannot =
            |e: std::io::Error| Stopped::technical(format!("{} を書き直せません: {e}", file.display()));
        if !file.metadata().is_ok_and(|f| f.is_file() && f.len() <= LOOKED_AT) {
            print::error(&format!(
                "{} は大きすぎるか、ファイルではないため、直していません。",
                file.display()
            ));
            continue;
        }
        let bytes = std::fs::read(file).map_err(cannot)?;
        if std::str::from_utf8(&bytes).is_ok() {
            continue;
        }
        let Ok(text) = cp932::decode(&bytes) else {
            print::error(&format!("{} は Shift_JIS の文章ではないため、直していません。", file.display()));
            continue;
        };
        let mut kept = file.clone().into_os_string();
        kept.push(".bak");
        let kept = PathBuf::from(kept);
        if kept.exists() {
            print::error(&format!(
                "{} がすでにあるため、{} を直していません。別の場所に移してから、もう一度行ってください。",
                kept.display(),
                file.display()
            ));
            continue;
        }
        std::fs::write(&kept, &bytes).map_err(cannot)?;
        std::fs::write(file, text).map_err(cannot)?;
        print::out(&format!(
            "{} を UTF-8 に直しました（元のファイル: {}）。",
            file.display(),
            kept.display()
        ));
    }
    Ok(GOOD)
}

/// Files of one kind that have the same id.
fn same_ids(files: &[Found], kind: Kind, code: &'static str, label: &str) -> Vec<Problem> {
    let mut first: BTreeMap<String, &PathBuf> = BTreeMap::new();
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| file.kind == Some(kind)).map(|file| &file.path) {
        let Ok(source) = scenario::read_source(file) else { continue };
        let Some((id, at)) = scenario::id_in(&source.text) else { continue };
        if let Some(other) = first.get(id) {
            let message = format!("「{id}」という{label}が2つあります");
            let help = format!("{} と別の id にします", other.display());
            problems.push(Problem::new(code, &Arc::new(source.clone()), at, message).with_help(help));
        } else {
            first.insert(id.to_owned(), file);
        }
    }
    problems
}

/// The YAML files at `path`, which may be a folder; each once, also where links lead round in a circle.
fn collect(path: &Path, files: &mut Vec<PathBuf>, seen: &mut BTreeSet<PathBuf>) -> std::io::Result<()> {
    if !seen.insert(path.canonicalize()?) {
        return Ok(());
    }
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> =
        std::fs::read_dir(path)?.filter_map(|f| f.ok().map(|f| f.path())).collect();
    inside.sort();
    for path in inside {
        let yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if path.is_dir() || yaml {
            collect(&path, files, seen)?;
        }
    }
    Ok(())
}

/// What a file says of itself, by its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Scenario,
    Form,
    Part,
}

/// A file to look at.
struct Found {
    path: PathBuf,
    /// None: it says nothing of itself; it is looked at as a scenario.
    kind: Option<Kind>,
}

impl Found {
    fn at(path: PathBuf) -> Self {
        let mut text = Vec::new();
        // A pipe would be waited for.
        if path.is_file() {
            let _ = std::fs::File::open(&path).and_then(|f| f.take(LOOKED_AT).read_to_end(&mut text));
        }
        let words: [(Kind, &[u8]); 3] =
            [(Kind::Form, b"shoki_form"), (Kind::Part, b"shoki_part"), (Kind::Scenario, b"shoki:")];
        let says = |word: &[u8]| text.split(|b| *b == b'\n').any(|line| line.starts_with(word));
        Self { path, kind: words.into_iter().find(|(_, word)| says(word)).map(|(kind, _)| kind) }
    }
}

/// The Problems of all files, in their order; all cores look.
fn check_all(files: &[Found], office: Option<&Path>) -> Vec<Problem> {
    let mut around = Surroundings::default();
    for file in files.iter().filter(|file| file.kind != Some(Kind::Form)) {
        around.see(&file.path, office);
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let check = |files: &[Found]| files.iter().flat_map(|file| check(file, &around)).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let share = files.len().div_ceil(cores).max(1);
        let looking: Vec<_> = files.chunks(share).map(|files| scope.spawn(move || check(files))).collect();
        looking.into_iter().flat_map(|part| part.join().expect("looking at a file does not panic")).collect()
    })
}

/// The Problems of one file: a form or a part if it says so, else a scenario.
fn check(file: &Found, around: &Surroundings) -> Vec<Problem> {
    let path = &file.path;
    if file.kind == Some(Kind::Form) {
        return scenario::load_form(path).err().unwrap_or_default();
    }
    let (forms, facts) = around.of(path);
    match file.kind {
        Some(Kind::Part) => scenario::load_part(path, &catalog(), forms, facts),
        _ => scenario::load(path, &catalog(), forms, facts).err().unwrap_or_default(),
    }
}

/// Forms and settings that scenarios see, by the folder they lie in: of their office, or, shipped on their own, the forms beside
/// them. Read once for each folder.
#[derive(Default)]
struct Surroundings(BTreeMap<PathBuf, (Forms, OfficeFacts)>);

impl Surroundings {
    fn of(&self, file: &Path) -> &(Forms, OfficeFacts) {
        self.0.get(folder_of(file)).expect("every folder was seen before its files are checked")
    }

    fn see(&mut self, file: &Path, office: Option<&Path>) {
        let dir = folder_of(file);
        if self.0.contains_key(dir) {
            return;
        }
        let beside = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        let seen = || {
            let near = [office, Some(&*beside), beside.parent()];
            let near: Vec<&Path> = near.into_iter().flatten().collect();
            if let Some(office) = near.iter().find_map(|root| Office::open(Some(root)).ok()) {
                return ((*office.forms).clone(), office.facts());
            }
            // No office, or one whose settings are not right: its forms are there all the same.
            let forms = near.iter().map(|root| root.join("forms")).find(|folder| folder.is_dir());
            let forms = forms.unwrap_or_else(|| dir.join("forms"));
            (scenario::load_forms(&forms).0, OfficeFacts::default())
        };
        self.0.insert(dir.to_owned(), seen());
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
