//! What was typed, until something is pressed: a page that asks its server after one field may empty another, or write over it.
//! A page that loads itself anew shows what its server made of the values; that is no loss.

use super::{BrowserError, Cause, ReadBack, Screen, fill::same_content, find::Found, screen::FramePath};
use serde::{Deserialize, Serialize};
use serde_json::json;
use thirtyfour::WindowHandle;
use unicode_normalization::UnicodeNormalization as _;

/// What the page itself calls a field, and what stood there when it was left.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Left {
    id: String,
    name: String,
    pub value: String,
    /// What must not be asked for again: a password.
    hidden: bool,
    /// When the document of the field began, in milliseconds since 1970; a document loaded anew has another time.
    born: f64,
}

/// A field that was filled, and what is to stand there until something is pressed.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Kept {
    path: FramePath,
    tag: String,
    id: String,
    name: String,
    born: f64,
    #[serde(skip)]
    window: WindowHandle,
    #[serde(skip)]
    label: String,
    #[serde(skip)]
    value: String,
}

impl Screen {
    /// From now on `left` is to stand in the field.
    pub(super) fn keep(&mut self, label: &str, found: Found, left: Left) {
        let Left { id, name, value, hidden, born } = left;
        let (window, label) = (self.window.clone(), label.to_owned());
        let kept = Kept { path: found.path, tag: found.tag, id, name, born, window, label, value };
        let same = |k: &Kept| {
            k.window == kept.window && (&k.path, &k.id, &k.name) == (&kept.path, &kept.id, &kept.name)
        };
        self.kept.retain(|k| !same(k));
        let is_named = !kept.id.is_empty() || !kept.name.is_empty();
        if is_named && !hidden {
            self.kept.push(kept);
        }
    }

    /// Whether everything that was typed in this window still stands there. What the page has taken away, has more than once, or has
    /// loaded anew, cannot be told and counts as standing.
    pub(super) async fn still_stands(&mut self) -> Result<(), BrowserError> {
        let here: Vec<Kept> = self.kept.iter().filter(|k| k.window == self.window).cloned().collect();
        if here.is_empty() {
            return Ok(());
        }
        let now = self.ask::<(usize, String)>("standing", json!({ "fields": &here })).await?.items;
        let is_other = |kept: &Kept, now: &str| match kept.tag.as_str() {
            "select" => now != kept.value,
            _ => !is_same(now, &kept.value),
        };
        match now.into_iter().find(|(n, now)| is_other(&here[*n], now)) {
            None => Ok(()),
            Some((n, _)) => Err(Cause::Changed(here[n].label.clone()).into()),
        }
    }
}

/// Whether a page has at most written a value otherwise, or something beside it.
fn is_same(now: &str, left: &str) -> bool {
    let folded = |s: &str| s.nfkc().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
    let (shown, left_there) = (folded(now), folded(left));
    let is_number = !left_there.is_empty() && left_there.bytes().all(|b| b.is_ascii_digit());
    let filled_up = is_number && shown.trim_start_matches('0') == left_there.trim_start_matches('0');
    let named = left_there.chars().count() > 2 && shown.contains(&left_there);
    same_content(now, left, &ReadBack::default()) || filled_up || named || shown == left_there
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn what_a_page_has_taken_away_or_replaced_does_not_stand_any_more() {
        for (now, left) in [
            ("", "山田"),
            ("鈴木", "山田"),
            ("305-0005", "300-0001"),
            ("75", "7.5"),
            ("15", "5"),
            ("山田", ""),
        ] {
            assert!(!is_same(now, left), "{now} {left}");
        }
        let written_otherwise = [
            ("", ""),
            ("山田", "山田"),
            ("3050005", "305-0005"),
            ("ヤマダ", "ﾔﾏﾀﾞ"),
            ("0123 つくば市", "0123"),
            ("00012", "12"),
            ("A1", "a1"),
        ];
        for (now, left) in written_otherwise {
            assert!(is_same(now, left), "{now} {left}");
        }
    }
}
