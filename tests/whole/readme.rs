//! The first scenario of the READMEs, typed as they say, does what they say.

use crate::bench::{root, text};
use std::{fs, path::Path, process::Command};

/// The YAML block of a README.
fn block(readme: &str) -> String {
    let text = fs::read_to_string(root().join(readme)).unwrap();
    let from = text.find("```yaml\n").unwrap() + 8;
    text[from..].split("```").next().unwrap().to_owned()
}

fn shoki(dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_shoki")).args(args).current_dir(dir).output().unwrap();
    (output.status.code(), format!("{}{}", text(&output.stdout), text(&output.stderr)))
}

#[test]
fn the_first_scenario_of_the_readmes_works() {
    assert_eq!(block("README.md"), block("README.ja.md"));
    let home = tempfile::tempdir().unwrap();
    let (code, said) = shoki(home.path(), &["init", "市役所"]);
    assert_eq!(code, Some(0), "{said}");
    let office = home.path().join("市役所");
    for file in fs::read_dir(root().join("scenarios/resident-move-notices/forms")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), office.join("forms").join(file.file_name())).unwrap();
    }
    fs::copy(root().join("fixtures/paper/scans/受付0001.png"), office.join("受付/受付0001.png")).unwrap();
    fs::write(office.join("scenarios/一覧.yaml"), block("README.md")).unwrap();

    let (code, said) = shoki(&office, &["lint", "scenarios/"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = shoki(&office, &["run", "scenarios/一覧.yaml"]);
    assert!([Some(0), Some(2)].contains(&code), "{said}");
    if code == Some(2) {
        let (code, said) = shoki(&office, &["checks", "answer", "1", "--as-read"]);
        assert_eq!(code, Some(0), "{said}");
        let (code, said) = shoki(&office, &["resume"]);
        assert_eq!(code, Some(0), "{said}");
    }
    assert_eq!(fs::read_dir(office.join("出力")).unwrap().count(), 1, "the ledger is written");
    let (code, said) = shoki(&office, &["audit", "verify", "."]);
    assert_eq!(code, Some(20), "{said}");
}
