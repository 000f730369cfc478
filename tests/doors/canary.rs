//! Canaries: numbers in every spelling, a name and a password go through a whole run with failures; afterwards every byte
//! that was written outside the input, the declared outputs and the store is searched for them.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// One number in the spellings people use.
const NUMBERS: [&str; 6] = [
    "123456789018",
    "１２３４５６７８９０１８",
    "1234 5678 9018",
    "1234-5678-9018",
    "１２３４－５６７８－９０１８",
    "一二三四五六七八九〇一八",
];
const NAME: &str = "金糸雀 花子";
const PASSWORD: &str = "kanaria-no-himitsu-42";

const SCENARIO: &str = "shoki: 1
id: kanaria
title: 金糸雀の試験
owner: 試験
retention: 1y
items:
  do: csv.read
  with: { file: 受付/名簿.csv, encoding: utf-8, columns: [番号, 氏名, 個人番号] }
  key: ${{ item.番号 }}
steps:
  - id: 控え
    do: csv.write
    with:
      file: 出力/${{ item.個人番号 }}.csv
      encoding: utf-8
      columns: [氏名]
      rows: [{ 氏名: \"${{ item.氏名 }}\" }]
";

fn shoki(office: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_shoki"))
        .args(["--office", office.to_str().unwrap()])
        .args(arguments)
        .env("SHOKI_LOG", "trace")
        .env("TMPDIR", office.join("tmp"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that asks for nothing has closed its input by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn holds(bytes: &[u8], canary: &str) -> bool {
    bytes.windows(canary.len()).any(|window| window == canary.as_bytes())
}

#[test]
fn canaries_are_found_nowhere_they_must_not_be() {
    let office = tempfile::tempdir().unwrap();
    let root = office.path();
    for folder in ["scenarios", "受付", "出力", "tmp"] {
        fs::create_dir(root.join(folder)).unwrap();
    }
    fs::write(root.join("shoki.toml"), "").unwrap();
    fs::write(root.join("scenarios/kanaria.yaml"), SCENARIO).unwrap();
    let rows: Vec<String> = (1..).zip(NUMBERS).map(|(n, number)| format!("A-{n},{NAME},{number}")).collect();
    fs::write(root.join("受付/名簿.csv"), format!("番号,氏名,個人番号\n{}\n", rows.join("\n"))).unwrap();
    let mut said = Vec::new();
    let mut run = |arguments: &[&str], input: &str| {
        let output = shoki(root, arguments, input);
        said.extend([output.stdout, output.stderr].concat());
        output.status.code()
    };
    assert_eq!(run(&["account", "set", "juki", "--user", "robot"], &format!("{PASSWORD}\n")), Some(0));
    let ran = run(&["run", "kanaria"], "");
    run(&["runs"], "");
    run(&["run", "show", "x"], "");
    let verified = run(&["audit", "verify", root.to_str().unwrap()], "");
    let text = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(verified, Some(20), "{text}");
    assert!(ran.is_some() && text.contains("個人番号と思われる"), "every name of a file was refused: {text}");

    let mut all = Vec::new();
    files(root, &mut all);
    let declared =
        |path: &PathBuf| ["受付", "出力", "scenarios"].iter().any(|name| path.starts_with(root.join(name)));
    let store = |path: &PathBuf| path.to_string_lossy().contains("shoki.db");
    let searched: Vec<&PathBuf> = all.iter().filter(|path| !declared(path)).collect();
    assert!(searched.iter().any(|path| path.to_string_lossy().contains("seg/000000.jsonl")), "{searched:?}");
    for path in searched {
        let bytes = fs::read(path).unwrap();
        assert!(!holds(&bytes, PASSWORD), "{}", path.display());
        for canary in NUMBERS.iter().chain([&NAME]).filter(|_| !store(path)) {
            assert!(!holds(&bytes, canary), "{} holds {canary}", path.display());
        }
    }
    for canary in NUMBERS.iter().chain([&PASSWORD]) {
        assert!(!text.contains(canary), "the program said {canary}: {text}");
        assert!(all.iter().all(|path| !path.to_string_lossy().contains(canary)), "a file is named {canary}");
    }
}
