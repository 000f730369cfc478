//! `shoki lint`: every Problem of scenarios and forms.

use super::{Ended, Format, GOOD, Stopped, WRONG, print};
use crate::{
    app::{Office, catalog},
    form::Forms,
    problem::Problem,
    scenario::{self, OfficeFacts},
};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Every Problem of scenarios and forms.
#[derive(Debug, Args)]
pub struct Lint {
    /// シナリオ、帳票定義、またはそのフォルダー
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// 出力の形
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Lint {
    pub fn run(&self, office: Option<&Path>) -> Ended {
        let mut files = Vec::new();
        for path in &self.paths {
            collect(path, &mut files)
                .map_err(|e| Stopped::wrong(format!("{} を読めません: {e}", path.display())))?;
        }
        if files.is_empty() {
            return Err(Stopped::wrong("シナリオ（.yaml）が見つかりません。"));
        }
        let problems: Vec<Problem> = files.iter().flat_map(|file| check(file, office)).collect();
        match self.format {
            Format::Json => {
                print::json(&json!({ "problems": problems.iter().map(Problem::json).collect::<Vec<_>>() }));
            }
            Format::Text if problems.is_empty() => {
                print::out(&format!("{} 件のファイルに誤りはありません。", files.len()));
            }
            Format::Text => {
                print::out(&print::problems(&problems));
                print::out(&format!(
                    "\n誤りが {} 件あります。番号の説明は `shoki explain SHK0101` のように見られます。",
                    problems.len()
                ));
            }
        }
        Ok(if problems.is_empty() { GOOD } else { WRONG })
    }
}

/// The YAML files at `path`, which may be a folder.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        path.metadata()?;
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> =
        std::fs::read_dir(path)?.filter_map(|f| f.ok().map(|f| f.path())).collect();
    inside.sort();
    for path in inside {
        let yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if path.is_dir() || yaml {
            collect(&path, files)?;
        }
    }
    Ok(())
}

/// The Problems of one file: a form or a part if it says so, else a scenario.
fn check(file: &Path, office: Option<&Path>) -> Vec<Problem> {
    if says(file, b"shoki_form") {
        return scenario::load_form(file).err().unwrap_or_default();
    }
    let (forms, facts) = surroundings(file, office);
    if says(file, b"shoki_part") {
        return scenario::load_part(file, &catalog(), &forms, &facts);
    }
    scenario::load(file, &catalog(), &forms, &facts).err().unwrap_or_default()
}

/// Whether a file says of itself, by its version, what it is.
fn says(file: &Path, word: &[u8]) -> bool {
    let text = std::fs::read(file).unwrap_or_default();
    text.split(|b| *b == b'\n').any(|line| line.starts_with(word))
}

/// Forms and settings a scenario sees: of its office, or, shipped on its own, the forms beside it.
fn surroundings(file: &Path, office: Option<&Path>) -> (Forms, OfficeFacts) {
    let dir = file.parent().unwrap_or(Path::new("."));
    let beside = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let near = [office, Some(&*beside), beside.parent()];
    for root in near.into_iter().flatten() {
        if let Ok(office) = Office::open(Some(root)) {
            let facts = OfficeFacts { settings: office.config.settings, root: Some(office.root) };
            return ((*office.forms).clone(), facts);
        }
    }
    let (forms, _) = scenario::load_forms(&dir.join("forms"));
    (forms, OfficeFacts::default())
}
