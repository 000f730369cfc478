//! What the documents for a security review claim is there.

use crate::none;
use std::{fs, path::Path};

/// `tests/doors/walls.rs::name`, and bare paths, between backticks.
fn claims(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let words = text.split('`').skip(1).step_by(2);
    let places =
        words.filter(|word| ["tests/", "src/", "verify/", "installer/"].iter().any(|p| word.starts_with(p)));
    places.map(|word| word.split_once("::").map_or((word, None), |(file, name)| (file, Some(name))))
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let mut faults = Vec::new();
    for document in ["docs/asvs.md", "docs/self-assessment.md", "SECURITY.md"] {
        let text = fs::read_to_string(document).expect("the document is there");
        for (file, name) in claims(&text) {
            let found = fs::read_to_string(file).unwrap_or_default();
            let there = name.map_or(Path::new(file).exists(), |name| found.contains(&format!("fn {name}(")));
            if !there {
                faults.push(format!("{document}: {file} {}", name.unwrap_or_default()));
            }
        }
    }
    none("every test that a document names is there", &faults);
}
