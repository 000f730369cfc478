//! The characters a model knows, and what each is worth in a field.

use super::{OcrError, charset::Charset, onnx_facts::fact};
use std::{collections::HashMap, sync::Arc};

/// What a class of the model means in a field: the character as written, and its weight. Weight 0: not allowed.
pub(super) type View = Arc<Vec<(char, f32)>>;

/// The characters a model knows. Class 0 is the blank of CTC, the last class is a space.
pub(super) struct Alphabet {
    chars: Vec<char>,
    views: HashMap<Charset, View>,
}

impl Alphabet {
    /// From the dictionary inside the model file.
    pub(super) fn of_model(name: &str, model: &[u8]) -> Result<Self, OcrError> {
        let broken = || OcrError::NativeBroken {
            part: name.to_owned(),
            why: "文字の一覧がありません".to_owned(),
        };
        let list = fact(model, "character").ok_or_else(broken)?;
        let mut chars = vec!['\0'];
        // Entries of several characters (emoji with selectors) never stand in a field.
        chars.extend(list.split('\n').map(|entry| {
            let mut letters = entry.chars();
            letters.next().filter(|_| letters.next().is_none()).unwrap_or('\0')
        }));
        chars.push(' ');
        Ok(Self { chars, views: HashMap::new() })
    }

    /// The character of a class; none for the blank.
    pub(super) fn char(&self, class: usize) -> Option<char> {
        self.chars.get(class).copied().filter(|c| *c != '\0')
    }

    /// What each class means in a field.
    pub(super) fn view(&mut self, charset: &Charset) -> View {
        if let Some(view) = self.views.get(charset) {
            return Arc::clone(view);
        }
        let meaning = |c: &char| {
            let folded = charset.fold(*c);
            (folded, if *c == '\0' { 0.0 } else { charset.weight(folded) * own_width(*c, folded) })
        };
        let view: View = Arc::new(self.chars.iter().map(meaning).collect());
        self.views.insert(charset.clone(), Arc::clone(&view));
        view
    }
}

/// A class that is folded into another counts a little less than that class itself.
fn own_width(c: char, folded: char) -> f32 {
    if c == folded { 1.0 } else { 0.9 }
}
