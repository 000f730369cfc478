//! `shoki new NAME --from X`: a scenario of one's own, begun from a shipped one.

use super::{Ended, GOOD, Stopped, print};
use crate::{
    app::{Office, catalog},
    config::config_schema,
    problem::closest,
    scenario::{form_schema, part_schema, scenario_schema},
};
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A new scenario.
#[derive(Debug, Args)]
pub struct New {
    /// 新しいシナリオの名前（省略すると、もとにできるシナリオの一覧）
    name: Option<String>,
    /// もとにする付属のシナリオ。書かなければ何も入っていないひな形
    #[arg(long, value_name = "シナリオ")]
    from: Option<String>,
}

/// A scenario with nothing in it but what every one has.
const EMPTY: &str = "shoki: 1
id: NAME
title: NAME
owner: （担当課を書きます）
retention: 5y

# 件の一覧。例: 受付フォルダーの紙、Excel や CSV の行
items:
  do: csv.read
  with: { file: 受付/名簿.csv, encoding: cp932, columns: [番号, 氏名] }
  key: ${{ item.番号 }}

# 件ごとに行う手順。動作は `shoki actions`、式は `shoki functions` で調べられます
steps:
  - id: 宛名
    do: value.set
    with: { 氏名: \"${{ item.氏名 }} 様\" }

# 件の後に行う手順（職員の確認が済むたび、その時点の件で行い直します）
after:
  - do: excel.write
    with:
      file: 出力/NAME_${{ run.date }}.xlsx
      title: NAME
      columns:
        - { title: 番号, from: item.番号 }
        - { title: 氏名, from: 宛名.氏名 }
      rows: ${{ items.done }}
";

impl New {
    pub fn run(&self, office: Option<&Path>) -> Ended {
        let shipped = shipped();
        let Some(name) = &self.name else {
            let rows: Vec<Vec<String>> =
                shipped.iter().map(|(name, dir)| vec![name.clone(), title_of(dir)]).collect();
            print::out(&print::table(&rows));
            print::out("\n`shoki new 新しい名前 --from もとの名前` で始めます。");
            return Ok(GOOD);
        };
        let office = Office::open(office)?;
        let usable = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | 'ー');
        if name.is_empty() || !name.chars().all(usable) {
            return Err(Stopped::wrong(format!(
                "「{name}」は名前に使えません。文字、数字、「-」「_」だけにしてください。"
            )));
        }
        let target = office.root.join("scenarios").join(format!("{name}.yaml"));
        if target.exists() {
            return Err(Stopped::wrong(format!(
                "{} はすでにあります。別の名前にしてください。",
                target.display()
            )));
        }
        let source = self.from.as_ref().map(|from| find(&shipped, from)).transpose()?;
        let cannot =
            |e: std::io::Error| Stopped::technical(format!("{} を作れません: {e}", target.display()));
        let text = match &source {
            None => EMPTY.replace("NAME", name),
            Some(dir) => {
                let text = fs::read_to_string(dir.join("scenario.yaml")).map_err(cannot)?;
                for folder in ["forms", "parts"] {
                    copy_new(&dir.join(folder), &office.root.join(folder)).map_err(cannot)?;
                }
                renamed(&text, name)
            }
        };
        let schemas = office.root.join("state/schema");
        write_schemas(&schemas).map_err(cannot)?;
        fs::create_dir_all(office.root.join("scenarios")).map_err(cannot)?;
        let head = "# yaml-language-server: $schema=../state/schema/scenario.json\n";
        fs::write(&target, format!("{head}{text}")).map_err(cannot)?;
        print::out(&format!(
            "{} を作りました。\n  1. title、owner、settings を自庁に合わせます\n  2. `shoki lint {0}` で誤りを探します\n  3. `shoki plan {name}` で何をするかを確かめます\n  4. `shoki run {name} --item 1 --step` で1件だけ試します",
            target.display()
        ));
        Ok(GOOD)
    }
}

/// The shipped scenarios: beside the program, above it, or here.
fn shipped() -> Vec<(String, PathBuf)> {
    let set = std::env::var_os("SHOKI_SHARE").map(PathBuf::from);
    let program = std::env::current_exe().ok();
    let above = program.iter().flat_map(|p| p.ancestors().skip(1)).map(Path::to_owned);
    let here = std::env::current_dir().ok();
    let places = set.into_iter().chain(above).chain(here).map(|d| d.join("scenarios"));
    let inside = |dir: PathBuf| -> Vec<(String, PathBuf)> {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path());
        let with = entries.filter(|p| p.join("scenario.yaml").is_file());
        with.filter_map(|p| Some((p.file_name()?.to_str()?.to_owned(), p))).collect()
    };
    let mut found = places.map(inside).find(|list| !list.is_empty()).unwrap_or_default();
    found.sort();
    found
}

fn title_of(dir: &Path) -> String {
    let text = fs::read_to_string(dir.join("scenario.yaml")).unwrap_or_default();
    let title = text.lines().find_map(|line| line.strip_prefix("title: "));
    title.unwrap_or_default().trim().to_owned()
}

fn find(shipped: &[(String, PathBuf)], name: &str) -> Result<PathBuf, Stopped> {
    let found = shipped.iter().find(|(known, _)| known == name);
    found.map(|(_, dir)| dir.clone()).ok_or_else(|| {
        let near = closest(name, shipped.iter().map(|(known, _)| known.as_str()));
        let near = near.map(|n| format!("もしかして `{n}` ですか。")).unwrap_or_default();
        Stopped::wrong(format!(
            "付属のシナリオ「{name}」はありません。{near}`shoki new` で一覧を見てください。"
        ))
    })
}

/// The text with another id.
fn renamed(text: &str, name: &str) -> String {
    let line =
        |line: &str| if line.starts_with("id: ") { format!("id: {name}\n") } else { format!("{line}\n") };
    text.lines().map(line).collect()
}

/// Copies what is not there yet.
fn copy_new(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        let target = to.join(file.file_name());
        if file.file_type()?.is_file() && !target.exists() {
            fs::copy(file.path(), target)?;
        }
    }
    Ok(())
}

/// The schemas to which the first line of a new scenario points.
fn write_schemas(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let all = [
        ("scenario", scenario_schema(&catalog())),
        ("part", part_schema(&catalog())),
        ("form", form_schema()),
        ("config", config_schema()),
    ];
    for (name, schema) in all {
        fs::write(dir.join(format!("{name}.json")), format!("{schema:#}\n"))?;
    }
    Ok(())
}
