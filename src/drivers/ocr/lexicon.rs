//! Words that are likely in a field, as a prefix tree that the decoder walks.

use super::charset::Charset;
use crate::text::word_list;
use std::{collections::HashMap, fs, path::Path};

/// A list of words as a tree; the root is the first branch.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    branches: Vec<Branch>,
}

#[derive(Debug, Default)]
struct Branch {
    next: HashMap<char, usize>,
    /// The word that ends here, as the list writes it.
    word: Option<String>,
}

impl Lexicon {
    /// The words of a CSV file as this field reads them. None where the file cannot be read any more: the field is then read
    /// without it.
    pub(super) fn load(path: &Path, charset: &Charset) -> Option<Self> {
        let words = word_list::parse(&fs::read(path).ok()?).ok()?;
        Some(Self::new(&words, charset))
    }

    /// From words.
    pub(super) fn new(words: &[String], charset: &Charset) -> Self {
        let mut tree = Self { branches: vec![Branch::default()] };
        for word in words {
            let mut at = 0;
            for c in charset.folded(word).chars() {
                at = match tree.branches[at].next.get(&c) {
                    Some(next) => *next,
                    None => tree.grow(at, c),
                };
            }
            tree.branches[at].word = Some(word.clone());
        }
        tree
    }

    fn grow(&mut self, from: usize, c: char) -> usize {
        let new = self.branches.len();
        self.branches.push(Branch::default());
        self.branches[from].next.insert(c, new);
        new
    }

    /// The branch that a character leads to.
    pub(super) fn step(&self, from: usize, c: char) -> Option<usize> {
        self.branches[from].next.get(&c).copied()
    }

    /// The word that ends at a branch.
    pub(super) fn word(&self, at: usize) -> Option<&str> {
        self.branches[at].word.as_deref()
    }

    /// The list's own way of writing a text, if the text is one of its words.
    pub(super) fn find(&self, text: &str) -> Option<&str> {
        let mut at = 0;
        for c in text.chars().filter(|c| !c.is_whitespace()) {
            at = self.step(at, c)?;
        }
        self.word(at)
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, Lexicon};

    #[test]
    fn words_are_found_as_the_list_writes_them() {
        let words = ["さくら保育園".to_owned(), "さくら第二".to_owned()];
        let tree = Lexicon::new(&words, &Charset::Free);
        assert_eq!(tree.find("さくら第二"), Some("さくら第二"));
        assert_eq!((tree.find("さくら"), tree.find("ひまわり")), (None, None));
    }
}
