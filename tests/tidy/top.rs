//! What stands at the top of the tree.

use crate::{none, root};
use std::{collections::BTreeSet, fs, process::Command};

/// Folders and files of the topmost level; what begins with a dot belongs to tools and is not asked about.
const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.ja.md",
    "README.md",
    "SECURITY.md",
    "askama.toml",
    "benches",
    "clippy.toml",
    "deny.toml",
    "docs",
    "fixtures",
    "fuzz",
    "installer",
    "rustfmt.toml",
    "scenarios",
    "src",
    "tests",
    "verify",
];

/// The topmost names that git keeps, or, in a tree that came without git, those of files that lie there.
fn top() -> BTreeSet<String> {
    let kept = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    match kept {
        Ok(kept) if kept.status.success() && !kept.stdout.is_empty() => {
            let kept = String::from_utf8_lossy(&kept.stdout);
            kept.split_terminator('\0').filter_map(|path| path.split('/').next()).map(str::to_owned).collect()
        }
        _ => fs::read_dir(root())
            .expect("a readable folder")
            .map(|e| e.expect("a readable folder"))
            .filter(|e| e.path().is_file())
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .collect(),
    }
}

#[test]
fn nothing_stands_at_the_top_unasked() {
    let faults: Vec<_> =
        top().into_iter().filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str())).collect();
    none("what stands at the top of the tree is listed in tests/tidy/top.rs", &faults);
}
