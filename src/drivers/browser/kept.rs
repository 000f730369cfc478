//! What was typed and ticked, until something is pressed: a page that asks its server after one field may empty another, or write over
//! it. A page that loads itself anew after an act of ours shows what its server made of the values; that is no loss. One that comes
//! anew by itself, as where an earlier press takes its time, has lost them.

use super::{BrowserError, Cause, ReadBack, Screen, fill::same_content, find::Found, screen::FramePath};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use thirtyfour::WindowHandle;
use unicode_normalization::UnicodeNormalization as _;

/// How long after an act a page begins to load itself anew because of it: at once, or by a timer of no time, on a machine under load.
const ECHO: Duration = Duration::from_millis(200);
/// By how much two documents of one browser may differ about the time, in milliseconds.
const CLOCKS: f64 = 20.0;

/// What the page itself calls a field, and what stood there when it was left.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Left {
    id: String,
    name: String,
    /// `radio` or `checkbox`; empty for all others.
    #[serde(default)]
    kind: String,
    /// What is sent for a box if it is ticked.
    #[serde(default)]
    choice: String,
    /// The text of a field; of a box `true` or `false`.
    pub value: String,
    /// What must not be asked for again: a password.
    hidden: bool,
    /// When the document of the field began, in milliseconds since 1970; a document loaded anew has another time.
    born: f64,
    /// When it was left, or is to be ticked, on the same clock.
    at: f64,
}

/// A field that was filled, and what is to stand there until something is pressed.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Kept {
    path: FramePath,
    tag: String,
    id: String,
    name: String,
    kind: String,
    choice: String,
    born: f64,
    #[serde(skip)]
    window: WindowHandle,
    #[serde(skip)]
    label: String,
    #[serde(skip)]
    value: String,
    /// From when until when a document begins that this act has brought.
    #[serde(skip)]
    brings: (f64, f64),
    /// Whether it can be found again, and may be asked for.
    #[serde(skip)]
    is_known: bool,
}

impl Kept {
    /// Whether a later act is one on the same field, or in the same group of radio buttons.
    fn is_undone_by(&self, later: &Self) -> bool {
        let same = (&self.id, &self.name, &self.choice) == (&later.id, &later.name, &later.choice);
        let group = self.kind == "radio" && !self.name.is_empty() && self.name == later.name;
        let place = self.window == later.window && self.path == later.path && self.kind == later.kind;
        self.is_known && place && (same || group)
    }

    /// Whether something else stands there now.
    fn is_other(&self, now: &str) -> bool {
        let is_chosen = self.tag == "select" || !self.kind.is_empty();
        if is_chosen { now != self.value } else { !is_same(now, &self.value) }
    }

    /// Whether a document that began at `since` has it empty, and none of the acts has brought that document: an answer may well
    /// empty a field.
    fn is_lost(&self, now: &str, since: f64, acts: &[Self]) -> bool {
        let is_text = self.tag != "select" && self.kind.is_empty();
        let brought = acts.iter().any(|act| (act.brings.0..=act.brings.1).contains(&since));
        is_text && now.is_empty() && !self.value.is_empty() && !brought
    }
}

impl Screen {
    /// From now on `left` is to stand in the field; `took` is how long the act went on.
    pub(super) fn keep(&mut self, label: &str, found: Found, left: Left, took: Duration) {
        let Left { id, name, kind, choice, value, hidden, born, at } = left;
        let (window, label) = (self.window.clone(), label.to_owned());
        let brings = (at - CLOCKS, at + (took + ECHO).as_secs_f64() * 1000.0);
        let is_known = !(hidden || id.is_empty() && name.is_empty());
        let Found { path, tag, .. } = found;
        let kept = Kept { path, tag, id, name, kind, choice, born, window, label, value, brings, is_known };
        self.kept.retain(|known| !known.is_undone_by(&kept));
        self.kept.push(kept);
    }

    /// Whether everything that was typed and ticked in this window still stands there. What the page has taken away, has more than
    /// once, or has loaded anew as an answer, cannot be told and counts as standing.
    pub(super) async fn still_stands(&mut self) -> Result<(), BrowserError> {
        let here: Vec<Kept> = self.kept.iter().filter(|k| k.window == self.window).cloned().collect();
        let known: Vec<&Kept> = here.iter().filter(|k| k.is_known).collect();
        if known.is_empty() {
            return Ok(());
        }
        let asked = self.ask::<(usize, String, Option<f64>)>("standing", json!({ "fields": known }));
        for (n, now, since) in asked.await?.items {
            let kept = known[n];
            match since {
                None if kept.is_other(&now) => return Err(Cause::Changed(kept.label.clone()).into()),
                Some(since) if kept.is_lost(&now, since, &here) => return Err(lost(&kept.label)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// That the page was replaced after the value was typed. Nothing was sent; where the scenario waits for the page, it does not happen.
fn lost(label: &str) -> BrowserError {
    let said = format!(
        "「{label}」に入れたあとで画面が読み込み直され、入れた値が消えました。前のボタンの次に、新しい画面にだけ出る文字を browser.expect で待ってください"
    );
    Cause::Driver(said).into()
}

/// Whether a page has at most written a value otherwise, or something beside it.
fn is_same(now: &str, left: &str) -> bool {
    let folded = |s: &str| s.nfkc().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
    let (shown, left_there) = (folded(now), folded(left));
    let is_number = !left_there.is_empty() && left_there.bytes().all(|b| b.is_ascii_digit());
    let filled_up = is_number && shown.trim_start_matches('0') == left_there.trim_start_matches('0');
    let is_named = || left_there.chars().count() > 2 && stands_in(&spaced(now), &spaced(&left_there));
    same_content(now, left, &ReadBack::default()) || filled_up || shown == left_there || is_named()
}

/// As it is compared, with its white space.
fn spaced(text: &str) -> Vec<char> {
    text.nfkc().collect::<String>().to_uppercase().chars().collect()
}

/// Whether a value stands in a text as a whole: 100 does not in 2100, nor in 100,000.
fn stands_in(shown: &[char], value: &[char]) -> bool {
    let ([first, ..], [.., last]) = (value, value) else { return false };
    (0..shown.len()).any(|from| {
        length_of(value, &shown[from..]).is_some_and(|length| {
            let (before, after) = (&shown[..from], &shown[from + length..]);
            !goes_on(*first, before.iter().rev()) && !goes_on(*last, after.iter())
        })
    })
}

/// How much of a text, from its beginning, is that value, white space in it aside.
fn length_of(value: &[char], text: &[char]) -> Option<usize> {
    let mut length = 0;
    for c in value {
        while length > 0 && text.get(length).is_some_and(|c| c.is_whitespace()) {
            length += 1;
        }
        if text.get(length) != Some(c) {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// Whether the value at whose end this character stands goes on there: a word with letters, a number with more digits, also after a
/// separator, with a sign or with a unit of thousands.
fn goes_on<'a>(end: char, mut beside: impl Iterator<Item = &'a char>) -> bool {
    let Some(near) = beside.next() else { return false };
    if !end.is_ascii_digit() {
        return end.is_alphanumeric() && near.is_alphanumeric();
    }
    let separates = ".,-/:−‐△▲".contains(*near);
    let more = near.is_numeric() || near.is_ascii_alphabetic() || "十百千万億兆".contains(*near);
    more || (separates && beside.next().is_none_or(|c| c.is_numeric()))
}

#[cfg(test)]
mod tests {
    use super::{Kept, is_same};
    use thirtyfour::WindowHandle;

    #[test]
    fn what_a_page_has_taken_away_or_replaced_does_not_stand_any_more() {
        for (now, left) in [
            ("", "山田"),
            ("鈴木", "山田"),
            ("305-0005", "300-0001"),
            ("75", "7.5"),
            ("15", "5"),
            ("2100", "100"),
            ("100,000", "100"),
            ("1,100円", "100"),
            ("-100円", "100"),
            ("100万円", "100"),
            ("1000000", "100"),
            ("2026/10/15", "2026/10/1"),
            ("つくば市研究学園", "つくば市"),
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
            ("0123:つくば市", "0123"),
            ("100円", "100"),
            ("髙橋　一郎（世帯主）", "髙橋一郎"),
            ("00012", "12"),
            ("A1", "a1"),
        ];
        for (now, left) in written_otherwise {
            assert!(is_same(now, left), "{now} {left}");
        }
    }

    fn typed(tag: &str, value: &str, brings: (f64, f64)) -> Kept {
        Kept {
            path: vec![],
            tag: tag.into(),
            id: String::new(),
            name: "n".into(),
            kind: String::new(),
            choice: String::new(),
            born: 0.0,
            window: WindowHandle::from("w"),
            label: "氏名".into(),
            value: value.into(),
            brings,
            is_known: true,
        }
    }

    #[test]
    fn a_document_that_no_act_has_brought_has_lost_what_it_shows_empty() {
        let name = typed("input", "乙", (100.0, 300.0));
        let other = typed("input", "青町", (600.0, 800.0));
        let acts = [name.clone(), other];
        assert!(name.is_lost("", 450.0, &acts) && name.is_lost("", 50.0, &acts));
        assert!(!name.is_lost("", 250.0, &acts), "its own answer");
        assert!(!name.is_lost("", 700.0, &acts), "the answer to the other field");
        assert!(!name.is_lost("乙", 450.0, &acts));
        assert!(!typed("select", "乙", (0.0, 0.0)).is_lost("", 450.0, &[]));
    }
}
